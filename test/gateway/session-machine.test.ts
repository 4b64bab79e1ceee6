// The state machine that owns the session: every step by a table, and what must hold whatever happens by random events.
// SPEC 16.1, 17.1–17.5.
import { deepStrictEqual as equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  acknowledges,
  FIRST,
  next,
  type Peer,
  peerOf,
  roleOf,
  type SessionEvent,
  type State,
} from '../../gateway/intake/session/machine.ts';
import { isLed, type Sight } from '../../gateway/standby/claim.ts';
import { isBeyond } from '../../gateway/standby/common-position.ts';

const message = (state: 'online' | 'offline', run: string) => ({ state, run, gateway: run });

/** The leader's last will is out, and this gateway has everything. */
const FREE: Sight = {
  ...{ run: 'me', sees: true, message: message('offline', 'other'), messageMs: 500 },
  ...{ lastOnline: { ...message('online', 'other'), attached: true }, heardMs: 500 },
  ...{ completeMs: 500, hadStandby: false, keepAliveMs: 3_000, patienceMs: 10_000 },
};
const LED: Sight = { ...FREE, message: message('online', 'other') };
const MINE: Sight = { ...FREE, message: message('online', 'me') };

const detached: Peer = { is: 'detached' };
const attached: Peer = { is: 'attached', have: { seq: 5, letter: 0 } };
const proving: Peer = { is: 'proving' };
const standby = (changed: Partial<State & { is: 'standby' }> = {}): State => ({
  ...{ is: 'standby', cause: { is: 'led' }, freeSince: undefined, notBefore: -Infinity },
  ...changed,
});
const leading = (peer: Peer): State => ({ is: 'leading', peer });
const connecting = (isNew: boolean, peer: Peer = detached): State => ({
  is: 'connecting',
  isNew,
  peer,
});
const away = (isNew: boolean, peer: Peer = detached): State => ({
  ...{ is: 'away', isNew, notBefore: 100, peer },
});
const look = (now: number, sight?: Sight): SessionEvent => ({ type: 'look', now, sight });
const ended = (taken: boolean): SessionEvent => ({ type: 'ended', taken, notBefore: 100 });
const have = (seq: number, last: number): SessionEvent => ({
  ...{ type: 'have', have: { seq, letter: 0 }, last: { seq: last, letter: 0 } },
});
const detach: SessionEvent = { type: 'detached', why: 'slow' };
const drained = (sight: Sight): SessionEvent => ({ type: 'drained', sight });

const steps: [what: string, state: State, event: SessionEvent, to: State, runs: string[]][] = [
  ['a standby waits while another leads', standby({ freeSince: 5 }), look(9, LED), standby(), []],
  ['the session is free', standby(), look(0, FREE), standby({ freeSince: 0 }), []],
  [
    'it has been free for long enough',
    standby({ freeSince: 0 }),
    look(250, FREE),
    { is: 'draining' },
    ['drain'],
  ],
  [
    'long enough, but too soon after the last attempt',
    standby({ freeSince: 0, notBefore: 300 }),
    look(250, FREE),
    standby({ freeSince: 0, notBefore: 300 }),
    [],
  ],
  [
    'at the start it waits for what the other one has',
    FIRST.pair,
    { type: 'asked', delayMs: 9 },
    standby({ cause: { is: 'start', delayMs: 9 } }),
    [],
  ],
  [
    'a leader is seen after the start',
    standby({ cause: { is: 'start', delayMs: 9 } }),
    look(0, LED),
    standby(),
    [],
  ],
  [
    'what came is on disk',
    { is: 'draining' },
    drained(FREE),
    connecting(true),
    ['lead', 'connect'],
  ],
  ['another one was faster', { is: 'draining' }, drained(LED), standby(), ['follow']],
  ['CONNECT succeeds', connecting(true), { type: 'connected' }, leading(detached), ['announce']],
  ['CONNECT fails', connecting(true), ended(false), away(true), []],
  ['the connection ends', leading(attached), ended(false), away(false, attached), []],
  [
    'another client takes the session',
    leading(attached),
    ended(true),
    standby({ cause: { is: 'taken' } }),
    ['leadNoMore', 'follow'],
  ],
  ['away, too soon', away(false), look(99, MINE), away(false), []],
  [
    'away, rested',
    away(false, attached),
    look(100, MINE),
    connecting(false, attached),
    ['connect'],
  ],
  [
    'away, and the broker cannot be seen',
    away(false),
    look(100, { ...MINE, sees: false }),
    away(false),
    [],
  ],
  [
    'away, and another one leads',
    away(false),
    look(5, LED),
    standby({ notBefore: 100 }),
    ['leadNoMore', 'follow'],
  ],
  [
    'away, and its own will is out',
    away(false),
    look(5, { ...MINE, message: message('offline', 'me') }),
    standby({ notBefore: 100 }),
    ['leadNoMore', 'follow'],
  ],
  [
    'a claim that failed is repeated while the session is free',
    away(true),
    look(100, FREE),
    connecting(true),
    ['connect'],
  ],
  ['alone: at once', FIRST.alone, look(0), connecting(true, { is: 'absent' }), ['connect']],
  [
    'alone: taken, and again later',
    leading({ is: 'absent' }),
    ended(true),
    away(false, { is: 'absent' }),
    [],
  ],
  ['the standby has not everything', leading(detached), have(4, 5), leading(detached), []],
  ['the standby has everything', leading(detached), have(5, 5), leading(attached), ['attach']],
  ['the standby keeps up', leading({ ...attached }), have(5, 9), leading(attached), []],
  ['the standby is slow', leading(attached), detach, leading(proving), ['detach', 'prove']],
  [
    'it is not attached while the leader proves',
    leading(proving),
    have(5, 5),
    leading(proving),
    [],
  ],
  ['the broker shows that it leads', leading(proving), { type: 'proved' }, leading(detached), []],
];

