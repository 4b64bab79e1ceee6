// Zigbee2MQTT (built to 2.6; works from 1.17, when its present topics came): devices by IEEE address behind one bridge.
// https://www.zigbee2mqtt.io/guide/usage/mqtt_topics_and_messages.html
import { or } from '../../hall/config/values.ts';
import type { DeviceCondition, Read, Reading, SourceMessage } from '../reader.ts';
import { isLive, Presence } from './availability.ts';
import { Memory, type VendorReader } from './memory.ts';
import { devicesMax, readerKind, topicPath } from './options.ts';
import {
  NO_ARRAY,
  celsiusOf,
  isFields,
  labelOf,
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
  isFresh,
  lastSeen,
  newDevice,
  readAvailability,
  type Device,
} from './zigbee2mqtt-messages.ts';

/** The one cause of all its devices being away. */
export const BRIDGE_OFFLINE = 'Zigbee2MQTT bridge offline';
const LEFT = 'left the Zigbee network';

/** Retained messages that came before the list of devices did. */
const WAITING_MAX = 500;
const WAITING_BYTES_MAX = 16 * 1024;
/** Commands of others, on their way to a device. */
const COMMAND = /\/(set|get)(\/|$)/;
const AVAILABILITY = '/availability';

export const zigbee2mqtt = readerKind(
  { base: or(topicPath, 'zigbee2mqtt'), devices_max: devicesMax },
  ({ base, devices_max }, _addresses, listBytesMax) =>
    new Zigbee2Mqtt(base, devices_max, listBytesMax),
);

class Zigbee2Mqtt implements VendorReader {
  readonly filters: readonly string[];
  readonly #base: string;
  readonly #devices: Memory<Device>;
  readonly #addresses = new Map<string, string>();
  readonly #waiting = new Memory<SourceMessage>({ max: WAITING_MAX });
  readonly #max: number;
  readonly #listBytesMax: number;
  readonly #bridgePresence = new Presence();
  #groups: ReadonlySet<string> = new Set();
  #listed = false;

  constructor(base: string, max: number, listBytesMax: number) {
    this.#base = `${base}/`;
    this.#max = max;
    this.#listBytesMax = listBytesMax;
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
    const back = this.#isOfBridge(name, message) ? this.#hearBridge() : [];
    const read = this.#read(name, message);
    return back.length === 0 ? read : { ...read, readings: [...back, ...read.readings] };
  }

