// A group of tickets (a hall's, a queue's, a window's) kept so that its figures cost next to nothing: sorted lists and
// whole sums, changed one ticket at a time. What it holds is a function of its tickets alone, whatever the order.
import type { Interval } from '../interval.ts';
import { bisectLeft, bisectRight, bisector } from 'd3-array';
import type { Ticket } from '../state.ts';
import {
  gaveUpMs,
  isWaiting,
  serviceMs,
  waitEnd,
  waitingSince,
  waitMs,
  waitStart,
} from './ticket.ts';

export interface ServiceDone {
  readonly at: number;
  readonly ms: number;
}

export class Tally {
  readonly open: readonly Interval[];
  /** what happened earlier belongs to another day */
  readonly from: number;
  /** grows with every change */
  version = 0;
  /** the latest event of each ticket, ascending */
  readonly events: number[] = [];
  /** those who wait now, the oldest first */
  readonly waiting: Ticket[] = [];
  /** called, being served or held there */
  readonly active: Ticket[] = [];
  /** no-shows that did not return, the latest last */
  readonly missed: Ticket[] = [];
  /** all who were ever called, by their first call */
  readonly called: Ticket[] = [];
  /** instants, ascending */
  readonly issuedAt: number[] = [];
  readonly completedAt: number[] = [];
  readonly waitStarts: number[] = [];
  readonly waitEnds: number[] = [];
  /** as `waitEnds`, but of those who were called the first call */
  readonly left: number[] = [];
  /** durations in ms, ascending: of those who began, and of those who gave up */
  readonly waits: number[] = [];
  readonly gaveUp: number[] = [];
  waitSum = 0;
  /** by their end */
  readonly services: ServiceDone[] = [];
  serviceSum = 0;
  cancelled = 0;
  /** no-shows among the issued */
  abandoned = 0;
  outcomes = 0;
  done = 0;
  /** waiting to be called: neither called nor set aside */
  queued = 0;
  /** appointments that have not come or whose time has not come, and transfers for later */
  later = 0;
  serving = 0;
  priority = 0;

  /**
   * @param open the hours that a wait is cut to: the day's, and before them those of the day that it goes on from
   * @param from what happened earlier belongs to another day (ms since 1970)
   */
  constructor(open: readonly Interval[], from = -Infinity) {
    this.open = open;
    this.from = from;
  }

  get issued(): number {
    return this.issuedAt.length;
  }

  get served(): number {
    return this.completedAt.length;
  }

  get waitCount(): number {
    return this.waits.length;
  }

  get serviceCount(): number {
    return this.services.length;
  }

  /** Adds a ticket, or takes the same one away again. */
  change(ticket: Ticket, by: 1 | -1): void {
    this.version++;
    changeNumbers(this.events, ticket.at, by);
    this.#changeLists(ticket, by);
    this.#changeWaits(ticket, by);
    this.#changeCounts(ticket, by);
  }

  #changeLists(ticket: Ticket, by: 1 | -1): void {
    if (isWaiting(ticket)) changeTickets(this.waiting, ticket, by, waitingSince);
    if (ticket.state === 'called' || ticket.state === 'serving' || ticket.state === 'held') {
      changeTickets(this.active, ticket, by, changedAt);
    }
    if (ticket.state === 'missed') changeTickets(this.missed, ticket, by, changedAt);
    if (ticket.calledAt !== undefined) changeTickets(this.called, ticket, by, firstCalledAt);
  }

  #changeWaits(ticket: Ticket, by: 1 | -1): void {
    const start = waitStart(ticket);
    const end = waitEnd(ticket);
    if (start !== undefined) {
      changeNumbers(this.waitStarts, start, by);
      if (end !== undefined) changeNumbers(this.waitEnds, Math.max(start, end), by);
      const left = ticket.calledAt ?? end;
      if (left !== undefined) changeNumbers(this.left, Math.max(start, left), by);
    }
    const wait = waitMs(ticket, this.open);
    if (wait !== undefined && (ticket.firstServingAt ?? 0) >= this.from) {
      changeNumbers(this.waits, wait, by);
      this.waitSum += by * wait;
    }
    const gaveUp = gaveUpMs(ticket, this.open);
    if (gaveUp !== undefined && (end ?? 0) >= this.from) changeNumbers(this.gaveUp, gaveUp, by);
  }

  #changeCounts(ticket: Ticket, by: 1 | -1): void {
    if (ticket.class !== 'normal') this.priority += by;
    if (ticket.state === 'waiting') this.queued += by;
    if (ticket.state === 'later') this.later += by;
    if (ticket.state === 'serving') this.serving += by;
    if (ticket.issuedAt !== undefined && ticket.issuedAt >= this.from) {
      changeNumbers(this.issuedAt, ticket.issuedAt, by);
      if (ticket.state === 'cancelled') this.cancelled += by;
      if (ticket.state === 'missed') this.abandoned += by;
    }
    if (ticket.state !== 'completed' || ticket.completedAt < this.from) return;
    changeNumbers(this.completedAt, ticket.completedAt, by);
    if (ticket.outcome !== undefined) this.outcomes += by;
    if (ticket.outcome === 'done') this.done += by;
    const ms = serviceMs(ticket);
    if (ms === undefined) return;
    this.serviceSum += by * ms;
    changeServices(this.services, { at: ticket.completedAt, ms }, by);
  }
}

/** The tally of any tickets: for reports over a queue, a service, a period. */
export function tallyOf(tickets: Iterable<Ticket>, open: readonly Interval[]): Tally {
  const tally = new Tally(open);
  for (const ticket of tickets) tally.change(ticket, 1);
  return tally;
}

function changedAt(ticket: Ticket): number {
  return ticket.at;
}

function firstCalledAt({ calledAt = 0 }: Ticket): number {
  return calledAt;
}

function changeNumbers(list: number[], value: number, by: 1 | -1): void {
  if (by === 1) list.splice(bisectRight(list, value), 0, value);
  else list.splice(bisectLeft(list, value), 1);
}

function changeTickets(
  list: Ticket[],
  ticket: Ticket,
  by: 1 | -1,
  key: (ticket: Ticket) => number,
): void {
  if (by === -1) {
    const index = list.lastIndexOf(ticket);
    if (index >= 0) list.splice(index, 1);
    return;
  }
  let index = list.length;
  while (index > 0 && isAfter(list[index - 1], ticket, key)) index--;
  list.splice(index, 0, ticket);
}

function isAfter(other: Ticket | undefined, ticket: Ticket, key: (ticket: Ticket) => number) {
  if (other === undefined) return false;
  const difference = key(other) - key(ticket);
  return difference > 0 || (difference === 0 && other.key > ticket.key);
}

/** By end, then by length, so that the list does not depend on the order of arrival. */
const services = bisector((a: ServiceDone, b: ServiceDone) => a.at - b.at || a.ms - b.ms);

function changeServices(list: ServiceDone[], service: ServiceDone, by: 1 | -1): void {
  if (by === 1) list.splice(services.right(list, service), 0, service);
  else list.splice(services.left(list, service), 1);
}
