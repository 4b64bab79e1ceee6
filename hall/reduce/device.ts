// Devices: how each says it is, and what is seen of it by its signals. SPEC §4.5.
import { hasMark } from '../marks.ts';
import { instantOf, type DeviceSignal, type Signal } from '../signal.ts';
import type { Rules } from '../rules.ts';
import type { DeviceLive, Hall, Pace } from '../state.ts';
import { get, set } from '../table.ts';
import { hasDevicePlace } from './budget.ts';
import { lateMs, watchClock } from './clock.ts';
import { bump, isOutdated, present, type EventFrom } from './step.ts';

/** A sequence number this far back is a device that started again, not a message out of order. */
const SEQ_RESTART = 100;
/** Length of the two spans by which the present rate is told. */
export const PACE_MS = 5 * 60_000;
/** So many of its losses are remembered: enough to tell that it flaps. */
const DOWNS_MAX = 8;
/** Two reports' uptimes may differ by as much without a restart in between. */
const UPTIME_SLACK_MS = 60_000;

type Arrived = Signal & { readonly receivedAt: number };

/** Whatever a device sends counts, and shows that it is there: last seen, sequence gaps, rate, clock. */
export function touchDevice(hall: Hall, event: Arrived, rules: Rules): Hall {
  const { device: id, receivedAt, signal } = event;
  const known = get(hall.devices, id);
  if (!known && !hasDevicePlace(hall, rules, id)) return bump(bump(hall, 'overflow'), 'signals');
  const isGone = event.stream === 'device' && event.signal.state === 'offline';
  const seen: DeviceLive = {
    ...(known ?? { state: 'unknown', since: receivedAt, at: 0, seqGaps: 0 }),
    // A dead letter that is replayed arrives with the time of its first arrival.
    lastSeen: Math.max(known?.lastSeen ?? 0, receivedAt),
    ...(!isGone && { heardAt: Math.max(known?.heardAt ?? 0, receivedAt) }),
    signals: (known?.signals ?? 0) + 1,
    ...doubt(known, event),
    ...sequence(known, signal.seq, receivedAt),
    ...(receivedAt >= (known?.lastSeen ?? 0) && timing(known, hall, event)),
    ...(known?.state === 'offline' && event.stream !== 'device'
      ? { state: 'online', since: receivedAt }
      : undefined),
  } as DeviceLive;
  const devices = set(hall.devices, id, seen);
  const counts = { ...hall.counts, signals: hall.counts.signals + 1 };
  if (known) return { ...hall, devices, counts };
  const { sizes } = hall;
  const strangers = sizes.strangers + (rules.isListed(id) ? 0 : 1);
  return { ...hall, devices, counts, sizes: { ...sizes, devices: sizes.devices + 1, strangers } };
}

/** What belongs to one day starts anew. */
export function beginDeviceDay(device: DeviceLive): DeviceLive {
  const { gapsFrom: _g, restarts: _r, dayFrom: _d, late: _l, lateMs: _m, ...kept } = device;
  const { visits: _v, ...rest } = kept;
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

function timing(known: DeviceLive | undefined, hall: Hall, event: Arrived): Partial<DeviceLive> {
  const { receivedAt, signal, at } = event;
  // The clock is judged by the time that the device sent, not by what was made of it.
  const given = instantOf(signal.at);
  const delay = given === undefined ? 0 : lateMs(known?.clock, receivedAt, given);
  const clock = given === undefined ? known?.clock : watchClock(known?.clock, receivedAt, given);
  return {
    ...(clock && { clock }),
    ...(delay > 0 && {
      late: (known?.late ?? 0) + 1,
      lateMs: Math.max(known?.lateMs ?? 0, delay),
    }),
    ...(at >= hall.day.start && { dayFrom: Math.min(known?.dayFrom ?? at, at) }),
    // What comes late says nothing about how busy the device is now.
    ...(receivedAt - at < PACE_MS && { pace: step(known?.pace, receivedAt) }),
  };
}

/** How far its last dated signal was off, where that had to be counted as of its arrival; gone with a good one. */
function doubt(known: DeviceLive | undefined, { signal, receivedAt, marks }: Arrived) {
  const given = instantOf(signal.at);
  if (given === undefined) return undefined;
  const isOff = hasMark(marks, 'ahead') || hasMark(marks, 'past') || hasMark(marks, 'corrected');
  if (isOff) return { doubtMs: given - receivedAt };
  return known?.doubtMs === undefined ? undefined : { doubtMs: 0 };
}

function step(pace: Pace | undefined, now: number): Pace {
  const from = now - (now % PACE_MS);
  if (pace?.from === from) return { ...pace, count: pace.count + 1 };
  return { from, count: 1, before: pace?.from === from - PACE_MS ? pace.count : 0 };
}

export function reduceDevice(hall: Hall, event: EventFrom<'device'>): Hall {
  const { device: id, signal, receivedAt } = event;
  const known = get(hall.devices, id);
  if (!known) return hall;
  // What arrives after its last will came over a newer connection, whatever its clock says.
  const isBack =
    known.state === 'offline' && signal.state !== 'offline' && receivedAt >= known.lastSeen;
  if (isOutdated(hall, event, known.at) && !isBack) return bump(hall, 'late');
  const at = Math.max(event.at, known.at);
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
    ...uptime(known, signal, event.at),
    ...(signal.state === 'offline' &&
      known.state !== 'offline' && {
        downs: [...(known.downs ?? []), event.at].slice(-DOWNS_MAX),
      }),
    state: signal.state,
    since: signal.state === known.state ? known.since : at,
    at,
  };
  return { ...hall, devices: set(hall.devices, id, device) };
}

/** A begin later than the last one known is a restart, however the device came to it. */
function uptime(known: DeviceLive, { uptime_s: seconds }: DeviceSignal, at: number) {
  if (seconds === undefined) return undefined;
  const startedAt = Math.round(at - seconds * 1000);
  const last = known.startedAt;
  if (last === undefined) return { startedAt };
  if (startedAt - last <= UPTIME_SLACK_MS) return undefined;
  return { startedAt, restarts: (known.restarts ?? 0) + 1 };
}
