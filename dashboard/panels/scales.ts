// The common scales of the tables: every row is drawn on the same minutes and the same load, with room beyond the last
// threshold of the hall. Pure.

/** A quarter more than the last threshold. */
const WAIT_ROOM = 1.25;
/** Half as much again. */
const LOAD_ROOM = 1.5;

/** Minutes at the right end of the wait ruler. */
export function waitMost(thresholds: readonly number[]): number {
  return Math.max(1, ...thresholds) * WAIT_ROOM;
}

/** Load at the right end of the load ruler. */
export function loadMost(thresholds: readonly number[]): number {
  return Math.max(1, ...thresholds) * LOAD_ROOM;
}

/**
 * For each of the ascending `shares` (0 … 1 of a scale) the line, from 0 upwards, on which its label stands so that labels
 * of one line are at least `apart` from each other.
 */
export function labelLines(shares: readonly number[], apart: number): number[] {
  const ends: number[] = [];
  return shares.map((share) => {
    const free = ends.findIndex((end) => share - end >= apart);
    const line = free < 0 ? ends.length : free;
    ends[line] = share;
    return line;
  });
}
