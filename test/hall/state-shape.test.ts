// A checkpoint whose state has another shape must not be loaded: STATE_FORMAT of gateway/fold.ts says so, and is raised by hand.
// Signals of every type and events of every command are folded; the shape of all states on the way is compared with
// state-shape.txt, which has the STATE_FORMAT beside it.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { STATE_FORMAT } from '../../gateway/fold.ts';
import { EVENTS, type CommandSignal } from '../../hall/command/event.ts';
import { NO_MARKS } from '../../hall/marks.ts';
import { advance, fold, startHall, type Received } from '../../hall/reduce.ts';
import { SCHEMAS } from '../../hall/signal.ts';
import type { Hall } from '../../hall/state.ts';
import { entries, type Table } from '../../hall/table.ts';
import { MINUTE, type Note, received, sampleHall, TEN } from './sample.ts';

const FILE = join(import.meta.dirname ?? '.', 'state-shape.txt');
const UPDATE = 'UPDATE_STATE_SHAPE';

/** Parts whose keys are ids, numbers or names of states. */
const TABLES: ReadonlySet<string> = new Set([
  ...['tickets', 'reissued', 'devices', 'staff', 'cases', 'uploads'],
]);
const RECORDS: ReadonlySet<string> = new Set([
  ...['windows', 'windows.*.spentMs', 'evaluations', 'occupancy', 'links', 'emergencies'],
  'assigned',
]);

const ticket = (minute: number, type: string, fields: object, device = 'caller-1'): Note => [
  minute,
  device,
  'ticket',
  { type, ticket: 'A001', ...fields },
];
const online = { type: 'state', state: 'online' };

