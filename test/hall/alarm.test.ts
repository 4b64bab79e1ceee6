// SPEC §2.8, §4.10: an alarm is shown whenever its kind can be read; any doubt shows it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { findFaults } from '../../hall/fault.ts';
import { Pipeline } from './pipeline.ts';
import { MINUTE, sampleHall, TEN } from './sample.ts';

const SECOND = 1_000;
const fire = (more: object = {}) => ({ type: 'activated', kind: 'fire', zones: ['*'], ...more });
const clear = (more: object = {}) => ({
  ...{
    type: 'cleared',
    kind: 'fire',
    zones: ['*'],
    id: `c-${Math.abs(JSON.stringify(more).length)}`,
  },
  ...more,
});
const stands = (hall: Pipeline) => hall.hall.emergencies.fire !== undefined;

test('2.8 what cannot be read of an alarm is mended towards showing it, marked, and a fault', async (t) => {
  const broken: readonly [string, object][] = [
    ['no id', {}],
    ['an id of another form', { id: 'a b' }],
    ['an unknown zone', { id: 'a', zones: ['z9'] }],
    ['no zones', { id: 'a', zones: [] }],
    ['zones as text', { id: 'a', zones: 'z1' }],
    ['a time that is none', { id: 'a', at: 'soon' }],
    ['a message as text', { id: 'a', message: '火警' }],
    ['a message too long', { id: 'a', message: { zh: '火'.repeat(500) } }],
    ['drill as text', { id: 'a', drill: 'no' }],
  ];
  for (const [name, fields] of broken) {
    await t.test(name, () => {
      const hall = new Pipeline(sampleHall());
      hall.say('panel', 'emergency', fire(fields), TEN);
      assert.deepEqual(hall.reasons, []);
      assert.deepEqual(hall.hall.emergencies.fire?.zones, ['*']);
      assert.ok(hall.lines[0]?.marks.includes('inferred'));
      const faults = findFaults(hall.hall, hall.config, TEN + SECOND);
      assert.ok(faults.some((fault) => fault.id === 'emergency:fire'));
    });
  }
  const whole = new Pipeline();
  whole.say('panel', 'emergency', fire({ id: 'a', zones: ['z1'] }), TEN);
  assert.deepEqual(whole.lines[0]?.marks, []);
});

test('4.10 no time makes an alarm late or past, retained or not', () => {
  for (const at of [TEN - 400 * 86_400_000, TEN + 5 * MINUTE, 0]) {
    for (const retained of [false, true]) {
      const hall = new Pipeline();
      hall.say('panel', 'emergency', fire({ id: 'a', at }), TEN, retained);
      assert.ok(stands(hall), `${at} ${retained}`);
    }
  }
});

test('4.10 a forged or fast `cleared` hides no alarm that comes after it', () => {
  const hall = new Pipeline();
  hall.say('stranger', 'emergency', clear({ at: TEN + 5 * MINUTE - SECOND }), TEN);
  hall.say('panel', 'emergency', fire({ id: 'a', at: TEN + SECOND }), TEN + SECOND);
  assert.ok(stands(hall));
  hall.say('panel', 'emergency', clear({ id: 'c2', at: TEN - 3 * MINUTE }), TEN + 2 * SECOND);
  assert.equal(stands(hall), false, 'order is that of the journal');
});

test('4.10 a repeated id is the same alarm while it stands, a new one after its end', () => {
  const hall = new Pipeline();
  hall.say('panel', 'emergency', fire({ id: 'a' }), TEN);
  hall.say('panel', 'emergency', clear({ id: 'b' }), TEN + SECOND);
  assert.equal(stands(hall), false);
  hall.say('panel', 'emergency', fire({ id: 'a' }), TEN + MINUTE);
  assert.ok(stands(hall));
});

test('4.10 a real alarm ends a drill, the end of a drill ends no real alarm', () => {
  const hall = new Pipeline();
  hall.say('panel', 'emergency', fire({ id: 'd', drill: true }), TEN);
  assert.equal(hall.live(TEN).emergencies.fire?.drill, true);
  hall.say('panel', 'emergency', fire({ id: 'r' }), TEN + SECOND);
  assert.equal(hall.live(TEN + SECOND).emergencies.fire?.drill, undefined);
  hall.say('panel', 'emergency', fire({ id: 'd2', drill: true }), TEN + 2 * SECOND);
  hall.say('panel', 'emergency', clear({ id: 'c', drill: true }), TEN + 3 * SECOND);
  assert.ok(stands(hall));
  assert.equal(hall.live(TEN + 4 * SECOND).emergencies.fire?.drill, undefined);
  hall.say('panel', 'emergency', clear({ id: 'c2' }), TEN + 5 * SECOND);
  assert.equal(stands(hall), false);
});

test('4.10 who may raise an alarm is the hall file’s matter', () => {
  const named = new Pipeline(
    sampleHall(
      (yaml) =>
        `${yaml.replace('devices:\n', 'devices:\n  - { id: panel, kind: other }\n')}\nemergency_from: [panel]\n`,
    ),
  );
  named.say('stranger', 'emergency', fire({ id: 'a' }), TEN);
  assert.deepEqual([named.reasons, stands(named)], [['unknown:device'], false]);
  named.say('panel', 'emergency', fire({ id: 'a' }), TEN);
  assert.ok(stands(named));
});

test('4.10 whatever comes before it and whatever clocks say, the last alarm stands', () => {
  const message = fc.record({
    device: fc.constantFrom('panel', 'stranger'),
    type: fc.constantFrom('activated', 'cleared'),
    zones: fc.constantFrom(['*'], ['z1'], ['z9'], []),
    at: fc.option(fc.integer({ min: 0, max: TEN + 86_400_000 }), { nil: undefined }),
    id: fc.constantFrom('a', 'b', 'c', ''),
    retained: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(message, { maxLength: 20 }), message, (before, last) => {
      const hall = new Pipeline();
      [...before, { ...last, type: 'activated' }].forEach((each, index) => {
        const { device, retained, ...fields } = each;
        hall.say(device, 'emergency', { kind: 'fire', ...fields }, TEN + index * SECOND, retained);
      });
      assert.ok(stands(hall));
    }),
    { numRuns: 300 },
  );
});
