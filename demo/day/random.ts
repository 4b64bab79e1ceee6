// Seeded randomness for the demo day: the same seed gives the same day on every machine.

/** A stream of random draws. Every method draws at least once, so the order of calls matters. */
export interface Random {
  /** 0 ≤ x < 1 */
  unit(): number;
  between(min: number, max: number): number;
  /** Whole, both ends included. */
  whole(min: number, max: number): number;
  chance(probability: number): boolean;
  pick<T>(items: readonly [T, ...T[]]): T;
  pick<T>(items: readonly T[]): T | undefined;
  /** One of `items` by weight; undefined when all weights are 0. */
  weighted<T>(items: readonly T[], weight: (item: T) => number): T | undefined;
  normal(mean: number, deviation: number): number;
  /** Log-normal with this mean and coefficient of variation: how long people take at a counter. */
  duration(mean: number, variation: number): number;
  /** An independent stream, so that one part of the day can change without changing the others. */
  fork(name: string): Random;
}

/** @param seed any text; equal texts give equal streams */
export function seededRandom(seed: string): Random {
  const unit = sfc32(hash(seed));
  const normal = (mean: number, deviation: number) =>
    mean + deviation * Math.sqrt(-2 * Math.log(1 - unit())) * Math.cos(2 * Math.PI * unit());
  return {
    unit,
    between: (min, max) => min + (max - min) * unit(),
    whole: (min, max) => Math.floor(min + (max - min + 1) * unit()),
    chance: (probability) => unit() < probability,
    pick: <T>(items: readonly T[]) => items[Math.floor(unit() * items.length)] as T,
    weighted: (items, weight) => {
      let left = unit() * items.reduce((sum, item) => sum + weight(item), 0);
      return items.find((item) => (left -= weight(item)) < 0);
    },
    normal,
    duration: (mean, variation) => {
      const variance = Math.log(1 + variation * variation);
      return Math.exp(normal(Math.log(mean) - variance / 2, Math.sqrt(variance)));
    },
    fork: (name) => seededRandom(`${seed}/${name}`),
  };
}

/** cyrb128 by bryc (public domain): text → four 32-bit words. */
function hash(text: string): [number, number, number, number] {
  let [h1, h2, h3, h4] = [1779033703, 3144134277, 1013904242, 2773480762];
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    h1 = h2 ^ Math.imul(h1 ^ code, 597399067);
    h2 = h3 ^ Math.imul(h2 ^ code, 2869860233);
    h3 = h4 ^ Math.imul(h3 ^ code, 951274213);
    h4 = h1 ^ Math.imul(h4 ^ code, 2716044179);
  }
  h1 = Math.imul(h3 ^ (h1 >>> 18), 597399067);
  h2 = Math.imul(h4 ^ (h2 >>> 22), 2869860233);
  h3 = Math.imul(h1 ^ (h3 >>> 17), 951274213);
  h4 = Math.imul(h2 ^ (h4 >>> 19), 2716044179);
  return [h1 ^ h2 ^ h3 ^ h4, h2 ^ h1, h3 ^ h1, h4 ^ h1];
}

/** sfc32 by Chris Doty-Humphrey, of the PractRand suite (public domain). */
function sfc32([a, b, c, d]: [number, number, number, number]): () => number {
  const next = () => {
    const sum = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + sum) | 0;
    return (sum >>> 0) / 4294967296;
  };
  for (let warmUp = 0; warmUp < 12; warmUp += 1) next();
  return next;
}
