// Small steps that every reducer takes: counting, and judging whether an event is older than what is known.
import type { Counts, Hall } from '../state.ts';

/**
 * Two devices' clocks may differ this much: a legal next step that another device reports is taken although its `at`
 * is a little older than the last one.
 */
export const CLOCK_TOLERANCE_MS = 5_000;

export function bump(hall: Hall, name: keyof Counts): Hall {
  return { ...hall, counts: { ...hall.counts, [name]: hall.counts[name] + 1 } };
}

/** The record with `undefined` values left out, so that state stays plain JSON; itself where it has none. */
export function present<T extends object>(record: T): Present<T> {
  const fields = record as Readonly<Record<string, unknown>>;
  const keys = Object.keys(record);
  if (!keys.some((key) => fields[key] === undefined)) return record as unknown as Present<T>;
  const result: Record<string, unknown> = {};
  for (const key of keys) if (fields[key] !== undefined) result[key] = fields[key];
  return result as Present<T>;
}

type Present<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};
