// How long whatever failed waits before it is tried anew: longer each time, until it has stood for a while.

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

/**
 * Asks until there is an answer, and says of each failure that it failed. Ends the request that is under way when it is stopped.
 * @returns stops it
 */
export function askUntilAnswered<T>(
  ask: (signal: AbortSignal) => Promise<T>,
  answered: (answer: T) => void,
  failed: () => void,
): () => void {
  const abort = new AbortController();
  const retries = new Retries();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const go = () =>
    ask(abort.signal).then(
      (answer) => {
        if (!abort.signal.aborted) answered(answer);
      },
      () => {
        if (abort.signal.aborted) return;
        failed();
        timer = setTimeout(() => void go(), retries.next(performance.now()));
      },
    );
  void go();
  return () => {
    clearTimeout(timer);
    abort.abort();
  };
}
