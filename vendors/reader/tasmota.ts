// Tasmota (built to 15.0; works from 9, when its discovery came): devices by their topic, telemetry and results as JSON.
// https://tasmota.github.io/docs/MQTT/ and tasmota_xdrv_driver/xdrv_12_discovery.ino
import * as v from 'valibot';
import { says } from '../../hall/language.ts';
import { list, or } from '../../hall/config/values.ts';
import { parseInstant } from '../../hall/signal.ts';
import type { DeviceCondition, DeviceFace, Read, Reading, SourceMessage } from '../reader.ts';
import { isLive, Presence } from './availability.ts';
import { Memory, type VendorReader } from './memory.ts';
import { devicesMax, readerKind, topicLevel } from './options.ts';
import {
  celsiusOf,
  clockOf,
  dbmOf,
  labelOf,
  NOTHING,
  percentOf,
  pick,
  present,
  presentAny,
  readFields,
  readText,
  refuse,
  secondsOf,
  type Fields,
} from './payload.ts';

interface Device {
  face: DeviceFace;
  firmware: string | undefined;
  online: string;
  offline: string;
  /** It sleeps between its reports: being away is no fault. */
  sleeps: boolean;
  readonly presence: Presence;
  /** The last of each POWER, because Tasmota tells each change twice. */
  readonly power: Map<string, string>;
}

const DISCOVERY = 'tasmota/discovery/';
/** Tasmota knows no more than 32 relays. */
const POWER = /^POWER([1-9]|[12]\d|3[0-2])?$/;

