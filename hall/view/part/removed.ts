// Queues that a changed hall file took away while people are still in them: they stay visible until nobody is. SPEC §7.22.
import type { Queue } from '../../config.ts';
import { longest, type Tally } from '../../figure.ts';
import { part, type Cutting } from '../cut.ts';
import { weakMemo } from '../memo.ts';
import { longestLevel, type QueueNow } from './queue-now.ts';

/** As queues of the hall file, with their name marked, without a zone or window of their own. */
export const removedQueues = part('hall', ({ config, memory }): readonly Queue[] =>
  (config.removed?.queues ?? [])
    .filter(({ id }) => isInUse(memory.ledger.queue(id)))
    .map((removed) => asQueue(removed)),
);

const asQueue = weakMemo(({ id, name }: Pick<Queue, 'id' | 'name'>): Queue => {
  return { id, name: { zh: `已撤销：${name.zh}`, en: `Removed: ${name.en ?? name.zh}` }, zone: '' };
});

function isInUse({ waiting, active, later }: Tally): boolean {
  return waiting.length > 0 || active.length > 0 || later > 0;
}

/** Who is in it; no window serves it, so that no wait can be estimated. */
export function removedQueueNow({ second }: Cutting, tally: Tally): QueueNow {
  const oldest = longest(tally);
  return {
    waiting: tally.waiting.length,
    later: tally.later,
    ...(oldest && { longest: oldest }),
    level: longestLevel(second, tally),
    windowsOpen: 0,
  };
}
