// How busy the demo hall is: which queue draws how many people, how long they take, when they come.
import type { Interval } from '../../hall/interval.ts';

export const MINUTE = 60_000;
export const TICKETS_A_DAY = 1_300;

/** Shares of what happens to a visit; they follow what halls report. */
export const SHARE = {
  priority: 0.06,
  green: 0.015,
  appointment: 0.12,
  mobile: 0.1,
  desk: 0.03,
  cancelled: 0.03,
  noShow: 0.042,
  noShowAfterLongWait: 0.1,
  returns: 0.42,
  recalled: 0.06,
  held: 0.03,
  transferred: 0.021,
  outOfOrder: 0.004,
  evaluated: 0.35,
} as const;

interface QueueProfile {
  /** Relative share of the day's tickets. */
  weight: number;
  /** Mean time at the window, minutes. */
  minutes: number;
}

const ORDINARY: QueueProfile = { weight: 2, minutes: 9 };

const QUEUES: Readonly<Record<string, QueueProfile>> = {
  social: { weight: 14, minutes: 10 },
  employment: { weight: 3.8, minutes: 10 },
  medical: { weight: 9.5, minutes: 9.4 },
  household: { weight: 6.6, minutes: 9 },
  exit: { weight: 4.2, minutes: 8.6 },
  vehicle: { weight: 6, minutes: 9.3 },
  tax: { weight: 9.8, minutes: 10.4 },
  finance: { weight: 1.1, minutes: 7.6 },
  business: { weight: 6.6, minutes: 12.2 },
  food: { weight: 2.8, minutes: 12.4 },
  invest: { weight: 2.2, minutes: 16.2 },
  estate: { weight: 6.4, minutes: 11.7 },
  fund: { weight: 5.6, minutes: 10.4 },
  housing: { weight: 3, minutes: 11.3 },
  construction: { weight: 2.2, minutes: 17.3 },
  safety: { weight: 2.4, minutes: 14.6 },
  civil: { weight: 7.6, minutes: 14 },
  health: { weight: 4.6, minutes: 12.4 },
  culture: { weight: 1.4, minutes: 11.9 },
  transport: { weight: 3.2, minutes: 11.3 },
  farm: { weight: 1.6, minutes: 13 },
  legal: { weight: 3.4, minutes: 19.4 },
  utility: { weight: 7.2, minutes: 11.3 },
  telecom: { weight: 3, minutes: 10.8 },
};

export function queueProfile(queue: string): QueueProfile {
  return QUEUES[queue] ?? ORDINARY;
}

/**
 * How many come at `at`, relative: each opening has its peak 75 minutes in (9:45 and 14:45 of a day
 * from 8:30 and 13:30), people stand at the door a little before, and few start just before the end.
 */
export function arrivalDensity(openings: readonly Interval[], at: number): number {
  const first = openings[0];
  const last = openings.at(-1);
  if (first === undefined || last === undefined) return 0;
  if (at < first[0] - 14 * MINUTE || at > last[1] - 12 * MINUTE) return 0;
  const open = openings.find(([from, to]) => at >= from && at < to);
  if (open === undefined) return at < first[0] ? 0.35 : 0.05;
  const [from, to] = open;
  const spread = (at - (from + 75 * MINUTE)) / (52 * MINUTE);
  const leaving = Math.min(1, (to - at) / (45 * MINUTE));
  const afternoon = open === first ? 1 : 0.82;
  return (0.42 + afternoon * Math.exp(-0.5 * spread * spread)) * (0.25 + 0.75 * leaving);
}
