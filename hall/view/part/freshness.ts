// The freshness of what a view shows, from the devices of a window, a zone or the hall. SPEC §7.2.
import type { Device, HallConfig } from '../../config.ts';
import { freshness } from '../../freshness.ts';
import type { Interval } from '../../interval.ts';
import type { DeviceLive, Hall } from '../../state.ts';
import { get, values } from '../../table.ts';
import type { Freshness } from '../common.ts';
import { part, type Cutting } from '../cut.ts';
import { memo, weakMemo } from '../memo.ts';

const SECOND_MS = 1000;
/** The devices that a value lives by: those of the hall file, and whoever reported it. */
const REPORTERS: ReadonlySet<string> = new Set(['dispenser', 'caller']);

/** The devices that report a window: the one that did so last, and the caller that the hall file places there. */
export function devicesAt(
  { devices }: Hall,
  reporter: string | undefined,
  caller: string | undefined,
): readonly [DeviceLive | undefined, DeviceLive | undefined] {
  const last = reporter === undefined ? undefined : get(devices, reporter);
  if (caller === reporter) return [last, last];
  return [last, caller === undefined ? undefined : get(devices, caller)];
}

/** A connected device is heard at any time: what it reports is live whatever the present is. */
export function isConnected(device: DeviceLive | undefined): boolean {
  return device?.state === 'online';
}

/** The callers that the hall file places at windows, by window. */
export const callersOf = weakMemo((config: HallConfig): ReadonlyMap<string, string> => {
  const byWindow = new Map<string, string>();
  for (const { kind, window, id } of config.devices) {
    if (kind === 'caller' && window !== undefined) byWindow.set(window, id);
  }
  return byWindow;
});

export const windowFreshness = part('window', (cut, { id }) => {
  const { hall, config, now, memory } = cut;
  const live = hall.windows[id];
  const [reporter, caller] = devicesAt(hall, live?.device, callersOf(config).get(id));
  return windowFreshnessOf(memory, id, config, hall.day.open, live?.at, reporter, caller, now);
});

const windowFreshnessOf = memo(freshnessOf);

export function freshnessOf(
  config: HallConfig,
  open: readonly Interval[],
  at: number | undefined,
  reporter: DeviceLive | undefined,
  caller: DeviceLive | undefined,
  now: number,
): Freshness {
  const devices = [reporter, caller].filter((device) => device !== undefined);
  const exact = freshness({ at, devices, silenceMs: silenceMs(config) }, open, now);
  return inSeconds(exact.state, exact.at);
}

function silenceMs({ freshness }: HallConfig): number {
  return freshness.device_s * SECOND_MS;
}

/** Whole seconds are enough for the time of a value, and quieter. */
function inSeconds(state: Freshness['state'], at: number | undefined): Freshness {
  return at === undefined ? { state } : { state, at: at - (at % SECOND_MS) };
}

/** Of a zone's board, or of the whole hall: its windows and who tells of tickets there. */
export const zoneFreshness = part('zone', (cut, zone): Freshness => {
  const { hall, memory, config, now } = cut;
  const { windows, reporters } = zoneParts(memory, zone ?? '', config, zone);
  const newest = cut.once(newestAt, zone);
  const at = newest === 0 ? undefined : newest;
  const hasConnected = reporters.some((id) => isConnected(get(hall.devices, id)));
  const { state, at: second } = hasConnected
    ? { state: 'live' as const, at }
    : freshness({ at, devices: devices(), silenceMs: silenceMs(config) }, hall.day.open, now);
  return zoneFreshnessOf(memory, zone ?? '', state, second);

  function* devices() {
    let none = true;
    for (const id of reporters) {
      const device = get(hall.devices, id);
      if (device) yield ((none = false), device);
    }
    for (const id of windows) {
      const placed = callersOf(config).get(id);
      for (const device of devicesAt(hall, hall.windows[id]?.device, placed)) {
        if (device) yield ((none = false), device);
      }
    }
    // A hall file without such devices, windows nobody spoke of yet: any device that sends counts.
    // So does one of another kind that reports tickets. A people counter alone reports none.
    if (none && (newest > 0 || reporters.length === 0)) yield* values(hall.devices);
  }
});

/** When the newest of what a zone's windows and queues show happened, or 0; without a zone: of all zones. */
function newestAt(cut: Cutting, zone: string | undefined): number {
  const { hall, config, memory } = cut;
  if (zone === undefined) {
    return config.zones.reduce((newest, { id }) => Math.max(newest, cut.once(newestAt, id)), 0);
  }
  const { windows, queues } = zoneParts(memory, zone, config, zone);
  let newest = 0;
  for (const id of windows) newest = Math.max(newest, hall.windows[id]?.at ?? 0);
  for (const id of queues) newest = Math.max(newest, memory.ledger.queue(id).events.at(-1) ?? 0);
  return newest;
}

const zoneFreshnessOf = memo((state: Freshness['state'], at: number | undefined) =>
  inSeconds(state, at),
);

interface ZoneParts {
  readonly windows: readonly string[];
  readonly queues: readonly string[];
  readonly reporters: readonly string[];
}

const zoneParts = memo((config: HallConfig, zone: string | undefined): ZoneParts => {
  const windows = config.windows.filter((window) => zone === undefined || window.zone === zone);
  const ids = new Set(windows.map(({ id }) => id));
  const isHere = (device: Device) =>
    zone === undefined ||
    device.zone === zone ||
    (device.window !== undefined && ids.has(device.window));
  return {
    windows: [...ids],
    queues: config.queues.filter((q) => zone === undefined || q.zone === zone).map(({ id }) => id),
    reporters: config.devices
      .filter((device) => REPORTERS.has(device.kind) && isHere(device))
      .map(({ id }) => id),
  };
});
