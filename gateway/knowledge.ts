// What judging a signal needs of the hall's present state: clocks of devices, standing alarms, limits that are used up.
import type { HallConfig } from '../hall/config.ts';
import type { Knowledge } from '../hall/judge.ts';
import type { Budget } from '../hall/gateway-status.ts';
import { budgetsOf, fullBudget, type BudgetKind } from '../hall/reduce/budget.ts';
import { clockAheadMs } from '../hall/reduce/clock.ts';
import { rulesOf } from '../hall/rules.ts';
import type { EmergencyKind } from '../hall/signal.ts';
import type { Hall } from '../hall/state.ts';
import { get } from '../hall/table.ts';

export interface StateKnowledge extends Knowledge {
  /** How far the limits of the live state are used. */
  budgets(): readonly Budget[];
}

export interface KnowledgeOptions {
  /** The live state, once there is one. */
  readonly hall: () => Hall | undefined;
  readonly config: HallConfig;
  /** Whether the journal has a signal with this id of this device. */
  readonly isJournaled: (device: string, id: string) => boolean;
}

/** Alarms of the last moments whose entry may not be on disk yet. */
const RECENT_MAX = 1_000;

export function createKnowledge({ hall, config, isJournaled }: KnowledgeOptions): StateKnowledge {
  const rules = rulesOf(config);
  const refused: Partial<Record<BudgetKind, number>> = {};
  const recent = new Set<string>();
  return {
    clockAheadMs(device) {
      const live = get(hall()?.devices ?? {}, device);
      return live && clockAheadMs(live);
    },
    alarmId(device, id, kind, receivedAt) {
      const standing = hall()?.emergencies[kind as EmergencyKind];
      // The same message once more while its alarm stands.
      if (standing?.device === device && standing.id === id) return standing.entry;
      const key = `${device}/${id}`;
      if (recent.has(key) || isJournaled(device, id)) return `${id}@${receivedAt}`;
      if (recent.size >= RECENT_MAX) recent.clear();
      recent.add(key);
      return id;
    },
    fullBudget(signal) {
      const present = hall();
      const kind = present && fullBudget(present, rules, signal);
      if (kind === undefined) return undefined;
      refused[kind] = (refused[kind] ?? 0) + 1;
      const detail = {
        zh: `大厅文件的 limits.${kind}_max 已用完：没有 "${signal.device}" 的位置`,
        en: `limits.${kind}_max of the hall file is used up: "${signal.device}" has no place`,
      };
      return { reason: `budget:${kind}`, detail };
    },
    budgets() {
      const present = hall();
      return present ? budgetsOf(present, rules, refused) : [];
    },
  };
}
