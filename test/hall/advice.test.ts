// What a manager is advised, by table: each kind of trouble has its sentence and its figures.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { advise as adviseWith } from '../../hall/advice.ts';
import { estimateWait, toBand, type Situation } from '../../hall/estimate.ts';
import { passed } from '../../hall/figure.ts';
import {
  longestMinutes,
  queueLevel,
  queuePressure,
  windowPressure,
  type Thresholds,
} from '../../hall/pressure.ts';
import type { Level, LiveQueue, LiveWindow } from '../../hall/view/live.ts';

const NOW = Date.UTC(2026, 4, 12, 2, 42);
const MINUTE = 60_000;
const thresholds: Thresholds = {
  ...{ wait_min: [10, 20, 40], load: [0.85, 1] },
  open: [[NOW - 120 * MINUTE, NOW + 120 * MINUTE]],
};

/** Its level is that of its longest wait, as the gateway judges it; nobody waits no time. */
function queue(change: Partial<LiveQueue> = {}): LiveQueue {
  const waited = change.waiting === 0 ? 0 : NOW - (change.longestSince ?? NOW - 32 * MINUTE);
  return {
    id: 'q1',
    order: 0,
    name: { zh: '社会保险', en: 'Social insurance' },
    zone: 'z1',
    waiting: 12,
    longestSince: NOW - 32 * MINUTE,
    windowsOpen: 2,
    windows: 4,
    load: { value: 0.9, level: 1, arrivalsPerHour: 18, serviceMin: 6 },
    level: passed(waited, thresholds.wait_min) as Level,
    pressure: 0,
    freshness: { state: 'live' },
    ...change,
  };
}

/** Services of one length each, well known, and everyone comes. */
function situationOf({ waiting, windowsOpen, load }: LiveQueue): Situation {
  const service = {
    ...{ cycleMs: (load?.serviceMin ?? 0) * MINUTE, cv2: 0, n: 1_000, noShow: 0 },
    ...{ returned: 0, callsPerAhead: 1, prompt: [30_000] },
  };
  return { ahead: waiting, windows: windowsOpen, idle: 0, paused: 0, pauseMs: 0, service };
}

function advise(
  of: LiveQueue,
  windows: readonly LiveWindow[],
  by: Thresholds,
  now: number,
  neighbours: readonly LiveWindow[] = [],
) {
  return adviseWith(of, windows, by, now, neighbours, situationOf(of));
}

function windowOf(label: string, state: LiveWindow['state'], sinceMin = 5): LiveWindow {
  return {
    id: `w${label}`,
    order: Number(label),
    label,
    zone: 'z1',
    role: 'front',
    queues: ['q1'],
    state,
    since: NOW - sinceMin * MINUTE,
    completed: 3,
    freshness: { state: 'live' },
  };
}

const busy = [windowOf('1', 'serving'), windowOf('2', 'serving')];

test('a calm queue needs no advice', () => {
  const calm = queue({
    longestSince: NOW - 4 * MINUTE,
    load: { value: 0.5, level: 0, arrivalsPerHour: 10, serviceMin: 6 },
  });
  assert.equal(advise(calm, busy, thresholds, NOW), undefined);
});

test('opens as few windows as bring the wait under the lowest threshold within reach', () => {
  const windows = [...busy, windowOf('3', 'closed'), windowOf('4', 'closed')];
  const advice = advise(queue({ waiting: 9 }), windows, thresholds, NOW);
  // (8 + 1.25) × 6 ÷ 3 = 19 min; all four windows would still leave 14
  assert.equal(advice?.finding.zh, '最长已等 32 分钟');
  assert.equal(advice?.action.zh, '再开 1 个窗口，可降至约 20 分钟');
  const fewer = advise(queue({ waiting: 6 }), windows, thresholds, NOW);
  assert.equal(fewer?.action.zh, '再开 2 个窗口，可降至约 9 分钟');
  assert.equal(fewer?.action.en, 'open 2 more windows: wait falls to about 9 min');
});

test('names the windows that can open, the readiest first', () => {
  const windows = [
    ...busy,
    windowOf('5', 'closed'),
    windowOf('3', 'away'),
    windowOf('4', 'paused'),
  ];
  const advice = advise(queue({ waiting: 8 }), windows, thresholds, NOW);
  assert.deepEqual(advice?.windows, ['w4', 'w3', 'w5']);
  assert.equal(advice?.which?.zh, '4 号窗暂停、3 号窗离岗、5 号窗关闭');
});

