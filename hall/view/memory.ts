// What one hall file's cuts remember, so that a cut after one event costs one event: the ledger of tickets and, by name,
// the last value of each row with what it was made of. A cut's result never depends on the memory, only its identity
// does: what was made of the same inputs is the same reference, and a difference skips it.
import type { HallConfig } from '../config.ts';
import { Ledger } from '../kpi/ledger.ts';

interface Remembered {
  readonly inputs: readonly unknown[];
  readonly value: unknown;
}

export class Memory {
  readonly ledger = new Ledger();
  readonly #rows = new Map<string, Remembered>();

  /**
   * The value under `key`, made anew where one of its inputs is another. `make` may use nothing that changes beside
   * them. Keys come from the hall file, so that their number has a limit.
   */
  recall<T>(key: string, inputs: readonly unknown[], make: () => T): T {
    const known = this.#rows.get(key);
    // A key is always asked with one type: the one of its `make`.
    if (known && sameItems(known.inputs, inputs)) return known.value as T;
    const value = make();
    this.#rows.set(key, { inputs, value });
    return value;
  }

  /** A record of rows; the one before where all rows are the same. */
  rows<T>(key: string, entries: readonly (readonly [string, T])[]): Readonly<Record<string, T>> {
    const known = this.#rows.get(key)?.value as Record<string, T> | undefined;
    if (known && this.#rows.get(key)?.inputs[0] === entries.length) {
      if (entries.every(([id, row]) => known[id] === row)) return known;
    }
    const value: Record<string, T> = Object.fromEntries(entries);
    this.#rows.set(key, { inputs: [entries.length], value });
    return value;
  }
}

const memories = new WeakMap<HallConfig, Memory>();

export function memoryOf(config: HallConfig): Memory {
  const known = memories.get(config);
  if (known) return known;
  const memory = new Memory();
  memories.set(config, memory);
  return memory;
}

function sameItems(a: readonly unknown[], b: readonly unknown[]): boolean {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index++) if (!Object.is(a[index], b[index])) return false;
  return true;
}
