// Sources that the hall file declares: what real devices' dialects become, and why not; and hostile payloads. SPEC §13.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseHall, type HallConfig } from '../../hall/config.ts';
import { createDecoder } from '../../hall/decode.ts';
import type { Signal } from '../../hall/signal.ts';
import { createJudge } from '../../hall/judge.ts';
import { createDeclared, createMapping, type RuleResult } from '../../vendors/mapping.ts';
import { compileLike } from '../../vendors/mapping/like.ts';
import { parsePattern } from '../../vendors/mapping/pattern.ts';
import { parsePointer } from '../../vendors/mapping/pointer.ts';
import { createTimeReader } from '../../vendors/mapping/time.ts';
import { elementsAt, parseXml } from '../../vendors/mapping/xml.ts';
import { SOURCES, sourcesOf, type DeclaredSource } from '../../vendors/sources.ts';

const HALL = `
hall: { id: h1, name: 厅, timezone: Asia/Shanghai }
zones: [{ id: z1, name: 等候区 }, { id: z2, name: 入口 }]
queues: [{ id: q1, name: 社保, zone: z1 }, { id: q2, name: 税务, zone: z1 }]
windows: [{ id: w1, zone: z1, queues: [q1] }, { id: w2, zone: z1, queues: [q2] }]
devices:
  - { id: disp-7, kind: dispenser, zone: z1 }
  - { id: pad-1, kind: evaluator, window: w2 }
  - { id: door-1, kind: counter, zone: z2 }
`;

const NOW = Date.parse('2026-11-22T10:31:00+08:00');
const utf8 = (text: string) => new TextEncoder().encode(text);

function parse(sources: string): HallConfig {
  const parsed = parseHall(`${HALL}sources:\n${sources}`, 'hall.yaml', SOURCES);
  assert.ok(parsed.ok, parsed.ok ? '' : JSON.stringify(parsed.problems, null, 1));
  return parsed.config;
}

/** What messages become at the only source. */
function open(sources: string) {
  const config = parse(sources);
  const [source] = sourcesOf(config);
  assert.ok(source && 'topic' in source);
  const reader = createDeclared(source as DeclaredSource);
  const map = createMapping(source, config, createJudge(config));
  return (topic: string, payload: string | Uint8Array | object, receivedAt = NOW) => {
    const text = typeof payload === 'string' ? utf8(payload) : utf8(JSON.stringify(payload));
    const bytes = payload instanceof Uint8Array ? payload : text;
    const read = reader.read({ topic, payload: bytes, retain: false, receivedAt });
    if (!read) return undefined;
    const results = read.told.flatMap((told, index) =>
      map(told, { device: told.address, receivedAt, index }),
    );
    return {
      devices: read.told.map(({ address }) => address),
      refused: read.refused.map(({ reason, detail }) => `${reason}: ${detail.en}`),
      signals: results.flatMap((result) => ('signal' in result ? [result.signal] : [])),
      why: results.flatMap(whyNot),
    };
  };
}

function whyNot(result: RuleResult): string[] {
  if ('signal' in result) return [];
  return ['ignored' in result ? `- ${result.ignored}` : `${result.reason}: ${result.detail.en}`];
}

/** Signals without their derived ids. */
function plain(signals: readonly Pick<Signal, 'device' | 'signal' | 'at'>[] = []) {
  return signals.map(({ device, signal, at }): Record<string, unknown> => {
    const { id: _id, ...rest } = signal;
    return { device, ...rest, at };
  });
}

const DISPENSER = `
  - name: old-dispensers
    topic: "vendor/{site}/ticket/{machine}"
    device: "disp-{machine}"
    signals:
      - stream: ticket
        type: issued
        when: { /evt: [NEW, TAKE] }
        id: "{/no}-{/ts}"
        fields:
          ticket: /no
          queue: { from: /biz, map: { "01": q1, "02": q2 } }
          at: { from: /ts, time: s }
          channel: { value: kiosk }
      - stream: ticket
        type: called
        when: { /evt: CALL }
        fields:
          ticket: /no
          window: { from: /win, map: { "1": w1, "2": w2 } }
          at: { from: /ts, time: "yyyyMMddHHmmss" }
`;

