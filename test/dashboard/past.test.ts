// Figures of earlier days: what is asked, and what the rows of an answer come to.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pastAddress, pastBars, pastQuestion, pastText, weekCells } from '../../dashboard/past.ts';

test('28.1 four weeks and a year end with yesterday, and begin on its weekday', () => {
  const month = pastQuestion('issued', 'week', 28, '2026-03-01');
  assert.deepEqual([month.from, month.to], ['2026-02-01', '2026-02-28']);
  assert.equal(
    pastAddress(month),
    '/api/v1/figures?figure=issued&from=2026-02-01&to=2026-02-28&per=weekday-hour',
  );
  const year = pastQuestion('satisfaction', 'course', 364, '2026-03-01');
  assert.match(pastAddress(year), /from=2025-03-02&to=2026-02-28&per=month$/);
  assert.match(pastAddress(pastQuestion('issued', 'course', 28, '2026-03-01')), /per=day$/);
  assert.match(
    pastAddress(pastQuestion('issued', 'department', 28, '2026-03-01')),
    /by=department$/,
  );
});

test('28.2 what has no case is nowhere: an hour, a day, a department', () => {
  const rows = [
    { weekday: 1, hour: 9, issued: { value: 12, n: 12 } },
    { weekday: 7, hour: 9, issued: null },
  ];
  assert.deepEqual(weekCells(rows, 'issued'), [{ weekday: 1, hour: 9, value: 12, n: 12 }]);
  const days = [
    { from: '2026-02-01T00:00:00+08:00', issued: { value: 3, n: 3 } },
    { from: '2026-02-02T00:00:00+08:00', issued: null },
  ];
  const course = pastQuestion('issued', 'course', 28, '2026-03-01');
  assert.deepEqual(pastBars(days, course), [{ of: '02-01', value: 3, n: 3 }]);
  const year = pastQuestion('issued', 'course', 364, '2026-03-01');
  assert.equal(pastBars(days, year)[0]?.of, '2026-02');
});

test('28.2 departments: the greatest first; one that nobody named is shown as such', () => {
  const rows = [
    { department: '税务局', issued: { value: 3, n: 3 } },
    { department: null, issued: { value: 1, n: 1 } },
    { department: '公安局', issued: { value: 9, n: 9 } },
  ];
  const asked = pastQuestion('issued', 'department', 28, '2026-03-01');
  assert.deepEqual(
    pastBars(rows, asked).map(({ of }) => of),
    ['公安局', '税务局', undefined],
  );
});

test('28.2 values as people read them', () => {
  assert.equal(pastText('count', 1204), '1,204');
  assert.equal(pastText('ms', 7.31 * 60_000), '7.3');
  assert.equal(pastText('share', 0.9641), '96.4');
  assert.equal(pastText('share', undefined), '—');
});
