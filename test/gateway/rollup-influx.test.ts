// Rollups over a real InfluxDB: the same answers as InfluxQL's from its points, and the contract as well.
import { openInfluxHistory } from '../../gateway/history/influx.ts';
import { startInflux } from '../services/influx.ts';
import { randomRun, rig } from './rolled-rig.ts';

Deno.test('rollups over InfluxDB: every answer is InfluxQL’s', async () => {
  const influx = await startInflux();
  try {
    const each = rig({
      openRaw: (folder) =>
        openInfluxHistory({
          ...{ url: influx.url, database: 'rolled', file: `${folder}/history-influx.sqlite` },
          ...{ hall: 'h1', timeoutMs: 10_000, batchBytes: 4_194_304, verifyMs: 60_000 },
          ...{ retentionDays: 0, now: Date.now },
        }),
    });
    await randomRun(4, each, 16);
    await each.rolled.close();
  } finally {
    await influx.end();
  }
});
