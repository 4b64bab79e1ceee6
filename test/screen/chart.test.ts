// The day's curve, by table: gaps stay gaps, the present is the last point, hours are those of the hall's own clocks.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { curveMonotoneX, line } from 'd3-shape';
import {
  rangePath,
  breaksOf,
  daySpan,
  hourTicks,
  monotonePath,
  roundTop,
  waitingAhead,
  waitingRange,
  waitingSeries,
} from '../../screen/chart/day.ts';
import { zoneOffset } from '../../hall/zone-time.ts';

const HOUR = 3_600_000;
const MINUTE = 60_000;
const MIDNIGHT = Date.UTC(2026, 4, 11, 16); // 2026-05-12 00:00 in Shanghai
const at = (hours: number) => MIDNIGHT + hours * HOUR;
const open = [
  [at(8.5), at(12)],
  [at(13.5), at(17.5)],
] as const;

test('the span is the opening hours, widened by what happened outside of them', () => {
  assert.deepEqual(daySpan(open, [], 15 * MINUTE, at(10)), [at(8.5), at(17.5)]);
  const early = [{ from: at(8), issued: 3, waiting: 3 }];
  assert.deepEqual(daySpan(open, early, 15 * MINUTE, at(10)), [at(8), at(17.5)]);
  assert.deepEqual(daySpan([], [], 15 * MINUTE, at(10)), [at(9), at(10)]);
});

test('lunch is the break between opening hours', () => {
  assert.deepEqual(breaksOf(open), [[at(12), at(13.5)]]);
  assert.deepEqual(breaksOf([open[1], open[0]]), [[at(12), at(13.5)]]);
  assert.deepEqual(breaksOf([[at(9), at(17)]]), []);
});

test('missing data is a gap and never a zero; the present closes the series', () => {
  const bins = [
    { from: at(9), issued: 4, waiting: 4 },
    { from: at(9.25), issued: 6 },
    { from: at(9.5), issued: 6, waiting: 9 },
    { from: at(10), issued: 5, waiting: 7 },
    { from: at(10.25), issued: 2, waiting: 8 },
  ];
  assert.deepEqual(waitingSeries(bins, 15 * MINUTE, at(10.4), 11), [
    { at: at(9.25), value: 4 },
    { at: at(9.5) },
    { at: at(9.75), value: 9 },
    { at: at(9.75) },
    { at: at(10.25), value: 7 },
    { at: at(10.4), value: 11 },
  ]);
});

test('a long silence before the present is a gap, and nothing of the future is drawn', () => {
  const bins = [
    { from: at(9), issued: 4, waiting: 4 },
    { from: at(12), issued: 0, waiting: 0 },
  ];
  assert.deepEqual(waitingSeries(bins, 15 * MINUTE, at(10), 5), [
    { at: at(9.25), value: 4 },
    { at: at(9.25) },
    { at: at(10), value: 5 },
  ]);
  assert.deepEqual(waitingSeries([], 15 * MINUTE, at(10), undefined), []);
});

test('ticks are full hours of the hall, whatever zone the machine is in', () => {
  const labels = hourTicks([at(8.5), at(17.5)], 'Asia/Shanghai', 12).map((tick) => tick.label);
  assert.deepEqual(labels, [
    '9:00',
    '10:00',
    '11:00',
    '12:00',
    '13:00',
    '14:00',
    '15:00',
    '16:00',
    '17:00',
  ]);
  const few = hourTicks([at(8.5), at(17.5)], 'Asia/Shanghai', 4).map((tick) => tick.label);
  assert.deepEqual(few, ['9:00', '12:00', '15:00']);
  const kathmandu = hourTicks([at(8), at(10)], 'Asia/Kathmandu', 12);
  assert.equal(new Date(kathmandu[0]?.at ?? 0).toISOString(), '2026-05-12T00:15:00.000Z');
});

test('the zone’s offset counts summer time and zones behind UTC', () => {
  assert.equal(zoneOffset('Asia/Shanghai', at(9) + 123), 8 * HOUR);
  assert.equal(zoneOffset('Etc/GMT+5', at(9)), -5 * HOUR);
  assert.equal(zoneOffset('Europe/Berlin', Date.UTC(2026, 6, 1)), 2 * HOUR);
  assert.equal(zoneOffset('Europe/Berlin', Date.UTC(2026, 0, 1)), HOUR);
});

test('an axis has at most three ticks, starts at zero and leaves room above', () => {
  for (const value of [0, 1, 4, 9, 37, 93, 140, 999, 4321]) {
    const { top, ticks } = roundTop(value);
    assert.ok(top >= value && ticks.length >= 1 && ticks.length <= 3, `${value}: ${ticks.join()}`);
    assert.equal(ticks.at(-1), top);
  }
});

test('a line between points is the one that d3-shape draws', () => {
  const round = (path: string) => path.replace(/-?\d+(\.\d+)?(e-?\d+)?/g, (n) => (+n).toFixed(3));
  const tables: [number, number][][] = [
    [[3, 4]],
    [
      [0, 9],
      [4, 2],
      [9, 2],
      [10, 30],
      [25, 29.5],
      [40, 0],
    ],
    [
      [0, 9],
      [4, 2],
      [9, 5],
      [9, 3],
    ],
  ];
  for (const points of tables) {
    const expected = line().curve(curveMonotoneX)(points) ?? '';
    assert.equal(
      round(monotonePath(points)),
      round(expected).replace(/-0\.000/g, '0.000'),
      expected,
    );
  }
});

test('26.3 a range has the half hours’ ends within the day, and no point where the value is not known', () => {
  const half = 30 * MINUTE;
  const waiting = { p10: 1, p50: 2, p90: 4 };
  const bins = [{ from: at(7.5), waiting }, { from: at(9), waiting }, { from: at(9.5) }];
  const point = { low: 1, middle: 2, high: 4 };
  assert.deepEqual(waitingRange(bins, half, [at(8.5), at(10)]), [{ at: at(9.5), ...point }]);
  const ahead = waitingAhead(bins, half, [at(9.2), at(10)], 7);
  assert.deepEqual(ahead, [
    { at: at(9.2), low: 7, middle: 7, high: 7 },
    { at: at(9.5), ...point },
  ]);
  assert.deepEqual(waitingAhead(bins, half, [at(9.2), at(10)], undefined), []);
  assert.deepEqual(waitingAhead(bins, half, [at(9.5), at(10)], 7), [], 'nothing is still to come');
  const path = rangePath(
    ahead,
    (value) => (value - at(9)) / MINUTE,
    (value) => value,
  );
  assert.match(path, /^M12,7C.* 30,4|^M12,7C.*,30,4/);
  assert.ok(path.endsWith('L30,1L12,7Z'), path);
  assert.equal(rangePath([], Number, Number), '');
});
