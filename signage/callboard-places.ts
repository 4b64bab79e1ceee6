// The rows of a call board: who gets a place, who gives one up, and in which turn the pages come. SPEC §7.
import type { BoardSettings } from '../hall/view/board.ts';
import type { BoardEntry, BoardInput, CallBoard } from './callboard-state.ts';

/** What a page that stood still has missed comes within a moment. */
export const LATE_MS = 1_000;

/** Gives places to rows: denser while more than the comfortable number must be there, then by pages. */
export function place(board: CallBoard, { settings, room, now }: BoardInput): CallBoard {
  const listed = [...board.entries]
    .filter(([ticket, entry]) => ticket !== board.hero && !waits(entry, now))
    .map(([ticket]) => ticket);
  const must = listed.filter((ticket) => mustShow(board, ticket, settings));
  const settled = board.places.every((ticket) => isFree(board, ticket, settings));
  const dense =
    must.length > room.comfort || (board.dense && !(settled && must.length <= room.comfort));
  const size = Math.max(1, dense ? room.max : room.comfort);
  const count = Math.max(1, Math.ceil(must.length / size));
  let places = resize(board, size, settings);
  let page = { ...board.page, count, index: Math.min(board.page.index, count - 1) };
  if (board.page.count === 1 && count > 1) page.since = now;
  const free = (ticket: string | undefined) => isFree(board, ticket, settings);
  if (count > 1 && now - page.since >= settings.pageMs && places.every(free)) {
    page = { index: (page.index + 1) % count, count, since: now };
    places = turn(board, must, size, settings);
  }
  const missing = must.filter((ticket) => !places.includes(ticket)).sort(bySeen(board, settings));
  for (const ticket of missing) {
    const seen = (board.entries.get(ticket)?.shownMs ?? 0) >= settings.callMs;
    // On a page of several only what was not read yet comes out of turn.
    if (seen && count > 1) continue;
    places = insert(board, places, ticket, settings, must);
  }
  return { ...board, dense, page, places: fillHoles(board, places, listed, must) };
}

function mustShow(board: CallBoard, ticket: string, settings: BoardSettings): boolean {
  const entry = board.entries.get(ticket);
  return entry !== undefined && (entry.call.state === 'called' || entry.shownMs < settings.callMs);
}

/** Fewer places: those go first that were read; never one that is being read while another could go. */
function resize(board: CallBoard, size: number, settings: BoardSettings): (string | undefined)[] {
  const places = [...board.places];
  while (places.length < size) places.push(undefined);
  while (places.length > size) {
    const hole = places.lastIndexOf(undefined);
    const read = places.findLastIndex((ticket) => isFree(board, ticket, settings));
    places.splice(hole >= 0 ? hole : read >= 0 ? read : places.length - 1, 1);
  }
  return places;
}

/** The next page: who is being read, then who was not on the screen for longest; newest on top. */
function turn(
  board: CallBoard,
  must: readonly string[],
  size: number,
  settings: BoardSettings,
): (string | undefined)[] {
  const reading = (ticket: string) => Number(isBeingRead(board, ticket, settings));
  const awaited = (ticket: string) => Number(isAwaited(board.entries.get(ticket)));
  const lastShown = (ticket: string) => board.entries.get(ticket)?.lastShownAt ?? -Infinity;
  const chosen = must
    .toSorted(
      (a, b) =>
        reading(b) - reading(a) ||
        lastShown(a) - lastShown(b) ||
        awaited(b) - awaited(a) ||
        newestFirst(board)(b, a),
    )
    .slice(0, size)
    .sort(newestFirst(board));
  return Array.from({ length: size }, (_, index) => chosen[index]);
}

/**
 * Puts a row as high as it goes without moving one that is being read: into the topmost hole, or over the row that
 * needs its place least, with the rows above it that have been read moved down by one.
 */
function insert(
  board: CallBoard,
  places: readonly (string | undefined)[],
  ticket: string,
  settings: BoardSettings,
  must: readonly string[],
): (string | undefined)[] {
  // A row that has not been on the screen for a moment yet can go anywhere.
  const free = (row: string | undefined) =>
    isFree(board, row, settings) || board.entries.get(row ?? '')?.shownMs === 0;
  const hole = places.indexOf(undefined);
  const vacate = hole >= 0 ? hole : leastNeeded(board, places, ticket, settings, must);
  if (vacate === undefined) return [...places];
  let top = vacate;
  while (top > 0 && free(places[top - 1]) && isNewer(board, ticket, places[top - 1])) top -= 1;
  const result = [...places];
  result.splice(vacate, 1);
  result.splice(top, 0, ticket);
  return result;
}

