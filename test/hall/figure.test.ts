// SPEC §8: the figures exactly, each with its n, absent where n = 0; and the ledger that keeps them event by event.
import type { Interval } from '../../hall/interval.ts';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  abandonment,
  arrivalsPerHour,
  awayRate,
  availability,
  badReviews,
  callDelivery,
  censoredWaits,
  Ledger,
  load,
  longest,
  meanWait,
  occupancyRate,
  onTheSpot,
  givenLevels,
  participation,
  passed,
  peak,
  satisfaction,
  seatRate,
  serviceMs,
  serviceTime,
  tallyOf,
  utilisation,
  waits,
  within,
} from '../../hall/figure.ts';
import { fold, startHall } from '../../hall/reduce.ts';
import type { Evaluations, Hall, Ticket, WindowLive } from '../../hall/state.ts';
import { get, values } from '../../hall/table.ts';
import { MINUTE, received, sampleHall, anyHistory, TEN, type Note } from './sample.ts';

const config = sampleHall();
/** 08:30–12:00 and 13:30–17:30 of the sample day. */
const OPEN: readonly Interval[] = [
  [TEN - 90 * MINUTE, TEN + 120 * MINUTE],
  [TEN + 210 * MINUTE, TEN + 450 * MINUTE],
];

function hallAfter(notes: readonly Note[]): Hall {
  return received(notes).reduce(
    (hall, event) => fold(hall, config, event),
    startHall(config, TEN - 60 * MINUTE),
  );
}

/** One ticket's way, in minutes after ten. */
function way(
  ticket: string,
  issued: number,
  called?: number,
  serving?: number,
  completed?: number,
) {
  const notes: Note[] = [[issued, 'disp-1', 'ticket', { type: 'issued', ticket, queue: 'q1' }]];
  const step = (minute: number | undefined, type: string) => {
    if (minute === undefined) return;
    notes.push([minute, 'caller-1', 'ticket', { type, ticket, window: 'w1' }]);
  };
  step(called, 'called');
  step(serving, 'serving');
  step(completed, 'completed');
  return notes;
}

function inOrder(...notes: Note[][]): Note[] {
  return notes.flat().sort((a, b) => a[0] - b[0]);
}

function tallyAfter(notes: readonly Note[]) {
  const hall = hallAfter(notes);
  return tallyOf(values(hall.tickets), hall.day.open);
}

test('8.1 wait: first serving less first issued; mean, quantiles and max with their n', () => {
  const notes = inOrder(way('A1', 0, 5, 6, 10), way('A2', 0, 11, 12, 20), way('A3', 1, 21, 22));
  const tally = tallyAfter(notes);
  assert.deepEqual(waits(tally), {
    n: 3,
    mean: (13 * 60_000 * 3) / 3,
    p50: 12 * MINUTE,
    p90: 21 * MINUTE,
    max: 21 * MINUTE,
  });
  assert.deepEqual(meanWait(tally), { value: 13 * MINUTE, n: 3 });
  assert.deepEqual(serviceTime(tally), { value: 6 * MINUTE, n: 2 });
});

test('8.1 an appointment waits from the later of appointment and check-in', () => {
  const early: Note = [
    0,
    'disp-1',
    'ticket',
    { type: 'issued', ticket: 'A1', queue: 'q1', appointment_at: TEN + 10 * MINUTE },
  ];
  const late: Note = [
    0,
    'disp-1',
    'ticket',
    { type: 'issued', ticket: 'A2', queue: 'q1', appointment_at: TEN - 10 * MINUTE },
  ];
  const serve = (ticket: string): Note[] => way(ticket, 0, 14, 15).slice(1);
  const hall = hallAfter([early, late, ...serve('A1'), ...serve('A2')]);
  const tally = tallyOf(values(hall.tickets), OPEN);
  assert.deepEqual(tally.waits, [5 * MINUTE, 15 * MINUTE]);
});