  #read(name: string, message: SourceMessage): Read {
    if (name.startsWith('bridge/')) return this.#bridge(name.slice('bridge/'.length), message);
    if (COMMAND.test(name) || message.payload.length === 0) return NOTHING;
    return this.#deviceMessage(name, message);
  }

  get #bridgeGone(): boolean {
    return this.#bridgePresence.available() === false;
  }

  /** Whether the bridge itself has published this just now: its reports, and whatever it says of its devices. */
  #isOfBridge(name: string, message: SourceMessage): boolean {
    if (!isLive(message) || message.payload.length === 0) return false;
    if (name.startsWith('bridge/')) return !/^bridge\/(state$|request\/)/.test(name);
    return (
      !COMMAND.test(name) && this.#deviceNamed(name.replace(/\/availability$/, '')) !== undefined
    );
  }

  /** What speaks is there, whatever its state topic says. @returns those that come back with it */
  #hearBridge(): readonly Reading[] {
    const wasGone = this.#bridgeGone;
    this.#bridgePresence.hear();
    return wasGone ? [this.#bridgeReading(), ...this.#allStanding()] : [];
  }

  #bridgeReading(): Reading {
    const { outweighed } = this.#bridgePresence;
    const available = this.#bridgePresence.available();
    return present<Reading>({ address: BRIDGE, face: BRIDGE_FACE, available, outweighed });
  }

  #allStanding(): Reading[] {
    return [...this.#devices.values()].map((device) => this.#standing(device));
  }

  #deviceNamed(name: string): Device | undefined {
    return this.#devices.get(this.#addresses.get(name) ?? name);
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
        return bridgeInfo(message, this.#listBytesMax);
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
    const wasGone = this.#bridgeGone;
    this.#bridgePresence.say(message, online);
    // Its devices are not to blame, and only a bridge that was away gives them back.
    const devices = this.#bridgeGone === wasGone ? [] : this.#allStanding();
    return { readings: [this.#bridgeReading(), ...devices] };
  }

  /** How a device stands when the bridge comes or goes. */
  #standing({ address, presence, fault, face }: Device): Reading {
    if (this.#bridgeGone) {
      return { address, available: false, condition: { fault: BRIDGE_OFFLINE }, face };
    }
    const available = presence.available() ?? true;
    const { outweighed } = presence;
    const condition = present<DeviceCondition>({ fault });
    return present<Reading>({ address, available, outweighed, condition, face });
  }

  #list(message: SourceMessage): Read {
    if (message.payload.length === 0) return NOTHING;
    const json = readJson(message, this.#listBytesMax);
    if ('refusal' in json) return json.refusal;
    if (!Array.isArray(json.value)) return refuse('json', 'bridge/devices', NO_ARRAY);
    const known = new Map([...this.#devices.entries()]);
    this.#devices.clear();
    this.#addresses.clear();
    // One more for the coordinator, which is none of them.
    const entries: readonly unknown[] = json.value.slice(0, this.#max + 1);
    const found = entries.map(deviceOf).filter((device) => device !== undefined);
    this.#devices.leaveOut(json.value.length - entries.length);
    for (const device of found) {
      const before = known.get(device.address);
      const { presence, seen, fault } = before ?? device;
      this.#remember({ ...device, presence, seen, fault });
    }
    this.#listed = true;
    const readings = [...this.#devices.values()].map((device) => this.#introduce(device));
    return { ...this.#withWaiting({ readings }), keep: true };
  }

  #introduce(device: Device): Reading {
    if (this.#bridgeGone) return this.#standing(device);
    const { address, face, presence, firmware, fault } = device;
    return present<Reading>({
      address,
      face,
      available: presence.available(),
      outweighed: presence.outweighed,
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
    const json = readJson(message, this.#listBytesMax);
    if ('refusal' in json) return message.payload.length === 0 ? NOTHING : json.refusal;
    if (!Array.isArray(json.value)) return refuse('json', 'bridge/groups', NO_ARRAY);
    const names = json.value.slice(0, this.#max).map((group) => pick(group, 'friendly_name'));
    this.#groups = new Set(names.filter((name) => typeof name === 'string'));
    return { readings: [], keep: true };
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
      known?.presence.say(message, false);
      if (known) known.fault = LEFT;
      return { readings: [{ address, available: false, condition: { fault: LEFT } }] };
    }
    const device = this.#devices.get(address) ?? newDevice(address, name ?? address);
    device.presence.say(message, true);
    device.fault = undefined;
    this.#remember(device);
    return { readings: [{ address, available: true, condition: {}, face: device.face }] };
  }

  #rename(message: SourceMessage): Read {
    const fields = readFields(message);
    if ('refusal' in fields) return fields.refusal;
    const from = pick(fields.value, 'data', 'from');
    const to = labelOf(pick(fields.value, 'data', 'to'));
    if (pick(fields.value, 'status') !== 'ok' || typeof from !== 'string' || !to) return NOTHING;
    const device = this.#deviceNamed(from);
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
    const device = this.#deviceNamed(name);
    if (!device) return this.#unknown(name, message);
    if (!availability) return this.#state(device, message);
    const available = readAvailability(message);
    if (typeof available !== 'boolean') return available;
    device.presence.say(message, available);
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
    const label = labelOf(name) ?? '';
    const list = `${this.#base}bridge/devices`;
    return refuse('unknown:device', 'device', {
      zh: `"${label}" 不在 ${list} 中${this.#listed ? '' : '（尚未收到该列表）'}`,
      en: `"${label}" is not in ${list}${this.#listed ? '' : ', which was not told yet'}`,
    });
  }

  #state(device: Device, message: SourceMessage): Read {
    const fields = readFields(message);
    if ('refusal' in fields) {
      if (!isLive(message)) return fields.refusal;
      device.presence.hear(false);
      return { ...fields.refusal, readings: [this.#standing(device)] };
    }
    const sure = isFresh(device, fields.value, message);
    if (isLive(message)) device.presence.hear(sure);
    if (device.fault === LEFT && device.presence.available() !== false) device.fault = undefined;
    const low = pick(fields.value, 'battery_low');
    if (typeof low === 'boolean') device.fault = low ? 'battery low' : undefined;
    const condition = presentAny<DeviceCondition>({
      battery_pct: percentOf(pick(fields.value, 'battery')),
      temp_c: celsiusOf(pick(fields.value, 'device_temperature')),
    });
    const known = device.presence.available() ?? (isLive(message) ? true : undefined);
    const reading = present<Reading>({
      address: device.address,
      properties: fields.value,
      available: this.#bridgeGone ? false : known,
      outweighed: this.#bridgeGone ? undefined : device.presence.outweighed,
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
    const fault = this.#bridgeGone ? BRIDGE_OFFLINE : device.fault;
    if (!condition && !faultTold && fault === undefined) return undefined;
    return { ...condition, ...present({ fault }) };
  }
}
