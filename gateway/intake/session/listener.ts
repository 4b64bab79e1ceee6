// A small connection of its own to the broker, with a clean session: reads what is retained at a few topics, and what comes
// there. It never publishes.
import { randomInt } from 'node:crypto';
import type { Connection, Message } from './connection.ts';
import type { BrokerAddress } from './line.ts';
import { Opening } from './opening.ts';
import { Outbox } from './outbox.ts';
import { pause } from './wait.ts';

export interface ListenerOptions {
  readonly broker: BrokerAddress;
  readonly topics: readonly string[];
  readonly clientId: string;
  readonly keepAliveSeconds: number;
  /** a longer message comes cut */
  readonly packetBytesMax: number;
  readonly onMessage: (message: Message) => void;
  /** The broker does not grant these. Where it throws, the connection ends and is tried again. */
  readonly onRefused: (topics: readonly string[]) => void;
  /** Connected and subscribed, and whatever is retained has come; or no more. */
  readonly onSees?: (sees: boolean) => void;
  /** Of several attempts in a row the first tells. */
  readonly onFailed: (error: unknown) => void;
}

const TIMEOUT_MS = 5_000;
const BACKOFF_MS = { first: 200, most: 2_000 };
/** A retained message follows the SUBACK at once (MQTT 5 §3.8.4); so long it may be on its way. */
const RETAINED_MS = 400;
/** SUBACK: reason codes from there on are refusals (MQTT 5 §3.9.3). */
const REFUSED = 0x80;

export class Listener {
  readonly #options: ListenerOptions;
  readonly #opening: Opening;
  readonly #stopping = new AbortController();
  readonly #running: Promise<void>;
  #connection: Connection | undefined;
  #failures = 0;

  constructor(options: ListenerOptions) {
    this.#options = options;
    const { broker, clientId, keepAliveSeconds, packetBytesMax, onMessage } = options;
    this.#opening = new Opening(
      {
        ...{ broker, clientId, keepAliveSeconds, clean: true, sessionExpirySeconds: 0 },
        ...{ receiveMaximum: 20, timeoutMs: TIMEOUT_MS, packetBytesMax, will: undefined },
        take: (message: Message) => void onMessage(message),
      },
      new Outbox({ waitMs: TIMEOUT_MS, max: 1 }),
    );
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#connection?.disconnect(500);
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    const { onFailed, onSees } = this.#options;
    while (!signal.aborted) {
      try {
        await this.#live();
      } catch (error) {
        if (signal.aborted) return;
        if (this.#failures++ === 0) onFailed(error);
      }
      onSees?.(false);
      const backoff = Math.min(BACKOFF_MS.most, BACKOFF_MS.first * 2 ** this.#failures);
      await pause(backoff + randomInt(100), signal);
    }
  }

  async #live(): Promise<void> {
    const { topics, onRefused, onSees } = this.#options;
    const { signal } = this.#stopping;
    const { connection } = await this.#opening.open(signal);
    this.#connection = connection;
    if (signal.aborted) connection.end({ why: 'stopped' });
    const granted = await connection.subscribe(topics);
    const refused = topics.filter((_topic, index) => (granted[index] ?? REFUSED) >= REFUSED);
    try {
      if (refused.length > 0) onRefused(refused);
    } catch (error) {
      connection.end({ why: 'stopped' });
      throw error;
    }
    const settled = setTimeout(() => {
      this.#failures = 0;
      onSees?.(true);
    }, RETAINED_MS);
    await connection.ended;
    clearTimeout(settled);
  }
}
