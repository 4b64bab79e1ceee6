// SPEC §4.1–4.4, §4.9, §8: a number is not a person, a window has one visit, and figures stay sane where devices say little.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { advance } from '../../hall/reduce.ts';
import { get, values } from '../../hall/table.ts';
import { cutView } from '../../hall/view/index.ts';
import type { LiveView } from '../../hall/view/live.ts';
import { Pipeline } from './pipeline.ts';
import { MINUTE, sampleHall, TEN } from './sample.ts';

const SECOND = 1_000;
let next = 0;
const id = () => `v-${++next}`;
const at = (minute: number) => TEN + minute * MINUTE;

class Day extends Pipeline {
  issue(minute: number, ticket: string, more: object = {}, device = 'disp-1'): this {
    const signal = { type: 'issued', id: id(), ticket, queue: 'q1', ...more };
    this.say(device, 'ticket', signal, at(minute));
    return this;
  }

  step(minute: number, type: string, ticket: string, window = 'w1', more: object = {}): this {
    this.say('caller-1', 'ticket', { type, id: id(), ticket, window, ...more }, at(minute));
    return this;
  }

  window(minute: number, state: string, window = 'w1'): this {
    this.say('caller-1', 'window', { type: 'state', window, state }, at(minute));
    return this;
  }

  serve(ticket: string, called: number, serving: number, completed: number): this {
    this.step(called, 'called', ticket);
    this.step(serving, 'serving', ticket);
    return this.step(completed, 'completed', ticket);
  }
}

test('4.2.6 a number given out again: both visits have their figures', () => {
  const hall = new Day();
  hall.issue(0, 'A001').serve('A001', 10, 11, 20).issue(60, 'A001');
  const between = hall.live(at(61));
  assert.deepEqual([between.figures.issued, between.figures.waiting], [2, 1]);
  assert.equal(between.queues['q1']?.longestSince, at(60));
  hall.serve('A001', 65, 66, 76);
  const { figures, windows } = hall.live(at(80));
  assert.equal(figures.completed, 2);
  assert.deepEqual(windows['w1']?.serviceMs, { mean: 9.5 * MINUTE, n: 2 });
  assert.deepEqual(figures.meanWaitMs, { value: 8.5 * MINUTE, n: 2 });
});

test('4.3 a sign shows what the state of its window says, nothing else', () => {
  const hall = new Day();
  hall.issue(0, 'A005').step(1, 'called', 'A005');
  assert.equal(hall.sign(at(1)), 'A005');
  for (const state of ['idle', 'paused', 'closed']) {
    hall.window(2, state);
    assert.equal(hall.sign(at(3)), undefined, state);
    assert.equal(hall.live(at(3)).windows['w1']?.ticket, undefined);
  }
  const two = new Day();
  two.issue(0, 'A001').issue(0, 'A002');
  two.step(1, 'called', 'A001').serve('A002', 2, 3, 9);
  assert.equal(two.sign(at(10)), undefined, 'not back to a former number');
});

test('4.9 a caller that only calls: a next call ends the one before, and figures are estimated', () => {
  const hall = new Day();
  const numbers = Array.from({ length: 8 }, (_, index) => `C02${index}`);
  for (const number of numbers) hall.issue(0, number);
  numbers.forEach((number, index) => hall.step(5 * (index + 1), 'called', number));
  const now = at(41);
  const live = hall.live(now);
  assert.equal(live.figures.waiting, 0, 'the last one is taken to be served after a minute');
  assert.equal(live.figures.completed, 7);
  assert.deepEqual(live.windows['w1']?.serviceMs, { mean: 4 * MINUTE, n: 7 });
  assert.equal(live.figures.meanWaitMs?.n, 8);
  assert.ok(live.notes?.some((note) => note.id === 'caller-1' && note.en.includes('calls alone')));
  assert.ok(hall.lines.some(({ marks }) => marks.includes('inferred')));
  assert.equal(hall.hall.counts.irregular, 0);
});