test('a dispenser’s JSON: levels, value maps, seconds, a constant, a deduced id', () => {
  const say = open(DISPENSER);
  const taken = say('vendor/east/ticket/7', {
    evt: 'NEW',
    no: ' A001 ',
    biz: '02',
    ts: '1795314660',
  });
  assert.deepEqual(taken?.signals, [
    {
      device: 'disp-7',
      stream: 'ticket',
      ...{ at: NOW, marks: 0 },
      signal: {
        ...{ type: 'issued', at: NOW, ticket: 'A001', queue: 'q2', channel: 'kiosk' },
        id: '20261122:disp-7:ticket:issued:A001-1795314660',
      },
    },
  ]);
  assert.deepEqual(taken?.why, ['- /evt is "NEW", should be "CALL"']);
  const called = say('vendor/east/ticket/7', {
    evt: 'CALL',
    no: 'A001',
    win: 2,
    ts: '20261122103059',
  });
  assert.deepEqual(plain(called?.signals), [
    { device: 'disp-7', type: 'called', ticket: 'A001', window: 'w2', at: NOW - 1000 },
  ]);
  assert.equal(say('vendor/east/other/7', '{}'), undefined);
});

test('what cannot be found or is not in a map says which rule, place and value', () => {
  const say = open(DISPENSER);
  const why = (payload: object | string) => {
    const out = say('vendor/east/ticket/7', payload);
    return [...(out?.refused ?? []), ...(out?.why ?? [])].filter((text) => !text.startsWith('-'));
  };
  const base = { evt: 'NEW', no: 'A1', biz: '01', ts: 1795314660 };
  assert.deepEqual(why({ ...base, biz: '9' }), [
    'map:old-dispensers: signals[0].queue: /biz is "9", which its map does not have',
  ]);
  assert.deepEqual(why({ ...base, no: '' }), [
    'map:old-dispensers: signals[0].ticket: /no is missing',
  ]);
  assert.deepEqual(why({ ...base, ts: 'soon' }), [
    'map:old-dispensers: signals[0].at: /ts is "soon", should be a time of the form s',
  ]);
  assert.deepEqual(why({ ...base, ts: undefined }), [
    'map:old-dispensers: signals[0].id: /ts is missing',
  ]);
  assert.deepEqual(why({ ...base, ts: 1795319660 }), [], 'ahead: counts as of its arrival');
  assert.deepEqual(why({ ...base, no: 'A 1' }), [
    'field:ticket: old-dispensers signals[0]: ticket: is "A 1", should be 1–32 letters, digits or -',
  ]);
  assert.deepEqual(why('not json'), ['json: payload: should be JSON']);
});

