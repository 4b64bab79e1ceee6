// A ticket's life: 取号 → 叫号 → 办理 → 办结, with holds, transfers, no-shows, returns and everything out of place. SPEC §4.2.
import type { TicketSignal } from '../signal.ts';
import type { Call, Hall, Ticket, TicketState } from '../state.ts';
import { get, set } from '../table.ts';
import { CLOCK_TOLERANCE_MS, bump, present } from './step.ts';
import { ticketAtWindow, ticketLeavesWindow } from './window.ts';

type Type = TicketSignal['type'];
type Facts = Pick<
  Ticket,
  | 'ticket'
  | 'class'
  | 'queue'
  | 'service'
  | 'channel'
  | 'appointmentAt'
  | 'issuedAt'
  | 'firstServingAt'
  | 'calls'
  | 'transfers'
  | 'noShows'
  | 'outOfOrder'
  | 'irregular'
  | 'at'
  | 'by'
>;

/** From which states each event is regular. */
const REGULAR: Readonly<Record<Exclude<Type, 'issued'>, readonly TicketState[]>> = {
  called: ['waiting', 'called', 'missed', 'held'],
  recalled: ['called', 'missed'],
  serving: ['called'],
  held: ['called', 'serving'],
  resumed: ['held'],
  transferred: ['waiting', 'called', 'serving', 'held'],
  no_show: ['called'],
  requeued: ['missed'],
  completed: ['serving'],
  cancelled: ['waiting', 'called', 'missed', 'held'],
};

/** A step that leads on, so that a small difference of two devices' clocks must not hide it. */
const LEADS_ON: ReadonlySet<Type> = new Set<Type>(['called', 'serving', 'completed', 'no_show']);
/** What has ended is not opened again by these. */
const ENDED: ReadonlySet<TicketState> = new Set<TicketState>(['completed', 'cancelled']);
const ENDS: ReadonlySet<Type> = new Set<Type>([
  'completed',
  'cancelled',
  'no_show',
  'held',
  'requeued',
]);

const CALLED: ReadonlySet<Type> = new Set<Type>(['called', 'recalled', 'serving']);
/** Places for tickets that are called, beyond the limit and as a part of it. */
const CALLED_RESERVE = 0.25;

export function reduceTicket(hall: Hall, device: string, signal: TicketSignal): Hall {
  const known = get(hall.tickets, signal.ticket);
  if (!known && hall.sizes.tickets >= placesFor(signal.type, hall)) return bump(hall, 'overflow');
  if (signal.type === 'issued') return issue(hall, device, signal, known);
  const regular = known !== undefined && REGULAR[signal.type].includes(known.state);
  if (known && signal.at < known.at && !toleratesClock(known, device, signal, regular)) {
    return bump(hall, 'late');
  }
  if (known && ENDED.has(known.state) && ENDS.has(signal.type)) return bump(hall, 'irregular');
  const at = Math.max(signal.at, known?.at ?? 0);
  const ticket = step(known, facts(known, device, signal, at, regular), signal, at);
  const counted = regular ? hall : bump(hall, 'irregular');
  const placed = withTicket(counted, ticket, known === undefined);
  return place(placed, known, ticket, device, signal, at);
}

/** A dispenser that issues without end must not keep those who are called off the boards. */
function placesFor(type: Type, { limits }: Hall): number {
  return CALLED.has(type) ? limits.tickets * (1 + CALLED_RESERVE) : limits.tickets;
}

function toleratesClock(known: Ticket, device: string, signal: TicketSignal, regular: boolean) {
  const behind = known.at - signal.at;
  return (
    regular && LEADS_ON.has(signal.type) && known.by !== device && behind <= CLOCK_TOLERANCE_MS
  );
}

type Issued = Extract<TicketSignal, { type: 'issued' }>;

/** A second issue of a number is irregular; one that comes after the ticket's first call fills in what was missing. */
function issue(hall: Hall, device: string, signal: Issued, known: Ticket | undefined): Hall {
  const told = {
    queue: signal.queue,
    class: signal.class ?? ('normal' as const),
    issuedAt: signal.at,
    ...present({
      service: signal.service,
      channel: signal.channel,
      appointmentAt: signal.appointment_at,
    }),
  };
  if (known) {
    if (known.issuedAt !== undefined) return bump(hall, 'irregular');
    return withTicket(hall, { ...known, ...told, queue: known.queue ?? signal.queue }, false);
  }
  const ticket: Ticket = {
    ticket: signal.ticket,
    ...told,
    calls: 0,
    transfers: 0,
    noShows: 0,
    at: signal.at,
    by: device,
    state: 'waiting',
    since: signal.at,
  };
  return withTicket(hall, ticket, true);
}

