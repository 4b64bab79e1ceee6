// How long a visitor will wait, as a band. The core is work conservation: with c windows at work, whoever has `a`
// people ahead is called after the (a + 1)th departure, and by then the windows have worked off what was in service and
// those ahead, less what is in service again on the other windows: (a · S + R) / c, with R the mean rest of a service
// met at a random moment, S (1 + cv²) / 2 (Little and Khinchine; see Kleinrock, Queueing Systems I, §5.2). SPEC §9.
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
}

export interface Situation {
  /** waiting before this visitor, not called yet */
  readonly ahead: number;
  /** windows that really serve this queue now; a window of several queues counts by its share */
  readonly windows: number;
  /** of these, free to call the next at once */
  readonly idle: number;
  readonly service: ServiceModel;
}

/** ms; `fromMs` ≤ `ms` ≤ `toMs`. */
export interface Estimate {
  readonly ms: number;
  readonly fromMs: number;
  readonly toMs: number;
}

/** From a call to the start of its service: someone walks over. Nobody waits less, and every service ahead costs it. */
const CALL_MS = 30_000;
/** A no-show costs the window this share of a service. */
const NO_SHOW_COST = 0.2;
/** Windows pause, close and return: relative error of their number over the wait. */
const WINDOWS_ERROR = 0.15;
/** Standard normal deviates: of the two ends of the band, and of the shares that programs ask for. */
const Z_FROM = -0.85;
const Z_TO = 1.2;
const QUANTILES = {
  p10: { share: 0.1, z: -1.2816 },
  p50: { share: 0.5, z: 0 },
  p67: { share: 0.67, z: 0.4399 },
  p90: { share: 0.9, z: 1.2816 },
} as const;

/** ms, not rounded: the waits that 10, 50, 67 and 90 of 100 visitors do not exceed. */
export type WaitQuantiles = Readonly<Record<keyof typeof QUANTILES, number>>;

/** The wait of a visitor from now until service begins, or undefined where no window serves the queue. */
export function estimateWait(situation: Situation): Estimate | undefined {
  const work = workBefore(situation);
  if (work === undefined) return undefined;
  const { mean, relative } = work;
  return {
    ms: CALL_MS + mean,
    fromMs: mean * Math.min(1, gammaQuantile(relative, Z_FROM)),
    toMs: 2 * CALL_MS + mean * Math.max(1, gammaQuantile(relative, Z_TO)),
  };
}

/**
 * Of the same distribution as the band. To walk over takes up to twice its mean, every time as likely. Undefined where no window
 * serves the queue.
 */
export function waitQuantiles(situation: Situation): WaitQuantiles | undefined {
  const work = workBefore(situation);
  if (work === undefined) return undefined;
  const at = ({ share, z }: { readonly share: number; readonly z: number }) =>
    2 * CALL_MS * share + work.mean * gammaQuantile(work.relative, z);
  const { p10, p50, p67, p90 } = QUANTILES;
  return { p10: at(p10), p50: at(p50), p67: at(p67), p90: at(p90) };
}

/** What the windows have to work off before the visitor is called, ms, with its relative variance; 0 where one is free. */
function workBefore({ ahead, windows, idle, service }: Situation) {
  if (!(windows > 0)) return undefined;
  const { cycleMs, cv2, n, noShow } = service;
  const before = Math.max(0, ahead) * (1 - noShow * (1 - NO_SHOW_COST));
  if (before < idle) return { mean: 0, relative: 0 };
  const calls = before - Math.max(0, idle);
  const rest = (1 + cv2) / 2;
  const mean = ((calls + rest) * cycleMs) / windows;
  // Relative to the mean: the services ahead and the rest met, the service that is itself only estimated, the windows.
  const relative = cv2 / (calls + rest) + cv2 / Math.max(1, n) + WINDOWS_ERROR ** 2;
  return { mean, relative };
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

/** What a queue's own figures are drawn towards: the hall's. A tally has them. */
export interface HallService {
  readonly serviceSum: number;
  readonly services: { readonly length: number };
  readonly missed: { readonly length: number };
  readonly completedAt: { readonly length: number };
}

/** The service of a queue: its latest, drawn towards its day, that towards the hall's, that towards a default. */
export function serviceModel(queue: Tally, hall: HallService): ServiceModel {
  const prior = shrink(hall.serviceSum, hall.services.length, SERVICE_MS, HALL_WEIGHT);
  const day = shrink(queue.serviceSum, queue.services.length, prior, HALL_WEIGHT);
  const recent = queue.services.slice(-RECENT);
  let total = 0;
  let squares = 0;
  for (const { ms } of recent) total += ms;
  const mean = shrink(total, recent.length, day, DAY_WEIGHT);
  for (const { ms } of recent) squares += (ms - mean) ** 2;
  const cv2 = shrink(squares / mean ** 2, recent.length, SERVICE_CV2, HALL_WEIGHT * 2);
  return {
    cycleMs: mean + CALL_MS,
    cv2,
    n: HALL_WEIGHT + queue.services.length,
    noShow: noShowShare(queue, hall),
  };
}

function noShowShare(queue: Tally, hall: HallService): number {
  const ended = (tally: HallService) => tally.missed.length + tally.completedAt.length;
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
