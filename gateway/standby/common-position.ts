// Where two journals of one hall part: what both have is known from who wrote it, without comparing entries.
import type { Leadership, Position } from '../journal.ts';

/** A journal's end, and who wrote it up to there. */
export interface Extent extends Position {
  readonly leaderships: readonly Leadership[];
}

/**
 * The last position up to which both journals are the same. A leadership is written by one process alone, and copied
 * only from its beginning on: where both have one, they share it up to where the first of them ends.
 */
export function commonOf(mine: Extent, theirs: Extent): Position {
  let shared = 0;
  while (isSame(mine.leaderships[shared], theirs.leaderships[shared])) shared++;
  if (shared === 0) return { seq: 0, letter: 0 };
  const [a, b] = [endOf(mine, shared), endOf(theirs, shared)];
  return { seq: Math.min(a.seq, b.seq), letter: Math.min(a.letter, b.letter) };
}

/** Whether a journal has something after that position. */
export function isBeyond({ seq, letter }: Position, position: Position): boolean {
  return seq > position.seq || letter > position.letter;
}

/** Where the first so many leaderships end: before the next one's beginning, or at the journal's end. */
function endOf({ leaderships, seq, letter }: Extent, count: number): Position {
  const next = leaderships[count];
  return next === undefined ? { seq, letter } : { seq: next.seq - 1, letter: next.letter - 1 };
}

function isSame(a: Leadership | undefined, b: Leadership | undefined): boolean {
  return (
    a !== undefined &&
    b !== undefined &&
    a.epoch === b.epoch &&
    a.seq === b.seq &&
    a.letter === b.letter
  );
}
