// Which call stands where on a call board, and for how long: pure, with time as an argument. A call is on the screen as
// soon as there is a place, keeps it for its minimum time, and nothing that is being read is moved. SPEC §7.
import type { BoardCall, BoardSettings } from '../hall/view/board.ts';
import { byTime, isAwaited, LATE_MS, place, waits, yields } from './callboard-places.ts';
import type { BoardEntry, BoardInput, CallBoard } from './callboard-state.ts';

/** A call that waited so long to be large, and has been read in the list, is not announced any more. */
const HERALD_WAIT_MS_MAX = 20_000;
/** A call is given up so many of its least times after its end, read or not. */
const ENDED_TIMES = 3;
/** A board is looked at every second: without a look for so long the page stood still, and knows of no end meanwhile. */
const STOOD_STILL_MS = 10_000;
const ENTRIES_MAX = 400;

/** The board at `input.now`. Doing it again at the same time with the same calls changes nothing. */
export function advance(board: CallBoard, input: BoardInput): CallBoard {
  const counted = countTime(board, input);
  const synced = prune(sync(counted, input, board.at < 0), input);
  const placed = place(herald(synced, input), input);
  // A place that was just made may be what the large one waited for before it gives way.
  const again = herald(placed, input);
  return again.hero === placed.hero ? { ...placed, entries: again.entries } : place(again, input);
}

/** When (ms of `now`) the board changes next by itself, or undefined while only a call can change it. */
export function nextChange(board: CallBoard, settings: BoardSettings): number | undefined {
  const times: number[] = [];
  const hero = heroEntry(board);
  if (hero && hero.heroMs < settings.heroMs) times.push(board.at + settings.heroMs - hero.heroMs);
  for (const ticket of visible(board)) {
    const entry = board.entries.get(ticket);
    if (entry && entry.shownMs < settings.callMs) {
      times.push(board.at + settings.callMs - entry.shownMs);
    }
  }
  if (board.page.count > 1) {
    const turn = board.page.since + settings.pageMs;
    if (turn > board.at) times.push(turn);
  }
  for (const entry of board.entries.values()) {
    if (waits(entry, board.at)) times.push(entry.arrivedAt + LATE_MS);
    const over = overAt(board, entry, settings);
    if (over > board.at) times.push(over);
  }
  const next = Math.min(...times);
  return Number.isFinite(next) ? next : undefined;
}

/** The large one still in its first moments: it keeps its highlight. */
export function isFresh(entry: BoardEntry, settings: BoardSettings): boolean {
  return entry.call.state === 'called' && entry.shownMs < settings.callMs;
}

export function heroEntry(board: CallBoard): BoardEntry | undefined {
  return board.hero === undefined ? undefined : board.entries.get(board.hero);
}

function visible(board: CallBoard): string[] {
  const rows = board.places.filter((ticket) => ticket !== undefined);
  return board.hero === undefined ? rows : [board.hero, ...rows];
}

function countTime(board: CallBoard, { now, time, pace = 1 }: BoardInput): CallBoard {
  const elapsed = board.at < 0 ? 0 : Math.max(0, now - board.at);
  const present = { ...board, at: Math.max(now, board.at), time, pace };
  if (elapsed === 0) return present;
  const entries = new Map(board.entries);
  // A computer that slept counts no time of its own.
  const stoodStill = Math.max(elapsed, (time - board.time) / pace) > STOOD_STILL_MS;
  for (const [ticket, entry] of stoodStill ? board.entries : []) {
    if (entry.shownMs === 0) entries.set(ticket, { ...entry, late: true, arrivedAt: now });
  }
  for (const ticket of visible(board)) {
    const entry = entries.get(ticket);
    if (!entry) continue;
    entries.set(ticket, {
      ...entry,
      shownMs: entry.shownMs + elapsed,
      heroMs: entry.heroMs + (ticket === board.hero ? elapsed : 0),
      lastShownAt: now,
    });
  }
  return { ...present, entries };
}

/** When (ms of the caller's clock) a call is given up because it ended so long ago; Infinity while it has not ended. */
function overAt(
  { at, time, pace }: CallBoard,
  { call: { endedAt }, goneAt }: Pick<BoardEntry, 'call' | 'goneAt'>,
  { callMs }: BoardSettings,
): number {
  // Its end by the gateway's clock; where that is unknown, its leaving the view.
  const end = endedAt === undefined ? goneAt : at - (time - endedAt) / pace;
  return (end ?? Infinity) + callMs * ENDED_TIMES;
}