/** [what, source, topic, payload, what becomes of it] */
const DIALECTS: readonly [string, string, string, string | Uint8Array | object, object[]][] = [
  [
    'GBK text in CSV with a header, Chinese words mapped, local time',
    `
  - name: csv
    topic: "pj/{no}"
    device: "disp-{no}"
    format: csv
    encoding: gbk
    separator: "|"
    columns: [号码, 业务, 时间]
    signals:
      - stream: ticket
        type: issued
        fields:
          ticket: /号码
          queue: { from: /业务, map: { 社保: q1, 税务: q2 } }
          at: { from: /时间, time: "yyyy-MM-dd HH:mm:ss" }
`,
    'pj/7',
    // A001|社保|2026-11-22 10:30:00 and B001|税务|2026-11-22 10:30:30, in GBK
    Uint8Array.from([
      ...utf8('A001|'),
      0xc9,
      0xe7,
      0xb1,
      0xa3,
      ...utf8('|2026-11-22 10:30:00\r\n\r\n'),
      ...utf8('B001|'),
      0xcb,
      0xb0,
      0xce,
      0xf1,
      ...utf8('|2026-11-22 10:30:30\r\n'),
    ]),
    [
      { device: 'disp-7', type: 'issued', ticket: 'A001', queue: 'q1', at: NOW - 60_000 },
      { device: 'disp-7', type: 'issued', ticket: 'B001', queue: 'q2', at: NOW - 30_000 },
    ],
  ],
  [
    'an evaluator: level words, the window of the hall file, booleans as 0 and 1, a list in a text',
    `
  - name: pads
    topic: "pj/{mac}/+"
    device: "pad-1"
    signals:
      - stream: evaluation
        fields:
          window: "{window}"
          level: { from: /lv, map: { 非常满意: 5, 满意: 4, 基本满意: 3, 不满意: 2, 非常不满意: 1 }, default: 3 }
          default: /auto
          aspects: { from: /tags, split: "," }
          at: { from: /t, time: iso }
`,
    'pj/AA:BB/up',
    { lv: '不满意', auto: '0', tags: '态度, 速度', t: '2026-11-22 10:30:59.500' },
    [
      {
        ...{ device: 'pad-1', type: 'submitted', window: 'w2', level: 2, default: false },
        ...{ aspects: ['态度', '速度'], at: NOW - 500 },
      },
    ],
  ],
  [
    'XML: elements, attributes, text beside them, an entity; zeros behind the end',
    `
  - name: qms
    topic: qms/out
    format: xml
    device: "disp-{/event/@machine}"
    signals:
      - stream: ticket
        type: issued
        when: { /event/@type: 取号 }
        fields:
          ticket: "{/event/ticket/#text}"
          queue: { from: /event/ticket/@biz, map: { 社保&医保: q1 } }
          at: { from: /event/time, time: "yyyy-MM-dd HH:mm:ss" }
`,
    'qms/out',
    `
<?xml version="1.0" encoding="UTF-8"?>
<!-- queue server 3 -->
<event type="取号" machine="7">
  <ticket biz="社保&amp;医保"> A001 </ticket>
  <time><![CDATA[2026-11-22 10:30:00]]></time>
</event>\0\0`,
    [{ device: 'disp-7', type: 'issued', ticket: 'A001', queue: 'q1', at: NOW - 60_000 }],
  ],
  ...[1, 2].map((count): (typeof DIALECTS)[number] => [
    `XML: a list of ${count}`,
    `
  - name: calls-${count}
    topic: qms/out
    format: xml
    each: /calls/call
    device: "disp-7"
    signals:
      - stream: ticket
        type: called
        fields: { ticket: /@no, window: { value: w1 }, at: { from: $/calls/@at, time: s } }
`,
    'qms/out',
    `<calls at="${NOW / 1000}">${Array.from({ length: count }, (_item, index) => `<call no="A${index}"/>`).join('')}</calls>`,
    Array.from({ length: count }, (_item, index) => ({
      ...{ device: 'disp-7', type: 'called', ticket: `A${index}`, window: 'w1', at: NOW },
    })),
  ]),
  [
    'a people counter: several signals of each of several records, units, the whole message’s time',
    `
  - name: counters
    topic: cam/report
    each: /data/lines
    device: "{/id}"
    signals:
      - stream: occupancy
        type: flow
        fields: { zone: "{zone}", in: /in, out: { from: [/out, /exit], default: 0 }, at: { from: $/ts, time: ms } }
      - stream: occupancy
        type: count
        when: { /n: { present: true } }
        fields: { zone: "{zone}", present: { from: /n, scale: 0.1, round: 0 }, at: { from: $/ts, time: ms } }
`,
    'cam/report',
    {
      ts: NOW,
      data: {
        lines: [
          { id: 'door-1', in: '12', exit: 3, n: 184 },
          { id: 'door-1', in: 1 },
        ],
      },
    },
    [
      { device: 'door-1', type: 'flow', zone: 'z2', in: 12, out: 3, at: NOW },
      { device: 'door-1', type: 'count', zone: 'z2', present: 18, at: NOW },
      { device: 'door-1', type: 'flow', zone: 'z2', in: 1, out: 0, at: NOW },
    ],
  ],
  [
    'a map of windows as items, their keys in templates, types from a map',
    `
  - name: callers
    topic: calls
    each: $/w
    device: disp-7
    signals:
      - stream: ticket
        type: { from: /s, map: { 呼叫: called, 办理: serving } }
        fields: { ticket: { from: "{/p}-{/n}" }, window: "w{key}" }
`,
    'calls',
    { w: { 1: { s: '呼叫', p: 'A', n: 3 }, 2: { s: '办理', p: 'B', n: '04' } } },
    [
      { device: 'disp-7', type: 'called', ticket: 'A-3', window: 'w1', at: NOW },
      { device: 'disp-7', type: 'serving', ticket: 'B-04', window: 'w2', at: NOW },
    ],
  ],
  [
    'key=value pairs; a number filled up; a time of day without its date',
    `
  - name: pairs
    topic: serial/{port}
    device: disp-7
    format: pairs
    separator: ";"
    signals:
      - stream: ticket
        type: issued
        when: { /CMD: { like: "Q*" }, /NO: { above: 0, below: 1000 }, /X: { present: false, not: y } }
        fields: { ticket: { from: /NO, pad: 4 }, queue: { value: q1 }, at: { from: /T, time: "HH:mm:ss" } }
`,
    'serial/com1',
    'CMD=QH; NO=7 ;T = 10:30:00;;bad',
    [{ device: 'disp-7', type: 'issued', ticket: '0007', queue: 'q1', at: NOW - 60_000 }],
  ],
  [
    'a query string; an emergency with its words; zones from a list',
    `
  - name: alarms
    topic: fire
    device: disp-7
    format: query
    signals:
      - stream: emergency
        type: activated
        fields: { kind: { value: fire }, zones: { value: ["*"] }, message: { zh: /m, en: "{/e}!" } }
`,
    'fire',
    'm=%E7%81%AB%E8%AD%A6&e=Fire',
    [
      {
        ...{ device: 'disp-7', type: 'activated', kind: 'fire', zones: ['*'], at: NOW },
        message: { zh: '火警', en: 'Fire!' },
      },
    ],
  ],
  [
    'bare text on a topic for each value',
    `
  - name: lamps
    topic: ["win/{n}/state", "window/{n}/state"]
    device: disp-7
    format: text
    signals:
      - stream: window
        fields: { window: "w{n}", state: { from: /text, map: { "1": serving, "0": idle }, default: closed } }
`,
    'window/2/state',
    ' 0\n',
    [{ device: 'disp-7', type: 'state', window: 'w2', state: 'idle', at: NOW }],
  ],
];

