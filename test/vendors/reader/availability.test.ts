// Who is there: a device that is heard outweighs an older word that it is away, in every reader; a last will that comes
// after it outweighs that again. SPEC §14.4, §14.12.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { READERS } from '../../../vendors/reader/index.ts';
import { Presence } from '../../../vendors/reader/availability.ts';
import { birth, death, encode } from './sparkplug-node.ts';
import { bytesOf, talkTo, TEN, type Talk } from './talk.ts';

const start = (use: string, options: unknown = {}) => talkTo(READERS[use]!.create(options));
const OLD = { retain: true };

/** How one device stands after each of these messages. */
function stands(talk: Talk, address: string, messages: readonly Parameters<Talk['send']>[]) {
  let last: boolean | undefined;
  return messages.map((message) => {
    for (const reading of talk.send(...message)?.readings ?? []) {
      if (reading.address === address && 'available' in reading) last = reading.available;
    }
    return last;
  });
}

const RADAR = {
  uniq_id: 'r0t',
  stat_t: 'radar-1/state',
  val_tpl: '{{ value_json.target_count }}',
  avty_t: 'radar-1/LWT',
  dev: { ids: 'r0' },
};
const PAD = '0x00158d0001a2b3c4';
const LIST = [{ ieee_address: PAD, friendly_name: 'pad', type: 'EndDevice' }];

interface World {
  readonly use: string;
  readonly options?: object;
  readonly address: string;
  readonly before: readonly (readonly [
    topic: string,
    payload: unknown,
    more: { retain: boolean },
  ])[];
  /** its topic, and what it says of one that is away, and that is there */
  readonly word: readonly [string, string, string];
  readonly data: readonly [topic: string, payload: unknown];
}

/** Of each reader: its device, what says that it is away, and what the device itself says. */
const WORLDS: readonly World[] = [
  {
    use: 'tasmota',
    address: 'x',
    before: [],
    word: ['tele/x/LWT', 'Offline', 'Online'],
    data: ['tele/x/SENSOR', { Time: '2026-11-30T20:00:00', Temp: 21 }],
  },
  {
    use: 'shelly',
    address: 's',
    before: [],
    word: ['s/online', 'false', 'true'],
    data: ['s/events/rpc', { src: 's', method: 'NotifyStatus', params: { 'input:0': { id: 0 } } }],
  },
  {
    use: 'home-assistant',
    options: { topics: ['radar-1/#'] },
    address: 'r0',
    before: [['homeassistant/sensor/radar-1/target_count/config', RADAR, OLD]],
    word: ['radar-1/LWT', 'offline', 'online'],
    data: ['radar-1/state', { target_count: 4 }],
  },
  {
    use: 'homie',
    address: 'h',
    before: [],
    word: ['homie/5/h/$state', 'lost', 'ready'],
    data: ['homie/5/h/n/p', '5'],
  },
  {
    use: 'zigbee2mqtt',
    address: PAD,
    before: [['zigbee2mqtt/bridge/devices', LIST, OLD]],
    word: ['zigbee2mqtt/pad/availability', '{"state":"offline"}', '{"state":"online"}'],
    data: ['zigbee2mqtt/pad', { action: '1_single', linkquality: 90 }],
  },
  {
    use: 'zigbee2mqtt',
    address: 'bridge',
    before: [['zigbee2mqtt/bridge/devices', LIST, OLD]],
    word: ['zigbee2mqtt/bridge/state', '{"state":"offline"}', '{"state":"online"}'],
    data: ['zigbee2mqtt/pad', { linkquality: 90 }],
  },
];

for (const { use, options = {}, address, before, word, data } of WORLDS) {
  test(`${use} ${address}: what is heard outweighs an older word, and a later word that`, () => {
    const [topic, offline, online] = word;
    const [spoken, payload] = data;
    const open = () => {
      const talk = start(use, options);
      for (const each of before) talk.send(...each);
      return talk;
    };
    const old = { retain: true };
    assert.deepEqual(
      stands(open(), address, [
        [topic, offline, old],
        [spoken, payload, old],
        [spoken, payload],
        [spoken, payload],
        [topic, offline, old],
        [spoken, payload],
        [topic, offline],
        [topic, offline, old],
        [spoken, payload],
        [topic, online],
        [topic, offline],
      ]),
      // A retained word that is told again is no news; one that arrives live is.
      [false, false, true, true, true, true, false, false, true, true, false],
    );
    const talk = open();
    talk.send(topic, offline, old);
    const contradicts = () =>
      talk.send(spoken, payload)?.readings.find((each) => each.address === address)?.outweighed;
    assert.deepEqual(contradicts(), { topic, text: offline });
    const back = talk.send(topic, online)?.readings.find((each) => each.address === address);
    assert.equal(back?.outweighed, undefined);
    // Over a restart: what was outweighed stays so when the broker tells it again.
    const reader = READERS[use]!.create(options);
    const next = talkTo(reader);
    for (const each of before) next.send(...each);
    const kept = { topic, payload: bytesOf(offline), receivedAt: TEN, outweighed: true };
    reader.read({ ...kept, retain: true });
    assert.deepEqual(stands(next, address, [[topic, offline, old]]), [true]);
  });
}

