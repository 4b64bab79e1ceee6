import assert from 'node:assert/strict';
import { test } from 'node:test';
import { READERS } from '../../../vendors/reader/index.ts';
import { talkTo, TEN } from './talk.ts';

const PLUG = '0x00158d00018255df';
const SENSOR = '0x00158d0001a2b3c4';
const start = (options: unknown = {}) => talkTo(READERS['zigbee2mqtt']!.create(options));

/** As Zigbee2MQTT 2.6 publishes it, without endpoints and options. */
const DEVICES = [
  {
    ieee_address: '0x00124b00120144ae',
    type: 'Coordinator',
    network_address: 0,
    supported: true,
    disabled: false,
    friendly_name: 'Coordinator',
    definition: null,
    interview_completed: true,
  },
  {
    ieee_address: PLUG,
    type: 'Router',
    network_address: 29159,
    supported: true,
    disabled: false,
    friendly_name: 'hall/door plug',
    definition: {
      source: 'native',
      model: 'ZNCZ02LM',
      vendor: 'Xiaomi',
      description: 'Mi power plug ZigBee',
      exposes: [
        { type: 'switch', features: [{ type: 'binary', name: 'state', property: 'state' }] },
        { type: 'numeric', name: 'power', property: 'power', unit: 'W' },
      ],
    },
    power_source: 'Mains (single phase)',
    model_id: 'lumi.plug',
    manufacturer: 'LUMI',
    software_build_id: '3000-0001',
    interview_completed: true,
  },
  {
    ieee_address: SENSOR,
    type: 'EndDevice',
    network_address: 22160,
    supported: true,
    disabled: false,
    friendly_name: '等候区人体',
    definition: {
      model: 'RTCGQ11LM',
      vendor: 'Aqara',
      description: 'Motion sensor',
      exposes: [
        { type: 'numeric', name: 'battery', property: 'battery', unit: '%' },
        { type: 'binary', name: 'occupancy', property: 'occupancy' },
      ],
    },
    power_source: 'Battery',
    model_id: 'lumi.sensor_motion.aq2',
    manufacturer: 'LUMI',
    interview_completed: true,
  },
];

test('names, makers and kinds come from the list of devices; the coordinator is the bridge', () => {
  const talk = start();
  const readings = talk.hear('zigbee2mqtt/bridge/devices', DEVICES, { retain: true });
  assert.deepEqual(readings, [
    {
      address: PLUG,
      face: { name: 'hall/door plug', vendor: 'Xiaomi', model: 'ZNCZ02LM', kind: 'other' },
      condition: { firmware: '3000-0001' },
    },
    {
      address: SENSOR,
      face: { name: '等候区人体', vendor: 'Aqara', model: 'RTCGQ11LM', kind: 'sensor' },
    },
  ]);
  const info = { version: '2.6.0', coordinator: { type: 'zStack3x0' }, permit_join: false };
  assert.deepEqual(talk.hear('zigbee2mqtt/bridge/info', info), [
    {
      address: 'bridge',
      face: { name: 'Zigbee2MQTT', model: 'zStack3x0', kind: 'network' },
      condition: { firmware: '2.6.0' },
    },
  ]);
});

test('a state is read under the name, which may have slashes; battery and last_seen are understood', () => {
  const talk = start();
  talk.hear('zigbee2mqtt/bridge/devices', DEVICES, { retain: true });
  const [plug] = talk.hear('zigbee2mqtt/hall/door plug', {
    state: 'ON',
    power: 12.4,
    linkquality: 120,
  });
  assert.equal(plug?.address, PLUG);
  assert.deepEqual(plug?.properties, { state: 'ON', power: 12.4, linkquality: 120 });
  assert.equal(plug?.available, true, 'one that speaks is there');
  const state = {
    battery: 87,
    occupancy: true,
    device_temperature: 24,
    last_seen: '2026-11-20T17:59:58+08:00',
  };
  const [sensor] = talk.hear('zigbee2mqtt/等候区人体', state);
  assert.deepEqual(sensor?.condition, { battery_pct: 87, temp_c: 24 });
  assert.equal(sensor?.at, TEN - 2000);
  const [old] = talk.hear('zigbee2mqtt/等候区人体', { occupancy: false, last_seen: TEN - 5000 });
  assert.equal(old?.at, TEN - 5000, 'also in milliseconds');
  const [cached] = talk.hear('zigbee2mqtt/等候区人体', { occupancy: false }, { retain: true });
  assert.equal(cached?.available, undefined, 'what was retained proves nothing');
});

test('14.10: whole numbers that a number does not hold are text', () => {
  const talk = start();
  talk.hear('zigbee2mqtt/bridge/devices', DEVICES);
  const [plug] = talk.hear(
    'zigbee2mqtt/hall/door plug',
    '{"serial":1234567890123456789,"energy":9007199254740991,"power":12.4,"peak":1e999}',
  );
  const energy = 9_007_199_254_740_991;
  const told = { serial: '1234567890123456789', energy, power: 12.4, peak: '1e999' };
  assert.deepEqual(plug?.properties, told);
});

