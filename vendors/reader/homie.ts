// Homie 5.0: devices that describe themselves and their properties. Also of others by the same text: 5.x.
// https://homieiot.github.io/specification/spec-core-v5_0_0/
import { or, whole } from '../../hall/config/values.ts';
import type { DeviceCondition, DeviceFace, Read, Reading, SourceMessage } from '../reader.ts';
import { isLive, Presence } from './availability.ts';
import { Memory, type VendorReader } from './memory.ts';
import { BYTES_PER_MB, devicesMax, memoryMb, readerKind, topicLevel } from './options.ts';
import { costOf, ID, propertiesOf, valueOf, type Property } from './homie-values.ts';
import { labelOf, NOTHING, pick, present, readFields, readText, refuse } from './payload.ts';

type State = 'init' | 'ready' | 'disconnected' | 'sleeping' | 'lost';
interface Device {
  face: DeviceFace;
  state: State | undefined;
  readonly presence: Presence;
  /** The device whose connection this one uses; undefined for one with its own. */
  root: string | undefined;
  properties: ReadonlyMap<string, Property> | undefined;
  readonly alerts: Map<string, string>;
  /** What it last called a fatal error, until it is ready again. */
  fatal: string | undefined;
}

const STATES: ReadonlySet<string> = new Set(['init', 'ready', 'disconnected', 'sleeping', 'lost']);
const ALERTS_MAX = 32;
const NO_NUMBER = /^[+-]?(nan|inf(inity)?)$/i;
export const ROOT_LOST = 'root device lost';

export const homie = readerKind(
  {
    domain: or(topicLevel, 'homie'),
    devices_max: devicesMax,
    /** Of one device. */
    properties_max: or(whole(1, 100_000), 500),
    memory_mb: memoryMb,
  },
  (options) => new Homie(options),
);

interface Options {
  readonly domain: string;
  readonly devices_max: number;
  readonly properties_max: number;
  readonly memory_mb: number;
}

class Homie implements VendorReader {
  readonly filters: readonly string[];
  readonly #top: string;
  readonly #devices: Memory<Device>;
  readonly #propertiesMax: number;
  #leftOut = 0;

  constructor({ domain, devices_max, properties_max, memory_mb }: Options) {
    this.#top = `${domain}/5/`;
    this.#devices = new Memory({ max: devices_max, costMax: memory_mb * BYTES_PER_MB });
    this.#propertiesMax = properties_max;
    this.filters = [`${domain}/5/#`];
  }

  get forgotten(): number {
    return this.#devices.forgotten + this.#leftOut;
  }

  read(message: SourceMessage): Read | undefined {
    if (!message.topic.startsWith(this.#top)) return undefined;
    const [id, first, second, ...rest] = message.topic.slice(this.#top.length).split('/');
    if (id === '$broadcast' || first === undefined) return NOTHING;
    if (id === undefined || !ID.test(id)) {
      return refuse('topic', 'device', { zh: '只能用 a-z 0-9 -', en: 'should be of a-z 0-9 -' });
    }
    if (first === '$state' && second === undefined) return this.#state(id, message);
    if (first === '$description' && second === undefined) return this.#describe(id, message);
    if (second === undefined || rest.length > 0) return NOTHING;
    if (first === '$alert') return this.#alert(id, second, message);
    if (first === '$log') return this.#log(id, second, message);
    return this.#property(id, first, second, message);
  }

  #device(id: string): Device {
    const known = this.#devices.get(id);
    if (known) return known;
    const device: Device = {
      face: { name: id },
      state: undefined,
      presence: new Presence(),
      root: undefined,
      properties: undefined,
      alerts: new Map(),
      fatal: undefined,
    };
    this.#devices.set(id, device);
    return device;
  }

  #state(id: string, message: SourceMessage): Read {
    const text = readText(message);
    if ('refusal' in text) return text.refusal;
    if (text.value === '') return this.#remove(id);
    if (!STATES.has(text.value)) {
      const is = labelOf(text.value, 40) ?? '';
      return refuse('field:$state', '$state', {
        zh: `是 "${is}"，应为 ${[...STATES].join('、')} 之一`,
        en: `is "${is}", should be ${[...STATES].join(', ')}`,
      });
    }
    const device = this.#device(id);
    const wasLost = isLost(device);
    device.state = text.value as State;
    device.presence.say(message, isConnected(device.state));
    if (device.state === 'ready') device.fatal = undefined;
    return { readings: this.#withChildren(id, device, wasLost) };
  }

  /** The last will is set on the root only: its children are lost with it, and come back with it. */
  #withChildren(id: string, device: Device, wasLost: boolean): Reading[] {
    const children = isLost(device) === wasLost ? [] : this.#childrenOf(id);
    return [[id, device] as const, ...children].map(([each, child]) =>
      this.#reading(each, child, { condition: {} }),
    );
  }

  /** It spoke just now, over its own connection or its root's. @returns what comes back with it */
  #hear(id: string, device: Device, message: SourceMessage): readonly Reading[] {
    if (!isLive(message)) return [];
    const root = device.root === undefined ? undefined : this.#devices.get(device.root);
    const owner = root ?? device;
    const wasLost = isLost(owner);
    device.presence.hear();
    owner.presence.hear();
    const ownerId = root === undefined ? id : (device.root ?? id);
    const back = wasLost ? this.#withChildren(ownerId, owner, wasLost) : [];
    return back.filter(({ address }) => address !== id);
  }

