// Midnight: what belongs to one business day starts anew. A hall that is open at midnight keeps its queue, its calls and
// what its windows do; each visit counts on the day of its issue. SPEC §4.1.
import type { Rules } from '../rules.ts';
import { emptyHall, NO_SIZES, type Day, type Hall, type Ticket } from '../state.ts';
import { EMPTY, entries, get, map, set, size, values, type Table } from '../table.ts';
import { beginDeviceDay } from './device.ts';
import { hasEnded } from './visit.ts';

const DAY_MS = 86_400_000;
/** A device outside the hall file that was not heard for so long is forgotten. */
const STRANGER_DAYS = 1;
/** An open case without a step for so long is forgotten: its place is needed. */
const CASE_DAYS = 400;

export function beginDay(hall: Hall, day: Day, rules: Rules): Hall {
  if (day.start < hall.day.end) return hall;
  // The days between are gone with all that waited in them.
  const goesOn = day.carried.length > 0 && day.start === hall.day.end;
  const kept = goesOn ? carriedOver(hall, day, rules) : NOTHING_KEPT;
  const windows: Record<string, Hall['windows'][string]> = {};
  for (const [id, window] of Object.entries(hall.windows)) {
    const { ticket: _number, visit: _visit, ...free } = window;
    const stays = window.visit !== undefined && get(kept.tickets, window.visit) !== undefined;
    windows[id] = { ...(stays ? window : free), spentMs: {} };
  }
  const devices = devicesOf(hall, day, rules);
  const cases = map(hall.cases, (each) =>
    each.state === 'delivered' || day.start - each.at > CASE_DAYS * DAY_MS ? undefined : each,
  );
  return {
    ...emptyHall(hall.id, day, hall.limits),
    ...kept,
    windows,
    ...devices.tables,
    cases,
    links: hall.links,
    emergencies: hall.emergencies,
    // What people decided stands until they decide otherwise.
    accepted: hall.accepted,
    assigned: hall.assigned,
    uploads: hall.uploads,
    sizes: {
      ...NO_SIZES,
      ...devices.sizes,
      tickets: size(kept.tickets),
      staff: size(kept.staff),
      cases: size(cases),
    },
  };
}

type Kept = Pick<Hall, 'tickets' | 'reissued' | 'timers' | 'calls' | 'occupancy' | 'staff'>;

const NOTHING_KEPT: Kept = {
  tickets: EMPTY,
  reissued: EMPTY,
  timers: [],
  calls: [],
  occupancy: {},
  staff: EMPTY,
};

function carriedOver(hall: Hall, day: Day, rules: Rules): Kept {
  const tickets = map(hall.tickets, (visit) => {
    const isOver = hasEnded(visit) || day.start - visit.at > rules.visitMs;
    return isOver ? undefined : visit;
  });
  const has = (key: string) => get(tickets, key) !== undefined;
  return {
    tickets,
    reissued: reissuedOf(tickets, hall.reissued),
    timers: hall.timers.filter(({ visit }) => has(visit)),
    calls: hall.calls.filter(({ visit }) => has(visit)),
    // Who is present stays; the sums of the day start anew.
    occupancy: Object.fromEntries(
      Object.entries(hall.occupancy).map(([zone, each]) => [zone, { ...each, in: 0, out: 0 }]),
    ),
    staff: hall.staff,
  };
}

/** The keys that are left of numbers that were given out more than once. */
function reissuedOf(tickets: Table<Ticket>, before: Hall['reissued']): Hall['reissued'] {
  let reissued: Hall['reissued'] = EMPTY;
  for (const { ticket } of values(tickets)) {
    const keys = get(before, ticket)?.filter((key) => get(tickets, key) !== undefined);
    if (keys) reissued = set(reissued, ticket, keys);
  }
  return reissued;
}

/** Devices outside the hall file that were gone for a day make room. */
function devicesOf(hall: Hall, day: Day, rules: Rules) {
  const cutoff = day.start - STRANGER_DAYS * DAY_MS;
  let devices: Hall['devices'] = EMPTY;
  let [count, strangers] = [0, 0];
  for (const [id, device] of entries(hall.devices)) {
    const isListed = rules.isListed(id);
    if (!isListed && device.lastSeen < cutoff) continue;
    devices = set(devices, id, beginDeviceDay(device));
    count++;
    if (!isListed) strangers++;
  }
  return { tables: { devices }, sizes: { devices: count, strangers } };
}
