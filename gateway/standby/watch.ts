// A small connection of its own to the broker, which sees what the leader says of itself. It never publishes.
import { randomInt } from 'node:crypto';
import {
  Connection,
  ConnectionEnded,
  ConnectRefused,
  type Message,
} from '../intake/session/connection.ts';
import { reasonOfFailure } from '../intake/session/end.ts';
import { type BrokerAddress, openLine, placeOf } from '../intake/session/line.ts';
import { Outbox } from '../intake/session/outbox.ts';
import { refusalOf } from '../intake/session/refusal.ts';
import { readStateMessage, type StateMessage } from './state-message.ts';
import { CodedError, message, type OnError } from '../log.ts';

export interface WatchOptions {
  readonly broker: BrokerAddress;
  readonly topic: string;
  readonly clientId: string;
  readonly keepAliveSeconds: number;
  /** Each time that the leader says something; `retained`: said before we listened, so maybe long ago. */
  readonly onWord: (word: StateMessage | undefined, retained: boolean) => void;
  /** Connected and subscribed, and whatever is retained has come; or not connected any more. */
  readonly onSight: (sees: boolean) => void;
  readonly onError: OnError;
}

export interface Watch {
  readonly sees: boolean;
  stop(): Promise<void>;
}

const TIMEOUT_MS = 5_000;
const BACKOFF_MS = { first: 200, most: 2_000 };
/** A retained message follows the SUBACK at once (MQTT 5 §3.8.4); so long it may be on its way. */
const RETAINED_MS = 400;
const PACKET_BYTES_MAX = 64 * 1024;

export function startWatch(options: WatchOptions): Watch {
  return new Watcher(options);
}

class Watcher implements Watch {
  readonly #options: WatchOptions;
  readonly #stopping = new AbortController();
  readonly #running: Promise<void>;
  #connection: Connection | undefined;
  #version: 4 | 5 = 5;
  #failures = 0;
  sees = false;

  constructor(options: WatchOptions) {
    this.#options = options;
    this.#running = this.#run();
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
        if (error instanceof ConnectRefused && refusalOf(error.code).version) this.#version = 4;
        else if (error instanceof ConnectionEnded && this.#failures === 0) this.#version = 4;
        // The session says the same with more care: once is enough here.
        if (this.#failures++ === 0) {
          const reason = reasonOfFailure(placeOf(this.#options.broker), error);
          const told = message('standby.watch', { error: reason });
          this.#options.onError(new CodedError(told), { stage: 'standby' });
        }
      }
      this.#setSight(false);
      await this.#pause(
        Math.min(BACKOFF_MS.most, BACKOFF_MS.first * 2 ** this.#failures) + randomInt(100),
      );
    }
  }

  async #live(): Promise<void> {
    const { broker, topic, clientId, keepAliveSeconds } = this.#options;
    const { signal } = this.#stopping;
    const transport = await openLine(broker, TIMEOUT_MS, signal);
    const outbox = new Outbox({ waitMs: TIMEOUT_MS, max: 1 });
    const connection = new Connection(transport, outbox, {
      ...{ protocolVersion: this.#version, clientId, keepAliveSeconds, clean: true },
      ...{ sessionExpirySeconds: 0, receiveMaximum: 20, timeoutMs: TIMEOUT_MS },
      ...{ packetBytesMax: PACKET_BYTES_MAX, will: undefined },
      ...(broker.user !== undefined && { user: broker.user }),
      ...(broker.password !== undefined && { password: broker.password }),
      take: (message) => this.#take(message),
    });
    this.#connection = connection;
    if (signal.aborted) connection.end({ why: 'stopped' });
    await connection.connect();
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

  #take({ payload, retain }: Message): undefined {
    this.#options.onWord(readStateMessage(payload), retain);
  }

  #setSight(sees: boolean): void {
    if (sees === this.sees) return;
    this.sees = sees;
    this.#options.onSight(sees);
  }

  #pause(ms: number): Promise<void> {
    const { signal } = this.#stopping;
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      signal.addEventListener('abort', done);
    });
  }
}
