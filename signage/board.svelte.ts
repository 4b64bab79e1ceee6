// A call board's rows in time: the scheduler's state carried from moment to moment, woken when it changes by itself.
import { createSubscriber } from 'svelte/reactivity';
import { EMPTY_BOARD, type BoardInput, type CallBoard } from './callboard-state.ts';
import { advance, nextChange } from './callboard.ts';

export class BoardPlay {
  #board: CallBoard = EMPTY_BOARD;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #wake: (() => void) | undefined;
  readonly #moments: () => void;

  constructor() {
    this.#moments = createSubscriber((update) => {
      this.#wake = update;
      return () => {
        clearTimeout(this.#timer);
        this.#wake = undefined;
      };
    });
  }

  /** The board for these calls now. Whoever reads it in a derived is called again when it changes by itself. */
  at(input: Omit<BoardInput, 'now'>): CallBoard {
    this.#moments();
    const now = performance.now();
    this.#board = advance(this.#board, { ...input, now });
    const next = nextChange(this.#board, input.settings);
    clearTimeout(this.#timer);
    if (next !== undefined) this.#timer = setTimeout(() => this.#wake?.(), next - now + 1);
    return this.#board;
  }
}
