// Days and wall clocks of a time zone. No clock of its own.
import type { Interval } from './interval.ts';

/** What a clock on the wall shows. `date` is YYYY-MM-DD, `minute` counts from local midnight. */
export interface WallTime {
  date: string;
  minute: number;
}

const MINUTE = 60_000;
const DAY = 86_400_000;
const CACHED_DAYS = 16;

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

/** ms that the zone's clocks are ahead of UTC at `at`. */
export function zoneOffset(timezone: string, at: number): number {
  return offsetAt(zoneOf(timezone), at);
}

/** `date` plus `days`, YYYY-MM-DD. */
export function addDays(date: string, days: number): string {
  return isoDate(Date.parse(`${date}T00:00:00Z`) + days * DAY);
}

/** 0 = Monday … 6 = Sunday. */
export function weekdayOf(date: string): number {
  return (new Date(`${date}T00:00:00Z`).getUTCDay() + 6) % 7;
}

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
