// The hall file's `limits` as the embedded broker takes them.
import type { HallConfig } from '../../hall/config.ts';
import { defaultLimits, type Limits } from './limits.ts';

const MIB = 1024 * 1024;

export function brokerLimits(limits: HallConfig['limits']): Partial<Limits> {
  const { connections_max } = limits;
  return {
    connectionsMax: connections_max,
    // One machine cannot take every place.
    connectionsPerAddressMax: Math.ceil(connections_max / 2),
    packetBytesMax: limits.packet_kib * 1024,
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
