// Visits, figures and stories as programs ask for them, of a real gateway.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { PROTOCOL } from '../../hall/protocol.ts';
import { startGateway } from '../services/gateway.ts';
import {
  connectDevice,
  HALL,
  openTestGateway,
  publish,
  TestPage,
  type TestGateway,
} from './open.ts';

type Row = Record<string, unknown>;

async function lines(gateway: TestGateway, path: string): Promise<Row[]> {
  const response = await gateway.get(path);
  assert.equal(response.status, 200, path);
  assert.equal(response.headers.get('content-type'), 'application/x-ndjson');
  const text = await response.text();
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Row);
}

async function refused(
  gateway: TestGateway,
  path: string,
): Promise<[status: number, detail: string, reason: unknown]> {
  const response = await gateway.get(path);
  assert.equal(response.headers.get('content-type'), 'application/problem+json', path);
  const { detail, reason } = (await response.json()) as Row;
  return [response.status, String(detail), reason];
}

/** One visit that was issued `minutes` ago and served for as long as it waited. */
async function serve(gateway: TestGateway, ticket: string, minutes: number): Promise<void> {
  const device = await connectDevice(gateway, 'caller-1');
  const now = Date.now();
  const at = (share: number) => now - Math.round(minutes * 60_000 * (1 - share));
  const of = (type: string, share: number, more: object = {}) => ({
    ...{ type, ticket, at: at(share), id: `${ticket}-${type}` },
    ...more,
  });
  await publish(device, 'ticket', [
    of('issued', 0, { queue: 'q1', service: 's1' }),
    of('called', 0.4, { window: 'w1' }),
    of('serving', 0.5, { window: 'w1' }),
    of('completed', 1, { window: 'w1', outcome: 'done' }),
  ]);
  await device.endAsync();
}

Deno.test('15.6 visits and figures of today are there as soon as they are asked for', async () => {
  const gateway = await openTestGateway();
  try {
    await serve(gateway, 'a001', 8);
    const caller = await connectDevice(gateway, 'caller-2');
    await publish(caller, 'ticket', { type: 'issued', ticket: 'A002', queue: 'q1', id: 'i2' });
    const [visit, ...none] = await lines(gateway, '/api/v1/visits');
    assert.deepEqual(none, []);
    assert.equal(visit?.['ticket'], 'A001');
    assert.equal(visit?.['wait_ms'], 4 * 60_000);
    assert.equal(visit?.['service_ms'], 4 * 60_000);
    assert.deepEqual(await lines(gateway, '/api/v1/visits?queue=q9'), []);
    assert.equal((await lines(gateway, '/api/v1/visits?queue=q1&window=w1&service=s1')).length, 1);
    const ask = async (query: string) =>
      (await gateway.json<{ rows: Row[] }>(`/api/v1/figures?${query}`)).rows;
    const names = 'figure=issued,served,wait_p90_ms,satisfaction';
    assert.deepEqual(await ask(names), [
      {
        issued: { value: 2, n: 2 },
        served: { value: 1, n: 1 },
        wait_p90_ms: { value: 4 * 60_000, n: 1 },
        satisfaction: null,
      },
    ]);
    assert.deepEqual(await ask(`${names}&by=class&from=2020-01-01&to=2020-12-31`), []);
    const [hour] = await ask('figure=issued&per=weekday-hour');
    assert.deepEqual(Object.keys(hour ?? {}), ['weekday', 'hour', 'issued']);
    await caller.endAsync();
  } finally {
    await gateway.stop();
  }
});

Deno.test('15.6 a question that cannot be answered says why', async () => {
  const gateway = await openTestGateway();
  try {
    const cases: [path: string, status: number, detail: RegExp, reason?: string][] = [
      ['/api/v1/figures', 400, /figure: is missing/],
      ['/api/v1/figures?figure=waits', 400, /should be names with commas of: issued/],
      ['/api/v1/figures?figure=issued,utilisation&by=queue', 400, /utilisation/, 'field:by'],
      ['/api/v1/figures?figure=present_max&by=window', 400, /zone for present_max/, 'field:by'],
      ['/api/v1/figures?figure=issued&per=minute', 400, /per: is "minute"/],
      ['/api/v1/figures?figure=issued&from=2026-02-30', 400, /from: is "2026-02-30"/],
      ['/api/v1/figures?figure=issued&from=8640000000000001', 400, /before the year 9999/],
      ['/api/v1/visits?to=9999-12-31', 400, /before the year 9999/],
      [
        '/api/v1/figures?figure=issued&from=2026-02-02&to=2026-02-01',
        400,
        /from: should be before to/,
      ],
      ['/api/v1/figures?figure=issued&from=0&to=9999999999999', 400, /4000 days/],
      ['/api/v1/visits?zone=z1&colour=red', 400, /colour: is an unknown parameter/],
      ['/api/v1/story', 400, /one of visit, ticket/],
      ['/api/v1/story?ticket=A001', 400, /date: is missing/],
      ['/api/v1/story?ticket=A001&visit=1&date=2026-01-01', 400, /one of visit, ticket/],
      ['/api/v1/story?ticket=A001&date=2026-01-01', 404, /A001 had no visit/],
      ['/api/v1/story?visit=77', 404, /77 is not known/],
    ];
    for (const [path, status, detail, reason] of cases) {
      const found = await refused(gateway, path);
      assert.equal(found[0], status, path);
      assert.match(found[1], detail, path);
      assert.equal(found[2], reason, path);
    }
  } finally {
    await gateway.stop();
  }
});

