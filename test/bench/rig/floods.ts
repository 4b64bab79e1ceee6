/** The floods that `flood.ts` beside this file can send. */
export const FLOOD_NAMES = [
  'dead letters from 38 clients',
  '300 half packets',
  'subscribing again and again',
  'PINGREQ from 20 clients',
] as const;

export type FloodName = (typeof FLOOD_NAMES)[number];
