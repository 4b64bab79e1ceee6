// Opening hours and business days: what the hall file's `hours` mean at an instant. No clock of its own.
import chineseDays from 'chinese-days';
import type { HallConfig, Hours } from './config.ts';
import { WEEKDAY_NAMES, type Span } from './config/values.ts';

/** A stretch of time, integer ms since 1970: from (included) to (excluded). */
export type Interval = readonly [from: number, to: number];

/** What a clock on the wall shows. `date` is YYYY-MM-DD, `minute` counts from local midnight. */
export interface WallTime {
  date: string;
  minute: number;
}

const MINUTE = 60_000;
const DAY = 86_400_000;
const SEARCH_DAYS = 400;
const CACHED_DAYS = 16;

// --- zones and days ------------------------------------------------------------------------------

/** The hall's calendar date at `at`, YYYY-MM-DD. Halls count days from local midnight. */
export function businessDate(timezone: string, at: number): string {
  const zone = zoneOf(timezone);
  for (const day of zone.days) if (at >= day.from && at < day.to) return day.date;
  const date = isoDate(at + offsetAt(zone, at));
  const [from, to] = dayBounds(timezone, date);
  zone.days.unshift({ date, from, to });
  zone.days.length = Math.min(zone.days.length, CACHED_DAYS);
  return date;
}

/** First and last instant of a local day; 23, 24 or 25 hours where clocks are changed. */
export function dayBounds(timezone: string, date: string): Interval {
  return [instantAt(timezone, date, 0), instantAt(timezone, addDays(date, 1), 0)];
}

/**
 * The instant at which wall clocks show `minute` of `date`. A time that clocks skip is moved on by the
 * gap, of one that they show twice the first is meant (as RFC 5545 and Temporal's `compatible` do).
 */
export function instantAt(timezone: string, date: string, minute: number): number {
  const zone = zoneOf(timezone);
  const local = Date.parse(`${date}T00:00:00Z`) + minute * MINUTE;
  const before = offsetAt(zone, local - DAY);
  if (offsetAt(zone, local - before) === before) return local - before;
  const after = offsetAt(zone, local + DAY);
  return offsetAt(zone, local - after) === after ? local - after : local - before;
}

/** What the hall's clocks show at `at`. */
export function wallTime(timezone: string, at: number): WallTime {
  const local = at + offsetAt(zoneOf(timezone), at);
  return { date: isoDate(local), minute: Math.floor((((local % DAY) + DAY) % DAY) / MINUTE) };
}

/** `date` plus `days`, YYYY-MM-DD. */
export function addDays(date: string, days: number): string {
  return isoDate(Date.parse(`${date}T00:00:00Z`) + days * DAY);
}

/** 0 = Monday … 6 = Sunday. */
export function weekdayOf(date: string): number {
  return (new Date(`${date}T00:00:00Z`).getUTCDay() + 6) % 7;
}

// --- opening hours -------------------------------------------------------------------------------

/**
 * A day's hours by the wall clock. What is most specific wins: an exception, a public holiday, a season,
 * a weekday's name, `weekdays` or `weekend`, `daily`. A make-up working day has the hours of `weekdays`.
 */
export function openSpans(config: HallConfig, date: string): readonly Span[] {
  const { hours } = config;
  const exception = hours.exceptions.find((each) => each.date === date);
  if (exception !== undefined) return exception.open;
  const kind = hours.holidays === 'cn' ? chineseDay(date) : 'ordinary';
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

/** How many ms of `from`…`to` lie within `intervals` (which do not overlap each other). */
export function overlapMs(intervals: readonly Interval[], from: number, to: number): number {
  return intervals.reduce(
    (sum, [start, end]) => sum + Math.max(0, Math.min(end, to) - Math.max(start, from)),
    0,
  );
}

type Week = Omit<Hours, 'seasons' | 'holidays' | 'exceptions'>;

function weekdaySpans(week: Week, weekday: number): readonly Span[] | undefined {
  const name = WEEKDAY_NAMES[weekday] ?? 'mon';
  return week[name] ?? (weekday < 5 ? week.weekdays : week.weekend) ?? week.daily;
}

function workingSpans(week: Week): readonly Span[] | undefined {
  return week.weekdays ?? week.daily ?? week.mon;
}

type DayKind = 'ordinary' | 'holiday' | 'make-up';

/** China's public holidays and the weekend days worked for them (State Council notices, by chinese-days). */
function chineseDay(date: string): DayKind {
  const { name, work } = chineseDays.getDayDetail(date);
  // "Spring Festival,春节,4" on a special day, "Friday" on any other.
  if (!name.includes(',')) return 'ordinary';
  return work ? 'make-up' : 'holiday';
}

// --- offsets -------------------------------------------------------------------------------------

interface Zone {
  readonly format: Intl.DateTimeFormat;
  /** Days looked up last, newest first: nearly every instant asked for lies in the newest. */
  readonly days: { date: string; from: number; to: number }[];
}

// Intl formatters cost about 50 µs to make and 2 µs to use, so each zone's is made once.
const zones = new Map<string, Zone>();

function zoneOf(timezone: string): Zone {
  let zone = zones.get(timezone);
  if (zone === undefined) {
    const format = new Intl.DateTimeFormat('en-US-u-ca-iso8601-nu-latn', {
      timeZone: timezone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    zone = { format, days: [] };
    zones.set(timezone, zone);
  }
  return zone;
}

/** Local time minus UTC at `at`, ms. */
function offsetAt(zone: Zone, at: number): number {
  const part: Partial<Record<Intl.DateTimeFormatPartTypes, number>> = {};
  for (const { type, value } of zone.format.formatToParts(at)) part[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
  const local = Date.UTC(year, month - 1, day, hour, minute, second);
  return local - Math.floor(at / 1000) * 1000;
}

function isoDate(utc: number): string {
  return new Date(utc).toISOString().slice(0, 10);
}
