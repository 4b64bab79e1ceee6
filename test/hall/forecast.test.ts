// SPEC §26.4 to 24.6: what is expected of the rest of the day, by hand and on simulated days.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { demoDay, type DemoEvent } from '../../demo/day.ts';
import { seededRandom } from '../../demo/day/random.ts';
import { parseHall } from '../../hall/config.ts';
import { countQuantiles, forecastArrivals, forecastWaiting } from '../../hall/forecast.ts';
import { usualDay, type Quantiles, type DayBins, type UsualLine } from '../../hall/usual-day.ts';
import { pastDay } from './past-days.ts';

test('26.4 quantiles of a count are those of its distribution', () => {
  assert.deepEqual(countQuantiles(0, 0), { p10: 0, p50: 0, p90: 0 });
  assert.deepEqual(countQuantiles(4, 4), { p10: 2, p50: 4, p90: 7 }, 'Poisson');
  // Geometric with mean 4: P(N ≤ k) = 1 − 0.8^(k + 1).
  assert.deepEqual(countQuantiles(4, 20), { p10: 0, p50: 3, p90: 10 });
  const large = countQuantiles(1_500, 1_500);
  assert.ok(Math.abs(large.p90 - (1_500 + 1.2816 * Math.sqrt(1_500))) < 2);
  assert.deepEqual(countQuantiles(1e6, 1e6), { p10: 998_718, p50: 1_000_000, p90: 1_001_282 });
});

const issuedLine = (...counts: number[]) => {
  const issued = new Array<number>(48).fill(0);
  for (const [index, count] of counts.entries()) issued[18 + index] = count;
  return { issued, waiting: issued };
};

function lineOf(days: readonly number[][]): UsualLine {
  const bins = days.map((counts, index): DayBins => ({
    date: `2026-01-0${index + 1}`,
    whole: issuedLine(...counts),
    queues: new Map(),
  }));
  const usual = usualDay('2026-02-01', 'sun', bins);
  assert.ok(usual);
  return usual.whole;
}

test('26.4 a usual day so far leaves the usual rest; a busier one raises it, the more the later it is', () => {
  const past = lineOf(Array.from({ length: 8 }, () => [40, 40, 40, 40]));
  const ask = (before: number, bin: number) =>
    forecastArrivals(past, { bin, passed: 0, before, within: 0 }).bins[21] as Quantiles;
  assert.equal(ask(40, 19).p50, 40);
  const [early, late] = [ask(60, 19), ask(180, 21)];
  assert.ok(early.p50 > 40 && early.p50 < late.p50 && late.p50 < 60, JSON.stringify([early, late]));
  assert.ok(ask(20, 19).p50 < 40);
  assert.equal(ask(0, 18).p50, 40, 'before anybody could come nothing is known of the day');
});

test('26.4 the running half hour holds those who have come', () => {
  const past = lineOf([
    [40, 40],
    [44, 36],
  ]);
  const { bins, day } = forecastArrivals(past, { bin: 19, passed: 0.5, before: 42, within: 30 });
  assert.equal(bins[18], undefined);
  assert.ok((bins[19]?.p10 ?? 0) >= 30);
  assert.ok(day.p10 >= 72);
  const closed = forecastArrivals(past, { bin: 19, passed: 0.5, before: 42, within: 30 }, 19);
  assert.equal(closed.bins[19], undefined);
  assert.deepEqual(closed.day, { p10: 72, p50: 72, p90: 72 }, 'nobody comes after closing');
});

test('26.4 half hours in which nobody ever came are expected to stay empty', () => {
  const { bins } = forecastArrivals(lineOf([[3]]), { bin: 30, passed: 0, before: 3, within: 0 });
  assert.deepEqual(bins[31], { p10: 0, p50: 0, p90: 0 });
});

