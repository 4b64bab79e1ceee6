// Departments compared: their windows now, their work and evaluations of the day, made of the windows' own rows. SPEC 25.
import type { HallConfig } from '../../config.ts';
import { givenLevels, satisfaction, type Figure } from '../../figure.ts';
import type { Hall } from '../../state.ts';
import type { Name } from '../common.ts';
import { part } from '../cut.ts';
import { memo } from '../memo.ts';
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
  /** evaluations given by visitors at its windows */
  readonly satisfaction?: Figure;
}

/** By the order of their first window. */
export const departments = part('hall', (cut) =>
  departmentsOf(cut.memory, '', cut.config, liveWindows(cut), cut.hall.evaluations),
);

const WORKING = new Set<LiveWindow['state']>(['idle', 'calling', 'serving']);
const MISSING = new Set<LiveWindow['state']>(['away', 'paused']);

const departmentsOf = memo(
  (
    { windows: listed }: HallConfig,
    rows: Readonly<Record<string, LiveWindow>>,
    evaluations: Hall['evaluations'],
  ): readonly DepartmentRow[] => {
    const groups = Map.groupBy(
      listed.filter(({ role, department }) => role === 'front' && department !== undefined),
      ({ department }) => department?.zh,
    );
    return [...groups.values()].map((windows): DepartmentRow => {
      const own = windows.flatMap(({ id }) => rows[id] ?? []);
      const count = (states: ReadonlySet<LiveWindow['state']>) =>
        own.filter(({ state }) => states.has(state)).length;
      const given = windows.flatMap(({ id }) => evaluations[id] ?? []);
      const share = satisfaction(givenLevels(given));
      const service = meanOf(own.flatMap(({ serviceMs }) => serviceMs ?? []));
      return {
        name: plainName(windows[0]?.department ?? { zh: '' }),
        windows: own.length,
        open: count(WORKING),
        away: count(MISSING),
        completed: own.reduce((sum, { completed }) => sum + completed, 0),
        ...(service && { serviceMs: service }),
        ...(share && { satisfaction: rounded(share) }),
      };
    });
  },
);

function meanOf(
  means: readonly { readonly mean: number; readonly n: number }[],
): Figure | undefined {
  const n = means.reduce((sum, one) => sum + one.n, 0);
  if (n === 0) return undefined;
  return { value: Math.round(means.reduce((sum, one) => sum + one.mean * one.n, 0) / n), n };
}
