// The device page's pure parts: the board's rows and arrows, the table's filter and order, words.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { boardOf, faultsByDevice, linesOf, stepFrom } from '../../dashboard/device-board.ts';
import { gaugesOf, onScale } from '../../dashboard/device-gauges.ts';
import {
  ALL_DEVICES,
  isShown,
  scoreOf,
  type DeviceColumn,
  type DeviceFilter,
} from '../../dashboard/device-order.ts';
import {
  agoZh,
  DEVICE_STATES,
  placeOf,
  rateText,
  skewZh,
  stateOf,
} from '../../dashboard/device-words.ts';
import { KIND_WORDS } from '../../hall/device-words.ts';
import type { Fault } from '../../hall/fault.ts';
import type { DeviceRow } from '../../hall/view/devices.ts';

const NOW = 1_800_000_000_000;
const MINUTE = 60_000;

let order = 0;
const row = (id: string, fields: Partial<DeviceRow> = {}): DeviceRow => ({
  id,
  order: order++,
  kind: 'screen',
  state: 'online',
  seqGaps: 0,
  signals: 0,
  ...fields,
});
const fault = (id: string, devices: string[], cause?: string): Fault => ({
  ...{ id, kind: 'uplink', severity: 3, since: NOW },
  title: { zh: id },
  action: { zh: id },
  devices,
  ...(cause !== undefined && { cause }),
});

const view = {
  floors: { f2: { name: { zh: '二楼' }, order: 1 }, f1: { name: { zh: '一楼' }, order: 0 } },
  zones: {
    z2: { name: { zh: '乙' }, order: 1, floor: 'f2' },
    z1: { name: { zh: '甲' }, order: 0, floor: 'f1' },
    z3: { name: { zh: '丙' }, order: 2 },
    empty: { name: { zh: '空' }, order: 3, floor: 'f1' },
  },
  devices: {
    s1: row('s1', { zone: 'z1' }),
    d1: row('d1', { zone: 'z1', kind: 'dispenser' }),
    s2: row('s2', { zone: 'z1' }),
    s3: row('s3', { zone: 'z2' }),
    s4: row('s4', { zone: 'z3' }),
    lost: row('lost', { kind: 'unlisted' }),
  },
};

test('the board: floors and zones in the hall file’s order, kinds in columns, the rest last', () => {
  const board = boardOf(view);
  assert.deepEqual(
    board.floors.map(({ id, zones }) => [id, zones.map((zone) => zone.id)]),
    [
      ['f1', ['z1']],
      ['f2', ['z2']],
      ['-', ['z3', '-']],
    ],
  );
  assert.deepEqual(
    board.kinds.map(({ kind, most, count }) => [kind, most, count]),
    [
      ['dispenser', 1, 1],
      ['screen', 2, 4],
      ['unlisted', 1, 1],
    ],
  );
  assert.deepEqual(boardOf({ floors: {}, zones: {}, devices: {} }), { kinds: [], floors: [] });
});

test('arrow keys walk the board as it is read, and stop at its ends', () => {
  const lines = linesOf(boardOf(view));
  assert.deepEqual(lines, [['d1', 's1', 's2'], ['s3'], ['s4'], ['lost']]);
  const step = (id: string, key: string) => stepFrom(lines, id, key);
  assert.equal(step('s2', 'ArrowRight'), 's3');
  assert.equal(step('s3', 'ArrowLeft'), 's2');
  assert.equal(step('s2', 'ArrowDown'), 's3');
  assert.equal(step('s3', 'ArrowUp'), 'd1');
  assert.deepEqual([step('s1', 'Home'), step('d1', 'End')], ['d1', 's2']);
  assert.deepEqual([step('d1', 'ArrowLeft'), step('lost', 'ArrowRight')], ['d1', 'lost']);
  assert.deepEqual([step('d1', 'ArrowUp'), step('lost', 'ArrowDown')], ['d1', 'lost']);
  assert.deepEqual([step('gone', 'ArrowDown'), step('s1', 'x')], ['d1', 's1']);
});

test('a device is explained by the first fault that has it', () => {
  const map = faultsByDevice([fault('a', ['s1', 's2'], 's1'), fault('b', ['s2', 's3'])]);
  assert.deepEqual(
    [...map].map(([id, { id: by }]) => `${id} ${by}`),
    ['s1 a', 's2 a', 's3 b'],
  );
});

