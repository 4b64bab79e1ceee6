import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { advance, fold, reduce, startHall } from '../../hall/reduce.ts';
import { Ledger } from '../../hall/figure.ts';
import { rulesOf } from '../../hall/rules.ts';
import type { Hall, Ticket } from '../../hall/state.ts';
import { get, size, values } from '../../hall/table.ts';
import { anyHistory, MINUTE, type Note, received, sampleHall, TEN } from './sample.ts';

const config = sampleHall();

function hallAfter(notes: readonly Note[], hall = config): Hall {
  return received(notes, hall).reduce(
    (state, event) => fold(state, hall, event),
    startHall(hall, TEN),
  );
}

const issue = (minute: number, ticket = 'A001', fields: object = {}): Note => [
  minute,
  'disp-1',
  'ticket',
  { type: 'issued', ticket, queue: 'q1', ...fields },
];
const step = (minute: number, type: string, fields: object = {}, device = 'caller-1'): Note => [
  minute,
  device,
  'ticket',
  { type, ticket: 'A001', ...(WITH_WINDOW.has(type) ? { window: 'w1' } : {}), ...fields },
];
const WITH_WINDOW = new Set(['called', 'recalled', 'serving', 'completed']);
const ticket = (hall: Hall, number = 'A001') =>
  get(hall.tickets, number) as Ticket & Record<string, unknown>;

test('4.2.1 a ticket from issue to completion, with its window following', () => {
  const life = [
    issue(0),
    step(5, 'called'),
    step(6, 'serving'),
    step(16, 'completed', { outcome: 'done' }),
  ];
  const states = life.map((_, index) => hallAfter(life.slice(0, index + 1)));
  assert.deepEqual(
    states.map((hall) => ticket(hall).state),
    ['waiting', 'called', 'serving', 'completed'],
  );
  assert.deepEqual(
    states.map((hall) => hall.windows['w1']?.state),
    [undefined, 'calling', 'serving', 'idle'],
  );
  assert.deepEqual(
    states.map((hall) => hall.windows['w1']?.ticket),
    [undefined, 'A001', 'A001', undefined],
  );
  const done = ticket(states[3]!);
  assert.equal(done.issuedAt, TEN);
  assert.equal(done.firstServingAt, TEN + 6 * MINUTE);
  assert.equal(done['completedAt'], TEN + 16 * MINUTE);
  assert.equal(done['outcome'], 'done');
  assert.equal(states[3]!.counts.irregular, 0);
  assert.deepEqual(states[3]!.windows['w1']?.spentMs, { calling: MINUTE, serving: 10 * MINUTE });
});

/** Every event from every state: regular or not, and where it leads. */
const REACH: Readonly<Record<string, readonly Note[]>> = {
  none: [],
  waiting: [issue(0)],
  called: [issue(0), step(1, 'called')],
  serving: [issue(0), step(1, 'called'), step(2, 'serving')],
  held: [issue(0), step(1, 'called'), step(2, 'serving'), step(3, 'held')],
  missed: [issue(0), step(1, 'called'), step(2, 'no_show')],
  completed: [issue(0), step(1, 'called'), step(2, 'serving'), step(3, 'completed')],
  cancelled: [issue(0), step(1, 'cancelled')],
};
const LEADS: Readonly<Record<string, string>> = {
  called: 'called',
  recalled: 'called',
  serving: 'serving',
  held: 'held',
  resumed: 'serving',
  transferred: 'waiting',
  no_show: 'missed',
  requeued: 'waiting',
  completed: 'completed',
  cancelled: 'cancelled',
};
const REGULAR: Readonly<Record<string, readonly string[]>> = {
  called: ['waiting', 'called', 'missed', 'held'],
  recalled: ['called', 'missed'],
  serving: ['called'],
  held: ['called', 'serving'],
  resumed: ['held'],
  transferred: ['waiting', 'called', 'serving', 'held'],
  no_show: ['called'],
  requeued: ['missed'],
  completed: ['called', 'serving'],
  cancelled: ['waiting', 'called', 'missed', 'held'],
};
const STAYS_ENDED = new Set(['completed', 'cancelled', 'no_show', 'held', 'requeued']);

