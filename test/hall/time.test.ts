// SPEC §2.4, §2.6, §4.2, §4.3: live events are in the order of the journal, whatever clocks say.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Pipeline } from './pipeline.ts';
import { MINUTE, sampleHall, TEN } from './sample.ts';

const SECOND = 1_000;
const DAY = 86_400_000;
let next = 0;
const id = () => `t-${++next}`;
const issued = (ticket: string, more: object = {}) => ({
  ...{ type: 'issued', id: id(), ticket, queue: 'q1' },
  ...more,
});
const step = (type: string, ticket: string, more: object = {}) => ({
  ...{ type, id: id(), ticket, window: 'w1' },
  ...more,
});

test('2.4 a live call is shown whatever its clock says, and its device’s clock is a fault', async (t) => {
  const wrong: readonly [string, number | string, string][] = [
    ['13 days behind', TEN - 13 * DAY, 'past'],
    ['6 minutes ahead', TEN + 6 * MINUTE, 'ahead'],
    ['never set', '1970-01-01T10:27:15+08:00', 'past'],
    ['before 1970', '1970-01-01T00:10:00+08:00', 'past'],
  ];
  for (const [name, at, mark] of wrong) {
    await t.test(name, () => {
      const hall = new Pipeline();
      hall.say('disp-1', 'ticket', issued('A001'), TEN);
      hall.say('caller-1', 'ticket', step('called', 'A001', { at }), TEN);
      assert.deepEqual(hall.board(TEN + SECOND), ['A001 w1 called']);
      assert.deepEqual(hall.lines.at(-1)?.marks, [mark]);
      assert.equal(hall.lines.at(-1)?.entry.at, TEN);
      assert.equal((hall.lines.at(-1)?.entry.signal as { at: unknown }).at, at, 'kept as sent');
    });
  }
});

test('2.4 a device whose clock is known is corrected; set right, it is not', () => {
  const hall = new Pipeline();
  for (let n = 0; n < 4; n++) {
    const now = TEN + n * 15 * SECOND;
    hall.say('disp-1', 'ticket', issued(`A10${n}`, { at: now - 20 * MINUTE }), now);
  }
  const now = TEN + 2 * MINUTE;
  hall.say('disp-1', 'ticket', issued('A001', { at: now - 20 * MINUTE - 3 * SECOND }), now);
  assert.deepEqual(hall.lines.at(-1)?.marks, ['corrected']);
  assert.equal(hall.lines.at(-1)?.entry.at, now - 3 * SECOND);
  const ahead = new Pipeline();
  ahead.say('caller-1', 'ticket', step('called', 'A1', { at: TEN + 6 * MINUTE }), TEN);
  ahead.say('caller-1', 'ticket', step('called', 'A2', { at: TEN + 5 * SECOND }), TEN + 5 * SECOND);
  assert.deepEqual(ahead.lines.at(-1)?.entry.at, TEN + 5 * SECOND);
  assert.ok(ahead.board(TEN + 6 * SECOND).includes('A2 w1 called'));
});

test('2.4 too far back and no live event is a dead letter', () => {
  const hall = new Pipeline();
  const old = { at: TEN - 8 * DAY };
  hall.say('caller-1', 'ticket', step('called', 'A1', old), TEN, true);
  assert.deepEqual(hall.reasons, ['past']);
  for (let n = 0; n < 4; n++) {
    const now = TEN + n * 15 * SECOND;
    hall.say('caller-1', 'ticket', step('recalled', 'A1', { at: now - 5 }), now);
  }
  hall.say('caller-1', 'ticket', step('called', 'A1', old), TEN + 2 * MINUTE);
  assert.deepEqual(hall.reasons, ['past', 'past']);
});

test('4.3 a window’s device whose clock is ahead hides no call from its sign', () => {
  const hall = new Pipeline();
  const idle = { type: 'state', window: 'w1', state: 'idle', at: TEN + MINUTE };
  hall.say('pad-1', 'window', idle, TEN);
  hall.say('disp-1', 'ticket', issued('A001'), TEN + SECOND);
  hall.say('qs', 'ticket', step('called', 'A001'), TEN + SECOND);
  for (const seconds of [2, 27, 90]) {
    assert.equal(hall.sign(TEN + seconds * SECOND), 'A001');
    assert.deepEqual(hall.board(TEN + seconds * SECOND), ['A001 w1 called']);
  }
});

test('2.6 what came late fills in figures and is never shown', () => {
  const hall = new Pipeline();
  hall.say('disp-1', 'ticket', issued('A001'), TEN);
  // A backlog of one visit in one message: nobody needs its calls any more.
  const at = (minute: number) => ({ at: TEN + minute * MINUTE });
  hall.say(
    'caller-1',
    'ticket',
    [
      step('called', 'A001', at(1)),
      step('serving', 'A001', at(2)),
      step('completed', 'A001', at(9)),
    ],
    TEN + 20 * MINUTE,
  );
  assert.deepEqual(hall.board(TEN + 20 * MINUTE), []);
  assert.deepEqual(
    hall.lines.slice(1).map(({ marks }) => marks),
    [['late'], ['late'], []],
  );
  const { figures, windows } = hall.live(TEN + 21 * MINUTE);
  assert.equal(figures.completed, 1);
  assert.equal(figures.meanWaitMs?.value, 2 * MINUTE);
  assert.deepEqual(windows['w1']?.serviceMs, { mean: 7 * MINUTE, n: 1 });
});

