// Where bins begin: after equal times, or with the calendar's days, weeks (from Monday), months and years in the hall's
// time zone. Pure.
import type { Interval } from '../../hall/interval.ts';
import { addDays, businessDate, instantAt, weekdayOf } from '../../hall/zone-time.ts';
import { ROWS_MAX, type CalendarBin, type HistoryQuery } from '../history.ts';

/** A range of time that bins of one length fill, the last of them perhaps in part; ms. */
export interface EvenBins {
  readonly from: number;
  readonly to: number;
  readonly every: number;
}

/** The beginning and the end (ms) of the day, week … in which `at` lies. */
export function calendarBin(timezone: string, calendar: CalendarBin, at: number): Interval {
  const date = firstDate(businessDate(timezone, at), calendar);
  return [instantAt(timezone, date, 0), instantAt(timezone, nextDate(date, calendar), 0)];
}

/** Gives of a time within the query's range the beginning of its bin, ms. */
export function binsOf(
  { from, to, every = to - from, calendar }: HistoryQuery,
  timezone: string,
): (at: number) => number {
  if (calendar === undefined) return (at) => from + Math.floor((at - from) / every) * every;
  let [begin, end] = [Infinity, -Infinity];
  return (at) => {
    if (at < begin || at >= end) [begin, end] = calendarBin(timezone, calendar, at);
    return Math.max(from, begin);
  };
}

/** Where the bins of a range begin, and at last where the range ends. Undefined where there are over ROWS_MAX of them. */
export function calendarEdges(
  timezone: string,
  calendar: CalendarBin,
  [from, to]: Interval,
): number[] | undefined {
  const edges = [from];
  let [, next] = calendarBin(timezone, calendar, from);
  while (next < to) {
    if (edges.length >= ROWS_MAX) return undefined;
    edges.push(next);
    [, next] = calendarBin(timezone, calendar, next);
  }
  return [...edges, to];
}

/** Bins that follow each other and have one length, together: a year's days are one range, but for changed clocks. */
export function evenBins(edges: readonly number[]): EvenBins[] {
  const ranges: EvenBins[] = [];
  for (let index = 1; index < edges.length; index++) {
    const [from = 0, to = 0] = [edges[index - 1], edges[index]];
    const last = ranges.at(-1);
    if (last?.every === to - from) ranges[ranges.length - 1] = { ...last, to };
    else ranges.push({ from, to, every: to - from });
  }
  return ranges;
}

/** The first day of the bin in which `date` lies. */
function firstDate(date: string, calendar: CalendarBin): string {
  switch (calendar) {
    case 'day':
      return date;
    case 'week':
      return addDays(date, -weekdayOf(date));
    case 'month':
      return `${date.slice(0, 7)}-01`;
    case 'year':
      return `${date.slice(0, 4)}-01-01`;
  }
}

/** The first day of the bin after the one that begins with `date`. */
function nextDate(date: string, calendar: CalendarBin): string {
  const [year, month] = [Number(date.slice(0, 4)), Number(date.slice(5, 7))];
  switch (calendar) {
    case 'day':
      return addDays(date, 1);
    case 'week':
      return addDays(date, 7);
    case 'month':
      return new Date(Date.UTC(year, month, 1)).toISOString().slice(0, 10);
    case 'year':
      return `${String(year + 1).padStart(4, '0')}-01-01`;
  }
}