test('26.5 a difference of those waiting fades towards the usual day', () => {
  const days = [
    [20, 30, 40, 40, 30],
    [30, 40, 50, 50, 40],
    [20, 30, 40, 40, 30],
    [10, 20, 30, 30, 20],
  ];
  const past = lineOf(days);
  const ask = (waiting: number) => forecastWaiting(past, { bin: 19, passed: 0 }, waiting);
  const [usual, more, fewer] = [ask(20), ask(40), ask(0)];
  assert.ok(Math.abs((usual[22]?.p50 ?? 0) - 30) <= 1);
  const above = (index: number) => (more[index]?.p50 ?? 0) - (usual[index]?.p50 ?? 0);
  assert.ok(above(19) > above(22) && above(22) > 0);
  assert.ok((fewer[19]?.p10 ?? -1) >= 0);
  assert.equal(more[18], undefined, 'nothing of the past');
  assert.deepEqual(more[30], { p10: 0, p50: 0, p90: 0 }, 'nobody ever waits at night');
  assert.deepEqual(forecastWaiting(lineOf(days.slice(1)), { bin: 19, passed: 0 }, 20), []);
});

/** A day of the demo's story to which only a share of the visitors came, another one on each day. */
function noisy(events: readonly DemoEvent[], seed: string): DemoEvent[] {
  const random = seededRandom(seed);
  const share = Math.min(1, Math.max(0.4, random.normal(0.8, 0.1)));
  const away = new Set<unknown>();
  return events.filter(({ signal }) => {
    const { ticket, type } = signal as unknown as { ticket?: string; type: string };
    if (ticket !== undefined && type === 'issued' && !random.chance(share)) away.add(ticket);
    return !away.has(ticket);
  });
}

test('26.6 on simulated days eight of ten values lie within the range', () => {
  const parsed = parseHall(readFileSync('demo/hall.yaml', 'utf8'), 'demo/hall.yaml');
  assert.ok(parsed.ok);
  const { config } = parsed;
  const days = Array.from({ length: 24 }, (_, index) => {
    const seed = `ahead-${index}`;
    return pastDay(config, '2026-03-10', noisy(demoDay(config, '2026-03-10', seed), seed));
  });
  const held = { arrivals: [0, 0], queues: [0, 0], waiting: [0, 0], day: [0, 0] };
  const note = (
    what: keyof typeof held,
    range: Quantiles | undefined,
    value: number | undefined,
  ) => {
    if (range === undefined || value === undefined) return;
    const [all = 0, within = 0] = held[what];
    held[what] = [all + 1, within + (value >= range.p10 && value <= range.p90 ? 1 : 0)];
  };
  const sumTo = (line: readonly (number | undefined)[], end: number) =>
    line.slice(0, end).reduce((sum: number, value) => sum + (value ?? 0), 0);
  for (let today = 8; today < days.length; today++) {
    const usual = usualDay('2026-03-10', 'tue', days.slice(today - 8, today));
    const real = days[today];
    assert.ok(usual && real);
    for (const bin of [17, 19, 21, 28, 31]) {
      const so = (line: readonly (number | undefined)[]) => {
        return { bin, passed: 0, before: sumTo(line, bin), within: 0 };
      };
      const { issued, waiting } = real.whole;
      const arrivals = forecastArrivals(usual.whole, so(issued));
      const ahead = forecastWaiting(usual.whole, so(issued), waiting[bin - 1] ?? 0);
      note('day', arrivals.day, sumTo(issued, 48));
      for (let index = bin; index < bin + 6; index++) {
        if ((usual.whole.issued[index]?.p50 ?? 0) < 10) continue;
        note('arrivals', arrivals.bins[index], issued[index]);
        note('waiting', ahead[index], waiting[index]);
      }
      for (const [id, line] of usual.queues) {
        const own = real.queues.get(id)?.issued ?? [];
        const { bins } = forecastArrivals(line, so(own));
        if ((bins[bin]?.p50 ?? 0) > 1) note('queues', bins[bin], own[bin]);
      }
    }
  }
  // Counts are whole: a range of few can only hold more than eight of ten.
  const least = { arrivals: 74, queues: 78, waiting: 72, day: 70 };
  for (const [what, [all = 0, within = 0]] of Object.entries(held)) {
    const share = (100 * within) / all;
    const [low, high] = [least[what as keyof typeof least], what === 'queues' ? 93 : 90];
    assert.ok(share >= low && share <= high, `${what}: ${share.toFixed(1)} % of ${all}`);
  }
});
