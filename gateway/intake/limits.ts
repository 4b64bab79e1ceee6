/** What one device may ask of the gateway, so that none slows the others; and what was done about it. */

import type { InwardLimits } from './exactly-once.ts';
import type { RetainedLimits } from './retained.ts';
import type { SessionLimits } from './sessions.ts';

/** What is met on average, and what may come at once. */
export interface Account {
  signalsPerSecond: number;
  signalsBurst: number;
  bytesPerSecond: number;
  bytesBurst: number;
}

/** The account itself is that of one client id; above it reading from that client waits until the average is met again. */
export interface Limits extends Account {
  /** Open connections, all together; and of clients that are not listed, from one address. */
  connectionsMax: number;
  connectionsPerAddressMax: number;
  /** A keep-alive over this, or none, is no sign of life: see `Admission`. */
  keepAliveMsMax: number;
  /** A client without a sign of life that is not listed is closed when silent for so long. */
  silentMsMax: number;
  /** All that connections hold, in bytes. */
  memoryBytesMax: number;
  /** Time in which a packet that has begun has to be whole. */
  packetMsMax: number;
  /** A larger MQTT packet closes its connection; what is below it but over 256 KiB is a dead letter. */
  packetBytesMax: number;
  /** The same for all clients of an address that are not listed. */
  address: Account;
  /** Messages passed on to the subscribers of an address that are not listed. */
  deliveries: { perSecond: number; burst: number };
  /** A client that is held back for so long without a pause is closed. */
  slowedMsMax: number;
  /** Until CONNECT has arrived. */
  connectTimeoutMs: number;
  /** Waiting outward for a subscriber that does not read; above it that subscriber is closed. */
  outwardBytesMax: number;
  subscriptionsMax: number;
  /** Last messages of topics, kept for those who subscribe later. */
  retained: RetainedLimits;
  /** QoS 2 ids that were received and not released. */
  inward: InwardLimits;
  /** Sessions that outlive their connection. */
  sessions: SessionLimits;
}

export const defaultLimits: Readonly<Limits> = {
  connectionsMax: 4_000,
  connectionsPerAddressMax: 1_000,
  keepAliveMsMax: 300_000,
  silentMsMax: 3_600_000,
  memoryBytesMax: 256 * 1024 * 1024,
  packetMsMax: 10_000,
  packetBytesMax: 1024 * 1024,
  signalsPerSecond: 2_000,
  signalsBurst: 20_000,
  bytesPerSecond: 1024 * 1024,
  bytesBurst: 8 * 1024 * 1024,
  address: {
    signalsPerSecond: 20_000,
    signalsBurst: 200_000,
    bytesPerSecond: 8 * 1024 * 1024,
    bytesBurst: 64 * 1024 * 1024,
  },
  deliveries: { perSecond: 20_000, burst: 200_000 },
  slowedMsMax: 120_000,
  connectTimeoutMs: 10_000,
  outwardBytesMax: 1024 * 1024,
  subscriptionsMax: 100,
  retained: { topicsMax: 20_000, bytesMax: 16 * 1024 * 1024, hallBytesMax: 4 * 1024 },
  sessions: {
    sessionsMax: 1_000,
    queueMax: 1_000,
    bytesMax: 16 * 1024 * 1024,
    keptMs: 7 * 86_400_000,
  },
  inward: { perClientMax: 1_000, totalMax: 20_000, keptMs: 7 * 86_400_000 },
};

/** Why a connection was not taken, or closed by us. */
export type CloseReason =
  | 'connections'
  | 'address_connections'
  | 'packet_size'
  | 'rate'
  | 'slow_subscriber'
  | 'connect_timeout'
  | 'keepalive'
  | 'malformed'
  | 'forbidden'
  | 'overload'
  /** what strangers may fill is full */
  | 'budget'
  /** all connections together hold too much, and this one most */
  | 'memory'
  /** a packet was not whole in time */
  | 'packet_time'
  /** a client id that is none, or too long */
  | 'client_id'
  /** a version of MQTT that is not spoken here */
  | 'protocol'
  /** the peer reset the connection: nobody's fault */
  | 'reset'
  | 'other';

