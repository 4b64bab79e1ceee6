// What aedes keeps in a persistence, kept our way: QoS 2 ids exactly once, retained messages within their budget, and the
// sessions of clients that are away.
import { Readable } from 'node:stream';
import type { Client, Subscription } from 'aedes';
import type { ExactlyOnce } from './exactly-once.ts';
import type { RetainedStore } from './retained.ts';

/** As aedes hands packets around; of a PUBREL it has `cmd` and `messageId` only. */
export interface Passing {
  cmd: string;
  topic: string;
  payload: Uint8Array;
  qos: 0 | 1 | 2;
  retain: boolean;
  messageId?: number;
}

type Known = Pick<Client, 'id'>;

/** The methods that aedes calls (aedes-persistence 11). Nothing here rejects but where aedes asks by rejecting. */
export class Persistence {
  readonly #inward: ExactlyOnce;
  readonly #retained: RetainedStore;
  readonly #stays: (client: Known) => boolean;
  /** PUBLISH packets whose id stands already: PUBREC is all that they get. */
  readonly repeated = new WeakSet<object>();

  /** @param stays whether a client's session outlives its connection */
  constructor(inward: ExactlyOnce, retained: RetainedStore, stays: (client: Known) => boolean) {
    this.#inward = inward;
    this.#retained = retained;
    this.#stays = stays;
  }

  // aedes looks at this method's kind.
  async setup(): Promise<void> {}

  /** The broker has kept it already, where it may be kept (see `retained.ts`). */
  async storeRetained(): Promise<void> {}

  createRetainedStreamCombi(filters: readonly string[]): Readable {
    const retained = this.#retained;
    return Readable.from(
      (function* () {
        for (const { topic, payload, qos } of retained.matching(filters)) {
          yield { cmd: 'publish', topic, payload, qos, retain: true };
        }
      })(),
    );
  }

  async addSubscriptions(_client: Known, _subscriptions: readonly Subscription[]): Promise<void> {}

  async removeSubscriptions(_client: Known, _filters: readonly string[]): Promise<void> {}

  async cleanSubscriptions(_client: Known): Promise<void> {}

  async subscriptionsByClient(_client: Known): Promise<Subscription[]> {
    return [];
  }

  /** Messages are queued before they are acknowledged, not here. */
  async subscriptionsByTopic(): Promise<never[]> {
    return [];
  }

  async outgoingEnqueueCombi(): Promise<void> {}

  async outgoingUpdate(_client: Known, _packet: Passing): Promise<void> {}

  async outgoingClearMessageId(_client: Known, _packet: Passing): Promise<undefined> {}

  outgoingStream(_client: Known): Readable {
    return Readable.from([]);
  }

  async incomingStorePacket(): Promise<void> {}

  async incomingGetPacket(client: Known, packet: Passing): Promise<Passing> {
    const stands =
      packet.cmd === 'pubrel'
        ? this.#inward.has(client.id, packet.messageId ?? 0)
        : this.repeated.has(packet);
    if (!stands) throw new Error('no such packet');
    return packet;
  }

  async incomingDelPacket(client: Known, { messageId }: Passing): Promise<void> {
    await this.#inward.release(client.id, messageId ?? 0);
  }

  /** A clean session begins or ends. */
  async cleanIncoming(client: Known): Promise<void> {
    if (!this.#stays(client)) this.#inward.forget(client.id);
  }

  async putWill(): Promise<void> {}

  async delWill(): Promise<void> {}

  streamWill(): Readable {
    return Readable.from([]);
  }
}