for (const [from, path] of Object.entries(REACH)) {
  for (const [type, to] of Object.entries(LEADS)) {
    const regular = REGULAR[type]!.includes(from);
    const ended = (from === 'completed' || from === 'cancelled') && STAYS_ENDED.has(type);
    const extra =
      type === 'transferred' ? { to_queue: 'q2' } : type === 'resumed' ? { window: 'w1' } : {};
    test(`${regular ? '4.2.1' : '4.2.2'} ${type} from ${from} ${ended ? 'changes nothing' : `leads to ${to}`}`, () => {
      const hall = hallAfter([...path, step(9, type, extra)]);
      assert.equal(ticket(hall).state, ended ? from : to);
      assert.equal(hall.counts.irregular, regular ? 0 : 1);
      assert.equal(ticket(hall).irregular, regular || ended ? undefined : true);
    });
  }
}

test('4.2.6 a number that is given out again is a new visit, the old one keeps its figures', () => {
  const first = [issue(0), step(1, 'called'), step(2, 'serving'), step(11, 'completed')] as const;
  const hall = hallAfter([...first, issue(60)]);
  assert.deepEqual(
    [...values(hall.tickets)].map(({ key, state, visit }) => [key, state, visit]).sort(),
    [
      ['A001', 'completed', 1],
      ['A001~5', 'waiting', 5],
    ],
  );
  assert.equal(hall.counts.irregular, 0);
  const second = [step(65, 'called'), step(66, 'serving'), step(76, 'completed')] as const;
  const after = [...values(hallAfter([...first, issue(60), ...second]).tickets)];
  assert.deepEqual(
    after.map(({ state }) => state),
    ['completed', 'completed'],
  );
  // While the earlier one still waits, both do, and a call is for the latest.
  const both = hallAfter([issue(0), issue(30), step(31, 'called')]);
  assert.deepEqual([...values(both.tickets)].map(({ state }) => state).sort(), [
    'called',
    'waiting',
  ]);
  assert.equal(both.counts.irregular, 1);
  assert.equal(both.windows['w1']?.visit, 'A001~2');
});

test('4.2.7 a number has one form, however it was typed', () => {
  const hall = hallAfter([
    issue(0, 'A001'),
    step(1, 'called', { ticket: 'Ａ００１' }),
    step(2, 'serving', { ticket: 'a001' }),
  ]);
  assert.deepEqual(
    [...values(hall.tickets)].map(({ key, state }) => [key, state]),
    [['A001', 'serving']],
  );
  assert.equal(hall.counts.irregular, 0);
});

test('4.2.3 what does not fit and is older than the last step changes no state', () => {
  const before = [issue(0), step(5, 'called'), step(6, 'serving'), step(9, 'completed')] as const;
  for (const late of [
    step(5.5, 'recalled'),
    step(6.5, 'held'),
    step(1, 'called', { window: 'w2' }),
  ]) {
    const hall = hallAfter([...before, late]);
    assert.equal(hall.counts.irregular, 1);
    assert.equal(ticket(hall).state, 'completed');
    assert.deepEqual(hall.windows, hallAfter(before).windows);
    assert.deepEqual(hall.calls, hallAfter(before).calls);
  }
});

test('4.2.3 a live call is not lost to a slow clock, whatever it says', () => {
  for (const minute of [0.9, 0.5, -60]) {
    const taken = hallAfter([issue(1), step(minute, 'called')]);
    assert.equal(ticket(taken).state, 'called');
    assert.equal(ticket(taken)['since'], TEN + MINUTE);
    assert.equal(taken.calls.length, 1);
    assert.equal(taken.windows['w1']?.ticket, 'A001');
  }
});

test('4.2.4 an issue that arrives after its call fills in what was missing', () => {
  const hall = hallAfter([step(5, 'called'), issue(1, 'A001', { class: 'priority' })]);
  const { state, issuedAt, queue } = ticket(hall);
  assert.deepEqual(
    { state, issuedAt, queue },
    { state: 'called', issuedAt: TEN + MINUTE, queue: 'q1' },
  );
  assert.equal(ticket(hall).class, 'priority');
});

