// Small steps that every reducer takes: counting, and judging whether an event is older than what is known.
import { CORRECTED_FROM_MS } from '../effective-time.ts';
import { hasMark } from '../marks.ts';
import type { Marks } from '../marks.ts';
import type { SignalFrom, TicketSignal } from '../signal.ts';
import type { Counts, Hall } from '../state.ts';
import { get } from '../table.ts';
import type { Stream } from '../topic.ts';
import { clockAheadMs, LATE_MS } from './clock.ts';

/** An event of the journal: the signal, its effective time and arrival (ms since 1970), its number. */
export type EventFrom<S extends Stream> = SignalFrom<S> & {
  readonly receivedAt: number;
  readonly seq: number;
};

/** A step of a visit that was begun: every ticket event but its issue. */
export type StepSignal = Exclude<TicketSignal, { type: 'issued' }>;
export type StepEvent = EventFrom<'ticket'> & { readonly signal: StepSignal };

/** Two devices' messages may cross by this much: what is a little older than the last step is no news. */
export const CLOCK_TOLERANCE_MS = 5_000;

export function bump(hall: Hall, name: keyof Counts): Hall {
  return { ...hall, counts: { ...hall.counts, [name]: hall.counts[name] + 1 } };
}

interface Timed {
  readonly device: string;
  readonly stream: Stream;
  readonly at: number;
  readonly receivedAt: number;
  readonly marks: Marks;
}

/**
 * Whether the event came so late that it moves no live state beside what is known as of `knownAt`: told as a retained
 * message, or over a minute after it happened by a device whose clock is known. SPEC §2.6.
 */
export function isOutdated(hall: Hall, event: Timed, knownAt: number): boolean {
  if (hasMark(event.marks, 'retained') && event.stream !== 'device') return true;
  if (event.at >= knownAt) return false;
  if (hasMark(event.marks, 'retained')) return true;
  if (event.receivedAt - event.at <= LATE_MS) return false;
  if (hasMark(event.marks, 'corrected')) return true;
  // A clock that turns out to be wrong with this very event was not known when its time was decided.
  const device = get(hall.devices, event.device);
  const aheadMs = device && clockAheadMs(device);
  return aheadMs !== undefined && Math.abs(aheadMs) <= CORRECTED_FROM_MS;
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
