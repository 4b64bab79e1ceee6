// 取号: a number is given to a person, which begins a visit, also where the number was given out before. SPEC §4.2.4.
import { hasMark } from '../marks.ts';
import type { Rules } from '../rules.ts';
import { canonicalTicket, type TicketSignal } from '../signal.ts';
import type { Hall, Ticket } from '../state.ts';
import { fullBudget } from './budget.ts';
import { bump, isOutdated, present, type EventFrom } from './step.ts';
import { retime } from './timer.ts';
import { countVisit, hasEnded, nextKey, withNewVisit, withVisit } from './visit.ts';

type Issued = Extract<TicketSignal, { type: 'issued' }>;

/** An issue that comes so soon after the visit's first step is that visit's own, told late. */
const AFTER_CALL_MS = 60_000;

export function issue(
  hall: Hall,
  event: EventFrom<'ticket'>,
  signal: Issued,
  known: Ticket | undefined,
  rules: Rules,
): Hall {
  const counted = hasMark(event.marks, 'late') ? bump(hall, 'late') : hall;
  if (known && isItsIssue(known, event)) return withVisit(counted, issued(known, event, signal));
  if (hasMark(event.marks, 'retained')) return counted;
  if (known && isOutdated(hall, event, known.at)) return bump(hall, 'late');
  if (fullBudget(hall, rules, event)) return bump(hall, 'overflow');
  const visit = begun(newVisit(hall, event, event.at), event, signal);
  const regular = known === undefined || hasEnded(known) || known.state === 'missed';
  const next = regular ? counted : bump(counted, 'irregular');
  const placed = withNewVisit(countVisit(next, event.device), visit, rules.isListed(event.device));
  return retime(placed, undefined, visit, rules);
}

/** The visit was called before anybody told of its issue. */
function isItsIssue(known: Ticket, { at }: EventFrom<'ticket'>): boolean {
  if (known.issuedAt !== undefined) return false;
  return at <= (known.calledAt ?? known.at) + AFTER_CALL_MS;
}

function issued(known: Ticket, { at }: EventFrom<'ticket'>, signal: Issued): Ticket {
  return {
    ...known,
    ...toldOf(signal),
    queue: known.queue ?? signal.queue,
    issuedAt: Math.min(at, known.calledAt ?? known.at),
  };
}

function toldOf(signal: Issued) {
  return {
    class: signal.class ?? ('normal' as const),
    ...present({
      service: signal.service,
      channel: signal.channel,
      appointmentAt: signal.appointment_at,
    }),
  };
}

/** An appointment that was made elsewhere is nobody who waits before the person has come, nor before its time. */
function begun(visit: Ticket, { at }: EventFrom<'ticket'>, signal: Issued): Ticket {
  const told = { ...visit, ...toldOf(signal), queue: signal.queue, issuedAt: at };
  const appointmentAt = signal.appointment_at;
  if (appointmentAt === undefined) return { ...told, state: 'waiting', since: at };
  if (signal.channel === 'mobile' || signal.channel === 'appointment') {
    return { ...told, state: 'later', since: at };
  }
  const here = { ...told, arrivedAt: at };
  return appointmentAt > at
    ? { ...here, state: 'later', since: at, from: appointmentAt }
    : { ...here, state: 'waiting', since: at };
}

/** A visit that nothing is known of but its number. */
export function newVisit(hall: Hall, event: EventFrom<'ticket'>, at: number): Ticket {
  const ticket = canonicalTicket(event.signal.ticket);
  return {
    key: nextKey(hall, ticket, event.seq),
    visit: event.seq,
    ticket,
    class: 'normal',
    calls: 0,
    transfers: 0,
    noShows: 0,
    at,
    by: event.device,
    heardAt: event.receivedAt,
    state: 'waiting',
    since: at,
  };
}
