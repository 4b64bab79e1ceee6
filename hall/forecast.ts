// What is expected of the rest of the day: the days of the same kind, corrected by the day so far. Pure. SPEC §26.4 to 24.6.
//
// Arrivals. The mean of the past days is what a half hour has on average. A day as a whole is busier or quieter by a factor
// that is gamma distributed, and arrivals are Poisson around both: the conjugate gamma-Poisson model, whose predictive
// distribution is negative binomial. Its two numbers, how much days differ and how much more than Poisson half hours
// scatter, are measured on the past days and drawn towards a default while these are few.
//
// People waiting. The mean of the past days, and the present difference from that mean, which fades from half hour to half
// hour as it did on the past days (damped persistence, an AR(1) process around the usual day). Lunch and closing are in the
// past days already; a capacity of windows, which nobody knows of the afternoon, is not assumed.
import { HALF_HOURS, type Quantiles, type DayLine, type UsualLine } from './usual-day.ts';

/** Where the day stands. */
export interface DaySoFar {
  /** the running half hour, and which part of it has passed, 0 … 1 */
  readonly bin: number;
  readonly passed: number;
  /** arrivals before the running half hour, and in it */
  readonly before: number;
  readonly within: number;
}

/** How much days of one kind differ as a whole: a standard deviation of 15 %, as if measured on two days. */
const DAY_PRIOR = { variance: 0.15 ** 2, weight: 2 };
/** Half hours scatter so many times as much as Poisson, as if measured on ten half hours. */
const NOISE_PRIOR = { factor: 1.2, weight: 10 };
/** How a difference fades is measured on at least so many days. */
const WAITING_DAYS_MIN = 4;
/** The share of a difference that the next half hour keeps. */
const KEPT_MAX = 0.97;

interface Profile {
  readonly n: number;
  readonly mean: Line;
  /** relative variance of a day's factor */
  readonly dayVariance: number;
  /** variance of a half hour's arrivals ÷ Poisson's */
  readonly noise: number;
}

export interface ArrivalsForecast {
  /**
   * arrivals of the running half hour as a whole and of each later one, by half hour of the wall clock; undefined before them, from
   * `end` on, and where no past day had the half hour
   */
  readonly bins: readonly (Quantiles | undefined)[];
  /** of the whole day, those who have come included */
  readonly day: Quantiles;
}

/** @param end the first half hour in which nobody comes any more */
export function forecastArrivals(
  { days }: UsualLine,
  { bin, passed, before, within }: DaySoFar,
  end = HALF_HOURS,
): ArrivalsForecast {
  const { n, mean, dayVariance, noise } = profileOf(days);
  const expected = sumOf(mean.slice(0, bin)) + passed * (mean[bin] ?? 0);
  // What was seen weighs less the more it scatters, and the less is known of what was expected.
  const scatter = noise * (1 + 1 / n);
  const shape = 1 / dayVariance + (before + within) / scatter;
  const factor = shape / (1 / dayVariance + expected / scatter);
  const quantilesOf = (rest: number, seen: number): Quantiles => {
    const { p10, p50, p90 } = countQuantiles(
      rest,
      noise * rest * (1 + factor / n) + rest ** 2 / shape,
    );
    return { p10: p10 + seen, p50: p50 + seen, p90: p90 + seen };
  };
  const rests = mean.map((arrivals, index) => {
    if (index < bin || index >= end || arrivals === undefined) return undefined;
    return factor * arrivals * (index === bin ? 1 - passed : 1);
  });
  return {
    bins: rests.map((rest, index) =>
      rest === undefined ? undefined : quantilesOf(rest, index === bin ? within : 0),
    ),
    day: quantilesOf(sumOf(rests), before + within),
  };
}

/**
 * People waiting at the end of the running half hour and of each later one, by half hour of the wall clock; undefined before
 * them, where no past day had the half hour, and everywhere where there are less than four days.
 * @param waiting at present
 */
export function forecastWaiting(
  { days }: UsualLine,
  { bin, passed }: Pick<DaySoFar, 'bin' | 'passed'>,
  waiting: number,
): (Quantiles | undefined)[] {
  if (days.length < WAITING_DAYS_MIN) return [];
  const lines = days.map((day) => day.waiting);
  const mean = meanOf(lines);
  const { kept, scatter } = fadingOf(lines, mean);
  const before = bin > 0 ? (mean[bin - 1] ?? 0) : 0;
  const usual = before + passed * ((mean[bin] ?? before) - before);
  let kindred = kept ** (1 - passed);
  return mean.map((value, index) => {
    if (index < bin || value === undefined) return undefined;
    if (index > bin) kindred *= kept;
    // Nobody ever waited then: the hall is closed.
    if (value === 0) return { p10: 0, p50: 0, p90: 0 };
    // A difference is not larger than what the half hour can hold: with few waiting it shrinks.
    const room = Math.min(1, Math.sqrt((value + 1) / (usual + 1)));
    const expected = Math.max(0, value + kindred * room * (waiting - usual));
    const variance = scatter * (value + 1) * (1 - kindred ** 2) * (1 + 1 / days.length);
    return countQuantiles(expected, variance);
  });
}

