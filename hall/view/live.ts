// The managers' view: every window and queue with its pressure, the day's figures and curve. Not for public screens. SPEC §7.
import type { WindowStateName } from '../signal.ts';
import { indexHall, type Queue, type Window } from '../config.ts';
import type { FaultKind } from '../fault/kinds.ts';
import { freshness } from '../freshness.ts';
import {
  abandonment,
  meanWait,
  satisfaction,
  serviceTime,
  utilisation,
  waits,
  within,
  type Figure,
} from '../kpi.ts';
import type { Call } from '../state.ts';
import { get } from '../table.ts';
import { plainName, viewBase, type Cutting } from './base.ts';
import { callAt } from './board.ts';
import type { Name, SourceFreshness, ViewBase, WaitBand } from './common.ts';
import { BIN_MS, curveBins, type CurveBin } from './curve.ts';
import { notes, type Note } from './notes.ts';
import { isServing, queuesNow, type QueueNow } from './queues.ts';
import { removedQueueNow, removedQueues } from './removed.ts';
import { visitAt } from './sign.ts';
import { callerOf, windowSource, zoneSource } from './source.ts';

/** How far a value has passed its thresholds: 0 none; for waits 1 amber, 2 orange, 3 red; for load 1 amber, 3 red. */
export type Level = 0 | 1 | 2 | 3;

export interface LiveWindow {
  readonly id: string;
  readonly order: number;
  readonly label: string;
  readonly department?: Name;
  readonly zone: string;
  readonly role: 'front' | 'back';
  readonly queues: readonly string[];
  readonly state: WindowStateName | 'unknown';
  readonly since?: number;
  readonly ticket?: {
    readonly ticket: string;
    readonly state: 'called' | 'serving';
    readonly at: number;
    readonly callId: string;
  };
  readonly staff?: string;
  readonly substitute?: true;
  readonly reason?: string;
  readonly completed: number;
  /** serving ÷ (idle + calling + serving + paused) of the day so far, absent for no time at all */
  readonly utilisation?: number;
  /** mean service time today, ms, with its n */
  readonly serviceMs?: { readonly mean: number; readonly n: number };
  readonly source: SourceFreshness;
}

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
  readonly level: Level;
  readonly meanWaitMs?: { readonly mean: number; readonly n: number };
  readonly source: SourceFreshness;
}

export interface LiveZone {
  readonly name: Name;
  readonly order: number;
  /** who is there, where it is counted */
  readonly occupancy?: {
    readonly present: number;
    readonly capacity?: number;
    readonly source: SourceFreshness;
  };
}

export interface LiveFigures {
  readonly issued: number;
  readonly waiting: number;
  readonly serving: number;
  readonly completed: number;
  readonly missed: number;
  readonly windowsOpen: number;
  readonly present?: Figure;
  readonly meanWaitMs?: Figure;
  readonly p90WaitMs?: Figure;
  /** share that began service within the first, second and third threshold */
  readonly within: readonly { readonly minutes: number; readonly share: Figure }[];
  readonly satisfaction?: Figure;
  readonly abandonment?: Figure;
}

/** Trouble of which the numbers of the page may suffer: the gateway's own, wrong clocks, doubtful alarms, full limits. */
export interface Trouble {
  readonly id: string;
  readonly since: number;
  readonly title: Name;
  readonly action: Name;
}

export interface LiveView extends ViewBase {
  /** Shown by the standby of a pair: the other gateway leads. */
  readonly standby?: true;
  readonly kind: 'live';
  /** absent where there is none */
  readonly trouble?: readonly Trouble[];
  /** what the numbers of the page are estimated from, where a device reports little */
  readonly notes?: readonly Note[];
  readonly thresholds: { readonly wait_min: readonly number[]; readonly load: readonly number[] };
  readonly zones: Readonly<Record<string, LiveZone>>;
  readonly windows: Readonly<Record<string, LiveWindow>>;
  readonly queues: Readonly<Record<string, LiveQueue>>;
  readonly figures: LiveFigures;
  readonly curve: {
    readonly binMs: number;
    readonly open: readonly (readonly [number, number])[];
    readonly bins: readonly CurveBin[];
  };
  readonly source: SourceFreshness;
}

const MINUTE_MS = 60_000;
/** Faults that make numbers of the page wrong, or say that they were corrected. */
const TROUBLES: ReadonlySet<FaultKind> = new Set<FaultKind>([
  'gateway',
  'clock',
  'identity',
  'emergency',
  'budget',
  'hall-file',
]);

