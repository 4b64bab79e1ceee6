// The story of a ticket as a person tells it: order, times between, who, on which screens a call was seen.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readStory, storyAddress } from '../../dashboard/story.ts';

const TEN = Date.UTC(2026, 10, 20, 2);
const NAMES = { queue: (id: string) => `队列${id}`, window: (id: string) => `${id} 号窗` };
const line = (at: number, stream: string, signal: object, more: object = {}) =>
  JSON.stringify({
    seq: 1,
    device: 'caller-1',
    stream,
    received_at: at,
    signal: { at, ...signal },
    ...more,
  });
const seen = (at: number, screen: string, ms: number) =>
  JSON.stringify({ seen: { screen, at, ms, call: 'c1' } });

const DAY = [
  line(TEN, 'ticket', { type: 'issued', ticket: 'A1', queue: 'q1' }),
  line(TEN + 720_000, 'ticket', {
    type: 'called',
    ticket: 'A1',
    window: 'w3',
    out_of_order: '孕妇',
  }),
  seen(TEN + 720_412, 'b1', 412.3),
  line(TEN + 750_000, 'ticket', { type: 'serving', ticket: 'A1', window: 'w3' }),
  line(
    TEN + 1_290_000,
    'ticket',
    { type: 'completed', ticket: 'A1', window: 'w3', outcome: 'done' },
    { by: { who: '王芳', role: 'clerk', from: 'desk' } },
  ),
  line(TEN + 1_300_000, 'evaluation', { type: 'submitted', ticket: 'A1', level: 5, default: true }),
].join('\n');

test('steps in words, with the time since the step before and what stands beside them', () => {
  const told = readStory(DAY, NAMES);
  assert.deepEqual(
    told.map(({ words, after, note, by }) => [words.zh, after, note, by]),
    [
      ['取号', undefined, '队列q1', 'caller-1'],
      ['叫号', '12 分', 'w3 号窗 · 优先：孕妇', 'caller-1'],
      ['显示在屏幕 b1', undefined, '叫号后 412 毫秒', undefined],
      ['开始办理', '不到 1 分', 'w3 号窗', 'caller-1'],
      ['办结', '9 分', 'w3 号窗 · 当场办结', '王芳'],
      ['评价 5 分', '不到 1 分', '默认评价', 'caller-1'],
    ],
  );
  assert.equal(new Set(told.map(({ key }) => key)).size, told.length, 'keys are unique');
});

test('a day at a window: states with person and reason', () => {
  const told = readStory(
    [
      line(TEN, 'window', {
        type: 'state',
        window: 'w3',
        state: 'away',
        staff: 's-1',
        reason: '用餐',
      }),
      line(TEN, 'staff', { type: 'clock', staff: 's-1', state: 'in' }),
    ].join('\n'),
    NAMES,
  );
  assert.deepEqual(
    told.map(({ words, note }) => [words.zh, note]),
    [
      ['离岗', 's-1 · 用餐'],
      ['签到', 's-1'],
    ],
  );
});

test('lines of a newer gateway, broken lines and names of prototypes are no trouble', () => {
  const odd = [
    '',
    'no json',
    '[1]',
    '{"seq":1}',
    line(TEN, 'ticket', { type: '__proto__', ticket: 'A1' }),
    line(TEN, 'tomorrow', { type: 'x' }),
    line(TEN, 'window', { type: 'state', state: 'constructor' }),
  ].join('\n');
  assert.deepEqual(
    readStory(odd, NAMES).map(({ words }) => words.zh),
    ['__proto__', 'tomorrow x', 'constructor'],
  );
  assert.deepEqual(readStory('', NAMES), []);
});

test('the address of a story has the id as it is', () => {
  assert.equal(
    storyAddress({ of: 'ticket', id: 'A&1' }, '2026-11-20'),
    '/api/v1/story?ticket=A%261&date=2026-11-20',
  );
});
