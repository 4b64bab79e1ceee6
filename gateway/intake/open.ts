// Opens the way in that the settings name: a session at the hall's own broker, or the embedded one.
import { join } from 'node:path';
import type { GatewayConfig } from '../config.ts';
import type { Log, OnError } from '../log.ts';
import { openSubscriptions } from '../sources/subscriptions.ts';
import type { Standby } from '../standby.ts';
import { startBroker } from './broker.ts';
import { brokerLimits } from './settings.ts';
import { openSession, type BrokerAddress, type Will } from './session.ts';
import type { TakeMessage, BrokerLink } from './broker-link.ts';

export interface OpenLinkOptions {
  readonly config: GatewayConfig;
  /** Topic filters of the sources. */
  readonly filters: readonly string[];
  /** What the embedded broker retains from before the start. */
  readonly retained: Iterable<{ topic: string; payload: Uint8Array }>;
  /** What an external broker says when this gateway is gone; of a pair, the pair's own word stands. */
  readonly will: Will;
  readonly standby?: Standby;
  /** A single gateway has its session at an external broker. */
  readonly onConnected: () => void;
  readonly onPublish: TakeMessage;
  readonly onError: OnError;
  readonly onInfo: Log['info'];
  readonly onWarn: Log['warn'];
  /** Whether the hall has such a device. */
  readonly isListed: (device: string) => boolean;
  readonly listedCount: () => number;
  /** ms since 1970 */
  readonly now: () => number;
}

/** Room for a topic beside the largest payload. */
const TOPIC_BYTES = 64 * 1024;

/** The largest packet that is read: of a hall with ready-made sources a list of a whole network. */
function packetBytesMaxOf({ limits, sources }: GatewayConfig['hall']): number {
  const hasReaders = sources.some((source) => 'use' in source);
  const list = hasReaders ? limits.source_list_mib * 1024 * 1024 + TOPIC_BYTES : 0;
  return Math.max(limits.packet_kib * 1024, list);
}

/** Rejects where the embedded broker's port cannot be had; an external broker may be away at first. */
export function openBrokerLink(options: OpenLinkOptions): Promise<BrokerLink> {
  const { broker } = options.config;
  return broker === undefined ? openEmbedded(options) : openExternal(broker, options);
}

function openEmbedded(options: OpenLinkOptions): Promise<BrokerLink> {
  const { config, filters, retained, onPublish, onError, onWarn, now, isListed, listedCount } =
    options;
  const { hall, mqtt } = config;
  const packetBytesMax = packetBytesMaxOf(hall);
  return startBroker({
    hostname: mqtt.host,
    port: mqtt.port,
    ...{ onPublish, retained, onError, onWarn, now, isListed, listedCount },
    ...{ relay: hall.relay, sources: filters },
    file: join(config.data, 'mqtt.sqlite'),
    limits: {
      ...brokerLimits(hall.limits),
      packetBytesMax,
      // One such packet may wait for whoever subscribed to it, and what is usual besides.
      outwardBytesMax: packetBytesMax + 1024 * 1024,
    },
  });
}

function openExternal(broker: BrokerAddress, options: OpenLinkOptions): Promise<BrokerLink> {
  const { config, filters, will, standby, onConnected, onPublish, onError, onInfo } = options;
  const { hall, broker: settings, standby: pair } = config.hall;
  const subscriptions = openSubscriptions(config.data, filters);
  return openSession({
    broker,
    hall: hall.id,
    clientId: settings.client_id ?? `hallcast-${hall.id}`,
    filters,
    formerFilters: subscriptions.former,
    sessionExpirySeconds: Math.round(settings.session_expiry_days * 86_400),
    receiveMaximum: settings.receive_max,
    packetBytesMax: packetBytesMaxOf(config.hall),
    keepAliveSeconds: standby ? pair.keep_alive_s : settings.keep_alive_s,
    onPublish,
    will: standby?.will ?? will,
    ...(standby && { owner: standby.owner }),
    onConnected: ({ sessionPresent, protocolVersion }) => {
      subscriptions.settled();
      onInfo('broker: connected', {
        session: sessionPresent ? 'resumed' : 'new: nothing was kept for it',
        mqtt: protocolVersion === 5 ? '5' : '3.1.1',
      });
      if (!standby) onConnected();
    },
    onError,
  });
}
