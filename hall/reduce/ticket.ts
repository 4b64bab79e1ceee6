// A visit's life: 取号 → 叫号 → 办理 → 办结, with holds, transfers, no-shows, returns and everything out of place. SPEC §4.2.
import { hasMark } from '../marks.ts';
import type { Rules } from '../rules.ts';
import { canonicalTicket, type TicketSignal } from '../signal.ts';
import type { Call, Hall, Ticket, TicketFacts, TicketState } from '../state.ts';
import { get, set } from '../table.ts';
import { fullBudget } from './budget.ts';
import { fillIn } from './fill-in.ts';
import { inferEnd, inferredStart, type End } from './infer.ts';
import { issue, newVisit } from './issue.ts';
import {
  bump,
  isOutdated,
  present,
  type EventFrom,
  type StepEvent,
  type StepSignal,
} from './step.ts';
import { retime } from './timer.ts';
import {
  countVisit,
  factsOf,
  hasEnded,
  visitOf,
  windowOf,
  withNewVisit,
  withVisit,
} from './visit.ts';
import { creditService, standingAt, visitAtWindow, visitLeavesWindow } from './at-window.ts';

type Type = TicketSignal['type'];

/** From which states each event is regular. */
const REGULAR: Readonly<Record<StepSignal['type'], readonly TicketState[]>> = {
  called: ['waiting', 'later', 'called', 'missed', 'held'],
  recalled: ['called', 'missed'],
  serving: ['called'],
  held: ['called', 'serving'],
  resumed: ['held'],
  arrived: ['later', 'waiting'],
  transferred: ['waiting', 'later', 'called', 'serving', 'held'],
  no_show: ['called'],
  requeued: ['missed'],
  completed: ['called', 'serving'],
  cancelled: ['waiting', 'later', 'called', 'missed', 'held'],
};

/** What a visit that was ended without a report may still be told. */
const AFTER_INFERRED: ReadonlySet<Type> = new Set<Type>([
  'called',
  'recalled',
  'serving',
  'held',
  'transferred',
  'no_show',
  'requeued',
  'completed',
]);
/** What has ended is not opened again by these. */
const ENDS: ReadonlySet<Type> = new Set<Type>([
  'completed',
  'cancelled',
  'no_show',
  'held',
  'requeued',
  'arrived',
]);
/** A begin of service that comes so soon after the end has crossed with it. */
const CROSSED_MS = 60_000;
const MINUTE_MS = 60_000;

export function reduceTicket(hall: Hall, event: EventFrom<'ticket'>, rules: Rules): Hall {
  const told = countStep(hall, event);
  const known = visitOf(told, canonicalTicket(event.signal.ticket));
  if (event.signal.type === 'issued') return issue(told, event, event.signal, known, rules);
  if (!known && fullBudget(told, rules, event)) return bump(told, 'overflow');
  // The signal is one of the other types: the check above narrows the field, not the event.
  return takeStep(told, event as StepEvent, known, rules);
}

function takeStep(hall: Hall, event: StepEvent, known: Ticket | undefined, rules: Rules): Hall {
  const { type } = event.signal;
  if (isOutdated(hall, event, known?.at ?? 0)) {
    return known ? filledIn(bump(hall, 'late'), known, event) : bump(hall, 'late');
  }
  const isOpenEnd = known?.inferredEnd !== undefined && AFTER_INFERRED.has(type);
  const regular = known !== undefined && (REGULAR[type].includes(known.state) || isOpenEnd);
  if (known && !regular && isBehind(known, event)) {
    return filledIn(bump(hall, 'irregular'), known, event);
  }
  if (known && !isOpenEnd && hasEnded(known) && ENDS.has(type)) return bump(hall, 'irregular');
  const at = Math.max(event.at, known?.at ?? 0);
  const before = known ?? newVisit(hall, event, at);
  const visit = step(before, event, at, regular, rules);
  const counted = countedMarks(hall, event, regular, visit, before);
  const isListed = rules.isListed(event.device);
  const placed = known
    ? withVisit(counted, visit)
    : withNewVisit(countVisit(counted, event.device), visit, isListed);
  return retime(place(placed, known, visit, event, at, rules), known, visit, rules);
}

/** Older by its own time than the visit's last step, or a begin that crossed with the end: no step that leads on. */
function isBehind(known: Ticket, { at, signal }: StepEvent): boolean {
  if (at < known.at) return true;
  return (
    signal.type === 'serving' && known.state === 'completed' && at - known.completedAt < CROSSED_MS
  );
}

function filledIn(hall: Hall, known: Ticket, event: StepEvent): Hall {
  const filled = fillIn(known, event);
  return filled === known ? hall : withVisit(hall, filled);
}

