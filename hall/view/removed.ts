// Queues that a changed hall file took away while people are still in them: they stay visible until nobody is. SPEC §7.22.
import type { Queue } from '../config.ts';
import type { Tally } from '../kpi.ts';
import { longest } from '../kpi.ts';
import type { Cutting } from './base.ts';
import type { QueueNow } from './queues.ts';

/** As queues of the hall file, with their name marked, without a zone or window of their own. */
export function removedQueues({ config, memory }: Cutting): readonly Queue[] {
  const gone = config.removed?.queues ?? [];
  const left = gone.filter(({ id }) => isInUse(memory.ledger.queue(id)));
  return memory.recall('removed', '', [config, ...left], () =>
    left.map(({ id, name }) => ({
      id,
      name: { zh: `已撤销：${name.zh}`, en: `Removed: ${name.en ?? name.zh}` },
      zone: '',
    })),
  );
}

function isInUse({ waiting, active, later }: Tally): boolean {
  return waiting.length > 0 || active.length > 0 || later > 0;
}

/** Who is in it; no window serves it, so that no wait can be told. */
export function removedQueueNow({ memory }: Cutting, id: string): QueueNow {
  const tally = memory.ledger.queue(id);
  const oldest = longest(tally);
  return {
    waiting: tally.waiting.length,
    later: tally.later,
    ...(oldest && { longest: oldest }),
    level: 0,
    windowsOpen: 0,
  };
}
