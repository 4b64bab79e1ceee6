// Summaries of other halls at a real broker and at the embedded one: who may publish them, and what junk does. SPEC 25.9.
import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import mqtt from 'mqtt';
import type { Summary } from '../../hall/summary.ts';
import { startMosquitto } from '../services/mosquitto.ts';
import { connectDevice, eventually, HALL, openTestGateway, type TestGateway } from './open.ts';

const HALLS = `${HALL}\nneighbours: [{ id: north }, { id: south }]\n`;
const TOPIC = 'hall/north/gateway/summary';
const SAID = { qos: 1, retain: true } as const;

const NORTH = {
  type: 'summary',
  hall: 'north',
  name: { zh: '北县政务服务中心' },
  level: 'county',
  timezone: 'Asia/Shanghai',
  date: '2026-11-18',
  opening: { state: 'open' },
  waiting: { total: 7, queues: {} },
  windows: { open: 3, total: 4 },
  within: [],
  today: { issued: 20, serving: 3, completed: 10, no_show: 0 },
  devices: { online: 5 },
  emergencies: [],
  source: { state: 'live' },
  faults: [],
  gateway: { version: '1' },
} satisfies Omit<Summary, 'at'>;
const says = (total = 7) =>
  JSON.stringify({ ...NORTH, at: Date.now(), waiting: { total, queues: {} } });

interface Row {
  readonly id: string;
  readonly freshness: { readonly state: string };
  readonly figures?: { readonly waiting: number };
}

async function rowOf(gateway: TestGateway, id: string): Promise<Row | undefined> {
  type Answer = { halls?: { rows: readonly Row[] } };
  const state = await gateway.json<Answer & { data?: Answer }>('/api/v1/state?view=wall');
  return (state.halls ?? state.data?.halls)?.rows.find((row) => row.id === id);
}

const untilWaiting = (gateway: TestGateway, total: number | undefined) =>
  eventually(
    `${total} wait in the north`,
    () => rowOf(gateway, 'north'),
    (row) => row?.figures?.waiting === total,
  );

const results = async (gateway: TestGateway) => {
  const text = await (await gateway.get('/metrics')).text();
  const count = (result: string) =>
    Number(
      new RegExp(`^hallcast_neighbour_summaries_total{result="${result}"} (\\d+)`, 'm').exec(
        text,
      )?.[1],
    );
  return { taken: count('taken'), refused: count('refused') };
};

async function nothingCounted(gateway: TestGateway): Promise<void> {
  equal(await gateway.metric('hallcast_signals_received_total'), 0);
  equal(await gateway.metric('hallcast_dead_letters'), 0);
}

test('25.9 a retained summary at the hall’s own broker is on the wall; junk there does nothing', async () => {
  const mosquitto = await startMosquitto();
  const north = await mqtt.connectAsync(mosquitto.url, { clientId: 'hallcast-north' });
  await north.publishAsync(TOPIC, says(), SAID);
  const gateway = await openTestGateway({ hall: HALLS, broker: mosquitto.url });
  try {
    const row = await untilWaiting(gateway, 7);
    equal(row?.freshness.state, 'live');
    deepEqual((await rowOf(gateway, 'south'))?.freshness, { state: 'none' });
    for (const junk of ['{', '[]', JSON.stringify({ ...NORTH, hall: 'h1' }), 'x'.repeat(400_000)])
      await north.publishAsync(TOPIC, junk, SAID);
    await eventually(
      'the junk is refused',
      () => results(gateway),
      ({ refused }) => refused === 4,
    );
    equal((await rowOf(gateway, 'north'))?.figures?.waiting, 7, 'the last good one stays');
    const told = gateway.lines.filter((line) => line.includes('"neighbours.refused"'));
    equal(told.length, 1, told.join('\n'));
    await north.publishAsync(TOPIC, says(9), SAID);
    await untilWaiting(gateway, 9);
    // The broker comes back with what is retained.
    await mosquitto.stop();
    await mosquitto.start();
    await north.publishAsync(TOPIC, says(11), SAID);
    await untilWaiting(gateway, 11);
    await north.publishAsync(TOPIC, '', SAID);
    await untilWaiting(gateway, undefined);
    await nothingCounted(gateway);
  } finally {
    await gateway.stop();
    await north.endAsync(true);
    await mosquitto.end();
  }
});

test('25.9 at the embedded broker the client of that hall’s gateway alone may publish it', async () => {
  const gateway = await openTestGateway({ hall: HALLS });
  const connect = (id: string) => connectDevice(gateway, id);
  const [north, south, device, page] = await Promise.all(
    ['hallcast-north', 'hallcast-south', 'disp-1', 'page'].map(connect),
  );
  ok(north && south && device && page);
  const heard: string[] = [];
  page.on('message', (_topic, payload) => heard.push(String(payload)));
  await page.subscribeAsync(TOPIC, { qos: 1 });
  // More than the embedded broker retains of a device.
  const first = says(7).replace('{', `{"later":"${'x'.repeat(10_000)}",`);
  await north.publishAsync(TOPIC, first, SAID);
  await untilWaiting(gateway, 7);
  await nothingCounted(gateway);
  const late = await connect('late');
  const retained = new Promise((resolve) =>
    late.once('message', (_topic, payload) => resolve(String(payload))),
  );
  await late.subscribeAsync(TOPIC, { qos: 1 });
  equal(await retained, first);
  // A device and another hall's gateway are refused as before: a dead letter each, and nobody gets it.
  for (const forger of [device, south]) await forger.publishAsync(TOPIC, says(99), SAID);
  equal(await gateway.metric('hallcast_dead_letters'), 2);
  await north.publishAsync(TOPIC, 'junk', SAID);
  await device.publishAsync('hall/h1/disp-1/device', '{"type":"state","state":"online"}', {
    qos: 1,
  });
  const second = says(8);
  await north.publishAsync(TOPIC, second, SAID);
  await untilWaiting(gateway, 8);
  await eventually(
    'both summaries',
    () => heard,
    () => heard.includes(second),
  );
  deepEqual(heard, [first, second]);
  deepEqual(await results(gateway), { taken: 2, refused: 1 });
  equal(await gateway.metric('hallcast_dead_letters'), 2);
  for (const client of [north, south, device, page, late]) await client.endAsync(true);
  await gateway.stop();
});