const fullTopic = v.pipe(
  v.string(says('FullTopic，例如 %prefix%/%topic%/', 'a FullTopic such as %prefix%/%topic%/')),
  v.regex(
    /^[^+#\0]{1,200}$/,
    says('FullTopic，例如 %prefix%/%topic%/', 'a FullTopic such as %prefix%/%topic%/'),
  ),
  v.check(
    (text) => /(^|\/)%prefix%(\/|$)/.test(text) && /(^|\/)%topic%(\/|$)/.test(text),
    'a FullTopic in which %prefix% and %topic% are levels of their own',
  ),
);

export const tasmota = readerKind(
  {
    full_topic: or(list(fullTopic), ['%prefix%/%topic%/']),
    tele: or(topicLevel, 'tele'),
    stat: or(topicLevel, 'stat'),
    devices_max: devicesMax,
  },
  ({ full_topic, tele, stat, devices_max }) => new Tasmota(full_topic, tele, stat, devices_max),
);

class Tasmota implements VendorReader {
  readonly filters: readonly string[];
  readonly #shapes: readonly Shape[];
  readonly #devices: Memory<Device>;
  readonly #tele: string;

  constructor(fullTopics: readonly string[], tele: string, stat: string, max: number) {
    this.#tele = tele;
    this.#devices = new Memory({ max });
    this.#shapes = fullTopics.flatMap((text) => [shapeOf(text, tele), shapeOf(text, stat)]);
    this.filters = [`${DISCOVERY}+/config`, ...this.#shapes.map(({ filter }) => filter)];
  }

  get forgotten(): number {
    return this.#devices.forgotten;
  }

  read(message: SourceMessage): Read | undefined {
    if (message.topic.startsWith(DISCOVERY)) return this.#discover(message);
    const levels = message.topic.split('/');
    for (const shape of this.#shapes) {
      const found = match(shape, levels);
      if (found) return this.#tell(found.address, shape.prefix, found.what, message);
    }
    return undefined;
  }

  #device(address: string): Device {
    const known = this.#devices.get(address);
    if (known) return known;
    const device: Device = {
      face: { name: address, vendor: 'Tasmota' },
      firmware: undefined,
      online: 'Online',
      offline: 'Offline',
      sleeps: false,
      presence: new Presence(),
      power: new Map(),
    };
    this.#devices.set(address, device);
    return device;
  }

  /** `tasmota/discovery/{mac}/config`: what it is called and made of. */
  #discover(message: SourceMessage): Read {
    if (!message.topic.endsWith('/config') || message.payload.length === 0) return NOTHING;
    const fields = readFields(message);
    if ('refusal' in fields) return fields.refusal;
    const address = labelOf(pick(fields.value, 't'));
    if (address === undefined) {
      return refuse('field:t', 't', {
        zh: '缺少，应为主题',
        en: 'is missing, should be the topic',
      });
    }
    const device = this.#device(address);
    device.face = present<DeviceFace>({
      name: labelOf(pick(fields.value, 'dn')) ?? labelOf(pick(fields.value, 'fn', 0)) ?? address,
      vendor: 'Tasmota',
      model: labelOf(pick(fields.value, 'md')),
    });
    device.firmware = labelOf(pick(fields.value, 'sw'));
    device.online = labelOf(pick(fields.value, 'onln')) ?? device.online;
    device.offline = labelOf(pick(fields.value, 'ofln')) ?? device.offline;
    device.sleeps = pick(fields.value, 'dslp') === 1;
    return { readings: [this.#reading(address, device, {})], keep: true };
  }

  #tell(address: string, prefix: string, what: string, message: SourceMessage): Read {
    const tele = prefix === this.#tele;
    if (tele && what === 'LWT') return this.#will(address, message);
    if (message.payload.length === 0) return NOTHING;
    if (!tele && POWER.test(what)) return this.#power(address, what, message);
    const telemetry = /^(STATE|SENSOR|MARGINS|RESULT|INFO[1-3])$/.test(what);
    if (tele ? !telemetry : what !== 'RESULT') return NOTHING;
    const fields = readFields(message);
    const device = this.#device(address);
    if ('refusal' in fields) return this.#unreadable(fields.refusal, address, device, message);
    if (what === 'INFO1') {
      device.firmware = labelOf(pick(fields.value, 'Info1', 'Version')) ?? device.firmware;
    }
    for (const [key, value] of Object.entries(fields.value)) {
      const power = POWER.test(key) ? labelOf(value, 40) : undefined;
      if (power !== undefined) device.power.set(key, power);
    }
    const told = present<Partial<Reading>>({
      properties: fields.value,
      condition: conditionOf(fields.value),
    });
    return { readings: [this.#reading(address, device, told, message)] };
  }

  /** The last will, retained. */
  #will(address: string, message: SourceMessage): Read {
    const text = readText(message);
    if ('refusal' in text) return text.refusal;
    if (text.value === '') return NOTHING;
    const device = this.#device(address);
    if (text.value !== device.online && text.value !== device.offline) {
      const is = labelOf(text.value, 40) ?? '';
      return refuse('field:LWT', 'LWT', {
        zh: `是 "${is}"，应为 ${device.online} 或 ${device.offline}`,
        en: `is "${is}", should be ${device.online} or ${device.offline}`,
      });
    }
    const online = text.value === device.online;
    if (online || !device.sleeps) device.presence.say(message, online);
    return { readings: [this.#reading(address, device, {})] };
  }

  /** Whatever it sent, it is there. */
  #unreadable(refusal: Read, address: string, device: Device, message: SourceMessage): Read {
    if (!isLive(message)) return refusal;
    return { ...refusal, readings: [this.#reading(address, device, {}, message)] };
  }

  /** `stat/…/POWER1` as plain text, after a RESULT has told the same (SetOption4 puts that JSON here as well). */
  #power(address: string, key: string, message: SourceMessage): Read {
    const text = readText(message);
    const device = this.#device(address);
    if ('refusal' in text) return this.#unreadable(text.refusal, address, device, message);
    if (text.value.startsWith('{')) return this.#tell(address, '', 'RESULT', message);
    const value = labelOf(text.value, 40) ?? '';
    if (device.power.get(key) === value) return NOTHING;
    device.power.set(key, value);
    return {
      readings: [this.#reading(address, device, { properties: { [key]: value } }, message)],
    };
  }

  /** @param message of the device itself, not of its availability */
  #reading(
    address: string,
    device: Device,
    told: Partial<Reading>,
    message?: SourceMessage,
  ): Reading {
    const { face, firmware, presence } = device;
    const spoke = message !== undefined && isLive(message);
    if (spoke) presence.hear();
    const available = presence.available() ?? (spoke ? true : undefined);
    const { outweighed } = presence;
    const condition = presentAny<DeviceCondition>({ firmware, ...told.condition });
    const at = told.properties && timeOf(told.properties);
    return present<Reading>({ available, outweighed, ...told, address, face, condition, at });
  }
}

/** Where prefix, topic and the rest stand in a topic made by one FullTopic. */
interface Shape {
  readonly prefix: string;
  readonly filter: string;
  /** The literal, or undefined where any level may stand (%topic%, %hostname%, %id%). */
  readonly levels: readonly (string | undefined)[];
  readonly topicAt: number;
}

function shapeOf(fullTopic: string, prefix: string): Shape {
  const names = fullTopic.replace(/\/$/, '').split('/');
  const levels = names.map((name) => {
    if (name === '%prefix%') return prefix;
    return /%/.test(name) ? undefined : name;
  });
  const filter = [...levels.map((level) => level ?? '+'), '+'].join('/');
  return { prefix, filter, levels, topicAt: names.indexOf('%topic%') };
}

function match(
  { levels, topicAt }: Shape,
  topic: readonly string[],
): { address: string; what: string } | undefined {
  if (topic.length !== levels.length + 1) return undefined;
  if (!levels.every((level, index) => level === undefined || level === topic[index])) {
    return undefined;
  }
  const address = topic[topicAt];
  const what = topic[levels.length];
  return address !== undefined && address !== '' && what !== undefined
    ? { address, what }
    : undefined;
}

function conditionOf(fields: Fields): DeviceCondition | undefined {
  return presentAny<DeviceCondition>({
    uptime_s: secondsOf(pick(fields, 'UptimeSec')),
    // RSSI is a percentage; Signal is in dBm.
    rssi_dbm: dbmOf(pick(fields, 'Wifi', 'Signal')),
    temp_c: celsiusOf(pick(fields, 'ESP32', 'Temperature')),
    battery_pct: percentOf(pick(fields, 'BatteryPercentage')),
  });
}

/** `Time` is local time without a zone unless SetOption52 adds one: only then it can be told which instant is meant. */
function timeOf(fields: Fields): number | undefined {
  const time = pick(fields, 'Time');
  return clockOf(typeof time === 'string' ? parseInstant(time) : undefined);
}