function countedMarks(
  hall: Hall,
  event: StepEvent,
  regular: boolean,
  visit: Ticket,
  before: Ticket,
): Hall {
  let counted = hasMark(event.marks, 'late') ? bump(hall, 'late') : hall;
  if (!regular) counted = bump(counted, 'irregular');
  if (visit.inferredStart && !before.inferredStart) counted = bump(counted, 'inferred');
  return counted;
}

/** Which steps a device reports is known by what it has reported. */
function countStep(hall: Hall, { device, signal }: EventFrom<'ticket'>): Hall {
  const { type } = signal;
  const name =
    type === 'called' || type === 'serving'
      ? type
      : type === 'completed' || type === 'no_show'
        ? ('ended' as const)
        : undefined;
  const live = get(hall.devices, device);
  if (name === undefined || live === undefined) return hall;
  const steps = live.steps ?? { called: 0, serving: 0, ended: 0 };
  const next = { ...live, steps: { ...steps, [name]: steps[name] + 1 } };
  return { ...hall, devices: set(hall.devices, device, next) };
}

/** What the visit keeps through all states, after this event. */
function facts(
  before: Ticket,
  { device, signal, receivedAt }: StepEvent,
  at: number,
  regular: boolean,
) {
  const { type } = signal;
  const isCall = type === 'called' || type === 'recalled';
  const comes = isCall || type === 'serving' || type === 'arrived';
  const kept = factsOf(before);
  const { inferredEnd: _inferred, ...rest } = kept;
  return {
    ...rest,
    calls: kept.calls + (isCall ? 1 : 0),
    transfers: kept.transfers + (type === 'transferred' ? 1 : 0),
    noShows: kept.noShows + (type === 'no_show' ? 1 : 0),
    at,
    by: device,
    heardAt: receivedAt,
    ...present({
      queue: type === 'transferred' ? (signal.to_queue ?? kept.queue) : kept.queue,
      arrivedAt: kept.arrivedAt ?? (comes && kept.appointmentAt !== undefined ? at : undefined),
      calledAt: kept.calledAt ?? (isCall ? at : undefined),
      firstServingAt: kept.firstServingAt ?? (type === 'serving' ? at : undefined),
      outOfOrder: (isCall ? signal.out_of_order : undefined) ?? kept.outOfOrder,
      irregular: kept.irregular === true || !regular ? (true as const) : undefined,
    }),
  } satisfies TicketFacts;
}

/** The state that the event leads to, whatever the one before: what cannot be regular is taken at its word. */
function step(
  before: Ticket,
  event: StepEvent,
  at: number,
  regular: boolean,
  rules: Rules,
): Ticket {
  const { signal } = event;
  const kept = facts(before, event, at, regular);
  const work = workOf(before, at);
  const window = 'window' in signal ? signal.window : undefined;
  const here = present({ window: window ?? windowOf(before) });
  switch (signal.type) {
    case 'called':
    case 'recalled':
      return { ...kept, state: 'called', window: signal.window, since: at };
    case 'serving':
      return { ...kept, state: 'serving', window: signal.window, ...(work ?? begin(at)) };
    case 'held':
      return { ...kept, state: 'held', since: at, ...here, ...work };
    case 'resumed': {
      const back = window ?? windowOf(before);
      if (back === undefined) return { ...kept, state: 'waiting', since: at };
      return { ...kept, state: 'serving', window: back, ...(work ?? begin(at)) };
    }
    case 'arrived':
      return arrived(before, kept, at);
    case 'transferred': {
      const from = at + (signal.after ?? 0) * MINUTE_MS;
      if (from > at) return { ...kept, state: 'later', since: at, from };
      return { ...kept, state: 'waiting', since: at };
    }
    case 'requeued':
      return { ...kept, state: 'waiting', since: at };
    case 'no_show':
      return { ...kept, state: 'missed', since: endedAt(before, event.at, at), ...here };
    case 'completed':
      return completed(
        before,
        kept,
        signal,
        endedAt(before, event.at, at),
        event.at,
        rules.caller(event.device).serving_after_s,
      );
    case 'cancelled':
      return { ...kept, state: 'cancelled', since: at };
  }
}

/** An appointment that has come waits from its time on, at the earliest. */
function arrived(before: Ticket, kept: TicketFacts, at: number): Ticket {
  if (before.state !== 'later' && before.state !== 'waiting') return { ...before, ...kept };
  const from = Math.max(kept.appointmentAt ?? at, at);
  if (from > at) return { ...kept, state: 'later', since: at, from };
  return before.state === 'waiting'
    ? { ...before, ...kept }
    : { ...kept, state: 'waiting', since: at };
}

