// Devices: how each says it is, and what is seen of it by its signals. SPEC §4.5.
import type { DeviceSignal, Signal } from '../signal.ts';
import type { DeviceLive, Hall } from '../state.ts';
import { get, set } from '../table.ts';
import { bump, present } from './step.ts';

/** A sequence number this far back is a device that started again, not a message out of order. */
const SEQ_RESTART = 100;

/** Whatever a device sends shows that it is there: last seen, sequence gaps, clock skew. */
export function touchDevice(hall: Hall, event: Signal & { readonly receivedAt: number }): Hall {
  const { device: id, receivedAt, signal } = event;
  const known = get(hall.devices, id);
  if (!known && hall.sizes.devices >= hall.limits.devices) return bump(hall, 'overflow');
  const seen: DeviceLive = {
    ...(known ?? { state: 'unknown', since: receivedAt, at: 0, seqGaps: 0 }),
    lastSeen: receivedAt,
    signals: (known?.signals ?? 0) + 1,
    skewMs: receivedAt - signal.at,
    ...sequence(known, signal.seq),
    ...(known?.state === 'offline' && event.stream !== 'device'
      ? { state: 'online', since: receivedAt }
      : undefined),
  } as DeviceLive;
  const devices = set(hall.devices, id, seen);
  if (known) return { ...hall, devices };
  return { ...hall, devices, sizes: { ...hall.sizes, devices: hall.sizes.devices + 1 } };
}

function sequence(known: DeviceLive | undefined, seq: number | undefined) {
  if (seq === undefined) return undefined;
  const last = known?.seq;
  if (last === undefined || seq === 0 || last - seq > SEQ_RESTART) return { seq };
  if (seq <= last) return undefined;
  return { seq, seqGaps: (known?.seqGaps ?? 0) + (seq - last - 1) };
}

export function reduceDevice(hall: Hall, id: string, signal: DeviceSignal): Hall {
  const known = get(hall.devices, id);
  if (!known) return hall;
  if (signal.at < known.at) return bump(hall, 'late');
  const { fault: _old, ...rest } = known;
  const device: DeviceLive = {
    ...rest,
    ...present({
      paperPct: signal.paper_pct,
      tempC: signal.temp_c,
      uptimeS: signal.uptime_s,
      firmware: signal.firmware,
      rssiDbm: signal.rssi_dbm,
      fault: signal.fault,
    }),
    state: signal.state,
    since: signal.state === known.state ? known.since : signal.at,
    at: signal.at,
  };
  return { ...hall, devices: set(hall.devices, id, device) };
}
