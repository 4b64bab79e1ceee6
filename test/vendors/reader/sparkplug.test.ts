import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { READERS } from '../../../vendors/reader/index.ts';
import { readPayload, TYPE } from '../../../vendors/reader/sparkplug-payload.ts';
import { birth, death, encode } from './sparkplug-node.ts';
import { talkTo, TEN } from './talk.ts';

/** Written by sparkplug-payload 1.0.3, the JavaScript library of Eclipse Tahu; base64. */
const TAHU = JSON.parse(
  readFileSync(new URL('./sparkplug.json', import.meta.url), 'utf8'),
) as Record<string, string>;
const tahu = (name: string) => new Uint8Array(Buffer.from(TAHU[name] ?? '', 'base64'));
const T0 = 1795312800000;

const start = (options: unknown = {}) => talkTo(READERS['sparkplug']!.create(options));
const topic = (type: string, rest = 'io1') => `spBv1.0/hall/${type}/${rest}`;

test('a conversation written by Eclipse Tahu: birth, data, death, restart, stale news', () => {
  const talk = start();
  assert.deepEqual(talk.hear(topic('NBIRTH'), tahu('nbirth')), [
    {
      address: 'hall/io1',
      available: true,
      face: { name: 'io1', vendor: 'Moxa', model: 'ioThinx 4510' },
      condition: { firmware: '2.1' },
      properties: {
        Properties: {
          'Hardware Make': 'Moxa',
          'Hardware Model': 'ioThinx 4510',
          'Firmware Version': '2.1',
        },
        Uptime: 42,
      },
      at: T0,
    },
  ]);
  const born = talk.send(topic('DBIRTH', 'io1/gate'), tahu('dbirth'));
  assert.deepEqual(born?.readings, [
    {
      address: 'hall/io1/gate',
      available: true,
      face: { name: 'io1/gate' },
      condition: {},
      properties: {
        People: { In: 12, Out: 3 },
        Temperature: 21.5,
        Offset: -5,
        Serial: '18446744073709551615',
        Balance: '-9007199254740993',
        Door: false,
        Label: '东门',
        Since: T0 - 86_400_000,
        Level: 0.25,
      },
      at: T0 + 100,
    },
  ]);
  assert.deepEqual(born?.refused, [
    {
      reason: 'type',
      detail: {
        zh: 'metrics：不读取 DataSet、Template 和字节类型：Table, Blob, Motor',
        en: 'metrics: data sets, templates and bytes are not read: Table, Blob, Motor',
      },
    },
  ]);
  assert.equal(born?.publish, undefined);
  const [data] = talk.hear(topic('DDATA', 'io1/gate'), tahu('ddata'));
  assert.deepEqual(data?.properties, { People: { In: 13 }, Door: true });
  assert.equal(data?.at, T0 + 4990);
  assert.equal(talk.hear(topic('NDATA'), tahu('ndata'))[0]?.properties?.['Uptime'], 48);
  assert.deepEqual(talk.hear(topic('DDEATH', 'io1/gate'), tahu('ddeath')), [
    { address: 'hall/io1/gate', available: false, condition: {} },
  ]);
  assert.deepEqual(talk.hear(topic('NDEATH'), tahu('ndeathOld')), [], 'of an earlier connection');
  assert.deepEqual(
    talk
      .hear(topic('NDEATH'), tahu('ndeath'))
      .map(({ address, available, condition }) => [address, available, condition?.fault]),
    [
      ['hall/io1', false, undefined],
      ['hall/io1/gate', false, 'edge node offline'],
    ],
  );
  assert.deepEqual(talk.reasons(topic('DDATA', 'io1/gate'), tahu('ddata')), ['birth']);
  assert.equal(talk.hear(topic('NBIRTH'), tahu('nbirth'))[0]?.available, true);
  assert.deepEqual(
    talk.send(topic('DBIRTH', 'io1/gate'), tahu('dbirth'))?.refused,
    [],
    'said once',
  );
});