function completed(
  before: Ticket,
  kept: TicketFacts,
  signal: Extract<StepSignal, { type: 'completed' }>,
  end: number,
  toldAt: number,
  servingAfterS: number,
): Ticket {
  const outcome = present({ outcome: signal.outcome });
  const done = { state: 'completed', window: signal.window, completedAt: end, ...outcome } as const;
  // The report came long after the end that was inferred: who was served, but not how long.
  const isLong = before.inferredEnd !== undefined && toldAt > end;
  const inferredEnd =
    isLong && before.inferredEnd ? { inferredEnd: before.inferredEnd } : undefined;
  if (before.state === 'completed') {
    const { servingAt, heldMs } = before;
    return { ...kept, ...done, ...present({ servingAt, heldMs }), ...inferredEnd };
  }
  const work = workOf(before, end);
  if (work) return { ...kept, ...done, ...work, ...inferredEnd };
  if (before.state !== 'called') return { ...kept, ...done, ...inferredEnd };
  const servingAt = inferredStart(before.since, end, servingAfterS);
  const firstServingAt = kept.firstServingAt ?? servingAt;
  return { ...kept, ...done, firstServingAt, inferredStart: true, servingAt, heldMs: 0 };
}

/**
 * When a visit ended: as told, never before its last step. An end that was inferred gives way to a report of an earlier
 * end, or of one soon after; else it stays where it was.
 */
function endedAt(before: Ticket, toldAt: number, at: number): number {
  if (before.inferredEnd === undefined) return at;
  if (before.state !== 'completed' && before.state !== 'missed') return at;
  const end = before.state === 'completed' ? before.completedAt : before.since;
  if (toldAt - end > CROSSED_MS) return end;
  const begun = before.state === 'completed' ? before.servingAt : undefined;
  return Math.max(toldAt, begun ?? before.calledAt ?? toldAt);
}

function begin(at: number) {
  return { servingAt: at, heldMs: 0 };
}

/** Service begun and time set aside, up to now; undefined where service has not begun in this visit to a window. */
function workOf(before: Ticket, at: number) {
  if (before.state === 'serving') return { servingAt: before.servingAt, heldMs: before.heldMs };
  if (before.state !== 'held' || before.servingAt === undefined) return undefined;
  return { servingAt: before.servingAt, heldMs: (before.heldMs ?? 0) + (at - before.since) };
}

/** What the visit's step means for windows and for the list of calls. */
function place(
  hall: Hall,
  before: Ticket | undefined,
  visit: Ticket,
  event: StepEvent,
  at: number,
  rules: Rules,
): Hall {
  const { device } = event;
  const left = windowOf(before);
  const here = visit.state === 'called' || visit.state === 'serving' ? visit.window : undefined;
  const freed =
    left !== here && before ? visitLeavesWindow(hall, left, { at, device, visit }) : hall;
  if (here === undefined) return creditService(freed, before, visit);
  const known = freed.windows[here];
  // A step that came late shows nothing at a window that has gone on since.
  if (known && isOutdated(freed, event, known.at)) {
    return hasMark(event.marks, 'late') ? freed : bump(freed, 'late');
  }
  const alone = endFormer(freed, here, visit, { at, device, heardAt: event.receivedAt }, rules);
  const state = visit.state === 'called' ? 'calling' : 'serving';
  const shown = visitAtWindow(alone, here, { at, device, visit, state });
  return visit.state === 'called' ? withCall(shown, visit, here, event) : shown;
}

/** A window has one visit: what it called or served before is over, though nobody said so. */
function endFormer(
  hall: Hall,
  window: string,
  visit: Ticket,
  { at, device, heardAt }: Omit<End, 'why'>,
  rules: Rules,
): Hall {
  const { next_call, no_show_under_s } = rules.caller(device);
  if (next_call === 'keep') return hall;
  let next = hall;
  for (const former of standingAt(hall, window)) {
    // While another visit is served first, somebody who was called a moment ago is still on the way.
    const isOnTheWay = former.state === 'called' && at - former.since < no_show_under_s * 1000;
    if (former.key === visit.key || (visit.state === 'serving' && isOnTheWay)) continue;
    next = inferEnd(next, former, { why: 'next-call', at, device, heardAt }, rules);
  }
  return next;
}

/** A call stands from its arrival; one that is late on arrival is none. */
function withCall(hall: Hall, visit: Ticket, window: string, event: StepEvent): Hall {
  const { signal, device, marks, receivedAt } = event;
  const counted =
    'out_of_order' in signal && signal.out_of_order !== undefined ? bump(hall, 'outOfOrder') : hall;
  if (hasMark(marks, 'late')) return counted;
  const call: Call = {
    id: hasMark(marks, 'id_shared') ? `${device}/${signal.id}` : signal.id,
    ticket: visit.ticket,
    visit: visit.key,
    window,
    at: receivedAt,
    toldAt: event.at,
    nth: visit.calls,
  };
  return { ...counted, calls: [...hall.calls.slice(-(hall.limits.calls - 1)), call] };
}
