// Each call on the board at once where there is a place, for its least time, without moving what is being read. SPEC §7.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { BoardCall } from '../../hall/view/board.ts';
import { EMPTY_BOARD, type BoardInput, type CallBoard } from '../../signage/callboard-state.ts';
import { isAwaited } from '../../signage/callboard-places.ts';
import { advance, heroEntry, isFresh, nextChange } from '../../signage/callboard.ts';

const settings = { callMs: 8_000, heroMs: 3_000, pageMs: 8_000 };
const room = { comfort: 3, max: 4 };
const T0 = Date.UTC(2026, 10, 21, 2);

function call(ticket: string, at: number, more: Partial<BoardCall> = {}): BoardCall {
  const window = { window: 'w1', label: '1' };
  return {
    id: `${ticket}-${at}`,
    ticket,
    ...window,
    at: T0 + at,
    nth: 1,
    state: 'called',
    ...more,
  };
}

function input(
  calls: readonly BoardCall[],
  now: number,
  more: Partial<BoardInput> = {},
): BoardInput {
  const byId = Object.fromEntries(calls.map((one) => [one.id, one]));
  return { calls: byId, settings, room, now, time: T0 + now, ...more };
}

function visible(board: CallBoard): string[] {
  const rows = board.places.filter((ticket) => ticket !== undefined);
  return board.hero === undefined ? rows : [board.hero, ...rows];
}

/** The board from `now` to `until`, woken only when it asks for it; `look` sees each moment. */
function play(
  board: CallBoard,
  calls: readonly BoardCall[],
  until: number,
  look: (board: CallBoard) => void = () => {},
): CallBoard {
  let next = nextChange(board, settings);
  while (next !== undefined && next <= until) {
    board = advance(board, input(calls, next));
    look(board);
    const after = nextChange(board, settings);
    assert.ok(after === undefined || after > next, 'a board that wakes itself must get further');
    next = after;
  }
  return advance(board, input(calls, until));
}

test('the first call is the large one at once, and the next one right after its least time', () => {
  const [a, b] = [call('A001', 0), call('A002', 1_000)];
  let board = advance(EMPTY_BOARD, input([], 0));
  board = advance(board, input([a], 0));
  assert.equal(board.hero, 'A001');
  board = advance(board, input([a, b], 1_000));
  assert.deepEqual(visible(board), ['A001', 'A002'], 'seen in the list while it waits');
  assert.equal(nextChange(board, settings), 3_000);
  board = advance(board, input([a, b], 3_000));
  assert.equal(board.hero, 'A002');
  assert.ok(board.places.includes('A001'));
});

test('the newest goes on top, over rows that were read', () => {
  const calls = ['A001', 'A002', 'A003', 'A004'].map((ticket, n) => call(ticket, n * 20_000));
  let board = advance(EMPTY_BOARD, input([], 0));
  calls.forEach((_, n) => (board = play(board, calls.slice(0, n + 1), n * 20_000 + 15_000)));
  assert.deepEqual(visible(board), ['A004', 'A003', 'A002', 'A001']);
});

test('a recall is announced anew in its own right, and keeps its ticket once on the board', () => {
  const first = call('A001', 0);
  let board = play(advance(EMPTY_BOARD, input([first], 0)), [first], 60_000);
  const entry = heroEntry(board);
  assert.ok(entry && !isFresh(entry, settings));
  const again = call('A001', 60_000, { nth: 2 });
  board = advance(board, input([again], 60_000));
  const announced = heroEntry(board);
  assert.ok(announced && isFresh(announced, settings));
  assert.deepEqual(visible(board), ['A001']);
});

test('a page that starts announces nothing that is old', () => {
  const calls = [call('A001', -60_000), call('A002', -30_000, { state: 'serving' })];
  const board = advance(EMPTY_BOARD, input(calls, 0));
  assert.equal(board.hero, 'A001', 'the last one who is still awaited');
  const entry = heroEntry(board);
  assert.ok(entry && !isFresh(entry, settings));
});