test('data before a birth is refused, and the node asked to be born again, once in 10 s', () => {
  const talk = start();
  const data = encode({ seq: 5, metrics: [{ alias: 1, value: 3 }] });
  const ask = (at: number, node = 'io1') => talk.send(topic('NDATA', node), data, { at });
  const first = ask(TEN);
  assert.deepEqual(first?.readings, [{ address: 'hall/io1', available: true }], 'it is there');
  assert.deepEqual(
    first?.refused?.map(({ reason }) => reason),
    ['birth'],
  );
  assert.equal(first?.publish?.[0]?.topic, 'spBv1.0/hall/NCMD/io1');
  const command = readPayload(first?.publish?.[0]?.payload ?? new Uint8Array(), 10);
  assert.ok('metrics' in command);
  assert.equal(command.timestamp, TEN);
  assert.deepEqual(
    command.metrics.map(({ name, datatype, value }) => [name, datatype, value]),
    [['Node Control/Rebirth', TYPE.Boolean, true]],
  );
  assert.equal(ask(TEN + 9_999)?.publish, undefined);
  assert.equal(ask(TEN + 9_999, 'io2')?.publish?.length, 1, 'another node is asked');
  assert.equal(ask(TEN + 10_000)?.publish?.length, 1);
  assert.equal(ask(TEN - 3_600_000)?.publish?.length, 1, 'after a clock was set back, too');
});

test('a flood of invented nodes makes no flood of commands', () => {
  const talk = start({ rebirths_max: 5, devices_max: 100 });
  const data = encode({ seq: 5, metrics: [{ alias: 1, value: 3 }] });
  const asked = Array.from(
    { length: 500 },
    (_, n) => talk.send(topic('NDATA', `n${n}`), data)?.publish?.length ?? 0,
  );
  assert.equal(
    asked.reduce((sum, n) => sum + n, 0),
    5,
  );
});

test('a gap in seq asks for births; 255 is followed by 0; the same once more is no gap', () => {
  const talk = start();
  talk.hear(topic('NBIRTH'), birth(1, [{ name: 'a', alias: 1, value: 0 }], 254));
  const data = (seq: number) =>
    talk.send(topic('NDATA'), encode({ seq, metrics: [{ alias: 1, value: seq }] }));
  assert.equal(data(255)?.publish, undefined);
  assert.equal(data(0)?.publish, undefined);
  assert.equal(data(0)?.publish, undefined);
  const gap = data(2);
  assert.equal(gap?.publish?.length, 1);
  assert.deepEqual(
    gap?.readings[0]?.properties,
    { a: 2 },
    'its aliases are still those of the birth',
  );
  assert.equal(data(3)?.publish, undefined, 'the sequence goes on from there');
});

test('a node that counts bdSeq on when it is asked for births dies by its first will all the same', () => {
  const metrics = [{ name: 'a', alias: 1, value: 0 }];
  const gap = encode({ seq: 9, metrics: [{ alias: 1, value: 1 }] });
  const known = start();
  known.hear(topic('NBIRTH'), birth(5, metrics));
  assert.equal(known.send(topic('NDATA'), gap)?.publish?.length, 1);
  known.hear(topic('NBIRTH'), birth(6, metrics));
  assert.deepEqual(known.hear(topic('NDEATH'), death(4)), [], 'of an earlier connection');
  assert.equal(known.hear(topic('NDEATH'), death(5))[0]?.available, false);
  const restarted = start();
  restarted.send(topic('NDATA'), gap);
  restarted.hear(topic('NBIRTH'), birth(6, metrics));
  assert.equal(restarted.hear(topic('NDEATH'), death(5))[0]?.available, false);
  restarted.hear(topic('NBIRTH'), birth(7, metrics));
  assert.deepEqual(
    restarted.hear(topic('NDEATH'), death(6)),
    [],
    'nobody had asked for this birth',
  );
});

test('nodes and devices count one sequence', () => {
  const talk = start();
  talk.hear(topic('NBIRTH'), birth(1));
  const device = encode({ seq: 1, metrics: [{ name: 'a', alias: 1, value: 1 }] });
  assert.equal(talk.send(topic('DBIRTH', 'io1/d'), device)?.publish, undefined);
  const data = (seq: number) => encode({ seq, metrics: [{ alias: 1, value: 2 }] });
  assert.equal(talk.send(topic('DDATA', 'io1/d'), data(2))?.publish, undefined);
  assert.equal(talk.send(topic('DDATA', 'io1/d'), data(4))?.publish?.length, 1);
});

