// Staff, cases and network links: the latest message stands. SPEC §4.6.
import type { CaseLive, Hall, StaffLive } from '../state.ts';
import { get, set } from '../table.ts';
import { bump, isOutdated, present, type EventFrom } from './step.ts';

export function reduceStaff(hall: Hall, event: EventFrom<'staff'>): Hall {
  const { signal, at } = event;
  const known = get(hall.staff, signal.staff);
  if (known && isOutdated(hall, event, known.at)) return bump(hall, 'late');
  if (!known && hall.sizes.staff >= hall.limits.staff) return bump(hall, 'overflow');
  const staff: StaffLive = {
    state: signal.state,
    at,
    ...present({ window: signal.window }),
  };
  return {
    ...hall,
    staff: set(hall.staff, signal.staff, staff),
    sizes: known ? hall.sizes : { ...hall.sizes, staff: hall.sizes.staff + 1 },
  };
}

export function reduceCase(hall: Hall, event: EventFrom<'case'>): Hall {
  const { signal, at } = event;
  const known = get(hall.cases, signal.case);
  if (known && isOutdated(hall, event, known.at)) return bump(hall, 'late');
  if (!known && hall.sizes.cases >= hall.limits.cases) return bump(hall, 'overflow');
  const next: CaseLive = {
    ...known,
    state: signal.type,
    department: signal.department,
    at,
    ...present({
      item: signal.item,
      dueAt: signal.due_at,
      stage: signal.stage,
      outcome: signal.outcome,
      acceptedAt: signal.type === 'accepted' ? at : undefined,
      decidedAt: signal.type === 'decided' ? at : undefined,
    }),
  };
  return {
    ...hall,
    cases: set(hall.cases, signal.case, next),
    sizes: known ? hall.sizes : { ...hall.sizes, cases: hall.sizes.cases + 1 },
  };
}

export function reduceLink(hall: Hall, event: EventFrom<'network'>): Hall {
  const { signal, at } = event;
  const known = hall.links[signal.zone];
  if (known && isOutdated(hall, event, known.at)) return bump(hall, 'late');
  const { rtt_ms: rttMs, loss_pct: lossPct } = signal;
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
