// SPEC §26.1 to 24.3: which days are of one kind, what each had by half hour, and the usual day.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { asReceived, demoDay } from '../../demo/day.ts';
import { parseHall } from '../../hall/config.ts';
import type { VisitFact } from '../../hall/fact.ts';
import { visitColumns } from '../../hall/figure/columns.ts';
import { likeDays, likeKind } from '../../hall/like-days.ts';
import { fold, startHall } from '../../hall/reduce.ts';
import { dayBins, halfHourOf, halfHours, usualDay, type DayBins } from '../../hall/usual-day.ts';
import { cutView } from '../../hall/view/index.ts';
import type { LiveView } from '../../hall/view/live.ts';
import { instantAt } from '../../hall/zone-time.ts';
import { pastDay } from './past-days.ts';
import { MINUTE, sampleHall } from './sample.ts';

const ZONE = 'Asia/Shanghai';
/** Open on weekdays; a holiday from Thursday 5 to Saturday 7 March 2026, for which Sunday 8 is worked. */
const weekdays = sampleHall((yaml) =>
  yaml.replace(
    /hours: .*/,
    `hours:
  weekdays: ["08:30-12:00", "13:30-17:30"]
  holiday_dates: [{ from: 2026-03-05, to: 2026-03-07, working: [2026-03-08] }]
  exceptions: [{ date: 2026-03-17, open: ["08:30-12:00"] }]`,
  ),
);

test('26.1 the kind of a day: its weekday, or what makes it busier or quieter', () => {
  const kinds = {
    '2026-03-01': undefined, // a Sunday
    '2026-03-02': 'month-start',
    '2026-03-04': 'month-start',
    '2026-03-05': undefined, // a holiday
    '2026-03-08': 'make-up',
    '2026-03-09': 'mon',
    '2026-03-10': 'tue',
    '2026-04-01': 'month-start',
    '2026-04-06': 'mon',
  };
  for (const [date, kind] of Object.entries(kinds)) {
    assert.equal(likeKind(weekdays, date), kind, date);
  }
  const unworked = sampleHall((yaml) =>
    yaml.replace(
      /hours: .*/,
      `hours:
  weekdays: ["08:30-12:00"]
  holiday_dates: [{ from: 2026-03-12, to: 2026-03-13, working: [] }]`,
    ),
  );
  assert.equal(likeKind(unworked, '2026-03-16'), 'after-holiday', 'also behind a weekend');
});

test('26.1 a day is compared with the latest eight of its kind that have facts', () => {
  const all = () => true;
  const tuesday = likeDays(weekdays, '2026-05-26', all);
  assert.equal(tuesday?.kind, 'tue');
  assert.deepEqual(tuesday.dates, [
    // 5 May is the month's third day with opening hours.
    ...['2026-05-19', '2026-05-12', '2026-04-28', '2026-04-21', '2026-04-14', '2026-04-07'],
    ...['2026-03-31', '2026-03-24'],
  ]);
  const some = likeDays(weekdays, '2026-03-31', (date) => date > '2026-03-01');
  assert.deepEqual(
    some?.dates,
    ['2026-03-24', '2026-03-10'],
    'not the 17th, whose hours were others',
  );
  assert.equal(
    likeDays(weekdays, '2026-05-26', () => false),
    undefined,
  );
  assert.equal(likeDays(weekdays, '2026-05-24', all), undefined, 'a closed day');
});

test('26.1 a special day with less than three of its own kind is compared with its weekday', () => {
  const since = (first: string) => (date: string) => date >= first;
  const few = likeDays(weekdays, '2026-05-04', since('2026-04-03'));
  assert.equal(few?.kind, 'mon');
  assert.deepEqual(few.dates, ['2026-04-27', '2026-04-20', '2026-04-13', '2026-04-06']);
  const enough = likeDays(weekdays, '2026-05-04', since('2026-04-02'));
  assert.deepEqual(enough, {
    kind: 'month-start',
    dates: ['2026-05-01', '2026-04-03', '2026-04-02'],
  });
  const none = likeDays(weekdays, '2026-03-08', since('2026-01-01'));
  assert.equal(none, undefined, 'a make-up day at a weekend has no weekday that it is like');
});

const at = (clock: string, date = '2026-03-10') => Date.parse(`${date}T${clock}:00+08:00`);

function fact(issued: string, more: Partial<VisitFact> = {}): VisitFact {
  const [date = '', clock = ''] = issued.includes(' ') ? issued.split(' ') : ['2026-03-10', issued];
  return {
    ...{ visit: 1, ticket: 'A1', date, queue: 'q1', class: 'normal', issued_at: at(clock, date) },
    ...{ held_ms: 0, calls: 1, transfers: 0, end: 'completed' },
    ...more,
  } as VisitFact;
}

const served = (issued: string, serving: string, waited: number, more: Partial<VisitFact> = {}) =>
  fact(issued, { serving_at: at(serving), wait_ms: waited * MINUTE, ...more });

