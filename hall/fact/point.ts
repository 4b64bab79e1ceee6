// Facts as time-series points: a visit at its issue, an hour's sum at the hour's begin. The same fact always has the same
// measurement, tags and time, so that writing a changed fact overwrites the former one. SPEC §10.
import { DEVICE_STATES, WINDOW_STATES } from '../figure/past.ts';
import type { VisitFact } from '../fact.ts';
import { timestampNs, type FieldValue, type Point } from '../point.ts';
import type { HourKind } from './hours.ts';

export const FACT_MEASUREMENTS = ['visit', 'hour'] as const;

/** An hour's sum as it is kept. */
export interface HourRow {
  readonly kind: HourKind;
  readonly of: string;
  /** its begin, ms since 1970 */
  readonly hour: number;
  /** ms by state */
  readonly spent: Readonly<Record<string, number>>;
  readonly n: number;
  readonly sum: number;
  readonly min: number | null;
  readonly max: number | null;
  readonly last: number | null;
}

/** Every state is a field, also one that lasted 0 ms: InfluxDB would keep the former value of a field that is left out. */
const STATES: Partial<Record<HourKind, readonly string[]>> = {
  window: WINDOW_STATES,
  device: DEVICE_STATES,
};

export function visitPoint(hall: string, fact: VisitFact): Point {
  const fields = { ...fact } as Record<string, FieldValue>;
  const time = timestampNs(fact.issued_at, fact.visit);
  return { measurement: 'visit', tags: { hall }, fields, timestampNs: time };
}

export function hourPoint(hall: string, row: HourRow): Point {
  const { kind, of, hour, spent, n, sum } = row;
  const fields: Record<string, FieldValue> = {};
  const states = STATES[kind];
  if (states === undefined) {
    Object.assign(fields, { n, sum });
    for (const name of ['min', 'max', 'last'] as const) {
      const value = row[name];
      if (value !== null) fields[name] = value;
    }
  } else {
    for (const state of states) fields[state] = 0;
    Object.assign(fields, spent);
  }
  const tags = { hall, kind, of };
  return { measurement: 'hour', tags, fields, timestampNs: timestampNs(hour, 0) };
}
