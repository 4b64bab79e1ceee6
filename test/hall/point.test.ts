// SPEC §10: signals as time-series points.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { toPoint, type PointEntry } from '../../hall/point.ts';
import { anyHistory, received, TEN } from './sample.ts';

const FEW_VALUED = new Set(['hall', 'device', 'window', 'queue', 'zone', 'type', 'state']);

test('10.1 one measurement per stream; ticket numbers, staff and ids are fields, never tags', () => {
  const [entry] = received([
    [0, 'caller-1', 'ticket', { type: 'called', ticket: 'A1', window: 'w1', out_of_order: '急事' }],
  ]);
  assert.ok(entry);
  assert.deepEqual(toPoint('h1', { ...entry, seq: 7 }), {
    measurement: 'ticket',
    tags: { device: 'caller-1', hall: 'h1', type: 'called', window: 'w1' },
    fields: { entry: 7, id: 'n-0', ticket: 'A1', out_of_order: '急事' },
    timestampNs: BigInt(TEN) * 1_000_000n + 7n,
  });
});

test('10.1 lists and texts in two languages become one field each', () => {
  const [alarm, opinion, moved] = received([
    [
      0,
      'd1',
      'emergency',
      {
        type: 'activated',
        kind: 'fire',
        zones: ['z1', 'z2'],
        message: { zh: '请撤离', en: 'Leave' },
      },
    ],
    [
      0,
      'd1',
      'evaluation',
      { type: 'submitted', window: 'w1', level: 5, aspects: ['快', '好'], default: false },
    ],
    [0, 'd1', 'ticket', { type: 'transferred', ticket: 'A1', to_queue: 'q2' }],
  ]).map((entry, index) => toPoint('h1', { ...entry, seq: index + 1 }));
  assert.deepEqual(alarm?.fields, {
    entry: 1,
    id: 'n-0',
    kind: 'fire',
    zones: 'z1,z2',
    message_zh: '请撤离',
    message_en: 'Leave',
  });
  assert.deepEqual(opinion?.fields, {
    entry: 2,
    id: 'n-1',
    level: 5,
    aspects: '快,好',
    default: false,
  });
  assert.equal(moved?.tags['queue'], 'q2');
});

test('10.2 only names with few values are tags, every point has a field, and no name is both', () => {
  fc.assert(
    fc.property(anyHistory, (events) => {
      events.forEach((event, index) => {
        const { tags, fields } = toPoint('h1', { ...event, seq: index + 1 });
        for (const [name, value] of Object.entries(tags)) {
          assert.ok(FEW_VALUED.has(name) && value !== '');
          assert.ok(!Object.hasOwn(fields, name), `${name} is a tag and a field`);
        }
        assert.ok(Object.keys(fields).length > 0);
      });
    }),
    { numRuns: 60 },
  );
});

test('10.3 writing again gives the same point; events of one millisecond stay apart', () => {
  fc.assert(
    fc.property(anyHistory, fc.integer({ min: 1, max: 2 ** 45 }), (events, first) => {
      const moment = events.map(
        (event, index): PointEntry => ({ ...event, at: TEN, seq: first + index }) as PointEntry,
      );
      const points = moment.map((entry) => toPoint('h1', entry));
      assert.deepEqual(
        moment.map((entry) => toPoint('h1', entry)),
        points,
      );
      const instants = new Set(points.map(({ timestampNs }) => timestampNs));
      assert.equal(instants.size, points.length);
      for (const instant of instants) assert.equal(Number(instant / 1_000_000n), TEN);
    }),
    { numRuns: 60 },
  );
});
