// How a device is, told from what it said, when it was last heard and when the hall was open. SPEC §12.
import { overlapMs, type Interval } from './interval.ts';
import type { Device, HallConfig } from './config.ts';
import { heardAt } from './freshness.ts';
import { PACE_MS } from './reduce/device.ts';
import type { DeviceLive } from './state.ts';
import type { GatewayStatus } from './gateway-status.ts';

/** `silent`: never said that it left, but was not heard for too long; `none`: in the hall file, never heard. */
export type DeviceHealth = DeviceLive['state'] | 'silent' | 'none';

/** What health is judged by besides the device itself. */
export interface Judging {
  readonly config: HallConfig;
  readonly open: readonly Interval[];
  readonly now: number;
  readonly gatewayStatus: GatewayStatus;
}

/** How the device is now; `device`: its entry in the hall file, if it has one. */
export function healthOf(
  live: DeviceLive | undefined,
  device: Device | undefined,
  judging: Judging,
): DeviceHealth {
  if (!live) return 'none';
  if (live.state === 'offline' || live.state === 'maintenance') return live.state;
  const { open, now, gatewayStatus } = judging;
  const since = Math.max(heardAt(live), gatewayStatus.listeningSince);
  return overlapMs(open, since, now) > silenceMs(live, device, judging) ? 'silent' : live.state;
}

/** How long the device may be silent while the hall is open, ms. */
export function silenceMs(
  live: DeviceLive,
  device: Device | undefined,
  { config, gatewayStatus }: Judging,
): number {
  if (device?.silence_s !== undefined) return device.silence_s * 1000;
  const seconds = config.silence[device?.kind ?? 'other'];
  // A last will stands for the device only as long as the broker that holds it.
  const hasWill =
    live.state !== 'unknown' &&
    (gatewayStatus.keepsWills || live.lastSeen >= gatewayStatus.listeningSince);
  return 1000 * (hasWill ? Math.max(seconds, config.silence.connected) : seconds);
}

export interface Rate {
  /** signals per minute over the last five to ten minutes */
  readonly now: number;
  /** signals per minute of the day so far */
  readonly usual: number;
}

/** The device's signals per minute; undefined before its first of the day. */
export function rateOf(live: DeviceLive, now: number): Rate | undefined {
  const { pace, dayFrom } = live;
  if (dayFrom === undefined || live.signals === 0) return undefined;
  const minutes = Math.max(1, (now - dayFrom) / 60_000);
  return { now: pace ? presentRate(pace, now) : 0, usual: live.signals / minutes };
}

/** As if the earlier five minutes' signals had come evenly: a window that slides without keeping each signal. */
function presentRate({ from, count, before }: NonNullable<DeviceLive['pace']>, now: number) {
  const passed = Math.max(0, now - from);
  if (passed >= 2 * PACE_MS) return 0;
  const [recent, earlier] = passed >= PACE_MS ? [0, count] : [count, before];
  const share = 1 - (passed % PACE_MS) / PACE_MS;
  return (recent + earlier * share) / (PACE_MS / 60_000);
}

/** Whether the device was lost often enough within a short time to say that it flaps; since when. */
export function flappingSince(live: DeviceLive, { config, now }: Judging): number | undefined {
  const { flapping_times, flapping_min } = config.faults;
  const recent = (live.downs ?? []).filter((at) => now - at < flapping_min * 60_000);
  return recent.length >= flapping_times ? recent[0] : undefined;
}