for (const [what, source, topic, payload, wanted] of DIALECTS) {
  test(`a dialect: ${what}`, () => {
    const out = open(source)(topic, payload);
    assert.deepEqual([out?.refused, out?.why.filter((why) => !why.startsWith('-'))], [[], []]);
    assert.deepEqual(plain(out?.signals), wanted);
  });
}

test('the same message again has the same ids; tomorrow’s same numbers have others', () => {
  const say = open(DISPENSER);
  const taken = { evt: 'NEW', no: 'A001', biz: '01', ts: 1795314660 };
  const ids = (payload: object, receivedAt?: number) =>
    say('vendor/east/ticket/7', payload, receivedAt)?.signals.map(({ signal }) => signal.id);
  assert.deepEqual(ids(taken), ids(taken, NOW + 60_000));
  const numbered = DISPENSER.replace('{/no}-{/ts}', '{/no}');
  const count = open(numbered);
  const id = (ts: number) =>
    count('vendor/east/ticket/7', { ...taken, ts }, ts * 1000)?.signals[0]?.signal.id;
  assert.notEqual(id(1795314660), id(1795314660 + 86_400));
  assert.equal(id(1795314660), id(1795314661), 'the number alone makes the id within its day');
  const long = open(DISPENSER.replace('{/no}-{/ts}', '{/no} 号 {/ts}'));
  assert.match(
    long('vendor/east/ticket/7', taken)?.signals[0]?.signal.id ?? '',
    /^map:[0-9a-z]{12,}$/,
  );
});

test('two items of one message without a time of their own are two events', () => {
  const source = `
  - name: s
    topic: s
    each: ""
    device: disp-7
    signals: [{ stream: occupancy, type: flow, fields: { zone: { value: z1 }, in: /i, out: { value: 0 } } }]
`;
  const out = open(source)('s', [{ i: 1 }, { i: 1 }]);
  const ids = out?.signals.map(({ signal }) => signal.id);
  assert.equal(new Set(ids).size, 2);
});

test('limits: items, addresses that are missing, lists that are none', () => {
  const say = open(`
  - name: s
    topic: s
    each: /l
    device: "{/d}"
    signals: [{ stream: occupancy, type: flow, fields: { zone: { value: z1 }, in: /i, out: /i } }]
`);
  const many = Array.from({ length: 1001 }, () => ({ d: 'x', i: 1 }));
  assert.deepEqual(say('s', { l: many })?.refused, [
    'size: payload: has 1001 items, should have at most 1000',
  ]);
  assert.deepEqual(say('s', { l: [{ i: 1 }] })?.refused, [
    'map:s: device: /d of "{/d}" is missing',
  ]);
  assert.deepEqual(say('s', { l: 3 })?.refused, ['each: /l: should be a list or a map']);
  assert.deepEqual(say('s', {}), { devices: [], refused: [], signals: [], why: [] });
});

