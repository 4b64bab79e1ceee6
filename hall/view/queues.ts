// Each queue as it stands now: who waits, which windows serve it, its load, its wait. Shared by all views of one state.
import { indexHall, type Queue, type Window } from '../config.ts';
import { estimateWait, serviceModel, toBand } from '../estimate.ts';
import {
  arrivalsPerHour,
  load,
  longest,
  passed,
  serviceTime,
  type Figure,
  type Tally,
} from '../kpi.ts';
import { overlapMs } from '../calendar.ts';
import type { Hall } from '../state.ts';
import type { Cutting } from './base.ts';
import type { WaitBand } from './common.ts';

export interface QueueNow {
  readonly waiting: number;
  readonly longest?: { readonly ticket: string; readonly since: number };
  /** how many thresholds the longest wait has passed */
  readonly level: 0 | 1 | 2 | 3;
  readonly windowsOpen: number;
  readonly band?: WaitBand;
  readonly load?: {
    readonly value: number;
    readonly arrivals: Figure;
    readonly service: Figure;
  };
}

/** Windows that really serve: free, calling or at work. */
export function isServing(hall: Hall, window: Window): boolean {
  const state = hall.windows[window.id]?.state;
  return state === 'idle' || state === 'calling' || state === 'serving';
}

export function queuesNow(cut: Cutting): ReadonlyMap<string, QueueNow> {
  const { hall, config, now, memory } = cut;
  const second = Math.floor(now / 1000) * 1000;
  return memory.recall('queues', [hall.day, hall.tickets, hall.windows, second], () => {
    const index = indexHall(config);
    const demand = new Map<string, Demand>();
    for (const queue of config.queues) demand.set(queue.id, demandOf(cut, queue, second));
    return new Map(
      config.queues.map((queue) => [
        queue.id,
        queueNow(cut, queue, index.windowsOfQueue.get(queue.id) ?? [], demand, second),
      ]),
    );
  });
}

interface Demand {
  readonly tally: Tally;
  /** waiting to be called */
  readonly queued: number;
  readonly arrivals: Figure | undefined;
  readonly service: Figure | undefined;
}

function demandOf({ memory }: Cutting, queue: Queue, second: number): Demand {
  const tally = memory.ledger.queue(queue.id);
  return {
    tally,
    queued: tally.queued,
    arrivals: arrivalsPerHour(tally, second),
    service: serviceTime(tally),
  };
}

function queueNow(
  cut: Cutting,
  queue: Queue,
  windows: readonly Window[],
  demand: ReadonlyMap<string, Demand>,
  second: number,
): QueueNow {
  const { hall, config, memory } = cut;
  const own = demand.get(queue.id);
  if (!own) return { waiting: 0, level: 0, windowsOpen: 0 };
  const { tally, queued, arrivals, service } = own;
  const serving = windows.filter((window) => isServing(hall, window));
  const oldest = longest(tally);
  const waitedMs = oldest ? overlapMs(hall.day.open, oldest.since, second) : 0;
  const work = (id: string) => workOf(demand.get(id));
  const people = (id: string) => (demand.get(id)?.queued ?? 0) + (id === queue.id ? 1 : 0);
  const model = serviceModel(tally, memory.ledger.whole);
  const estimate = estimateWait({
    ahead: queued,
    windows: sumShares(serving, queue.id, people),
    idle: serving.filter(({ id }) => hall.windows[id]?.state === 'idle').length,
    service: model,
  });
  const pressure = load(arrivals, service, sumShares(serving, queue.id, work));
  return {
    waiting: tally.waiting.length,
    ...(oldest && { longest: oldest }),
    level: passed(waitedMs, config.thresholds.wait_min) as QueueNow['level'],
    windowsOpen: serving.length,
    ...(estimate && { band: toBand(estimate) }),
    ...(pressure && arrivals && service && { load: { value: pressure.value, arrivals, service } }),
  };
}

/** Work that arrives per hour, in windows. */
function workOf(demand: Demand | undefined): number {
  if (!demand?.arrivals || !demand.service) return 0;
  return demand.arrivals.value * demand.service.value;
}

/**
 * Windows as one queue has them: a window of several queues counts by this queue's part in what they ask of it, so that
 * queues which share all their windows stand alike, and one that alone has work has the window to itself.
 */
function sumShares(
  windows: readonly Window[],
  queue: string,
  weight: (queue: string) => number,
): number {
  let total = 0;
  for (const { queues } of windows) {
    if (queues.length === 1) {
      total += 1;
      continue;
    }
    const all = queues.reduce((sum, id) => sum + weight(id), 0);
    total += all > 0 ? weight(queue) / all : 1 / queues.length;
  }
  return total;
}
