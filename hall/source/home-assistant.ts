// Home Assistant's MQTT discovery (built to 2026.10, device-based discovery included): what a device is called, where
// its state and availability stand. Used for whatever announces itself this way: ESPHome, OpenMQTTGateway, WLED, …
import * as v from 'valibot';
import { list, or, whole } from '../config/values.ts';
import type { DeviceCondition, DeviceFace, Read, Reading, SourceMessage } from '../source.ts';
import {
  kindOf,
  readConfig,
  type Announced,
  type Availability,
  type Entity,
} from './discovery-config.ts';
import { Memory, type VendorReader } from './memory.ts';
import { BYTES_PER_MB, devicesMax, memoryMb, readerKind, topicPath } from './options.ts';
import {
  celsiusOf,
  dbmOf,
  NOTHING,
  parseJson,
  percentOf,
  pick,
  present,
  presentAny,
  readFields,
  readText,
  secondsOf,
  tame,
} from './payload.ts';

interface Device {
  face: DeviceFace;
  firmware: string | undefined;
  /** By discovery topic, as each entity may name its own. */
  readonly configs: Map<string, Announced>;
  /** What its availability topics last said. */
  readonly told: Map<string, boolean>;
  latest: boolean | undefined;
}

const CONFIGS_MAX = 200;
const NUMERIC = /^-?\d{1,15}(\.\d{1,15})?$/;

const filter = v.pipe(
  v.string('a topic filter such as esphome/#'),
  v.check(
    (text) => text.length <= 200 && /^(([^+#\0/]*|\+)\/)*([^+#\0/]+|\+|#)$/.test(text),
    'a topic filter such as esphome/#',
  ),
);

export const homeAssistant = readerKind(
  {
    prefix: or(topicPath, 'homeassistant'),
    /** Where states and availabilities are published: what a device announces is not subscribed to on its word. */
    topics: or(list(filter), []),
    devices_max: devicesMax,
    entities_max: or(whole(1, 1_000_000), 20_000),
    memory_mb: memoryMb,
  },
  (options) => new HomeAssistant(options),
);

interface Options {
  readonly prefix: string;
  readonly topics: readonly string[];
  readonly devices_max: number;
  readonly entities_max: number;
  readonly memory_mb: number;
}

class HomeAssistant implements VendorReader {
  readonly filters: readonly string[];
  readonly #prefix: string;
  readonly #devices: Memory<Device>;
  /** Which device each discovery topic is of. */
  readonly #owners: Memory<string>;
  /** Devices that have something on a topic. */
  readonly #topics = new Map<string, Set<string>>();

  constructor(options: Options) {
    this.#prefix = `${options.prefix}/`;
    this.filters = [`${options.prefix}/#`, ...options.topics];
    this.#devices = new Memory({
      max: options.devices_max,
      onForget: (device, address) => this.#drop(address, device),
    });
    this.#owners = new Memory({
      max: options.entities_max,
      costMax: options.memory_mb * BYTES_PER_MB,
      onForget: (address, topic) => this.#withdraw(address, topic),
    });
  }

  get forgotten(): number {
    return this.#devices.forgotten + this.#owners.forgotten;
  }

  read(message: SourceMessage): Read | undefined {
    const announcement = message.topic.startsWith(this.#prefix)
      ? this.#announcement(message)
      : undefined;
    if (announcement) return announcement;
    const addresses = this.#topics.get(message.topic);
    if (!addresses) return message.topic.startsWith(this.#prefix) ? NOTHING : undefined;
    return this.#values([...addresses], message);
  }

  #announcement(message: SourceMessage): Read | undefined {
    const levels = message.topic.slice(this.#prefix.length).split('/');
    if (levels.at(-1) !== 'config' || levels.length < 3 || levels.length > 4) return undefined;
    const [component = '', ...ids] = levels.slice(0, -1);
    const object = ids.at(-1) ?? '';
    const before = this.#owners.get(message.topic);
    if (message.payload.length === 0) {
      if (before !== undefined) this.#withdraw(before, message.topic);
      this.#owners.delete(message.topic);
      return NOTHING;
    }
    const fields = readFields(message);
    if ('refusal' in fields) return fields.refusal;
    const node = ids.length === 2 ? ids[0] : undefined;
    const config = readConfig(fields.value, component, node, object, CONFIGS_MAX);
    if (!config) return NOTHING;
    if (before !== undefined) this.#withdraw(before, message.topic);
    return this.#announce(config, message.topic, message.payload.length);
  }

  #announce(config: Announced, topic: string, bytes: number): Read {
    const device = this.#devices.get(config.device) ?? newDevice(config);
    this.#devices.set(config.device, device);
    if (device.configs.size >= CONFIGS_MAX) return { readings: [{ address: config.device }] };
    device.configs.set(topic, config);
    // What is kept of it is never longer than what it said.
    this.#owners.set(topic, config.device, 500 + bytes);
    for (const each of topicsOf(config)) {
      const addresses = this.#topics.get(each) ?? new Set();
      this.#topics.set(each, addresses.add(config.device));
    }
    const components = [...device.configs.values()].flatMap(({ entities }) =>
      entities.map(({ component }) => component),
    );
    device.face = present<DeviceFace>({
      ...device.face,
      ...config.face,
      kind: kindOf(components),
    });
    device.firmware = config.firmware ?? device.firmware;
    const condition = presentAny<DeviceCondition>({ firmware: device.firmware });
    return {
      readings: [present<Reading>({ address: config.device, face: device.face, condition })],
    };
  }

  /** Takes one discovery topic off its device, and the device away with its last. */
  #withdraw(address: string, topic: string): void {
    const device = this.#devices.get(address);
    const config = device?.configs.get(topic);
    if (!device || !config) return;
    device.configs.delete(topic);
    this.#unlist(address, config, device);
    if (device.configs.size === 0) this.#devices.delete(address);
  }

  #drop(address: string, device: Device): void {
    for (const [topic, config] of device.configs) {
      device.configs.delete(topic);
      this.#owners.delete(topic);
      this.#unlist(address, config, device);
    }
  }

  #unlist(address: string, config: Announced, device: Device): void {
    const left = new Set([...device.configs.values()].flatMap((each) => [...topicsOf(each)]));
    for (const topic of topicsOf(config)) {
      if (left.has(topic)) continue;
      device.told.delete(topic);
      const addresses = this.#topics.get(topic);
      addresses?.delete(address);
      if (addresses?.size === 0) this.#topics.delete(topic);
    }
  }

  #values(addresses: readonly string[], message: SourceMessage): Read {
    const text = readText(message);
    if ('refusal' in text) return text.refusal;
    const parsed = parseJson(text.value);
    const json = tame(parsed, 0) ? parsed : undefined;
    const readings = addresses.flatMap((address) => {
      const device = this.#devices.get(address);
      return device ? [readValues(address, device, message, text.value, json)] : [];
    });
    return { readings };
  }
}

