// Windows: what they say of themselves, and what the tickets called to them show. SPEC §4.3.
import type { WindowSignal, WindowStateName } from '../signal.ts';
import type { Hall, WindowLive } from '../state.ts';
import { overlapMs } from '../interval.ts';
import { CLOCK_TOLERANCE_MS, bump, present } from './step.ts';

/** A window in one of these states has let its ticket go. */
const WITHOUT_TICKET: ReadonlySet<WindowStateName> = new Set(['closed', 'idle']);

export function reduceWindow(hall: Hall, device: string, signal: WindowSignal): Hall {
  const known = hall.windows[signal.window];
  if (known && signal.at < known.at) return bump(hall, 'late');
  const { staff, substitute, ticket } = known ?? {};
  const person =
    signal.staff !== undefined
      ? present({
          staff: signal.staff,
          substitute: signal.substitute === true ? (true as const) : undefined,
        })
      : signal.state === 'closed'
        ? {}
        : present({ staff, substitute });
  const window: WindowLive = {
    ...entered(hall, known, signal.state, signal.at),
    at: signal.at,
    device,
    ...person,
    ...present({
      reason: signal.reason,
      ticket: WITHOUT_TICKET.has(signal.state) ? undefined : ticket,
    }),
  };
  return withWindow(hall, signal.window, window);
}

/** A ticket was called to the window, or is being served there: the window follows, unless it said something newer. */
export function ticketAtWindow(
  hall: Hall,
  id: string,
  event: { at: number; device: string; ticket: string; state: 'calling' | 'serving' },
): Hall {
  const known = hall.windows[id];
  const { at, device, ticket, state } = event;
  if (known && at < known.at) {
    const busy = known.state !== 'idle' && known.state !== 'closed';
    if (!busy || known.at - at > CLOCK_TOLERANCE_MS) return hall;
    return known.ticket === ticket ? hall : withWindow(hall, id, { ...known, ticket });
  }
  const { reason: _past, ...rest } = known ?? {};
  return withWindow(hall, id, {
    ...rest,
    ...entered(hall, known, state, at),
    at,
    device,
    ticket,
  });
}

/** The ticket is no longer at the window, which is free unless it says otherwise. */
export function ticketLeavesWindow(
  hall: Hall,
  id: string | undefined,
  event: { at: number; device: string; ticket: string },
): Hall {
  const known = id === undefined ? undefined : hall.windows[id];
  if (id === undefined || known?.ticket !== event.ticket) return hall;
  const { ticket: _left, ...free } = known;
  const follows = known.state === 'calling' || known.state === 'serving';
  if (!follows || event.at < known.at) return withWindow(hall, id, free);
  const { at, device } = event;
  return withWindow(hall, id, { ...free, ...entered(hall, known, 'idle', at), at, device });
}

/** The state with its start; time in the state before is added to what the day has spent in it. */
function entered(hall: Hall, known: WindowLive | undefined, state: WindowStateName, at: number) {
  if (!known) return { state, since: at, spentMs: {} };
  if (known.state === state) return { state, since: known.since, spentMs: known.spentMs };
  const spent = overlapMs(hall.day.open, known.since, at);
  const before = known.spentMs[known.state] ?? 0;
  return { state, since: at, spentMs: { ...known.spentMs, [known.state]: before + spent } };
}

function withWindow(hall: Hall, id: string, window: WindowLive): Hall {
  return { ...hall, windows: { ...hall.windows, [id]: window } };
}
