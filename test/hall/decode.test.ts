import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createDecoder } from '../../hall/decode.ts';
import { parseInstant } from '../../hall/signal.ts';
import { parseTopic } from '../../hall/topic.ts';
import { anyMessage, MINUTE, sampleHall, TEN } from './sample.ts';

const decode = createDecoder(sampleHall());
const bytes = (value: unknown) =>
  new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value));
const reasons = (topic: string, payload: Uint8Array) =>
  decode(topic, payload, TEN).rejected.map(({ reason }) => reason);

const issued = { type: 'issued', id: 'a', ticket: 'A001', queue: 'q1' };
const TICKET = 'hall/h1/disp-1/ticket';

test('1.1 a topic is hall/{hall}/{device}/{stream}', () => {
  assert.deepEqual(parseTopic(TICKET), { hall: 'h1', device: 'disp-1', stream: 'ticket' });
  for (const wrong of [
    'hall/h1/disp-1',
    'hall/h1/disp-1/ticket/x',
    'Hall/h1/disp-1/ticket',
    'hall/H1/disp-1/ticket',
    'hall/h1/-x/ticket',
    'hall/h1//ticket',
    'hall/h1/disp-1/tickets',
    `hall/h1/${'x'.repeat(64)}/ticket`,
    '',
  ]) {
    assert.equal(parseTopic(wrong), undefined, wrong);
  }
});

const REFUSED: readonly (readonly [
  rule: string,
  topic: string,
  payload: Uint8Array,
  reason: string,
])[] = [
  ['1.2 shape of the topic', 'weather/today', bytes(issued), 'topic'],
  ['1.2 unknown stream', 'hall/h1/disp-1/tickets', bytes(issued), 'topic'],
  ['22.3 stream of people', 'hall/h1/disp-1/command', bytes(issued), 'topic'],
  ['1.2 another hall', 'hall/h2/disp-1/ticket', bytes(issued), 'hall'],
  ['2.1 not UTF-8', TICKET, new Uint8Array([0x7b, 0xff, 0x7d]), 'encoding'],
  ['2.1 not JSON', TICKET, bytes('{"type":'), 'json'],
  ['2.1 not an object', TICKET, bytes('42'), 'json'],
  ['2.1 null', TICKET, bytes('null'), 'json'],
  ['2.1 nothing', TICKET, bytes(''), 'json'],
  [
    '2.1 over 256 KiB',
    TICKET,
    bytes(JSON.stringify({ ...issued, x: 'x'.repeat(256 * 1024) })),
    'size',
  ],
  ['2.1 over 1,000 signals', TICKET, bytes(Array.from({ length: 1001 }, () => issued)), 'size'],
  ['2.2 no type', TICKET, bytes({ ...issued, type: undefined }), 'type'],
  ['2.2 unknown type', TICKET, bytes({ ...issued, type: 'toString' }), 'type'],
  ['2.2 missing id', TICKET, bytes({ ...issued, id: undefined }), 'field:id'],
  ['2.2 id of 65', TICKET, bytes({ ...issued, id: 'x'.repeat(65) }), 'field:id'],
  ['2.2 missing field', TICKET, bytes({ ...issued, queue: undefined }), 'field:queue'],
  ['2.6 null is wrong', TICKET, bytes({ ...issued, service: null }), 'field:service'],
  ['2.2 ticket with a space', TICKET, bytes({ ...issued, ticket: 'A 1' }), 'field:ticket'],
  ['2.2 class', TICKET, bytes({ ...issued, class: 'vip' }), 'field:class'],
  ['2.4 no offset', TICKET, bytes({ ...issued, at: '2026-11-20T10:00:00' }), 'field:at'],
  ['2.4 no such day', TICKET, bytes({ ...issued, at: '2026-02-30T10:00:00Z' }), 'field:at'],
  ['2.4 fraction of ms', TICKET, bytes({ ...issued, at: 1.5 }), 'field:at'],
  ['2.4 before 1970', TICKET, bytes({ ...issued, at: -1 }), 'field:at'],
  ['2.2 negative seq', TICKET, bytes({ ...issued, seq: -1 }), 'field:seq'],
  ['2.2 unknown queue', TICKET, bytes({ ...issued, queue: 'q9' }), 'unknown:queue'],
  ['2.2 unknown service', TICKET, bytes({ ...issued, service: 's9' }), 'unknown:service'],
  [
    '2.2 unknown window',
    TICKET,
    bytes({ type: 'called', id: 'b', ticket: 'A001', window: 'w9' }),
    'unknown:window',
  ],
  [
    '2.2 unknown target queue',
    TICKET,
    bytes({ type: 'transferred', id: 'b', ticket: 'A001', to_queue: 'q9' }),
    'unknown:queue',
  ],
  [
    '2.2 unknown zone',
    'hall/h1/counter-1/occupancy',
    bytes({ type: 'count', zone: 'z9', present: 1 }),
    'unknown:zone',
  ],
  [
    '2.2 unknown zone of the end of an emergency',
    'hall/h1/panel/emergency',
    bytes({ type: 'cleared', id: 'e', kind: 'fire', zones: ['z1', 'z9'] }),
    'unknown:zone',
  ],
  ['2.1 an empty array', TICKET, bytes('[]'), 'empty'],
  [
    '2.2 count below 0',
    'hall/h1/counter-1/occupancy',
    bytes({ type: 'count', zone: 'z1', present: -1 }),
    'field:present',
  ],
  [
    '2.2 no level 6',
    'hall/h1/pad-1/evaluation',
    bytes({ type: 'submitted', id: 'e', window: 'w1', level: 6 }),
    'field:level',
  ],
  [
    '2.2 text of 201',
    'hall/h1/d/device',
    bytes({ type: 'state', state: 'fault', fault: '纸'.repeat(201) }),
    'field:fault',
  ],
];

