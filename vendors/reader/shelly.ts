// Shelly of the second generation and later (built to firmware 1.7): JSON-RPC notifications and component states.
// https://shelly-api-docs.shelly.cloud/gen2/General/Notifications, …/ComponentsAndServices/Mqtt
import * as v from 'valibot';
import { says } from '../../hall/language.ts';
import { list, or, whole } from '../../hall/config/values.ts';
import type {
  DeviceCondition,
  DeviceFace,
  Outgoing,
  Read,
  Reading,
  SourceMessage,
} from '../reader.ts';
import { isLive, Presence } from './availability.ts';
import { Memory, type VendorReader } from './memory.ts';
import { devicesMax, readerKind, topicLevel } from './options.ts';
import {
  NO_ARRAY,
  NO_OBJECT,
  isFields,
  labelOf,
  NOTHING,
  pick,
  present,
  readFields,
  readJson,
  readText,
  refuse,
  type Fields,
} from './payload.ts';
import { componentCondition, modelOf, noteFaults, timeOf } from './shelly-components.ts';
import { Throttle } from './throttle.ts';

interface Device {
  face: DeviceFace;
  firmware: string | undefined;
  readonly presence: Presence;
  /** It wakes only to report: being away is no fault. */
  sleeps: boolean;
  /** What is wrong, by component. */
  readonly faults: Map<string, string>;
  /** When it was asked what it is, ms since 1970. */
  askedAt: number | undefined;
}

const EVENTS_MAX = 100;
const COMPONENT =
  /^(?:sys|wifi|eth|cloud|mqtt|ble|ws|modbus|bthome|knx|matter|ui|plugs_ui|ht_ui|[a-z][a-z0-9_]{0,30}:(\d{1,4}))$/;

