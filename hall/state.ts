// The live state of one hall: plain JSON, immutable, without nulls, so that it can be diffed, kept and sent as it is.
// All instants are ms since 1970, all durations ms. SPEC §4.
import type { AdviceDecision } from './command/advised.ts';
import type { AcceptedFile } from './config/accepted.ts';
import type { ContentType } from './content.ts';
import type { Interval } from './interval.ts';
import type { EmergencyKind, NetworkZone, TicketClass, WindowStateName } from './signal.ts';
import { EMPTY, type Table } from './table.ts';

/** One business day of the hall, in its time zone. */
export interface Day {
  /** YYYY-MM-DD */
  readonly date: string;
  readonly start: number;
  readonly end: number;
  /** Opening hours of this day, ascending; empty on a closed day. */
  readonly open: readonly Interval[];
  /** The hours of the day before, where the hall was open at midnight: who waits since then waited in them. */
  readonly carried: readonly Interval[];
}

/** The hours in which somebody who waits now has waited. */
export function waitHours({ carried, open }: Day): readonly Interval[] {
  return carried.length === 0 ? open : [...carried, ...open];
}

/** Every field of `T`, also the optional ones: a list that leaves one out does not compile. */
export type EveryField<T> = { readonly [K in keyof Required<T>]: T[K] | undefined };

/** Why a visit was ended without a device that said so. */
export type InferredEnd = 'next-call' | 'idle' | 'closed' | 'limit';

/** A visit of one person; its number is its label of the moment, and may be given out again. SPEC §4.2. */
export interface TicketFacts {
  /** the visit's key in the table: its number, or `NUMBER~SEQ` where the number was given out again */
  readonly key: string;
  /** the `seq` of its first entry */
  readonly visit: number;
  /** the number in canonical form */
  readonly ticket: string;
  readonly class: TicketClass;
  readonly queue?: string;
  readonly service?: string;
  readonly channel?: 'kiosk' | 'mobile' | 'appointment' | 'desk';
  readonly appointmentAt?: number;
  /** when an appointment came: `arrived`, its issue at a kiosk or desk, or its first call */
  readonly arrivedAt?: number;
  /** First issue; kept over transfers. Missing where the ticket was first heard of otherwise. */
  readonly issuedAt?: number;
  /** First call, kept over transfers. */
  readonly calledAt?: number;
  /** First `serving`; kept over transfers: wait = firstServingAt − issue or appointment. */
  readonly firstServingAt?: number;
  /** the begin of the service was not reported */
  readonly inferredStart?: true;
  /** nobody reported the end of the visit */
  readonly inferredEnd?: InferredEnd;
  /** calls and recalls so far */
  readonly calls: number;
  readonly transfers: number;
  readonly noShows: number;
  /** where its last service was, or its last call while nobody has served it */
  readonly desk?: Desk;
  /** the level that the visitor gave for it, 1 to 5 */
  readonly level?: number;
  /** the reason given, where it was called out of order ('' where none was given) */
  readonly outOfOrder?: string;
  /** an event did not fit its state */
  readonly irregular?: true;
  /** the latest event that this ticket reflects, and which device told it */
  readonly at: number;
  readonly by: string;
  /** when that event arrived, or the one from which its end followed: what follows by time alone is counted from then */
  readonly heardAt: number;
}

/** The window that a visit belongs to, and who was there. SPEC §15.2. */
export interface Desk {
  readonly window: string;
  readonly staff?: string;
  /** a service began there; absent: it was only called there */
  readonly served?: true;
}

/** Time being served before the present state: served, and set aside meanwhile. */
interface Work {
  readonly servingAt: number;
  readonly heldMs: number;
}

export type Ticket = TicketFacts &
  (
    | { readonly state: 'waiting'; readonly since: number }
    /** an appointment that has not come or whose time has not come, or a transfer for later: nobody who waits now */
    | { readonly state: 'later'; readonly since: number; readonly from?: number }
    | { readonly state: 'called'; readonly since: number; readonly window: string }
    | ({ readonly state: 'serving'; readonly window: string } & Work)
    | ({ readonly state: 'held'; readonly since: number; readonly window?: string } & Partial<Work>)
    | { readonly state: 'missed'; readonly since: number; readonly window?: string }
    | ({
        readonly state: 'completed';
        readonly window: string;
        readonly completedAt: number;
        readonly outcome?: 'done' | 'accepted' | 'supplement' | 'rejected';
      } & Partial<Work>)
    | { readonly state: 'cancelled'; readonly since: number }
  );

export type TicketState = Ticket['state'];

