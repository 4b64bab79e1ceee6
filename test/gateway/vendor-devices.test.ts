// Vendors' devices at a real gateway, as they really come: a Zigbee plug behind its bridge is discovered, accepted and
// shown; a Sparkplug node that was missed is asked for its births, counts visitors, and dies. SPEC §14.
import assert from 'node:assert/strict';
import { connectAsync, type MqttClient } from 'mqtt';
import { readPayload } from '../../hall/source/sparkplug-payload.ts';
import { birth, death, encode } from '../hall/source/sparkplug-node.ts';
import { eventually, HALL, hello, openTestGateway, TestPage, type TestGateway } from './open.ts';

const SOURCES = `
devices:
  - { id: gate-east, kind: counter, zone: z1, source: sparkplug, address: hall/io1/gate }
sources:
  - use: zigbee2mqtt
  - use: sparkplug
    groups: [hall]
    signals:
      - stream: occupancy
        type: flow
        when: { /People: { present: true } }
        fields: { zone: { value: z1 }, in: /People/In, out: /People/Out }
`;

const PLUG = '0x00158d00018255df';
const DEVICES = [
  { ieee_address: '0x00124b00120144ae', type: 'Coordinator', friendly_name: 'Coordinator' },
  {
    ieee_address: PLUG,
    type: 'Router',
    friendly_name: '东门/plug',
    definition: { model: 'ZNCZ02LM', vendor: 'Xiaomi', exposes: [{ type: 'switch' }] },
    software_build_id: '3000-0001',
  },
];

interface Row {
  readonly state: string;
  readonly fault?: string;
  readonly firmware?: string;
  readonly batteryPct?: number;
}

const rowOf = (page: TestPage, id: string): Row | undefined =>
  (page.data?.['devices'] as Record<string, Row> | undefined)?.[id];

async function openDevicesPage(gateway: TestGateway): Promise<TestPage> {
  const page = new TestPage(gateway, hello('devices'));
  await page.until('the devices view', ({ data }) => data !== undefined);
  return page;
}

function connect(
  gateway: TestGateway,
  clientId: string,
  will?: { topic: string; payload: Buffer },
) {
  const url = `mqtt://127.0.0.1:${gateway.ports.mqtt}`;
  return connectAsync(url, {
    clientId,
    reconnectPeriod: 0,
    ...(will && { will: { ...will, qos: 1 as const } }),
  });
}

async function signals(gateway: TestGateway, stream: string): Promise<Record<string, unknown>[]> {
  const text = await (await gateway.get('/api/v1/journal')).text();
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as { stream: string; signal: Record<string, unknown> })
    .filter((entry) => entry.stream === stream)
    .map(({ signal }) => signal);
}

const say = (client: MqttClient, topic: string, payload: object | string | Uint8Array) =>
  client.publishAsync(
    topic,
    payload instanceof Uint8Array
      ? Buffer.from(payload)
      : typeof payload === 'string'
        ? payload
        : JSON.stringify(payload),
    { qos: 1, retain: !(payload instanceof Uint8Array) },
  );

Deno.test(
  'a Zigbee plug is discovered by name, accepted, and shown; its bridge takes it along',
  async () => {
    const gateway = await openTestGateway({ hall: HALL + SOURCES });
    const page = await openDevicesPage(gateway);
    const bridge = await connect(gateway, 'z2m', {
      topic: 'zigbee2mqtt/bridge/state',
      payload: Buffer.from('{"state":"offline"}'),
    });
    await say(bridge, 'zigbee2mqtt/bridge/state', { state: 'online' });
    await say(bridge, 'zigbee2mqtt/bridge/devices', DEVICES);
    await say(bridge, 'zigbee2mqtt/东门/plug', { state: 'ON', power: 12.4 });
    const { discovered } = await gateway.json<{ discovered: Record<string, unknown>[] }>(
      '/api/v1/discovered',
    );
    const found = discovered.find(({ address }) => address === PLUG);
    assert.deepEqual(
      [
        found?.['source'],
        found?.['name'],
        found?.['vendor'],
        found?.['model'],
        found?.['available'],
      ],
      ['zigbee2mqtt', '东门/plug', 'Xiaomi', 'ZNCZ02LM', true],
    );
    assert.equal(found?.['suggested_id'], 'plug');
    for (const [address, id, kind] of [
      [PLUG, 'plug', 'other'],
      ['bridge', 'zigbee', 'network'],
    ] as const) {
      const query = new URLSearchParams({ source: 'zigbee2mqtt', address, id, kind, zone: 'z1' });
      const url = `${gateway.address}/api/v1/discovered/accept?${query}`;
      const accepted = await fetch(url, { method: 'POST' });
      assert.equal(accepted.status, 200, await accepted.text());
    }
    await say(bridge, 'zigbee2mqtt/bridge/state', { state: 'online' });
    await say(bridge, 'zigbee2mqtt/bridge/devices', DEVICES);
    await say(bridge, 'zigbee2mqtt/东门/plug', { state: 'OFF', battery: 55 });
    await page.until('plug online', (its) => rowOf(its, 'plug')?.state === 'online');
    await page.until('its firmware', (its) => rowOf(its, 'plug')?.firmware === '3000-0001');
    await say(bridge, 'zigbee2mqtt/东门/plug/availability', { state: 'offline' });
    await page.until('plug offline', (its) => rowOf(its, 'plug')?.state === 'offline');
    await say(bridge, 'zigbee2mqtt/东门/plug/availability', { state: 'online' });
    await page.until('plug back', (its) => rowOf(its, 'plug')?.state === 'online');
    assert.equal(rowOf(page, 'plug')?.batteryPct, 55);
    bridge.stream.destroy();
    await page.until('all gone', (its) =>
      ['plug', 'zigbee'].every((id) => rowOf(its, id)?.state === 'offline'),
    );
    assert.equal(rowOf(page, 'plug')?.fault, 'Zigbee2MQTT bridge offline');
    assert.equal(await gateway.metric('hallcast_signals_rejected_total'), 0);
    await page.close();
    await gateway.stop();
  },
);

