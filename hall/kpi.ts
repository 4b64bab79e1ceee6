// The figures of the trade, exactly as the field defines them (SPEC §8), each with its n; absent where n = 0.
// Times in ms since 1970, durations in ms, shares 0…1. Tickets come as a Tally; `now` is always an argument.
import { bisectLeft, bisectRight, quantileSorted, sum } from 'd3-array';
import { overlapMs, type Interval } from './interval.ts';
import type { Figure } from './kpi/figure.ts';
import type { Tally } from './kpi/tally.ts';
import { waitingSince } from './kpi/ticket.ts';
import type { Evaluations, Occupancy, WindowLive } from './state.ts';

export type { Figure } from './kpi/figure.ts';
export { Ledger } from './kpi/ledger.ts';
export { callDelivery, deviceAvailability } from './kpi/quality.ts';
export { Tally, tallyOf } from './kpi/tally.ts';
export { isWaiting, serviceMs, waitingSince, waitMs } from './kpi/ticket.ts';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
/** Below this much opening time a rate per hour says nothing. */
const RATE_MS_MIN = 5 * MINUTE_MS;

export interface Distribution {
  readonly n: number;
  readonly mean: number;
  readonly p50: number;
  readonly p90: number;
  readonly max: number;
}

/** Waits in ms of those who began service. */
export function waits(tally: Tally): Distribution | undefined {
  return distribution(tally.waits, tally.waitSum);
}

/** Mean wait alone, which needs no walk over the list. */
export function meanWait({ waits, waitSum }: Tally): Figure | undefined {
  return ratio(waitSum, waits.length);
}

/** The censored figure: those who began, and those still waiting with their wait so far. */
export function censoredWaits(tally: Tally, now: number): Distribution | undefined {
  const running = runningWaits(tally, now);
  const all = [...tally.waits, ...running].sort((a, b) => a - b);
  return distribution(all, tally.waitSum + sum(running));
}

/** Within T: began within T ÷ (began + gave up after T + still waiting beyond T). */
export function within(tally: Tally, limitMs: number, now: number): Figure | undefined {
  const began = tally.waits.length;
  const gaveUp = tally.gaveUp.length - bisectRight(tally.gaveUp, limitMs);
  let beyond = 0;
  for (const ticket of tally.waiting) {
    if (ticket.firstServingAt !== undefined || ticket.issuedAt === undefined) continue;
    // The oldest come first: after one within the limit, all are.
    if (overlapMs(tally.open, waitingSince(ticket), now) <= limitMs) break;
    beyond++;
  }
  return ratio(bisectRight(tally.waits, limitMs), began + gaveUp + beyond);
}

export interface Longest {
  readonly ticket: string;
  /** ms since 1970 */
  readonly since: number;
  /** a window has called them, and they have not come yet */
  readonly isCalled: boolean;
}

/** The oldest of those who wait now. */
export function longest(tally: Tally): Longest | undefined {
  const [oldest] = tally.waiting;
  if (!oldest) return undefined;
  const { ticket, state } = oldest;
  return { ticket, since: waitingSince(oldest), isCalled: state === 'called' };
}

/** How many of the thresholds (minutes, ascending) a wait has passed. */
export function passed(ms: number, thresholds: readonly number[]): number {
  return thresholds.filter((minutes) => ms > minutes * MINUTE_MS).length;
}

/** Mean service time, ms. */
export function serviceTime({ serviceSum, services }: Tally): Figure | undefined {
  return ratio(serviceSum, services.length);
}

/** Abandonment: `no_show` without return ÷ (issued − cancelled). */
export function abandonment({ abandoned, issuedAt, cancelled }: Tally): Figure | undefined {
  return ratio(abandoned, issuedAt.length - cancelled);
}

/** On the spot: outcome `done` ÷ completed; absent where no outcome was ever told. */
export function onTheSpot({ done, outcomes, completedAt }: Tally): Figure | undefined {
  return outcomes === 0 ? undefined : ratio(done, completedAt.length);
}

/** Arrivals per hour over the last hour, or since opening (after lunch: since reopening) if that is shorter. */
export function arrivalsPerHour({ issuedAt, open }: Tally, now: number): Figure | undefined {
  const session = open.find(([start, end]) => now >= start && now < end);
  if (session === undefined) return undefined;
  const from = Math.max(session[0], now - HOUR_MS);
  if (now - from < RATE_MS_MIN) return undefined;
  const n = bisectRight(issuedAt, now) - bisectLeft(issuedAt, from);
  return n === 0 ? undefined : { value: (n * HOUR_MS) / (now - from), n };
}

/** Load per window: arrivals per hour × mean service minutes ÷ open windows ÷ 60. */
export function load(
  arrivals: Figure | undefined,
  service: Figure | undefined,
  openWindows: number,
): Figure | undefined {
  if (!arrivals || !service || openWindows <= 0) return undefined;
  const minutes = service.value / MINUTE_MS;
  return { value: (arrivals.value * minutes) / openWindows / 60, n: arrivals.n };
}