test('commands of others, groups and the bridge’s log are not devices', () => {
  const talk = start();
  talk.hear('zigbee2mqtt/bridge/devices', DEVICES);
  talk.hear('zigbee2mqtt/bridge/groups', [{ id: 1, friendly_name: 'lamps', members: [] }]);
  for (const [topic, payload] of [
    ['zigbee2mqtt/lamps', { state: 'ON' }],
    ['zigbee2mqtt/hall/door plug/set', { state: 'OFF' }],
    ['zigbee2mqtt/hall/door plug/set/state', 'OFF'],
    ['zigbee2mqtt/hall/door plug/get', { state: '' }],
    ['zigbee2mqtt/hall/door plug', ''],
    ['zigbee2mqtt/bridge/logging', { level: 'info', message: 'x' }],
    ['zigbee2mqtt/bridge/request/permit_join', { value: true }],
  ] as const) {
    assert.deepEqual(talk.hear(topic, payload), [], topic);
  }
});

test('availability as JSON and, of versions before 2.0, as text', () => {
  const talk = start();
  talk.hear('zigbee2mqtt/bridge/devices', DEVICES);
  const said = (payload: unknown) =>
    talk.hear('zigbee2mqtt/hall/door plug/availability', payload)[0]?.available;
  assert.equal(said({ state: 'offline' }), false);
  assert.equal(said('online'), true);
  assert.equal(said('offline'), false);
  assert.equal(
    talk.hear('zigbee2mqtt/hall/door plug', { state: 'ON' })[0]?.available,
    false,
    'a cached state published by the bridge does not make it available',
  );
  assert.deepEqual(talk.reasons('zigbee2mqtt/hall/door plug/availability', 'maybe'), [
    'field:state',
  ]);
});

test('a bridge that goes takes its devices with it, by one cause, and gives them back as they were', () => {
  const talk = start();
  talk.hear('zigbee2mqtt/bridge/devices', DEVICES);
  talk.hear('zigbee2mqtt/bridge/state', { state: 'online' });
  talk.hear('zigbee2mqtt/等候区人体/availability', { state: 'offline' });
  const gone = talk.hear('zigbee2mqtt/bridge/state', 'offline');
  assert.deepEqual(
    gone.map(({ address, available, condition }) => [address, available, condition?.fault]),
    [
      ['bridge', false, undefined],
      [PLUG, false, 'Zigbee2MQTT bridge offline'],
      [SENSOR, false, 'Zigbee2MQTT bridge offline'],
    ],
  );
  const back = talk.hear('zigbee2mqtt/bridge/state', { state: 'online' });
  assert.deepEqual(
    back.map(({ address, available, condition }) => [address, available, condition]),
    [
      ['bridge', true, undefined],
      [PLUG, true, {}],
      [SENSOR, false, {}],
    ],
  );
  assert.equal(talk.hear('zigbee2mqtt/bridge/state', { state: 'online' }).length, 1, 'told once');
});

test('after a restart the retained messages come in any order', () => {
  const talk = start();
  const retain = { retain: true };
  assert.deepEqual(talk.hear('zigbee2mqtt/hall/door plug', { state: 'OFF' }, retain), []);
  assert.deepEqual(talk.hear('zigbee2mqtt/hall/door plug/availability', 'online', retain), []);
  assert.deepEqual(talk.hear('zigbee2mqtt/bridge/state', 'offline', retain), [
    { address: 'bridge', face: { name: 'Zigbee2MQTT', kind: 'network' }, available: false },
  ]);
  const readings = talk.hear('zigbee2mqtt/bridge/devices', DEVICES, retain);
  const plug = readings.filter(({ address }) => address === PLUG);
  assert.deepEqual(
    plug.map(({ available, properties }) => [available, properties]),
    [
      [false, undefined],
      [false, { state: 'OFF' }],
      [false, undefined],
    ],
  );
});

test('a name that is not known yet: a live message is kept as a dead letter, a retained one comes again', () => {
  const talk = start();
  assert.deepEqual(talk.reasons('zigbee2mqtt/new one', { action: 'single' }), ['unknown:device']);
  const joined = {
    type: 'device_joined',
    data: { friendly_name: 'new one', ieee_address: '0x90fd9ffffe6494fc' },
  };
  assert.deepEqual(talk.hear('zigbee2mqtt/bridge/event', joined), [
    { address: '0x90fd9ffffe6494fc', available: true, condition: {}, face: { name: 'new one' } },
  ]);
  assert.equal(
    talk.hear('zigbee2mqtt/new one', { action: 'single' })[0]?.address,
    '0x90fd9ffffe6494fc',
  );
});