test('a page that starts with more old calls than it has rows shows a full page at once', () => {
  const calls = Array.from({ length: 20 }, (_, index) => call(`A${100 + index}`, index));
  const board = advance(EMPTY_BOARD, input(calls, 60_000));
  assert.equal(board.hero, 'A119');
  assert.deepEqual(board.places, ['A118', 'A117', 'A116', 'A115']);
  const next = play(board, calls, 68_000);
  assert.deepEqual(next.places, ['A103', 'A102', 'A101', 'A100'], 'then who was not on it');
});

test('those who are served make place for those who are called', () => {
  const served = ['B001', 'B002', 'B003', 'B004', 'B005'].map((ticket, n) =>
    call(ticket, n - 90_000, { state: 'serving' }),
  );
  let board = advance(EMPTY_BOARD, input(served, 0));
  assert.equal(board.page.count, 1, 'being served asks for no pages');
  const news = ['A001', 'A002', 'A003'].map((ticket) => call(ticket, 10_000));
  board = advance(board, input([...served, ...news], 10_000));
  for (const { ticket } of news) assert.ok(visible(board).includes(ticket), ticket);
});

test('twenty at once: each is shown for its time, by pages, and the board says how many', () => {
  const calls = Array.from({ length: 20 }, (_, n) => call(`A${100 + n}`, n));
  let board = advance(EMPTY_BOARD, input([], 0));
  board = advance(board, input(calls, 20));
  assert.equal(board.dense, true);
  assert.equal(board.page.count, 5);
  const shown = new Set<string>();
  board = play(board, calls, 60_000, (moment) => visible(moment).forEach((one) => shown.add(one)));
  assert.equal(shown.size, 20);
  for (const [ticket, { shownMs }] of board.entries) {
    assert.ok(shownMs >= settings.callMs, `${ticket} had ${shownMs} ms`);
  }
});

test('a call that ended before it was read stays for its time, then goes', () => {
  const one = call('A001', 0);
  let board = advance(EMPTY_BOARD, input([one], 0));
  board = advance(board, input([], 1_000));
  assert.deepEqual(visible(board), ['A001']);
  board = play(board, [], 8_000);
  assert.deepEqual(visible(board), []);
  assert.equal(board.entries.size, 0);
});

test('a page that stood still shows the present at once, and nothing that was over before', () => {
  const at = (n: number) => n * 1_500;
  const name = (n: number) => `A${String(n).padStart(3, '0')}`;
  const seen: BoardCall[] = [1, 2, 3, 4].map((n) => call(name(n), at(n), { state: 'serving' }));
  let board = advance(EMPTY_BOARD, input([], 0));
  for (const one of seen) board = advance(board, input([one], one.at - T0));
  // It wakes up after a minute: all that happened meanwhile comes within some milliseconds, word by word.
  const wake = at(45);
  let now = wake;
  const tell = (calls: readonly BoardCall[]) =>
    (board = advance(board, input(calls, (now += 0.2))));
  for (let n = 5; n <= 40; n++) {
    const lately = (one: number) => at(n) - at(one) < 3 * settings.callMs;
    const before = Array.from({ length: n - 5 }, (_, index) => index + 5).filter(lately);
    const served = before.map((one) => call(name(one), at(one), { state: 'serving' }));
    tell([...served, call(name(n), at(n))]);
    const age = now - at(n);
    if (age >= 3 * settings.callMs)
      assert.ok(!visible(board).includes(name(n)), 'not even a moment');
    if (n < 40) tell([...served, call(name(n), at(n), { state: 'serving' })]);
  }
  const last = call(name(40), at(40));
  assert.equal(board.hero, 'A040', 'at once');
  tell([last]);
  assert.equal(board.hero, 'A040');
  const over = (moment: CallBoard) => {
    for (const ticket of visible(moment)) {
      const { goneAt = moment.at, call } = moment.entries.get(ticket) ?? { call: last };
      assert.ok(moment.at - goneAt < 3 * settings.callMs, `${ticket} is over and stands`);
      assert.ok(ticket === 'A040' || wake + T0 - call.at < 3 * settings.callMs + 1_500, ticket);
    }
  };
  over(board);
  board = play(board, [last], wake + 40_000, over);
  assert.deepEqual(visible(board), ['A040']);
});

