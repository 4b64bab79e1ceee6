// The hall file's `limits` as the embedded broker takes them.
import type { HallConfig } from '../../hall/config.ts';
import { defaultLimits, type Limits } from './limits.ts';

const MIB = 1024 * 1024;

export function brokerLimits(limits: HallConfig['limits']): Partial<Limits> {
  const { connections_max, device_kib_per_s, address_kib_per_s } = limits;
  return {
    connectionsMax: connections_max,
    // One machine cannot take every place.
    connectionsPerAddressMax: Math.min(
      limits.address_connections_max,
      Math.ceil(connections_max / 2),
    ),
    packetBytesMax: limits.packet_kib * 1024,
    packetMsMax: limits.packet_s * 1000,
    silentMsMax: limits.silent_min * 60_000,
    memoryBytesMax: limits.mqtt_memory_mib * MIB,
    bytesPerSecond: device_kib_per_s * 1024,
    bytesBurst: device_kib_per_s * 1024 * 8,
    address: {
      signalsPerSecond: limits.address_signals_per_s,
      signalsBurst: limits.address_signals_burst,
      bytesPerSecond: address_kib_per_s * 1024,
      bytesBurst: address_kib_per_s * 1024 * 8,
    },
    deliveries: {
      perSecond: limits.address_deliveries_per_s,
      burst: limits.address_deliveries_per_s * 10,
    },
    signalsPerSecond: limits.device_signals_per_s,
    signalsBurst: limits.device_signals_burst,
    inward: { ...defaultLimits.inward, totalMax: limits.qos2_max },
    sessions: {
      ...defaultLimits.sessions,
      sessionsMax: limits.sessions_max,
      queueMax: limits.queued_max,
      bytesMax: limits.queued_mib * MIB,
    },
    retained: {
      ...defaultLimits.retained,
      topicsMax: limits.retained_max,
      bytesMax: limits.retained_mib * MIB,
    },
  };
}
