// How often a reader may publish: asking is cheap to provoke, so that each device and all together have a limit.

export class Throttle {
  readonly #everyMs: number;
  readonly #max: number;
  #from = Number.NEGATIVE_INFINITY;
  #asked = 0;

  /** Each device at most once in `everySeconds`, all together at most `max` times in it. */
  constructor(everySeconds: number, max: number) {
    this.#everyMs = everySeconds * 1000;
    this.#max = max;
  }

  /**
   * Whether one that was last asked at `before` may be asked at `now` (ms since 1970), and counts it if so. A clock that
   * was set back by more than the time between two questions stops none.
   */
  allows(before: number | undefined, now: number): boolean {
    if (before !== undefined && Math.abs(now - before) < this.#everyMs) return false;
    if (Math.abs(now - this.#from) >= this.#everyMs) {
      this.#from = now;
      this.#asked = 0;
    }
    if (this.#asked >= this.#max) return false;
    this.#asked += 1;
    return true;
  }
}
