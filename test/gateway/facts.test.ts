// The facts: derived from the journal alone, the same after a crash or a rebuild, and their figures of today are those of the
// live pages. SPEC §15.
import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import type { VisitFact } from '../../hall/fact.ts';
import type { FigureName } from '../../hall/figure/catalogue.ts';
import type { FigureRow } from '../../hall/figure/past.ts';
import {
  abandonment,
  givenLevels,
  Ledger,
  meanWait,
  onTheSpot,
  participation,
  satisfaction,
  serviceTime,
  utilisation,
  waits,
  within,
  type Figure,
} from '../../hall/figure.ts';
import { overlapMs } from '../../hall/interval.ts';
import type { Received } from '../../hall/reduce.ts';
import { cutView } from '../../hall/view/index.ts';
import type { WallView } from '../../hall/view/wall.ts';
import { answerFigures, answerVisits } from '../../gateway/facts/answer.ts';
import { Follower } from '../../gateway/facts/follower.ts';
import { FactStore } from '../../gateway/facts/store.ts';
import type { Entry } from '../../gateway/journal/entry.ts';
import { businessDate } from '../../hall/zone-time.ts';
import { anyHistory, MINUTE, received, sampleHall, TEN, type Note } from '../hall/sample.ts';

const config = sampleHall();
const ZONE = 'Asia/Shanghai';
const DAY_MS = 86_400_000;

/** The facts of a journal that is a list, in a file of their own. */
class Rig {
  readonly file = join(mkdtempSync(join(tmpdir(), 'facts-')), 'facts.sqlite');
  readonly entries: Entry[] = [];
  readonly errors: unknown[] = [];
  firstSeq = 1;
  hall = config;
  store = new FactStore(this.file, (at) => businessDate(ZONE, at));
  follower = this.open();

  open(): Follower {
    const { store, entries, firstSeq } = this;
    return new Follower({
      ...{ store, config: this.hall, firstSeq, lastSeq: entries.length, now: TEN },
      journal: {
        read: (after, limit) =>
          entries.filter(({ seq }) => seq > after && seq >= this.firstSeq).slice(0, limit),
        commands: () => [],
      },
      onError: (error) => this.errors.push(error),
    });
  }

  add(events: readonly Received[]): void {
    for (const event of events) {
      const { stream, device, signal, at, receivedAt, marks } = event as Received & {
        signal: { id: string };
      };
      const seq = this.entries.length + 1;
      this.entries.push({
        seq,
        stream,
        device,
        id: signal.id,
        at,
        receivedAt,
        marks,
        signal,
      } as Entry);
    }
    while (this.follower.read(50) > 0);
  }

  /** What is not written is lost, as in a crash. */
  crash(): void {
    this.store.close();
    this.store = new FactStore(this.file, (at) => businessDate(ZONE, at));
    this.follower = this.open();
    while (this.follower.read(50) > 0);
  }

  figures(figures: readonly FigureName[], now: number, more: object = {}): FigureRow[] {
    this.follower.tick(now);
    const question = { figures, from: TEN - DAY_MS / 2, to: TEN + 10 * DAY_MS, ...more };
    return answerFigures(question, this.store, this.follower, now);
  }

  visits(): VisitFact[] {
    const question = { from: 0, to: Number.MAX_SAFE_INTEGER, where: {} };
    const { text } = answerVisits(question, this.store, this.follower);
    const lines = new TextDecoder().decode(text).split('\n').filter(Boolean);
    return lines.map((line) => JSON.parse(line) as VisitFact);
  }

  close(): void {
    this.store.close();
    assert.deepEqual(this.errors, []);
  }
}

function rigOf(notes: readonly Note[]): Rig {
  const rig = new Rig();
  rig.add(received(notes));
  return rig;
}

const TODAY = [
  ...(['issued', 'served', 'cancelled', 'missed', 'wait_mean_ms', 'wait_p50_ms'] as const),
  ...(['wait_p90_ms', 'wait_max_ms', 'within_1', 'service_mean_ms', 'abandonment'] as const),
  ...(['satisfaction', 'participation', 'on_the_spot'] as const),
];

