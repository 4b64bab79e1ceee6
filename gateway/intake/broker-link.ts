// The connection to a broker: the embedded broker, or a session at the hall's own broker. Either acknowledges a message only
// when its receiver confirms that the message is safe.

/** What was larger than may be read. */
export interface Cut {
  /** of the whole message's packet */
  readonly bytes: number;
  /** The client whose connection was closed for it; undefined where the rest was left out instead. */
  readonly client?: string;
}
import type { Fault } from '../../hall/fault/kinds.ts';
import type { Budget } from '../../hall/gateway-status.ts';

/** What else is known of how a message came. */
export interface Arrival {
  readonly cut?: Cut | undefined;
  /** A dead letter, once more: it shows nothing of the present. */
  readonly replayed?: boolean;
}

export interface PublishedMessage {
  topic: string;
  payload: Uint8Array;
  clientId: string;
  retain: boolean;
  /** The client's last will: its connection ended without DISCONNECT. */
  will: boolean;
  /** The payload is only a part of it. */
  cut?: Cut;
  /** When it first arrived (ms since 1970), where that was before now: a QoS 2 message that comes again. */
  receivedAt?: number;
}

/**
 * Signals of a message that count (duplicates too) and that do not. It is acknowledged either way,
 * for sending it again would not help; without one that counts it is not passed on nor retained, unless it is a
 * vendor's (`foreign`).
 */
export interface Outcome {
  accepted: number;
  rejected: number;
  foreign?: boolean;
  /** Another hall's summary: retained whatever its length, as only a client that the hall file names publishes it. */
  summary?: boolean;
}

/**
 * Takes a message. PUBACK follows when this resolves; if it rejects, the message is not acknowledged and will come
 * again.
 */
export type TakeMessage = (message: PublishedMessage) => Promise<Outcome>;

export interface LinkStats {
  /** MQTT connections that stand: devices at the embedded broker, or the session at an external one (0 or 1). */
  connections: number;
  /** Publishes whose PUBACK waits. */
  held: number;
  /** Connections refused or closed, by reason. */
  closed: Readonly<Record<string, number>>;
  /** Publishes whose client was made to wait. */
  slowed: number;
  /** Messages that are not the hall's and were passed on; at the embedded broker only. */
  relayed?: number;
  /** At an external broker only. */
  session?: {
    /** 0 or 1 */
    connected: number;
    reconnects: number;
    /** Times that another client took the session. */
    taken: number;
    /** Times that the broker had forgotten the session when we came back. */
    lost: number;
    /** Messages that the broker threw away since it started, for any client, as far as it says so. */
    dropped: number;
    /** Messages too large to read whole: cut, and dead letters. */
    shortened: number;
  };
}

export interface BrokerLink {
  /** Where devices connect to this process; 0 where they connect to an external broker. */
  readonly port: number;
  readonly stats: Readonly<LinkStats>;
  /** What keeps it from taking messages right now, for people; undefined while it works. */
  readonly trouble: string | undefined;
  /** Stops (true) or goes on (false) reading. */
  hold(on: boolean): void;
  /** Publishes at QoS 1; resolves when it is acknowledged, rejects where it cannot be by then (5 s). */
  publish(topic: string, payload: Uint8Array, retain: boolean): Promise<void>;
  /** What strangers could fill up here, and how far it is. */
  budgets?(): readonly Budget[];
  /** Faults that it found itself. */
  findings?(): readonly Fault[];
  /** Takes a client on a WebSocket upgraded with the subprotocol `mqtt`; missing at an external broker. */
  handleWebSocket?(socket: WebSocket, remoteAddress: string): void;
  /** Takes no more, lets what was taken be acknowledged, at most for `graceMs` (default 5,000), then closes. */
  stop(graceMs?: number): Promise<void>;
}
