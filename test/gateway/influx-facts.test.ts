// Visits and sums of hours in a real InfluxDB 1.6, beside the points of signals: written from the facts' file with a cursor of
// their own, whatever happens to the database, and by one of two gateways.
import { deepStrictEqual as equal, match, ok } from 'node:assert/strict';
import mqtt from 'mqtt';
import { openInfluxHistory } from '../../gateway/history/influx.ts';
import type { Point } from '../../hall/point.ts';
import { visitPoint } from '../../hall/fact/point.ts';
import type { VisitFact } from '../../hall/fact.ts';
import { startGateway, type Gateway } from '../services/gateway.ts';
import { startInflux, type Influx } from '../services/influx.ts';
import { ROOMY, startMosquitto } from '../services/mosquitto.ts';
import { figures, historyPart, INFLUX_HALL, until } from './influx-load.ts';
import { metricOf } from './open.ts';
import { becomes, makePair } from './standby-rig.ts';

const QUICK = 'timeout_s: 1, retry_s_max: 0.5, verify_s: 1';
const HALL = INFLUX_HALL(QUICK);
const VISITS = '"hallcast_facts"."visit"';
const HOURS = '"hallcast_facts"."hour"';

type Row = Record<string, unknown>;

/** Visits from issue to completion, each with the number that its id has. */
async function visit(url: string, from: number, count: number): Promise<void> {
  const client = await mqtt.connectAsync(url, { clientId: `caller-${from}` });
  const signals = Array.from({ length: count }, (_, index) => {
    const [id, ticket] = [`v-${from + index}`, `A${from + index}`];
    return [
      { type: 'issued', id: `${id}-i`, ticket, queue: 'q1' },
      ...['called', 'serving', 'completed'].map((type) => ({
        ...{ type, id: `${id}-${type}`, ticket, window: 'w1' },
      })),
    ];
  });
  const topic = `hall/h1/caller-${from}/ticket`;
  await client.publishAsync(topic, JSON.stringify(signals.flat()), { qos: 1 });
  await client.endAsync();
}

const brokerOf = ({ mqtt: port }: Gateway): string => `mqtt://127.0.0.1:${port}`;

async function publish(gateway: Gateway, device: string, stream: string, signal: object) {
  const client = await mqtt.connectAsync(brokerOf(gateway), { clientId: device });
  await client.publishAsync(`hall/h1/${device}/${stream}`, JSON.stringify(signal), { qos: 1 });
  await client.endAsync();
}

/** Rows of a measurement of the facts; none where the database or the policy is not there yet. */
function rowsOf(influx: Influx, source: string): () => Promise<Row[]> {
  return () => influx.ask(`SELECT * FROM ${source}`, 'hallcast').catch(() => []);
}

/** Waits until exactly these numbers have a visit. */
async function visits(influx: Influx, count: number): Promise<Row[]> {
  const rows = await until(
    `${count} visits`,
    rowsOf(influx, VISITS),
    ({ length }) => length >= count,
  );
  equal(rows.length, count);
  equal(new Set(rows.map(({ ticket }) => ticket)).size, count, 'each once');
  return rows;
}

async function factsWritten({ url }: Gateway): Promise<[written: number, rejected: number]> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const [written, rejected] = ['written', 'rejected'].map((what) =>
    metricOf(text, `hallcast_facts_${what}_total`),
  );
  return [written ?? 0, rejected ?? 0];
}

