// What the components of a Shelly say of the device itself: its relay's temperature, its battery, its errors.
import type { DeviceCondition } from '../reader.ts';
import {
  celsiusOf,
  clockOf,
  dbmOf,
  labelOf,
  percentOf,
  pick,
  presentAny,
  secondsOf,
  type Fields,
} from './payload.ts';

/** A device has some ten components; one with more faults than this is not believed. */
const FAULTS_MAX = 32;
const MODEL = /^(shelly[a-z0-9]{1,40})-[0-9a-f]{6,12}$/i;

export function componentCondition(component: string, status: Fields): DeviceCondition | undefined {
  if (component === 'sys') return presentAny({ uptime_s: secondsOf(pick(status, 'uptime')) });
  if (component === 'wifi') return presentAny({ rssi_dbm: dbmOf(pick(status, 'rssi')) });
  if (component.startsWith('devicepower:')) {
    return presentAny({ battery_pct: percentOf(pick(status, 'battery', 'percent')) });
  }
  // That of a relay is the device's own; a component called `temperature:0` measures the room.
  return presentAny({ temp_c: celsiusOf(pick(status, 'temperature', 'tC')) });
}

/** @param name of the component */
export function noteFaults(faults: Map<string, string>, name: string, errors: readonly unknown[]) {
  const component = name.slice(0, 40);
  const words = errors
    .slice(0, 8)
    .map((error) => labelOf(error, 40))
    .filter((word) => word !== undefined);
  faults.delete(component);
  if (words.length === 0 || faults.size >= FAULTS_MAX) return;
  faults.set(component, `${component}: ${words.join(', ')}`);
}

/** `shellyplus1pm` of `shellyplus1pm-a8032ab13004`. */
export function modelOf(id: unknown): string | undefined {
  return typeof id === 'string' ? MODEL.exec(id)?.[1]?.toLowerCase() : undefined;
}

/** Unix time in seconds, with fractions. */
export function timeOf(seconds: unknown): number | undefined {
  return typeof seconds === 'number' ? clockOf(Math.round(seconds * 1000)) : undefined;
}
