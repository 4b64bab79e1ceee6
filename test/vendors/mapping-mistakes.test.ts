// Mistakes in the hall file's `sources:`: each is told with its line, what it is, and what was probably meant. SPEC §13.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatProblem, parseHall } from '../../hall/config.ts';
import { SOURCES } from '../../vendors/sources.ts';

const FILE = `hall: { id: h1, name: 厅 }
zones: [{ id: z1, name: 区 }]
queues: [{ id: q1, name: 社保, zone: z1 }]
windows: [{ id: w1, zone: z1, queues: [q1] }]
devices:
  - { id: disp-1, kind: dispenser, zone: z1 }
  - { id: plug-1, kind: sensor, zone: z1, source: zigbee2mqtt, address: "0x01" }
sources:
  - name: dispensers
    topic: "vendor/{site}/{machine}"
    device: "disp-{machine}"
    format: csv
    columns: [no, biz, ts]
    signals:
      - stream: ticket
        type: issued
        when: { /biz: "01" }
        id: "{machine}-{/no}"
        fields:
          ticket: /no
          queue: { from: /biz, map: { "01": q1 } }
          at: { from: /ts, time: s }
          channel: { value: kiosk }
  - use: zigbee2mqtt
    base: zigbee2mqtt
    signals:
      - stream: occupancy
        type: count
        fields: { zone: "{zone}", present: /people }
`;

function mistakes(text: string): string[] {
  const parsed = parseHall(text, 'hall.yaml', SOURCES);
  return parsed.ok ? [] : parsed.problems.map((problem) => formatProblem('hall.yaml', problem));
}

test('the file is right', () => {
  assert.deepEqual(mistakes(FILE), []);
});

/** [what is written instead of what, and what is told about it] */
const MISTAKES: readonly [string, string, string | RegExp][] = [
  ['name: dispensers', 'nam: dispensers', '9: sources[0].nam: is an unknown key, should be name'],
  [
    'vendor/{site}/{machine}',
    'hall/{site}/{machine}',
    '10: sources[0].topic: is "hall/{site}/{machine}", should be a topic whose first level is a word other than hall, which is the contract’s own',
  ],
  ['vendor/{site}', 'vendor/{si te}', /^10: sources\[0\]\.topic: .*: "\{si te\}" is none$/],
  ['vendor/{site}', '+/{site}', /^10: sources\[0\]\.topic: .*first level/],
  ['disp-{machine}"', 'disp-{machin}"', '11: sources[0].device: has {machin}, should be machine'],
  [
    'format: csv',
    'format: cvs',
    /^12: sources\[0\]\.format: is "cvs", should be one of .*; csv\?$/,
  ],
  [
    '    columns: [no, biz, ts]\n',
    '',
    /^9: sources\[0\]: is a map, should be one with columns: \[no, biz, …\] or header: true/,
  ],
  ['stream: ticket', 'stream: tickets', /^15: .*\.stream: is "tickets", should be .*; ticket\?$/],
  ['type: issued', 'type: isued', '16: sources[0].signals[0].type: is "isued", should be issued'],
  [
    '        type: issued\n',
    '',
    /^15: sources\[0\]\.signals\[0\]\.type: is missing, should be one of issued, called/,
  ],
  [
    'when: { /biz: "01" }',
    'when: { /bis: "01" }',
    '17: sources[0].signals[0].when./bis: has /bis, should be one of the columns: biz',
  ],
  [
    'when: { /biz: "01" }',
    'when: { /biz: { abov: 3 } }',
    /^17: sources\[0\]\.signals\[0\]\.when\./,
  ],
  [
    'when: { /biz: "01" }',
    'when: { biz: "01" }',
    /^17: .*\.when: .* keys are pointers such as \/evt/,
  ],
  [
    'when: { /biz: "01" }',
    'when: { /biz: 1234567890123456789 }',
    /^17: sources\[0\].*\/biz: is \d+, should be in quotes, as a number of over 15 digits is not kept exactly$/,
  ],
  [
    '{machine}-{/no}',
    '{machine}-{/nr}',
    '18: sources[0].signals[0].id: has /nr, should be one of the columns: no, biz, ts',
  ],
  ['ticket: /no', 'ticket: no', /^20: .*\.ticket: is "no", should be a pointer such as \/no/],
  [
    'ticket: /no',
    'tiket: /no',
    '20: sources[0].signals[0].fields.tiket: is no field of this signal, should be ticket',
  ],
  ['          ticket: /no\n', '', /^20: sources\[0\]\.signals\[0\]\.fields\.ticket: is missing/],
  [
    'map: { "01": q1 }',
    'map: { "01": q2 }',
    '21: sources[0].signals[0].fields.queue.map.01: is "q2", should be the id of one of the queues (q1)',
  ],
  [
    'map: { "01": q1 }',
    'map: { 01: q1 }',
    '21: sources[0].signals[0].fields.queue.map.1: is read as 1, should be in quotes: "01"',
  ],
  [
    'from: /biz, map',
    'form: /biz, map',
    '21: sources[0].signals[0].fields.queue.form: is an unknown key, should be from',
  ],
  [
    'time: s }',
    'time: "yyyy-QQ" }',
    /^22: .*\.at\.time: is "yyyy-QQ", should be s, ms, iso or a pattern/,
  ],
  [
    'value: kiosk',
    'value: kisok',
    /^23: sources\[0\]\.signals\[0\]\.fields\.channel\.value: is "kisok"; .*kiosk/,
  ],
  [
    '{ value: kiosk }',
    '{ value: kiosk, from: /no }',
    /^23: .*\.channel: is a map, should be one with from .* or with value/,
  ],
  [
    'use: zigbee2mqtt',
    'use: zigbe2mqtt',
    /^24: sources\[1\]\.use: is "zigbe2mqtt", should be one of zigbee2mqtt, .*zigbee2mqtt\?/,
  ],
  [
    'base: zigbee2mqtt',
    'bas: zigbee2mqtt',
    '25: sources[1].bas: is an unknown key, should be base',
  ],
  ['base: zigbee2mqtt', 'base: "a/#"', /^25: sources\[1\]\.base: is "a\/#", should be a topic/],
  ['"{zone}"', '"{zoone}"', '29: sources[1].signals[0].fields.zone: has {zoone}, should be zone'],
  [
    'source: zigbee2mqtt',
    'source: zigbee2mtt',
    '7: devices[1].source: is "zigbee2mtt", should be the name of one of the sources: zigbee2mqtt',
  ],
  [
    '{ id: disp-1, kind: dispenser, zone: z1 }',
    '{ id: disp-1, kind: dispenser, source: zigbee2mqtt, address: "0x01" }',
    '7: devices[1].address: is "0x01" again, should differ from devices[0]',
  ],
];

