// What every History has to keep, whichever database is behind it: run by history.test.ts over each implementation.
import { deepStrictEqual as equal, ok, rejects } from 'node:assert/strict';
import {
  HistoryQueryError,
  type CalendarBin,
  type History,
  type HistoryQuery,
} from '../../gateway/history.ts';
import type { Point } from '../../hall/point.ts';
import { instantAt } from '../../hall/zone-time.ts';

const T0 = Date.UTC(2026, 10, 20, 1, 0, 0);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const ZONE = 'Asia/Shanghai';

function point(minute: number, level: number, tags: Record<string, string> = {}, ns = 0): Point {
  return {
    measurement: 'evaluation',
    tags: { hall: 'h1', window: 'w1', ...tags },
    fields: { entry: ns, level, id: `e-${minute}-${ns}`, given: true },
    timestampNs: BigInt(T0 + minute * MINUTE) * 1_000_000n + BigInt(ns),
  };
}

/** The same at any time, ms since 1970. */
function pointAt(at: number, level: number, tags: Record<string, string> = {}, ns = 0): Point {
  return point((at - T0) / MINUTE, level, tags, ns);
}

const hour = { measurement: 'evaluation', from: T0, to: T0 + 60 * MINUTE } as const;

/**
 * @param open a new, empty history of a hall in that time zone
 */
