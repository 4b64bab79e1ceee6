// What happens to a client's message before it is acknowledged: it is taken (journaled), charged to its client, kept
// where it is to be retained, and passed on or not.
import type { Client, PublishPacket } from 'aedes';
import type { Durable } from './durable.ts';
import type { ExactlyOnce, Sender } from './exactly-once.ts';
import type { Accounts, Charged, Payer } from './accounts.ts';
import { LimitExceeded, type Limits } from './limits.ts';
import type { DeviceStream } from './stream.ts';
import type { Persistence } from './persistence.ts';
import type { Relay } from './relay.ts';
import type { RetainedStore } from './retained.ts';
import type { Outcome, PublishedMessage, TakeMessage } from './broker-link.ts';

export type Done = (error?: Error | null) => void;

export interface PublishingOptions {
  readonly take: TakeMessage;
  readonly mayPublish: ((clientId: string, topic: string) => boolean) | undefined;
  readonly limits: Limits;
  readonly accounts: Accounts;
  readonly payerOf: (client: Client) => Payer;
  readonly inward: ExactlyOnce;
  readonly retained: RetainedStore;
  readonly persistence: Persistence;
  readonly durable: Durable;
  readonly relay: Relay;
  /** A vendor's command that is not passed on. */
  readonly onWithheld: (message: PublishedMessage) => void;
  readonly refused: WeakSet<object>;
  readonly senderOf: (client: Client) => Sender;
  /** By client id or device id. */
  readonly isListed: (id: string) => boolean;
  readonly isStopping: () => boolean;
}

type Taking = (receivedAt: number | undefined) => Promise<number>;

export class Publishing {
  readonly #options: PublishingOptions;
  #onQuiet: (() => void) | undefined;
  held = 0;
  relayed = 0;
  slowed = 0;

  constructor(options: PublishingOptions) {
    this.#options = options;
  }

  /** Resolves when nothing is held any more, at the latest after so long. */
  quiet(graceMs: number): Promise<void> {
    if (this.held === 0) return Promise.resolve();
    return new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, graceMs);
      this.#onQuiet = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** The heart: no PUBACK and no PUBREC before the message is safe. */
  hold(client: Client | null, packet: PublishPacket, done: Done): void {
    const { mayPublish, isStopping } = this.#options;
    const clientId = client?.id ?? '';
    const { topic } = packet;
    const will = !('cmd' in packet);
    if (will && isStopping()) return done(new Error('will: the gateway stops'));
    if (mayPublish?.(clientId, topic) === false) {
      return done(new LimitExceeded('forbidden', `publish: ${clientId} may not publish ${topic}`));
    }
    const payload =
      typeof packet.payload === 'string' ? Buffer.from(packet.payload) : packet.payload;
    const message = { topic, payload, clientId, retain: packet.retain, will };
    if (will && client !== null && !this.#mayDie(client, message)) {
      return done(new LimitExceeded('rate', `will: ${clientId} sends too much`));
    }
    const stream = will ? undefined : (client?.conn as unknown as DeviceStream | undefined);
    const size = topic.length + payload.length;
    stream?.carry(size);
    this.held++;
    const release = (error: Error | null) => {
      stream?.land(size);
      this.#release(done, error);
    };
    const take = this.#taking(client, packet, message);
    const taken =
      client !== null && packet.qos === 2 && !will
        ? this.#takeOnce(client, packet, message, take)
        : take(undefined);
    taken.then(
      (waitMs) => {
        if (waitMs === 0 || isStopping()) release(null);
        else setTimeout(() => release(null), waitMs);
      },
      (error: Error) =>
        release(
          error instanceof LimitExceeded ? error : new LimitExceeded('overload', error.message),
        ),
    );
  }

