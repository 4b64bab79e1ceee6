// How long a panel that failed waits before it is drawn anew: longer each time, until it has stood for a while. Pure.

const FIRST_MS = 2_000;
const LONGEST_MS = 60_000;
/** Whoever stood so long after the last failure begins anew with the shortest wait. */
const CALM_MS = 120_000;

export class Retries {
  #failures = 0;
  #failedAt = -Infinity;

  /** ms to wait after a failure at `now` (monotonic ms). */
  next(now: number): number {
    const wait = this.#wait();
    if (now - this.#failedAt > wait + CALM_MS) this.#failures = 0;
    this.#failedAt = now;
    const next = this.#wait();
    this.#failures += 1;
    return next;
  }

  #wait(): number {
    return Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(this.#failures, 10));
  }
}