export function liveCut(cut: Cutting): LiveView {
  const { hall, config, memory } = cut;
  const { wait_min, load } = config.thresholds;
  const now = queuesNow(cut);
  const zones = memory.table('live/zones', config.zones, idOf, (zone, order) =>
    liveZone(cut, zone.id, order),
  );
  return {
    ...viewBase(cut),
    kind: 'live',
    ...troubles(cut),
    ...notes(cut),
    thresholds: memory.recall('thresholds', '', [config], () => ({ wait_min, load })),
    zones,
    windows: memory.table('live/windows', config.windows, idOf, (window, order) =>
      liveWindow(cut, window, order),
    ),
    queues: memory.table(
      'live/queues',
      [...config.queues, ...removedQueues(cut)],
      idOf,
      (queue, order) =>
        liveQueue(cut, queue, order, now.get(queue.id) ?? removedQueueNow(cut, queue.id)),
    ),
    figures: figures(cut, zones),
    curve: {
      binMs: BIN_MS,
      open: hall.day.open,
      bins: curveBins(cut),
    },
    source: zoneSource(cut, undefined),
    ...(cut.outside.role === 'standby' && { standby: true as const }),
  };
}

function troubles({ outside, memory }: Cutting): Pick<LiveView, 'trouble'> | undefined {
  const found = (outside.faults ?? []).filter(({ kind }) => TROUBLES.has(kind));
  if (found.length === 0) return undefined;
  const key = found.map(({ id, since }) => `${id} ${since}`).join();
  const trouble = memory.recall('live/trouble', '', [key], () =>
    found.map(({ id, since, title, action }) => ({ id, since, title, action })),
  );
  return { trouble };
}

function idOf({ id }: { readonly id: string }): string {
  return id;
}

/** Nothing of a window's row changes but by its word, its tickets, its devices, or with time. */
function liveWindow(cut: Cutting, window: Window, order: number): LiveWindow {
  const { hall, memory, now } = cut;
  const live = hall.windows[window.id];
  const device = live && get(hall.devices, live.device);
  const tally = memory.ledger.window(window.id);
  const caller = get(hall.devices, callerOf(cut, window.id) ?? '');
  // The silence of a device that is not known to be connected is counted in seconds, all else in minutes.
  const isConnected = device?.state === 'online' || caller?.state === 'online';
  const beat = Math.floor(now / (isConnected ? MINUTE_MS : 1000));
  const visit = visitAt(cut, window.id);
  const call = visit && callAt(cut, visit);
  const inputs = [live, device, caller, tally, tally.version, isConnected, beat, hall.day, call];
  return memory.recall('live', window, inputs, () => liveWindowRow(cut, window, order));
}

function liveWindowRow(cut: Cutting, window: Window, order: number): LiveWindow {
  const { hall, config, memory, now } = cut;
  const live = hall.windows[window.id];
  const ticket = visitAt(cut, window.id);
  const tally = memory.ledger.window(window.id);
  const source = windowSource(cut, window.id);
  // A share of the day moves slowly: by the minute it is true enough, and quiet.
  const minute = Math.floor(now / MINUTE_MS) * MINUTE_MS;
  const call = ticket && callAt(cut, ticket);
  const inputs = [live, ticket, call, tally, tally.version, source, minute, hall.day];
  return memory.recall('live', window.id, inputs, () => {
    const use = live && utilisation(live, hall.day.open, Math.max(minute, live.since));
    const service = serviceTime(tally);
    const staff = live?.staff === undefined ? undefined : indexHall(config).staff.get(live.staff);
    const name = staff?.name ?? live?.staff;
    return {
      id: window.id,
      order,
      label: window.label,
      ...(window.department && { department: plainName(window.department) }),
      zone: window.zone,
      role: window.role,
      queues: window.queues,
      state: live?.state ?? 'unknown',
      ...(live && { since: live.since }),
      ...(ticket && call && { ticket: liveTicket(ticket, call) }),
      ...(name === undefined ? undefined : { staff: name }),
      ...(live?.substitute && { substitute: live.substitute }),
      ...(live?.reason === undefined ? undefined : { reason: live.reason }),
      completed: tally.completedAt.length,
      ...(use && { utilisation: round(use.value, 3) }),
      ...(service && { serviceMs: { mean: Math.round(service.value), n: service.n } }),
      source,
    };
  });
}

function liveTicket(ticket: NonNullable<ReturnType<typeof visitAt>>, { id: callId }: Call) {
  return {
    ticket: ticket.ticket,
    state: ticket.state,
    at: ticket.state === 'called' ? ticket.since : ticket.servingAt,
    callId,
  };
}

