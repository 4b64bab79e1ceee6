import assert from 'node:assert/strict';
import { test } from 'node:test';
import { READERS } from '../../../vendors/reader/index.ts';
import { talkTo, TEN } from './talk.ts';

const start = (options: unknown = {}) => talkTo(READERS['shelly']!.create(options));
const PM = 'shellyplus1pm-a8032ab13004';
const said = (payload: Uint8Array | undefined): unknown =>
  JSON.parse(new TextDecoder().decode(payload));

/** As Shelly Plus devices send them (firmware 1.x). */
const SWITCH = {
  id: 0,
  source: 'MQTT',
  output: true,
  apower: 107.6,
  voltage: 231.2,
  current: 0.667,
  aenergy: { total: 26586.84, by_minute: [643.672, 1300.502, 1339.972], minute_ts: 1698999865 },
  temperature: { tC: 54.8, tF: 130.7 },
};
const notify = (method: string, params: unknown, src = PM) => ({
  src,
  dst: `${src}/events`,
  method,
  params,
});

test('from going online to its last will, with the question what it is', () => {
  const talk = start();
  const read = talk.send(`${PM}/online`, 'true', { retain: true });
  assert.deepEqual(read?.readings, [
    {
      address: PM,
      available: true,
      face: { name: PM, vendor: 'Shelly', model: 'shellyplus1pm' },
    },
  ]);
  assert.equal(read?.publish?.[0]?.topic, `${PM}/rpc`);
  assert.deepEqual(said(read?.publish?.[0]?.payload), {
    id: PM,
    src: 'hallcast-shelly',
    method: 'Shelly.GetDeviceInfo',
  });
  const again = talk.send(`${PM}/online`, 'true', { at: TEN + 3_599_000 });
  assert.deepEqual(again?.publish, [], 'asked once an hour');
  const [named] = talk.hear('hallcast-shelly/rpc', {
    id: PM,
    src: PM,
    dst: 'hallcast-shelly',
    result: {
      name: '东门插座',
      id: PM,
      mac: 'A8032AB13004',
      model: 'SNSW-001P16EU',
      gen: 2,
      fw_id: '20241011-114449/1.4.4-g6d2a586',
      ver: '1.4.4',
      app: 'Plus1PM',
      auth_en: false,
    },
  });
  assert.deepEqual(named?.face, { name: '东门插座', vendor: 'Shelly', model: 'Plus1PM' });
  assert.deepEqual(named?.condition, { firmware: '1.4.4' });
  const [status] = talk.hear(`${PM}/status/switch:0`, SWITCH);
  assert.deepEqual(status?.properties, { 'switch:0': SWITCH });
  assert.deepEqual(status?.condition, { firmware: '1.4.4', temp_c: 54.8 });
  const [wifi] = talk.hear(`${PM}/status/wifi`, {
    sta_ip: '10.0.0.7',
    status: 'got ip',
    rssi: -61,
  });
  assert.deepEqual(wifi?.condition, { firmware: '1.4.4', rssi_dbm: -61 });
  assert.equal(talk.hear(`${PM}/online`, 'false')[0]?.available, false);
  const [stale] = talk.hear(`${PM}/status/switch:0`, SWITCH, { retain: true });
  assert.equal(stale?.available, false, 'old news does not bring it back');
});

test('what changed, with its time', () => {
  const talk = start();
  const [change] = talk.hear(
    `${PM}/events/rpc`,
    notify('NotifyStatus', { ts: TEN / 1000 + 0.66, 'switch:0': { id: 0, output: false } }),
  );
  assert.deepEqual(change?.properties, { 'switch:0': { id: 0, output: false } });
  assert.equal(change?.at, TEN + 660);
  assert.equal(change?.available, true);
  const [early] = talk.hear(`${PM}/events/rpc`, notify('NotifyStatus', { ts: 12.5, sys: {} }));
  assert.equal(early?.at, undefined, 'before its clock was set it knows no time');
});

test('each press is a reading', () => {
  const talk = start();
  const ts = TEN / 1000;
  const events = [
    { component: 'input:0', id: 0, event: 'btn_down', ts },
    { component: 'input:0', id: 0, event: 'single_push', ts: ts + 1 },
  ];
  const readings = talk.hear(`${PM}/events/rpc`, notify('NotifyEvent', { ts, events }));
  assert.deepEqual(
    readings.map(({ properties, at }) => [properties?.['event'], at]),
    [
      ['btn_down', TEN],
      ['single_push', TEN + 1000],
    ],
  );
});

