// What happens to a client's message before it is acknowledged: it is taken (journaled), charged to its client, kept
// where it is to be retained, and passed on or not.
import type { Client, PublishPacket } from 'aedes';
import type { ExactlyOnce, Sender } from './exactly-once.ts';
import { LimitExceeded, type Limits, type Rates } from './limits.ts';
import type { Persistence } from './persistence.ts';
import type { RetainedStore } from './retained.ts';
import type { Outcome, PublishedMessage, TakeMessage } from './way.ts';

export type Done = (error?: Error | null) => void;

export interface PublishingOptions {
  readonly take: TakeMessage;
  readonly mayPublish: ((clientId: string, topic: string) => boolean) | undefined;
  readonly limits: Limits;
  readonly rates: Rates;
  readonly inward: ExactlyOnce;
  readonly retained: RetainedStore;
  readonly persistence: Persistence;
  readonly refused: WeakSet<object>;
  readonly senderOf: (client: Client) => Sender;
  /** By client id or device id. */
  readonly isListed: (id: string) => boolean;
  readonly isStopping: () => boolean;
}

export class Publishing {
  readonly #options: PublishingOptions;
  #onQuiet: (() => void) | undefined;
  held = 0;
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
    this.held++;
    const taken =
      client !== null && packet.qos === 2 && !will
        ? this.#takeOnce(client, packet, message)
        : this.#take(client, packet, message);
    taken.then(
      (waitMs) => {
        if (waitMs === 0 || isStopping()) this.#release(done, null);
        else setTimeout(() => this.#release(done, null), waitMs);
      },
      (error: Error) =>
        this.#release(
          done,
          error instanceof LimitExceeded ? error : new LimitExceeded('overload', error.message),
        ),
    );
  }

  #release(done: Done, error: Error | null): void {
    this.held--;
    done(error);
    if (this.held === 0) this.#onQuiet?.();
  }

  /** Resolves with how long its client has to wait, ms. */
  #take(client: Client | null, packet: PublishPacket, message: PublishedMessage): Promise<number> {
    return this.#options.take(message).then((outcome) => {
      this.#mark(packet, message, outcome.accepted > 0 || outcome.foreign === true);
      return client === null || message.will ? 0 : this.#charge(client, message, outcome);
    });
  }

  async #takeOnce(
    client: Client,
    packet: PublishPacket,
    message: PublishedMessage,
  ): Promise<number> {
    const { inward, senderOf, persistence } = this.#options;
    let waitMs = 0;
    const take = async (receivedAt: number) => {
      waitMs = await this.#take(client, packet, { ...message, receivedAt });
    };
    const repeated = await inward.take(senderOf(client), packet.messageId ?? 0, message, take);
    if (!repeated) return waitMs;
    persistence.repeated.add(packet);
    return this.#charge(client, message, { accepted: 0, rejected: 0 });
  }

  /** Says to `publish`, which comes next, whether to pass it on; and keeps what is to be retained. */
  #mark(packet: PublishPacket, message: PublishedMessage, accepted: boolean): void {
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
      if (!retained.put(kept)) packet.retain = false;
    }
  }

  /** A device's last word goes by its own hand only; what the gateway says of itself stays. */
  #mayClear(clientId: string, topic: string): boolean {
    if (!topic.startsWith('hall/')) return true;
    if (topic.split('/')[2] === 'gateway') return false;
    return deviceIn(topic) === clientId || this.#options.retained.get(topic)?.owner === clientId;
  }

  /** How long this client's next packets have to wait: aedes reads on when all it read is done. */
  #charge(
    client: Client,
    { payload }: { readonly payload: Uint8Array },
    { accepted, rejected }: Outcome,
  ): number {
    const { rates, limits } = this.#options;
    const now = performance.now();
    const rate = rates.of(client.id, now);
    const waitMs = rate.charge(Math.max(1, accepted + rejected), payload.length, now);
    if (waitMs === 0) return 0;
    this.slowed++;
    if (rate.slowedMs(now) > limits.slowedMsMax) {
      client.conn.destroy(new LimitExceeded('rate', `publish: ${client.id} sends too much`));
      return 0;
    }
    return waitMs;
  }
}

function deviceIn(topic: string): string {
  return topic.split('/')[2] ?? '';
}