/** What a ticket keeps through all states, after this event. */
function facts(
  known: Ticket | undefined,
  device: string,
  signal: Exclude<TicketSignal, Issued>,
  at: number,
  regular: boolean,
): Facts {
  const { type } = signal;
  const isCall = type === 'called' || type === 'recalled';
  const starts = type === 'serving' && known?.firstServingAt === undefined;
  return {
    ticket: signal.ticket,
    class: known?.class ?? 'normal',
    calls: (known?.calls ?? 0) + (isCall ? 1 : 0),
    transfers: (known?.transfers ?? 0) + (type === 'transferred' ? 1 : 0),
    noShows: (known?.noShows ?? 0) + (type === 'no_show' ? 1 : 0),
    at,
    by: device,
    ...present({
      queue: type === 'transferred' ? signal.to_queue : known?.queue,
      service: known?.service,
      channel: known?.channel,
      appointmentAt: known?.appointmentAt,
      issuedAt: known?.issuedAt,
      firstServingAt: starts ? at : known?.firstServingAt,
      outOfOrder: (isCall ? signal.out_of_order : undefined) ?? known?.outOfOrder,
      irregular: known?.irregular === true || !regular ? (true as const) : undefined,
    }),
  };
}

/** The state that the event leads to, whatever the one before: what cannot be regular is taken at its word. */
function step(
  known: Ticket | undefined,
  kept: Facts,
  signal: Exclude<TicketSignal, Issued>,
  at: number,
): Ticket {
  const work = workOf(known, at);
  const window = 'window' in signal ? signal.window : undefined;
  switch (signal.type) {
    case 'called':
    case 'recalled':
      return { ...kept, state: 'called', window: signal.window, since: at };
    case 'serving':
      return { ...kept, state: 'serving', window: signal.window, ...(work ?? begin(at)) };
    case 'held':
      return {
        ...kept,
        state: 'held',
        since: at,
        ...present({ window: window ?? windowOf(known) }),
        ...work,
      };
    case 'resumed': {
      const back = window ?? windowOf(known);
      if (back === undefined) return { ...kept, state: 'waiting', since: at };
      return { ...kept, state: 'serving', window: back, ...(work ?? begin(at)) };
    }
    case 'transferred':
    case 'requeued':
      return { ...kept, state: 'waiting', since: at };
    case 'no_show':
      return {
        ...kept,
        state: 'missed',
        since: at,
        ...present({ window: window ?? windowOf(known) }),
      };
    case 'completed':
      return {
        ...kept,
        state: 'completed',
        window: signal.window,
        completedAt: at,
        ...present({ outcome: signal.outcome }),
        ...work,
      };
    case 'cancelled':
      return { ...kept, state: 'cancelled', since: at };
  }
}

function begin(at: number) {
  return { servingAt: at, heldMs: 0 };
}

/** Service begun and time set aside, up to now; undefined where service has not begun in this visit to a window. */
function workOf(known: Ticket | undefined, at: number) {
  if (known?.state === 'serving') return { servingAt: known.servingAt, heldMs: known.heldMs };
  if (known?.state !== 'held' || known.servingAt === undefined) return undefined;
  return { servingAt: known.servingAt, heldMs: (known.heldMs ?? 0) + (at - known.since) };
}

function windowOf(ticket: Ticket | undefined): string | undefined {
  return ticket && 'window' in ticket ? ticket.window : undefined;
}

/** What the ticket's step means for windows and for the list of calls. */
function place(
  hall: Hall,
  before: Ticket | undefined,
  ticket: Ticket,
  device: string,
  signal: Exclude<TicketSignal, Issued>,
  at: number,
): Hall {
  const event = { at, device, ticket: ticket.ticket };
  const left = windowOf(before);
  const here = ticket.state === 'called' || ticket.state === 'serving' ? ticket.window : undefined;
  const freed = left !== here ? ticketLeavesWindow(hall, left, event) : hall;
  if (ticket.state === 'serving') {
    return ticketAtWindow(freed, ticket.window, { ...event, state: 'serving' });
  }
  if (ticket.state !== 'called') return freed;
  const shown = ticketAtWindow(freed, ticket.window, { ...event, state: 'calling' });
  const call: Call = {
    id: signal.id,
    ticket: ticket.ticket,
    window: ticket.window,
    at,
    nth: ticket.calls,
  };
  const calls = [...shown.calls.slice(-(hall.limits.calls - 1)), call];
  const counted =
    'out_of_order' in signal && signal.out_of_order !== undefined
      ? bump(shown, 'outOfOrder')
      : shown;
  return { ...counted, calls };
}

function withTicket(hall: Hall, ticket: Ticket, isNew: boolean): Hall {
  const tickets = set(hall.tickets, ticket.ticket, ticket);
  if (!isNew) return { ...hall, tickets };
  return { ...hall, tickets, sizes: { ...hall.sizes, tickets: hall.sizes.tickets + 1 } };
}
