// What the embedded broker takes from devices and strangers; members of the hall file's `limits`. SPEC §19.
import { or, whole } from './values.ts';

export const mqttLimits = {
  /** a larger MQTT packet closes its connection */
  packet_kib: or(whole(16, 65_536), 1_024),
};
