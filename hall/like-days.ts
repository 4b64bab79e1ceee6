// Which past days a day of the hall is compared with: those of the same kind that have facts. No clock of its own. SPEC §26.1.
import { openSpans } from './calendar.ts';
import type { HallConfig } from './config.ts';
import { WEEKDAY_NAMES } from './config/values.ts';
import { dayKind } from './holidays.ts';
import { addDays, weekdayOf } from './zone-time.ts';

/** Days that are busier or quieter than their weekday, else the weekday. */
export type LikeKind = 'make-up' | 'after-holiday' | 'month-start' | (typeof WEEKDAY_NAMES)[number];

export interface LikeDays {
  readonly kind: LikeKind;
  /** YYYY-MM-DD, the newest first */
  readonly dates: readonly string[];
}

const DAYS_MAX = 8;
/** With fewer of its own kind, a special day is compared with its weekday. */
const SPECIAL_DAYS_MIN = 3;
const SEARCH_DAYS = 400;
const MONTH_START_DAYS = 3;
/** No holiday is longer. */
const HOLIDAY_DAYS_MAX = 20;

/**
 * The latest days of the same kind that have facts, at most 8; undefined where the hall is closed on `date`, or where there is
 * no such day.
 */
export function likeDays(
  config: HallConfig,
  date: string,
  hasFacts: (date: string) => boolean,
): LikeDays | undefined {
  const kind = likeKind(config, date);
  if (kind === undefined) return undefined;
  const own = find(config, date, kind, hasFacts);
  const weekday = WEEKDAY_NAMES[weekdayOf(date)];
  // A make-up day at a weekend has the hours of a working day, and no weekday that it is like.
  if (own.length < SPECIAL_DAYS_MIN && weekday && kind !== weekday && kind !== 'make-up') {
    const ordinary = find(config, date, weekday, hasFacts);
    if (ordinary.length > 0) return { kind: weekday, dates: ordinary };
  }
  return own.length > 0 ? { kind, dates: own } : undefined;
}

/** Undefined on a day without opening hours. */
export function likeKind(config: HallConfig, date: string): LikeKind | undefined {
  if (!hasHours(config, date)) return undefined;
  if (dayKind(config.hours, date) === 'make-up') return 'make-up';
  if (isAfterHoliday(config, date)) return 'after-holiday';
  if (isMonthStart(config, date)) return 'month-start';
  return WEEKDAY_NAMES[weekdayOf(date)];
}

function find(
  config: HallConfig,
  date: string,
  kind: LikeKind,
  hasFacts: (date: string) => boolean,
): string[] {
  const dates: string[] = [];
  for (let back = 1; back <= SEARCH_DAYS && dates.length < DAYS_MAX; back++) {
    const past = addDays(date, -back);
    if (likeKind(config, past) !== kind || !haveLikeHours(config, date, past)) continue;
    if (hasFacts(past)) dates.push(past);
  }
  return dates;
}

/** A day whose hours are an exception is like another one only where both have the same hours. */
function haveLikeHours(config: HallConfig, one: string, other: string): boolean {
  const { exceptions } = config.hours;
  if (!exceptions.some(({ date }) => date === one || date === other)) return true;
  return JSON.stringify(openSpans(config, one)) === JSON.stringify(openSpans(config, other));
}

function isAfterHoliday(config: HallConfig, date: string): boolean {
  for (let back = 1; back <= HOLIDAY_DAYS_MAX; back++) {
    const past = addDays(date, -back);
    if (hasHours(config, past)) return false;
    if (dayKind(config.hours, past) === 'holiday') return true;
  }
  return false;
}

/** One of the first three days of the month that the hall is open. */
function isMonthStart(config: HallConfig, date: string): boolean {
  let days = 0;
  for (let day = `${date.slice(0, 7)}-01`; day < date; day = addDays(day, 1)) {
    if (hasHours(config, day) && ++days === MONTH_START_DAYS) return false;
  }
  return true;
}

function hasHours(config: HallConfig, date: string): boolean {
  return openSpans(config, date).length > 0;
}