test('an outweighed word of an earlier run is told again and is no news; another one is', () => {
  const presence = new Presence();
  const word = (text: string) => ({ topic: 't', payload: bytesOf(text), receivedAt: TEN });
  presence.say({ ...word('offline'), retain: true, outweighed: true }, false);
  assert.equal(presence.available(), true);
  presence.say({ ...word('offline'), retain: true }, false);
  assert.equal(presence.available(), true);
  presence.say({ ...word('offline'), retain: false }, false);
  assert.equal(presence.available(), false, 'its last will came now');
});

test('a dead letter that is replayed shows nothing of the present', () => {
  const reader = READERS['tasmota']!.create({});
  const say = (topic: string, payload: unknown, replayed = false) =>
    reader.read({ topic, payload: bytesOf(payload), retain: false, receivedAt: TEN, replayed })
      ?.readings[0];
  assert.equal(say('tele/x/SENSOR', { T: 1 }, true)?.available, undefined);
  say('tele/x/LWT', 'Offline');
  const late = say('tele/x/SENSOR', { T: 1 }, true);
  assert.deepEqual([late?.available, late?.properties], [false, { T: 1 }]);
  assert.equal(say('tele/x/SENSOR', '{', true), undefined);
  assert.equal(say('tele/x/SENSOR', { T: 1 })?.available, true);
});

test('a Zigbee bridge gives its devices back when it is heard, and is not heard in others’ commands', () => {
  const talk = start('zigbee2mqtt');
  talk.send('zigbee2mqtt/bridge/devices', LIST, OLD);
  const gone = talk.hear('zigbee2mqtt/bridge/state', { state: 'offline' }, OLD);
  assert.deepEqual(
    gone.map(({ address, available }) => [address, available]),
    [
      ['bridge', false],
      [PAD, false],
    ],
  );
  for (const [topic, payload, more] of [
    ['zigbee2mqtt/pad/set', { state: 'ON' }],
    ['zigbee2mqtt/bridge/request/permit_join', { value: true }],
    ['zigbee2mqtt/bridge/info', { version: '2.6.0' }, OLD],
    ['zigbee2mqtt/pad', { linkquality: 1 }, OLD],
  ] as const) {
    const readings = talk.hear(topic, payload, more);
    assert.ok(!readings.some(({ available }) => available === true), topic);
  }
  const back = talk.hear('zigbee2mqtt/bridge/logging', { level: 'info', message: 'x' });
  assert.deepEqual(
    back.map(({ address, available, condition, outweighed }) => [
      ...[address, available, condition?.fault, outweighed?.topic],
    ]),
    [
      ['bridge', true, undefined, 'zigbee2mqtt/bridge/state'],
      [PAD, true, undefined, undefined],
    ],
  );
});

test('Zigbee2MQTT tells at its start what it remembers: that outweighs retained words only', () => {
  const offline = { state: 'offline' };
  const state = (seen?: number) => ({ occupancy: true, ...(seen && { last_seen: seen }) });
  const open = (word: object, more: { retain?: boolean } = {}) => {
    const talk = start('zigbee2mqtt');
    talk.send('zigbee2mqtt/bridge/devices', LIST, OLD);
    talk.send('zigbee2mqtt/pad/availability', word, more);
    return (payload: object) => stands(talk, PAD, [['zigbee2mqtt/pad', payload]])[0];
  };
  assert.equal(open(offline)(state()), false, 'its availability knows better');
  assert.equal(open(offline, OLD)(state()), true);
  assert.equal(open(offline)(state(TEN - 3_600_000)), false, 'seen an hour ago');
  assert.equal(open(offline)(state(TEN - 1_000)), true, 'seen a second ago');
  const by = open(offline);
  assert.deepEqual([by(state(5e11)), by(state(TEN - 3_600_000))], [false, false]);
  assert.deepEqual(
    [by(state(TEN - 3_600_000)), by(state(TEN - 3_590_000))],
    [false, true],
    'a clock that is an hour behind goes on all the same',
  );
});

