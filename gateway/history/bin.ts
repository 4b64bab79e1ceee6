// What becomes of the points of one bin.
import { HistoryQueryError, type Aggregate } from '../history.ts';
import { own } from '../../hall/own.ts';

export interface Bin {
  readonly at: number;
  n: number;
  sum: number;
  min: number;
  max: number;
  /** how often each value occurred: for percentiles only */
  readonly values: Map<number, number>;
}

export function add(bin: Bin, value: number): void {
  bin.n++;
  bin.sum += value;
  bin.min = Math.min(bin.min, value);
  bin.max = Math.max(bin.max, value);
}

/** Keeps a value for a percentile. Whether the value is a new one. */
export function hold({ values }: Bin, value: number): boolean {
  const count = values.get(value) ?? 0;
  values.set(value, count + 1);
  return count === 0;
}

export function tooMuch(what: string): HistoryQueryError {
  return new HistoryQueryError(
    `answer: takes over ${what}, ask for a shorter range, longer bins or fewer groups`,
  );
}

/** Counting takes any value of the field, everything else numbers only. */
export function valueOf(
  fields: string,
  aggregate: Aggregate,
  field: string | undefined,
): number | undefined {
  if (field === undefined) return 1;
  const value = own(JSON.parse(fields) as Record<string, unknown>, field);
  if (aggregate === 'count') return value === undefined ? undefined : 1;
  return typeof value === 'number' ? value : undefined;
}

export function aggregated(aggregate: Aggregate, { n, sum, min, max, values }: Bin): number {
  switch (aggregate) {
    case 'count':
      return n;
    case 'sum':
      return sum;
    case 'mean':
      return sum / n;
    case 'min':
      return min;
    case 'max':
      return max;
    case 'p50':
      return percentile(values, n, 0.5);
    case 'p90':
      return percentile(values, n, 0.9);
  }
}

/**
 * A value that occurred: at the rank that InfluxQL's percentile() takes of `n` values, from 1, so that all histories
 * answer alike.
 */
function percentile(values: ReadonlyMap<number, number>, n: number, share: number): number {
  let left = Math.max(1, Math.floor(share * n + 0.5));
  for (const value of Float64Array.from(values.keys()).sort()) {
    left -= values.get(value) ?? 0;
    if (left <= 0) return value;
  }
  return Number.NaN;
}
