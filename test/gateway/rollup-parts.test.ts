// The parts of rollups: how a range is split, how values are kept small, how columns are packed.
import { deepStrictEqual as equal, ok, throws } from 'node:assert/strict';
import fc from 'fast-check';
import { rankOf } from '../../gateway/history/bin.ts';
import { packColumns, unpackColumns } from '../../gateway/history/rollup/columns.ts';
import { edgesOf, HOUR_MS, hourOf, phaseOf, planOf } from '../../gateway/history/rollup/plan.ts';
import type { Ground, Known } from '../../gateway/history/rollup/plan.ts';
import {
  compressRanks,
  percentileOf,
  RANK_ERROR,
  RankSum,
} from '../../gateway/history/rollup/ranks.ts';
import { ROWS_MAX, type HistoryQuery } from '../../gateway/history.ts';
import { instantAt } from '../../hall/zone-time.ts';
import { chance } from '../sim/random.ts';

const H = HOUR_MS;
const ALWAYS: Known = { from: -Infinity, to: Infinity };
const NOTHING: Ground = { phaseMs: 0, known: ALWAYS, touched: [], days: [], prunedBefore: 0 };

/** The plan in hours: `raw 0-1`. */
function plan(edges: readonly number[], ground: Partial<Ground> = {}): string[] {
  const scaled = {
    ...NOTHING,
    ...ground,
    touched: (ground.touched ?? []).map((hour) => hour * H),
    days: (ground.days ?? []).map(({ from, to }) => ({ from: from * H, to: to * H })),
    prunedBefore: (ground.prunedBefore ?? 0) * H,
    known: { from: (ground.known ?? ALWAYS).from * H, to: (ground.known ?? ALWAYS).to * H },
  };
  return planOf(
    edges.map((hour) => hour * H),
    scaled,
  ).map(({ kind, from, to }) => `${kind} ${from / H}-${to / H}`);
}

Deno.test('plan: whole hours come from rollups, what is cut or touched is raw', () => {
  equal(plan([0, 24]), ['hours 0-24']);
  equal(plan([0.5, 24]), ['raw 0.5-1', 'hours 1-24']);
  equal(plan([0, 23.25]), ['hours 0-23', 'raw 23-23.25']);
  equal(plan([2.25, 2.75]), ['raw 2.25-2.75']);
  equal(plan([0, 1.5, 3]), ['hours 0-1', 'raw 1-2', 'hours 2-3'], 'a bin begins within an hour');
  equal(plan([0, 2, 4]), ['hours 0-4'], 'one that begins with an hour cuts nothing');
  equal(plan([0, 10], { touched: [3, 4, 9] }), [
    ...['hours 0-3', 'raw 3-5', 'hours 5-9', 'raw 9-10'],
  ]);
});

Deno.test('plan: rolled days serve where they lie within one bin', () => {
  const days = [0, 24, 48, 72].map((from) => ({ from, to: from + 24 }));
  equal(plan([0, 96], { days }), ['days 0-96']);
  equal(plan([12, 96], { days }), ['hours 12-24', 'days 24-96']);
  equal(plan([0, 36, 96], { days }), ['days 0-24', 'hours 24-48', 'days 48-96']);
  equal(plan([0, 80], { days: days.slice(0, 2) }), ['days 0-48', 'hours 48-80']);
  equal(plan([0, 72], { days, touched: [30] }), [
    ...['days 0-24', 'hours 24-30', 'raw 30-31', 'hours 31-48', 'days 48-72'],
  ]);
});

Deno.test('plan: of hours whose points are gone there is the rollup alone', () => {
  equal(plan([0.5, 10], { prunedBefore: 5, touched: [2, 7] }), [
    ...['hours 1-7', 'raw 7-8', 'hours 8-10'],
  ]);
});

Deno.test('plan: nothing is looked for outside of what is known, whatever is asked', () => {
  const known = { from: 26, to: 60 };
  const always = [0, 8.64e15 / H];
  const days = [24, 48].map((from) => ({ from, to: from + 24 }));
  equal(plan(always, { known }), ['hours 26-60']);
  equal(plan(always, { known: { from: 24, to: 72 }, days, touched: [50] }), [
    ...['days 24-48', 'hours 48-50', 'raw 50-51', 'hours 51-72'],
  ]);
  equal(plan([0, 30.5, 8.64e15 / H], { known }), ['hours 26-30', 'raw 30-31', 'hours 31-60']);
  equal(plan([0, 20], { known }), []);
  equal(plan([70, 90], { known }), []);
  equal(plan([28.5, 58.5], { known }), ['raw 28.5-29', 'hours 29-58', 'raw 58-58.5']);
});

Deno.test('plan: every moment of the range is read once', () => {
  const hours = fc.integer({ min: 0, max: 200 });
  const some = fc.uniqueArray(hours, { maxLength: 20 }).map((list) => list.sort((a, b) => a - b));
  const quarters = fc
    .uniqueArray(fc.integer({ min: 0, max: 800 }), { minLength: 2, maxLength: 12 })
    .map((list) => list.sort((a, b) => a - b).map((quarter) => (quarter * H) / 4));
  fc.assert(
    fc.property(
      quarters,
      some,
      fc.uniqueArray(fc.integer({ min: 0, max: 8 })),
      (edges, touched, dayList) => {
        const days = dayList
          .sort((a, b) => a - b)
          .map((day) => ({ from: day * 24 * H, to: (day + 1) * 24 * H }));
        const stretches = planOf(edges, {
          ...NOTHING,
          touched: touched.map((hour) => hour * H),
          days,
        });
        let at = edges[0] ?? 0;
        for (const { kind, from, to } of stretches) {
          equal(from, at);
          ok(to > from);
          if (kind !== 'raw') ok(from % H === 0 && to % H === 0);
          at = to;
        }
        equal(at, edges.at(-1));
      },
    ),
  );
});

