// How long a visitor will wait, as a distribution. The core is the flow of departures: with c windows at work, whoever has
// `a` people ahead is called at the (a + 1)th departure. c windows that began at random moments are left at the rate
// c / S (S: from call to call at one window), whatever they are like, so that this is (a · S + R) / c with one window's
// mean rest R = S (1 + cv²) / 2 for c = 1, and (a + 1) · S / c for many windows, whose departures together are nearly
// Poisson (Kleinrock, Queueing Systems I, §5.2; Cox, Renewal Theory, §6). S, the visitors who are called first although
// they came later, and the wait with a free window are measured on the day's own visits (hall/figure/flow). SPEC §9.
import { mean, quantileSorted } from 'd3-array';
import type { LineFlow, Moments, WindowFlow } from './figure/flow.ts';
import type { Tally } from './figure/tally.ts';
import type { WaitBand } from './view/common.ts';

const MINUTE_MS = 60_000;
/** What a service takes, and how it scatters, where nobody has been served yet. */
const SERVICE_MS = 8 * MINUTE_MS;
const SERVICE_CV2 = 0.5;
/** How many of the latest services speak for the present. */
const RECENT = 20;
/** The weight of the broader figure, in services: of the hall for the queue's day, of the day for the latest. */
const HALL_WEIGHT = 4;
const DAY_WEIGHT = 15;
const NO_SHOW = 0.06;
const NO_SHOW_WEIGHT = 30;
/** What a window spends between services, and how it scatters, before the day has shown it; the weight in turnovers. */
const TURNOVER_MS = 60_000;
const TURNOVER_CV2 = 1;
const TURNOVER_WEIGHT = 20;
/** Calls for each visitor ahead, before the day has shown it; the weight in visitors ahead. */
const CALLS_PER_AHEAD = 1;
const AHEAD_WEIGHT = 40;
/** Share of the served who missed a call and came back; the weight in visits. */
const RETURNED = 0.02;
const RETURNED_WEIGHT = 50;
/** Waits with a free window before the day has shown them: they count as much as so many visits. */
const PROMPT_PRIOR_MS = [18, 30, 40, 55, 90].map((seconds) => seconds * 1000);

/** What one service at one window costs. */
export interface ServiceModel {
  /** from one call to the next at the same window, ms */
  readonly cycleMs: number;
  /** squared coefficient of variation */
  readonly cv2: number;
  /** how surely the mean is known, in services */
  readonly n: number;
  /** share of the called who do not come */
  readonly noShow: number;
  /** share of the served who missed a call first */
  readonly returned: number;
  /** so many are called for each who waits ahead: some are called first although they came later */
  readonly callsPerAhead: number;
  /** waits with a free window, ms, ascending, never empty */
  readonly prompt: readonly number[];
}

export interface Situation {
  /** waiting before this visitor, not called yet */
  readonly ahead: number;
  /** windows that really serve this queue now; a window of several queues counts by its share */
  readonly windows: number;
  /** of these, free to call the next at once */
  readonly idle: number;
  /** windows that pause, counted alike, and how much longer they will, ms */
  readonly paused: number;
  readonly pauseMs: number;
  readonly service: ServiceModel;
}

/** ms; `fromMs` ≤ `ms` ≤ `toMs`. */
export interface Estimate {
  readonly ms: number;
  readonly fromMs: number;
  readonly toMs: number;
}

/** A no-show costs the window this share of a service. */
const NO_SHOW_COST = 0.2;
/** Windows pause, close and return: relative error of their number over the wait. */
const WINDOWS_ERROR = 0.15;
/** Shares of visitors who wait no longer: of the two ends of the band, and those that programs ask for. */
const FROM = 0.2;
const TO = 0.88;
const QUANTILES = { p10: 0.1, p50: 0.5, p67: 0.67, p90: 0.9 } as const;
const SHARE_MAX = 0.99;

/** ms, not rounded: the waits that 10, 50, 67 and 90 of 100 visitors do not exceed. */
export type WaitQuantiles = Readonly<Record<keyof typeof QUANTILES, number>>;

