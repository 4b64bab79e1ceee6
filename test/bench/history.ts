// A year of a 66-window hall: how long any chart of it takes from rollups, over the embedded history and over InfluxDB,
// beside the same from raw points; and what keeping the rollups costs.
import { join } from 'node:path';
import { cpuUsage } from 'node:process';
import { openEmbeddedHistory } from '../../gateway/history/embedded.ts';
import { openInfluxHistory } from '../../gateway/history/influx.ts';
import { openRolledHistory, type RolledHistory } from '../../gateway/history/rolled.ts';
import type { History, HistoryQuery } from '../../gateway/history.ts';
import { addDays, dayBounds } from '../../hall/zone-time.ts';
import { startInflux } from '../services/influx.ts';
import { bench, progress, type Figure } from './rig/bench.ts';
import { benchHall } from './rig/demo-hall.ts';
import { year, type YearDay } from './rig/year.ts';

type Chart = Omit<HistoryQuery, 'from' | 'to'>;

const HOUR_MS = 3_600_000;
const DATE = '2026-01-01';
const DAYS = 365;
/** Points of the year's end that are in InfluxDB as well: enough to measure its rates, and to answer from. */
const INFLUX_DAYS = 20;
const BATCH = 10_000;
const IN_FLIGHT = 3;
const LIMIT_MS = 300;
const TRIES = 3;

const hourly = { every: HOUR_MS } as const;
const CHARTS: Readonly<Record<string, Chart>> = {
  'numbers taken an hour': {
    ...{ measurement: 'ticket', aggregate: 'count', ...hourly, where: { type: 'issued' } },
  },
  'ticket events an hour': { measurement: 'ticket', aggregate: 'count', ...hourly },
  'ticket events a day by type': {
    ...{ measurement: 'ticket', aggregate: 'count', calendar: 'day', groupBy: ['type'] },
  },
  'calls a month by window': {
    ...{ measurement: 'ticket', aggregate: 'count', calendar: 'month', groupBy: ['window'] },
  },
  'tickets a week by queue': {
    ...{ measurement: 'ticket', aggregate: 'count', calendar: 'week', groupBy: ['queue'] },
  },
  'mean level an hour': {
    ...{ measurement: 'evaluation', aggregate: 'mean', field: 'level', ...hourly },
  },
  'mean level a week by window': {
    ...{ measurement: 'evaluation', aggregate: 'mean', field: 'level' },
    ...{ calendar: 'week', groupBy: ['window'] },
  },
  'most people a day by zone': {
    ...{ measurement: 'occupancy', aggregate: 'max', field: 'present' },
    ...{ calendar: 'day', groupBy: ['zone'] },
  },
  'people p90 an hour': {
    ...{ measurement: 'occupancy', aggregate: 'p90', field: 'present', ...hourly },
  },
  'people p90 a day by zone': {
    ...{ measurement: 'occupancy', aggregate: 'p90', field: 'present' },
    ...{ calendar: 'day', groupBy: ['zone'] },
  },
  'round trip p90 an hour': {
    ...{ measurement: 'network', aggregate: 'p90', field: 'rtt_ms', ...hourly },
  },
  'temperature p50 a day': {
    ...{ measurement: 'device', aggregate: 'p50', field: 'temp_c', calendar: 'day' },
  },
  'device reports a month by device': {
    ...{ measurement: 'device', aggregate: 'count', calendar: 'month', groupBy: ['device'] },
  },
  'window states a day by state': {
    ...{ measurement: 'window', aggregate: 'count', calendar: 'day', groupBy: ['state'] },
  },
};

/** Those that the points themselves can answer at all: a year's percentiles of more values than these are refused. */
const FROM_RAW = ['ticket events an hour', 'mean level an hour', 'round trip p90 an hour'] as const;

await bench('history', async (tidy) => {
  const { config } = benchHall({ hour: 10 });
  const { timezone, id: hall } = config.hall;
  const folder = Deno.makeTempDirSync({ prefix: 'hallcast-bench-' });
  tidy(() => Deno.remove(folder, { recursive: true }));
  const range = {
    from: dayBounds(timezone, DATE)[0],
    to: dayBounds(timezone, addDays(DATE, DAYS))[0],
  };

  const embedded = openEmbeddedHistory(join(folder, 'history.sqlite'));
  const place = { file: join(folder, 'rollup.sqlite'), timezone };
  const filled = await fill(openAhead(embedded, place), days(config, 0, DAYS), 1);
  const figures = [filled.written, filled.gathered, sizes(folder, filled.points)];
  const { history } = filled;
  tidy(() => history.close());
  await touchLast(history, range.to);
  figures.push(...(await charts('embedded', history, range)));

  progress('the same from raw points');
  for (const name of FROM_RAW) figures.push(await fromRaw(name, embedded, range));

  const influx = await startInflux();
  tidy(() => influx.end());
  const raw = openInfluxHistory({
    ...{ url: influx.url, database: 'bench', file: join(folder, 'cursor.sqlite'), hall },
    ...{ timeoutMs: 60_000, batchBytes: 4_194_304, verifyMs: 3_600_000, retentionDays: 0 },
    now: Date.now,
  });
  const own = openAhead(raw, { file: join(folder, 'rollup-influx.sqlite'), timezone });
  const last = days(config, DAYS - INFLUX_DAYS, DAYS);
  const there = await fill(own, last, IN_FLIGHT);
  figures.push(named(there.written, 'InfluxDB'), named(there.gathered, 'InfluxDB'));
  // The year's rollups are the same whichever database has the points; what is touched is read from this one.
  Deno.copyFileSync(place.file, join(folder, 'rollup-year.sqlite'));
  const both = openRolledHistory({ raw, file: join(folder, 'rollup-year.sqlite'), timezone });
  tidy(() => both.close());
  figures.push(...(await charts('InfluxDB', both, range)));
  return figures;
});