test('8.1 a transfer keeps the first issue and the first wait', () => {
  const notes: Note[] = [
    ...way('A1', 0, 3, 4),
    [9, 'caller-1', 'ticket', { type: 'transferred', ticket: 'A1', to_queue: 'q2', window: 'w1' }],
    [30, 'caller-2', 'ticket', { type: 'called', ticket: 'A1', window: 'w2' }],
    [31, 'caller-2', 'ticket', { type: 'serving', ticket: 'A1', window: 'w2' }],
  ];
  const tally = tallyAfter(notes);
  assert.deepEqual(tally.waits, [4 * MINUTE]);
});

test('8.1 waits are cut to opening hours: lunch does not count, nor what lies wholly outside', () => {
  const overLunch = inOrder(way('A1', 110, 211, 215), way('A2', 130, 140, 150));
  const tally = tallyAfter(overLunch);
  assert.deepEqual(tally.waits, [15 * MINUTE]);
});

test('8.2 who is called still waits until service begins; the longest is the oldest of them', () => {
  const tally = tallyAfter(inOrder(way('A1', 0, 5), way('A2', 1), way('A3', 2, 4, 5)));
  assert.equal(tally.waiting.length, 2);
  assert.equal(tally.queued, 1);
  assert.deepEqual(longest(tally), { ticket: 'A1', since: TEN, isCalled: true });
});

test('8.2 who was served and sent on waits anew from the transfer', () => {
  const notes: Note[] = [
    ...way('A1', 0, 3, 4),
    [9, 'caller-1', 'ticket', { type: 'transferred', ticket: 'A1', to_queue: 'q2', window: 'w1' }],
  ];
  assert.deepEqual(longest(tallyAfter(notes)), {
    ...{ ticket: 'A1', since: TEN + 9 * MINUTE, isCalled: false },
  });
});

test('8.3 the censored figure adds those who still wait, so that a stuck queue looks stuck', () => {
  const notes = inOrder(way('A1', 0, 1, 2), way('A2', 0), way('A3', 0));
  const tally = tallyAfter(notes);
  assert.equal(waits(tally)?.mean, 2 * MINUTE);
  const censored = censoredWaits(tally, TEN + 50 * MINUTE);
  assert.equal(censored?.n, 3);
  assert.equal(censored?.mean, 34 * MINUTE);
  assert.equal(censored?.max, 50 * MINUTE);
});

test('8.4 within T: began within ÷ (began + gave up after T + still waiting beyond T)', () => {
  const miss = (ticket: string, minute: number): Note => [
    minute,
    'caller-1',
    'ticket',
    { type: 'no_show', ticket, window: 'w1' },
  ];
  const notes = inOrder(
    way('A1', 0, 4, 5),
    way('A2', 0, 14, 15),
    [...way('A3', 0, 19), miss('A3', 20)], // gave up after T
    [...way('A4', 10, 17), miss('A4', 18)], // gave up before T: nobody can say
    way('A5', 0), // waits beyond T
    way('A6', 25), // waits, not beyond T
  );
  const now = TEN + 30 * MINUTE;
  assert.deepEqual(within(tallyAfter(notes), 10 * MINUTE, now), { value: 1 / 4, n: 4 });
  assert.deepEqual(within(tallyAfter(notes), 40 * MINUTE, now), { value: 1, n: 2 });
});

test('8.5 service time leaves out what was held', () => {
  const notes: Note[] = [
    ...way('A1', 0, 1, 2),
    [5, 'caller-1', 'ticket', { type: 'held', ticket: 'A1', window: 'w1' }],
    [25, 'caller-1', 'ticket', { type: 'resumed', ticket: 'A1', window: 'w1' }],
    [27, 'caller-1', 'ticket', { type: 'completed', ticket: 'A1', window: 'w1', outcome: 'done' }],
  ];
  const hall = hallAfter(notes);
  const ticket = get(hall.tickets, 'A1');
  assert.equal(ticket && serviceMs(ticket), 5 * MINUTE);
});

