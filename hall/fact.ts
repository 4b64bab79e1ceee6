// Facts: what is kept of the past when its day has gone. A visit fact says how one visit went, an evaluation fact what a
// visitor said. Both are derived from the fold alone, so that a rebuild from the journal gives the same. SPEC §15.
import { indexHall, type HallConfig, type Window } from './config.ts';
import { unservedMs, serviceMs, waitMs } from './figure/ticket.ts';
import type { EvaluationSignal, TicketClass } from './signal.ts';
import type { Interval } from './interval.ts';
import type { EveryField, Ticket } from './state.ts';
import { hasEnded, windowOf } from './reduce/visit.ts';
import { present } from './reduce/step.ts';
import { businessDate } from './zone-time.ts';

export const VISIT_ENDS = ['open', 'completed', 'cancelled', 'missed'] as const;
export type VisitEnd = (typeof VISIT_ENDS)[number];

/** To whom a fact belongs: ids of the hall file as of then, a department by its Chinese name. */
export interface Belonging {
  readonly queue?: string;
  readonly window?: string;
  readonly staff?: string;
  readonly service?: string;
  readonly department?: string;
  readonly zone?: string;
  readonly class?: TicketClass;
}

/** One visit as the API tells it; instants in ms since 1970, durations in ms. */
export interface VisitFact extends Belonging {
  /** the `seq` of its first entry */
  readonly visit: number;
  readonly ticket: string;
  /** the business day of its issue, YYYY-MM-DD */
  readonly date: string;
  readonly class: TicketClass;
  readonly channel?: string;
  /** its first step where nobody told of its issue (`unissued`) */
  readonly issued_at: number;
  readonly arrived_at?: number;
  readonly called_at?: number;
  /** when its first service began */
  readonly serving_at?: number;
  /** absent while it has not ended */
  readonly ended_at?: number;
  readonly wait_ms?: number;
  readonly service_ms?: number;
  readonly held_ms: number;
  readonly calls: number;
  readonly transfers: number;
  readonly end: VisitEnd;
  readonly outcome?: string;
  readonly level?: number;
  /** a step of it was inferred */
  readonly inferred?: true;
  readonly irregular?: true;
  readonly unissued?: true;
  /** how long somebody waited who was never served: until giving up, or until the day's end */
  readonly unserved_ms?: number;
}

export interface EvaluationFact extends Belonging {
  /** the `seq` of its entry */
  readonly evaluation: number;
  readonly at: number;
  readonly date: string;
  readonly window: string;
  readonly level: number;
  /** filled in, not given by the visitor */
  readonly default?: true;
  readonly visit?: number;
}

/**
 * The visit as it stands at `now` (ms), or, with `isOver`, as its day leaves it there.
 * @param hours the opening hours to which waits are cut
 */
export function visitFact(
  visit: Ticket,
  config: HallConfig,
  hours: readonly Interval[],
  now: number,
  isOver = false,
): VisitFact {
  const { desk, firstServingAt } = visit;
  const issuedAt = visit.issuedAt ?? visit.calledAt ?? visit.at;
  const end = endOf(visit);
  return present({
    visit: visit.visit,
    ticket: visit.ticket,
    date: businessDate(config.hall.timezone, issuedAt),
    ...belonging(visit, config),
    class: visit.class,
    channel: visit.channel,
    issued_at: issuedAt,
    arrived_at: visit.arrivedAt,
    called_at: visit.calledAt,
    serving_at: firstServingAt,
    ended_at: endedAt(visit) ?? (isOver ? now : undefined),
    wait_ms: waitMs(visit, hours),
    service_ms: serviceMs(visit),
    held_ms: 'heldMs' in visit ? (visit.heldMs ?? 0) : 0,
    calls: visit.calls,
    transfers: visit.transfers,
    end,
    outcome: visit.state === 'completed' ? visit.outcome : undefined,
    level: desk?.served === true ? visit.level : undefined,
    inferred: visit.inferredStart || visit.inferredEnd ? (true as const) : undefined,
    irregular: visit.irregular,
    unissued: visit.issuedAt === undefined ? (true as const) : undefined,
    unserved_ms: unservedMs(visit, hours, now),
  } satisfies EveryField<Omit<VisitFact, Exclude<keyof Belonging, 'class'>>>) as VisitFact;
}

/** An evaluation with whom it is of; `visit` is the one that it names, where that is known. */
export function evaluationFact(
  { signal, at, seq }: { signal: EvaluationSignal; at: number; seq: number },
  visit: (Belonging & { readonly visit: number }) | undefined,
  staff: string | undefined,
  config: HallConfig,
): EvaluationFact {
  const { window, level } = signal;
  const here = windowBelonging(indexHall(config).windows.get(window), window);
  return present({
    evaluation: seq,
    at,
    date: businessDate(config.hall.timezone, at),
    queue: visit?.queue,
    staff: visit?.staff ?? staff,
    service: visit?.service,
    department: visit?.department ?? here.department,
    zone: visit?.zone ?? here.zone,
    class: visit?.class,
    window,
    level,
    default: signal.default === true ? (true as const) : undefined,
    visit: visit?.visit,
  } satisfies EveryField<EvaluationFact>) as EvaluationFact;
}

/** The window, staff and service of its last service, else of its last call; its last queue and that queue's zone. */
export function belonging(visit: Ticket, config: HallConfig): Belonging {
  const { queues, services, windows } = indexHall(config);
  const window = visit.desk?.window ?? windowOf(visit);
  const here = window === undefined ? {} : windowBelonging(windows.get(window), window);
  const { queue, service } = visit;
  const ofService = service === undefined ? undefined : services.get(service)?.department?.zh;
  return present({
    queue,
    ...here,
    staff: visit.desk?.staff,
    service,
    department: ofService ?? here.department,
    zone: queue === undefined ? undefined : queues.get(queue)?.zone,
    class: visit.class,
  } satisfies EveryField<Omit<Belonging, 'window'>>);
}

function windowBelonging(window: Window | undefined, id: string): Belonging {
  return present({ window: id, department: window?.department?.zh, zone: window?.zone });
}

function endOf(visit: Ticket): VisitEnd {
  if (hasEnded(visit)) return visit.state === 'cancelled' ? 'cancelled' : 'completed';
  return visit.state === 'missed' ? 'missed' : 'open';
}

function endedAt(visit: Ticket): number | undefined {
  if (visit.state === 'completed') return visit.completedAt;
  return visit.state === 'cancelled' ? visit.since : undefined;
}
