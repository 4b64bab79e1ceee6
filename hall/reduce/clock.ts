// How far a device's clock is from the gateway's, told apart from messages that merely came late. SPEC §4.5.3.
import type { ClockWatch, DeviceLive } from '../state.ts';

/** A span lasts so long, so that a clock that was set right is seen to be right within as much. */
const SPAN_MS = 5 * 60_000;
/** A queue that empties in one go is one arrival: what it held is late, whatever the clock. */
const APART_MS = 10_000;
/** So many arrivals are not all late by chance. */
const ARRIVALS = 3;
/** So many late arrivals in a row, apart from each other, are a clock that was set back. */
const LATE_RUN = 2;
/** Beyond its clock's difference so much is a delay on the way, not jitter. */
export const LATE_MS = 60_000;

/**
 * The watch after a signal. A difference of exactly 0 says nothing: the signal had no `at` of its own and got that of its
 * arrival.
 */
export function watchClock(
  known: ClockWatch | undefined,
  receivedAt: number,
  at: number,
): ClockWatch | undefined {
  const difference = receivedAt - at;
  if (difference === 0) return known;
  if (!known) return begin(receivedAt, difference);
  if (receivedAt < known.last) return known;
  const counts = receivedAt - known.last >= APART_MS;
  // Apart from each other and late alike: no queue that empties, but a clock that was set back.
  const isLate = lateMs(known, receivedAt, at) > 0;
  const lateRun = isLate ? (known.lateRun ?? 0) + (counts ? 1 : 0) : 0;
  if (lateRun >= LATE_RUN) return begin(receivedAt, difference);
  const run = lateRun > 0 ? { lateRun } : undefined;
  if (receivedAt - known.from >= SPAN_MS && known.arrivals >= ARRIVALS) {
    return { ...begin(receivedAt, difference), beforeMs: known.leastMs, ...run };
  }
  if (!counts && difference >= known.leastMs) return known;
  const { lateRun: _before, ...rest } = known;
  return {
    ...rest,
    ...run,
    leastMs: Math.min(known.leastMs, difference),
    ...(counts && { last: receivedAt, arrivals: known.arrivals + 1 }),
  };
}

/**
 * How far the device's clock is ahead of the gateway's, ms; negative: behind. Undefined while it cannot be told: nothing
 * comes from the future, so one signal proves a clock that is ahead, but what looks like one behind may be late.
 */
export function clockAheadMs({ clock }: Pick<DeviceLive, 'clock'>): number | undefined {
  if (!clock) return undefined;
  const { arrivals, leastMs, beforeMs } = clock;
  if (arrivals >= ARRIVALS) return -leastMs;
  if (beforeMs !== undefined) return -Math.min(leastMs, beforeMs);
  return leastMs < 0 ? -leastMs : undefined;
}

/** How long the signal was on its way beyond what its device's clock explains, where that is long. */
export function lateMs(clock: ClockWatch | undefined, receivedAt: number, at: number): number {
  if (!clock) return 0;
  const least = Math.min(clock.leastMs, clock.beforeMs ?? Infinity);
  const delay = receivedAt - at - least;
  return delay > LATE_MS ? delay : 0;
}

function begin(receivedAt: number, difference: number): ClockWatch {
  return { from: receivedAt, last: receivedAt, arrivals: 1, leastMs: difference };
}