for (const [right, wrong, told] of MISTAKES) {
  test(`a mistake is told with its line: ${wrong.trim() || `without ${right.trim()}`}`, () => {
    assert.ok(FILE.includes(right));
    const [first = '', ...more] = mistakes(FILE.replace(right, wrong)).map((text) =>
      text.slice(10),
    );
    const found = [first, ...more].find((each) =>
      typeof told === 'string' ? each === told : told.test(each),
    );
    assert.ok(found, `${first}\n${more.join('\n')}`);
    assert.ok(more.length <= 1, more.join('\n'));
  });
}

test('two sources of one name; a source called as the contract’s own', () => {
  const twice = FILE.replace('use: zigbee2mqtt', 'use: zigbee2mqtt\n    name: dispensers');
  assert.match(mistakes(twice).join('\n'), /:25: sources\[1\]\.name: is "dispensers" again/);
  const own = FILE.replace('name: dispensers', 'name: mqtt');
  assert.match(
    mistakes(own).join('\n'),
    /:9: sources\[0\]\.name: is "mqtt", should be another name/,
  );
});

test('whatever stands under sources, an answer and no exception', () => {
  const key = fc.constantFrom(
    ...'name use topic device format columns each signals stream type when fields id from map value time'.split(
      ' ',
    ),
  );
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { depthSize: 'small' },
      fc.constantFrom('ticket', 'issued', '/a', '{a}', 'zigbee2mqtt', 'a/{b}', '', 'csv'),
      fc.integer(),
      fc.constant(null),
      fc.array(tie('tree'), { maxLength: 3 }),
      fc.dictionary(key, tie('tree'), { maxKeys: 5 }),
    ),
  }));
  fc.assert(
    fc.property(tree, (sources) => {
      parseHall(JSON.stringify({ hall: { id: 'h1', name: '厅' }, sources }), 'hall.yaml');
      parseHall(
        JSON.stringify({ hall: { id: 'h1', name: '厅' }, sources: [sources] }),
        'hall.yaml',
      );
    }),
    { numRuns: 1_000 },
  );
});
