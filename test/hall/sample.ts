// A small hall and arbitrary signals for it, shared by the tests.
import fc from 'fast-check';
import { parseHall, type HallConfig } from '../../hall/config.ts';
import { createDecoder } from '../../hall/decode.ts';
import type { Received } from '../../hall/reduce.ts';

export const SAMPLE_YAML = `
hall: { id: h1, name: { zh: 测试大厅, en: Test Hall }, timezone: Asia/Shanghai, level: city }
hours: { daily: ["08:30-12:00", "13:30-17:30"] }
floors: [{ id: f1, name: 一楼 }]
zones:
  - { id: z1, name: 等候区, floor: f1, kind: waiting, capacity: 120, seats: 80 }
  - { id: z2, name: 办事区, floor: f1, kind: windows }
queues:
  - { id: q1, name: { zh: 社会保险, en: Social insurance }, zone: z1, prefix: A }
  - { id: q2, name: 不动产, zone: z1, prefix: B }
services: [{ id: s1, name: 养老保险参保登记, department: 人社局, queue: q1 }]
windows:
  - { id: w1, label: "1", zone: z1, queues: [q1], department: 人社局 }
  - { id: w2, label: "2", zone: z1, queues: [q1, q2], department: 人社局 }
  - { id: w3, label: "3", zone: z1, queues: [q2], department: 自然资源局 }
devices:
  - { id: disp-1, kind: dispenser, zone: z1 }
  - { id: caller-1, kind: caller, window: w1 }
  - { id: caller-2, kind: caller, window: w2 }
screens:
  - { id: b1, name: 一楼叫号屏, layout: calls, zone: z1, diagonal_in: 55, resolution: 1920x1080, distance_m: 8 }
  - { id: sign-1, layout: window, window: w1, diagonal_in: 24, resolution: 1366x768, distance_m: 6 }
`;

export function sampleHall(changes: (yaml: string) => string = (yaml) => yaml): HallConfig {
  const parsed = parseHall(changes(SAMPLE_YAML), 'sample.yaml');
  if (!parsed.ok) throw new Error(`sample hall: ${JSON.stringify(parsed.problems)}`);
  return parsed.config;
}

/** 2026-11-20 10:00 in the sample hall, a Friday. */
export const TEN = Date.UTC(2026, 10, 20, 2, 0, 0);
export const MINUTE = 60_000;

/** Journaled signals from short notes: `[minutes after ten, device, stream, fields]`, ids numbered. */
export type Note = readonly [minute: number, device: string, stream: string, fields: object];

export function received(notes: readonly Note[], config = sampleHall()): Received[] {
  const decode = createDecoder(config);
  return notes.map(([minute, device, stream, fields], index) => {
    const at = TEN + minute * MINUTE;
    const signal = { at, id: `n-${index}`, ...fields };
    const payload = new TextEncoder().encode(JSON.stringify(signal));
    const { accepted, rejected } = decode(`hall/h1/${device}/${stream}`, payload, at);
    const [only] = accepted;
    if (!only) throw new Error(`note ${index}: ${rejected[0]?.reason}: ${rejected[0]?.detail.en}`);
    return { ...only, receivedAt: at, seq: index + 1 } as Received;
  });
}

const at = fc.integer({ min: TEN - 20 * MINUTE, max: TEN + 20 * MINUTE });
const device = fc.constantFrom('disp-1', 'caller-1', 'caller-2', 'stranger');
const window = fc.constantFrom('w1', 'w2', 'w3');
const queue = fc.constantFrom('q1', 'q2');
const ticket = fc.constantFrom('A001', 'A002', 'A003', 'B001', 'B002');

