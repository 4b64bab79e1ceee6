// SPEC §25 and §24.3: what the wall says of posts, leaders, warnings, cases, departments, waits; what a drawing says of the hall.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { belonging } from '../../hall/fact.ts';
import { values } from '../../hall/table.ts';
import { planTroubles } from '../../hall/plan-file.ts';
import { fold, startHall } from '../../hall/reduce.ts';
import { cutView } from '../../hall/view/index.ts';
import type { WallView } from '../../hall/view/wall.ts';
import { anyHistory, MINUTE, received, sampleHall, TEN, type Note } from './sample.ts';

const MORE = `
  - { id: sign-2, layout: window, window: w2 }
staff:
  - { id: s-1, name: 王芳, post: 综合窗口 }
  - { id: s-2, name: 李强 }
  - { id: s-3, name: 赵主任, post: 主任, department: 人社局 }
duty:
  - { staff: s-1 }
  - { staff: s-2, days: [fri] }
cards: [{ title: 进驻部门, value: "46 个", date: 2026-10-31, source: 大厅办公室 }]
wall: { scenes: [overview, posts], scene_seconds: 20 }
`;
const withMore = (extra = '') =>
  sampleHall(
    (yaml) =>
      yaml
        .replace(
          'queues: [q1], department: 人社局 }',
          'queues: [q1], department: 人社局, posts: { a: s-1, b: s-2 } }',
        )
        .trimEnd() +
      MORE +
      extra,
  );

function wall(notes: readonly Note[], now = TEN + 30 * MINUTE, config = withMore()): WallView {
  const start = startHall(config, TEN - 60 * MINUTE);
  const hall = received(notes, config).reduce(
    (before, event) => fold(before, config, event),
    start,
  );
  return cutView('wall', hall, config, now) as WallView;
}

const state = (minute: number, window: string, fields: object): Note => [
  minute,
  `caller-${window.slice(1)}`,
  'window',
  { type: 'state', window, ...fields },
];
const ticket = (minute: number, type: string, number: string, fields: object): Note => [
  minute,
  'disp-1',
  'ticket',
  { type, ticket: number, ...fields },
];

test('25.3 a post is present, stood in for, away, empty or unknown', () => {
  const view = wall([
    state(0, 'w1', { state: 'idle', staff: 's-1' }),
    state(1, 'w2', { state: 'away', staff: 's-3', reason: '用餐' }),
  ]);
  const [w1, w2, w3] = view.posts;
  assert.deepEqual([w1?.state, w2?.state, w3?.state], ['present', 'away', 'unknown']);
  assert.deepEqual([w1?.staff, w1?.a, w1?.b], ['王芳', '王芳', '李强']);
  assert.deepEqual([w2?.reason, w2?.since, w2?.isOnly], ['用餐', TEN + MINUTE, undefined]);
  assert.equal(w3?.isOnly, true, 'the only window of its department');
  const b = wall([state(0, 'w1', { state: 'serving', staff: 's-2' })]);
  assert.equal(b.posts[0]?.state, 'substitute', 'the B post is there');
  assert.equal(wall([state(0, 'w1', { state: 'idle' })]).posts[0]?.state, 'empty');
});

test('25.4 the leader on duty is the one of the most exact entry', () => {
  assert.deepEqual(wall([]).onDuty, [{ name: '李强' }], 'a Friday');
  const dated = sampleHall(
    (yaml) =>
      yaml.trimEnd() +
      MORE.replace(
        'duty:',
        'duty:\n  - { staff: s-3, from: 2026-11-20, to: 2026-11-20 }\n  - { staff: s-1, from: 2026-11-01, to: 2026-11-30 }',
      ),
  );
  assert.deepEqual(
    wall([], TEN, dated).onDuty.map(({ name }) => name),
    ['赵主任'],
  );
});

test('25.5 warnings: people before a closed counter first, a long absence, nothing in a closed hall', () => {
  const notes: Note[] = [
    state(0, 'w3', { state: 'away', staff: 's-1' }),
    ticket(0, 'issued', 'A1', { queue: 'q1' }),
  ];
  const view = wall(notes, TEN + 25 * MINUTE);
  const ids = view.warnings.shown.map(({ id, severity }) => `${severity} ${id}`);
  assert.ok(ids.includes('3 queue:q1'), ids.join());
  assert.ok(ids.includes('3 post:w3'), 'the only window of its department');
  assert.equal(view.warnings.total, view.warnings.shown.length);
  const soon = wall(notes, TEN + 5 * MINUTE).warnings.shown.map(({ id }) => id);
  assert.ok(!soon.includes('post:w3'), 'ten minutes have not passed');
  const closed = wall(notes, TEN + 11 * 60 * MINUTE).warnings.shown.map(({ id }) => id);
  assert.deepEqual(
    closed.filter((id) => /^(queue|post):/.test(id)),
    [],
  );
});

