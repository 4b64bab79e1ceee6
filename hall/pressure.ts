// How hard a queue or window presses: one number to sort by, from the thresholds of the hall. Pure. The gateway computes the
// pressure and the levels of queues; pages show them. SPEC §7.28.
import { overlapMs, type Interval } from './interval.ts';
import type { Level, LiveQueue, LiveWindow } from './view/live.ts';
import { own } from './own.ts';

export interface Thresholds {
  readonly wait_min: readonly number[];
  readonly load: readonly number[];
  /** a wait counts within these opening hours, as in every figure */
  readonly open: readonly Interval[];
}

/** A queue whose pressure is asked for. */
export type Pressing = Omit<LiveQueue, 'pressure'>;

const MINUTE = 60_000;

/** Minutes of the opening hours that the longest of the queue has waited by `now`, or undefined where nobody waits. */
export function longestMinutes(
  { longestSince, waiting }: Pressing,
  { open }: Thresholds,
  now: number,
): number | undefined {
  if (longestSince === undefined || waiting === 0) return undefined;
  return overlapMs(open, longestSince, now) / MINUTE;
}

/** The worse of the queue's wait and load; 3 where people wait and no window is open. */
export function queueLevel(queue: LiveQueue): Level {
  if (queue.waiting > 0 && queue.windowsOpen === 0) return 3;
  return Math.max(queue.level, queue.load?.level ?? 0) as Level;
}

/**
 * Pressure ≥ 0: the longest wait against the middle threshold, and half as much the load against a full one, counted up
 * to twice full. People before closed counters press most of all.
 */
export function queuePressure(queue: Pressing, thresholds: Thresholds, now: number): number {
  const middle = thresholds.wait_min[1] ?? thresholds.wait_min[0] ?? 20;
  const wait = (longestMinutes(queue, thresholds, now) ?? 0) / middle;
  const load = Math.min(2, (queue.load?.value ?? 0) / (thresholds.load.at(-1) ?? 1)) / 2;
  const deserted = queue.waiting > 0 && queue.windowsOpen === 0 ? 2 : 0;
  return deserted + wait + load + Math.min(queue.waiting, 100) / 1000;
}

/** The highest pressure of the queues that the window serves; a window that could open and does not comes first. */
export function windowPressure(
  window: LiveWindow,
  pressures: Readonly<Record<string, number>>,
): number {
  const highest = window.queues.reduce((most, id) => Math.max(most, own(pressures, id) ?? 0), 0);
  const missing = { away: 0.3, paused: 0.25, unknown: 0.2, closed: 0.15, idle: 0.1 } as const;
  const extra = own<number>(missing, window.state) ?? 0;
  return highest * (1 + extra);
}
