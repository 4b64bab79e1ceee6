// A journaled signal as a time-series point: one measurement per stream, tags only where values are few, everything
// else a field. The same entry always gives the same point, so that writing a batch twice leaves one copy. SPEC §10.
import type { CommandEntry } from './command/event.ts';
import { COMMAND, STREAMS } from './topic.ts';
import { canonicalTicket, type Signal } from './signal.ts';

/** A journaled signal with its number in the journal. */
export type PointEntry = (Signal | CommandEntry) & {
  readonly seq: number;
  readonly irregular?: true;
  /** Its number in another gateway's journal, under which a history may have it: its point is the same as there. */
  readonly originSeq?: number;
};

/** One for each stream of devices, and one for the events of commands that no device could send. */
export const MEASUREMENTS = [...STREAMS, COMMAND] as const;

export type FieldValue = string | number | boolean;

export interface Point {
  readonly measurement: string;
  /** sorted by name, as InfluxDB likes them; never empty values */
  readonly tags: Readonly<Record<string, string>>;
  /** numbers are floats throughout: one field must not be an integer today and a float tomorrow */
  readonly fields: Readonly<Record<string, FieldValue>>;
  readonly timestampNs: bigint;
}

/** Names with few values: the ids of the hall file, types and states. Tickets, staff and ids are never tags. */
const TAGS = ['device', 'hall', 'queue', 'state', 'type', 'window', 'zone'] as const;
const TAG_NAMES: ReadonlySet<string> = new Set(TAGS);
const NS_PER_MS = 1_000_000n;
const SLOTS = 1_000_000;

export function toPoint(hall: string, entry: PointEntry): Point {
  const { device, stream, signal, at } = entry;
  const seq = entry.originSeq ?? entry.seq;
  const known: Record<string, unknown> = { ...signal, hall, device };
  // Where a ticket goes to is its queue from now on, and a name of the hall file.
  if ('to_queue' in signal && signal.to_queue !== undefined) known['queue'] = signal.to_queue;
  const tags: Record<string, string> = {};
  for (const name of TAGS) {
    const value = known[name];
    if (typeof value === 'string' && value !== '') tags[name] = value;
  }
  const fields: Record<string, FieldValue> = { entry: seq };
  if (entry.irregular) fields['irregular'] = true;
  for (const [name, value] of Object.entries(signal)) {
    if (name !== 'at' && !TAG_NAMES.has(name)) addField(fields, name, value);
  }
  if ('ticket' in signal && signal.ticket !== undefined) {
    fields['ticket'] = canonicalTicket(signal.ticket);
  }
  return { measurement: stream, tags, fields, timestampNs: timestampNs(at, seq) };
}

/**
 * `at` in ns, its last six digits the entry's number in the journal modulo a million. Two entries of one series and one
 * millisecond would fall together only a whole multiple of a million signals apart: the same device telling the same
 * kind of event of the same window with the same `at`, hours later at a large hall's rate. A hash of the id in the same
 * digits would already meet its own kind after about a thousand events of one `at`; a count within the millisecond
 * would depend on what was written before. The entry's number is stable, so that rewriting overwrites itself alone.
 */
export function timestampNs(at: number, seq: number): bigint {
  return BigInt(at) * NS_PER_MS + BigInt(seq % SLOTS);
}

/** Lists and texts in two languages become one field each; what has no value is no field. */
function addField(fields: Record<string, FieldValue>, name: string, value: unknown): void {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
    fields[name] = value;
  } else if (Array.isArray(value)) {
    if (value.length > 0) fields[name] = value.join(',');
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, part] of Object.entries(value)) addField(fields, `${name}_${key}`, part);
  }
}
