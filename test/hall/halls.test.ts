// SPEC 25.9: the own hall and its neighbours side by side: exact values, old ones, none, and the sums.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatProblem, parseHall, type HallConfig } from '../../hall/config.ts';
import { NO_STATUS } from '../../hall/gateway-status.ts';
import { readSummary, type Neighbour } from '../../hall/neighbour.ts';
import { fold, startHall } from '../../hall/reduce.ts';
import { summaryOf } from '../../hall/summary.ts';
import { cutView } from '../../hall/view/index.ts';
import type { WallView } from '../../hall/view/wall.ts';
import { MINUTE, received, SAMPLE_YAML, sampleHall, TEN, type Note } from './sample.ts';

const NOW = TEN + 30 * MINUTE;
const NEIGHBOURS = `
neighbours:
  - { id: north, name: 北区分厅 }
  - { id: south, level: village }
  - { id: west, name: { zh: 西区分厅, en: West } }
`;
const hallFile = (more = NEIGHBOURS) => sampleHall((yaml) => `${yaml.trimEnd()}\n${more}`);

const SUMMARY = {
  type: 'summary',
  at: NOW - 10_000,
  hall: 'north',
  name: { zh: '北县政务服务中心', en: 'North' },
  level: 'county',
  parent: 'h1',
  timezone: 'Asia/Shanghai',
  date: '2026-11-18',
  opening: { state: 'open', changes_at: NOW + 60 * MINUTE },
  waiting: { total: 12, longest_since: NOW - 25 * MINUTE, longest_wait_s: 1_559, queues: {} },
  windows: { open: 5, total: 8 },
  within: [],
  mean_wait_s: { value: 300, n: 60 },
  satisfaction: { value: 0.98765, n: 41 },
  today: { issued: 80, serving: 5, completed: 60, no_show: 3 },
  devices: { online: 9, offline: 2, maintenance: 1, none: 1 },
  emergencies: ['fire'],
  source: { state: 'live', at: NOW - 10_000 },
  faults: [{ severity: 3 }, { severity: 2 }, { severity: 1 }],
  gateway: { version: '9.9' },
  later: { version: 'has more' },
};

function heard(fields: object = {}, heardAt = NOW - 9_000): Neighbour {
  const message = { ...SUMMARY, ...fields };
  const payload = new TextEncoder().encode(JSON.stringify(message));
  const summary = readSummary(payload, message.hall);
  if ('refused' in summary) throw new Error(summary.refused);
  return { id: message.hall, heardAt, summary };
}

function halls(
  neighbours: readonly Neighbour[],
  { config = hallFile(), now = NOW, notes = [] as readonly Note[] } = {},
) {
  const hall = received(notes, config).reduce(
    (before, event) => fold(before, config, event),
    startHall(config, TEN - 60 * MINUTE),
  );
  const view = cutView('wall', hall, config, now, { ...NO_STATUS, neighbours }) as WallView;
  return { view, hall, config, rows: view.halls?.rows ?? [], sum: view.halls?.sum };
}

test('25.9 a neighbour: every figure of its summary, under the name and level of the hall file', () => {
  const { rows } = halls([heard(), heard({ hall: 'south' })]);
  assert.deepEqual(rows[1], {
    id: 'north',
    name: { zh: '北区分厅' },
    level: 'county',
    parent: 'h1',
    freshness: { state: 'live' },
    figures: {
      opening: 'open',
      waiting: 12,
      longestMin: 25,
      windowsOpen: 5,
      windows: 8,
      issued: 80,
      completed: 60,
      meanWaitMs: { value: 300_000, n: 60 },
      satisfaction: { value: 0.988, n: 41 },
      devicesDown: 3,
      emergencies: 1,
      faults: 2,
    },
  });
  assert.deepEqual([rows[2]?.name.zh, rows[2]?.level], ['北县政务服务中心', 'village']);
  assert.deepEqual(
    rows.map(({ id }) => id),
    ['h1', 'north', 'south', 'west'],
    'the own one first, then by the hall file',
  );
});

test('25.9 live up to twice `summary.at_least_s`, by the time that the summary names; then old; else none', () => {
  const stateOf = (one: Neighbour | undefined, now = NOW) =>
    halls(one ? [one] : [], { now }).rows[1]?.freshness;
  assert.deepEqual(stateOf(heard(), SUMMARY.at + 119_999), { state: 'live' });
  assert.deepEqual(stateOf(heard(), SUMMARY.at + 120_000), { state: 'stale', at: SUMMARY.at });
  const old = heard({ at: NOW - 60 * MINUTE });
  assert.deepEqual(stateOf(old), { state: 'stale', at: NOW - 60 * MINUTE }, 'a retained old one');
  const ahead = heard({ at: NOW + 60 * MINUTE }, NOW - 3 * MINUTE);
  assert.equal(stateOf(ahead)?.state, 'stale', 'its clock is ahead');
  const blind = heard({ source: { state: 'stale', at: NOW - 7 * MINUTE } });
  assert.deepEqual(
    stateOf(blind),
    { state: 'stale', at: NOW - 7 * MINUTE },
    'figures of old signals',
  );
  assert.deepEqual(stateOf(undefined), { state: 'none' });
  assert.equal(halls([]).rows[3]?.figures, undefined);
});

