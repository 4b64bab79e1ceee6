// A table of a view, each row a signal of its own: a delta wakes those who read a row that changed, and nobody else.
import { SvelteMap } from 'svelte/reactivity';

/** Rows by id. Whoever reads a row in a template or an effect is woken when its reference changes. */
export class Rows<Row> {
  #known: Readonly<Record<string, Row>> = {};
  readonly #rows = new SvelteMap<string, Row>();

  /** The row, or undefined where there is none. */
  get(id: string): Row | undefined {
    return this.#rows.get(id);
  }

  /** Takes the table as it is now. To be called where news arrive, never from an effect. */
  set(rows: Readonly<Record<string, Row>>): void {
    const before = this.#known;
    if (rows === before) return;
    this.#known = rows;
    for (const id of Object.keys(before)) if (!Object.hasOwn(rows, id)) this.#rows.delete(id);
    for (const [id, row] of Object.entries(rows)) {
      if (!Object.hasOwn(before, id) || row !== before[id]) this.#rows.set(id, row);
    }
  }
}
