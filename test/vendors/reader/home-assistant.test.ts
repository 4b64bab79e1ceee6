import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readTemplate } from '../../../vendors/reader/discovery-config.ts';
import { READERS } from '../../../vendors/reader/index.ts';
import { bytesOf, talkTo, TEN } from './talk.ts';

const start = (options: unknown = {}) =>
  talkTo(READERS['home-assistant']!.create({ topics: ['#'], ...(options as object) }));

/** As ESPHome announces a sensor, abbreviated. */
const ESPHOME = {
  dev_cla: 'temperature',
  unit_of_meas: '°C',
  stat_cla: 'measurement',
  name: 'Room Temperature',
  stat_t: 'hall-north/sensor/room_temperature/state',
  avty_t: 'hall-north/status',
  uniq_id: 'ESPsensorroom_temperature',
  obj_id: 'room_temperature',
  dev: {
    ids: 'a0b765f1c2d4',
    name: '北厅环境',
    sw: '2026.9.1 (ESPHome)',
    mdl: 'esp32dev',
    mf: 'Espressif',
    cns: [['mac', 'a0:b7:65:f1:c2:d4']],
  },
};
const CONFIG = 'homeassistant/sensor/hall-north/room_temperature/config';

test('what is announced is named, its state and availability are read', () => {
  const talk = start();
  const [found] = talk.hear(CONFIG, ESPHOME, { retain: true });
  assert.deepEqual(found, {
    address: 'a0b765f1c2d4',
    face: { name: '北厅环境', vendor: 'Espressif', model: 'esp32dev', kind: 'sensor' },
    condition: { firmware: '2026.9.1 (ESPHome)' },
  });
  const signal = {
    ...ESPHOME,
    dev_cla: 'signal_strength',
    stat_t: 'hall-north/sensor/wifi/state',
    obj_id: 'wifi',
  };
  talk.hear('homeassistant/sensor/hall-north/wifi/config', signal);
  const [online] = talk.hear('hall-north/status', 'online', { retain: true });
  assert.equal(online?.available, true);
  const [state] = talk.hear('hall-north/sensor/room_temperature/state', '22.8');
  assert.deepEqual(state?.properties, { room_temperature: 22.8 });
  assert.equal(state?.available, true);
  const [wifi] = talk.hear('hall-north/sensor/wifi/state', '-67');
  assert.equal(wifi?.condition?.rssi_dbm, -67);
  assert.equal(talk.hear('hall-north/status', 'offline')[0]?.available, false);
  const [stale] = talk.hear('hall-north/sensor/room_temperature/state', '22.8', { retain: true });
  assert.equal(stale?.available, false, 'old news does not bring it back');
  assert.equal(talk.hear('hall-north/status', 'online')[0]?.available, true);
});

test('a whole device in one message, its parts with templates of their own', () => {
  const talk = start();
  const config = {
    dev: { ids: ['lb-01', 'x'], name: '闸机', mf: 'Acme', mdl: 'Gate 2', sw: '1.0' },
    o: { name: 'gate2mqtt', sw: '2.1' },
    cmps: {
      people: { p: 'sensor', uniq_id: 'lb-01-people', val_tpl: '{{ value_json.people.in }}' },
      open: {
        p: 'binary_sensor',
        uniq_id: 'lb-01-open',
        val_tpl: "{{ value_json['open'] }}",
        pl_on: 'yes',
        pl_off: 'no',
      },
      battery: {
        p: 'sensor',
        dev_cla: 'battery',
        uniq_id: 'lb-01-b',
        val_tpl: '{{ value_json["b"][0] | is_defined }}',
      },
      computed: { p: 'sensor', uniq_id: 'c', val_tpl: '{{ value_json.a | float * 2 }}' },
      gone: { p: 'sensor', uniq_id: 'g', val_tpl: '{{ value_json.gone }}' },
    },
    state_topic: 'gate/lb-01/state',
    availability: { t: 'gate/lb-01/lwt', val_tpl: '{{ value_json.state }}' },
  };
  const [found] = talk.hear('homeassistant/device/lb-01/config', config);
  assert.equal(found?.address, 'lb-01');
  assert.deepEqual(found?.face, { name: '闸机', vendor: 'Acme', model: 'Gate 2', kind: 'sensor' });
  const [state] = talk.hear('gate/lb-01/state', { people: { in: 4 }, open: 'yes', b: [55], a: 3 });
  assert.deepEqual(state?.properties, { people: 4, open: true, battery: 55 });
  assert.equal(state?.condition?.battery_pct, 55);
  assert.equal(talk.hear('gate/lb-01/lwt', { state: 'offline' })[0]?.available, false);
});