test('15.4 figures of today are those of the live pages, whatever came in whatever order', () => {
  fc.assert(
    fc.property(anyHistory, fc.nat(300), (events, minutes) => {
      const rig = new Rig();
      rig.add(events);
      const now = TEN + 21 * MINUTE + minutes * MINUTE;
      const [row = {}] = rig.figures(TODAY, now);
      const { hall } = rig.follower;
      const { whole } = new Ledger().follow(hall);
      const given = givenLevels(Object.values(hall.evaluations));
      const wait = waits(whole);
      const count = (value: number, n: number) => (n > 0 ? { value, n } : null);
      const live: Record<string, Figure | null | undefined> = {
        issued: count(whole.issued, whole.issued),
        served: count(whole.served, whole.served),
        cancelled: count(whole.cancelled, whole.issued),
        missed: count(whole.abandoned, whole.issued),
        wait_mean_ms: meanWait(whole),
        wait_p50_ms: wait && { value: wait.p50, n: wait.n },
        wait_p90_ms: wait && { value: wait.p90, n: wait.n },
        wait_max_ms: wait && { value: wait.max, n: wait.n },
        within_1: within(whole, 10 * MINUTE, now),
        service_mean_ms: serviceTime(whole),
        abandonment: abandonment(whole),
        satisfaction: satisfaction(given),
        participation: participation(given, whole.served),
        on_the_spot: onTheSpot(whole),
      };
      for (const name of TODAY) {
        assert.deepEqual(row[name] ?? null, live[name] ?? null, name);
        // Alone it sums what it needs, and nothing less.
        const [alone = {}] = rig.figures([name], now);
        assert.deepEqual(alone[name] ?? null, row[name] ?? null, `${name} alone`);
      }
      const rows = rig.figures(['utilisation', 'away_ms'], now, { by: 'window' });
      for (const [id, window] of Object.entries(hall.windows)) {
        const found = rows.find((each) => each['window'] === id);
        assert.deepEqual(
          found?.['utilisation'] ?? null,
          utilisation(window, hall.day.open, now) ?? null,
          id,
        );
        const running = window.state === 'away' ? overlapMs(hall.day.open, window.since, now) : 0;
        const away = (window.spentMs.away ?? 0) + running;
        assert.equal((found?.['away_ms'] as Figure | null)?.value ?? 0, away, id);
      }
      checkDepartments(rig, now);
      rig.close();
    }),
    { numRuns: 60 },
  );
});

/** SPEC 25.7: the departments of the wall, to the last visit and evaluation. */
function checkDepartments(rig: Rig, now: number): void {
  const { departments } = cutView('wall', rig.follower.hall, config, now) as WallView;
  const names = ['served', 'service_mean_ms', 'satisfaction'] as const;
  const rows = rig.figures(names, now, { by: 'department' });
  for (const [name, shown] of Object.entries(departments)) {
    const row = rows.find((each) => each['department'] === name);
    const of = (figure: (typeof names)[number]) => row?.[figure] as Figure | null | undefined;
    assert.equal(shown.completed, of('served')?.value ?? 0, name);
    assert.equal(shown.serviceMs?.n, of('service_mean_ms')?.n, name);
    assert.equal(shown.serviceMs?.value, roundOf(of('service_mean_ms')?.value), name);
    assert.equal(shown.satisfaction?.n, of('satisfaction')?.n, name);
  }
}

const roundOf = (value: number | undefined) => (value === undefined ? value : Math.round(value));

/** One visit in minutes after ten: issued, called, served, completed at w1 by s-1. */
const visit = (ticket: string, from: number, more: object = {}): Note[] => [
  [from, 'disp-1', 'ticket', { type: 'issued', ticket, queue: 'q1', ...more }],
  [from + 4, 'caller-1', 'ticket', { type: 'called', ticket, window: 'w1' }],
  [from + 5, 'caller-1', 'ticket', { type: 'serving', ticket, window: 'w1' }],
  [from + 9, 'caller-1', 'ticket', { type: 'completed', ticket, window: 'w1', outcome: 'done' }],
];
const DAY_MIN = 1440;
const opened: Note = [
  -10,
  'caller-1',
  'window',
  { type: 'state', window: 'w1', state: 'idle', staff: 's-1' },
];

