// The gateway's settings: which source wins, and every mistake at once.
import { deepStrictEqual as equal, match, ok, throws } from 'node:assert/strict';
import { join } from 'node:path';
import { readConfig, type GatewayConfig } from '../../gateway/config.ts';
import { readTextFile } from '../../gateway/config/text.ts';
import { createLog, message } from '../../gateway/log.ts';
import { HALL } from './open.ts';

interface Given {
  flags?: string[];
  env?: Record<string, string>;
  files?: Record<string, string>;
}

function read({ flags = [], env = {}, files = { 'h.yaml': HALL } }: Given) {
  return readConfig({
    flags,
    env: (name) => env[name],
    readText: (file) => {
      const text = file.endsWith('demo/hall.yaml') ? HALL : files[file];
      if (text === undefined) throw new Error('no such file');
      return text;
    },
  });
}

function good(given: Given): GatewayConfig {
  const result = read(given);
  ok(result.ok, JSON.stringify(result));
  return result.config;
}

function problems(given: Given): readonly string[] {
  const result = read(given);
  ok(!result.ok);
  return result.problems;
}

Deno.test('flag before environment before default; both ways to write a flag', () => {
  const plain = good({});
  equal(plain.http, { host: '127.0.0.1', port: 8080 });
  equal(plain.mqtt, { host: '127.0.0.1', port: 1883 });
  equal([plain.data, plain.pace, plain.logLevel], ['./data', 1, 'info']);
  ok(Object.isFrozen(plain));
  const env = {
    HALLCAST_HTTP: '0.0.0.0:81',
    HALLCAST_DATA: '/d',
    HALLCAST_MQTT: '',
    HALLCAST_PACE: '60',
  };
  equal(good({ env }).http, { host: '0.0.0.0', port: 81 });
  equal(good({ env }).mqtt.port, 1883, 'an empty variable is none');
  const flags = ['--http=[::1]:0', '--data', '/e', '--data', '/f'];
  const both = good({ env, flags });
  equal(both.http, { host: '::1', port: 0 });
  equal([both.data, both.pace], ['/f', 60]);
});

Deno.test('all mistakes together, an unknown flag with the nearest known one', () => {
  const found = problems({
    flags: [
      '--htp',
      '1:2',
      '--mqtt',
      'nowhere',
      '--pace',
      '0',
      'word',
      '--data',
      '--broker',
      'http://x',
    ],
    env: { HALLCAST_LOG_LEVEL: 'loud', HALLCAST_HALL: 'none.yaml', HALLCAST_CLOCK_ORIGIN: 'noon' },
  });
  const wanted = [
    /^--htp: is an unknown flag, should be --http$/,
    /^word: is no flag/,
    /^--data: has no value/,
    /^HALLCAST_HALL: cannot read none.yaml/,
    /^--broker: is not such a URL, should begin with mqtt:\/\//,
    /^HALLCAST_CLOCK_ORIGIN: is "noon", should be a number/,
    /^--mqtt: is "nowhere", should be HOST:PORT/,
    /^--pace: is "0", should be a number from 1/,
    /^HALLCAST_LOG_LEVEL: is "loud", should be one of debug, info, warn, error$/,
  ];
  equal(found.length, wanted.length, found.join('\n'));
  for (const pattern of wanted) {
    ok(
      found.some((problem) => pattern.test(problem)),
      `${pattern} in\n${found.join('\n')}`,
    );
  }
});

Deno.test('mistakes of the hall file come with file and line', () => {
  const files = { 'h.yaml': 'hall: { id: H1, name: x }\nzonse: []\n' };
  const found = problems({ flags: ['--hall', 'h.yaml', '--pace', 'x'], files });
  ok(
    found.some((problem) => problem.startsWith('h.yaml:1: hall.id')),
    found.join('\n'),
  );
  ok(
    found.some((problem) => /^h\.yaml:2: .*zones/.test(problem)),
    found.join('\n'),
  );
  ok(found.some((problem) => problem.startsWith('--pace')));
});

Deno.test('the demo’s time zone is for the demo hall only', () => {
  const env = { HALLCAST_DEMO_TIMEZONE: 'Etc/GMT-3' };
  equal(good({ env }).hall.hall.timezone, 'Etc/GMT-3');
  equal(good({ env, flags: ['--hall', 'h.yaml'] }).hall.hall.timezone, 'Asia/Shanghai');
  match(problems({ env: { HALLCAST_DEMO_TIMEZONE: 'Mars' } })[0] ?? '', /should be a time zone/);
});

