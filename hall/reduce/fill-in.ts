// What a step that came late, or out of its order, still tells of a visit: its figures, never its state. SPEC §2.6.
import type { Ticket } from '../state.ts';
import type { StepEvent } from './step.ts';

/** The visit with what the step adds to it; the same reference where that is nothing. */
export function fillIn(visit: Ticket, { signal, at }: StepEvent): Ticket {
  switch (signal.type) {
    case 'called':
    case 'recalled':
      return {
        ...visit,
        calls: visit.calls + 1,
        calledAt: Math.min(at, visit.calledAt ?? at),
      };
    case 'serving':
      return withStart(visit, at);
    case 'completed':
      if (visit.state !== 'completed' || visit.outcome !== undefined) return visit;
      return signal.outcome === undefined ? visit : { ...visit, outcome: signal.outcome };
    default:
      return visit;
  }
}

/** A begin of service that was missing, or only inferred. */
function withStart(visit: Ticket, at: number): Ticket {
  // What happened after the visit's last step would be a new state, not a figure.
  if (visit.state !== 'completed' && at > visit.at) return visit;
  const isKnown = visit.firstServingAt !== undefined && !visit.inferredStart;
  if (isKnown) return visit;
  const { inferredStart: _inferred, ...rest } = visit;
  if (visit.state === 'completed') {
    if (at > visit.completedAt) return visit;
    return { ...rest, firstServingAt: at, servingAt: at, heldMs: 0 } as Ticket;
  }
  if (visit.state === 'serving' || visit.state === 'held') return visit;
  return visit.firstServingAt === undefined ? ({ ...rest, firstServingAt: at } as Ticket) : visit;
}