Deno.test(
  '15.7 the story of a visit: its lines in order, who acted, which screen showed the call',
  async () => {
    const gateway = await openTestGateway();
    try {
      const page = new TestPage(gateway, { type: 'hello', protocol: PROTOCOL, view: 'screen:b1' });
      await page.until('the board', ({ data }) => data !== undefined);
      const device = await connectDevice(gateway, 'caller-1');
      await publish(device, 'ticket', { type: 'issued', ticket: 'A001', queue: 'q1', id: 'i1' });
      await publish(device, 'ticket', { type: 'issued', ticket: 'A002', queue: 'q1', id: 'i2' });
      await publish(device, 'ticket', { type: 'called', ticket: 'a001', window: 'w1', id: 'c1' });
      await page.until('the call', ({ texts }) => texts.some((text) => text.includes('"c1"')));
      page.send({
        type: 'painted',
        revision: page.revision,
        calls: [{ id: 'c1', at: Date.now() }],
      });
      const told = async (): Promise<Row[]> => lines(gateway, '/api/v1/story?visit=1');
      let story = await told();
      for (const deadline = Date.now() + 10_000; story.length < 3 && Date.now() < deadline;) {
        story = await told();
      }
      assert.deepEqual(
        story.map(
          (line) => (line['seen'] as Row | undefined)?.['screen'] ?? (line['signal'] as Row)['id'],
        ),
        ['i1', 'c1', 'b1'],
      );
      const today = new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 10);
      assert.deepEqual(await lines(gateway, `/api/v1/story?ticket=A001&date=${today}`), story);
      const atWindow = await lines(gateway, `/api/v1/story?window=w1&date=${today}`);
      assert.deepEqual(atWindow, story.slice(1));
      const ofDevice = await lines(gateway, `/api/v1/story?device=caller-1&date=${today}`);
      assert.equal(ofDevice.length, 3);
      await page.close();
      await device.endAsync();
    } finally {
      await gateway.stop();
    }
  },
);

Deno.test('15.5 facts outlive a restart, a damaged file and a kill', async () => {
  const data = Deno.makeTempDirSync({ prefix: 'hallcast-' });
  const first = await openTestGateway({ data });
  await serve(first, 'A001', 6);
  const before = await lines(first, '/api/v1/visits');
  await first.stop();
  Deno.writeTextFileSync(
    `${data}/facts.sqlite`,
    'not a database, but long enough to be read as one',
  );
  const second = await openTestGateway({ data });
  try {
    assert.deepEqual(await lines(second, '/api/v1/visits'), before);
    assert.ok(second.lines.some((line) => line.includes('facts are made again from the journal')));
    const rebuilt = await fetch(`${second.address}/api/v1/facts/rebuild`, { method: 'POST' });
    assert.deepEqual(await rebuilt.json(), { entries: 4 });
    assert.deepEqual(await lines(second, '/api/v1/visits'), before);
  } finally {
    await second.stop();
  }
  const killed = await startGateway({ hall: HALL, data });
  await killed.kill();
  const last = await openTestGateway({ data });
  try {
    assert.deepEqual(await lines(last, '/api/v1/visits'), before);
  } finally {
    await last.stop();
  }
});

Deno.test('15.8 sums of hours that only an earlier version has are taken over, once', async () => {
  const data = Deno.makeTempDirSync({ prefix: 'hallcast-' });
  const earlier = await openTestGateway({ data });
  await serve(earlier, 'A001', 6);
  await earlier.stop();
  for (const name of ['facts.sqlite', 'facts.sqlite-wal', 'facts.sqlite-shm']) {
    if (existsSync(`${data}/${name}`)) Deno.removeSync(`${data}/${name}`);
  }
  // The journal begins later than the rollups.
  const journal = new DatabaseSync(`${data}/journal.sqlite`);
  journal.exec(`UPDATE entry SET signal = '' WHERE seq = 1`);
  journal.exec(`INSERT OR REPLACE INTO meta VALUES ('pruned_through', 1)`);
  journal.close();
  const old = new DatabaseSync(`${data}/rollup.sqlite`);
  const fixture = new URL('./fixtures/rollup.sql', import.meta.url);
  old.exec(Deno.readTextFileSync(fixture));
  old.close();
  const gateway = await openTestGateway({ data });
  try {
    assert.equal((await lines(gateway, '/api/v1/visits')).length, 1);
    assert.ok(gateway.lines.some((line) => line.includes('taken over from an earlier version')));
    assert.ok(!existsSync(`${data}/rollup.sqlite`));
  } finally {
    await gateway.stop();
  }
});
