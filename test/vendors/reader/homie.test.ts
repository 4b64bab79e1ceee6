import assert from 'node:assert/strict';
import { test } from 'node:test';
import { READERS } from '../../../vendors/reader/index.ts';
import { talkTo } from './talk.ts';

const start = (options: unknown = {}) => talkTo(READERS['homie']!.create(options));
const TOP = 'homie/5/gate-east';

const DESCRIPTION = {
  homie: '5.0',
  version: 7,
  name: '东门客流',
  type: 'people-counter',
  nodes: {
    counter: {
      name: 'Counter',
      properties: {
        in: { datatype: 'integer' },
        out: { datatype: 'integer', format: '0:100000' },
        temperature: { datatype: 'float', unit: '°C', format: '-20:120' },
        open: { datatype: 'boolean' },
        mode: { datatype: 'enum', format: 'day,night,off' },
        label: { datatype: 'string' },
        since: { datatype: 'datetime' },
        detail: { datatype: 'json' },
        shade: { datatype: 'color', format: 'rgb' },
        pressed: { datatype: 'string', retained: false },
      },
    },
  },
};

test('from its birth to its last will', () => {
  const talk = start();
  assert.deepEqual(talk.hear(`${TOP}/$state`, 'init'), [
    { address: 'gate-east', face: { name: 'gate-east' }, available: true, condition: {} },
  ]);
  const [described] = talk.hear(`${TOP}/$description`, DESCRIPTION);
  assert.deepEqual(described?.face, { name: '东门客流', model: 'people-counter' });
  talk.hear(`${TOP}/$state`, 'ready');
  const [reading] = talk.hear(`${TOP}/counter/in`, '42');
  assert.deepEqual(reading, {
    address: 'gate-east',
    face: { name: '东门客流', model: 'people-counter' },
    available: true,
    properties: { counter: { in: 42 } },
  });
  assert.equal(talk.hear(`${TOP}/$state`, 'lost')[0]?.available, false);
  assert.equal(talk.hear(`${TOP}/counter/in`, '42', { retain: true })[0]?.available, false);
  assert.equal(talk.hear(`${TOP}/$state`, 'ready')[0]?.available, true);
  assert.equal(talk.hear(`${TOP}/$state`, 'sleeping')[0]?.available, true, 'not offline');
  assert.equal(talk.hear(`${TOP}/$state`, 'disconnected')[0]?.available, false);
});

test('values by their type', () => {
  const talk = start();
  talk.hear(`${TOP}/$description`, DESCRIPTION);
  const value = (name: string, payload: string) => {
    const counter = talk.hear(`${TOP}/counter/${name}`, payload)[0]?.properties?.['counter'];
    return (counter as Record<string, unknown>)[name];
  };
  assert.equal(value('in', '-7'), -7);
  assert.equal(value('in', '9223372036854775807'), '9223372036854775807', 'beyond 2^53 as text');
  assert.equal(value('temperature', '21.5'), 21.5);
  assert.equal(value('temperature', '1e-3'), 0.001);
  assert.equal(value('open', 'true'), true);
  assert.equal(value('mode', 'night'), 'night');
  assert.equal(value('label', '\0'), '', 'the empty text');
  assert.deepEqual(value('detail', '{"a":[1]}'), { a: [1] });
  assert.equal(value('shade', 'rgb,100,100,100'), 'rgb,100,100,100');
  const wrong = (name: string, payload: string) => talk.reasons(`${TOP}/counter/${name}`, payload);
  for (const [name, payload] of [
    ['in', '4.5'],
    ['in', ' 4'],
    ['in', '-'],
    ['temperature', '1e999'],
    ['temperature', '.'],
    ['open', 'TRUE'],
    ['mode', 'Day'],
    ['detail', '3'],
  ] as const) {
    assert.deepEqual(wrong(name, payload), ['field:value'], `${name} ${payload}`);
  }
});

test('commands, targets, broadcasts and what is not described are nothing', () => {
  const talk = start();
  talk.hear(`${TOP}/$description`, DESCRIPTION);
  for (const [topic, payload] of [
    [`${TOP}/counter/in/set`, '5'],
    [`${TOP}/counter/in/$target`, '5'],
    [`${TOP}/counter/other`, '5'],
    [`${TOP}/counter/in`, ''],
    ['homie/5/$broadcast/alert', 'Intruder detected'],
    [`${TOP}/$log/warn`, 'battery low'],
    [`${TOP}/$description`, ''],
  ] as const) {
    assert.deepEqual(talk.hear(topic, payload), [], topic);
  }
});

