// The trade's figures for told waits, by hand. SPEC §29.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scoreOf, wayScore, type ToldWait } from '../../hall/score.ts';

const MINUTE = 60_000;
const told = (wait: number, p50: number, band?: [number, number]): ToldWait => ({
  ...{ queue: 'q1', at: 0, wait: wait * MINUTE, head: 0, formula: undefined },
  quantiles: { p10: 0, p50: p50 * MINUTE, p67: p50 * MINUTE, p90: p50 * MINUTE },
  band: band && { from: band[0], to: band[1] },
});

test('29.2 error, bias and shares by hand', () => {
  const score = wayScore([told(10, 12), told(20, 14), told(3, 3), told(30, 38)], (one) => {
    return one.quantiles?.p50;
  });
  assert.deepEqual(score, { n: 4, error: 4, bias: 1, within5: 0.5, low5: 0.25 });
});

test('29.2 who was told nothing by one way counts for the others', () => {
  const score = scoreOf([told(10, 10, [5, 15]), told(10, 10, [11, 15]), told(10, 10)]);
  assert.deepEqual(score.band, { n: 2, held: 0.5, width: 7 });
  assert.deepEqual([score.n, score.told.n, score.formula.n, score.last.n], [3, 3, 0, 0]);
  assert.equal(score.head.bias, -10);
});

test('29.2 a day without anybody is no error', () => {
  const score = scoreOf([]);
  assert.deepEqual([score.n, score.told.error, score.band.held], [0, 0, 0]);
});
