// The fold: hall + event → hall. Pure, never mutates, keeps the reference of whatever did not change. SPEC §4.
import { openIntervals } from './calendar.ts';
import { businessDate, dayBounds } from './zone-time.ts';
import type { By } from './command/decide.ts';
import type { CommandEntry } from './command/event.ts';
import type { HallConfig } from './config.ts';
import type { Interval } from './interval.ts';
import { endAssignments, reduceCommand } from './reduce/command.ts';
import { beginDay } from './reduce/day.ts';
import { reduceDevice, touchDevice } from './reduce/device.ts';
import { reduceEmergency } from './reduce/emergency.ts';
import { reduceCase, reduceLink, reduceStaff } from './reduce/people.ts';
import { reduceEvaluation, reduceOccupancy } from './reduce/place.ts';
import { reduceTicket } from './reduce/ticket.ts';
import { fireTimers } from './reduce/time.ts';
import { reduceWindow } from './reduce/window.ts';
import { rulesOf, type Rules } from './rules.ts';
import type { Signal } from './signal.ts';
import { isStream } from './topic.ts';
import { CALLS_MAX, type Day, type Hall, type Limits, emptyHall } from './state.ts';

/** A journaled event with the time it was received, ms since 1970, and its number in the journal. */
export type Received = (Signal | CommandEntry) & {
  readonly receivedAt: number;
  readonly seq: number;
  /** the person whose command the event is of; absent where a device sent the event */
  readonly by?: By;
};

/** The hall after the event; the same reference where nothing changed. */
export function reduce(hall: Hall, event: Received, rules: Rules): Hall {
  if (event.stream === 'command') return reduceCommand(hall, event);
  return event.by === undefined
    ? reduceSignal(touchDevice(hall, event, rules), event, rules)
    : reduceSignal(hall, event, { ...rules, isListed: everybody });
}

/** What people do is no device's signal: no device is seen by it, and no budget of strangers is charged. */
const everybody = () => true;

function reduceSignal(seen: Hall, event: Exclude<Received, CommandEntry>, rules: Rules): Hall {
  // A later version's journal may hold streams that this one does not know: of them only the device is seen.
  if (!isStream(event.stream)) return seen;
  switch (event.stream) {
    case 'ticket':
      return reduceTicket(seen, event, rules);
    case 'window':
      return reduceWindow(seen, event, rules);
    case 'evaluation':
      return reduceEvaluation(seen, event);
    case 'occupancy':
      return reduceOccupancy(seen, event);
    case 'device':
      return reduceDevice(seen, event);
    case 'staff':
      return reduceStaff(seen, event);
    case 'case':
      return reduceCase(seen, event);
    case 'network':
      return reduceLink(seen, event);
    case 'emergency':
      return reduceEmergency(seen, event);
  }
}

/** A hall that has heard nothing yet, on the business day of `now` (ms since 1970). */
export function startHall(config: HallConfig, now: number): Hall {
  const { tickets_max, devices_max, staff_max, cases_max } = config.limits;
  const limits: Limits = {
    tickets: tickets_max,
    devices: devices_max,
    staff: staff_max,
    cases: cases_max,
    calls: CALLS_MAX,
  };
  return emptyHall(config.hall.id, dayOf(config, now), limits);
}

/**
 * The hall at `now`: what time alone brings about has happened, and the day has turned where midnight has passed. A clock
 * that steps back turns nothing back.
 */
export function advance(hall: Hall, config: HallConfig, now: number): Hall {
  const rules = rulesOf(config);
  let next = hall;
  if (now >= hall.day.end) {
    next = fireTimers(hall, hall.day.end - 1, rules);
    next = beginDay(next, dayOf(config, now), rules);
  }
  return endAssignments(fireTimers(next, now, rules), now);
}

/** One journaled signal, in the order of the journal: what live and replay do alike. */
export function fold(hall: Hall, config: HallConfig, entry: Received): Hall {
  return reduce(advance(hall, config, entry.receivedAt), entry, rulesOf(config));
}

/** The business day of `now` (ms since 1970) in the hall's time zone. */
export function dayOf(config: HallConfig, now: number): Day {
  const { timezone } = config.hall;
  const date = businessDate(timezone, now);
  const [start, end] = dayBounds(timezone, date);
  const open = openIntervals(config, date);
  return { date, start, end, open, carried: carriedHours(config, start, open) };
}

/** The hours of the day before, where the hall stayed open over the midnight between them. */
function carriedHours(
  config: HallConfig,
  start: number,
  open: readonly Interval[],
): readonly Interval[] {
  if (open[0]?.[0] !== start) return [];
  const before = openIntervals(config, businessDate(config.hall.timezone, start - 1));
  return before.at(-1)?.[1] === start ? before : [];
}
