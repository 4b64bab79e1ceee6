// What a hall tells the world about itself in one retained message, so that a city page or any other program can follow
// it without asking: the figures of the trade, no person, no ticket number. Pure; SPEC §11.
import { overlapMs } from './interval.ts';
import { indexHall, type HallConfig } from './config.ts';
import type { Figure } from './figure.ts';
import { waitHours, type DeviceLive, type Hall } from './state.ts';
import { entries, get } from './table.ts';
import type { Name, WaitBand } from './view/common.ts';
import { cutting } from './view/cut.ts';
import { cutKind } from './view/kind.ts';
import { LIVE, type LiveView } from './view/live.ts';
import { plainName } from './view/name.ts';

/** A share (0…1) or a mean, and how many cases it was made of (≥ 1). */
export interface SummaryFigure {
  readonly value: number;
  readonly n: number;
}

export interface SummaryQueue {
  readonly name: Name;
  readonly waiting: number;
  /** the oldest who waits: since when (ms since 1970), and for how long within opening hours */
  readonly longest_since?: number;
  readonly longest_wait_s?: number;
  readonly windows_open: number;
  /** what to tell somebody who comes now, minutes */
  readonly band_min?: WaitBand;
}

/** States of devices; `none`: in the hall file, never heard. */
export type SummaryDevices = Readonly<Partial<Record<DeviceLive['state'] | 'none', number>>>;

export interface Summary {
  readonly type: 'summary';
  /** ms since 1970, when this was true */
  readonly at: number;
  readonly hall: string;
  readonly name: Name;
  readonly level: HallConfig['hall']['level'];
  readonly parent?: string;
  readonly timezone: string;
  /** a demo hall: whoever adds halls up leaves it out */
  readonly demo?: true;
  /** business date, YYYY-MM-DD in the hall's time zone */
  readonly date: string;
  readonly opening: {
    readonly state: 'open' | 'break' | 'closed';
    readonly changes_at?: number;
  };
  readonly waiting: {
    readonly total: number;
    readonly longest_since?: number;
    readonly longest_wait_s?: number;
    readonly queues: Readonly<Record<string, SummaryQueue>>;
  };
  readonly windows: { readonly open: number; readonly total: number };
  /** began service within so many minutes, by the hall file's thresholds; those without cases are absent */
  readonly within: readonly { readonly minutes: number; readonly share: SummaryFigure }[];
  readonly mean_wait_s?: SummaryFigure;
  readonly satisfaction?: SummaryFigure;
  readonly today: {
    readonly issued: number;
    readonly serving: number;
    readonly completed: number;
    readonly no_show: number;
  };
  /** of the zones that are counted now; capacity only where each of them has one */
  readonly occupancy?: { readonly present: number; readonly capacity?: number };
  readonly devices: SummaryDevices;
  readonly emergencies: readonly string[];
  /** how fresh what the figures were made of is */
  readonly source: { readonly state: 'live' | 'stale' | 'none'; readonly at?: number };
  readonly faults: readonly SummaryFault[];
  readonly gateway: { readonly version: string; readonly name?: string };
}

/** One cause that is wrong now, as the devices page says it. */
export interface SummaryFault {
  readonly id: string;
  readonly kind: string;
  readonly since: number;
  /** 3: the hall's work suffers; 2: a device is out; 1: to be looked after */
  readonly severity: number;
  readonly text: Name;
}

/** What the summary says beside the hall's own state. */
export interface SummaryStatus {
  readonly version: string;
  /** the gateway's name, where it has one */
  readonly name?: string;
  readonly faults?: readonly SummaryFault[];
}

