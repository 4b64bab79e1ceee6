// Entries of the journal folded into the hall: one at a time for the facts, by commits for the live state.
import { createHash } from 'node:crypto';
import type { HallConfig } from '../hall/config.ts';
import { bitOf, NO_MARKS, type Marks } from '../hall/marks.ts';
import { advance, reduce, type Received } from '../hall/reduce.ts';
import { rulesOf } from '../hall/rules.ts';
import type { Hall } from '../hall/state.ts';
import { inBatch } from '../hall/table.ts';
import type { Entry, Marking } from './journal/entry.ts';

/**
 * Raise when the fold's rules or the state's shape change: the journal is then folded again. A forgotten raise for another
 * shape is noticed by `test/hall/state-shape.test.ts`.
 */
export const STATE_FORMAT = 11;

/** The hall before and after an entry. One that cannot be taken changes nothing. */
export interface Step {
  /** when time alone has done its part */
  readonly before: Hall;
  readonly after: Hall;
}

/** @param onFail hears why an entry cannot be taken */
export function foldEntry(
  hall: Hall,
  entry: Entry,
  config: HallConfig,
  onFail: (error: unknown) => void,
): Step {
  let before = hall;
  try {
    before = advance(hall, config, entry.receivedAt);
    return { before, after: reduce(before, received(entry), rulesOf(config)) };
  } catch (error) {
    onFail(error);
    return { before, after: before };
  }
}

const LATE = bitOf('late');
const IRREGULAR = bitOf('irregular');
const INFERRED = bitOf('inferred');

/** The hall after the last of several entries, and the marks that the fold found out on the way. */
export interface Folded {
  readonly hall: Hall;
  readonly markings: readonly Marking[];
}

/**
 * Folds the entries of a commit. The states in between are nobody's, so that the fold changes its own copies in place. Where
 * an entry cannot be taken, the copies may hold half of the entry: the commit is then folded again, entry by entry.
 *
 * @param onFail hears which entries cannot be taken, and why; they are left out
 */
export function foldBatch(
  hall: Hall,
  entries: readonly Entry[],
  config: HallConfig,
  onFail: (entry: Entry, error: unknown) => void,
): Folded {
  try {
    return inBatch(() =>
      foldAll(hall, entries, config, (_entry, error) => {
        throw error;
      }),
    );
  } catch {
    return foldAll(hall, entries, config, onFail);
  }
}

function foldAll(
  start: Hall,
  entries: readonly Entry[],
  config: HallConfig,
  onFail: (entry: Entry, error: unknown) => void,
): Folded {
  let hall = start;
  const markings: Marking[] = [];
  for (const entry of entries) {
    const step = foldEntry(hall, entry, config, (error) => onFail(entry, error));
    hall = step.after;
    const marks = marksBetween(step.before, hall);
    if (marks !== NO_MARKS) markings.push({ seq: entry.seq, marks });
  }
  return { hall, markings };
}

/** What the fold found out about the event between these two states. */
function marksBetween({ counts: before }: Hall, { counts: after }: Hall): Marks {
  if (before === after) return NO_MARKS;
  let marks = NO_MARKS;
  if (after.late > before.late) marks |= LATE;
  if (after.irregular > before.irregular) marks |= IRREGULAR;
  if (after.inferred > before.inferred) marks |= INFERRED;
  return marks;
}

/** An entry of the journal as the fold takes it: the journal holds what decode accepted. */
export function received(entry: Entry): Received {
  const { id, marks = NO_MARKS, ...rest } = entry;
  const { signal } = rest as { signal: { id?: string } };
  return { ...rest, marks, ...(signal.id !== id && { journalId: id }) } as unknown as Received;
}

/** The hall file's part that the fold reflects: another one would have led to another state. */
export function rulesDigest({
  hall: { id, timezone },
  hours,
  limits,
  callers,
  devices,
}: HallConfig): string {
  const own = devices.map(({ id, caller, same_as }) => [id, caller, same_as]);
  const rules = JSON.stringify([id, timezone, hours, limits, callers, own]);
  return createHash('sha256').update(rules).digest('hex').slice(0, 16);
}
