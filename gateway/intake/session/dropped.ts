/** What the broker says that it threw away: Mosquitto does so by itself above 1,000 messages for one that is away. */

/** Messages dropped since the broker started, for whichever client; Mosquitto and those like it. */
export const DROPPED_TOPIC = '$SYS/broker/publish/messages/dropped';

const quietMs = 60_000;
const utf8 = new TextDecoder();

export class Dropped {
  readonly #tell: (count: number, total: number) => void;
  #quietUntil = 0;
  /** As the broker said last; undefined: it says nothing of the kind. */
  count: number | undefined;

  /** @param tell told when there are more, at most once a minute */
  constructor(tell: (count: number, total: number) => void) {
    this.#tell = tell;
  }

  hear(payload: Uint8Array): void {
    const count = Number(utf8.decode(payload));
    if (!Number.isSafeInteger(count)) return;
    // Fewer than before: the broker has started anew.
    const before = this.count === undefined || count < this.count ? 0 : this.count;
    this.count = count;
    const now = performance.now();
    if (count <= before || now < this.#quietUntil) return;
    this.#quietUntil = now + quietMs;
    this.#tell(count - before, count);
  }
}
