/**
 * The way in through the hall's own MQTT broker: one persistent session under a fixed client id. A message is
 * acknowledged when it is on disk; what was not, the broker sends again; what comes while nobody is connected, it keeps.
 */
import { STREAMS } from '../../hall/topic.ts';
import { messageOf } from '../log.ts';
import {
  Connection,
  ConnectionEnded,
  ConnectRefused,
  type End,
  type Message,
  type Will,
} from './session/connection.ts';
import { Dropped, DROPPED_TOPIC } from './session/dropped.ts';
import { uncovered } from './session/filters.ts';
import { type BrokerAddress, openLine, placeOf } from './session/line.ts';
import { Outbox } from './session/outbox.ts';
import { reasonOf, refusalOf } from './session/refusal.ts';
import type { TakeMessage, Way, WayStats } from './way.ts';

export type { BrokerAddress } from './session/line.ts';
export type { Will } from './session/connection.ts';

export interface SessionOptions {
  readonly broker: BrokerAddress;
  /** Id of the hall: its topics are subscribed. */
  readonly hall: string;
  readonly clientId: string;
  /** Topic filters beside the hall's own. */
  readonly filters?: readonly string[];
  /** Filters that the session may still have from an earlier start, to be given back. */
  readonly formerFilters?: readonly string[];
  /** How long the broker keeps the session of one that is away; MQTT 3.1.1 leaves that to the broker. */
  readonly sessionExpirySeconds?: number;
  /** Unacknowledged messages on their way to us; MQTT 3.1.1 leaves that to the broker. */
  readonly receiveMaximum?: number;
  readonly keepAliveSeconds?: number;
  /** If it rejects, the connection is closed, so that the broker sends again. */
  readonly onPublish: TakeMessage;
  /** Published by the broker when the connection ends without a goodbye, and by us on a stop. */
  readonly will?: Will;
  /** Asked before every connect; false: asked again in half a second. */
  readonly mayConnect?: () => Promise<boolean>;
  /** The session stands and is subscribed. */
  readonly onConnected?: (connected: Connected) => void;
  /** The broker says that another client took the session. Mosquitto 2.0 does not say it: it closes without a word. */
  readonly onTaken?: () => void;
  /** A connection that stood has ended, by whatever cause but a stop; `mayConnect` is asked before the next one. */
  readonly onEnded?: (end: { readonly taken: boolean }) => void;
  readonly onError: (error: unknown, where: { stage: 'broker' }) => void;
}

export interface Connected {
  /** False: the broker had none of ours, so nothing was kept while we were away. */
  readonly sessionPresent: boolean;
  readonly protocolVersion: 4 | 5;
}

export interface SessionStats extends WayStats {
  readonly session: NonNullable<WayStats['session']>;
}

/** A way in at an external broker. */
export interface Session extends Way {
  readonly stats: Readonly<SessionStats>;
}

const defaults = {
  sessionExpirySeconds: 7 * 86_400,
  receiveMaximum: 4_000,
  keepAliveSeconds: 5,
};

