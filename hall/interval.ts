// Stretches of time.

/** Integer ms since 1970: from (included) to (excluded). */
export type Interval = readonly [from: number, to: number];

/** How many ms of `from`…`to` lie within `intervals` (which do not overlap each other). */
export function overlapMs(intervals: readonly Interval[], from: number, to: number): number {
  return intervals.reduce(
    (sum, [start, end]) => sum + Math.max(0, Math.min(end, to) - Math.max(start, from)),
    0,
  );
}
