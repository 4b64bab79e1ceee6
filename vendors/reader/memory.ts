// What a reader remembers, bounded: whatever was not used for longest goes first, and is counted.
import type { Reader } from '../reader.ts';

/** A reader whose memory has a limit. */
export interface VendorReader extends Reader {
  /** Devices, metrics or names that had to go because there were too many. */
  readonly forgotten: number;
}

export interface MemoryLimits<T> {
  readonly max: number;
  /** What all of them may cost together, in whatever `set` counts; without it only their number counts. */
  readonly costMax?: number;
  /** Told of each one that had to go. */
  readonly onForget?: (value: T, key: string) => void;
}

interface Entry<T> {
  value: T;
  cost: number;
}

export class Memory<T> {
  readonly #entries = new Map<string, Entry<T>>();
  readonly #limits: MemoryLimits<T>;
  #cost = 0;
  #forgotten = 0;

  constructor(limits: MemoryLimits<T>) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#entries.size;
  }

  get forgotten(): number {
    return this.#forgotten;
  }

  /** Using it makes it the last to go. */
  get(key: string): T | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry.value;
  }

  /** Without `cost` a known one costs what it did. One that is beyond the limit alone goes at once. */
  set(key: string, value: T, cost?: number): void {
    const entry = { value, cost: cost ?? this.#entries.get(key)?.cost ?? 0 };
    this.delete(key);
    this.#entries.set(key, entry);
    this.#cost += entry.cost;
    const { max, costMax = Infinity, onForget } = this.#limits;
    while (this.#entries.size > max || this.#cost > costMax) {
      const oldest = this.#entries.entries().next().value;
      if (!oldest) return;
      this.delete(oldest[0]);
      this.#forgotten += 1;
      onForget?.(oldest[1].value, oldest[0]);
    }
  }

  /** Counts what was left out before it came in. */
  leaveOut(count: number): void {
    this.#forgotten += count;
  }

  delete(key: string): void {
    this.#cost -= this.#entries.get(key)?.cost ?? 0;
    this.#entries.delete(key);
  }

  clear(): void {
    this.#entries.clear();
    this.#cost = 0;
  }

  /** From the one not used for longest to the one used last. */
  *entries(): Generator<[string, T]> {
    for (const [key, { value }] of this.#entries) yield [key, value];
  }

  *values(): Generator<T> {
    for (const { value } of this.#entries.values()) yield value;
  }
}
