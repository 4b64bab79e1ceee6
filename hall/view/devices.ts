// The device page's view: every device of the hall file and every one that was heard, with how it is. SPEC §7.
import { overlapMs } from '../calendar.ts';
import { indexHall, type DeviceKind } from '../config.ts';
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
  readonly firmware?: string;
  readonly rssiDbm?: number;
  /** received − at of its last signal, whole seconds; absent below one */
  readonly skewS?: number;
  /** sequence numbers missing today */
  readonly seqGaps: number;
  /** signals today; above 100 in tens, so that a busy device is not news at each of them */
  readonly signals: number;
}

export interface DevicesView extends ViewBase {
  readonly kind: 'devices';
  readonly devices: Readonly<Record<string, DeviceRow>>;
  /** how many are in each state */
  readonly states: Readonly<Record<string, number>>;
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
  for (const { state } of Object.values(devices)) states[state] = (states[state] ?? 0) + 1;
  return {
    ...viewBase(cut),
    kind: 'devices',
    devices,
    states: memory.recall('states', '', [devices], () => states),
    source: zoneSource(cut, undefined),
  };
}

const LAST_SEEN_MS = 10_000;

interface Seen {
  readonly order: number;
  readonly live: DeviceLive | undefined;
  readonly lastSeen: number | undefined;
  readonly signals: number;
  readonly skewS: number;
  readonly silent: boolean;
}

function deviceRow(cut: Cutting, id: string, order: number): DeviceRow {
  const { hall, config, now } = cut;
  const live = get(hall.devices, id);
  const seen: Seen = {
    order,
    live,
    lastSeen: live && Math.floor(live.lastSeen / LAST_SEEN_MS) * LAST_SEEN_MS,
    signals: live ? quiet(live.signals) : 0,
    skewS: live ? Math.trunc(live.skewMs / 1000) : 0,
    silent:
      live !== undefined &&
      live.state !== 'offline' &&
      overlapMs(hall.day.open, live.lastSeen, now) > config.freshness.device_s * 1000,
  };
  const before = known.get(cut.memory)?.get(id);
  const row = makeRow(cut, id, seen);
  // Devices may come under any name: their rows are not recalled by key, but kept while they are shown.
  if (before && sameRow(before, row)) return before;
  remember(cut, id, row);
  return row;
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
  return keys.every((key) => a[key] === b[key]);
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
    ...(live?.paperPct === undefined ? undefined : { paperPct: Math.round(live.paperPct) }),
    ...(live?.tempC === undefined ? undefined : { tempC: Math.round(live.tempC) }),
    ...(live?.firmware === undefined ? undefined : { firmware: live.firmware }),
    ...(live?.rssiDbm === undefined ? undefined : { rssiDbm: Math.round(live.rssiDbm) }),
    ...(seen.skewS === 0 ? undefined : { skewS: seen.skewS }),
    seqGaps: live?.seqGaps ?? 0,
    signals: seen.signals,
  };
}

function quiet(count: number): number {
  return count <= 100 ? count : Math.floor(count / 10) * 10;
}
