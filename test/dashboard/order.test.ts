// Rows under the eye: sorted by score, still while they are read, steady where scores waver; windows in groups.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readPages } from '../../dashboard/pages.ts';
import { groupWindows } from '../../dashboard/panels/groups.ts';
import { settle } from '../../screen/table/settle.ts';
import type { LiveView, LiveWindow } from '../../hall/view/live.ts';

const scores = (values: Record<string, number | string>) => (id: string) => values[id] ?? 0;

test('the highest score is on top', () => {
  const order = settle([], ['a', 'b', 'c'], scores({ a: 1, b: 3, c: 2 }), false);
  assert.deepEqual(order, ['b', 'c', 'a']);
});

test('while a row is read nothing moves: the new goes to the end, the gone leaves', () => {
  const before = ['b', 'c', 'a'];
  const values = scores({ a: 9, b: 1, d: 99 });
  assert.deepEqual(settle(before, ['a', 'b', 'd'], values, true), ['b', 'a', 'd']);
  assert.deepEqual(settle(before, ['a', 'b', 'd'], values, false), ['d', 'a', 'b']);
});

test('scores that waver within the slack do not dance', () => {
  const before = ['a', 'b'];
  const wavering = scores({ a: 1.0, b: 1.02 });
  assert.equal(settle(before, ['a', 'b'], wavering, false, 0.05), before);
  assert.deepEqual(settle(before, ['a', 'b'], scores({ a: 1.0, b: 1.2 }), false, 0.05), ['b', 'a']);
});

test('the same order is the same reference, so that nothing is drawn anew', () => {
  const before = ['x', 'y'];
  assert.equal(settle(before, ['y', 'x'], scores({ x: 2, y: 1 }), false), before);
});

test('texts sort with their numbers: window 2 before window 10', () => {
  const labels = scores({ w1: '10', w2: '2', w3: '1' });
  const upward = settle([], ['w1', 'w2', 'w3'], labels, false, 0, true);
  assert.deepEqual(upward, ['w3', 'w2', 'w1']);
  assert.deepEqual(settle([], ['w1', 'w2', 'w3'], labels, false), ['w1', 'w2', 'w3']);
});

const windowOf = (id: string, zone: string, queues: string[]): LiveWindow => ({
  id,
  order: 0,
  label: id,
  zone,
  role: 'front',
  queues,
  state: 'idle',
  completed: 0,
  freshness: { state: 'live' },
});

test('groups follow their first window and keep the order within', () => {
  const windows = {
    w1: windowOf('w1', 'z1', ['q1']),
    w2: windowOf('w2', 'z2', ['q1', 'q2']),
    w3: windowOf('w3', 'z1', []),
  };
  const zones = {
    z1: { name: { zh: '一区' }, order: 0, kind: 'waiting' as const },
    z2: { name: { zh: '二区' }, order: 1, kind: 'waiting' as const },
  };
  const view = { windows, zones, queues: {} } satisfies Pick<
    LiveView,
    'windows' | 'zones' | 'queues'
  >;
  const order = ['w2', 'w3', 'w1'];
  assert.deepEqual(groupWindows(order, 'flat', view), [{ key: '', ids: order }]);
  assert.deepEqual(groupWindows(order, 'zone', view), [
    { key: 'z2', name: { zh: '二区' }, ids: ['w2'] },
    { key: 'z1', name: { zh: '一区' }, ids: ['w3', 'w1'] },
  ]);
  const byQueue = groupWindows(order, 'queue', view).map(({ key, ids }) => [key, ids]);
  assert.deepEqual(byQueue, [
    ['q1', ['w2', 'w1']],
    ['', ['w3']],
  ]);
});

test('the list of pages is grouped by what it is for, and links lead nowhere else', () => {
  const hall = { id: 'h1', name: { zh: '大厅' }, demo: true, timezone: 'Asia/Shanghai' };
  const work = { zh: '工作页面', en: 'For people at work' };
  const signs = { zh: '窗口屏', en: 'Window signs' };
  const pages = [
    { path: '/dashboard/live', kind: 'dashboard', title: { zh: '负荷', en: 'Load' }, group: work },
    { path: '/screen/s1', kind: 'screen', title: '1号', note: '窗口屏 · 24″', group: signs },
    { path: '/screen/s2', kind: 'screen', title: '2号', note: '窗口屏 · 32″', group: signs },
  ];
  const { groups } = readPages({ hall, pages });
  assert.deepEqual(
    groups.map((group) => [group.title.zh, group.pages.map((page) => page.note)]),
    [
      ['工作页面', [undefined]],
      ['窗口屏', ['24″', '32″']],
    ],
  );
  const away = {
    hall,
    pages: [{ path: '//elsewhere.example', kind: 'screen', title: 'x', group: signs }],
  };
  assert.throws(() => readPages(away), /page: path is/);
  assert.throws(() => readPages({ hall, pages: 'none' }), /pages: is no list/);
});