test('after a node’s new birth its devices are to be born again', () => {
  const talk = start();
  talk.hear(topic('NBIRTH'), birth(1));
  const device = encode({ seq: 1, metrics: [{ name: 'a', alias: 1, value: 1 }] });
  talk.hear(topic('DBIRTH', 'io1/d'), device);
  talk.hear(topic('NBIRTH'), birth(2));
  const data = encode({ seq: 1, metrics: [{ alias: 1, value: 2 }] });
  const early = talk.send(topic('DDATA', 'io1/d'), data);
  assert.deepEqual(early?.readings, [
    { address: 'hall/io1', available: true },
    { address: 'hall/io1/d', available: true },
  ]);
  assert.equal(early?.publish?.length, 1);
  assert.deepEqual(talk.reasons(topic('DBIRTH', 'io9/d'), device), ['birth'], 'of an unborn node');
});

test('a metric that no birth has declared asks for births; the others count', () => {
  const talk = start();
  talk.hear(topic('NBIRTH'), birth(1, [{ name: 'a', alias: 1, value: 0 }]));
  const metrics = [
    { alias: 1, value: 7 },
    { alias: 99, value: 8 },
  ];
  const read = talk.send(topic('NDATA'), encode({ seq: 1, metrics }));
  assert.deepEqual(read?.readings[0]?.properties, { a: 7 });
  assert.deepEqual(
    read?.refused?.map(({ reason }) => reason),
    ['birth'],
  );
  assert.match(read?.refused?.[0]?.detail.en ?? '', /alias 99/);
  assert.equal(read?.publish?.length, 1);
});

test('stored data of an earlier time are readings of their own', () => {
  const talk = start();
  talk.hear(topic('NBIRTH'), birth(1, [{ name: 'n', alias: 1, value: 0 }]));
  const metrics = [
    { alias: 1, value: 1, historical: true, timestamp: TEN - 3000 },
    { alias: 1, value: 2, historical: true, timestamp: TEN - 2000 },
    { alias: 1, value: 3, timestamp: TEN },
  ];
  const readings = talk.hear(topic('NDATA'), encode({ seq: 1, timestamp: TEN, metrics }));
  assert.deepEqual(
    readings.map(({ properties, at }) => [properties?.['n'], at]),
    [
      [1, TEN - 3000],
      [2, TEN - 2000],
      [3, TEN],
    ],
  );
});

test('a name that is a folder too stands inside it; hostile names harm nobody', () => {
  const talk = start();
  const deep = '/'.repeat(400);
  const names = ['A', 'A/B', '__proto__/x', 'constructor', deep, 'Node Control/Reboot'];
  const metrics = names.map((name, value) => ({ name, alias: value, value }));
  const [reading] = talk.hear(topic('NBIRTH'), birth(1, metrics));
  const json = JSON.stringify(reading?.properties);
  assert.equal(json, `{"A":{"":0,"B":1},"__proto__":{"x":2},"constructor":3,"${deep}":4}`);
  assert.equal(({} as Record<string, unknown>)['x'], undefined);
  const [data] = talk.hear(topic('NDATA'), encode({ seq: 1, metrics: [{ alias: 0, value: 9 }] }));
  assert.deepEqual(data?.properties, { A: { '': 9 } });
});

test('a node that dies after a restart of ours takes along the devices that the hall has behind it', () => {
  const known = ['hall/io1/gate', 'hall/io2/gate', 'hall/io1', 'a/b/c/d'];
  const talk = talkTo(READERS['sparkplug']!.create({}, known));
  assert.deepEqual(talk.hear(topic('NDEATH'), death(3)), [
    { address: 'hall/io1', available: false, condition: {} },
    {
      address: 'hall/io1/gate',
      available: false,
      condition: { fault: 'edge node offline' },
      face: { name: 'io1/gate' },
    },
  ]);
  assert.deepEqual(talk.reasons(topic('DDATA', 'io2/gate'), encode({ seq: 1 })), ['birth']);
});

test('floats are what the device meant; what JSON has no number for is left out', () => {
  const talk = start();
  const metrics = [
    { name: 'f', type: 'Float', value: 21.3 },
    { name: 'd', type: 'Double', value: 0.1 },
    { name: 'n', type: 'Double', value: Number.NaN },
    { name: 'i', type: 'Float', value: Number.POSITIVE_INFINITY },
    { name: 's', type: 'Int16', value: -2 },
    { name: 'u', type: 'UInt32', value: 4_294_967_295 },
    { name: 'null' },
  ] as const;
  const [reading] = talk.hear(topic('NBIRTH'), birth(1, metrics));
  assert.deepEqual(reading?.properties, { f: 21.3, d: 0.1, s: -2, u: 4_294_967_295 });
});

