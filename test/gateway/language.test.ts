// The language of what a person at the gateway reads, and the codes of log lines. SPEC §17.18.
import { HttpError } from '@influxdata/influxdb-client';
import { deepStrictEqual as equal, match, ok } from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { receive } from '../../gateway/content/receive.ts';
import { ContentRefused } from '../../gateway/content/refused.ts';
import { FactDatabase } from '../../gateway/facts/database.ts';
import { readConfig } from '../../gateway/config.ts';
import { healthOf } from '../../gateway/health.ts';
import { CodedError, createLog, message, messageOf } from '../../gateway/log.ts';
import { failure, MESSAGES, STAGES } from '../../gateway/log/messages.ts';
import type { Both, Language } from '../../hall/language.ts';
import { troubleOf } from '../../gateway/history/influx/trouble.ts';
import { languageMistake, languageOf } from '../../gateway/start/language.mjs';
import { connectDevice, openTestGateway, publish } from './open.ts';

Deno.test('language: HALLCAST_LANG, else the system’s in the order of POSIX, else English', () => {
  const zh = { LANG: 'zh_CN.UTF-8' };
  equal(languageOf({}), 'en');
  equal(languageOf(zh), 'zh');
  equal(languageOf({ LANG: 'zh' }), 'zh');
  equal(languageOf({ ...zh, HALLCAST_LANG: 'en' }), 'en');
  equal(languageOf({ HALLCAST_LANG: 'zh', LC_ALL: 'C' }), 'zh');
  equal(languageOf({ ...zh, LC_MESSAGES: 'de_DE.UTF-8' }), 'en');
  equal(languageOf({ LANG: 'C', LC_MESSAGES: 'C', LC_ALL: 'zh_TW.UTF-8' }), 'zh');
  equal(languageOf({ ...zh, LC_ALL: '', HALLCAST_LANG: '' }), 'zh');
  equal(languageOf({ LANG: 'zha_CN.UTF-8' }), 'en');
  equal(languageMistake({ HALLCAST_LANG: 'fr' })?.en, 'HALLCAST_LANG: is "fr", should be zh or en');
  equal(languageMistake({ HALLCAST_LANG: '' }), undefined);
});

Deno.test('log: each code is one, has both texts, and both texts the same parameters', () => {
  const named = Object.keys(MESSAGES);
  const codes = [...named, ...Object.keys(STAGES).map((stage) => `${stage}.error`)];
  equal(new Set(codes).size, codes.length);
  for (const code of codes) match(code, /^[a-z]+(-[a-z]+)*\.[a-z0-9]+(-[a-z0-9]+)*$/);
  const texts: [string, Both][] = [...Object.entries(MESSAGES), ...Object.entries(STAGES)];
  const parameters = (text: string) => (text.match(/\{\w+\}/g) ?? []).sort();
  for (const [code, { zh, en }] of texts) {
    ok(zh !== '' && en !== '', code);
    equal(parameters(zh), parameters(en), code);
  }
  // @ts-expect-error a message that is not in the table does not compile
  const unknown = () => message('no.such', {});
  // @ts-expect-error nor one without its parameters
  const incomplete = () => message('message.refused', {});
  // @ts-expect-error nor an error of a part that has no name
  const nameless = () => failure('nowhere', new Error());
  equal([unknown, incomplete, nameless].length, 3);
});

Deno.test('log: a line has its code in every language, and so has an error of its own kind', () => {
  const linesIn = (language: Language) => {
    const lines: string[] = [];
    const write = (line: string) => void lines.push(line);
    const log = createLog({ level: 'info', json: true, language, write });
    log.warn(message('fault.begins', { title: { zh: '缺纸', en: 'no paper' } }), { stage: 'x' });
    const cause = new CodedError(message('broker.refused', { broker: 'b', reason: 'busy' }));
    log.onError(cause, { stage: 'broker' });
    log.onError(new Error('gone'), { stage: 'view', about: 'calls' });
    log.onError(new CodedError(message('standby.watch', { error: cause })), { stage: 'standby' });
    log.warn(message('message.refused', { detail: 'x'.repeat(9_000) }), { big: 'y'.repeat(9_000) });
    return lines.map((line) => JSON.parse(line) as { code: string; message: string });
  };
  const [en, zh] = [linesIn('en'), linesIn('zh')];
  const codes = [
    'fault.begins',
    'broker.refused',
    'view.error',
    'standby.watch',
    'message.refused',
  ];
  for (const lines of [en, zh])
    equal(
      lines.map(({ code }) => code),
      codes,
    );
  equal(
    en.slice(0, 4).map(({ message: text }) => text),
    [
      'fault begins: no paper',
      'broker: the broker at b refuses: busy',
      'view calls: gone',
      'standby: watch: the broker at b refuses: busy',
    ],
  );
  equal(
    zh.slice(0, 4).map(({ message: text }) => text),
    [
      '出现故障：缺纸',
      '消息服务器：消息服务器 b 拒绝连接：busy',
      '视图 calls：gone',
      '主备：观察另一台网关：消息服务器 b 拒绝连接：busy',
    ],
  );
});

