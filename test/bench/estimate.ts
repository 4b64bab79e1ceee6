// How good the shown wait is: replays demo days, asks for the estimate whenever a number is taken, and compares it with
// the wait that came. Beside it the baseline formula and the wait so far of whoever heads the line.
import { mean, quantile } from 'd3-array';
import { parseHall } from '../../hall/config.ts';
import { toBand, type Estimate, type WaitQuantiles } from '../../hall/estimate.ts';
import { tellWait, wayScore, type Told, type WayScore } from '../../hall/score.ts';
import type { Cutting } from '../../hall/view/cut.ts';
import { queueNow } from '../../hall/view/part/queue-now.ts';
import { demoDay } from '../../demo/day.ts';
import { countyDay, countyHall } from '../hall/county-hall.ts';
import { replayDay, type Outcome as Replayed } from '../hall/replay.ts';
import { bench, progress, type Figure } from './rig/bench.ts';

const MINUTE_MS = 60_000;
const DATE = '2026-03-10';
const FILE = 'demo/hall.yaml';

/** What each way of estimating said about one ticket, ms; undefined: it said nothing. */
interface Said extends Told {
  readonly ours: Estimate | undefined;
}

type Outcome = Replayed<Said>;

/** Of the demo's hall: shared windows, changing staff, no-shows, priorities, a lunch break. */
const DAYS = 30;
/** Of a county hall without these, whose services are of two kinds. */
const COUNTY_DAYS = 15;

await bench('estimate', async () => {
  const parsed = parseHall(Deno.readTextFileSync(FILE), FILE);
  if (!parsed.ok) throw new Error(`read ${FILE}: ${parsed.problems.length} mistakes`);
  const city = parsed.config;
  const county = countyHall();
  const cityDays: Outcome[] = [];
  const countyDays: Outcome[] = [];
  for (let day = 0; day < DAYS; day++) {
    progress(`day ${day + 1} of ${DAYS}`);
    const seed = `estimate-${day}`;
    cityDays.push(...replayDay(city, DATE, demoDay(city, DATE, seed), ask));
    if (day >= COUNTY_DAYS) continue;
    countyDays.push(...replayDay(county, DATE, countyDay(county, DATE, seed), ask));
  }
  return [...report([...cityDays, ...countyDays]), ...targets(cityDays)];
});

/** What the estimate is to reach, on days of the demo's hall that it was not made by. */
function targets(outcomes: readonly Outcome[]): Figure[] {
  const quantile = (name: keyof WaitQuantiles) =>
    qualityOf(outcomes, ({ quantiles }) => quantiles?.[name]);
  const baseline = qualityOf(outcomes, ({ formula }) => formula);
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
  return { ...tellWait(cut, queue), ours: queueNow(cut, queue)?.wait };
}

/** The trade's figures for estimates (domain: estimate quality), beside the same of the simpler ways. */
function report(outcomes: readonly Outcome[]): Figure[] {
  const ours = qualityOf(outcomes, ({ quantiles }) => quantiles?.p50);
  const baseline = qualityOf(outcomes, ({ formula }) => formula);
  const head = qualityOf(outcomes, ({ head }) => head);
  const both = (of: (quality: WayScore) => number) =>
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

/** As `wayScore`, with shares in percent. */
function qualityOf(outcomes: readonly Outcome[], of: (said: Said) => number | undefined): WayScore {
  const score = wayScore(outcomes, ({ said }) => of(said));
  return { ...score, within5: 100 * score.within5, low5: 100 * score.low5 };
}
