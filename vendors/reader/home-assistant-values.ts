// What a message on an announced topic says of one device: its availability, its entities' states, its condition.
import type { DeviceCondition, DeviceFace, Reading, SourceMessage } from '../reader.ts';
import { isLive, type Presence } from './availability.ts';
import type { Announced, Availability, Entity } from './discovery-config.ts';
import { celsiusOf, dbmOf, percentOf, pick, present, presentAny, secondsOf } from './payload.ts';

export interface Device {
  face: DeviceFace;
  firmware: string | undefined;
  /** By discovery topic, as each entity may name its own. */
  readonly configs: Map<string, Announced>;
  readonly presence: Presence;
}

const NUMERIC = /^-?\d{1,15}(\.\d{1,15})?$/;
/** What a sensor says that has no value just now. */
const NO_VALUE = /^([+-]?(nan|inf(inity)?)|None|unavailable)$/i;
/** A message as text and as JSON, where it is that. */
export interface Said {
  readonly text: string | undefined;
  readonly json: unknown;
}

/** @param own the topic is of no other device */
export function readValues(
  address: string,
  device: Device,
  message: SourceMessage,
  said: Said,
  own: boolean,
): { reading: Reading; unreadable: boolean } {
  const { topic } = message;
  const { presence } = device;
  const properties: [string, unknown][] = [];
  let condition: DeviceCondition = {};
  let isWord = false;
  let states = 0;
  let inJson = 0;
  for (const { entities, availability } of device.configs.values()) {
    for (const entry of availability) {
      if (entry.topic !== topic) continue;
      isWord = true;
      const online = availabilityOf(entry, said);
      if (online !== undefined) presence.say(message, online);
    }
    for (const entity of entities) {
      if (entity.state?.topic !== topic) continue;
      states += 1;
      if (entity.state.path) inJson += 1;
      const value = valueOf(entity, said);
      if (value === undefined) continue;
      properties.push([entity.key, value]);
      condition = { ...condition, ...conditionOf(entity, value) };
    }
  }
  // An availability topic may be shown as a state too: that it says `offline` shows nobody to be there.
  const spoke = isLive(message) && !isWord && (properties.length > 0 || (own && states > 0));
  if (spoke) presence.hear();
  const reading = present<Reading>({
    address,
    properties: properties.length > 0 ? Object.fromEntries(properties) : undefined,
    available: presence.available(modeOf(device)) ?? (spoke ? true : undefined),
    outweighed: presence.outweighed,
    condition: presentAny<DeviceCondition>({ firmware: device.firmware, ...condition }),
    face: device.face,
  });
  return { reading, unreadable: inJson > 0 && inJson === states && !isWord };
}

function availabilityOf(entry: Availability, { text, json }: Said): boolean | undefined {
  const value = entry.path ? pick(json, ...entry.path) : text;
  const said = typeof value === 'string' ? value : JSON.stringify(value);
  return said === entry.online ? true : said === entry.offline ? false : undefined;
}

/** What counts of several availability topics: the newest announcement says so. */
function modeOf({ configs }: Device): Announced['mode'] {
  return [...configs.values()].at(-1)?.mode ?? 'latest';
}

/** Its state as plain JSON: what is on or off as true or false, numbers of sensors as numbers. */
function valueOf(entity: Entity, { text, json }: Said): unknown {
  const value = entity.state?.path ? pick(json, ...entity.state.path) : text;
  if (value === undefined || value === null) return undefined;
  const said = typeof value === 'string' ? value : JSON.stringify(value);
  if (entity.component === 'binary_sensor' || entity.component === 'switch') {
    if (said === entity.on) return true;
    if (said === entity.off) return false;
  }
  if (typeof value !== 'string') return value;
  const numeric = entity.component === 'sensor' || entity.component === 'number';
  if (numeric && NO_VALUE.test(value)) return undefined;
  return numeric && NUMERIC.test(value) ? Number(value) : value.slice(0, 10_000);
}

function conditionOf({ deviceClass, key }: Entity, value: unknown): DeviceCondition | undefined {
  if (deviceClass === 'battery' && typeof value !== 'boolean') {
    return presentAny({ battery_pct: percentOf(value) });
  }
  if (deviceClass === 'signal_strength') return presentAny({ rssi_dbm: dbmOf(value) });
  if (/^(.*_)?uptime$/.test(key)) return presentAny({ uptime_s: secondsOf(value) });
  return /^(cpu|device|internal|chip)_temperature$/.test(key)
    ? presentAny({ temp_c: celsiusOf(value) })
    : undefined;
}