Deno.test(
  '10.7 visits and hours are points; a changed fact overwrites its own; a dropped database gets all again',
  async () => {
    const influx = await startInflux();
    let gateway = await startGateway({ hall: HALL, influx: influx.url });
    const { data } = gateway;
    try {
      await visit(brokerOf(gateway), 1, 2);
      const [first] = await visits(influx, 2);
      const facts = (
        await (await fetch(`${gateway.url}/api/v1/visits?from=${first?.['date']}`)).text()
      )
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as VisitFact);
      equal(facts.length, 2);
      const { time, hall, ...fields } = first ?? {};
      const said = Object.entries(fields).filter(([, value]) => value !== null);
      equal([time, hall], [facts[0]?.issued_at, 'h1']);
      equal(Object.fromEntries(said), { ...facts[0] });
      const ns = visitPoint('h1', facts[0] as VisitFact).timestampNs;
      const exact = await influx.ask(`SELECT ticket FROM ${VISITS} WHERE time = ${ns}`, 'hallcast');
      equal(exact.length, 1, 'the first entry stands in the last digits');

      const opinion = { type: 'submitted', id: 'e-1', window: 'w1', ticket: 'A1', level: 4 };
      await publish(gateway, 'pad-1', 'evaluation', opinion);
      await until('the evaluation', rowsOf(influx, VISITS), (rows) =>
        rows.some(({ level }) => level === 4),
      );
      await visits(influx, 2);
      // Sums of hours are written with the state of the fold: now and then, and at the end.
      await publish(gateway, 'counter-1', 'occupancy', {
        type: 'count',
        id: 'o-1',
        zone: 'z1',
        present: 30,
      });
      await until(
        'all points',
        () => figures(gateway),
        ({ pending }) => pending === 0,
      );
      await gateway.stop();
      gateway = await startGateway({ hall: HALL, influx: influx.url, data });
      const has = (rows: Row[], kind: string, of: string) =>
        rows.find((row) => row['kind'] === kind && row['of'] === of);
      const hours = await until(
        'hours',
        rowsOf(influx, HOURS),
        (rows) => has(rows, 'window', 'w1') !== undefined && has(rows, 'zone', 'z1') !== undefined,
      );
      const zone = has(hours, 'zone', 'z1') ?? {};
      equal(
        ['n', 'sum', 'min', 'max', 'last'].map((name) => zone[name]),
        [1, 30, 30, 30, 30],
      );
      equal(Number(zone['time']) % 3_600_000, 0);
      const { idle, serving, n } = has(hours, 'window', 'w1') ?? {};
      ok(typeof idle === 'number' && typeof serving === 'number' && n === null);
      const keys = await influx.ask('SHOW TAG KEYS FROM "visit", "hour"', 'hallcast');
      equal(keys.map(({ tagKey }) => tagKey).sort(), ['hall', 'hall', 'kind', 'of']);
      const policies = await influx.ask('SHOW RETENTION POLICIES ON "hallcast"');
      equal(
        policies.map(({ name, duration, default: byDefault }) => [name, duration, byDefault]),
        [
          ['hallcast', '9600h0m0s', true],
          ['hallcast_facts', '87840h0m0s', false],
        ],
      );
      equal((await factsWritten(gateway))[1], 0);
      await until(
        'all points',
        () => figures(gateway),
        ({ pending }) => pending === 0,
      );
      equal((await figures(gateway)).written, 0, 'facts are counted apart');

      await influx.ask('DROP DATABASE "hallcast"');
      await visit(brokerOf(gateway), 3, 1);
      await visits(influx, 3);
      await until(
        'hours again',
        rowsOf(influx, HOURS),
        (rows) => has(rows, 'zone', 'z1') !== undefined,
      );
      const level = (await rowsOf(influx, VISITS)()).find(({ ticket }) => ticket === 'A1')?.[
        'level'
      ];
      equal(level, 4);
      match(gateway.output(), /the database has not what it confirmed: written again from entry 1/);
    } finally {
      await gateway.end();
      await influx.end();
    }
  },
);

Deno.test('while the database is away facts wait, also over a start of the gateway', async () => {
  const influx = await startInflux();
  let gateway = await startGateway({ hall: HALL, influx: influx.url });
  const { data } = gateway;
  try {
    await visit(brokerOf(gateway), 1, 20);
    await visits(influx, 20);
    await influx.kill();
    await visit(brokerOf(gateway), 21, 20);
    await until(
      'trouble',
      () => historyPart(gateway),
      ({ state }) => state === 'degraded',
    );
    await gateway.stop();
    gateway = await startGateway({ hall: HALL, influx: influx.url, data });
    await visit(brokerOf(gateway), 41, 20);
    await influx.startAgain();
    await visits(influx, 60);
    await until(
      'it goes on',
      () => historyPart(gateway),
      ({ state }) => state === 'ok',
    );
  } finally {
    await gateway.end();
    await influx.end();
  }
});

