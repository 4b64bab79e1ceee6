/**
 * The way in through the hall's own MQTT broker: one persistent session under a fixed client id. A message is
 * acknowledged when it is on disk; what was not, the broker sends again; what comes while nobody is connected, it keeps.
 */
import type { Connection, Message } from './session/connection.ts';
import { type End, reasonOfEnd, reasonOfFailure } from './session/end.ts';
import { NoAnswer, openLine, placeOf } from './session/line.ts';
import { Opening } from './session/opening.ts';
import type { Session, SessionOptions, SessionStats } from './session/options.ts';
import { Outbox } from './session/outbox.ts';
import { SessionOwner } from './session/owner.ts';
import { reasonOf } from './session/refusal.ts';
import { Retry, SESSION_TAKEN } from './session/retry.ts';
import { Subscriptions } from './session/subscriptions.ts';
import { pause } from './session/wait.ts';
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
const farewellMs = 1_000;
/** So long it is looked whether a broker that closed without a word still listens. */
const lookMs = 500;

/**
 * Opens the session. Resolves when it stands, when the first attempt failed, or when another gateway may have it: it goes
 * on trying, and `trouble` says why. Never rejects.
 */
export async function openSession(options: SessionOptions): Promise<Session> {
  const session = new BrokerSession(options);
  await session.start();
  return session;
}

