// Seeded chance: the same seed gives the same run (mulberry32, T. Ettinger, public domain).

export interface Chance {
  /** 0 ≤ x < 1 */
  next(): number;
  /** a whole number, 0 ≤ n < limit */
  below(limit: number): number;
  pick<T>(items: readonly T[]): T;
  /** true with probability `p` */
  happens(p: number): boolean;
}

export function chance(seed: number): Chance {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  return {
    next,
    below,
    pick: (items) => items[below(items.length)]!,
    happens: (p) => next() < p,
  };
}
