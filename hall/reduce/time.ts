// What happens to visits when no signal comes. SPEC §4.9.
import type { Rules } from '../rules.ts';
import type { Hall, Ticket, Timer } from '../state.ts';
import { get } from '../table.ts';
import { inferEnd, inferServing, reports } from './infer.ts';
import { dueAt, limitAt, startsAt } from './timer.ts';
import { factsOf, withVisit } from './visit.ts';

/** The hall with every timer up to `now` (ms since 1970) fired. */
export function fireTimers(hall: Hall, now: number, rules: Rules): Hall {
  let next = hall;
  for (;;) {
    const [timer] = next.timers;
    if (timer === undefined || timer.at > now) return next;
    next = fire({ ...next, timers: next.timers.slice(1) }, timer, rules);
  }
}

function fire(hall: Hall, { at, visit: key }: Timer, rules: Rules): Hall {
  const visit = get(hall.tickets, key);
  if (visit === undefined || dueAt(visit, rules) !== at) return hall;
  switch (visit.state) {
    case 'later': {
      const waiting: Ticket = { ...factsOf(visit), state: 'waiting', since: at };
      return withVisit(hall, waiting);
    }
    case 'called': {
      // A person who was called and has not come yet: the caller will say.
      if (reports(hall, visit.by, 'serving')) return hall;
      return inferServing(hall, visit, startsAt(visit.since, rules.caller(visit.by)), rules);
    }
    case 'serving':
      return inferEnd(
        hall,
        visit,
        { why: 'limit', at: limitAt(visit, rules), device: visit.by, heardAt: at },
        rules,
      );
    default:
      return hall;
  }
}