test('a call that comes late and is not over is announced a moment later', () => {
  const one = call('A001', -100_000);
  let board = advance(EMPTY_BOARD, input([], 0));
  board = advance(board, input([one], 10));
  assert.deepEqual(visible(board), []);
  board = play(board, [one], 2_000);
  assert.equal(board.hero, 'A001');
  const entry = heroEntry(board);
  assert.ok(entry && isFresh(entry, settings));
});

test('who is awaited gets the place of one that is over, though that was not read yet', () => {
  const first = ['B1', 'B2', 'B3', 'B4', 'B5'].map((ticket, n) => call(ticket, n));
  let board = advance(EMPTY_BOARD, input([], 0));
  board = advance(board, input(first, 10));
  board = advance(board, input([], 1_000));
  assert.equal(visible(board).length, 5, 'they stay while nobody needs the place');
  const news = ['A1', 'A2', 'A3'].map((ticket, n) => call(ticket, 2_000 + n));
  board = advance(board, input(news, 2_010));
  for (const { ticket } of news) assert.ok(visible(board).includes(ticket), ticket);
  board = play(board, news, 60_000);
  assert.deepEqual(visible(board).sort(), ['A1', 'A2', 'A3']);
});

test('7.23 who was never announced stands in a row: never as a call, and large only where nobody else is there', () => {
  const served = call('A001', -1_000, { id: 'visit~7', state: 'serving', quiet: true });
  let board = advance(EMPTY_BOARD, input([], 0));
  board = advance(board, input([served], 1_000));
  assert.deepEqual(visible(board), ['A001']);
  const alone = heroEntry(board);
  assert.ok(alone && !isFresh(alone, settings));
  const other = call('A002', 2_000, { state: 'serving' });
  board = advance(board, input([served, other], 2_000));
  assert.equal(board.hero, 'A002');
  assert.ok(board.places.includes('A001'));
  const awaited = { ...served, state: 'called' as const };
  board = advance(board, input([awaited, other], 3_000));
  assert.deepEqual([board.hero, board.places.includes('A001')], ['A002', true]);
  const entry = board.entries.get('A001');
  assert.ok(entry && !isFresh(entry, settings));
  const again = call('A001', 4_000, { nth: 1 });
  board = advance(board, input([again, other], 4_000));
  assert.equal(board.hero, 'A001', 'a call is announced as any other');
  const announced = heroEntry(board);
  assert.ok(announced && isFresh(announced, settings));
});

test('tickets and calls named as what every object has are as any other', () => {
  const names = ['constructor', 'toString', '__proto__', 'hasOwnProperty', 'valueOf'];
  const calls = names.map((name, n) => call(name, n * 1_000));
  let board = advance(EMPTY_BOARD, input([], 0));
  const shown = new Set<string>();
  const look = (moment: CallBoard) => visible(moment).forEach((one) => shown.add(one));
  calls.forEach((_, n) => {
    board = play(board, calls.slice(0, n + 1), n * 1_000, look);
    look(board);
  });
  board = play(board, calls, 60_000, look);
  assert.deepEqual([...shown].sort(), names.toSorted());
  board = play(board, [], 90_000, look);
  assert.deepEqual(visible(board), [], 'and they leave it');
  const next = call('A001', 90_000);
  board = advance(board, input([next], 90_000));
  assert.equal(board.hero, 'A001', 'and others come');
});

