// A small connection of its own to the broker, which sees what the leader says of itself. It never publishes.
import { randomInt } from 'node:crypto';
import type { Connection, Message } from '../intake/session/connection.ts';
import { reasonOfFailure } from '../intake/session/end.ts';
import { type BrokerAddress, placeOf } from '../intake/session/line.ts';
import { Opening } from '../intake/session/opening.ts';
import { Outbox } from '../intake/session/outbox.ts';
import { pause } from '../intake/session/wait.ts';
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

const TIMEOUT_MS = 5_000;
const BACKOFF_MS = { first: 200, most: 2_000 };
/** A retained message follows the SUBACK at once (MQTT 5 §3.8.4); so long it may be on its way. */
const RETAINED_MS = 400;
const PACKET_BYTES_MAX = 64 * 1024;

export class Watch {
  readonly #options: WatchOptions;
  readonly #opening: Opening;
  readonly #stopping = new AbortController();
  readonly #running: Promise<void>;
  #connection: Connection | undefined;
  #failures = 0;
  #sees = false;
  #message: StateMessage | undefined;
  #messageAt = -Infinity;
  #lastOnline: StateMessage | undefined;

  constructor(options: WatchOptions) {
    this.#options = options;
    const { broker, clientId, keepAliveSeconds } = options;
    this.#opening = new Opening(
      {
        ...{ broker, clientId, keepAliveSeconds, clean: true, sessionExpirySeconds: 0 },
        ...{ receiveMaximum: 20, timeoutMs: TIMEOUT_MS, packetBytesMax: PACKET_BYTES_MAX },
        ...{ will: undefined, take: (message: Message) => this.#take(message) },
      },
      new Outbox({ waitMs: TIMEOUT_MS, max: 1 }),
    );
    this.#running = this.#run();
  }

  /** `sees`: connected and subscribed, and whatever is retained has come. */
  get sight(): Pick<Sight, 'sees' | 'message' | 'messageMs' | 'lastOnline'> {
    return {
      ...{ sees: this.#sees, message: this.#message, lastOnline: this.#lastOnline },
      messageMs: performance.now() - this.#messageAt,
    };
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#connection?.disconnect(500);
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        await this.#live();
      } catch (error) {
        if (signal.aborted) return;
        // The session says the same with more care: once is enough here.
        if (this.#failures++ === 0) {
          const reason = reasonOfFailure(placeOf(this.#options.broker), error);
          const told = message('standby.watch', { error: reason });
          this.#options.onError(new CodedError(told), { stage: 'standby' });
        }
      }
      this.#setSight(false);
      const backoff = Math.min(BACKOFF_MS.most, BACKOFF_MS.first * 2 ** this.#failures);
      await pause(backoff + randomInt(100), signal);
    }
  }

  async #live(): Promise<void> {
    const { topic } = this.#options;
    const { signal } = this.#stopping;
    const { connection } = await this.#opening.open(signal);
    this.#connection = connection;
    if (signal.aborted) connection.end({ why: 'stopped' });
    const [granted = 0x80] = await connection.subscribe([topic]);
    if (granted >= 0x80) {
      connection.end({ why: 'stopped' });
      throw new CodedError(message('standby.watch-refused', { topic }));
    }
    const settled = setTimeout(() => {
      this.#failures = 0;
      this.#setSight(true);
    }, RETAINED_MS);
    await connection.ended;
    clearTimeout(settled);
  }

  #take({ payload }: Message): undefined {
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