function newDevice({ face, firmware }: Announced): Device {
  return { face, firmware, configs: new Map(), told: new Map(), latest: undefined };
}

function* topicsOf({ entities, availability }: Announced): Generator<string> {
  for (const { state } of entities) if (state) yield state.topic;
  for (const { topic } of availability) yield topic;
}

function readValues(
  address: string,
  device: Device,
  { topic, retain }: SourceMessage,
  text: string,
  json: unknown,
): Reading {
  const properties: [string, unknown][] = [];
  let condition: DeviceCondition = {};
  for (const { entities, availability } of device.configs.values()) {
    for (const entry of availability) {
      if (entry.topic === topic) noteAvailability(device, entry, text, json);
    }
    for (const entity of entities) {
      if (entity.state?.topic !== topic) continue;
      const value = valueOf(entity, text, json);
      if (value === undefined) continue;
      properties.push([entity.key, value]);
      condition = { ...condition, ...conditionOf(entity, value) };
    }
  }
  const spoke = properties.length > 0 && !retain ? true : undefined;
  return present<Reading>({
    address,
    properties: properties.length > 0 ? Object.fromEntries(properties) : undefined,
    available: availableOf(device) ?? spoke,
    condition: presentAny<DeviceCondition>({ firmware: device.firmware, ...condition }),
    face: device.face,
  });
}

function noteAvailability(device: Device, entry: Availability, text: string, json: unknown): void {
  const value = entry.path ? pick(json, ...entry.path) : text;
  const said = typeof value === 'string' ? value : JSON.stringify(value);
  if (said !== entry.online && said !== entry.offline) return;
  device.latest = said === entry.online;
  device.told.set(entry.topic, device.latest);
}

/** Of several availability topics, as `availability_mode` says. */
function availableOf({ configs, told, latest }: Device): boolean | undefined {
  if (told.size === 0) return undefined;
  const mode = [...configs.values()].at(-1)?.mode ?? 'latest';
  if (mode === 'all') return [...told.values()].every(Boolean);
  return mode === 'any' ? [...told.values()].some(Boolean) : latest;
}

/** Its state as plain JSON: what is on or off as true or false, numbers of sensors as numbers. */
function valueOf(entity: Entity, text: string, json: unknown): unknown {
  const value = entity.state?.path ? pick(json, ...entity.state.path) : text;
  if (value === undefined || value === null) return undefined;
  const said = typeof value === 'string' ? value : JSON.stringify(value);
  if (entity.component === 'binary_sensor' || entity.component === 'switch') {
    if (said === entity.on) return true;
    if (said === entity.off) return false;
  }
  if (typeof value !== 'string') return value;
  const numeric = entity.component === 'sensor' || entity.component === 'number';
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