test('no more than 400 calls wait; who is given up is counted', () => {
  const calls = Array.from({ length: 600 }, (_, n) => call(`A${n}`, n));
  let board = advance(EMPTY_BOARD, input([], 0));
  board = advance(board, input(calls, 1_000));
  assert.ok(board.entries.size <= 400);
  assert.equal(board.dropped, 200);
});

const arrivals = fc.array(
  fc.record({
    ticket: fc.integer({ min: 1, max: 30 }).map((n) => `A${n}`),
    after: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 6_000 })),
    happens: fc.constantFrom('called', 'called', 'called', 'serving', 'ended'),
  }),
  { maxLength: 60 },
);

test('for any day: who is on the screen stays for its time, in its place, once; nobody is forgotten', () => {
  fc.assert(
    fc.property(arrivals, fc.integer({ min: 1, max: 6 }), (events, max) => {
      const rows = { comfort: Math.max(1, max - 1), max };
      const watch = watcher();
      const calls = new Map<string, BoardCall>();
      let now = 0;
      let board = advance(EMPTY_BOARD, input([], now, { room: rows }));
      const step = (at: number) => {
        const given = input([...calls.values()], at, { room: rows });
        const next = advance(board, given);
        assert.deepEqual(advance(next, given), next, 'the same moment twice changes nothing');
        watch.moment(board, next);
        board = next;
      };
      const wake = (until: number) => {
        for (let rounds = 0; rounds < 5_000; rounds++) {
          const next = nextChange(board, settings);
          if (next === undefined || next > until) break;
          step(next);
        }
        step(until);
      };
      for (const { ticket, after, happens } of events) {
        wake((now += after));
        const known = calls.get(ticket);
        if (happens === 'ended') calls.delete(ticket);
        else if (happens === 'serving' && known) calls.set(ticket, { ...known, state: 'serving' });
        else if (happens === 'called') {
          const nth = (known?.nth ?? 0) + 1;
          calls.set(ticket, call(ticket, now, { id: `${ticket}-${now}-${nth}`, nth }));
        }
        step(now);
      }
      wake(now + 30 * settings.callMs);
      for (const { id } of calls.values()) assert.ok(watch.seen.has(id), `${id} was never shown`);
    }),
    { numRuns: 300 },
  );
});

/** Holds each moment of a board against the one before. */
function watcher() {
  const seen = new Set<string>();
  return {
    seen,
    moment(before: CallBoard, after: CallBoard): void {
      const shown = visible(after);
      const wasThere = (ticket: string) => visible(before).includes(ticket);
      assert.equal(new Set(shown).size, shown.length, `twice on the screen: ${shown.join()}`);
      for (const ticket of shown) seen.add(after.entries.get(ticket)?.call.id ?? '');
      for (const ticket of visible(before)) {
        const [was, is] = [before.entries.get(ticket), after.entries.get(ticket)];
        const recalled = is !== undefined && is.call.id !== was?.call.id;
        const read = (was?.shownMs ?? 0) + after.at - before.at >= settings.callMs;
        const unpainted = was?.shownMs === 0 && after.at === before.at;
        if (recalled || read || unpainted) continue;
        const stays = shown.includes(ticket);
        // Nobody is awaited for it any more: it makes way for whoever is, and ends in any case.
        if (!stays && !isAwaited(is)) {
          const came = shown.some((one) => isAwaited(after.entries.get(one)) && !wasThere(one));
          const ended =
            is === undefined || after.at - (is.goneAt ?? after.at) >= 3 * settings.callMs;
          assert.ok(came || ended, `${ticket} left the screen for nobody`);
          continue;
        }
        assert.ok(stays, `${ticket} left the screen after ${was?.shownMs} ms`);
        const row = before.places.indexOf(ticket);
        if (row < 0 || ticket === after.hero || before.places.length !== after.places.length)
          continue;
        assert.equal(after.places.indexOf(ticket), row, `${ticket} moved while it was read`);
      }
    },
  };
}
