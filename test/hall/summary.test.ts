// What a hall tells the world about itself. SPEC §11.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fold, startHall } from '../../hall/reduce.ts';
import type { HallConfig } from '../../hall/config.ts';
import { hasChanged, summaryOf } from '../../hall/summary.ts';
import { cutView } from '../../hall/view/index.ts';
import type { LiveView } from '../../hall/view/live.ts';
import { anyHistory, MINUTE, received, sampleHall, TEN, type Note } from './sample.ts';

const gatewayStatus = { version: '9.9.9' };

function hallOf(notes: readonly Note[], config: HallConfig = sampleHall()) {
  let hall = startHall(config, TEN);
  for (const entry of received(notes, config)) hall = fold(hall, config, entry);
  return hall;
}

const MORNING: Note[] = [
  [-30, 'disp-1', 'ticket', { type: 'issued', ticket: 'A001', queue: 'q1' }],
  [-29, 'disp-1', 'ticket', { type: 'issued', ticket: 'A002', queue: 'q1' }],
  [-25, 'caller-1', 'window', { type: 'state', window: 'w1', state: 'idle', staff: 'zhang-3' }],
  [-25, 'caller-1', 'ticket', { type: 'called', ticket: 'A001', window: 'w1' }],
  [-25, 'caller-1', 'ticket', { type: 'serving', ticket: 'A001', window: 'w1' }],
  [-20, 'caller-1', 'ticket', { type: 'completed', ticket: 'A001', window: 'w1' }],
  [-19, 'caller-1', 'evaluation', { type: 'submitted', window: 'w1', level: 5 }],
  [-18, 'caller-1', 'evaluation', { type: 'submitted', window: 'w1', level: 1 }],
  [-1, 'count-1', 'occupancy', { type: 'count', zone: 'z1', present: 30 }],
  [-1, 'disp-1', 'device', { type: 'state', state: 'degraded' }],
];

test('11.1 the summary of a morning: waiting, windows, within 10/20/40, satisfaction, the day, devices', () => {
  const config = sampleHall();
  const summary = summaryOf(hallOf(MORNING), config, TEN, gatewayStatus);
  assert.deepEqual(
    { ...summary, name: summary.name.zh, waiting: summary.waiting.total },
    {
      ...{ type: 'summary', at: TEN, hall: 'h1', name: '测试大厅', level: 'city' },
      ...{ timezone: 'Asia/Shanghai', date: '2026-11-20' },
      opening: { state: 'open', changes_at: TEN + 120 * MINUTE },
      waiting: 1,
      windows: { open: 1, total: 3 },
      within: [
        { minutes: 10, share: { value: 0.5, n: 2 } },
        { minutes: 20, share: { value: 0.5, n: 2 } },
        { minutes: 40, share: { value: 1, n: 1 } },
      ],
      mean_wait_s: { value: 300, n: 1 },
      satisfaction: { value: 0.5, n: 2 },
      today: { issued: 2, serving: 0, completed: 1, no_show: 0 },
      occupancy: { present: 30, capacity: 120 },
      devices: { degraded: 1, unknown: 2, none: 1 },
      emergencies: [],
      source: { state: 'live', at: TEN - 20 * MINUTE },
      faults: [],
      gateway: { version: '9.9.9' },
    },
  );
  const { total, longest_since, longest_wait_s, queues } = summary.waiting;
  assert.deepEqual([total, longest_since, longest_wait_s], [1, TEN - 29 * MINUTE, 29 * 60]);
  assert.equal(queues['q1']?.waiting, 1);
  assert.deepEqual(queues['q2'], { name: { zh: '不动产' }, waiting: 0, windows_open: 0 });
});

test('11.2 a hall that has heard nothing has no figures, and no zeros in their place', () => {
  const config = sampleHall();
  const summary = summaryOf(startHall(config, TEN), config, TEN, gatewayStatus);
  const keys = Object.keys(summary);
  for (const absent of ['mean_wait_s', 'satisfaction', 'occupancy', 'parent', 'demo']) {
    assert.ok(!keys.includes(absent), `${absent} is there`);
  }
  assert.deepEqual(summary.within, []);
  assert.deepEqual(summary.devices, { none: 3 });
  assert.equal(summary.source.state, 'none');
});

test('11.2 a demo hall says so, a hall of a tree names its parent', () => {
  const config = sampleHall((yaml) =>
    yaml.replace('level: city', 'level: county, parent: city-1, demo: true'),
  );
  const summary = summaryOf(startHall(config, TEN), config, TEN, gatewayStatus);
  const { level, parent, demo } = summary;
  assert.deepEqual([level, parent, demo], ['county', 'city-1', true]);
});

test('11.3 names nobody and no ticket', () => {
  const text = JSON.stringify(summaryOf(hallOf(MORNING), sampleHall(), TEN, gatewayStatus));
  assert.doesNotMatch(text, /A00[12]|zhang-3/);
});

test('11.4 time alone is no news; a ticket, a device, a fault is', () => {
  const config = sampleHall();
  const hall = hallOf(MORNING);
  const before = summaryOf(hall, config, TEN, gatewayStatus);
  assert.ok(hasChanged(undefined, before));
  assert.ok(!hasChanged(before, summaryOf(hall, config, TEN + 30_000, gatewayStatus)));
  const more = hallOf([
    ...MORNING,
    [0, 'disp-1', 'ticket', { type: 'issued', ticket: 'A003', queue: 'q1' }],
  ]);
  assert.ok(hasChanged(before, summaryOf(more, config, TEN, gatewayStatus)));
  const fault = {
    ...{ id: 'f', kind: 'device', since: TEN, severity: 2, text: { zh: '缺纸' } },
  };
  assert.ok(
    hasChanged(before, summaryOf(hall, config, TEN, { ...gatewayStatus, faults: [fault] })),
  );
});

test('11.1 its figures are those of the live page, whatever happened', () => {
  fc.assert(
    fc.property(anyHistory, fc.integer({ min: 0, max: 90 }), (events, minutes) => {
      const config = sampleHall();
      let hall = startHall(config, TEN);
      for (const entry of events) hall = fold(hall, config, entry);
      const now = TEN + (20 + minutes) * MINUTE;
      const live = cutView('live', hall, config, now) as LiveView;
      const summary = summaryOf(hall, config, now, gatewayStatus);
      assert.equal(summary.waiting.total, live.figures.waiting);
      assert.equal(summary.windows.open, live.figures.windowsOpen);
      assert.deepEqual(summary.within, live.figures.within);
      assert.deepEqual(summary.satisfaction, live.figures.satisfaction);
      assert.equal(summary.today.no_show, live.figures.missed);
      const inQueues = Object.values(summary.waiting.queues).reduce((n, q) => n + q.waiting, 0);
      assert.ok(inQueues <= summary.waiting.total);
      assert.equal(JSON.stringify(summary).includes('null'), false);
    }),
    { numRuns: 60 },
  );
});
