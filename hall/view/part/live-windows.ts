// The windows of the managers' page: state, ticket, staff, and the day's work of each. SPEC §7.7.
import { indexHall, type HallConfig, type Window } from '../../config.ts';
import type { Interval } from '../../interval.ts';
import { serviceTime, utilisation, type Tally } from '../../figure.ts';
import type { WindowStateName } from '../../signal.ts';
import type { Call, DeviceLive, WindowLive } from '../../state.ts';
import type { Name, Freshness } from '../common.ts';
import { part, type Cutting } from '../cut.ts';
import { memo, table } from '../memo.ts';
import { plainName } from '../name.ts';
import { round } from './round.ts';
import { callersOf, devicesAt, freshnessOf, isConnected } from './freshness.ts';
import { callAt, visitAt, type VisitAtWindow } from './visit.ts';

export interface LiveWindow {
  readonly id: string;
  readonly order: number;
  readonly label: string;
  readonly department?: Name;
  readonly zone: string;
  readonly role: 'front' | 'back';
  readonly queues: readonly string[];
  readonly state: WindowStateName | 'unknown';
  readonly since?: number;
  readonly ticket?: {
    readonly ticket: string;
    readonly state: 'called' | 'serving';
    readonly at: number;
    readonly callId: string;
  };
  readonly staff?: string;
  readonly substitute?: true;
  readonly reason?: string;
  readonly completed: number;
  /** serving ÷ (idle + calling + serving + paused) of the day so far, absent for no time at all */
  readonly utilisation?: number;
  /** mean service time today, ms, with its n */
  readonly serviceMs?: { readonly mean: number; readonly n: number };
  readonly freshness: Freshness;
}

const MINUTE_MS = 60_000;

export const liveWindows = part('hall', (cut) => {
  const { windows } = cut.config;
  const callers = callersOf(cut.config);
  return windowsById(
    cut.memory,
    '',
    windows.map(({ id }) => id),
    windows.map((window, order) => liveWindow(cut, window, order, callers.get(window.id))),
  );
});

function liveWindow(
  cut: Cutting,
  window: Window,
  order: number,
  placed: string | undefined,
): LiveWindow {
  const { hall, config, memory, now } = cut;
  const { id } = window;
  const live = hall.windows[id];
  const visit = visitAt(cut, id);
  const call = visit && callAt(cut, visit);
  const tally = memory.ledger.window(id);
  const [reporter, caller] = devicesAt(hall, live?.device, placed);
  // A share of the day moves slowly: by the minute it is true enough, and quiet.
  const minute = now - (now % MINUTE_MS);
  const present = isConnected(reporter) || isConnected(caller) ? minute : now;
  const times = [hall.day.open, minute, present] as const;
  return windowRow(
    memory,
    id,
    config,
    window,
    order,
    live,
    visit,
    call,
    tally,
    reporter,
    caller,
    ...times,
  );
}

const windowRow = memo(
  (
    config: HallConfig,
    window: Window,
    order: number,
    live: WindowLive | undefined,
    visit: VisitAtWindow | undefined,
    call: Call | undefined,
    tally: Tally,
    reporter: DeviceLive | undefined,
    caller: DeviceLive | undefined,
    open: readonly Interval[],
    minute: number,
    now: number,
  ): LiveWindow => {
    const use = live && utilisation(live, open, Math.max(minute, live.since));
    const service = serviceTime(tally);
    const person = live?.staff === undefined ? undefined : indexHall(config).staff.get(live.staff);
    const name = person?.name ?? live?.staff;
    return {
      id: window.id,
      order,
      label: window.label,
      ...(window.department && { department: plainName(window.department) }),
      zone: window.zone,
      role: window.role,
      queues: window.queues,
      state: live?.state ?? 'unknown',
      ...(live && { since: live.since }),
      ...(visit && call && { ticket: ticketOf(visit, call) }),
      ...(name === undefined ? undefined : { staff: name }),
      ...(live?.substitute && { substitute: live.substitute }),
      ...(live?.reason === undefined ? undefined : { reason: live.reason }),
      completed: tally.completedAt.length,
      ...(use && { utilisation: round(use.value, 3) }),
      ...(service && { serviceMs: { mean: Math.round(service.value), n: service.n } }),
      freshness: freshnessOf(config, open, live?.at, reporter, caller, now),
    };
  },
);

function ticketOf(visit: VisitAtWindow, { id: callId }: Call) {
  return {
    ticket: visit.ticket,
    state: visit.state,
    at: visit.state === 'called' ? visit.since : visit.servingAt,
    callId,
  };
}

const windowsById = table<LiveWindow>();
