// SPEC §7.4, §7.23: what a board shows of calls that ended, and of visits whose call nobody remembers: boards, signs and the
// live page tell the same.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { withRemoved, lastHallOf } from '../../hall/config/removed.ts';
import { cutView } from '../../hall/view/index.ts';
import type { BoardCall, BoardView } from '../../hall/view/board.ts';
import type { LiveView } from '../../hall/view/live.ts';
import type { SignView } from '../../hall/view/sign.ts';
import { Pipeline } from './pipeline.ts';
import { MINUTE, sampleHall, TEN } from './sample.ts';

const SECOND = 1_000;
const config = sampleHall(
  (yaml) => `${yaml.trimEnd()}
  - { id: sign-2, layout: window, window: w2 }
  - { id: sign-3, layout: window, window: w3 }
  - { id: lobby, layout: calls }
`,
);
const SIGNS = { w1: 'sign-1', w2: 'sign-2', w3: 'sign-3' };

let ids = 0;
const id = () => `b-${++ids}`;
const step = (type: string, ticket: string, window = 'w1', more: object = {}) => ({
  ...{ type, id: id(), ticket, window },
  ...more,
});

function calls(hall: Pipeline, now: number, screen = 'b1'): readonly BoardCall[] {
  hall.tick(now);
  const view = cutView(`screen:${screen}`, hall.hall, hall.config, now) as BoardView;
  return Object.values(view.calls);
}

/** Every window's sign, boards and the live page name the same visit by the same id, or none. */
function agree(hall: Pipeline, now: number): void {
  hall.tick(now);
  const cut = (name: string) => cutView(name, hall.hall, hall.config, now);
  const live = cut('live') as LiveView;
  for (const [window, sign] of Object.entries(SIGNS)) {
    const { call } = cut(`screen:${sign}`) as SignView;
    const told = live.windows[window]?.ticket;
    assert.deepEqual(
      told && { id: told.callId, ticket: told.ticket, state: told.state },
      call && { id: call.id, ticket: call.ticket, state: call.state },
      `live page and sign of ${window}`,
    );
    if (!call) continue;
    for (const screen of ['b1', 'lobby']) {
      const row: BoardCall | undefined = calls(hall, now, screen).find((one) => one.id === call.id);
      assert.deepEqual(
        row && [row.ticket, row.window, row.state, row.at, row.nth],
        [call.ticket, window, call.state, call.at, call.nth],
        `${screen} and sign of ${window}`,
      );
    }
  }
}

test('7.4 a call tells when its end arrived, by the gateway’s clock', () => {
  const hall = new Pipeline(config);
  hall.say('caller-1', 'ticket', step('called', 'A1'), TEN);
  assert.equal(calls(hall, TEN)[0]?.endedAt, undefined);
  hall.say('caller-1', 'ticket', step('serving', 'A1'), TEN + SECOND);
  assert.equal(calls(hall, TEN + SECOND)[0]?.endedAt, undefined);
  // By the caller's own clock that was nine minutes ago.
  const late = step('completed', 'A1', 'w1', { at: TEN - 9 * MINUTE });
  hall.say('caller-1', 'ticket', late, TEN + 2 * SECOND);
  const [ended] = calls(hall, TEN + 3 * SECOND);
  assert.deepEqual([ended?.state, ended?.endedAt], ['serving', TEN + 2 * SECOND]);
});

test('7.4 an end that nobody reported is when the message arrived from which it follows', () => {
  for (const then of [
    step('called', 'A2'),
    { type: 'state', window: 'w1', state: 'closed' },
  ] as const) {
    const hall = new Pipeline(config);
    hall.say('caller-1', 'ticket', step('called', 'A1'), TEN);
    const stream = then.type === 'state' ? 'window' : 'ticket';
    hall.say('caller-1', stream, then, TEN + 5 * SECOND);
    const ended = calls(hall, TEN + 6 * SECOND).find(({ ticket }) => ticket === 'A1');
    assert.equal(ended?.endedAt, TEN + 5 * SECOND, then.type);
  }
});

