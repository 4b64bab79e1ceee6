// What the pages at work say: thresholds by their minutes, windows as people call them, nothing from names of objects.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { advise } from '../../hall/advice.ts';
import { pointedAt } from '../../dashboard/device-link.ts';
import { agoZh, skewZh } from '../../dashboard/device-words.ts';
import { subjectOf, SUBJECTS } from '../../dashboard/fault-words.ts';
import { changeTime } from '../../dashboard/opening.ts';
import { own } from '../../hall/own.ts';
import { filterPages, readPages } from '../../dashboard/pages.ts';
import { labelLines, waitMost } from '../../dashboard/panels/scales.ts';
import { Retries } from '../../screen/retries.ts';
import { spanZh, waitWords } from '../../dashboard/words.ts';
import { windowWords } from '../../hall/device-words.ts';
import type { LiveQueue } from '../../hall/view/live.ts';
import { TROUBLES } from '../../hall/view/part/notes.ts';

test('levels of a wait are named by the hall’s own minutes', () => {
  const thresholds = [10, 20, 40];
  assert.deepEqual(
    ([0, 1, 2, 3] as const).map((level) => waitWords(level, thresholds).zh),
    ['10 分内', '超 10 分', '超 20 分', '超 40 分'],
  );
  assert.equal(waitWords(2, [5, 15]).en, 'over 15 min');
  assert.equal(waitMost([30, 60, 120]), 150, 'the scale follows the thresholds');
});

test('labels of thresholds that are near each other stand on lines of their own', () => {
  assert.deepEqual(labelLines([0.2, 0.4, 0.8], 0.19), [0, 0, 0]);
  assert.deepEqual(labelLines([0.2, 0.25, 0.3, 0.9], 0.19), [0, 1, 2, 0]);
});

test('windows are called as people call them', () => {
  const names = ['3', 'A101', 'B-12', '综合1', '税务窗口', '一号窗', '咨询台'];
  assert.deepEqual(
    names.map((label) => windowWords(label).zh),
    ['3 号窗', 'A101 号窗', 'B-12 号窗', '综合1 窗口', '税务窗口', '一号窗', '咨询台'],
  );
});

test('spans that are none are a dash, long ones are days', () => {
  for (const ms of [NaN, Infinity]) assert.deepEqual([spanZh(ms), agoZh(ms)], ['—', '—']);
  assert.equal(spanZh(1e15), '11574074 天');
  assert.equal(skewZh(-31_536_000), '−365 天');
});

test('people before closed counters are told by their number, never by 0 minutes', () => {
  const queue: LiveQueue = {
    ...{ id: 'q1', order: 0, name: { zh: '企业登记' }, zone: 'z1', waiting: 2 },
    ...{
      longestSince: 1_000,
      windowsOpen: 0,
      windows: 1,
      level: 3,
      pressure: 2,
      freshness: { state: 'live' },
    },
  };
  const advice = advise(
    queue,
    [],
    { wait_min: [10, 20, 40], load: [0.85, 1], open: [[0, 9_000]] },
    2_000,
  );
  assert.equal(advice?.finding.zh, '2 人等候，无窗口开放');
  assert.equal(advice?.action.zh, '没有窗口办理此队列，请在大厅文件中设置');
});

test('7.10 every kind of fault that hides or corrects something has its word; a device’s health has none', () => {
  for (const kind of SUBJECTS) assert.equal(subjectOf(`${kind}:x`)?.subject, kind);
  const onDevicesPageAlone = SUBJECTS.filter((kind) => !TROUBLES.has(kind));
  assert.deepEqual(onDevicesPageAlone, ['network', 'access']);
  assert.equal(SUBJECTS.length - onDevicesPageAlone.length, TROUBLES.size, 'each has its word');
  assert.equal(subjectOf('paper:devices'), undefined);
  assert.equal(subjectOf('constructor'), undefined);
});

test('names that every object has are no rows, and a broken address points at nothing', () => {
  for (const name of ['constructor', 'toString', '__proto__'])
    assert.equal(own({}, name), undefined);
  assert.equal(own({ constructor: 5 } as Record<string, number>, 'constructor'), 5);
  assert.deepEqual(['#%', '#', '', '#a%20b'].map(pointedAt), [
    undefined,
    undefined,
    undefined,
    'a b',
  ]);
});

test('the next opening on another day has its date in both languages', () => {
  const words = changeTime(
    {
      hall: { id: 'h1', name: { zh: '厅' }, timezone: 'Asia/Shanghai', demo: false },
      opening: { state: 'closed', hours: [], changesAt: Date.parse('2026-12-01T08:30:00+08:00') },
      emergencies: {},
      staleMs: 4_000,
    },
    Date.parse('2026-11-30T20:00:00+08:00'),
  );
  assert.deepEqual(words, { zh: '12月1日 星期二 08:30', en: 'Tue 1 Dec 08:30' });
});

test('pages are found by all words of a search, in any language', () => {
  const { groups } = readPages({
    hall: { id: 'h1', name: '厅', demo: false },
    pages: [
      {
        path: '/dashboard/live',
        kind: 'dashboard',
        title: { zh: '窗口负荷', en: 'Window load' },
        group: { zh: '工作页面', en: 'Work' },
      },
      {
        path: '/screen/s1',
        kind: 'screen',
        title: 'A101 号窗',
        note: '窗口屏 · 一楼 · 24″',
        group: { zh: '窗口屏', en: 'Signs' },
      },
    ],
  });
  const found = (text: string) =>
    filterPages(groups, text).flatMap(({ pages }) => pages.map(({ path }) => path));
  assert.deepEqual(found(''), ['/dashboard/live', '/screen/s1']);
  assert.deepEqual(found('a101 一楼'), ['/screen/s1']);
  assert.deepEqual(found('load'), ['/dashboard/live']);
  assert.deepEqual(found('三楼'), []);
});

test('a panel that fails again and again is drawn anew ever more rarely, and soon after a calm', () => {
  const retries = new Retries();
  assert.deepEqual(
    [0, 2_000, 6_000].map((now) => retries.next(now)),
    [2_000, 4_000, 8_000],
  );
  for (let now = 14_000; now < 20_000; now += 1_000) retries.next(now);
  assert.equal(retries.next(20_000), 60_000);
  assert.equal(retries.next(400_000), 2_000);
});