/** A connection is ended because it went over a limit. */
export class LimitExceeded extends Error {
  override name = 'LimitExceeded';
  readonly reason: CloseReason;
  constructor(reason: CloseReason, message: string) {
    super(message);
    this.reason = reason;
  }
}

/** A packet is larger than any may be; its sender and its topic are told, for it is likely to send it again. */
export class PacketTooLarge extends LimitExceeded {
  readonly bytes: number;
  /** as far as it was read */
  readonly topic: string | undefined;
  constructor(bytes: number, max: number, topic: string | undefined) {
    super('packet_size', `packet: is ${bytes} bytes, should be at most ${max}`);
    this.bytes = bytes;
    this.topic = topic;
  }
}

/** The peer reset the connection, or left it before it stood. */
export class ConnectionGone extends Error {
  override name = 'ConnectionGone';
}

/** What the system says of a peer that is gone: EPIPE, ECONNABORTED, ECONNRESET, ENOTCONN, ETIMEDOUT, EHOSTUNREACH. */
const GONE = /\(os error (32|103|104|107|110|113)\)/;

/** Whether an error means only that the peer is gone, so that the next connection can be accepted. */
export function isGone(error: unknown): boolean {
  if (error instanceof ConnectionGone) return true;
  const { ConnectionReset, ConnectionAborted, BrokenPipe, NotConnected } = Deno.errors;
  if (
    [ConnectionReset, ConnectionAborted, BrokenPipe, NotConnected].some(
      (kind) => error instanceof kind,
    )
  ) {
    return true;
  }
  return error instanceof Error && GONE.test(error.message);
}

/**
 * Leaky account of one client's use: each message is charged, time pays off. Times are monotonic ms.
 */
export class Rate {
  readonly #limits: Account;
  #signals = 0;
  #bytes = 0;
  #at: number;
  #slowedSince: number | undefined;

  constructor(limits: Account, now: number) {
    this.#limits = limits;
    this.#at = now;
  }

  /** Charges a message; returns for how many ms its client has to wait, 0 while within the burst. */
  charge(signals: number, bytes: number, now: number): number {
    const { signalsPerSecond, signalsBurst, bytesPerSecond, bytesBurst } = this.#limits;
    const seconds = (now - this.#at) / 1000;
    this.#at = now;
    this.#signals = Math.max(0, this.#signals - seconds * signalsPerSecond) + signals;
    this.#bytes = Math.max(0, this.#bytes - seconds * bytesPerSecond) + bytes;
    const waitMs = Math.max(
      0,
      ((this.#signals - signalsBurst) / signalsPerSecond) * 1000,
      ((this.#bytes - bytesBurst) / bytesPerSecond) * 1000,
    );
    if (waitMs === 0) this.#slowedSince = undefined;
    else this.#slowedSince ??= now;
    return waitMs;
  }

  /** How long it has been held back by now, ms. */
  slowedMs(now: number): number {
    return this.#slowedSince === undefined ? 0 : now - this.#slowedSince;
  }

  /** True when time has paid everything off: a new account would be the same. */
  settled(now: number): boolean {
    const seconds = (now - this.#at) / 1000;
    return (
      this.#signals <= seconds * this.#limits.signalsPerSecond &&
      this.#bytes <= seconds * this.#limits.bytesPerSecond
    );
  }
}

/** Accounts by name; they outlive a connection, so that reconnecting does not pay off. */
export class Rates {
  readonly #limits: Account;
  readonly #max: number;
  readonly #byClient = new Map<string, Rate>();

  constructor(limits: Account, max: number) {
    this.#limits = limits;
    this.#max = max;
  }

  of(clientId: string, now: number): Rate {
    let rate = this.#byClient.get(clientId);
    if (rate === undefined) {
      if (this.#byClient.size >= this.#max) this.#sweep(now);
      rate = new Rate(this.#limits, now);
      this.#byClient.set(clientId, rate);
    }
    return rate;
  }

  /** Settled accounts go; if all are in use, the oldest does. */
  #sweep(now: number): void {
    for (const [clientId, rate] of this.#byClient) {
      if (rate.settled(now)) this.#byClient.delete(clientId);
    }
    const oldest = this.#byClient.keys().next();
    if (this.#byClient.size >= this.#max && !oldest.done) {
      this.#byClient.delete(oldest.value);
    }
  }
}
