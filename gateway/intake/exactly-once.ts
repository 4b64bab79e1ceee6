// QoS 2 inward (MQTT 3.1.1 §4.3.3): a message counts once, however often its packet id comes before its PUBREL, over
// reconnects of a session that stays and over a death of the gateway. SPEC §20.
//
// A packet id is on disk, with the time of its first arrival, before its message is taken; PUBREC leaves when the message
// is safe too. After a death in between, the message that comes again is taken as of its first arrival, so that the ids
// made of its content are the same and the journal knows it. PUBCOMP leaves when the id is forgotten on disk.
import { createHash } from 'node:crypto';
import type { Durable } from './durable.ts';
import { LimitExceeded } from './limits.ts';

export interface Sender {
  readonly id: string;
  /** Its session outlives its connection (clean session 0). */
  readonly stays: boolean;
  /** The hall file lists it. */
  readonly listed: boolean;
}

export interface InwardLimits {
  /** Packet ids of one client. */
  readonly perClientMax: number;
  /** Packet ids of all clients; those of clients that are not listed may be half of them. */
  readonly totalMax: number;
  /** Those of a client that has not come back for so long are forgotten, ms. */
  readonly keptMs: number;
}

interface Held {
  readonly receivedAt: number;
  readonly digest: string;
  readonly listed: boolean;
  /** It was taken in an earlier run. */
  done: boolean;
  /** It was, or is being, taken in this run. */
  taken: Promise<void> | undefined;
}

const KEY = /^q (\d+) (.*)$/s;

export class ExactlyOnce {
  readonly #durable: Durable;
  readonly #limits: InwardLimits;
  readonly #now: () => number;
  readonly #clients = new Map<string, Map<number, Held>>();
  #total = 0;
  #unlisted = 0;
  refused = 0;

  /** @param now ms since 1970 */
  constructor(durable: Durable, limits: InwardLimits, now: () => number) {
    this.#durable = durable;
    this.#limits = limits;
    this.#now = now;
    for (const [key, value] of durable.found) this.#restore(key, value);
  }

  get used(): number {
    return this.#total;
  }

  has(clientId: string, messageId: number): boolean {
    return this.#clients.get(clientId)?.has(messageId) === true;
  }

  /**
   * Takes a message unless its packet id stands for it already.
   * @param take takes it as of that arrival; rejects where it is not safe
   * @returns whether it was taken before
   */
  async take(
    sender: Sender,
    messageId: number,
    message: { readonly topic: string; readonly payload: Uint8Array },
    take: (receivedAt: number) => Promise<void>,
  ): Promise<boolean> {
    const digest = digestOf(message);
    const known = this.#clients.get(sender.id)?.get(messageId);
    // A client that lost its state begins its numbers again: another message is no repetition.
    if (known !== undefined && known.digest === digest) {
      if (known.done) return true;
      if (known.taken !== undefined) {
        await known.taken;
        return true;
      }
      await this.#run(sender, messageId, known, take);
      return false;
    }
    if (known !== undefined) this.#forgetOne(sender.id, messageId);
    this.#admit(sender);
    const held: Held = {
      ...{ receivedAt: this.#now(), digest, listed: sender.listed },
      ...{ done: false, taken: undefined },
    };
    this.#hold(sender.id, messageId, held);
    await this.#run(sender, messageId, held, take);
    return false;
  }

  /** PUBREL has come; resolves when the id is free for another message. */
  async release(clientId: string, messageId: number): Promise<void> {
    if (!this.has(clientId, messageId)) return;
    this.#forgetOne(clientId, messageId);
    await this.#durable.settled();
  }

  /** The client's session ended. */
  forget(clientId: string): void {
    for (const messageId of this.#clients.get(clientId)?.keys() ?? []) {
      this.#forgetOne(clientId, messageId);
    }
  }

  /** Forgets what clients that are not there were owed for too long. @param isThere by client id */
  sweep(isThere: (clientId: string) => boolean): void {
    const before = this.#now() - this.#limits.keptMs;
    for (const [clientId, held] of this.#clients) {
      if (isThere(clientId)) continue;
      for (const [messageId, { receivedAt }] of held) {
        if (receivedAt < before) this.#forgetOne(clientId, messageId);
      }
    }
  }

  #run(
    sender: Sender,
    messageId: number,
    held: Held,
    take: (receivedAt: number) => Promise<void>,
  ): Promise<void> {
    const keep = () => {
      const stands = this.#clients.get(sender.id)?.get(messageId) === held;
      if (sender.stays && stands) this.#durable.put(keyOf(sender.id, messageId), valueOf(held));
    };
    const run = async () => {
      keep();
      if (sender.stays) await this.#durable.settled();
      await take(held.receivedAt);
      held.done = true;
      keep();
    };
    held.taken = run().catch((error) => {
      // It is not safe: it will come again, and is taken then.
      held.taken = undefined;
      throw error;
    });
    return held.taken;
  }

  #admit(sender: Sender): void {
    const { perClientMax, totalMax } = this.#limits;
    const mine = this.#clients.get(sender.id)?.size ?? 0;
    const full =
      this.#total >= totalMax || (!sender.listed && this.#unlisted >= Math.ceil(totalMax / 2));
    if (mine < perClientMax && !full) return;
    this.refused++;
    throw new LimitExceeded('budget', `publish: ${sender.id} has too many unreleased QoS 2 ids`);
  }

  #hold(clientId: string, messageId: number, held: Held): void {
    let mine = this.#clients.get(clientId);
    if (mine === undefined) this.#clients.set(clientId, (mine = new Map()));
    mine.set(messageId, held);
    this.#total++;
    if (!held.listed) this.#unlisted++;
  }

  #forgetOne(clientId: string, messageId: number): void {
    const mine = this.#clients.get(clientId);
    const held = mine?.get(messageId);
    if (mine === undefined || held === undefined) return;
    mine.delete(messageId);
    if (mine.size === 0) this.#clients.delete(clientId);
    this.#total--;
    if (!held.listed) this.#unlisted--;
    this.#durable.delete(keyOf(clientId, messageId));
  }

  #restore(key: string, value: string): void {
    const parts = KEY.exec(key);
    if (parts === null) return;
    const [receivedAt, digest = '', listed, done] = value.split(' ');
    this.#hold(parts[2]!, Number(parts[1]), {
      ...{ receivedAt: Number(receivedAt), digest, listed: listed === '1' },
      ...{ done: done === '1', taken: undefined },
    });
  }
}

function keyOf(clientId: string, messageId: number): string {
  return `q ${messageId} ${clientId}`;
}

function valueOf({ receivedAt, digest, listed, done }: Held): string {
  return `${receivedAt} ${digest} ${listed ? 1 : 0} ${done ? 1 : 0}`;
}

function digestOf({ topic, payload }: { topic: string; payload: Uint8Array }): string {
  const hash = createHash('sha256').update(`${topic.length} ${topic}`).update(payload);
  return hash.digest('base64url').slice(0, 22);
}