test('the filter: kind, zone, state and every word, in any of the texts', () => {
  const pad = row('eval-7', {
    kind: 'evaluator',
    zone: 'z1',
    zoneName: { zh: '社保区' },
    window: '7',
    state: 'fault',
    fault: '触摸屏无响应',
  });
  const shown = (filter: Partial<DeviceFilter>) =>
    isShown(pad, { ...ALL_DEVICES, ...filter }, KIND_WORDS);
  assert.ok(shown({}));
  assert.deepEqual([shown({ kind: 'evaluator' }), shown({ kind: 'screen' })], [true, false]);
  assert.deepEqual([shown({ zone: 'z1' }), shown({ zone: '-' })], [true, false]);
  assert.deepEqual([shown({ states: ['fault'] }), shown({ states: ['online'] })], [true, false]);
  assert.deepEqual(
    [shown({ text: ' 7 号窗 触摸' }), shown({ text: 'EVAL' }), shown({ text: '7 屏幕' })],
    [true, true, false],
  );
});

test('by state: the most pressing first, causes before what follows, what is noted before what is well', () => {
  const rows = [
    row('well'),
    row('noted'),
    row('follower', { state: 'offline', since: NOW }),
    row('cause', { state: 'offline', since: NOW - 99 * MINUTE }),
    row('flaps', { flapping: true }),
    row('broken', { state: 'fault', since: NOW }),
    row('mute', { silent: true }),
  ];
  const faults = faultsByDevice([
    fault('a', ['cause', 'follower'], 'cause'),
    fault('b', ['noted']),
  ]);
  const score = ({ id }: DeviceRow) =>
    Number(
      scoreOf(
        rows.find((one) => one.id === id)!,
        'state',
        NOW,
        faults.get(id),
      ),
    );
  const sorted = rows.toSorted((a, b) => score(b) - score(a)).map(({ id }) => id);
  assert.deepEqual(sorted, ['broken', 'flaps', 'cause', 'follower', 'mute', 'noted', 'well']);
});

test('every column has a score for a device that tells nothing', () => {
  const columns: DeviceColumn[] = ['device', 'place', 'state', 'seen', 'rate', 'clock', 'gaps'];
  const figures: DeviceColumn[] = ['paper', 'battery', 'temperature', 'signal', 'firmware'];
  for (const by of [...columns, ...figures]) {
    const score = scoreOf(row('bare', { state: 'none' }), by, NOW);
    assert.ok(typeof score === 'string' || !Number.isNaN(score), by);
  }
});

test('words: places, spans, clocks with their sign, rates', () => {
  assert.deepEqual(placeOf(row('a', { window: '3', zoneName: { zh: '甲', en: 'A' } })), {
    zh: '3 号窗 甲',
    en: 'window 3, A',
  });
  assert.equal(placeOf(row('a')), undefined);
  assert.equal(stateOf(row('a', { state: 'online', silent: true })), 'silent');
  assert.deepEqual([-5, 3 * MINUTE, 130 * MINUTE, 49 * 60 * MINUTE].map(agoZh), [
    '刚刚',
    '3 分',
    '2 时',
    '2 天',
  ]);
  assert.deepEqual([95, -95, 600, -7_200].map(skewZh), ['+95 秒', '−95 秒', '+10 分', '−2 时']);
  assert.deepEqual([0, 0.02, 0.44, 12.6].map(rateText), ['0', '<0.1', '0.4', '13']);
  assert.equal(new Set(DEVICE_STATES).size, 8);
});

test('gauges: those that a device tells, at fault at their limit, from which side ever', () => {
  const limits = { paperPct: 10, batteryPct: 15, tempC: 60, rssiDbm: -85, clockS: 30 };
  const bad = (fields: Partial<DeviceRow>) =>
    gaugesOf(row('a', fields), limits).map((gauge) => [gauge.en, gauge.bad]);
  assert.deepEqual(bad({}), []);
  assert.deepEqual(bad({ paperPct: 0, batteryPct: 16 }), [
    ['paper', true],
    ['battery', false],
  ]);
  assert.deepEqual(bad({ tempC: 60, rssiDbm: -86 }), [
    ['temperature', true],
    ['radio', true],
  ]);
  assert.deepEqual(bad({ tempC: 59.9, rssiDbm: -84 }), [
    ['temperature', false],
    ['radio', false],
  ]);
  const [radio] = gaugesOf(row('a', { rssiDbm: -65 }), limits);
  assert.ok(radio);
  assert.deepEqual(
    [-65, -120, 0].map((value) => onScale(radio, value)),
    ['50.0%', '0.0%', '100.0%'],
  );
});