test('a back window is never asked to open', () => {
  const back = { ...windowOf('9', 'closed'), role: 'back' as const };
  assert.equal(advise(queue(), [...busy, back], thresholds, NOW)?.kind, 'watch');
});

test('people before closed counters come first of all', () => {
  const deserted = queue({ windowsOpen: 0, longestSince: NOW - MINUTE, waiting: 2 });
  const advice = advise(deserted, [windowOf('3', 'away')], thresholds, NOW);
  assert.equal(advice?.level, 3);
  assert.equal(advice?.action.zh, '请先开 1 个窗口');
  assert.equal(advice?.which?.zh, '3 号窗离岗');
  assert.ok(queuePressure(deserted, thresholds, NOW) > queuePressure(queue(), thresholds, NOW));
});

test('a window that has been idle for a minute is told to call before any other is opened', () => {
  const windows = [...busy, windowOf('3', 'idle', 2), windowOf('4', 'closed')];
  const advice = advise(queue(), windows, thresholds, NOW);
  assert.equal(advice?.kind, 'call');
  assert.equal(advice?.which, undefined, 'the sentence names it already');
  assert.equal(advice?.action.zh, '3 号窗空闲：请叫下一位');
  const just = [...busy, windowOf('3', 'idle', 0.5), windowOf('4', 'closed')];
  assert.equal(advise(queue(), just, thresholds, NOW)?.kind, 'open');
});

test('all windows open: says when it will be over, or to divert when more come than leave', () => {
  const full = queue({ windows: 2 });
  assert.equal(advise(full, busy, thresholds, NOW)?.action.zh, '窗口已全开，约 40 分钟可叫完');
  const over = queue({ load: { value: 1.3, level: 3, arrivalsPerHour: 26, serviceMin: 6 } });
  const divert = advise(over, busy, thresholds, NOW);
  assert.equal(divert?.kind, 'divert');
  assert.equal(divert?.action.zh, '已全开，约 40 分钟叫完，请分流');
});

test('a load without a wait speaks of the load', () => {
  const loaded = queue({
    waiting: 0,
    load: { value: 1.2, level: 3, arrivalsPerHour: 24, serviceMin: 6 },
  });
  const advice = advise(loaded, [...busy, windowOf('3', 'closed')], thresholds, NOW);
  assert.equal(advice?.finding.zh, '每窗负荷 1.20');
  assert.equal(advice?.action.zh, '再开 1 个窗口，负荷可降至 0.80');
});

test('all windows open, but one of the zone is idle: it is asked to help', () => {
  const idle = { ...windowOf('7', 'idle', 9), queues: ['q2'] };
  const advice = advise(queue({ waiting: 5 }), busy, thresholds, NOW, [idle]);
  assert.equal(advice?.kind, 'lend');
  assert.equal(advice?.action.zh, '请空闲的 7 号窗支援，等候可降至约 10 分钟');
  assert.equal(advice?.action.en, 'open idle window 7 to this queue: wait falls to about 10 min');
  assert.equal(advice?.brief?.zh, '请 7 号窗支援，约降至 10 分');
  assert.deepEqual(advice?.windows, ['w7']);
});

test('few wait and one of them long: whoever waits longest is to be called first', () => {
  const few = queue({ waiting: 1, longestTicket: 'E017' });
  const advice = advise(few, busy, thresholds, NOW);
  assert.equal(advice?.action.zh, '请先叫 E017，约 6 分钟可叫完');
  const called = advise({ ...few, longestCalled: true }, busy, thresholds, NOW);
  assert.equal(
    called?.action.zh,
    '窗口已全开，约 6 分钟可叫完',
    'not whom a window has just called',
  );
});

test('a high load before anybody waits long is only watched', () => {
  const soon = queue({
    longestSince: NOW - 4 * MINUTE,
    load: { value: 1.3, level: 3, arrivalsPerHour: 26, serviceMin: 6 },
  });
  assert.equal(advise(soon, busy, thresholds, NOW)?.kind, 'watch');
});

