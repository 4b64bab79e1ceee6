/** Opens connections at the broker: in MQTT 5, or in 3.1.1 with a broker that does not speak 5. */
import { Connection, type ConnectionOptions } from './connection.ts';
import { ConnectionEnded, ConnectRefused } from './end.ts';
import { type BrokerAddress, openLine } from './line.ts';
import type { Outbox } from './outbox.ts';
import { refusalOf } from './refusal.ts';

export interface OpeningOptions extends Omit<
  ConnectionOptions,
  'protocolVersion' | 'user' | 'password'
> {
  readonly broker: BrokerAddress;
}

export interface Opened {
  readonly connection: Connection;
  readonly sessionPresent: boolean;
}

export class Opening {
  readonly #options: OpeningOptions;
  readonly #outbox: Outbox;
  /** as the broker speaks it */
  version: 4 | 5 = 5;
  /** It has answered a CONNECT of that version. */
  #proven = false;

  constructor(options: OpeningOptions, outbox: Outbox) {
    this.#options = options;
    this.#outbox = outbox;
  }

  /** Resolves after CONNACK; rejects with why there is no connection, and at the abort. */
  async open(signal: AbortSignal): Promise<Opened> {
    try {
      return await this.#shakeHands(this.version, signal);
    } catch (error) {
      if (this.version === 4 || !this.#isOfOldBroker(error)) throw error;
      const opened = await this.#shakeHands(4, signal);
      this.version = 4;
      return opened;
    }
  }

  #isOfOldBroker(error: unknown): boolean {
    if (error instanceof ConnectRefused) return refusalOf(error.code).version;
    return !this.#proven && error instanceof ConnectionEnded && error.end.why === 'closed';
  }

  async #shakeHands(protocolVersion: 4 | 5, signal: AbortSignal): Promise<Opened> {
    const { broker, ...options } = this.#options;
    const transport = await openLine(broker, options.timeoutMs, signal);
    const connection = new Connection(transport, this.#outbox, {
      ...{ ...options, protocolVersion },
      ...(broker.user !== undefined && { user: broker.user }),
      ...(broker.password !== undefined && { password: broker.password }),
    });
    const abandon = () => connection.end({ why: 'stopped' });
    signal.addEventListener('abort', abandon, { once: true });
    if (signal.aborted) abandon();
    try {
      const { sessionPresent } = await connection.connect();
      this.#proven = true;
      return { connection, sessionPresent };
    } catch (error) {
      abandon();
      throw error;
    } finally {
      signal.removeEventListener('abort', abandon);
    }
  }
}