test('Homie: a root that is heard, or one of its children, gives all of them back', () => {
  const talk = start('homie');
  for (const id of ['root', 'a', 'b']) {
    talk.send(`homie/5/${id}/$description`, { homie: '5.0', root: id === 'root' ? '' : 'root' });
    talk.send(`homie/5/${id}/$state`, 'ready', OLD);
  }
  const gone = talk.hear('homie/5/root/$state', 'lost', OLD);
  assert.deepEqual(new Set(gone.map(({ available }) => available)), new Set([false]));
  talk.send(
    'homie/5/a/$description',
    { homie: '5.0', root: 'root', nodes: { n: { properties: { p: { datatype: 'float' } } } } },
    OLD,
  );
  const back = talk.hear('homie/5/a/n/p', '21.5');
  assert.deepEqual(
    back.map(({ address, available }) => [address, available]),
    [
      ['a', true],
      ['root', true],
      ['b', true],
    ],
  );
});

test('Sparkplug B: data after a death shows that node and device are there, and asks for their births', () => {
  const talk = start('sparkplug');
  const topic = (type: string, rest = 'io1') => `spBv1.0/hall/${type}/${rest}`;
  talk.hear(topic('NBIRTH'), birth(1));
  talk.hear(
    topic('DBIRTH', 'io1/d'),
    encode({ seq: 1, metrics: [{ name: 'a', alias: 1, value: 1 }] }),
  );
  talk.hear(topic('NDEATH'), death(1));
  const late = talk.send(
    topic('DDATA', 'io1/d'),
    encode({ seq: 2, metrics: [{ alias: 1, value: 2 }] }),
  );
  assert.deepEqual(late?.readings, [
    { address: 'hall/io1', available: true },
    { address: 'hall/io1/d', available: true },
  ]);
  assert.equal(late?.publish?.length, 1);
  assert.deepEqual(
    talk.hear(topic('NDEATH'), death(1)).map(({ available }) => available),
    [false, false],
    'and dies again',
  );
});

test('an announcement that is told again leaves what its availability topic said', () => {
  const talk = start('home-assistant', { topics: ['radar-1/#'] });
  const config = 'homeassistant/sensor/radar-1/target_count/config';
  talk.send(config, RADAR);
  talk.send('radar-1/LWT', 'offline');
  talk.send(config, RADAR);
  assert.equal(talk.hear('radar-1/state', { target_count: 1 }, OLD)[0]?.available, false);
});

test('an availability topic that is shown as a state, too, is no sign of life', () => {
  const talk = start('home-assistant', { topics: ['radar-1/#'] });
  const shown = { stat_t: 'radar-1/LWT', dev: { ids: 'r0' }, pl_on: 'online', pl_off: 'offline' };
  talk.send('homeassistant/sensor/radar-1/target_count/config', RADAR);
  talk.send('homeassistant/binary_sensor/radar-1/status/config', shown);
  const [gone] = talk.hear('radar-1/LWT', 'offline');
  assert.deepEqual([gone?.available, gone?.properties], [false, { status: false }]);
});

test('retained words and states that come before what announces them wait for it', () => {
  const talk = start('home-assistant', { topics: ['radar-1/#'] });
  talk.send('radar-1/LWT', 'online', OLD);
  talk.send('radar-1/state', { target_count: 3 }, OLD);
  const readings = talk.hear('homeassistant/sensor/radar-1/target_count/config', RADAR, OLD);
  assert.deepEqual(
    readings.map(({ available, properties }) => [available, properties]),
    [
      [undefined, undefined],
      [undefined, { target_count: 3 }],
      [true, undefined],
    ],
  );
});

test('a live message of what nobody announced is a letter, and a flood of them is some', () => {
  const talk = start('home-assistant', { topics: ['#'] });
  const reasons = (topic: string) => talk.reasons(topic, { a: 1 });
  assert.deepEqual(reasons('radar-1/state'), ['unknown:device']);
  const letters = Array.from({ length: 100 }, () => reasons('radar-1/state').length);
  assert.equal(
    letters.reduce((sum, n) => sum + n, 1),
    10,
  );
  const many = Array.from({ length: 2_000 }, (_, n) => reasons(`r${n}/state`).length);
  assert.equal(
    many.reduce((sum, n) => sum + n, 10),
    500,
  );
  const later = talk.send('radar-1/state', { a: 1 }, { at: TEN + 3_600_000 });
  assert.equal(later?.refused?.length, 1, 'an hour later it is told again');
  talk.send('homeassistant/sensor/radar-1/target_count/config', RADAR);
  assert.equal(talk.send('radar-1/debug', 'x'), undefined, 'others of a known device are not read');
});