for (const [what, state, event, to, runs] of steps) {
  test(`17.1–17.5 ${what}: ${state.is} → ${to.is}`, () => {
    const step = next(state, event);
    equal([step.state, step.effects], [to, runs]);
  });
}

test('17.5 what may be acknowledged, by state', () => {
  const at = (state: State) => [5, 6].map((seq) => acknowledges(state, { seq, letter: 0 }));
  equal(at(standby()), ['never', 'never']);
  equal(at({ is: 'draining' }), ['never', 'never']);
  equal(at(leading(detached)), ['now', 'now']);
  equal(at(leading(attached)), ['now', 'later']);
  equal(at(away(false, attached)), ['now', 'later']);
  equal(at(leading(proving)), ['later', 'later']);
  equal(at({ is: 'stopping', role: 'leading', peer: attached }), ['now', 'later']);
  equal(at({ is: 'stopped', role: 'leading' }), ['never', 'never']);
});

const runs = fc.constantFrom('me', 'other', 'third');
const ms = fc.constantFrom(0, 500, 2_600, 6_000, 60_000);
const messages = fc.option(
  fc.record({
    ...{ state: fc.constantFrom('online' as const, 'offline' as const), run: runs },
    ...{ gateway: fc.constant('x'), attached: fc.boolean() },
  }),
  { nil: undefined },
);
const sights: fc.Arbitrary<Sight> = fc.record({
  ...{ run: fc.constant('me'), sees: fc.boolean(), message: messages, messageMs: ms },
  ...{ lastOnline: messages, heardMs: ms, completeMs: ms, hadStandby: fc.boolean() },
  ...{ keepAliveMs: fc.constant(3_000), patienceMs: fc.constant(10_000) },
});
const positions = fc.record({ seq: fc.nat(9), letter: fc.nat(2) });

/** The usual way to each state: events by chance alone would hardly get as far as a standby that is attached. */
const usual: SessionEvent[] = [
  ...[{ type: 'asked' as const, delayMs: 0 }, look(0, FREE), look(2_000, FREE), drained(FREE)],
  ...[{ type: 'connected' as const }, have(5, 5), detach, { type: 'proved' as const }],
];

/** Of a pair; times of `look` rise. */
const events: fc.Arbitrary<SessionEvent[]> = fc
  .tuple(
    fc.nat(usual.length),
    fc.array(
      fc.oneof(
        fc.record({ type: fc.constant('look' as const), now: fc.nat(3_000), sight: sights }),
        fc.record({ type: fc.constant('asked' as const), delayMs: fc.nat(3_000) }),
        fc.record({ type: fc.constant('drained' as const), sight: sights }),
        fc.constant<SessionEvent>({ type: 'connected' }),
        fc.record({
          ...{ type: fc.constant('ended' as const), taken: fc.boolean() },
          notBefore: fc.nat(100_000),
        }),
        fc.record({ type: fc.constant('have' as const), have: positions, last: positions }),
        fc.constant<SessionEvent>({ type: 'detached', why: 'slow' }),
        fc.constant<SessionEvent>({ type: 'proved' }),
      ),
      { maxLength: 60 },
    ),
  )
  // Nothing is usual after that.
  .map(([count, more]) => {
    const list = [...usual.slice(0, count), ...more];
    let now = 0;
    return list.map((event) =>
      event.type === 'look' ? { ...event, now: (now += event.now) } : event,
    );
  });

