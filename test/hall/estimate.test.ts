// SPEC §9: the wait as a band.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  estimateWait,
  serviceModel,
  toBand,
  waitQuantiles,
  type Situation,
} from '../../hall/estimate.ts';
import { tallyOf } from '../../hall/figure.ts';
import type { Ticket } from '../../hall/state.ts';
import { MINUTE, TEN } from './sample.ts';

const situation: fc.Arbitrary<Situation> = fc.record({
  ahead: fc.nat(300),
  windows: fc.double({ min: 0.05, max: 60, noNaN: true }),
  idle: fc.constant(0),
  service: fc.record({
    cycleMs: fc.integer({ min: 1_000, max: 120 * MINUTE }),
    cv2: fc.double({ min: 0, max: 4, noNaN: true }),
    n: fc.integer({ min: 1, max: 500 }),
    noShow: fc.double({ min: 0, max: 0.9, noNaN: true }),
  }),
});

function estimate(of: Situation) {
  const wait = estimateWait(of);
  assert.ok(wait);
  return { wait, band: toBand(wait) };
}

test('9.1 a band is never negative, holds the estimate, and is rounded outward', () => {
  fc.assert(
    fc.property(situation, (of) => {
      const { wait, band } = estimate(of);
      assert.ok(wait.fromMs >= 0 && wait.fromMs <= wait.ms && wait.ms <= wait.toMs);
      assert.ok(Number.isInteger(band.from) && Number.isInteger(band.to) && band.from < band.to);
      assert.ok(band.from * MINUTE <= wait.fromMs && band.to * MINUTE >= wait.toMs);
      for (const edge of [band.from, band.to]) assert.ok(edge <= 10 || edge % 5 === 0);
    }),
  );
});

test('9.2 more people ahead never make it shorter', () => {
  fc.assert(
    fc.property(situation, fc.nat(50), (of, more) => {
      const [a, b] = [estimate(of), estimate({ ...of, ahead: of.ahead + more })];
      assert.ok(b.wait.ms >= a.wait.ms && b.wait.fromMs >= a.wait.fromMs - 1e-6);
      assert.ok(b.wait.toMs >= a.wait.toMs - 1e-6);
      assert.ok(b.band.from >= a.band.from && b.band.to >= a.band.to);
    }),
  );
});

test('9.2 more windows never make it longer, nor does one that is free', () => {
  fc.assert(
    fc.property(situation, fc.integer({ min: 1, max: 9 }), fc.boolean(), (of, more, isIdle) => {
      const idle = isIdle ? more : 0;
      const [a, b] = [estimate(of), estimate({ ...of, windows: of.windows + more, idle })];
      assert.ok(b.wait.ms <= a.wait.ms && b.wait.toMs <= a.wait.toMs + 1e-6);
    }),
  );
});

test('9.3 where no window serves there is no number', () => {
  fc.assert(
    fc.property(situation, (of) => {
      assert.equal(estimateWait({ ...of, windows: 0 }), undefined);
    }),
  );
});

test('9.5 quantiles rise, the band holds the middle, and more people ahead never lower the middle', () => {
  fc.assert(
    fc.property(situation, fc.nat(50), (of, more) => {
      const [a, b] = [of, { ...of, ahead: of.ahead + more }].map(waitQuantiles);
      const { fromMs, toMs } = estimate(of).wait;
      assert.ok(a && b);
      assert.ok(a.p10 >= 0 && a.p10 < a.p50 && a.p50 < a.p67 && a.p67 < a.p90);
      assert.ok(fromMs <= a.p50 && a.p67 <= toMs);
      assert.ok(b.p50 >= a.p50 - 1e-6);
    }),
  );
  const none = { ahead: 0, windows: 0, idle: 0, service: serviceModel(tallyOf([], []), noTally) };
  assert.equal(waitQuantiles(none), undefined);
  const free = waitQuantiles({ ...none, windows: 2, idle: 1 });
  assert.deepEqual(free, { p10: 6_000, p50: 30_000, p67: 40_200, p90: 54_000 }, 'to walk over');
});

const noTally = tallyOf([], []);

function completed(number: number, minutes: number): Ticket {
  const servingAt = TEN + number * MINUTE;
  return {
    ...{
      key: `A${number}`,
      visit: number,
      ticket: `A${number}`,
      class: 'normal',
      calls: 1,
      transfers: 0,
      noShows: 0,
      by: 'd',
      heardAt: 0,
    },
    ...{ issuedAt: TEN, firstServingAt: servingAt, servingAt, heldMs: 0, window: 'w1' },
    state: 'completed',
    completedAt: servingAt + minutes * MINUTE,
    at: servingAt + minutes * MINUTE,
  };
}

test('9.4 the service is the default without data, and the latest services once there are many', () => {
  const none = tallyOf([], []);
  const start = serviceModel(none, none);
  assert.ok(start.cycleMs > 0 && start.cv2 > 0 && start.noShow > 0);
  const early = Array.from({ length: 60 }, (_, index) => completed(index, 5));
  const late = Array.from({ length: 60 }, (_, index) => completed(60 + index, 15));
  const day = tallyOf([...early, ...late], []);
  const { cycleMs } = serviceModel(day, day);
  assert.ok(cycleMs > 12 * MINUTE && cycleMs < 16 * MINUTE, `${cycleMs / MINUTE} min`);
});
