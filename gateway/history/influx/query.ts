// A question to the history as InfluxQL, and InfluxDB's answer as rows. Pure. Runs on 1.x, 2.x and 3.x alike: one SELECT
// with the count beside the aggregate, casts so that a tag and a field of one name cannot be mixed up.
import {
  ROWS_MAX,
  TIME_MS_MAX,
  type Aggregate,
  type HistoryQuery,
  type HistoryRow,
} from '../../history.ts';
import { own } from '../../../hall/own.ts';
import { tooMuch } from '../bin.ts';

/** One of InfluxDB's answers to one statement, as JSON has it. */
export interface Series {
  readonly tags?: Readonly<Record<string, string>>;
  readonly columns: readonly string[];
  readonly values?: readonly (readonly unknown[])[];
}

const CALLS: Record<Exclude<Aggregate, 'count'>, (field: string) => string> = {
  sum: (field) => `sum(${field})`,
  mean: (field) => `mean(${field})`,
  min: (field) => `min(${field})`,
  max: (field) => `max(${field})`,
  p50: (field) => `percentile(${field}, 50)`,
  p90: (field) => `percentile(${field}, 90)`,
};
/** Every point has it, so that counting it counts points (hall/point.ts). */
const COUNTED = 'entry';

/** `hall` is always asked for by name: a database may hold several halls. */
export function toInfluxQL(hall: string, query: HistoryQuery): string {
  const { from, every, aggregate, field, groupBy = [] } = query;
  // Counting takes any value, everything else numbers only: what is cast to a number and is none is left out.
  const any = `${name(field ?? COUNTED)}::field`;
  const number = `${name(field ?? COUNTED)}::float`;
  const select =
    aggregate === 'count'
      ? `count(${any}) AS n`
      : `count(${number}) AS n, ${CALLS[aggregate](number)} AS value`;
  const groups = groupBy.map(name);
  if (every !== undefined) groups.unshift(`time(${ms(every)}, ${ms(from % every)})`);
  return (
    `SELECT ${select} ${sourceOf(hall, query)}` +
    (groups.length > 0 ? ` GROUP BY ${groups.join(', ')}` : '') +
    (every === undefined ? '' : ' fill(none)')
  );
}

/** Asks for the query's first or last point. */
export function endInfluxQL(hall: string, query: HistoryQuery, end: 'first' | 'last'): string {
  return `SELECT ${end}(${name(COUNTED)}::field) ${sourceOf(hall, query)}`;
}

/** The points that a query is about. */
function sourceOf(hall: string, { measurement, from, to, where = {} }: HistoryQuery): string {
  const conditions = [
    `time >= ${ms(from)}`,
    `time < ${ms(to)}`,
    ...tagConditions({ hall }),
    ...tagConditions(where),
  ];
  return `FROM ${name(measurement)} WHERE ${conditions.join(' AND ')}`;
}

/** Rows in order of time, then group. Throws HistoryQueryError where there are more than `most`. */
export function toRows(
  query: HistoryQuery,
  answer: readonly Series[],
  most = ROWS_MAX,
): HistoryRow[] {
  const { from, every, groupBy = [], aggregate } = query;
  const rows: { row: HistoryRow; key: string }[] = [];
  for (const { tags = {}, columns, values = [] } of answer) {
    const group = Object.fromEntries(groupBy.map((tag) => [tag, own(tags, tag) ?? '']));
    const key = JSON.stringify(group);
    const [timeAt, countAt] = [columns.indexOf('time'), columns.indexOf('n')];
    const valueAt = aggregate === 'count' ? countAt : columns.indexOf('value');
    for (const cells of values) {
      const [n, value] = [cells[countAt], cells[valueAt]];
      if (typeof n !== 'number' || n === 0 || typeof value !== 'number') continue;
      if (rows.length >= most) throw tooMuch(`${ROWS_MAX} rows`);
      const at = every === undefined ? from : Number(cells[timeAt]);
      rows.push({ row: { at, group, value, n }, key });
    }
  }
  return rows.sort((a, b) => a.row.at - b.row.at || (a.key < b.key ? -1 : 1)).map(({ row }) => row);
}

/** Of points that have these tags. */
export function tagConditions(tags: Readonly<Record<string, string>>): string[] {
  return Object.entries(tags).map(([tag, value]) => `${name(tag)}::tag = ${text(value)}`);
}

/** An identifier, quoted so that nothing in it can end it. */
export function name(identifier: string): string {
  return `"${escaped(identifier).replaceAll('"', '\\"')}"`;
}

/** A string, likewise. */
export function text(value: string): string {
  return `'${escaped(value).replaceAll("'", "\\'")}'`;
}

/** Backslashes and line ends mean themselves. */
function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}

/** Later times are none to InfluxDB. */
function ms(time: number): string {
  return `${Math.min(Math.round(time), TIME_MS_MAX)}ms`;
}
