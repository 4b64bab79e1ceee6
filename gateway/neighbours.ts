// The last summary of each hall of `neighbours:`. At an external broker a connection of its own reads them; the embedded one
// hands them over. They are no signals: nothing of them is journaled or a dead letter. SPEC 25.9.
import type { HallConfig } from '../hall/config.ts';
import { readSummary, SUMMARY_BYTES_MAX, type Neighbour } from '../hall/neighbour.ts';
import type { Clock } from './clock.ts';
import { reasonOfFailure } from './intake/session/end.ts';
import { type BrokerAddress, placeOf } from './intake/session/line.ts';
import { Listener } from './intake/session/listener.ts';
import type { Outcome, PublishedMessage } from './intake/broker-link.ts';
import { message, type Tell } from './log.ts';
import { summaryTopic } from './summary.ts';

export interface NeighboursOptions {
  readonly config: HallConfig;
  /** undefined: the embedded one */
  readonly broker: BrokerAddress | undefined;
  readonly clock: Clock;
  readonly onWarn: Tell;
}

/** Room for the topic beside the payload. */
const PACKET_BYTES_MAX = SUMMARY_BYTES_MAX + 1024;

export class Neighbours {
  readonly stats = { received: 0, refused: 0 };
  readonly #options: NeighboursOptions;
  readonly #halls: ReadonlyMap<string, string>;
  readonly #heard = new Map<string, Neighbour>();
  /** Halls whose last message was refused: told once. */
  readonly #told = new Set<string>();
  readonly #listener: Listener | undefined;

  constructor(options: NeighboursOptions) {
    this.#options = options;
    const { broker, config } = options;
    this.#halls = new Map(config.neighbours.map(({ id }) => [summaryTopic(id), id]));
    if (broker !== undefined && this.#halls.size > 0) this.#listener = this.#listen(broker);
  }

  /** Those of which anything was heard. */
  get heard(): readonly Neighbour[] {
    return [...this.#heard.values()];
  }

  /**
   * At the embedded broker: takes a message that is a neighbour's summary. Only a client with the id of that hall's gateway
   * may publish one, as devices have their own ids; whatever else comes on such a topic is a dead letter as before.
   */
  take({ topic, payload, clientId, will, cut }: PublishedMessage): Promise<Outcome> | undefined {
    const hall = this.#halls.get(topic);
    if (hall === undefined || will || cut || clientId !== `hallcast-${hall}`) return undefined;
    const isRead = this.#read(hall, payload);
    return Promise.resolve(
      isRead ? { accepted: 1, rejected: 0, summary: true } : { accepted: 0, rejected: 1 },
    );
  }

  async stop(): Promise<void> {
    await this.#listener?.stop();
  }

  #listen(broker: BrokerAddress): Listener {
    const { config, onWarn } = this.#options;
    return new Listener({
      broker,
      clientId: `hallcast-${config.hall.id}-neighbours-${crypto.randomUUID().slice(0, 8)}`,
      keepAliveSeconds: config.broker.keep_alive_s,
      packetBytesMax: PACKET_BYTES_MAX,
      topics: [...this.#halls.keys()],
      onMessage: ({ topic, payload, cutFrom }) => {
        const hall = this.#halls.get(topic);
        if (hall === undefined) return;
        if (cutFrom === undefined) this.#read(hall, payload);
        else this.#refuse(hall, 'size');
      },
      onRefused: (topics) =>
        onWarn(message('neighbours.not-granted', { topics: topics.join(', ') }), STAGE),
      onFailed: (error) => {
        const reason = reasonOfFailure(placeOf(broker), error);
        onWarn(message('neighbours.connection', { error: reason }), STAGE);
      },
    });
  }

  /** An empty message clears what was retained. @returns whether the message was one that counts */
  #read(hall: string, payload: Uint8Array): boolean {
    if (payload.length === 0) {
      this.#heard.delete(hall);
      return true;
    }
    const read = readSummary(payload, hall);
    if ('refused' in read) {
      this.#refuse(hall, read.refused);
      return false;
    }
    this.stats.received++;
    this.#told.delete(hall);
    this.#heard.set(hall, { id: hall, heardAt: this.#options.clock.now(), summary: read });
    return true;
  }

  /** What was heard before stays, and grows old. */
  #refuse(hall: string, field: string): void {
    this.stats.refused++;
    if (this.#told.has(hall)) return;
    this.#told.add(hall);
    this.#options.onWarn(message('neighbours.refused', { hall, field }), STAGE);
  }
}

const STAGE = { stage: 'neighbours' };
