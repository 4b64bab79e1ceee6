// Every message a device may send, declared once: schemas per stream and type, and the types inferred from them.
// Field names are the wire's. After decoding `at` is in ms since 1970 and `id` is filled in. SPEC §2.
import * as v from 'valibot';
import { ID_PATTERN, type Stream } from './topic.ts';

const RFC3339 =
  /^(\d{4})-(\d{2})-(\d{2})[Tt](?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;

/** ms since 1970 of an RFC 3339 date-time with offset (RFC 3339 §5.6), or undefined. */
export function parseInstant(text: string): number | undefined {
  const parts = RFC3339.exec(text);
  if (!parts) return undefined;
  const [year, month, day] = [Number(parts[1]), Number(parts[2]), Number(parts[3])];
  const daysInMonth = new Date(Date.UTC(year, month, 0)).getUTCDate();
  if (day > daysInMonth) return undefined;
  const ms = Date.parse(text.toUpperCase());
  return Number.isNaN(ms) || ms < 0 ? undefined : Math.trunc(ms);
}

const instant = v.union(
  [
    v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
    v.pipe(
      v.string(),
      v.rawTransform(({ dataset, addIssue, NEVER }) => {
        const ms = parseInstant(dataset.value);
        if (ms !== undefined) return ms;
        addIssue({ message: 'expected an RFC 3339 time with offset, or integer ms since 1970' });
        return NEVER;
      }),
    ),
  ],
  'expected an RFC 3339 time with offset, or integer ms since 1970',
);

const signalId = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z0-9._:-]{1,64}$/, 'expected 1–64 characters of A–Z a–z 0–9 . _ : -'),
);
const place = v.pipe(
  v.string(),
  v.regex(ID_PATTERN, 'expected an id of the hall file: a–z 0–9 -, up to 63 characters'),
);
const ticket = v.pipe(
  v.string(),
  v.regex(/^[\p{L}\p{N}-]{1,32}$/u, 'expected 1–32 letters, digits or -'),
);
const person = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z0-9._-]{1,64}$/, 'expected 1–64 characters of A–Z a–z 0–9 . _ -'),
);
const text = v.pipe(v.string(), v.maxLength(200, 'expected at most 200 characters'));
const count = v.pipe(
  v.number('expected an integer ≥ 0'),
  v.safeInteger('expected an integer ≥ 0'),
  v.minValue(0, 'expected an integer ≥ 0'),
);
const amount = v.pipe(v.number(), v.finite(), v.minValue(0));
const percent = v.pipe(v.number(), v.finite(), v.minValue(0), v.maxValue(100));
const optional = v.optional;

const always = { at: optional(instant), seq: optional(count) };
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
    transferred: ticketSignal('transferred', { to_queue: place, window: optional(place) }),
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
    count: v.object({ type: v.literal('count'), ...anonymous, zone: place, present: count }),
    flow: v.object({ type: v.literal('flow'), ...anonymous, zone: place, in: count, out: count }),
  },
  device: {
    state: v.object({
      type: v.literal('state'),
      ...anonymous,
      state: v.picklist(['online', 'degraded', 'offline', 'fault', 'maintenance']),
      fault: optional(text),
      paper_pct: optional(percent),
      battery_pct: optional(percent),
      temp_c: optional(v.pipe(v.number(), v.finite())),
      uptime_s: optional(amount),
      firmware: optional(text),
      rssi_dbm: optional(v.pipe(v.number(), v.finite())),
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
      rtt_ms: amount,
      loss_pct: percent,
    }),
  },
  emergency: {
    activated: emergencySignal('activated'),
    cleared: emergencySignal('cleared'),
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

function emergencySignal<const T extends string>(type: T) {
  return v.object({
    type: v.literal(type),
    ...identified,
    kind: v.picklist(['fire', 'evacuate', 'medical', 'security', 'notice']),
    zones: v.pipe(
      v.array(v.union([v.literal('*'), place], 'expected "*" or an id of a zone')),
      v.minLength(1, 'expected at least one zone, or ["*"]'),
      v.maxLength(200),
    ),
    message: optional(v.object({ zh: optional(text), en: optional(text) })),
  });
}

type Schemas = typeof SCHEMAS;
type Timed<T> = Omit<T, 'at' | 'id'> & { readonly at: number; readonly id: string };
type OutputsOf<S extends Stream> = {
  [T in keyof Schemas[S]]: Schemas[S][T] extends v.GenericSchema
    ? Timed<v.InferOutput<Schemas[S][T]>>
    : never;
}[keyof Schemas[S]];

/** A decoded signal as the journal keeps it: wire names, `at` in ms, `id` present. */
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

/** A signal with its sender: what decode accepts and reduce folds, discriminated by `stream`. */
export type Signal = {
  [S in Stream]: { readonly device: string; readonly stream: S; readonly signal: SignalOf<S> };
}[Stream];

export type WindowStateName = WindowSignal['state'];
export type DeviceStateName = DeviceSignal['state'];
export type TicketClass = 'normal' | 'priority' | 'green';
export type EvaluationLevel = EvaluationSignal['level'];
export type EmergencyKind = EmergencySignal['kind'];
export type NetworkZone = NetworkSignal['zone'];
