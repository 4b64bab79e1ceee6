// The order in which connections hand on what they have read: one slice each, so that nobody's burst keeps the event loop
// from the others. In each turn of the event loop every listed device has one, and one stranger of those that wait. SPEC §20.

export class Turns {
  #listed: (() => void)[] = [];
  /** The first in line is at `#next`: a queue of thousands is not moved for each of them. */
  #strangers: (() => void)[] = [];
  #next = 0;
  #isDue = false;

  /** Resolves when it is this connection's turn to hand on one slice. */
  take(isListed: boolean): Promise<void> {
    return new Promise((resolve) => {
      (isListed ? this.#listed : this.#strangers).push(resolve);
      if (this.#isDue) return;
      this.#isDue = true;
      setImmediate(this.#turn);
    });
  }

  readonly #turn = (): void => {
    const listed = this.#listed;
    this.#listed = [];
    for (const resolve of listed) resolve();
    this.#strangers[this.#next++]?.();
    if (this.#next >= this.#strangers.length) {
      this.#strangers = [];
      this.#next = 0;
    }
    this.#isDue = this.#strangers.length > 0;
    if (this.#isDue) setImmediate(this.#turn);
  };
}