const ticketFields = fc.oneof(
  fc.record({ type: fc.constant('issued'), ticket, queue }),
  fc.record({
    type: fc.constantFrom('called', 'recalled', 'serving', 'completed'),
    ticket,
    window,
  }),
  fc.record({
    type: fc.constantFrom('held', 'resumed', 'no_show', 'requeued', 'cancelled'),
    ticket,
  }),
  fc.record({ type: fc.constant('transferred'), ticket, to_queue: queue }),
);
const windowFields = fc.record({
  type: fc.constant('state'),
  window,
  state: fc.constantFrom('closed', 'idle', 'calling', 'serving', 'paused', 'away'),
});
const deviceFields = fc.record({
  type: fc.constant('state'),
  state: fc.constantFrom('online', 'degraded', 'offline', 'fault', 'maintenance'),
});
const evaluationFields = fc.record({
  type: fc.constant('submitted'),
  window,
  level: fc.constantFrom(1, 2, 3, 4, 5),
  default: fc.boolean(),
});
const occupancyFields = fc.oneof(
  fc.record({
    type: fc.constant('count'),
    zone: fc.constantFrom('z1', 'z2'),
    present: fc.nat(200),
  }),
  fc.record({ type: fc.constant('flow'), zone: fc.constant('z1'), in: fc.nat(9), out: fc.nat(9) }),
);
const emergencyFields = fc.record({
  type: fc.constantFrom('activated', 'cleared'),
  kind: fc.constantFrom('fire', 'notice'),
  zones: fc.constantFrom(['*'], ['z1'], ['z1', 'z2']),
});
const staffFields = fc.record({
  type: fc.constant('clock'),
  staff: fc.constantFrom('s-1', '__proto__'),
  state: fc.constantFrom('in', 'out', 'leave'),
});
const caseFields = fc.record({
  type: fc.constantFrom('accepted', 'stage', 'decided', 'delivered'),
  case: fc.constantFrom('c1', 'c2'),
  department: fc.constant('人社局'),
});
const linkFields = fc.record({
  type: fc.constant('link'),
  zone: fc.constantFrom('internet', 'government'),
  rtt_ms: fc.nat(500),
  loss_pct: fc.nat(100),
});

/** Any legal message of any stream: topic and fields (without id). */
export const anyMessage = fc
  .oneof(
    { weight: 6, arbitrary: fc.tuple(fc.constant('ticket'), ticketFields) },
    { weight: 2, arbitrary: fc.tuple(fc.constant('window'), windowFields) },
    fc.tuple(fc.constant('device'), deviceFields),
    fc.tuple(fc.constant('evaluation'), evaluationFields),
    fc.tuple(fc.constant('occupancy'), occupancyFields),
    fc.tuple(fc.constant('emergency'), emergencyFields),
    fc.tuple(fc.constant('staff'), staffFields),
    fc.tuple(fc.constant('case'), caseFields),
    fc.tuple(fc.constant('network'), linkFields),
  )
  .chain(([stream, fields]) =>
    fc
      .record({
        stream: fc.constant(stream),
        device,
        at,
        seq: fc.option(fc.nat(50), { nil: undefined }),
      })
      .map((envelope) => ({
        topic: `hall/h1/${envelope.device}/${stream}`,
        fields: {
          ...fields,
          at: envelope.at,
          ...(envelope.seq === undefined ? {} : { seq: envelope.seq }),
        },
      })),
  );

/** A day's worth of legal signals with unique ids, received in this order. */
export const anyHistory = fc.array(anyMessage, { maxLength: 120 }).map((messages) => {
  const decode = createDecoder(sampleHall());
  return messages.map(({ topic, fields }, index): Received => {
    const payload = new TextEncoder().encode(JSON.stringify({ id: `i-${index}`, ...fields }));
    const { accepted, rejected } = decode(topic, payload, TEN + 20 * MINUTE);
    const [only] = accepted;
    if (!only) throw new Error(`arbitrary signal refused: ${rejected[0]?.detail.en}`);
    return { ...only, receivedAt: TEN + 20 * MINUTE + index, seq: index + 1 } as Received;
  });
});