Deno.test(
  'start: a bad flag, a bad value and a bad language are told in the language that is set',
  () => {
    const told = (env: Readonly<Record<string, string>>) => {
      const flags = ['--htpp', '1', '--mqtt', 'nowhere', '--pace', 'x'];
      const read = readConfig({
        flags,
        env: (name) => env[name],
        readText: () => 'hall: { id: h1, name: 厅 }',
      });
      ok(!read.ok);
      return read.problems;
    };
    equal(told({}), [
      '--htpp: is an unknown flag, should be --http',
      '--mqtt: is "nowhere", should be HOST:PORT such as 127.0.0.1:8080',
      '--pace: is "x", should be a number from 1 to 10000',
    ]);
    const zh = [
      '--htpp：没有这个参数，应为 --http',
      '--mqtt：填的是 "nowhere"，应为 主机:端口，例如 127.0.0.1:8080',
      '--pace：填的是 "x"，应为 1 到 10000 的数',
    ];
    const order = (problems: readonly string[]) => [...problems].sort();
    equal(order(told({ HALLCAST_LANG: 'zh' })), order(zh));
    equal(order(told({ LANG: 'zh_CN.UTF-8' })), order(zh));
    ok(told({ HALLCAST_LANG: 'fr' }).includes('HALLCAST_LANG: is "fr", should be zh or en'));
  },
);

/** A start script on Node and its Deno process, with this language alone in its environment. */
function run(script: string, words: readonly string[], language: Readonly<Record<string, string>>) {
  const { PATH = '', HOME = '' } = Deno.env.toObject();
  const { code, stdout, stderr } = new Deno.Command('node', {
    args: [`gateway/${script}`, ...words],
    ...{ clearEnv: true, env: { PATH, HOME, ...language } },
  }).outputSync();
  const text = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join('');
  return { status: code, text };
}

Deno.test(
  'start scripts and their processes speak Chinese by HALLCAST_LANG and by the system',
  () => {
    for (const language of [{ HALLCAST_LANG: 'zh' }, { LANG: 'zh_CN.UTF-8' }]) {
      const help = run('start.mjs', ['--help'], language);
      equal(help.status, 0);
      match(help.text, /真实大厅[^]*--data DIR +流水/);
      const backfill = run('start/backfill.mjs', ['--form', '2026-01-01'], language);
      equal(backfill.status, 2);
      match(backfill.text, /--form：没有这个参数[^]*--hall：缺少，应填写/);
      const map = run(
        'start/map.mjs',
        ['--hall', 'no.yaml', '--topic', 'x', '--log', '-'],
        language,
      );
      equal(map.status, 2);
      match(map.text, /--hall FILE +大厅文件|无法读取/);
      const rebuild = run('start/rebuild-facts.mjs', ['--nope'], language);
      equal(rebuild.status, 1);
      match(rebuild.text, /重建事实记录：--nope：应为 --data DIR/);
    }
    const english = run('start.mjs', ['--help'], { HALLCAST_LANG: 'en', LANG: 'zh_CN.UTF-8' });
    match(english.text, /a real hall/);
    const wrong = run('start/map.mjs', ['--help'], { HALLCAST_LANG: 'fr', LANG: 'zh_CN.UTF-8' });
    equal(wrong.status, 1);
    match(wrong.text, /HALLCAST_LANG：填的是 "fr"，应为 zh 或 en/);
  },
);

