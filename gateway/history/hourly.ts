// Long charts of gauges from hourly sums: whether the sums answer a query exactly, and the rows that they make. Pure.
import {
  ROWS_MAX,
  TIME_MS_MAX,
  type Aggregate,
  type HistoryQuery,
  type HistoryRow,
} from '../history.ts';
import { aggregated, tooMuch, type Bin } from './bin.ts';
import { binsOf, calendarEdges } from './calendar.ts';

/**
 * The fields of which hours have sums, by measurement. A sum's `of` is the value of the tag and the field: `TAG/FIELD`.
 * Every point of these measurements has the tag, and every value of these fields is a number (hall/signal.ts).
 */
export const GAUGES = {
  device: {
    ...{ kind: 'gauge', tag: 'device' },
    fields: ['temp_c', 'paper_pct', 'battery_pct', 'rssi_dbm'],
  },
  network: { kind: 'link', tag: 'zone', fields: ['rtt_ms', 'loss_pct'] },
  occupancy: { kind: 'gauge', tag: 'zone', fields: ['present', 'in', 'out'] },
} as const satisfies Record<string, Gauges>;

interface Gauges {
  readonly kind: GaugeKind;
  readonly tag: string;
  readonly fields: readonly string[];
}

export type GaugeKind = 'gauge' | 'link';

/** What an hour of a gauge comes to. */
export interface GaugeHour {
  /** `TAG/FIELD` */
  readonly of: string;
  /** where the hour begins, ms since 1970; on a full hour of UTC */
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
/** Up to here raw points are read: they are few enough, and always newer. */
const RAW_MS_MAX = 31 * 24 * HOUR_MS;
const SUMMED: ReadonlySet<Aggregate> = new Set(['count', 'sum', 'mean', 'min', 'max']);

/**
 * Undefined where raw points have to be asked. Hours begin with UTC's full hours in every zone: where the zone's offset
 * is not whole hours, a bin that begins with the hall's day cuts an hour, and is not answered from sums.
 */
export function hourlyPlan(query: HistoryQuery, timezone: string): HourlyPlan | undefined {
  const { measurement, field, aggregate, groupBy = [], where = {} } = query;
  const gauges = new Map<string, Gauges>(Object.entries(GAUGES)).get(measurement);
  if (gauges === undefined || field === undefined || !gauges.fields.includes(field)) return;
  if (!SUMMED.has(aggregate) || !isOfHours(query, timezone)) return;
  const { kind, tag } = gauges;
  const only = where[tag];
  if ([...groupBy, ...Object.keys(where)].some((each) => each !== tag)) return;
  const of = only === undefined ? {} : { of: `${only}/${field}` };
  return { kind, tag, field, ...of, query, timezone };
}

/** Whether the range is a long one, and every bin of it begins and ends with an hour. */
function isOfHours({ from, to, every, calendar }: HistoryQuery, timezone: string): boolean {
  if (from < 0 || to > TIME_MS_MAX || to - from <= RAW_MS_MAX) return false;
  if (![from, to, every ?? 0].every(isFullHour)) return false;
  if (calendar === undefined) return (to - from) / (every ?? to - from) <= ROWS_MAX;
  // A query with both is refused by the history.
  if (every !== undefined) return false;
  return calendarEdges(timezone, calendar, [from, to])?.every(isFullHour) ?? false;
}

const isFullHour = (at: number): boolean => at % HOUR_MS === 0;

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
