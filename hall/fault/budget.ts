// Budgets of what strangers can fill: each is a fault before it is used up, so that nobody is refused by surprise. SPEC §12.14.
import type { Budget } from '../gateway-status.ts';
import type { Fault } from './kinds.ts';

/** A budget so far used is told. */
const NEARLY = 0.8;
/** It must be used this much less before its fault ends. */
const MARGIN = 0.7;

export function budgetFaults(
  budgets: readonly Budget[],
  now: number,
  standing: readonly Fault[],
): Fault[] {
  return budgets.flatMap((budget) => {
    const id = `budget:${budget.kind}`;
    const share = standing.some((fault) => fault.id === id) ? MARGIN : NEARLY;
    return budget.used >= budget.max * share ? [budgetFault(id, budget, now)] : [];
  });
}

function budgetFault(id: string, budget: Budget, now: number): Fault {
  const { name, used, max, refused, setting, action } = budget;
  const pct = Math.min(100, Math.floor((used / max) * 100));
  const isFull = refused > 0 && used >= max;
  const count = refused > 0 ? { zh: `，已拒绝 ${refused}`, en: `, ${refused} refused` } : undefined;
  return {
    id,
    kind: 'budget',
    severity: isFull ? 2 : 1,
    since: now,
    title: {
      zh: `${name.zh}已用 ${pct}%${count?.zh ?? ''}`,
      en: `${name.en ?? name.zh}: ${pct} % used${count?.en ?? ''}`,
    },
    action: action ?? {
      zh: `请查明是哪台设备占用；确有需要时，在大厅文件中调大 ${setting}`,
      en: `Find out which device uses it; if this is intended, raise ${setting} in the hall file`,
    },
    devices: [],
  };
}