Deno.test('secrets show nowhere: not in JSON, text, inspection, logs or messages', () => {
  const env = { HALLCAST_INFLUX_TOKEN: 'sesame-token' };
  const flags = [
    '--influx',
    'http://me:sesame-word@db:8086',
    '--broker',
    'mqtts://me:sesame-word@b',
  ];
  const config = good({ env, flags });
  equal(config.influx?.token?.reveal(), 'sesame-token');
  equal(config.influx?.database, 'hallcast');
  equal(config.broker?.url.href, 'mqtts://b');
  equal([config.broker?.user, config.broker?.password?.reveal()], ['me', 'sesame-word']);
  const lines: string[] = [];
  for (const json of [true, false]) {
    const log = createLog({ level: 'debug', json, write: (line) => void lines.push(line) });
    log.info('settings', { ...config, url: 'http://me:sesame-word@db:8086/write' });
    log.onError(new Error('connect mqtt://me:sesame-word@b refused'), { stage: 'broker' });
  }
  const shown = [
    JSON.stringify(config),
    Deno.inspect(config, { depth: 9 }),
    `${config.broker}`,
    ...lines,
  ];
  ok(!shown.join('\n').includes('sesame'), shown.join('\n'));
  const bad = problems({ flags: ['--influx', 'ftp://me:sesame-word@db'] });
  ok(!bad.join('\n').includes('sesame'));
});

Deno.test('a log line is one line with its level, and only from its level on', () => {
  const lines: string[] = [];
  const log = createLog({ level: 'warn', json: true, write: (line) => void lines.push(line) });
  log.debug('no');
  log.info('no');
  log.warn(message('message.refused', { detail: 'yes' }), { n: 1, text: 'two\nlines' });
  log.onError(new Error('broken'), { stage: 'journal' });
  log.onError(new TypeError('x is no function'), { stage: 'live' });
  equal(lines.length, 3);
  ok(lines.every((line) => line.indexOf('\n') === line.length - 1));
  const [warn, error, mistake] = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  equal(error?.['error'], undefined, 'trouble is told by its message');
  match(String(mistake?.['error']), /TypeError.*\n.*config\.test\.ts/);
  equal(
    [warn?.['level'], warn?.['code'], warn?.['message'], warn?.['n']],
    ['warn', 'message.refused', 'refused: yes', 1],
  );
  equal(
    [error?.['level'], error?.['code'], error?.['message'], error?.['stage']],
    ['error', 'journal.error', 'journal: broken', 'journal'],
  );
  match(String(error?.['time']), /^\d{4}-\d\d-\d\dT/);
  const text: string[] = [];
  const people = createLog({ level: 'info', json: false, write: (line) => void text.push(line) });
  people.info('two\nlines', { a: 'b' });
  match(text[0] ?? '', /^\d\d:\d\d:\d\d\.\d{3} info {2}two ⏎ lines a=b\n$/);
});

const CERT = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
const KEY = '-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n';

Deno.test(
  'the external broker: credentials apart from the address, variables before the URL, TLS from files',
  () => {
    const plain = good({ flags: ['--broker', 'mqtt://me:p%40ss@b:1884'] }).broker;
    equal(
      [plain?.url.href, plain?.user, plain?.password?.reveal()],
      ['mqtt://b:1884', 'me', 'p@ss'],
    );
    const env = {
      HALLCAST_BROKER: 'wss://me:word@b/mqtt',
      HALLCAST_BROKER_USER: 'you',
      HALLCAST_BROKER_PASSWORD: 'sesame',
      HALLCAST_BROKER_CA: 'ca.pem',
      HALLCAST_BROKER_CERT: 'c.pem',
      HALLCAST_BROKER_KEY: 'k.pem',
    };
    const pem = { 'h.yaml': HALL, 'ca.pem': CERT, 'c.pem': CERT, 'k.pem': KEY };
    const { broker } = good({ env, files: pem });
    equal(
      [broker?.url.href, broker?.user, broker?.password?.reveal()],
      ['wss://b/mqtt', 'you', 'sesame'],
    );
    equal([broker?.ca, broker?.cert, broker?.key?.reveal()], [CERT, CERT, KEY]);
    equal(good({}).broker, undefined);
  },
);