/** Quantiles of a count with this mean and variance: negative binomial, Poisson where the variance is not above the mean. */
export function countQuantiles(mean: number, variance: number): Quantiles {
  if (!(mean > 0)) return { p10: 0, p50: 0, p90: 0 };
  const { p10, p50, p90 } = SHARES;
  if (mean > MEAN_COUNTED) {
    const at = (z: number) => Math.max(0, Math.round(mean + z * Math.sqrt(variance)));
    return { p10: at(-Z_90), p50: at(0), p90: at(Z_90) };
  }
  const shape = mean ** 2 / (variance - mean);
  const isPoisson = !(shape > 0) || shape > SHAPE_MAX;
  // By logarithms, so that the first terms of a large mean do not end as 0.
  let log = isPoisson ? -mean : shape * Math.log(shape / (shape + mean));
  let total = Math.exp(log);
  let count = 0;
  const quantile = (share: number) => {
    while (total < share) {
      const grow = isPoisson ? mean : ((shape + count) * mean) / (shape + mean);
      log += Math.log(grow / ++count);
      total += Math.exp(log);
    }
    return count;
  };
  return { p10: quantile(p10), p50: quantile(p50), p90: quantile(p90) };
}

const SHARES = { p10: 0.1, p50: 0.5, p90: 0.9 } as const;
const Z_90 = 1.2816;
/** Above that mean a count is as good as normally distributed. */
const MEAN_COUNTED = 2_000;
const SHAPE_MAX = 1e6;

/** Made once of each list of days: these stay for a whole business day. */
const profiles = new WeakMap<readonly DayLine[], Profile>();

function profileOf(days: readonly DayLine[]): Profile {
  const known = profiles.get(days) ?? measured(days);
  profiles.set(days, known);
  return known;
}

function measured(days: readonly DayLine[]): Profile {
  const lines = days.map(({ issued }) => issued);
  const n = lines.length;
  const mean = meanOf(lines);
  const usual = sumOf(mean);
  const totals = lines.map(sumOf);
  let [squares, degrees] = [0, 0];
  lines.forEach((line, day) => {
    const factor = usual > 0 ? (totals[day] ?? 0) / usual : 0;
    line.forEach((arrivals, index) => {
      const expected = factor * (mean[index] ?? 0);
      if (arrivals === undefined || !(expected > 0)) return;
      squares += (arrivals - expected) ** 2 / expected;
      degrees += (n - 1) / n;
    });
  });
  const { factor, weight } = NOISE_PRIOR;
  const noise = Math.max(1, (weight * factor + squares) / (weight + degrees));
  const between = sumOf(totals.map((total) => (total - usual) ** 2)) / Math.max(1, n - 1);
  // Scatter of the half hours alone makes totals differ too.
  const own = usual > 0 ? Math.max(0, (between - noise * usual) / usual ** 2) : 0;
  const known = DAY_PRIOR.weight * DAY_PRIOR.variance + (n - 1) * own;
  return { n, mean, dayVariance: known / (DAY_PRIOR.weight + n - 1), noise };
}

type Line = readonly (number | undefined)[];

/** Which share of a difference from the mean the next half hour keeps, and the differences' squares for each who waits. */
function fadingOf(lines: readonly Line[], mean: Line) {
  let [products, squares, all, usual] = [0, 0, 0, 0];
  for (const line of lines) {
    for (let index = 0; index < HALF_HOURS; index++) {
      const [value, next] = [mean[index], mean[index + 1]];
      if (value === undefined || value === 0) continue;
      const own = (line[index] ?? value) - value;
      all += own ** 2;
      usual += value + 1;
      if (next === undefined || next === 0) continue;
      products += own * ((line[index + 1] ?? next) - next);
      squares += own ** 2;
    }
  }
  const n = lines.length;
  const kept = squares > 0 ? Math.min(KEPT_MAX, Math.max(0, products / squares)) : 0;
  return { kept, scatter: Math.max(1, usual > 0 ? (all / usual) * (n / (n - 1)) : 0) };
}

function meanOf(lines: readonly Line[]): (number | undefined)[] {
  return Array.from({ length: HALF_HOURS }, (_, index) => {
    const known = lines.map((line) => line[index]).filter((value) => value !== undefined);
    return known.length > 0 ? sumOf(known) / known.length : undefined;
  });
}

function sumOf(values: Line): number {
  return values.reduce((sum: number, value) => sum + (value ?? 0), 0);
}