test('vendors’ times', () => {
  const read = (form: string | undefined, value: unknown, zone = 'Asia/Shanghai') =>
    createTimeReader(form, zone)?.(value, NOW);
  const table: [string | undefined, unknown, number | undefined][] = [
    [undefined, NOW, NOW],
    [undefined, String(NOW), NOW],
    [undefined, '2026-11-22T10:31:00+08:00', NOW],
    // Seconds that nobody has called so would be 1970.
    [undefined, NOW / 1000, undefined],
    ['s', NOW / 1000, NOW],
    ['s', '1795314660.250', NOW + 250],
    ['ms', String(NOW), NOW],
    ['ms', -1, undefined],
    ['iso', '2026-11-22T10:31:00', NOW],
    ['iso', '2026-11-22 10:31:00', NOW],
    ['iso', '2026-11-22T02:31:00Z', NOW],
    ['iso', '2026-11-22T10:31:00+0800', NOW],
    ['iso', '2026-11-22T10:31:00+08', NOW],
    ['iso', '2026-11-21T21:31:00-0500', NOW],
    ['iso', '2026-11-22', undefined],
    ['yyyy年MM月dd日 HH:mm:ss', '2026年11月22日 10:31:00', NOW],
    ['yyyy/M/d H:m:s', '2026/11/22 10:31:0', NOW],
    ['yyMMddHHmmss', '261122103100', NOW],
    ['yyyy-MM-dd HH:mm:ss.SSS', '2026-11-22 10:31:00.125', NOW + 125],
    ['yyyy-MM-dd HH:mm', '2026-11-22 10:31', NOW],
    ['yyyy-MM-dd HH:mm:ss', '2026-02-30 10:31:00', undefined],
    ['yyyy-MM-dd HH:mm:ss', '2026-11-22 24:31:00', undefined],
    ['yyyy-MM-dd HH:mm:ss', '2026-11-22 10:31', undefined],
    // Local time that its maker calls UTC.
    ["yyyy-MM-dd'T'HH:mm:ss'Z'", '2026-11-22T10:31:00Z', NOW],
    ["HH'h'mm'(.*'", '10h31(.*', NOW],
    ['HH:mm:ss', '10:31:05', NOW + 5000],
  ];
  for (const [form, value, wanted] of table) {
    assert.equal(read(form, value), wanted, `${form} ${String(value)}`);
  }
  // 23:59 that arrives at 10:31 was 10 hours and a half ago, rather than 13 hours and a half ahead.
  assert.equal(read('HH:mm:ss', '23:59:59'), Date.parse('2026-11-21T23:59:59+08:00'));
  assert.equal(createTimeReader('HH:mm:ss', 'UTC')?.('02:31:00', NOW), NOW);
  for (const form of ['QQ', 'yyyy', 'MM-dd HH', 'HH:mm HH', 'hh:mm', '']) {
    assert.equal(createTimeReader(form, 'UTC'), undefined, form);
  }
});

test('topic patterns', () => {
  const match = (text: string, topic: string) => {
    const pattern = parsePattern(text);
    assert.ok('match' in pattern, JSON.stringify(pattern));
    const found = pattern.match(topic);
    return found && Object.fromEntries(found);
  };
  assert.deepEqual(match('a/{x}/b-{y}.c/+', 'a/1/b-2.c/z'), { x: '1', y: '2' });
  assert.equal(match('a/{x}', 'a'), undefined);
  assert.equal(match('a/{x}', 'a/'), undefined);
  assert.equal(match('a/{x}', 'a/b/c'), undefined);
  assert.deepEqual(match('a/{x}/#', 'a/b'), { x: 'b' });
  assert.deepEqual(match('a/{x}/#', 'a/b/c/d'), { x: 'b' });
  for (const text of ['', 'a/#/b', 'a+', '{a}{b}', '{a b}', 'a/{x}/{x}', `a/${'b'.repeat(300)}`]) {
    assert.ok('wrong' in parsePattern(text), text);
  }
});

