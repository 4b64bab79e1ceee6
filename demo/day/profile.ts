// How busy the demo hall is: which queue draws how many people, how long they take, when they come.
import type { Interval } from '../../hall/interval.ts';
import { weekdayOf } from '../../hall/zone-time.ts';

export const MINUTE = 60_000;
const TICKETS_A_DAY = 1_300;
/** Monday to Sunday: what the weekend has gathered comes on Monday. */
const WEEKDAYS = [1.04, 1.01, 1, 1, 0.99, 0.97, 0.96] as const;
/** On the first days of a month pensions, contributions and taxes fall due. */
const MONTH_BEGINS = { days: 3, more: 1.02 } as const;

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
  employment: { weight: 2.4, minutes: 8.7 },
  medical: { weight: 6.4, minutes: 7.8 },
  household: { weight: 5.4, minutes: 7.6 },
  exit: { weight: 3.4, minutes: 7.6 },
  vehicle: { weight: 3.9, minutes: 9 },
  tax: { weight: 7.5, minutes: 8.6 },
  finance: { weight: 1.7, minutes: 7.2 },
  business: { weight: 4.7, minutes: 11.2 },
  food: { weight: 2.6, minutes: 12.6 },
  invest: { weight: 2.8, minutes: 16.6 },
  estate: { weight: 4.9, minutes: 12 },
  fund: { weight: 5, minutes: 10.2 },
  housing: { weight: 2.4, minutes: 10.5 },
  construction: { weight: 1.7, minutes: 16.6 },
  safety: { weight: 3.2, minutes: 14.8 },
  civil: { weight: 6.6, minutes: 13.4 },
  health: { weight: 4.8, minutes: 12.4 },
  culture: { weight: 3.5, minutes: 12.1 },
  transport: { weight: 2.9, minutes: 11.6 },
  farm: { weight: 3.2, minutes: 12.8 },
  legal: { weight: 2.8, minutes: 18.4 },
  utility: { weight: 7.4, minutes: 11.4 },
  telecom: { weight: 5, minutes: 11 },
};

/** Expected tickets of a day, YYYY-MM-DD. */
export function ticketsOn(date: string): number {
  const weekday = WEEKDAYS[weekdayOf(date)] ?? 1;
  const isEarly = Number(date.slice(8)) <= MONTH_BEGINS.days;
  return TICKETS_A_DAY * weekday * (isEarly ? MONTH_BEGINS.more : 1);
}

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
