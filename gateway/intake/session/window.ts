/** Packet ids whose PUBACK waits, in the order of their arrival (MQTT 5 §4.6 asks for that order). */

export interface Held {
  readonly packetId: number;
  done: boolean;
}

export class Window {
  #queue: Held[] = [];
  #head = 0;

  get size(): number {
    return this.#queue.length - this.#head;
  }

  hold(packetId: number): Held {
    const held = { packetId, done: false };
    this.#queue.push(held);
    return held;
  }

  /** Marks one as safe and passes on every id that nothing earlier holds up any more. */
  settle(held: Held, release: (packetId: number) => void): void {
    held.done = true;
    while (this.#head < this.#queue.length) {
      const first = this.#queue[this.#head]!;
      if (!first.done) break;
      this.#head++;
      release(first.packetId);
    }
    if (this.#head === this.#queue.length) {
      this.#queue = [];
      this.#head = 0;
    } else if (this.#head > 10_000) {
      this.#queue = this.#queue.slice(this.#head);
      this.#head = 0;
    }
  }
}
