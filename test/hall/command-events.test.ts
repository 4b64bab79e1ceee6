// SPEC 22.3: an event of a command is of any stream that a device could use, and is folded like the device's signal.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CommandEvent, type Decision, NOBODY } from '../../hall/command/decide.ts';
import { NO_MARKS } from '../../hall/marks.ts';
import { toPoint, type PointEntry } from '../../hall/point.ts';
import { advance, fold, startHall, type Received } from '../../hall/reduce.ts';
import type { Hall } from '../../hall/state.ts';
import { size } from '../../hall/table.ts';
import { MINUTE, sampleHall, TEN } from './sample.ts';

const config = sampleHall();
const EVENTS = {
  ticket: { type: 'issued', ticket: 'A001', queue: 'q1', channel: 'desk' },
  window: { type: 'state', window: 'w1', state: 'paused', staff: 's-1' },
  evaluation: { type: 'submitted', window: 'w1', level: 4, channel: 'pad' },
  occupancy: { type: 'count', zone: 'z1', present: 12 },
  staff: { type: 'clock', staff: 's-1', state: 'in', window: 'w1' },
  case: { type: 'accepted', case: 'c-1', department: '人社局' },
  network: { type: 'link', zone: 'internet', rtt_ms: 12, loss_pct: 0 },
  emergency: { type: 'activated', kind: 'fire', zones: ['*'], drill: true },
} as const satisfies {
  [S in Exclude<CommandEvent['stream'], 'command'>]: Extract<CommandEvent, { stream: S }>['signal'];
};

/** What the decision of a command that says all of this at once comes to. */
const decided = {
  events: Object.entries(EVENTS).map(([stream, signal]) => ({ stream, signal }) as CommandEvent),
  result: {},
} satisfies Decision;

/** The event as the journal has it. */
function entry({ stream, signal }: CommandEvent, seq: number, device: string): Received {
  const id = `c-${seq}`;
  return {
    ...{ device, stream, signal: { ...signal, id }, at: TEN, marks: NO_MARKS },
    ...{ receivedAt: TEN, seq },
  } as Received;
}

const by = { ...NOBODY, from: 'api' } as const;
const withoutDevices = ({ devices: _d, counts, sizes, ...rest }: Hall) => {
  return { ...rest, counts: { ...counts, signals: 0 }, sizes: { ...sizes, devices: 0 } };
};

test('22.3 an event of each stream changes what the same signal of a device would, but no device', () => {
  const start = startHall(config, TEN);
  let bySignals = start;
  let byPeople = start;
  decided.events.forEach((event, index) => {
    const before = byPeople;
    bySignals = fold(bySignals, config, entry(event, index + 1, 'disp-1'));
    byPeople = fold(byPeople, config, { ...entry(event, index + 1, 'disp-1'), by });
    assert.notEqual(byPeople, before, event.stream);
    assert.deepEqual(withoutDevices(byPeople), withoutDevices(bySignals), event.stream);
  });
  assert.equal(size(byPeople.devices), 0);
  assert.equal(byPeople.counts.signals, 0);
});

test('22.3 an event of each stream is a point of that measurement', () => {
  decided.events.forEach((event, index) => {
    const { measurement, tags } = toPoint('h1', entry(event, index, 'command') as PointEntry);
    assert.deepEqual([measurement, tags['device']], [event.stream, 'command']);
  });
});

const DECIDED: readonly CommandEvent[] = [
  {
    stream: 'command',
    signal: {
      ...{ type: 'device.accepted', source: 'mqtt', address: 'disp-9' },
      device: { id: 'disp-9', kind: 'dispenser' },
    },
  },
  {
    stream: 'command',
    signal: { type: 'device.ignored', source: 'zigbee2mqtt', address: '0x1' },
  },
  { stream: 'command', signal: { type: 'window.assigned', window: 'w1', queues: ['q2'] } },
  {
    stream: 'command',
    signal: {
      ...{ type: 'content.uploaded', hash: 'a'.repeat(64), bytes: 9 },
      media_type: 'image/png',
    },
  },
];

test('4.1 what people decided stands when the day turns', () => {
  const evening = DECIDED.reduce<Hall>(
    (hall, event, index) => fold(hall, config, { ...entry(event, index + 1, 'command'), by }),
    startHall(config, TEN),
  );
  const parts = ({ accepted, assigned, uploads }: Hall) => ({ accepted, assigned, uploads });
  assert.equal(evening.accepted.devices.length + evening.accepted.ignored.length, 2);
  assert.deepEqual(Object.keys(evening.assigned), ['w1']);
  assert.equal(size(evening.uploads), 1);
  const morning = advance(evening, config, evening.day.end);
  assert.notEqual(morning.day.date, evening.day.date);
  assert.deepEqual(parts(morning), parts(evening));
});

test('22.3 what people do is not kept out by the budget of devices that the hall file does not list', () => {
  const small = sampleHall((yaml) => `${yaml}limits: { tickets_max: 10, devices_max: 10 }\n`);
  let hall = startHall(small, TEN);
  let seq = 0;
  const issue = (device: string, isPerson: boolean) => {
    const event = { ...EVENTS.ticket, ticket: `A${++seq}` };
    const received = entry({ stream: 'ticket', signal: event }, seq, device);
    hall = fold(hall, small, { ...received, ...(isPerson && { by }), receivedAt: TEN + MINUTE });
  };
  for (let n = 0; n < 8; n++) issue('stranger', false);
  assert.equal(size(hall.tickets), 5, 'strangers have half');
  for (let n = 0; n < 5; n++) issue('command', true);
  assert.equal(size(hall.tickets), 10);
  assert.equal(hall.sizes.strangersTickets, 5);
});
