// Calls out of order of the day: those that the gateway found, and how many a device explained. SPEC 8.18.
import type { HallConfig } from '../../config.ts';
import { orderViolations, type OrderViolation } from '../../figure/order.ts';
import type { Tally } from '../../figure.ts';
import { part } from '../cut.ts';
import { memo } from '../memo.ts';

export interface OutOfOrder extends OrderViolation {
  readonly queue: string;
}

export interface CallOrder {
  /** without a reason */
  readonly found: number;
  /** calls with a reason, as devices told them */
  readonly explained: number;
  /** the latest of those without a reason */
  readonly latest: readonly OutOfOrder[];
}

const SHOWN_MAX = 8;
const SECOND_MS = 1000;

export const callOrder = part('hall', ({ config, hall, memory }) => {
  const all = config.queues.map(({ id }) =>
    ofQueue(memory, id, config, id, memory.ledger.queue(id)),
  );
  return orderOf(memory, '', hall.counts.outOfOrder, ...all);
});

const ofQueue = memo(
  ({ thresholds }: HallConfig, queue: string, tally: Tally): readonly OutOfOrder[] =>
    orderViolations(tally, thresholds.order_s * SECOND_MS).map((one) => ({ ...one, queue })),
);

const orderOf = memo(
  (explained: number, ...queues: readonly (readonly OutOfOrder[])[]): CallOrder => {
    const all = queues.flat().sort((a, b) => b.at - a.at);
    return { found: all.length, explained, latest: all.slice(0, SHOWN_MAX) };
  },
);
