// What Zigbee2MQTT's messages say: of its bridge, of a device in its list, of availability.
import { parseInstant } from '../../hall/signal.ts';
import type { DeviceFace, Read, SourceMessage } from '../reader.ts';
import { isLive, Presence } from './availability.ts';
import {
  clockOf,
  labelOf,
  NOTHING,
  numberOf,
  parseJson,
  pick,
  present,
  readFields,
  readText,
  refuse,
  type Fields,
} from './payload.ts';

/** The bridge is a device too, so that others can be said to hang on it. */
export const BRIDGE = 'bridge';
export const BRIDGE_FACE: DeviceFace = { name: 'Zigbee2MQTT', kind: 'network' };
export interface Device {
  readonly address: string;
  name: string;
  face: DeviceFace;
  firmware: string | undefined;
  /** Its availability topic says nothing where that feature is off. */
  readonly presence: Presence;
  /** The `last_seen` that was told last, ms since 1970. */
  seen: number | undefined;
  fault: string | undefined;
}

export const IEEE = /^0x[0-9a-f]{16}$/;

const MEASURES = new Set(
  `occupancy presence temperature humidity contact illuminance water_leak smoke gas co2 pm25 voc vibration pressure
  noise carbon_monoxide soil_moisture`.split(/\s+/),
);
const ACTORS = new Set(['switch', 'light', 'cover', 'lock', 'fan', 'climate']);

/** `online`/`offline`, as text (before 2.0) or as `{"state": …}`. */
export function readAvailability(message: SourceMessage): boolean | Read {
  const text = readText(message);
  if ('refusal' in text) return text.refusal;
  const state = text.value.startsWith('{') ? pick(parseJson(text.value), 'state') : text.value;
  if (state === 'online') return true;
  if (state === 'offline' || text.value === '') return false;
  const is = labelOf(state, 40) ?? '';
  return refuse('field:state', 'state', {
    zh: `是 "${is}"，应为 online 或 offline`,
    en: `is "${is}", should be online or offline`,
  });
}

export function bridgeInfo(message: SourceMessage, bytesMax: number): Read {
  const fields = readFields(message, bytesMax);
  if ('refusal' in fields) return message.payload.length === 0 ? NOTHING : fields.refusal;
  const firmware = labelOf(pick(fields.value, 'version'));
  const model = labelOf(pick(fields.value, 'coordinator', 'type'));
  const face = present<DeviceFace>({ ...BRIDGE_FACE, model });
  return { readings: [{ address: BRIDGE, face, condition: present({ firmware }) }] };
}

export function newDevice(address: string, name: string): Device {
  const unknown = { firmware: undefined, seen: undefined, fault: undefined };
  return { address, name, face: { name }, presence: new Presence(), ...unknown };
}

export function deviceOf(entry: unknown): Device | undefined {
  const address = pick(entry, 'ieee_address');
  if (typeof address !== 'string' || !IEEE.test(address)) return undefined;
  if (pick(entry, 'type') === 'Coordinator' || pick(entry, 'disabled') === true) return undefined;
  const name = pick(entry, 'friendly_name');
  const device = newDevice(address, typeof name === 'string' && name !== '' ? name : address);
  device.face = present<DeviceFace>({
    name: labelOf(device.name),
    vendor: labelOf(pick(entry, 'definition', 'vendor') ?? pick(entry, 'manufacturer')),
    model: labelOf(pick(entry, 'definition', 'model') ?? pick(entry, 'model_id')),
    kind: kindOf(pick(entry, 'definition', 'exposes')),
  });
  device.firmware = labelOf(pick(entry, 'software_build_id'));
  return device;
}

/** What only measures is a sensor; what it exposes says so. */
function kindOf(exposes: unknown): 'sensor' | 'other' | undefined {
  if (!Array.isArray(exposes)) return undefined;
  if (exposes.some((expose) => ACTORS.has(String(pick(expose, 'type'))))) return 'other';
  return exposes.some((expose) => MEASURES.has(String(pick(expose, 'name'))))
    ? 'sensor'
    : undefined;
}

/** `last_seen` is ISO 8601 or ms since 1970, where Zigbee2MQTT is set to add it. */
export function lastSeen(fields: Fields): number | undefined {
  const seen = pick(fields, 'last_seen');
  return clockOf(typeof seen === 'string' ? parseInstant(seen) : numberOf(seen, 0, 1e14));
}

/** A `last_seen` of one that was not heard of before is of this moment when it is no older. */
const FRESH_MS = 60_000;

/**
 * Whether the device itself said this just now: at its start, and when Home Assistant starts, Zigbee2MQTT tells what it
 * remembers of every device, in messages that look alike. Only `last_seen` tells them apart, and `action`, which is
 * never remembered. Notes the `last_seen`.
 */
export function isFresh(device: Device, fields: Fields, message: SourceMessage): boolean {
  const before = device.seen;
  const seen = lastSeen(fields);
  device.seen = seen ?? before;
  if (!isLive(message)) return false;
  if (seen === undefined) return pick(fields, 'action') !== undefined;
  if (before !== undefined) return seen !== before;
  return Math.abs(message.receivedAt - seen) <= FRESH_MS;
}
