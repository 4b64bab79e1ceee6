// SPEC §9.6: the quantiles of the wait hold on simulated days, of the demo's hall and of one that is built otherwise.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { demoDay, type DemoEvent } from '../../demo/day.ts';
import { parseHall, type HallConfig } from '../../hall/config.ts';
import { toBand, waitQuantiles } from '../../hall/estimate.ts';
import type { Cutting } from '../../hall/view/cut.ts';
import { queueNow } from '../../hall/view/part/queue-now.ts';
import { countyDay, countyHall } from './county-hall.ts';
import { replayDay } from './replay.ts';
import { MINUTE } from './sample.ts';

/** Percent of visitors who may wait no longer than each quantile. */
const HOLDS = { p10: [5, 15], p50: [45, 55], p90: [85, 95] } as const;

type Tell = (config: HallConfig, date: string, seed: string) => DemoEvent[];

/** @param most error and width in minutes: a band that holds everything says nothing */
function check(
  config: HallConfig,
  tell: Tell,
  days: number,
  most: { readonly error: number; readonly width: number },
): void {
  const outcomes = Array.from({ length: days }, (_, day) =>
    replayDay(config, '2026-03-10', tell(config, '2026-03-10', `calibration-${day}`), ask),
  ).flat();
  const known = outcomes.flatMap(({ said, wait }) => (said ? [{ ...said, wait }] : []));
  assert.ok(known.length > 0.95 * outcomes.length, 'nearly everybody is told something');
  const mean = (of: (each: (typeof known)[number]) => number) =>
    known.reduce((sum, each) => sum + of(each), 0) / known.length;
  for (const name of ['p10', 'p50', 'p90'] as const) {
    const share = 100 * mean(({ quantiles, wait }) => (wait <= quantiles[name] ? 1 : 0));
    const [low, high] = HOLDS[name];
    assert.ok(share >= low && share <= high, `${name} holds ${share.toFixed(1)} %`);
  }
  const error = mean(({ quantiles, wait }) => Math.abs(quantiles.p50 - wait)) / MINUTE;
  const band = mean(({ band: { from, to } }) => to - from);
  assert.ok(error < most.error, `the middle is ${error.toFixed(2)} min off`);
  assert.ok(band < most.width, `the band is ${band.toFixed(1)} min wide`);
}

function ask(cut: Cutting, queue: string) {
  const present = queueNow(cut, queue);
  const quantiles = present?.situation && waitQuantiles(present.situation);
  return quantiles && present.wait && { quantiles, band: toBand(present.wait) };
}

test('9.6 quantiles hold on days of the demo hall', () => {
  const parsed = parseHall(readFileSync('demo/hall.yaml', 'utf8'), 'demo/hall.yaml');
  assert.ok(parsed.ok);
  check(parsed.config, demoDay, 6, { error: 4.2, width: 12 });
});

test('9.6 quantiles hold on days of a hall that is built otherwise', () => {
  check(countyHall(), countyDay, 30, { error: 3.5, width: 14 });
});
