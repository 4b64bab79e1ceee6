// How a query is answered: which of its hours and days come from rollups and which from raw points. Pure.
import { addDays, businessDate, dayBounds, instantAt, weekdayOf } from '../../../hall/zone-time.ts';
import { HistoryQueryError, ROWS_MAX, type CalendarBin, type HistoryQuery } from '../../history.ts';

export const HOUR_MS = 3_600_000;

/** A stretch of time in ms, [from, to), and where its figures come from. */
export interface Stretch {
  readonly kind: 'raw' | 'hours' | 'days';
  readonly from: number;
  readonly to: number;
}

/** A stretch of time in ms, [from, to), that begins and ends with an hour. */
export interface Known {
  readonly from: number;
  readonly to: number;
}

export interface Ground {
  /** there is nothing outside of it */
  readonly known: Known;
  /** hours begin at this many ms after a full hour of UTC, so that days of the hall begin with one */
  readonly phaseMs: number;
  /** beginnings of hours whose rollup is not right (yet), in order */
  readonly touched: readonly number[];
  /** rolled days of the hall's calendar, in order */
  readonly days: readonly { readonly from: number; readonly to: number }[];
  /** raw points before that time are gone */
  readonly prunedBefore: number;
}

/** The beginning of the hour in which `at` lies. */
export function hourOf(at: number, phaseMs: number): number {
  return Math.floor((at - phaseMs) / HOUR_MS) * HOUR_MS + phaseMs;
}

/** How far a zone's days begin from UTC's full hours at that time: 0 in China, half an hour in India. */
export function phaseOf(timezone: string, at: number): number {
  const [midnight] = dayBounds(timezone, businessDate(timezone, at));
  return ((midnight % HOUR_MS) + HOUR_MS) % HOUR_MS;
}

/**
 * Where the query's bins begin, in order, and at last where the last one ends. Bins of the calendar only as far as
 * anything is known: somebody may ask for all time.
 * Throws HistoryQueryError where there are too many.
 */
export function edgesOf(query: HistoryQuery, timezone: string, known: Known): number[] {
  const { from, to, every = to - from, calendar } = query;
  if (calendar !== undefined) return calendarEdges({ from, to }, calendar, timezone, known);
  const edges = [from];
  const bins = Math.ceil((to - from) / every);
  for (let bin = 1; bin < bins; bin++) edges.push(from + bin * every);
  edges.push(to);
  return edges;
}

function calendarEdges(
  { from, to }: Pick<HistoryQuery, 'from' | 'to'>,
  calendar: CalendarBin,
  timezone: string,
  known: Known,
): number[] {
  const begin = Math.max(from, known.from);
  const end = Math.min(to, known.to);
  if (begin >= end) return [from, to];
  let date = firstDate(businessDate(timezone, begin), calendar);
  const edges = [Math.max(from, instantAt(timezone, date, 0))];
  for (;;) {
    date = nextDate(date, calendar);
    const edge = instantAt(timezone, date, 0);
    if (edge >= end) break;
    if (edges.length >= ROWS_MAX) {
      throw new HistoryQueryError(`calendar: makes over ${ROWS_MAX} bins, should make fewer`);
    }
    edges.push(edge);
  }
  edges.push(end);
  return edges;
}

/** The first day of the calendar's bin in which `date` lies. */
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

/** The first day of the calendar's next bin after that of `date`. */
function nextDate(date: string, calendar: CalendarBin): string {
  const [year, month] = [Number(date.slice(0, 4)), Number(date.slice(5, 7))];
  switch (calendar) {
    case 'day':
      return addDays(date, 1);
    case 'week':
      return addDays(date, 7 - weekdayOf(date));
    case 'month':
      return new Date(Date.UTC(year, month, 1)).toISOString().slice(0, 10);
    case 'year':
      return `${String(year + 1).padStart(4, '0')}-01-01`;
  }
}

/**
 * The stretches of the query's range, as far as anything is known, in order, without gaps. An hour in which a bin begins is read raw, so is one that
 * was touched; a rolled day serves where it lies within one bin. Of hours whose points are gone there is only the
 * rollup: it counts where the hour begins.
 */
export function planOf(edges: readonly number[], ground: Ground): Stretch[] {
  const { phaseMs, touched, prunedBefore, known } = ground;
  const from = Math.max(edges[0] ?? 0, known.from);
  const to = Math.min(edges.at(-1) ?? 0, known.to);
  const stretches: Stretch[] = [];
  let edge = 0;
  let mark = 0;
  for (let hour = hourOf(from, phaseMs); hour < to; hour += HOUR_MS) {
    const end = hour + HOUR_MS;
    while ((edges[edge] ?? Infinity) <= hour) edge++;
    const cut = (edges[edge] ?? Infinity) < end;
    while ((touched[mark] ?? Infinity) < hour) mark++;
    const raw = (cut || touched[mark] === hour) && hour >= prunedBefore;
    if (!raw && hour < from) continue;
    const kind = raw ? 'raw' : 'hours';
    const last = stretches.at(-1);
    if (last?.kind === kind) stretches[stretches.length - 1] = { ...last, to: Math.min(end, to) };
    else stretches.push({ kind, from: Math.max(hour, from), to: Math.min(end, to) });
  }
  return stretches.flatMap((each) =>
    each.kind === 'hours' ? withDays(each, edges, ground) : each,
  );
}

/** A stretch of hours with the days in it that lie within one bin. */
function withDays(stretch: Stretch, edges: readonly number[], { days }: Ground): Stretch[] {
  const parts: Stretch[] = [];
  let at = stretch.from;
  let edge = 0;
  for (const { from, to } of days) {
    if (from < at) continue;
    if (to > stretch.to) break;
    while ((edges[edge] ?? Infinity) <= from) edge++;
    if ((edges[edge] ?? Infinity) < to) continue;
    if (from > at) parts.push({ kind: 'hours', from: at, to: from });
    const last = parts.at(-1);
    if (last?.kind === 'days') parts[parts.length - 1] = { ...last, to };
    else parts.push({ kind: 'days', from, to });
    at = to;
  }
  if (at < stretch.to) parts.push({ kind: 'hours', from: at, to: stretch.to });
  return parts;
}
