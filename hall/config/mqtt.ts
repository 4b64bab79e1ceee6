// What the embedded broker takes from devices and strangers; members of the hall file's `limits`. SPEC §19.
import { or, whole } from './values.ts';

export const mqttLimits = {
  /** a larger MQTT packet closes its connection */
  packet_kib: or(whole(16, 65_536), 1_024),
  /** QoS 2 packet ids that were received and not released; a listed device may fill more than half of them */
  qos2_max: or(whole(10, 1_000_000), 20_000),
  /** topics whose last message is kept for later subscribers, and their bytes */
  retained_max: or(whole(10, 1_000_000), 20_000),
  retained_mib: or(whole(1, 4_096), 16),
};