const prefix = v.pipe(
  v.string(says('主题前缀，例如 + 或 hall/+', 'a topic prefix such as + or hall/+')),
  v.regex(
    /^[^#\0]{1,200}$/,
    says('主题前缀，例如 + 或 hall/+', 'a topic prefix such as + or hall/+'),
  ),
  v.check(
    (text) => text.split('/').every((level) => level === '+' || !/\+|^$/.test(level)),
    'a topic prefix of whole levels, such as + or hall/+',
  ),
);

export const shelly = readerKind(
  {
    /** Topic prefixes of the devices, `+` for any level. */
    prefixes: or(list(prefix), ['+']),
    /** Under which name they are asked what they are; the answers come on `{asker}/rpc`. */
    asker: or(topicLevel, 'hallcast-shelly'),
    ask: or(v.boolean(says('true 或 false', 'true or false')), true),
    /** Each device is asked at most once in so many seconds, all together so many times. */
    ask_s: or(whole(1, 86_400), 3_600),
    asks_max: or(whole(1, 100_000), 1_000),
    devices_max: devicesMax,
  },
  (options) => new Shelly(options),
);

interface Options {
  readonly prefixes: readonly string[];
  readonly asker: string;
  readonly ask: boolean;
  readonly ask_s: number;
  readonly asks_max: number;
  readonly devices_max: number;
}

class Shelly implements VendorReader {
  readonly filters: readonly string[];
  readonly #options: Options;
  readonly #prefixes: readonly (readonly string[])[];
  readonly #answers: string;
  readonly #devices: Memory<Device>;
  readonly #throttle: Throttle;

  constructor(options: Options) {
    this.#options = options;
    this.#prefixes = options.prefixes.map((text) => text.split('/'));
    this.#answers = `${options.asker}/rpc`;
    this.#devices = new Memory({ max: options.devices_max });
    this.#throttle = new Throttle(options.ask_s, options.asks_max);
    this.filters = [
      ...options.prefixes.flatMap((text) => [
        `${text}/online`,
        `${text}/events/rpc`,
        `${text}/status/+`,
      ]),
      ...(options.ask ? [this.#answers] : []),
    ];
  }

  get forgotten(): number {
    return this.#devices.forgotten;
  }

  read(message: SourceMessage): Read | undefined {
    if (message.topic === this.#answers) return this.#answer(message);
    const levels = message.topic.split('/');
    for (const pattern of this.#prefixes) {
      const rest = restAfter(pattern, levels);
      if (!rest) continue;
      const address = levels.slice(0, pattern.length).join('/');
      if (rest.length === 1 && rest[0] === 'online') return this.#online(address, message);
      if (rest.length !== 2) continue;
      if (rest[0] === 'status') return this.#status(address, rest[1] ?? '', message);
      if (rest[0] === 'events' && rest[1] === 'rpc') return this.#notification(address, message);
    }
    return undefined;
  }

  #device(address: string): Device {
    const known = this.#devices.get(address);
    if (known) return known;
    const device: Device = {
      face: present<DeviceFace>({ name: address, vendor: 'Shelly', model: modelOf(address) }),
      firmware: undefined,
      presence: new Presence(),
      sleeps: false,
      faults: new Map(),
      askedAt: undefined,
    };
    this.#devices.set(address, device);
    return device;
  }

  /** `{prefix}/online`: retained, `false` is the last will. Other things may be called `online` too. */
  #online(address: string, message: SourceMessage): Read | undefined {
    const text = readText(message);
    if ('refusal' in text || (text.value !== 'true' && text.value !== 'false')) return undefined;
    const online = text.value === 'true';
    const device = this.#device(address);
    if (online || !device.sleeps) device.presence.say(message, online);
    return {
      readings: [this.#reading(address, device, {})],
      publish: online ? this.#ask(address, device, message.receivedAt) : [],
    };
  }

  /** Asks what a device is (name, model, firmware); its notifications never say so. */
  #ask(address: string, device: Device, now: number): readonly Outgoing[] {
    const { ask, asker } = this.#options;
    if (!ask || !this.#throttle.allows(device.askedAt, now)) return [];
    device.askedAt = now;
    const request = { id: address, src: asker, method: 'Shelly.GetDeviceInfo' };
    const payload = new TextEncoder().encode(JSON.stringify(request));
    return [{ topic: `${address}/rpc`, payload }];
  }

  #answer(message: SourceMessage): Read {
    const fields = readFields(message);
    if ('refusal' in fields) return fields.refusal;
    const address = pick(fields.value, 'id');
    const result = pick(fields.value, 'result');
    const device = typeof address === 'string' ? this.#devices.get(address) : undefined;
    if (typeof address !== 'string' || !device || !isFields(result)) return NOTHING;
    device.firmware = labelOf(pick(result, 'ver')) ?? device.firmware;
    device.face = present<DeviceFace>({
      name: labelOf(pick(result, 'name')) ?? labelOf(pick(result, 'id')) ?? address,
      vendor: 'Shelly',
      model: labelOf(pick(result, 'app')) ?? labelOf(pick(result, 'model')) ?? device.face.model,
    });
    return { readings: [this.#reading(address, device, { condition: {} }, message)] };
  }

  /** Whatever it sent, it is there. */
  #unreadable(refusal: Read, address: string, message: SourceMessage): Read {
    if (!isLive(message)) return refusal;
    return { ...refusal, readings: [this.#reading(address, this.#device(address), {}, message)] };
  }

  /** `{prefix}/status/{component}`: all of one component. */
  #status(address: string, component: string, message: SourceMessage): Read | undefined {
    const known = COMPONENT.exec(component);
    if (!known) return undefined;
    if (message.payload.length === 0) return NOTHING;
    const json = readJson(message);
    if ('refusal' in json) return this.#unreadable(json.refusal, address, message);
    const number = known[1];
    // Others have topics like this one, but do not number what they tell.
    if (!isFields(json.value)) return undefined;
    if (number !== undefined && pick(json.value, 'id') !== Number(number)) return undefined;
    const device = this.#device(address);
    const status = { [component]: { errors: [], ...json.value } };
    const condition = this.#conditionOf(device, status);
    const told = present<Partial<Reading>>({ properties: { [component]: json.value }, condition });
    const keep = saysWakes(status);
    return { readings: [this.#reading(address, device, told, message)], ...(keep && { keep }) };
  }

  /** `{prefix}/events/rpc`: what changed, everything after a wake, or what somebody pressed. */
  #notification(address: string, message: SourceMessage): Read {
    const fields = readFields(message);
    if ('refusal' in fields) return this.#unreadable(fields.refusal, address, message);
    const method = pick(fields.value, 'method');
    const params = pick(fields.value, 'params');
    if (!isFields(params)) {
      const refusal = refuse('field:params', 'params', NO_OBJECT);
      return this.#unreadable(refusal, address, message);
    }
    const device = this.#device(address);
    const source = modelOf(pick(fields.value, 'src'));
    if (source !== undefined && device.face.model === undefined) {
      device.face = { ...device.face, model: source };
    }
    if (method === 'NotifyEvent') return this.#events(address, device, params, message);
    if (method !== 'NotifyStatus' && method !== 'NotifyFullStatus') return NOTHING;
    const { ts, ...properties } = params;
    const told = present<Partial<Reading>>({
      properties,
      condition: this.#conditionOf(device, properties),
      at: timeOf(ts),
    });
    const keep = saysWakes(properties);
    return { readings: [this.#reading(address, device, told, message)], ...(keep && { keep }) };
  }

  #events(address: string, device: Device, params: Fields, message: SourceMessage): Read {
    const events = pick(params, 'events');
    if (!Array.isArray(events)) {
      const refusal = refuse('field:events', 'events', NO_ARRAY);
      return this.#unreadable(refusal, address, message);
    }
    const readings = events
      .slice(0, EVENTS_MAX)
      .filter(isFields)
      .map((event) => {
        const at = timeOf(pick(event, 'ts') ?? pick(params, 'ts'));
        const told = present<Partial<Reading>>({ properties: event, at });
        return this.#reading(address, device, told, message);
      });
    if (events.length <= EVENTS_MAX) return { readings };
    const refusal = refuse('size', 'events', {
      zh: `有 ${events.length} 个，最多应为 ${EVENTS_MAX} 个`,
      en: `has ${events.length}, should have at most ${EVENTS_MAX}`,
    });
    return { ...refusal, readings };
  }

  /** @param message of the device itself, not of its availability */
  #reading(
    address: string,
    device: Device,
    told: Partial<Reading>,
    message?: SourceMessage,
  ): Reading {
    const { presence } = device;
    const spoke = message !== undefined && isLive(message);
    if (spoke) presence.hear();
    const available = presence.available() ?? (spoke ? true : undefined);
    const { outweighed } = presence;
    const fault = [...device.faults.values()].join(', ').slice(0, 200) || undefined;
    const condition = told.condition && {
      ...present<DeviceCondition>({ firmware: device.firmware, fault }),
      ...told.condition,
    };
    const { face } = device;
    return present<Reading>({ available, outweighed, ...told, address, face, condition });
  }

  /** Faults are remembered, because a notification tells only what changed. */
  #conditionOf(device: Device, components: Fields): DeviceCondition | undefined {
    let told: DeviceCondition = {};
    let faultsTold = false;
    for (const [component, status] of Object.entries(components)) {
      if (!isFields(status)) continue;
      told = { ...told, ...componentCondition(component, status) };
      const errors = pick(status, 'errors');
      if (Array.isArray(errors)) {
        faultsTold = true;
        noteFaults(device.faults, component, errors);
      }
      const wakes = pick(status, 'wakeup_period');
      if (component === 'sys' && typeof wakes === 'number') device.sleeps = wakes > 0;
    }
    return Object.keys(told).length > 0 || faultsTold ? told : undefined;
  }
}

/** Whether it sleeps between its reports, which says what its going means, is in few of its messages. */
function saysWakes(components: Fields): boolean {
  return typeof pick(components, 'sys', 'wakeup_period') === 'number';
}

/** The levels after the prefix, or undefined where the topic has another one. */
function restAfter(
  pattern: readonly string[],
  topic: readonly string[],
): readonly string[] | undefined {
  if (topic.length <= pattern.length) return undefined;
  return pattern.every((level, index) => level === '+' || level === topic[index])
    ? topic.slice(pattern.length)
    : undefined;
}
