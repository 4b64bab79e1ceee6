// Bytes from a topic → signals that count and dead letters that say why not. Never throws. SPEC §2.
import * as v from 'valibot';
import { indexHall, type HallConfig } from './config.ts';
import { SCHEMAS, type Signal } from './signal.ts';
import { deriveId } from './signal-id.ts';
import { parseTopic, type Stream, type Topic } from './topic.ts';

export const PAYLOAD_BYTES_MAX = 256 * 1024;
export const SIGNALS_PER_MESSAGE_MAX = 1000;
/** How far `at` may be ahead of the time of arrival. */
export const FUTURE_MS_MAX = 5 * 60_000;

/** What was refused, whole: the message's bytes, or one signal's JSON where the others of its array count. */
export interface Reject {
  readonly topic: string;
  readonly payload: Uint8Array;
  /** encoding json size topic type hall future field:NAME unknown:KIND */
  readonly reason: string;
  /** for people: what is and what should be */
  readonly detail: string;
}

export interface Decoded {
  readonly accepted: readonly Signal[];
  readonly rejected: readonly Reject[];
}

export type Decode = (topic: string, payload: Uint8Array, receivedAt: number) => Decoded;

interface Refusal {
  readonly reason: string;
  readonly detail: string;
}

export type Found =
  { readonly ok: true; readonly signal: Signal } | ({ readonly ok: false } & Refusal);

/**
 * Judges one signal as the contract has it. `index` is its place in its message. Never throws.
 */
export type Judge = (
  value: unknown,
  sender: Pick<Topic, 'device' | 'stream'>,
  receivedAt: number,
  index: number,
) => Found;

/**
 * The decoder for one hall. `receivedAt` is in ms since 1970 and stands in for a missing `at`.
 * Signals of an array are judged one by one; a message that cannot be read at all is one reject.
 */
export function createDecoder(config: HallConfig): Decode {
  const judge = createJudge(config);
  return (topicText, payload, receivedAt) => {
    const read = readMessage(config, topicText, payload);
    if ('reason' in read) return refused(topicText, payload, read);
    const { topic, json } = read;
    if (Array.isArray(json)) {
      return judgeAll(json, topicText, payload, (item, index) =>
        judge(item, topic, receivedAt, index),
      );
    }
    const found = judge(json, topic, receivedAt, 0);
    return found.ok
      ? { accepted: [found.signal], rejected: [] }
      : refused(topicText, payload, found);
  };
}

function refused(topic: string, payload: Uint8Array, { reason, detail }: Refusal): Decoded {
  return { accepted: [], rejected: [{ topic, payload, reason, detail }] };
}

interface Message {
  readonly topic: Topic;
  readonly json: object;
}

/** What holds for the message as a whole. */
function readMessage(
  config: HallConfig,
  topicText: string,
  payload: Uint8Array,
): Message | Refusal {
  const topic = parseTopic(topicText);
  if (!topic) {
    return {
      reason: 'topic',
      detail: 'topic: should be hall/{hall}/{device}/{stream} with a known stream',
    };
  }
  if (topic.hall !== config.hall.id) {
    return { reason: 'hall', detail: `hall: is "${topic.hall}", should be "${config.hall.id}"` };
  }
  if (config.intake === 'listed' && !indexHall(config).devices.has(topic.device)) {
    return {
      reason: 'unknown:device',
      detail: `device: "${topic.device}" is not under devices of the hall file`,
    };
  }
  if (payload.length > PAYLOAD_BYTES_MAX) {
    return {
      reason: 'size',
      detail: `payload: is ${payload.length} bytes, should be at most ${PAYLOAD_BYTES_MAX}`,
    };
  }
  const text = decodeText(payload);
  if (text === undefined) return { reason: 'encoding', detail: 'payload: should be UTF-8' };
  const json = parseJson(text);
  if (json === undefined) {
    return { reason: 'json', detail: 'payload: should be a JSON object or an array of them' };
  }
  if (Array.isArray(json) && json.length > SIGNALS_PER_MESSAGE_MAX) {
    return {
      reason: 'size',
      detail: `array: has ${json.length} signals, should have at most ${SIGNALS_PER_MESSAGE_MAX}`,
    };
  }
  return { topic, json };
}

