// The demo hall's queues: first come, first served within each class, priority before ordinary.
import type { Visit } from './arrivals.ts';

export interface Waiting {
  /** @param place how many of the class stay ahead (for one who missed the call); last otherwise */
  join(visit: Visit, place?: number): void;
  /** Whether the visit was still waiting. */
  leave(visit: Visit): boolean;
  count(queue: string): number;
  /** The next of the queue that has waited longest, the first of `queues` given a start; with `skip` the one after that, if there is one. */
  take(queues: readonly string[], at: number, skip: boolean): Taken | undefined;
}

export interface Taken {
  visit: Visit;
  skipped: boolean;
}

/** Of so many calls in a row at most this many are priority ones, so that the ordinary wait stays bounded. */
const PRIORITY_IN_A_ROW = 2;

/** A window helps another queue only once that has waited so much longer than its own. */
const OWN_QUEUE_MS = 12 * 60_000;

export function createWaiting(): Waiting {
  const queues = new Map<string, Visit[]>();
  const favours = new Map<string, number>();
  const of = (queue: string) => {
    const known = queues.get(queue) ?? [];
    queues.set(queue, known);
    return known;
  };
  const take = (queue: string, at: number, skip: boolean): Taken | undefined => {
    const visits = of(queue);
    const favoured = visits.findIndex((visit) => isFavoured(visit, at));
    const inARow = favours.get(queue) ?? 0;
    const favour = favoured >= 0 && inARow < PRIORITY_IN_A_ROW;
    favours.set(queue, favour ? inARow + 1 : 0);
    const ordinary = Math.max(
      0,
      visits.findIndex((visit) => !isFavoured(visit, at)),
    );
    const index = favour ? favoured : ordinary;
    const skipped = skip && index + 1 < visits.length;
    const [visit] = visits.splice(skipped ? index + 1 : index, 1);
    return visit && { visit, skipped };
  };
  return {
    join: (visit, place) => {
      const visits = of(visit.queue);
      if (place !== undefined) {
        visits.splice(Math.min(place, visits.length), 0, visit);
        return;
      }
      // By the first issue: who was sent on from another queue does not start again.
      const later = visits.findIndex((other) => other.issuedAt > visit.issuedAt);
      visits.splice(later < 0 ? visits.length : later, 0, visit);
    },
    leave: (visit) => {
      const visits = of(visit.queue);
      const index = visits.indexOf(visit);
      if (index >= 0) visits.splice(index, 1);
      return index >= 0;
    },
    count: (queue) => of(queue).length,
    take: (names, at, skip) => {
      const waited = (name: string, index: number) => {
        const [head] = of(name);
        return head === undefined ? -1 : at - head.issuedAt + (index === 0 ? OWN_QUEUE_MS : 0);
      };
      const waits = names.map(waited);
      const longest = Math.max(...waits);
      const queue = names[waits.indexOf(longest)];
      return queue === undefined || longest < 0 ? undefined : take(queue, at, skip);
    },
  };
}

/** Priority, the green lane, and an appointment whose time has come. */
function isFavoured(visit: Visit, at: number): boolean {
  if (visit.class !== 'normal') return true;
  return visit.appointmentAt !== undefined && visit.appointmentAt <= at;
}