const NOTES: readonly Note[] = [
  [0, 'sensor-1', 'device', { ...online, seq: 1, uptime_s: 9_000, firmware: '1.2' }],
  ticket(0, 'issued', { queue: 'q1', service: 's1', class: 'priority', channel: 'kiosk' }),
  ticket(1, 'called', { window: 'w1', out_of_order: '老人' }),
  ticket(2, 'recalled', { window: 'w1', out_of_order: '老人' }),
  ticket(3, 'serving', { window: 'w1' }),
  ticket(4, 'held', { window: 'w1', reason: '补材料' }),
  ticket(5, 'resumed', { window: 'w1', reason: '已补' }),
  ticket(6, 'completed', { window: 'w1', outcome: 'done' }),
  ticket(6, 'completed', { window: 'w2' }),
  ticket(7, 'issued', { queue: 'q1' }),
  ticket(7, 'called', { window: 'w1' }),
  ticket(8, 'no_show', { window: 'w1' }),
  ticket(9, 'requeued', { window: 'w1' }),
  ticket(10, 'transferred', { to_queue: 'q2', to_window: 'w3', after: 5, window: 'w1' }),
  ticket(11, 'cancelled', {}),
  ticket(12, 'issued', { ticket: 'A002', queue: 'q1' }, 'disp-1'),
  ticket(13, 'called', { ticket: 'A002', window: 'w2' }),
  ticket(14, 'issued', { ticket: 'A003', queue: 'q1' }, 'disp-1'),
  ticket(15, 'called', { ticket: 'A003', window: 'w2' }),
  [15, 'caller-2', 'window', { type: 'state', window: 'w2', state: 'idle' }],
  ticket(16, 'issued', {
    ...{ ticket: 'B001', queue: 'q2', channel: 'mobile' },
    appointment_at: TEN + 40 * MINUTE,
  }),
  ticket(17, 'arrived', { ticket: 'B001' }),
  ticket(18, 'serving', { ticket: 'B002', window: 'w3' }),
  [
    ...([19, 'caller-1', 'window'] as const),
    { type: 'state', window: 'w1', state: 'paused', staff: 's-1', substitute: true, reason: '会' },
  ],
  [
    ...([20, 'pad-1', 'evaluation'] as const),
    {
      ...{ type: 'submitted', window: 'w1', level: 5, ticket: 'A001', channel: 'pad' },
      ...{ default: false, aspects: ['态度'] },
    },
  ],
  [21, 'gate-1', 'occupancy', { type: 'count', zone: 'z1', present: 2 }],
  [22, 'gate-1', 'occupancy', { type: 'flow', zone: 'z1', in: 0, out: 5 }],
  [
    ...([23, 'sensor-1', 'device'] as const),
    {
      ...{ type: 'state', state: 'fault', fault: '缺纸', paper_pct: 5, battery_pct: 50, seq: 9 },
      ...{ temp_c: 40, rssi_dbm: -60, uptime_s: 30, firmware: '1.3' },
    },
  ],
  [24, 'sensor-1', 'device', { ...online, at: TEN + 14 * MINUTE }],
  [25, 'sensor-1', 'device', { ...online, at: TEN + 90 * MINUTE }],
  [26, 'sensor-1', 'device', { type: 'state', state: 'offline' }],
  [27, 'reader-1', 'staff', { type: 'clock', staff: 's-1', state: 'in', window: 'w1' }],
  ...(['accepted', 'stage', 'decided', 'delivered'] as const).map((type, index): Note => {
    const known = { case: 'c-1', department: '人社局', item: '参保', due_at: TEN + 999 * MINUTE };
    return [28 + index, 'desk-1', 'case', { type, ...known, stage: '受理', outcome: '准予' }];
  }),
  [32, 'router-1', 'network', { type: 'link', zone: 'internet', rtt_ms: 12, loss_pct: 1 }],
  [
    ...([33, 'panel-1', 'emergency'] as const),
    { type: 'activated', kind: 'fire', zones: ['z1', 'z2'], message: { zh: '火', en: 'Fire' } },
  ],
  [
    ...([34, 'panel-1', 'emergency'] as const),
    { type: 'cleared', kind: 'fire', zones: ['z1'], message: { zh: '完' } },
  ],
  [35, 'panel-1', 'emergency', { type: 'activated', kind: 'medical', zones: 5 }],
  [36, 'panel-1', 'emergency', { type: 'activated', kind: 'notice', zones: ['*'], drill: true }],
  [37, 'panel-1', 'emergency', { type: 'cleared', kind: 'notice', zones: ['*'], drill: true }],
  ticket(38, 'called', { ticket: 'A004', window: 'w3' }, 'caller-3'),
  ticket(39, 'completed', { ticket: 'A004', window: 'w3' }, 'caller-3'),
  // What is known of a clock takes many messages: on time, then late.
  ...Array.from({ length: 80 }, (_, index): Note => {
    const minute = 40 + index;
    return [
      minute,
      'sensor-3',
      'device',
      { ...online, at: TEN + (minute - (index < 60 ? 0.01 : 2)) * MINUTE },
    ];
  }),
];

const place = { source: 'zigbee2mqtt', address: '0x1' };
const COMMANDED: readonly CommandSignal[] = [
  {
    ...{ type: 'device.accepted', ...place },
    device: { ...place, id: 'sensor-2', kind: 'sensor', zone: 'z1', name: { zh: '温', en: 'T' } },
  },
  { type: 'device.ignored', source: 'zigbee2mqtt', address: '0x2' },
  { type: 'window.assigned', window: 'w1', queues: ['q2'], until: TEN + 600 * MINUTE },
  { type: 'device.forgotten', source: 'zigbee2mqtt', address: '0x2' },
  {
    ...{ type: 'content.uploaded', hash: 'a'.repeat(64), bytes: 9, media_type: 'image/png' },
    name: '张三',
  },
  { type: 'content.uploaded', hash: 'b'.repeat(64), bytes: 9, media_type: 'image/png' },
  { type: 'content.removed', hash: 'b'.repeat(64) },
  {
    ...{ type: 'advice.taken', queue: 'q1', kind: 'lend', windows: ['w2'] },
    ...{ wait_min: 40, expected_min: 20 },
  },
  { type: 'advice.dismissed', queue: 'q1', kind: 'open' },
];

