/**
 * How much of the room for dead letters each sender has, and whose oldest letter goes when there is none left: so that
 * what one sender is refused cannot push out the letters of others. Every step costs O(log senders).
 */

export interface Share {
  readonly sender: string;
  /** A device of the hall file, or one that was accepted. */
  readonly isListed: boolean;
  readonly bytes: number;
  readonly count: number;
}

interface Holder extends Share {
  bytes: number;
  count: number;
  /** Its place in its heap. */
  place: number;
}

export interface Room {
  readonly bytes: number;
  readonly count: number;
}

export class LetterShares {
  readonly #room: Room;
  readonly #holders = new Map<string, Holder>();
  readonly #listed: LargestFirst;
  /** Names that the hall file does not list cost nothing: all of them together are one sender beside a listed one. */
  readonly #others: LargestFirst;
  readonly #ofOthers = { bytes: 0, count: 0 };
  #bytes = 0;
  #count = 0;

  constructor(room: Room, shares: Iterable<Share> = []) {
    this.#room = room;
    const weigh = (held: Room): number => this.#weigh(held);
    this.#listed = new LargestFirst(weigh);
    this.#others = new LargestFirst(weigh);
    for (const { sender, isListed, bytes, count } of shares) {
      this.add(sender, isListed, bytes, count);
    }
  }

  get count(): number {
    return this.#count;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get isOver(): boolean {
    return this.#count > this.#room.count || this.#bytes > this.#room.bytes;
  }

  /** `isListed` of a sender's first letter stays while it has any. Less than nothing takes away. */
  add(sender: string, isListed: boolean, bytes: number, count = 1): void {
    let holder = this.#holders.get(sender);
    if (holder === undefined) {
      holder = { sender, isListed, bytes: 0, count: 0, place: -1 };
      this.#holders.set(sender, holder);
    }
    holder.bytes += bytes;
    holder.count += count;
    this.#bytes += bytes;
    this.#count += count;
    if (!holder.isListed) {
      this.#ofOthers.bytes += bytes;
      this.#ofOthers.count += count;
    }
    const heap = holder.isListed ? this.#listed : this.#others;
    if (holder.count > 0) return heap.move(holder);
    this.#holders.delete(sender);
    heap.remove(holder);
  }

  /** The sender whose oldest letter goes first. */
  largest(): string | undefined {
    const [listed, other] = [this.#listed.first, this.#others.first];
    if (listed === undefined || other === undefined) return (listed ?? other)?.sender;
    return this.#weigh(listed) > this.#weigh(this.#ofOthers) ? listed.sender : other.sender;
  }

  /** Both limits count: many small letters take room as few large ones do. */
  #weigh({ bytes, count }: Room): number {
    return bytes / this.#room.bytes + count / this.#room.count;
  }
}

/** A binary heap whose members know their places. */
class LargestFirst {
  readonly #weigh: (holder: Room) => number;
  readonly #heap: Holder[] = [];

  constructor(weigh: (holder: Room) => number) {
    this.#weigh = weigh;
  }

  get first(): Holder | undefined {
    return this.#heap[0];
  }

  /** To where it belongs now; a new one joins. */
  move(holder: Holder): void {
    if (holder.place < 0) holder.place = this.#heap.push(holder) - 1;
    this.#sink(holder, this.#rise(holder));
  }

  remove(holder: Holder): void {
    const last = this.#heap.pop();
    if (last === undefined || last === holder) return;
    last.place = holder.place;
    this.#heap[last.place] = last;
    this.move(last);
  }

  #rise(holder: Holder): number {
    const weight = this.#weigh(holder);
    while (holder.place > 0) {
      const above = this.#heap[(holder.place - 1) >> 1]!;
      if (this.#weigh(above) >= weight) break;
      this.#swap(holder, above);
    }
    return weight;
  }

  #sink(holder: Holder, weight: number): void {
    for (;;) {
      const [left, right] = [this.#heap[holder.place * 2 + 1], this.#heap[holder.place * 2 + 2]];
      if (left === undefined) return;
      const below = right && this.#weigh(right) > this.#weigh(left) ? right : left;
      if (this.#weigh(below) <= weight) return;
      this.#swap(holder, below);
    }
  }

  #swap(one: Holder, other: Holder): void {
    [one.place, other.place] = [other.place, one.place];
    this.#heap[one.place] = one;
    this.#heap[other.place] = other;
  }
}
