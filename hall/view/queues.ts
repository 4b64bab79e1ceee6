// Each queue as it stands now: who waits, which windows serve it, its load, its wait. Shared by all views of one state.
import { indexHall, type Window } from '../config.ts';
import {
  estimateWait,
  serviceModel,
  toBand,
  type Estimate,
  type ServiceModel,
} from '../estimate.ts';
import {
  arrivalsPerHour,
  load,
  longest,
  passed,
  serviceTime,
  type Figure,
  type Longest,
  type Tally,
} from '../kpi.ts';
import { overlapMs } from '../interval.ts';
import type { Hall } from '../state.ts';
import type { Cutting } from './base.ts';
import type { WaitBand } from './common.ts';

export interface QueueNow {
  readonly waiting: number;
  /** appointments that have not come or whose time has not come, and transfers for later */
  readonly later: number;
  readonly longest?: Longest;
  /** how many thresholds the longest wait has passed */
  readonly level: 0 | 1 | 2 | 3;
  readonly windowsOpen: number;
  /** the wait of someone who comes now */
  readonly wait?: Estimate;
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
  return memory.recall('queues', '', [hall.day, hall.tickets, hall.windows, second], () => {
    const { windowsOfQueue } = indexHall(config);
    const demands = new Map<string, Demand>();
    for (const { id } of config.queues) demands.set(id, demandOf(cut, id, second));
    const queues = new Map<string, QueueNow>();
    for (const { id } of config.queues) {
      const demand = demands.get(id);
      if (!demand) continue;
      const team = teamOf(hall, id, windowsOfQueue.get(id) ?? [], demands);
      queues.set(id, queueNow(cut, id, demand, team, second));
    }
    return queues;
  });
}

/** How many of the three thresholds (minutes) a wait has passed. */
export function levelOf(ms: number, thresholds: readonly number[]): QueueNow['level'] {
  return passed(ms, thresholds) as QueueNow['level'];
}

interface Demand {
  readonly tally: Tally;
  /** waiting to be called */
  readonly queued: number;
  readonly arrivals: Figure | undefined;
  readonly service: Figure | undefined;
  readonly model: ServiceModel;
}

function demandOf({ memory }: Cutting, id: string, second: number): Demand {
  const tally = memory.ledger.queue(id);
  const { whole } = memory.ledger;
  const prior = [whole.serviceSum, whole.services.length, whole.missed.length];
  const inputs = [tally, tally.version, ...prior, whole.completedAt.length, second];
  return memory.recall('demand', id, inputs, () => ({
    tally,
    queued: tally.queued,
    arrivals: arrivalsPerHour(tally, second),
    service: serviceTime(tally),
    model: serviceModel(tally, whole),
  }));
}

/** The windows that serve a queue now; those of several queues by this one's share. */
interface Team {
  readonly open: number;
  readonly idle: number;
  /** by who waits, and by what arrives */
  readonly forWaiting: number;
  readonly forLoad: number;
}

function teamOf(
  hall: Hall,
  queue: string,
  windows: readonly Window[],
  demands: ReadonlyMap<string, Demand>,
): Team {
  const people = (id: string) => (demands.get(id)?.queued ?? 0) + (id === queue ? 1 : 0);
  const work = (id: string) => workOf(demands.get(id));
  let [open, idle, forWaiting, forLoad] = [0, 0, 0, 0];
  for (const window of windows) {
    if (!isServing(hall, window)) continue;
    open += 1;
    if (hall.windows[window.id]?.state === 'idle') idle += 1;
    forWaiting += shareOf(window, queue, people);
    forLoad += shareOf(window, queue, work);
  }
  return { open, idle, forWaiting, forLoad };
}

function queueNow(
  { hall, config, memory }: Cutting,
  id: string,
  demand: Demand,
  team: Team,
  second: number,
): QueueNow {
  const { open, idle, forWaiting, forLoad } = team;
  const inputs = [hall.day, demand, open, idle, forWaiting, forLoad];
  return memory.recall('queue', id, inputs, () => {
    const { tally, queued, arrivals, service, model } = demand;
    const oldest = longest(tally);
    const waitedMs = oldest ? overlapMs(tally.open, oldest.since, second) : 0;
    const wait = estimateWait({ ahead: queued, windows: forWaiting, idle, service: model });
    const pressure = load(arrivals, service, forLoad);
    return {
      waiting: tally.waiting.length,
      later: tally.later,
      ...(oldest && { longest: oldest }),
      level: levelOf(waitedMs, config.thresholds.wait_min),
      windowsOpen: open,
      ...(wait && { wait, band: toBand(wait) }),
      ...(pressure &&
        arrivals &&
        service && { load: { value: pressure.value, arrivals, service } }),
    };
  });
}

/** Work that arrives per hour, in windows. */
function workOf(demand: Demand | undefined): number {
  if (!demand?.arrivals || !demand.service) return 0;
  return demand.arrivals.value * demand.service.value;
}

/**
 * A window of several queues counts by this queue's part in what they ask of it, so that queues which share all their
 * windows stand alike, and one that alone has work has the window to itself.
 */
function shareOf({ queues }: Window, queue: string, weight: (queue: string) => number): number {
  if (queues.length === 1) return 1;
  const all = queues.reduce((sum, id) => sum + weight(id), 0);
  return all > 0 ? weight(queue) / all : 1 / queues.length;
}