test('4.9 a call that is followed by the next within seconds found nobody; a caller that tells all is believed', () => {
  const hall = new Day();
  hall.issue(0, 'A1').issue(0, 'A2').issue(0, 'A3');
  hall.step(1, 'called', 'A1').step(1.2, 'called', 'A2');
  assert.equal(get(hall.hall.tickets, 'A1')?.state, 'missed');
  assert.deepEqual(
    hall.board(at(1.3)),
    ['A1 w1 called', 'A2 w1 called'],
    'it has its time on the board',
  );
  hall.step(1.5, 'serving', 'A1');
  assert.equal(
    get(hall.hall.tickets, 'A1')?.state,
    'serving',
    'a report outweighs what was inferred',
  );
  hall.step(5, 'completed', 'A1').step(6, 'called', 'A2').step(9, 'called', 'A3');
  assert.equal(
    get(hall.hall.tickets, 'A2')?.state,
    'missed',
    'who tells of services did not serve',
  );
});

test('4.9 called and completed without a begin of service has a wait and a service', () => {
  const hall = new Day();
  hall.issue(0, 'A1').step(5, 'called', 'A1').step(15, 'completed', 'A1');
  const { figures, windows } = hall.live(at(16));
  assert.deepEqual(figures.meanWaitMs, { value: 6 * MINUTE, n: 1 });
  assert.deepEqual(windows['w1']?.serviceMs, { mean: 9 * MINUTE, n: 1 });
  assert.equal(hall.hall.counts.irregular, 0);
});

test('4.9 what follows from a call is a setting of the hall and of each device', () => {
  const keep = new Day(sampleHall((yaml) => `${yaml}\ncallers: { next_call: keep }\n`));
  keep.issue(0, 'A1').issue(0, 'A2').step(1, 'called', 'A1').step(5, 'called', 'A2');
  assert.equal(get(keep.hall.tickets, 'A1')?.state, 'called');
  const own = sampleHall((yaml) =>
    yaml.replace(
      '{ id: caller-1, kind: caller, window: w1 }',
      '{ id: caller-1, kind: caller, window: w1, caller: { next_call: no_show } }',
    ),
  );
  const missed = new Day(own);
  missed.issue(0, 'A1').issue(0, 'A2').step(1, 'called', 'A1').step(5, 'called', 'A2');
  assert.equal(get(missed.hall.tickets, 'A1')?.state, 'missed');
});

test('4.9 a service that nobody ended ends with its window’s closing and is left out of means', () => {
  const hall = new Day();
  hall.issue(0, 'A000').serve('A000', 1, 2, 8);
  hall
    .issue(10, 'A001')
    .step(11, 'called', 'A001')
    .step(12, 'serving', 'A001')
    .window(22, 'closed');
  assert.equal(hall.live(at(23)).figures.serving, 0);
  hall.window(30, 'idle').step(200, 'completed', 'A001');
  const { windows, figures } = hall.live(at(201));
  assert.deepEqual(windows['w1']?.serviceMs, { mean: 6 * MINUTE, n: 1 });
  assert.equal(figures.completed, 2);
  hall.issue(202, 'A003').issue(202, 'A004');
  const band = hall.live(at(203)).queues['q1']?.band;
  assert.ok(band && band.to <= 60, `${band?.from}–${band?.to}`);
  const forgotten = new Day();
  forgotten.issue(0, 'A1').step(1, 'called', 'A1').step(2, 'serving', 'A1');
  forgotten.tick(at(2) + 121 * MINUTE);
  assert.equal(get(forgotten.hall.tickets, 'A1')?.inferredEnd, 'limit');
  assert.equal(forgotten.hall.windows['w1']?.state, 'idle');
});

