// Steps that no device reported: most callers tell of calls alone. What follows from the next call, from the window, or
// from time is inferred, marked, and taken back when a device says otherwise. SPEC §4.9.
import type { DeviceLive, Hall, InferredEnd, Ticket } from '../state.ts';
import type { Rules } from '../rules.ts';
import { get } from '../table.ts';
import { creditService, visitAtWindow, visitLeavesWindow } from './at-window.ts';
import { bump } from './step.ts';
import { retime } from './timer.ts';
import { factsOf, withVisit } from './visit.ts';

/** So many calls tell whether a device reports what follows them. */
const CALLS_TO_TELL = 5;
/** A device that reports a step reports it of more than this share of its calls. */
const SHARE = 0.1;

type AtWindow = Extract<Ticket, { state: 'called' | 'serving' }>;
type Steps = 'serving' | 'ended';

/** False where the device calls and calls and never tells of this step. */
export function reports(hall: Hall, device: string, step: Steps): boolean {
  return includesStep(get(hall.devices, device)?.steps, step);
}

/** False where a device with these steps calls and calls and never tells of this one. */
export function includesStep(steps: DeviceLive['steps'], step: Steps): boolean {
  if (steps === undefined || steps.called < CALLS_TO_TELL) return true;
  return steps[step] > steps.called * SHARE;
}

/** True where the device has told of begins of service, and goes on to. */
function tellsServing(hall: Hall, device: string): boolean {
  const steps = get(hall.devices, device)?.steps;
  return steps !== undefined && steps.serving > steps.called * SHARE;
}

/** When a service that nobody reported began: a while after the call, half of a shorter time. */
export function inferredStart(calledAt: number, endAt: number, servingAfterS: number): number {
  return calledAt + Math.max(0, Math.min(servingAfterS * 1000, (endAt - calledAt) / 2));
}

export interface End {
  readonly why: InferredEnd;
  /** ms since 1970 */
  readonly at: number;
  /** whose settings count */
  readonly device: string;
  /** when the message that ends it arrived; where time alone ends it: `at` */
  readonly heardAt: number;
}

/** The visit at a window ends although no device said so. */
export function inferEnd(hall: Hall, visit: AtWindow, end: End, rules: Rules): Hall {
  const at = Math.max(end.at, visit.at);
  const ended = wasServed(hall, visit, end, rules)
    ? completed(visit, at, rules.caller(end.device).serving_after_s)
    : missed(visit, at);
  const next: Ticket = {
    ...ended,
    heardAt: Math.max(visit.heardAt, end.heardAt),
    inferredEnd: isLong(ended, rules, end) ? 'limit' : end.why,
  };
  const placed = retime(withVisit(bump(hall, 'inferred'), next), visit, next, rules);
  const left = visitLeavesWindow(placed, visit.window, { at, device: end.device, visit });
  return creditService(left, visit, next);
}

/** A service that would have taken longer than the limit ended some time before: nobody knows when. */
function isLong(ended: Ticket, rules: Rules, { device }: End): boolean {
  if (ended.state !== 'completed' || ended.servingAt === undefined) return false;
  const limit = rules.caller(device).service_max_min * 60_000;
  return ended.completedAt - ended.servingAt - (ended.heldMs ?? 0) > limit;
}

function wasServed(hall: Hall, visit: AtWindow, { why, at, device }: End, rules: Rules): boolean {
  if (visit.state === 'serving') return true;
  if (why === 'closed') return false;
  const { next_call, no_show_under_s } = rules.caller(device);
  if (next_call === 'completes' || next_call === 'no_show') return next_call === 'completes';
  // Whoever tells when a service begins, and did not, called somebody who never came.
  if (tellsServing(hall, visit.by)) return false;
  return at - visit.since >= no_show_under_s * 1000;
}

function completed(visit: AtWindow, at: number, servingAfterS: number): Ticket {
  const facts = factsOf(visit);
  if (visit.state === 'serving') {
    const { window, servingAt, heldMs } = visit;
    return { ...facts, at, state: 'completed', window, servingAt, heldMs, completedAt: at };
  }
  const servingAt = inferredStart(visit.since, at, servingAfterS);
  return {
    ...facts,
    at,
    firstServingAt: facts.firstServingAt ?? servingAt,
    inferredStart: true,
    state: 'completed',
    window: visit.window,
    servingAt,
    heldMs: 0,
    completedAt: at,
  };
}

function missed(visit: AtWindow, at: number): Ticket {
  const facts = factsOf(visit);
  return {
    ...facts,
    at,
    noShows: facts.noShows + 1,
    state: 'missed',
    since: at,
    window: visit.window,
  };
}

/** A call that nobody followed with a begin: service began a while after it. */
export function inferServing(hall: Hall, visit: AtWindow, at: number, rules: Rules): Hall {
  if (visit.state !== 'called') return hall;
  const serving: Ticket = {
    ...factsOf(visit),
    at: Math.max(visit.at, at),
    firstServingAt: visit.firstServingAt ?? at,
    inferredStart: true,
    state: 'serving',
    window: visit.window,
    servingAt: at,
    heldMs: 0,
  };
  const placed = retime(withVisit(bump(hall, 'inferred'), serving), visit, serving, rules);
  if (hall.windows[visit.window]?.visit !== visit.key) return placed;
  return visitAtWindow(placed, visit.window, {
    at,
    device: visit.by,
    visit: serving,
    state: 'serving',
  });
}
