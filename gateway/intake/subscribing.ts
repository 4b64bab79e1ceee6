// Who may subscribe to what, what that costs, and to whom a message goes at which QoS.
import type { AedesPublishPacket, Client, PublishPacket, Subscription } from 'aedes';
import { isOfFilter } from '../topic-filter.ts';
import type { Accounts, Charged, Payer } from './accounts.ts';
import { LimitExceeded, type Limits } from './limits.ts';
import { type Passing, type Persistence, SESSION_MARK } from './persistence.ts';
import type { Relay } from './relay.ts';
import { hasWildcard, type RetainedStore } from './retained.ts';

export interface SubscribingOptions {
  readonly limits: Limits;
  readonly accounts: Accounts;
  readonly retained: RetainedStore;
  readonly persistence: Persistence;
  readonly relay: Relay;
  readonly subscribers: Set<Client>;
  readonly payerOf: (client: Client) => Payer;
  /** What a charge means for its client; returns how long it has to wait, ms. */
  readonly settle: (client: Client, charged: Charged) => number;
}

type Subscribed = { subscriptions: Readonly<Record<string, { qos: 0 | 1 | 2 }>> };

/** To hold a filter against so many retained messages costs as much as a signal. */
const RETAINED_A_SIGNAL = 20;

export class Subscribing {
  readonly #options: SubscribingOptions;

  constructor(options: SubscribingOptions) {
    this.#options = options;
  }

  authorize(
    client: Client,
    subscription: Subscription,
    done: (error: Error | null, subscription?: Subscription | null) => void,
  ): void {
    const { limits, subscribers, persistence, retained, accounts, payerOf, settle } = this.#options;
    const { subscriptions } = client as Client & Subscribed;
    const { topic } = subscription;
    const isFull = Object.keys(subscriptions).length >= limits.subscriptionsMax;
    if (subscription === SESSION_MARK || topic.startsWith('$') || isFull) return done(null, null);
    subscribers.add(client);
    persistence.granted.add(subscription);
    // Each filter with a wildcard is held against every retained message.
    const cost = hasWildcard(topic) ? 1 + retained.size / RETAINED_A_SIGNAL : 1;
    const waitMs = settle(client, accounts.charge(payerOf(client), cost, 0));
    if (waitMs === 0) done(null, subscription);
    else setTimeout(() => done(null, subscription), waitMs);
  }

  /** Whether a client gets a message, and at which QoS: aedes lowers it for filters without wildcards only. */
  forward(client: Client, packet: PublishPacket): AedesPublishPacket | null {
    const { relay, persistence, accounts, payerOf } = this.#options;
    if (!relay.mayReceive(client.id, packet.topic)) return null;
    if (!persistence.mayFlow(client, packet as Passing)) return null;
    if (!accounts.deliver(payerOf(client))) {
      client.conn.destroy(new LimitExceeded('rate', `${client.id} subscribes to too much`));
      return null;
    }
    if (packet.qos !== 2) return packet as AedesPublishPacket;
    const { subscriptions } = client as Client & Subscribed;
    let granted: 0 | 1 | 2 = 0;
    for (const [filter, { qos }] of Object.entries(subscriptions)) {
      if (qos > granted && isOfFilter(filter.split('/'), packet.topic)) granted = qos;
    }
    // Of a session taken up again the message waits at its QoS already.
    return { ...packet, qos: granted === 0 ? 2 : granted } as AedesPublishPacket;
  }
}
