// The device page's view: what is wrong, every device of the hall file and every one that was heard, with how it is, and
// those that were discovered. SPEC §7.10, §12.
import { indexHall, type DeviceKind, type HallConfig } from '../config.ts';
import type { Discovered } from '../discovered.ts';
import { findFaults, type Fault } from '../fault.ts';
import { flappingSince, healthOf, rateOf, silenceMs, type Judging } from '../health.ts';
import { clockAheadMs } from '../reduce/clock.ts';
import type { DeviceLive } from '../state.ts';
import { entries, get } from '../table.ts';
import { plainName, viewBase, type Cutting } from './base.ts';
import type { Name, SourceFreshness, ViewBase } from './common.ts';
import { zoneSource } from './source.ts';

export interface DeviceRow {
  readonly id: string;
  readonly order: number;
  readonly kind: DeviceKind | 'unlisted';
  readonly name?: Name;
  readonly zone?: string;
  readonly zoneName?: Name;
  /** label of its window */
  readonly window?: string;
  /** `none`: in the hall file, never heard */
  readonly state: DeviceLive['state'] | 'none';
  readonly since?: number;
  /** to 10 s */
  readonly lastSeen?: number;
  /** not heard for longer than its limit while the hall was open, though it never said that it left */
  readonly silent?: true;
  readonly fault?: string;
  readonly paperPct?: number;
  readonly tempC?: number;
  readonly batteryPct?: number;
  readonly firmware?: string;
  readonly rssiDbm?: number;
  /** how far its clock is ahead of the gateway's, whole seconds; negative: behind; absent below one or while unknown */
  readonly skewS?: number;
  /** its clock can be judged */
  readonly clockKnown?: true;
  /** sequence numbers missing today, and since when */
  readonly seqGaps: number;
  readonly gapsFrom?: number;
  /** signals today; above 100 in tens, so that a busy device is not news at each of them */
  readonly signals: number;
  /** signals per minute, of the last minutes and of the day */
  readonly rate?: { readonly now: number; readonly usual: number };
  /** signals today that came long after they happened, and the longest delay in seconds */
  readonly late?: number;
  readonly lateS?: number;
  readonly startedAt?: number;
  readonly restarts?: number;
  /** the latest losses, ms since 1970 */
  readonly downs?: readonly number[];
  readonly flapping?: true;
  /** how long it may be silent while the hall is open */
  readonly silenceS?: number;
  /** what it is connected through */
  readonly via?: string;
  readonly installed?: string;
  readonly serviceLifeYears?: number;
}

/** A discovered device, quiet: its times to 10 s. */
export type DiscoveredRow = Discovered;

export interface DeviceLimits {
  readonly clockS: number;
  readonly paperPct: number;
  readonly batteryPct: number;
  readonly tempC: number;
  readonly rssiDbm: number;
}

export interface DevicesView extends ViewBase {
  /** Shown by the standby of a pair: the other gateway leads. */
  readonly standby?: true;
  readonly kind: 'devices';
  readonly devices: Readonly<Record<string, DeviceRow>>;
  /** how many are in each state; `silent` ones are counted as that, whatever they last said */
  readonly states: Readonly<Record<string, number>>;
  /** the gravest and oldest first */
  readonly faults: readonly Fault[];
  /** by source and address */
  readonly discovered: Readonly<Record<string, DiscoveredRow>>;
  readonly floors: Readonly<Record<string, { readonly name: Name; readonly order: number }>>;
  readonly zones: Readonly<
    Record<string, { readonly name: Name; readonly order: number; readonly floor?: string }>
  >;
  /** where a new device may stand: the windows' labels by id */
  readonly windows: Readonly<Record<string, string>>;
  readonly limits: DeviceLimits;
  /** since when devices can be heard, where that is only a little while: nobody is blamed yet */
  readonly listeningSince?: number;
  readonly source: SourceFreshness;
}

