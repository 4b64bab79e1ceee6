// Zigbee2MQTT (built to 2.6; works from 1.17, when its present topics came): devices by IEEE address behind one bridge.
// https://www.zigbee2mqtt.io/guide/usage/mqtt_topics_and_messages.html
import { or } from '../config/values.ts';
import type { DeviceCondition, Read, Reading, SourceMessage } from '../source.ts';
import { Memory, type VendorReader } from './memory.ts';
import { devicesMax, readerKind, topicPath } from './options.ts';
import {
  celsiusOf,
  isFields,
  labelOf,
  LIST_BYTES_MAX,
  NOTHING,
  percentOf,
  pick,
  present,
  presentAny,
  readFields,
  readJson,
  refuse,
} from './payload.ts';
import {
  BRIDGE,
  BRIDGE_FACE,
  bridgeInfo,
  deviceOf,
  IEEE,
  lastSeen,
  newDevice,
  readAvailability,
  type Device,
} from './zigbee2mqtt-messages.ts';

/** The one cause of all its devices being away. */
export const BRIDGE_OFFLINE = 'Zigbee2MQTT bridge offline';

/** Retained messages that came before the list of devices did. */
const WAITING_MAX = 500;
const WAITING_BYTES_MAX = 16 * 1024;
/** Commands of others, on their way to a device. */
const COMMAND = /\/(set|get)(\/|$)/;
const AVAILABILITY = '/availability';

export const zigbee2mqtt = readerKind(
  { base: or(topicPath, 'zigbee2mqtt'), devices_max: devicesMax },
  ({ base, devices_max }) => new Zigbee2Mqtt(base, devices_max),
);

class Zigbee2Mqtt implements VendorReader {
  readonly filters: readonly string[];
  readonly #base: string;
  readonly #devices: Memory<Device>;
  readonly #addresses = new Map<string, string>();
  readonly #waiting = new Memory<SourceMessage>({ max: WAITING_MAX });
  readonly #max: number;
  #groups: ReadonlySet<string> = new Set();
  #listed = false;
  #online: boolean | undefined;

