// How hard a queue or window presses: one number to sort by, from the thresholds of the hall. Pure.
import type { Level, LiveQueue, LiveWindow } from '../hall/view/live.ts';
import { own } from './own.ts';

export interface Thresholds {
  readonly wait_min: readonly number[];
  readonly load: readonly number[];
}

const MINUTE = 60_000;

/** Minutes that the longest of the queue has waited by `now`, or undefined where nobody waits. */
export function longestMinutes(queue: LiveQueue, now: number): number | undefined {
  if (queue.longestSince === undefined || queue.waiting === 0) return undefined;
  return Math.max(0, now - queue.longestSince) / MINUTE;
}

/** How many of the thresholds `minutes` has passed: 0 … 3. */
export function waitLevel(minutes: number, waitMin: readonly number[]): Level {
  return Math.min(3, waitMin.filter((threshold) => minutes >= threshold).length) as Level;
}

/** The queue's wait level at `now`; the gateway's own where nobody waits. */
export function queueWaitLevel(queue: LiveQueue, thresholds: Thresholds, now: number): Level {
  const minutes = longestMinutes(queue, now);
  return minutes === undefined ? 0 : waitLevel(minutes, thresholds.wait_min);
}

/** The worse of the queue's wait and load; 3 where people wait and no window is open. */
export function queueLevel(queue: LiveQueue, thresholds: Thresholds, now: number): Level {
  if (queue.waiting > 0 && queue.windowsOpen === 0) return 3;
  return Math.max(queueWaitLevel(queue, thresholds, now), queue.load?.level ?? 0) as Level;
}

/**
 * Pressure ≥ 0: the longest wait against the middle threshold, and half as much the load against a full one, counted up
 * to twice full. People before closed counters press most of all.
 */
export function queuePressure(queue: LiveQueue, thresholds: Thresholds, now: number): number {
  const middle = thresholds.wait_min[1] ?? thresholds.wait_min[0] ?? 20;
  const wait = (longestMinutes(queue, now) ?? 0) / middle;
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
