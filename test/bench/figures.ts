// Figures of a year of a hall with 66 windows, 475,000 visits: every figure by every key and bin, asked in an
// order by chance.
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EvaluationFact, VisitFact } from '../../hall/fact.ts';
import type { HourSum } from '../../hall/fact/hours.ts';
import { PERS, type Per } from '../../hall/figure/bins.ts';
import { FIGURE_NAMES, isBy, type FigureName } from '../../hall/figure/catalogue.ts';
import { KEYS, type Key } from '../../hall/figure/columns.ts';
import { addDays, businessDate, instantAt } from '../../hall/zone-time.ts';
import { answerFigures } from '../../gateway/facts/answer.ts';
import { Follower } from '../../gateway/facts/follower.ts';
import { FactQuestionError } from '../../gateway/facts/questions.ts';
import { FactStore } from '../../gateway/facts/store.ts';
import { benchHall } from './rig/demo-hall.ts';
import { bench, now, quantile, type Figure } from './rig/bench.ts';

const DAYS = 365;
const VISITS_A_DAY = 1_301;
const QUESTIONS = 300;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

await bench('figures', async (tidy): Promise<Figure[]> => {
  const { config } = benchHall({ hour: 10 });
  const { timezone } = config.hall;
  const folder = mkdtempSync(join(tmpdir(), 'hallcast-figures-'));
  tidy(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'facts.sqlite');
  const store = new FactStore(file, (at) => businessDate(timezone, at));
  tidy(() => store.close());
  const last = addDays(businessDate(timezone, Date.now()), -1);
  const first = addDays(last, 1 - DAYS);
  const random = randomOf(7);
  let id = 0;
  for (let date = first; date <= last; date = addDays(date, 1)) {
    const start = instantAt(timezone, date, 0);
    const visits = Array.from({ length: VISITS_A_DAY }, () => visitOf(++id, date, start));
    const evaluations = visits.filter(() => random() < 0.3).map(evaluationOf);
    const sums = [...hoursOf(start)];
    const through = id;
    store.write({
      ...{ visits: new Map(visits.map((each) => [each.visit, each])), evaluations, through, sums },
    });
  }
  const journal = { read: () => [], commands: () => [] };
  const follower = new Follower({
    ...{ store, config, journal, firstSeq: id + 1, lastSeq: id, now: Date.now() },
    onError: (error) => {
      throw error;
    },
  });
  const range = {
    from: instantAt(timezone, first, 0),
    to: instantAt(timezone, addDays(last, 1), 0),
  };
  const ask = (figures: readonly FigureName[], by?: Key, per?: Per): number => {
    const began = now();
    const question = { figures, ...range, ...(by && { by }), ...(per && { per }) };
    answerFigures(question, store, follower, Date.now());
    return now() - began;
  };
  const packed = ask(FIGURE_NAMES);
  const times: number[] = [];
  const slowest = { ms: 0, question: '' };
  for (const [figure, by, per] of shuffled([...everyQuestion()], random)) {
    if (times.length === QUESTIONS) break;
    try {
      const ms = ask([figure], by, per);
      times.push(ms);
      if (ms > slowest.ms) {
        Object.assign(slowest, { ms, question: `${figure} ${by ?? ''} ${per ?? ''}` });
      }
    } catch (error) {
      // A year of hours, or of days by person, has more rows than an answer may have.
      if (!(error instanceof FactQuestionError)) throw error;
    }
  }
  const whole = Array.from({ length: 5 }, () => ask(FIGURE_NAMES, 'window'));
  return [
    {
      ...{ name: `${times.length} questions of a year, p99`, value: quantile(times, 0.99) },
      ...{ unit: 'ms', aim: { below: 300 } },
    },
    { name: 'p50', value: quantile(times, 0.5), unit: 'ms' },
    { name: `slowest: ${slowest.question}`, value: slowest.ms, unit: 'ms' },
    { name: 'all figures by window', value: quantile(whole, 0.5), unit: 'ms' },
    { name: 'the first question, which packs the days', value: packed, unit: 'ms', digits: 0 },
    { name: 'file', value: statSync(file).size / 1024 / 1024, unit: 'MiB', digits: 0 },
  ];

  function visitOf(visit: number, date: string, start: number): VisitFact {
    const window = config.windows[Math.floor(random() * config.windows.length)];
    const queue = window?.queues[0] ?? config.queues[0]?.id ?? '';
    const issued_at = start + 8.5 * HOUR + Math.floor(random() * 8 * HOUR);
    const wait_ms = Math.floor(-Math.log(1 - random()) * 9 * MINUTE);
    const service_ms = Math.floor(-Math.log(1 - random()) * 8 * MINUTE);
    const serving_at = issued_at + wait_ms;
    const isServed = random() > 0.06;
    return {
      ...{ visit, date, issued_at, queue, class: random() < 0.1 ? 'priority' : 'normal' },
      ...{ ticket: `A${String(visit % 1000).padStart(3, '0')}`, window: window?.id ?? '' },
      ...{
        staff: `s${Math.floor(random() * 90)}`,
        service: `${queue}-${Math.floor(random() * 8)}`,
      },
      ...{ department: window?.department?.zh ?? '', zone: window?.zone ?? '', channel: 'kiosk' },
      ...{ called_at: serving_at, held_ms: 0, calls: 1, transfers: 0 },
      ...(isServed
        ? {
            serving_at,
            wait_ms,
            service_ms,
            end: 'completed',
            outcome: random() < 0.7 ? 'done' : 'accepted',
          }
        : { unserved_ms: wait_ms, end: 'missed' }),
      ended_at: serving_at + service_ms,
    } as VisitFact;
  }

  function evaluationOf(visit: VisitFact): EvaluationFact {
    const level = 1 + Math.floor(random() ** 0.2 * 5);
    const { date, queue, window = '', staff, service, department, zone } = visit;
    const at = visit.ended_at ?? 0;
    const about = { queue, window, staff, service, department, zone, class: visit.class };
    return {
      evaluation: visit.visit,
      at,
      date,
      level,
      visit: visit.visit,
      ...about,
    } as EvaluationFact;
  }

  function* hoursOf(start: number): Generator<HourSum> {
    const none = { n: 0, sum: 0, min: Infinity, max: -Infinity, last: 0, lastAt: 0 };
    for (let hour = start + 8 * HOUR; hour < start + 17 * HOUR; hour += HOUR) {
      for (const { id: of } of config.windows) {
        const spent = { idle: 15 * MINUTE, calling: 5 * MINUTE, serving: 40 * MINUTE };
        yield { kind: 'window', of, hour, spent, ...none };
      }
      for (const { id: of } of config.devices) {
        yield { kind: 'device', of, hour, spent: { online: HOUR }, ...none };
      }
      for (const { id: of } of [...config.zones, { id: '*' }]) {
        const max = Math.floor(random() * 100);
        yield {
          kind: 'zone',
          of,
          hour,
          spent: {},
          ...none,
          n: 60,
          sum: 60 * max,
          min: 0,
          max,
          last: 5,
        };
      }
    }
  }
});

function* everyQuestion(): Generator<[FigureName, Key | undefined, Per | undefined]> {
  for (const figure of FIGURE_NAMES) {
    for (const by of [undefined, ...KEYS]) {
      if (by !== undefined && !isBy(figure, by)) continue;
      for (const per of [undefined, ...PERS]) {
        yield [figure, by, per];
      }
    }
  }
}

/** mulberry32: the same year on every machine. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function shuffled<T>(list: readonly T[], random: () => number): T[] {
  return list
    .map((each) => ({ each, rank: random() }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ each }) => each);
}
