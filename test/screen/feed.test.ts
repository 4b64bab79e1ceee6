// The feed by itself, with a socket and a clock in hand: what it says, when it waits, what it survives. SPEC §6.
// That pages converge on any network is shown by test/sim.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { connectFeed, type FeedState, type WebSocketLike } from '../../screen/feed.ts';
import { panelFreshness } from '../../screen/freshness.ts';
import { GatewayTime } from '../../screen/gateway-time.ts';
import { decodeServerMessage } from '../../screen/message.ts';
import { dateEn, dateZh, timeOfDay } from '../../screen/time.ts';

interface Data {
  readonly staleMs: number;
  readonly n: number;
}

const NOW = Date.UTC(2026, 10, 21, 2, 42);

class Socket implements WebSocketLike {
  readyState = 0;
  onopen: ((event: never) => void) | null = null;
  onmessage: ((event: { readonly data: unknown }) => void) | null = null;
  onclose: ((event: never) => void) | null = null;
  onerror: ((event: never) => void) | null = null;
  readonly sent: Record<string, unknown>[] = [];
  closed = false;

  send(text: string): void {
    this.sent.push(JSON.parse(text) as Record<string, unknown>);
  }

  close(): void {
    this.closed = true;
    this.readyState = 3;
  }

  opens(): void {
    this.readyState = 1;
    this.onopen?.(undefined as never);
  }

  says(message: unknown): void {
    this.onmessage?.({ data: typeof message === 'string' ? message : JSON.stringify(message) });
  }

  breaks(): void {
    this.readyState = 3;
    this.onclose?.(undefined as never);
  }
}

/** A feed on a clock that only goes when it is told. */
function rig(random = () => 0.5) {
  let now = 1_000;
  let timers: { at: number; run: () => void }[] = [];
  const sockets: Socket[] = [];
  const states: FeedState<Data>[] = [];
  const feed = connectFeed<Data>({
    url: 'ws://gateway/live',
    view: 'screen:b1',
    random,
    open: () => {
      const socket = new Socket();
      sockets.push(socket);
      return socket;
    },
    clock: {
      now: () => now,
      setTimeout: (run, ms) => {
        const timer = { at: now + ms, run };
        timers.push(timer);
        return timer;
      },
      clearTimeout: (timer) => {
        timers = timers.filter((one) => one !== timer);
      },
    },
    onChange: (state) => states.push(state),
  });
  return {
    feed,
    sockets,
    states,
    /** the present state, which must be of that freshness */
    is<F extends FeedState<Data>['freshness']>(freshness: F) {
      const state = states.at(-1);
      assert.equal(state?.freshness, freshness);
      return state as Extract<FeedState<Data>, { freshness: F }>;
    },
    get socket() {
      const socket = sockets.at(-1);
      assert.ok(socket);
      return socket;
    },
    pass(ms: number): void {
      const until = now + ms;
      for (;;) {
        const next = timers.toSorted((a, b) => a.at - b.at)[0];
        if (!next || next.at > until) break;
        now = Math.max(now, next.at);
        timers = timers.filter((one) => one !== next);
        next.run();
      }
      now = until;
    },
    /** time goes by in which nothing of the page runs */
    stands(ms: number): void {
      now += ms;
    },
    gatewayNow: () => NOW + now,
    snapshot(revision = 5, data: Data = { staleMs: 4_000, n: 1 }): object {
      const head = { type: 'snapshot', view: 'screen:b1', epoch: 'e1', pace: 1 };
      return { ...head, revision, now: NOW + now, data };
    },
  };
}

test('6.1 hello, snapshot, delta: live, and the gateway’s time', () => {
  const one = rig();
  one.socket.opens();
  assert.deepEqual(one.socket.sent, [{ type: 'hello', protocol: 1, view: 'screen:b1' }]);
  one.socket.says(one.snapshot());
  one.socket.says({ type: 'delta', from: 5, revision: 6, now: one.gatewayNow(), patch: { n: 2 } });
  assert.deepEqual(one.is('live').data, { staleMs: 4_000, n: 2 });
  one.pass(700);
  assert.equal(one.feed.now(), one.gatewayNow());
});

test('6.3 what came twice changes nothing; a gap asks for a snapshot, once', () => {
  const one = rig();
  one.socket.opens();
  one.socket.says(one.snapshot());
  const delta = { type: 'delta', from: 5, revision: 6, now: one.gatewayNow(), patch: { n: 2 } };
  one.socket.says(delta);
  one.socket.says(delta);
  assert.equal(one.states.length, 2);
  for (const from of [8, 9]) {
    one.socket.says({
      type: 'delta',
      from,
      revision: from + 1,
      now: one.gatewayNow(),
      patch: { n: 9 },
    });
  }
  assert.equal(one.feed.counters.gaps, 1);
  assert.deepEqual(one.socket.sent.at(-1), { type: 'hello', protocol: 1, view: 'screen:b1' });
  assert.equal(one.is('live').data.n, 2);
});