export function devicesCut(cut: Cutting): DevicesView {
  const { hall, config, memory } = cut;
  const listed = indexHall(config).devices;
  const ids = [...listed.keys()];
  // The table's order is that of its buckets: sorted, so that places on the page do not depend on it.
  const others = [...entries(hall.devices)].map(([id]) => id).filter((id) => !listed.has(id));
  ids.push(...others.sort());
  const devices = memory.table(
    'devices',
    ids,
    (id) => id,
    (id, order) => deviceRow(cut, id, order),
  );
  const states: Record<string, number> = {};
  for (const { state, silent } of Object.values(devices)) {
    const health = silent ? 'silent' : state;
    states[health] = (states[health] ?? 0) + 1;
  }
  const { now, outside } = cut;
  return {
    ...viewBase(cut),
    kind: 'devices',
    devices,
    states: memory.recall('states', '', [devices], () => states),
    faults: outside.faults ?? findFaults(hall, config, now, outside),
    discovered: discoveredRows(outside.discovered),
    ...memory.recall('devices/places', '', [config], () => places(config)),
    ...(now - outside.listeningSince < YOUNG_MS && { listeningSince: outside.listeningSince }),
    source: zoneSource(cut, undefined),
    ...(outside.role === 'standby' && { standby: true as const }),
  };
}

function places(config: HallConfig): Pick<DevicesView, 'floors' | 'zones' | 'windows' | 'limits'> {
  const { floors, zones, windows, faults } = config;
  return {
    floors: Object.fromEntries(
      floors.map(({ id, name }, order) => [id, { name: plainName(name), order }]),
    ),
    zones: Object.fromEntries(
      zones.map(({ id, name, floor }, order) => {
        return [id, { name: plainName(name), order, ...(floor !== undefined && { floor }) }];
      }),
    ),
    windows: Object.fromEntries(windows.map(({ id, label }) => [id, label])),
    limits: {
      clockS: faults.clock_s,
      paperPct: faults.paper_pct,
      batteryPct: faults.battery_pct,
      tempC: faults.temp_c,
      rssiDbm: faults.rssi_dbm,
    },
  };
}

function discoveredRows(list: readonly Discovered[]): Record<string, DiscoveredRow> {
  return Object.fromEntries(
    list.map((one) => {
      const lastSeen = Math.floor(one.lastSeen / LAST_SEEN_MS) * LAST_SEEN_MS;
      return [`${one.source}/${one.address}`, { ...one, lastSeen, messages: quiet(one.messages) }];
    }),
  );
}

const LAST_SEEN_MS = 10_000;
/** A rate moves with time alone: told by the minute. */
const RATE_MS = 60_000;
/** So long after its start the gateway still waits for devices to come back. */
const YOUNG_MS = 3 * 60_000;

interface Seen {
  readonly order: number;
  readonly live: DeviceLive | undefined;
  readonly lastSeen: number | undefined;
  readonly signals: number;
  readonly aheadMs: number | undefined;
  readonly silent: boolean;
  readonly flapping: boolean;
  readonly rateNow: number;
  readonly rateUsual: number;
  readonly silenceS: number;
}

function deviceRow(cut: Cutting, id: string, order: number): DeviceRow {
  const { hall, config, now, outside } = cut;
  const live = get(hall.devices, id);
  const device = indexHall(config).devices.get(id);
  const judging: Judging = { config, open: hall.day.open, now, outside };
  const rate = live && rateOf(live, Math.floor(now / RATE_MS) * RATE_MS);
  const seen: Seen = {
    order,
    live,
    lastSeen: live?.heardAt && Math.floor(live.heardAt / LAST_SEEN_MS) * LAST_SEEN_MS,
    signals: live ? quiet(live.signals) : 0,
    aheadMs: live && clockAheadMs(live),
    silent: healthOf(live, device, judging) === 'silent',
    flapping: live !== undefined && flappingSince(live, judging) !== undefined,
    rateNow: rate ? tenths(rate.now) : -1,
    rateUsual: rate ? tenths(rate.usual) : -1,
    silenceS: live ? silenceMs(live, device, judging) / 1000 : 0,
  };
  const before = known.get(cut.memory)?.get(id);
  const row = makeRow(cut, id, seen);
  // Devices may come under any name: their rows are not recalled by key, but kept while they are shown.
  if (before && sameRow(before, row)) return before;
  remember(cut, id, row);
  return row;
}

/** Two figures are enough. */
function tenths(value: number): number {
  if (value < 1) return Math.round(value * 100) / 100;
  return value < 10 ? Math.round(value * 10) / 10 : Math.round(value);
}

