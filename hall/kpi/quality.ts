// Figures of the equipment itself: how available devices were, how surely calls reached the glass. Durations in ms.
import { sum } from 'd3-array';
import { overlapMs, type Interval } from '../interval.ts';
import type { Figure } from './figure.ts';

export interface Availability {
  /** 1 − unplanned down ÷ scheduled on; n = minutes scheduled */
  readonly availability: Figure;
  /** mean time between failures and to repair; n = failures; absent without any */
  readonly betweenMs?: Figure;
  readonly repairMs?: Figure;
}

/** @param down unplanned outages that do not overlap; @param scheduled when the devices of the class should be on */
export function deviceAvailability(
  down: readonly Interval[],
  scheduled: readonly Interval[],
): Availability | undefined {
  const onMs = sum(scheduled, ([from, to]) => to - from);
  if (onMs <= 0) return undefined;
  const outages = down.map(([from, to]) => overlapMs(scheduled, from, to)).filter((ms) => ms > 0);
  const downMs = sum(outages);
  const n = outages.length;
  return {
    availability: { value: 1 - downMs / onMs, n: Math.ceil(onMs / 60_000) },
    ...(n > 0 && {
      betweenMs: { value: (onMs - downMs) / n, n },
      repairMs: { value: downMs / n, n },
    }),
  };
}

/** Calls seen on at least one screen of their zone within 2 s ÷ calls; `undefined` in `delaysMs` was never seen. */
export function callDelivery(
  delaysMs: readonly (number | undefined)[],
  limitMs = 2000,
): { readonly inTime: Figure; readonly lost: number } | undefined {
  const n = delaysMs.length;
  if (n === 0) return undefined;
  const seen = delaysMs.filter((ms) => ms !== undefined);
  const inTime = seen.filter((ms) => ms <= limitMs).length;
  return { inTime: { value: inTime / n, n }, lost: n - seen.length };
}
