// A queue as it stands now: who waits, which windows serve it, its load, its wait. Shared by all views of one second.
import { indexHall, type Window } from '../../config.ts';
import {
  estimateWait,
  serviceModel,
  toBand,
  type Estimate,
  type HallService,
  type ServiceModel,
  type Situation,
} from '../../estimate.ts';
import {
  arrivalsPerHour,
  load,
  longest,
  passed,
  serviceTime,
  waitingSince,
  type Figure,
  type Longest,
  type Tally,
} from '../../figure.ts';
import type { LineFlow } from '../../figure/flow.ts';
import { overlapMs } from '../../interval.ts';
import type { WindowStateName } from '../../signal.ts';
import type { Hall } from '../../state.ts';
import type { WaitBand } from '../common.ts';
import type { Cutting } from '../cut.ts';
import { memo } from '../memo.ts';
import { flowOfQueue, hallServiceOf } from './hall-service.ts';

const MINUTE_MS = 60_000;

export interface QueueNow {
  readonly waiting: number;
  /** appointments that have not come or whose time has not come, and transfers for later */
  readonly later: number;
  readonly longest?: Longest;
  /** how many thresholds the longest wait has passed */
  readonly level: 0 | 1 | 2 | 3;
  readonly windowsOpen: number;
  /** what that wait is estimated from: who advises asks what it would be with other windows */
  readonly situation?: Situation;
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
export function isServing({ windows }: Pick<Hall, 'windows'>, { id }: Window): boolean {
  return isOpen(windows[id]?.state);
}

function isOpen(state: WindowStateName | undefined): boolean {
  return state === 'idle' || state === 'calling' || state === 'serving';
}

/** A queue of the hall file at the begin of this second, which is often enough; undefined for any other. */
export function queueNow({ second }: Cutting, id: string): QueueNow | undefined {
  return second.once(queueAt, id);
}

function queueAt(cut: Cutting, id: string): QueueNow | undefined {
  const { config, memory } = cut;
  if (!indexHall(config).queues.has(id)) return undefined;
  const tally = memory.ledger.queue(id);
  const level = longestLevel(cut, tally);
  const { open, idle, forWaiting, forLoad, paused, pauseMs } = teamOf(cut, id);
  const demand = demandOf(cut, id);
  const situation = situationOf(memory, id, demand, forWaiting, idle, paused, pauseMs);
  return queueOf(memory, id, tally, demand, situation, level, open, forLoad);
}

/** How many of the three thresholds the longest wait has passed. */
export function longestLevel({ config, now }: Cutting, { waiting, open }: Tally) {
  const [oldest] = waiting;
  const waitedMs = oldest ? overlapMs(open, waitingSince(oldest), now) : 0;
  return levelOf(waitedMs, config.thresholds.wait_min);
}

/** How many of the three thresholds (minutes) a wait has passed. */
export function levelOf(ms: number, thresholds: readonly number[]): QueueNow['level'] {
  return passed(ms, thresholds) as QueueNow['level'];
}

/** What is asked of a queue, and what one service at a window costs. */
export interface Demand extends ServiceModel {
  /** waiting to be called */
  readonly queued: number;
  /** of the last hour, and the rate per hour; 0 where none came */
  readonly arrivals: number;
  readonly arrivalsPerHour: number;
  /** that arrives per hour, in windows; 0 while nobody has been served */
  readonly work: number;
}

export function demandOf(cut: Cutting, id: string): Demand {
  return cut.once(demandAt, id);
}

function demandAt(cut: Cutting, id: string): Demand {
  const { memory, now } = cut;
  const tally = memory.ledger.queue(id);
  return demand(memory, id, tally, flowOfQueue(memory, id, tally), hallServiceOf(cut), now);
}

const demand = memo((tally: Tally, flow: LineFlow, hall: HallService, now: number): Demand => {
  const arrivals = arrivalsPerHour(tally, now);
  return {
    queued: tally.queued,
    arrivals: arrivals?.n ?? 0,
    arrivalsPerHour: arrivals?.value ?? 0,
    work: (arrivals?.value ?? 0) * (serviceTime(tally)?.value ?? 0),
    ...serviceModel(tally, flow, hall),
  };
});

/** The windows that serve a queue now; those of several queues by this one's share. */
interface Team {
  readonly open: number;
  readonly idle: number;
  /** by who waits, and by what arrives */
  readonly forWaiting: number;
  readonly forLoad: number;
  /** by who waits, and how much longer they pause */
  readonly paused: number;
  readonly pauseMs: number;
}

/**
 * A window of several queues counts by this queue's part in what they ask of it, so that queues which share all their
 * windows stand alike, and one that alone has work has the window to itself.
 */
function teamOf(cut: Cutting, queue: string): Team {
  const { hall, config } = cut;
  const own = demandOf(cut, queue);
  let [open, idle, forWaiting, forLoad, paused, pauses] = [0, 0, 0, 0, 0, 0];
  for (const window of indexHall(config).windowsOfQueue.get(queue) ?? []) {
    const live = hall.windows[window.id];
    const { length } = window.queues;
    const asked = length > 1 ? cut.once(askedOf, window) : own;
    // Somebody who comes now waits as well.
    const share = (own.queued + 1) / (asked.queued + 1);
    if (live?.state === 'paused' || live?.state === 'away') {
      paused += share;
      pauses += share * pauseLeft(cut.now - live.since);
    }
    if (!isOpen(live?.state)) continue;
    open += 1;
    if (live?.state === 'idle') idle += 1;
    forWaiting += share;
    forLoad += asked.work > 0 ? own.work / asked.work : 1 / length;
  }
  return { open, idle, forWaiting, forLoad, paused, pauseMs: paused > 0 ? pauses / paused : 0 };
}

/**
 * As long again as it has lasted, in whole minutes: the middle of what is left of a span met at a random moment, where its
 * length is unknown (Gott 1993, Nature 363, 315).
 */
function pauseLeft(lastedMs: number): number {
  return Math.ceil(Math.max(0, lastedMs) / MINUTE_MS) * MINUTE_MS;
}

/** What all queues of a window ask of it together. */
function askedOf(cut: Cutting, { queues }: Window): Pick<Demand, 'queued' | 'work'> {
  let [queued, work] = [0, 0];
  for (const id of queues) {
    const demand = demandOf(cut, id);
    queued += demand.queued;
    work += demand.work;
  }
  return { queued, work };
}

const situationOf = memo(
  (demand: Demand, windows: number, idle: number, paused: number, pauseMs: number): Situation => ({
    ahead: demand.queued,
    windows,
    idle,
    paused,
    pauseMs,
    service: demand,
  }),
);

const queueOf = memo(
  (
    tally: Tally,
    demand: Demand,
    situation: Situation,
    level: QueueNow['level'],
    open: number,
    forLoad: number,
  ): QueueNow => {
    const oldest = longest(tally);
    const { arrivals: n, arrivalsPerHour: value } = demand;
    const wait = estimateWait(situation);
    const arrivals = n === 0 ? undefined : { value, n };
    const service = serviceTime(tally);
    const pressure = load(arrivals, service, forLoad);
    return {
      waiting: tally.waiting.length,
      later: tally.later,
      ...(oldest && { longest: oldest }),
      level,
      windowsOpen: open,
      situation,
      ...(wait && { wait, band: toBand(wait) }),
      ...(pressure &&
        arrivals &&
        service && { load: { value: pressure.value, arrivals, service } }),
    };
  },
);
