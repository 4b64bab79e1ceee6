// Which devices the table shows, and by what it sorts them. Pure.
import type { Fault } from '../hall/fault.ts';
import type { DeviceRow } from '../hall/view/devices.ts';
import { DEVICE_STATES, placeOf, stateOf, type DeviceState } from './device-words.ts';
import type { Words } from './words.ts';

export type DeviceColumn =
  | 'device'
  | 'place'
  | 'state'
  | 'seen'
  | 'rate'
  | 'clock'
  | 'gaps'
  | 'paper'
  | 'battery'
  | 'temperature'
  | 'signal'
  | 'firmware';

export interface DeviceFilter {
  readonly kind: string;
  readonly zone: string;
  readonly states: readonly DeviceState[];
  /** words that must all be found in id, name, place, fault or firmware */
  readonly text: string;
}

export const ALL_DEVICES: DeviceFilter = { kind: '', zone: '', states: [], text: '' };

export function isShown(
  row: DeviceRow,
  { kind, zone, states, text }: DeviceFilter,
  kinds: Readonly<Record<DeviceRow['kind'], Words>>,
): boolean {
  if (kind !== '' && row.kind !== kind) return false;
  if (zone !== '' && (row.zone ?? '-') !== zone) return false;
  if (states.length > 0 && !states.includes(stateOf(row))) return false;
  if (text.trim() === '') return true;
  const place = placeOf(row);
  const words = kinds[row.kind];
  const all = [row.id, row.name?.zh, row.name?.en, words.zh, words.en, place?.zh, place?.en]
    .concat([row.fault, row.firmware, row.via])
    .join(' ')
    .toLowerCase();
  return text
    .toLowerCase()
    .split(/\s+/)
    .every((word) => all.includes(word));
}

/** Columns whose first click sorts upward: names, and figures of which little is bad. */
export const UPWARD: readonly DeviceColumn[] = [
  'device',
  'place',
  'paper',
  'battery',
  'signal',
  'firmware',
];

/**
 * What a row sorts by at `now` (ms). Rows without the figure come last in the column's first order.
 * By `state` the most pressing state comes first, within it the newest; a device whose loss another one explains comes
 * after those of its state, one that is well but in a fault before those that are only well.
 */
export function scoreOf(
  row: DeviceRow,
  by: DeviceColumn,
  now: number,
  fault?: Fault,
): number | string {
  const rank = rankOf(row, fault);
  const scores: Record<DeviceColumn, () => number | string> = {
    device: () => row.id,
    place: () => `${placeOf(row)?.zh ?? '\uffff'} ${row.id}`,
    state: () => rank + ageShare(now - (row.since ?? 0)),
    seen: () => (row.lastSeen === undefined ? -1 : now - row.lastSeen),
    rate: () => row.rate?.now ?? -1,
    clock: () => (row.clockKnown ? Math.abs(row.skewS ?? 0) : -1),
    gaps: () => row.seqGaps,
    paper: () => row.paperPct ?? Infinity,
    battery: () => row.batteryPct ?? Infinity,
    temperature: () => row.tempC ?? -Infinity,
    signal: () => row.rssiDbm ?? Infinity,
    firmware: () => row.firmware ?? '\uffff',
  };
  return scores[by]();
}

function rankOf(row: DeviceRow, fault: Fault | undefined): number {
  const rank = 2 * (DEVICE_STATES.length - DEVICE_STATES.indexOf(stateOf(row)));
  if (fault?.cause !== undefined && fault.cause !== row.id) return rank - 1;
  if (row.flapping) return Math.max(rank, 2 * DEVICE_STATES.length - 1);
  return fault && stateOf(row) === 'online' ? rank + 1 : rank;
}

/** Near 1 for what is new, near 0 for what is old: orders within a rank without leaving it. */
function ageShare(ms: number): number {
  return 0.99 / (1 + Math.max(0, ms) / 3_600_000);
}
