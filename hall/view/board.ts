// The call board's view (叫号屏): who is called where, missed numbers, and each queue of the screen's zone. SPEC §7.
import { indexHall, type HallConfig, type Queue, type Screen } from '../config.ts';
import type { Call, Ticket } from '../state.ts';
import { get } from '../table.ts';
import { notices, plainName, screenFace, viewBase, type Cutting } from './base.ts';
import type { Name, Notice, ScreenFace, SourceFreshness, ViewBase, WaitBand } from './common.ts';
import { levelOf, queuesNow, type QueueNow } from './queues.ts';
import { zoneSource } from './source.ts';

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

export interface BoardMissed {
  readonly ticket: string;
  readonly label?: string;
  readonly at: number;
}

export interface BoardQueue {
  readonly id: string;
  readonly order: number;
  readonly name: Name;
  readonly prefix?: string;
  readonly waiting: number;
  /** windows that serve it now */
  readonly windows: number;
  readonly band?: WaitBand;
  /** how many of the thresholds wait_min the expected wait passes, where none is known the longest: 0 … 3 */
  readonly level: 0 | 1 | 2 | 3;
}

export interface BoardSettings {
  /** each call stays on the board at least so long, and is the large one at least so long */
  readonly callMs: number;
  readonly heroMs: number;
  readonly pageMs: number;
}

export interface BoardView extends ViewBase {
  readonly kind: 'calls';
  readonly screen: ScreenFace;
  readonly settings: BoardSettings;
  /** by call id; the latest call of each ticket that is called, being served, or called so lately that it must still show */
  readonly calls: Readonly<Record<string, BoardCall>>;
  readonly missed: Readonly<Record<string, BoardMissed>>;
  readonly queues: Readonly<Record<string, BoardQueue>>;
  /** what an idle board tells */
  readonly notices: readonly Notice[];
  readonly source: SourceFreshness;
}

const SECOND_MS = 1000;
const MINUTE_MS = 60_000;
/** A call stays in the view so many times its least time on the board, though its ticket is done. */
const CALL_TIMES = 3;
const MISSED_MAX = 60;
const NO_QUEUE: QueueNow = { waiting: 0, later: 0, level: 0, windowsOpen: 0 };

export function boardCut(cut: Cutting, screen: Screen): BoardView {
  const { config, memory } = cut;
  const { zone } = screen;
  return {
    ...viewBase(cut, zone),
    kind: 'calls',
    screen: screenFace(cut, screen),
    settings: memory.recall('settings', '', [config], () => ({
      callMs: config.board.call_seconds_min * SECOND_MS,
      heroMs: config.board.hero_seconds_min * SECOND_MS,
      pageMs: config.board.page_seconds * SECOND_MS,
    })),
    calls: calls(cut, zone),
    missed: missed(cut, zone),
    queues: boardQueues(cut, zone),
    notices: notices(cut),
    source: zoneSource(cut, zone),
  };
}

/** The queues of a zone; where it has none of its own, those that its windows serve. */
export function boardQueues(cut: Cutting, zone: string | undefined): BoardView['queues'] {
  const { config, memory } = cut;
  const now = queuesNow(cut);
  const key = `queues/${zone ?? ''}`;
  const queues = memory.recall('queuesOf', zone ?? '', [config], () => {
    const own = config.queues.filter((queue) => zone === undefined || queue.zone === zone);
    if (own.length > 0) return own;
    const served = config.windows.filter((window) => window.zone === zone);
    const ids = new Set(served.flatMap((window) => window.queues));
    return config.queues.filter(({ id }) => ids.has(id));
  });
  return memory.table(
    key,
    queues,
    ({ id }) => id,
    (queue) => boardQueue(cut, queue, now.get(queue.id)),
  );
}

function boardQueue(
  { config, memory }: Cutting,
  queue: Queue,
  { waiting, windowsOpen, wait, band, level: longestLevel }: QueueNow = NO_QUEUE,
): BoardQueue {
  // It stands beside the band, and says the same to whoever comes now.
  const level = wait ? levelOf(wait.ms, config.thresholds.wait_min) : longestLevel;
  const inputs = [waiting, windowsOpen, band?.from, band?.to, level];
  return memory.recall('boardQueue', queue, inputs, () => ({
    id: queue.id,
    order: config.queues.indexOf(queue),
    name: plainName(queue.name),
    ...(queue.prefix === undefined ? undefined : { prefix: queue.prefix }),
    waiting,
    windows: windowsOpen,
    ...(band && { band }),
    level,
  }));
}