test('6.4 silence is called stale in time, with the time of the last word, and heals from where it was', () => {
  const one = rig();
  one.socket.opens();
  one.socket.says(one.snapshot());
  const heardAt = one.gatewayNow();
  one.pass(3_999);
  one.is('live');
  one.pass(1);
  assert.equal(one.is('stale').heardAt, heardAt);
  one.pass(1_000);
  assert.equal(one.sockets.length, 2);
  one.socket.opens();
  assert.deepEqual(one.socket.sent[0], {
    ...{ type: 'hello', protocol: 1, view: 'screen:b1', epoch: 'e1', revision: 5 },
  });
  one.socket.says({ type: 'pulse', revision: 5, now: one.gatewayNow() });
  one.is('live');
});

test('6.4 a page that stood still itself hears what came meanwhile before it calls it silence', () => {
  const one = rig();
  one.socket.opens();
  one.socket.says(one.snapshot());
  one.stands(6_000);
  one.pass(0);
  one.is('live');
  one.socket.says({ type: 'pulse', revision: 5, now: one.gatewayNow() });
  one.pass(1_000);
  assert.equal(one.states.length, 1);
  one.stands(6_000);
  one.pass(50);
  one.is('stale');
});

test('a page without any word says so, and tries again for ever, ever more slowly up to 5 s', () => {
  const one = rig(() => 0.999);
  for (let n = 0; n < 12; n++) {
    one.socket.breaks();
    one.pass(5_000);
  }
  assert.equal(one.is('none').reason, 'silent');
  assert.equal(one.sockets.length, 13);
  one.socket.breaks();
  one.pass(4_900);
  assert.equal(one.sockets.length, 13, 'the longest wait is about 5 s');
});

test('6.8 bye is obeyed: back after retry_ms, spread over as long again', () => {
  for (const [random, ms] of [
    [0, 2_000],
    [0.5, 3_000],
  ] as const) {
    const one = rig(() => random);
    one.socket.opens();
    one.socket.says(one.snapshot());
    one.socket.says({ type: 'bye', retry_ms: 2_000 });
    assert.equal(one.sockets[0]?.closed, true);
    one.pass(ms - 1);
    assert.equal(one.sockets.length, 1);
    one.pass(1);
    assert.equal(one.sockets.length, 2);
  }
});

test('the network is back: no waiting for the next attempt', () => {
  const one = rig();
  for (let n = 0; n < 6; n++) {
    one.socket.breaks();
    one.pass(5_000);
  }
  one.socket.breaks();
  const before = one.sockets.length;
  one.feed.wake();
  assert.equal(one.sockets.length, before + 1);
});

test('6.8 an unknown view is said, and looked for again', () => {
  const one = rig();
  one.socket.opens();
  one.socket.says({ type: 'error', reason: 'view', detail: 'no such screen' });
  assert.equal(one.is('none').reason, 'view');
  one.pass(5_000);
  one.socket.opens();
  one.socket.says(one.snapshot());
  one.is('live');
});

test('6.7 what was painted is told, and kept while nobody can be told', () => {
  const one = rig();
  one.socket.opens();
  one.socket.says(one.snapshot());
  one.feed.painted(5, [{ id: 'c1', at: NOW }]);
  assert.deepEqual(one.socket.sent.at(-1), {
    type: 'painted',
    revision: 5,
    calls: [{ id: 'c1', at: NOW }],
  });
  one.socket.breaks();
  one.feed.painted(
    5,
    Array.from({ length: 250 }, (_, n) => ({ id: `d${n}`, at: NOW })),
  );
  assert.equal(one.feed.counters.paintedDropped, 50);
  one.pass(5_000);
  one.socket.opens();
  one.socket.says(one.snapshot(6));
  const told = one.socket.sent.at(-1);
  assert.ok(told?.['type'] === 'painted' && Array.isArray(told['calls']));
  assert.equal(told['calls'].length, 200);
});

