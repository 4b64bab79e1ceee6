// Bins of the calendar: complete, in order, also where clocks are changed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { binsOf, instantText } from '../../hall/figure/bins.ts';

const BERLIN = 'Europe/Berlin';
const at = (text: string) => Date.parse(text);

test('15.4 days and hours follow the clocks of the zone', () => {
  const days = binsOf(BERLIN, at('2026-03-28T00:00+01:00'), at('2026-03-31T00:00+02:00'), 'day');
  assert.deepEqual(
    days.rows.map(({ from }) => from),
    ['2026-03-28T00:00:00+01:00', '2026-03-29T00:00:00+01:00', '2026-03-30T00:00:00+02:00'],
  );
  const hours = binsOf(BERLIN, at('2026-03-29T00:00+01:00'), at('2026-03-30T00:00+02:00'), 'hour');
  assert.equal(hours.rows.length, 23);
  assert.equal(hours.rows[2]?.['from'], '2026-03-29T03:00:00+02:00');
});

test('15.4 weeks begin on Monday; a bin that has begun before has the key of its begin', () => {
  const from = at('2026-01-01T00:00+08:00');
  const weeks = binsOf('Asia/Shanghai', from, at('2026-01-12T00:00+08:00'), 'week');
  assert.deepEqual(
    weeks.rows.map((row) => row['from']),
    ['2025-12-29T00:00:00+08:00', '2026-01-05T00:00:00+08:00'],
  );
  assert.equal(weeks.starts[0], from);
  const years = binsOf('Asia/Shanghai', at('2024-06-01T00:00+08:00'), from, 'year');
  assert.deepEqual(
    years.rows.map((row) => row['from']),
    ['2024-01-01T00:00:00+08:00', '2025-01-01T00:00:00+08:00'],
  );
});

test('15.4 the hours of the week: 1 is Monday, hours are those of the wall', () => {
  const bins = binsOf(
    'Asia/Kolkata',
    at('2026-11-30T00:00+05:30'),
    at('2026-12-08T00:00+05:30'),
    'weekday-hour',
  );
  assert.equal(bins.rows.length, 168);
  assert.equal(bins.starts.length, 8 * 24);
  const [first, ninth] = [bins.rowOf[0] ?? -1, bins.rowOf[7 * 24 + 9] ?? -1];
  assert.deepEqual(bins.rows[first], { weekday: 1, hour: 0 });
  assert.deepEqual(bins.rows[ninth], { weekday: 1, hour: 9 });
  assert.equal(instantText('Asia/Kolkata', bins.starts[0] ?? 0), '2026-11-30T00:00:00+05:30');
});
