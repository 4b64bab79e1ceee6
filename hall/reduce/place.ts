// Evaluations of windows and occupancy of zones. SPEC §4.4.
import type { EvaluationSignal, OccupancySignal } from '../signal.ts';
import type { Evaluations, Hall, Levels, Occupancy } from '../state.ts';
import { bump } from './step.ts';

const NONE: Evaluations = { given: [0, 0, 0, 0, 0], defaulted: [0, 0, 0, 0, 0], at: 0 };

/** Evaluations are counted, so their order does not matter. */
export function reduceEvaluation(hall: Hall, signal: EvaluationSignal): Hall {
  const before = hall.evaluations[signal.window] ?? NONE;
  const kind = signal.default === true ? 'defaulted' : 'given';
  const levels = before[kind].map((count, index) =>
    index === signal.level - 1 ? count + 1 : count,
  ) as unknown as Levels;
  const after: Evaluations = { ...before, [kind]: levels, at: Math.max(before.at, signal.at) };
  return { ...hall, evaluations: { ...hall.evaluations, [signal.window]: after } };
}

/** A count replaces what is present; flows add up, and stand for it until a count comes. */
export function reduceOccupancy(hall: Hall, device: string, signal: OccupancySignal): Hall {
  const before = hall.occupancy[signal.zone];
  if (signal.type === 'count') {
    if (before && signal.at < before.at) return bump(hall, 'late');
    const { in: entered, out: left } = before ?? { in: 0, out: 0 };
    return withOccupancy(hall, signal.zone, {
      present: signal.present,
      in: entered,
      out: left,
      at: signal.at,
      device,
    });
  }
  const known = before ?? { present: 0, in: 0, out: 0, at: 0, device };
  const late = signal.at < known.at;
  const next = withOccupancy(hall, signal.zone, {
    // A late flow belongs to the day's sums, but the count since then already saw it.
    present: late ? known.present : Math.max(0, known.present + signal.in - signal.out),
    in: known.in + signal.in,
    out: known.out + signal.out,
    at: Math.max(known.at, signal.at),
    device,
  });
  return late ? bump(next, 'late') : next;
}

function withOccupancy(hall: Hall, zone: string, occupancy: Occupancy): Hall {
  return { ...hall, occupancy: { ...hall.occupancy, [zone]: occupancy } };
}