test('nothing that comes throws: it is counted, and the page comes back', () => {
  const parts = fc.record(
    {
      type: fc.constantFrom('snapshot', 'delta', 'pulse', 'bye', 'error', 'x'),
      view: fc.constantFrom('screen:b1', 'live', 3),
      epoch: fc.constantFrom('e1', 'e2', null),
      from: fc.oneof(fc.integer(), fc.jsonValue()),
      revision: fc.oneof(fc.integer(), fc.jsonValue()),
      now: fc.oneof(fc.integer(), fc.jsonValue()),
      pace: fc.oneof(fc.double(), fc.jsonValue()),
      retry_ms: fc.oneof(fc.integer(), fc.jsonValue()),
      data: fc.jsonValue(),
      patch: fc.jsonValue(),
      reason: fc.constantFrom('view', 'message', 1),
    },
    { requiredKeys: ['type'] },
  );
  fc.assert(
    fc.property(
      fc.array(fc.oneof(parts, fc.string(), fc.jsonValue()), { maxLength: 30 }),
      (said) => {
        const one = rig();
        for (const message of said) {
          one.socket.opens();
          one.socket.says(message);
          one.pass(10);
        }
        one.pass(140_000);
        while (one.socket.closed) one.pass(100);
        one.socket.opens();
        one.socket.says(one.snapshot(Number.MAX_SAFE_INTEGER));
        one.is('live');
        one.feed.stop();
      },
    ),
    { numRuns: 300 },
  );
});

test('after stop nothing is said and nothing is opened', () => {
  const one = rig();
  one.socket.opens();
  one.socket.says(one.snapshot());
  one.feed.stop();
  const { length } = one.states;
  one.socket.breaks();
  one.pass(60_000);
  assert.deepEqual([one.states.length, one.sockets.length], [length, 1]);
});

test('6.5 time: late messages do not hold it back, a set clock is believed, pace is kept', () => {
  const time = new GatewayTime();
  assert.equal(time.known, false);
  time.sample(NOW, 0, 1);
  time.sample(NOW + 600, 1_000);
  assert.ok(Math.abs(time.at(1_000) - (NOW + 1_000)) <= 1, 'that one was 400 ms on its way');
  time.sample(NOW - 3_600_000, 2_000);
  assert.ok(time.at(2_000) > NOW, 'a word from an hour ago was only held up');
  time.connecting();
  time.sample(NOW - 3_600_000, 2_000);
  assert.equal(time.at(2_000), NOW - 3_600_000);
  time.sample(NOW, 0, 60);
  assert.equal(time.at(1_000), NOW + 60_000);
});

test('messages: each kind is read, each of its mistakes is refused', () => {
  const pulse = { type: 'pulse', revision: 1, now: NOW };
  assert.deepEqual(decodeServerMessage(JSON.stringify(pulse)), pulse);
  const wrong = [
    '{',
    '[]',
    '1',
    'null',
    JSON.stringify({ ...pulse, revision: -1 }),
    JSON.stringify({ ...pulse, now: 'x' }),
    JSON.stringify({ type: 'delta', from: 1, revision: 2, now: NOW, patch: 3 }),
    JSON.stringify({ type: 'bye' }),
    JSON.stringify({ type: 'error', reason: 'x' }),
    undefined,
    new Uint8Array(3),
  ];
  for (const text of wrong) assert.equal(decodeServerMessage(text), undefined);
});

test('the older of feed and data is what a panel shows', () => {
  const held = { data: {}, epoch: 'e', revision: 1 };
  const live = { freshness: 'live', ...held } as const;
  const stale = { freshness: 'stale', ...held, heardAt: 1_000 } as const;
  const cases: [FeedState<unknown>, Parameters<typeof panelFreshness>[1], object][] = [
    [live, undefined, { state: 'live' }],
    [live, { state: 'live', at: 5 }, { state: 'live' }],
    [live, { state: 'stale', at: 5 }, { state: 'stale', at: 5 }],
    [live, { state: 'none' }, { state: 'none', reason: 'no-data' }],
    [stale, { state: 'live', at: 900 }, { state: 'stale', at: 1_000 }],
    [stale, { state: 'stale', at: 5 }, { state: 'stale', at: 5 }],
    [stale, { state: 'none' }, { state: 'none', reason: 'no-data' }],
    [{ freshness: 'loading' }, { state: 'live' }, { state: 'none', reason: 'loading' }],
    [
      { freshness: 'none', reason: 'silent', detail: '' },
      undefined,
      { state: 'none', reason: 'silent' },
    ],
    [
      { freshness: 'none', reason: 'view', detail: '' },
      undefined,
      { state: 'none', reason: 'refused' },
    ],
  ];
  for (const [feed, data, expected] of cases)
    assert.deepEqual(panelFreshness(feed, data), expected);
});

test('time in the hall’s zone, whatever the machine’s', () => {
  assert.equal(timeOfDay(NOW, 'Asia/Shanghai'), '10:42');
  assert.equal(timeOfDay(NOW, 'Etc/GMT-8'), '10:42');
  assert.equal(timeOfDay(Date.UTC(2026, 10, 21, 16, 5), 'Asia/Shanghai'), '00:05');
  assert.equal(timeOfDay(NOW, 'Nowhere/Land'), '10:42');
  assert.equal(dateZh(NOW, 'Asia/Shanghai'), '11月21日 星期六');
  assert.equal(dateEn(NOW, 'Asia/Shanghai'), 'Sat 21 Nov');
});
