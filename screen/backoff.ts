// How long to wait before the next attempt: 0.25 s, doubling up to 5 s, each drawn from its upper half so that the
// screens of a hall do not all return in the same instant.

const MS_MIN = 250;
const MS_MAX = 5_000;
const DOUBLINGS_MAX = 10;

export class Backoff {
  #failures = 0;
  readonly #random: () => number;

  /** `random`: 0 ≤ value < 1. */
  constructor(random: () => number) {
    this.#random = random;
  }

  /** ms to wait before the next attempt; each call counts as one failure. */
  next(): number {
    const longest = Math.min(MS_MAX, MS_MIN * 2 ** this.#failures);
    this.#failures = Math.min(DOUBLINGS_MAX, this.#failures + 1);
    return longest * (0.5 + this.#random() / 2);
  }

  /** `ms` spread over once more its length: many pages were told the same. */
  spread(ms: number): number {
    return ms * (1 + this.#random());
  }

  succeeded(): void {
    this.#failures = 0;
  }

  /** The other side refuses: waiting longer is all that helps. */
  refused(): void {
    this.#failures = DOUBLINGS_MAX;
  }
}