/** Its mean alone, ms. */
export function meanWait(situation: Situation): number | undefined {
  return waitOf(situation)?.ms;
}

/** The wait of a visitor from now until service begins, or undefined where no window serves the queue. */
export function estimateWait(situation: Situation): Estimate | undefined {
  const wait = waitOf(situation);
  if (wait === undefined) return undefined;
  const { ms, at } = wait;
  return { ms, fromMs: Math.min(ms, at(FROM)), toMs: Math.max(ms, at(TO)) };
}

/** Of the same distribution as the band. Undefined where no window serves the queue. */
export function waitQuantiles(situation: Situation): WaitQuantiles | undefined {
  const at = waitOf(situation)?.at;
  if (at === undefined) return undefined;
  const { p10, p50, p67, p90 } = QUANTILES;
  return { p10: at(p10), p50: at(p50), p67: at(p67), p90: at(p90) };
}

/** The wait's mean and quantiles, ms: what is before the visitor, and then the call by a free window. */
function waitOf(situation: Situation) {
  if (!(situation.windows > 0)) return undefined;
  const { prompt, returned } = situation.service;
  const { ms, relative } = workBefore(situation);
  const at = (share: number) => {
    // Who misses the own call waits longer than anybody: the others are the lower part of all.
    const own = Math.min(SHARE_MAX, share / (1 - returned));
    const work = ms * gammaQuantile(relative, normalQuantile(own));
    return (quantileSorted(prompt as number[], own) ?? 0) + timeFor(work, situation);
  };
  return { ms: (mean(prompt) ?? 0) + timeFor(ms, situation), at };
}

/** What all windows have to work off before the visitor is called, ms, with its relative variance; 0 where one is free. */
function workBefore({ ahead, windows, idle, service }: Situation) {
  const { cycleMs, cv2, n, noShow, callsPerAhead } = service;
  const before = Math.max(0, ahead) * (1 - noShow * (1 - NO_SHOW_COST));
  if (before < idle) return { ms: 0, relative: 0 };
  const calls = (before - Math.max(0, idle)) * callsPerAhead;
  const first = firstDeparture(windows, Math.max(0, idle), cv2);
  const cycles = calls + first.cycles;
  // Of each call, how long it takes and whether somebody else comes before.
  const perCall = cv2 + Math.max(0, callsPerAhead - 1);
  const spread = (calls * perCall + first.variance) / cycles ** 2;
  // Besides: the service that is itself only estimated, and the number of windows.
  return { ms: cycles * cycleMs, relative: spread + cv2 / Math.max(1, n) + WINDOWS_ERROR ** 2 };
}

/** How long the windows need for this work; those that pause take their part once they are back. */
function timeFor(work: number, { windows, paused, pauseMs }: Situation): number {
  const together = (work + paused * pauseMs) / (windows + paused);
  return together > pauseMs ? together : work / windows;
}

/**
 * Until one of the windows is free, in cycles ÷ windows: for one window the rest of its service, for many a whole cycle
 * (between them exact for services of constant length). Windows that take somebody now have their whole service before them.
 */
function firstDeparture(windows: number, idle: number, cv2: number) {
  const alone = 2 / (Math.max(1, windows) + 1);
  const rest = (1 + cv2) / 2;
  const restVariance = ((1 + cv2) * (1 + 2 * cv2)) / 3 - rest ** 2;
  return {
    cycles: 1 - (1 - rest) * alone + Math.max(0, idle * (1 - rest)),
    variance: 1 - (1 - restVariance) * alone,
  };
}

/** As shown: whole minutes below ten, steps of five above, rounded outward. */
export function toBand({ fromMs, toMs }: Estimate): WaitBand {
  const from = fromMs / MINUTE_MS;
  const to = toMs / MINUTE_MS;
  return {
    from: from < 10 ? Math.floor(from) : Math.floor(from / 5) * 5,
    to: Math.max(1, to <= 10 ? Math.ceil(to) : Math.ceil(to / 5) * 5),
  };
}

