// Facts as columns: typed arrays, one value a fact, so that the figures of a year are made in one walk. Missing numbers are
// NaN; a key's missing value is 0, its others are places of `names` plus one.
import { VISIT_ENDS, type Belonging, type EvaluationFact, type VisitFact } from '../fact.ts';

export const KEYS = ['queue', 'window', 'department', 'service', 'staff', 'class', 'zone'] as const;
export type Key = (typeof KEYS)[number];

export type Column = Float64Array | Uint16Array | Uint8Array;

export interface Columns {
  readonly n: number;
  readonly names: readonly string[];
  readonly columns: Readonly<Record<string, Column>>;
}

const NUMBERS = [
  'issued_at',
  'serving_at',
  'ended_at',
  'wait_ms',
  'unserved_ms',
  'service_ms',
] as const;
const OUTCOME = { none: 0, other: 1, done: 2 } as const;

/** The bit of `flags` that is set where a device reported the visit's issue. */
export const ISSUED = 4;

export function visitColumns(visits: readonly VisitFact[]): Columns {
  const { keys, names } = keyColumns(visits);
  const columns: Record<string, Column> = keys;
  for (const name of NUMBERS) {
    columns[name] = Float64Array.from(visits, (visit) => visit[name] ?? NaN);
  }
  columns['end'] = Uint8Array.from(visits, ({ end }) => VISIT_ENDS.indexOf(end));
  columns['flags'] = Uint8Array.from(
    visits,
    ({ outcome, unissued }) => outcomeOf(outcome) | (unissued ? 0 : ISSUED),
  );
  return { n: visits.length, names, columns };
}

export function evaluationColumns(evaluations: readonly EvaluationFact[]): Columns {
  const { keys, names } = keyColumns(evaluations);
  const columns: Record<string, Column> = keys;
  columns['at'] = Float64Array.from(evaluations, ({ at }) => at);
  // What was filled in is level 0.
  columns['level'] = Uint8Array.from(evaluations, (one) => (one.default ? 0 : one.level));
  return { n: evaluations.length, names, columns };
}

/** ms of an hour by state, or what was counted in it. */
export interface HourFact {
  /** id of a window, device or zone; `*` = the whole hall */
  readonly of: string;
  /** its begin, ms since 1970 */
  readonly hour: number;
  readonly spent?: Readonly<Record<string, number>>;
  readonly max?: number;
  /** how often it was counted */
  readonly n?: number;
}

/** @param states whose ms become a column each */
export function hourColumns(hours: readonly HourFact[], states: readonly string[]): Columns {
  const names = [...new Set(hours.map(({ of }) => of))];
  const places = new Map(names.map((name, index) => [name, index + 1]));
  const columns: Record<string, Column> = {
    of: Uint16Array.from(hours, ({ of }) => places.get(of) ?? 0),
    hour: Float64Array.from(hours, ({ hour }) => hour),
  };
  for (const state of states) {
    columns[state] = Float64Array.from(hours, ({ spent }) => spent?.[state] ?? 0);
  }
  if (states.length === 0) {
    columns['max'] = Float64Array.from(hours, ({ max }) => max ?? NaN);
    columns['n'] = Float64Array.from(hours, ({ n }) => n ?? 0);
  }
  return { n: hours.length, names, columns };
}

function keyColumns(facts: readonly Belonging[]) {
  const names: string[] = [];
  const places = new Map<string, number>();
  const placeOf = (name: string | undefined): number => {
    if (name === undefined) return 0;
    let place = places.get(name);
    if (place === undefined) places.set(name, (place = names.push(name)));
    return place;
  };
  const keys: Record<string, Column> = {};
  for (const key of KEYS) keys[key] = Uint16Array.from(facts, (fact) => placeOf(fact[key]));
  return { keys, names };
}

function outcomeOf(outcome: string | undefined): number {
  if (outcome === undefined) return OUTCOME.none;
  return outcome === 'done' ? OUTCOME.done : OUTCOME.other;
}

export function hasOutcome(flags: number): boolean {
  return (flags & 3) !== OUTCOME.none;
}

export function isDone(flags: number): boolean {
  return (flags & 3) === OUTCOME.done;
}
