// A page whose gateway is gone goes to the other one of the pair; one whose gateway works stays, whatever the other does.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { watchOtherGateway, type Around } from '../../screen/other-gateway.ts';

const A = 'http://10.0.0.1:8080';
const B = 'http://10.0.0.2:8080';

/** A page at A, the answers of both gateways, and a clock that only `pass` moves. */
function pageAt(origin: string, options: { hash?: string; stored?: string } = {}) {
  const state = {
    ...{ now: 0, silent: 0, stored: options.stored ?? null, went: [] as string[] },
    /** leads, stands by, or does not answer */
    gateways: { [A]: 'leads', [B]: 'standby' } as Record<string, 'leads' | 'standby' | 'gone'>,
    pages: [A, B] as readonly string[],
    asked: [] as string[],
    hash: options.hash ?? '',
  };
  let look: () => void = () => {};
  const around: Around = {
    ...{ origin, path: '/screen/b1?x=1', hash: state.hash },
    now: () => state.now,
    every(run) {
      look = run;
      return () => (look = () => {});
    },
    fetch: (input) => {
      const url = new URL(String(input));
      state.asked.push(url.origin);
      const is = state.gateways[url.origin];
      if (is === undefined || is === 'gone')
        return Promise.reject(new TypeError('failed to fetch'));
      const answer = { pages: state.pages, after_ms: 4_000, leads: is === 'leads' };
      return Promise.resolve(new Response(JSON.stringify(answer)));
    },
    recall: () => state.stored,
    remember: (text) => void (state.stored = text),
    forgetHash: () => void (state.hash = ''),
    go: (url) => void state.went.push(url),
  };
  const stop = watchOtherGateway(() => state.silent, around);
  /** Half a second at a time; `isLive`: the page's data is proven meanwhile. */
  const pass = async (ms: number, isLive: boolean) => {
    for (let passed = 0; passed < ms && state.went.length === 0; passed += 500) {
      state.now += 500;
      state.silent = isLive ? 0 : state.silent + 500;
      look();
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  return { state, pass, stop };
}

test('a page goes to the gateway that leads when its own is gone, same path, and says that it moved', async () => {
  const { state, pass } = pageAt(A);
  await pass(1_000, true);
  assert.match(state.stored ?? '', /10\.0\.0\.2/);
  state.gateways = { [A]: 'gone', [B]: 'leads' };
  await pass(3_500, false);
  assert.deepEqual(state.went, []);
  await pass(1_000, false);
  assert.deepEqual(state.went, [`${B}/screen/b1?x=1#moved=1`]);
});

test('one that was reloaded knows the other from before; a standby will do when nobody leads for longer', async () => {
  const stored = JSON.stringify({ pages: [A, B], afterMs: 4_000 });
  const { state, pass } = pageAt(A, { stored });
  state.gateways = { [A]: 'gone', [B]: 'standby' };
  await pass(9_500, false);
  assert.deepEqual(state.went, []);
  await pass(1_000, false);
  assert.equal(state.went.length, 1);
});

test('a gateway that answers is never left, and a page without another one stays', async () => {
  const working = pageAt(B);
  await working.pass(1_000, true);
  working.state.gateways = { [A]: 'leads', [B]: 'standby' };
  await working.pass(120_000, true);
  // Its stream is silent (it refuses the view, it has no place), but it answers.
  await working.pass(120_000, false);
  assert.deepEqual(working.state.went, []);

  const nobody = pageAt(A);
  await nobody.pass(1_000, true);
  nobody.state.gateways = { [A]: 'gone', [B]: 'gone' };
  await nobody.pass(60_000, false);
  assert.deepEqual(nobody.state.went, []);

  const alone = pageAt(A);
  alone.state.pages = [];
  await alone.pass(1_000, true);
  alone.state.gateways = { [A]: 'gone', [B]: 'leads' };
  await alone.pass(60_000, false);
  assert.deepEqual(alone.state.went, []);
  assert.ok(!alone.state.asked.includes(B));
});

test('no to and fro: who has moved and finds nothing waits twice as long each time, until it has arrived', async () => {
  const stored = JSON.stringify({ pages: [A, B], afterMs: 4_000 });
  const moved = pageAt(B, { hash: '#moved=3', stored });
  assert.equal(moved.state.hash, '');
  moved.state.gateways = { [A]: 'leads', [B]: 'gone' };
  await moved.pass(31_500, false);
  assert.deepEqual(moved.state.went, []);
  await moved.pass(1_000, false);
  assert.deepEqual(moved.state.went, [`${A}/screen/b1?x=1#moved=4`]);

  const arrived = pageAt(B, { hash: '#moved=3' });
  await arrived.pass(61_000, true);
  arrived.state.gateways = { [A]: 'leads', [B]: 'gone' };
  await arrived.pass(4_500, false);
  assert.deepEqual(arrived.state.went, [`${A}/screen/b1?x=1#moved=1`]);
});

test('what is stored or said by somebody else leads nowhere', async () => {
  for (const stored of [
    '{',
    'null',
    '{"pages":["javascript:alert(1)"],"afterMs":1}',
    '{"pages":5}',
  ]) {
    const { state, pass } = pageAt(A, { stored });
    state.gateways = { [A]: 'gone' };
    await pass(60_000, false);
    assert.deepEqual(state.went, []);
  }
});
