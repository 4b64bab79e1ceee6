// Rollups: an answer from them is the one from raw points, whatever came late, twice or while it was asked.
import { deepStrictEqual as equal } from 'node:assert/strict';
import { businessDate, instantAt } from '../../hall/zone-time.ts';
import { openEmbeddedHistory } from '../../gateway/history/embedded.ts';
import { openRolledHistory } from '../../gateway/history/rolled.ts';
import type { History, HistoryQuery } from '../../gateway/history.ts';
import { historyContract } from './history-contract.ts';
import {
  compare,
  DAY,
  HOUR,
  newFolder,
  point,
  randomRun,
  rig,
  T0,
  type Rig,
  ZONE,
} from './rolled-rig.ts';

historyContract('with rollups, nothing gathered', async () => {
  const { rolled, pass } = rig();
  return {
    ...bound(rolled),
    prune: (before) => {
      pass(HOUR);
      return rolled.prune(before);
    },
  };
});

historyContract('with rollups, all gathered', async () => {
  const { rolled, settle } = rig();
  return {
    ...bound(rolled),
    append: async (points, through) => {
      const appended = await rolled.append(points, through);
      await settle();
      return appended;
    },
  };
});

function bound(history: History): History {
  return {
    append: (points, through) => history.append(points, through),
    through: () => history.through(),
    query: (query) => history.query(query),
    scan: (scan) => history.scan(scan),
    extents: () => history.extents(),
    prune: (before) => history.prune(before),
    close: () => history.close(),
  };
}

for (const seed of [1, 2, 3]) {
  Deno.test(`rollups: every answer is the raw one, seed ${seed}`, async () => {
    const each = rig();
    await randomRun(seed, each);
    await each.rolled.close();
  });
}

/** All rows of the measurement in bins of the calendar: begin (ms after T0) and count. */
async function counts({ rolled }: Rig, query: Partial<HistoryQuery>): Promise<[number, number][]> {
  const whole = { measurement: 'evaluation', from: T0, to: T0 + 20 * DAY } as const;
  const rows = await rolled.query({ ...whole, aggregate: 'count', ...query });
  return rows.map(({ at, value }) => [at - T0, value]);
}

const rate = (at: number) => point(at, 'evaluation', { window: 'w1' }, { level: 4 });

Deno.test('rollups: late points, points again, a start anew: every hour is right', async () => {
  const first = rig();
  await first.rolled.append([rate(T0), rate(T0 + DAY)], 2);
  await first.settle();
  equal(first.rolled.touched, 0);
  const late = [rate(T0 + 60_000), rate(T0 + 2 * DAY)];
  await first.rolled.append(late, 4);
  equal(first.rolled.touched, 2);
  const expected = [
    [0, 2],
    [DAY, 1],
    [2 * DAY, 1],
  ];
  equal(await counts(first, { every: DAY }), expected, 'before they are gathered');
  await first.rolled.close();
  const second = rig({ folder: first.folder });
  equal(second.rolled.touched, 2, 'marks outlast the process');
  await second.settle();
  equal(second.rolled.touched, 0);
  await second.rolled.append(late, 4);
  await second.settle();
  equal(await counts(second, { every: DAY }), expected);
  await second.rolled.close();
});

Deno.test(
  'rollups: a history from before them is gathered, and what others write is found',
  async () => {
    const folder = newFolder();
    const before = openEmbeddedHistory(`${folder}/history.sqlite`);
    await before.append([rate(T0), rate(T0 + 5 * DAY)], 2);
    await before.close();
    const first = rig({ folder });
    const found = [
      [0, 1],
      [5 * DAY, 1],
    ];
    equal(await counts(first, { every: DAY }), found, 'at once');
    await first.settle();
    equal(await counts(first, { every: DAY }), found);
    // Another gateway of the hall, told and not told; or a mark that a power cut took.
    await first.raw.append([rate(T0 + 4 * DAY)], 3);
    await first.rolled.close();
    const second = rig({ folder });
    await second.settle();
    equal((await counts(second, { every: DAY })).length, 3);
    await second.rolled.close();
  },
);

Deno.test('rollups: what is written while an hour is gathered is not forgotten', async () => {
  const each = rig();
  const { rolled } = each;
  await rolled.append([rate(T0 + 2 * DAY)], 1);
  await each.settle();
  const many = Array.from({ length: 9_000 }, (_, index) => rate(T0 + index * 10));
  await rolled.append(many, 2);
  each.pass(HOUR);
  const rolling = rolled.roll();
  await rolled.append([rate(T0 + 5)], 3);
  equal(await rolling, true);
  equal(rolled.touched, 1, 'its mark is younger than the calm that it was gathered for');
  equal((await counts(each, { every: HOUR, to: T0 + HOUR }))[0], [0, 9_001]);
  await each.settle();
  equal(rolled.touched, 0);
  equal((await counts(each, { every: HOUR, to: T0 + HOUR }))[0], [0, 9_001]);
  await rolled.close();
});

