// Limits on what grows, and who has a place: devices of the hall file first. The judge refuses by them what would be a new
// visit, device, person or case; the fold keeps them once more. SPEC §4.7.
import { canonicalTicket, type Signal } from '../signal.ts';
import type { Budget } from '../gateway-status.ts';
import type { Rules } from '../rules.ts';
import type { Hall } from '../state.ts';
import { get } from '../table.ts';

export type BudgetKind = 'tickets' | 'devices' | 'staff' | 'cases';

/** Steps at a window: a number that is called must be shown, however many were issued. */
const AT_WINDOW: ReadonlySet<string> = new Set(['called', 'recalled', 'serving']);
/** Places for visits at windows, beyond the limit and as a part of it. */
const AT_WINDOW_RESERVE = 0.25;
/** The share that devices which the hall file does not list may use up, together and one alone. */
const STRANGERS_SHARE = 0.5;

/** Which limit keeps this signal out, if one does. */
export function fullBudget(hall: Hall, rules: Rules, signal: Signal): BudgetKind | undefined {
  if (signal.stream !== 'emergency' && !hasDevicePlace(hall, rules, signal.device)) {
    return 'devices';
  }
  const { limits, sizes } = hall;
  switch (signal.stream) {
    case 'ticket':
      return hasTicketPlace(hall, rules, signal) ? undefined : 'tickets';
    case 'staff':
      return sizes.staff < limits.staff || get(hall.staff, signal.signal.staff) !== undefined
        ? undefined
        : 'staff';
    case 'case':
      return sizes.cases < limits.cases || get(hall.cases, signal.signal.case) !== undefined
        ? undefined
        : 'cases';
    default:
      return undefined;
  }
}

/** A device that the hall file lists always has a place. */
export function hasDevicePlace(hall: Hall, rules: Rules, device: string): boolean {
  if (rules.isListed(device) || get(hall.devices, device) !== undefined) return true;
  return hall.sizes.strangers < Math.max(1, hall.limits.devices - rules.listed);
}

function hasTicketPlace(
  hall: Hall,
  rules: Rules,
  { device, signal }: Pick<Extract<Signal, { stream: 'ticket' }>, 'device' | 'signal'>,
): boolean {
  const isNew =
    signal.type === 'issued' || get(hall.tickets, canonicalTicket(signal.ticket)) === undefined;
  if (!isNew) return true;
  const { sizes, limits } = hall;
  const reserve = AT_WINDOW.has(signal.type) ? 1 + AT_WINDOW_RESERVE : 1;
  if (sizes.tickets >= limits.tickets * reserve) return false;
  if (rules.isListed(device)) return true;
  const share = limits.tickets * STRANGERS_SHARE * reserve;
  if (rules.listed > 0 && sizes.strangersTickets >= share) return false;
  return (get(hall.devices, device)?.visits ?? 0) < Math.max(share, 1);
}

/** How far each limit is used; `refused` by kind since the start of the process. */
export function budgetsOf(
  hall: Hall,
  rules: Rules,
  refused: Readonly<Partial<Record<BudgetKind, number>>>,
): readonly Budget[] {
  const { sizes, limits } = hall;
  const budget = (kind: BudgetKind, zh: string, en: string, used: number, max: number): Budget => ({
    ...{ kind, name: { zh, en }, used, max },
    refused: refused[kind] ?? 0,
    setting: `limits.${kind}_max`,
  });
  const strangers = Math.max(1, limits.devices - rules.listed);
  return [
    budget('tickets', '今日票号数', 'Tickets of today', sizes.tickets, limits.tickets),
    budget('devices', '清单外设备数', 'Devices outside the hall file', sizes.strangers, strangers),
    budget('staff', '人员数', 'People at work', sizes.staff, limits.staff),
    budget('cases', '办件数', 'Open cases', sizes.cases, limits.cases),
  ];
}
