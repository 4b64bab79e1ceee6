// Whether a device is there, of everything that says so. The newest evidence counts: a word of an availability topic
// (`online`, `offline`, a last will), or a message that the device itself sent just now. SPEC §14.4, §14.12, §14.13.
import type { Outweighed, SourceMessage } from '../reader.ts';

/** What one availability topic last said. */
interface Word {
  readonly online: boolean;
  /** It says that the device is away, and the device was heard since. */
  outdated: boolean;
  /** It was read at a subscription, and may be as old as it likes. */
  readonly retained: boolean;
  readonly text: string;
}

/** Of several availability topics: the last word, or all of them, or one of them must say that it is there. */
export type AvailabilityMode = 'latest' | 'all' | 'any';

/** Words are short; a longer one is not kept over a restart. */
const TEXT_MAX = 2_048;
const utf8 = new TextDecoder();

export class Presence {
  readonly #words = new Map<string, Word>();
  #latest: string | undefined;

  /**
   * An availability topic says whether the device is there. A word that arrives live is the newest evidence. A retained
   * one that is the same as before is only told again: what was heard since is newer.
   */
  say(message: SourceMessage, online: boolean): void {
    const { topic, payload, outweighed = false } = message;
    const retained = !isLive(message);
    if (retained && this.#words.get(topic)?.online === online) return;
    const text = payload.length > TEXT_MAX ? '' : utf8.decode(payload);
    const outdated = outweighed && !online;
    this.#words.set(topic, { online, outdated, retained, text });
    this.#latest = topic;
  }

  /**
   * The device itself spoke just now: whatever said before that it is away is outdated.
   * @param sure false: a bridge may have told what it remembers of the device; this outweighs retained words only
   */
  hear(sure = true): void {
    for (const word of this.#words.values()) {
      if (!word.online && (sure || word.retained)) word.outdated = true;
    }
  }

  /** undefined while no topic has said anything. */
  available(mode: AvailabilityMode = 'latest'): boolean | undefined {
    if (this.#words.size === 0) return undefined;
    const words = [...this.#words.values()];
    if (mode === 'all') return words.every(isThere);
    if (mode === 'any') return words.some(isThere);
    const latest = this.#latest === undefined ? undefined : this.#words.get(this.#latest);
    return latest && isThere(latest);
  }

  /** The topic that still says that the device is away though it was heard since; undefined where none does. */
  get outweighed(): Outweighed | undefined {
    for (const [topic, { online, outdated, text }] of this.#words) {
      if (!online && outdated) return { topic, text };
    }
    return undefined;
  }

  /** The topic is the device's no more. */
  forget(topic: string): void {
    this.#words.delete(topic);
  }
}

function isThere({ online, outdated }: Word): boolean {
  return online || outdated;
}

/** Whether a message was sent just now: one that was retained, or is read once more, may be as old as it likes. */
export function isLive({ retain, replayed = false }: SourceMessage): boolean {
  return !retain && !replayed;
}
