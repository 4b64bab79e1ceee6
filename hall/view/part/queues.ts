// The queues of a board or kiosk: who waits, the windows that serve them, and the expected wait as a band. SPEC §7.5.
import type { HallConfig, Queue } from '../../config.ts';
import type { Name, WaitBand } from '../common.ts';
import { part } from '../cut.ts';
import { memo, table } from '../memo.ts';
import { plainName } from '../name.ts';
import { levelOf, queueNow, type QueueNow } from './queue-now.ts';

export interface BoardQueue {
  readonly id: string;
  readonly order: number;
  readonly name: Name;
  readonly prefix?: string;
  readonly waiting: number;
  /** windows that serve it now */
  readonly windows: number;
  readonly band?: WaitBand;
  /** how many of the thresholds wait_min the expected wait passes, where none is known the longest: 0 … 3 */
  readonly level: 0 | 1 | 2 | 3;
}

const NO_QUEUE: QueueNow = { waiting: 0, later: 0, level: 0, windowsOpen: 0 };

export const queues = part('zone', (cut, zone) => {
  const { config, memory } = cut;
  const shown = queuesOf(memory, zone ?? '', config, zone);
  return queuesById(
    memory,
    zone ?? '',
    shown.map(({ id }) => id),
    shown.map((queue) => boardQueue(memory, queue.id, config, queue, queueNow(cut, queue.id))),
  );
});

/** The queues of a zone; where it has none of its own, those that its windows serve. */
const queuesOf = memo((config: HallConfig, zone: string | undefined): readonly Queue[] => {
  const own = config.queues.filter((queue) => zone === undefined || queue.zone === zone);
  if (own.length > 0) return own;
  const served = config.windows.filter((window) => window.zone === zone);
  const ids = new Set(served.flatMap((window) => window.queues));
  return config.queues.filter(({ id }) => ids.has(id));
});

const boardQueue = memo(
  (
    { queues, thresholds }: HallConfig,
    queue: Queue,
    { waiting, windowsOpen, wait, band, level }: QueueNow = NO_QUEUE,
  ): BoardQueue => ({
    id: queue.id,
    order: queues.indexOf(queue),
    name: plainName(queue.name),
    ...(queue.prefix === undefined ? undefined : { prefix: queue.prefix }),
    waiting,
    windows: windowsOpen,
    ...(band && { band }),
    // The mark stands beside the band, and says the same to somebody who comes now.
    level: wait ? levelOf(wait.ms, thresholds.wait_min) : level,
  }),
);

const queuesById = table<BoardQueue>();