test('4.2.8 an appointment waits from the later of its time and its arrival, and stands apart until then', () => {
  const hall = new Day();
  hall.window(-1, 'idle');
  for (let n = 0; n < 10; n++) {
    hall.issue(0, `Y00${n}`, { channel: 'mobile', appointment_at: at(60) }, 'app');
  }
  hall.issue(1, 'A001');
  const queue = hall.live(at(2)).queues['q1'];
  assert.deepEqual([queue?.waiting, queue?.notYet, queue?.longestTicket], [1, 10, 'A001']);
  assert.ok((queue?.band?.to ?? 99) <= 20);
  hall.say('gate', 'ticket', { type: 'arrived', id: id(), ticket: 'Y000' }, at(50));
  assert.equal(hall.live(at(51)).queues['q1']?.waiting, 1, 'early is not waiting yet');
  assert.equal(hall.live(at(61)).queues['q1']?.waiting, 2, 'its time has come');
  hall.step(70, 'called', 'Y001').step(71, 'serving', 'Y001');
  hall.step(80, 'called', 'Y000').step(81, 'serving', 'Y000');
  assert.deepEqual(hall.live(at(82)).figures.meanWaitMs, { value: ((1 + 21) * MINUTE) / 2, n: 2 });
});

test('4.1 a hall that is open at midnight keeps its queue, its calls and windows', () => {
  const night = sampleHall((yaml) =>
    yaml.replace('daily: ["08:30-12:00", "13:30-17:30"]', 'daily: ["00:00-24:00"]'),
  );
  const midnight = 14 * 60;
  const hall = new Day(night);
  hall
    .issue(midnight - 3, 'A001')
    .issue(midnight - 2, 'A002')
    .issue(midnight - 2, 'A003');
  hall.step(midnight - 1, 'called', 'A002').step(midnight - 0.5, 'serving', 'A002');
  const after = hall.live(at(midnight + 0.1));
  assert.deepEqual([after.figures.waiting, after.figures.serving, after.figures.issued], [2, 1, 0]);
  assert.equal(hall.sign(at(midnight + 0.1)), 'A002');
  hall.step(midnight + 1, 'completed', 'A002').step(midnight + 2, 'called', 'A001');
  assert.deepEqual(hall.board(at(midnight + 2)), ['A001 w1 called']);
  hall.step(midnight + 3, 'serving', 'A001').step(midnight + 4, 'completed', 'A001');
  hall.issue(midnight + 5, 'A001');
  const { figures } = hall.live(at(midnight + 6));
  assert.deepEqual([figures.issued, figures.waiting, figures.completed], [1, 2, 2]);
  assert.deepEqual(
    figures.meanWaitMs,
    { value: 6 * MINUTE, n: 1 },
    'over midnight, on the day of its service',
  );
});

test('4.4 flows of two gates that cross lose nobody; a count is the truth of its moment', () => {
  const hall = new Pipeline();
  const flow = (device: string, second: number, fields: object) =>
    hall.say(
      device,
      'occupancy',
      { type: 'flow', zone: 'z1', id: id(), ...fields },
      TEN + second * SECOND + 500,
    );
  hall.say(
    'gate-e',
    'occupancy',
    { type: 'count', zone: 'z1', present: 20, at: TEN - MINUTE },
    TEN,
  );
  for (let n = 0; n < 50; n++) {
    flow('gate-e', n * 60, { in: 0, out: 1, at: TEN + n * MINUTE + 5 * SECOND });
    flow('gate-f', n * 60, { in: 1, out: 0, at: TEN + n * MINUTE + 4 * SECOND });
  }
  assert.equal(hall.hall.occupancy['z1']?.present, 20);
  for (let n = 0; n < 50; n++) {
    flow('gate-b', 4000 + n * 60, { in: 0, out: 25 });
    flow('gate-a', 4001 + n * 60, { in: 25, out: 0 });
  }
  assert.equal(hall.hall.occupancy['z1']?.present, 20);
});

