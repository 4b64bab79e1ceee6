// What the sources find wrong themselves: topics that say a device is away while it is heard, and lists that are too
// large to read. Bounded by the hall's devices, and by a number.
import type { HallConfig } from '../../hall/config.ts';
import {
  contradictionFault,
  tooLargeFaults,
  type TooLarge,
} from '../../hall/fault/contradiction.ts';
import type { Fault } from '../../hall/fault.ts';

interface Contradiction {
  readonly topic: string;
  readonly since: number;
}

/** What a rule made of a message said that a device is away. */
interface Away {
  readonly topic: string;
  outweighed: boolean;
}

const TOO_LARGE_MAX = 20;
/** A list that did not come again for so long is nobody's any more. */
const TOO_LARGE_MS = 86_400_000;

export class Findings {
  readonly #contradictions = new Map<string, Contradiction>();
  readonly #away = new Map<string, Away>();
  readonly #tooLarge = new Map<string, TooLarge & { lastAt: number }>();

  /** @returns false where that is known */
  contradict(device: string, topic: string, now: number): boolean {
    if (this.#contradictions.get(device)?.topic === topic) return false;
    this.#contradictions.set(device, { topic, since: now });
    return true;
  }

  /** @returns the topic that contradicted until now */
  agree(device: string): string | undefined {
    const topic = this.#contradictions.get(device)?.topic;
    this.#contradictions.delete(device);
    return topic;
  }

  /**
   * A rule has made of this topic's message that the device is away, or that it is not.
   * @returns the topic that contradicted until now
   */
  ruled(device: string, topic: string, away: boolean): string | undefined {
    const before = this.#away.get(device);
    if (away) this.#away.set(device, { topic, outweighed: false });
    else this.#away.delete(device);
    this.#contradictions.delete(device);
    return before?.outweighed ? before.topic : undefined;
  }

  /**
   * A device spoke just now of something else than its state, and not in the message that says that it is away.
   * @returns the topic that contradicts from now on
   */
  heard(device: string, topic: string, now: number): string | undefined {
    const away = this.#away.get(device);
    if (!away || away.outweighed || away.topic === topic) return undefined;
    away.outweighed = true;
    this.contradict(device, away.topic, now);
    return away.topic;
  }

  /** Whether a retained message that says so again is no news: the device was heard since. */
  isOutweighed(device: string, topic: string): boolean {
    const away = this.#away.get(device);
    return away?.topic === topic && away.outweighed;
  }

  tooLarge(topic: string, bytes: number, now: number): void {
    const since = this.#tooLarge.get(topic)?.since ?? now;
    if (this.#tooLarge.size >= TOO_LARGE_MAX && !this.#tooLarge.has(topic)) return;
    this.#tooLarge.set(topic, { topic, bytes, since, lastAt: now });
  }

  /** It was read after all. */
  fits(topic: string): void {
    if (this.#tooLarge.size > 0) this.#tooLarge.delete(topic);
  }

  /** Who left the hall is forgotten. */
  keep({ devices }: HallConfig): void {
    const ids = new Set(devices.map(({ id }) => id));
    for (const map of [this.#contradictions, this.#away]) {
      for (const id of map.keys()) if (!ids.has(id)) map.delete(id);
    }
  }

  /** @param now ms since 1970. A contradiction becomes a fault after `faults.after_s`, as others do. */
  faults(now: number, config: HallConfig, listBytesMax: number): Fault[] {
    const afterMs = config.faults.after_s * 1000;
    const contradictions = [...this.#contradictions].flatMap(([device, { topic, since }]) =>
      now - since < afterMs ? [] : [contradictionFault(config, device, topic, since)],
    );
    for (const [topic, { lastAt }] of this.#tooLarge) {
      if (now - lastAt > TOO_LARGE_MS) this.#tooLarge.delete(topic);
    }
    return [...contradictions, ...tooLargeFaults([...this.#tooLarge.values()], listBytesMax)];
  }
}