test('25.6 cases by step, late and soon, the most urgent first', () => {
  const one = (minute: number, type: string, id: string, fields: object = {}): Note => [
    minute,
    'disp-1',
    'case',
    { type, case: id, department: '人社局', ...fields },
  ];
  const view = wall([
    one(0, 'accepted', 'c1', { due_at: TEN + 10 * MINUTE }),
    one(1, 'accepted', 'c2', { due_at: TEN + 600 * MINUTE, item: '工伤认定' }),
    one(2, 'stage', 'c2', { stage: '审查' }),
    one(3, 'accepted', 'c3'),
    one(4, 'decided', 'c3', { outcome: 'done' }),
  ]);
  assert.deepEqual(view.cases?.steps, { accepted: 1, stage: 1, decided: 1, delivered: 0 });
  assert.deepEqual(view.cases?.today, { accepted: 3, decided: 1 });
  assert.deepEqual([view.cases?.late, view.cases?.soon], [1, 1]);
  assert.deepEqual(
    view.cases?.slow.map(({ id }) => id),
    ['c1', 'c2'],
  );
  assert.deepEqual(view.cases?.departments, [{ department: '人社局', open: 2, late: 1 }]);
  assert.equal(wall([]).cases, undefined);
});

test('25.7 departments: windows, work and evaluations of their own windows', () => {
  const view = wall([
    state(0, 'w1', { state: 'idle' }),
    state(0, 'w2', { state: 'away' }),
    ticket(0, 'issued', 'A1', { queue: 'q1' }),
    [1, 'caller-1', 'ticket', { type: 'called', ticket: 'A1', window: 'w1' }],
    [2, 'caller-1', 'ticket', { type: 'serving', ticket: 'A1', window: 'w1' }],
    [8, 'caller-1', 'ticket', { type: 'completed', ticket: 'A1', window: 'w1', outcome: 'done' }],
    [9, 'caller-1', 'evaluation', { type: 'submitted', ticket: 'A1', window: 'w1', level: 2 }],
  ]);
  assert.deepEqual(
    Object.values(view.departments).map(({ name, windows, completed }) => [
      name.zh,
      windows,
      completed,
    ]),
    [
      ['人社局', 2, 1],
      ['自然资源局', 1, 0],
    ],
  );
  const [first, second] = Object.values(view.departments);
  assert.equal(first?.away, 1);
  assert.deepEqual(first?.serviceMs, { value: 6 * MINUTE, n: 1 });
  assert.equal(first?.satisfaction?.value, 0);
  assert.equal(second?.satisfaction, undefined, 'nothing for n = 0');
  assert.equal(view.evaluation.badReviewRate?.value, 1);
});

test('25.8 who waits past a threshold counts for the lower ones too; lunch is no wait', () => {
  const notes = [
    ticket(0, 'issued', 'A1', { queue: 'q1' }),
    ticket(15, 'issued', 'A2', { queue: 'q1' }),
  ];
  const at = (minutes: number) =>
    wall(notes, TEN + minutes * MINUTE).overdue.map(({ minutes: limit, people, tickets }) => [
      limit,
      people,
      tickets.join(' '),
    ]);
  assert.deepEqual(at(26), [
    [10, 2, 'A1 A2'],
    [20, 1, 'A1'],
    [40, 0, ''],
  ]);
  const late = [ticket(110, 'issued', 'B1', { queue: 'q2' })];
  const people = wall(late, TEN + 215 * MINUTE).overdue.map((one) => one.people);
  assert.deepEqual(people, [1, 0, 0], '12:00–13:30 does not count: 15 minutes');
});

test('25.1 the hall file says which scenes turn and how long each stands', () => {
  assert.deepEqual(wall([]).settings, {
    scenes: ['overview', 'posts'],
    sceneMs: 20_000,
    theme: 'night',
  });
  assert.equal(wall([]).cards[0]?.value, '46 个');
});

test('24.3 ids that the hall does not have are named with their line, and windows without an element', () => {
  const ids = new Map([
    ['w1', 3],
    ['z1', 2],
    ['w9', 7],
    ['path12', 8],
    ['layer1', 9],
    ['Raum', 10],
  ]);
  const [strange, missing, ...more] = planTroubles(withMore(), 'f1', ids);
  assert.equal(strange?.en, 'has ids that the hall file does not have: w9 (line 7)');
  assert.equal(strange?.zh, '有大厅文件中没有的编号：w9（第 7 行）');
  assert.equal(missing?.en, 'lacks the windows w2, w3');
  assert.deepEqual(more, []);
  const all = new Map(
    [...['z1', 'z2', 'w1', 'w2', 'w3', 'b1', 'disp-1'].entries()].map(([n, id]) => [id, n]),
  );
  assert.deepEqual(planTroubles(withMore(), 'f1', all), []);
});

test('25.7 figures of the wall are those of the facts, by department too', () => {
  const config = withMore();
  fc.assert(
    fc.property(anyHistory, (history) => {
      const start = startHall(config, TEN - 60 * MINUTE);
      const hall = history.reduce((before, event) => fold(before, config, event), start);
      const now = TEN + 20 * MINUTE;
      const view = cutView('wall', hall, config, now) as WallView;
      const rows = [...values(hall.tickets)].map((ticket) => belonging(ticket, config));
      const served = [...values(hall.tickets)].filter(({ state }) => state === 'completed');
      for (const { name, completed } of Object.values(view.departments)) {
        const own = served.filter((ticket) => belonging(ticket, config).department === name.zh);
        assert.equal(completed, own.length, name.zh);
      }
      assert.ok(rows.length >= served.length);
      const given = Object.values(hall.evaluations).flatMap((one) => one.given);
      const all = given.reduce((sum, count) => sum + count, 0);
      const shown = Object.values(view.departments).reduce(
        (sum, { satisfaction }) => sum + (satisfaction?.n ?? 0),
        0,
      );
      assert.ok(shown <= all, `${shown} of ${all}`);
    }),
    { numRuns: 200 },
  );
});
