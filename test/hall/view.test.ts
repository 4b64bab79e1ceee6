// SPEC §7: what each view shows and what it must not, and that a cut depends on its arguments alone.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { apply, diff } from '../../hall/diff.ts';
import { passed } from '../../hall/figure.ts';
import { pressuresOf } from '../../hall/overview.ts';
import { longestMinutes, queuePressure } from '../../hall/pressure.ts';
import { advance, fold, startHall } from '../../hall/reduce.ts';
import type { Hall } from '../../hall/state.ts';
import type { BoardCall, BoardView } from '../../hall/view/board.ts';
import type { DevicesView } from '../../hall/view/devices.ts';
import { cutView, viewKindOf } from '../../hall/view/index.ts';
import type { KioskView } from '../../hall/view/kiosk.ts';
import type { LiveView } from '../../hall/view/live.ts';
import type { NoticeView } from '../../hall/view/notice.ts';
import type { SignView } from '../../hall/view/sign.ts';
import { SLIDES } from '../../hall/view/slides.ts';
import { anyHistory, MINUTE, received, sampleHall, TEN, type Note } from './sample.ts';

const MORE = `
  - { id: k1, layout: kiosk, zone: z1 }
  - { id: n1, layout: notice, zone: z2 }
  - { id: wall, layout: wall }
  - { id: b2, layout: calls, zone: z2 }
staff: [{ id: s-1, name: 王芳, post: 综合窗口, party: 中共党员 }]
notices: [{ title: 请带身份证, to: 2026-11-20 }, { title: 过期, to: 2026-11-19 }]
`;
const sample = () => sampleHall((yaml) => yaml.trimEnd() + MORE);
const config = sample();
const SCREENS = config.screens.filter(({ layout }) => layout !== 'wall');
const NAMES = [...SCREENS.map(({ id }) => `screen:${id}`), 'kiosk:k1', 'live', 'devices'];

function hallAfter(notes: readonly Note[], start: Hall = startHall(config, TEN - 60 * MINUTE)) {
  return received(notes).reduce((hall, event) => fold(hall, config, event), start);
}

function board(hall: Hall, now: number, name = 'screen:b1'): BoardView {
  const view = cutView(name, hall, config, now);
  assert.equal(view?.kind, 'calls');
  return view as BoardView;
}

const issued = (minute: number, ticket: string, queue = 'q1'): Note => [
  minute,
  'disp-1',
  'ticket',
  { type: 'issued', ticket, queue },
];
const at = (minute: number, type: string, ticket: string, window = 'w1'): Note => [
  minute,
  'caller-1',
  'ticket',
  { type, ticket, window },
];
const CALLED: readonly Note[] = [issued(0, 'A1'), issued(1, 'A2'), at(2, 'called', 'A1')];

test('7.4 a board shows who is called where, and keeps a call until it was seen', () => {
  const called = hallAfter(CALLED);
  const [call] = Object.values(board(called, TEN + 2 * MINUTE).calls);
  assert.deepEqual(call, {
    id: 'n-2',
    ticket: 'A1',
    window: 'w1',
    label: '1',
    queueName: { zh: '社会保险', en: 'Social insurance' },
    at: TEN + 2 * MINUTE,
    nth: 1,
    state: 'called',
  });
  const done = hallAfter([...CALLED, at(2.1, 'serving', 'A1'), at(2.2, 'completed', 'A1')]);
  const soon = board(done, TEN + 2 * MINUTE + 20_000).calls;
  assert.deepEqual(
    Object.values(soon).map(({ state }) => state),
    ['serving'],
  );
  assert.deepEqual(board(done, TEN + 2 * MINUTE + 24_000).calls, {}, 'after three times 8 s');
});

test('7.4 a recall takes the place of the call before it', () => {
  const hall = hallAfter([...CALLED, at(3, 'recalled', 'A1')]);
  const calls = Object.values(board(hall, TEN + 3 * MINUTE).calls);
  assert.deepEqual(
    calls.map(({ id, nth }) => [id, nth]),
    [['n-3', 2]],
  );
});

test('7.4 a window that goes on to another number has let the one before go', () => {
  const hall = hallAfter([...CALLED, at(4, 'called', 'A2')]);
  const numbers = (minute: number) =>
    Object.values(board(hall, TEN + minute * MINUTE).calls).map(({ ticket }) => ticket);
  assert.deepEqual(numbers(4), ['A2']);
  const soon = hallAfter([...CALLED, at(2.1, 'called', 'A2')]);
  const both = Object.values(board(soon, TEN + 2.1 * MINUTE).calls).map(({ ticket }) => ticket);
  assert.deepEqual(both.toSorted(), ['A1', 'A2']);
});

