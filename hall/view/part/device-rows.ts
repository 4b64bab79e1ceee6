// The rows of the device page: every device of the hall file and every one that was heard, with how it is. SPEC §7.10, §12.
import { indexHall, type DeviceKind, type HallConfig } from '../../config.ts';
import { flappingSince, healthOf, rateOf, silenceMs, type Judging } from '../../health.ts';
import { clockAheadMs } from '../../reduce/clock.ts';
import type { DeviceLive } from '../../state.ts';
import { entries, get } from '../../table.ts';
import type { Name } from '../common.ts';
import { part, type Cutting } from '../cut.ts';
import { memo, table } from '../memo.ts';
import { plainName } from '../name.ts';

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

const LAST_SEEN_MS = 10_000;
const MINUTE_MS = 60_000;

export const devices = part('hall', (cut) => {
  const listed = indexHall(cut.config).devices;
  // The table's order is that of its buckets: sorted, so that places on the page do not depend on it.
  const others = [...entries(cut.hall.devices)].map(([id]) => id).filter((id) => !listed.has(id));
  const ids = [...listed.keys(), ...others.sort()];
  const rows = ids.map((id, order) => deviceRow(cut, id, order));
  return devicesById(cut.memory, '', ids, rows);
});

/** How many are in each state; `silent` ones are counted as that, whatever they last said. */
export const states = part('hall', (cut) => statesOf(cut.memory, '', devices(cut)));

const statesOf = memo((devices: Readonly<Record<string, DeviceRow>>) => {
  const states: Record<string, number> = {};
  for (const { state, silent } of Object.values(devices)) {
    const health = silent ? 'silent' : state;
    states[health] = (states[health] ?? 0) + 1;
  }
  return states as Readonly<typeof states>;
});

function deviceRow(
  { hall, config, now, gatewayStatus, memory }: Cutting,
  id: string,
  order: number,
) {
  const live = get(hall.devices, id);
  if (!live) return rowOf(memory, id, config, id, order, undefined, false, false, 0, 0);
  const device = indexHall(config).devices.get(id);
  const judging: Judging = { config, open: hall.day.open, now, gatewayStatus };
  return rowOf(
    ...([memory, id, config, id, order, live] as const),
    healthOf(live, device, judging) === 'silent',
    flappingSince(live, judging) !== undefined,
    silenceMs(live, device, judging),
    // A rate moves with time alone: by the minute.
    now - (now % MINUTE_MS),
  );
}

const rowOf = memo(
  (
    config: HallConfig,
    id: string,
    order: number,
    live: DeviceLive | undefined,
    isSilent: boolean,
    isFlapping: boolean,
    silentMs: number,
    minute: number,
  ): DeviceRow => ({
    id,
    order,
    ...listing(config, id),
    state: live?.state ?? 'none',
    ...(live && { since: live.since }),
    ...(live?.heardAt !== undefined && { lastSeen: tens(live.heardAt) }),
    ...(isSilent && { silent: true as const }),
    ...(live?.fault === undefined ? undefined : { fault: live.fault }),
    ...(live && reported(live)),
    ...(live && observed(live, minute)),
    ...(isFlapping && { flapping: true as const }),
    ...(silentMs > 0 && { silenceS: silentMs / 1000 }),
    ...service(config, id),
    seqGaps: live?.seqGaps ?? 0,
    signals: live ? quiet(live.signals) : 0,
  }),
);

/** How the hall file has it. */
function listing(
  config: HallConfig,
  id: string,
): Pick<DeviceRow, 'kind' | 'name' | 'zone' | 'zoneName' | 'window'> {
  const index = indexHall(config);
  const device = index.devices.get(id);
  const window = index.windows.get(device?.window ?? '');
  const zone = index.zones.get(device?.zone ?? window?.zone ?? '');
  return {
    kind: device?.kind ?? 'unlisted',
    ...(device?.name && { name: plainName(device.name) }),
    ...(zone && { zone: zone.id, zoneName: plainName(zone.name) }),
    ...(window && { window: window.label }),
  };
}

function service(
  config: HallConfig,
  id: string,
): Pick<DeviceRow, 'via' | 'installed' | 'serviceLifeYears'> {
  const { via, installed, service_life_years } = indexHall(config).devices.get(id) ?? {};
  return {
    ...(via === undefined ? undefined : { via }),
    ...(installed === undefined ? undefined : { installed }),
    ...(service_life_years === undefined ? undefined : { serviceLifeYears: service_life_years }),
  };
}

/** What the device reported of itself. */
function reported(live: DeviceLive) {
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

/** What its signals showed. */
function observed(live: DeviceLive, minute: number) {
  const { gapsFrom, late, lateMs, downs } = live;
  const aheadMs = clockAheadMs(live);
  const skewS = aheadMs === undefined ? 0 : Math.round(aheadMs / 1000);
  const rate = rateOf(live, minute);
  return {
    ...(aheadMs === undefined ? undefined : { clockKnown: true as const }),
    ...(skewS === 0 ? undefined : { skewS }),
    ...(gapsFrom === undefined ? undefined : { gapsFrom }),
    ...(late === undefined ? undefined : { late }),
    ...(lateMs === undefined ? undefined : { lateS: Math.round(lateMs / 1000) }),
    ...(downs === undefined ? undefined : { downs }),
    ...(rate && { rate: { now: twoFigures(rate.now), usual: twoFigures(rate.usual) } }),
  };
}

/** Two figures are enough. */
function twoFigures(value: number): number {
  if (value < 1) return Math.round(value * 100) / 100;
  return value < 10 ? Math.round(value * 10) / 10 : Math.round(value);
}

export function tens(at: number): number {
  return Math.floor(at / LAST_SEEN_MS) * LAST_SEEN_MS;
}

export function quiet(count: number): number {
  return count <= 100 ? count : Math.floor(count / 10) * 10;
}

const devicesById = table<DeviceRow>();
