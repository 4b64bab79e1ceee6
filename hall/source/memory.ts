// What a reader remembers, bounded: whatever was not used for longest goes first, and is counted.
import type { Reader } from '../source.ts';

/** A reader whose memory has a limit. */
export interface VendorReader extends Reader {
  /** Devices, metrics or names that had to go because there were too many. */
  readonly forgotten: number;
}

export class Memory<T> {
  readonly #entries = new Map<string, T>();
  readonly #max: number;
  readonly #onForget: ((value: T, key: string) => void) | undefined;
  #forgotten = 0;

  /** @param onForget is told of each one that had to go */
  constructor(max: number, onForget?: (value: T, key: string) => void) {
    this.#max = max;
    this.#onForget = onForget;
  }

  get size(): number {
    return this.#entries.size;
  }

  get forgotten(): number {
    return this.#forgotten;
  }

  /** Using it makes it the last to go. */
  get(key: string): T | undefined {
    const value = this.#entries.get(key);
    if (value === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, value);
    return value;
  }

  set(key: string, value: T): void {
    this.#entries.delete(key);
    this.#entries.set(key, value);
    while (this.#entries.size > this.#max) {
      const oldest = this.#entries.entries().next().value;
      if (!oldest) return;
      this.#entries.delete(oldest[0]);
      this.#forgotten += 1;
      this.#onForget?.(oldest[1], oldest[0]);
    }
  }

  /** Counts what was left out before it came in. */
  leaveOut(count: number): void {
    this.#forgotten += count;
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }

  clear(): void {
    this.#entries.clear();
  }

  /** From the one not used for longest to the one used last. */
  entries(): IterableIterator<[string, T]> {
    return this.#entries.entries();
  }

  values(): IterableIterator<T> {
    return this.#entries.values();
  }
}
