// One costly answer for everybody who asks: made once for all who wait, and never for more than a share of the time.

/** After a making that took so long, the next one begins so many times later at the earliest. */
const PACE = 10;

export class Shared<T> {
  readonly #make: () => T | Promise<T>;
  readonly #isCurrent: (made: T) => boolean;
  #latest: { value: T } | undefined;
  /** begun, so that it may not have what has changed since */
  #running: Promise<T> | undefined;
  /** not begun: it will have everything up to its beginning */
  #next: Promise<T> | undefined;
  #notBefore = 0;

  /**
   * @param make may take several turns; what it gives reflects the moment of its beginning
   * @param isCurrent whether nothing has changed since that moment
   */
  constructor(make: () => T | Promise<T>, isCurrent: (made: T) => boolean) {
    this.#make = make;
    this.#isCurrent = isCurrent;
  }

  /** Never older than the question. */
  async get(): Promise<T> {
    const latest = this.#latest;
    if (latest !== undefined && this.#isCurrent(latest.value)) return latest.value;
    this.#next ??= this.#makeNext();
    return await this.#next;
  }

  async #makeNext(): Promise<T> {
    await this.#running?.catch(() => {});
    const wait = this.#notBefore - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    this.#running = promise;
    // From here on a new question is about a later moment.
    this.#next = undefined;
    const began = performance.now();
    try {
      const value = await this.#make();
      this.#latest = { value };
      resolve(value);
    } catch (error) {
      reject(error);
    }
    const now = performance.now();
    this.#notBefore = now + PACE * (now - began);
    return await promise;
  }
}