test('8.6 abandonment: no-shows without return ÷ (issued − cancelled)', () => {
  const notes: Note[] = [
    ...inOrder(way('A1', 0, 3), way('A2', 0, 3), way('A3', 1), way('A4', 1)),
    [4, 'caller-1', 'ticket', { type: 'no_show', ticket: 'A1', window: 'w1' }],
    [4, 'caller-1', 'ticket', { type: 'no_show', ticket: 'A2', window: 'w1' }],
    [5, 'caller-1', 'ticket', { type: 'requeued', ticket: 'A2' }],
    [6, 'disp-1', 'ticket', { type: 'cancelled', ticket: 'A4' }],
  ];
  assert.deepEqual(abandonment(tallyAfter(notes)), { value: 1 / 3, n: 3 });
});

test('8.7 on the spot: done ÷ completed, absent where no outcome is ever told', () => {
  const done: Note = [
    9,
    'caller-1',
    'ticket',
    { type: 'completed', ticket: 'A2', window: 'w1', outcome: 'done' },
  ];
  const untold = inOrder(way('A1', 0, 1, 2, 3), way('A2', 0, 4, 5));
  assert.equal(onTheSpot(tallyAfter(untold)), undefined);
  assert.deepEqual(onTheSpot(tallyAfter([...untold, done])), { value: 0.5, n: 2 });
});

test('8.8 utilisation: serving ÷ (idle + calling + serving + paused), its running state cut to opening hours', () => {
  const window: WindowLive = {
    state: 'serving',
    since: TEN + 110 * MINUTE,
    at: TEN + 110 * MINUTE,
    device: 'caller-1',
    spentMs: { idle: 20 * MINUTE, paused: 10 * MINUTE, away: 60 * MINUTE, closed: 600 * MINUTE },
  };
  // Over lunch only the ten minutes until twelve count.
  const figure = utilisation(window, OPEN, TEN + 200 * MINUTE);
  assert.deepEqual(figure, { value: 0.25, n: 40 });
  assert.equal(utilisation({ ...window, since: TEN, spentMs: {} }, OPEN, TEN), undefined);
});

test('8.9 load: arrivals per hour × service minutes ÷ windows ÷ 60; the rate over an hour, or since opening', () => {
  const tally = tallyAfter(inOrder(way('A1', 0, 1, 2, 12), way('A2', 5), way('A3', 40)));
  const arrivals = arrivalsPerHour(tally, TEN + 60 * MINUTE);
  assert.deepEqual(arrivals, { value: 3, n: 3 });
  assert.deepEqual(arrivalsPerHour(tally, TEN + 63 * MINUTE), { value: 2, n: 2 });
  assert.deepEqual(load(arrivals, serviceTime(tally), 2), { value: (3 * 10) / 2 / 60, n: 3 });
  assert.equal(load(arrivals, serviceTime(tally), 0), undefined);
  const morning = tallyAfter(inOrder(way('A1', -60), way('A2', -50)));
  assert.deepEqual(arrivalsPerHour(morning, TEN - 50 * MINUTE), { value: 3, n: 2 });
  assert.equal(arrivalsPerHour(morning, TEN + 150 * MINUTE), undefined, 'closed over lunch');
});

test('8.10 peak: the busiest rolling hour, and how far above the mean', () => {
  const tally = tallyAfter(inOrder(way('A1', -60), way('A2', 0), way('A3', 30), way('A4', 59)));
  const found = peak(tally, TEN + 90 * MINUTE);
  assert.deepEqual(found, { from: TEN, arrivals: 3, toMean: 3 / (4 / 3), n: 4 });
});

test('8.11 satisfaction, bad reviews and participation count what visitors gave, defaults apart', () => {
  const windows: Evaluations[] = [
    { given: [1, 0, 2, 3, 4], defaulted: [0, 0, 0, 0, 50], at: TEN },
    { given: [0, 2, 0, 0, 0], defaulted: [9, 0, 0, 0, 0], at: TEN },
  ];
  assert.deepEqual(satisfaction(givenLevels(windows)), { value: 9 / 12, n: 12 });
  assert.deepEqual(badReviews(givenLevels(windows)), { value: 3 / 12, n: 12 });
  assert.deepEqual(participation(givenLevels(windows), 40), { value: 12 / 40, n: 40 });
  assert.equal(
    satisfaction(givenLevels([{ given: [0, 0, 0, 0, 0], defaulted: [0, 0, 0, 0, 5], at: 0 }])),
    undefined,
  );
});