function liveQueue(cut: Cutting, queue: Queue, order: number, present: QueueNow): LiveQueue {
  const { config, memory } = cut;
  const source = zoneSource(cut, queue.zone);
  const wait = meanWait(memory.ledger.queue(queue.id));
  const { longest, band, load } = present;
  const inputs = [
    ...[present.waiting, present.later, present.level, present.windowsOpen, source],
    longest?.ticket,
    ...[longest?.since, longest?.isCalled, band?.from, band?.to, load?.value, load?.service.value],
    ...[wait?.value, wait?.n],
  ];
  return memory.recall('live/queue', queue.id, inputs, () => ({
    id: queue.id,
    order,
    name: plainName(queue.name),
    zone: queue.zone,
    ...(queue.prefix === undefined ? undefined : { prefix: queue.prefix }),
    waiting: present.waiting,
    ...(present.later > 0 && { notYet: present.later }),
    ...(longest && { longestSince: longest.since, longestTicket: longest.ticket }),
    ...(longest?.isCalled && { longestCalled: true as const }),
    ...(band && { band }),
    windowsOpen: present.windowsOpen,
    windows: indexHall(config).windowsOfQueue.get(queue.id)?.length ?? 0,
    ...(load && {
      load: {
        value: round(load.value, 2),
        level: loadLevel(load.value, config.thresholds.load),
        arrivalsPerHour: round(load.arrivals.value, 1),
        serviceMin: round(load.service.value / MINUTE_MS, 1),
      },
    }),
    level: present.level,
    ...(wait && { meanWaitMs: { mean: Math.round(wait.value), n: wait.n } }),
    source,
  }));
}

/** Amber above the first threshold, red above the second. */
function loadLevel(load: number, [amber = 0.85, red = 1]: readonly number[]): Level {
  return load > red ? 3 : load > amber ? 1 : 0;
}

function liveZone(cut: Cutting, id: string, order: number): LiveZone {
  const { hall, config, memory, now } = cut;
  const zone = indexHall(config).zones.get(id);
  const occupancy = hall.occupancy[id];
  const device = occupancy && get(hall.devices, occupancy.device);
  const source =
    occupancy &&
    freshness(
      {
        at: occupancy.at,
        devices: device ? [device] : [],
        silenceMs: config.freshness.device_s * 1000,
        valueMs: config.freshness.occupancy_s * 1000,
      },
      hall.day.open,
      now,
    );
  const inputs = [zone, occupancy?.present, source?.state, source?.at];
  return memory.recall('live/zone', id, inputs, () => ({
    name: plainName(zone?.name ?? { zh: id }),
    order,
    ...(occupancy &&
      source && {
        occupancy: {
          present: occupancy.present,
          ...(zone?.capacity === undefined ? undefined : { capacity: zone.capacity }),
          source,
        },
      }),
  }));
}

function figures(cut: Cutting, zones: LiveView['zones']): LiveFigures {
  const { hall, config, memory, now } = cut;
  const { whole } = memory.ledger;
  const second = Math.floor(now / 1000) * 1000;
  const inputs = [whole, whole.version, hall.windows, hall.evaluations, second, zones];
  return memory.recall('live/figures', '', inputs, () => {
    const wait = waits(whole);
    const given = memory.recall('satisfaction', '', [hall.evaluations], () =>
      satisfaction(Object.values(hall.evaluations)),
    );
    const gone = abandonment(whole);
    // People in zones whose count is old are not people who are there.
    const counted = Object.values(zones).filter(
      ({ occupancy }) => occupancy?.source.state === 'live',
    );
    const present = counted.reduce((sum, { occupancy }) => sum + (occupancy?.present ?? 0), 0);
    return {
      issued: whole.issuedAt.length,
      waiting: whole.waiting.length,
      serving: whole.serving,
      completed: whole.completedAt.length,
      missed: whole.missed.length,
      windowsOpen: config.windows.filter((w) => w.role === 'front' && isServing(hall, w)).length,
      ...(counted.length > 0 && { present: { value: present, n: counted.length } }),
      ...(wait && {
        meanWaitMs: { value: Math.round(wait.mean), n: wait.n },
        p90WaitMs: { value: Math.round(wait.p90), n: wait.n },
      }),
      within: config.thresholds.wait_min.flatMap((minutes) => {
        const share = within(whole, minutes * MINUTE_MS, second);
        return share ? [{ minutes, share: rounded(share) }] : [];
      }),
      ...(given && { satisfaction: rounded(given) }),
      ...(gone && { abandonment: rounded(gone) }),
    };
  });
}

function rounded({ value, n }: Figure): Figure {
  return { value: round(value, 3), n };
}

function round(value: number, digits: number): number {
  const scale = 10 ** digits;
  return Math.round(value * scale) / scale;
}
