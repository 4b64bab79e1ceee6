// What the device page needs beside its rows: faults, discovered devices, and where a new device may stand. SPEC §7.10.
import type { HallConfig } from '../../config.ts';
import type { Discovered } from '../../discovered.ts';
import { findFaults } from '../../fault.ts';
import type { Name } from '../common.ts';
import { part } from '../cut.ts';
import { memo, weakMemo } from '../memo.ts';
import { plainName } from '../name.ts';
import { quiet, tens } from './device-rows.ts';

/** A discovered device, its times to 10 s. */
export type DiscoveredRow = Discovered;

export interface DeviceLimits {
  readonly clockS: number;
  readonly paperPct: number;
  readonly batteryPct: number;
  readonly tempC: number;
  readonly rssiDbm: number;
}

/** So long after its start the gateway still waits for devices to come back. */
const YOUNG_MS = 3 * 60_000;

/** The gravest and oldest first. */
export const faults = part(
  'hall',
  ({ hall, config, now, gatewayStatus }) =>
    gatewayStatus.faults ?? findFaults(hall, config, now, gatewayStatus),
);

/** By source and address. */
export const discovered = part('hall', ({ gatewayStatus, memory }) =>
  discoveredOf(memory, '', gatewayStatus.discovered),
);

const discoveredOf = memo((list: readonly Discovered[]): Readonly<Record<string, DiscoveredRow>> =>
  Object.fromEntries(
    list.map((one) => [
      `${one.source}/${one.address}`,
      { ...one, lastSeen: tens(one.lastSeen), messages: quiet(one.messages) },
    ]),
  ),
);

export const floors = part('hall', ({ config }) => floorsOf(config));

const floorsOf = weakMemo(
  ({ floors }: HallConfig): Readonly<Record<string, { name: Name; order: number }>> =>
    Object.fromEntries(floors.map(({ id, name }, order) => [id, { name: plainName(name), order }])),
);

interface DeviceZone {
  readonly name: Name;
  readonly order: number;
  readonly floor?: string;
}

export const zones = part('hall', ({ config }) => zonesOf(config));

const zonesOf = weakMemo(({ zones }: HallConfig): Readonly<Record<string, DeviceZone>> =>
  Object.fromEntries(
    zones.map(({ id, name, floor }, order) => {
      return [id, { name: plainName(name), order, ...(floor !== undefined && { floor }) }];
    }),
  ),
);

/** Where a new device may stand: the windows' labels by id. */
export const windowLabels = part('hall', ({ config }) => labelsOf(config));

const labelsOf = weakMemo(({ windows }: HallConfig): Readonly<Record<string, string>> =>
  Object.fromEntries(windows.map(({ id, label }) => [id, label])),
);

export const limits = part('hall', ({ config }) => limitsOf(config));

const limitsOf = weakMemo(({ faults }: HallConfig): DeviceLimits => ({
  clockS: faults.clock_s,
  paperPct: faults.paper_pct,
  batteryPct: faults.battery_pct,
  tempC: faults.temp_c,
  rssiDbm: faults.rssi_dbm,
}));

/** Since when devices can be heard, where that is only a little while: no device is blamed yet. */
export const listeningSince = part('hall', ({ now, gatewayStatus: { listeningSince } }) =>
  now - listeningSince < YOUNG_MS ? listeningSince : undefined,
);
