// Judges one signal by the contract: its fields, its names, its time. Whichever way it came. Never throws. SPEC §2.
import * as v from 'valibot';
import { readAlarm } from './alarm.ts';
import { indexHall, type HallConfig } from './config.ts';
import { mayRaiseEmergency, senderOf } from './config/senders.ts';
import { effectiveTime } from './effective-time.ts';
import { bitOf, NO_MARKS, type Marks } from './marks.ts';
import { about, type Both } from './language.ts';
import { fieldWords, isWords } from './refusal-words.ts';
import { instantOf, SCHEMAS, type Signal } from './signal.ts';
import { deriveId } from './signal-id.ts';
import type { Stream, Topic } from './topic.ts';

const DAY_MS = 86_400_000;

export interface Refusal {
  /** type field:NAME past unknown:KIND budget:KIND, as the contract lists them */
  readonly reason: string;
  /** for people: what is and what should be */
  readonly detail: Both;
}

export type Found =
  { readonly ok: true; readonly signal: Signal } | ({ readonly ok: false } & Refusal);

/** How a signal arrived. */
export interface Arrival {
  /** ms since 1970 */
  readonly receivedAt: number;
  /** the signal's place in its message */
  readonly index: number;
  /** an external broker told it as a retained message */
  readonly retained?: boolean;
}

/** What the judge has to know of the hall's present state. */
export interface Knowledge {
  /** How far the device's clock is ahead of the gateway's, ms; undefined while it is not known. */
  clockAheadMs(device: string): number | undefined;
  /** The id under which an alarm is journaled: a repeated id after a `cleared` is a new alarm. */
  alarmId(device: string, id: string, kind: string, receivedAt: number): string;
  /** The limit that refuses this signal, if one is used up. */
  fullBudget(signal: Signal): Refusal | undefined;
}

export const NO_KNOWLEDGE: Knowledge = Object.freeze({
  clockAheadMs: () => undefined,
  alarmId: (_device: string, id: string) => id,
  fullBudget: () => undefined,
});

export type Judge = (
  value: unknown,
  sender: Pick<Topic, 'device' | 'stream'>,
  arrival: Arrival,
) => Found;

/** The judge of one hall. */
export function createJudge(config: HallConfig, knowledge: Knowledge = NO_KNOWLEDGE): Judge {
  const known = knownOf(config);
  const pastMs = config.limits.past_days * DAY_MS;
  return (value, { device: name, stream }, arrival) => {
    const device = senderOf(config, name);
    const sender = { device, stream };
    const parsed = parseSignal(stream, value, known);
    if ('reason' in parsed) return { ok: false, ...parsed };
    if (stream === 'emergency' && !mayRaiseEmergency(config, device)) return NOT_ALLOWED(device);
    const stranger = strangerIn(stream, parsed.signal, known);
    if (stranger) return refusedName(stranger);
    const timed = timeOf(parsed, sender, arrival, pastMs, knowledge);
    if ('reason' in timed) return { ok: false, ...timed };
    const { receivedAt } = arrival;
    const id = idOf(parsed.signal, sender, arrival);
    // The schema made the other fields; `id` is now there for every stream.
    const signal = parsed.signal.id === id ? parsed.signal : { ...parsed.signal, id };
    const found = { ...sender, ...timed, signal } as unknown as Signal;
    const full = knowledge.fullBudget(found);
    if (full) return { ok: false, ...full };
    if (found.stream !== 'emergency' || found.signal.type !== 'activated') {
      return { ok: true, signal: found };
    }
    const journalId = knowledge.alarmId(device, id, found.signal.kind, receivedAt);
    return { ok: true, signal: journalId === id ? found : { ...found, journalId } };
  };
}

interface Parsed {
  readonly type: string;
  readonly at?: number | string | undefined;
  readonly id?: string | undefined;
}

interface Read {
  readonly signal: Parsed;
  readonly marks: Marks;
}

function timeOf(
  { signal, marks }: Read,
  { device, stream }: Pick<Topic, 'device' | 'stream'>,
  { receivedAt, retained = false }: Arrival,
  pastMs: number,
  knowledge: Knowledge,
): { readonly at: number; readonly marks: Marks } | Refusal {
  const isAlarm = stream === 'emergency' && signal.type === 'activated';
  const given = instantOf(signal.at);
  const aheadMs = given === undefined ? undefined : knowledge.clockAheadMs(device);
  const time = effectiveTime({ given, receivedAt, aheadMs, pastMs, retained });
  if (time.ok) {
    // A device's last word about itself is retained by contract, and an alarm is never late.
    const isKept =
      retained &&
      !isAlarm &&
      (stream === 'ticket' || stream === 'window' || stream === 'emergency');
    return { at: time.at, marks: marks | time.marks | (isKept ? RETAINED : NO_MARKS) };
  }
  if (isAlarm) return { at: receivedAt, marks: marks | bitOf('past') };
  const days = (time.behindMs / DAY_MS).toFixed(1);
  return {
    reason: 'past',
    detail: about('at', {
      zh: `${days} 天以前，最多应为 ${pastMs / DAY_MS} 天（limits.past_days）`,
      en: `is ${days} days back, should be at most ${pastMs / DAY_MS} (limits.past_days)`,
    }),
  };
}