Deno.test('rollups: outlast the points, but not their own retention', async () => {
  const each = rig();
  const { rolled, raw } = each;
  const points = Array.from({ length: 10 }, (_, day) => rate(T0 + day * DAY + 90 * 60_000));
  await rolled.append(points, 10);
  each.pass(HOUR);
  equal(await rolled.prune(T0 + 5 * DAY + 100 * 60_000), 5, 'whole hours only');
  equal((await raw.query({ ...WHOLE, aggregate: 'count' }))[0]?.value, 5);
  equal((await counts(each, { every: DAY })).length, 10);
  equal((await rolled.query({ ...WHOLE, aggregate: 'p90', field: 'level' }))[0]?.n, 10);
  equal(
    (await counts(each, { calendar: 'week' })).map(([, n]) => n),
    [7, 3],
  );
  // What comes late for an hour that is pruned does not take its figures away.
  await rolled.append([rate(T0 + 91 * 60_000)], 11);
  await each.settle();
  equal((await counts(each, { every: DAY }))[0], [0, 1]);
  rolled.forget(T0 + 2 * DAY);
  equal((await counts(each, { every: DAY })).length, 8);
  await rolled.close();
});

const WHOLE = { measurement: 'evaluation', from: T0, to: T0 + 20 * DAY } as const;

Deno.test(
  'rollups: bins of the calendar, where clocks change and where days begin at half past',
  async () => {
    for (const [timezone, days] of [
      ['Asia/Shanghai', [24, 24, 24]],
      // 29 March 2026 has 23 hours there.
      ['Europe/Berlin', [24, 23, 24]],
      ['Asia/Kolkata', [24, 24, 24]],
      ['Australia/Lord_Howe', [24, 24, 24]],
    ] as const) {
      const each = rig({ timezone });
      const from = instantAt(timezone, '2026-03-28', 0);
      const to = instantAt(timezone, '2026-03-31', 0);
      const points = [];
      for (let at = from; at < to; at += HOUR / 2) points.push(rate(at));
      await each.rolled.append(points, 1);
      const query = { ...WHOLE, from, to, aggregate: 'count', calendar: 'day' } as const;
      const expected = days.map((hours) => hours * 2);
      const asked = async () => (await each.rolled.query(query)).map(({ value }) => value);
      equal(await asked(), expected, `${timezone}, raw`);
      await each.settle();
      equal(await asked(), expected, timezone);
      equal(each.rolled.touched, 0);
      const months = await each.rolled.query({ ...query, calendar: 'month', to: to + 9 * DAY });
      equal(months.length, 1, 'a bin without points is absent');
      await each.rolled.close();
    }
  },
);

Deno.test('rollups: all time is answered as the time in which there is something', async () => {
  const each = rig();
  const { rolled } = each;
  const ever = { from: 0, to: 8.64e15 };
  const always = async (what: Partial<HistoryQuery>) => {
    const rows = await rolled.query({ ...WHOLE, aggregate: 'count', ...what, ...ever });
    return rows.map(({ at, value, n }) => [at, value, n]);
  };
  const days = [0, 3, 9].map((day) => T0 + day * DAY);
  await rolled.append(
    days.map((at) => rate(at + 90 * 60_000)),
    3,
  );
  const expect = async () => {
    equal(await always({}), [[0, 3, 3]]);
    equal(await always({ aggregate: 'p50', field: 'level' }), [[0, 4, 3]]);
    equal(await always({ aggregate: 'max', field: 'entry' }).then((rows) => rows.length), 1);
    equal(
      await always({ calendar: 'day' }),
      days.map((at) => [at, 1, 1]),
    );
    equal(await always({ calendar: 'week' }), [
      [T0, 2, 2],
      [T0 + 7 * DAY, 1, 1],
    ]);
    equal(await always({ calendar: 'year' }), [[instantAt(ZONE, '2026-01-01', 0), 3, 3]]);
    equal(await always({ measurement: 'nothing' }), []);
    equal(await always({ measurement: 'nothing', calendar: 'day' }), []);
  };
  await expect();
  await each.settle();
  await expect();
  await rolled.append([rate(days[2] ?? 0)], 4);
  equal(await always({}), [[0, 4, 4]]);
  await rolled.close();
});

Deno.test('rollups: another zone has other days, another database what it has', async () => {
  const first = rig();
  const points = Array.from({ length: 60 }, (_, index) => rate(T0 + index * 5 * HOUR));
  await first.rolled.append(points, 1);
  await first.settle();
  await first.rolled.close();
  for (const timezone of ['Asia/Tokyo', 'Asia/Kolkata']) {
    const each = rig({ folder: first.folder, timezone });
    const days = async () => {
      const query = { ...WHOLE, aggregate: 'count', calendar: 'day' } as const;
      return (await each.rolled.query(query)).map(({ at, value }) => [at, value]);
    };
    const expected = new Map<number, number>();
    for (let index = 0; index < 60; index++) {
      const date = businessDate(timezone, T0 + index * 5 * HOUR);
      const at = Math.max(T0, instantAt(timezone, date, 0));
      expected.set(at, (expected.get(at) ?? 0) + 1);
    }
    equal(await days(), [...expected], `${timezone}, before it is gathered`);
    await each.settle();
    equal(await days(), [...expected], timezone);
    await compare(each, { ...WHOLE, field: 'level', every: DAY });
    await each.rolled.close();
  }
  // Another database: what the old one had stays known, what is in the new one is gathered.
  const raw = openEmbeddedHistory(`${newFolder()}/history.sqlite`);
  await raw.append([rate(T0 + 15 * DAY)], 1);
  const file = `${first.folder}/rollup.sqlite`;
  const other = openRolledHistory({ raw, file, timezone: 'Asia/Kolkata', source: 'another' });
  while (await other.roll());
  // Hours begin at half past there.
  const whole = { ...WHOLE, from: T0 - HOUR / 2, aggregate: 'count' } as const;
  equal((await other.query(whole))[0]?.value, 61);
  await other.close();
});
