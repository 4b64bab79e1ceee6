// Calls out of order (插队): an ordinary visitor who was called although another one of the same queue, who came earlier, had not
// been. Found from the day's visits; a reason that a device told explains a call. SPEC 8.18.
import { bisectRight } from 'd3-array';
import type { Ticket } from '../state.ts';
import type { Tally } from './tally.ts';
import { waitStart } from './ticket.ts';

/** A call before its turn. */
export interface OrderViolation {
  readonly ticket: string;
  /** when it was called, ms since 1970 */
  readonly at: number;
  readonly window?: string;
  /** ordinary visitors of the queue who came earlier and were called later, or still wait */
  readonly passed: number;
  /** one of them, who was called last or is still waiting */
  readonly before: string;
}

interface Turn {
  readonly ticket: Ticket;
  readonly start: number;
  /** Infinity: not called yet */
  readonly called: number;
}

/**
 * The violations of a queue's day, the latest first.
 * @param tally of one queue
 * @param toleranceMs two that came, or were called, within this time of each other are as good as in order: clocks of devices
 *   differ, and two windows call in the same moment
 */
export function orderViolations(tally: Tally, toleranceMs: number): OrderViolation[] {
  const turns = [...tally.called, ...tally.waiting.filter(({ state }) => state === 'waiting')]
    .filter(isOrdinary)
    .flatMap((ticket): Turn[] => {
      const start = waitStart(ticket);
      return start === undefined ? [] : [{ ticket, start, called: ticket.calledAt ?? Infinity }];
    })
    .sort((a, b) => a.start - b.start || a.called - b.called);
  const found: OrderViolation[] = [];
  /** When those were called who came earlier than this one by more than the tolerance, ascending; and who of them was last. */
  const earlier: number[] = [];
  let last: Turn | undefined;
  let next = 0;
  for (const { ticket, start, called } of turns) {
    for (let turn = turns[next]; turn && start - turn.start > toleranceMs; turn = turns[++next]) {
      earlier.splice(bisectRight(earlier, turn.called), 0, turn.called);
      if (last === undefined || turn.called > last.called) last = turn;
    }
    const passed = earlier.length - bisectRight(earlier, called + toleranceMs);
    if (called === Infinity || ticket.outOfOrder !== undefined || !last || passed === 0) continue;
    const { desk } = ticket;
    found.push({
      ticket: ticket.ticket,
      at: called,
      ...(desk && { window: desk.window }),
      passed,
      before: last.ticket.ticket,
    });
  }
  return found.sort((a, b) => b.at - a.at);
}

/** Without priority, appointment, transfer or a missed call: the order of issue is its turn. */
function isOrdinary(ticket: Ticket): boolean {
  return (
    ticket.class === 'normal' &&
    ticket.appointmentAt === undefined &&
    ticket.transfers === 0 &&
    ticket.noShows === 0
  );
}