function leastNeeded(
  board: CallBoard,
  places: readonly (string | undefined)[],
  newcomer: string,
  settings: BoardSettings,
  must: readonly string[],
): number | undefined {
  const unread = (ticket: string) => Number(!isFree(board, ticket, settings));
  const there = (ticket: string) => Number(board.entries.get(ticket)?.gone === false);
  const candidates = places
    .map((ticket, index) => ({ index, ticket: ticket ?? '' }))
    .filter(({ ticket }) => yields(board, ticket, newcomer, settings))
    .sort(
      (a, b) =>
        unread(a.ticket) - unread(b.ticket) ||
        unread(a.ticket) * (there(a.ticket) - there(b.ticket)) ||
        Number(must.includes(a.ticket)) - Number(must.includes(b.ticket)) ||
        newestFirst(board)(b.ticket, a.ticket),
    );
  return candidates[0]?.index;
}

/** Holes are filled without moving a row: by calls that were read before and wait for their page, then by who is served. */
function fillHoles(
  board: CallBoard,
  places: readonly (string | undefined)[],
  listed: readonly string[],
  must: readonly string[],
): readonly (string | undefined)[] {
  const needed = (ticket: string) => Number(must.includes(ticket));
  const spare = listed
    .filter((ticket) => !places.includes(ticket))
    .sort((a, b) => needed(b) - needed(a) || newestFirst(board)(a, b));
  if (spare.length === 0 || !places.includes(undefined)) return places;
  return places.map((ticket) => ticket ?? spare.shift());
}

function isNewer(board: CallBoard, ticket: string, than: string | undefined): boolean {
  return than === undefined || newestFirst(board)(ticket, than) < 0;
}

function newestFirst(board: CallBoard): (a: string, b: string) => number {
  return (a, b) => {
    const [first, second] = [board.entries.get(a), board.entries.get(b)];
    return first && second ? byTime(second, first) : 0;
  };
}

/** On the screen until this moment, and not yet for its time: the former large one, looking for a row. */
function isBeingRead(board: CallBoard, ticket: string, settings: BoardSettings): boolean {
  const entry = board.entries.get(ticket);
  return entry?.lastShownAt === board.at && entry.shownMs < settings.callMs;
}

/** Who is awaited first; then who is being read, then not yet read, the earliest of these first. */
function bySeen(board: CallBoard, settings: BoardSettings): (a: string, b: string) => number {
  const seen = (ticket: string) => (board.entries.get(ticket)?.shownMs ?? 0) >= settings.callMs;
  const reading = (ticket: string) => Number(isBeingRead(board, ticket, settings));
  const awaited = (ticket: string) => Number(isAwaited(board.entries.get(ticket)));
  return (a, b) =>
    awaited(b) - awaited(a) ||
    reading(b) - reading(a) ||
    Number(seen(a)) - Number(seen(b)) ||
    newestFirst(board)(b, a);
}

/** A place without a row, or whose row had its time. */
export function isFree(
  board: CallBoard,
  ticket: string | undefined,
  settings: BoardSettings,
): boolean {
  const entry = ticket === undefined ? undefined : board.entries.get(ticket);
  return !entry || entry.shownMs >= settings.callMs;
}

/** One that came late is shown once it is known that it is not over: its end may be the very next thing that is told. */
export function waits({ late, arrivedAt }: BoardEntry, now: number): boolean {
  return late && now - arrivedAt < LATE_MS;
}

/** Called, and not at the window yet. */
export function isAwaited(entry: BoardEntry | undefined): boolean {
  return entry !== undefined && !entry.gone && entry.call.state === 'called';
}

/** Whether a row goes for this newcomer: one that was read, or one that nobody is awaited for any more. */
export function yields(
  board: CallBoard,
  row: string | undefined,
  newcomer: string | undefined,
  settings: BoardSettings,
): boolean {
  if (isFree(board, row, settings)) return true;
  const awaited = isAwaited(board.entries.get(newcomer ?? ''));
  return awaited && !isAwaited(board.entries.get(row ?? ''));
}

/** The earlier call first. */
export function byTime(a: BoardEntry, b: BoardEntry): number {
  return a.call.at - b.call.at || (a.call.ticket < b.call.ticket ? -1 : 1);
}