test('base topics are filled in at the beginning and the end', () => {
  const talk = start();
  talk.hear('homeassistant/switch/irrigation/config', {
    '~': 'hall/plug',
    name: 'Plug',
    stat_t: '~/state',
    cmd_t: '~/set',
    avty: [{ topic: '~/lwt' }, { t: 'bridge/state/~' }],
    avty_mode: 'all',
    device: { connections: [['mac', '02:5b:26:a8:dc:12']] },
  });
  assert.deepEqual(talk.hear('hall/plug/state', 'ON')[0]?.properties, { irrigation: true });
  assert.equal(talk.hear('hall/plug/state', 'ON')[0]?.address, 'mac:02:5b:26:a8:dc:12');
  assert.equal(talk.hear('hall/plug/lwt', 'online')[0]?.available, true);
  assert.equal(talk.hear('bridge/state/hall/plug', 'offline')[0]?.available, false, 'all of them');
  assert.equal(talk.hear('hall/plug/lwt', 'online')[0]?.available, false);
  assert.equal(talk.hear('bridge/state/hall/plug', 'online')[0]?.available, true);
});

test('an announcement that is withdrawn is read no more', () => {
  const talk = start();
  talk.hear(CONFIG, ESPHOME);
  const topic = 'hall-north/sensor/room_temperature/state';
  assert.equal(talk.hear(topic, '1').length, 1);
  talk.hear(CONFIG, { ...ESPHOME, stat_t: 'elsewhere' });
  assert.equal(talk.send(topic, '1'), undefined, 'moved');
  assert.equal(talk.hear('elsewhere', '1').length, 1);
  assert.deepEqual(talk.hear(CONFIG, ''), []);
  assert.equal(talk.send('elsewhere', '1'), undefined);
  assert.equal(talk.send('hall-north/status', 'online'), undefined);
});

test('two devices on one topic both get what is theirs', () => {
  const talk = start();
  for (const id of ['a', 'b']) {
    talk.hear(`homeassistant/sensor/${id}/config`, {
      stat_t: 'shared',
      val_tpl: `{{ value_json.${id} }}`,
      dev: { ids: id },
    });
  }
  const readings = talk.hear('shared', { a: 1, b: 2 });
  assert.deepEqual(
    readings.map(({ address, properties }) => [address, properties]),
    [
      ['a', { a: 1 }],
      ['b', { b: 2 }],
    ],
  );
});

test('a template is a path or is not read', () => {
  assert.deepEqual(readTemplate('{{ value_json.a }}'), ['a']);
  assert.deepEqual(readTemplate("{{value_json['x'].y[2]}}"), ['x', 'y', 2]);
  assert.deepEqual(readTemplate('{{- value_json["a b"] -}}'), ['a b']);
  assert.equal(readTemplate('{{ value }}'), undefined);
  for (const other of [
    '{{ value_json.a | float }}',
    '{{ value_json.a * 2 }}',
    '{% if value_json.a %}1{% endif %}',
    '{{ value_json.a }}{{ value_json.b }}',
    '{{ states("sensor.x") }}',
    '{{ value_json[a] }}',
    `{{ value_json${'.a'.repeat(200)} }}`,
    'text',
    7,
  ]) {
    assert.equal(readTemplate(other), 'other', String(other));
  }
});

test('what a device announces is not subscribed to on its word; its memory is bounded', () => {
  const reader = READERS['home-assistant']!.create({
    entities_max: 2,
    topics: ['esphome/+/state'],
  });
  assert.deepEqual(reader.filters, ['homeassistant/#', 'esphome/+/state']);
  const read = (topic: string, payload: unknown) =>
    reader.read({ topic, payload: bytesOf(payload), retain: false, receivedAt: TEN });
  for (const n of [1, 2, 3]) {
    read(`homeassistant/sensor/s${n}/config`, { stat_t: `s/${n}`, dev: { ids: `d${n}` } });
  }
  assert.equal(reader.forgotten, 1);
  assert.equal(read('s/1', '5'), undefined);
  assert.equal(read('s/3', '5')?.readings.length, 1);
  assert.deepEqual(read('homeassistant/status', 'online'), { readings: [] });
  assert.deepEqual(
    read('homeassistant/sensor/x/config', '{')?.refused?.map(({ reason }) => reason),
    ['json'],
  );
  const odd = { dev: [], stat_t: '#', avty: [1, null, { t: '+' }], val_tpl: {}, '~': 7, cmps: 'x' };
  assert.equal(read('homeassistant/device/x/config', odd)?.readings.length, 1);
  for (const wrong of ['a#', 'a/#/b', '', '+a']) {
    assert.throws(() => READERS['home-assistant']!.create({ topics: [wrong] }), /filter/, wrong);
  }
});
