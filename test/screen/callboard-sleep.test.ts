// A board's player that stands still (SIGSTOP, a computer that sleeps) while the hall goes on: when it goes on itself, it
// shows the present at once, and nobody whose visit is over for longer than the limit. SPEC §7.19.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { apply, diff } from '../../hall/diff.ts';
import { values } from '../../hall/table.ts';
import { cutView } from '../../hall/view/index.ts';
import type { BoardView } from '../../hall/view/board.ts';
import { isAwaited } from '../../signage/callboard-places.ts';
import { EMPTY_BOARD, type CallBoard } from '../../signage/callboard-state.ts';
import { advance, nextChange } from '../../signage/callboard.ts';
import { Pipeline } from '../hall/pipeline.ts';
import { sampleHall, TEN } from '../hall/sample.ts';

const SECOND = 1_000;
const CALL_MS = 8 * SECOND;
const LIMIT_MS = 3 * CALL_MS;
const WINDOWS = Array.from({ length: 12 }, (_, index) => `w${index + 1}`);
const config = sampleHall((yaml) =>
  yaml.replace(
    'devices:',
    WINDOWS.slice(3)
      .map((id) => `  - { id: ${id}, label: "${id.slice(1)}", zone: z1, queues: [q1] }\n`)
      .join('') + 'devices:',
  ),
);
/** A page that was stopped for less than this is taken for one that goes on. */
const STILL_MS = 10 * SECOND;

interface Patch {
  readonly patch: ReturnType<typeof diff>;
}

/** A hall, the deltas of its board, and a page that takes them one by one while it is not stopped. */
class Play {
  readonly hall = new Pipeline(config);
  /** ms since ten */
  now = 0;
  board: CallBoard = EMPTY_BOARD;
  /** when each number's visit ended, and whether the view tells it: of an old call it does not */
  readonly ended = new Map<string, { readonly at: number; readonly told: boolean }>();
  readonly #room;
  #sent: unknown;
  #page: unknown;
  #queue: Patch[] = [];
  #stopped = false;
  #ids = 0;

  constructor(rows: number) {
    this.#room = { comfort: rows, max: rows };
    this.#send();
    this.#look();
  }

