// Situations out of public reports of these devices and their hosts, as one message after the other.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { READERS } from '../../../vendors/reader/index.ts';
import { birth, death, encode } from './sparkplug-node.ts';
import { talkTo } from './talk.ts';

const start = (use: string, options: unknown = {}) => talkTo(READERS[use]!.create(options));
const OLD = { retain: true };
const sensor = (more: object = {}) => ({
  stat_t: 'dev/state',
  val_tpl: '{{ value_json.t }}',
  avty_t: 'dev/availability',
  dev: { ids: 'd' },
  ...more,
});
const announced = (more: object = {}) => {
  const talk = start('home-assistant', { topics: ['dev/#', 'bridge/#'] });
  talk.send('homeassistant/sensor/dev/t/config', sensor(more), OLD);
  return talk;
};

test('a library that reconnects by itself and never says online again (unixorn/ha-mqtt-discoverable 512)', () => {
  const talk = announced();
  talk.send('dev/availability', 'online');
  assert.equal(talk.hear('dev/availability', 'offline')[0]?.available, false, 'its last will');
  const [back] = talk.hear('dev/state', { t: 21 });
  assert.deepEqual([back?.available, back?.outweighed?.topic], [true, 'dev/availability']);
});

test('a retained state makes nobody available after a restart (dawidchyrzynski/arduino-home-assistant 70)', () => {
  const talk = announced();
  talk.send('dev/availability', 'offline', OLD);
  const [reading] = talk.hear('dev/state', { t: 21 }, OLD);
  assert.deepEqual([reading?.available, reading?.properties], [false, { t: 21 }]);
});

test('one nan on a topic that all entities share (Blueforcer/awtrix-ng 9, arendst/Tasmota 4147)', () => {
  const talk = announced();
  const rssi = { ...sensor({ val_tpl: '{{ value_json.rssi }}' }), dev_cla: 'signal_strength' };
  talk.send('homeassistant/sensor/dev/rssi/config', rssi);
  const [reading] = talk.hear('dev/state', '{"rssi":-52,"t":nan,"humidity":nan,"uid":"nan"}');
  assert.deepEqual(reading?.properties, { rssi: -52 });
  assert.deepEqual([reading?.condition?.rssi_dbm, reading?.available], [-52, true]);
});

test('a sensor without a value says None (esphome/esphome 7768), nan before that (esphome/issues 1436)', () => {
  const talk = announced({ val_tpl: undefined });
  for (const none of ['None', 'nan', 'NaN', 'inf']) {
    assert.equal(talk.hear('dev/state', none)[0]?.properties, undefined, none);
  }
  assert.deepEqual(talk.hear('dev/state', '7')[0]?.properties, { t: 7 });
});

test('of several availability topics all must say online: the bridge’s alone is not enough (hcpy2-0/hcpy 57)', () => {
  const avty = [{ t: 'bridge/lwt' }, { t: 'dev/lwt' }];
  const talk = announced({ avty_t: undefined, avty, avty_mode: 'all' });
  talk.send('dev/lwt', 'offline');
  talk.send('bridge/lwt', 'offline');
  assert.equal(talk.hear('bridge/lwt', 'online')[0]?.available, false);
  assert.equal(talk.hear('dev/state', { t: 1 })[0]?.available, true, 'unless it is heard');
});

test('Zigbee2MQTT runs, and its state stays offline (Koenkk/zigbee2mqtt 5288)', () => {
  const talk = start('zigbee2mqtt');
  talk.send('zigbee2mqtt/bridge/state', { state: 'online' });
  talk.send('zigbee2mqtt/bridge/state', { state: 'offline' });
  const [bridge] = talk.hear('zigbee2mqtt/bridge/info', { version: '2.6.0' });
  assert.deepEqual([bridge?.address, bridge?.available], ['bridge', true]);
});

test('availability that is switched off leaves an offline behind (Koenkk/zigbee2mqtt 24059, 3942)', () => {
  const address = '0x00158d0001a2b3c4';
  const talk = start('zigbee2mqtt');
  talk.send('zigbee2mqtt/bridge/devices', [
    { ieee_address: address, friendly_name: 'pir', type: 'EndDevice' },
  ]);
  talk.send('zigbee2mqtt/pir/availability', { state: 'offline' }, OLD);
  assert.equal(talk.hear('zigbee2mqtt/pir', { occupancy: true })[0]?.available, true);
});

test('a node that dies and is born when it is asked for its births (node-red-contrib-mqtt-sparkplug-plus 89)', () => {
  const talk = start('sparkplug');
  const topic = (type: string, rest = 'io1') => `spBv1.0/hall/${type}/${rest}`;
  const metrics = [{ name: 'a', alias: 1, value: 1 }];
  const asked = talk.send(
    topic('DDATA', 'io1/d'),
    encode({ seq: 4, metrics: [{ alias: 1, value: 1 }] }),
  );
  assert.equal(asked?.publish?.length, 1);
  talk.hear(topic('NDEATH'), death(3));
  talk.hear(topic('NBIRTH'), birth(3));
  const [born] = talk.hear(topic('DBIRTH', 'io1/d'), encode({ seq: 1, metrics }));
  assert.deepEqual([born?.available, born?.properties], [true, { a: 1 }]);
});

test('Tasmota publishes its retained telemetry after its last will only when it is back (arendst/Tasmota 7189)', () => {
  const talk = start('tasmota');
  talk.send('tele/x/LWT', 'Online', OLD);
  assert.equal(talk.hear('tele/x/LWT', 'Offline')[0]?.available, false);
  assert.equal(talk.hear('tele/x/SENSOR', { Temp: 1 }, OLD)[0]?.available, false);
  assert.equal(talk.hear('tele/x/INFO3', { Info3: { RestartReason: 'x' } })[0]?.available, true);
});

test('a will that is retained, and an online that is not (arachnetech/homebridge-mqttthing 36)', () => {
  const talk = start('shelly');
  talk.send('s/online', 'false', OLD);
  assert.equal(talk.hear('s/online', 'true')[0]?.available, true);
  const params = { ts: 1, 'switch:0': { id: 0, output: true } };
  talk.send('s/events/rpc', { src: 's', method: 'NotifyStatus', params });
  // Told again after the session was lost: it is another word than the last one, and the device is heard again.
  assert.equal(talk.hear('s/online', 'false', OLD)[0]?.available, false);
  const [back] = talk.hear('s/events/rpc', { src: 's', method: 'NotifyStatus', params });
  assert.deepEqual([back?.available, back?.outweighed?.topic], [true, 's/online']);
  assert.equal(
    talk.hear('s/online', 'false', OLD)[0]?.available,
    true,
    'and told once more it is old',
  );
});
