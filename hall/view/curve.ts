// The day's curve: arrivals, completions and people waiting in bins, from the ledger's sorted instants.
import { bisectLeft } from 'd3-array';
import type { Cutting } from './base.ts';

/** One bin of the day's curve. A bin without data (`waiting` absent) is a gap, never a zero. */
export interface CurveBin {
  readonly from: number;
  readonly issued: number;
  readonly completed: number;
  readonly waiting?: number;
}

export const BIN_MS = 10 * 60_000;
/** The curve follows the present in steps, so that it is not sent anew with every signal. */
const STEP_MS = 10_000;

/** Bins from opening (or the first arrival before it) up to now. */
export function curveBins({ hall, memory, now }: Cutting): readonly CurveBin[] {
  const { whole } = memory.ledger;
  const end = Math.floor(now / STEP_MS) * STEP_MS;
  const earliest = Math.max(whole.waitStarts[0] ?? end, hall.day.start);
  const first = Math.min(hall.day.open[0]?.[0] ?? end, earliest, end);
  const lists = [whole.issuedAt, whole.completedAt, whole.waitStarts, whole.waitEnds];
  // Each bin's row is recalled by its counts, and the list by its rows.
  const bins: CurveBin[] = [];
  let before = [0, 0, 0, 0];
  for (let from = Math.floor(first / BIN_MS) * BIN_MS; from < end; from += BIN_MS) {
    const to = Math.min(from + BIN_MS, end);
    const counts = lists.map((list) => bisectLeft(list, to));
    const [issued = 0, completed = 0, begun = 0, ended = 0] = counts;
    const [issuedBefore = 0, completedBefore = 0] = before;
    before = counts;
    const inputs = [from, issued - issuedBefore, completed - completedBefore, begun, ended];
    bins.push(
      memory.recall('bin', bins.length, inputs, () => ({
        from,
        issued: issued - issuedBefore,
        completed: completed - completedBefore,
        // Before anyone came there is nothing to draw: a gap, not a zero.
        ...(begun > 0 && { waiting: begun - ended }),
      })),
    );
  }
  return memory.recall('bins', '', bins, () => bins);
}