test('8.12 places, seats and absence', () => {
  const occupancy = { present: 90, in: 0, out: 0, at: TEN, device: 'counter-1' };
  assert.equal(occupancyRate(occupancy, 120)?.value, 0.75);
  assert.deepEqual(seatRate(20, 80), { value: 0.25, n: 80 });
  assert.equal(awayRate(30 * MINUTE, 10 * MINUTE, 200 * MINUTE)?.value, 0.1);
  assert.equal(awayRate(30 * MINUTE, 0, 0), undefined, 'no schedule is known');
  assert.equal(passed(20 * MINUTE + 1, [10, 20, 40]), 2);
  assert.equal(passed(10 * MINUTE, [10, 20, 40]), 0);
  assert.deepEqual(
    [0.85, 0.86, 1.01].map((load) => passed(load, [0.85, 1], 1)),
    [0, 1, 2],
  );
});

test('8.12 devices: unplanned down ÷ scheduled on; calls: seen within 2 s, lost', () => {
  const hour = 60 * MINUTE;
  const spent = { online: 5 * hour, degraded: hour, offline: hour, fault: hour, maintenance: hour };
  assert.deepEqual(availability(spent), { value: 6 / 8, n: 480 });
  assert.equal(availability({ maintenance: hour }), undefined);
  const delivered = callDelivery([100, 1999, 2001, undefined]);
  assert.deepEqual(delivered, { inTime: { value: 0.5, n: 4 }, lost: 1 });
  assert.equal(callDelivery([]), undefined);
});

test('8.13 no figure is made of nothing', () => {
  const none = tallyOf([], OPEN);
  const figures = [waits, serviceTime, abandonment, onTheSpot, longest, meanWait];
  for (const figure of figures) assert.equal(figure(none), undefined);
  assert.equal(within(none, MINUTE, TEN), undefined);
  assert.equal(censoredWaits(none, TEN), undefined);
  assert.equal(peak(none, TEN), undefined);
});

test('8.14 the ledger that follows a hall event by event holds what a new one holds', () => {
  fc.assert(
    fc.property(anyHistory, (events) => {
      const ledger = new Ledger();
      let hall = startHall(config, TEN);
      ledger.follow(hall);
      for (const event of events) {
        hall = fold(hall, config, event);
        ledger.follow(hall);
      }
      const fresh = new Ledger().follow(hall);
      for (const of of [
        (each: Ledger) => each.whole,
        (each: Ledger) => each.queue('q1'),
        (each: Ledger) => each.queue('q2'),
        (each: Ledger) => each.window('w1'),
        (each: Ledger) => each.window('w2'),
      ]) {
        assert.deepEqual({ ...of(ledger), version: 0 }, { ...of(fresh), version: 0 });
      }
    }),
    { numRuns: 150 },
  );
});

test('8.14 a tally does not depend on the order of its tickets', () => {
  fc.assert(
    fc.property(anyHistory, fc.infiniteStream(fc.nat()), (events, numbers) => {
      const hall = events.reduce((h, event) => fold(h, config, event), startHall(config, TEN));
      const tickets: Ticket[] = [...values(hall.tickets)];
      const shuffled = tickets
        .map((ticket) => ({ ticket, key: numbers.next().value ?? 0 }))
        .sort((a, b) => a.key - b.key)
        .map(({ ticket }) => ticket);
      const now = TEN + 30 * MINUTE;
      const [a, b] = [tallyOf(tickets, OPEN), tallyOf(shuffled, OPEN)];
      assert.deepEqual(a, b);
      const share = within(a, 5 * MINUTE, now);
      assert.ok(share === undefined || (share.value >= 0 && share.value <= 1));
    }),
    { numRuns: 100 },
  );
});
