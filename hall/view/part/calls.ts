// The calls of a board (叫号屏): who is called where. SPEC §7.4, 7.21, 7.23, 7.24.
import { indexHall, type HallConfig } from '../../config.ts';
import type { Call, Ticket } from '../../state.ts';
import { get } from '../../table.ts';
import type { Name } from '../common.ts';
import { part } from '../cut.ts';
import { table, weakMemo } from '../memo.ts';
import { plainName } from '../name.ts';
import {
  callAt,
  concerns,
  isAtWindow,
  isMissedUnheard,
  latelyFrom,
  latestCalls,
  standInId,
} from './visit.ts';

export interface BoardCall {
  readonly id: string;
  readonly ticket: string;
  /** window id and its label as painted on the counter */
  readonly window: string;
  readonly label: string;
  /** where the window is, seen from its zone's board; on other boards its floor and zone instead */
  readonly direction?: string;
  readonly floorName?: Name;
  readonly zoneName?: Name;
  readonly queueName?: Name;
  /** when it was called, ms since 1970 */
  readonly at: number;
  readonly nth: number;
  readonly state: 'called' | 'serving';
  /** the visit has ended: when that arrived, ms since 1970; a page that stood still knows by it what is over */
  readonly endedAt?: number;
  /** no call of this row is remembered: it tells who is at the window, and is announced nowhere */
  readonly quiet?: true;
  readonly priority?: true;
}

/**
 * By call id: the latest call of each ticket that stands at its window, or was made so lately that it must still show. A
 * window that has gone on to another ticket, or is idle, has let the one before go, though nobody said what became of it.
 * Who is at a window without a remembered call stands there too: a board shows whom the window's sign shows.
 */
export const calls = part('zone', (cut, zone) => {
  const { hall, config, memory } = cut;
  const latest = latestCalls(hall.calls);
  const lately = latelyFrom(cut);
  const ids: string[] = [];
  const rows: BoardCall[] = [];
  const add = (call: Call | undefined, ticket: Ticket) => {
    if (!call || !concerns(config, ticket, call.window, zone)) return;
    const isThere = hall.windows[call.window]?.visit === ticket.key;
    const state = isThere || call.at > lately ? callState(ticket, call) : undefined;
    if (!state) return;
    ids.push(call.id);
    rows.push(rowOf(config, call, ticket, state, zone));
  };
  for (const ticket of memory.ledger.whole.active) {
    const isThere = isAtWindow(ticket) && hall.windows[ticket.window]?.visit === ticket.key;
    add(isThere ? callAt(cut, ticket) : latest.get(ticket.key), ticket);
  }
  for (const call of hall.calls) {
    if (call.at <= lately || latest.get(call.visit) !== call) continue;
    const ticket = get(hall.tickets, call.visit);
    if (ticket && (ticket.state === 'completed' || isMissedUnheard(ticket))) add(call, ticket);
  }
  return callsById(memory, zone ?? '', ids, rows);
});

const callsById = table<BoardCall>();

function callState(ticket: Ticket, call: Call): BoardCall['state'] | undefined {
  if (isAtWindow(ticket)) return ticket.window === call.window ? ticket.state : undefined;
  if (isMissedUnheard(ticket)) return 'called';
  return ticket.state === 'completed' ? 'serving' : undefined;
}

function rowOf(
  config: HallConfig,
  call: Call,
  ticket: Ticket,
  state: BoardCall['state'],
  zone: string | undefined,
): BoardCall {
  const window = indexHall(config).windows.get(call.window);
  const isOwn = window === undefined || window.zone === zone || config.zones.length <= 1;
  return (isOwn ? rowOnOwnBoard : rowOnOtherBoard)(call, config, ticket, state, isOwn);
}

/** Two boards of one call: that of the window's own zone, and all others. */
const rowOnOwnBoard = weakMemo(makeRow);
const rowOnOtherBoard = weakMemo(makeRow);

function makeRow(
  call: Call,
  config: HallConfig,
  ticket: Ticket,
  state: BoardCall['state'],
  isOwn: boolean,
): BoardCall {
  const window = indexHall(config).windows.get(call.window);
  const endedAt = isAtWindow(ticket) ? undefined : Math.max(call.at, ticket.heardAt);
  const queueName = nameOfQueue(config, ticket.queue);
  return {
    id: call.id,
    ticket: call.ticket,
    window: call.window,
    label: window?.label ?? call.window,
    ...(isOwn ? direction(window?.direction) : placeOf(config, window?.zone)),
    ...(queueName && { queueName }),
    at: call.at,
    nth: call.nth,
    state,
    ...(endedAt === undefined ? undefined : { endedAt }),
    ...(call.id === standInId(ticket) && { quiet: true as const }),
    ...(ticket.class === 'normal' ? undefined : { priority: true as const }),
  };
}

/** A queue that the hall file has no more keeps the name that it had there; its id where nobody remembers one. */
function nameOfQueue(config: HallConfig, id: string | undefined): Name | undefined {
  if (id === undefined) return undefined;
  const queue =
    indexHall(config).queues.get(id) ?? config.removed?.queues.find((one) => one.id === id);
  return queue ? plainName(queue.name) : { zh: id };
}

function direction(direction: string | undefined): Pick<BoardCall, 'direction'> {
  return direction === undefined ? {} : { direction };
}

/** An arrow is as seen from the zone's own board: elsewhere it would lead astray. */
function placeOf(
  config: HallConfig,
  id: string | undefined,
): Pick<BoardCall, 'floorName' | 'zoneName'> {
  const zone = config.zones.find((one) => one.id === id);
  const floor = config.floors.find((one) => one.id === zone?.floor);
  return {
    ...(floor && config.floors.length > 1 && { floorName: plainName(floor.name) }),
    ...(zone && { zoneName: plainName(zone.name) }),
  };
}