test('26.2 a day by half hour: who took a number, and who waits at its end', () => {
  const facts = [
    served('08:35', '08:50', 15),
    served('08:50', '09:00', 10, { queue: 'q2' }),
    served('08:59', '09:31', 32),
    // An appointment at 9:20, with a number since 8:40.
    served('08:40', '09:40', 20),
    // Taken before lunch, served after it.
    served('11:50', '13:40', 20),
    // Gave up after ten minutes in the afternoon; never called until closing.
    fact('13:20', { end: 'missed', unserved_ms: 10 * MINUTE, ended_at: at('24:00') }),
    fact('17:10', { end: 'open', unserved_ms: 20 * MINUTE, ended_at: at('24:00') }),
    // Nobody told of its issue; an appointment that never came.
    served('10:00', '10:20', 20, { unissued: true }),
    fact('10:00', { end: 'open', ended_at: at('24:00') }),
  ];
  const day = dayBins(sampleHall(), '2026-03-10', [visitColumns(facts)]);
  const shown = (line: readonly (number | undefined)[]) =>
    Object.fromEntries([...line.entries()].filter(([, value]) => value !== 0));
  assert.deepEqual(shown(day.whole.issued), { 17: 4, 20: 1, 23: 1, 26: 1, 34: 1 });
  // 9:00 exactly is the end of a wait: it still counts at 9:00, as on the live page's curve.
  assert.deepEqual(shown(day.whole.waiting), { 17: 2, 18: 2, 23: 1, 24: 1, 25: 1, 26: 2, 34: 1 });
  assert.deepEqual(shown(day.queues.get('q2')?.issued ?? []), { 17: 1 });
  assert.deepEqual([...day.queues.keys()], ['q1', 'q2']);
});

test('26.2 a day by half hour is the live page’s curve', () => {
  const parsed = parseHall(readFileSync('demo/hall.yaml', 'utf8'), 'demo/hall.yaml');
  assert.ok(parsed.ok);
  const { config } = parsed;
  const date = '2026-03-10';
  const events = demoDay(config, date);
  const { whole } = pastDay(config, date, events);
  const over = events.reduce(
    (hall, event, index) => fold(hall, config, asReceived(event, index + 1)),
    startHall(config, at('00:00')),
  );
  const { curve } = cutView('live', over, config, at('20:00')) as LiveView;
  const starts = halfHours(ZONE, date);
  let compared = 0;
  for (const [index, issued] of whole.issued.entries()) {
    const [from = 0, to = 0] = [starts[index], starts[index + 1]];
    const bins = curve.bins.filter((bin) => bin.from >= from && bin.from < to);
    if (bins.length < 3) continue;
    compared++;
    assert.equal(
      issued,
      bins.reduce((sum, bin) => sum + bin.issued, 0),
    );
    // Of an appointment in the lunch break the fact does not say from when on it waited.
    const isRest = curve.open.every(([begin, end]) => to <= begin || to > end);
    const difference = Math.abs((whole.waiting[index] ?? 0) - (bins.at(-1)?.waiting ?? 0));
    assert.ok(difference <= (isRest ? 1 : 0), `waiting at half hour ${index}`);
  }
  assert.ok(compared > 18);
});

test('26.2 where clocks change, a half hour that they skip is none, and nobody is counted twice', () => {
  const berlin = 'Europe/Berlin';
  const spring = halfHours(berlin, '2026-03-29');
  const skipped = [...spring.keys()].filter((index) => spring[index] === spring[index + 1]);
  assert.deepEqual(skipped, [4, 5], '2:00 and 2:30');
  const hall = sampleHall((yaml) =>
    yaml.replace(ZONE, berlin).replace(/hours: .*/, 'hours: { daily: ["00:00-24:00"] }'),
  );
  for (const [date, hours] of [['2026-03-29', 23] as const, ['2026-10-25', 25] as const]) {
    const starts = halfHours(berlin, date);
    assert.ok(starts.every((start, index) => index === 0 || start >= (starts[index - 1] ?? 0)));
    const midnight = instantAt(berlin, date, 0);
    const facts = Array.from({ length: hours * 4 }, (_, index) => ({
      ...fact('00:00'),
      issued_at: midnight + index * 15 * MINUTE,
    }));
    const { whole } = dayBins(hall, date, [visitColumns(facts)]);
    assert.equal(
      whole.issued.reduce((sum: number, value) => sum + (value ?? 0), 0),
      hours * 4,
    );
    assert.equal(whole.issued[4], hours === 23 ? undefined : 2);
    assert.equal(halfHourOf(starts, instantAt(berlin, date, 180)), 6);
  }
});

function dayOf(date: string, issued: number, more: readonly [string, number][] = []): DayBins {
  const line = (value: number) => {
    const values = new Array<number>(48).fill(0).with(18, value);
    return { issued: values, waiting: values };
  };
  const queues = new Map(more.map(([id, value]) => [id, line(value)]));
  return { date, whole: line(issued), queues };
}

test('26.3 the usual day has values that occurred, and how many days stand behind them', () => {
  const days = [5, 1, 4, 2, 3, 8, 7, 6].map((issued, index) => dayOf(`2026-01-0${index}`, issued));
  const usual = usualDay('2026-03-10', 'tue', days);
  assert.deepEqual(usual?.whole.issued[18], { p10: 1, p50: 4, p90: 8 });
  assert.deepEqual(usual.whole.issued[17], { p10: 0, p50: 0, p90: 0 });
  assert.equal(usual.whole.n, 8);
  assert.equal(usualDay('2026-03-10', 'tue', []), undefined);
});

test('26.3 a queue is known from its first visit on', () => {
  const days = [
    dayOf('2026-01-01', 5),
    dayOf('2026-01-02', 5, [['q2', 3]]),
    dayOf('2026-01-03', 5),
    dayOf('2026-01-04', 5, [['q2', 1]]),
  ];
  const line = usualDay('2026-03-10', 'tue', days)?.queues.get('q2');
  assert.equal(line?.n, 3);
  assert.deepEqual(line.issued[18], { p10: 0, p50: 1, p90: 3 });
});