export interface Peak {
  /** the busiest rolling 60 minutes begin here */
  readonly from: number;
  readonly arrivals: number;
  /** peak ÷ mean arrivals per opening hour so far */
  readonly toMean: number;
  readonly n: number;
}

/** The busiest rolling hour of arrivals within opening hours, and how far it stands above the mean. */
export function peak({ issuedAt, open, from: begin }: Tally, now: number): Peak | undefined {
  const arrivals = issuedAt.filter(
    (at) => at <= now && open.some(([from, to]) => at >= from && at < to),
  );
  const hours = overlapMs(open, begin, now) / HOUR_MS;
  let best = { from: 0, arrivals: 0 };
  for (let first = 0, past = 0; first < arrivals.length; first++) {
    const from = arrivals[first] ?? 0;
    while (past < arrivals.length && (arrivals[past] ?? 0) < from + HOUR_MS) past++;
    if (past - first > best.arrivals) best = { from, arrivals: past - first };
  }
  if (arrivals.length === 0 || hours <= 0) return undefined;
  // A day of less than an hour has no busier hour than its own.
  const mean = arrivals.length / Math.max(1, hours);
  return { ...best, toMean: best.arrivals / mean, n: arrivals.length };
}

const IN_USE = ['idle', 'calling', 'serving', 'paused'] as const;

/** Utilisation: serving ÷ (idle + calling + serving + paused); n in minutes of opening time. */
export function utilisation(
  window: WindowLive,
  open: readonly Interval[],
  now: number,
): Figure | undefined {
  const running = overlapMs(open, window.since, now);
  const spent = (state: WindowLive['state']) =>
    (window.spentMs[state] ?? 0) + (window.state === state ? running : 0);
  const total = sum(IN_USE, spent);
  if (total <= 0) return undefined;
  return { value: spent('serving') / total, n: Math.ceil(total / MINUTE_MS) };
}

/** Away rate: away minutes without leave ÷ scheduled minutes, where a schedule is known. */
export function awayRate(awayMs: number, leaveMs: number, scheduledMs: number): Figure | undefined {
  if (scheduledMs <= 0) return undefined;
  const away = Math.min(scheduledMs, Math.max(0, awayMs - leaveMs));
  return { value: away / scheduledMs, n: Math.ceil(scheduledMs / MINUTE_MS) };
}

/** Satisfaction: levels 5 + 4 + 3 ÷ evaluations given by visitors. */
export function satisfaction(evaluations: Iterable<Evaluations>): Figure | undefined {
  const given = givenLevels(evaluations);
  return ratio(sum(given.slice(2)), sum(given));
}

/** Bad reviews: levels 2 + 1 ÷ evaluations given by visitors. */
export function badReviews(evaluations: Iterable<Evaluations>): Figure | undefined {
  const given = givenLevels(evaluations);
  return ratio(sum(given.slice(0, 2)), sum(given));
}

/** Participation: evaluations given by visitors ÷ completed. */
export function participation(
  evaluations: Iterable<Evaluations>,
  completed: number,
): Figure | undefined {
  return ratio(sum(givenLevels(evaluations)), completed);
}

/** Rectified: bad reviews closed in time ÷ due. */
export function rectified(closedInTime: number, due: number): Figure | undefined {
  return ratio(closedInTime, due);
}

/** Occupancy: present ÷ rated capacity; n = present counted people. */
export function occupancyRate(occupancy: Occupancy, capacity: number): Figure | undefined {
  return capacity > 0 ? { value: occupancy.present / capacity, n: capacity } : undefined;
}

/** Seats: waiting ÷ seats. */
export function seatRate(waiting: number, seats: number): Figure | undefined {
  return ratio(waiting, seats);
}

function givenLevels(evaluations: Iterable<Evaluations>): number[] {
  const total = [0, 0, 0, 0, 0];
  for (const { given } of evaluations) {
    given.forEach((count, index) => (total[index] = (total[index] ?? 0) + count));
  }
  return total;
}

function runningWaits(tally: Tally, now: number): number[] {
  const waits: number[] = [];
  for (const ticket of tally.waiting) {
    if (ticket.firstServingAt !== undefined || ticket.issuedAt === undefined) continue;
    waits.push(overlapMs(tally.open, waitingSince(ticket), now));
  }
  return waits;
}

function distribution(sorted: number[], total: number): Distribution | undefined {
  const n = sorted.length;
  if (n === 0) return undefined;
  const at = (share: number) => quantileSorted(sorted, share) ?? 0;
  return { n, mean: total / n, p50: at(0.5), p90: at(0.9), max: sorted[n - 1] ?? 0 };
}

function ratio(part: number, n: number): Figure | undefined {
  return n > 0 ? { value: part / n, n } : undefined;
}
