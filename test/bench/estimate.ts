// How good the shown wait is: replays demo days, asks for the estimate whenever a number is taken, and compares it with
// the wait that came. Beside it the baseline formula and the wait so far of whoever heads the line.
import { mean, quantile } from 'd3-array';
import { indexHall, parseHall } from '../../hall/config.ts';
import { toBand, waitQuantiles, type Estimate, type WaitQuantiles } from '../../hall/estimate.ts';
import { longest, serviceTime } from '../../hall/figure.ts';
import type { Cutting } from '../../hall/view/cut.ts';
import { isServing, queueNow } from '../../hall/view/part/queue-now.ts';
import { demoDay } from '../../demo/day.ts';
import { countyDay, countyHall } from '../hall/county-hall.ts';
import { replayDay, type Outcome as Replayed } from '../hall/replay.ts';
import { bench, progress, type Figure } from './rig/bench.ts';

const MINUTE_MS = 60_000;
const DATE = '2026-03-10';
const FILE = 'demo/hall.yaml';
const SERVICE_MS = 8 * MINUTE_MS;

/** What each way of estimating said about one ticket, ms; undefined: it said nothing. */
interface Said {
  readonly ours: Estimate | undefined;
  readonly quantiles: WaitQuantiles | undefined;
  readonly baseline: number | undefined;
  readonly head: number | undefined;
}

type Outcome = Replayed<Said>;

/** Of each of two halls that are built differently: shared windows, changing staff, no-shows, priorities, a lunch break. */
const DAYS = 15;

await bench('estimate', async () => {
  const parsed = parseHall(Deno.readTextFileSync(FILE), FILE);
  if (!parsed.ok) throw new Error(`read ${FILE}: ${parsed.problems.length} mistakes`);
  const city = parsed.config;
  const county = countyHall();
  const outcomes: Outcome[] = [];
  for (let day = 0; day < DAYS; day++) {
    progress(`day ${day + 1} of ${DAYS}, city and county`);
    const seed = `estimate-${day}`;
    outcomes.push(...replayDay(city, DATE, demoDay(city, DATE, seed), ask));
    outcomes.push(...replayDay(county, DATE, countyDay(county, DATE, seed), ask));
  }
  return [...report(outcomes), ...targets(outcomes)];
});

/** What the estimate is to reach, on days that it was not made by. */
function targets(outcomes: readonly Outcome[]): Figure[] {
  const quantile = (name: keyof WaitQuantiles) =>
    qualityOf(outcomes, ({ quantiles }) => quantiles?.[name]);
  const baseline = qualityOf(outcomes, ({ baseline }) => baseline);
  const known = outcomes.flatMap(({ said: { quantiles }, wait }) =>
    quantiles ? [{ ...quantiles, wait }] : [],
  );
  const within = known.filter(({ p10, p90, wait }) => wait >= p10 && wait <= p90).length;
  return [
    {
      ...{ name: 'p50 is better than queue length × mean service ÷ windows', unit: '%' },
      ...{ value: 100 * (1 - quantile('p50').error / baseline.error), aim: { atLeast: 20 } },
    },
    {
      ...{ name: 'p67 too low by over 5 min', value: quantile('p67').low5, unit: '%' },
      aim: { below: 9 },
    },
    {
      ...{ name: 'p10 to p90 holds the wait', value: (100 * within) / known.length, unit: '%' },
      ...{ aim: { atLeast: 76 }, beside: 'at most 84 %' },
    },
    {
      ...{ name: 'p10 to p90, mean width', unit: 'min', aim: { below: 9.6 } },
      value: mean(known, ({ p10, p90 }) => (p90 - p10) / MINUTE_MS) ?? 0,
    },
  ];
}

function ask(cut: Cutting, queue: string): Said {
  const { hall, config, now } = cut;
  const tally = cut.memory.ledger.queue(queue);
  const { whole } = cut.memory.ledger;
  const windows = indexHall(config).windowsOfQueue.get(queue) ?? [];
  const serving = windows.filter((window) => isServing(hall, window)).length;
  const service = serviceTime(tally)?.value ?? serviceTime(whole)?.value ?? SERVICE_MS;
  const noShow = whole.missed.length / Math.max(1, whole.missed.length + whole.completedAt.length);
  const oldest = longest(tally);
  const present = queueNow(cut, queue);
  return {
    ours: present?.wait,
    quantiles: present?.situation && waitQuantiles(present.situation),
    baseline: serving > 0 ? (tally.queued * (1 - noShow) * service) / serving : undefined,
    head: oldest ? now - oldest.since : 0,
  };
}

