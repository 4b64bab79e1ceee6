// Every message a device may send, declared once: schemas per stream and type, and the types inferred from them.
// Field names are the wire's. A signal keeps `at` and `ticket` as they were sent; `id` is filled in. SPEC §2.
import * as v from 'valibot';
import { says } from './language.ts';
import type { Marks } from './marks.ts';
import { ID_PATTERN, type Stream } from './topic.ts';

const RFC3339 =
  /^(\d{4})-(\d{2})-(\d{2})[Tt](?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;

/** ms since 1970 of an RFC 3339 date-time with offset (RFC 3339 §5.6), or undefined; before 1970 too. */
export function parseDateTime(text: string): number | undefined {
  const parts = RFC3339.exec(text);
  if (!parts) return undefined;
  const [year, month, day] = [Number(parts[1]), Number(parts[2]), Number(parts[3])];
  const daysInMonth = new Date(Date.UTC(year, month, 0)).getUTCDate();
  if (day > daysInMonth) return undefined;
  const ms = Date.parse(text.toUpperCase());
  return Number.isNaN(ms) ? undefined : Math.trunc(ms);
}

/** The same, but not before 1970. */
export function parseInstant(text: string): number | undefined {
  const ms = parseDateTime(text);
  return ms === undefined || ms < 0 ? undefined : ms;
}

/** ms since 1970 of a signal's `at`; undefined where it brings none. */
export function instantOf(at: number | string | undefined): number | undefined {
  return typeof at === 'string' ? parseDateTime(at) : at;
}

/** The one form of a ticket's number: full-width and lower-case letters are the same number. Contract, *Identity*. */
export function canonicalTicket(number: string): string {
  if (/^[0-9A-Z-]*$/.test(number)) return number;
  return number.normalize('NFKC').toUpperCase().normalize('NFKC');
}

const INSTANT = says(
  '带时差的 RFC 3339 时间，或 1970 年以来的毫秒数（整数）',
  'an RFC 3339 time with offset, or integer ms since 1970',
);
const milliseconds = v.pipe(v.number(), v.safeInteger(INSTANT), v.minValue(0, INSTANT));

/** A time of the contract: read as ms since 1970. */
export const instant = v.union(
  [
    milliseconds,
    v.pipe(
      v.string(),
      v.description('RFC 3339 date-time with offset'),
      v.rawTransform(({ dataset, addIssue, NEVER }) => {
        const ms = parseInstant(dataset.value);
        if (ms !== undefined) return ms;
        addIssue({ message: INSTANT });
        return NEVER;
      }),
    ),
  ],
  INSTANT,
);

/**
 * When something happened, kept as it was sent. A device whose clock was never set names a time before 1970: read, and
 * judged by `effectiveTime`.
 */
export const sentAt = v.union(
  [
    milliseconds,
    v.pipe(
      v.string(),
      v.check((text) => parseDateTime(text) !== undefined, INSTANT),
    ),
  ],
  INSTANT,
);

const signalId = v.pipe(
  v.string(),
  v.regex(
    /^[A-Za-z0-9._:-]{1,64}$/,
    says('1–64 个字符，可用 A–Z a–z 0–9 . _ : -', '1–64 characters of A–Z a–z 0–9 . _ : -'),
  ),
);
const place = v.pipe(
  v.string(),
  v.regex(
    ID_PATTERN,
    says(
      '大厅文件中的编号：a–z 0–9 -，最多 63 个字符',
      'an id of the hall file: a–z 0–9 -, up to 63 characters',
    ),
  ),
);
export const ticket = v.pipe(
  v.string(),
  // The wire's form may be three times as long (Ａ is one letter of three bytes), not more.
  v.check(
    (number) => number.length <= 96 && /^[\p{L}\p{N}-]{1,32}$/u.test(canonicalTicket(number)),
    says('1–32 个字母、数字或 -', '1–32 letters, digits or -'),
  ),
);
const person = v.pipe(
  v.string(),
  v.regex(
    /^[A-Za-z0-9._-]{1,64}$/,
    says('1–64 个字符，可用 A–Z a–z 0–9 . _ -', '1–64 characters of A–Z a–z 0–9 . _ -'),
  ),
);
/** Characters are code points, as people count them. */
export const text = v.pipe(
  v.string(),
  v.check((value) => lengthWithin(value, 200), says('最多 200 个字符', 'at most 200 characters')),
);

function lengthWithin(value: string, max: number): boolean {
  return value.length <= max || (value.length <= max * 2 && [...value].length <= max);
}

const COUNT = says('不小于 0 的整数', 'an integer ≥ 0');
const count = v.pipe(v.number(COUNT), v.safeInteger(COUNT), v.minValue(0, COUNT));
/** A number from `min` to `max`. */
const between = (min: number, max: number) => {
  const expected = says(`${min} 到 ${max} 之间的数`, `a number from ${min} to ${max}`);
  return v.pipe(v.number(expected), v.minValue(min, expected), v.maxValue(max, expected));
};
/** People in a place, or passing a gate since the last message. */
const people = v.pipe(count, v.maxValue(1_000_000, says('不超过 1,000,000', 'at most 1,000,000')));
/** Minutes, within one day. */
const minutes = v.pipe(
  count,
  v.maxValue(1_440, says('不超过 1,440 分钟', 'at most 1,440 minutes')),
);
const percent = between(0, 100);
const optional = v.optional;

const always = { at: optional(sentAt), seq: optional(count) };
/** Streams whose events must never be counted twice bring their own id. */
const identified = { ...always, id: signalId };
const anonymous = { ...always, id: optional(signalId) };

function ticketSignal<const T extends string, E extends v.ObjectEntries>(type: T, entries: E) {
  return v.object({ type: v.literal(type), ...identified, ticket, ...entries });
}

export const SCHEMAS = {
  ticket: {
    issued: ticketSignal('issued', {
      queue: place,
      service: optional(place),
      class: optional(v.picklist(['normal', 'priority', 'green'])),
      channel: optional(v.picklist(['kiosk', 'mobile', 'appointment', 'desk'])),
      appointment_at: optional(instant),
    }),
    called: ticketSignal('called', { window: place, out_of_order: optional(text) }),
    recalled: ticketSignal('recalled', { window: place, out_of_order: optional(text) }),
    serving: ticketSignal('serving', { window: place }),
    held: ticketSignal('held', { window: optional(place), reason: optional(text) }),
    resumed: ticketSignal('resumed', { window: optional(place), reason: optional(text) }),
    arrived: ticketSignal('arrived', {}),
    transferred: v.pipe(
      ticketSignal('transferred', {
        to_queue: optional(place),
        to_window: optional(place),
        after: optional(minutes),
        window: optional(place),
      }),
      v.forward(
        v.check(
          ({ to_queue, to_window }) => to_queue !== undefined || to_window !== undefined,
          says('to_queue 或 to_window', 'to_queue or to_window'),
        ),
        ['to_queue'],
      ),
    ),
    no_show: ticketSignal('no_show', { window: optional(place) }),
    requeued: ticketSignal('requeued', { window: optional(place) }),
    completed: ticketSignal('completed', {
      window: place,
      outcome: optional(v.picklist(['done', 'accepted', 'supplement', 'rejected'])),
    }),
    cancelled: ticketSignal('cancelled', {}),
  },
  window: {
    state: v.object({
      type: v.literal('state'),
      ...anonymous,
      window: place,
      state: v.picklist(['closed', 'idle', 'calling', 'serving', 'paused', 'away']),
      staff: optional(person),
      substitute: optional(v.boolean()),
      reason: optional(text),
    }),
  },
  evaluation: {
    submitted: v.object({
      type: v.literal('submitted'),
      ...identified,
      window: place,
      level: v.picklist([5, 4, 3, 2, 1]),
      ticket: optional(ticket),
      channel: optional(v.picklist(['pad', 'qr', 'sms', 'kiosk', 'web'])),
      default: optional(v.boolean()),
      aspects: optional(v.pipe(v.array(text), v.maxLength(50))),
    }),
  },
  occupancy: {
    count: v.object({ type: v.literal('count'), ...anonymous, zone: place, present: people }),
    flow: v.object({ type: v.literal('flow'), ...anonymous, zone: place, in: people, out: people }),
  },
  device: {
    state: v.object({
      type: v.literal('state'),
      ...anonymous,
      state: v.picklist(['online', 'degraded', 'offline', 'fault', 'maintenance']),
      fault: optional(text),
      paper_pct: optional(percent),
      battery_pct: optional(percent),
      temp_c: optional(between(-273.15, 1000)),
      uptime_s: optional(between(0, 1e10)),
      firmware: optional(text),
      rssi_dbm: optional(between(-200, 100)),
    }),
  },
  staff: {
    clock: v.object({
      type: v.literal('clock'),
      ...identified,
      staff: person,
      state: v.picklist(['in', 'out', 'leave']),
      window: optional(place),
    }),
  },
  case: {
    accepted: caseSignal('accepted'),
    stage: caseSignal('stage'),
    decided: caseSignal('decided'),
    delivered: caseSignal('delivered'),
  },
  network: {
    link: v.object({
      type: v.literal('link'),
      ...anonymous,
      zone: v.picklist(['internet', 'government', 'department']),
      rtt_ms: between(0, 1_000_000),
      loss_pct: percent,
    }),
  },
  emergency: {
    // An alarm that brings no id is shown all the same.
    activated: emergencySignal('activated', anonymous),
    cleared: emergencySignal('cleared', identified),
  },
} as const satisfies Record<Stream, Record<string, v.GenericSchema<unknown, { type: string }>>>;

function caseSignal<const T extends string>(type: T) {
  return v.object({
    type: v.literal(type),
    ...identified,
    case: person,
    department: text,
    item: optional(text),
    due_at: optional(instant),
    stage: optional(text),
    outcome: optional(text),
  });
}

function emergencySignal<const T extends string, E extends v.ObjectEntries>(type: T, entries: E) {
  return v.object({
    type: v.literal(type),
    ...entries,
    kind: v.picklist(['fire', 'evacuate', 'medical', 'security', 'notice']),
    zones: v.pipe(
      v.array(v.union([v.literal('*'), place], says('"*" 或区域编号', '"*" or an id of a zone'))),
      v.minLength(1, says('至少一个区域，或 ["*"]', 'at least one zone, or ["*"]')),
      v.maxLength(200),
    ),
    message: optional(v.object({ zh: optional(text), en: optional(text) })),
    drill: optional(v.boolean()),
  });
}

type Schemas = typeof SCHEMAS;
type Identified<T> = Omit<T, 'id'> & { readonly id: string };
type OutputsOf<S extends Stream> = {
  [T in keyof Schemas[S]]: Schemas[S][T] extends v.GenericSchema
    ? Identified<v.InferOutput<Schemas[S][T]>>
    : never;
}[keyof Schemas[S]];

/** A decoded signal as the journal keeps it: wire names, `at` and `ticket` as sent, `id` present. */
export type SignalOf<S extends Stream> = OutputsOf<S>;
export type TicketSignal = SignalOf<'ticket'>;
export type WindowSignal = SignalOf<'window'>;
export type EvaluationSignal = SignalOf<'evaluation'>;
export type OccupancySignal = SignalOf<'occupancy'>;
export type DeviceSignal = SignalOf<'device'>;
export type StaffSignal = SignalOf<'staff'>;
export type CaseSignal = SignalOf<'case'>;
export type NetworkSignal = SignalOf<'network'>;
export type EmergencySignal = SignalOf<'emergency'>;

/** A signal with its sender and its effective time: what decode accepts and reduce folds, discriminated by `stream`. */
export type Signal = { [S in Stream]: SignalFrom<S> }[Stream];

export interface SignalFrom<S extends Stream> {
  readonly device: string;
  readonly stream: S;
  readonly signal: SignalOf<S>;
  /** the effective time, ms since 1970: when it happened, never after it was received. SPEC §2.4 */
  readonly at: number;
  readonly marks: Marks;
  /** the id under which the journal keeps it, where that is not the signal's own: a repeated alarm */
  readonly journalId?: string;
}

export type WindowStateName = WindowSignal['state'];
export type DeviceStateName = DeviceSignal['state'];
export type TicketClass = 'normal' | 'priority' | 'green';
export type EvaluationLevel = EvaluationSignal['level'];
export type EmergencyKind = EmergencySignal['kind'];
export type NetworkZone = NetworkSignal['zone'];