test('7.4 missed numbers stand for their time; another zone’s board does not show them', () => {
  const hall = hallAfter([...CALLED, at(4, 'no_show', 'A1')]);
  const view = board(hall, TEN + 5 * MINUTE);
  assert.deepEqual(view.missed, { A1: { ticket: 'A1', label: '1', at: TEN + 4 * MINUTE } });
  assert.deepEqual(view.calls, {});
  assert.deepEqual(board(hall, TEN + 35 * MINUTE).missed, {});
  assert.deepEqual(board(hall, TEN + 5 * MINUTE, 'screen:b2').missed, {});
});

test('7.5 queues: waiting, windows that serve, the wait as a band or not at all, the level', () => {
  const hall = hallAfter([
    ...CALLED,
    [3, 'caller-2', 'window', { type: 'state', window: 'w2', state: 'closed' }],
    issued(3, 'B1', 'q2'),
  ]);
  const { queues } = board(hall, TEN + 25 * MINUTE);
  const live = cutView('live', hall, config, TEN + 25 * MINUTE) as LiveView;
  const { q1, q2 } = queues;
  assert.ok(q1 && q2);
  assert.deepEqual([q1.waiting, q1.windows], [2, 1]);
  assert.ok(q1.band && q1.band.from <= q1.band.to);
  assert.equal(q1.level, 1, 'the mark says the same as the band beside it');
  assert.equal(live.queues['q1']?.level, 2, 'and at the desk the longest wait counts');
  assert.equal(q2.level, 2, 'without a band it does on the board as well');
  assert.deepEqual([q2.waiting, q2.windows, q2.band], [1, 0, undefined]);
});

test('7.6 a window sign has number, state, services and the card of whom the hall file knows', () => {
  const sign = (staff: string) => {
    const state: Note = [
      1,
      'caller-1',
      'window',
      { type: 'state', window: 'w1', state: 'idle', staff },
    ];
    return cutView(
      'screen:sign-1',
      hallAfter([state, ...CALLED]),
      config,
      TEN + 2 * MINUTE,
    ) as SignView;
  };
  const known = sign('s-1');
  assert.equal(known.window.state, 'calling');
  assert.deepEqual(known.window.services, [{ zh: '养老保险参保登记' }]);
  assert.deepEqual(known.staff, { name: '王芳', post: { zh: '综合窗口' }, party: '中共党员' });
  assert.equal(known.call?.ticket, 'A1');
  assert.equal(sign('stranger').staff, undefined);
});

test('7.6 a window sign has who waits for its queues, and who has waited longest and is not called', () => {
  const sign = (notes: readonly Note[]) =>
    (cutView('screen:sign-1', hallAfter(notes), config, TEN + 5 * MINUTE) as SignView).queue;
  assert.deepEqual(sign(CALLED), { waiting: 2, first: 'A2' });
  assert.deepEqual(sign([...CALLED, at(3, 'serving', 'A1')]), { waiting: 1, first: 'A2' });
  assert.deepEqual(sign([issued(0, 'A1'), at(2, 'called', 'A1')]), { waiting: 1 });
  assert.deepEqual(sign([issued(0, 'B1', 'q2')]), { waiting: 0 }, 'another window’s queue');
});

test('7.1 public views hold no attendance, reasons, evaluations, devices or staff ids', () => {
  const notes: Note[] = [
    [
      0,
      'caller-1',
      'window',
      { type: 'state', window: 'w1', state: 'paused', staff: 'secret-1', reason: 'secret-2' },
    ],
    [0, 'terminal', 'staff', { type: 'clock', staff: 'secret-3', state: 'in', window: 'w1' }],
    [
      0,
      'pad-secret',
      'evaluation',
      { type: 'submitted', window: 'w1', level: 1, aspects: ['secret-4'] },
    ],
    [
      0,
      'caller-1',
      'device',
      { type: 'state', state: 'fault', fault: 'secret-5', firmware: 'secret-6' },
    ],
    ...CALLED,
    [
      3,
      'caller-1',
      'ticket',
      { type: 'called', ticket: 'A2', window: 'w1', out_of_order: 'secret-7' },
    ],
    [3, 'caller-1', 'ticket', { type: 'held', ticket: 'A2', reason: 'secret-8' }],
  ];
  const hall = hallAfter(notes);
  const layouts = new Set<string>(config.screens.map(({ layout }) => layout));
  for (const layout of Object.keys(SLIDES)) assert.ok(layouts.has(layout), `a screen: ${layout}`);
  for (const name of NAMES.filter((name) => viewKindOf(name, config)?.audience === 'public')) {
    const text = JSON.stringify(cutView(name, hall, config, TEN + 4 * MINUTE));
    assert.ok(!text.includes('secret') && !text.includes('caller-1'), name);
  }
  assert.ok(JSON.stringify(cutView('live', hall, config, TEN)).includes('secret-1'));
});

