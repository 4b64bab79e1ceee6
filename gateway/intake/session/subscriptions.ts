/** What a session at an external broker asks for, and which of it is no message of a device. */
import { STREAMS } from '../../../hall/topic.ts';
import { CodedError, message } from '../../log.ts';
import type { Connection, Message } from './connection.ts';
import { Dropped, DROPPED_TOPIC } from './dropped.ts';
import { uncovered } from './filters.ts';

export interface SubscriptionOptions {
  readonly hall: string;
  /** the broker's address, for people */
  readonly broker: string;
  /** The sources' topic filters: what is retained there is asked for once in every run. */
  readonly filters: readonly string[];
  /** After each attempt: what the broker does not grant, as it should; undefined where all is well. */
  readonly onGranted: (trouble: CodedError | undefined) => void;
  readonly onDropped: (trouble: CodedError) => void;
}

/** Filters that the broker refused are asked for again: somebody may have granted them. */
const AGAIN_MS = 30_000;
/** SUBACK: reason codes from there on are refusals (MQTT 5 §3.9.3). */
const REFUSED = 0x80;

export class Subscriptions {
  readonly #options: SubscriptionOptions;
  readonly #filters: readonly string[];
  /** Of the sources' filters those whose retained messages this run has not asked for yet. */
  readonly #unasked: Set<string>;
  readonly #dropped: Dropped;
  #mayAskDropped = true;

  constructor(options: SubscriptionOptions) {
    this.#options = options;
    this.#filters = uncovered([`hall/${options.hall}/+/+`, ...options.filters]);
    this.#unasked = new Set(options.filters);
    this.#dropped = new Dropped((count, total) => {
      const { broker, onDropped } = options;
      onDropped(new CodedError(message('broker.dropped', { broker, count, total })));
    });
  }

  /** Messages that the broker threw away since it started, for any client, as far as it says so. */
  get dropped(): number {
    return this.#dropped.count ?? 0;
  }

  /** What gateways of this hall and the broker say about themselves is no device's signal. */
  isOfDevice({ topic, payload }: Message): boolean {
    if (topic === DROPPED_TOPIC) {
      this.#dropped.hear(payload);
      return false;
    }
    const prefix = `hall/${this.#options.hall}/gateway/`;
    return !topic.startsWith(prefix) || STREAM_NAMES.has(topic.slice(prefix.length));
  }

  /**
   * Asks for every filter on every connect: a session that the broker lost has none. Retained messages come for a new
   * subscription. Those of the sources are asked for once in each run of the gateway: the readers remember only a part of
   * what an earlier run was sent.
   */
  async ask(connection: Connection): Promise<void> {
    const { broker, onGranted } = this.#options;
    const answers = await connection.subscribe(this.#filters, (filter) => {
      return { qos: 1, rh: this.#unasked.has(filter) ? 0 : 1 };
    });
    const granted = this.#filters.map((filter, index) => {
      return [filter, answers[index] ?? REFUSED] as const;
    });
    const named = (isSuch: (code: number) => boolean) =>
      granted.flatMap(([filter, code]) => (isSuch(code) ? [filter] : []));
    for (const filter of named((code) => code < REFUSED)) this.#unasked.delete(filter);
    const refused = named((code) => code >= REFUSED).join(', ');
    const unsafe = named((code) => code === 0).join(', ');
    if (refused !== '') {
      const text = message('broker.subscription-refused', { broker, filters: refused });
      onGranted(new CodedError(text));
      this.#askAgain(connection);
    } else if (unsafe !== '') {
      onGranted(new CodedError(message('broker.qos-0', { broker, filters: unsafe })));
    } else onGranted(undefined);
  }

  /** Some brokers end the connection of one who asks for what it may not read: not asked again then. */
  async askDropped(connection: Connection): Promise<void> {
    if (!this.#mayAskDropped) return;
    this.#mayAskDropped = false;
    try {
      await connection.subscribe([DROPPED_TOPIC], () => ({ qos: 0, rh: 0 }));
      this.#mayAskDropped = true;
    } catch {
      // The session reports that the connection ended; nothing is to be reported here.
    }
  }

  #askAgain(connection: Connection): void {
    const timer = setTimeout(() => {
      this.ask(connection).catch((error: unknown) => connection.end({ why: 'closed', error }));
    }, AGAIN_MS);
    void connection.ended.then(() => clearTimeout(timer));
  }
}

const STREAM_NAMES: ReadonlySet<string> = new Set(STREAMS);
