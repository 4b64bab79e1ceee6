// Opening hours and business days: what the hall file's `hours` mean at an instant. No clock of its own.
import type { HallConfig, Hours } from './config.ts';
import { WEEKDAY_NAMES, type Span } from './config/values.ts';
import { dayKind } from './holidays.ts';
import type { Interval } from './interval.ts';
import { addDays, businessDate, instantAt, weekdayOf } from './zone-time.ts';

const SEARCH_DAYS = 400;

/**
 * A day's hours by the wall clock. What is most specific wins: an exception, a public holiday, a season,
 * a weekday's name, `weekdays` or `weekend`, `daily`. A make-up working day has the hours of `weekdays`.
 */
export function openSpans(config: HallConfig, date: string): readonly Span[] {
  const { hours } = config;
  const exception = hours.exceptions.find((each) => each.date === date);
  if (exception !== undefined) return exception.open;
  const kind = dayKind(hours, date);
  if (kind === 'holiday') return [];
  const day = date.slice(5);
  const seasons = hours.seasons.filter(({ from, to }) =>
    from <= to ? day >= from && day <= to : day >= from || day <= to,
  );
  // Of two seasons that both speak of the day, the later one in the file is meant.
  for (const week of [...seasons.reverse(), hours]) {
    const spans = kind === 'make-up' ? workingSpans(week) : weekdaySpans(week, weekdayOf(date));
    if (spans !== undefined) return spans;
  }
  return kind === 'make-up' ? (weekdaySpans(hours, weekdayOf(date)) ?? []) : [];
}

/** A day's open stretches in ms, in order, none empty. */
export function openIntervals(config: HallConfig, date: string): Interval[] {
  const { timezone } = config.hall;
  return openSpans(config, date)
    .map(({ from_min, to_min }): Interval => [
      instantAt(timezone, date, from_min),
      instantAt(timezone, date, to_min),
    ])
    .filter(([from, to]) => from < to);
}

/** Whether the hall is open at `at`: from the first instant of a stretch up to, not at, its end. */
export function isOpen(config: HallConfig, at: number): boolean {
  const date = businessDate(config.hall.timezone, at);
  return openIntervals(config, date).some(([from, to]) => at >= from && at < to);
}

/**
 * When the hall next opens or closes after `at`. Stretches that meet (24:00 and 00:00) are one.
 * Nothing when it does neither within 400 days.
 */
export function nextChange(
  config: HallConfig,
  at: number,
): { at: number; open: boolean } | undefined {
  const { timezone } = config.hall;
  const openNow = isOpen(config, at);
  let date = businessDate(timezone, at);
  for (let day = 0; day <= SEARCH_DAYS; day += 1, date = addDays(date, 1)) {
    for (const [from, to] of openIntervals(config, date)) {
      if (!openNow && from > at) return { at: from, open: true };
      if (openNow && to > at && !isOpen(config, to)) return { at: to, open: false };
    }
  }
  return undefined;
}

type Week = Omit<Hours, 'seasons' | 'holidays' | 'holiday_dates' | 'exceptions'>;

function weekdaySpans(week: Week, weekday: number): readonly Span[] | undefined {
  const name = WEEKDAY_NAMES[weekday] ?? 'mon';
  return week[name] ?? (weekday < 5 ? week.weekdays : week.weekend) ?? week.daily;
}

function workingSpans(week: Week): readonly Span[] | undefined {
  return week.weekdays ?? week.daily ?? week.mon;
}