Deno.test(
  'a Sparkplug node is asked for the births that were missed, counts visitors, and dies',
  async () => {
    const gateway = await openTestGateway({ hall: HALL + SOURCES });
    const page = await openDevicesPage(gateway);
    const topic = (type: string, rest: string) => `spBv1.0/hall/${type}/${rest}`;
    const node = await connect(gateway, 'io1', {
      topic: topic('NDEATH', 'io1'),
      payload: Buffer.from(death(3)),
    });
    let commands = 0;
    node.on('message', (_topic, payload) => {
      const command = readPayload(new Uint8Array(payload), 10);
      if ('metrics' in command && command.metrics[0]?.name === 'Node Control/Rebirth') commands++;
    });
    await node.subscribeAsync(topic('NCMD', 'io1'), { qos: 1 });
    const people = (seq: number, inward: number, outward: number) => {
      const metrics = [
        { alias: 10, value: inward, timestamp: Date.now() },
        { alias: 11, value: outward, timestamp: Date.now() },
      ];
      return encode({ seq, timestamp: Date.now(), metrics });
    };
    await say(node, topic('DDATA', 'io1/gate'), people(7, 1, 0));
    await eventually(
      'asked to be born again',
      () => commands,
      (count) => count === 1,
    );
    assert.equal(await gateway.metric('hallcast_signals_rejected_total'), 1);
    await say(node, topic('NBIRTH', 'io1'), birth(3));
    const metrics = [
      { name: 'People/In', alias: 10, value: 0 },
      { name: 'People/Out', alias: 11, value: 0 },
      { name: 'Properties/Firmware Version', type: 'String', value: '2.1' },
    ] as const;
    await say(
      node,
      topic('DBIRTH', 'io1/gate'),
      encode({ seq: 1, timestamp: Date.now(), metrics }),
    );
    await page.until('gate online', (its) => rowOf(its, 'gate-east')?.state === 'online');
    assert.equal(rowOf(page, 'gate-east')?.firmware, '2.1');
    await say(node, topic('DDATA', 'io1/gate'), people(2, 4, 1));
    const flows = (await signals(gateway, 'occupancy')).map((signal) => [
      signal['in'],
      signal['out'],
    ]);
    assert.deepEqual(flows, [
      [0, 0],
      [4, 1],
    ]);
    node.stream.destroy();
    await page.until('gate offline', (its) => rowOf(its, 'gate-east')?.state === 'offline');
    assert.equal(rowOf(page, 'gate-east')?.fault, 'edge node offline');
    const again = await connect(gateway, 'io1');
    await say(again, topic('NBIRTH', 'io1'), birth(4));
    await say(
      again,
      topic('DBIRTH', 'io1/gate'),
      encode({ seq: 1, timestamp: Date.now(), metrics }),
    );
    await page.until('gate back', (its) => rowOf(its, 'gate-east')?.state === 'online');
    await say(again, topic('NDEATH', 'io1'), death(3));
    await say(again, topic('DDATA', 'io1/gate'), people(2, 5, 1));
    const states = (await signals(gateway, 'device')).map(({ state }) => state);
    assert.deepEqual(
      states.filter((state, index) => state !== states[index - 1]),
      ['online', 'offline', 'online'],
      'the death of an earlier connection is none',
    );
    await again.endAsync();
    await page.close();
    await gateway.stop();
  },
);