test('keys that every object has, and deep nesting, are values like others', () => {
  const say = open(`
  - name: s
    topic: s
    device: disp-7
    signals: [{ stream: ticket, type: cancelled, fields: { ticket: "/__proto__/constructor/name" } }]
`);
  assert.deepEqual(say('s', '{}')?.why, [
    'map:s: signals[0].ticket: /__proto__/constructor/name is missing',
  ]);
  const own = say('s', '{"__proto__":{"constructor":{"name":"A1"}}}');
  assert.equal(plain(own?.signals)[0]?.['ticket'], 'A1');
  const deep = `${'['.repeat(50_000)}${']'.repeat(50_000)}`;
  assert.ok(say('s', `{"__proto__":${deep}}`));
});

test('13.2: whole numbers beyond 2^53 and numbers beyond all are the text that was sent', () => {
  const say = open(`
  - name: s
    topic: s
    device: disp-7
    signals:
      - stream: ticket
        type: cancelled
        when: { /id: { not: ["1234567890123456787"] } }
        id: "{/id}"
        fields: { ticket: "/__proto__/no" }
      - { stream: occupancy, type: count, fields: { zone: { value: z1 }, present: /n } }
`);
  const event = (id: string, no: string, n = '1') => {
    const out = say(
      's',
      `{"id":${id},"__proto__":{"no":${no}},"n":${n},"x":["1,9007199254740993"]}`,
    );
    const [ticket] = plain(out?.signals);
    return [out?.signals[0]?.signal.id.split(':').at(-1), ticket?.['ticket'], ...(out?.why ?? [])];
  };
  assert.deepEqual(event('1234567890123456788', '"A1"'), ['1234567890123456788', 'A1']);
  assert.deepEqual(event('-1234567890123456789', '"A1"'), ['-1234567890123456789', 'A1']);
  assert.deepEqual(event('[1]', '7').slice(2), ['map:s: signals[0].id: /id is missing']);
  assert.deepEqual(event('9007199254740993', '12345678901234567891'), [
    ...['9007199254740993', '12345678901234567891'],
  ]);
  assert.deepEqual(event('9007199254740991', '7'), ['9007199254740991', '7']);
  assert.deepEqual(event('1234567890123456787', '7').slice(2), [
    '- /id is "1234567890123456787", should be not "1234567890123456787"',
  ]);
  assert.deepEqual(event('7', '8', '1e999').slice(2), [
    'map:s: signals[1].present: /n is "1e999", should be a number',
  ]);
  // Written again, such numbers need a way down to each.
  const deep = `${'['.repeat(50_000)}9007199254740993${']'.repeat(50_000)}`;
  assert.deepEqual(say('s', deep)?.refused, ['json: payload: should be JSON that nests less deep']);
});

test('13.3: an id of more text than is looked at is refused: cut off, two events would have one', () => {
  const say = open(`
  - name: s
    topic: s
    device: disp-7
    signals: [{ stream: ticket, type: cancelled, fields: { ticket: /no }, id: "{/a}{/a}{/no}" }]
`);
  const long = (length: number, no: string) => say('s', { a: 'a'.repeat(length), no });
  const ids = ['A1', 'A2'].map((no) => long(999, no)?.signals[0]?.signal.id);
  assert.equal(new Set(ids).size, 2);
  assert.deepEqual(long(1_001, 'A1')?.why, [
    'map:s: signals[0].id: has over 2000 characters, should have at most 2000',
  ]);
});

test('patterns with * and ?: as tried one sign after the other, and in one pass over the longest text', () => {
  const isLike = (text: string, pattern: string): boolean => {
    const rest = pattern.slice(1);
    if (pattern === '') return text === '';
    if (pattern[0] === '*')
      return isLike(text, rest) || (text !== '' && isLike(text.slice(1), pattern));
    if (text === '' || (pattern[0] !== '?' && pattern[0] !== text[0])) return false;
    return isLike(text.slice(1), rest);
  };
  const word = (signs: string) =>
    fc.array(fc.constantFrom(...signs), { maxLength: 8 }).map((list) => list.join(''));
  // Places are kept 32 to a word.
  const before = fc
    .constantFrom(0, 26, 31, 32, 63)
    .map((length) => 'ab'.repeat(32).slice(0, length));
  fc.assert(
    fc.property(before, word('ab叫'), word('ab叫?**'), (start, text, pattern) => {
      const like = compileLike(start + pattern);
      for (const each of [start + text, text, start + text])
        assert.equal(like(each), isLike(each, start + pattern), `${each} ${start}${pattern}`);
    }),
    { numRuns: 2_000 },
  );
  const like = compileLike(`*${'a'.repeat(190)}b`);
  assert.equal(like(`${'a'.repeat(100_000)}b`), true);
  assert.equal(like('a'.repeat(100_000)), false);
  // 20,000 times two thousand characters, of one message.
  const rule = `
      - stream: occupancy
        type: count
        when: { $/t: { like: "*${'a'.repeat(190)}b" } }
        fields: { zone: { value: z1 }, present: { value: 1 } }`;
  const say = open(`
  - name: s
    topic: s
    each: /l
    device: disp-7
    signals: ${rule.repeat(20)}
`);
  const out = say('s', { t: 'a'.repeat(2_000), l: Array.from({ length: 1_000 }, () => 0) });
  assert.equal(out?.why.length, 20_000);
  assert.match(out?.why[0] ?? '', /^- \$\/t is "a+…", should be like \*a+b$/);
});