Deno.test('edges: bins of the calendar begin with the hall’s days, weeks and months', () => {
  const zone = 'Asia/Shanghai';
  const at = (date: string) => instantAt(zone, date, 0);
  const query: HistoryQuery = {
    ...{ measurement: 'ticket', aggregate: 'count' },
    ...{ from: at('2026-01-30') + 5, to: at('2026-03-03') },
  };
  const edges = (calendar: 'week' | 'month' | 'year') =>
    edgesOf({ ...query, calendar }, zone, ALWAYS);
  equal(edges('month'), [query.from, at('2026-02-01'), at('2026-03-01'), query.to]);
  equal(edges('week').slice(0, 3), [query.from, at('2026-02-02'), at('2026-02-09')]);
  equal(edges('year'), [query.from, query.to]);
  equal(edgesOf({ ...query, calendar: 'day' }, zone, ALWAYS).length, 33);
  const century = { ...query, to: query.from + ROWS_MAX * 24 * H + 1, calendar: 'day' } as const;
  // Of all time there are bins only where anything is known.
  const known = { from: at('2026-02-11'), to: at('2026-04-02') };
  const ever = (calendar: 'day' | 'week' | 'month' | 'year') =>
    edgesOf({ ...query, from: 0, to: 8.64e15, calendar }, zone, known);
  equal(ever('month'), [at('2026-02-01'), at('2026-03-01'), at('2026-04-01'), known.to]);
  equal(ever('week')[0], at('2026-02-09'));
  equal(ever('year'), [at('2026-01-01'), known.to]);
  equal(ever('day').length, 51);
  throws(() => edgesOf(century, zone, ALWAYS), /calendar: makes over 20000 bins/);
});

Deno.test('hours: they begin with the days of the zone', () => {
  const now = Date.UTC(2026, 5, 1);
  equal(phaseOf('Asia/Shanghai', now), 0);
  equal(phaseOf('Asia/Kolkata', now), H / 2);
  equal(phaseOf('Asia/Kathmandu', now), H / 4);
  equal(hourOf(5 * H + 60_000, H / 4), 4 * H + H / 4);
});

Deno.test(
  'ranks: percentiles stay within the stated error, however often they are made small',
  () => {
    const value = fc.oneof(
      fc.integer({ min: -5_000, max: 2_000_000 }),
      fc.double({ min: -1e6, max: 1e9, noNaN: true }),
    );
    fc.assert(
      fc.property(
        fc.array(value, { minLength: 1, maxLength: 400 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (values, share) => {
          const counted = new Map<number, number>();
          for (const each of values) counted.set(each, (counted.get(each) ?? 0) + 1);
          const once = compressRanks(counted);
          const twice = compressRanks(once.ranks);
          const sorted = values.toSorted((a, b) => a - b);
          const right = sorted[rankOf(share, sorted.length) - 1] ?? Number.NaN;
          const limit = once.moved ? RANK_ERROR * Math.abs(right) : 0;
          ok(Math.abs(percentileOf(once.ranks, share) - right) <= limit);
          equal(percentileOf(twice.ranks, share), percentileOf(once.ranks, share));
        },
      ),
    );
  },
);

Deno.test(
  'ranks: from many places, few or very many, the percentile is that of all of them',
  () => {
    for (const [places, each] of [
      [3, 40],
      [40, 60],
      [30, 1_000],
    ] as const) {
      const dice = chance(places);
      const sum = new RankSum();
      const all: number[] = [];
      for (let place = 0; place < places; place++) {
        const values = Array.from({ length: each }, () => dice.next() ** 4 * 5_000);
        for (const value of values.sort((a, b) => a - b)) {
          const count = 1 + dice.below(3);
          sum.add(value, count);
          for (let copy = 0; copy < count; copy++) all.push(value);
        }
      }
      all.sort((a, b) => a - b);
      equal(sum.n, all.length);
      equal(sum.moved, places * each > 8_192);
      for (const share of [0, 0.1, 0.5, 0.9, 1]) {
        const right = all[rankOf(share, all.length) - 1] ?? Number.NaN;
        const limit = sum.moved ? RANK_ERROR * right : 0;
        ok(Math.abs(sum.percentile(share) - right) <= limit, `${share} of ${places} × ${each}`);
      }
    }
  },
);

Deno.test('ranks: what people count stays whole', () => {
  const people = new Map(Array.from({ length: 150 }, (_, index) => [index, 1] as const));
  equal(compressRanks(people).moved, false);
  const crowd = compressRanks(new Map(Array.from({ length: 900 }, (_, index) => [index, 1])));
  ok(crowd.moved && crowd.ranks.size < 500);
  ok([...crowd.ranks.keys()].every(Number.isInteger));
});

Deno.test('columns: come out as they went in, as narrow as they may be', () => {
  const column = fc.oneof(
    fc.array(fc.integer({ min: 0, max: 255 })),
    fc.array(fc.integer({ min: 0, max: 70_000 })),
    fc.array(fc.integer({ min: -9, max: 3_000_000_000 })),
    fc.array(fc.double({ noNaN: true }).map((value) => value + 0)),
  );
  fc.assert(
    fc.property(fc.array(column, { maxLength: 6 }), (columns) => {
      equal(
        unpackColumns(packColumns(columns)).map((each) => [...each]),
        columns.map((each) => each.map((value) => value + 0)),
      );
    }),
  );
  ok(packColumns([Array.from({ length: 800 }, () => 200)]).length < 850);
});
