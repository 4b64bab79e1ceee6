// Mistakes in a hall file, in both languages: the same mistakes on the same lines.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatProblem, parseHall } from '../../hall/config.ts';
import type { Language } from '../../hall/language.ts';
import { SOURCES } from '../../vendors/sources.ts';

const WRONG = `hall: { id: h1 }
colour: red
zones: [{ id: z1, name: 大厅, kind: waitin }]
queues:
  - { id: q1, name: 社保, zone: z9 }
  - { id: q1, name: 医保, zone: z1 }
windows: [{ id: W1, label: 1, zone: z1, queues: [] }]
devices: [{ id: d1, kind: caller, source: acme }]
screens: [{ id: b1, layout: window, distance_m: 900 }]
hours: { exceptions: [{ date: 2026-02-30, open: [] }] }
notices: [{ title: 通知, from: 2026-03-02, to: 2026-03-01 }]
limits: []
sources:
  - name: acme2
    topic: "hall/x"
    device: "{machine}"
    signals: [{ stream: ticket, type: issue }]
`;

const TOLD: readonly (readonly [line: number, path: string, en: string, zh: string])[] = [
  [1, 'hall.name', 'is missing, should be given', '缺少，必须填写'],
  [
    3,
    'zones[0].kind',
    'is "waitin", should be one of waiting, windows, self-service, advice, entrance, parking, other; waiting?',
    '填的是 "waitin"，应为 waiting、windows、self-service、advice、entrance、parking、other 之一，是不是 waiting？',
  ],
  [
    5,
    'queues[0].zone',
    'is "z9", should be the id of one of the zones (z1)',
    '填的是 "z9"，应为 zones 中已有的区域 id（z1）',
  ],
  [
    6,
    'queues[1].id',
    'is "q1" again, should differ from queues[0]',
    '填的是 "q1"，与 queues[0] 重复',
  ],
  [
    7,
    'windows[0].id',
    'is "W1", should be an id: a-z, 0-9 and -, at most 63, not starting with -',
    '填的是 "W1"，应为 id：由 a-z、0-9 和 - 组成，最多 63 个字符，不能以 - 开头',
  ],
  [
    7,
    'windows[0].label',
    'is 1, should be text (in quotes if it looks like a number)',
    '填的是 1，应为文字（像数字的要加引号）',
  ],
  [
    8,
    'devices[0].source',
    'is "acme", should be the name of one of the sources: acme2',
    '填的是 "acme"，应为 sources 中已有的来源名称：acme2',
  ],
  [
    9,
    'screens[0]',
    'window is missing, should name the window that it signs',
    '缺少 window，应填写这块窗口屏所属的窗口',
  ],
  [9, 'screens[0].distance_m', 'is 900, should be at most 200', '填的是 900，应为不大于 200 的数'],
  [
    10,
    'hours.exceptions[0].date',
    'is "2026-02-30", should be a date that exists, such as 2026-12-31',
    '填的是 "2026-02-30"，应为实际存在的日期，例如 2026-12-31',
  ],
  [
    11,
    'notices[0].to',
    'is "2026-03-01", should not be before 2026-03-02',
    '填的是 "2026-03-01"，不应早于 2026-03-02',
  ],
  [12, 'limits', 'is an empty list, should be a map of keys', '是空列表，应为一组键'],
  [
    15,
    'sources[0].topic',
    'is "hall/x", should be a topic whose first level is a word other than hall, which is the contract’s own',
    '填的是 "hall/x"，应为第一级不是 hall 也不是通配符的主题：hall 专用于本协议',
  ],
  [16, 'sources[0].device', 'has {machine}, should be one of key', '用了 {machine}，应为 key 之一'],
  [17, 'sources[0].signals[0].type', 'is "issue", should be issued', '填的是 "issue"，应为 issued'],
];

function mistakes(text: string, language: Language): string[] {
  const parsed = parseHall(text, 'hall.yaml', SOURCES, language);
  assert.ok(!parsed.ok);
  return parsed.problems.map((problem) => formatProblem('hall.yaml', problem, language));
}

test('each kind of mistake in a hall file is told in English and in Chinese', () => {
  const keys = ([line]: string[]) => line?.replace(/hall, hours.*|hall、hours.*/, '…');
  const [en, zh] = [mistakes(WRONG, 'en'), mistakes(WRONG, 'zh')];
  // The list of all keys is long and grows.
  assert.equal(keys(en.splice(1, 1)), 'hall.yaml:2: colour: is an unknown key, should be one of …');
  assert.equal(keys(zh.splice(1, 1)), 'hall.yaml 第 2 行 colour：没有这个键，可用的键：…');
  assert.deepEqual(
    en,
    TOLD.map(([line, path, text]) => `hall.yaml:${line}: ${path}: ${text}`),
  );
  assert.deepEqual(
    zh,
    TOLD.map(([line, path, _en, text]) => `hall.yaml 第 ${line} 行 ${path}：${text}`),
  );
});

test('what is no YAML is told in Chinese too', () => {
  const told = (text: string) => mistakes(text, 'zh')[0];
  assert.equal(told('a: [1'), 'hall.yaml 第 1 行 YAML：第 6 列：[ 没有闭合，此处之前应有 ]');
  assert.equal(told('a: 1\na: 2'), 'hall.yaml 第 2 行 YAML：第 1 列：键 "a" 写了两次，只能写一次');
  assert.match(told('a：1\nb: 2') ?? '', /；这一行有全角符号“：”，应改为半角$/);
  assert.equal(told(''), 'hall.yaml 第 1 行 文件：hall.yaml 是空的，应为大厅文件');
});
