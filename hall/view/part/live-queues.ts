// The queues of the managers' page: who waits how long, the wait of somebody who comes now, and the load. SPEC §7.7, 7.22.
import { indexHall, type HallConfig, type Queue } from '../../config.ts';
import { meanWait, passed, type Tally } from '../../figure.ts';
import { queuePressure, type Pressing } from '../../pressure.ts';
import type { Name, Freshness, WaitBand } from '../common.ts';
import { part, type Cutting } from '../cut.ts';
import { memo, table } from '../memo.ts';
import { plainName } from '../name.ts';
import { queueNow, type QueueNow } from './queue-now.ts';
import { removedQueueNow, removedQueues } from './removed.ts';
import { round } from './round.ts';
import { thresholds } from './settings.ts';
import { zoneFreshness } from './freshness.ts';

/** How far a value has passed its thresholds: 0 none; for waits 1 amber, 2 orange, 3 red; for load 1 amber, 3 red. */
export type Level = 0 | 1 | 2 | 3;

export interface LiveQueue {
  readonly id: string;
  readonly order: number;
  readonly name: Name;
  readonly zone: string;
  readonly prefix?: string;
  readonly waiting: number;
  /** appointments that have not come or whose time has not come, and transfers for later: absent for none */
  readonly notYet?: number;
  /** the oldest who waits now: since when (ms since 1970) */
  readonly longestSince?: number;
  readonly longestTicket?: string;
  /** a window has called them, and waits for them */
  readonly longestCalled?: true;
  readonly band?: WaitBand;
  readonly windowsOpen: number;
  readonly windows: number;
  /** arrivals per hour × mean service time ÷ open windows ÷ 60 */
  readonly load?: {
    readonly value: number;
    readonly level: Level;
    readonly arrivalsPerHour: number;
    readonly serviceMin: number;
  };
  /** of the longest wait */
  readonly level: Level;
  /** how hard it presses, ≥ 0: the queue with the most comes first */
  readonly pressure: number;
  readonly meanWaitMs?: { readonly mean: number; readonly n: number };
  readonly freshness: Freshness;
}

const MINUTE_MS = 60_000;

export const liveQueues = part('hall', (cut) => {
  const shown = [...cut.config.queues, ...removedQueues(cut)];
  return queuesById(
    cut.memory,
    '',
    shown.map(({ id }) => id),
    shown.map((queue, order) => liveQueue(cut, queue, order)),
  );
});

function liveQueue(cut: Cutting, queue: Queue, order: number): LiveQueue {
  const { config, memory } = cut;
  const tally = memory.ledger.queue(queue.id);
  const present = queueNow(cut, queue.id) ?? removedQueueNow(cut, tally);
  const freshness = zoneFreshness(cut, queue.zone);
  const row = queueRow(memory, queue.id, config, queue, order, present, tally, freshness);
  const pressure = queuePressure(row, thresholds(cut), cut.second.now);
  return withPressure(memory, queue.id, row, round(pressure, 2));
}

const withPressure = memo((row: Pressing, pressure: number): LiveQueue => ({ ...row, pressure }));

const queueRow = memo(
  (
    config: HallConfig,
    queue: Queue,
    order: number,
    { waiting, later, longest, band, windowsOpen, load, level }: QueueNow,
    tally: Tally,
    freshness: Freshness,
  ): Pressing => {
    const wait = meanWait(tally);
    return {
      id: queue.id,
      order,
      name: plainName(queue.name),
      zone: queue.zone,
      ...(queue.prefix === undefined ? undefined : { prefix: queue.prefix }),
      waiting,
      ...(later > 0 && { notYet: later }),
      ...(longest && { longestSince: longest.since, longestTicket: longest.ticket }),
      ...(longest?.isCalled && { longestCalled: true as const }),
      ...(band && { band }),
      windowsOpen,
      windows: indexHall(config).windowsOfQueue.get(queue.id)?.length ?? 0,
      ...(load && {
        load: {
          value: round(load.value, 2),
          level: loadLevel(load.value, config.thresholds.load),
          arrivalsPerHour: round(load.arrivals.value, 1),
          serviceMin: round(load.service.value / MINUTE_MS, 1),
        },
      }),
      level,
      ...(wait && { meanWaitMs: { mean: Math.round(wait.value), n: wait.n } }),
      freshness,
    };
  },
);

/** Amber above the first threshold, red above the second. */
function loadLevel(load: number, thresholds: readonly number[]): Level {
  return ([0, 1] as const)[passed(load, thresholds, 1)] ?? 3;
}

const queuesById = table<LiveQueue>();