interface Quality {
  readonly n: number;
  /** minutes */
  readonly error: number;
  readonly bias: number;
  /** shares in percent */
  readonly within5: number;
  readonly low5: number;
}

/** The trade's figures for estimates (domain: estimate quality), beside the same of the simpler ways. */
function report(outcomes: readonly Outcome[]): Figure[] {
  const ours = qualityOf(outcomes, ({ quantiles }) => quantiles?.p50);
  const baseline = qualityOf(outcomes, ({ baseline }) => baseline);
  const head = qualityOf(outcomes, ({ head }) => head);
  const both = (of: (quality: Quality) => number) =>
    `baseline ${of(baseline).toFixed(1)}, head of the line ${of(head).toFixed(1)}`;
  const bands = outcomes.flatMap(({ said, wait }) =>
    said.ours ? [{ ...toBand(said.ours), wait: wait / MINUTE_MS }] : [],
  );
  const covered = bands.filter(({ from, to, wait }) => wait >= from && wait <= to).length;
  const above = bands.filter(({ to, wait }) => wait > to).length;
  const width = mean(bands, ({ from, to }) => to - from) ?? 0;
  const held = (name: keyof WaitQuantiles) => {
    const known = outcomes.filter(({ said }) => said.quantiles !== undefined);
    const below = known.filter(({ said, wait }) => wait <= (said.quantiles?.[name] ?? 0));
    return ((100 * below.length) / known.length).toFixed(1);
  };
  const waits = outcomes.map(({ wait }) => wait / MINUTE_MS);
  const spread = `p50 ${quantile(waits, 0.5)?.toFixed(1)}, p90 ${quantile(waits, 0.9)?.toFixed(1)}`;
  return [
    {
      ...{ name: 'mean absolute error', value: ours.error, unit: 'min', digits: 2 },
      ...{
        aim: { below: Math.round(baseline.error * 100) / 100 },
        beside: both(({ error }) => error),
      },
    },
    { name: 'bias', value: ours.bias, unit: 'min', digits: 2, beside: both(({ bias }) => bias) },
    {
      ...{ name: 'within ±5 min', value: ours.within5, unit: '%' },
      beside: both(({ within5 }) => within5),
    },
    {
      ...{ name: 'too low by over 5 min', value: ours.low5, unit: '%', aim: { below: 15 } },
      beside: both(({ low5 }) => low5),
    },
    {
      ...{ name: 'shown band holds the wait', value: (100 * covered) / bands.length, unit: '%' },
      beside: `wait above it ${((100 * above) / bands.length).toFixed(1)} %, mean width ${width.toFixed(1)} min`,
    },
    {
      ...{ name: 'waits up to p90', value: Number(held('p90')), unit: '%' },
      beside: `up to p10 ${held('p10')} %, p50 ${held('p50')} %, p67 ${held('p67')} %`,
    },
    {
      ...{ name: 'mean wait', value: mean(waits) ?? 0, unit: 'min' },
      beside: `${spread}; ${waits.length} ordinary waits, ${ours.n} with an estimate`,
    },
  ];
}

function qualityOf(outcomes: readonly Outcome[], of: (said: Said) => number | undefined): Quality {
  const errors = outcomes.flatMap(({ said, wait }) => {
    const ms = of(said);
    return ms === undefined ? [] : [(ms - wait) / MINUTE_MS];
  });
  const percent = (is: (error: number) => boolean) =>
    (100 * errors.filter(is).length) / Math.max(1, errors.length);
  return {
    n: errors.length,
    error: mean(errors, Math.abs) ?? 0,
    bias: mean(errors) ?? 0,
    within5: percent((error) => Math.abs(error) <= 5),
    low5: percent((error) => error < -5),
  };
}
