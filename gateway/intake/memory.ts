// One budget of bytes over all connections: packets that are not whole or not safe yet, and what waits for subscribers.
// Where it is used up the connection that holds most is closed, strangers' before those of listed devices. SPEC §20.

export interface Holder {
  /** Bytes that it holds. */
  readonly holds: number;
  readonly isListed: boolean;
  /** Closes it; it holds nothing then. */
  relieve(): void;
}

export class Memory {
  readonly #max: number;
  readonly #beside: () => number;
  readonly #holders = new Set<Holder>();
  #bytes = 0;
  refused = 0;

  /** @param beside bytes that count as well and are limited elsewhere: retained messages, queues */
  constructor(max: number, beside: () => number) {
    this.#max = max;
    this.#beside = beside;
  }

  get max(): number {
    return this.#max;
  }

  get used(): number {
    return this.#bytes + this.#beside();
  }

  /** A holder holds so much more, or less. */
  change(holder: Holder, bytes: number): void {
    this.#bytes += bytes;
    if (holder.holds > 0) this.#holders.add(holder);
    else this.#holders.delete(holder);
    while (bytes > 0 && this.used > this.#max && this.#holders.size > 0) this.#relieve();
  }

  #relieve(): void {
    let largest: Holder | undefined;
    for (const holder of this.#holders) {
      const before =
        largest === undefined ||
        (largest.isListed && !holder.isListed) ||
        (largest.isListed === holder.isListed && holder.holds > largest.holds);
      if (before) largest = holder;
    }
    if (largest === undefined) return;
    this.refused++;
    this.#holders.delete(largest);
    largest.relieve();
  }
}
