// What the wall says of the day beside the figures of the managers' page: evaluations by level, on the spot, the peak, who has
// waited past the thresholds. SPEC §8, 25.
import type { HallConfig } from '../../config.ts';
import {
  badReviews,
  givenLevels,
  onTheSpot,
  participation,
  peak,
  satisfaction,
  waitingSince,
  type Figure,
  type Tally,
} from '../../figure.ts';
import { overlapMs } from '../../interval.ts';
import type { Hall } from '../../state.ts';
import { part } from '../cut.ts';
import { memo } from '../memo.ts';
import { rounded } from './round.ts';

const MINUTE_MS = 60_000;
/** So many numbers are named per threshold. */
const NAMED_MAX = 6;

export interface Evaluation {
  /** given by visitors, by level; index 0 is level 1 */
  readonly levels: readonly number[];
  /** filled in by default, all levels together: never part of a share */
  readonly defaulted: number;
  readonly satisfaction?: Figure;
  readonly badReviewRate?: Figure;
  readonly participation?: Figure;
}

export const evaluation = part('hall', ({ hall, memory }) =>
  evaluationOf(memory, '', hall.evaluations, memory.ledger.whole),
);

const evaluationOf = memo((evaluations: Hall['evaluations'], whole: Tally): Evaluation => {
  const all = Object.values(evaluations);
  const levels = givenLevels(all);
  const share = satisfaction(levels);
  const bad = badReviews(levels);
  const part = participation(levels, whole.served);
  return {
    levels,
    defaulted: all.reduce((sum, { defaulted }) => sum + total(defaulted), 0),
    ...(share && { satisfaction: rounded(share) }),
    ...(bad && { badReviewRate: rounded(bad) }),
    ...(part && { participation: rounded(part) }),
  };
});

function total(levels: readonly number[]): number {
  return levels.reduce((sum, count) => sum + count, 0);
}

/** The share decided at the same visit; absent where no outcome was told. */
export const decidedOnTheSpot = part('hall', ({ memory }) =>
  spotOf(memory, '', memory.ledger.whole),
);

const spotOf = memo((whole: Tally): Figure | undefined => {
  const share = onTheSpot(whole);
  return share && rounded(share);
});

export interface PeakHour {
  /** the busiest rolling hour of arrivals begins here, ms since 1970 */
  readonly from: number;
  readonly arrivals: number;
}

/** Of today, by the minute. */
export const peakHour = part('hall', ({ memory, now }) =>
  peakOf(memory, '', memory.ledger.whole, now - (now % MINUTE_MS)),
);

const peakOf = memo((whole: Tally, now: number): PeakHour | undefined => {
  const found = peak(whole, now);
  return found && { from: found.from, arrivals: found.arrivals };
});

export interface Overdue {
  readonly minutes: number;
  /** people who wait longer, those past the next threshold included */
  readonly people: number;
  /** their numbers, the longest wait first; at most six */
  readonly tickets: readonly string[];
}

/** Who waits now and has passed each threshold. Waits count within opening hours, as everywhere. */
export const overdue = part('hall', (cut) => {
  const { memory, config } = cut;
  return overdueOf(memory, '', config, memory.ledger.whole, cut.second.now);
});

const overdueOf = memo(
  ({ thresholds }: HallConfig, whole: Tally, now: number): readonly Overdue[] => {
    // The oldest come first.
    const waits = whole.waiting
      .filter(({ state }) => state === 'waiting' || state === 'called')
      .map((ticket) => ({
        ticket: ticket.ticket,
        minutes: overlapMs(whole.open, waitingSince(ticket), now) / MINUTE_MS,
      }));
    return thresholds.wait_min.map((minutes) => {
      const past = waits.filter((wait) => wait.minutes > minutes);
      return {
        minutes,
        people: past.length,
        tickets: past.slice(0, NAMED_MAX).map((one) => one.ticket),
      };
    });
  },
);
