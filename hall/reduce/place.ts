// Evaluations of windows and occupancy of zones. SPEC §4.4.
import type { Evaluations, Hall, Levels, Occupancy } from '../state.ts';
import { canonicalTicket } from '../signal.ts';
import { bump, isOutdated, type EventFrom } from './step.ts';
import { evaluatedVisit, withVisit } from './visit.ts';

const NONE: Evaluations = { given: [0, 0, 0, 0, 0], defaulted: [0, 0, 0, 0, 0], at: 0 };

/** Evaluations are counted, so their order does not matter. */
export function reduceEvaluation(hall: Hall, { signal, at }: EventFrom<'evaluation'>): Hall {
  // An evaluation of another day is the history's.
  if (at < hall.day.start) return bump(hall, 'late');
  const before = hall.evaluations[signal.window] ?? NONE;
  const kind = signal.default === true ? 'defaulted' : 'given';
  const levels = before[kind].map((count, index) =>
    index === signal.level - 1 ? count + 1 : count,
  ) as unknown as Levels;
  const after: Evaluations = { ...before, [kind]: levels, at: Math.max(before.at, at) };
  const counted = { ...hall, evaluations: { ...hall.evaluations, [signal.window]: after } };
  if (signal.ticket === undefined || kind === 'defaulted') return counted;
  const visit = evaluatedVisit(hall, canonicalTicket(signal.ticket), signal.window);
  return visit ? withVisit(counted, { ...visit, level: signal.level }) : counted;
}

/** So long a message of one gate may cross with that of another. */
const CROSSING_MS = 60_000;

/** A count replaces what is present; flows add up, and stand for it until a count comes. */
export function reduceOccupancy(hall: Hall, event: EventFrom<'occupancy'>): Hall {
  const { signal, device, at } = event;
  const before = hall.occupancy[signal.zone];
  if (signal.type === 'count') {
    if (before && isOutdated(hall, event, before.countAt ?? 0)) return bump(hall, 'late');
    const { in: entered, out: left } = before ?? { in: 0, out: 0 };
    return withOccupancy(hall, signal.zone, {
      present: signal.present,
      in: entered,
      out: left,
      at,
      countAt: at,
      device,
    });
  }
  const known = before ?? { present: 0, in: 0, out: 0, at: 0, device };
  // The sums are the day's; people of a time before the last count were seen by that count.
  const isCounted = at < (known.countAt ?? 0);
  const next = withOccupancy(hall, signal.zone, {
    ...known,
    ...(isCounted ? undefined : moved(known, signal.in - signal.out, at)),
    in: known.in + signal.in,
    out: known.out + signal.out,
    at: Math.max(known.at, at),
    device,
  });
  return isCounted ? bump(next, 'late') : next;
}

/**
 * Who is present after so many more (fewer). Nobody can be fewer than none: who went out before being counted in is owed
 * for a minute, because the messages of two gates may cross; after that it is an error of the count, and forgotten.
 */
function moved({ present, owed = 0, owedAt = 0 }: Occupancy, change: number, at: number) {
  const debt = Math.abs(at - owedAt) <= CROSSING_MS ? owed : 0;
  const net = present - debt + change;
  if (net >= 0) return { present: net, owed: 0, owedAt: 0 };
  return { present: 0, owed: -net, owedAt: change < 0 ? at : owedAt };
}

function withOccupancy(hall: Hall, zone: string, occupancy: Occupancy): Hall {
  return { ...hall, occupancy: { ...hall.occupancy, [zone]: occupancy } };
}
