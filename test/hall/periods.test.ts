// SPEC §26.7: the spans of the month and year so far, and their sums.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  addSums,
  periodOf,
  reachesBack,
  spanLastYear,
  spanSoFar,
  sumsOf,
} from '../../hall/periods.ts';
import { sampleHall } from './sample.ts';

const config = sampleHall((yaml) =>
  yaml.replace(/hours: .*/, 'hours: { weekdays: ["08:30-17:30"] }'),
);
const at = (text: string) => Date.parse(`${text}+08:00`);

test('26.7 the same span of last year ends at the same minute of the same date', () => {
  const now = at('2026-03-10T10:12:00');
  const day = (text: string) => at(`${text}T00:00:00`);
  assert.deepEqual(spanSoFar(config, 'month', now), {
    ...{ from: day('2026-03-01'), lastDay: day('2026-03-10'), to: now },
  });
  assert.deepEqual(spanLastYear(config, 'year', now), {
    ...{ from: day('2025-01-01'), lastDay: day('2025-03-10'), to: at('2025-03-10T10:12:00') },
  });
  // 2027 has no 29 February: all of its February.
  assert.deepEqual(spanLastYear(config, 'month', at('2028-02-29T10:00:00')), {
    ...{ from: day('2027-02-01'), lastDay: day('2027-03-01'), to: day('2027-03-01') },
  });
});

test('26.7 a span is known where its first day with opening hours has facts', () => {
  const from = at('2026-03-01T00:00:00'); // a Sunday
  assert.equal(reachesBack(config, from, undefined), false);
  assert.equal(reachesBack(config, from, '2025-07-01'), true);
  assert.equal(reachesBack(config, from, '2026-03-02'), true);
  assert.equal(reachesBack(config, from, '2026-03-03'), false);
});

test('26.7 figures of a period are made of the sums of its parts; without a case they are absent', () => {
  const before = sumsOf([
    {
      issued: { value: 3, n: 3 },
      served: { value: 3, n: 3 },
      wait_mean_ms: { value: 100 / 3, n: 3 },
    },
    { issued: { value: 1, n: 1 }, served: null, satisfaction: { value: 2 / 3, n: 3 } },
  ]);
  const today = sumsOf([{ issued: { value: 2, n: 2 }, wait_mean_ms: { value: 50, n: 1 } }]);
  assert.deepEqual(periodOf({ from: 0, to: 1 }, addSums(before, today)), {
    ...{ from: 0, to: 1, issued: 6, served: 3 },
    meanWaitMs: { value: 37.5, n: 4 },
    satisfaction: { value: 2 / 3, n: 3 },
  });
  assert.deepEqual(periodOf({ from: 0, to: 1 }, sumsOf([])), { from: 0, to: 1 });
});