test('4.2.5 transfers and returns keep the first issue and the first service; holds are taken off', () => {
  const hall = hallAfter([
    issue(0),
    step(5, 'called'),
    step(6, 'serving'),
    step(10, 'held'),
    step(15, 'resumed', { window: 'w1' }),
    step(20, 'transferred', { to_queue: 'q2', window: 'w1' }),
    step(25, 'called', { window: 'w3' }, 'caller-2'),
    step(26, 'serving', { window: 'w3' }, 'caller-2'),
  ]);
  const moved = ticket(hall);
  assert.equal(moved.issuedAt, TEN);
  assert.equal(moved.firstServingAt, TEN + 6 * MINUTE);
  assert.equal(moved.queue, 'q2');
  assert.equal(moved.transfers, 1);
  assert.deepEqual([moved['servingAt'], moved['heldMs']], [TEN + 26 * MINUTE, 0]);
  const resumed = hallAfter([
    issue(0),
    step(5, 'called'),
    step(6, 'serving'),
    step(10, 'held'),
    step(15, 'resumed'),
  ]);
  assert.deepEqual(
    [ticket(resumed)['servingAt'], ticket(resumed)['heldMs']],
    [TEN + 6 * MINUTE, 5 * MINUTE],
  );
});

test('4.2.6 every call and recall is a call, numbered, out of order counted, the latest kept', () => {
  const hall = hallAfter([
    issue(0),
    step(1, 'called', { out_of_order: '老人优先' }),
    step(2, 'recalled'),
    step(3, 'recalled'),
  ]);
  assert.deepEqual(
    hall.calls.map(({ ticket: number, window, nth }) => [number, window, nth]),
    [
      ['A001', 'w1', 1],
      ['A001', 'w1', 2],
      ['A001', 'w1', 3],
    ],
  );
  assert.equal(hall.counts.outOfOrder, 1);
  assert.equal(ticket(hall).outOfOrder, '老人优先');
  const many = Array.from({ length: 300 }, (_, index) => step(index / 60, 'recalled'));
  assert.equal(hallAfter(many).calls.length, 200);
});

test('4.3 a window says its state; closed and idle let the ticket go; who sits there follows', () => {
  const state = (minute: number, name: string, fields: object = {}): Note => [
    minute,
    'caller-1',
    'window',
    { type: 'state', window: 'w1', state: name, ...fields },
  ];
  const hall = hallAfter([
    state(-10, 'idle', { staff: 's-7', substitute: true }),
    issue(0),
    step(1, 'called'),
  ]);
  assert.equal(hall.windows['w1']?.staff, 's-7');
  assert.equal(hall.windows['w1']?.substitute, true);
  assert.deepEqual(hall.windows['w1']?.spentMs, { idle: 11 * MINUTE });
  const away = hallAfter([issue(0), step(1, 'called'), state(2, 'away', { reason: '开会' })]);
  assert.deepEqual([away.windows['w1']?.ticket, away.windows['w1']?.reason], ['A001', '开会']);
  const idle = hallAfter([issue(0), step(1, 'called'), state(2, 'idle')]);
  assert.equal(idle.windows['w1']?.ticket, undefined);
  const closed = hallAfter([state(-10, 'idle', { staff: 's-7' }), state(0, 'closed')]);
  assert.equal(closed.windows['w1']?.staff, undefined);
  const late = hallAfter([state(5, 'paused'), state(4, 'idle')]);
  assert.deepEqual([late.windows['w1']?.state, late.counts.late], ['idle', 0]);
});

test('4.3 time in a state counts within opening hours only', () => {
  const notes: Note[] = [
    [110, 'caller-1', 'window', { type: 'state', window: 'w1', state: 'idle' }],
    [220, 'caller-1', 'window', { type: 'state', window: 'w1', state: 'closed' }],
  ];
  // 11:50 to 13:40 with lunch from 12:00 to 13:30: ten minutes on each side.
  assert.deepEqual(hallAfter(notes).windows['w1']?.spentMs, { idle: 20 * MINUTE });
});