test('2.6 a retained message moves no visit and no window that is known', () => {
  const hall = new Pipeline();
  hall.say('disp-1', 'ticket', issued('A001'), TEN);
  hall.say('caller-1', 'ticket', step('called', 'A001'), TEN, true);
  assert.deepEqual(hall.board(TEN), []);
  hall.say('caller-1', 'ticket', step('called', 'A001'), TEN + SECOND);
  const closed = { type: 'state', window: 'w1', state: 'closed' };
  hall.say('caller-1', 'window', closed, TEN + 2 * SECOND, true);
  assert.equal(hall.sign(TEN + 3 * SECOND), 'A001');
  assert.deepEqual(hall.lines.at(-1)?.marks, ['late', 'retained']);
});

const offset = fc.oneof(
  fc.constant(0),
  fc.integer({ min: -20 * DAY, max: 20 * DAY }),
  fc.integer({ min: -10 * MINUTE, max: 10 * MINUTE }),
);
/** How a device's clock is wrong: constantly, drifting, or stepping once in the day. */
interface Wrong {
  readonly offset: number;
  readonly drift: number;
  readonly stepTo: number;
  readonly stepAt: number;
}

/** A step back by over a minute looks like a delay at first: of that below. */
const wrong: fc.Arbitrary<Wrong> = fc
  .record({
    offset,
    drift: fc.constantFrom(0, 0, 0.001, -0.001, 0.01),
    step: fc.integer({ min: -40 * SECOND, max: 10 * DAY }),
    stepAt: fc.nat(60),
  })
  .map(({ step, ...rest }) => ({ ...rest, stepTo: rest.offset + step }));

function clockTime({ offset, drift, stepTo, stepAt }: Wrong, now: number): number {
  const since = now - TEN;
  const base = since < stepAt * MINUTE ? offset : stepTo;
  return Math.max(0, Math.round(now + base + since * drift));
}

test('2.4 whatever clocks do, each live call is on the board and figures stay within the day', () => {
  fc.assert(
    fc.property(
      fc.record({ dispenser: wrong, caller: wrong, pad: wrong }),
      fc.array(
        fc.record({
          wait: fc.nat(20),
          service: fc.integer({ min: 1, max: 20 }),
          twice: fc.boolean(),
        }),
        {
          minLength: 1,
          maxLength: 12,
        },
      ),
      (clocks, visits) => {
        const hall = new Pipeline(
          sampleHall((yaml) =>
            yaml.replace('daily: ["08:30-12:00", "13:30-17:30"]', 'daily: ["00:00-24:00"]'),
          ),
        );
        let now = TEN;
        const say = (device: string, clock: Wrong, message: object, twice: boolean) => {
          const sent = { ...message, at: clockTime(clock, now) };
          hall.say(device, 'ticket', sent, now);
          // At least once is once.
          if (twice) hall.say(device, 'ticket', sent, now + 3);
        };
        visits.forEach(({ wait, service, twice }, index) => {
          const ticket = `A${100 + index}`;
          say('disp-1', clocks.dispenser, issued(ticket), twice);
          now += wait * MINUTE;
          const idle = {
            type: 'state',
            window: 'w1',
            state: 'idle',
            at: clockTime(clocks.pad, now),
          };
          hall.say('pad-1', 'window', idle, now);
          now += 5 * SECOND + 1;
          say('caller-1', clocks.caller, step('called', ticket), twice);
          assert.ok(
            hall.board(now + SECOND).includes(`${ticket} w1 called`),
            'a live call is shown',
          );
          assert.equal(hall.sign(now + SECOND), ticket);
          now += 20 * SECOND;
          say('caller-1', clocks.caller, step('serving', ticket), twice);
          assert.ok(hall.board(now + SECOND).includes(`${ticket} w1 serving`));
          now += service * MINUTE;
          say('caller-1', clocks.caller, step('completed', ticket), twice);
        });
        const { figures, windows } = hall.live(now + MINUTE);
        // A clock that is off by half a day, and not known yet, puts its first visits into another day.
        assert.ok(figures.completed <= visits.length);
        assert.equal(figures.waiting, 0);
        const service = windows['w1']?.serviceMs;
        assert.ok((service?.n ?? 0) <= visits.length);
        const longest = Math.max(...visits.map((visit) => visit.service));
        assert.ok((service?.mean ?? 0) <= (longest + 20) * MINUTE);
        assert.ok((service?.mean ?? 0) >= 0);
        assert.deepEqual(
          hall.reasons.filter((reason) => reason !== 'past'),
          [],
        );
      },
    ),
    { numRuns: 150 },
  );
});

test('4.5.3 a device whose clock was set back is believed to be late once, then its calls are shown', () => {
  const hall = new Pipeline();
  const call = (ticket: string, minute: number, behind: number) => {
    const now = TEN + minute * MINUTE;
    hall.say('disp-1', 'ticket', issued(ticket), now);
    hall.say('pad-1', 'window', { type: 'state', window: 'w1', state: 'idle' }, now + SECOND);
    const at = now + 2 * SECOND - behind - 20;
    hall.say('caller-1', 'ticket', step('called', ticket, { at }), now + 2 * SECOND);
    return hall.board(now + 3 * SECOND).includes(`${ticket} w1 called`);
  };
  for (let n = 0; n < 5; n++) assert.ok(call(`A10${n}`, n, 0));
  const shown = [5, 6, 7, 8, 9].map((minute) => call(`A20${minute}`, minute, 30 * MINUTE));
  assert.deepEqual(shown.slice(1), [true, true, true, true]);
});