  say(type: string, ticket: string, window?: string): void {
    const signal = { type, id: `p-${++this.#ids}`, ticket, ...(window && { window }) };
    this.hall.say('caller-1', 'ticket', signal, TEN + this.now);
    this.#send();
    if (!this.#stopped) this.#take();
  }

  end(type: 'completed' | 'no_show', ticket: string, window: string): void {
    const call = this.hall.hall.calls.findLast((one) => one.ticket === ticket);
    const isRecent = call !== undefined && TEN + this.now - call.at < LIMIT_MS;
    this.say(type, ticket, window);
    this.ended.set(ticket, { at: this.now, told: isRecent && type === 'completed' });
  }

  /** The time goes on: the view is cut every second, the page looks then and when its board asks for it. */
  pass(ms: number): void {
    const until = this.now + ms;
    while (this.now < until) {
      const own = this.#stopped ? undefined : nextChange(this.board, this.#view.settings);
      const tick = (Math.floor(this.now / SECOND) + 1) * SECOND;
      this.now = Math.min(until, tick, own !== undefined && own > this.now ? own : Infinity);
      this.#send();
      if (!this.#stopped) this.#take();
    }
  }

  stop(): void {
    this.#stopped = true;
  }

  /** What came meanwhile is taken message by message, each within a fraction of a millisecond. */
  goOn(looksFirst: boolean): void {
    this.#stopped = false;
    if (looksFirst) this.#look();
    this.#take();
  }

  visible(): string[] {
    const rows = this.board.places.filter((ticket) => ticket !== undefined);
    return this.board.hero === undefined ? rows : [this.board.hero, ...rows];
  }

  get #view(): BoardView {
    return this.#page as BoardView;
  }

  #send(): void {
    const at = TEN + this.now;
    this.hall.tick(at);
    const view = cutView('screen:b1', this.hall.hall, this.hall.config, at);
    if (this.#sent === undefined) this.#page = view;
    else {
      const patch = diff(this.#sent, view);
      if (patch !== undefined) this.#queue.push({ patch });
    }
    this.#sent = view;
  }

  #take(): void {
    const queue = this.#queue;
    this.#queue = [];
    for (const { patch } of queue) {
      this.#page = apply(this.#page, patch);
      this.#look();
    }
    this.#look();
    for (const ticket of this.visible()) this.#judge(ticket);
  }

  #look(): void {
    const { calls, settings } = this.#view;
    const { now } = this;
    this.board = advance(this.board, { calls, settings, room: this.#room, now, time: TEN + now });
  }

  #judge(ticket: string): void {
    const end = this.ended.get(ticket);
    if (end === undefined) return;
    const most = LIMIT_MS + (end.told ? 0 : STILL_MS);
    assert.ok(this.now - end.at <= most, `${ticket} ended ${this.now - end.at} ms ago and stands`);
  }
}

test('7.19 a call that ended unread is given up three least times after its end, not after it left the view', () => {
  const play = new Play(1);
  // Of more awaited calls than there are places for half a minute, one ends at once and waits for its turn behind them.
  WINDOWS.forEach((window, index) => play.say('called', `A${index + 1}`, window));
  play.pass(500);
  play.end('completed', 'A12', 'w12');
  play.pass(23 * SECOND);
  assert.ok(play.board.entries.has('A12'), 'it had no place yet, and may still get one');
  assert.equal(play.board.entries.get('A12')?.shownMs, 0);
  play.pass(SECOND);
  assert.ok(!play.board.entries.has('A12'), 'its end is 24 s ago');
});

test('7.19 case 24: a player that slept for a minute shows who is called now, and nobody of before', () => {
  const play = new Play(4);
  const name = (n: number) => `A${String(n).padStart(3, '0')}`;
  const one = (n: number) => {
    const window = n % 2 === 0 ? 'w2' : 'w1';
    play.say('called', name(n), window);
    if (n === 40) return;
    play.pass(300);
    play.say('serving', name(n), window);
    play.pass(200);
    play.end('completed', name(n), window);
    play.pass(1_000);
  };
  for (let n = 1; n <= 4; n++) one(n);
  play.stop();
  for (let n = 5; n <= 40; n++) one(n);
  play.pass(SECOND);
  play.goOn(true);
  assert.equal(play.board.hero, name(40), 'at once');
  play.pass(LIMIT_MS);
  assert.deepEqual(
    play.visible(),
    [name(40)],
    'three least times after the last end nobody else stands',
  );
});

test('7.19 whatever happens while a player sleeps, it shows nobody who is over for longer than the limit', () => {
  const steps = fc.array(
    fc.record({
      ticket: fc.integer({ min: 1, max: 12 }).map((n) => `A${n}`),
      window: fc.constantFrom(...WINDOWS),
      does: fc.constantFrom('called', 'called', 'serving', 'completed', 'no_show'),
      after: fc.oneof(
        { weight: 4, arbitrary: fc.integer({ min: 0, max: 500 }) },
        { weight: 1, arbitrary: fc.integer({ min: 0, max: 15_000 }) },
      ),
      sleeps: fc.option(fc.integer({ min: 1_000, max: 90_000 }), { nil: 0, freq: 6 }),
    }),
    { maxLength: 60, size: 'max' },
  );
  fc.assert(
    fc.property(steps, fc.integer({ min: 1, max: 4 }), fc.boolean(), (events, rows, looksFirst) => {
      const play = new Play(rows);
      let sleepsUntil = -1;
      for (const { ticket, window, does, after, sleeps } of events) {
        play.pass(after);
        if (sleepsUntil >= 0 && play.now >= sleepsUntil) {
          play.goOn(looksFirst);
          sleepsUntil = -1;
        }
        if (sleeps > 0 && sleepsUntil < 0) {
          play.stop();
          sleepsUntil = play.now + sleeps;
        }
        const visit = [...values(play.hall.hall.tickets)].findLast((one) => one.ticket === ticket);
        const isThere = visit?.state === 'called' || visit?.state === 'serving';
        if (does === 'called') {
          play.ended.delete(ticket);
          play.say('called', ticket, window);
        } else if (isThere && does === 'serving') play.say('serving', ticket, visit.window);
        else if (isThere && visit.state === 'called' && does === 'no_show')
          play.end('no_show', ticket, visit.window);
        else if (isThere && does === 'completed') play.end('completed', ticket, visit.window);
      }
      play.goOn(looksFirst);
      const awaited = [...play.board.entries.values()].some(
        (entry) => isAwaited(entry) && !entry.late && !entry.heralded,
      );
      const hero = play.board.entries.get(play.board.hero ?? '');
      assert.ok(
        !awaited || isAwaited(hero),
        'who was not announced yet does not wait behind who is over',
      );
      play.pass(5 * LIMIT_MS);
    }),
    { numRuns: 80, endOnFailure: true },
  );
});
