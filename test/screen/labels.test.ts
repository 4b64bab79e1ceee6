// Labels of the day's curve: none over another, none outside, the present's first of all.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { placeLabels, type Label } from '../../screen/chart/labels.ts';
import { dateEn, dateZh, timeOfDay, timeOfDaySeconds } from '../../screen/time.ts';

const label = fc.record({
  left: fc.integer({ min: 0, max: 300 }),
  width: fc.integer({ min: 10, max: 120 }),
  middle: fc.integer({ min: -50, max: 250 }),
  height: fc.integer({ min: 10, max: 22 }),
});

test('labels never touch, and stay within the chart', () => {
  fc.assert(
    fc.property(fc.array(label, { maxLength: 4 }), (labels) => {
      const middles = placeLabels(labels, 0, 200);
      const placed = labels.flatMap((one, index): Label[] => {
        const middle = middles[index];
        return middle === undefined ? [] : [{ ...one, middle }];
      });
      for (const one of placed) {
        assert.ok(one.middle - one.height / 2 >= -0.1 && one.middle + one.height / 2 <= 200.1);
        for (const other of placed) {
          if (other === one) continue;
          const beside = other.left >= one.left + one.width || one.left >= other.left + other.width;
          const apart =
            Math.abs(one.middle - other.middle) >= (one.height + other.height) / 2 - 0.1;
          assert.ok(beside || apart);
        }
      }
    }),
  );
});

test('at noon, when both lie on the ground, the number that waits keeps its place', () => {
  const waiting = { left: 100, width: 60, middle: 190, height: 20 };
  const issued = { left: 100, width: 80, middle: 192, height: 14 };
  assert.deepEqual(placeLabels([waiting, issued], 0, 200), [190, 173]);
});

test('a time beyond every date is a dash, and never an error', () => {
  for (const at of [1e18, -1e18, NaN, Infinity]) {
    for (const words of [timeOfDay, timeOfDaySeconds, dateZh, dateEn]) {
      assert.equal(words(at, 'Asia/Shanghai'), '—');
    }
  }
});