test('15.1 a visit that ended is a fact; one that never ended is one at the end of its day', () => {
  const rig = rigOf([
    opened,
    ...visit('A001', 0, { service: 's1', channel: 'kiosk' }),
    [20, 'disp-1', 'ticket', { type: 'issued', ticket: 'a002', queue: 'q1' }],
    [21, 'disp-1', 'ticket', { type: 'issued', ticket: 'A003', queue: 'q2', class: 'priority' }],
    [30, 'caller-2', 'ticket', { type: 'called', ticket: 'A003', window: 'w2' }],
    [32, 'caller-2', 'ticket', { type: 'no_show', ticket: 'A003', window: 'w2' }],
    [40, 'disp-1', 'ticket', { type: 'issued', ticket: 'A004', queue: 'q2' }],
    [41, 'disp-1', 'ticket', { type: 'cancelled', ticket: 'A004' }],
  ]);
  assert.deepEqual(
    rig.visits().map(({ ticket, end }) => [ticket, end]),
    [
      ['A001', 'completed'],
      ['A004', 'cancelled'],
    ],
  );
  const { visit: id, ...first } = rig.visits()[0] ?? { visit: 0 };
  assert.equal(id, 2);
  assert.deepEqual(first, {
    ...{ ticket: 'A001', date: '2026-11-20', queue: 'q1', window: 'w1', department: '人社局' },
    ...{ zone: 'z1', staff: 's-1', service: 's1', class: 'normal', channel: 'kiosk' },
    ...{ issued_at: TEN, called_at: TEN + 4 * MINUTE, serving_at: TEN + 5 * MINUTE },
    ...{ ended_at: TEN + 9 * MINUTE, wait_ms: 5 * MINUTE, service_ms: 4 * MINUTE, held_ms: 0 },
    ...{ calls: 1, transfers: 0, end: 'completed', outcome: 'done' },
  });
  rig.follower.tick(TEN + DAY_MS);
  const midnight = Date.UTC(2026, 10, 20, 16);
  const over = rig.visits().filter(({ ended_at }) => ended_at === midnight);
  assert.deepEqual(
    over.map(({ ticket, end, window, wait_ms }) => [ticket, end, window, wait_ms]),
    [
      ['A002', 'open', undefined, undefined],
      ['A003', 'missed', 'w2', undefined],
    ],
  );
  const figures = ['issued', 'missed', 'cancelled', 'abandonment', 'within_1'] as const;
  assert.deepEqual(rig.figures(figures, TEN + DAY_MS, { per: 'day' }), [
    {
      from: '2026-11-20T00:00:00+08:00',
      issued: { value: 4, n: 4 },
      missed: { value: 1, n: 4 },
      cancelled: { value: 1, n: 4 },
      abandonment: { value: 1 / 3, n: 3 },
      // A002 waited to the day's end, A003 gave up after 12 minutes.
      within_1: { value: 1 / 3, n: 3 },
    },
  ]);
  rig.close();
});

test('15.1 a visit belongs to its last service, else its last call; departments by service', () => {
  const rig = rigOf([
    opened,
    ...visit('A001', 0).slice(0, 3),
    [
      8,
      'caller-1',
      'ticket',
      { type: 'transferred', ticket: 'A001', to_queue: 'q2', window: 'w1' },
    ],
    [9, 'caller-2', 'ticket', { type: 'called', ticket: 'A001', window: 'w3' }],
    [12, 'caller-2', 'ticket', { type: 'cancelled', ticket: 'A001' }],
    [13, 'disp-1', 'ticket', { type: 'issued', ticket: 'B001', queue: 'q2', service: 's1' }],
    [14, 'caller-2', 'ticket', { type: 'called', ticket: 'B001', window: 'w3' }],
    [15, 'caller-2', 'ticket', { type: 'serving', ticket: 'B001', window: 'w3' }],
    [16, 'caller-2', 'ticket', { type: 'completed', ticket: 'B001', window: 'w3' }],
  ]);
  const facts = rig.visits();
  assert.deepEqual(
    facts.map((fact) => [fact.ticket, fact.window, fact.staff, fact.queue, fact.department]),
    [
      ['A001', 'w1', 's-1', 'q2', '人社局'],
      ['B001', 'w3', undefined, 'q2', '人社局'],
    ],
  );
  rig.close();
});

