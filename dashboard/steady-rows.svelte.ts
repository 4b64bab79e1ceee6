// The rows of a sortable table: by one column, and still while a pointer or the focus is among them.
import { untrack } from 'svelte';
import { settle } from './settle.ts';

export interface Sort<Column extends string> {
  readonly by: Column;
  readonly down: boolean;
}

export interface Arranged {
  /** Tells one choice of rows from another: what is chosen anew is ordered anew. */
  readonly choice: string;
  /** The ids of the rows that are chosen, in the file's order; a row that `isKept` stays although it fits no longer. */
  readonly ids: (isKept: (id: string) => boolean) => readonly string[];
  /** by the sorted column */
  readonly score: (id: string) => number | string;
  /** Scores closer than this keep their order. */
  readonly slack: number;
}

export class SteadyRows<Column extends string> {
  sort = $state.raw<Sort<Column>>() as Sort<Column>;
  readonly #upward: readonly Column[];
  #over = $state(false);
  #within = $state(false);
  #previous: readonly string[] = [];
  #key = '';

  /** @param upward the columns that begin with the smallest */
  constructor(by: Column, upward: readonly Column[]) {
    this.sort = { by, down: true };
    this.#upward = upward;
  }

  /** For the table, to be spread on it. */
  readonly held = {
    onpointerenter: () => void (this.#over = true),
    onpointerleave: () => void (this.#over = false),
    onfocusin: () => void (this.#within = true),
    onfocusout: () => void (this.#within = false),
  };

  readonly sortBy = (by: Column): void => {
    const { sort } = this;
    this.sort = { by, down: sort.by === by ? !sort.down : !this.#upward.includes(by) };
  };

  /**
   * The rows in their order. Depends on the sort and on whether the table is held, and on nothing that `ids` and `score`
   * read: whoever derives from it decides when rows are weighed again.
   */
  arrange({ choice, ids, score, slack }: Arranged): readonly string[] {
    const { by, down } = this.sort;
    const key = `${by} ${down} ${choice}`;
    const isSame = key === this.#key;
    const previous = isSame ? this.#previous : [];
    const isStill = (this.#over || this.#within) && isSame;
    this.#key = key;
    this.#previous = untrack(() => {
      const shown = ids((id) => isStill && previous.includes(id));
      return settle(previous, shown, score, isStill, slack, !down);
    });
    return this.#previous;
  }
}
