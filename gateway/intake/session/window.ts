/** Packet ids whose PUBACK waits, in the order of their arrival (MQTT 5 §4.6 asks for that order). */

export interface Held {
  readonly packetId: number;
  done: boolean;
}

export class Window {
  readonly #release: (packetId: number) => void;
  #queue: Held[] = [];
  #head = 0;
  #onEmpty: (() => void) | undefined;

  /** @param release of an id that nothing earlier holds up any more */
  constructor(release: (packetId: number) => void) {
    this.#release = release;
  }

  get size(): number {
    return this.#queue.length - this.#head;
  }

  hold(packetId: number): Held {
    const held = { packetId, done: false };
    this.#queue.push(held);
    return held;
  }

  /** Resolves when no id waits. */
  async emptied(): Promise<void> {
    if (this.size > 0) await new Promise<void>((resolve) => (this.#onEmpty = resolve));
  }

  /** Marks one as safe. */
  settle(held: Held): void {
    held.done = true;
    while (this.#head < this.#queue.length) {
      const first = this.#queue[this.#head]!;
      if (!first.done) break;
      this.#head++;
      this.#release(first.packetId);
    }
    if (this.#head === this.#queue.length) {
      this.#queue = [];
      this.#head = 0;
      this.#onEmpty?.();
    } else if (this.#head > 10_000) {
      this.#queue = this.#queue.slice(this.#head);
      this.#head = 0;
    }
  }
}
