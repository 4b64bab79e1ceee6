// What goes wrong in the demo hall every day alike, so that the device page has something to tell: a switch that dies
// with all that is behind it, an evaluator that comes and goes, a clock that is wrong, a battery that runs low.
import type { Device, HallConfig } from '../../hall/config.ts';
import { MINUTE } from './profile.ts';
import type { Story } from './story.ts';

/** A time at which a device is gone, ms since 1970. */
export interface Down {
  readonly id: string;
  readonly from: number;
  readonly to: number;
}

const HOUR = 60 * MINUTE;
const SWITCH = { id: 'sw-z10', from: 9 * HOUR + 41 * MINUTE, to: 11 * HOUR + 20 * MINUTE };
const FLAPPING = { id: 'eval-29', every: 4 * MINUTE, from: 9.5 * HOUR, to: 11.9 * HOUR };
/** So long after its switch each device's connection is given up. */
const BEHIND_MS = 700;

/** How far a device's clock is ahead, ms. */
export function clockAheadMs(device: string): number {
  return device === 'camera-7' ? 95_000 : 0;
}

/** A sensor's battery in the morning, percent. */
export function batteryOf(device: string, usual: number): number {
  return device === 'sensor-5' ? 14 : usual;
}

/** Losses of connection, each device's in order. */
export function mishaps({ config, start }: Pick<Story, 'config' | 'start'>): Down[] {
  return [...deadSwitch(config, start), ...flapping(config, start)];
}

function deadSwitch(config: HallConfig, start: number): Down[] {
  const behind = config.devices.filter(({ id, via }) => id === SWITCH.id || via === SWITCH.id);
  return behind.map(({ id }: Device, index) => ({
    id,
    from: start + SWITCH.from + index * BEHIND_MS,
    to: start + SWITCH.to + index * BEHIND_MS * 3,
  }));
}

function flapping({ devices }: HallConfig, start: number): Down[] {
  if (!devices.some(({ id }) => id === FLAPPING.id)) return [];
  const times = Math.floor((FLAPPING.to - FLAPPING.from) / FLAPPING.every);
  return Array.from({ length: times }, (_, index) => {
    const from = start + FLAPPING.from + index * FLAPPING.every;
    // Not quite regular, as a loose plug is not.
    return { id: FLAPPING.id, from, to: from + (40 + ((index * 37) % 50)) * 1_000 };
  });
}