test('7.23 called and serving told together after an outage: the board shows whom the sign shows', () => {
  const hall = new Pipeline(config);
  hall.say('disp-1', 'ticket', { type: 'issued', id: id(), ticket: 'A1', queue: 'q1' }, TEN);
  const at = (seconds: number) => ({ at: TEN + seconds * SECOND });
  const both = [step('called', 'A1', 'w1', at(60)), step('serving', 'A1', 'w1', at(90))];
  hall.say('caller-1', 'ticket', both, TEN + 3 * MINUTE);
  const now = TEN + 4 * MINUTE;
  assert.equal(hall.sign(now), 'A1');
  const [row] = calls(hall, now);
  assert.deepEqual(
    [row?.ticket, row?.window, row?.state, row?.quiet],
    ['A1', 'w1', 'serving', true],
  );
  assert.match(row?.id ?? '', /^visit~\d+$/, 'no signal can have such an id');
  agree(hall, now);
  assert.equal(calls(hall, now + 10 * MINUTE)[0]?.id, row?.id, 'a stable row');
  hall.say('caller-1', 'ticket', step('recalled', 'A1'), now + 11 * MINUTE);
  const [called] = calls(hall, now + 11 * MINUTE);
  assert.deepEqual([called?.state, called?.quiet], ['called', undefined], 'a call is announced');
  hall.say('caller-1', 'ticket', step('completed', 'A1'), now + 12 * MINUTE);
  assert.deepEqual(calls(hall, now + 12 * MINUTE), [], 'and nothing is left of it');
});

test('7.23 a visit stays on the board though its call is no longer remembered', () => {
  const hall = new Pipeline(config);
  hall.say('caller-1', 'ticket', step('called', 'A1'), TEN);
  for (let n = 0; n < 250; n++) {
    hall.say('caller-2', 'ticket', step('recalled', 'B1', 'w2'), TEN + n * 100);
  }
  agree(hall, TEN + MINUTE);
  const row = calls(hall, TEN + MINUTE).find(({ ticket }) => ticket === 'A1');
  assert.deepEqual([row?.state, row?.quiet], ['called', true]);
});

test('7.23 whatever callers tell, in arrays, late or out of order: board, sign and live page agree', () => {
  const one = fc.oneof(
    fc.record({
      type: fc.constantFrom('called', 'recalled', 'serving', 'completed'),
      ticket: fc.constantFrom('A1', 'A2', 'A3', 'B1'),
      window: fc.constantFrom('w1', 'w2', 'w3'),
      ago: fc.constantFrom(0, 0, 5_000, 90_000, 600_000),
    }),
    fc.record({
      type: fc.constantFrom('issued', 'held', 'resumed', 'no_show', 'requeued', 'cancelled'),
      ticket: fc.constantFrom('A1', 'A2', 'A3', 'B1'),
      ago: fc.constantFrom(0, 0, 90_000),
    }),
  );
  const state = fc.record({
    type: fc.constant('state'),
    window: fc.constantFrom('w1', 'w2', 'w3'),
    state: fc.constantFrom('closed', 'idle', 'calling', 'serving', 'paused'),
  });
  const message = fc.record({
    signals: fc.oneof(
      { weight: 4, arbitrary: fc.array(one, { minLength: 1, maxLength: 4 }) },
      { weight: 1, arbitrary: state },
    ),
    device: fc.constantFrom('caller-1', 'caller-2', 'stranger'),
    retained: fc.boolean(),
    after: fc.constantFrom(0, 1_000, 30_000, 400_000),
  });
  fc.assert(
    fc.property(fc.array(message, { maxLength: 40 }), (messages) => {
      const hall = new Pipeline(config);
      let now = TEN;
      for (const { signals, device, retained, after } of messages) {
        now += after;
        if (!Array.isArray(signals)) hall.say(device, 'window', signals, now, retained);
        else {
          const told = signals.map(({ ago, ...fields }) => {
            const queue = fields.type === 'issued' ? { queue: 'q1' } : {};
            return { id: id(), at: now - ago, ...fields, ...queue };
          });
          hall.say(device, 'ticket', told, now, retained && told.length === 1);
        }
        agree(hall, now);
      }
      agree(hall, now + 5 * MINUTE);
    }),
    { numRuns: 150 },
  );
});

test('7.24 a call of a queue that the hall file has no more keeps the queue’s name, or has its id', () => {
  const shorter = sampleHall((yaml) =>
    yaml
      .replace(/ {2}- \{ id: q2, .*\n/, '')
      .replaceAll('[q1, q2]', '[q1]')
      .replaceAll('queues: [q2]', 'queues: [q1]'),
  );
  const before = new Pipeline();
  const issued = { type: 'issued', id: id(), ticket: 'B1', queue: 'q2' };
  before.say('disp-1', 'ticket', issued, TEN);
  before.say('caller-2', 'ticket', step('called', 'B1', 'w2'), TEN + SECOND);
  const name = (hallFile: typeof shorter) => {
    const view = cutView('screen:b1', before.hall, hallFile, TEN + 2 * SECOND) as BoardView;
    return Object.values(view.calls)[0]?.queueName;
  };
  assert.deepEqual(name(before.config), { zh: '不动产' });
  assert.deepEqual(name(withRemoved(shorter, lastHallOf(before.config), TEN)), { zh: '不动产' });
  assert.deepEqual(name(shorter), { zh: 'q2' });
});
