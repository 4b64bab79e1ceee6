// How the lines of a day moved, measured on its visits: what a window spends between services, how many are called before
// those who came first, who misses the own call, and how soon a free window serves. Each is a function of a tally, over
// its latest calls alone. SPEC §9.
import { bisectLeft, bisectRight } from 'd3-array';
import { overlapMs } from '../interval.ts';
import type { Ticket } from '../state.ts';
import type { Tally } from './tally.ts';
import { serviceMs, waitStart } from './ticket.ts';

/** So many of the latest calls of a queue or window speak for it, */
const CALLS_MAX = 60;
/** and so many of the latest prompt waits at one window, and of the hall. */
const WINDOW_PROMPT_MAX = 10;
const HALL_PROMPT_MAX = 60;
/** A window that was free for longer, and called nobody although somebody waited, paused. */
const PROMPT_MS = 3 * 60_000;

/** Values by their count, sum and sum of squares. */
export interface Moments {
  readonly n: number;
  readonly sum: number;
  readonly squares: number;
}

/** A visit to which one window was free when it came. */
export interface PromptWait {
  readonly at: number;
  /** until service began, ms */
  readonly ms: number;
}

/** What one window does between services. */
export interface WindowFlow {
  /**
   * Turnover, ms: from a call to the next call less the service between, where the next visitor waited already. It holds the walk to
   * the window, papers, pauses, and visitors who were set aside and came back.
   */
  readonly turnover: Moments;
  /** the latest, in order of their calls */
  readonly prompt: readonly PromptWait[];
}

export function windowFlow({ called, open }: Tally): WindowFlow {
  const turnover = { n: 0, sum: 0, squares: 0 };
  const prompt: PromptWait[] = [];
  const first = Math.max(1, called.length - CALLS_MAX);
  for (let index = first; index < called.length; index++) {
    const [before, next] = [called[index - 1], called[index]];
    if (before?.state !== 'completed' || !next || !isCalledOnce(before) || !isCalledOnce(next)) {
      continue;
    }
    const service = serviceMs(before);
    const start = waitStart(next);
    if (service === undefined || start === undefined) continue;
    if (start > before.completedAt) {
      const ms = (next.firstServingAt ?? Infinity) - start;
      const untilCall = callOf(next) - start;
      if (untilCall >= 0 && untilCall <= PROMPT_MS && ms < Infinity) {
        prompt.push({ at: callOf(next), ms });
      }
      continue;
    }
    const ms = Math.max(0, overlapMs(open, callOf(before), callOf(next)) - service);
    turnover.n += 1;
    turnover.sum += ms;
    turnover.squares += ms ** 2;
  }
  return { turnover, prompt: prompt.slice(-WINDOW_PROMPT_MAX) };
}

/** All windows together. */
export function joinWindowFlows(flows: readonly WindowFlow[]): WindowFlow {
  const turnover = { n: 0, sum: 0, squares: 0 };
  for (const { turnover: one } of flows) {
    turnover.n += one.n;
    turnover.sum += one.sum;
    turnover.squares += one.squares;
  }
  const prompt = flows.flatMap((flow) => flow.prompt).sort((a, b) => a.at - b.at || a.ms - b.ms);
  return { turnover, prompt: prompt.slice(-HALL_PROMPT_MAX) };
}

/** Of a queue's visits that were called. */
export interface LineFlow {
  /** visits */
  readonly served: number;
  /** of them: missed a call and came back */
  readonly returned: number;
  /** of ordinary visitors together: how many waited when they came, and how many were called before them since */
  readonly ahead: number;
  readonly called: number;
}

export function lineFlow({ called, waitStarts, left }: Tally): LineFlow {
  const calls = called.map(callOf);
  const flow = { served: 0, returned: 0, ahead: 0, called: 0 };
  for (const visit of called.slice(-CALLS_MAX)) {
    if (visit.firstServingAt !== undefined) flow.served += 1;
    if (visit.firstServingAt !== undefined && visit.noShows > 0) flow.returned += 1;
    const start = waitStart(visit);
    if (start === undefined || visit.class !== 'normal' || !isCalledOnce(visit)) continue;
    if (visit.appointmentAt !== undefined) continue;
    const ahead = bisectLeft(waitStarts, start) - bisectRight(left, start);
    if (ahead <= 0) continue;
    flow.ahead += ahead;
    flow.called += Math.max(0, bisectLeft(calls, callOf(visit)) - bisectRight(calls, start));
  }
  return flow;
}

/** All queues together. */
export function joinLineFlows(flows: readonly LineFlow[]): LineFlow {
  const joined = { served: 0, returned: 0, ahead: 0, called: 0 };
  for (const { served, returned, ahead, called } of flows) {
    joined.served += served;
    joined.returned += returned;
    joined.ahead += ahead;
    joined.called += called;
  }
  return joined;
}

/** Came at the first call, and stayed with that window. */
function isCalledOnce({ noShows, transfers }: Ticket): boolean {
  return noShows === 0 && transfers === 0;
}

function callOf({ calledAt = 0 }: Ticket): number {
  return calledAt;
}