export function historyContract(name: string, open: (timezone: string) => Promise<History>): void {
  const test = (what: string, run: (history: History) => Promise<void>, timezone = ZONE) =>
    Deno.test(`history ${name}: ${what}`, async () => {
      const history = await open(timezone);
      try {
        await run(history);
      } finally {
        await history.close();
      }
    });

  test('remembers how far the journal is written', async (history) => {
    equal(await history.through(), 0);
    await history.append([point(0, 5)], 7);
    equal(await history.through(), 7);
    await history.append([], 9);
    equal(await history.through(), 9);
    await history.append([point(0, 5)], 3);
    equal(await history.through(), 9, 'a batch that is repeated moves nothing back');
  });

  test('a point written twice is there once', async (history) => {
    const points = [point(0, 5), point(1, 4), point(1, 3, {}, 1)];
    equal((await history.append(points, 3)).written, 3);
    await history.append(points, 3);
    const rows = await history.query({ ...hour, aggregate: 'count' });
    equal(rows, [{ at: T0, group: {}, value: 3, n: 3 }]);
  });

  test('two events of one millisecond are two points', async (history) => {
    await history.append([point(0, 5, {}, 1), point(0, 4, {}, 2), point(0, 3, {}, 999_999)], 3);
    const [row] = await history.query({ ...hour, aggregate: 'count' });
    equal(row?.value, 3);
  });

  test('aggregates, each with its n', async (history) => {
    await history.append(
      [5, 1, 4, 4, 2].map((level, minute) => point(minute, level)),
      5,
    );
    const ask = async (aggregate: 'sum' | 'mean' | 'min' | 'max' | 'p50' | 'p90') =>
      (await history.query({ ...hour, aggregate, field: 'level' }))[0];
    equal(await ask('sum'), { at: T0, group: {}, value: 16, n: 5 });
    equal((await ask('mean'))?.value, 3.2);
    equal((await ask('min'))?.value, 1);
    equal((await ask('max'))?.value, 5);
    equal((await ask('p50'))?.value, 4);
    equal((await ask('p90'))?.value, 5);
  });

  test('a percentile is the value at the rank that InfluxQL takes', async (history) => {
    await history.append(
      [6, 5, 4, 3, 2, 1].map((level, minute) => point(minute, level)),
      6,
    );
    const ask = async (aggregate: 'p50' | 'p90') =>
      (await history.query({ ...hour, aggregate, field: 'level' }))[0]?.value;
    equal(await ask('p50'), 3);
    equal(await ask('p90'), 5, 'rank 5.4 is 5, not 6');
  });

  test('names and values with quotes in them are names and values', async (history) => {
    const odd = `w"1'; DROP DATABASE x --\\ é`;
    await history.append([point(0, 5, { window: odd }), point(1, 4)], 2);
    const rows = await history.query({
      ...{ ...hour, aggregate: 'count', where: { window: odd }, groupBy: ['window'] },
    });
    equal(rows, [{ at: T0, group: { window: odd }, value: 1, n: 1 }]);
    for (const name of [odd, 'level" FROM "x', 'a\nb', '日本']) {
      equal(await history.query({ ...hour, aggregate: 'sum', field: name }), []);
      equal(await history.query({ ...hour, measurement: name, aggregate: 'count' }), []);
      equal(await history.query({ ...hour, aggregate: 'count', where: { [name]: name } }), []);
    }
  });

  test('what every object has is neither a tag nor a field', async (history) => {
    await history.append([point(0, 5)], 1);
    for (const odd of ['constructor', 'toString', '__proto__']) {
      const where = Object.fromEntries([[odd, 'x']]);
      equal(await history.query({ ...hour, aggregate: 'count', where }), [], `where ${odd}`);
      equal(await history.query({ ...hour, aggregate: 'count', field: odd }), [], `field ${odd}`);
      equal(await history.query({ ...hour, aggregate: 'p50', field: odd }), [], `p50 of ${odd}`);
      equal(await history.query({ ...hour, aggregate: 'count', groupBy: [odd] }), [
        { at: T0, group: Object.fromEntries([[odd, '']]), value: 1, n: 1 },
      ]);
    }
  });

  test('all time may be asked for', async (history) => {
    await history.append([point(0, 5), point(59, 4)], 2);
    const ever = { ...hour, from: 0, to: 8.64e15, field: 'level' } as const;
    equal(await history.query({ ...ever, aggregate: 'sum' }), [
      { at: 0, group: {}, value: 9, n: 2 },
    ]);
    const every = 366 * 86_400_000;
    const { to } = hour;
    const [row] = await history.query({ ...ever, to, every, aggregate: 'max' });
    equal(row, { at: Math.floor(T0 / every) * every, group: {}, value: 5, n: 2 });
  });

  test('a tag is no field and a field is no tag', async (history) => {
    await history.append([point(0, 5)], 1);
    equal(await history.query({ ...hour, aggregate: 'count', field: 'window' }), []);
    equal(await history.query({ ...hour, aggregate: 'count', where: { level: '5' } }), []);
    equal(
      await history.query({ ...hour, aggregate: 'sum', field: 'given' }),
      [],
      'true has no sum',
    );
    const [row] = await history.query({ ...hour, aggregate: 'count', groupBy: ['level'] });
    equal(row, { at: T0, group: { level: '' }, value: 1, n: 1 });
  });

  test('more rows than an answer may have are refused', async (history) => {
    const points = Array.from({ length: 11 }, (_, minute) =>
      Array.from({ length: 2_000 }, (_, window) =>
        point(minute, 5, { window: `w${window}` }, window),
      ),
    ).flat();
    for (let at = 0; at < points.length; at += 5_000) {
      await history.append(points.slice(at, at + 5_000), at + 1);
    }
    const ask = { ...hour, aggregate: 'count', groupBy: ['window'] } as const;
    equal((await history.query(ask)).length, 2_000);
    await rejects(history.query({ ...ask, every: MINUTE }), HistoryQueryError);
  });

  test('batches on their way together end in order', async (history) => {
    const batches = Array.from({ length: 8 }, (_, batch) =>
      Array.from({ length: 300 }, (_, index) => point(batch, 5, {}, batch * 300 + index)),
    );
    const ends: number[] = [];
    await Promise.all(
      batches.map(async (points, index) => {
        await history.append(points, index + 1);
        ends.push(index + 1);
        ok((await history.through()) >= index + 1);
      }),
    );
    equal(ends, [1, 2, 3, 4, 5, 6, 7, 8]);
    equal((await history.query({ ...hour, aggregate: 'count' }))[0]?.value, 2_400);
  });

  test('bins begin at the range’s beginning; empty ones are absent', async (history) => {
    await history.append([point(0, 5), point(9, 4), point(10, 3), point(35, 2)], 4);
    const rows = await history.query({ ...hour, every: 10 * MINUTE, aggregate: 'count' });
    equal(
      rows.map(({ at, value }) => [(at - T0) / MINUTE, value]),
      [
        [0, 2],
        [10, 1],
        [30, 1],
      ],
    );
  });

  test('hours and days of a longer stretch, each with its percentiles', async (history) => {
    const points = Array.from({ length: 72 * 3 }, (_, index) =>
      point(index * 20, index % 24, { window: `w${(index % 2) + 1}` }, index),
    );
    await history.append(points, points.length);
    const range = { ...hour, to: T0 + 72 * HOUR, field: 'level' } as const;
    const hours = await history.query({ ...range, every: HOUR, aggregate: 'max' });
    equal(
      hours.map(({ value, n }) => [value, n]),
      Array.from({ length: 72 }, (_, index) => [((index * 3) % 24) + 2, 3]),
    );
    const days = await history.query({
      ...{ ...range, every: DAY, aggregate: 'p90', groupBy: ['window'] },
    });
    equal(
      days.map(({ at, group, value, n }) => [(at - T0) / DAY, group['window'], value, n]),
      [0, 1, 2].flatMap((day) => [
        [day, 'w1', 20, 36],
        [day, 'w2', 21, 36],
      ]),
    );
  });

  test('the range is from its beginning to before its end', async (history) => {
    await history.append([point(-1, 5), point(0, 5), point(59, 5), point(60, 5)], 4);
    const [row] = await history.query({ ...hour, aggregate: 'count' });
    equal(row?.value, 2);
  });

  test('groups by tags and keeps to tag values', async (history) => {
    const points = [
      point(0, 5),
      point(1, 1, { window: 'w2' }),
      point(2, 3, { window: 'w2', type: 'x' }),
    ];
    await history.append(points, 3);
    const rows = await history.query({
      ...hour,
      aggregate: 'mean',
      field: 'level',
      groupBy: ['window'],
    });
    equal(rows, [
      { at: T0, group: { window: 'w1' }, value: 5, n: 1 },
      { at: T0, group: { window: 'w2' }, value: 2, n: 2 },
    ]);
    const some = await history.query({ ...hour, aggregate: 'count', where: { window: 'w2' } });
    equal(some[0]?.value, 2);
    equal(await history.query({ ...hour, aggregate: 'count', where: { window: 'w9' } }), []);
  });

  test('a field that some points lack counts where it is', async (history) => {
    const { level: _, ...rest } = point(1, 0).fields;
    await history.append([point(0, 5), { ...point(1, 0), fields: rest }], 2);
    const [row] = await history.query({ ...hour, aggregate: 'mean', field: 'level' });
    equal(row, { at: T0, group: {}, value: 5, n: 1 });
    equal((await history.query({ ...hour, aggregate: 'count', field: 'level' }))[0]?.value, 1);
    equal(await history.query({ ...hour, aggregate: 'sum', field: 'id' }), [], 'text has no sum');
  });

  test('what cannot be asked is refused, not answered wrong', async (history) => {
    const refused = (query: object) =>
      rejects(history.query({ ...hour, aggregate: 'count', ...query }), HistoryQueryError);
    await refused({ to: T0 });
    await refused({ aggregate: 'mean' });
    await refused({ every: 1 });
    await refused({ every: 1_000, to: T0 + 366 * 86_400_000 });
    equal(await history.query({ ...hour, measurement: 'nothing', aggregate: 'count' }), []);
  });

  test('a point that can never be written is told, the others are written', async (history) => {
    const bad: Point = { ...point(0, 5), fields: {} };
    const { written, rejected } = await history.append([bad, point(1, 5)], 2);
    equal(written, 1);
    equal(
      rejected.map((each) => each.point),
      [bad],
    );
    equal(await history.through(), 2);
  });

  test('forgets points that are older than a time', async (history) => {
    await history.append([point(0, 5), point(60, 4), point(119, 3)], 3);
    await history.prune(T0 + 60 * MINUTE);
    const both = { ...hour, to: T0 + 120 * MINUTE, field: 'level' } as const;
    equal(await history.query({ ...both, aggregate: 'sum' }), [
      { at: T0, group: {}, value: 7, n: 2 },
    ]);
  });

  test('bins of the calendar: the first begins at the range’s beginning', async (history) => {
    const at = (date: string, minute = 0) => instantAt(ZONE, date, minute);
    const days = ['2026-01-30', '2026-01-31', '2026-02-01', '2026-02-02', '2026-03-01'];
    // Each an hour after midnight, and the last one of them at the last minute of its day as well.
    const points = days.map((date, index) => pointAt(at(date, 60), index + 1));
    await history.append([...points, pointAt(at('2026-03-02') - MINUTE, 9)], 6);
    const range = { measurement: 'evaluation', from: at('2026-01-30', 30), to: at('2026-03-02') };
    const ask = async (calendar: CalendarBin, more: Partial<HistoryQuery> = {}) => {
      const asked = { ...range, aggregate: 'count', calendar, ...more } as const;
      return (await history.query(asked)).map((row) => [row.at, row.value, row.n]);
    };
    equal(await ask('day'), [
      [range.from, 1, 1],
      ...days.slice(1, 4).map((date) => [at(date), 1, 1]),
      [at('2026-03-01'), 2, 2],
    ]);
    equal(await ask('week'), [
      [range.from, 3, 3],
      [at('2026-02-02'), 1, 1],
      [at('2026-02-23'), 2, 2],
    ]);
    equal(await ask('month', { aggregate: 'p50', field: 'level' }), [
      [range.from, 1, 2],
      [at('2026-02-01'), 3, 2],
      [at('2026-03-01'), 5, 2],
    ]);
    equal(await ask('year', { aggregate: 'mean', field: 'level' }), [[range.from, 4, 6]]);
    equal(await ask('day', { to: at('2026-01-30', 61), where: { window: 'w1' } }), [
      [range.from, 1, 1],
    ]);
    const grouped = await history.query({
      ...{ ...range, aggregate: 'max', field: 'level', calendar: 'month', groupBy: ['window'] },
    });
    equal(
      grouped.map(({ group, value }) => [group, value]),
      [2, 4, 9].map((value) => [{ window: 'w1' }, value]),
    );
    equal(await ask('day', { where: { window: 'w9' } }), []);
    equal(await ask('day', { measurement: 'nothing' }), []);
    const both = { ...range, aggregate: 'count', calendar: 'day', every: DAY } as const;
    await rejects(history.query(both), HistoryQueryError);
  });

  test('bins of the calendar: all time, as far as there are points', async (history) => {
    const monday = instantAt(ZONE, '2026-03-02', 0);
    const days = [0, 3, 9].map((day) => monday + day * DAY);
    await history.append(
      days.map((at) => pointAt(at + HOUR, 4)),
      3,
    );
    const ever = { measurement: 'evaluation', from: 0, to: 8.64e15, aggregate: 'count' } as const;
    const ask = async (calendar: CalendarBin) =>
      (await history.query({ ...ever, calendar })).map(({ at, value }) => [at, value]);
    equal(
      await ask('day'),
      days.map((at) => [at, 1]),
    );
    equal(await ask('week'), [
      [monday, 2],
      [monday + 7 * DAY, 1],
    ]);
    equal(await ask('year'), [[instantAt(ZONE, '2026-01-01', 0), 3]]);
  });

  test('bins of the calendar: no more rows than an answer may have', async (history) => {
    const points = Array.from({ length: 11 }, (_, day) =>
      Array.from({ length: 2_000 }, (_, window) =>
        pointAt(T0 + day * DAY, 5, { window: `w${window}` }, window),
      ),
    ).flat();
    for (let at = 0; at < points.length; at += 5_000) {
      await history.append(points.slice(at, at + 5_000), at + 1);
    }
    const ask = { ...hour, aggregate: 'count', calendar: 'day', groupBy: ['window'] } as const;
    equal((await history.query({ ...ask, to: T0 + 9 * DAY })).length, 18_000);
    await rejects(history.query({ ...ask, to: T0 + 11 * DAY }), HistoryQueryError);
  });

  for (const [timezone, ...hours] of [
    // 29 March 2026 has 23 hours in Berlin, 25 October has 25; clocks of Lord Howe move by half an hour on 5 April.
    ['Europe/Berlin', '2026-03-28', 24, 23, 24],
    ['Europe/Berlin', '2026-10-24', 24, 25, 24],
    ['Asia/Kolkata', '2026-03-28', 24, 24, 24],
    ['Australia/Lord_Howe', '2026-04-04', 24, 24.5, 24],
  ] as const) {
    const [date, ...lengths] = hours;
    test(
      `bins of the calendar: days of ${timezone} from ${date}`,
      async (history) => {
        const from = instantAt(timezone, date, 0);
        const begins = lengths.map((_, day) =>
          lengths.slice(0, day).reduce<number>((at, length) => at + length * HOUR, from),
        );
        const to = lengths.reduce<number>((at, length) => at + length * HOUR, from);
        const points = [];
        for (let at = from; at < to; at += HOUR / 2) points.push(pointAt(at, 4));
        await history.append(points, points.length);
        const query = { measurement: 'evaluation', from, to, aggregate: 'count' } as const;
        const days = await history.query({ ...query, calendar: 'day' });
        equal(
          days.map(({ at, value }) => [at, value]),
          lengths.map((length, day) => [begins[day], length * 2]),
        );
      },
      timezone,
    );
  }
}
