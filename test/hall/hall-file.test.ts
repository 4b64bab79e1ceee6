// SPEC §19: what a changed hall file takes away, who still hangs on it, and what a hall file should say.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { indexHall, type HallConfig } from '../../hall/config.ts';
import { lastHallOf, parseLastHall, withRemoved } from '../../hall/config/removed.ts';
import { hallFileFaults } from '../../hall/fault/hall-file.ts';
import type { Stray } from '../../hall/fault/stray.ts';
import { fold, startHall } from '../../hall/reduce.ts';
import { MINUTE, received, sampleHall, TEN, type Note } from './sample.ts';

const DAY = 24 * 60 * MINUTE;
const STAFF = 'http: { staff: loopback }\n';
const ALARMS = `emergency_from: [disp-1]\n${STAFF}`;

/** The sample hall without its second queue and its third window. */
function smaller(): HallConfig {
  return sampleHall((yaml) =>
    yaml
      .replace(/ {2}- \{ id: q2, .*\n/, '')
      .replace(/ {2}- \{ id: w3, .*\n/, '')
      .replace('[q1, q2]', '[q1]')
      .concat(ALARMS),
  );
}

const whole = () => sampleHall((yaml) => yaml.concat(ALARMS));

test('19.4 what a start misses is remembered with its name, until it is back or forgotten', () => {
  const last = parseLastHall(JSON.stringify(lastHallOf(whole())));
  const next = withRemoved(smaller(), last, TEN);
  assert.deepEqual(next.removed?.queues, [{ id: 'q2', name: { zh: '不动产' }, since: TEN }]);
  assert.deepEqual(next.removed?.windows, [
    { id: 'w3', name: { zh: '3 号窗口', en: 'Window 3' }, since: TEN },
  ]);
  assert.deepEqual(next.removed?.zones, []);
  assert.ok(Object.isFrozen(next.removed?.queues[0]));
  // A later start still knows since when.
  const again = withRemoved(smaller(), lastHallOf(next), TEN + DAY);
  assert.equal(again.removed?.queues[0]?.since, TEN);
  assert.equal(withRemoved(whole(), lastHallOf(again), TEN + DAY).removed, undefined);
  assert.equal(withRemoved(smaller(), lastHallOf(again), TEN + 8 * DAY).removed, undefined);
  // The folder of another hall, the first start, and a file that is none say nothing.
  const other = { ...lastHallOf(whole()), hall: 'h2' };
  assert.equal(withRemoved(smaller(), other, TEN).removed, undefined);
  assert.equal(withRemoved(smaller(), undefined, TEN).removed, undefined);
  for (const text of ['', '{}', '[1]', '{"hall":"h1","parts":{"queues":7}}']) {
    assert.equal(parseLastHall(text), undefined, text);
  }
});

test('19.4 who waits in a queue that is gone is named, with the dispenser, until nobody does', () => {
  const notes: Note[] = [
    [0, 'disp-1', 'ticket', { type: 'issued', ticket: 'B018', queue: 'q2' }],
    [1, 'disp-1', 'ticket', { type: 'issued', ticket: 'B019', queue: 'q2' }],
    [2, 'disp-1', 'ticket', { type: 'issued', ticket: 'A001', queue: 'q1' }],
    [3, 'caller-2', 'ticket', { type: 'issued', ticket: 'B020', queue: 'q2' }],
    [4, 'caller-2', 'ticket', { type: 'called', ticket: 'B020', window: 'w3' }],
  ];
  const config = withRemoved(smaller(), lastHallOf(whole()), TEN + 5 * MINUTE);
  const start = startHall(config, TEN);
  const hall = received(notes, whole()).reduce((state, each) => fold(state, config, each), start);
  const faults = hallFileFaults(hall, config, TEN + 6 * MINUTE, []);
  assert.deepEqual(
    faults.map(({ id, severity, since, title, devices }) => [
      id,
      severity,
      since,
      title.zh,
      devices,
    ]),
    [
      [
        'hall-file:queue-q2',
        2,
        TEN + 5 * MINUTE,
        '大厅文件已撤销队列“不动产”（q2），还有 3 人在其中：B018、B019、B020',
        ['caller-2', 'disp-1'],
      ],
      [
        'hall-file:window-w3',
        2,
        TEN + 5 * MINUTE,
        '大厅文件已撤销3 号窗口（w3），B020 仍在该窗口',
        ['caller-2'],
      ],
    ],
  );
  const ends: Note[] = ['B018', 'B019', 'B020'].map((ticket, index) => [
    7 + index,
    'disp-1',
    'ticket',
    { id: `end-${index}`, type: 'cancelled', ticket },
  ]);
  const done = received(ends, whole()).reduce((state, each) => fold(state, config, each), hall);
  assert.deepEqual(hallFileFaults(done, config, TEN + 9 * MINUTE, []), []);
});

test('19.5 devices that send to an id that is not there are one fault for each id', () => {
  const config = withRemoved(smaller(), lastHallOf(whole()), TEN);
  const stray = (sender: string, kind: Stray['kind'], id: string): Stray => ({
    ...{ sender, kind, id, refused: 2, firstAt: TEN, lastAt: TEN },
  });
  const strays = [
    ...[stray('disp-1', 'queue', 'q2'), stray('kiosk-9', 'queue', 'q2')],
    stray('caller-2', 'window', 'w33'),
  ];
  const faults = hallFileFaults(startHall(config, TEN), config, TEN, strays);
  assert.deepEqual(
    faults.map(({ title, devices }) => [title.en, devices]),
    [
      ['disp-1, kiosk-9 send to the removed queue q2 (不动产): 4 refused', ['disp-1']],
      ['caller-2 sends to the unknown window w33: 2 refused', ['caller-2']],
    ],
  );
  assert.equal(new Set(faults.map(({ id }) => id)).size, 2);
});

test('19.6 21.4 that anybody may raise an alarm, or open the pages for staff, is told in a real hall', () => {
  const told = (config: HallConfig) =>
    hallFileFaults(startHall(config, TEN), config, TEN, []).map(({ id, severity }) => [
      id,
      severity,
    ]);
  assert.deepEqual(told(sampleHall()), [
    ['emergency:anyone', 1],
    ['access:staff', 1],
  ]);
  assert.deepEqual(told(whole()), []);
  assert.deepEqual(told(sampleHall((yaml) => yaml.replace('level: city', 'demo: true'))), []);
  const bare = sampleHall((yaml) => yaml.replace(/devices:\n( {2}- .*\n)+/, '').concat(STAFF));
  assert.equal(indexHall(bare).devices.size, 0);
  assert.deepEqual(told(bare), []);
});
