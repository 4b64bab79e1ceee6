// Whether an advice keeps its promise: simulated days of the demo's hall are told once more with the windows of each advice serving
// its queue from that minute on, and those who take a number soon afterwards wait as they do.
import { mean } from 'd3-array';
import { demoDay, type DemoEvent, type Help } from '../../demo/day.ts';
import { parseHall } from '../../hall/config.ts';
import type { Advice } from '../../hall/advice.ts';
import { overlapMs } from '../../hall/interval.ts';
import { openIntervals } from '../../hall/calendar.ts';
import { advices } from '../../hall/view/part/advices.ts';
import { indexHall } from '../../hall/config.ts';
import { bench, progress, type Figure } from './rig/bench.ts';
import { replayMinutes } from '../hall/replay.ts';

const MINUTE_MS = 60_000;
const DATE = '2026-03-10';
const FILE = 'demo/hall.yaml';
const DAYS = 10;
/** The advices of one queue that are tried, minutes apart: what stands for a while is one. */
const APART_MS = 30 * MINUTE_MS;

interface Case {
  readonly at: number;
  readonly queue: string;
  readonly advice: Advice;
  /** the windows that could serve more, those of the advice first */
  readonly spare: readonly string[];
}

interface Outcome extends Case {
  /** minutes; undefined: nobody came who could be asked */
  readonly asIs: number | undefined;
  readonly then: number | undefined;
  /** the fewest windows that reach the lowest threshold within reach */
  readonly best: number | undefined;
}

await bench('advice', () => {
  const parsed = parseHall(Deno.readTextFileSync(FILE), FILE);
  if (!parsed.ok) throw new Error(`read ${FILE}: ${parsed.problems.length} mistakes`);
  const { config } = parsed;
  const open = openIntervals(config, DATE);
  const spanMs = config.advice.judge_min * MINUTE_MS;
  const outcomes: Outcome[] = [];
  for (let day = 0; day < DAYS; day++) {
    progress(`day ${day + 1} of ${DAYS}`);
    const tell = (helps: readonly Help[]) => demoDay(config, DATE, `advice-${day}`, helps);
    const before = tell([]);
    const latest = new Map<string, number>();
    const cases: Case[] = [];
    replayMinutes(config, DATE, before, (cut) => {
      for (const [queue, advice] of Object.entries(advices(cut))) {
        if (advice.expectedMin === undefined || advice.windows.length === 0) continue;
        if (cut.now - (latest.get(queue) ?? 0) < APART_MS) continue;
        latest.set(queue, cut.now);
        const shut = (indexHall(config).windowsOfQueue.get(queue) ?? []).filter(({ id }) =>
          ['paused', 'away', 'closed'].includes(cut.hall.windows[id]?.state ?? ''),
        );
        const spare = new Set([...advice.windows, ...shut.map(({ id }) => id)]);
        cases.push({ at: cut.now, queue, advice, spare: [...spare] });
      }
    });
    for (const one of cases) {
      const { at, queue, advice, spare } = one;
      const after = (count: number) =>
        meanWait(tell([{ at, queue, windows: spare.slice(0, count) }]), queue, at, spanMs, open);
      const waits = spare.map((_, index) => after(index + 1));
      const asIs = meanWait(before, queue, at, spanMs, open);
      const then = waits[advice.windows.length - 1];
      outcomes.push({ ...one, asIs, then, best: fewest(waits, config.thresholds.wait_min) });
    }
  }
  return Promise.resolve(report(outcomes));
});

/** Minutes, cut to opening hours, of ordinary visitors who take a number within the span and are served. */
function meanWait(
  events: readonly DemoEvent[],
  queue: string,
  from: number,
  spanMs: number,
  open: ReturnType<typeof openIntervals>,
): number | undefined {
  const issued = new Map<string, number>();
  const waits: number[] = [];
  for (const { stream, signal, at } of events) {
    if (stream !== 'ticket') continue;
    if (signal.type === 'issued') {
      const isAsked = signal.queue === queue && at >= from && at < from + spanMs;
      const isNow = (signal.appointment_at ?? at) <= at;
      if (isAsked && isNow && signal.class === 'normal') issued.set(signal.ticket, at);
    } else if (signal.type === 'serving') {
      const since = issued.get(signal.ticket);
      if (since !== undefined) waits.push(overlapMs(open, since, at) / MINUTE_MS);
      issued.delete(signal.ticket);
    }
  }
  return mean(waits);
}

/** @param waits minutes with one window more, with two, … */
function fewest(waits: readonly (number | undefined)[], thresholds: readonly number[]) {
  for (const threshold of thresholds) {
    const index = waits.findIndex((wait) => wait !== undefined && wait <= threshold);
    if (index >= 0) return index + 1;
  }
  return waits.includes(undefined) ? undefined : waits.length;
}

function report(outcomes: readonly Outcome[]): Figure[] {
  const told = outcomes.flatMap(({ advice, then, asIs }) => {
    const { expectedMin = 0, expectedBand, waitMin } = advice;
    return then === undefined || expectedBand === undefined
      ? []
      : [{ expectedMin, band: expectedBand, waitMin, asIs, then }];
  });
  const held = told.filter(({ band, then }) => then >= band.from && then <= band.to);
  const compared = outcomes.flatMap(({ advice, best }) =>
    best === undefined ? [] : [Math.abs(advice.windows.length - best)],
  );
  const near = compared.filter((difference) => difference <= 1);
  const exact = compared.filter((difference) => difference === 0);
  const gains = told.flatMap(({ asIs, then, waitMin, expectedMin }) =>
    asIs === undefined || waitMin === undefined
      ? []
      : [{ came: asIs - then, said: waitMin - expectedMin }],
  );
  return [
    {
      ...{ name: 'the wait that came lies within the promised band', unit: '%' },
      ...{ value: (100 * held.length) / told.length, aim: { atLeast: 90 } },
      beside: `${told.length} advices, mean width ${mean(told, ({ band }) => band.to - band.from)?.toFixed(1)} min`,
    },
    {
      ...{ name: 'promised wait, mean error', unit: 'min', digits: 2 },
      value: mean(told, ({ expectedMin, then }) => Math.abs(expectedMin - then)) ?? 0,
      beside: `bias ${mean(told, ({ expectedMin, then }) => expectedMin - then)?.toFixed(2)}`,
    },
    {
      ...{ name: 'minutes that an advice saves', unit: 'min', digits: 1 },
      value: mean(gains, ({ came }) => came) ?? 0,
      beside: `said ${mean(gains, ({ said }) => said)?.toFixed(1)}`,
    },
    {
      ...{ name: 'within one window of the fewest that do', unit: '%', aim: { atLeast: 95 } },
      value: (100 * near.length) / compared.length,
      beside: `exactly ${((100 * exact.length) / compared.length).toFixed(1)} % of ${compared.length}`,
    },
  ];
}
