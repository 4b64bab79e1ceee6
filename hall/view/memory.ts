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
  readonly #values = new Map<string, Map<unknown, Remembered>>();
  readonly #tables = new Map<string, Readonly<Record<string, unknown>>>();

  /**
   * The value of this kind for `key`, made anew where one of its inputs is another. `make` may use nothing that changes
   * beside them. Keys are parts of the hall file or their ids, so that their number has a limit.
   */
  recall<T>(kind: string, key: unknown, inputs: readonly unknown[], make: () => T): T {
    let values = this.#values.get(kind);
    if (!values) this.#values.set(kind, (values = new Map()));
    const known = values.get(key);
    // A kind is always asked with one type: the one of its `make`.
    if (known && sameItems(known.inputs, inputs)) return known.value as T;
    const value = make();
    values.set(key, { inputs, value });
    return value;
  }

  /** A record of rows by id; the one before where all rows are the same. */
  table<Item, Row>(
    key: string,
    items: readonly Item[],
    idOf: (item: Item) => string,
    rowOf: (item: Item, index: number) => Row,
  ): Readonly<Record<string, Row>> {
    const known = this.#tables.get(key) as Readonly<Record<string, Row>> | undefined;
    const rows = items.map(rowOf);
    if (known && isTableOf(known, items, idOf, rows)) return known;
    const table: Record<string, Row> = {};
    rows.forEach((row, index) => {
      const item = items[index];
      if (item !== undefined) put(table, idOf(item), row);
    });
    this.#tables.set(key, table);
    return table;
  }
}

/** Plain assignment would take the id `__proto__` for the prototype. */
function put<Row>(table: Record<string, Row>, id: string, value: Row): void {
  if (id !== '__proto__') table[id] = value;
  else
    Object.defineProperty(table, id, {
      value,
      writable: true,
      enumerable: true,
      configurable: true,
    });
}

function isTableOf<Item, Row>(
  table: Readonly<Record<string, Row>>,
  items: readonly Item[],
  idOf: (item: Item) => string,
  rows: readonly Row[],
): boolean {
  for (let index = 0; index < items.length; index++) {
    const item = items[index];
    if (item !== undefined && table[idOf(item)] !== rows[index]) return false;
  }
  let size = 0;
  for (const _id in table) size++;
  return size === items.length;
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
