import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { apply, diff } from '../../hall/diff.ts';
import { reduce } from '../../hall/reduce.ts';
import { startHall } from '../../hall/reduce.ts';
import { rulesOf } from '../../hall/rules.ts';
import { anyHistory, sampleHall, TEN } from './sample.ts';

const leaf = fc.oneof(fc.string(), fc.integer(), fc.boolean());
const { json } = fc.letrec<{ json: unknown }>((tie) => ({
  json: fc.oneof(
    { depthSize: 'small' },
    leaf,
    fc.array(tie('json'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('a', 'b', 'c', '__proto__', 'constructor'), tie('json'), {
      noNullPrototype: true,
    }),
  ),
}));

test('5.2 apply(a, diff(a, b)) equals b for any JSON without null, and changes neither', () => {
  fc.assert(
    fc.property(json, json, (a, b) => {
      const [textA, textB] = [JSON.stringify(a), JSON.stringify(b)];
      const patch = diff(a, b);
      const sent = patch === undefined ? undefined : JSON.parse(JSON.stringify(patch));
      assert.deepEqual(plain(apply(a, sent)), plain(b));
      assert.deepEqual([JSON.stringify(a), JSON.stringify(b)], [textA, textB]);
    }),
    { numRuns: 2000 },
  );
});

test('5.2 equal values have no patch, and values that differ have one', () => {
  fc.assert(
    fc.property(json, json, (a, b) => {
      assert.equal(diff(a, structuredClone(a)), undefined);
      if (JSON.stringify(sorted(a)) !== JSON.stringify(sorted(b)))
        assert.notEqual(diff(a, b), undefined);
    }),
  );
});

test('5.1 the worked examples of RFC 7386 that hold no null', () => {
  assert.deepEqual(diff({ a: 'b' }, { a: 'c' }), record({ a: 'c' }));
  assert.deepEqual(diff({ a: 'b', b: 'c' }, { b: 'c' }), record({ a: null }));
  assert.deepEqual(diff({ a: ['b'] }, { a: 'c' }), record({ a: 'c' }));
  assert.deepEqual(diff({ a: [1, 2] }, { a: [1, 2] }), undefined);
  assert.deepEqual(apply({ a: { b: 'c' } }, { a: { b: 'd', c: null } }), { a: { b: 'd' } });
});

test('5.2 what a patch does not touch keeps its reference', () => {
  const before = { windows: { w1: { state: 'idle' }, w2: { state: 'idle' } }, queues: { q1: {} } };
  const after = apply(before, { windows: { w1: { state: 'away' } } });
  assert.equal(after.queues, before.queues);
  assert.equal(after.windows.w2, before.windows.w2);
  assert.deepEqual(after.windows.w1, { state: 'away' });
});

test('5.2 the law holds for every step of a hall', () => {
  fc.assert(
    fc.property(anyHistory, (history) => {
      const rules = rulesOf(sampleHall());
      let hall = startHall(sampleHall(), TEN);
      for (const event of history) {
        const next = reduce(hall, event, rules);
        assert.deepEqual(plain(apply(hall, diff(hall, next))), plain(next));
        hall = next;
      }
    }),
    { numRuns: 60 },
  );
});

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
const record = (fields: object) => Object.assign(Object.create(null), fields);

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, each]) => [key, sorted(each)]);
}