/** What this process says with `HALLCAST_LANG` set to each language. */
async function inEach<T>(say: () => T | Promise<T>): Promise<Record<Language, T>> {
  const before = Deno.env.get('HALLCAST_LANG');
  try {
    Deno.env.set('HALLCAST_LANG', 'zh');
    const zh = await say();
    Deno.env.set('HALLCAST_LANG', 'en');
    return { zh, en: await say() };
  } finally {
    if (before === undefined) Deno.env.delete('HALLCAST_LANG');
    else Deno.env.set('HALLCAST_LANG', before);
  }
}

Deno.test('health: details of parts are in the language of the process', async () => {
  const present = { journal: { stats: { failing: true } } } as Parameters<typeof healthOf>[0];
  const { zh, en } = await inEach(() => healthOf(present, false).parts.journal.detail ?? '');
  match(zh, /^磁盘拒绝写入/);
  match(en, /^the disk refuses commits/);
});

Deno.test('history: what an InfluxDB refuses is said in the language of the process', async () => {
  const asked = { where: 'db:8086', database: 'hall', timeoutMs: 2_000, hasToken: false };
  const said = (status: number) =>
    inEach(() => troubleOf(new HttpError(status, 'no', '{"error":"why"}'), asked).message);
  const missing = await said(404);
  equal(missing.zh, 'InfluxDB（db:8086）没有 "hall"：why');
  equal(missing.en, 'InfluxDB at db:8086 has no "hall": why');
  for (const status of [401, 403, 500, 503]) match((await said(status)).zh, /（db:8086）[^a-z]*/);
  const away = await inEach(() => troubleOf(new Error('Connection refused'), asked).message);
  equal(away.zh, '无法连接 InfluxDB（db:8086）：connection refused');
  const late = await inEach(() => troubleOf(new DOMException('', 'TimeoutError'), asked).message);
  equal(late.zh, 'InfluxDB（db:8086）在 2 秒内没有应答');
});

Deno.test('facts: what the thread says of its file is in the language of the process', async () => {
  const file = join(await Deno.makeTempDir(), 'facts.sqlite');
  const database = new DatabaseSync(file);
  database.exec('PRAGMA user_version = 99');
  database.close();
  const said = await inEach(() => {
    try {
      return String(new FactDatabase(file, false));
    } catch (error) {
      return messageOf(error);
    }
  });
  match(said.zh, /^事实记录的格式是 99，应不高于 \d+：它由更新版本的 Hallcast 写成$/);
  match(said.en, /^facts: have format 99, should be at most \d+: a newer Hallcast wrote them$/);
});

Deno.test('content: why a file is not stored is in both languages', async () => {
  const why = async (text: string) => {
    const file = join(await Deno.makeTempDir(), 'file');
    const options = { file, fileBytesMax: 1_000, isSanitized: false, reserve: () => {} };
    const error: unknown = await receive(new Blob([text]).stream(), options).catch(
      (reason: unknown) => reason,
    );
    ok(error instanceof ContentRefused);
    return [error.message, error.detail];
  };
  const svg = {
    zh: 'SVG：根元素不是带 xmlns="http://www.w3.org/2000/svg" 的 svg，应为图形',
    en: 'SVG: has no root element svg with xmlns="http://www.w3.org/2000/svg", should be a drawing',
  };
  const { zh, en } = await inEach(async () => ({
    text: await why('hello'),
    svg: await why('<svg/>'),
  }));
  match(String(zh.text[0]), /^文件：是文本，应为图片/);
  match(String(en.text[0]), /^file: is a text, should be a picture/);
  equal(
    [zh.svg, en.svg],
    [
      [svg.zh, svg],
      [svg.en, svg],
    ],
  );
});

Deno.test('dead letters: a refusal is kept and logged in the language of the gateway', async () => {
  const { zh, en } = await inEach(async () => {
    const gateway = await openTestGateway({});
    try {
      const device = await connectDevice(gateway, 'disp-1');
      await publish(device, 'ticket', { type: 'issued', ticket: 'A1' });
      await device.endAsync();
      const { letters } = await gateway.json<{ letters: { reason: string; detail: string }[] }>(
        '/api/v1/dead-letters',
      );
      return letters.map(({ reason, detail }) => `${reason} ${detail}`);
    } finally {
      await gateway.stop();
    }
  });
  equal(zh, ['field:id id：缺少，必须填写']);
  equal(en, ['field:id id: is missing, should be given']);
});
