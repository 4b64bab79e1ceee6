// The history on a real InfluxDB 1.6: the contract that the embedded one keeps as well.
import { openInfluxHistory } from '../../gateway/history/influx.ts';
import { startInflux, type Influx } from '../services/influx.ts';
import { historyContract } from './history-contract.ts';

let influx: Influx | undefined;
let databases = 0;

Deno.test.beforeAll(async () => void (influx = await startInflux()));
Deno.test.afterAll(() => influx?.end());

historyContract('InfluxDB', async (timezone) =>
  openInfluxHistory({
    url: influx?.url ?? '',
    database: `hall "${++databases}"`,
    file: `${Deno.makeTempDirSync({ prefix: 'hallcast-' })}/history-influx.sqlite`,
    hall: 'h1',
    timezone,
    timeoutMs: 10_000,
    batchBytes: 4_194_304,
    verifyMs: 60_000,
    retentionDays: 0,
    now: Date.now,
  }),
);
