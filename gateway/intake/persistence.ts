// What aedes keeps in a persistence, kept our way: QoS 2 ids exactly once, retained messages within their budget, and the
// sessions of clients that are away.
import { Readable } from 'node:stream';
import type { Client, Subscription } from 'aedes';
import type { Durable } from './durable.ts';
import type { ExactlyOnce } from './exactly-once.ts';
import type { RetainedStore } from './retained.ts';
import type { Sessions, Waiting } from './sessions.ts';

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

export interface PersistenceOptions {
  readonly inward: ExactlyOnce;
  readonly retained: RetainedStore;
  readonly sessions: Sessions;
  readonly durable: Durable;
  /** Whether a client's session outlives its connection. */
  readonly stays: (client: Known) => boolean;
}

/** Stands for a session itself among its subscriptions; never granted. */
export const SESSION_MARK: Subscription = { topic: '$session', qos: 0 };

/** The methods that aedes calls (aedes-persistence 11). Nothing here rejects but where aedes asks by rejecting. */
export class Persistence {
  readonly #inward: ExactlyOnce;
  readonly #retained: RetainedStore;
  readonly #stays: (client: Known) => boolean;
  readonly #sessions: Sessions;
  readonly #durable: Durable;
  /** Packets that leave for a client from its queue. */
  readonly #flowing = new WeakSet<object>();
  /** By payload: the clients for which a message waits or has waited. */
  readonly #queuedFor = new WeakMap<object, ReadonlySet<string>>();
  /** Subscriptions that were granted. */
  readonly granted = new WeakSet<object>();
  /** PUBLISH packets whose id stands already: PUBREC is all that they get. */
  readonly repeated = new WeakSet<object>();

  constructor({ inward, retained, sessions, durable, stays }: PersistenceOptions) {
    this.#inward = inward;
    this.#retained = retained;
    this.#sessions = sessions;
    this.#durable = durable;
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

  async addSubscriptions(client: Known, subscriptions: readonly Subscription[]): Promise<void> {
    for (const subscription of subscriptions) {
      // aedes hands over the whole packet for each of its filters, also those that are not granted.
      if (!this.granted.has(subscription)) continue;
      this.#sessions.subscribe(client.id, subscription.topic, subscription.qos);
    }
  }

  async removeSubscriptions(client: Known, filters: readonly string[]): Promise<void> {
    for (const filter of filters) this.#sessions.unsubscribe(client.id, filter);
  }

  async cleanSubscriptions(client: Known): Promise<void> {
    this.#sessions.end(client.id);
  }

  /** Of a session that is there; its mark first, so that CONNACK says so also where it has no filter. */
  async subscriptionsByClient({ id }: Known): Promise<Subscription[]> {
    if (this.#sessions.has(id)) return [SESSION_MARK, ...this.#sessions.subscriptions(id)];
    this.#sessions.open(id);
    return [];
  }

  /** Messages are queued before they are acknowledged (`Sessions.enqueue`), not here. */
  async subscriptionsByTopic(): Promise<never[]> {
    return [];
  }

  async outgoingEnqueueCombi(): Promise<void> {}

  /** A packet is about to be sent: gives a waiting message its packet id, or notes that its PUBREL goes. */
  async outgoingUpdate(client: Known, packet: Passing): Promise<void> {
    if (packet.cmd === 'pubrel') {
      this.#sessions.release(client.id, packet.messageId ?? 0);
      return this.#durable.settled();
    }
    const waiting = this.#waiting(client.id, packet);
    if (waiting === undefined) return;
    packet.messageId = this.#sessions.sent(client.id, waiting, packet.messageId ?? 1);
    this.#flowing.add(packet);
    // Under another id after a death it would be another message.
    if (waiting.qos === 2) await this.#durable.settled();
  }

  async outgoingClearMessageId(client: Known, packet: Passing): Promise<unknown> {
    if (packet.messageId === undefined) return undefined;
    return this.#sessions.done(client.id, packet.messageId);
  }

  outgoingStream({ id }: Known): Readable {
    return Readable.from(
      this.#sessions.queue(id).map((waiting) => {
        const { topic, payload, qos, messageId, released } = waiting;
        if (released) return { cmd: 'pubrel', messageId };
        const dup = messageId !== undefined;
        return { cmd: 'publish', topic, payload, qos, messageId, dup, retain: false };
      }),
    );
  }

  /** Whether a message that is being passed on may go to this client now, and not only when its turn in the queue comes. */
  mayFlow({ id }: Known, packet: Passing): boolean {
    if (this.#flowing.has(packet) || packet.retain || packet.qos === 0) return true;
    if (this.#queuedFor.get(packet.payload)?.has(id) !== true) return true;
    const waiting = this.#waiting(id, packet);
    return waiting !== undefined && waiting.messageId === undefined;
  }

  /** A relayed message waits for the sessions that want it. */
  enqueue(topic: string, payload: Uint8Array, qos: 1 | 2, mayReceive: (id: string) => boolean) {
    const clients = new Set<string>();
    this.#sessions.enqueue(topic, payload, qos, (id) => {
      const may = mayReceive(id);
      if (may) clients.add(id);
      return may;
    });
    if (clients.size > 0) this.#queuedFor.set(payload, clients);
  }

  /** The payload is passed along as it is, and so tells which message it was. */
  #waiting(id: string, { payload }: Passing): Waiting | undefined {
    return this.#sessions.queue(id).find((each) => each.payload === payload);
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
