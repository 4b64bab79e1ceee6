// A message of which a part cannot be read gives the rest, and one that cannot be read at all shows that its device is
// there. SPEC §14.13, §14.14.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nestsDeeper, parseLoosely } from '../../../hall/json.ts';
import { READERS } from '../../../vendors/reader/index.ts';
import { birth } from './sparkplug-node.ts';
import { talkTo, type Talk } from './talk.ts';

const start = (use: string, options: unknown = {}) => talkTo(READERS[use]!.create(options));

test('numbers that are none are missing; texts stay what they are', () => {
  for (const [text, value] of [
    ['{"a":nan,"b":1}', { a: null, b: 1 }],
    [
      '{"a":-nan , "b":[inf,-inf,+inf,NaN,Infinity,-Infinity,INF]}',
      { a: null, b: Array(7).fill(null) },
    ],
    [
      '{"a":-nan(ind),"b":nan(0x8000),"c":1.#QNAN,"d":-1.#IND00,"e":1.#INF}',
      { a: null, b: null, c: null, d: null, e: null },
    ],
    [
      '{"nan":"nan","a":"x:nan,","b":"\\"nan","c":"\\\\","d":nan}',
      { nan: 'nan', a: 'x:nan,', b: '"nan', c: '\\', d: null },
    ],
    ['{"a":nan,"id":9007199254740993}', { a: null, id: '9007199254740993' }],
    ['\n[ nan ]\n', [null]],
    ['NaN', null],
  ] as const) {
    assert.deepEqual(parseLoosely(text), value, text);
  }
  for (const text of [
    '{"a":nano}',
    '{nan:1}',
    '{"a":n an}',
    '{"a":1nan}',
    '{"a":--nan}',
    '{"a":nan',
    'nan nan',
    '{"a" nan}',
    '',
  ]) {
    assert.throws(() => parseLoosely(text), SyntaxError, text);
  }
});

test('however a payload is made, it is looked through once', () => {
  const size = 400_000;
  for (const text of [
    '"'.repeat(size) + '\\',
    '["' + '\\"'.repeat(size),
    '[' + 'nan '.repeat(size),
    '[' + `nan${' '.repeat(50)}`.repeat(size / 50),
    '[' + ':nan('.repeat(size / 4),
    '[' + '1.#INF1'.repeat(size / 7),
  ]) {
    assert.throws(() => parseLoosely(text), SyntaxError);
  }
  assert.equal((parseLoosely(`[${'nan,'.repeat(size)}1]`) as unknown[]).length, size + 1);
  assert.ok(nestsDeeper('['.repeat(20), 16));
  assert.ok(!nestsDeeper(`"${'['.repeat(20)}"`, 16));
});

test('Tasmota: one nan costs neither the rest nor the device', () => {
  const talk = start('tasmota');
  for (const none of ['nan', '-nan', 'inf', 'NaN']) {
    const payload = `{"Time":"2026-03-02T10:00:00","SI7021":{"Temperature":21.3},"AM2301":{"Temperature":${none},"Humidity":${none}},"TempUnit":"C"}`;
    const [reading] = talk.hear('tele/x/SENSOR', payload);
    assert.equal(reading?.available, true);
    assert.deepEqual(reading?.properties?.['SI7021'], { Temperature: 21.3 });
    assert.deepEqual(reading?.properties?.['AM2301'], { Temperature: null, Humidity: null });
  }
});

test('ESPHome: a sensor that has no value says nan, as text', () => {
  const talk = start('home-assistant', { topics: ['e/#'] });
  talk.send('homeassistant/sensor/e/t/config', { stat_t: 'e/t', dev: { ids: 'e' } });
  const [reading] = talk.hear('e/t', 'nan');
  assert.deepEqual([reading?.properties, reading?.available], [undefined, true]);
  assert.deepEqual(talk.hear('e/t', '21.5')[0]?.properties, { t: 21.5 });
});

test('Homie: a float that is none is missing', () => {
  const talk = start('homie');
  const properties = { p: { datatype: 'float' }, q: { datatype: 'boolean' } };
  talk.send('homie/5/h/$description', { homie: '5.0', nodes: { n: { properties } } });
  const [reading] = talk.hear('homie/5/h/n/p', 'nan');
  assert.deepEqual([reading?.properties, reading?.available], [undefined, true]);
  assert.deepEqual(talk.reasons('homie/5/h/n/q', 'nan'), ['field:value']);
});

/** What cannot be read, on topics that name its device. */
const UNREADABLE: readonly [string, string, (talk: Talk) => void, string, unknown][] = [
  ['tasmota', 'x', () => {}, 'tele/x/SENSOR', '{"a":'],
  ['tasmota', 'x', () => {}, 'stat/x/POWER1', new Uint8Array([0xff])],
  ['shelly', 's', () => {}, 's/events/rpc', 'x'],
  ['shelly', 's', () => {}, 's/events/rpc', { method: 'NotifyStatus' }],
  ['shelly', 's', () => {}, 's/status/switch:0', '{'],
  ['homie', 'h', () => {}, 'homie/5/h/n/p', new Uint8Array([0xff])],
  [
    'zigbee2mqtt',
    '0x00158d0001a2b3c4',
    (talk) =>
      talk.send('zigbee2mqtt/bridge/devices', [
        { ieee_address: '0x00158d0001a2b3c4', friendly_name: 'p', type: 'Router' },
      ]),
    'zigbee2mqtt/p',
    '{"state":',
  ],
  [
    'home-assistant',
    'e',
    (talk) =>
      talk.send('homeassistant/sensor/e/t/config', {
        stat_t: 'homeassistant/e',
        val_tpl: '{{ value_json.t }}',
        dev: { ids: 'e' },
      }),
    'homeassistant/e',
    '{"t":',
  ],
  [
    'sparkplug',
    'g/n/d',
    (talk) => talk.send('spBv1.0/g/NBIRTH/n', birth(1)),
    'spBv1.0/g/DDATA/n/d',
    new Uint8Array([0xff]),
  ],
];

for (const [use, address, before, topic, payload] of UNREADABLE) {
  test(`${use}: ${topic} that cannot be read is a letter, and its device is there`, () => {
    const talk = start(use);
    before(talk);
    const read = talk.send(topic, payload);
    assert.equal(read?.refused?.length, 1);
    assert.deepEqual(
      read?.readings.filter((each) => each.address === address).map(({ available }) => available),
      [true],
    );
    const old = talk.send(topic, payload, { retain: true });
    assert.ok(!old?.readings.some((each) => 'properties' in each), 'a retained one shows nothing');
  });
}
