// Visits and their numbers: which visit a number names, and how one is kept. SPEC §4.2.
import type { EveryField, Hall, Ticket, TicketFacts, TicketState } from '../state.ts';
import { get, set } from '../table.ts';
import { present } from './step.ts';

const ENDED: ReadonlySet<TicketState> = new Set<TicketState>(['completed', 'cancelled']);

export function hasEnded(visit: Ticket): boolean {
  return ENDED.has(visit.state);
}

/** The visit that a number (canonical) names: the latest under it that has not ended, else the latest. */
export function visitOf(hall: Hall, number: string): Ticket | undefined {
  const keys = get(hall.reissued, number);
  if (keys === undefined) return get(hall.tickets, number);
  const visits = keys.flatMap((key) => get(hall.tickets, key) ?? []);
  return visits.findLast((visit) => !hasEnded(visit)) ?? visits.at(-1);
}

/** The key of the next visit under a number; `seq` is that of its first entry. */
export function nextKey(hall: Hall, number: string, seq: number): string {
  return get(hall.tickets, number) === undefined ? number : `${number}~${seq}`;
}

export function withVisit(hall: Hall, visit: Ticket): Hall {
  return { ...hall, tickets: set(hall.tickets, visit.key, atDesk(hall, visit)) };
}

/** The visit with the window that it belongs to: a call is no reason to leave the window of a service. */
function atDesk(hall: Hall, visit: Ticket): Ticket {
  const served = visit.state === 'serving' || visit.state === 'completed';
  if (!served && (visit.state !== 'called' || visit.desk?.served === true)) return visit;
  const { window } = visit;
  const before = visit.desk?.window === window ? visit.desk : undefined;
  const staff = hall.windows[window]?.staff ?? before?.staff;
  if (before && before.staff === staff && before.served === (served || undefined)) return visit;
  const desk = present({ window, staff, served: served ? (true as const) : undefined });
  return { ...visit, desk };
}

/** A visit that was not known before. */
export function withNewVisit(hall: Hall, visit: Ticket, isListed: boolean): Hall {
  const { key, ticket } = visit;
  const keys = get(hall.reissued, ticket);
  const isAgain = key !== ticket;
  const { sizes } = hall;
  return {
    ...hall,
    tickets: set(hall.tickets, key, atDesk(hall, visit)),
    ...(isAgain && { reissued: set(hall.reissued, ticket, [...(keys ?? [ticket]), key]) }),
    sizes: {
      ...sizes,
      tickets: sizes.tickets + 1,
      strangersTickets: sizes.strangersTickets + (isListed ? 0 : 1),
    },
  };
}

/** The visit that was evaluated at a window under this number (canonical): the latest that was served there. */
export function evaluatedVisit(hall: Hall, number: string, window: string): Ticket | undefined {
  const keys = get(hall.reissued, number) ?? [number];
  const visits = keys.flatMap((key) => get(hall.tickets, key) ?? []);
  return visits.findLast(({ desk }) => desk?.window === window && desk.served === true);
}

export function windowOf(visit: Ticket | undefined): string | undefined {
  return visit && 'window' in visit ? visit.window : undefined;
}

/** What a visit keeps through all states, without what belongs to the present one. */
export function factsOf(visit: Ticket): TicketFacts {
  return present({
    key: visit.key,
    visit: visit.visit,
    ticket: visit.ticket,
    class: visit.class,
    queue: visit.queue,
    service: visit.service,
    channel: visit.channel,
    appointmentAt: visit.appointmentAt,
    arrivedAt: visit.arrivedAt,
    issuedAt: visit.issuedAt,
    calledAt: visit.calledAt,
    firstServingAt: visit.firstServingAt,
    inferredStart: visit.inferredStart,
    inferredEnd: visit.inferredEnd,
    calls: visit.calls,
    transfers: visit.transfers,
    noShows: visit.noShows,
    desk: visit.desk,
    level: visit.level,
    outOfOrder: visit.outOfOrder,
    irregular: visit.irregular,
    at: visit.at,
    by: visit.by,
    heardAt: visit.heardAt,
  } satisfies EveryField<TicketFacts>);
}

/** A visit began with a signal of this device. */
export function countVisit(hall: Hall, device: string): Hall {
  const live = get(hall.devices, device);
  if (live === undefined) return hall;
  const next = { ...live, visits: (live.visits ?? 0) + 1 };
  return { ...hall, devices: set(hall.devices, device, next) };
}
