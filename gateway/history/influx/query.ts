// A question to the history as InfluxQL, and InfluxDB's answer as rows. Pure. Runs on 1.x, 2.x and 3.x alike: one SELECT
// with the count beside the aggregate, casts so that a tag and a field of one name cannot be mixed up.
import type { FieldValue } from '../../../hall/point.ts';
import {
  HistoryQueryError,
  ROWS_MAX,
  type Aggregate,
  type HistoryQuery,
  type HistoryRow,
  type Scanned,
} from '../../history.ts';
import { own } from '../../../hall/own.ts';

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
  const { measurement, from, to, every, aggregate, field, groupBy = [], where = {} } = query;
  const conditions = [
    `time >= ${ms(from)}`,
    `time < ${ms(to)}`,
    ...tagConditions({ hall }),
    ...tagConditions(where),
  ];
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
    `SELECT ${select} FROM ${name(measurement)} WHERE ${conditions.join(' AND ')}` +
    (groups.length > 0 ? ` GROUP BY ${groups.join(', ')}` : '') +
    (every === undefined ? '' : ' fill(none)')
  );
}

/** Rows in order of time, then group. Throws HistoryQueryError where there are too many. */
export function toRows(query: HistoryQuery, answer: readonly Series[]): HistoryRow[] {
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
      if (rows.length >= ROWS_MAX) throw tooMany();
      const at = every === undefined ? from : Number(cells[timeAt]);
      rows.push({ row: { at, group, value, n }, key });
    }
  }
  return rows.sort((a, b) => a.row.at - b.row.at || (a.key < b.key ? -1 : 1)).map(({ row }) => row);
}

export function tooMany(): HistoryQueryError {
  return new HistoryQueryError(
    `answer: takes over ${ROWS_MAX} rows, ask for a shorter range, longer bins or fewer groups`,
  );
}

/** Of points that have these tags. */
export function tagConditions(tags: Readonly<Record<string, string>>): string[] {
  return Object.entries(tags).map(([tag, value]) => `${name(tag)}::tag = ${text(value)}`);
}

/** The rows of one series as points. */
export function pageOf({ tags = {}, columns, values = [] }: Series): Scanned[] {
  const given = Object.fromEntries(Object.entries(tags).filter(([, value]) => value !== ''));
  const timeAt = columns.indexOf('time');
  return values.map((cells) => {
    const fields: Record<string, FieldValue> = {};
    for (const [index, column] of columns.entries()) {
      const value = cells[index];
      if (index === timeAt || value === null || value === undefined) continue;
      fields[column] = value as FieldValue;
    }
    return { tags: given, at: Number(cells[timeAt]), fields };
  });
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

/** The last ms of an int64 of ns: later ones are no time to InfluxDB, and nothing can be there. */
const TIME_MS_MAX = 9_223_372_036_854;

function ms(time: number): string {
  return `${Math.min(Math.round(time), TIME_MS_MAX)}ms`;
}