test('4.7 strangers use up half of the places, devices of the hall file have the others', () => {
  const small = sampleHall((yaml) => `${yaml}\nlimits: { tickets_max: 20, devices_max: 10 }\n`);
  const hall = new Day(small);
  for (let n = 0; n < 30; n++) hall.issue(0, `X${n}`, {}, `stranger-${n}`);
  assert.equal(hall.hall.sizes.strangersTickets, 10 - 3, 'the first devices that had a place');
  hall.issue(1, 'A001').step(2, 'called', 'A001');
  assert.deepEqual(hall.board(at(2)), ['A001 w1 called']);
  hall.say('caller-2', 'device', { type: 'state', state: 'fault' }, at(3));
  assert.equal(get(hall.hall.devices, 'caller-2')?.state, 'fault');
  const later = advance(hall.hall, small, at(3 * 24 * 60));
  assert.equal(later.sizes.strangers, 0, 'a stranger that was not heard for a day makes room');
  assert.ok(get(later.devices, 'caller-2'));
});

test('8 whatever is forgotten, doubled or absurd, figures stay sane', () => {
  const kind = fc.constantFrom(
    ...['issued', 'called', 'recalled', 'serving', 'held', 'resumed', 'transferred', 'arrived'],
    ...['no_show', 'requeued', 'completed', 'cancelled', 'idle', 'closed', 'paused'],
  );
  const event = fc.record({
    kind,
    ticket: fc.constantFrom('A1', 'A2', 'A3', 'ａ1'),
    window: fc.constantFrom('w1', 'w2'),
    minutes: fc.nat(30),
    late: fc.constantFrom(0, 0, 0, 2, 90, 2000),
    appointment: fc.constantFrom(undefined, undefined, -30, 45),
  });
  fc.assert(
    fc.property(fc.array(event, { maxLength: 60 }), (events) => {
      const hall = new Day();
      let minute = -60;
      for (const { kind, ticket, window, minutes, late, appointment } of events) {
        minute += minutes / 10;
        const sent = { at: at(minute - late) };
        if (['idle', 'closed', 'paused'].includes(kind)) {
          const state = { type: 'state', window, state: kind, ...sent };
          hall.say('caller-1', 'window', state, at(minute));
        } else if (kind === 'issued') {
          const booked =
            appointment === undefined
              ? {}
              : { appointment_at: at(minute + appointment), channel: 'mobile' };
          hall.issue(minute, ticket, { ...sent, ...booked });
        } else hall.step(minute, kind, ticket, window, { ...sent, to_queue: 'q2' });
      }
      const now = at(minute + 1);
      const { figures, windows, queues } = hall.live(now);
      const visits = [...values(hall.hall.tickets)];
      const issued = visits.filter(
        ({ issuedAt }) => issuedAt !== undefined && issuedAt >= hall.hall.day.start,
      );
      assert.equal(figures.issued, issued.length);
      assert.ok(figures.waiting + figures.serving + figures.completed <= visits.length);
      for (const figure of [figures.meanWaitMs, figures.p90WaitMs]) {
        assert.ok(figure === undefined || (figure.value >= 0 && figure.value <= 24 * 60 * MINUTE));
      }
      for (const { share } of figures.within) assert.ok(share.value >= 0 && share.value <= 1);
      if (figures.abandonment)
        assert.ok(figures.abandonment.value >= 0 && figures.abandonment.value <= 1);
      for (const window of Object.values(windows)) {
        assert.ok(
          (window.serviceMs?.mean ?? 0) >= 0 && (window.serviceMs?.mean ?? 0) <= 24 * 60 * MINUTE,
        );
        assert.ok((window.utilisation ?? 0) >= 0 && (window.utilisation ?? 0) <= 1);
        const standing = hall.hall.windows[window.id]?.visit;
        const visit = standing === undefined ? undefined : get(hall.hall.tickets, standing);
        assert.ok(
          standing === undefined || visit !== undefined,
          'a window shows a visit that is there',
        );
      }
      for (const queue of Object.values(queues)) {
        assert.ok(
          queue.longestSince === undefined || queue.longestSince <= now,
          'nobody waits from the future',
        );
      }
      // The same entries give the same state, however often time was looked at in between.
      const again = new Day();
      for (const { entry } of hall.lines) {
        again.say(entry.device, entry.stream, entry.signal, entry.receivedAt);
      }
      again.tick(now);
      assert.deepEqual(again.hall.tickets, hall.hall.tickets);
      assert.deepEqual(again.hall.windows, hall.hall.windows);
    }),
    { numRuns: 200 },
  );
});

