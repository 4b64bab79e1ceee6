// A month of a 66-window hall: how fast points are written, and how long any chart of the month takes from them, in the
// embedded history and in InfluxDB.
import { join } from 'node:path';
import { cpuUsage } from 'node:process';
import { openEmbeddedHistory } from '../../gateway/history/embedded.ts';
import { openInfluxHistory } from '../../gateway/history/influx.ts';
import type { History, HistoryQuery } from '../../gateway/history.ts';
import { addDays, dayBounds } from '../../hall/zone-time.ts';
import { startInflux } from '../services/influx.ts';
import { bench, progress, type Figure } from './rig/bench.ts';
import { benchHall } from './rig/demo-hall.ts';
import { year } from './rig/year.ts';

type Chart = Omit<HistoryQuery, 'from' | 'to'>;
interface Range {
  readonly from: number;
  readonly to: number;
}

const HOUR_MS = 3_600_000;
const DATE = '2026-01-01';
/** Longer charts of gauges come from hourly sums. */
const DAYS = 31;
const BATCH = 10_000;
const LIMIT_MS = 3_000;
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

await bench('history', async (tidy) => {
  const { config } = benchHall({ hour: 10 });
  const { timezone, id: hall } = config.hall;
  const folder = Deno.makeTempDirSync({ prefix: 'hallcast-bench-' });
  tidy(() => Deno.remove(folder, { recursive: true }));
  const range = {
    from: dayBounds(timezone, DATE)[0],
    to: dayBounds(timezone, addDays(DATE, DAYS))[0],
  };
  const file = join(folder, 'history.sqlite');
  const embedded = openEmbeddedHistory({ file, timezone });
  tidy(() => embedded.close());
  const influx = await startInflux();
  tidy(() => influx.end());
  const other = openInfluxHistory({
    ...{ url: influx.url, database: 'bench', file: join(folder, 'cursor.sqlite'), hall, timezone },
    ...{ timeoutMs: 60_000, batchBytes: 4_194_304, verifyMs: 3_600_000, retentionDays: 0 },
    now: Date.now,
  });
  tidy(() => other.close());
  return [
    ...(await measure('embedded', embedded, { config, range, inFlight: 1 })),
    {
      ...{ name: 'embedded, points of the month on disk', value: Deno.statSync(file).size / 1e6 },
      ...{ unit: 'MB', digits: 0 },
    },
    ...(await measure('InfluxDB', other, { config, range, inFlight: 3 })),
  ];
});

interface Plan {
  readonly config: Parameters<typeof year>[0];
  readonly range: Range;
  /** batches on their way at once */
  readonly inFlight: number;
}

async function measure(
  where: string,
  history: History,
  { config, range, inFlight }: Plan,
): Promise<Figure[]> {
  progress(`${where}: ${DAYS} days are written`);
  let [points, batches, ms] = [0, 0, 0];
  const flying: Promise<unknown>[] = [];
  for (const { points: all } of year(config, { date: DATE, days: DAYS, atOnce: 1 })) {
    const began = performance.now();
    for (let first = 0; first < all.length; first += BATCH) {
      flying.push(history.append(all.slice(first, first + BATCH), ++batches));
      if (flying.length >= inFlight) await flying.shift();
    }
    points += all.length;
    ms += performance.now() - began;
  }
  await Promise.all(flying);
  const written: Figure = {
    ...{ name: `${where}, points written`, value: (points / ms) * 1000, unit: 'points/s' },
    ...{ digits: 0, beside: `${points.toLocaleString('en')} points` },
  };
  return [written, await charts(where, history, range)];
}

async function charts(where: string, history: History, range: Range): Promise<Figure> {
  progress(`${where}: ${Object.keys(CHARTS).length} charts of the month, ${TRIES} times each`);
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
  return {
    ...{ name: `${where}, slowest chart of the month`, value: worst?.ms ?? Number.NaN },
    ...{ unit: 'ms', digits: 0, aim: { below: LIMIT_MS } },
    beside:
      `${worst?.name}, ${worst?.rows} rows, ${worst?.cpuMs.toFixed(0)} ms of it work; ` +
      `the middle one ${middle?.ms.toFixed(0)} ms`,
  };
}