test('4.4 evaluations by level, defaults apart; counts and flows of people', () => {
  const given = (level: number, fields: object = {}): Note => [
    0,
    'pad-1',
    'evaluation',
    { type: 'submitted', window: 'w1', level, ...fields },
  ];
  const hall = hallAfter([given(5), given(5), given(1), given(5, { default: true })]);
  assert.deepEqual(hall.evaluations['w1']?.given, [1, 0, 0, 0, 2]);
  assert.deepEqual(hall.evaluations['w1']?.defaulted, [0, 0, 0, 0, 1]);
  const people = (minute: number, fields: object): Note => [
    minute,
    'counter-1',
    'occupancy',
    { zone: 'z1', ...fields },
  ];
  const flow = (minute: number, entered: number, left: number) =>
    people(minute, { type: 'flow', in: entered, out: left });
  const crowd = hallAfter([
    flow(0, 9, 2),
    people(1, { type: 'count', present: 30 }),
    flow(2, 5, 1),
    flow(0.5, 3, 0),
    people(0.7, { type: 'count', present: 99 }),
  ]);
  const { present, in: entered, out } = crowd.occupancy['z1']!;
  assert.deepEqual({ present, entered, out }, { present: 99, entered: 17, out: 3 });
  assert.equal(crowd.counts.late, 1);
  assert.equal(hallAfter([flow(0, 1, 9)]).occupancy['z1']?.present, 0);
});

test('4.5 devices: seen by any signal, gaps of seq counted, online again when they speak', () => {
  const say = (minute: number, fields: object): Note => [
    minute,
    'disp-1',
    'device',
    { type: 'state', ...fields },
  ];
  const gaps = hallAfter(
    [1, 2, 5, 4, 0, 1].map((seq, minute) => issue(minute, `A10${minute}`, { seq })),
  );
  assert.equal(get(gaps.devices, 'disp-1')?.seqGaps, 2);
  assert.equal(get(gaps.devices, 'disp-1')?.state, 'unknown');
  const fault = hallAfter([
    say(0, { state: 'fault', fault: '缺纸', paper_pct: 0 }),
    say(1, { state: 'online', paper_pct: 100 }),
  ]);
  const { state, since, fault: left, paperPct } = get(fault.devices, 'disp-1')!;
  assert.deepEqual(
    { state, since, left, paperPct },
    { state: 'online', since: TEN + MINUTE, left: undefined, paperPct: 100 },
  );
  const gone = hallAfter([issue(0), say(3, { state: 'offline' })]);
  assert.equal(get(gone.devices, 'disp-1')?.heardAt, TEN, 'a last will is no sign of life');
  const willOnly = hallAfter([say(3, { state: 'offline' })]);
  assert.equal(get(willOnly.devices, 'disp-1')?.heardAt, undefined);
  const back = hallAfter([say(0, { state: 'offline' }), issue(2)]);
  assert.deepEqual(
    [get(back.devices, 'disp-1')?.state, get(back.devices, 'disp-1')?.since],
    ['online', TEN + 2 * MINUTE],
  );
});

test('4.10 an alarm is never late, and ends zone by zone', () => {
  const alarm = (minute: number, type: string, zones: readonly string[] = ['*']): Note => [
    minute,
    'panel',
    'emergency',
    { type, kind: 'fire', zones },
  ];
  assert.deepEqual(hallAfter([alarm(0, 'activated')]).emergencies.fire?.zones, ['*']);
  assert.equal(hallAfter([alarm(0, 'activated'), alarm(1, 'cleared')]).emergencies.fire, undefined);
  assert.ok(
    hallAfter([alarm(0, 'activated'), alarm(2, 'cleared'), alarm(1, 'activated')]).emergencies.fire,
  );
  assert.equal(hallAfter([alarm(9, 'cleared')]).emergencies.fire, undefined);
  assert.ok(hallAfter([alarm(9, 'cleared'), alarm(1, 'activated')]).emergencies.fire);
  const half = hallAfter([alarm(0, 'activated', ['z1', 'z2']), alarm(1, 'cleared', ['z1'])]);
  assert.deepEqual(half.emergencies.fire?.zones, ['z2']);
});

test('4.7 beyond a limit a new ticket is counted, and those known go on', () => {
  const small = sampleHall((yaml) => `${yaml}\nlimits: { tickets_max: 10 }\n`);
  const issues = Array.from({ length: 12 }, (_, index) => issue(index, `A${100 + index}`));
  const hall = hallAfter([...issues, step(20, 'called', { ticket: 'A100' })], small);
  assert.equal(size(hall.tickets), 10);
  assert.equal(hall.counts.overflow, 2);
  assert.equal(ticket(hall, 'A100').state, 'called');
});

