// When visits move on by time alone: an appointment's time, the inferred begin of a service, its limit. Due times follow
// from the visit alone, so that it does not matter when the time is looked at. SPEC §4.9.
import type { CallerSettings } from '../config/callers.ts';
import type { Rules } from '../rules.ts';
import type { Hall, Ticket, Timer } from '../state.ts';

const MINUTE_MS = 60_000;

/** When a service that nobody reported begins, after a call. */
export function startsAt(calledAt: number, { serving_after_s }: CallerSettings): number {
  return calledAt + serving_after_s * 1000;
}

/** When a service that nobody ends is over. */
export function limitAt(visit: Extract<Ticket, { state: 'serving' }>, rules: Rules): number {
  return visit.servingAt + visit.heldMs + rules.caller(visit.by).service_max_min * MINUTE_MS;
}

/** A step that was told late gives what follows it as much time to be told. */
function heard({ heardAt }: Ticket, due: number, from: number): number {
  return due + Math.max(0, heardAt - from);
}

/** When the visit moves on by itself, ms since 1970; undefined: never. */
export function dueAt(visit: Ticket, rules: Rules): number | undefined {
  switch (visit.state) {
    case 'later':
      return visit.from;
    case 'called':
      return heard(visit, startsAt(visit.since, rules.caller(visit.by)), visit.since);
    case 'serving': {
      const begun = visit.servingAt + visit.heldMs;
      return heard(visit, limitAt(visit, rules), begun);
    }
    default:
      return undefined;
  }
}

/** The timers after a visit's step: at most one for each visit. */
export function retime(hall: Hall, before: Ticket | undefined, after: Ticket, rules: Rules): Hall {
  const was = before && dueAt(before, rules);
  const due = dueAt(after, rules);
  if (was === due) return hall;
  const kept =
    was === undefined ? hall.timers : hall.timers.filter(({ visit }) => visit !== after.key);
  const timers = due === undefined ? kept : inserted(kept, { at: due, visit: after.key });
  return timers === hall.timers ? hall : { ...hall, timers };
}

function inserted(timers: readonly Timer[], timer: Timer): readonly Timer[] {
  let low = 0;
  let high = timers.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((timers[middle]?.at ?? 0) <= timer.at) low = middle + 1;
    else high = middle;
  }
  return timers.toSpliced(low, 0, timer);
}