for (const [rule, topic, payload, reason] of REFUSED) {
  test(`${rule}: ${reason}, kept whole`, () => {
    const { accepted, rejected } = decode(topic, payload, TEN);
    assert.equal(accepted.length, 0);
    assert.equal(rejected.length, 1);
    assert.equal(rejected[0]?.reason, reason);
    assert.equal(rejected[0]?.topic, topic);
    assert.deepEqual(rejected[0]?.payload, payload);
    assert.match(rejected[0]?.detail.en ?? '', /.+: .+/);
    assert.match(rejected[0]?.detail.zh ?? '', /.+：.*\p{Script=Han}/u);
    assert.doesNotMatch(rejected[0]?.detail.zh ?? '', /should|missing/);
  });
}

test('1.2 with intake: listed, only devices of the hall file may speak', () => {
  const listed = createDecoder(sampleHall((yaml) => `${yaml}\nintake: listed\n`));
  assert.equal(listed('hall/h1/disp-1/ticket', bytes(issued), TEN).accepted.length, 1);
  const refused = listed('hall/h1/disp-9/ticket', bytes(issued), TEN).rejected;
  assert.deepEqual(
    refused.map(({ reason }) => reason),
    ['unknown:device'],
  );
});

test('2.1 a byte order mark is ignored', () => {
  assert.equal(decode(TICKET, bytes(`\uFEFF${JSON.stringify(issued)}`), TEN).accepted.length, 1);
});

test('2.1 exactly 256 KiB and exactly 1,000 signals are taken', () => {
  const frame = JSON.stringify({ ...issued, x: '' }).length;
  const full = bytes({ ...issued, x: 'x'.repeat(256 * 1024 - frame) });
  assert.equal(full.length, 256 * 1024);
  assert.equal(decode(TICKET, full, TEN).accepted.length, 1);
  const many = Array.from({ length: 1000 }, (_, index) => ({ ...issued, id: `n${index}` }));
  assert.equal(decode(TICKET, bytes(many), TEN).accepted.length, 1000);
});

test('2.3 a bad signal in an array is alone a dead letter', () => {
  const bad = { ...issued, id: 'b', queue: 'q9' };
  const { accepted, rejected } = decode(
    TICKET,
    bytes([issued, bad, 7, { ...issued, id: 'c' }]),
    TEN,
  );
  assert.deepEqual(
    accepted.map(({ signal }) => signal.id),
    ['a', 'c'],
  );
  assert.deepEqual(
    rejected.map(({ reason }) => reason),
    ['unknown:queue', 'json'],
  );
  assert.deepEqual(rejected[0]?.payload, bytes(bad));
});