  /** Whatever it sent, it is there. */
  #unreadable(refusal: Read, id: string, message: SourceMessage): Read {
    if (!isLive(message)) return refusal;
    const device = this.#device(id);
    const others = this.#hear(id, device, message);
    return { ...refusal, readings: [this.#reading(id, device, {}, message), ...others] };
  }

  #remove(id: string): Read {
    const device = this.#devices.get(id);
    if (!device) return NOTHING;
    this.#devices.delete(id);
    return { readings: [{ address: id, available: false, face: device.face }] };
  }

  #childrenOf(root: string): readonly (readonly [string, Device])[] {
    return [...this.#devices.entries()].filter(([, device]) => device.root === root);
  }

  #describe(id: string, message: SourceMessage): Read {
    if (message.payload.length === 0) return NOTHING;
    const fields = readFields(message);
    if ('refusal' in fields) return fields.refusal;
    const device = this.#device(id);
    const root = pick(fields.value, 'root');
    device.root = typeof root === 'string' && ID.test(root) && root !== id ? root : undefined;
    device.face = present<DeviceFace>({
      name: labelOf(pick(fields.value, 'name')) ?? id,
      model: labelOf(pick(fields.value, 'type')),
    });
    const declared = [...propertiesOf(fields.value)];
    this.#leftOut += Math.max(0, declared.length - this.#propertiesMax);
    device.properties = new Map(declared.slice(0, this.#propertiesMax));
    this.#devices.set(id, device, costOf(device.properties));
    return { readings: [this.#reading(id, device, {})], keep: true };
  }

  #alert(id: string, alert: string, message: SourceMessage): Read {
    const text = readText(message);
    if ('refusal' in text) return this.#unreadable(text.refusal, id, message);
    const device = this.#device(id);
    const words = labelOf(text.value);
    const before = device.alerts.get(alert);
    if (words === undefined) device.alerts.delete(alert);
    else if (before !== undefined || device.alerts.size < ALERTS_MAX)
      device.alerts.set(alert, words);
    if (words === before) return NOTHING;
    // One that is taken off may be taken off by anybody.
    const others = words === undefined ? [] : this.#hear(id, device, message);
    return { readings: [this.#reading(id, device, { condition: {} }), ...others] };
  }

  /** Not retained: what was logged is over, unless it was the end of it. */
  #log(id: string, level: string, message: SourceMessage): Read {
    if (level !== 'fatal') return NOTHING;
    const text = readText(message);
    if ('refusal' in text) return text.refusal;
    const device = this.#device(id);
    device.fatal = labelOf(text.value) ?? 'fatal error';
    return { readings: [this.#reading(id, device, { condition: {} })] };
  }

  #property(id: string, node: string, name: string, message: SourceMessage): Read {
    if (message.payload.length === 0) return NOTHING;
    const text = readText(message);
    if ('refusal' in text) return this.#unreadable(text.refusal, id, message);
    const device = this.#device(id);
    const declared = device.properties?.get(`${node}/${name}`);
    if (!declared && device.properties) return NOTHING;
    // Before its description came a value is what it says, as text.
    const value = valueOf(text.value, declared ?? { datatype: 'string', words: undefined });
    const others = this.#hear(id, device, message);
    const isNumber = declared?.datatype === 'float' || declared?.datatype === 'integer';
    if (value === undefined && isNumber && NO_NUMBER.test(text.value)) {
      return { readings: [this.#reading(id, device, {}, message), ...others] };
    }
    if (value === undefined) {
      const is = labelOf(text.value, 40) ?? '';
      const should = declared?.words?.join(', ').slice(0, 200) ?? declared?.datatype ?? 'text';
      const refusal = refuse('field:value', `${node}/${name}`, {
        zh: `是 "${is}"，应为 ${should}`,
        en: `is "${is}", should be ${should}`,
      });
      return isLive(message)
        ? { ...refusal, readings: [this.#reading(id, device, {}, message), ...others] }
        : refusal;
    }
    const told = { properties: { [node]: { [name]: value } } };
    return { readings: [this.#reading(id, device, told, message), ...others] };
  }

  /** @param message of the device itself, not of its state */
  #reading(id: string, device: Device, told: Partial<Reading>, message?: SourceMessage): Reading {
    const root = device.root === undefined ? undefined : this.#devices.get(device.root);
    const rootLost = root !== undefined && isLost(root);
    const fault = rootLost ? ROOT_LOST : (device.fatal ?? faultOf(device.alerts));
    const condition = told.condition || fault !== undefined ? present({ fault }) : undefined;
    const spoke = message !== undefined && isLive(message) ? true : undefined;
    return present<Reading>({
      ...told,
      address: id,
      face: device.face,
      available: rootLost ? false : (device.presence.available() ?? spoke),
      outweighed: rootLost ? undefined : device.presence.outweighed,
      condition: condition satisfies DeviceCondition | undefined,
    });
  }
}

/** One that sleeps is where it should be; one that starts is connected already. */
function isConnected(state: State): boolean {
  return state !== 'lost' && state !== 'disconnected';
}

/** Its last will came, and it was not heard since. */
function isLost({ state, presence }: Device): boolean {
  return state === 'lost' && presence.available() === false;
}

function faultOf(alerts: ReadonlyMap<string, string>): string | undefined {
  return alerts.size === 0 ? undefined : [...alerts.values()].join(', ').slice(0, 200);
}