  constructor(base: string, max: number) {
    this.#base = `${base}/`;
    this.#max = max;
    this.filters = [`${base}/#`];
    this.#devices = new Memory({
      max,
      onForget: (device) => this.#addresses.delete(device.name),
    });
  }

  get forgotten(): number {
    return this.#devices.forgotten + this.#waiting.forgotten;
  }

  read(message: SourceMessage): Read | undefined {
    if (!message.topic.startsWith(this.#base)) return undefined;
    const name = message.topic.slice(this.#base.length);
    if (name.startsWith('bridge/')) return this.#bridge(name.slice('bridge/'.length), message);
    if (COMMAND.test(name) || message.payload.length === 0) return NOTHING;
    return this.#deviceMessage(name, message);
  }

  #bridge(topic: string, message: SourceMessage): Read {
    switch (topic) {
      case 'state':
        return this.#bridgeState(message);
      case 'devices':
        return this.#list(message);
      case 'groups':
        return this.#listGroups(message);
      case 'info':
        return bridgeInfo(message);
      case 'event':
        return this.#event(message);
      case 'response/device/rename':
        return this.#rename(message);
      default:
        return NOTHING;
    }
  }

  #bridgeState(message: SourceMessage): Read {
    if (message.payload.length === 0) return NOTHING;
    const online = readAvailability(message);
    if (typeof online !== 'boolean') return online;
    const before = this.#online;
    this.#online = online;
    const bridge: Reading = { address: BRIDGE, face: BRIDGE_FACE, available: online };
    // Its devices are not to blame, and only a bridge that was away gives them back.
    const told = online ? before === false : before !== false;
    const devices = told ? [...this.#devices.values()].map((device) => this.#standing(device)) : [];
    return { readings: [bridge, ...devices] };
  }

  /** How a device stands when the bridge comes or goes. */
  #standing(device: Device): Reading {
    const { address, available, fault, face } = device;
    return this.#online === false
      ? { address, available: false, condition: { fault: BRIDGE_OFFLINE }, face }
      : { address, available: available ?? true, condition: present({ fault }), face };
  }

  #list(message: SourceMessage): Read {
    if (message.payload.length === 0) return NOTHING;
    const json = readJson(message, LIST_BYTES_MAX);
    if ('refusal' in json) return json.refusal;
    if (!Array.isArray(json.value)) return refuse('json', 'bridge/devices: should be an array');
    const known = new Map([...this.#devices.entries()]);
    this.#devices.clear();
    this.#addresses.clear();
    // One more for the coordinator, which is none of them.
    const entries: readonly unknown[] = json.value.slice(0, this.#max + 1);
    const found = entries.map(deviceOf).filter((device) => device !== undefined);
    this.#devices.leaveOut(json.value.length - entries.length);
    for (const device of found) {
      const before = known.get(device.address);
      this.#remember({ ...device, available: before?.available, fault: before?.fault });
    }
    this.#listed = true;
    const readings = [...this.#devices.values()].map((device) => this.#introduce(device));
    return this.#withWaiting({ readings });
  }

  #introduce(device: Device): Reading {
    if (this.#online === false) return this.#standing(device);
    const { address, face, available, firmware, fault } = device;
    return present<Reading>({
      address,
      face,
      available,
      condition: presentAny<DeviceCondition>({ firmware, fault }),
    });
  }

  #remember(device: Device): void {
    this.#devices.set(device.address, device);
    this.#addresses.set(device.name, device.address);
  }

  /** What came before the list: retained states, told again in the order of their coming. */
  #withWaiting(read: Read): Read {
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    const more = waiting.map((message) => this.read(message) ?? NOTHING);
    return {
      readings: [...read.readings, ...more.flatMap(({ readings }) => readings)],
      refused: more.flatMap(({ refused = [] }) => refused),
    };
  }

  #listGroups(message: SourceMessage): Read {
    const json = readJson(message, LIST_BYTES_MAX);
    if ('refusal' in json) return message.payload.length === 0 ? NOTHING : json.refusal;
    if (!Array.isArray(json.value)) return refuse('json', 'bridge/groups: should be an array');
    const names = json.value.slice(0, this.#max).map((group) => pick(group, 'friendly_name'));
    this.#groups = new Set(names.filter((name) => typeof name === 'string'));
    return NOTHING;
  }

  #event(message: SourceMessage): Read {
    const fields = readFields(message);
    if ('refusal' in fields) return fields.refusal;
    const type = pick(fields.value, 'type');
    const address = pick(fields.value, 'data', 'ieee_address');
    const name = labelOf(pick(fields.value, 'data', 'friendly_name'));
    if (typeof address !== 'string' || !IEEE.test(address)) return NOTHING;
    if (type === 'device_leave') {
      const known = this.#devices.get(address);
      if (known) Object.assign(known, { available: false, fault: 'left the Zigbee network' });
      return {
        readings: [{ address, available: false, condition: { fault: 'left the Zigbee network' } }],
      };
    }
    const device = this.#devices.get(address) ?? newDevice(address, name ?? address);
    Object.assign(device, { available: true, fault: undefined });
    this.#remember(device);
    return { readings: [{ address, available: true, condition: {}, face: device.face }] };
  }

  #rename(message: SourceMessage): Read {
    const fields = readFields(message);
    if ('refusal' in fields) return fields.refusal;
    const from = pick(fields.value, 'data', 'from');
    const to = labelOf(pick(fields.value, 'data', 'to'));
    if (pick(fields.value, 'status') !== 'ok' || typeof from !== 'string' || !to) return NOTHING;
    const device = this.#devices.get(this.#addresses.get(from) ?? from);
    if (!device) return NOTHING;
    this.#addresses.delete(device.name);
    device.name = to;
    device.face = { ...device.face, name: to };
    this.#addresses.set(to, device.address);
    return { readings: [{ address: device.address, face: device.face }] };
  }

  #deviceMessage(topic: string, message: SourceMessage): Read {
    const availability = topic.endsWith(AVAILABILITY);
    const name = availability ? topic.slice(0, -AVAILABILITY.length) : topic;
    const device = this.#devices.get(this.#addresses.get(name) ?? name);
    if (!device) return this.#unknown(name, message);
    if (!availability) return this.#state(device, message);
    const available = readAvailability(message);
    if (typeof available !== 'boolean') return available;
    device.available = available;
    if (available) device.fault = undefined;
    return { readings: [this.#standing(device)] };
  }

  #unknown(name: string, message: SourceMessage): Read {
    if (this.#groups.has(name)) return NOTHING;
    if (message.retain) {
      // Told again at the next start as well: nothing is lost by keeping it in memory only.
      const small = message.payload.length <= WAITING_BYTES_MAX;
      if (!this.#listed && small) this.#waiting.set(message.topic, message);
      return NOTHING;
    }
    const json = readJson(message);
    if ('refusal' in json || !isFields(json.value)) return NOTHING;
    const detail = `device: "${labelOf(name) ?? ''}" is not in ${this.#base}bridge/devices`;
    return refuse('unknown:device', this.#listed ? detail : `${detail}, which was not told yet`);
  }

  #state(device: Device, message: SourceMessage): Read {
    const fields = readFields(message);
    if ('refusal' in fields) return fields.refusal;
    const low = pick(fields.value, 'battery_low');
    if (typeof low === 'boolean') device.fault = low ? 'battery low' : undefined;
    const condition = presentAny<DeviceCondition>({
      battery_pct: percentOf(pick(fields.value, 'battery')),
      temp_c: celsiusOf(pick(fields.value, 'device_temperature')),
    });
    // A device that speaks is there, unless its availability topic knows better.
    const known = device.available ?? (message.retain ? undefined : true);
    const reading = present<Reading>({
      address: device.address,
      properties: fields.value,
      available: this.#online === false ? false : known,
      condition: this.#conditionWith(device, condition, typeof low === 'boolean'),
      face: device.face,
      at: lastSeen(fields.value),
    });
    return { readings: [reading] };
  }

  /** A condition tells of every fault that stands, and one that tells of none ends it. */
  #conditionWith(
    device: Device,
    condition: DeviceCondition | undefined,
    faultTold: boolean,
  ): DeviceCondition | undefined {
    const fault = this.#online === false ? BRIDGE_OFFLINE : device.fault;
    if (!condition && !faultTold && fault === undefined) return undefined;
    return { ...condition, ...present({ fault }) };
  }
}
