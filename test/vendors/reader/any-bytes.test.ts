// Whatever comes in on a reader's topics: it never throws, stays within its limits, and what it tells is plain JSON.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Read } from '../../../vendors/reader.ts';
import { READERS } from '../../../vendors/reader/index.ts';
import { birth, encode } from './sparkplug-node.ts';
import { bytesOf, matches, TEN } from './talk.ts';

const IEEE = '0x00158d00018255df';

/** Topics that each reader takes apart, and what makes it look further into a payload. */
const WORLDS: Readonly<
  Record<string, { topics: readonly string[]; payloads: readonly unknown[] }>
> = {
  zigbee2mqtt: {
    topics: ['devices', 'groups', 'state', 'info', 'event', 'response/device/rename']
      .map((name) => `zigbee2mqtt/bridge/${name}`)
      .concat(['zigbee2mqtt/plug', 'zigbee2mqtt/a/plug/availability', 'zigbee2mqtt/__proto__']),
    payloads: [
      [
        {
          ieee_address: IEEE,
          friendly_name: 'plug',
          definition: { exposes: [{ type: 'switch' }] },
        },
      ],
      { type: 'device_joined', data: { ieee_address: IEEE, friendly_name: '__proto__' } },
      { status: 'ok', data: { from: 'plug', to: 'a/plug' } },
      { battery: 4, last_seen: 'x', battery_low: true },
      'offline',
    ],
  },
  tasmota: {
    topics: ['tele/a/LWT', 'tele/a/STATE', 'tele/b/INFO1', 'stat/a/RESULT', 'stat/a/POWER1'].concat(
      'tasmota/discovery/x/config',
    ),
    payloads: [
      { t: 'a', dn: 3, onln: [], fn: {} },
      { Wifi: { Signal: 'x' }, POWER1: 'ON' },
      'Online',
    ],
  },
  shelly: {
    topics: [
      's/online',
      's/events/rpc',
      's/status/switch:0',
      's/status/sys',
      'hallcast-shelly/rpc',
    ],
    payloads: [
      { id: 's', result: { name: 7, ver: null } },
      { method: 'NotifyEvent', params: { events: [1, { ts: 'x' }] } },
      { method: 'NotifyStatus', params: { ts: 1e300, 'switch:0': { errors: [1] }, sys: [] } },
      { id: 0, errors: 'x', temperature: null },
      'true',
    ],
  },
  homie: {
    topics: [
      '$state',
      '$description',
      '$alert/x',
      '$log/fatal',
      'n/p',
      'n/p/set',
      '__proto__/x',
    ].map((name) => `homie/5/d/${name}`),
    payloads: [
      { root: 'd', nodes: { n: { properties: { p: { datatype: 'enum', format: 5 } } } } },
      { root: 'e', nodes: { n: { properties: { p: { datatype: 'json' } } } } },
      'lost',
      'ready',
    ],
  },
  sparkplug: {
    topics: ['NBIRTH/n', 'DBIRTH/n/d', 'NDATA/n', 'DDATA/n/d', 'NDEATH/n', 'DDEATH/n/d'].map(
      (name) => `spBv1.0/g/${name}`,
    ),
    payloads: [
      birth(1, [{ name: '__proto__', alias: 1, value: 1 }]),
      encode({ seq: 1, metrics: [{ alias: 1, value: 5 }] }),
      encode({
        seq: 300,
        timestamp: 2 ** 53,
        metrics: [{ name: '//', alias: 2, type: 'Template' }],
      }),
    ],
  },
  'home-assistant': {
    topics: ['homeassistant/sensor/a/config', 'homeassistant/device/b/config', 'homeassistant/x'],
    payloads: [
      {
        '~': 'homeassistant/x',
        stat_t: '~',
        dev: { ids: '__proto__' },
        val_tpl: '{{ value_json.a }}',
      },
      {
        cmps: { __proto__: 1, a: { p: 'sensor' } },
        avty: { t: 'homeassistant/x' },
        stat_t: 'homeassistant/x',
      },
      { a: { b: 1 } },
    ],
  },
};

for (const [name, { topics, payloads }] of Object.entries(WORLDS)) {
  test(`${name}: any bytes, any JSON, any order`, () => {
    const payload = fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(...payloads).map(bytesOf) },
      { weight: 2, arbitrary: fc.uint8Array({ maxLength: 200 }) },
      { weight: 2, arbitrary: fc.json({ maxDepth: 4 }).map(bytesOf) },
      {
        weight: 1,
        arbitrary: fc.constantFrom(...payloads).chain((value) => mangled(bytesOf(value))),
      },
    );
    const message = fc.record({
      topic: fc.oneof(
        { weight: 9, arbitrary: fc.constantFrom(...topics) },
        { weight: 1, arbitrary: fc.constantFrom(...topics).map((topic) => `${topic}/x/`) },
      ),
      payload,
      retain: fc.boolean(),
      receivedAt: fc.integer({ min: TEN - 60_000, max: TEN + 60_000 }),
    });
    fc.assert(
      fc.property(fc.array(message, { maxLength: 40, size: 'max' }), (messages) => {
        const reader = READERS[name]!.create({ devices_max: 5 });
        for (const each of messages) check(reader.read(each), each.topic);
      }),
      { numRuns: 400 },
    );
    const reader = READERS[name]!.create({});
    for (const topic of topics) {
      assert.ok(
        reader.filters.some((filter) => matches(filter, topic)),
        topic,
      );
    }
  });
}

/** With one byte changed and the end cut off. */
function mangled(bytes: Uint8Array): fc.Arbitrary<Uint8Array> {
  return fc
    .tuple(
      fc.nat(Math.max(0, bytes.length - 1)),
      fc.integer({ min: 0, max: 255 }),
      fc.nat(bytes.length),
    )
    .map(([at, byte, end]) => {
      const copy = bytes.slice(0, Math.max(1, end));
      copy[Math.min(at, copy.length - 1)] = byte;
      return copy;
    });
}

function check(read: Read | undefined, topic: string): void {
  if (!read) return;
  for (const reading of read.readings) {
    assert.ok(reading.address.length > 0, topic);
    assert.deepEqual(JSON.parse(JSON.stringify(reading)), reading, `${topic} is plain JSON`);
    if (reading.at !== undefined) assert.ok(Number.isSafeInteger(reading.at));
    const { fault = '', battery_pct = 0, firmware = '' } = reading.condition ?? {};
    assert.ok(fault.length <= 200 && firmware.length <= 200);
    assert.ok(battery_pct >= 0 && battery_pct <= 100);
  }
  for (const { reason, detail } of read.refused ?? []) {
    assert.match(
      reason,
      /^(size|encoding|json|topic|type|birth|protobuf|unknown:device|field:(\$state|value|t|LWT|params|events|state))$/,
    );
    for (const text of [detail.zh, detail.en]) {
      assert.ok(text.length > 0 && text.length < 1000, text);
    }
    assert.match(detail.zh, /\p{Script=Han}/u);
  }
  for (const out of read.publish ?? []) assert.doesNotMatch(out.topic, /[+#]/);
}