interface Standing {
  readonly call: Call;
  readonly ticket: Ticket;
  readonly state: BoardCall['state'];
}

/**
 * The latest call of each ticket that stands at its window, or was made so lately that it must still show. A window that
 * has gone on to another ticket, or is idle, has let the one before go, though nobody said what became of it. Who is at a
 * window without a remembered call stands there too: a board shows whom the window's sign shows.
 */
function calls(cut: Cutting, zone: string | undefined): BoardView['calls'] {
  const { hall, config, memory, now } = cut;
  const latest = latestCalls(cut);
  const lately = now - config.board.call_seconds_min * SECOND_MS * CALL_TIMES;
  const standing: Standing[] = [];
  const add = (call: Call | undefined, ticket: Ticket | undefined) => {
    if (!call || !ticket || !concerns(cut, ticket, call.window, zone)) return;
    const isThere = hall.windows[call.window]?.visit === ticket.key;
    const state = isThere || call.at > lately ? callState(ticket, call) : undefined;
    if (state) standing.push({ call, ticket, state });
  };
  for (const ticket of memory.ledger.whole.active) {
    const isThere = isAtWindow(ticket) && hall.windows[ticket.window]?.visit === ticket.key;
    add(isThere ? callAt(cut, ticket) : latest.get(ticket.key), ticket);
  }
  for (const call of hall.calls) {
    if (call.at <= lately || latest.get(call.visit) !== call) continue;
    const ticket = get(hall.tickets, call.visit);
    if (ticket?.state === 'completed' || isMissedUnheard(ticket)) add(call, ticket);
  }
  return memory.table(
    `calls/${zone ?? ''}`,
    standing,
    ({ call }) => call.id,
    ({ call, ticket, state }) => boardCall(cut, call, ticket, state, zone),
  );
}

/** The latest call of each visit among those remembered. */
function latestCalls({ hall, memory }: Cutting): ReadonlyMap<string, Call> {
  return memory.recall('latestCalls', '', [hall.calls], () => {
    const latest = new Map<string, Call>();
    for (const call of hall.calls) latest.set(call.visit, call);
    return latest;
  });
}

type VisitAtWindow = Extract<Ticket, { state: 'called' | 'serving' }>;

function isAtWindow(ticket: Ticket): ticket is VisitAtWindow {
  return ticket.state === 'called' || ticket.state === 'serving';
}

/** Stand-ins for calls that are not remembered: a visit's stays the same until the visit takes a step. */
const standIns = new WeakMap<Ticket, Call>();

/**
 * The latest call of a visit to the window where it is: for boards, signs and pages alike. Where none is remembered (it
 * was late, or many calls ago) a stand-in, whose id no signal can have: `~` is not in their alphabet.
 */
export function callAt(cut: Cutting, visit: VisitAtWindow): Call {
  const call = latestCalls(cut).get(visit.key);
  if (call?.window === visit.window) return call;
  const known = standIns.get(visit);
  if (known) return known;
  const at = visit.state === 'called' ? visit.since : visit.servingAt;
  const { key, ticket, window, calls: nth } = visit;
  const standIn = { id: `visit~${visit.visit}`, ticket, visit: key, window, at, toldAt: at, nth };
  standIns.set(visit, standIn);
  return standIn;
}

function callState(ticket: Ticket, call: Call): BoardCall['state'] | undefined {
  if (isAtWindow(ticket)) return ticket.window === call.window ? ticket.state : undefined;
  if (isMissedUnheard(ticket)) return 'called';
  return ticket.state === 'completed' ? 'serving' : undefined;
}

/** The window went on to the next call, and nobody said what became of this one: it still has its time on the board. */
function isMissedUnheard(ticket: Ticket | undefined): boolean {
  return ticket?.state === 'missed' && ticket.inferredEnd !== undefined;
}

