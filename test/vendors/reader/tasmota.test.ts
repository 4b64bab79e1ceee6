import assert from 'node:assert/strict';
import { test } from 'node:test';
import { READERS } from '../../../vendors/reader/index.ts';
import { talkTo, TEN } from './talk.ts';

const start = (options: unknown = {}) => talkTo(READERS['tasmota']!.create(options));

/** `tasmota/discovery/{mac}/config` of a plug, as Tasmota 15 builds it. */
const CONFIG = {
  ip: '192.168.15.10',
  dn: '二楼打印机插座',
  fn: ['Tasmota', null, null, null],
  hn: 'tasmota-9CF9D1-6609',
  mac: '5CCF7F9CF9D1',
  md: 'Sonoff S31',
  ty: 0,
  if: 0,
  ofln: 'Offline',
  onln: 'Online',
  state: ['OFF', 'ON', 'TOGGLE', 'HOLD'],
  sw: '15.0.1',
  t: 'tasmota_9CF9D1',
  ft: '%prefix%/%topic%/',
  tp: ['cmnd', 'stat', 'tele'],
  rl: [1, 0, 0, 0],
  bat: 0,
  dslp: 0,
  ver: 1,
};
const STATE = {
  Time: '2024-02-24T22:20:38',
  Uptime: '0T00:10:11',
  UptimeSec: 611,
  Heap: 24,
  SleepMode: 'Dynamic',
  Sleep: 50,
  LoadAvg: 19,
  MqttCount: 1,
  POWER: 'OFF',
  Wifi: { AP: 1, SSId: 'ESP-Network', Channel: 3, Mode: '11n', RSSI: 44, Signal: -78 },
};

test('from its birth to its last will', () => {
  const talk = start();
  const [born] = talk.hear('tele/tasmota_9CF9D1/LWT', 'Online', { retain: true });
  assert.deepEqual(born, {
    address: 'tasmota_9CF9D1',
    available: true,
    face: { name: 'tasmota_9CF9D1', vendor: 'Tasmota' },
  });
  const [named] = talk.hear('tasmota/discovery/5CCF7F9CF9D1/config', CONFIG, { retain: true });
  assert.deepEqual(named?.face, { name: '二楼打印机插座', vendor: 'Tasmota', model: 'Sonoff S31' });
  assert.deepEqual(named?.condition, { firmware: '15.0.1' });
  const [state] = talk.hear('tele/tasmota_9CF9D1/STATE', STATE);
  assert.deepEqual(state?.condition, { firmware: '15.0.1', uptime_s: 611, rssi_dbm: -78 });
  assert.deepEqual(state?.properties, STATE);
  assert.equal(state?.at, undefined, 'a local time without a zone is no instant');
  const sensor = { Time: '2026-11-20T18:00:00+08:00', ENERGY: { Total: 3.185, Power: 26 } };
  const [energy] = talk.hear('tele/tasmota_9CF9D1/SENSOR', sensor);
  assert.deepEqual(energy?.properties, sensor);
  assert.equal(energy?.at, TEN, 'with SetOption52 it is one');
  const [dead] = talk.hear('tele/tasmota_9CF9D1/LWT', 'Offline');
  assert.equal(dead?.available, false);
  const [stale] = talk.hear('tele/tasmota_9CF9D1/STATE', STATE, { retain: true });
  assert.equal(stale?.available, false, 'old news does not bring it back');
  assert.equal(talk.hear('tele/tasmota_9CF9D1/LWT', 'Online')[0]?.available, true);
});

test('a switched relay is told once, though Tasmota says it twice', () => {
  const talk = start();
  const power = (topic: string, payload: unknown) =>
    talk.hear(`stat/plug/${topic}`, payload).map(({ properties }) => properties);
  assert.deepEqual(power('RESULT', { POWER1: 'ON' }), [{ POWER1: 'ON' }]);
  assert.deepEqual(power('POWER1', 'ON'), []);
  assert.deepEqual(power('POWER1', 'OFF'), [{ POWER1: 'OFF' }], 'alone it counts');
  assert.deepEqual(power('POWER', '{"POWER":"ON"}'), [{ POWER: 'ON' }], 'with SetOption4');
  assert.deepEqual(power('POWER', 'ON'), []);
  assert.deepEqual(power('RESULT', { Button1: { Action: 'SINGLE' } }), [
    { Button1: { Action: 'SINGLE' } },
  ]);
  assert.deepEqual(power('POWER99', 'ON'), [], 'no relay has that number');
  assert.deepEqual(power('STATUS5', { StatusNET: {} }), []);
});

test('one that sleeps is not offline', () => {
  const talk = start();
  talk.hear('tasmota/discovery/5CCF7F9CF9D1/config', { ...CONFIG, dslp: 1 });
  assert.equal(talk.hear('tele/tasmota_9CF9D1/LWT', 'Online')[0]?.available, true);
  assert.equal(talk.hear('tele/tasmota_9CF9D1/LWT', 'Offline')[0]?.available, true);
});

test('other full topics and prefixes', () => {
  const options = { full_topic: ['hall/%topic%/x/%prefix%/', '%prefix%/%topic%/%id%'], tele: 't' };
  const reader = READERS['tasmota']!.create(options);
  assert.deepEqual(reader.filters, [
    'tasmota/discovery/+/config',
    'hall/+/x/t/+',
    'hall/+/x/stat/+',
    't/+/+/+',
    'stat/+/+/+',
  ]);
  const talk = talkTo(reader);
  assert.equal(talk.hear('hall/plug/x/t/STATE', STATE)[0]?.address, 'plug');
  assert.equal(talk.hear('t/plug/5CCF7F/STATE', STATE)[0]?.address, 'plug');
  assert.equal(talk.send('hall//x/t/STATE', STATE), undefined);
  for (const wrong of ['%prefix%/%topic', '%topic%', 'a/+/%prefix%/%topic%', 'x%prefix%/%topic%']) {
    assert.throws(() => start({ full_topic: [wrong] }), /FullTopic/, wrong);
  }
});

test('what is wrong is refused with its reason', () => {
  const talk = start();
  assert.deepEqual(talk.reasons('tele/a/LWT', 'perhaps'), ['field:LWT']);
  assert.deepEqual(talk.reasons('tele/a/STATE', 'Online'), ['json']);
  assert.deepEqual(talk.reasons('tasmota/discovery/x/config', { t: '' }), ['field:t']);
  assert.deepEqual(talk.reasons('tele/a/SENSOR', new Uint8Array([0xff])), ['encoding']);
  assert.deepEqual(talk.hear('tele/a/LWT', ''), [], 'a retained will that was removed');
  const odd = { Wifi: { Signal: '-400' }, UptimeSec: 'x', ESP32: [], __proto__: null };
  assert.equal(talk.hear('tele/a/STATE', odd)[0]?.condition, undefined);
});

test('its memory is bounded', () => {
  const reader = READERS['tasmota']!.create({ devices_max: 3 });
  const talk = talkTo(reader);
  for (const name of 'abcd') talk.hear(`tele/${name}/LWT`, 'Online');
  assert.equal(reader.forgotten, 1);
});
