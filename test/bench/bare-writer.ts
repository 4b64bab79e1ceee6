// The peer of test/bench/pipeline.ts on the database's side: InfluxDB's own client as it comes, which writes points made
// here and keeps nothing. Words: URL, database, points. Prints one line when all are written.
import { InfluxDB, Point } from '@influxdata/influxdb-client';

const [url = '', database = '', count = ''] = Deno.args;
const BATCH = 5_000;
const writer = new InfluxDB({ url }).getWriteApi('', database, 'ns', {
  ...{ batchSize: BATCH, flushInterval: 0, maxRetries: 0 },
});
writer.path = `/write?db=${encodeURIComponent(database)}&precision=ns`;
const base = BigInt(Date.now() - 60_000) * 1_000_000n;
const began = performance.now();
for (let n = 0; n < Number(count); n++) {
  writer.writePoint(
    new Point(n % 5 === 0 ? 'ticket' : 'window')
      .tag('hall', 'h1')
      .tag('device', `dev-${n % 50}`)
      .tag('window', `w${(n % 3) + 1}`)
      .tag('type', 'state')
      .tag('state', 'idle')
      .floatField('entry', n)
      .stringField('id', `${n % 50}-${base}-${n}`)
      .stringField('staff', 's-7')
      .timestamp(String(base + BigInt(n) * 1_000n)),
  );
  // As whoever reads from a queue would: not more in memory than is on its way.
  if ((n + 1) % (BATCH * 4) === 0) await writer.flush();
}
await writer.close();
console.log(JSON.stringify({ seconds: (performance.now() - began) / 1000 }));