test('25.9 the own hall says in its row what its own summary says to others', () => {
  const notes: Note[] = [
    [0, 'disp-1', 'ticket', { type: 'issued', ticket: 'A1', queue: 'q1' }],
    [1, 'disp-1', 'ticket', { type: 'issued', ticket: 'A2', queue: 'q1' }],
    [2, 'caller-1', 'ticket', { type: 'called', ticket: 'A1', window: 'w1' }],
    [3, 'caller-1', 'ticket', { type: 'serving', ticket: 'A1', window: 'w1' }],
    [9, 'caller-1', 'ticket', { type: 'completed', ticket: 'A1', window: 'w1' }],
  ];
  const { rows, hall, config } = halls([], { notes });
  const told = summaryOf(hall, config, NOW, { version: '1' });
  const own = rows[0]?.figures;
  assert.equal(rows[0]?.isOwn, true);
  assert.deepEqual(
    [own?.waiting, own?.longestMin, own?.windowsOpen, own?.windows, own?.issued, own?.completed],
    [
      told.waiting.total,
      Math.floor((told.waiting.longest_wait_s ?? NaN) / 60),
      told.windows.open,
      told.windows.total,
      told.today.issued,
      told.today.completed,
    ],
  );
  assert.deepEqual([own?.waiting, own?.longestMin, own?.completed], [1, 29, 1]);
  assert.equal(own?.opening, told.opening.state);
});

test('25.9 sums are over halls that are live; demo halls count in a demo alone', () => {
  const told = [heard(), heard({ hall: 'south', demo: true }), heard({ hall: 'west', at: 0 })];
  const { sum } = halls(told);
  assert.deepEqual([sum?.of, sum?.waiting, sum?.issued, sum?.completed], [3, 12, 80, 60]);
  const demo = sampleHall(
    (yaml) =>
      `${yaml.trimEnd().replace('hall: { id: h1,', 'hall: { id: h1, demo: true,')}\n${NEIGHBOURS}`,
  );
  assert.equal(demo.hall.demo, true);
  const inDemo = halls(told, { config: demo }).sum;
  assert.deepEqual(
    [inDemo?.of, inDemo?.waiting, inDemo?.windows],
    [4, 24, 16 + (sum?.windows ?? 0) - 8],
  );
});

test('25.9 without `neighbours` the wall has no halls', () => {
  assert.equal(halls([heard()], { config: hallFile('') }).view.halls, undefined);
});

test('25.9 what is no summary of that hall is refused, and says where', () => {
  const read = (message: unknown, hall = 'north') =>
    readSummary(
      new TextEncoder().encode(typeof message === 'string' ? message : JSON.stringify(message)),
      hall,
    );
  const cases: [unknown, string][] = [
    ['{', 'json'],
    ['null', 'object'],
    ['x'.repeat(256 * 1024 + 1), 'size'],
    [{ ...SUMMARY, hall: 'south' }, 'hall'],
    [{ ...SUMMARY, waiting: { total: -1 } }, 'waiting.total'],
    [{ ...SUMMARY, windows: { open: 'all', total: 1 } }, 'windows.open'],
    [{ ...SUMMARY, satisfaction: { value: 98, n: 1 } }, 'satisfaction.value'],
    [{ ...SUMMARY, level: 'moon' }, 'level'],
  ];
  for (const [message, refused] of cases) assert.deepEqual(read(message), { refused });
  assert.ok(!('refused' in read(SUMMARY)));
  assert.ok('refused' in readSummary(new Uint8Array([0xff, 0xfe]), 'north'));
});

test('25.9 the hall file: the own hall, a hall twice and a wrong level are mistakes with their line', () => {
  const more = 'neighbours:\n  - { id: h1 }\n  - { id: n1 }\n  - { id: n1, level: moon }\n';
  const text = `${SAMPLE_YAML.trimEnd()}\n${more}`;
  const parsed = parseHall(text, 'hall.yaml');
  assert.ok(!parsed.ok);
  const told = parsed.problems.map((problem) => formatProblem('hall.yaml', problem));
  const first = text.split('\n').indexOf('  - { id: h1 }') + 1;
  assert.deepEqual(
    told.map((line) => line.replace(/ .*/s, '')),
    [first, first + 2, first + 2].map((line) => `hall.yaml:${line}:`),
  );
  assert.match(told[0] ?? '', /another hall than this one/);
  const right: HallConfig = hallFile();
  assert.equal(right.neighbours.length, 3);
});