test('no message takes long: huge texts are not looked at, many items of many rules are too many', () => {
  const rule = `
      - stream: emergency
        type: cleared
        when: { $/big: { present: true, not: x } }
        id: "{$/big}{$/big}"
        fields: { kind: { value: fire }, zones: { from: $/big, split: "," }, message: $/words }`;
  const source = (rules: number) => `
  - name: s
    topic: s
    each: /l
    device: disp-7
    signals: ${rule.repeat(rules)}
`;
  const list = JSON.stringify(Array.from({ length: 1000 }, () => 0));
  const deep = `${'['.repeat(60)}${']'.repeat(60)}`;
  const payload = `{"l":${list},"words":{"zh":"火警","x":${deep}},"big":"${',a'.repeat(100_000)}"}`;
  const few = open(source(20))('s', payload);
  assert.equal(few?.why.length, 20_000);
  assert.match(
    few?.why[0] ?? '',
    /signals\[0\]\.zones: \$\/big is ",a,a.*…", should be a list of at most 200 texts$/,
  );
  assert.deepEqual(open(source(40))('s', payload)?.refused, [
    'size: payload: has 1000 items, should have at most 500',
  ]);
  // Words may hold anything beside their languages.
  const short = payload.replace(/"big":".*"/, '"big":"z1"').replace(list, '[0]');
  const one = open(source(1).replace('{$/big}{$/big}', '{$/big}'))('s', short);
  assert.deepEqual(plain(one?.signals)[0]?.['message'], { zh: '火警' });
});

test('whatever comes, nothing is thrown, and what is accepted passes decode', () => {
  const config = parse(DIALECTS.map(([, source]) => source).join(''));
  const decode = createDecoder(config);
  const judge = createJudge(config);
  const sources = sourcesOf(config).flatMap((source) =>
    'topic' in source
      ? [{ source, read: createDeclared(source), map: createMapping(source, config, judge) }]
      : [],
  );
  const topics = DIALECTS.map(([, , topic]) => topic);
  const word = fc.constantFrom(
    ...['A1', '', ' 7 ', '社保', '呼叫', 'QH', '2026-11-22 10:30:00', '10:30:00', '1e999', 'true'],
  );
  const scalar = fc.oneof(word, fc.integer(), fc.double(), fc.boolean(), fc.constant(null));
  const keys =
    '号码 业务 时间 lv auto tags t id in out n s p NO T X CMD m e text w data lines ts __proto__';
  const item = fc.dictionary(fc.constantFrom(...keys.split(' ')), scalar);
  const nested = fc.record({
    w: fc.dictionary(word, item),
    data: fc.record({ lines: fc.array(item) }),
    ts: scalar,
  });
  const payload = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc
      .oneof(item, nested, fc.array(item), fc.jsonValue())
      .map((value) => utf8(JSON.stringify(value))),
    fc
      .array(fc.array(word, { maxLength: 4 }), { maxLength: 4 })
      .map((rows) => utf8(rows.map((row) => row.join('|')).join('\n'))),
  );
  let accepted = 0;
  fc.assert(
    fc.property(
      fc.constantFrom(...topics),
      payload,
      fc.nat(2 ** 42),
      (topic, bytes, receivedAt) => {
        for (const { read, map } of sources) {
          const found = read.read({ topic, payload: bytes, retain: false, receivedAt });
          for (const [index, told] of (found?.told ?? []).entries()) {
            for (const result of map(told, { device: 'disp-7', receivedAt, index })) {
              if (!('signal' in result)) continue;
              accepted++;
              const { stream, signal } = result.signal;
              const again = decode(
                `hall/h1/disp-7/${stream}`,
                utf8(JSON.stringify(signal)),
                receivedAt,
              );
              assert.deepEqual(again.rejected, []);
              assert.deepEqual(again.accepted, [result.signal]);
            }
          }
        }
      },
    ),
    { numRuns: 2_000 },
  );
  assert.ok(accepted > 50, `the payloads are near enough to right ones: ${accepted} signals`);
});

