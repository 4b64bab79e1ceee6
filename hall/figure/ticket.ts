// What one ticket contributes to the figures. All results in ms; undefined where the ticket does not tell.
import { overlapMs, type Interval } from '../interval.ts';
import type { Ticket } from '../state.ts';

/** What took longer was no service: its begin has the time of a clock that is wrong. */
const LONGEST_MS = 86_400_000;

/**
 * Where the wait begins: the issue; of an appointment max(appointment, arrival). An appointment that has not come does not
 * wait; of one whose arrival nobody told, its issue stands for it.
 */
export function waitStart(ticket: Ticket): number | undefined {
  const { issuedAt, appointmentAt, arrivedAt } = ticket;
  if (appointmentAt === undefined || issuedAt === undefined) return issuedAt;
  if (arrivedAt === undefined && (ticket.state === 'later' || ticket.state === 'cancelled')) {
    return undefined;
  }
  return Math.max(appointmentAt, arrivedAt ?? issuedAt);
}

/** Wait 等候时长: first `serving` − first `issued`. */
export function waitMs(ticket: Ticket, open: readonly Interval[]): number | undefined {
  const { firstServingAt } = ticket;
  return firstServingAt === undefined ? undefined : waited(ticket, open, firstServingAt);
}

/** How long someone waited who gave up: to the no-show that had no return, or to the cancellation. */
export function gaveUpMs(ticket: Ticket, open: readonly Interval[]): number | undefined {
  if (ticket.firstServingAt !== undefined) return undefined;
  if (ticket.state !== 'missed' && ticket.state !== 'cancelled') return undefined;
  return waited(ticket, open, ticket.since);
}

/** How long somebody waited, up to `now` (ms), whom nobody has served: who gave up, or still waits. */
export function unservedMs(
  ticket: Ticket,
  open: readonly Interval[],
  now: number,
): number | undefined {
  if (!isWaiting(ticket)) return gaveUpMs(ticket, open);
  if (ticket.firstServingAt !== undefined || ticket.issuedAt === undefined) return undefined;
  const ms = overlapMs(open, waitingSince(ticket), now);
  return ms > 0 ? ms : undefined;
}

/** Issued or requeued, not yet serving, not ended: whoever is called still waits until service begins. */
export function isWaiting(ticket: Ticket): boolean {
  if (ticket.state === 'held') return ticket.servingAt === undefined;
  return ticket.state === 'waiting' || ticket.state === 'called';
}

/**
 * Since when a waiting ticket waits. A transfer keeps the first issue; but after a service has begun, that wait is
 * over and a new one began with the transfer.
 */
export function waitingSince(ticket: Ticket): number {
  const start = ticket.firstServingAt === undefined ? waitStart(ticket) : undefined;
  const since = 'since' in ticket ? ticket.since : ticket.at;
  // Somebody who is here before the time of the appointment, and waits, waits since then.
  return start === undefined ? since : Math.min(start, since);
}

/**
 * Service time 办理时长: `completed` − `serving` − held. Not cut to opening hours: what was held over lunch is already
 * taken away, and work done after closing time is work. A service that nobody ended has none.
 */
export function serviceMs(ticket: Ticket): number | undefined {
  if (ticket.state !== 'completed' || ticket.servingAt === undefined) return undefined;
  // Nobody ended this service: its window's closing, or the limit, says nothing of how long it took.
  if (ticket.inferredEnd === 'closed' || ticket.inferredEnd === 'limit') return undefined;
  const ms = Math.max(0, ticket.completedAt - ticket.servingAt - (ticket.heldMs ?? 0));
  return ms <= LONGEST_MS ? ms : undefined;
}

/** When the wait ended, one way or another. */
export function waitEnd(ticket: Ticket): number | undefined {
  if (ticket.firstServingAt !== undefined) return ticket.firstServingAt;
  if (ticket.state === 'completed') return ticket.completedAt;
  return ticket.state === 'missed' || ticket.state === 'cancelled' ? ticket.since : undefined;
}

/** A wait that lies wholly outside the opening hours counts nowhere. */
function waited(ticket: Ticket, open: readonly Interval[], end: number): number | undefined {
  const start = waitStart(ticket);
  if (start === undefined) return undefined;
  if (end <= start) return 0;
  const ms = overlapMs(open, start, end);
  return ms > 0 ? ms : undefined;
}