test('errors stand until their component says otherwise', () => {
  const talk = start();
  const fault = (params: object) =>
    talk.hear(`${PM}/events/rpc`, notify('NotifyStatus', { ts: 1, ...params }))[0]?.condition;
  assert.deepEqual(fault({ 'switch:0': { id: 0, errors: ['overtemp', 'overpower'] } }), {
    fault: 'switch:0: overtemp, overpower',
  });
  assert.deepEqual(fault({ sys: { uptime: 9 } }), {
    fault: 'switch:0: overtemp, overpower',
    uptime_s: 9,
  });
  assert.equal(fault({ cloud: { connected: true } }), undefined);
  assert.deepEqual(talk.hear(`${PM}/status/switch:0`, SWITCH)[0]?.condition, { temp_c: 54.8 });
});

test('one that wakes only to report is not offline between its reports', () => {
  const talk = start();
  const id = 'shellyplusht-b8d61a8b17cc';
  talk.hear(`${id}/online`, 'true');
  const params = {
    ts: 1680962879.62,
    'devicepower:0': { id: 0, battery: { V: 5.43, percent: 71 }, external: { present: false } },
    'humidity:0': { id: 0, rh: 42.2 },
    'temperature:0': { id: 0, tC: 19.8, tF: 67.6 },
    sys: { mac: 'B8D61A8B17CC', unixtime: null, uptime: 3, wakeup_period: 600 },
    wifi: { sta_ip: '192.168.3.183', status: 'got ip', rssi: -64 },
  };
  const [full] = talk.hear(`${id}/events/rpc`, notify('NotifyFullStatus', params, id));
  assert.deepEqual(full?.condition, { battery_pct: 71, uptime_s: 3, rssi_dbm: -64 });
  assert.deepEqual(full?.properties?.['temperature:0'], { id: 0, tC: 19.8, tF: 67.6 });
  assert.equal(talk.hear(`${id}/online`, 'false')[0]?.available, true);
});

test('prefixes of one’s own; topics of others are left alone', () => {
  const talk = start({ prefixes: ['hall/shelly/+'], ask: false });
  assert.equal(talk.hear('hall/shelly/door/online', 'true')[0]?.address, 'hall/shelly/door');
  assert.equal(talk.send('hall/shelly/door/online', 'yes'), undefined);
  assert.equal(talk.send('hall/shelly/door/status/kitchen', { a: 1 }), undefined);
  assert.equal(talk.send('hall/shelly/door/status/zone:1', { a: 1 }), undefined);
  const [renamed] = talk.hear('hall/shelly/door/events/rpc', notify('NotifyStatus', { ts: 1 }));
  assert.equal(renamed?.face?.model, 'shellyplus1pm', 'who it is stands in the frame');
  for (const wrong of ['', '#', 'a/#', 'a+', '/a']) {
    assert.throws(() => start({ prefixes: [wrong] }), /prefix/, wrong);
  }
});

test('what is wrong is refused with its reason, and answers to nobody are nothing', () => {
  const talk = start();
  assert.deepEqual(talk.reasons(`${PM}/events/rpc`, 'x'), ['json']);
  assert.deepEqual(talk.reasons(`${PM}/events/rpc`, { method: 'NotifyStatus' }), ['field:params']);
  assert.deepEqual(talk.reasons(`${PM}/events/rpc`, notify('NotifyEvent', { events: 1 })), [
    'field:events',
  ]);
  const many = Array.from({ length: 200 }, () => ({ event: 'x' }));
  const read = talk.send(`${PM}/events/rpc`, notify('NotifyEvent', { events: many }));
  assert.equal(read?.readings.length, 100);
  assert.deepEqual(
    read?.refused?.map(({ reason }) => reason),
    ['size'],
  );
  assert.deepEqual(talk.reasons(`${PM}/status/wifi`, '{'), ['json']);
  assert.deepEqual(talk.hear('hallcast-shelly/rpc', { id: '__proto__', result: {} }), []);
  assert.deepEqual(talk.hear('hallcast-shelly/rpc', { id: PM, error: { code: 401 } }), []);
});
