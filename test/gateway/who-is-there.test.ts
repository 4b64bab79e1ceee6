// Who is there, at a real gateway: what is heard outweighs an old "offline", a bridge whose devices speak is not blamed, a
// bare nan costs nothing else, the list of a big network is read, and a restart forgets nothing that counts. SPEC §14.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import mqtt, { type MqttClient } from 'mqtt';
import { journalOf } from '../services/ask.ts';
import { startGateway, type Gateway } from '../services/gateway.ts';
import { startMosquitto, type Mosquitto } from '../services/mosquitto.ts';
import { eventually, HALL, metricOf } from './open.ts';

const RADAR_RULE = `
    topics: ["radar-1/#"]
    signals:
      - stream: occupancy
        type: count
        when: { /target_count: { present: true } }
        fields: { zone: "{zone}", present: { from: /target_count, round: 0 } }`;
const PAD_RULE = `
    signals:
      - stream: evaluation
        type: submitted
        when: { /action: [1_single] }
        fields: { window: "{window}", level: { from: /action, map: { 1_single: 5 } } }
        id: "{address}-{/last_seen}"`;
const PAD = '0x00158d0001a2b3c4';
const DEVICES = `
faults: { after_s: 0.1, calm_s: 0, flapping_times: 8 }
emergency_from: []
devices:
  - { id: radar-1, kind: counter, zone: z1, source: home-assistant, address: r0 }
  - { id: plug-1, kind: other, zone: z1, source: tasmota, address: x }
  - { id: alarm-1, kind: sensor, zone: z1, source: shelly, address: shellyi4 }
  - { id: lamp-1, kind: other, zone: z1, source: lamps, address: lamp-1 }
  - { id: zigbee, kind: network, source: zigbee2mqtt, address: bridge }
  - { id: pad-1, kind: evaluator, window: w1, via: zigbee, source: zigbee2mqtt, address: "${PAD}" }
sources:
  - use: home-assistant${RADAR_RULE}
  - use: tasmota
  - use: shelly
  - use: zigbee2mqtt${PAD_RULE}
  - name: lamps
    topic: ["lamps/{n}/will", "lamps/{n}/data"]
    device: "{n}"
    signals:
      - { stream: device, when: { /up: { present: true } }, fields: { state: { from: /up, map: { "0": offline, "1": online } } } }
      - { stream: network, when: { /rtt: { present: true } }, fields: { zone: { value: internet }, rtt_ms: /rtt, loss_pct: { value: 0 } } }
`;

const CONFIG = {
  name: 'n',
  uniq_id: 'r0t',
  stat_t: 'radar-1/state',
  val_tpl: '{{ value_json.target_count }}',
  avty_t: 'radar-1/LWT',
  dev: { ids: 'r0' },
};
const LIST = [
  {
    ieee_address: PAD,
    friendly_name: 'pad',
    type: 'EndDevice',
    definition: { model: 'M', vendor: 'V' },
  },
];

const say = (client: MqttClient, topic: string, payload: object | string, retain = false) =>
  client.publishAsync(topic, typeof payload === 'string' ? payload : JSON.stringify(payload), {
    qos: 1,
    retain,
  });

async function sayKnown(client: MqttClient): Promise<void> {
  await say(client, 'homeassistant/sensor/radar-1/target_count/config', CONFIG, true);
  await say(client, 'zigbee2mqtt/bridge/devices', LIST, true);
}

async function sayGone(client: MqttClient): Promise<void> {
  await say(client, 'radar-1/LWT', 'offline', true);
  await say(client, 'tele/x/LWT', 'Offline', true);
  await say(client, 'shellyi4/online', 'false', true);
  await say(client, 'zigbee2mqtt/bridge/state', { state: 'offline' }, true);
  await say(client, 'lamps/lamp-1/will', { up: 0 }, true);
}