/** The hall in figures at `now` (ms since 1970); those without any case are absent. */
export function summaryOf(
  hall: Hall,
  config: HallConfig,
  now: number,
  gatewayStatus: SummaryStatus,
): Summary {
  const live = cutKind(LIVE, cutting(hall, config, now));
  const { id, name, level, parent, timezone, demo } = config.hall;
  const { figures, opening } = live;
  const occupancy = occupancyOf(live);
  return {
    type: 'summary',
    at: now,
    ...{ hall: id, name: plainName(name), level, timezone },
    ...(parent !== undefined && { parent }),
    ...(demo && { demo: true as const }),
    date: hall.day.date,
    opening: {
      state: opening.state,
      ...(opening.changesAt !== undefined && { changes_at: opening.changesAt }),
    },
    waiting: waitingOf(hall, live, now),
    windows: {
      open: figures.windowsOpen,
      total: config.windows.filter(({ role }) => role === 'front').length,
    },
    within: figures.within.map(({ minutes, share: { value, n } }) => ({
      minutes,
      share: { value, n },
    })),
    ...(figures.meanWaitMs && { mean_wait_s: seconds(figures.meanWaitMs) }),
    ...(figures.satisfaction && { satisfaction: figures.satisfaction }),
    today: {
      issued: figures.issued,
      serving: figures.serving,
      completed: figures.completed,
      no_show: figures.missed,
    },
    ...(occupancy && { occupancy }),
    devices: devicesOf(hall, config),
    emergencies: Object.keys(live.emergencies).sort(),
    source: live.freshness,
    faults: gatewayStatus.faults ?? [],
    gateway: {
      version: gatewayStatus.version,
      ...(gatewayStatus.name !== undefined && { name: gatewayStatus.name }),
    },
  };
}

/** Whether the second one reports anything new beside the time. */
export function hasChanged(before: Summary | undefined, after: Summary): boolean {
  return (
    before === undefined || JSON.stringify(timeless(before)) !== JSON.stringify(timeless(after))
  );
}

function timeless({ at: _at, waiting, source, ...rest }: Summary): object {
  const { longest_wait_s: _long, queues, ...whole } = waiting;
  const still = Object.entries(queues).map(([id, { longest_wait_s: _wait, ...queue }]) => [
    id,
    queue,
  ]);
  return { ...rest, ...whole, still, source: source.state };
}

function waitingOf(hall: Hall, live: LiveView, now: number): Summary['waiting'] {
  const since = (at: number | undefined) =>
    at === undefined
      ? undefined
      : {
          longest_since: at,
          longest_wait_s: Math.floor(overlapMs(waitHours(hall.day), at, now) / 1000),
        };
  const queues: Record<string, SummaryQueue> = {};
  let oldest: number | undefined;
  for (const [id, { name, waiting, longestSince, windowsOpen, band }] of Object.entries(
    live.queues,
  )) {
    if (longestSince !== undefined) oldest = Math.min(oldest ?? longestSince, longestSince);
    queues[id] = {
      ...{ name, waiting },
      ...since(longestSince),
      windows_open: windowsOpen,
      ...(band && { band_min: band }),
    };
  }
  return { total: live.figures.waiting, ...since(oldest), queues };
}

/** A sum with one zone's capacity missing would look like an overcrowded hall. */
function occupancyOf({ zones, figures }: LiveView): Summary['occupancy'] {
  if (figures.present === undefined) return undefined;
  let capacity: number | undefined = 0;
  for (const { occupancy } of Object.values(zones)) {
    if (occupancy?.freshness.state !== 'live') continue;
    if (occupancy.capacity === undefined) capacity = undefined;
    else if (capacity !== undefined) capacity += occupancy.capacity;
  }
  return { present: figures.present.value, ...(capacity !== undefined && { capacity }) };
}

function devicesOf(hall: Hall, config: HallConfig): SummaryDevices {
  const counts: Partial<Record<DeviceLive['state'] | 'none', number>> = {};
  const add = (state: DeviceLive['state'] | 'none') => (counts[state] = (counts[state] ?? 0) + 1);
  for (const [, { state }] of entries(hall.devices)) add(state);
  for (const id of indexHall(config).devices.keys()) if (!get(hall.devices, id)) add('none');
  return counts;
}

function seconds({ value, n }: Figure): SummaryFigure {
  return { value: Math.round(value / 1000), n };
}