function judgeAll(
  items: readonly unknown[],
  topic: string,
  whole: Uint8Array,
  judge: (item: unknown, index: number) => Found,
): Decoded {
  const accepted: Signal[] = [];
  const rejected: Reject[] = [];
  items.forEach((item, index) => {
    const found = judge(item, index);
    if (found.ok) accepted.push(found.signal);
    else {
      const { reason, detail } = found;
      rejected.push({ topic, payload: encodeItem(item, whole), reason, detail });
    }
  });
  return { accepted, rejected };
}

/** The judge of one hall: schemas, times and names, whichever way a signal came. */
export function createJudge(config: HallConfig): Judge {
  const { windows, queues, zones, services } = indexHall(config);
  const known: Known = { window: windows, queue: queues, zone: zones, service: services };
  return (value, topic, receivedAt, index) => {
    const parsed = parseSignal(topic.stream, value);
    if ('reason' in parsed) return { ok: false, ...parsed };
    const given = parsed.signal.at;
    const at = given ?? receivedAt;
    if (at - receivedAt > FUTURE_MS_MAX) {
      const minutes = ((at - receivedAt) / 60_000).toFixed(1);
      return {
        ok: false,
        reason: 'future',
        detail: `at: is ${minutes} min ahead, should be at most 5`,
      };
    }
    const stranger = strangerIn(topic.stream, parsed.signal, known);
    if (stranger) {
      const { kind, id } = stranger;
      return {
        ok: false,
        reason: `unknown:${kind}`,
        detail: `${kind}: "${id}" is not in the hall file`,
      };
    }
    const isWhole = given !== undefined && parsed.signal.id !== undefined;
    const id =
      parsed.signal.id ?? deriveId(topic, parsed.signal, at, given === undefined ? index : -1);
    // The schema made the other fields; `at` and `id` are now there for every stream.
    const signal = (isWhole ? parsed.signal : { ...parsed.signal, at, id }) as Signal['signal'];
    return { ok: true, signal: { device: topic.device, stream: topic.stream, signal } as Signal };
  };
}

interface Parsed {
  readonly type: string;
  readonly at?: number | undefined;
  readonly id?: string | undefined;
}

function parseSignal(stream: Stream, value: unknown): { signal: Parsed } | Refusal {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { reason: 'json', detail: 'signal: should be a JSON object' };
  }
  const schemas: Readonly<Record<string, v.GenericSchema<unknown, Parsed>>> = SCHEMAS[stream];
  const type: unknown = 'type' in value ? value.type : undefined;
  const schema =
    typeof type === 'string' && Object.hasOwn(schemas, type) ? schemas[type] : undefined;
  if (!schema) {
    const expected = Object.keys(schemas).join(', ');
    return { reason: 'type', detail: `type: is ${show(type)}, should be one of ${expected}` };
  }
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (result.success) return { signal: result.output };
  const issue = result.issues[0];
  const field = String(issue.path?.[0]?.key ?? 'type');
  return {
    reason: `field:${field}`,
    detail: `${field}: is ${show(issue.input)}; ${issue.message}`,
  };
}

type Kind = 'window' | 'queue' | 'zone' | 'service';
/** What the hall file names. */
type Known = Readonly<Record<Kind, { has(id: string): boolean }>>;

const NAMED: readonly { readonly field: string; readonly kind: Kind }[] = [
  { field: 'window', kind: 'window' },
  { field: 'queue', kind: 'queue' },
  { field: 'to_queue', kind: 'queue' },
  { field: 'service', kind: 'service' },
];

/** The first name in a signal that the hall file does not have. */
function strangerIn(
  stream: Stream,
  signal: object,
  known: Known,
): { readonly kind: Kind; readonly id: string } | undefined {
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

const utf8 = new TextDecoder('utf-8', { fatal: true });
const encoder = new TextEncoder();

function decodeText(payload: Uint8Array): string | undefined {
  try {
    return utf8.decode(payload);
  } catch {
    return undefined;
  }
}

function parseJson(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

/** One signal's JSON; the whole message where it is nested too deep to be written again. */
function encodeItem(item: unknown, whole: Uint8Array): Uint8Array {
  try {
    return encoder.encode(JSON.stringify(item));
  } catch {
    return whole;
  }
}

function show(value: unknown): string {
  if (value === undefined) return 'missing';
  try {
    const text = JSON.stringify(value) ?? typeof value;
    return text.length > 60 ? `${text.slice(0, 60)}…` : text;
  } catch {
    return 'nested too deep';
  }
}