async function sayAll(client: MqttClient, n: number): Promise<void> {
  await say(client, 'radar-1/state', { target_count: 4 + n });
  await say(client, 'tele/x/SENSOR', { Time: `2026-11-30T20:00:0${n}`, Temp: 21 });
  const params = { ts: Date.now() / 1000, 'input:0': { id: 0, state: true } };
  await say(client, 'shellyi4/events/rpc', { src: 'shellyi4', method: 'NotifyStatus', params });
  await say(client, 'zigbee2mqtt/pad', { action: '1_single', last_seen: Date.now() + n });
  await say(client, 'lamps/lamp-1/data', { rtt: 10 + n });
}

const ALL = ['alarm-1', 'lamp-1', 'pad-1', 'plug-1', 'radar-1', 'zigbee'];

interface Told {
  readonly id: string;
  readonly severity: number;
  readonly title: { readonly en: string };
  readonly devices: readonly string[];
}

const json = async <T>({ url }: Gateway, path: string) =>
  (await (await fetch(`${url}/api/v1/${path}`)).json()) as T;
const faultsOf = async (gateway: Gateway) =>
  (await json<{ faults: Told[] }>(gateway, 'faults')).faults;
const lettersOf = async (gateway: Gateway) =>
  (
    await json<{ letters: { topic: string; reason: string; detail: string }[] }>(
      gateway,
      'dead-letters',
    )
  ).letters;

interface State {
  readonly devices: Readonly<Record<string, { readonly state: string }>>;
  readonly occupancy: Readonly<Record<string, { readonly present: number }>>;
}
const stateOf = async (gateway: Gateway) => (await json<{ state: State }>(gateway, 'state')).state;

const untilStates = (gateway: Gateway, wanted: string) =>
  eventually(
    `all ${wanted}`,
    async () => {
      const { devices } = await stateOf(gateway);
      return ALL.map((id) => `${id} ${devices[id]?.state ?? 'none'}`);
    },
    (states) => states.every((state) => state.endsWith(` ${wanted}`)),
  );

const presentIs = (gateway: Gateway, wanted: number) =>
  eventually(
    `present ${wanted}`,
    async () => (await stateOf(gateway)).occupancy['z1']?.present,
    (present) => present === wanted,
  );

/** What the journal says of the states of the devices, in order. */
async function statesOf(gateway: Gateway): Promise<Record<string, string[]>> {
  const states: Record<string, string[]> = {};
  for (const { device, stream, signal } of await journalOf(gateway)) {
    if (stream === 'device')
      (states[device] ??= []).push(String((signal as object & { state?: string }).state));
  }
  return states;
}

interface Place {
  readonly gateway: Gateway;
  readonly client: MqttClient;
  again(how: 'stop' | 'kill'): Promise<Place>;
  end(): Promise<void>;
}

const atMosquitto = async (hall: string, mosquitto: Mosquitto, data?: string): Promise<Place> => {
  const gateway = await startGateway({ hall, broker: mosquitto.url, ...(data && { data }) });
  const client = await mqtt.connectAsync(mosquitto.url, {
    clientId: `bridge-${crypto.randomUUID()}`,
  });
  return {
    gateway,
    client,
    async again(how) {
      await client.endAsync();
      await gateway[how]();
      return atMosquitto(hall, mosquitto, gateway.data);
    },
    async end() {
      await client.endAsync();
      await gateway.end();
      await mosquitto.end();
    },
  };
};

const embedded = async (hall: string, data?: string): Promise<Place> => {
  const gateway = await startGateway({ hall, ...(data && { data }) });
  const url = `mqtt://127.0.0.1:${gateway.mqtt}`;
  const client = await mqtt.connectAsync(url, { clientId: 'bridge', reconnectPeriod: 0 });
  // Closed with the gateway, or for a message that is too large.
  client.on('error', () => {});
  return {
    gateway,
    client,
    async again(how) {
      await gateway[how]();
      client.end(true);
      return embedded(hall, gateway.data);
    },
    async end() {
      client.end(true);
      await gateway.end();
    },
  };
};