Deno.test('the external broker: what would silently not be used is a mistake', () => {
  const files = { 'h.yaml': HALL, 'ca.pem': CERT, 'c.pem': CERT, 'k.pem': KEY, 'no.pem': 'x' };
  const of = (broker: string, env: Record<string, string>) =>
    problems({ env: { HALLCAST_BROKER: broker, ...env }, files });
  match(
    of('mqtt://b', { HALLCAST_BROKER_CA: 'ca.pem' })[0] ?? '',
    /CA: is for TLS, should come with/,
  );
  match(of('mqtts://b', { HALLCAST_BROKER_CERT: 'c.pem' })[0] ?? '', /CERT: stands alone.*_KEY/);
  match(of('mqtts://b', { HALLCAST_BROKER_KEY: 'k.pem' })[0] ?? '', /KEY: stands alone.*_CERT/);
  match(of('mqtts://b', { HALLCAST_BROKER_CA: 'no.pem' })[0] ?? '', /should be a PEM file/);
  match(of('mqtts://b', { HALLCAST_BROKER_CA: 'none.pem' })[0] ?? '', /cannot read none.pem/);
  match(of('mqtt:b', {})[0] ?? '', /HALLCAST_BROKER: is not such a URL/);
});

Deno.test('what has no effect beside an external broker is told, and is no mistake', () => {
  const both = read({ flags: ['--broker', 'mqtt://b', '--mqtt', '0.0.0.0:1883'] });
  ok(both.ok);
  match(
    both.notes.map(({ en }) => en).join(),
    /^--mqtt: is not opened, as devices are at the broker of --broker$/,
  );
  const one = read({ flags: ['--broker', 'mqtt://b'] });
  equal(one.ok && one.notes, []);
});

Deno.test('a file that people write: what it says, or why it cannot be had', () => {
  const folder = Deno.makeTempDirSync();
  const file = join(folder, 'hall.yaml');
  Deno.writeFileSync(file, new TextEncoder().encode('\uFEFFhall: 厅'));
  equal(readTextFile(file), 'hall: 厅');
  // 厅 as Windows saves it in GBK.
  Deno.writeFileSync(file, Uint8Array.of(0xcc, 0xfc));
  throws(() => readTextFile(file), /is not UTF-8 \(GBK\?\), should be saved as UTF-8/);
  throws(() => readTextFile(join(folder, 'none.yaml')), /none\.yaml is not there/);
  throws(() => readTextFile(folder), /is a folder, should be a file/);
  Deno.removeSync(folder, { recursive: true });
});

Deno.test('InfluxDB: its authority from a file, for TLS only; no message shows its URL', () => {
  const pem = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';
  const read = (url: string, file = pem) =>
    readConfig({
      flags: ['--influx', url],
      env: (name) =>
        ({ HALLCAST_INFLUX_CA: '/etc/hall/ca.pem', HALLCAST_INFLUX_TOKEN: 'hall:secret' })[name],
      readText: (path) => (path === '/etc/hall/ca.pem' ? file : HALL),
    });
  const good = read('https://db.example:8086');
  equal(good.ok && good.config.influx?.ca, pem);
  equal(good.ok && good.config.influx?.database, 'hallcast');
  const problems = (found: ReturnType<typeof read>) => (found.ok ? [] : found.problems).join('\n');
  match(problems(read('http://a:hidden@db.example:8086')), /HALLCAST_INFLUX_CA: is for TLS/);
  match(problems(read('https://db.example', 'no certificate')), /HALLCAST_INFLUX_CA: /);
  match(problems(read('ftp://a:hidden@db.example')), /--influx: is not such a URL/);
  for (const url of ['http://a:hidden@db.example:8086', 'ftp://a:hidden@db.example']) {
    equal(problems(read(url)).includes('hidden'), false);
  }
});

Deno.test('screens whose layout has no page yet are told at the start', () => {
  const hall = HALL.replace(
    'screens:',
    'screens:\n  - { id: k1, layout: kiosk }\n  - { id: k2, layout: kiosk }\n  - { id: wall-1, layout: wall }',
  );
  const result = read({ flags: ['--hall', 'h.yaml'], files: { 'h.yaml': hall } });
  ok(result.ok, JSON.stringify(result));
  equal(
    result.notes.map(({ en }) => en),
    [
      'screens k1, k2: layout kiosk has no page yet, they stay empty (404)',
      'screens wall-1: layout wall has no page yet, they stay empty (404)',
    ],
  );
  const plain = read({});
  equal(plain.ok && plain.notes, []);
});
