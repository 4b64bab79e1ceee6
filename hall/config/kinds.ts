/** What a device of a hall can be. */
export const DEVICE_KINDS = [
  'dispenser',
  'caller',
  'evaluator',
  'counter',
  'screen',
  'kiosk',
  'speaker',
  'sensor',
  'camera',
  'network',
  'other',
] as const;

export type DeviceKind = (typeof DEVICE_KINDS)[number];
