// Pages of a list that take turns where not all of it fits; a list that fits has one page and no timer.
import { createSubscriber } from 'svelte/reactivity';

export interface Turn<Item> {
  readonly items: readonly Item[];
  readonly index: number;
  readonly count: number;
}

export class Turns {
  #ms = 8_000;
  readonly #turning: () => void;

  constructor() {
    this.#turning = createSubscriber((update) => {
      let timer: ReturnType<typeof setTimeout>;
      const turn = () => {
        update();
        wait();
      };
      const wait = () => {
        timer = setTimeout(turn, this.#ms - (performance.now() % this.#ms) + 1);
      };
      wait();
      return () => clearTimeout(timer);
    });
  }

  /** The page that is shown now, of `size` items, for `ms` each. The last page is filled up with items before it. */
  page<Item>(items: readonly Item[], size: number, ms: number): Turn<Item> {
    const count = Math.max(1, Math.ceil(items.length / Math.max(1, size)));
    if (count === 1) return { items, index: 0, count };
    this.#ms = ms;
    this.#turning();
    const index = Math.floor(performance.now() / ms) % count;
    const start = Math.min(index * size, items.length - size);
    return { items: items.slice(start, start + size), index, count };
  }
}
