// What hostile floods make a reader remember, and how long one hostile message may take it: bounded, whatever is sent.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Memory } from '../../../vendors/reader/memory.ts';
import { READERS } from '../../../vendors/reader/index.ts';
import { Throttle } from '../../../vendors/reader/throttle.ts';
import { birth } from './sparkplug-node.ts';
import { bytesOf, talkTo, TEN } from './talk.ts';

test('whoever was not used for longest goes, counted, by number and by cost', () => {
  const gone: string[] = [];
  const memory = new Memory<number>({ max: 3, costMax: 10, onForget: (_, key) => gone.push(key) });
  memory.set('a', 1, 2);
  memory.set('b', 2, 2);
  memory.set('c', 3, 2);
  assert.equal(memory.get('a'), 1);
  memory.set('d', 4, 2);
  assert.deepEqual(gone, ['b'], 'a was used since');
  memory.set('c', 5, 8);
  assert.deepEqual(gone, ['b', 'a'], 'by cost');
  memory.set('c', 6);
  assert.deepEqual(
    [...memory.entries()],
    [
      ['d', 4],
      ['c', 6],
    ],
  );
  memory.set('e', 7, 11);
  assert.deepEqual([...memory.values()], [], 'one beyond the limit alone goes at once');
  memory.delete('nobody');
  memory.set('f', 8, 10);
  assert.equal(memory.size, 1);
  assert.equal(memory.forgotten, gone.length);
});

test('asking is limited for each and for all, and begins again when the time is over', () => {
  const throttle = new Throttle(10, 2);
  assert.equal(throttle.allows(undefined, TEN), true);
  assert.equal(throttle.allows(TEN, TEN + 9_999), false);
  assert.equal(throttle.allows(undefined, TEN + 1), true);
  assert.equal(throttle.allows(undefined, TEN + 2), false, 'two in all');
  assert.equal(throttle.allows(undefined, TEN + 10_000), true);
});

test('names beyond the memory’s limit make others forgotten: Homie, Sparkplug B, Home Assistant', () => {
  const limits = { memory_mb: 1 };
  const homie = READERS['homie']!.create(limits);
  const properties = Object.fromEntries(
    Array.from({ length: 200 }, (_, n) => [
      `p${n}`,
      { datatype: 'enum', format: 'x'.repeat(1000) },
    ]),
  );
  const sparkplug = READERS['sparkplug']!.create(limits);
  const metrics = Array.from({ length: 1000 }, (_, n) => ({
    name: `${'x'.repeat(200)}${n}`,
    alias: n,
    value: n,
  }));
  const discovery = READERS['home-assistant']!.create(limits);
  for (let n = 0; n < 20; n++) {
    talkTo(homie).hear(`homie/5/d${n}/$description`, { nodes: { n: { properties } } });
    talkTo(sparkplug).hear(`spBv1.0/g/NBIRTH/n${n}`, birth(1, metrics));
    const config = { stat_t: `s/${n}`, dev: { ids: `d${n}` }, filler: 'x'.repeat(200_000) };
    talkTo(discovery).hear(`homeassistant/sensor/d${n}/config`, config);
  }
  for (const [name, reader] of Object.entries({ homie, sparkplug, discovery })) {
    assert.ok(reader.forgotten >= 14, `${name}: ${reader.forgotten}`);
  }
});

test('a topic as long as MQTT allows is refused', () => {
  for (const kind of Object.values(READERS)) {
    const message = {
      topic: 'x'.repeat(1001),
      payload: bytesOf(''),
      retain: false,
      receivedAt: TEN,
    };
    assert.deepEqual(
      kind
        .create({})
        .read(message)
        ?.refused?.map(({ reason }) => reason),
      ['topic'],
    );
  }
});

test('every reader has its defaults, and ignores keys that are the host’s', () => {
  for (const [name, { create, options }] of Object.entries(READERS)) {
    assert.ok('entries' in options, name);
    const reader = create({ use: name, name: 'x', signals: [] });
    assert.deepEqual(reader.filters, create(undefined).filters);
    assert.ok(reader.filters.length > 0);
    assert.equal(reader.forgotten, 0);
    assert.throws(() => create({ devices_max: 0 }), /at least 1/);
  }
});
