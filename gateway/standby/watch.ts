// Sees at the broker what the leader says of itself.
import type { Message } from '../intake/session/connection.ts';
import { reasonOfFailure } from '../intake/session/end.ts';
import { type BrokerAddress, placeOf } from '../intake/session/line.ts';
import { Listener } from '../intake/session/listener.ts';
import type { Sight } from './claim.ts';
import { readStateMessage, type StateMessage } from './state-message.ts';
import { CodedError, message, type OnError } from '../log.ts';

export interface WatchOptions {
  readonly broker: BrokerAddress;
  readonly topic: string;
  readonly clientId: string;
  readonly keepAliveSeconds: number;
  /** this life of the process, whose own messages are not another leader's */
  readonly run: string;
  /** Something of `sight` is different now. */
  readonly onChange: () => void;
  readonly onError: OnError;
}

const PACKET_BYTES_MAX = 64 * 1024;

export class Watch {
  readonly #options: WatchOptions;
  readonly #listener: Listener;
  #sees = false;
  #message: StateMessage | undefined;
  #messageAt = -Infinity;
  #lastOnline: StateMessage | undefined;

  constructor(options: WatchOptions) {
    this.#options = options;
    const { broker, clientId, keepAliveSeconds, topic, onError } = options;
    this.#listener = new Listener({
      ...{ broker, clientId, keepAliveSeconds, packetBytesMax: PACKET_BYTES_MAX },
      topics: [topic],
      onMessage: (message) => this.#take(message),
      onRefused: () => {
        throw new CodedError(message('standby.watch-refused', { topic }));
      },
      onSees: (sees) => this.#setSight(sees),
      // The session says the same with more care: once is enough here.
      onFailed: (error) => {
        const reason = reasonOfFailure(placeOf(broker), error);
        const told = message('standby.watch', { error: reason });
        onError(new CodedError(told), { stage: 'standby' });
      },
    });
  }

  /** `sees`: connected and subscribed, and whatever is retained has come. */
  get sight(): Pick<Sight, 'sees' | 'message' | 'messageMs' | 'lastOnline'> {
    return {
      ...{ sees: this.#sees, message: this.#message, lastOnline: this.#lastOnline },
      messageMs: performance.now() - this.#messageAt,
    };
  }

  stop(): Promise<void> {
    return this.#listener.stop();
  }

  #take({ payload }: Message): void {
    const message = readStateMessage(payload);
    this.#message = message;
    this.#messageAt = performance.now();
    if (message?.state === 'online' && message.run !== this.#options.run)
      this.#lastOnline = message;
    this.#options.onChange();
  }

  #setSight(sees: boolean): void {
    if (sees === this.#sees) return;
    this.#sees = sees;
    this.#options.onChange();
  }
}