const known = new WeakMap<Cutting['memory'], Map<string, DeviceRow>>();

function remember({ memory, hall }: Cutting, id: string, row: DeviceRow): void {
  let rows = known.get(memory);
  if (!rows) known.set(memory, (rows = new Map()));
  if (rows.size > hall.limits.devices * 2) rows.clear();
  rows.set(id, row);
}

function sameRow(a: DeviceRow, b: DeviceRow): boolean {
  const keys = Object.keys(b) as (keyof DeviceRow)[];
  if (keys.length !== Object.keys(a).length) return false;
  return keys.every((key) => a[key] === b[key] || (key === 'rate' && sameRate(a, b)));
}

function sameRate(a: DeviceRow, b: DeviceRow): boolean {
  return a.rate?.now === b.rate?.now && a.rate?.usual === b.rate?.usual;
}

function makeRow({ config }: Cutting, id: string, seen: Seen): DeviceRow {
  const index = indexHall(config);
  const device = index.devices.get(id);
  const window = device?.window === undefined ? undefined : index.windows.get(device.window);
  const zoneId = device?.zone ?? window?.zone;
  const zone = zoneId === undefined ? undefined : index.zones.get(zoneId);
  const { live, lastSeen } = seen;
  return {
    id,
    order: seen.order,
    kind: device?.kind ?? 'unlisted',
    ...(device?.name && { name: plainName(device.name) }),
    ...(zone && { zone: zone.id, zoneName: plainName(zone.name) }),
    ...(window && { window: window.label }),
    state: live?.state ?? 'none',
    ...(live && { since: live.since }),
    ...(lastSeen === undefined ? undefined : { lastSeen }),
    ...(seen.silent ? { silent: true as const } : undefined),
    ...(live?.fault === undefined ? undefined : { fault: live.fault }),
    ...figures(live),
    ...timing(seen),
    ...(seen.flapping ? { flapping: true as const } : undefined),
    ...(live && seen.silenceS > 0 ? { silenceS: seen.silenceS } : undefined),
    ...(device?.via === undefined ? undefined : { via: device.via }),
    ...(device?.installed === undefined ? undefined : { installed: device.installed }),
    ...(device?.service_life_years === undefined
      ? undefined
      : { serviceLifeYears: device.service_life_years }),
    seqGaps: live?.seqGaps ?? 0,
    signals: seen.signals,
  };
}

/** What the device told of itself. */
function figures(live: DeviceLive | undefined) {
  if (!live) return undefined;
  const { paperPct, batteryPct, tempC, rssiDbm, firmware, startedAt, restarts } = live;
  return {
    ...(paperPct === undefined ? undefined : { paperPct: Math.round(paperPct) }),
    ...(batteryPct === undefined ? undefined : { batteryPct: Math.round(batteryPct) }),
    ...(tempC === undefined ? undefined : { tempC: Math.round(tempC) }),
    ...(rssiDbm === undefined ? undefined : { rssiDbm: Math.round(rssiDbm) }),
    ...(firmware === undefined ? undefined : { firmware }),
    ...(startedAt === undefined ? undefined : { startedAt }),
    ...(restarts === undefined ? undefined : { restarts }),
  };
}

/** What was found out about it by its signals. */
function timing({ live, aheadMs, rateNow, rateUsual }: Seen) {
  if (!live) return undefined;
  const skewS = aheadMs === undefined ? 0 : Math.round(aheadMs / 1000);
  const { gapsFrom, late, lateMs, downs } = live;
  return {
    ...(aheadMs === undefined ? undefined : { clockKnown: true as const }),
    ...(skewS === 0 ? undefined : { skewS }),
    ...(gapsFrom === undefined ? undefined : { gapsFrom }),
    ...(late === undefined ? undefined : { late }),
    ...(lateMs === undefined ? undefined : { lateS: Math.round(lateMs / 1000) }),
    ...(downs === undefined ? undefined : { downs }),
    ...(rateNow < 0 ? undefined : { rate: { now: rateNow, usual: rateUsual } }),
  };
}

function quiet(count: number): number {
  return count <= 100 ? count : Math.floor(count / 10) * 10;
}
