// Staff, cases, network links and emergencies: the last word by `at` stands. SPEC §4.6.
import type { CaseSignal, EmergencySignal, NetworkSignal, StaffSignal } from '../signal.ts';
import type { CaseLive, Emergency, Hall, StaffLive } from '../state.ts';
import { get, set } from '../table.ts';
import { bump, present } from './step.ts';

export function reduceStaff(hall: Hall, signal: StaffSignal): Hall {
  const known = get(hall.staff, signal.staff);
  if (known && signal.at < known.at) return bump(hall, 'late');
  if (!known && hall.sizes.staff >= hall.limits.staff) return bump(hall, 'overflow');
  const staff: StaffLive = {
    state: signal.state,
    at: signal.at,
    ...present({ window: signal.window }),
  };
  return {
    ...hall,
    staff: set(hall.staff, signal.staff, staff),
    sizes: known ? hall.sizes : { ...hall.sizes, staff: hall.sizes.staff + 1 },
  };
}

export function reduceCase(hall: Hall, signal: CaseSignal): Hall {
  const known = get(hall.cases, signal.case);
  if (known && signal.at < known.at) return bump(hall, 'late');
  if (!known && hall.sizes.cases >= hall.limits.cases) return bump(hall, 'overflow');
  const next: CaseLive = {
    ...known,
    state: signal.type,
    department: signal.department,
    at: signal.at,
    ...present({
      item: signal.item,
      dueAt: signal.due_at,
      stage: signal.stage,
      outcome: signal.outcome,
      acceptedAt: signal.type === 'accepted' ? signal.at : undefined,
      decidedAt: signal.type === 'decided' ? signal.at : undefined,
    }),
  };
  return {
    ...hall,
    cases: set(hall.cases, signal.case, next),
    sizes: known ? hall.sizes : { ...hall.sizes, cases: hall.sizes.cases + 1 },
  };
}

export function reduceLink(hall: Hall, signal: NetworkSignal): Hall {
  const known = hall.links[signal.zone];
  if (known && signal.at < known.at) return bump(hall, 'late');
  const { rtt_ms: rttMs, loss_pct: lossPct, at } = signal;
  const link = {
    ...{ rttMs, lossPct, at },
    steadyRttMs: steady(known?.steadyRttMs ?? known?.rttMs, rttMs),
    steadyLossPct: steady(known?.steadyLossPct ?? known?.lossPct, lossPct),
  };
  return { ...hall, links: { ...hall.links, [signal.zone]: link } };
}

/** A mean in which the latest measurement counts for a third. */
function steady(before: number | undefined, now: number): number {
  return before === undefined ? now : Math.round((before * 2 + now) * (1000 / 3)) / 1000;
}

/**
 * One emergency of a kind at a time; clearing ends it in the zones named. What is activated again later stands anew.
 * An older `cleared` does not end a newer alarm.
 */
export function reduceEmergency(hall: Hall, signal: EmergencySignal): Hall {
  const { kind } = signal;
  if (signal.at < (hall.emergencyAt[kind] ?? 0)) return bump(hall, 'late');
  const told: Hall = { ...hall, emergencyAt: { ...hall.emergencyAt, [kind]: signal.at } };
  const known = hall.emergencies[kind];
  if (signal.type === 'activated') {
    const emergency: Emergency = {
      id: signal.id,
      since: known?.since ?? signal.at,
      zones: known ? joined(known.zones, signal.zones) : signal.zones,
      ...present({ message: signal.message ? present(signal.message) : known?.message }),
    };
    return { ...told, emergencies: { ...hall.emergencies, [kind]: emergency } };
  }
  if (!known) return bump(told, 'irregular');
  const left = signal.zones.includes('*')
    ? []
    : known.zones.filter((zone) => !signal.zones.includes(zone));
  const { [kind]: _ended, ...others } = hall.emergencies;
  if (left.length === 0) return { ...told, emergencies: others };
  return { ...told, emergencies: { ...others, [kind]: { ...known, zones: left } } };
}

function joined(known: readonly string[], more: readonly string[]): readonly string[] {
  const zones = [...new Set([...known, ...more])];
  return zones.includes('*') ? ['*'] : zones;
}