const PLACES = {
  Mosquitto: async (hall: string) => atMosquitto(hall, await startMosquitto()),
  'the embedded broker': (hall: string) => embedded(hall),
};

for (const [where, open] of Object.entries(PLACES)) {
  test(`what is heard outweighs an old offline, without flapping, told once, over a restart, at ${where}`, async () => {
    let place = await open(HALL + DEVICES);
    try {
      await sayKnown(place.client);
      await sayGone(place.client);
      for (let n = 0; n < 4; n++) await sayAll(place.client, n);
      await untilStates(place.gateway, 'online');
      await presentIs(place.gateway, 7);
      const states = await statesOf(place.gateway);
      for (const id of ['radar-1', 'plug-1', 'alarm-1', 'zigbee', 'pad-1']) {
        const told = states[id] ?? [];
        assert.ok(told.lastIndexOf('offline') <= told.indexOf('online'), `${id} ${told.join()}`);
      }
      const contradicted = ['alarm-1', 'lamp-1', 'plug-1', 'radar-1', 'zigbee'];
      const wanted = contradicted.map((id) => `availability:${id}`);
      const untilTold = (gateway: Gateway) =>
        eventually(
          'the contradictions are told',
          () => faultsOf(gateway),
          (faults) =>
            faults
              .map(({ id }) => id)
              .sort()
              .join() === wanted.join(),
        );
      const faults = await untilTold(place.gateway);
      assert.ok(faults.every(({ severity }) => severity === 1));
      assert.match(
        faults.find(({ devices }) => devices[0] === 'radar-1')?.title.en ?? '',
        /radar-1.* is heard, but radar-1\/LWT still says that it is offline/,
      );
      // Told again at the next start, the old words are still old.
      place = await place.again('kill');
      await sayAll(place.client, 5);
      await untilStates(place.gateway, 'online');
      await presentIs(place.gateway, 9);
      await untilTold(place.gateway);
      assert.deepEqual(await lettersOf(place.gateway), []);
      // What really goes is gone, and what says that it is back agrees with what is heard.
      await sayGone(place.client);
      await untilStates(place.gateway, 'offline');
      for (const [topic, word] of [
        ['radar-1/LWT', 'online'],
        ['tele/x/LWT', 'Online'],
        ['shellyi4/online', 'true'],
        ['zigbee2mqtt/bridge/state', '{"state":"online"}'],
        ['lamps/lamp-1/will', '{"up":1}'],
      ] as const) {
        await say(place.client, topic, word, true);
      }
      await untilStates(place.gateway, 'online');
      await eventually(
        'no fault is left',
        () => faultsOf(place.gateway),
        (left) => left.length === 0,
      );
    } finally {
      await place.end();
    }
  });

  test(`a restart forgets neither lists nor announcements, at ${where}`, async () => {
    let place = await open(HALL + DEVICES);
    try {
      await sayKnown(place.client);
      await say(place.client, 'zigbee2mqtt/bridge/state', { state: 'online' }, true);
      await say(place.client, 'radar-1/LWT', 'online', true);
      let presses = 0;
      const press = () =>
        say(place.client, 'zigbee2mqtt/pad', {
          action: '1_single',
          last_seen: Date.now() + presses++,
        });
      const evaluations = async () =>
        (await journalOf(place.gateway)).filter(({ stream }) => stream === 'evaluation').length;
      const pressed = () => eventually('each press counts', evaluations, (n) => n === presses);
      await press();
      await press();
      await say(place.client, 'radar-1/state', { target_count: 4 });
      await pressed();
      await presentIs(place.gateway, 4);
      for (const [how, present] of [
        ['stop', 20],
        ['kill', 30],
      ] as const) {
        place = await place.again(how);
        await press();
        await press();
        await press();
        await say(place.client, 'radar-1/state', { target_count: present });
        await pressed();
        await presentIs(place.gateway, present);
        assert.deepEqual(await lettersOf(place.gateway), []);
      }
    } finally {
      await place.end();
    }
  });

  test(`one nan costs neither the rest nor the device, at ${where}`, async () => {
    const place = await open(HALL + DEVICES);
    const { gateway, client } = place;
    try {
      let rtt = 10;
      for (const none of ['nan', '-nan', 'inf', 'NaN']) {
        const payload = `{"Time":"2026-03-02T10:00:00","SI7021":{"Temperature":21.3},"AM2301":{"Temperature":${none},"Humidity":${none}},"TempUnit":"C"}`;
        await say(client, 'tele/x/SENSOR', payload);
        await say(client, 'lamps/lamp-1/data', `{"rtt":${++rtt},"noise":${none}}`);
      }
      await eventually(
        'all of it counts',
        async () => (await journalOf(gateway)).filter(({ stream }) => stream === 'network').length,
        (n) => n === 4,
      );
      assert.equal((await stateOf(gateway)).devices['plug-1']?.state, 'online');
      assert.deepEqual(await lettersOf(gateway), []);
      await say(client, 'tele/x/SENSOR', '{"Time":');
      const [letter] = await eventually(
        'what cannot be read is kept',
        () => lettersOf(gateway),
        (letters) => letters.length > 0,
      );
      assert.deepEqual([letter?.topic, letter?.reason], ['tele/x/SENSOR', 'json']);
    } finally {
      await place.end();
    }
  });

  test(`the list of a big network is read; one beyond the limit is a letter, a fault and a line, at ${where}`, async () => {
    const place = await open(`${HALL}${DEVICES}limits: { source_list_mib: 2 }\n`);
    const { gateway, client } = place;
    const network = (bytes: number) =>
      Array.from({ length: 160 }, (_, n) => ({
        ieee_address: n === 0 ? PAD : `0x00158d0001a2${n.toString(16).padStart(4, '0')}`,
        friendly_name: n === 0 ? 'pad' : `pad${n}`,
        type: 'EndDevice',
        definition: { model: 'M', vendor: 'V', exposes: 'x'.repeat(bytes / 160) },
      }));
    try {
      await say(client, 'zigbee2mqtt/bridge/devices', network(1_300_000), true);
      await say(client, 'zigbee2mqtt/pad', { action: '1_single', last_seen: Date.now() });
      await eventually(
        'it is read',
        async () =>
          (await journalOf(gateway)).filter(({ stream }) => stream === 'evaluation').length,
        (n) => n === 1,
      );
      assert.deepEqual(await lettersOf(gateway), []);
      void say(client, 'zigbee2mqtt/bridge/devices', network(2_400_000), true).catch(() => {});
      const [letter] = await eventually(
        'the larger one is kept as a letter',
        () => lettersOf(gateway),
        (letters) => letters.length > 0,
      );
      assert.deepEqual([letter?.topic, letter?.reason], ['zigbee2mqtt/bridge/devices', 'size']);
      assert.match(
        letter?.detail ?? '',
        /is 24\d{5} bytes, should be at most 2097152 \(limits\.source_list_mib\)/,
      );
      if (where !== 'Mosquitto') assert.match(letter?.detail ?? '', /"bridge" was closed/);
      const faults = await eventually(
        'it is a fault',
        () => faultsOf(gateway),
        (faults) => faults.some(({ id }) => id === 'size:sources'),
      );
      const fault = faults.find(({ id }) => id === 'size:sources');
      assert.match(
        fault?.title.en ?? '',
        /zigbee2mqtt\/bridge\/devices has 2\.3 MiB, over the limit of 2\.0 MiB/,
      );
      assert.match(gateway.output(), /refused: payload: is 24.*zigbee2mqtt\/bridge\/devices/);
      const text = await (await fetch(`${gateway.url}/metrics`)).text();
      const count = (name: string) => metricOf(text, `hallcast_signals_${name}_total`);
      assert.equal(count('received'), count('journaled') + count('duplicate') + count('rejected'));
    } finally {
      await place.end();
    }
  });
}