test('15.2 evaluations count by their own time, also those of a visit of an earlier day', () => {
  const late = DAY_MIN + 30;
  const rig = rigOf([
    opened,
    ...visit('A001', 0, { service: 's1' }),
    [10, 'pad-1', 'evaluation', { type: 'submitted', window: 'w1', level: 4, ticket: 'a001' }],
    [11, 'pad-1', 'evaluation', { type: 'submitted', window: 'w1', level: 5, default: true }],
    [late, 'sms', 'evaluation', { type: 'submitted', window: 'w1', level: 2, ticket: 'A001' }],
    [late + 1, 'sms', 'evaluation', { type: 'submitted', window: 'w2', level: 1, ticket: 'A001' }],
  ]);
  assert.deepEqual(
    rig.visits().map(({ ticket, level }) => [ticket, level]),
    [['A001', 2]],
  );
  const now = TEN + (late + 5) * MINUTE;
  const [first, second] = rig.figures(['satisfaction', 'participation', 'bad_reviews'], now, {
    per: 'day',
  });
  assert.deepEqual(first?.['satisfaction'], { value: 1, n: 1 });
  assert.deepEqual(first?.['participation'], { value: 1, n: 1 });
  assert.deepEqual(second?.['bad_reviews'], { value: 2, n: 2 });
  assert.equal(second?.['participation'], null);
  const byService = rig.figures(['bad_reviews'], now, { by: 'service' });
  assert.deepEqual(byService, [
    { service: null, bad_reviews: { value: 1, n: 1 } },
    { service: 's1', bad_reviews: { value: 1, n: 2 } },
  ]);
  rig.close();
});

test('15.5 a crash at any moment, and a rebuild, give the facts of one run', () => {
  fc.assert(
    fc.property(anyHistory, fc.array(fc.nat(120), { maxLength: 3 }), (events, cuts) => {
      const names = [...TODAY, 'utilisation', 'availability', 'present_max'] as const;
      const now = TEN + 2 * DAY_MS;
      const told = (rig: Rig) => ({
        visits: rig.visits(),
        hour: rig.figures(names, now, { per: 'hour' }),
        window: rig.figures(['utilisation', 'away_ms'], now, { by: 'window' }),
      });
      const whole = new Rig();
      whole.add(events);
      const expected = told(whole);
      const broken = new Rig();
      const places = [
        ...cuts.map((cut) => Math.min(cut, events.length)).sort((a, b) => a - b),
        events.length,
      ];
      let from = 0;
      for (const [index, place] of places.entries()) {
        broken.add(events.slice(from, place));
        from = place;
        broken.follower.flush(index % 2 === 0);
        broken.crash();
      }
      assert.deepEqual(told(broken), expected);
      broken.follower.rebuild(1, broken.entries.length);
      while (broken.follower.read(50) > 0);
      assert.deepEqual(told(broken), expected);
      whole.close();
      broken.close();
    }),
    { numRuns: 40 },
  );
});

test('15.5 a rebuild leaves what the journal cannot give any more', () => {
  const again: Note = [2 * DAY_MIN - 10, ...opened.slice(1)] as unknown as Note;
  const rig = rigOf([
    ...[opened, ...visit('A001', 0), ...visit('A002', DAY_MIN)],
    ...[again, ...visit('A003', 2 * DAY_MIN)],
  ]);
  const before = rig.visits();
  assert.equal(before.length, 3);
  // The first day's entries and a part of the second's are pruned.
  rig.firstSeq = 8;
  rig.follower.flush(true);
  rig.follower.rebuild(8, rig.entries.length);
  while (rig.follower.read(50) > 0);
  assert.deepEqual(rig.visits(), before);
  rig.close();
});