/** One call as boards and voices get it: every `called` and `recalled` is one. */
export interface Call {
  /** the signal's id; with its device before it where another device has used the same */
  readonly id: string;
  readonly ticket: string;
  /** the key of the visit */
  readonly visit: string;
  readonly window: string;
  /** when it arrived: it stands from then on */
  readonly at: number;
  /** when it happened, by its device */
  readonly toldAt: number;
  /** 1 = first call, 2 = first recall … */
  readonly nth: number;
}

export interface WindowLive {
  readonly state: WindowStateName;
  readonly since: number;
  readonly at: number;
  /** who told it last */
  readonly device: string;
  /** the number that it calls or serves, and the key of that visit: the one truth for signs, boards and pages */
  readonly ticket?: string;
  readonly visit?: string;
  /** the key of a visit that it called and let go a moment ago: the next call, or its closing, ends that one too */
  readonly former?: string;
  readonly staff?: string;
  readonly substitute?: true;
  readonly reason?: string;
  /** time spent in each state within opening hours, before `since` */
  readonly spentMs: Readonly<Partial<Record<WindowStateName, number>>>;
}

/** Counts by level; index 0 is level 1 (非常不满意), index 4 is level 5 (非常满意). */
export type Levels = readonly [number, number, number, number, number];

export interface Evaluations {
  /** given by visitors */
  readonly given: Levels;
  /** filled in by default */
  readonly defaulted: Levels;
  readonly at: number;
}

export interface Occupancy {
  /** last count, or in − out of the day where only flows are known */
  readonly present: number;
  readonly in: number;
  readonly out: number;
  readonly at: number;
  readonly device: string;
  /** when somebody was counted last: a flow from before then was seen by that count */
  readonly countAt?: number;
  /** people who went out before they were counted in, and when: two gates' messages may cross */
  readonly owed?: number;
  readonly owedAt?: number;
}

export interface DeviceLive {
  /** `unknown`: it sends, but never said how it is */
  readonly state: 'online' | 'degraded' | 'offline' | 'fault' | 'maintenance' | 'unknown';
  readonly since: number;
  readonly at: number;
  /** when its last signal was received, be it said by the broker in its stead */
  readonly lastSeen: number;
  /** when itself was last heard: a word that it is offline is usually its last will; absent where it never was */
  readonly heardAt?: number;
  readonly signals: number;
  readonly fault?: string;
  readonly paperPct?: number;
  readonly batteryPct?: number;
  readonly tempC?: number;
  readonly uptimeS?: number;
  readonly firmware?: string;
  readonly rssiDbm?: number;
  readonly seq?: number;
  /** missing sequence numbers today */
  readonly seqGaps: number;
  /** when today's first gap was noticed */
  readonly gapsFrom?: number;
  /** when it last started, by its uptime, and how often it started anew today */
  readonly startedAt?: number;
  readonly restarts?: number;
  /** the latest times at which it went offline, oldest first */
  readonly downs?: readonly number[];
  /** `at` of its first signal today: what its usual rate is counted from */
  readonly dayFrom?: number;
  readonly pace?: Pace;
  readonly clock?: ClockWatch;
  /** signals today that came long after they happened, and the longest such delay */
  readonly late?: number;
  readonly lateMs?: number;
  /** how far its `at` was ahead (negative: behind) when its last dated signal had to be counted as of its arrival */
  readonly doubtMs?: number;
  /** the steps that it reported, so that it is known which ones it never does */
  readonly steps?: { readonly called: number; readonly serving: number; readonly ended: number };
  /** visits that began with its signals today */
  readonly visits?: number;
}

/** Signals of five minutes and of the five before them. */
export interface Pace {
  readonly from: number;
  readonly count: number;
  readonly before: number;
}

/**
 * What is known of a device's clock: received − at of its signals, of which delay can only add to the clock's own
 * difference, so that the least of several is the truest. SPEC §4.5.3.
 */
export interface ClockWatch {
  /** the present span's begin, and the last arrival that counted towards it */
  readonly from: number;
  readonly last: number;
  /** arrivals of the present span that are at least ten seconds apart */
  readonly arrivals: number;
  readonly leastMs: number;
  /** arrivals in a row, apart from each other, that were late alike */
  readonly lateRun?: number;
  /** the least of the span before, where it had enough arrivals */
  readonly beforeMs?: number;
}

export interface StaffLive {
  readonly state: 'in' | 'out' | 'leave';
  readonly at: number;
  readonly window?: string;
}

export interface CaseLive {
  readonly state: 'accepted' | 'stage' | 'decided' | 'delivered';
  readonly department: string;
  readonly at: number;
  readonly acceptedAt?: number;
  readonly decidedAt?: number;
  readonly item?: string;
  readonly dueAt?: number;
  readonly stage?: string;
  readonly outcome?: string;
}