test('no minute is held out that nobody would bear', () => {
  const windows = [...busy, windowOf('3', 'closed')];
  const advice = advise(queue({ waiting: 60 }), windows, thresholds, NOW);
  assert.equal(advice?.action.zh, '再开 1 个窗口，仍需约 120 分钟，请分流');
  assert.equal(advise(queue({ waiting: 60 }), busy, thresholds, NOW)?.kind, 'divert');
});

test('without a mean service time no minute is promised', () => {
  const { load: _load, ...unknown } = queue();
  const advice = advise(unknown, [...busy, windowOf('3', 'closed')], thresholds, NOW);
  assert.equal(advice?.action.zh, '再开 1 个窗口');
});

test('waits are judged within opening hours, as the gateway judges them', () => {
  assert.equal(queueLevel(queue()), 2);
  assert.equal(queueLevel(queue({ waiting: 0 })), 1, 'its load');
  const lunch: Thresholds = {
    ...thresholds,
    open: [
      [NOW - 300 * MINUTE, NOW - 100 * MINUTE],
      [NOW - 10 * MINUTE, NOW + 60 * MINUTE],
    ],
  };
  const overLunch = queue({ longestSince: NOW - 105 * MINUTE, level: 1 });
  assert.equal(longestMinutes(overLunch, lunch, NOW), 15);
  assert.equal(advise(overLunch, [], lunch, NOW)?.finding.zh, '最长已等 15 分钟');
});

test('of the windows of one queue, those that could open and do not press most', () => {
  const pressures = { q1: 1.5 };
  const away = windowPressure(windowOf('3', 'away'), pressures);
  const serving = windowPressure(windowOf('1', 'serving'), pressures);
  assert.ok(away > serving);
  assert.equal(windowPressure(windowOf('1', 'away'), {}), 0);
});

test('the wait that an advice names lies within the band of its row', () => {
  for (const [waiting, windowsOpen, cv2] of [
    [3, 1, 1.5],
    [12, 2, 0.5],
    [40, 4, 0.8],
    [7, 1, 2],
  ] as const) {
    const pressed = queue({ waiting, windowsOpen, longestSince: NOW - 45 * MINUTE });
    const { service, ...rest } = situationOf(pressed);
    const situation = { ...rest, service: { ...service, cv2, n: 6 } };
    const band = toBand(estimateWait(situation)!);
    const open = busy.slice(0, 1);
    const advice = adviseWith(pressed, open, thresholds, NOW, [], situation);
    const minutes = Number(/约 (\d+) 分/.exec(advice?.action.zh ?? '')?.[1]);
    assert.ok(minutes >= band.from && minutes <= band.to, `${minutes} in ${band.from}–${band.to}`);
  }
});

test('27.1 what windows bring and cost is played forward: those who come soon, the others, and for how long', () => {
  const pressed = queue({
    waiting: 20,
    load: { value: 0.9, level: 1, arrivalsPerHour: 18, serviceMin: 6 },
  });
  const asked: (readonly string[])[] = [];
  const minutes = (ms: number) => ({ ms: ms * MINUTE, fromMs: 3 * MINUTE, toMs: 22 * MINUTE });
  const given = (load: typeof pressed.load, others: number) =>
    adviseWith(
      { ...pressed, ...(load && { load }) },
      busy,
      thresholds,
      NOW,
      [windowOf('9', 'idle')],
      situationOf(pressed),
      (ids) => {
        asked.push(ids);
        return {
          asIs: { q1: minutes(34), q2: minutes(1) },
          then: { q1: minutes(12), q2: minutes(others) },
        };
      },
    );
  const advice = given(pressed.load, 4);
  assert.deepEqual(asked, [['w9']]);
  assert.equal(advice?.kind, 'lend');
  assert.match(advice?.action.zh ?? '', /可降至约 10 分钟/);
  assert.deepEqual([advice?.waitMin, advice?.expectedMin, advice?.costMin], [35, 10, 3]);
  assert.deepEqual(advice?.expectedBand, { from: 3, to: 25 });
  // 24 minutes too many at 2 windows, worked off by a fifth of a window and the lent one.
  assert.equal(advice?.neededMin, 40);
  assert.equal(given(pressed.load, 1.5)?.costMin, undefined);
  const overloaded = { value: 1.3, level: 3, arrivalsPerHour: 26, serviceMin: 6 } as const;
  assert.equal(given(overloaded, 4)?.neededMin, undefined, 'as long as so many come');
});