/** Every state on the way through two days, of which the hall is open at the midnight between. */
function* states(): Generator<Hall> {
  const config = sampleHall((yaml) =>
    yaml.replace('["08:30-12:00", "13:30-17:30"]', '["00:00-24:00"]'),
  );
  let hall = startHall(config, TEN);
  const signals = received(NOTES, config);
  const commanded = COMMANDED.map((signal, index): Received => {
    const at = TEN + 120 * MINUTE;
    const seq = NOTES.length + index + 1;
    const of = { device: 'command', stream: 'command', marks: NO_MARKS } as const;
    return { ...of, signal, at, receivedAt: at, seq };
  });
  for (const entry of [...signals, ...commanded]) {
    hall = fold(hall, config, entry);
    yield hall;
  }
  for (let minute = 125; minute < 1_500; minute += 5) {
    hall = advance(hall, config, TEN + minute * MINUTE);
    yield hall;
  }
}

interface Seen {
  readonly kinds: Set<string>;
  count: number;
}

/** One line for each path: its kinds of value, and `?` where an object on the way lacks the key. */
function shapeOf(halls: Iterable<Hall>): string {
  const seen = new Map<string, Seen>();
  const look = (value: unknown, path: string): void => {
    const kind = Array.isArray(value) ? 'list' : typeof value;
    const known = seen.get(path) ?? { kinds: new Set(), count: 0 };
    seen.set(path, known);
    known.kinds.add(kind);
    known.count++;
    if (TABLES.has(path))
      for (const [, one] of entries(value as Table<unknown>)) look(one, `${path}.*`);
    else if (Array.isArray(value)) for (const one of value) look(one, `${path}[]`);
    else if (kind === 'object') {
      for (const [key, one] of Object.entries(value as object)) {
        look(one, [...(path === '' ? [] : [path]), RECORDS.has(path) ? '*' : key].join('.'));
      }
    }
  };
  for (const hall of halls) look(hall, '');
  const lines = [...seen].map(([path, { kinds, count }]) => {
    const parent = seen.get(path.slice(0, Math.max(0, path.lastIndexOf('.'))));
    const isPart = /\.?\w+$/.test(path) && parent !== undefined && count < parent.count;
    return `${path}${isPart ? '?' : ''}: ${[...kinds].sort().join(' ')}`;
  });
  return lines
    .filter((line) => !line.startsWith(':'))
    .sort()
    .join('\n');
}

test('a state of another shape has another STATE_FORMAT', () => {
  const shape = shapeOf(states());
  const [, stored, storedShape] =
    /^STATE_FORMAT (\d+)\n([^]*)\n$/.exec(readFileSync(FILE, 'utf8')) ?? [];
  const isSameShape = shape === storedShape;
  const isSameFormat = String(STATE_FORMAT) === stored;
  if (process.env[UPDATE] !== undefined && !(isSameFormat && !isSameShape)) {
    writeFileSync(FILE, `STATE_FORMAT ${STATE_FORMAT}\n${shape}\n`);
    return;
  }
  assert.ok(
    isSameFormat || isSameShape,
    `STATE_FORMAT and shape changed: run \`${UPDATE}=1 npm test -- state-shape\``,
  );
  assert.equal(
    shape,
    storedShape,
    `the state's shape changed: raise STATE_FORMAT in gateway/fold.ts, then run \`${UPDATE}=1 npm test -- state-shape\``,
  );
  assert.ok(isSameFormat, `STATE_FORMAT changed: run \`${UPDATE}=1 npm test -- state-shape\``);
});

test('the sample has every type, every field and every event of a command', () => {
  for (const [stream, types] of Object.entries(SCHEMAS)) {
    for (const [type, { entries: fields }] of Object.entries(types)) {
      const told = NOTES.filter(
        ([, , of, note]) => of === stream && 'type' in note && note.type === type,
      );
      const names = new Set(told.flatMap(([, , , note]) => Object.keys(note)));
      const own = Object.keys(fields).filter((name) => !['at', 'seq', 'id'].includes(name));
      assert.deepEqual(
        own.filter((name) => !names.has(name)),
        [],
        `${stream} ${type}`,
      );
    }
  }
  const commanded = new Set(COMMANDED.map(({ type }) => type));
  assert.deepEqual([...commanded].sort(), Object.keys(EVENTS).sort());
});
