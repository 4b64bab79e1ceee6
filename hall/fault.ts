// What is wrong now, as a short list: one cause, one fault, with all that follows from it folded in. SPEC §12.
import { budgetFaults } from './fault/budget.ts';
import { clockFaults } from './fault/clock.ts';
import { conditionFaults } from './fault/condition.ts';
import { emergencyFaults } from './fault/emergency.ts';
import { linkFaults, partFaults } from './fault/gateway.ts';
import { lossFaults } from './fault/loss.ts';
import type { Fault } from './fault/kinds.ts';
import { survey } from './fault/survey.ts';
import type { HallConfig } from './config.ts';
import { NO_STATUS, type GatewayStatus } from './gateway-status.ts';
import type { Hall } from './state.ts';

export * from './fault/kinds.ts';

/**
 * The faults of the hall at `now` (ms since 1970), the gravest and oldest first.
 * @param standing the faults found before: a limit that was passed must be left by a margin before its fault ends
 */
export function findFaults(
  hall: Hall,
  config: HallConfig,
  now: number,
  gatewayStatus: GatewayStatus = NO_STATUS,
  standing: readonly Fault[] = [],
): readonly Fault[] {
  const devices = survey(hall, { config, open: hall.day.open, now, gatewayStatus });
  const parts = partFaults(devices);
  const losses = lossFaults(devices, new Set(parts.flatMap((fault) => fault.devices)));
  const clocks = clockFaults(devices, standing);
  const lost = new Set([...parts, ...losses].flatMap((fault) => fault.devices));
  const rest = conditionFaults(devices, lost, standing);
  const found = [
    ...parts,
    ...linkFaults(hall, devices, standing),
    ...losses,
    ...clocks,
    ...rest,
    ...budgetFaults(gatewayStatus.budgets ?? [], now, standing),
    ...emergencyFaults(hall),
    ...(gatewayStatus.findings ?? []),
  ];
  return found.sort(
    (a, b) => b.severity - a.severity || a.since - b.since || (a.id < b.id ? -1 : 1),
  );
}

/** The faults that are told, kept from one look to the next. */
export interface Standing {
  readonly faults: readonly Fault[];
  /** when each was last found, by id */
  readonly foundAt: Readonly<Record<string, number>>;
}

export const NO_FAULTS: Standing = Object.freeze({ faults: [], foundAt: {} });

/**
 * What stands after another look: a fault keeps its begin, and one that is not found any more ends only after a calm
 * (hall file, `faults.calm_s`), so that what comes and goes does not begin anew each time.
 */
export function keepFaults(
  before: Standing,
  found: readonly Fault[],
  now: number,
  config: HallConfig,
): Standing & { readonly begun: readonly Fault[]; readonly ended: readonly Fault[] } {
  const known = new Map(before.faults.map((fault) => [fault.id, fault]));
  // Where one fault became two, one of them is still the first.
  const taken = new Set(found.map(({ id }) => id).filter((id) => known.has(id)));
  const present = found.map((fault) => {
    const was = known.get(fault.id) ?? sameLoss(before.faults, taken, fault);
    if (!was) return fault;
    taken.add(was.id);
    return { ...fault, id: was.id, since: Math.min(was.since, fault.since) };
  });
  const ids = new Set(present.map(({ id }) => id));
  // What a wider fault explains now does not stand beside it for a while longer.
  const explained = new Set(found.flatMap(({ devices }) => devices));
  const lingering = before.faults.filter(
    ({ id, devices }) =>
      !ids.has(id) &&
      now - (before.foundAt[id] ?? now) < config.faults.calm_s * 1000 &&
      !devices.some((device) => explained.has(device)),
  );
  const faults = [...present, ...lingering];
  const foundAt = Object.fromEntries(
    faults.map(({ id }) => [id, ids.has(id) ? now : (before.foundAt[id] ?? now)]),
  );
  return {
    faults,
    foundAt,
    begun: present.filter(({ id }) => !known.has(id)),
    ended: before.faults.filter(({ id }) => !Object.hasOwn(foundAt, id)),
  };
}

/** Of devices that were lost together some come back and others join: it is the same fault while most are the same. */
function sameLoss(
  faults: readonly Fault[],
  taken: ReadonlySet<string>,
  { kind, devices }: Fault,
): Fault | undefined {
  if (kind !== 'together') return undefined;
  const present = new Set(devices);
  return faults.find((fault) => {
    if (fault.kind !== kind || taken.has(fault.id)) return false;
    const shared = fault.devices.filter((id) => present.has(id)).length;
    return shared * 2 >= Math.min(fault.devices.length, devices.length);
  });
}
