/**
 * The way in through the hall's own MQTT broker: one persistent session under a fixed client id. A message is
 * acknowledged when it is on disk; what was not, the broker sends again; what comes while nobody is connected, it keeps.
 */
import { STREAMS } from '../../hall/topic.ts';
import { Connection, type Message } from './session/connection.ts';
import { Dropped, DROPPED_TOPIC } from './session/dropped.ts';
import {
  ConnectionEnded,
  ConnectRefused,
  type End,
  reasonOfEnd,
  reasonOfFailure,
} from './session/end.ts';
import { uncovered } from './session/filters.ts';
import { NoAnswer, openLine, placeOf } from './session/line.ts';
import type { Session, SessionOptions, SessionStats } from './session/options.ts';
import { Outbox } from './session/outbox.ts';
import { reasonOf, refusalOf } from './session/refusal.ts';
import { Retry, SESSION_TAKEN } from './session/retry.ts';
import { pause, unlessAborted } from './session/wait.ts';
import type { Both } from '../../hall/language.ts';
import { CodedError, message } from '../log.ts';
import { localized } from '../start/language.mjs';

export type { BrokerAddress } from './session/line.ts';
export type { Will } from './session/connection.ts';
export type * from './session/options.ts';

const defaults = {
  sessionExpirySeconds: 7 * 86_400,
  receiveMaximum: 1_000,
  keepAliveSeconds: 5,
  /** Enough for every payload that counts, and to see what the others were. */
  packetBytesMax: 1024 * 1024,
};

const timeoutMs = 5_000;
const mayNotMs = 500;
/** Filters that the broker refused are asked for again: somebody may have granted them. */
const resubscribeMs = 30_000;
const farewellMs = 1_000;
/** So long it is looked whether a broker that closed without a word still listens. */
const lookMs = 500;

interface Ended {
  readonly end: End;
  readonly stoodMs: number;
}

/**
 * Opens the session. Resolves when it stands, or when the first attempt failed: it goes on trying, and `trouble` says
 * why. Never rejects.
 */
export async function openSession(options: SessionOptions): Promise<Session> {
  const session = new BrokerSession({ ...defaults, ...options });
  await session.start();
  return session;
}