export interface Link {
  readonly rttMs: number;
  readonly lossPct: number;
  /** the same over the last few measurements, in which one bad one does not count for much */
  readonly steadyRttMs?: number;
  readonly steadyLossPct?: number;
  readonly at: number;
}

export interface Emergency {
  readonly id: string;
  /** the id under which the journal has it */
  readonly entry: string;
  readonly device: string;
  readonly since: number;
  /** when it was activated last */
  readonly at: number;
  readonly drill?: true;
  /** fields of it could not be read: it is shown in doubt */
  readonly doubt?: true;
  /** ids of zones, or ['*'] */
  readonly zones: readonly string[];
  readonly message?: { readonly zh?: string; readonly en?: string };
}

/** What happened to the day's signals. */
export interface Counts {
  readonly signals: number;
  /** older than what the state already reflected */
  readonly late: number;
  readonly irregular: number;
  readonly outOfOrder: number;
  /** steps that no device reported */
  readonly inferred: number;
  /** left out because a limit was reached */
  readonly overflow: number;
}

/** Limits on everything that grows, from the hall file. */
export interface Limits {
  readonly tickets: number;
  readonly devices: number;
  readonly staff: number;
  readonly cases: number;
  /** how many calls are remembered */
  readonly calls: number;
}

export interface Hall {
  readonly id: string;
  readonly day: Day;
  readonly limits: Limits;
  /** the day's visits by key */
  readonly tickets: Table<Ticket>;
  /** numbers that were given out more than once: the keys of their visits, in the order of issue */
  readonly reissued: Table<readonly string[]>;
  /** visits that something happens to when no signal comes, the earliest first */
  readonly timers: readonly Timer[];
  /** the latest calls, oldest first */
  readonly calls: readonly Call[];
  readonly windows: Readonly<Record<string, WindowLive>>;
  readonly evaluations: Readonly<Record<string, Evaluations>>;
  readonly occupancy: Readonly<Record<string, Occupancy>>;
  readonly devices: Table<DeviceLive>;
  readonly staff: Table<StaffLive>;
  readonly cases: Table<CaseLive>;
  readonly links: Readonly<Partial<Record<NetworkZone, Link>>>;
  readonly emergencies: Readonly<Partial<Record<EmergencyKind, Emergency>>>;
  readonly counts: Counts;
  /** devices that were accepted since, and those that are not to be shown among the discovered */
  readonly accepted: AcceptedFile;
  /** windows that have other queues than in the hall file, until then (ms since 1970) or for good */
  readonly assigned: Readonly<Record<string, Assigned>>;
  /** uploaded files by their hash; an upload that nobody names leaves after a time */
  readonly uploads: Table<Upload>;
  /** of today, in the order of their journal */
  readonly advised: readonly AdviceDecision[];
  /** sizes of the tables with limits, kept so that no event has to count them */
  readonly sizes: Sizes;
}

export interface Assigned {
  readonly queues: readonly string[];
  readonly until?: number;
}

/** A file that was uploaded. SPEC §23.10. */
export interface Upload {
  readonly bytes: number;
  readonly mediaType: ContentType;
  /** as the person who uploaded the file calls it */
  readonly name?: string;
  /** of the last upload */
  readonly at: number;
}

export interface Sizes {
  readonly tickets: number;
  /** of them: begun by devices that the hall file does not list */
  readonly strangersTickets: number;
  readonly devices: number;
  /** of them: those that the hall file does not list */
  readonly strangers: number;
  readonly staff: number;
  readonly cases: number;
}

/** When a visit moves on by time alone: an appointment's time, an inferred begin, the limit of a service. */
export interface Timer {
  readonly at: number;
  readonly visit: string;
}

export const NO_SIZES: Sizes = Object.freeze({
  tickets: 0,
  strangersTickets: 0,
  devices: 0,
  strangers: 0,
  staff: 0,
  cases: 0,
});

/** So many calls are remembered; the other limits are those of the hall file. */
export const CALLS_MAX = 200;

/** A hall that has heard nothing yet. */
export function emptyHall(id: string, day: Day, limits: Limits): Hall {
  return {
    id,
    day,
    limits,
    tickets: EMPTY,
    reissued: EMPTY,
    timers: [],
    calls: [],
    windows: {},
    evaluations: {},
    occupancy: {},
    devices: EMPTY,
    staff: EMPTY,
    cases: EMPTY,
    links: {},
    emergencies: {},
    counts: { signals: 0, late: 0, irregular: 0, outOfOrder: 0, inferred: 0, overflow: 0 },
    accepted: { devices: [], ignored: [] },
    assigned: {},
    uploads: EMPTY,
    advised: [],
    sizes: NO_SIZES,
  };
}
