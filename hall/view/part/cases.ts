// Cases on their way (流程展现): how many stand at each step, what is late or soon will be. SPEC 25.
import type { CaseLive, Hall } from '../../state.ts';
import { entries } from '../../table.ts';
import { part } from '../cut.ts';
import { memo } from '../memo.ts';

/** So many cases are named. */
const NAMED_MAX = 10;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

export interface CaseRow {
  readonly id: string;
  readonly department: string;
  readonly item?: string;
  readonly state: CaseLive['state'];
  readonly stage?: string;
  readonly since: number;
  readonly dueAt?: number;
}

export interface Cases {
  /** of all cases that the hall knows today, by the step that each has reached */
  readonly steps: Readonly<Record<CaseLive['state'], number>>;
  /** accepted, decided and delivered today */
  readonly today: { readonly accepted: number; readonly decided: number };
  /** not decided: past the due time, and due within a day */
  readonly late: number;
  readonly soon: number;
  /** not decided, the most urgent first */
  readonly slow: readonly CaseRow[];
  readonly departments: readonly CaseCount[];
}

export interface CaseCount {
  readonly department: string;
  readonly open: number;
  readonly late: number;
}

/** Absent where the hall has no case. */
export const cases = part('hall', ({ hall, memory, now }) =>
  casesOf(memory, '', hall.cases, hall.day, now - (now % MINUTE_MS)),
);

const casesOf = memo((all: Hall['cases'], day: Hall['day'], now: number): Cases | undefined => {
  const steps = { accepted: 0, stage: 0, decided: 0, delivered: 0 };
  const today = { accepted: 0, decided: 0 };
  const open: CaseRow[] = [];
  for (const [id, one] of entries(all)) {
    steps[one.state] += 1;
    if ((one.acceptedAt ?? -Infinity) >= day.start) today.accepted += 1;
    if ((one.decidedAt ?? -Infinity) >= day.start) today.decided += 1;
    if (one.state === 'accepted' || one.state === 'stage') open.push(rowOf(id, one));
  }
  if (steps.accepted + steps.stage + steps.decided + steps.delivered === 0) return undefined;
  const isLate = ({ dueAt }: CaseRow) => dueAt !== undefined && dueAt < now;
  const soon = ({ dueAt }: CaseRow) => dueAt !== undefined && dueAt >= now && dueAt < now + DAY_MS;
  open.sort((a, b) => (a.dueAt ?? Infinity) - (b.dueAt ?? Infinity) || a.since - b.since);
  const groups = Map.groupBy(open, ({ department }) => department);
  const departments = [...groups].map(([department, rows]) => {
    return { department, open: rows.length, late: rows.filter(isLate).length };
  });
  departments.sort((a, b) => b.late - a.late || b.open - a.open);
  return {
    steps,
    today,
    late: open.filter(isLate).length,
    soon: open.filter(soon).length,
    slow: open.slice(0, NAMED_MAX),
    departments: departments.slice(0, NAMED_MAX),
  };
});

function rowOf(id: string, { state, department, item, stage, at, dueAt }: CaseLive): CaseRow {
  return {
    id,
    department,
    state,
    since: at,
    ...(item !== undefined && { item }),
    ...(stage !== undefined && { stage }),
    ...(dueAt !== undefined && { dueAt }),
  };
}
