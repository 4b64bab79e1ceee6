// The day's curve: arrivals, completions and people waiting in bins, from the ledger's sorted instants.
import type { Interval } from '../../interval.ts';
import type { Tally } from '../../figure.ts';
import type { Day } from '../../state.ts';
import { part } from '../cut.ts';
import { memo } from '../memo.ts';

/** One bin of the day's curve. A bin without data (`waiting` absent) is a gap, never a zero. */
export interface CurveBin {
  readonly from: number;
  readonly issued: number;
  readonly completed: number;
  readonly waiting?: number;
}

export interface Curve {
  readonly binMs: number;
  readonly open: readonly Interval[];
  readonly bins: readonly CurveBin[];
}

const BIN_MS = 10 * 60_000;
/** The curve follows the present in steps, so that it is not sent anew with every signal. */
const STEP_MS = 10_000;

export const curve = part('hall', ({ hall, memory, now }) =>
  curveOf(memory, '', hall.day, memory.ledger.whole, Math.floor(now / STEP_MS) * STEP_MS),
);

/** Bins from opening (or the first arrival before it) up to `end`. */
const curveOf = memo(({ open, start }: Day, whole: Tally, end: number): Curve => {
  const earliest = Math.max(whole.waitStarts[0] ?? end, start);
  const first = Math.min(open[0]?.[0] ?? end, earliest, end);
  const bins: CurveBin[] = [];
  let before = { issued: 0, completed: 0, begun: 0, ended: 0 };
  for (let from = Math.floor(first / BIN_MS) * BIN_MS; from < end; from += BIN_MS) {
    const to = Math.min(from + BIN_MS, end);
    const until = {
      issued: countBefore(whole.issuedAt, to, before.issued),
      completed: countBefore(whole.completedAt, to, before.completed),
      begun: countBefore(whole.waitStarts, to, before.begun),
      ended: countBefore(whole.waitEnds, to, before.ended),
    };
    bins.push({
      from,
      issued: until.issued - before.issued,
      completed: until.completed - before.completed,
      // Before anyone came there is nothing to draw: a gap, not a zero.
      ...(until.begun > 0 && { waiting: until.begun - until.ended }),
    });
    before = until;
  }
  return { binMs: BIN_MS, open, bins };
});

/** How many of the ascending instants are before `to`, of which the first `known` are. */
function countBefore(instants: readonly number[], to: number, known: number): number {
  let [low, high] = [known, instants.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((instants[middle] ?? Infinity) < to) low = middle + 1;
    else high = middle;
  }
  return low;
}