test('7.7 the live page: windows, queues, figures with n, absent for n = 0', () => {
  const empty = cutView('live', startHall(config, TEN), config, TEN) as LiveView;
  assert.deepEqual(empty.figures.within, []);
  assert.equal(empty.figures.meanWaitMs, undefined);
  assert.equal(empty.windows['w1']?.state, 'unknown');
  assert.equal(empty.freshness.state, 'none');
  const hall = hallAfter([...CALLED, at(3, 'serving', 'A1'), at(9, 'completed', 'A1')]);
  const live = cutView('live', hall, config, TEN + 10 * MINUTE) as LiveView;
  assert.deepEqual(live.figures.meanWaitMs, { value: 3 * MINUTE, n: 1 });
  assert.deepEqual(live.figures.within[0], { minutes: 10, share: { value: 1, n: 1 } });
  assert.equal(live.figures.waiting, 1);
  assert.deepEqual(live.windows['w1']?.serviceMs, { mean: 6 * MINUTE, n: 1 });
  assert.deepEqual(
    [live.queues['q1']?.longestTicket, live.queues['q1']?.longestCalled],
    ['A2', undefined],
  );
  const called = cutView('live', hallAfter(CALLED), config, TEN + 3 * MINUTE) as LiveView;
  assert.deepEqual(
    [called.queues['q1']?.longestTicket, called.queues['q1']?.longestCalled],
    ['A1', true],
  );
  const waiting = live.curve.bins.at(-1)?.waiting;
  assert.equal(waiting, 1);
});

test('7.28 pressure and levels of queues are the gateway’s, of the begin of its second', () => {
  const hall = hallAfter([issued(0, 'A1', 'q1'), issued(1, 'B1', 'q2')]);
  const queuesAt = (now: number) => (cutView('live', hall, config, now) as LiveView).queues;
  const waited = TEN + 20 * MINUTE;
  const before = queuesAt(waited + 999);
  const view = cutView('live', hall, config, waited) as LiveView;
  assert.equal(view.queues, before, 'nothing moves within a second');
  const { q1, q2 } = view.queues;
  assert.ok(q1 && q2);
  assert.equal(q1.level, 1, 'not past the second threshold yet');
  assert.equal(queuesAt(waited + 1000)['q1']?.level, 2);
  assert.equal(q1.pressure, Number(queuePressure(q1, view.thresholds, waited).toFixed(2)));
  assert.ok(q1.pressure > q2.pressure);
  assert.deepEqual(pressuresOf(view), { q1: q1.pressure, q2: q2.pressure });
  // A wait alone is news every few seconds only.
  const seconds = Array.from({ length: 60 }, (_, second) => queuesAt(waited + second * 1000)['q1']);
  assert.ok(new Set(seconds.map((queue) => queue?.pressure)).size <= 7);
});

test('7.28 minutes and level count the same hours in a hall that is open at midnight', () => {
  const night = sampleHall((yaml) =>
    yaml.replace(/hours: .*/, 'hours: { daily: ["00:00-24:00"] }'),
  );
  const midnight = Date.UTC(2026, 10, 20, 16);
  const late = (midnight - TEN) / MINUTE - 30;
  const evening = received([issued(late, 'A1', 'q1')], night).reduce(
    (hall, event) => fold(hall, night, event),
    startHall(night, TEN),
  );
  const now = midnight + 11 * MINUTE;
  const view = cutView('live', advance(evening, night, midnight), night, now) as LiveView;
  const q1 = view.queues['q1'];
  assert.ok(q1);
  assert.equal(longestMinutes(q1, view.thresholds, now), 41);
  assert.equal(q1.level, passed(41 * MINUTE, view.thresholds.wait_min));
});

