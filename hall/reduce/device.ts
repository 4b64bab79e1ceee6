// Devices: how each says it is, and what is seen of it by its signals. SPEC §4.5.
import type { DeviceSignal, Signal } from '../signal.ts';
import type { DeviceLive, Hall, Pace } from '../state.ts';
import { get, set } from '../table.ts';
import { clockAheadMs, lateMs, watchClock } from './clock.ts';
import { bump, CLOCK_TOLERANCE_MS, present } from './step.ts';

/** A sequence number this far back is a device that started again, not a message out of order. */
const SEQ_RESTART = 100;
/** Length of the two spans by which the present rate is told. */
export const PACE_MS = 5 * 60_000;
/** So many of its losses are remembered: enough to tell that it flaps. */
const DOWNS_MAX = 8;
/** Two reports' uptimes may differ by as much without a restart in between. */
const UPTIME_SLACK_MS = 60_000;

/** Whatever a device sends counts, and shows that it is there: last seen, sequence gaps, rate, clock. */
export function touchDevice(hall: Hall, event: Signal & { readonly receivedAt: number }): Hall {
  const { device: id, receivedAt, signal } = event;
  const known = get(hall.devices, id);
  if (!known && hall.sizes.devices >= hall.limits.devices) {
    return bump(bump(hall, 'overflow'), 'signals');
  }
  const isGone = event.stream === 'device' && event.signal.state === 'offline';
  const seen: DeviceLive = {
    ...(known ?? { state: 'unknown', since: receivedAt, at: 0, seqGaps: 0 }),
    // A dead letter that is replayed arrives with the time of its first arrival.
    lastSeen: Math.max(known?.lastSeen ?? 0, receivedAt),
    ...(!isGone && { heardAt: Math.max(known?.heardAt ?? 0, receivedAt) }),
    signals: (known?.signals ?? 0) + 1,
    ...sequence(known, signal.seq, receivedAt),
    ...(receivedAt >= (known?.lastSeen ?? 0) && timing(known, hall, receivedAt, signal.at)),
    ...(known?.state === 'offline' && event.stream !== 'device'
      ? { state: 'online', since: receivedAt }
      : undefined),
  } as DeviceLive;
  const devices = set(hall.devices, id, seen);
  const counts = { ...hall.counts, signals: hall.counts.signals + 1 };
  if (known) return { ...hall, devices, counts };
  return { ...hall, devices, counts, sizes: { ...hall.sizes, devices: hall.sizes.devices + 1 } };
}

/** What belongs to one day starts anew. */
export function beginDeviceDay(device: DeviceLive): DeviceLive {
  const { gapsFrom: _g, restarts: _r, dayFrom: _d, late: _l, lateMs: _m, ...rest } = device;
  return { ...rest, signals: 0, seqGaps: 0 };
}

function sequence(known: DeviceLive | undefined, seq: number | undefined, at: number) {
  if (seq === undefined) return undefined;
  const last = known?.seq;
  if (last === undefined || seq === 0 || last - seq > SEQ_RESTART) return { seq };
  if (seq <= last) return undefined;
  const missing = seq - last - 1;
  if (missing === 0) return { seq };
  return { seq, seqGaps: (known?.seqGaps ?? 0) + missing, gapsFrom: known?.gapsFrom ?? at };
}

function timing(known: DeviceLive | undefined, hall: Hall, receivedAt: number, at: number) {
  const delay = lateMs(known?.clock, receivedAt, at);
  const clock = watchClock(known?.clock, receivedAt, at);
  const today = at >= hall.day.start;
  return {
    ...(clock && { clock }),
    ...(delay > 0 && {
      late: (known?.late ?? 0) + 1,
      lateMs: Math.max(known?.lateMs ?? 0, delay),
    }),
    ...(today && { dayFrom: Math.min(known?.dayFrom ?? at, at) }),
    // What comes late says nothing about how busy the device is now.
    ...(receivedAt - at < PACE_MS && { pace: step(known?.pace, receivedAt) }),
  };
}

function step(pace: Pace | undefined, now: number): Pace {
  const from = now - (now % PACE_MS);
  if (pace?.from === from) return { ...pace, count: pace.count + 1 };
  return { from, count: 1, before: pace?.from === from - PACE_MS ? pace.count : 0 };
}

export function reduceDevice(
  hall: Hall,
  id: string,
  signal: DeviceSignal,
  receivedAt: number,
): Hall {
  const known = get(hall.devices, id);
  if (!known) return hall;
  const toldAt = byGatewayClock(known, signal, receivedAt);
  // What arrives after its last will came over a newer connection, whatever its clock says.
  const isBack =
    known.state === 'offline' && signal.state !== 'offline' && receivedAt >= known.lastSeen;
  if (toldAt < known.at && !isBack) return bump(hall, 'late');
  const at = Math.max(toldAt, known.at);
  const { fault: _old, ...rest } = known;
  const device: DeviceLive = {
    ...rest,
    ...present({
      paperPct: signal.paper_pct,
      batteryPct: signal.battery_pct,
      tempC: signal.temp_c,
      uptimeS: signal.uptime_s,
      firmware: signal.firmware,
      rssiDbm: signal.rssi_dbm,
      fault: signal.fault,
    }),
    ...uptime(known, signal),
    ...(signal.state === 'offline' &&
      known.state !== 'offline' && {
        downs: [...(known.downs ?? []), signal.at].slice(-DOWNS_MAX),
      }),
    state: signal.state,
    since: signal.state === known.state ? known.since : at,
    at,
  };
  return { ...hall, devices: set(hall.devices, id, device) };
}

/**
 * When it happened by the gateway's clock: a wrong clock must neither keep a device online past its last will, which has
 * the gateway's time, nor offline when it is back.
 */
function byGatewayClock(known: DeviceLive, { at }: DeviceSignal, receivedAt: number): number {
  if (at === receivedAt) return at;
  const ahead = clockAheadMs(known) ?? 0;
  return Math.min(Math.abs(ahead) > CLOCK_TOLERANCE_MS ? at - ahead : at, receivedAt);
}

/** A begin later than the last one known is a restart, however the device came to it. */
function uptime(known: DeviceLive, { at, uptime_s: seconds }: DeviceSignal) {
  if (seconds === undefined) return undefined;
  const startedAt = Math.round(at - seconds * 1000);
  const last = known.startedAt;
  if (last === undefined) return { startedAt };
  if (startedAt - last <= UPTIME_SLACK_MS) return undefined;
  return { startedAt, restarts: (known.restarts ?? 0) + 1 };
}