interface KnownRow {
  readonly inputs: readonly unknown[];
  readonly row: BoardCall;
}
/** Of boards of the window's own zone, and of all others. */
const known = { own: new WeakMap<Call, KnownRow>(), other: new WeakMap<Call, KnownRow>() };

/** Rows live as long as their calls: the same call of the same file in the same state is the same row. */
function boardCall(
  cut: Cutting,
  call: Call,
  ticket: Ticket,
  state: BoardCall['state'],
  zone: string | undefined,
): BoardCall {
  const { config } = cut;
  const endedAt = isAtWindow(ticket) ? undefined : Math.max(call.at, ticket.heardAt);
  const inputs = [config, state, endedAt, ticket.queue, ticket.class];
  const index = indexHall(config);
  const window = index.windows.get(call.window);
  const isOwn = window === undefined || window.zone === zone || config.zones.length <= 1;
  const rows = isOwn ? known.own : known.other;
  const before = rows.get(call);
  if (before && before.inputs.every((input, index) => input === inputs[index])) return before.row;
  const queueName = nameOfQueue(config, ticket.queue);
  const row: BoardCall = {
    id: call.id,
    ticket: call.ticket,
    window: call.window,
    label: window?.label ?? call.window,
    ...(isOwn ? direction(window?.direction) : placeOf(config, window.zone)),
    ...(queueName && { queueName }),
    at: call.at,
    nth: call.nth,
    state,
    ...(endedAt === undefined ? undefined : { endedAt }),
    ...(standIns.get(ticket) === call && { quiet: true as const }),
    ...(ticket.class === 'normal' ? undefined : { priority: true as const }),
  };
  rows.set(call, { inputs, row });
  return row;
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
function placeOf(config: HallConfig, id: string): Pick<BoardCall, 'floorName' | 'zoneName'> {
  const zone = config.zones.find((one) => one.id === id);
  const floor = config.floors.find((one) => one.id === zone?.floor);
  return {
    ...(floor && config.floors.length > 1 && { floorName: plainName(floor.name) }),
    ...(zone && { zoneName: plainName(zone.name) }),
  };
}

type MissedTicket = Extract<Ticket, { state: 'missed' }>;

/** No-shows of late, the latest first. */
function missed(cut: Cutting, zone: string | undefined): BoardView['missed'] {
  const { config, now, memory } = cut;
  const all = memory.ledger.whole.missed;
  const from = now - config.board.missed_minutes * MINUTE_MS;
  const lately = now - config.board.call_seconds_min * SECOND_MS * CALL_TIMES;
  const shown: MissedTicket[] = [];
  for (let index = all.length - 1; index >= 0 && shown.length < MISSED_MAX; index--) {
    const ticket = all[index];
    if (ticket?.state !== 'missed') continue;
    if (ticket.since < from) break;
    if (isMissedUnheard(ticket) && ticket.since > lately) continue;
    if (concerns(cut, ticket, ticket.window, zone)) shown.push(ticket);
  }
  return memory.table(
    `missed/${zone ?? ''}`,
    shown,
    ({ key }) => key,
    (ticket) => boardMissed(cut, ticket),
  );
}

const missedRows = new WeakMap<
  Ticket,
  { readonly label: string | undefined; readonly row: BoardMissed }
>();

function boardMissed({ config }: Cutting, ticket: MissedTicket): BoardMissed {
  const { window } = ticket;
  const label =
    window === undefined ? undefined : (indexHall(config).windows.get(window)?.label ?? window);
  const before = missedRows.get(ticket);
  if (before && before.label === label) return before.row;
  const row = {
    ticket: ticket.ticket,
    ...(label === undefined ? undefined : { label }),
    at: ticket.since,
  };
  missedRows.set(ticket, { label, row });
  return row;
}

/** Whether people in this zone wait for it: its queue's zone, or its window's. */
function concerns(
  { config }: Cutting,
  ticket: Ticket,
  window: string | undefined,
  zone: string | undefined,
): boolean {
  if (zone === undefined) return true;
  const index = indexHall(config);
  if (window !== undefined && index.windows.get(window)?.zone === zone) return true;
  return ticket.queue !== undefined && index.queues.get(ticket.queue)?.zone === zone;
}
