// Which values occurred how often, in little room: what percentiles of rolled points come from. Merging two of them is
// adding their counts.
import { rankOf } from '../bin.ts';

/** How often each value occurred. */
export type Ranks = Map<number, number>;

/** A percentile that is not exact is off by at most this share of the value. */
export const RANK_ERROR = 0.01;

/** So many different values stay as they are. */
const EXACT_MAX = 32;
/** Integers up to here always stay: no ticket count becomes a fraction. */
const INTEGER_EXACT = 200;
/*
 * Beyond, a value is told as the middle of its bucket; buckets grow by GAMMA, so that the middle is within ALPHA of all
 * that lies in it (as DDSketch does: Masson, Rim, Lee, PVLDB 12 (12), 2019). An integer is rounded to one, which adds
 * at most 0.5 / 200: together under RANK_ERROR. The middle of a bucket lies in it: gathering twice moves nothing.
 */
const ALPHA = 0.005;
const GAMMA = (1 + ALPHA) / (1 - ALPHA);
const LOG_GAMMA = Math.log(GAMMA);

export function addRank(ranks: Ranks, value: number, count = 1): void {
  ranks.set(value, (ranks.get(value) ?? 0) + count);
}

/** The same in little room, and whether a value had to be moved for it. */
export function compressRanks(ranks: Ranks): { readonly ranks: Ranks; readonly moved: boolean } {
  if (ranks.size <= EXACT_MAX) return { ranks, moved: false };
  const compressed: Ranks = new Map();
  let moved = false;
  for (const [value, count] of ranks) {
    const kept = middle(value);
    if (kept !== value) moved = true;
    addRank(compressed, kept, count);
  }
  return { ranks: compressed, moved };
}

/** The value at that share's rank; NaN of none. */
export function percentileOf(ranks: Ranks, share: number): number {
  const values = Float64Array.from(ranks.keys()).sort();
  let total = 0;
  for (const count of ranks.values()) total += count;
  let left = rankOf(share, total);
  for (const value of values) {
    left -= ranks.get(value) ?? 0;
    if (left <= 0) return value;
  }
  return Number.NaN;
}

/** Pairs that are kept as they come; more are counted by value. */
const LISTED_MAX = 1_024;
/** Different values that are counted; more are made small. */
const COUNTED_MAX = 8_192;

/** Ranks from many places, for one percentile of all of them. What comes from one place should be in order. */
export class RankSum {
  n = 0;
  /** Whether values had to be moved for it. */
  moved = false;
  #values: number[] = [];
  #counts: number[] = [];
  #ranks: Ranks | undefined;

  add(value: number, count: number): void {
    this.n += count;
    if (this.#ranks === undefined) {
      this.#values.push(value);
      this.#counts.push(count);
      if (this.#values.length > LISTED_MAX) this.#count();
      return;
    }
    addRank(this.#ranks, value, count);
    if (this.#ranks.size <= COUNTED_MAX) return;
    const { ranks, moved } = compressRanks(this.#ranks);
    this.#ranks = ranks;
    if (moved) this.moved = true;
  }

  percentile(share: number): number {
    if (this.#ranks !== undefined) return percentileOf(this.#ranks, share);
    const [values, counts] = [this.#values, this.#counts];
    // Runs in order are merged by this sort, not sorted again.
    const order = values.map((_, index) => index);
    order.sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0));
    let left = rankOf(share, this.n);
    for (const index of order) {
      left -= counts[index] ?? 0;
      if (left <= 0) return values[index] ?? Number.NaN;
    }
    return Number.NaN;
  }

  #count(): void {
    const ranks: Ranks = new Map();
    for (const [index, value] of this.#values.entries()) {
      addRank(ranks, value, this.#counts[index]);
    }
    this.#ranks = ranks;
    this.#values = [];
    this.#counts = [];
  }
}

function middle(value: number): number {
  const size = Math.abs(value);
  const whole = Number.isInteger(value);
  if (size === 0 || (whole && size <= INTEGER_EXACT)) return value;
  const bucket = Math.ceil(Math.log(size) / LOG_GAMMA);
  const center = (2 * GAMMA ** bucket) / (GAMMA + 1);
  // Sizes at the very edge of what a number holds.
  if (!Number.isFinite(center) || center === 0) return value;
  return Math.sign(value) * (whole ? Math.round(center) : center);
}