/** What a queue's own figures are drawn towards: the hall's. */
export interface HallService {
  readonly serviceSum: number;
  readonly services: { readonly length: number };
  readonly missed: { readonly length: number };
  readonly completedAt: { readonly length: number };
  readonly atWindows: WindowFlow;
  readonly inLines: LineFlow;
  /** waits with a free window, ms, ascending, never empty */
  readonly prompt: readonly number[];
}

/** Those of the day and the default ones, ascending. */
export function promptWaits({ prompt }: WindowFlow): readonly number[] {
  return [...prompt.map(({ ms }) => ms), ...PROMPT_PRIOR_MS].sort((a, b) => a - b);
}

/** The service of a queue: its latest, drawn towards its day, that towards the hall's, that towards a default. */
export function serviceModel(queue: Tally, flow: LineFlow, hall: HallService): ServiceModel {
  const prior = shrink(hall.serviceSum, hall.services.length, SERVICE_MS, HALL_WEIGHT);
  const day = shrink(queue.serviceSum, queue.services.length, prior, HALL_WEIGHT);
  const recent = queue.services.slice(-RECENT);
  let total = 0;
  let squares = 0;
  for (const { ms } of recent) total += ms;
  const service = shrink(total, recent.length, day, DAY_WEIGHT);
  for (const { ms } of recent) squares += (ms - service) ** 2;
  const cv2 = shrink(squares / service ** 2, recent.length, SERVICE_CV2, HALL_WEIGHT * 2);
  const between = turnoverOf(hall.atWindows.turnover);
  const cycleMs = service + between.ms;
  return {
    cycleMs,
    cv2: (cv2 * service ** 2 + between.variance) / cycleMs ** 2,
    n: HALL_WEIGHT + queue.services.length,
    noShow: noShowShare(queue, hall),
    returned: shrink(hall.inLines.returned, hall.inLines.served, RETURNED, RETURNED_WEIGHT),
    callsPerAhead: callsPerAhead(flow, callsPerAhead(hall.inLines, CALLS_PER_AHEAD)),
    prompt: hall.prompt,
  };
}

function turnoverOf({ n, sum, squares }: Moments) {
  const ms = shrink(sum, n, TURNOVER_MS, TURNOVER_WEIGHT);
  const square = shrink(squares, n, TURNOVER_MS ** 2 * (1 + TURNOVER_CV2), TURNOVER_WEIGHT);
  return { ms, variance: Math.max(0, square - ms ** 2) };
}

function callsPerAhead({ called, ahead }: LineFlow, prior: number): number {
  return shrink(called, ahead, prior, AHEAD_WEIGHT);
}

function noShowShare(queue: Tally, hall: HallService): number {
  const ended = (tally: Pick<HallService, 'missed' | 'completedAt'>) =>
    tally.missed.length + tally.completedAt.length;
  const prior = shrink(hall.missed.length, ended(hall), NO_SHOW, NO_SHOW_WEIGHT);
  return shrink(queue.missed.length, ended(queue), prior, NO_SHOW_WEIGHT);
}

/** A mean of `n` values that sum to `total`, with `weight` values of `prior` added. */
function shrink(total: number, n: number, prior: number, weight: number): number {
  return (total + prior * weight) / (n + weight);
}

/** Quantile of a gamma variable of mean 1, by its relative variance (Wilson and Hilferty 1931). */
function gammaQuantile(relativeVariance: number, z: number): number {
  const ninth = relativeVariance / 9;
  return Math.max(0, 1 - ninth + z * Math.sqrt(ninth)) ** 3;
}

/** Standard normal deviate of a share between 0 and 1 (Abramowitz and Stegun, 26.2.23; error below 0.0005). */
function normalQuantile(share: number): number {
  const t = Math.sqrt(-2 * Math.log(Math.min(share, 1 - share)));
  const above = 2.515517 + t * (0.802853 + t * 0.010328);
  const below = 1 + t * (1.432788 + t * (0.189269 + t * 0.001308));
  return Math.sign(share - 0.5) * (t - above / below);
}
