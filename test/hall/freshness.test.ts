// SPEC §7.2: live, stale, none; silence of a connected device is not staleness, and a closed hall is not a fault.
import type { Interval } from '../../hall/interval.ts';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { freshness } from '../../hall/freshness.ts';
import type { DeviceLive } from '../../hall/state.ts';
import { MINUTE, TEN } from './sample.ts';

const OPEN: readonly Interval[] = [
  [TEN - 90 * MINUTE, TEN + 120 * MINUTE],
  [TEN + 210 * MINUTE, TEN + 450 * MINUTE],
];
const SILENCE = 3 * MINUTE;

function device(state: DeviceLive['state'], lastSeen: number): DeviceLive {
  return { state, since: lastSeen, at: lastSeen, lastSeen, signals: 1, seqGaps: 0 };
}

function of(devices: readonly DeviceLive[], now: number, at?: number, valueMs?: number) {
  const reports = {
    at,
    devices,
    silenceMs: SILENCE,
    ...(valueMs === undefined ? {} : { valueMs }),
  };
  return freshness(reports, OPEN, now);
}

test('7.2 never heard of: none', () => {
  assert.deepEqual(of([], TEN), { state: 'none' });
});

test('7.2 a connected device keeps its value live, however quiet it is', () => {
  const quiet = device('online', TEN - 80 * MINUTE);
  const at = TEN - 80 * MINUTE;
  assert.deepEqual(of([quiet], TEN, at), { state: 'live', at });
  assert.equal(of([device('degraded', at)], TEN, at).state, 'live');
});

test('7.2 all offline: stale at once, with the time of the last signal', () => {
  const gone = [device('offline', TEN), device('offline', TEN - MINUTE)];
  assert.deepEqual(of(gone, TEN, TEN - 5 * MINUTE), { state: 'stale', at: TEN });
  assert.equal(of([...gone, device('online', TEN)], TEN).state, 'live', 'one is still there');
});

test('7.2 a device that never told how it is, is there until its silence is too long', () => {
  const unknown = device('unknown', TEN);
  assert.equal(of([unknown], TEN + SILENCE, TEN).state, 'live');
  assert.deepEqual(of([unknown], TEN + SILENCE + 1, TEN), { state: 'stale', at: TEN });
  assert.equal(of([device('fault', TEN)], TEN + SILENCE + 1).state, 'stale');
});

test('7.2 a closed hall is not a fault: only silence while it was open counts', () => {
  const noon = TEN + 120 * MINUTE;
  const off = [device('offline', noon + MINUTE), device('unknown', noon - MINUTE)];
  assert.equal(of(off.slice(0, 1), noon + 80 * MINUTE).state, 'live', 'switched off over lunch');
  assert.equal(of(off.slice(1), noon + 80 * MINUTE).state, 'live');
  assert.equal(
    of(off.slice(0, 1), noon + 90 * MINUTE).state,
    'stale',
    'but not there at reopening',
  );
  assert.equal(of([device('offline', noon - MINUTE)], noon + MINUTE).state, 'stale');
  const evening = { ...device('offline', noon + 10 * MINUTE), heardAt: noon - 5 * MINUTE };
  assert.equal(of([evening], noon + 11 * MINUTE).state, 'live', 'last heard while it was open');
  const toldAgain = { ...device('offline', TEN), lastSeen: noon + 10 * MINUTE };
  assert.equal(of([toldAgain], noon + 11 * MINUTE).state, 'stale', 'its will came once more');
});

test('7.2 a count that comes at intervals is stale when it did not come, though its device is well', () => {
  const counter = [device('online', TEN)];
  assert.equal(of(counter, TEN + 2 * MINUTE, TEN, 2 * MINUTE).state, 'live');
  assert.deepEqual(of(counter, TEN + 3 * MINUTE, TEN, 2 * MINUTE), { state: 'stale', at: TEN });
});

test('7.2 a value whose senders are not known goes by its own age', () => {
  assert.equal(of([], TEN + MINUTE, TEN).state, 'live');
  assert.equal(of([], TEN + 4 * MINUTE, TEN).state, 'stale');
});
