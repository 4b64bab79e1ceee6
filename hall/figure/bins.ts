// The bins of a figure over time: hours, days, weeks … of the hall's calendar, or the hours of the week.
import { addDays, businessDate, instantAt, weekdayOf, zoneOffset } from '../zone-time.ts';

export const PERS = ['hour', 'day', 'week', 'month', 'year', 'weekday-hour'] as const;
export type Per = (typeof PERS)[number];

export interface Bins {
  /** when each stretch begins, ms since 1970, ascending; the last one ends at `to` */
  readonly starts: Float64Array;
  /** the row of each stretch, a place of `rows` */
  readonly rowOf: Int32Array;
  /** the keys of each row */
  readonly rows: readonly Readonly<Record<string, string | number>>[];
}

const HOUR_MS = 3_600_000;
const DAYS_MAX = 40_000;

/** Every hour of the week; 1 = Monday. */
const WEEK_HOURS = Array.from({ length: 168 }, (_, hour) => ({
  ...{ weekday: Math.floor(hour / 24) + 1, hour: hour % 24 },
}));

/** The bins of [from, to); a bin that begins before `from` has the calendar's begin as its key. */
export function binsOf(timezone: string, from: number, to: number, per?: Per): Bins {
  if (per === undefined) {
    return { starts: Float64Array.of(from), rowOf: Int32Array.of(0), rows: [{}] };
  }
  const starts: number[] = [];
  const rowOf: number[] = [];
  const rows: Record<string, string | number>[] = per === 'weekday-hour' ? WEEK_HOURS : [];
  for (const [start, end, date] of daysOf(timezone, from, to)) {
    if (per !== 'hour' && per !== 'weekday-hour') {
      if (starts.length > 0 && !isFirst(date, per)) continue;
      const first = instantText(timezone, instantAt(timezone, firstOf(date, per), 0));
      starts.push(start);
      rowOf.push(rows.push({ from: first }) - 1);
      continue;
    }
    // From local midnight on: a day of 23 or 25 hours has so many.
    for (let at = start, hour = 0; at < end; at += HOUR_MS, hour++) {
      if (at + HOUR_MS <= from || at >= to) continue;
      starts.push(at);
      if (per === 'hour') {
        rowOf.push(rows.push({ from: instantText(timezone, at) }) - 1);
        continue;
      }
      const wall = Math.floor(((at + zoneOffset(timezone, at)) % 86_400_000) / HOUR_MS);
      rowOf.push(weekdayOf(date) * 24 + wall);
    }
  }
  return { starts: Float64Array.from(starts), rowOf: Int32Array.from(rowOf), rows };
}

/** RFC 3339 with the zone's offset. */
export function instantText(timezone: string, at: number): string {
  const offset = zoneOffset(timezone, at);
  const local = new Date(at + offset).toISOString().replace('.000Z', '').replace('Z', '');
  const minutes = Math.abs(Math.round(offset / 60_000));
  const two = (value: number) => String(value).padStart(2, '0');
  return `${local}${offset < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

/** The hours that begin with a day's local midnight: that of `at`, ms since 1970. */
export function hourOf(dayStart: number, at: number): number {
  return dayStart + Math.floor((at - dayStart) / HOUR_MS) * HOUR_MS;
}

function* daysOf(
  timezone: string,
  from: number,
  to: number,
): Generator<[start: number, end: number, date: string]> {
  let date = businessDate(timezone, from);
  let start = instantAt(timezone, date, 0);
  for (let days = 0; start < to && days < DAYS_MAX; days++) {
    const next = addDays(date, 1);
    const end = instantAt(timezone, next, 0);
    yield [start, end, date];
    [date, start] = [next, end];
  }
}

type CalendarPer = 'day' | 'week' | 'month' | 'year';

function firstOf(date: string, per: CalendarPer): string {
  if (per === 'day') return date;
  if (per === 'week') return addDays(date, -weekdayOf(date));
  return per === 'month' ? `${date.slice(0, 7)}-01` : `${date.slice(0, 4)}-01-01`;
}

function isFirst(date: string, per: CalendarPer): boolean {
  return firstOf(date, per) === date;
}
