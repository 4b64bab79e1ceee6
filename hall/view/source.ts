// The freshness of what a view shows, from the devices of a window, a zone or the hall. SPEC §7.2.
import type { Device, HallConfig } from '../config.ts';
import { freshness } from '../freshness.ts';
import type { DeviceLive, Hall } from '../state.ts';
import { get, values } from '../table.ts';
import type { Cutting } from './base.ts';
import type { SourceFreshness } from './common.ts';

const SECOND_MS = 1000;
/** The devices that a value lives by: those of the hall file, and whoever reported it. */
const REPORTERS: ReadonlySet<string> = new Set(['dispenser', 'caller']);

export function windowSource(cut: Cutting, id: string): SourceFreshness {
  const { hall } = cut;
  const window = hall.windows[id];
  const caller = callerOf(cut, id);
  return fresh(cut, id, window?.at, reporters());

  function* reporters() {
    yield* heard(hall, window?.device);
    yield* heard(hall, caller);
  }
}

/** The caller that the hall file places at a window. */
export function callerOf({ config, memory }: Cutting, window: string): string | undefined {
  const callers = memory.recall('callers', '', [config], () => {
    const byWindow = new Map<string, string>();
    for (const device of config.devices) {
      if (device.kind === 'caller' && device.window !== undefined) {
        byWindow.set(device.window, device.id);
      }
    }
    return byWindow;
  });
  return callers.get(window);
}

/** Of a zone's board, or of the whole hall: its windows and who tells of tickets there. */
export function zoneSource(cut: Cutting, zone: string | undefined): SourceFreshness {
  return cut.memory.recall('source', zone ?? '', [cut.hall, cut.now], () => zoneFresh(cut, zone));
}

function zoneFresh(cut: Cutting, zone: string | undefined): SourceFreshness {
  const { hall, memory, config } = cut;
  const parts = memory.recall('parts', zone ?? '', [config], () => zoneParts(config, zone));
  let at = 0;
  for (const id of parts.windows) at = Math.max(at, hall.windows[id]?.at ?? 0);
  for (const id of parts.queues) at = Math.max(at, memory.ledger.queue(id).events.at(-1) ?? 0);
  return fresh(
    cut,
    zone === undefined ? '/hall' : `/${zone}`,
    at === 0 ? undefined : at,
    reporters(),
  );

  function* reporters() {
    let none = true;
    for (const id of parts.reporters) {
      for (const device of heard(hall, id)) yield ((none = false), device);
    }
    for (const id of parts.windows) {
      for (const device of heard(hall, hall.windows[id]?.device)) yield ((none = false), device);
    }
    // A hall file without such devices, windows nobody spoke of yet: whoever sends at all is the source.
    // So it is where somebody else tells of tickets. A people counter alone says nothing of them.
    if (none && (at > 0 || parts.reporters.length === 0)) yield* values(hall.devices);
  }
}

function* heard(hall: Hall, id: string | undefined): Generator<DeviceLive> {
  const device = id === undefined ? undefined : get(hall.devices, id);
  if (device) yield device;
}

/** Whole seconds are enough for the time of a value, and quieter. */
function fresh(
  { hall, config, now, memory }: Cutting,
  key: string,
  at: number | undefined,
  devices: Iterable<DeviceLive>,
): SourceFreshness {
  const silenceMs = config.freshness.device_s * SECOND_MS;
  const source = freshness({ at, devices, silenceMs }, hall.day.open, now);
  const second = source.at === undefined ? undefined : source.at - (source.at % SECOND_MS);
  return memory.recall('fresh', key, [source.state, second], () =>
    second === undefined ? { state: source.state } : { state: source.state, at: second },
  );
}

function zoneParts(config: HallConfig, zone: string | undefined) {
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
}
