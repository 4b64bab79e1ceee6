// A window while visits come to it and leave it, and the time that it spends in each state. SPEC §4.3.
import { overlapMs } from '../interval.ts';
import type { WindowStateName } from '../signal.ts';
import type { Hall, Ticket, WindowLive } from '../state.ts';
import { get } from '../table.ts';

export type AtWindowVisit = Extract<Ticket, { state: 'called' | 'serving' }>;

export interface AtWindow {
  readonly at: number;
  readonly device: string;
  readonly visit: Ticket;
  readonly state: 'calling' | 'serving';
}

/** A visit was called to the window, or is being served there: the window follows. */
export function visitAtWindow(hall: Hall, id: string, event: AtWindow): Hall {
  const known = hall.windows[id];
  const { device, visit, state } = event;
  const at = Math.max(event.at, known?.at ?? 0);
  const { reason: _past, former: _former, ...rest } = known ?? {};
  const former = standingAt(hall, id).find(({ key }) => key !== visit.key);
  return withWindow(hall, id, {
    ...rest,
    ...entered(hall, known, state, at),
    at,
    device,
    ticket: visit.ticket,
    visit: visit.key,
    ...(former && { former: former.key }),
  });
}

/** The visits that the window has called or serves, and that nobody ended: at most its visit and the one before. */
export function standingAt(hall: Hall, id: string): readonly AtWindowVisit[] {
  const { visit, former } = hall.windows[id] ?? {};
  const standing: AtWindowVisit[] = [];
  for (const key of [former, visit]) {
    const found = key === undefined ? undefined : get(hall.tickets, key);
    if ((found?.state === 'called' || found?.state === 'serving') && found.window === id) {
      standing.push(found);
    }
  }
  return standing;
}

/** The visit is no longer at the window, which is free unless it says otherwise. */
export function visitLeavesWindow(
  hall: Hall,
  id: string | undefined,
  event: { readonly at: number; readonly device: string; readonly visit: Ticket },
): Hall {
  const known = id === undefined ? undefined : hall.windows[id];
  if (id === undefined || known?.visit !== event.visit.key) return hall;
  const { ticket: _number, visit: _left, ...free } = known;
  if (known.state !== 'calling' && known.state !== 'serving') return withWindow(hall, id, free);
  const at = Math.max(event.at, known.at);
  return withWindow(hall, id, {
    ...free,
    ...entered(hall, known, 'idle', at),
    at,
    device: event.device,
  });
}

/**
 * A visit was completed that was only called: its service began somewhere in the time in which the window was taken to be
 * calling. Call it once the window has left that state.
 */
export function creditService(hall: Hall, before: Ticket | undefined, visit: Ticket): Hall {
  if (before?.state !== 'called' || visit.state !== 'completed') return hall;
  const { servingAt, completedAt } = visit;
  const window = hall.windows[before.window];
  if (servingAt === undefined || window === undefined) return hall;
  const { calling = 0, serving = 0 } = window.spentMs;
  const ms = Math.min(calling, overlapMs(hall.day.open, servingAt, completedAt));
  if (ms <= 0) return hall;
  const spentMs = { ...window.spentMs, calling: calling - ms, serving: serving + ms };
  return withWindow(hall, before.window, { ...window, spentMs });
}

/** The state with its start; time in the state before is added to what the day has spent in it. */
export function entered(
  hall: Hall,
  known: WindowLive | undefined,
  state: WindowStateName,
  at: number,
) {
  if (!known) return { state, since: at, spentMs: {} };
  if (known.state === state) return { state, since: known.since, spentMs: known.spentMs };
  const spent = overlapMs(hall.day.open, known.since, at);
  const before = known.spentMs[known.state] ?? 0;
  return { state, since: at, spentMs: { ...known.spentMs, [known.state]: before + spent } };
}

export function withWindow(hall: Hall, id: string, window: WindowLive): Hall {
  return { ...hall, windows: { ...hall.windows, [id]: window } };
}