  #release(done: Done, error: Error | null): void {
    this.held--;
    done(error);
    if (this.held === 0) this.#onQuiet?.();
  }

  /** How this message is taken; resolves with how long its client has to wait, ms. */
  #taking(client: Client | null, packet: PublishPacket, message: PublishedMessage): Taking {
    const { relay } = this.#options;
    const ruling = relay.judge(message.clientId, message.topic);
    if (ruling === 'relay') return () => this.#relay(client, packet, message);
    if (ruling === 'withhold') this.#options.onWithheld(message);
    return (receivedAt) =>
      this.#options
        .take(receivedAt === undefined ? message : { ...message, receivedAt })
        .then((outcome) => {
          const passes = outcome.accepted > 0 || outcome.foreign === true;
          this.#mark(packet, message, passes && ruling === 'take', outcome.summary);
          return client === null || message.will ? 0 : this.#charge(client, message, outcome);
        });
  }

  async #takeOnce(
    client: Client,
    packet: PublishPacket,
    message: PublishedMessage,
    take: Taking,
  ): Promise<number> {
    const { inward, senderOf, persistence, durable } = this.#options;
    let waitMs = 0;
    const once = async (receivedAt: number) => void (waitMs = await take(receivedAt));
    const repeated = await inward.take(senderOf(client), packet.messageId ?? 0, message, once);
    // What waits for others and the mark of the packet id are one write.
    await durable.settled();
    if (!repeated) return waitMs;
    persistence.repeated.add(packet);
    return this.#charge(client, message, { accepted: 0, rejected: 0 });
  }

  /** Not the hall's: it is kept for whom it has to wait for, and passed on. */
  async #relay(
    client: Client | null,
    packet: PublishPacket,
    message: PublishedMessage,
  ): Promise<number> {
    const { persistence, retained, relay, isListed, durable } = this.#options;
    const { topic, clientId } = message;
    this.relayed++;
    // Of its own: what was read with it goes; and who waits for it knows it by its payload.
    const payload = Buffer.from(message.payload);
    packet.payload = payload;
    const { qos } = packet;
    if (packet.retain && payload.length === 0) retained.remove(topic);
    else if (packet.retain) {
      const kept = { topic, payload, qos, owner: clientId, listed: isListed(clientId) };
      if (!retained.put({ ...kept, lasting: true })) packet.retain = false;
    }
    if (qos > 0) {
      persistence.enqueue(topic, payload, qos as 1 | 2, (id) => relay.mayReceive(id, topic));
    }
    // Of QoS 2 the packet id is marked first.
    if (qos === 1) await durable.settled();
    if (client === null || message.will) return 0;
    return this.#charge(client, message, { accepted: 1, rejected: 0 });
  }

  /** Says to `publish`, which comes next, whether to pass it on; and keeps what is to be retained. */
  #mark(
    packet: PublishPacket,
    message: PublishedMessage,
    accepted: boolean,
    summary = false,
  ): void {
    const { retained, refused, isListed } = this.#options;
    const { topic, payload, clientId } = message;
    const clears = packet.retain && payload.length === 0 && this.#mayClear(clientId, topic);
    if ((!accepted && !clears) || topic.startsWith('$')) {
      refused.add(packet);
    } else if (packet.retain && payload.length === 0) {
      retained.remove(topic);
    } else if (packet.retain) {
      const listed = isListed(clientId) || (topic.startsWith('hall/') && isListed(deviceIn(topic)));
      const { qos } = packet;
      const kept = { topic, payload, qos, owner: clientId, listed, lasting: false };
      if (!retained.put(kept, summary)) packet.retain = false;
    }
  }

  /** A device's last word goes by its own hand only; what the gateway says of itself stays. */
  #mayClear(clientId: string, topic: string): boolean {
    if (!topic.startsWith('hall/')) return true;
    if (topic.split('/')[2] === 'gateway') return false;
    return deviceIn(topic) === clientId || this.#options.retained.get(topic)?.owner === clientId;
  }

  /** How long this client's next packets have to wait: aedes reads on when all it read is done. */
  #charge(client: Client, message: PublishedMessage, { accepted, rejected }: Outcome): number {
    const { topic, payload } = message;
    const { accounts, payerOf } = this.#options;
    const signals = Math.max(1, accepted + rejected);
    return this.settle(
      client,
      accounts.charge(payerOf(client), signals, topic.length + payload.length),
    );
  }

  /** What a charge means for its client. */
  settle(client: Client, { waitMs, slowedMs }: Charged): number {
    if (waitMs === 0) return 0;
    this.slowed++;
    if (slowedMs > this.#options.limits.slowedMsMax) {
      client.conn.destroy(new LimitExceeded('rate', `${client.id} sends too much`));
      return 0;
    }
    return waitMs;
  }

  /** A will cannot be made to wait: where its client or, of strangers, its address has used up its account it is left out. */
  #mayDie(client: Client, { topic, payload }: PublishedMessage): boolean {
    const { accounts, payerOf } = this.#options;
    const payer = payerOf(client);
    const bytes = topic.length + payload.length;
    // A will may be an array: its signals are not counted yet.
    const { waitMs } = accounts.charge(payer, 1 + Math.floor(bytes / 100), bytes);
    if (waitMs > 0) this.slowed++;
    return waitMs === 0 || payer.listed;
  }
}

function deviceIn(topic: string): string {
  return topic.split('/')[2] ?? '';
}