/** Each step of a pair's machine over these events. */
function walk(
  list: readonly SessionEvent[],
  check: (before: State, event: SessionEvent, after: State, runs: readonly string[]) => void,
): State {
  let state: State = FIRST.pair;
  for (const event of list) {
    const { state: after, effects } = next(state, event);
    check(state, event, after, effects);
    state = after;
  }
  return state;
}

const RUNS = { numRuns: 10_000 };

test('17.3 whatever happens, the session is never taken from one that is seen to lead, nor while nothing is seen', () => {
  fc.assert(
    fc.property(events, (list) => {
      walk(list, (before, event, _after, effects) => {
        if (!effects.includes('connect') && !effects.includes('drain')) return;
        ok(event.type === 'look' || event.type === 'drained');
        ok(event.sight !== undefined && !isLed(event.sight));
        ok(event.type === 'drained' || event.sight.sees);
        // One connection at a time.
        ok(before.is === 'standby' || before.is === 'draining' || before.is === 'away');
      });
    }),
    RUNS,
  );
});

test('17.5 whatever happens, nothing is acknowledged that an attached standby has not, nor without leading', () => {
  fc.assert(
    fc.property(events, positions, (list, position) => {
      /** what the standby confirmed last, since it is attached */
      let has: typeof position | undefined;
      let isProven = true;
      walk(list, (_before, event, after, effects) => {
        if (event.type === 'have' && (has !== undefined || effects.includes('attach'))) {
          has = event.have;
        }
        if (effects.includes('detach')) {
          has = undefined;
          isProven = false;
        }
        if (event.type === 'proved') isProven = true;
        if (effects.includes('lead') || effects.includes('leadNoMore')) {
          has = undefined;
          isProven = true;
        }
        if (acknowledges(after, position) !== 'now') return;
        ok(roleOf(after) !== 'standby', 'a standby acknowledges nothing');
        ok(isProven, 'one that was left by its standby has to prove first');
        ok(has === undefined || !isBeyond(position, has), 'both have it');
      });
    }),
    RUNS,
  );
});

test('17.1 whatever happened, a state can be left: a gateway gets the session, and gives it away', () => {
  fc.assert(
    fc.property(events, (list) => {
      const reached = walk(list, () => {});
      // What was under way ends, another one leads and goes: this gateway connects, and leads.
      const later = 1e9;
      const calm: SessionEvent[] = [
        ...[{ type: 'asked' as const, delayMs: 0 }, ended(false), look(later, LED), drained(LED)],
        ...[look(later, FREE), look(2 * later, FREE), drained(FREE)],
      ];
      let connects = false;
      const claimed = calm.reduce((state, event) => {
        const step = next(state, event);
        connects ||= step.effects.includes('connect');
        return step.state;
      }, reached);
      ok(connects);
      const led = next(claimed, { type: 'connected' }).state;
      equal(led.is, 'leading');
      const given = next(led, ended(true));
      equal([given.state.is, roleOf(given.state)], ['standby', 'standby']);
    }),
    RUNS,
  );
});

test('16.1 whatever happened, a stop releases the session once, and nothing is begun after it', () => {
  fc.assert(
    fc.property(events, events, (list, more) => {
      const reached = walk(list, () => {});
      const stopping = next(reached, { type: 'stop', graceMs: 1 });
      equal(stopping.effects, ['release']);
      equal(roleOf(stopping.state), roleOf(reached), 'until the session is released');
      let state = stopping.state;
      for (const event of [...more, { type: 'stop', graceMs: 1 } as const]) {
        const step = next(state, event);
        state = step.state;
        equal(state.is, 'stopping');
        ok(step.effects.every((effect) => ['attach', 'detach', 'prove'].includes(effect)));
      }
      const stopped = next(state, { type: 'released' });
      equal([stopped.state.is, peerOf(stopped.state)], ['stopped', undefined]);
    }),
    RUNS,
  );
});
