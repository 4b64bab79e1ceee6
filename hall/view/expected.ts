// The wait that is expected of somebody who joins a queue now, or of a visit from its place in its queue. SPEC §9.5.
import { indexHall } from '../config.ts';
import { estimateWait, toBand, waitQuantiles, type WaitQuantiles } from '../estimate.ts';
import { visitOf } from '../reduce/visit.ts';
import { canonicalTicket } from '../signal.ts';
import type { Freshness, WaitBand } from './common.ts';
import type { Cutting } from './cut.ts';
import { queueNow } from './part/queue-now.ts';
import { removedQueueNow, removedQueues } from './part/removed.ts';
import { zoneFreshness } from './part/freshness.ts';

export interface Expected {
  readonly queue: string;
  readonly waiting: number;
  readonly windowsOpen: number;
  /** who is called before, as the queue stands now */
  readonly ahead: number;
  /** both absent where no window serves the queue */
  readonly band?: WaitBand;
  readonly quantiles?: WaitQuantiles;
  readonly freshness: Freshness['state'];
}

/** Of somebody who joins the queue now; undefined for a queue that the hall does not have. */
export function expectedInQueue(cut: Cutting, id: string): Expected | undefined {
  return expectedAt(cut, id, cut.memory.ledger.queue(id).queued);
}

/** Of the visit that this number names; undefined where there is none that waits to be called. */
export function expectedOfTicket(cut: Cutting, number: string): Expected | undefined {
  const visit = visitOf(cut.hall, canonicalTicket(number));
  if (visit?.state !== 'waiting' || visit.queue === undefined) return undefined;
  // The oldest come first; whoever is called already is ahead of nobody.
  const line = cut.memory.ledger
    .queue(visit.queue)
    .waiting.filter(({ state }) => state === 'waiting');
  return expectedAt(cut, visit.queue, line.indexOf(visit));
}

function expectedAt(cut: Cutting, id: string, ahead: number): Expected | undefined {
  const queue =
    indexHall(cut.config).queues.get(id) ?? removedQueues(cut).find((removed) => removed.id === id);
  if (queue === undefined) return undefined;
  const { waiting, windowsOpen, situation } =
    queueNow(cut, id) ?? removedQueueNow(cut, cut.memory.ledger.queue(id));
  const own = situation && { ...situation, ahead };
  const wait = own && estimateWait(own);
  const quantiles = own && waitQuantiles(own);
  return {
    ...{ queue: id, waiting, windowsOpen, ahead },
    ...(wait && { band: toBand(wait) }),
    ...(quantiles && { quantiles }),
    freshness: zoneFreshness(cut, queue.zone).state,
  };
}