/** Takes over the view's calls. What a page finds when it starts is news only while it is younger than its minimum time. */
function sync(
  board: CallBoard,
  { calls, settings, now, time }: BoardInput,
  first: boolean,
): CallBoard {
  const current = new Map(Object.values(calls).map((call) => [call.id, call]));
  const latest = new Map<string, BoardCall>();
  for (const call of current.values()) {
    if (overAt(board, { call }, settings) <= board.at) continue;
    const other = latest.get(call.ticket);
    if (!other || other.at <= call.at) latest.set(call.ticket, call);
  }
  const entries = new Map<string, BoardEntry>();
  for (const [ticket, entry] of board.entries) {
    if (latest.has(ticket)) continue;
    const call = current.get(entry.call.id) ?? entry.call;
    // One that leaves a moment after it came may have ended right after it was called: what a page missed comes at once.
    const goneAt = now - entry.arrivedAt < LATE_MS ? now - (time - call.at) / board.pace : now;
    entries.set(ticket, entry.gone ? entry : { ...entry, call, gone: true, goneAt });
  }
  for (const [ticket, call] of latest) {
    const known = board.entries.get(ticket);
    if (known?.call.id === call.id) {
      const same = known.call === call && !known.gone;
      const { goneAt: _was, ...stays } = known;
      entries.set(ticket, same ? known : { ...stays, call, gone: false });
      continue;
    }
    const old = call.quiet === true || (first && time - call.at >= settings.callMs);
    entries.set(ticket, {
      call,
      gone: false,
      arrivedAt: now,
      late: !old && !first && time - call.at >= settings.callMs * ENDED_TIMES,
      shownMs: old ? settings.callMs : 0,
      heroMs: 0,
      heralded: old,
      lastShownAt: -Infinity,
    });
  }
  return { ...board, entries };
}

/** Removes what left the view and had its time; gives up the oldest where far too many wait. */
function prune(board: CallBoard, { settings }: BoardInput): CallBoard {
  let dropped = board.dropped;
  const kept = [...board.entries].filter(([, entry]) => {
    if (!entry.gone) return true;
    if (entry.shownMs >= settings.callMs || entry.late) return false;
    const givenUp = overAt(board, entry, settings) <= board.at;
    if (givenUp) dropped += 1;
    return !givenUp;
  });
  if (kept.length > ENTRIES_MAX) {
    kept.sort(([, a], [, b]) => Number(a.gone) - Number(b.gone) || b.call.at - a.call.at);
    dropped += kept.length - ENTRIES_MAX;
    kept.length = ENTRIES_MAX;
  }
  const entries = new Map(kept);
  return {
    ...board,
    dropped,
    entries,
    hero: board.hero !== undefined && entries.has(board.hero) ? board.hero : undefined,
    places: board.places.map((ticket) =>
      ticket !== undefined && entries.has(ticket) ? ticket : undefined,
    ),
  };
}

/** Chooses the large one: each call in order for its time; when there is no news, the last call. */
function herald(board: CallBoard, { settings, now }: BoardInput): CallBoard {
  const entries = new Map(board.entries);
  const queue = [...entries]
    .filter(
      ([ticket, entry]) =>
        !entry.heralded && ticket !== board.hero && !entry.gone && !waits(entry, now),
    )
    .sort(([, a], [, b]) => byTime(a, b));
  const helpful = queue.filter(([ticket, entry]) => {
    const read = entry.shownMs >= settings.callMs && now - entry.arrivedAt >= HERALD_WAIT_MS_MAX;
    const late = entry.call.state === 'serving' || (read && queue.length > 1);
    if (late) entries.set(ticket, { ...entry, heralded: true });
    return !late;
  });
  const present = heroEntry(board);
  const next = helpful[0]?.[0];
  if (present && board.hero !== undefined) {
    // Whoever is at the window, or has left it, makes way for whoever is awaited.
    const stays =
      isAwaited(present) && (held(present, settings) || homeless(board, next, settings));
    // Who was never announced leaves the large place to whoever was.
    if (stays || (next === undefined && !present.call.quiet)) {
      if (present.heroMs >= settings.heroMs) {
        entries.set(board.hero, { ...present, heralded: true });
      }
      return { ...board, entries };
    }
    entries.set(board.hero, { ...present, heralded: true });
  }
  const chosen = next ?? lastCall(entries, now);
  return chosen === undefined ? { ...board, entries } : promote({ ...board, entries }, chosen);
}

/** The new large one leaves its row to the former one, so that neither is off the screen for a moment. */
function promote(board: CallBoard, ticket: string): CallBoard {
  const former = board.hero;
  const row = board.places.indexOf(ticket);
  const places = [...board.places];
  if (row >= 0) places[row] = undefined;
  const entry = former === undefined ? undefined : board.entries.get(former);
  if (row >= 0 && entry && !entry.gone) places[row] = former;
  return { ...board, hero: ticket, places };
}

function held({ heroMs, heralded }: BoardEntry, settings: BoardSettings): boolean {
  return heroMs < settings.heroMs && !heralded;
}

/** The large one is still being read and would find no row. */
function homeless(board: CallBoard, next: string | undefined, settings: BoardSettings): boolean {
  if ((heroEntry(board)?.shownMs ?? Infinity) >= settings.callMs) return false;
  if (next !== undefined && board.places.includes(next)) return false;
  return !board.places.some((ticket) => yields(board, ticket, board.hero, settings));
}

/** The last one who is called, else the last one at all; of those that no call announced only where nobody else is there. */
function lastCall(entries: ReadonlyMap<string, BoardEntry>, now: number): string | undefined {
  const all = [...entries].filter(([, entry]) => !waits(entry, now));
  const calls = all.filter(([, { call }]) => !call.quiet);
  const called = calls.filter(([, { call }]) => call.state === 'called');
  const pool = [called, calls, all].find(({ length }) => length > 0) ?? [];
  return pool.sort(([, a], [, b]) => byTime(b, a))[0]?.[0];
}