class BrokerSession implements Session {
  readonly port = 0;
  readonly #options: SessionOptions & typeof defaults;
  readonly #place: string;
  readonly #outbox = new Outbox({ waitMs: 5_000, max: 1_000 });
  readonly #stopping = new AbortController();
  readonly #own: (topic: string) => boolean;
  readonly #filters: readonly string[];
  /** Of the sources' filters those whose retained messages this run has not asked for yet. */
  readonly #unasked: Set<string>;
  readonly #dropped: Dropped;
  readonly #retry: Retry;
  #mayAskDropped = true;
  /** From CONNACK on. */
  #connection: Connection | undefined;
  #subscribed = false;
  #running: Promise<void> = Promise.resolve();
  #onFirst: (() => void) | undefined;
  #stopped: Promise<void> | undefined;
  #holding = false;
  #trouble: string | undefined;
  #version: 4 | 5 = 5;
  #proven = false;
  #connects = 0;
  #taken = 0;
  #lost = 0;
  #shortened = 0;
  readonly #closed: Record<Exclude<End['why'], 'stopped'>, number> = {
    closed: 0,
    silent: 0,
    told: 0,
    refused: 0,
  };

  constructor(options: SessionOptions & typeof defaults) {
    this.#options = options;
    this.#place = placeOf(options.broker);
    this.#trouble = localized(
      `消息服务器 ${this.#place} 尚未应答`,
      `the broker at ${this.#place} has not answered yet`,
    );
    this.#filters = uncovered([`hall/${options.hall}/+/+`, ...(options.filters ?? [])]);
    this.#unasked = new Set(options.filters);
    this.#dropped = new Dropped((count, total) => {
      const told = message('broker.dropped', { broker: this.#place, count, total });
      this.#tell(new CodedError(told));
    });
    this.#own = ownTopics(options.hall);
    this.#retry = new Retry(options.mayConnect === undefined);
  }

  start(): Promise<void> {
    return new Promise((resolve) => {
      this.#onFirst = resolve;
      this.#running = this.#run();
    });
  }

  get trouble(): string | undefined {
    return this.#trouble;
  }

  get stats(): SessionStats {
    const connection = this.#connection;
    const connected = this.#subscribed ? 1 : 0;
    return {
      connections: connected,
      held: connection?.held ?? 0,
      closed: { ...this.#closed },
      slowed: 0,
      session: {
        connected,
        reconnects: Math.max(0, this.#connects - 1),
        taken: this.#taken,
        lost: this.#lost,
        dropped: this.#dropped.count ?? 0,
        shortened: this.#shortened + (connection?.shortened ?? 0),
      },
    };
  }

  hold(on: boolean): void {
    this.#holding = on;
    this.#connection?.hold(on);
  }

  publish(topic: string, payload: Uint8Array, retain: boolean): Promise<void> {
    // The farewell is the last word: whoever waits for it must not hear the contrary behind it.
    if (this.#stopping.signal.aborted)
      return Promise.reject(new Error('publish: the gateway stops'));
    return this.#outbox.publish(topic, payload, retain);
  }

  stop(graceMs = 5_000): Promise<void> {
    return (this.#stopped ??= this.#stop(graceMs));
  }

  async #stop(graceMs: number): Promise<void> {
    this.#stopping.abort();
    const connection = this.#connection;
    if (connection !== undefined) {
      await connection.quiet(graceMs);
      await this.#farewell();
      await connection.disconnect(farewellMs);
    }
    this.#outbox.end();
    await this.#running;
  }

  /** A goodbye does not make the broker publish the will: those who wait for it hear it from us. */
  async #farewell(): Promise<void> {
    const { will } = this.#options;
    if (will === undefined || this.#connection === undefined) return;
    const over = new AbortController();
    const said = this.#outbox.publish(will.topic, will.payload, will.retain);
    await Promise.race([
      said.catch((error: unknown) => this.#tell(error)),
      pause(farewellMs, over.signal),
    ]);
    over.abort();
  }

  async #run(): Promise<void> {
    const { onTaken, onEnded } = this.#options;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      if (!(await unlessAborted(signal, this.#mayConnect()))) {
        this.#trouble = localized(
          '等待：会话由另一台网关持有',
          'waits: another gateway has the session',
        );
        this.#first();
        await pause(mayNotMs, signal);
        continue;
      }
      const ended = await this.#live();
      this.#first();
      const taken = ended !== undefined && (await this.#isTaken(ended));
      if (signal.aborted) break;
      if (taken) {
        this.#taken++;
        this.#sayEnded(reasonOf(SESSION_TAKEN));
        onTaken?.();
      }
      if (ended !== undefined) onEnded?.({ taken });
      await pause(this.#retry.delayMs(taken), signal);
    }
    this.#first();
  }

  async #mayConnect(): Promise<boolean> {
    try {
      return (await this.#options.mayConnect?.()) ?? true;
    } catch (error) {
      this.#tell(error);
      return false;
    }
  }

  #first(): void {
    this.#onFirst?.();
    this.#onFirst = undefined;
  }

  /** One connection from its beginning to its end; undefined when it never stood. */
  async #live(): Promise<Ended | undefined> {
    try {
      const { connection, sessionPresent } = await this.#connect();
      const since = performance.now();
      try {
        await this.#settleIn(connection, sessionPresent);
      } catch (error) {
        connection.end({ why: 'closed', error });
      }
      const end = await connection.ended;
      const stoodMs = performance.now() - since;
      this.#leave(connection, end);
      return { end, stoodMs };
    } catch (error) {
      if (!this.#stopping.signal.aborted) this.#say(reasonOfFailure(this.#place, error));
      return undefined;
    }
  }

  async #isTaken({ end, stoodMs }: Ended): Promise<boolean> {
    const isGone = this.#retry.mayBeTaken(end, stoodMs) && (await this.#isGone());
    return this.#retry.isTaken(end, stoodMs, isGone);
  }

  /** Nobody listens where the broker was. */
  async #isGone(): Promise<boolean> {
    try {
      const line = await openLine(this.#options.broker, lookMs, this.#stopping.signal);
      line.close();
      return false;
    } catch (error) {
      // One that is slow to answer may have its hands full.
      return !(error instanceof NoAnswer);
    }
  }

  /** Subscribes and tells that it stands. */
  async #settleIn(connection: Connection, sessionPresent: boolean): Promise<void> {
    await this.#subscribe(connection);
    const { formerFilters = [] } = this.#options;
    if (formerFilters.length > 0) connection.unsubscribe(formerFilters);
    this.#subscribed = true;
    connection.hold(this.#holding);
    if (this.#connects++ > 0 && !sessionPresent) this.#lost++;
    if (this.#stopping.signal.aborted) return;
    this.#options.onConnected?.({ sessionPresent, protocolVersion: this.#version });
    this.#first();
    void this.#askDropped(connection);
  }

  /** Some brokers end the connection of one who asks for what it may not read: not asked again then. */
  async #askDropped(connection: Connection): Promise<void> {
    if (!this.#mayAskDropped) return;
    this.#mayAskDropped = false;
    try {
      await connection.subscribe([DROPPED_TOPIC], () => ({ qos: 0, rh: 0 }));
      this.#mayAskDropped = true;
    } catch {
      // The end of the connection is told where it is waited for.
    }
  }

  #leave(connection: Connection, end: End): void {
    this.#connection = undefined;
    this.#subscribed = false;
    this.#shortened += connection.shortened;
    if (end.why === 'stopped') return;
    this.#closed[end.why]++;
    this.#sayEnded(reasonOfEnd(end));
  }

  #sayEnded(reason: Both): void {
    this.#say(new CodedError(message('broker.ended', { broker: this.#place, reason })));
  }

  /** In MQTT 5, or 3.1.1 with a broker that does not speak 5. */
  async #connect(): Promise<{ connection: Connection; sessionPresent: boolean }> {
    try {
      return await this.#shakeHands(this.#version);
    } catch (error) {
      if (this.#version === 4 || !this.#isOfOldBroker(error)) throw error;
      const found = await this.#shakeHands(4);
      this.#version = 4;
      return found;
    }
  }

  #isOfOldBroker(error: unknown): boolean {
    if (error instanceof ConnectRefused) return refusalOf(error.code).version;
    return !this.#proven && error instanceof ConnectionEnded && error.end.why === 'closed';
  }

  async #shakeHands(protocolVersion: 4 | 5) {
    const { broker, clientId, sessionExpirySeconds, receiveMaximum, will } = this.#options;
    const transport = await openLine(broker, timeoutMs, this.#stopping.signal);
    const connection = new Connection(transport, this.#outbox, {
      ...{ protocolVersion, clientId, sessionExpirySeconds, receiveMaximum, will },
      ...{ timeoutMs, keepAliveSeconds: this.#options.keepAliveSeconds },
      packetBytesMax: this.#options.packetBytesMax,
      ...(broker.user !== undefined && { user: broker.user }),
      ...(broker.password !== undefined && { password: broker.password }),
      take: (message) => this.#take(message),
    });
    const { signal } = this.#stopping;
    const abandon = () => connection.end({ why: 'stopped' });
    signal.addEventListener('abort', abandon, { once: true });
    if (signal.aborted) abandon();
    try {
      const { sessionPresent } = await connection.connect();
      this.#proven = true;
      this.#connection = connection;
      return { connection, sessionPresent };
    } catch (error) {
      abandon();
      throw error;
    } finally {
      signal.removeEventListener('abort', abandon);
    }
  }

  /**
   * Asks for every filter, on every connect: a session that the broker lost has none. Retained messages come for a new
   * subscription; those of the sources once in every run, as what was told to an earlier one is not all known any more.
   */
  async #subscribe(connection: Connection): Promise<void> {
    const granted = await connection.subscribe(this.#filters, (filter) => {
      return { qos: 1, rh: this.#unasked.has(filter) ? 0 : 1 };
    });
    for (const [index, filter] of this.#filters.entries()) {
      if ((granted[index] ?? 0x80) < 0x80) this.#unasked.delete(filter);
    }
    const refused = this.#filters.filter((_filter, index) => (granted[index] ?? 0x80) >= 0x80);
    const unsafe = this.#filters.filter((_filter, index) => granted[index] === 0);
    if (refused.length > 0) {
      const filters = refused.join(', ');
      const told = message('broker.subscription-refused', { broker: this.#place, filters });
      this.#say(new CodedError(told));
    } else if (unsafe.length > 0) {
      const filters = unsafe.join(', ');
      this.#say(new CodedError(message('broker.qos-0', { broker: this.#place, filters })));
    } else this.#trouble = undefined;
    if (refused.length === 0) return;
    const timer = setTimeout(() => {
      this.#subscribe(connection).catch((error: unknown) =>
        connection.end({ why: 'closed', error }),
      );
    }, resubscribeMs);
    void connection.ended.then(() => clearTimeout(timer));
  }

  #take({ topic, payload, retain, cutFrom }: Message) {
    if (topic === DROPPED_TOPIC) this.#dropped.hear(payload);
    if (topic === DROPPED_TOPIC || this.#own(topic)) return undefined;
    const cut = cutFrom !== undefined && { cut: { bytes: cutFrom } };
    return this.#options.onPublish({ topic, payload, clientId: '', retain, will: false, ...cut });
  }

  /** Once for each new trouble, not for each attempt. */
  #say(trouble: CodedError): void {
    if (trouble.message !== this.#trouble) this.#tell(trouble);
    this.#trouble = trouble.message;
  }

  #tell(error: unknown): void {
    this.#options.onError(error, { stage: 'broker' });
  }
}

/** What gateways of this hall say about themselves is no device's signal. */
function ownTopics(hall: string): (topic: string) => boolean {
  const prefix = `hall/${hall}/gateway/`;
  const streams: ReadonlySet<string> = new Set(STREAMS);
  return (topic) => topic.startsWith(prefix) && !streams.has(topic.slice(prefix.length));
}
