// Home Assistant's MQTT discovery (built to 2026.10, device-based discovery included): what a device is called, where
// its state and availability stand. Used for whatever announces itself this way: ESPHome, OpenMQTTGateway, WLED, …
import * as v from 'valibot';
import { says } from '../../hall/language.ts';
import { list, or, whole } from '../../hall/config/values.ts';
import type { DeviceCondition, DeviceFace, Read, Reading, SourceMessage } from '../reader.ts';
import { Presence } from './availability.ts';
import { kindOf, readConfig, type Announced } from './discovery-config.ts';
import { readValues, type Device, type Said } from './home-assistant-values.ts';
import { Memory, type VendorReader } from './memory.ts';
import { BYTES_PER_MB, devicesMax, memoryMb, readerKind, topicPath } from './options.ts';
import {
  NO_JSON,
  labelOf,
  NOTHING,
  parseJson,
  present,
  presentAny,
  readFields,
  readText,
  refuse,
  tame,
} from './payload.ts';

/** What was refused of topics that nobody has announced. */
interface Strange {
  readonly from: number;
  count: number;
}

const CONFIGS_MAX = 200;
/** Retained messages that came before what announces them. */
const WAITING_MAX = 500;
const WAITING_BYTES_MAX = 16 * 1024;
/** Dead letters of topics that nobody has announced, each hour: of topics with one first level, and of all of them. */
const STRANGE_OF_ROOT = 10;
const STRANGE_MAX = 500;
const HOUR_MS = 3_600_000;

const filter = v.pipe(
  v.string(says('主题过滤器，例如 esphome/#', 'a topic filter such as esphome/#')),
  v.check(
    (text) => text.length <= 200 && /^(([^+#\0/]*|\+)\/)*([^+#\0/]+|\+|#)$/.test(text),
    says('主题过滤器，例如 esphome/#', 'a topic filter such as esphome/#'),
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
  /** First levels of topics that were ever announced. */
  readonly #roots = new Memory<true>({ max: 10_000 });
  readonly #waiting = new Memory<SourceMessage>({ max: WAITING_MAX });
  readonly #strange = new Memory<Strange>({ max: 1_000 });
  #allStrange: Strange = { from: -Infinity, count: 0 };

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
    if (!addresses) return this.#unannounced(message);
    return this.#values([...addresses], message);
  }

  /** What it means will be said yet, was said to others than us, or never is: some of it is kept as dead letters. */
  #unannounced(message: SourceMessage): Read | undefined {
    const { topic, payload, receivedAt } = message;
    if (topic.startsWith(this.#prefix)) return NOTHING;
    const root = rootOf(topic);
    if (message.retain) {
      // Told again at the next start as well: nothing is lost by keeping it in memory only.
      if (payload.length <= WAITING_BYTES_MAX) this.#waiting.set(topic, message);
      return undefined;
    }
    if (this.#roots.get(root) || payload.length === 0) return undefined;
    const strange = counted(this.#strange.get(root), receivedAt);
    this.#strange.set(root, strange);
    if (strange.count > STRANGE_OF_ROOT) return undefined;
    this.#allStrange = counted(this.#allStrange, receivedAt);
    if (this.#allStrange.count > STRANGE_MAX) return undefined;
    const name = labelOf(topic) ?? '';
    return refuse('unknown:device', 'device', {
      zh: `${this.#prefix} 下没有声明 ${name}`,
      en: `nothing under ${this.#prefix} announces ${name}`,
    });
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
      return { readings: [], keep: true };
    }
    const fields = readFields(message);
    if ('refusal' in fields) return fields.refusal;
    const node = ids.length === 2 ? ids[0] : undefined;
    const config = readConfig(fields.value, component, node, object, CONFIGS_MAX);
    if (!config) return NOTHING;
    if (before !== undefined && before !== config.device) this.#withdraw(before, message.topic);
    return this.#announce(config, message.topic, message.payload.length);
  }

  #announce(config: Announced, topic: string, bytes: number): Read {
    const device = this.#devices.get(config.device) ?? newDevice(config);
    this.#devices.set(config.device, device);
    const before = device.configs.get(topic);
    if (!before && device.configs.size >= CONFIGS_MAX) {
      return { readings: [{ address: config.device }] };
    }
    device.configs.set(topic, config);
    // Announced again, it stays what it was but for what is not announced any more.
    if (before) this.#unlist(config.device, before, device);
    // What is kept of it is never longer than what it said.
    this.#owners.set(topic, config.device, 500 + bytes);
    for (const each of topicsOf(config)) {
      const addresses = this.#topics.get(each) ?? new Set();
      this.#topics.set(each, addresses.add(config.device));
      this.#roots.set(rootOf(each), true);
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
    const first = present<Reading>({ address: config.device, face: device.face, condition });
    return { readings: [first, ...this.#waited(config)], keep: true };
  }

  /** What came before it was announced: retained words and states. */
  #waited(config: Announced): Reading[] {
    return [...topicsOf(config)].flatMap((topic) => {
      const message = this.#waiting.get(topic);
      this.#waiting.delete(topic);
      return message ? (this.read(message)?.readings ?? []) : [];
    });
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
      device.presence.forget(topic);
      const addresses = this.#topics.get(topic);
      addresses?.delete(address);
      if (addresses?.size === 0) this.#topics.delete(topic);
    }
  }

  #values(addresses: readonly string[], message: SourceMessage): Read {
    // Of a topic that several devices have, only what it says of one shows that it is there.
    const own = addresses.length === 1;
    const text = readText(message);
    const parsed = 'refusal' in text ? undefined : parseJson(text.value);
    const said: Said = {
      text: 'refusal' in text ? undefined : text.value,
      json: tame(parsed, 0) ? parsed : undefined,
    };
    const found = addresses.flatMap((address) => {
      const device = this.#devices.get(address);
      return device ? [readValues(address, device, message, said, own)] : [];
    });
    const readings = found.map(({ reading }) => reading);
    if ('refusal' in text) return { ...text.refusal, readings };
    if (said.json !== undefined || !found.some(({ unreadable }) => unreadable)) return { readings };
    return { ...refuse('json', 'payload', NO_JSON), readings };
  }
}

/** First level of a topic. */
function rootOf(topic: string): string {
  const end = topic.indexOf('/');
  return end < 0 ? topic : topic.slice(0, end);
}

function counted(before: Strange | undefined, now: number): Strange {
  if (!before || Math.abs(now - before.from) >= HOUR_MS) return { from: now, count: 1 };
  before.count += 1;
  return before;
}

function newDevice({ face, firmware }: Announced): Device {
  return { face, firmware, configs: new Map(), presence: new Presence() };
}

function* topicsOf({ entities, availability }: Announced): Generator<string> {
  for (const { state } of entities) if (state) yield state.topic;
  for (const { topic } of availability) yield topic;
}