test('alerts are faults until they are removed; a fatal log entry until it is ready again', () => {
  const talk = start();
  talk.hear(`${TOP}/$state`, 'ready');
  const condition = (topic: string, payload: string) =>
    talk.hear(`${TOP}/${topic}`, payload)[0]?.condition;
  assert.deepEqual(condition('$alert/battery', 'Battery is low, at 8%'), {
    fault: 'Battery is low, at 8%',
  });
  assert.deepEqual(condition('$alert/lens', '镜头被遮挡'), {
    fault: 'Battery is low, at 8%, 镜头被遮挡',
  });
  assert.deepEqual(
    talk.hear(`${TOP}/$alert/lens`, '镜头被遮挡', { retain: true }),
    [],
    'told already',
  );
  assert.deepEqual(condition('counter/in', '5'), { fault: 'Battery is low, at 8%, 镜头被遮挡' });
  assert.deepEqual(condition('$alert/battery', ''), { fault: '镜头被遮挡' });
  assert.deepEqual(condition('$alert/lens', ''), {});
  assert.equal(condition('counter/in', '5'), undefined);
  assert.deepEqual(condition('$log/fatal', 'flash worn out'), { fault: 'flash worn out' });
  assert.deepEqual(condition('$state', 'ready'), {});
});

test('a root that is lost takes its children along, by one cause, and gives them back', () => {
  const talk = start();
  talk.hear('homie/5/bridge/$state', 'ready');
  for (const child of ['a', 'b']) {
    talk.hear(`homie/5/${child}/$state`, 'ready');
    talk.hear(`homie/5/${child}/$description`, {
      homie: '5.0',
      version: 1,
      root: 'bridge',
      nodes: { x: { properties: { y: { datatype: 'string' } } } },
    });
  }
  const order = ['bridge', 'a', 'b'];
  const told = (state: string) =>
    talk
      .hear('homie/5/bridge/$state', state)
      .map(({ address, available, condition }) => [address, available, condition?.fault])
      .toSorted((a, b) => order.indexOf(String(a[0])) - order.indexOf(String(b[0])));
  assert.deepEqual(told('lost'), [
    ['bridge', false, undefined],
    ['a', false, 'root device lost'],
    ['b', false, 'root device lost'],
  ]);
  const [child] = talk.hear('homie/5/a/x/y', 'z', { retain: true });
  assert.equal(child?.available, false);
  assert.deepEqual(told('ready'), [
    ['bridge', true, undefined],
    ['a', true, undefined],
    ['b', true, undefined],
  ]);
  assert.deepEqual(told('sleeping'), [['bridge', true, undefined]], 'only lost is shared');
});

test('a device that is removed is gone', () => {
  const talk = start();
  talk.hear(`${TOP}/$state`, 'ready');
  assert.deepEqual(talk.hear(`${TOP}/$state`, ''), [
    { address: 'gate-east', available: false, face: { name: 'gate-east' } },
  ]);
  assert.deepEqual(talk.hear(`${TOP}/$state`, ''), []);
});

test('what is wrong is refused with its reason; its memory is bounded', () => {
  const reader = READERS['homie']!.create({ devices_max: 2, properties_max: 3, domain: 'h' });
  const talk = talkTo(reader);
  assert.deepEqual(talk.reasons('h/5/a/$state', 'alert'), ['field:$state']);
  assert.deepEqual(talk.reasons('h/5/A b/$state', 'ready'), ['topic']);
  assert.deepEqual(talk.reasons('h/5/a/$description', '['), ['json']);
  assert.deepEqual(talk.reasons('h/5/a/b/c', new Uint8Array([0xc3])), ['encoding']);
  talk.hear('h/5/a/$description', DESCRIPTION);
  assert.equal(reader.forgotten, 7, 'properties beyond the limit');
  talk.hear('h/5/b/$state', 'ready');
  talk.hear('h/5/c/$state', 'ready');
  assert.equal(reader.forgotten, 8);
  const odd = {
    nodes: { __proto__: 1, x: null, y: { properties: [1] }, z: { properties: { q: 1 } } },
  };
  assert.equal(talk.hear('h/5/c/$description', odd).length, 1);
});
