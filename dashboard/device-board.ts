// The hall's devices as a board: a row for each zone, floor by floor, a column for each kind. Pure.
import type { Fault } from '../hall/fault.ts';
import type { DeviceRow, DevicesView } from '../hall/view/devices.ts';
import type { Name } from '../hall/view/common.ts';

export interface BoardZone {
  readonly id: string;
  readonly name: Name;
  /** ids by kind, in the hall file's order */
  readonly cells: Readonly<Partial<Record<DeviceRow['kind'], readonly string[]>>>;
}

export interface BoardFloor {
  readonly id: string;
  readonly name?: Name;
  readonly zones: readonly BoardZone[];
}

export interface Board {
  /** kinds that the hall has, with the most devices of it in one zone */
  readonly kinds: readonly {
    readonly kind: DeviceRow['kind'];
    readonly most: number;
    readonly count: number;
  }[];
  readonly floors: readonly BoardFloor[];
}

const KINDS: readonly DeviceRow['kind'][] = [
  'network',
  'dispenser',
  'caller',
  'screen',
  'speaker',
  'evaluator',
  'kiosk',
  'counter',
  'sensor',
  'camera',
  'other',
  'unlisted',
];
const NOWHERE: Name = { zh: '未分区', en: 'no zone' };

/** Zones without devices are left out; devices without a zone come last. */
export function boardOf(view: Pick<DevicesView, 'devices' | 'floors' | 'zones'>): Board {
  const rows = Object.values(view.devices).sort((a, b) => a.order - b.order);
  const byZone = Map.groupBy(rows, (row) => row.zone ?? '-');
  const zone = (id: string, name: Name): BoardZone[] => {
    const here = byZone.get(id);
    if (!here) return [];
    const cells: Partial<Record<DeviceRow['kind'], string[]>> = {};
    for (const row of here) (cells[row.kind] ??= []).push(row.id);
    return [{ id, name, cells }];
  };
  const zones = Object.entries(view.zones).sort(([, a], [, b]) => a.order - b.order);
  const on = (floor: string | undefined) =>
    zones.filter(([, one]) => one.floor === floor).flatMap(([id, { name }]) => zone(id, name));
  const floors = Object.entries(view.floors)
    .sort(([, a], [, b]) => a.order - b.order)
    .map(([id, { name }]): BoardFloor => ({ id, name, zones: on(id) }));
  const rest: BoardFloor = { id: '-', zones: [...on(undefined), ...zone('-', NOWHERE)] };
  const all = [...floors, rest].filter((floor) => floor.zones.length > 0);
  const cells = all.flatMap((floor) => floor.zones.map((one) => one.cells));
  return {
    kinds: KINDS.flatMap((kind) => {
      const counts = cells.map((cell) => cell[kind]?.length ?? 0);
      const most = Math.max(0, ...counts);
      return most === 0 ? [] : [{ kind, most, count: counts.reduce((a, b) => a + b, 0) }];
    }),
    floors: all,
  };
}

/** The devices of a board in reading order, row by row, for the arrow keys. */
export function linesOf(board: Board): readonly (readonly string[])[] {
  return board.floors.flatMap(({ zones }) =>
    zones.map(({ cells }) => board.kinds.flatMap(({ kind }) => cells[kind] ?? [])),
  );
}

/** Where an arrow key leads from a device; the device itself at an end. */
export function stepFrom(lines: readonly (readonly string[])[], id: string, key: string): string {
  const line = lines.findIndex((ids) => ids.includes(id));
  const current = lines[line];
  if (!current) return lines[0]?.[0] ?? id;
  const at = current.indexOf(id);
  switch (key) {
    case 'ArrowRight':
      return current[at + 1] ?? lines[line + 1]?.[0] ?? id;
    case 'ArrowLeft':
      return current[at - 1] ?? lines[line - 1]?.at(-1) ?? id;
    case 'ArrowDown':
    case 'ArrowUp': {
      const next = lines[line + (key === 'ArrowDown' ? 1 : -1)];
      return next?.[Math.min(at, next.length - 1)] ?? id;
    }
    case 'Home':
      return current[0] ?? id;
    case 'End':
      return current.at(-1) ?? id;
    default:
      return id;
  }
}

/** What explains each device: the gravest of the faults that it is in, as they come first. */
export function faultsByDevice(faults: readonly Fault[]): ReadonlyMap<string, Fault> {
  const byDevice = new Map<string, Fault>();
  for (const fault of faults) {
    for (const device of fault.devices) if (!byDevice.has(device)) byDevice.set(device, fault);
  }
  return byDevice;
}