const RETAINED = bitOf('late') | bitOf('retained');

/** Derived from what was sent, so that the same content is the same signal, whatever its time is corrected to. */
function idOf(
  signal: Parsed,
  sender: Pick<Topic, 'device' | 'stream'>,
  { receivedAt, index }: Arrival,
): string {
  if (signal.id !== undefined) return signal.id;
  const given = instantOf(signal.at);
  const content = given === undefined ? signal : { ...signal, at: given };
  return deriveId(sender, content, given ?? receivedAt, given === undefined ? index : -1);
}

const NOT_ALLOWED = (device: string): Found => ({
  ok: false,
  reason: 'unknown:device',
  detail: about('device', {
    zh: `"${device}" 不在大厅文件的 emergency_from 中`,
    en: `"${device}" is not under emergency_from of the hall file`,
  }),
});

function parseSignal(stream: Stream, value: unknown, known: Known): Read | Refusal {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return {
      reason: 'json',
      detail: about('signal', { zh: '应为 JSON 对象', en: 'should be a JSON object' }),
    };
  }
  const schemas: Readonly<Record<string, v.GenericSchema<unknown, Parsed>>> = SCHEMAS[stream];
  const type: unknown = 'type' in value ? value.type : undefined;
  const schema =
    typeof type === 'string' && Object.hasOwn(schemas, type) ? schemas[type] : undefined;
  if (!schema) {
    const known = Object.keys(schemas).join(', ');
    const { zh, en } = isWords(type);
    const words = { zh: `${zh}，应为 ${known} 之一`, en: `${en}, should be one of ${known}` };
    return { reason: 'type', detail: about('type', words) };
  }
  const isAlarm = stream === 'emergency' && type === 'activated';
  const { fields, marks } = isAlarm
    ? readAlarm(value as Readonly<Record<string, unknown>>, known.zone)
    : { fields: value, marks: NO_MARKS };
  const result = v.safeParse(schema, fields, { abortEarly: true });
  if (result.success) return { signal: result.output, marks };
  const [en] = result.issues;
  const inChinese = v.safeParse(schema, fields, { abortEarly: true, lang: 'zh' });
  const field = String(en.path?.[0]?.key ?? 'type');
  const issues = { zh: inChinese.issues?.[0] ?? en, en };
  return { reason: `field:${field}`, detail: fieldWords(field, issues) };
}

type Kind = 'window' | 'queue' | 'zone' | 'service';
/** What the hall file names. */
type Known = Readonly<Record<Kind, { has(id: string): boolean }>>;

function knownOf(config: HallConfig): Known {
  const { windows, queues, zones, services } = indexHall(config);
  return { window: windows, queue: queues, zone: zones, service: services };
}

const NAMED: readonly { readonly field: string; readonly kind: Kind }[] = [
  { field: 'window', kind: 'window' },
  { field: 'to_window', kind: 'window' },
  { field: 'queue', kind: 'queue' },
  { field: 'to_queue', kind: 'queue' },
  { field: 'service', kind: 'service' },
];

interface Stranger {
  readonly kind: Kind;
  readonly id: string;
}

function refusedName({ kind, id }: Stranger): Found {
  const detail = about(kind, {
    zh: `"${id}" 不在大厅文件中`,
    en: `"${id}" is not in the hall file`,
  });
  return { ok: false, reason: `unknown:${kind}`, detail };
}

/** The first name in a signal that the hall file does not have. */
function strangerIn(stream: Stream, signal: object, known: Known): Stranger | undefined {
  const fields = signal as Readonly<Record<string, unknown>>;
  for (const { field, kind } of NAMED) {
    const id = fields[field];
    if (typeof id === 'string' && !known[kind].has(id)) return { kind, id };
  }
  // A link's zone is a kind of network, not a place.
  const zone = stream === 'occupancy' ? fields['zone'] : undefined;
  if (typeof zone === 'string' && !known.zone.has(zone)) return { kind: 'zone', id: zone };
  const { zones } = fields;
  if (!Array.isArray(zones)) return undefined;
  const id: unknown = zones.find((each) => each !== '*' && !known.zone.has(String(each)));
  return id === undefined ? undefined : { kind: 'zone', id: String(id) };
}