test('15.5 another hall file changes the present day, not the days before', () => {
  const rig = rigOf([opened, ...visit('A001', 100), ...visit('A002', DAY_MIN + 100)]);
  assert.deepEqual(
    rig.visits().map(({ wait_ms }) => wait_ms),
    [5 * MINUTE, 5 * MINUTE],
  );
  rig.follower.flush(true);
  // 11:40 is now outside the opening hours from 11:42 on.
  rig.hall = sampleHall((yaml) => yaml.replace('08:30-12:00', '08:30-11:42'));
  rig.crash();
  assert.deepEqual(
    rig.visits().map(({ wait_ms }) => wait_ms),
    [5 * MINUTE, 2 * MINUTE],
  );
  rig.close();
});

test('15.5 a journal that lost its end gives its numbers again: the day at its end is made anew', () => {
  const rig = rigOf([opened, ...visit('A001', 0), ...visit('A002', DAY_MIN)]);
  rig.follower.flush(true);
  rig.entries.length = 7;
  rig.crash();
  assert.deepEqual(
    rig.visits().map(({ ticket }) => ticket),
    ['A001'],
  );
  const [, , , , , , , ...again] = received([
    opened,
    ...visit('A001', 0),
    ...visit('B007', DAY_MIN),
  ]);
  rig.add(again);
  assert.deepEqual(
    rig.visits().map(({ ticket, unissued }) => [ticket, unissued]),
    [
      ['A001', undefined],
      ['B007', true],
    ],
  );
  rig.close();
});

test('15.5 a journal that was empty fills with older entries: their hours are summed in full', () => {
  const notes: Note[] = [
    [-10, 'caller-1', 'window', { type: 'state', window: 'w1', state: 'idle' }],
    [-9, 'disp-1', 'device', { type: 'state', state: 'online' }],
    [2 * DAY_MIN, 'disp-1', 'device', { type: 'state', state: 'offline' }],
    [2 * DAY_MIN + 30, 'caller-1', 'window', { type: 'state', window: 'w1', state: 'closed' }],
  ];
  const told = (rig: Rig) => {
    const now = TEN + 3 * DAY_MS;
    return ['utilisation', 'away_ms', 'availability'].map((name) =>
      rig.figures([name as FigureName], now, { per: 'hour' }),
    );
  };
  const whole = rigOf(notes);
  const late = new Rig();
  // Time has passed over the empty journal before its entries came.
  late.follower.tick(TEN + 2 * DAY_MS);
  late.add(received(notes));
  assert.deepEqual(told(late), told(whole));
  assert.ok(told(late).flat().length > 20);
  late.close();
  whole.close();
});

test('15.5 a journal that lost its end before the first state was written', () => {
  const rig = rigOf([opened, ...visit('A001', 0), ...visit('A002', 20)]);
  rig.follower.flush(false);
  rig.entries.length = 5;
  rig.crash();
  assert.deepEqual(
    rig.visits().map(({ ticket }) => ticket),
    ['A001'],
  );
  rig.close();
});

test('15.4 a visit whose issue is told of another day counts on that day, and on that alone', () => {
  const { store } = new Rig();
  const fact = { visit: 1, ticket: 'A001', class: 'normal', held_ms: 0, calls: 1, transfers: 0 };
  const put = (date: string, issued_at: number) =>
    store.write({
      visits: new Map([[1, { ...fact, date, issued_at, end: 'completed' } as VisitFact]]),
      ...{ evaluations: [], through: 1 },
    });
  const on = (date: string) => store.columns('visit', date, 0, 0, true).n;
  put('2026-11-20', TEN);
  assert.deepEqual([on('2026-11-19'), on('2026-11-20')], [0, 1]);
  put('2026-11-19', TEN - DAY_MS);
  assert.deepEqual([on('2026-11-19'), on('2026-11-20')], [1, 0]);
  store.close();
});