function* days(config: Parameters<typeof year>[0], from: number, to: number): Generator<YearDay> {
  let day = 0;
  for (const each of year(config, { date: DATE, days: to, atOnce: 1 })) {
    if (day++ >= from) yield each;
  }
}

/** A history whose clock is ahead once it is filled, so that all of it is calm. */
function openAhead(raw: History, place: { file: string; timezone: string }) {
  let ahead = 0;
  const history = openRolledHistory({ raw, ...place, now: () => Date.now() + ahead });
  return { history, calm: () => void (ahead = 24 * HOUR_MS) };
}

/** Writes the days and gathers their rollups with the product's own code. */
async function fill(
  { history, calm }: ReturnType<typeof openAhead>,
  some: Iterable<YearDay>,
  inFlight: number,
) {
  let [points, batches, writeMs, told] = [0, 0, 0, performance.now()];
  const flying: Promise<unknown>[] = [];
  for (const { date, points: all } of some) {
    const began = performance.now();
    for (let first = 0; first < all.length; first += BATCH) {
      flying.push(history.append(all.slice(first, first + BATCH), ++batches));
      if (flying.length >= inFlight) await flying.shift();
    }
    points += all.length;
    writeMs += performance.now() - began;
    if (performance.now() - told < 5_000) continue;
    told = performance.now();
    progress(`written up to ${date}`);
  }
  await Promise.all(flying);
  calm();
  const began = performance.now();
  while (await history.roll()) {
    if (performance.now() - told < 5_000) continue;
    told = performance.now();
    progress(`${history.touched} hours of measurements to gather`);
  }
  const gatherMs = performance.now() - began;
  const rate = (ms: number) => (points / ms) * 1000;
  const unit = { unit: 'points/s', digits: 0 } as const;
  const written: Figure = { name: 'embedded, points written', value: rate(writeMs), ...unit };
  const gathered: Figure = {
    ...{ name: 'embedded, points gathered into rollups', value: rate(gatherMs), ...unit },
    beside: `${points.toLocaleString('en')} points in ${(gatherMs / 1000).toFixed(0)} s`,
  };
  return { history, points, written, gathered };
}

function named(figure: Figure, where: string): Figure {
  return { ...figure, name: figure.name.replace('embedded', where) };
}

function sizes(folder: string, points: number): Figure {
  const megabytes = (file: string) => Deno.statSync(join(folder, file)).size / 1e6;
  return {
    ...{ name: 'rollups of the year on disk', value: megabytes('rollup.sqlite'), unit: 'MB' },
    digits: 0,
    beside: `points ${megabytes('history.sqlite').toFixed(0)} MB, ${points.toLocaleString('en')} of them`,
  };
}

/** As in a hall that is open: the last hour is never gathered yet. */
async function touchLast(history: RolledHistory, to: number): Promise<void> {
  const tags = { device: 'disp-1', hall: 'h1', queue: 'q1', type: 'issued' };
  const timestampNs = BigInt(to - HOUR_MS) * 1_000_000n;
  const fields = { id: 'last', entry: 0, ticket: 'A1' };
  await history.append([{ measurement: 'ticket', tags, fields, timestampNs }], 1);
}

async function charts(
  where: string,
  history: RolledHistory,
  range: { readonly from: number; readonly to: number },
): Promise<Figure[]> {
  progress(`${where}: ${Object.keys(CHARTS).length} charts of the year, ${TRIES} times each`);
  const times: { name: string; ms: number; cpuMs: number; rows: number }[] = [];
  for (const [name, chart] of Object.entries(CHARTS)) {
    for (let count = 0; count < TRIES; count++) {
      const [began, worked] = [performance.now(), cpuUsage()];
      const rows = (await history.query({ ...chart, ...range })).length;
      if (rows === 0) throw new Error(`${name}: has no rows`);
      const { user, system } = cpuUsage(worked);
      times.push({ name, ms: performance.now() - began, cpuMs: (user + system) / 1000, rows });
    }
  }
  times.sort((a, b) => b.ms - a.ms);
  const [worst] = times;
  const middle = times[Math.floor(times.length / 2)];
  return [
    {
      ...{ name: `${where}, slowest chart of the year`, value: worst?.ms ?? Number.NaN },
      ...{ unit: 'ms', digits: 0, aim: { below: LIMIT_MS } },
      beside:
        `${worst?.name}, ${worst?.rows} rows, ${worst?.cpuMs.toFixed(0)} ms of it work; ` +
        `the middle one ${middle?.ms.toFixed(0)} ms`,
    },
  ];
}

async function fromRaw(
  name: (typeof FROM_RAW)[number],
  raw: History,
  range: { readonly from: number; readonly to: number },
): Promise<Figure> {
  const chart = CHARTS[name];
  if (chart === undefined) throw new Error(`${name}: is no chart`);
  const began = performance.now();
  const { length } = await raw.query({ ...chart, ...range });
  return {
    ...{ name: `from raw points: ${name}`, value: performance.now() - began, unit: 'ms' },
    ...{ digits: 0, beside: `${length} rows` },
  };
}
