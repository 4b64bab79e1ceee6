// One entry of the journal folded into the hall, as the live state and the facts do alike.
import { createHash } from 'node:crypto';
import type { HallConfig } from '../hall/config.ts';
import { NO_MARKS } from '../hall/marks.ts';
import { advance, reduce, type Received } from '../hall/reduce.ts';
import { rulesOf } from '../hall/rules.ts';
import type { Hall } from '../hall/state.ts';
import type { Entry } from './journal/entry.ts';

/**
 * Raise when the fold's rules or the state's shape change: the journal is then folded again. A forgotten raise for another
 * shape is noticed by `test/hall/state-shape.test.ts`.
 */
export const STATE_FORMAT = 12;

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
