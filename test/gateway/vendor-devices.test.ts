// Vendors' devices at a real gateway, as they really come: a Zigbee plug behind its bridge is discovered, accepted and
// shown; a Sparkplug node that was missed is asked for its births, counts visitors, and dies. SPEC §14.
import assert from 'node:assert/strict';
import { connectAsync, type MqttClient } from 'mqtt';
import { sendCommand } from '../services/command.ts';
import { readPayload } from '../../vendors/reader/sparkplug-payload.ts';
import { birth, death, encode } from '../vendors/reader/sparkplug-node.ts';
import { startMosquitto } from '../services/mosquitto.ts';
import { eventually, HALL, hello, openTestGateway, TestPage, type TestGateway } from './open.ts';

const SOURCES = `
devices:
  - { id: gate-east, kind: counter, zone: z1, source: sparkplug, address: hall/io1/gate }
sources:
  - use: zigbee2mqtt
  - use: tasmota
  - use: shelly
  - use: homie
  - { use: home-assistant, topics: ["radar-1/#"] }
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

/** What came as acknowledged by another broker is a moment later with us. */
const metricIs = (gateway: TestGateway, name: string, wanted: number) =>
  eventually(
    name,
    () => gateway.metric(name),
    (value) => value === wanted,
  );

async function openDevicesPage(gateway: TestGateway): Promise<TestPage> {
  const page = new TestPage(gateway, hello('devices'));
  await page.until('the devices view', ({ data }) => data !== undefined);
  return page;
}

/** Where devices connect to. */
interface Place {
  readonly gateway: TestGateway;
  readonly url: string;
}

/** The embedded broker, or a Mosquitto that the gateway is a client of. */
const PLACES: Readonly<Record<string, () => Promise<{ place: Place; end: () => Promise<void> }>>> =
  {
    'the embedded broker': async () => {
      const gateway = await openTestGateway({ hall: HALL + SOURCES });
      const url = `mqtt://127.0.0.1:${gateway.ports.mqtt}`;
      return { place: { gateway, url }, end: () => gateway.stop() };
    },
    Mosquitto: async () => {
      const mosquitto = await startMosquitto();
      const gateway = await openTestGateway({ hall: HALL + SOURCES, broker: mosquitto.url });
      const end = async () => {
        await gateway.stop();
        await mosquitto.end();
      };
      return { place: { gateway, url: mosquitto.url }, end };
    },
  };