const timeoutMs = 5_000;
const backoffMs = { first: 200, most: 10_000 };
const mayNotMs = 500;
/** A connection of less counts as none. */
const briefMs = 10_000;
const robbedMax = 2;
/** Filters that the broker refused are asked for again: somebody may have granted them. */
const resubscribeMs = 30_000;
/** What is left of a larger packet: enough for every payload that counts, and to see what the others were. */
const packetBytesMax = 1024 * 1024;
const farewellMs = 1_000;
/** MQTT 5 §3.14.2.1: session taken over. */
const sessionTaken = 0x8e;

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
  readonly #dropped: Dropped;
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
  #failures = 0;
  /** Connections in a row that stood and were closed without a word soon after. */
  #robbed = 0;
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
    this.#trouble = `the broker at ${this.#place} has not answered yet`;
    this.#filters = uncovered([`hall/${options.hall}/+/+`, ...(options.filters ?? [])]);
    this.#dropped = new Dropped((text) =>
      this.#tell(new Error(`the broker at ${this.#place} ${text}`)),
    );
    this.#own = ownTopics(options.hall);
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
    if (will === undefined) return;
    const late = pause(farewellMs);
    const said = this.#outbox.publish(will.topic, will.payload, will.retain);
    await Promise.race([said.catch((error: unknown) => this.#tell(error)), late]);
  }

  async #run(): Promise<void> {
    const { onTaken, onEnded } = this.#options;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      if (!(await unlessAborted(signal, this.#mayConnect()))) {
        this.#trouble = 'waits: another gateway has the session';
        this.#first();
        await pause(mayNotMs, signal);
        continue;
      }
      const end = await this.#live();
      if (signal.aborted) break;
      this.#first();
      const taken = this.#isTaken(end);
      if (taken) {
        this.#taken++;
        onTaken?.();
      }
      if (end !== undefined) onEnded?.({ taken });
      await pause(this.#backoff(taken), signal);
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
  async #live(): Promise<End | undefined> {
    try {
      const { connection, sessionPresent } = await this.#connect();
      this.#connection = connection;
      const since = performance.now();
      try {
        await this.#settleIn(connection, sessionPresent);
      } catch (error) {
        connection.end({ why: 'closed', error });
      }
      const end = await connection.ended;
      const brief = performance.now() - since < briefMs;
      if (!brief) this.#failures = 0;
      this.#robbed =
        brief && end.why === 'closed' && end.error === undefined ? this.#robbed + 1 : 0;
      this.#leave(connection, end);
      return end;
    } catch (error) {
      if (!this.#stopping.signal.aborted) this.#say(this.#explain(error));
      return undefined;
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
      await connection.subscribe([DROPPED_TOPIC], { qos: 0, rh: 0 });
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
    this.#say(`the connection to the broker at ${this.#place} ended: ${reasonOfEnd(end)}`);
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
      ...{ timeoutMs, packetBytesMax, keepAliveSeconds: this.#options.keepAliveSeconds },
      ...(broker.user !== undefined && { user: broker.user }),
      ...(broker.password !== undefined && { password: broker.password }),
      take: (message) => this.#take(message),
    });
    try {
      const { sessionPresent } = await connection.connect();
      this.#proven = true;
      return { connection, sessionPresent };
    } catch (error) {
      connection.end({ why: 'stopped' });
      throw error;
    }
  }

  /** Asks for every filter, on every connect: a session that the broker lost has none. */
  async #subscribe(connection: Connection): Promise<void> {
    const granted = await connection.subscribe(this.#filters);
    const refused = this.#filters.filter((_filter, index) => (granted[index] ?? 0x80) >= 0x80);
    const unsafe = this.#filters.filter((_filter, index) => granted[index] === 0);
    if (refused.length > 0) {
      this.#say(
        `the broker at ${this.#place} refuses ${refused.join(', ')}: ` +
          'grant reading it to the user of this gateway',
      );
    } else if (unsafe.length > 0) {
      this.#say(
        `the broker at ${this.#place} gives ${unsafe.join(', ')} at QoS 0 only, should be 1: ` +
          'what is on its way when something fails is lost',
      );
    } else this.#trouble = undefined;
    if (refused.length === 0) return;
    const timer = setTimeout(() => {
      this.#subscribe(connection).catch((error: unknown) =>
        connection.end({ why: 'closed', error }),
      );
    }, resubscribeMs);
    void connection.ended.then(() => clearTimeout(timer));
  }

  #take({ topic, payload, retain }: Message) {
    if (topic === DROPPED_TOPIC) this.#dropped.hear(payload);
    if (topic === DROPPED_TOPIC || this.#own(topic)) return undefined;
    return this.#options.onPublish({ topic, payload, clientId: '', retain, will: false });
  }

  /**
   * Mosquitto 2.0 does not say who took the session. Where nobody else decides who may have it, a connection that is
   * closed without a word again and again is taken for that: two gateways by mistake.
   */
  #isTaken(end: End | undefined): boolean {
    if (end?.why === 'told' && end.reasonCode === sessionTaken) return true;
    if (this.#robbed < robbedMax || this.#options.mayConnect !== undefined) return false;
    this.#robbed = 0;
    this.#say(`the broker at ${this.#place} closes it again and again: ${reasonOf(sessionTaken)}`);
    return true;
  }

  /** With jitter, so that the gateways of many halls do not come back at once. */
  #backoff(taken: boolean): number {
    const { first, most } = backoffMs;
    // Taking a session back at once from one that has just taken it helps neither.
    const rising = taken ? most : Math.min(most, first * 2 ** this.#failures);
    this.#failures++;
    return rising * (0.5 + Math.random() / 2);
  }

  #explain(error: unknown): string {
    const place = `the broker at ${this.#place}`;
    if (error instanceof ConnectRefused) return `${place} refuses: ${refusalOf(error.code).text}`;
    if (error instanceof ConnectionEnded) {
      return `${place} ends the connection at once: ${reasonOfEnd(error.end)}`;
    }
    return `${place} cannot be reached: ${messageOf(error)}`;
  }

  /** Once for each new trouble, not for each attempt. */
  #say(trouble: string): void {
    if (trouble !== this.#trouble) this.#tell(new Error(trouble));
    this.#trouble = trouble;
  }

  #tell(error: unknown): void {
    this.#options.onError(error, { stage: 'broker' });
  }
}

function reasonOfEnd(end: End): string {
  if (end.why === 'told') return reasonOf(end.reasonCode);
  if (end.why === 'silent') return 'nothing was heard from it for too long';
  if (end.why === 'refused') return `a message could not be kept: ${messageOf(end.error)}`;
  const cause = end.why === 'closed' ? end.error : undefined;
  return cause === undefined ? 'it closed it without a word' : messageOf(cause);
}

/** What gateways of this hall say about themselves is no device's signal. */
function ownTopics(hall: string): (topic: string) => boolean {
  const prefix = `hall/${hall}/gateway/`;
  const streams: ReadonlySet<string> = new Set(STREAMS);
  return (topic) => topic.startsWith(prefix) && !streams.has(topic.slice(prefix.length));
}

function pause(ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', done);
  });
}

async function unlessAborted(signal: AbortSignal, question: Promise<boolean>): Promise<boolean> {
  if (signal.aborted) return false;
  let done: (() => void) | undefined;
  const aborted = new Promise<false>((resolve) => {
    done = () => resolve(false);
    signal.addEventListener('abort', done, { once: true });
  });
  try {
    return await Promise.race([question, aborted]);
  } finally {
    if (done !== undefined) signal.removeEventListener('abort', done);
  }
}
