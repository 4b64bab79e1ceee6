// SPEC §9: the wait as a band.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  estimateWait,
  promptWaits,
  serviceModel,
  toBand,
  waitQuantiles,
  type Situation,
} from '../../hall/estimate.ts';
import { tallyOf, type Tally } from '../../hall/figure.ts';
import { lineFlow, windowFlow } from '../../hall/figure/flow.ts';
import type { Ticket } from '../../hall/state.ts';
import { MINUTE, TEN } from './sample.ts';

const situation: fc.Arbitrary<Situation> = fc.record({
  ahead: fc.nat(300),
  windows: fc.double({ min: 0.05, max: 60, noNaN: true }),
  idle: fc.constant(0),
  paused: fc.double({ min: 0, max: 9, noNaN: true }),
  pauseMs: fc.integer({ min: 0, max: 120 * MINUTE }),
  service: fc.record({
    cycleMs: fc.integer({ min: 1_000, max: 120 * MINUTE }),
    cv2: fc.double({ min: 0, max: 4, noNaN: true }),
    n: fc.integer({ min: 1, max: 500 }),
    noShow: fc.double({ min: 0, max: 0.5, noNaN: true }),
    returned: fc.double({ min: 0, max: 0.2, noNaN: true }),
    callsPerAhead: fc.double({ min: 1, max: 3, noNaN: true }),
    prompt: fc
      .array(fc.integer({ min: 1, max: 3 * MINUTE }), { minLength: 1, maxLength: 60 })
      .map((waits) => waits.sort((a, b) => a - b)),
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
      assert.ok(a.p10 >= 0 && a.p10 <= a.p50 && a.p50 <= a.p67 && a.p67 <= a.p90);
      assert.ok(fromMs <= a.p50 && a.p67 <= toMs);
      assert.ok(b.p50 >= a.p50 - 1e-6);
    }),
  );
  const service = { ...modelOf([]), prompt: [20_000, 30_000, 40_000], returned: 0 };
  const none = { ahead: 0, windows: 0, idle: 0, paused: 0, pauseMs: 0, service };
  assert.equal(waitQuantiles(none), undefined);
  const free = waitQuantiles({ ...none, windows: 2, idle: 1 });
  const { p10, p50, p67, p90 } = free ?? {};
  assert.deepEqual([p10, p50, p67, p90].map(Math.round as (ms?: number) => number), [
    ...[22_000, 30_000, 33_400, 38_000],
  ]);
});

test('9.5 of those who miss the own call first nobody waits less than the others', () => {
  fc.assert(
    fc.property(situation, fc.double({ min: 0, max: 0.5, noNaN: true }), (of, more) => {
      const returned = Math.min(0.9, of.service.returned + more);
      const [a, b] = [of, { ...of, service: { ...of.service, returned } }].map(waitQuantiles);
      // The deviates are exact to 0.0005.
      assert.ok(a && b && b.p50 >= a.p50 * 0.995 - 1e-6 && b.p90 >= a.p90 * 0.995 - 1e-6);
    }),
  );
});

test('9.4 a window that pauses helps as soon as it is back, and not at all where that is too late', () => {
  const service = { ...modelOf([]), prompt: [30_000] };
  const of = { ahead: 10, windows: 1, idle: 0, paused: 0, pauseMs: 0, service };
  const without = estimate(of).wait.ms;
  const soon = estimate({ ...of, paused: 1, pauseMs: MINUTE }).wait.ms;
  const late = estimate({ ...of, paused: 1, pauseMs: 20 * MINUTE }).wait.ms;
  assert.ok(soon < late && late < without);
  assert.equal(estimate({ ...of, paused: 1, pauseMs: 600 * MINUTE }).wait.ms, without);
});

/** The model of a queue that is the whole hall, served at one window. */
function modelOf(visits: readonly Ticket[]) {
  const day = tallyOf(visits, []);
  const flow = lineFlow(day);
  const atWindows = windowFlow(day);
  return serviceModel(day, flow, {
    ...{ serviceSum: day.serviceSum, services: day.services, missed: day.missed },
    ...{ completedAt: day.completedAt, atWindows, inLines: flow },
    prompt: promptWaits(atWindows),
  });
}

function completed(number: number, minutes: number): Ticket {
  return visit(number, TEN, undefined, TEN + number * MINUTE, minutes);
}

function visit(
  number: number,
  issuedAt: number,
  calledAt: number | undefined,
  servingAt: number,
  minutes: number,
): Ticket {
  const completedAt = servingAt + minutes * MINUTE;
  return {
    ...{ key: `A${number}`, visit: number, ticket: `A${number}`, class: 'normal' },
    ...{ calls: 1, transfers: 0, noShows: 0, by: 'd', heardAt: 0 },
    ...{ issuedAt, firstServingAt: servingAt, servingAt, heldMs: 0, window: 'w1' },
    ...(calledAt !== undefined && { calledAt }),
    ...{ state: 'completed', completedAt, at: completedAt },
  };
}

test('9.4 the service is the default without data, and the latest services once there are many', () => {
  const start = modelOf([]);
  assert.ok(start.cycleMs > 0 && start.cv2 > 0 && start.noShow > 0);
  const early = Array.from({ length: 60 }, (_, index) => completed(index, 5));
  const late = Array.from({ length: 60 }, (_, index) => completed(60 + index, 15));
  const { cycleMs } = modelOf([...early, ...late]);
  assert.ok(cycleMs > 12 * MINUTE && cycleMs < 16 * MINUTE, `${cycleMs / MINUTE} min`);
});

/** One window from ten on: each visit is called `gap` seconds after the last one ended, and walks 20 s. */
function atOneWindow(visits: readonly { issued: number; gap: number; minutes: number }[]): Tally {
  let free = TEN;
  const tickets = visits.map(({ issued, gap, minutes }, index): Ticket => {
    const issuedAt = TEN + issued * MINUTE;
    const calledAt = Math.max(free, issuedAt) + gap * 1_000;
    const servingAt = calledAt + 20_000;
    free = servingAt + minutes * MINUTE;
    return visit(index, issuedAt, calledAt, servingAt, minutes);
  });
  return tallyOf(tickets, [[TEN, TEN + 600 * MINUTE]]);
}

test('9.6 turnover is from call to call less the service, where the next one waited already', () => {
  const { turnover, prompt } = windowFlow(
    atOneWindow([
      { issued: 0, gap: 10, minutes: 5 },
      { issued: 1, gap: 40, minutes: 5 },
      { issued: 60, gap: 15, minutes: 5 },
    ]),
  );
  // A walk of 20 s and a gap of 40 s; the third visitor found a free window.
  assert.deepEqual(turnover, { n: 1, sum: 60_000, squares: 60_000 ** 2 });
  assert.deepEqual(
    prompt.map(({ ms }) => ms),
    [35_000],
  );
});

test('9.6 calls for each visitor ahead count those who came later and were called first', () => {
  const tally = atOneWindow([
    { issued: 0, gap: 10, minutes: 10 },
    { issued: 1, gap: 10, minutes: 10 },
    { issued: 5, gap: 10, minutes: 10 },
    { issued: 2, gap: 10, minutes: 10 },
  ]);
  const { ahead, called } = lineFlow(tally);
  // The last came when one waited, and two were called first; the third when two waited, and one was called first.
  assert.deepEqual({ ahead, called }, { ahead: 3, called: 3 });
});
