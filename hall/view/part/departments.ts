// Departments compared: their windows now, their work and evaluations of the day, as the facts count them. SPEC 25.
import type { HallConfig } from '../../config.ts';
import { satisfaction, serviceTime, type Figure, type Tally } from '../../figure.ts';
import type { Name } from '../common.ts';
import { part } from '../cut.ts';
import { memo, table, weakMemo } from '../memo.ts';
import { plainName } from '../name.ts';
import { liveWindows, type LiveWindow } from './live-windows.ts';
import { rounded } from './round.ts';

export interface DepartmentRow {
  readonly name: Name;
  /** windows of the front: all, at work, away or paused */
  readonly windows: number;
  readonly open: number;
  readonly away: number;
  readonly completed: number;
  readonly serviceMs?: Figure;
  /** what visitors gave for their visits at the department */
  readonly satisfaction?: Figure;
}

/** By the order of their first window. */
export const departments = part('hall', (cut) => {
  const { config, memory, hall } = cut;
  const rows = liveWindows(cut);
  const groups = groupsOf(config);
  const names = groups.map(({ name }) => name.zh);
  return departmentsById(
    memory,
    '',
    names,
    groups.map((group) => {
      const { zh } = group.name;
      const { ledger } = memory;
      const windows = group.windows.map((id) => rows[id]);
      const named = ledger.levels('department', zh);
      // Evaluations that name no visit are of the window's department.
      const unnamed = group.windows.flatMap((id) => {
        const given = hall.evaluations[id]?.given;
        return given ? [given, ledger.levels('window', id)] : [];
      });
      const levels = levelsOf(memory, zh, named, ...unnamed);
      return departmentRow(memory, zh, group, ledger.department(zh), levels, ...windows);
    }),
  );
});

const departmentsById = table<DepartmentRow>();

interface Group {
  readonly name: Name;
  /** ids of its front windows */
  readonly windows: readonly string[];
}

const groupsOf = weakMemo(({ windows }: HallConfig): readonly Group[] => {
  const listed = windows.filter(({ role, department }) => role === 'front' && department);
  return [...Map.groupBy(listed, ({ department }) => department?.zh)].map(([zh = '', own]) => ({
    name: plainName(own[0]?.department ?? { zh }),
    windows: own.map(({ id }) => id),
  }));
});

const WORKING = new Set<LiveWindow['state']>(['idle', 'calling', 'serving']);
const MISSING = new Set<LiveWindow['state']>(['away', 'paused']);

/** @param unnamed pairs: all levels given at a window, and those of them that name a visit */
const levelsOf = memo((named: readonly number[], ...unnamed: readonly (readonly number[])[]) =>
  named.map((count, at) => {
    let rest = 0;
    for (let pair = 0; pair < unnamed.length; pair += 2) {
      rest += Math.max(0, (unnamed[pair]?.[at] ?? 0) - (unnamed[pair + 1]?.[at] ?? 0));
    }
    return count + rest;
  }),
);

const departmentRow = memo(
  (
    { name, windows }: Group,
    tally: Tally,
    levels: readonly number[],
    ...rows: readonly (LiveWindow | undefined)[]
  ): DepartmentRow => {
    const count = (states: ReadonlySet<LiveWindow['state']>) =>
      rows.filter((row) => row && states.has(row.state)).length;
    const service = serviceTime(tally);
    const share = satisfaction(levels);
    return {
      name,
      windows: windows.length,
      open: count(WORKING),
      away: count(MISSING),
      completed: tally.served,
      ...(service && { serviceMs: { value: Math.round(service.value), n: service.n } }),
      ...(share && { satisfaction: rounded(share) }),
    };
  },
);