test('7.22 who waits in a queue that the hall file has no more stays visible until nobody is in it', () => {
  const config = sampleHall();
  const hall = new Day(config);
  hall.issue(0, 'A1').issue(0, 'B1', { queue: 'q2' });
  const none = { floors: [], zones: [], services: [], windows: [], devices: [], screens: [] };
  const without: typeof config = {
    ...config,
    queues: config.queues.filter(({ id }) => id !== 'q2'),
    removed: { ...none, queues: [{ id: 'q2', name: { zh: '不动产' }, since: at(0) }] },
  };
  const rows = (of: typeof hall) =>
    Object.values((cutView('live', of.hall, without, at(5)) as LiveView).queues).map(
      ({ name, waiting }) => [name.zh, waiting],
    );
  assert.deepEqual(rows(hall), [
    ['社会保险', 1],
    ['已撤销：不动产', 1],
  ]);
  hall.step(6, 'called', 'B1').step(7, 'serving', 'B1').step(8, 'completed', 'B1');
  assert.deepEqual(rows(hall), [['社会保险', 1]]);
});

test('4.9.3 what is told hours late has its own times, not those of the limit', () => {
  const hall = new Day();
  const told = (minute: number, type: string) =>
    hall.step(minute + 150, type, 'A1', 'w1', { at: at(minute - 60) });
  hall.issue(-70, 'A1');
  told(1, 'called');
  told(2, 'serving');
  told(11, 'completed');
  assert.deepEqual(hall.live(at(165)).windows['w1']?.serviceMs, { mean: 9 * MINUTE, n: 1 });
  // Ended by the limit first, and reported afterwards to have ended before.
  const late = new Day();
  late.issue(0, 'A1').step(1, 'called', 'A1').step(2, 'serving', 'A1');
  late.tick(at(130));
  late.step(140, 'completed', 'A1', 'w1', { at: at(11) });
  assert.deepEqual(late.live(at(141)).windows['w1']?.serviceMs, { mean: 9 * MINUTE, n: 1 });
});

test('4.9.1 a call that `idle` let go at once is ended by the next call, or the closing', () => {
  for (const [then, state] of [
    ['call', 'completed'],
    ['closed', 'missed'],
  ] as const) {
    const hall = new Day();
    hall.issue(0, 'A005').issue(0, 'A006').step(1, 'called', 'A005').window(1.1, 'idle');
    assert.equal(hall.sign(at(1.2)), undefined);
    assert.equal(get(hall.hall.tickets, 'A005')?.state, 'called');
    if (then === 'call') hall.step(10, 'called', 'A006');
    else hall.window(10, 'closed');
    assert.equal(get(hall.hall.tickets, 'A005')?.state, state);
  }
});

test('8.8 a window whose caller tells of no begin of service is in use from its first service on', () => {
  const use = (hall: Day, minute: number) => hall.live(at(minute)).windows['w1']?.utilisation;
  // Called and completed: service began a minute after the call.
  const told = new Day().window(0, 'idle').step(2, 'called', 'A1').step(8, 'completed', 'A1');
  assert.equal(use(told, 10), 0.5, 'five of ten minutes');
  // Only called: the next call ends it.
  const callsAlone = new Day().window(0, 'idle').step(2, 'called', 'A1').step(8, 'called', 'A2');
  assert.equal(use(callsAlone, 10), 0.5);
  // Called, and the window says by itself that it is idle.
  const idle = new Day().window(0, 'idle').step(2, 'called', 'A1').window(8, 'idle');
  assert.equal(use(idle, 10), 0.5);
  // Nobody came: nobody was served.
  const missed = new Day().window(0, 'idle').step(2, 'called', 'A1').step(8, 'no_show', 'A1');
  assert.equal(use(missed, 10), 0);
  // One that tells the begin is as before.
  const whole = new Day().window(0, 'idle').serve('A1', 2, 3, 8);
  assert.equal(use(whole, 10), 0.5);
});