test('7.8 emergencies reach the screens of their zones', () => {
  const fire: Note = [0, 'panel', 'emergency', { type: 'activated', kind: 'fire', zones: ['z2'] }];
  const hall = hallAfter([fire]);
  assert.deepEqual(board(hall, TEN).emergencies, {});
  assert.equal(board(hall, TEN, 'screen:b2').emergencies.fire?.since, TEN);
});

test('7.2 a people counter says nothing of tickets: who waits stays unknown', () => {
  const hall = hallAfter([[0, 'camera-1', 'occupancy', { type: 'count', zone: 'z1', present: 3 }]]);
  const live = cutView('live', hall, config, TEN) as LiveView;
  assert.deepEqual([live.freshness.state, live.queues['q1']?.freshness.state], ['none', 'none']);
  assert.equal(board(hall, TEN).freshness.state, 'none');
});

test('7.2 devices that die make board and live page stale at once', () => {
  const on = (device: string): Note => [0, device, 'device', { type: 'state', state: 'online' }];
  const off = (device: string): Note => [9, device, 'device', { type: 'state', state: 'offline' }];
  const devices = ['disp-1', 'caller-1', 'caller-2'];
  const alive = [...devices.map(on), ...CALLED];
  assert.equal(
    board(hallAfter(alive), TEN + 60 * MINUTE).freshness.state,
    'live',
    'quiet, connected',
  );
  const dead = hallAfter([...alive, ...devices.map(off)]);
  const live = cutView('live', dead, config, TEN + 9 * MINUTE) as LiveView;
  assert.deepEqual(board(dead, TEN + 9 * MINUTE).freshness, {
    state: 'stale',
    at: TEN + 2 * MINUTE,
  });
  assert.equal(live.freshness.state, 'stale');
  assert.equal(live.windows['w1']?.freshness.state, 'stale');
});

test('7.9 opening: open, break, closed, and when that changes', () => {
  const hall = startHall(config, TEN);
  const opening = (now: number) => board(hall, now).opening;
  assert.deepEqual(opening(TEN), {
    state: 'open',
    hours: ['08:30-12:00', '13:30-17:30'],
    changesAt: TEN + 120 * MINUTE,
  });
  assert.equal(opening(TEN + 130 * MINUTE).state, 'break');
  assert.equal(opening(TEN + 130 * MINUTE).changesAt, TEN + 210 * MINUTE);
  const evening = opening(TEN + 500 * MINUTE);
  assert.deepEqual([evening.state, evening.opensToday], ['closed', undefined]);
  const early = board(startHall(config, TEN - 120 * MINUTE), TEN - 120 * MINUTE).opening;
  assert.deepEqual(
    [early.state, early.opensToday, early.changesAt],
    ['closed', true, TEN - 90 * MINUTE],
  );
});

test('7.10 devices: those of the file and those heard, with what they told', () => {
  const hall = hallAfter([
    [0, 'caller-1', 'device', { type: 'state', state: 'online', paper_pct: 12.4, seq: 1 }],
    [1, 'newcomer', 'device', { type: 'state', state: 'fault', fault: 'E7', seq: 1 }],
    [2, 'newcomer', 'device', { type: 'state', state: 'fault', seq: 4 }],
  ]);
  const { devices, states } = cutView('devices', hall, config, TEN + 5 * MINUTE) as DevicesView;
  assert.equal(devices['caller-1']?.paperPct, 12);
  assert.equal(devices['caller-1']?.window, '1');
  assert.equal(devices['caller-2']?.state, 'none');
  assert.deepEqual([devices['newcomer']?.kind, devices['newcomer']?.seqGaps], ['unlisted', 2]);
  assert.deepEqual(states, { fault: 1, none: 2, online: 1 });
});

test('7.11 the kiosk leads from an item to its queue and windows; notices stand on their days', () => {
  const kiosk = cutView('kiosk:k1', startHall(config, TEN), config, TEN) as KioskView;
  assert.deepEqual(
    kiosk.services.map(({ id, queue }) => [id, queue]),
    [['s1', 'q1']],
  );
  assert.deepEqual(kiosk.places['q1']?.windows, ['1', '2']);
  assert.deepEqual(
    kiosk.notices.map(({ title }) => title),
    [{ zh: '请带身份证' }],
  );
});

