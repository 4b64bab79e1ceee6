// The figures of the trade, exactly as the field defines them (SPEC §8), each with its n; absent where n = 0.
// Times in ms since 1970, durations in ms, shares 0…1. Tickets come as a Tally; `now` is always an argument.
import { bisectLeft, bisectRight, sum } from 'd3-array';
import { overlapMs, type Interval } from './interval.ts';
import type { Figure } from './figure/figure.ts';
import type { Sums } from './figure/sums.ts';
import type { Tally } from './figure/tally.ts';
import { waitingSince } from './figure/ticket.ts';
import type { Evaluations, Occupancy, WindowLive } from './state.ts';

export type { Figure } from './figure/figure.ts';
export { Ledger } from './figure/ledger.ts';
export { callDelivery } from './figure/quality.ts';
export { Tally, tallyOf } from './figure/tally.ts';
export { isWaiting, serviceMs, waitingSince, waitMs } from './figure/ticket.ts';

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

/** Waits in ms of those who began service, ascending, and their sum. */
type Waits = Pick<Sums, 'waits' | 'waitSum'>;

export function waits({ waits, waitSum }: Waits): Distribution | undefined {
  return distribution(waits, waitSum);
}

/** Mean wait alone, which needs no walk over the list. */
export function meanWait({ waitCount, waitSum }: Pick<Sums, 'waitCount' | 'waitSum'>) {
  return ratio(waitSum, waitCount);
}

/** The censored figure: those who began, and those still waiting with their wait so far. */
export function censoredWaits(tally: Tally, now: number): Distribution | undefined {
  const running = runningWaits(tally, now);
  const all = [...tally.waits, ...running].sort((a, b) => a - b);
  return distribution(all, tally.waitSum + sum(running));
}

/** Within T: began within T ÷ (began + gave up after T + still waiting beyond T); `beyond` are the last two. */
export function withinShare(inTime: number, began: number, beyond: number): Figure | undefined {
  return ratio(inTime, began + beyond);
}

/** Within T of a tally, whose waiting people wait until `now`. */
export function within(tally: Tally, limitMs: number, now: number): Figure | undefined {
  const gaveUp = tally.gaveUp.length - bisectRight(tally.gaveUp, limitMs);
  let beyond = 0;
  for (const ticket of tally.waiting) {
    if (ticket.firstServingAt !== undefined || ticket.issuedAt === undefined) continue;
    // The oldest come first: after one within the limit, all are.
    if (overlapMs(tally.open, waitingSince(ticket), now) <= limitMs) break;
    beyond++;
  }
  return withinShare(bisectRight(tally.waits, limitMs), tally.waits.length, gaveUp + beyond);
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

/** How many of the thresholds a value has passed: a wait in ms those in minutes, any other value those in its own `unit`. */
export function passed(value: number, thresholds: readonly number[], unit = MINUTE_MS): number {
  return thresholds.filter((threshold) => value > threshold * unit).length;
}

/** Mean service time, ms. */
export function serviceTime({
  serviceSum,
  serviceCount,
}: Pick<Sums, 'serviceSum' | 'serviceCount'>): Figure | undefined {
  return ratio(serviceSum, serviceCount);
}

/** Abandonment: `no_show` without return ÷ (issued − cancelled). */
export function abandonment({
  abandoned,
  issued,
  cancelled,
}: Pick<Sums, 'abandoned' | 'issued' | 'cancelled'>): Figure | undefined {
  return ratio(abandoned, issued - cancelled);
}

/** On the spot: outcome `done` ÷ completed; absent where no outcome was ever told. */
export function onTheSpot({
  done,
  outcomes,
  served,
}: Pick<Sums, 'done' | 'outcomes' | 'served'>): Figure | undefined {
  return outcomes === 0 ? undefined : ratio(done, served);
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
  const before = window.spentMs[window.state] ?? 0;
  return useOf({ ...window.spentMs, [window.state]: before + running });
}

/** Utilisation of the ms that were spent in each state. */
export function useOf(spent: WindowLive['spentMs']): Figure | undefined {
  const total = sum(IN_USE, (state) => spent[state] ?? 0);
  if (total <= 0) return undefined;
  return { value: (spent.serving ?? 0) / total, n: Math.ceil(total / MINUTE_MS) };
}

/** Away rate: away minutes without leave ÷ scheduled minutes, where a schedule is known. */
export function awayRate(awayMs: number, leaveMs: number, scheduledMs: number): Figure | undefined {
  if (scheduledMs <= 0) return undefined;
  const away = Math.min(scheduledMs, Math.max(0, awayMs - leaveMs));
  return { value: away / scheduledMs, n: Math.ceil(scheduledMs / MINUTE_MS) };
}

/** Satisfaction: levels 5 + 4 + 3 ÷ evaluations given by visitors. */
export function satisfaction(given: ArrayLike<number>): Figure | undefined {
  return ratio(between(given, 2, 5), between(given, 0, 5));
}

/** Bad reviews: levels 2 + 1 ÷ evaluations given by visitors. */
export function badReviews(given: ArrayLike<number>): Figure | undefined {
  return ratio(between(given, 0, 2), between(given, 0, 5));
}

/** Participation: evaluations given by visitors ÷ completed. */
export function participation(given: ArrayLike<number>, completed: number): Figure | undefined {
  return ratio(between(given, 0, 5), completed);
}

function between(levels: ArrayLike<number>, from: number, to: number): number {
  let total = 0;
  for (let index = from; index < to; index++) total += levels[index] ?? 0;
  return total;
}

/** What visitors gave, by level, index 0 being level 1. */
export function givenLevels(evaluations: Iterable<Evaluations>): number[] {
  const total = [0, 0, 0, 0, 0];
  for (const { given } of evaluations) {
    given.forEach((count, index) => (total[index] = (total[index] ?? 0) + count));
  }
  return total;
}

/** Availability: 1 − unplanned down ÷ scheduled on, of the ms that devices spent in each state; n in minutes. */
export function availability(spent: Readonly<Partial<Record<string, number>>>): Figure | undefined {
  const { online = 0, degraded = 0, offline = 0, fault = 0 } = spent;
  const scheduled = online + degraded + offline + fault;
  if (scheduled <= 0) return undefined;
  return { value: (online + degraded) / scheduled, n: Math.ceil(scheduled / MINUTE_MS) };
}

/** Occupancy: present ÷ rated capacity; n = present counted people. */
export function occupancyRate(occupancy: Occupancy, capacity: number): Figure | undefined {
  return capacity > 0 ? { value: occupancy.present / capacity, n: capacity } : undefined;
}

/** Seats: waiting ÷ seats. */
export function seatRate(waiting: number, seats: number): Figure | undefined {
  return ratio(waiting, seats);
}

function runningWaits(tally: Tally, now: number): number[] {
  const waits: number[] = [];
  for (const ticket of tally.waiting) {
    if (ticket.firstServingAt !== undefined || ticket.issuedAt === undefined) continue;
    waits.push(overlapMs(tally.open, waitingSince(ticket), now));
  }
  return waits;
}

function distribution(sorted: ArrayLike<number>, total: number): Distribution | undefined {
  const n = sorted.length;
  if (n === 0) return undefined;
  const at = (share: number) => nearestRank(sorted, share);
  return { n, mean: total / n, p50: at(0.5), p90: at(0.9), max: sorted[n - 1] ?? 0 };
}

/** The value that stands at this share of an ascending list, by nearest rank: one that occurred. */
function nearestRank(sorted: ArrayLike<number>, share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
}

function ratio(part: number, n: number): Figure | undefined {
  return n > 0 ? { value: part / n, n } : undefined;
}