function connect(url: string, clientId: string, will?: { topic: string; payload: Buffer }) {
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

interface Found {
  readonly address: string;
  readonly suggested_id: string;
  readonly name?: string;
  readonly vendor?: string;
  readonly model?: string;
  readonly available?: boolean;
  readonly sample?: string;
}

/** Waits until a device is discovered and so. */
async function discovered(
  gateway: TestGateway,
  address: string,
  holds: (found: Found) => boolean,
): Promise<Found> {
  const ask = async () => {
    const all = await gateway.json<{ discovered: Found[] }>('/api/v1/discovered');
    return all.discovered.find((each) => each.address === address);
  };
  const found = await eventually(address, ask, (each) => each !== undefined && holds(each));
  return found ?? { address, suggested_id: '' };
}

async function accept(gateway: TestGateway, device: { address: string; id: string; kind: string }) {
  const { address, id, kind } = device;
  const fields = { source: 'zigbee2mqtt', zone: 'z1', address, device: id, kind };
  const { status, body } = await sendCommand(gateway.address, 'device.accept', fields);
  assert.equal(status, 200, JSON.stringify(body));
}

const topic = (type: string, rest: string) => `spBv1.0/hall/${type}/${rest}`;

const nodeWill = (bdSeq: number) => ({
  topic: topic('NDEATH', 'io1'),
  payload: Buffer.from(death(bdSeq)),
});

const people = (seq: number, inward: number, outward: number) =>
  encode({
    seq,
    timestamp: Date.now(),
    metrics: [
      { alias: 10, value: inward, timestamp: Date.now() },
      { alias: 11, value: outward, timestamp: Date.now() },
    ],
  });

async function beBorn(node: MqttClient, bdSeq: number): Promise<void> {
  const metrics = [
    { name: 'People/In', alias: 10, value: 0 },
    { name: 'People/Out', alias: 11, value: 0 },
    { name: 'Properties/Firmware Version', type: 'String', value: '2.1' },
  ] as const;
  await say(node, topic('NBIRTH', 'io1'), birth(bdSeq));
  await say(node, topic('DBIRTH', 'io1/gate'), encode({ seq: 1, timestamp: Date.now(), metrics }));
}

for (const [where, open] of Object.entries(PLACES)) {
  Deno.test(
    `a Zigbee plug is discovered, accepted, shown, and gone with its bridge, at ${where}`,
    async () => {
      const { place, end } = await open();
      const { gateway, url } = place;
      const page = await openDevicesPage(gateway);
      const bridge = await connect(url, 'z2m', {
        topic: 'zigbee2mqtt/bridge/state',
        payload: Buffer.from('{"state":"offline"}'),
      });
      await say(bridge, 'zigbee2mqtt/bridge/state', { state: 'online' });
      await say(bridge, 'zigbee2mqtt/bridge/devices', DEVICES);
      await say(bridge, 'zigbee2mqtt/东门/plug', { state: 'ON', power: 12.4 });
      const { name, vendor, model, suggested_id } = await discovered(
        gateway,
        PLUG,
        ({ available }) => available === true,
      );
      assert.deepEqual(
        [name, vendor, model, suggested_id],
        ['东门/plug', 'Xiaomi', 'ZNCZ02LM', 'plug'],
      );
      await accept(gateway, { address: PLUG, id: 'plug', kind: 'other' });
      await accept(gateway, { address: 'bridge', id: 'zigbee', kind: 'network' });
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
      await end();
    },
  );

  Deno.test(
    `Tasmota, Shelly, Homie and ESPHome are discovered by their names, at ${where}`,
    async () => {
      const { place, end } = await open();
      const { gateway, url } = place;
      const device = await connect(url, 'many');
      const shelly = 'shellyplus1pm-a8032ab13004';
      device.on('message', (_topic, payload) => {
        const { id, src } = JSON.parse(payload.toString()) as { id: string; src: string };
        const result = {
          name: '东门插座',
          id: shelly,
          model: 'SNSW-001P16EU',
          ver: '1.4.4',
          app: 'Plus1PM',
        };
        void say(device, `${src}/rpc`, { id, src: shelly, dst: src, result });
      });
      await device.subscribeAsync(`${shelly}/rpc`, { qos: 1 });
      await say(device, `${shelly}/online`, 'true');
      await say(device, 'tele/plug_9CF9D1/LWT', 'Online');
      const config = { dn: '打印机插座', md: 'Sonoff S31', sw: '15.0.1', t: 'plug_9CF9D1' };
      await say(device, 'tasmota/discovery/5CCF7F9CF9D1/config', config);
      const nodes = { people: { properties: { present: { datatype: 'integer' } } } };
      await say(device, 'homie/5/seats-1/$description', {
        homie: '5.0',
        version: 1,
        name: '座位',
        nodes,
      });
      await say(device, 'homie/5/seats-1/$state', 'ready');
      await say(device, 'homeassistant/sensor/radar-1/people/config', {
        stat_t: 'radar-1/people',
        avty_t: 'radar-1/status',
        dev: { ids: 'a0b765f1c2d4', name: '雷达', mf: 'Espressif', mdl: 'esp32dev' },
      });
      await say(device, 'radar-1/status', 'online');
      for (const [address, name, model] of [
        [shelly, '东门插座', 'Plus1PM'],
        ['plug_9CF9D1', '打印机插座', 'Sonoff S31'],
        ['seats-1', '座位', undefined],
        ['a0b765f1c2d4', '雷达', 'esp32dev'],
      ] as const) {
        const found = await discovered(
          gateway,
          address,
          (each) => each.name === name && each.available === true,
        );
        assert.equal(found.model, model);
      }
      assert.equal(await gateway.metric('hallcast_signals_rejected_total'), 0);
      await device.endAsync();
      await end();
    },
  );

  Deno.test(
    `a Sparkplug node is asked for missed births, counts visitors, and dies, at ${where}`,
    async () => {
      const { place, end } = await open();
      const { gateway, url } = place;
      const page = await openDevicesPage(gateway);
      const node = await connect(url, 'io1', nodeWill(3));
      const asked = { count: 0 };
      node.on('message', (_topic, payload) => {
        const command = readPayload(new Uint8Array(payload), 10);
        const [metric] = 'metrics' in command ? command.metrics : [];
        if (metric?.name === 'Node Control/Rebirth' && metric.value === true) asked.count++;
      });
      await node.subscribeAsync(topic('NCMD', 'io1'), { qos: 1 });
      await say(node, topic('DDATA', 'io1/gate'), people(7, 1, 0));
      await eventually(
        'asked to be born again',
        () => asked.count,
        (count) => count === 1,
      );
      await metricIs(gateway, 'hallcast_signals_rejected_total', 1);
      await beBorn(node, 3);
      await page.until('gate online', (its) => rowOf(its, 'gate-east')?.state === 'online');
      await page.until('its firmware', (its) => rowOf(its, 'gate-east')?.firmware === '2.1');
      await say(node, topic('DDATA', 'io1/gate'), people(2, 4, 1));
      const flows = await eventually(
        'two flows',
        () => signals(gateway, 'occupancy'),
        ({ length }) => length === 2,
      );
      assert.deepEqual(
        flows.map((signal) => [signal['in'], signal['out']]),
        [
          [0, 0],
          [4, 1],
        ],
      );
      node.stream.destroy();
      await page.until('gate offline', (its) => rowOf(its, 'gate-east')?.state === 'offline');
      assert.equal(rowOf(page, 'gate-east')?.fault, 'edge node offline');
      const again = await connect(url, 'io1');
      await beBorn(again, 4);
      await page.until('gate back', (its) => rowOf(its, 'gate-east')?.state === 'online');
      await say(again, topic('NDEATH', 'io1'), death(3));
      await say(again, topic('DDATA', 'io1/gate'), people(2, 5, 1));
      await eventually(
        'its data',
        () => signals(gateway, 'occupancy'),
        ({ length }) => length === 4,
      );
      const states = (await signals(gateway, 'device')).map(({ state }) => state);
      assert.deepEqual(
        states.filter((state, index) => state !== states[index - 1]),
        ['online', 'offline', 'online'],
        'the death of an earlier connection is none',
      );
      await again.endAsync();
      await page.close();
      await end();
    },
  );
}

Deno.test('a Zigbee bridge that dies with twenty sensors behind it is one fault', async () => {
  const addresses = Array.from(
    { length: 20 },
    (_, n) => `0x00158d00018${String(n).padStart(5, '0')}`,
  );
  const devices = addresses.map(
    (address, n) =>
      `  - { id: z-${n}, kind: sensor, zone: z1, via: zigbee, source: zigbee2mqtt, address: "${address}" }`,
  );
  const hall = `${HALL}
faults: { after_s: 0.5 }
emergency_from: []
sources: [{ use: zigbee2mqtt }]
devices:
  - { id: zigbee, kind: network, source: zigbee2mqtt, address: bridge }
${devices.join('\n')}
`;
  const gateway = await openTestGateway({ hall });
  const bridge = await connect(`mqtt://127.0.0.1:${gateway.ports.mqtt}`, 'z2m', {
    topic: 'zigbee2mqtt/bridge/state',
    payload: Buffer.from('offline'),
  });
  await say(bridge, 'zigbee2mqtt/bridge/state', 'online');
  const list = addresses.map((ieee_address, n) => ({ ieee_address, friendly_name: `n${n}` }));
  await say(bridge, 'zigbee2mqtt/bridge/devices', list);
  for (const { friendly_name } of list) {
    await say(bridge, `zigbee2mqtt/${friendly_name}`, { temperature: 21 });
  }
  bridge.stream.destroy();
  interface Fault {
    readonly kind: string;
    readonly cause?: string;
    readonly devices: readonly string[];
  }
  const ask = async () => (await gateway.json<{ faults: Fault[] }>('/api/v1/faults')).faults;
  const faults = await eventually('a fault', ask, ({ length }) => length > 0);
  assert.deepEqual(
    faults.map(({ kind, cause, devices: covered }) => [kind, cause, covered.length]),
    [['uplink', 'zigbee', 21]],
  );
  await gateway.stop();
});

Deno.test(
  'at Mosquitto a gateway that comes later, and again, learns from what is retained, and takes nothing twice',
  async () => {
    const mosquitto = await startMosquitto();
    const bridge = await connect(mosquitto.url, 'z2m');
    await say(bridge, 'zigbee2mqtt/东门/plug', { state: 'ON', battery: 80 });
    await say(bridge, 'zigbee2mqtt/东门/plug/availability', { state: 'online' });
    await say(bridge, 'zigbee2mqtt/bridge/state', { state: 'online' });
    await say(bridge, 'zigbee2mqtt/bridge/devices', DEVICES);
    const node = await connect(mosquitto.url, 'io1', nodeWill(0));
    const first = await openTestGateway({ hall: HALL + SOURCES, broker: mosquitto.url });
    await discovered(
      first,
      PLUG,
      ({ available, sample }) => available === true && sample !== undefined,
    );
    await accept(first, { address: PLUG, id: 'plug', kind: 'other' });
    await say(bridge, 'zigbee2mqtt/东门/plug', { state: 'OFF', battery: 79 });
    await beBorn(node, 0);
    const entries = () => signals(first, 'device');
    await eventually(
      'both are there',
      entries,
      (all) => new Set(all.map(({ state }) => state)).size === 1 && all.length === 2,
    );
    await first.stop();
    const { data } = first;
    const second = await openTestGateway({ hall: HALL + SOURCES, broker: mosquitto.url, data });
    const page = await openDevicesPage(second);
    await page.until('plug online', (its) => rowOf(its, 'plug')?.state === 'online');
    // Told anew in the retained messages, and no news: the node's death is the next entry of either.
    node.stream.destroy();
    await page.until('gate offline', (its) => rowOf(its, 'gate-east')?.state === 'offline');
    assert.equal(
      rowOf(page, 'gate-east')?.fault,
      'edge node offline',
      'though its birth was before',
    );
    const told = (await signals(second, 'device')).map(({ state }) => state);
    assert.deepEqual(told, ['online', 'online', 'offline']);
    await bridge.endAsync();
    await page.close();
    await second.stop();
    await mosquitto.end();
  },
);

Deno.test(
  'what a Sparkplug node says while the gateway is away is answered as the first thing after it',
  async () => {
    const mosquitto = await startMosquitto();
    const first = await openTestGateway({ hall: HALL + SOURCES, broker: mosquitto.url });
    const node = await connect(mosquitto.url, 'io1', nodeWill(0));
    node.on('message', () => void beBorn(node, 0));
    await node.subscribeAsync(topic('NCMD', 'io1'), { qos: 1 });
    await beBorn(node, 0);
    const states = (gateway: TestGateway) => signals(gateway, 'device');
    await eventually(
      'gate is there',
      () => states(first),
      ({ length }) => length === 1,
    );
    await first.stop();
    await say(node, topic('DDATA', 'io1/gate'), people(2, 7, 0));
    const { data } = first;
    const second = await openTestGateway({ hall: HALL + SOURCES, broker: mosquitto.url, data });
    await eventually(
      'gate was born again',
      () => states(second),
      (all) => all.length > 1 && all.at(-1)?.['firmware'] === '2.1',
    );
    await say(node, topic('DDATA', 'io1/gate'), people(2, 8, 0));
    const counted = (flows: readonly Record<string, unknown>[]) => flows.at(-1)?.['in'] === 8;
    await eventually('its data', () => signals(second, 'occupancy'), counted);
    assert.equal(
      await second.metric('hallcast_signals_rejected_total'),
      1,
      'kept as a dead letter',
    );
    await node.endAsync();
    await second.stop();
    await mosquitto.end();
  },
);