test('4.7 numbers issued without end do not keep a called ticket off the boards', () => {
  const small = sampleHall((yaml) => `${yaml}\nlimits: { tickets_max: 10 }\n`);
  const flood = Array.from({ length: 12 }, (_, index) => issue(index, `A${100 + index}`));
  const calls = Array.from({ length: 4 }, (_, index) =>
    step(20 + index, 'called', { ticket: `A${200 + index}` }),
  );
  const hall = hallAfter([...flood, issue(15, 'A200'), ...calls], small);
  assert.equal(hall.calls.at(0)?.ticket, 'A200');
  assert.equal(hall.calls.at(-1)?.ticket, 'A202', 'the reserve of a quarter has an end, too');
  assert.deepEqual([size(hall.tickets), hall.counts.overflow], [13, 4]);
});

test('4.1 the day turns once at midnight of the hall, and yesterday is history', () => {
  const midnight = Date.UTC(2026, 10, 20, 16, 0, 0);
  const alarm: Note = [
    2,
    'panel',
    'emergency',
    { type: 'activated', kind: 'notice', zones: ['*'] },
  ];
  const evening = hallAfter([issue(0), step(1, 'called'), alarm]);
  assert.equal(advance(evening, config, midnight - 1), evening);
  const morning = advance(evening, config, midnight);
  assert.equal(morning.day.date, '2026-11-21');
  assert.equal(size(morning.tickets), 0);
  assert.deepEqual(morning.calls, []);
  assert.equal(morning.windows['w1']?.ticket, undefined);
  assert.ok(morning.emergencies.notice);
  assert.equal(get(morning.devices, 'disp-1')?.signals, 0);
  assert.equal(advance(morning, config, midnight - MINUTE), morning);
  const [late] = received([issue(0, 'A009')]);
  const after = fold(morning, config, { ...late!, receivedAt: midnight + 5 });
  // A live event counts on the day of its arrival, whatever its device believes; its figures are of the day of its issue.
  assert.deepEqual([size(after.tickets), after.counts.late], [1, 0]);
  assert.equal(new Ledger().follow(after).whole.issuedAt.length, 0);
});

test('4.8 reduce never mutates, keeps what it does not touch, stays plain JSON without null', () => {
  fc.assert(
    fc.property(anyHistory, (history) => {
      let hall = freeze(startHall(config, TEN));
      for (const event of history) {
        const next = reduce(hall, event, rulesOf(config));
        if (!['ticket', 'window'].includes(event.stream)) assert.equal(next.tickets, hall.tickets);
        if (event.stream !== 'evaluation') assert.equal(next.evaluations, hall.evaluations);
        hall = freeze(next);
      }
      const text = JSON.stringify(hall);
      assert.ok(!text.includes('null'));
      assert.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify(structuredClone(hall))));
      assert.equal(hall.sizes.tickets, size(hall.tickets));
      assert.equal(hall.sizes.devices, size(hall.devices));
      assert.equal(hall.counts.signals, history.length);
    }),
    { numRuns: 150 },
  );
});

test('4 the same entries give the same state, also in two halves through a checkpoint', () => {
  fc.assert(
    fc.property(anyHistory, fc.nat(120), (history, cut) => {
      const whole = history.reduce(
        (hall, event) => fold(hall, config, event),
        startHall(config, TEN),
      );
      const half = history
        .slice(0, cut)
        .reduce((hall, event) => fold(hall, config, event), startHall(config, TEN));
      const restored = JSON.parse(JSON.stringify(half)) as Hall;
      const resumed = history
        .slice(cut)
        .reduce((hall, event) => fold(hall, config, event), restored);
      assert.deepEqual(resumed, JSON.parse(JSON.stringify(whole)));
    }),
    { numRuns: 100 },
  );
});

test('4 a stream of a later version changes nothing but that its device was seen', () => {
  const before = hallAfter([issue(0)]);
  const unknown = { device: 'x-1', stream: 'weather', signal: { type: 'rain', at: TEN, id: 'w' } };
  const after = fold(before, config, { ...unknown, receivedAt: TEN } as never);
  assert.equal(get(after.devices, 'x-1')?.signals, 1);
  assert.deepEqual(after.tickets, before.tickets);
});

function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const part of Object.values(value)) freeze(part);
  }
  return value;
}
