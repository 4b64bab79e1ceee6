// Long charts of gauges from hourly sums: whether the sums answer a query exactly, and the rows that they make. Pure.
import {
  ROWS_MAX,
  TIME_MS_MAX,
  type Aggregate,
  type HistoryQuery,
  type HistoryRow,
} from '../history.ts';
import { GAUGES } from '../../hall/fact/hours.ts';
import { zoneOffset } from '../../hall/zone-time.ts';
import { aggregated, tooMuch, type Bin } from './bin.ts';
import { binsOf, calendarEdges } from './calendar.ts';

export type GaugeKind = 'gauge' | 'link';

/** What an hour of a gauge comes to. */
export interface GaugeHour {
  /** `TAG/FIELD` */
  readonly of: string;
  /** where the hour begins, ms since 1970 */
  readonly hour: number;
  readonly n: number;
  readonly sum: number;
  readonly min: number;
  readonly max: number;
}

/** Which hours answer a query: those of the kind that begin within the query's range, of all gauges of the field. */
export interface HourlyPlan {
  readonly kind: GaugeKind;
  readonly tag: string;
  readonly field: string;
  /** the only gauge that the query is about, where it names one */
  readonly of?: string;
  readonly query: HistoryQuery;
  readonly timezone: string;
}

export const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Up to here raw points are read: they are few enough, and always newer. */
const RAW_MS_MAX = 31 * DAY_MS;
const SUMMED: ReadonlySet<Aggregate> = new Set(['count', 'sum', 'mean', 'min', 'max']);

/**
 * Undefined where raw points have to be asked. Hours begin with the hall's midnight (SPEC 15.3).
 * @param now ms since 1970: what is asked up to now needs no full hour as its end
 */
export function hourlyPlan(
  query: HistoryQuery,
  timezone: string,
  now: number,
): HourlyPlan | undefined {
  const { measurement, field, aggregate, groupBy = [], where = {} } = query;
  const gauges = isGauged(measurement) ? GAUGES[measurement] : undefined;
  const fields: readonly string[] = gauges?.fields ?? [];
  if (gauges === undefined || field === undefined || !fields.includes(field)) return;
  if (!SUMMED.has(aggregate) || !isOfHours(query, timezone, now)) return;
  const { kind, tag } = gauges;
  const only = where[tag];
  if ([...groupBy, ...Object.keys(where)].some((each) => each !== tag)) return;
  const of = only === undefined ? {} : { of: `${only}/${field}` };
  return { kind, tag, field, ...of, query, timezone };
}

function isGauged(measurement: string): measurement is keyof typeof GAUGES {
  return Object.hasOwn(GAUGES, measurement);
}

/** Whether the range is a long one, and every bin of it begins and ends with an hour. */
function isOfHours({ from, to, every, calendar }: HistoryQuery, timezone: string, now: number) {
  if (from < 0 || to > TIME_MS_MAX || to - from <= RAW_MS_MAX) return false;
  const offset = zoneOffset(timezone, from) % HOUR_MS;
  // Clocks that are changed by half an hour shift the hours with them.
  if (zoneOffset(timezone, Math.min(to, now)) % HOUR_MS !== offset) return false;
  const isFullHour = (at: number): boolean => (at + offset) % HOUR_MS === 0;
  if (!isFullHour(from) || (to < now && !isFullHour(to))) return false;
  if (every !== undefined && every % HOUR_MS !== 0) return false;
  if (calendar === undefined) return (to - from) / (every ?? to - from) <= ROWS_MAX;
  // A query with both is refused by the history.
  if (every !== undefined) return false;
  return calendarEdges(timezone, calendar, [from, to])?.every(isFullHour) ?? false;
}

/** The length of the stretches that have one bin each, from the range's begin on: a day, else an hour; ms. */
export function stepOf({ query, timezone }: HourlyPlan): number {
  const { from, to, every, calendar } = query;
  const isDays = (at: number): boolean => (at - from) % DAY_MS === 0;
  if (calendar === undefined) return every === undefined || every % DAY_MS === 0 ? DAY_MS : HOUR_MS;
  return calendarEdges(timezone, calendar, [from, to])?.every(isDays) ? DAY_MS : HOUR_MS;
}

/** Rows in order of time, then group, as the history gives them. Throws HistoryQueryError where there are too many. */
export function hourlyRows(
  { tag, field, of: only, query, timezone }: HourlyPlan,
  hours: Iterable<GaugeHour>,
): HistoryRow[] {
  const { from, to, aggregate, groupBy = [] } = query;
  const beginOf = binsOf(query, timezone);
  const bins = new Map<string, Bin & { readonly name: string }>();
  for (const { of, hour, n, sum, min, max } of hours) {
    const isAsked = only === undefined ? of.endsWith(`/${field}`) : of === only;
    if (!isAsked || n === 0 || hour < from || hour >= to) continue;
    const name = groupBy.length === 0 ? '' : of.slice(0, -field.length - 1);
    const at = beginOf(hour);
    const key = `${at} ${name}`;
    let bin = bins.get(key);
    if (bin === undefined) {
      if (bins.size >= ROWS_MAX) throw tooMuch(`${ROWS_MAX} rows`);
      bin = { name, at, n: 0, sum: 0, min: Infinity, max: -Infinity, values: new Map() };
      bins.set(key, bin);
    }
    bin.n += n;
    bin.sum += sum;
    bin.min = Math.min(bin.min, min);
    bin.max = Math.max(bin.max, max);
  }
  return [...bins.values()]
    .sort((a, b) => a.at - b.at || (a.name < b.name ? -1 : 1))
    .map((bin) => ({
      at: bin.at,
      group: groupBy.length === 0 ? {} : { [tag]: bin.name },
      value: aggregated(aggregate, bin),
      n: bin.n,
    }));
}