class BrokerSession implements Session {
  readonly port = 0;
  readonly #options: SessionOptions;
  readonly #owner: SessionOwner;
  readonly #outbox = new Outbox({ waitMs: 5_000, max: 1_000 });
  readonly #opening: Opening;
  readonly #subscriptions: Subscriptions;
  readonly #retry: Retry;
  readonly #stopping = new AbortController();
  /** From CONNACK on. */
  #connection: Connection | undefined;
  #trouble: string | undefined;
  #isHeld = false;
  readonly #counts = {
    ...{ connects: 0, taken: 0, lost: 0, shortened: 0 },
    closed: { closed: 0, silent: 0, told: 0, refused: 0 },
  };

  constructor(options: SessionOptions) {
    const { broker, clientId, hall, filters = [], owner = new SessionOwner(), will } = options;
    const { sessionExpirySeconds, receiveMaximum, keepAliveSeconds, packetBytesMax } = {
      ...defaults,
      ...options,
    };
    this.#options = options;
    this.#owner = owner;
    this.#trouble = localized(
      `消息服务器 ${this.#address} 尚未应答`,
      `the broker at ${this.#address} has not answered yet`,
    );
    this.#opening = new Opening(
      {
        ...{ broker, clientId, will, sessionExpirySeconds, receiveMaximum, keepAliveSeconds },
        ...{ packetBytesMax, timeoutMs, take: (message: Message) => this.#take(message) },
      },
      this.#outbox,
    );
    this.#subscriptions = new Subscriptions({
      ...{ hall, filters, broker: this.#address },
      onGranted: (trouble) => (trouble ? this.#say(trouble) : (this.#trouble = undefined)),
      onDropped: (trouble) => this.#tell(trouble),
    });
    this.#retry = new Retry(options.owner === undefined);
  }

  async start(): Promise<void> {
    let living = Promise.resolve();
    this.#owner.perform({
      connect: () => void (living = this.#live()),
      release: (event) => void this.#release(event.type === 'stop' ? event.graceMs : 0, living),
    });
    this.#owner.start();
    await this.#owner.until(({ is }) => is !== 'connecting');
  }

  /** where the broker is, for people */
  get #address(): string {
    return placeOf(this.#options.broker);
  }

  get trouble(): string | undefined {
    const { is } = this.#owner.state;
    if (is !== 'standby' && is !== 'draining') return this.#trouble;
    return localized('等待：会话由另一台网关持有', 'waits: another gateway has the session');
  }

  get stats(): SessionStats {
    const connection = this.#connection;
    const { connects, taken, lost, shortened, closed } = this.#counts;
    const isConnected = connection !== undefined && this.#owner.state.is !== 'connecting';
    const connected = isConnected ? 1 : 0;
    return {
      connections: connected,
      held: connection?.held ?? 0,
      closed: { ...closed },
      slowed: 0,
      session: {
        connected,
        reconnects: Math.max(0, connects - 1),
        ...{ taken, lost, dropped: this.#subscriptions.dropped },
        shortened: shortened + (connection?.shortened ?? 0),
      },
    };
  }

  hold(on: boolean): void {
    this.#isHeld = on;
    this.#connection?.hold(on);
  }

  publish(topic: string, payload: Uint8Array, retain: boolean): Promise<void> {
    // The farewell is the last word: whoever waits for it must not hear the contrary behind it.
    if (this.#stopping.signal.aborted)
      return Promise.reject(
        new Error(localized('发布：网关正在停止', 'publish: the gateway stops')),
      );
    return this.#outbox.publish(topic, payload, retain);
  }

  stop(graceMs = 5_000): Promise<void> {
    this.#owner.send({ type: 'stop', graceMs });
    return this.#owner.until(({ is }) => is === 'stopped');
  }

  /** @param living resolves when the connection is gone, or the attempt at one */
  async #release(graceMs: number, living: Promise<void>): Promise<void> {
    this.#stopping.abort();
    const connection = this.#connection;
    if (connection !== undefined) {
      await connection.quiet(graceMs);
      await this.#farewell();
      await connection.disconnect(farewellMs);
    }
    this.#outbox.end();
    await living;
    this.#owner.send({ type: 'released' });
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

  /** One connection from its beginning to its end, or an attempt at one. */
  async #live(): Promise<void> {
    const { signal } = this.#stopping;
    let taken = false;
    try {
      const { connection, sessionPresent } = await this.#opening.open(signal);
      if (signal.aborted) connection.end({ why: 'stopped' });
      this.#connection = connection;
      const since = performance.now();
      try {
        await this.#settleIn(connection, sessionPresent);
      } catch (error) {
        connection.end({ why: 'closed', error });
      }
      const end = await connection.ended;
      this.#leave(connection, end);
      taken = await this.#isTaken(end, performance.now() - since);
    } catch (error) {
      if (!signal.aborted) this.#say(reasonOfFailure(this.#address, error));
    }
    if (signal.aborted) return;
    if (taken) {
      this.#counts.taken++;
      this.#sayEnded(reasonOf(SESSION_TAKEN));
    }
    const notBefore = performance.now() + this.#retry.delayMs(taken);
    this.#owner.send({ type: 'ended', taken, notBefore });
  }

  async #isTaken(end: End, stoodMs: number): Promise<boolean> {
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
    await this.#subscriptions.ask(connection);
    const { formerFilters = [], onConnected } = this.#options;
    if (formerFilters.length > 0) connection.unsubscribe(formerFilters);
    connection.hold(this.#isHeld);
    if (this.#counts.connects++ > 0 && !sessionPresent) this.#counts.lost++;
    if (this.#stopping.signal.aborted) return;
    onConnected?.({ sessionPresent, protocolVersion: this.#opening.version });
    this.#owner.send({ type: 'connected' });
    void this.#subscriptions.askDropped(connection);
  }

  #leave(connection: Connection, end: End): void {
    this.#connection = undefined;
    this.#counts.shortened += connection.shortened;
    if (end.why === 'stopped') return;
    this.#counts.closed[end.why]++;
    this.#sayEnded(reasonOfEnd(end));
  }

  #sayEnded(reason: Both): void {
    this.#say(new CodedError(message('broker.ended', { broker: this.#address, reason })));
  }

  #take(message: Message) {
    if (!this.#subscriptions.isOfDevice(message)) return undefined;
    const { topic, payload, retain, cutFrom } = message;
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
