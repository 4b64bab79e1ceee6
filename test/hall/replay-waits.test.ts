// The lines played forward: as the estimate of who comes now, and as whoever manages a hall would expect. SPEC §27.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { estimateWait, type Situation } from '../../hall/estimate.ts';
import {
  replayWaits,
  withWindows,
  type ReplayHall,
  type ReplayLine,
  type ReplayWindow,
} from '../../hall/replay.ts';

const MINUTE = 60_000;
const SPAN = 15 * MINUTE;
const NOBODY_COMES = { arrivalsPerHour: 0 } as const;

const LINE: ReplayLine = {
  ...{ waiting: 6, arrivalsPerHour: 12, cycleMs: 8 * MINUTE, cv2: 0.5, noShow: 0 },
  ...{ callsPerAhead: 1, promptMs: 30_000 },
};

function busy(id: string, queues = ['q1'], forMin = 2): ReplayWindow {
  return { id, queues, state: 'busy', forMs: forMin * MINUTE };
}

function hallOf(line: Partial<ReplayLine>, windows: readonly ReplayWindow[]): ReplayHall {
  return { lines: { q1: { ...LINE, ...line } }, windows };
}

function waitOf(hall: ReplayHall, queue = 'q1') {
  const wait = replayWaits(hall, SPAN)[queue];
  assert.ok(wait, `${queue} is served`);
  return wait;
}

test('27.1 a line without arrivals waits as its band says', () => {
  for (const windows of [1, 2, 3, 5]) {
    for (const waiting of [4, 10, 20]) {
      const hall = hallOf(
        { ...NOBODY_COMES, waiting },
        // Met at random moments of their services.
        Array.from({ length: windows }, (_, place) => busy(`w${place}`, ['q1'], place)),
      );
      const service = {
        ...{ cycleMs: LINE.cycleMs, cv2: LINE.cv2, n: 1_000, noShow: 0, returned: 0 },
        ...{ callsPerAhead: 1, prompt: [LINE.promptMs] },
      };
      const of: Situation = { ahead: waiting, windows, idle: 0, paused: 0, pauseMs: 0, service };
      // The one who is asked about comes within the span: the line is shorter by then.
      const now = estimateWait(of)?.ms ?? 0;
      const { ms } = waitOf(hall);
      assert.ok(
        ms <= now * 1.12 && ms >= now - SPAN,
        `${windows} windows, ${waiting}: ${ms / MINUTE} of ${now / MINUTE}`,
      );
    }
  }
});

test('27.1 equal lines have equal answers, and the band holds the mean', () => {
  fc.assert(
    fc.property(
      fc.nat(30),
      fc.integer({ min: 1, max: 6 }),
      fc.double({ min: 0, max: 60, noNaN: true }),
      (waiting, windows, arrivalsPerHour) => {
        const hall = hallOf(
          { waiting, arrivalsPerHour },
          Array.from({ length: windows }, (_, place) => busy(`w${place}`)),
        );
        const { ms, fromMs, toMs } = waitOf(hall);
        assert.deepEqual(replayWaits(hall, SPAN), replayWaits(structuredClone(hall), SPAN));
        assert.ok(fromMs <= toMs && fromMs <= ms && ms <= toMs * 1.5 && Number.isFinite(ms));
      },
    ),
    { numRuns: 60 },
  );
});

test('27.1 one window more shortens the wait, whatever it was doing', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 2, max: 30 }),
      fc.constantFrom<ReplayWindow['state']>('closed', 'gone', 'idle'),
      (waiting, state) => {
        const spare: ReplayWindow = { id: 'spare', queues: ['q2'], state, forMs: 30 * MINUTE };
        const line = { ...LINE, waiting };
        const none = { ...LINE, waiting: 0, arrivalsPerHour: 0 };
        const hall = { lines: { q1: line, q2: none }, windows: [busy('w1'), spare] };
        const helped = withWindows(hall, 'q1', ['spare']);
        assert.ok(waitOf(helped).ms < waitOf(hall).ms);
      },
    ),
    { numRuns: 40 },
  );
});

test('27.1 more people who come make those who come soon wait longer', () => {
  const windows = [busy('w1'), busy('w2')];
  const waits = [0, 10, 20, 40, 80].map(
    (arrivalsPerHour) => waitOf(hallOf({ arrivalsPerHour }, windows)).ms,
  );
  assert.deepEqual(
    waits,
    waits.toSorted((a, b) => a - b),
  );
});

test('27.1 who is lent costs the own queue', () => {
  const windows = [busy('w1'), busy('w2', ['q2']), busy('w3', ['q2'])];
  const hall = { lines: { q1: { ...LINE, waiting: 15 }, q2: LINE }, windows };
  const lent = withWindows(hall, 'q1', ['w3']);
  assert.ok(waitOf(lent, 'q1').ms < waitOf(hall, 'q1').ms);
  assert.ok(waitOf(lent, 'q2').ms > waitOf(hall, 'q2').ms);
});

test('27.1 a line that no window serves has no wait; a hall without windows has none', () => {
  assert.deepEqual(replayWaits(hallOf({}, []), SPAN), {});
  const closed: ReplayWindow = { id: 'w1', queues: ['q1'], state: 'closed', forMs: 0 };
  assert.deepEqual(replayWaits(hallOf({}, [closed]), SPAN), {});
  assert.ok(waitOf(withWindows(hallOf({}, [closed]), 'q1', ['w1'])).ms > MINUTE);
});
