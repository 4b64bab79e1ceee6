// The visit at a window and its call, for boards, signs and the managers' page alike. SPEC §7.4, 7.23.
import { indexHall, type HallConfig } from '../../config.ts';
import type { Call, Ticket } from '../../state.ts';
import { get } from '../../table.ts';
import type { Cutting } from '../cut.ts';
import { weakMemo } from '../memo.ts';

export type VisitAtWindow = Extract<Ticket, { state: 'called' | 'serving' }>;

export function isAtWindow(ticket: Ticket): ticket is VisitAtWindow {
  return ticket.state === 'called' || ticket.state === 'serving';
}

/** The visit that the window calls or serves, as the state of the window has it. */
export function visitAt({ hall }: Cutting, window: string): VisitAtWindow | undefined {
  const key = hall.windows[window]?.visit;
  const visit = key === undefined ? undefined : get(hall.tickets, key);
  return visit && isAtWindow(visit) && visit.window === window ? visit : undefined;
}

/**
 * The latest call of a visit to the window where it is. Where none is remembered (it was late, or many calls ago) a
 * stand-in, which stays the same until the visit takes a step.
 */
export function callAt({ hall }: Cutting, visit: VisitAtWindow): Call {
  const call = latestCalls(hall.calls).get(visit.key);
  return call?.window === visit.window ? call : standIn(visit);
}

/** The latest call of each visit among those remembered. */
export const latestCalls = weakMemo((calls: readonly Call[]): ReadonlyMap<string, Call> => {
  return new Map(calls.map((call) => [call.visit, call]));
});

const standIn = weakMemo((visit: VisitAtWindow): Call => {
  const at = visit.state === 'called' ? visit.since : visit.servingAt;
  const { key, ticket, window, calls: nth } = visit;
  return { id: standInId(visit), ticket, visit: key, window, at, toldAt: at, nth };
});

/** No signal can have this id: `~` is not in the alphabet of theirs. */
export function standInId({ visit }: Ticket): string {
  return `visit~${visit}`;
}

/** The window went on to the next call, and nobody said what became of this one: it still has its time on the board. */
export function isMissedUnheard(ticket: Ticket | undefined): boolean {
  return ticket?.state === 'missed' && ticket.inferredEnd !== undefined;
}

/** Whether people in this zone wait for the ticket: its queue's zone, or its window's. */
export function concerns(
  config: HallConfig,
  { queue }: Ticket,
  window: string | undefined,
  zone: string | undefined,
): boolean {
  if (zone === undefined) return true;
  const { windows, queues } = indexHall(config);
  if (window !== undefined && windows.get(window)?.zone === zone) return true;
  return queue !== undefined && queues.get(queue)?.zone === zone;
}

/** A call stays on a board so many times its least time, though its ticket is done. */
const CALL_TIMES = 3;

/** Calls made before this instant (ms since 1970) have had their time on every board. */
export function latelyFrom({ config, now }: Cutting): number {
  return now - config.board.call_seconds_min * 1000 * CALL_TIMES;
}
