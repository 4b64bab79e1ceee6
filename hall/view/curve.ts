// The day's curve: arrivals, completions and people waiting in bins, from the ledger's sorted instants.
import { bisectLeft } from 'd3-array';
import type { Cutting } from './base.ts';
import type { CurveBin } from './live.ts';

export const BIN_MS = 10 * 60_000;
/** The curve follows the present in steps, so that it is not sent anew with every signal. */
const STEP_MS = 10_000;

/** Bins from opening (or the first arrival before it) up to now. */
export function curveBins({ hall, memory, now }: Cutting): readonly CurveBin[] {
  const { whole } = memory.ledger;
  const end = Math.floor(now / STEP_MS) * STEP_MS;
  const starts = [hall.day.open[0]?.[0], whole.issuedAt[0]].filter((at) => at !== undefined);
  const first = Math.floor(Math.min(...starts, end) / BIN_MS) * BIN_MS;
  const count = (list: readonly number[]) => bisectLeft(list, end);
  // What lies before `end` is told by its counts and sums, but for late news: the version sees those.
  const inputs = [whole, whole.version, first, end];
  return memory.recall('curve', inputs, () => {
    const bins: CurveBin[] = [];
    const known = { issued: count(whole.issuedAt), completed: count(whole.completedAt) };
    for (let from = first; from < end; from += BIN_MS) {
      const to = Math.min(from + BIN_MS, end);
      const between = (list: readonly number[]) => bisectLeft(list, to) - bisectLeft(list, from);
      const begun = bisectLeft(whole.waitStarts, to);
      bins.push({
        from,
        issued: between(whole.issuedAt),
        completed: between(whole.completedAt),
        ...(known.issued > 0 && begun > 0 && { waiting: begun - bisectLeft(whole.waitEnds, to) }),
      });
    }
    return bins;
  });
}
