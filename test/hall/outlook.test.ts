// SPEC §26.3 to 26.7 in views: nothing without past days, a new value at most each minute, and the day's turn.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NO_STATUS, type GatewayStatus } from '../../hall/gateway-status.ts';
import type { Periods } from '../../hall/periods.ts';
import { advance, fold, startHall } from '../../hall/reduce.ts';
import type { Hall } from '../../hall/state.ts';
import { usualDay, type DayBins, type UsualDay } from '../../hall/usual-day.ts';
import { cutting } from '../../hall/view/cut.ts';
import { cutView } from '../../hall/view/index.ts';
import type { LiveView } from '../../hall/view/live.ts';
import { periods } from '../../hall/view/part/periods.ts';
import { MINUTE, received, sampleHall, TEN, type Note } from './sample.ts';

const config = sampleHall();
const HOUR = 60 * MINUTE;

const online: Note = [-30, 'disp-1', 'device', { type: 'state', state: 'online' }];
const issued = (minute: number, number: number): Note => [
  minute,
  'disp-1',
  'ticket',
  { type: 'issued', ticket: `A${number}`, queue: 'q1' },
];

function hallAfter(notes: readonly Note[]): Hall {
  const start = startHall(config, TEN - 2 * HOUR);
  return received(notes).reduce((hall, event) => fold(hall, config, event), start);
}

/** Four past days: ten people come, and five wait, in each half hour from 8:30 to 12:00. */
function usualOf(date: string): UsualDay {
  const of = (value: number) =>
    Array.from({ length: 48 }, (_, index) => (index >= 17 && index < 24 ? value : 0));
  const line = { issued: of(10), waiting: of(5) };
  const days = ['2026-10-01', '2026-10-02', '2026-10-03', '2026-10-04'].map((day): DayBins => ({
    date: day,
    whole: line,
    queues: new Map([['q1', line]]),
  }));
  const usual = usualDay(date, 'fri', days);
  assert.ok(usual);
  return usual;
}

const status = (more: Partial<GatewayStatus>): GatewayStatus => ({ ...NO_STATUS, ...more });
const TODAY = status({ usual: usualOf('2026-11-20') });

function outlookAt(hall: Hall, now: number, outside = TODAY) {
  return (cutView('live', hall, config, now, outside) as LiveView).outlook;
}

test('26.3 a hall without facts of past days shows nothing', () => {
  assert.equal(outlookAt(hallAfter([online]), TEN, NO_STATUS), undefined);
  assert.equal(
    outlookAt(hallAfter([online]), TEN, status({ usual: usualOf('2026-11-19') })),
    undefined,
  );
});

test('26.3 the usual day is on today’s clock, from the first to the last half hour with people', () => {
  const outlook = outlookAt(hallAfter([online]), TEN);
  assert.deepEqual(outlook?.name, { zh: '往常周五', en: 'usual Friday' });
  assert.equal(outlook.n, 4);
  assert.equal(outlook.usual.length, 7);
  assert.deepEqual(outlook.usual[0], {
    from: TEN - 1.5 * HOUR,
    issued: { p10: 10, p50: 10, p90: 10 },
    waiting: { p10: 5, p50: 5, p90: 5 },
  });
});

test('26.4 the forecast goes from the running half hour to closing, of the hall and of each queue', () => {
  const outlook = outlookAt(hallAfter([online, issued(-5, 1)]), TEN + 12 * MINUTE);
  const { forecast = [], today, queues } = outlook ?? {};
  assert.equal(forecast[0]?.from, TEN);
  assert.equal(forecast.at(-1)?.from, TEN + 7 * HOUR, 'the hall closes at 17:30');
  assert.ok((forecast[0]?.issued.p50 ?? 0) < 10, 'few came so far');
  assert.equal(forecast.filter(({ waiting }) => waiting !== undefined).length, 7, 'three hours');
  assert.ok(today && today.p10 >= 1 && today.p90 < 70);
  assert.deepEqual(Object.keys(queues ?? {}), ['q1'], 'a queue without past days has no forecast');
  assert.equal(queues?.['q1']?.forecast.length, 7);
});

test('26.4 without live sources and after closing nothing is forecast', () => {
  const unheard = outlookAt(startHall(config, TEN - 2 * HOUR), TEN);
  assert.ok(unheard && unheard.forecast === undefined && unheard.today === undefined);
  assert.deepEqual(unheard.queues, {});
  const closed = advance(hallAfter([online]), config, TEN + 8 * HOUR);
  const outlook = outlookAt(closed, TEN + 8 * HOUR);
  assert.equal(outlook?.forecast, undefined);
  assert.equal(outlook?.usual.length, 7, 'the usual day stays');
});

test('26.4 a page has a new outlook at most each minute', () => {
  const hall = hallAfter([online, issued(-1, 1)]);
  const before = outlookAt(hall, TEN);
  const more = received([online, issued(-1, 1), issued(0.2, 2)]).reduce(
    (known, event) => fold(known, config, event),
    startHall(config, TEN - 2 * HOUR),
  );
  assert.equal(outlookAt(more, TEN + 30_000), before, 'somebody came within the minute');
  assert.notEqual(outlookAt(more, TEN + 60_000), before);
});

test('26.3 at midnight the usual day of the new weekday follows, and nothing of the old one stays', () => {
  const friday = hallAfter([online, issued(-1, 1)]);
  const midnight = friday.day.end;
  assert.ok(outlookAt(advance(friday, config, midnight - 1), midnight - 1));
  const saturday = advance(friday, config, midnight);
  assert.equal(outlookAt(saturday, midnight), undefined, 'until the new one is known');
  const next = status({ usual: { ...usualOf('2026-11-21'), kind: 'sat' } });
  const outlook = outlookAt(saturday, midnight + MINUTE, next);
  assert.equal(outlook?.name.en, 'usual Saturday');
  assert.equal(outlook.usual[0]?.from, TEN - 1.5 * HOUR + 24 * HOUR);
  assert.equal(outlook.forecast?.[0]?.from, midnight);
});

test('26.7 periods are shown as figures are, of the present day alone', () => {
  const wait = { value: 1234.6, n: 3 };
  const soFar = {
    from: 0,
    to: 1,
    issued: 3,
    meanWaitMs: wait,
    satisfaction: { value: 2 / 3, n: 3 },
  };
  const told: Periods = {
    date: '2026-11-20',
    month: { soFar, lastYear: { from: 0, to: 1, served: 2 } },
    year: { soFar },
  };
  const hall = hallAfter([online]);
  const at = (outside: GatewayStatus) => periods(cutting(hall, config, TEN, outside), undefined);
  const rounded = {
    ...soFar,
    ...{ meanWaitMs: { value: 1235, n: 3 }, satisfaction: { value: 0.667, n: 3 } },
  };
  assert.deepEqual(at(status({ periods: told })), {
    ...told,
    month: { ...told.month, soFar: rounded },
    year: { soFar: rounded },
  });
  assert.equal(at(status({ periods: { ...told, date: '2026-11-19' } })), undefined);
  assert.equal(at(NO_STATUS), undefined);
  const none = { soFar: { from: 0, to: 1 } };
  assert.equal(at(status({ periods: { ...told, month: none, year: none } })), undefined);
});