test('a clock that was never set tells no time', () => {
  const talk = start();
  const metrics = [{ name: 'a', value: 1, timestamp: 61_000 }];
  const [reading] = talk.hear(topic('NBIRTH'), encode({ timestamp: 61_000, seq: 0, metrics }));
  assert.equal(reading?.at, undefined);
});

test('commands, host states and retained messages are nothing; only the groups asked for', () => {
  const reader = READERS['sparkplug']!.create({ groups: ['hall'] });
  const read = (name: string, payload: Uint8Array, retain = false) =>
    reader.read({ topic: name, payload, retain, receivedAt: TEN });
  assert.deepEqual(read('spBv1.0/hall/NCMD/io1', birth(1)), { readings: [] });
  assert.equal(read('spBv1.0/STATE/scada', new Uint8Array()), undefined);
  assert.equal(read('spBv1.0/other/NBIRTH/io1', birth(1)), undefined);
  assert.equal(read('spAv1.0/hall/NBIRTH/io1', birth(1)), undefined);
  assert.deepEqual(read(topic('NBIRTH'), birth(1), true), { readings: [] }, 'retained');
  assert.deepEqual(
    read('spBv1.0/hall/DBIRTH/io1', birth(1))?.refused?.map(({ reason }) => reason),
    ['topic'],
  );
  assert.ok(reader.filters.every((filter) => filter.startsWith('spBv1.0/hall/')));
});

test('malformed and hostile payloads are refused or bounded', () => {
  const reader = READERS['sparkplug']!.create({ metrics_max: 10 });
  const talk = talkTo(reader);
  const refused = (payload: Uint8Array) => talk.reasons(topic('NBIRTH'), payload);
  assert.deepEqual(refused(new Uint8Array([0x12, 0xff, 0xff, 0xff, 0xff, 0x0f])), ['protobuf']);
  assert.deepEqual(refused(new TextEncoder().encode('{"metrics":[]}')), ['protobuf']);
  assert.deepEqual(refused(tahu('dbirth').subarray(0, 100)), ['protobuf']);
  assert.deepEqual(refused(new Uint8Array(256 * 1024 + 1)), ['size']);
  assert.deepEqual(refused(encode({ metrics: [{ name: 'x'.repeat(501), value: 1 }] })), [
    'protobuf',
  ]);
  const name = bytesOfName([0xc3, 0x28]);
  assert.deepEqual(refused(name), ['protobuf'], 'a name that is not UTF-8');
  // A group in a group in a group …: of the wire format, though Sparkplug has none.
  assert.deepEqual(refused(new Uint8Array(200_000).fill(0x33)), ['protobuf']);
  const many = Array.from({ length: 1000 }, (_, n) => ({ name: `m${n}`, alias: n, value: n }));
  const [reading] = talk.hear(topic('NBIRTH'), encode({ seq: 0, metrics: many }));
  assert.equal(Object.keys(reading?.properties ?? {}).length, 10);
  assert.equal(reader.forgotten, 990);
});

test('devices beyond the limit make the one not heard for longest forgotten', () => {
  const reader = READERS['sparkplug']!.create({ devices_max: 3 });
  const talk = talkTo(reader);
  for (const node of ['a', 'b', 'c', 'd']) talk.hear(topic('NBIRTH', node), birth(1));
  assert.equal(reader.forgotten, 2, 'as a node and as what it told');
  assert.deepEqual(talk.reasons(topic('NDATA', 'a'), encode({ seq: 1 })), ['birth']);
  assert.deepEqual(talk.reasons(topic('NDATA', 'd'), encode({ seq: 1 })), []);
  assert.deepEqual(talk.hear(topic('NDEATH', 'd'), death(1))[0]?.available, false);
});

/** A payload with one metric whose name is these bytes. */
function bytesOfName(name: readonly number[]): Uint8Array {
  return new Uint8Array([0x12, name.length + 2, 0x0a, name.length, ...name]);
}
