// SPEC 7.17: the player's watch tells what stands from what should, and is calm while a page only takes its time.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BoardCall, BoardView } from '../../hall/view/board.ts';
import { PageWatch, type ShownPage } from '../../signage/watch.ts';

const T0 = Date.UTC(2026, 10, 21, 2);

function call(ticket: string, at = T0): BoardCall {
  return { id: `id-${ticket}`, ticket, window: 'w1', label: '1', at, nth: 1, state: 'called' };
}

function view(...calls: BoardCall[]): BoardView {
  return {
    kind: 'calls',
    hall: { id: 'h1', name: { zh: '大厅' }, timezone: 'Asia/Shanghai', demo: false },
    opening: { state: 'open', hours: [] },
    emergencies: {},
    staleMs: 4_000,
    screen: {
      ...{ id: 'b1', name: { zh: '屏' }, layout: 'calls', diagonal_in: 55, width: 1920 },
      ...{ height: 1080, distance_m: 5, theme: 'night' },
    },
    settings: { callMs: 8_000, heroMs: 3_000, pageMs: 8_000 },
    calls: Object.fromEntries(calls.map((one) => [one.id, one])),
    missed: {},
    queues: {},
    notices: [],
    freshness: { state: 'live' },
  };
}

/** What the watch says over `seconds`, a look each second. */
function watch(
  seconds: number,
  at: (second: number) => { view: BoardView; shown: Partial<ShownPage> },
) {
  const pageWatch = new PageWatch();
  for (let second = 0; second < seconds; second++) {
    const { view, shown } = at(second);
    const stands = { calls: [], view: 'calls', clock: undefined, ...shown };
    const found = pageWatch.look(view, stands, T0 + second * 1_000, second * 1_000);
    if (found.length > 0) return { second, found };
  }
  return undefined;
}

test('a call that never stands is noticed; one that stood once is not asked for again', () => {
  const missing = watch(60, () => ({ view: view(call('A001')), shown: {} }));
  assert.deepEqual(missing?.found, ['call id-A001: should stand']);
  assert.ok(missing.second <= 30);
  const seen = watch(300, (second) => ({
    view: view(call('A001')),
    shown: { calls: second === 5 ? ['id-A001'] : [] },
  }));
  assert.equal(seen, undefined);
});

test('twenty calls at once may take their turns', () => {
  const all = Array.from({ length: 20 }, (_, n) => call(`A${n}`));
  const turns = watch(300, (second) => ({
    view: view(...all),
    shown: { calls: [`id-A${Math.floor(second / 8) % 20}`] },
  }));
  assert.equal(turns, undefined);
});

test('a call that is over and stays, a clock that stands, another view: each is noticed', () => {
  const over = watch(90, () => ({ view: view(), shown: { calls: ['id-A001'] } }));
  assert.deepEqual(over?.found, ['call id-A001: is over, should be gone']);
  const clock = watch(300, () => ({ view: view(), shown: { clock: '10:00' } }));
  assert.deepEqual(clock?.found, ['clock']);
  const going = watch(300, (second) => ({
    view: view(),
    shown: { clock: `10:0${Math.floor(second / 60)}` },
  }));
  assert.equal(going, undefined);
  const blank = watch(60, () => ({ view: view(), shown: { view: undefined } }));
  assert.deepEqual(blank?.found, ['view: should be calls']);
});

test('a page that stood still is not blamed for the time in which it could not look', () => {
  const still = new PageWatch();
  const stands: ShownPage = { calls: [], view: 'calls', clock: undefined };
  still.look(view(call('A001')), stands, T0, 0);
  assert.deepEqual(still.look(view(call('A001')), stands, T0 + 100_000, 100_000), []);
});
