// The last message of each topic, for those who subscribe later, within its budgets: topics and bytes, of which what is
// not from a listed device may take half. SPEC §20.
import { isOfFilter } from '../topic-filter.ts';
import type { Durable } from './durable.ts';

export interface Retained {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: 0 | 1 | 2;
  /** Who published it: may take it away again. */
  readonly owner: string;
  readonly listed: boolean;
  /** It is kept over a restart. */
  readonly lasting: boolean;
}

export interface RetainedLimits {
  readonly topicsMax: number;
  readonly bytesMax: number;
  /** A message under `hall/` is a device's word about itself: no longer than this. */
  readonly hallBytesMax: number;
}

const PREFIX = 'r ';

export class RetainedStore {
  readonly #limits: RetainedLimits;
  readonly #durable: Durable;
  readonly #byTopic = new Map<string, Retained>();
  #bytes = 0;
  #unlisted = { topics: 0, bytes: 0 };
  refused = 0;

  constructor(limits: RetainedLimits, durable: Durable) {
    this.#limits = limits;
    this.#durable = durable;
    for (const [key, value] of durable.found) {
      if (!key.startsWith(PREFIX)) continue;
      const kept = JSON.parse(value) as { p: string; q: 0 | 1 | 2; o: string; l: boolean };
      const payload = Buffer.from(kept.p, 'base64');
      const topic = key.slice(PREFIX.length);
      this.#set({ topic, payload, qos: kept.q, owner: kept.o, listed: kept.l, lasting: true });
    }
  }

  get size(): number {
    return this.#byTopic.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get(topic: string): Retained | undefined {
    return this.#byTopic.get(topic);
  }

  /**
   * Keeps it as its topic's last message; where there is no room the topic has none afterwards.
   * @param own the gateway's own word has no limit
   */
  put(message: Retained, own = false): boolean {
    const { topic, payload, listed } = message;
    this.remove(topic);
    const size = sizeOf(message);
    const { topicsMax, bytesMax, hallBytesMax } = this.#limits;
    const tooLong = topic.startsWith('hall/') && payload.length > hallBytesMax;
    const full = this.size >= topicsMax || this.#bytes + size > bytesMax;
    const share = this.#unlisted;
    const shareUsed =
      !listed && (share.topics >= topicsMax / 2 || share.bytes + size > bytesMax / 2);
    if (!own && (tooLong || full || shareUsed)) {
      this.refused++;
      return false;
    }
    this.#set(message);
    if (message.lasting) this.#durable.put(`${PREFIX}${topic}`, valueOf(message));
    return true;
  }

  remove(topic: string): void {
    const message = this.#byTopic.get(topic);
    if (message === undefined) return;
    this.#byTopic.delete(topic);
    this.#count(message, -1);
    if (message.lasting) this.#durable.delete(`${PREFIX}${topic}`);
  }

  /** Those that a subscriber to these filters gets, each once. */
  *matching(filters: readonly string[]): Generator<Retained> {
    const wild = filters.filter(hasWildcard).map((filter) => filter.split('/'));
    if (wild.length === 0) {
      for (const filter of new Set(filters)) {
        const message = this.#byTopic.get(filter);
        if (message !== undefined) yield message;
      }
      return;
    }
    const exact = new Set(filters);
    for (const [topic, message] of this.#byTopic) {
      if (exact.has(topic) || wild.some((levels) => isOfFilter(levels, topic))) yield message;
    }
  }

  /** Takes away what is kept and does not fit any more. */
  keepOnly(fits: (topic: string) => boolean): void {
    for (const topic of [...this.#byTopic.keys()]) if (!fits(topic)) this.remove(topic);
  }

  #set(message: Retained): void {
    this.#byTopic.set(message.topic, message);
    this.#count(message, 1);
  }

  #count(message: Retained, sign: 1 | -1): void {
    const size = sign * sizeOf(message);
    this.#bytes += size;
    if (message.listed) return;
    this.#unlisted.topics += sign;
    this.#unlisted.bytes += size;
  }
}

export function hasWildcard(filter: string): boolean {
  return filter.includes('+') || filter.includes('#');
}

function sizeOf({ topic, payload }: Retained): number {
  return topic.length + payload.length + 100;
}

function valueOf({ payload, qos, owner, listed }: Retained): string {
  return JSON.stringify({
    p: Buffer.from(payload).toString('base64'),
    q: qos,
    o: owner,
    l: listed,
  });
}