test('2.4 times with offsets, with fractions, as integers, and missing', () => {
  const at = (given: unknown) =>
    decode(TICKET, bytes({ ...issued, at: given }), TEN).accepted[0]?.at;
  assert.equal(at('2026-11-20T09:59:00+08:00'), TEN - MINUTE);
  assert.equal(at('2026-11-20t01:59:00.1239z'), TEN - MINUTE + 123);
  assert.equal(at(TEN - 5), TEN - 5);
  assert.equal(at(TEN + 5 * MINUTE), TEN);
  assert.equal(at(undefined), TEN);
  assert.equal(parseInstant('2024-02-29T00:00:00Z'), Date.UTC(2024, 1, 29));
  assert.equal(parseInstant('2026-11-20T24:00:00Z'), undefined);
});

test('2.5 ids made of the content are stable, and differ with content, device and place in an array', () => {
  const count = { type: 'count', zone: 'z1', present: 3 };
  const id = (topic: string, value: unknown, receivedAt = TEN) =>
    decode(topic, bytes(value), receivedAt).accepted.map(({ signal }) => signal.id);
  const one = 'hall/h1/counter-1/occupancy';
  assert.deepEqual(id(one, { ...count, at: TEN }), id(one, { at: TEN, ...count }, TEN + 9));
  assert.notDeepEqual(
    id(one, { ...count, at: TEN }),
    id('hall/h1/counter-2/occupancy', { ...count, at: TEN }),
  );
  assert.notDeepEqual(id(one, { ...count, at: TEN }), id(one, { ...count, present: 4, at: TEN }));
  assert.equal(new Set(id(one, [count, count])).size, 2);
  assert.equal(
    new Set(
      id(one, [
        { ...count, at: TEN },
        { ...count, at: TEN },
      ]),
    ).size,
    1,
  );
});

test('2.6 fields that the contract does not name are ignored', () => {
  const [only] = decode(TICKET, bytes({ ...issued, colour: 'red', at: TEN }), TEN).accepted;
  assert.deepEqual(only?.signal, { ...issued, at: TEN });
});

test('2.7 random bytes never make it throw, and nothing vanishes', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 300 }),
      fc.constantFrom(TICKET, 'x', 'hall/h1/a/window'),
      (payload, topic) => {
        const { accepted, rejected } = decode(topic, payload, TEN);
        assert.equal(accepted.length, 0);
        assert.equal(rejected.length, 1);
      },
    ),
    { numRuns: 500 },
  );
});

test('2.7 mutated signals never make it throw: each is taken or kept with a reason', () => {
  const mutated = fc
    .tuple(anyMessage, fc.string({ maxLength: 12 }), fc.anything({ withNullPrototype: false }))
    .map(([{ topic, fields }, key, value]) => ({
      topic,
      fields: { id: 'm', ...fields, [key]: value },
      target: Object.keys(fields)[key.length % Object.keys(fields).length] ?? 'type',
      value,
    }));
  fc.assert(
    fc.property(mutated, ({ topic, fields, target, value }) => {
      for (const message of [fields, { ...fields, [target]: value }, [fields, value]]) {
        const text = JSON.stringify(message) ?? 'undefined';
        const { accepted, rejected } = decode(topic, bytes(text), TEN + 20 * MINUTE);
        assert.equal(accepted.length + rejected.length, Array.isArray(message) ? 2 : 1);
        for (const { reason } of rejected) {
          assert.match(
            reason,
            /^(json|type|future|size|field:.+|unknown:(window|queue|zone|service))$/,
          );
        }
      }
    }),
    { numRuns: 1000 },
  );
});

test('2.7 JSON nested a hundred thousand deep is kept, not thrown', () => {
  const deep = `[${'['.repeat(100_000)}${']'.repeat(100_000)}]`;
  assert.deepEqual(reasons(TICKET, bytes(deep)), ['json']);
  assert.deepEqual(reasons(TICKET, bytes(`{"type":"issued","id":"a","ticket":${deep}}`)), ['json']);
});