test('renamed, it is still the same device; one that leaves is gone', () => {
  const talk = start();
  talk.hear('zigbee2mqtt/bridge/devices', DEVICES);
  const answer = { data: { from: 'hall/door plug', to: 'east plug' }, status: 'ok' };
  const [renamed] = talk.hear('zigbee2mqtt/bridge/response/device/rename', answer);
  assert.equal(renamed?.address, PLUG);
  assert.equal(renamed?.face?.name, 'east plug');
  assert.equal(talk.hear('zigbee2mqtt/east plug', { state: 'ON' })[0]?.address, PLUG);
  assert.deepEqual(talk.reasons('zigbee2mqtt/hall/door plug', { state: 'ON' }), ['unknown:device']);
  const failed = { data: {}, status: 'error', error: 'no such device' };
  assert.deepEqual(talk.hear('zigbee2mqtt/bridge/response/device/rename', failed), []);
  const left = { type: 'device_leave', data: { ieee_address: PLUG, friendly_name: 'east plug' } };
  assert.deepEqual(talk.hear('zigbee2mqtt/bridge/event', left), [
    { address: PLUG, available: false, condition: { fault: 'left the Zigbee network' } },
  ]);
});

test('a fault stands until it is said to be over', () => {
  const talk = start();
  talk.hear('zigbee2mqtt/bridge/devices', DEVICES);
  const condition = (state: unknown) => talk.hear('zigbee2mqtt/等候区人体', state)[0]?.condition;
  assert.deepEqual(condition({ battery_low: true }), { fault: 'battery low' });
  assert.deepEqual(condition({ occupancy: true }), { fault: 'battery low' });
  assert.deepEqual(condition({ battery_low: false }), {});
  assert.equal(condition({ occupancy: true }), undefined);
});

test('a list of a large network, with all that each device can do, is longer than any other message', () => {
  const talk = start();
  const exposes = Array.from({ length: 40 }, (_, n) => ({
    type: 'numeric',
    name: `value_${n}`,
    description: 'x'.repeat(80),
  }));
  const many = Array.from({ length: 480 }, (_, n) => ({
    ieee_address: `0x00158d00018${String(n).padStart(5, '0')}`,
    type: 'Router',
    friendly_name: `n${n}`,
    definition: { model: 'M', vendor: 'V', exposes },
  }));
  assert.ok(JSON.stringify(many).length > 2 * 1024 * 1024);
  assert.equal(talk.hear('zigbee2mqtt/bridge/devices', many, { retain: true }).length, 480);
  const large = ' '.repeat(4 * 1024 * 1024 + 1);
  assert.deepEqual(talk.reasons('zigbee2mqtt/bridge/devices', large), ['size']);
  const small = talkTo(READERS['zigbee2mqtt']!.create({}, [], 1024 * 1024));
  const [refused] = small.send('zigbee2mqtt/bridge/devices', many)?.refused ?? [];
  assert.match(refused?.detail.en ?? '', /should be at most 1048576 \(limits\.source_list_mib\)/);
});

test('its memory is bounded: the devices beyond the limit are counted', () => {
  const reader = READERS['zigbee2mqtt']!.create({ base: 'z/2', devices_max: 2 });
  const talk = talkTo(reader);
  const many = Array.from({ length: 5 }, (_, n) => ({
    ieee_address: `0x00158d000182550${n}`,
    type: 'Router',
    friendly_name: `n${n}`,
  }));
  assert.equal(talk.hear('z/2/bridge/devices', many).length, 2);
  assert.equal(reader.forgotten, 3);
  assert.equal(
    reader.read({
      topic: 'zigbee2mqtt/n1',
      payload: new Uint8Array(),
      retain: false,
      receivedAt: TEN,
    }),
    undefined,
  );
});

test('what is wrong is refused with its reason', () => {
  const talk = start();
  talk.hear('zigbee2mqtt/bridge/devices', DEVICES);
  const plug = 'zigbee2mqtt/hall/door plug';
  assert.deepEqual(talk.send(plug, '{"state":')?.refused, [
    { reason: 'json', detail: { zh: 'payload：应为 JSON', en: 'payload: should be JSON' } },
  ]);
  assert.deepEqual(talk.reasons(plug, '[1]'), ['json']);
  assert.deepEqual(talk.reasons(plug, new Uint8Array([0x7b, 0xff, 0x7d])), ['encoding']);
  assert.deepEqual(talk.reasons(plug, `{"x":"${'x'.repeat(256 * 1024)}"}`), ['size']);
  assert.deepEqual(talk.reasons(plug, `${'{"a":'.repeat(50)}1${'}'.repeat(50)}`), ['json']);
  assert.deepEqual(talk.reasons('zigbee2mqtt/bridge/devices', { a: 1 }), ['json']);
  assert.deepEqual(
    talk.hear('zigbee2mqtt/bridge/devices', [null, 7, {}, { ieee_address: '__proto__' }]),
    [],
  );
  const hostile = '{"__proto__":{"battery":5},"constructor":1,"battery":101}';
  talk.hear('zigbee2mqtt/bridge/devices', DEVICES);
  const [reading] = talk.hear(plug, hostile);
  assert.equal(reading?.condition, undefined);
  assert.deepEqual(Object.keys(reading?.properties ?? {}), ['constructor', 'battery']);
});