Deno.test(
  'who may not make the retention policy of facts is told how; points are written meanwhile',
  async () => {
    const auth = { user: 'admin', password: 'p' };
    const influx = await startInflux({ auth });
    await influx.ask('CREATE DATABASE "hallcast" WITH DURATION 400d NAME "hallcast"');
    await influx.ask(`CREATE USER "hall" WITH PASSWORD 'p'`);
    await influx.ask('GRANT ALL ON "hallcast" TO "hall"');
    const env = { HALLCAST_INFLUX_TOKEN: 'hall:p' };
    const gateway = await startGateway({ hall: HALL, influx: influx.url, env });
    try {
      await visit(brokerOf(gateway), 1, 2);
      const { detail = '' } = await until(
        'trouble',
        () => historyPart(gateway),
        ({ state }) => state === 'degraded',
      );
      await until(
        'points',
        () => figures(gateway),
        ({ written }) => written === 8,
      );
      const [, statement = ''] =
        /an administrator should run: (CREATE RETENTION POLICY [^;]*)/.exec(detail) ?? [];
      await influx.ask(statement);
      await visits(influx, 2);
      await until(
        'it goes on',
        () => historyPart(gateway),
        ({ state }) => state === 'ok',
      );
    } finally {
      await gateway.end();
      await influx.end();
    }
  },
);

Deno.test('10.8 what is gone is deleted before the points of its batch are written', async () => {
  const influx = await startInflux();
  const folder = Deno.makeTempDirSync({ prefix: 'hallcast-' });
  const common = {
    ...{ url: influx.url, database: 'hallcast', file: `${folder}/cursor.sqlite`, hall: 'h1' },
    ...{ timezone: 'Asia/Shanghai', timeoutMs: 5_000, batchBytes: 1e6, verifyMs: 0 },
    ...{ retentionDays: 0, now: Date.now },
  };
  const journal = openInfluxHistory(common);
  const facts = openInfluxHistory({ ...common, facts: true });
  const at = BigInt(Date.now()) * 1_000_000n;
  const point = (ns: bigint, fields: Point['fields']): Point => ({
    ...{ measurement: 'visit', tags: { hall: 'h1' }, fields, timestampNs: at + ns },
  });
  const values = async () => (await rowsOf(influx, VISITS)()).map(({ a, b }) => [a, b]);
  try {
    await journal.prepare?.();
    await facts.append([point(1n, { a: 1, b: 1 }), point(2n, { a: 2 }), point(3n, { a: 3 })], 10);
    // On disk, where a deletion is another thing than in memory.
    await influx.stop();
    await influx.startAgain();
    const gone = (from: bigint, to?: bigint) => ({
      ...{ measurement: 'visit', fromNs: at + from },
      ...(to !== undefined && { toNs: at + to }),
    });
    await facts.append([point(1n, { a: 5 })], 20, [gone(1n, 1n)]);
    equal(await values(), [
      [5, null],
      [2, null],
      [3, null],
    ]);
    await facts.append([point(3n, { a: 6 })], 30, [gone(2n)]);
    equal(await values(), [
      [5, null],
      [6, null],
    ]);
    equal(await facts.through(), 30, 'what was deleted on purpose is no loss');
    equal(await journal.through(), 0);
  } finally {
    await Promise.all([journal.close(), facts.close()]);
    await influx.end();
    Deno.removeSync(folder, { recursive: true });
  }
});

Deno.test(
  '17.8 of two gateways only the one that leads writes facts, and each visit is there once',
  async () => {
    const [broker, influx] = await Promise.all([
      startMosquitto({ settings: ROOMY }),
      startInflux(),
    ]);
    const pair = await makePair(broker.url, { influx: influx.url });
    const a = await pair.a();
    await becomes(a.gateway, 'leading');
    const b = await pair.b();
    try {
      await becomes(a.gateway, 'attached');
      await visit(broker.url, 1, 20);
      await visits(influx, 20);
      equal(await factsWritten(b.gateway), [0, 0]);
      await a.gateway.kill();
      await becomes(b.gateway, 'leading', 10_000);
      await visit(broker.url, 21, 20);
      await visits(influx, 40);
      await a.again();
      await becomes(b.gateway, 'attached');
      await visit(broker.url, 41, 20);
      await visits(influx, 60);
      equal(await factsWritten(a.gateway), [0, 0]);
    } finally {
      await a.gateway.end();
      await b.gateway.end();
      await Promise.all([broker.end(), influx.end()]);
    }
  },
);