test('13.2: XML that is none says where; entities of its own, depth and names of every object do no harm', () => {
  const say = open(`
  - name: s
    topic: s
    format: xml
    device: disp-7
    signals: [{ stream: ticket, type: cancelled, fields: { ticket: { from: [/a/b/0, /a/constructor, /a/__proto__] } } }]
`);
  const refused = (xml: string) => say('s', xml)?.refused;
  assert.deepEqual(refused('<a><b>A1</a>'), [
    'xml: payload: should be XML: 1:12: unexpected close tag.',
  ]);
  assert.deepEqual(refused('{"a":1}'), [
    'xml: payload: should be XML: 1:7: text data outside of root node.',
  ]);
  const laughs = '<!DOCTYPE a [<!ENTITY l "ha"><!ENTITY m "&l;&l;&l;">]><a>&m;</a>';
  assert.deepEqual(refused(laughs), ['xml: payload: should be XML: 1:60: undefined entity.']);
  const deep = `${'<a>'.repeat(5_000)}${'</a>'.repeat(5_000)}`;
  assert.deepEqual(refused(deep), ['xml: payload: should be XML: nests deeper than 64 elements']);
  const tickets = (xml: string) =>
    say('s', xml)?.signals.map(({ signal }) => (signal as { ticket?: string }).ticket);
  assert.deepEqual(tickets('<a><b>A1</b><b>A2</b></a>'), ['A1']);
  assert.deepEqual(tickets('<a><constructor>A3</constructor></a>'), ['A3']);
  assert.deepEqual(tickets('<a><__proto__>A4</__proto__></a>'), ['A4']);
  assert.deepEqual(tickets('<a/>'), []);
  assert.match(refused('<a/>\0<a><b>A1</b></a>')?.[0] ?? '', /^xml: payload: should be XML: 1:5/);
  const [quoted = ''] = refused(`<${'a'.repeat(200_000)}>`) ?? [];
  assert.ok(quoted.length < 300, `${quoted.length} characters`);
});

test('13.2: `each` finds the elements of XML, one or many, also of several elements on the way', () => {
  const say = open(`
  - name: s
    topic: s
    format: xml
    each: /r/calls/call
    device: disp-7
    signals: [{ stream: ticket, type: cancelled, fields: { ticket: /@no } }]
`);
  const tickets = (xml: string) =>
    say('s', xml)?.signals.map(({ signal }) => (signal as { ticket?: string }).ticket);
  const calls = (...numbers: string[]) =>
    `<calls>${numbers.map((no) => `<call no="${no}"/>`).join('')}</calls>`;
  assert.deepEqual(tickets(`<r>${calls('A1', 'A2')}</r>`), ['A1', 'A2']);
  assert.deepEqual(tickets(`<r>${calls('A1')}</r>`), ['A1']);
  assert.deepEqual(tickets(`<r>${calls('A1', 'A2')}${calls()}${calls('A3')}</r>`), [
    'A1',
    'A2',
    'A3',
  ]);
  assert.deepEqual(tickets('<r><calls>nobody</calls></r>'), []);
  const at = (each: string, xml: string) =>
    elementsAt(parsePointer(each) ?? { whole: false, steps: [] }, parseXml(xml));
  const many = `<r>${calls('A1', 'A2')}${calls('A3')}</r>`;
  const numbers = (each: string, xml = many) =>
    at(each, xml).map((element) => (element as Record<string, unknown>)['@no']);
  assert.deepEqual(numbers('/r/calls/1/call'), ['A3']);
  assert.deepEqual(numbers('/r/calls/call/0'), ['A1', 'A3'], 'the first of each');
  assert.deepEqual(numbers('/r/calls/0/call/0', `<r>${calls('A1')}</r>`), ['A1'], 'the only one');
  assert.deepEqual(numbers('/r/calls/7/call'), []);
});
