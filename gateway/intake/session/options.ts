/** What a session at an external broker is given, and what it tells. */
import type { TakeMessage, BrokerLink, LinkStats } from '../broker-link.ts';
import type { Will } from './connection.ts';
import type { BrokerAddress } from './line.ts';
import type { SessionOwner } from './owner.ts';

export interface SessionOptions {
  readonly broker: BrokerAddress;
  /** Id of the hall: its topics are subscribed. */
  readonly hall: string;
  readonly clientId: string;
  /** The sources' topic filters, beside the hall's own: what is retained there is asked for once in every run. */
  readonly filters?: readonly string[];
  /** What is left of a larger packet. Default 1 MiB. */
  readonly packetBytesMax?: number;
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
  /** Of a pair: decides when the session may be taken. Alone it is taken at once, and again whenever it is lost. */
  readonly owner?: SessionOwner;
  /** The session stands and is subscribed. */
  readonly onConnected?: (connected: Connected) => void;
  readonly onError: (error: unknown, where: { stage: 'broker' }) => void;
}

export interface Connected {
  /** False: the broker had none of ours, so nothing was kept while we were away. */
  readonly sessionPresent: boolean;
  readonly protocolVersion: 4 | 5;
}

export interface SessionStats extends LinkStats {
  readonly session: NonNullable<LinkStats['session']>;
}

/** A way in at an external broker. */
export interface Session extends BrokerLink {
  readonly stats: Readonly<SessionStats>;
}