test('7.14 each notice has an id of its own, whatever it says and wherever it stands', () => {
  const ids = (...notices: string[]) => {
    const config = sampleHall(
      (yaml) => `${yaml.trimEnd()}${MORE.replace(/notices: .*/, '')}
notices: [${notices.join()}]
`,
    );
    const { notices: cut } = cutView(
      'screen:n1',
      startHall(config, TEN),
      config,
      TEN,
    ) as NoticeView;
    return cut.map(({ id }) => id);
  };
  const [one, two] = ['{ title: 放假, body: 一天 }', '{ title: 放假, body: 八天 }'] as const;
  const alone = ids(two);
  const all = ids(one, two, one);
  assert.equal(new Set(all).size, 3, 'two of the same text are two');
  assert.equal(all[1], alone[0], 'an id does not move with its place');
});

test('7.21 an arrow stands on the board of the window’s zone alone; elsewhere floor and zone', () => {
  const hall = sampleHall((yaml) =>
    `${yaml.trimEnd()}
  - { id: b2, layout: calls, zone: z2 }
  - { id: all, layout: calls }
`
      .replace('floors: [', 'floors: [{ id: f0, name: 负一楼 }, ')
      .replace('label: "1", zone: z1', 'label: "1", zone: z1, direction: left'),
  );
  const state = received([issued(0, 'A1'), at(1, 'called', 'A1')], hall).reduce(
    (before, event) => fold(before, hall, event),
    startHall(hall, TEN - 60 * MINUTE),
  );
  const call = (screen: string) => {
    const view = cutView(`screen:${screen}`, state, hall, TEN + 2 * MINUTE) as BoardView;
    const [{ direction, floorName, zoneName } = {} as BoardCall] = Object.values(view.calls);
    return [direction, floorName?.zh, zoneName?.zh];
  };
  assert.deepEqual(call('b1'), ['left', undefined, undefined]);
  assert.deepEqual(call('all'), [undefined, '一楼', '等候区']);
  assert.deepEqual(call('b1'), ['left', undefined, undefined]);
});

test('7.15 a call with the id __proto__ is on the board as any other', () => {
  const notes: readonly Note[] = [
    issued(0, 'constructor'),
    [
      1,
      'caller-1',
      'ticket',
      { type: 'called', ticket: 'constructor', window: 'w1', id: '__proto__' },
    ],
  ];
  const calls = Object.values(board(hallAfter(notes), TEN + 2 * MINUTE).calls);
  assert.deepEqual(
    calls.map(({ ticket }) => ticket),
    ['CONSTRUCTOR'],
  );
});

test('7.12 a name that the hall does not have is no view', () => {
  const hall = startHall(config, TEN);
  for (const name of [
    'screen:nowhere',
    'kiosk:nowhere',
    'screen:wall',
    'live:b1x',
    'toString',
    '',
  ]) {
    assert.equal(cutView(name, hall, config, TEN), undefined, name);
  }
});

test('7.13 a cut after any history is what a first cut would be, and differences lead there', () => {
  fc.assert(
    fc.property(anyHistory, fc.array(fc.nat(90_000), { minLength: 1 }), (events, steps) => {
      const warm = sample();
      let hall = startHall(warm, TEN);
      let now = TEN - 10 * MINUTE;
      const pages = new Map<string, unknown>();
      events.forEach((event, index) => {
        hall = fold(hall, warm, event);
        now += steps[index % steps.length] ?? 0;
        for (const name of NAMES) {
          const view = cutView(name, hall, warm, now);
          pages.set(name, apply(pages.get(name), diff(pages.get(name), view)));
        }
      });
      if (events.length === 0) return;
      const cold = sample();
      for (const name of NAMES) {
        const first = cutView(name, hall, cold, now);
        assert.deepEqual(cutView(name, hall, warm, now), first);
        assert.deepEqual(pages.get(name), JSON.parse(JSON.stringify(first)));
        assert.ok(!JSON.stringify(first).includes('null'), name);
      }
    }),
    { numRuns: 60 },
  );
});

test('7.13 what did not change is the same reference', () => {
  const one = hallAfter(CALLED);
  const before = cutView('live', one, config, TEN + 2 * MINUTE) as LiveView;
  const two = hallAfter([issued(2, 'B1', 'q2')], one);
  const after = cutView('live', two, config, TEN + 2 * MINUTE) as LiveView;
  assert.equal(after.windows, before.windows);
  assert.equal(after.queues['q1'], before.queues['q1']);
  assert.notEqual(after.queues['q2'], before.queues['q2']);
  assert.equal(after.hall, before.hall);
});
