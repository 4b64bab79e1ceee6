// The fold: hall + event → hall. Pure, never mutates, keeps the reference of whatever did not change. SPEC §4.
import { openIntervals } from './calendar.ts';
import { businessDate, dayBounds } from './zone-time.ts';
import type { HallConfig } from './config.ts';
import { reduceCase, reduceEmergency, reduceLink, reduceStaff } from './reduce/people.ts';
import { beginDeviceDay, reduceDevice, touchDevice } from './reduce/device.ts';
import { reduceEvaluation, reduceOccupancy } from './reduce/place.ts';
import { reduceTicket } from './reduce/ticket.ts';
import { reduceWindow } from './reduce/window.ts';
import { bump } from './reduce/step.ts';
import type { Signal } from './signal.ts';
import { DEFAULT_LIMITS, type Day, type Hall, type Limits, emptyHall } from './state.ts';
import { map, size } from './table.ts';

/** A journaled signal with the time it was received, ms since 1970. */
export type Received = Signal & { readonly receivedAt: number };

/** The business day turns: what belongs to one day starts anew. */
export interface DayTurn {
  readonly stream: 'day';
  readonly day: Day;
}

export type HallEvent = Received | DayTurn;

/** The hall after the event; the same reference where nothing changed. */
export function reduce(hall: Hall, event: HallEvent): Hall {
  if (event.stream === 'day') return turn(hall, event.day);
  const seen = touchDevice(hall, event);
  // Yesterday's events are the history's; today's state does not change.
  if (event.signal.at < hall.day.start) return bump(seen, 'late');
  switch (event.stream) {
    case 'ticket':
      return reduceTicket(seen, event.device, event.signal);
    case 'window':
      return reduceWindow(seen, event.device, event.signal);
    case 'evaluation':
      return reduceEvaluation(seen, event.signal);
    case 'occupancy':
      return reduceOccupancy(seen, event.device, event.signal);
    case 'device':
      return reduceDevice(seen, event.device, event.signal, event.receivedAt);
    case 'staff':
      return reduceStaff(seen, event.signal);
    case 'case':
      return reduceCase(seen, event.signal);
    case 'network':
      return reduceLink(seen, event.signal);
    case 'emergency':
      return reduceEmergency(seen, event.signal);
    default:
      // A later version's journal may hold streams that this one does not know: they are kept, and change nothing.
      return seen;
  }
}

/** A hall that has heard nothing yet, on the business day of `now` (ms since 1970). */
export function startHall(config: HallConfig, now: number): Hall {
  const { tickets_max, devices_max, staff_max, cases_max } = config.limits;
  const limits: Limits = {
    ...DEFAULT_LIMITS,
    tickets: tickets_max,
    devices: devices_max,
    staff: staff_max,
    cases: cases_max,
  };
  return emptyHall(config.hall.id, dayOf(config, now), limits);
}

/** The hall at `now`: the day turned where midnight has passed. A clock that steps back turns nothing back. */
export function advance(hall: Hall, config: HallConfig, now: number): Hall {
  return now < hall.day.end ? hall : reduce(hall, { stream: 'day', day: dayOf(config, now) });
}

/** One journaled signal, in the order of the journal: what live and replay do alike. */
export function fold(hall: Hall, config: HallConfig, entry: Received): Hall {
  return reduce(advance(hall, config, entry.receivedAt), entry);
}

/** The business day of `now` (ms since 1970) in the hall's time zone. */
export function dayOf(config: HallConfig, now: number): Day {
  const date = businessDate(config.hall.timezone, now);
  const [start, end] = dayBounds(config.hall.timezone, date);
  return { date, start, end, open: openIntervals(config, date) };
}

function turn(hall: Hall, day: Day): Hall {
  if (day.start < hall.day.end) return hall;
  const windows: Record<string, Hall['windows'][string]> = {};
  for (const [id, { ticket: _gone, ...window }] of Object.entries(hall.windows)) {
    windows[id] = { ...window, spentMs: {} };
  }
  const devices = map(hall.devices, beginDeviceDay);
  const cases = map(hall.cases, (each) => (each.state === 'delivered' ? undefined : each));
  return {
    ...emptyHall(hall.id, day, hall.limits),
    windows,
    devices,
    cases,
    links: hall.links,
    emergencies: hall.emergencies,
    emergencyAt: hall.emergencyAt,
    sizes: { tickets: 0, devices: hall.sizes.devices, staff: 0, cases: size(cases) },
  };
}
