// How fresh a value is, from the devices behind it. Silence is not staleness while a device is known to be connected,
// and a closed hall is not a fault. SPEC §7.2.
import { overlapMs, type Interval } from './interval.ts';
import type { DeviceLive } from './state.ts';
import type { Freshness } from './view/common.ts';

/** What the freshness of a value depends on. */
export interface Reports {
  /** the newest signal behind the value, ms since 1970; undefined: none yet */
  readonly at: number | undefined;
  /** the devices that report it, as far as they were ever heard */
  readonly devices: Iterable<DeviceLive>;
  /** how long a device that says nothing of its state may be silent, ms */
  readonly silenceMs: number;
  /** for a value that comes at intervals (a count): older than this is stale, however well its device is */
  readonly valueMs?: number;
}

/**
 * `live`: at least one device is connected, or was heard within its limit; `stale`: all are offline or silent too long,
 * with the time of their last signal; `none`: never heard of.
 */
export function freshness(reports: Reports, open: readonly Interval[], now: number): Freshness {
  const { at, devices, silenceMs, valueMs } = reports;
  const isOpen = open.some(([from, to]) => now >= from && now < to);
  const silent = (since: number, limit: number) => overlapMs(open, since, now) > limit;
  if (at !== undefined && valueMs !== undefined && silent(at, valueMs))
    return { state: 'stale', at };
  const live: Freshness = at === undefined ? { state: 'live' } : { state: 'live', at };
  let last: number | undefined;
  for (const device of devices) {
    if (isThere(device, isOpen, silent, silenceMs)) return live;
    last = Math.max(last ?? 0, heardAt(device));
  }
  if (last !== undefined) return { state: 'stale', at: last };
  if (at === undefined) return { state: 'none' };
  return silent(at, silenceMs) ? { state: 'stale', at } : live;
}

/** When a device was heard itself; of one that never was, when its last will came. */
export function heardAt(device: Pick<DeviceLive, 'heardAt' | 'lastSeen'>): number {
  return device.heardAt ?? device.lastSeen;
}

function isThere(
  device: DeviceLive,
  isOpen: boolean,
  silent: (since: number, limit: number) => boolean,
  silenceMs: number,
): boolean {
  switch (device.state) {
    case 'online':
    case 'degraded':
      return true;
    case 'offline':
      // Switched off after closing time: nothing can have been missed before the hall opens again.
      return !isOpen && !silent(Math.max(device.since, device.heardAt ?? 0), 0);
    default:
      return !silent(heardAt(device), silenceMs);
  }
}
