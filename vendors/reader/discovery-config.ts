// A discovery message of Home Assistant, made plain: abbreviations written out, base topics filled in, templates parsed.
// https://www.home-assistant.io/integrations/mqtt/#mqtt-discovery and components/mqtt/abbreviations.py
import type { AvailabilityMode } from './availability.ts';
import { isFields, labelOf, pick, present, type Fields } from './payload.ts';
import type { DeviceFace } from '../reader.ts';

/** Where a value stands in a message: keys into its JSON; undefined is the text itself. */
export type Path = readonly (string | number)[] | undefined;

export interface Availability {
  readonly topic: string;
  readonly path: Path;
  readonly online: string;
  readonly offline: string;
}

/** One thing of a device that can be read. */
export interface Entity {
  readonly device: string;
  /** Its key in the reading's properties. */
  readonly key: string;
  readonly component: string;
  /** undefined: it has none, or a template that is more than a path */
  readonly state: { readonly topic: string; readonly path: Path } | undefined;
  readonly deviceClass: string | undefined;
  readonly on: string;
  readonly off: string;
}

export interface Announced {
  readonly device: string;
  readonly face: DeviceFace;
  readonly firmware: string | undefined;
  readonly availability: readonly Availability[];
  readonly mode: AvailabilityMode;
  readonly entities: readonly Entity[];
  /** Entities whose template is not read. */
  readonly unread: readonly string[];
}

/** Of the some three hundred abbreviations those that say what a device is and where its state stands. */
const LONG: Readonly<Record<string, string>> = {
  avty: 'availability',
  avty_t: 'availability_topic',
  avty_tpl: 'availability_template',
  avty_mode: 'availability_mode',
  cmps: 'components',
  dev: 'device',
  dev_cla: 'device_class',
  o: 'origin',
  obj_id: 'object_id',
  p: 'platform',
  pl_avail: 'payload_available',
  pl_not_avail: 'payload_not_available',
  pl_on: 'payload_on',
  pl_off: 'payload_off',
  stat_on: 'state_on',
  stat_off: 'state_off',
  stat_t: 'state_topic',
  t: 'topic',
  uniq_id: 'unique_id',
  val_tpl: 'value_template',
};
const DEVICE_LONG: Readonly<Record<string, string>> = {
  cns: 'connections',
  ids: 'identifiers',
  mf: 'manufacturer',
  mdl: 'model',
  sw: 'sw_version',
};

const AVAILABILITIES_MAX = 8;
const TOPIC = /^[^+#\0]{1,500}$/;

/**
 * @param component the level of the topic, `device` for a whole device at once
 * @param node the node_id, where the topic has one
 * @returns undefined where the message names no device
 */
export function readConfig(
  config: Fields,
  component: string,
  node: string | undefined,
  object: string,
  entitiesMax: number,
): Announced | undefined {
  const fields = written(config, LONG);
  const about = fields.get('device');
  const device = isFields(about) ? written(about, DEVICE_LONG) : new Map<string, unknown>();
  const address = identityOf(device) ?? labelOf(fields.get('unique_id')) ?? node ?? object;
  const parts = component === 'device' ? partsOf(fields, entitiesMax) : [[object, fields] as const];
  const read = parts.map(([key, part]) => entityOf(address, key, component, part));
  return {
    device: address,
    face: present<DeviceFace>({
      name: labelOf(device.get('name')) ?? labelOf(fields.get('name')) ?? address,
      vendor: labelOf(device.get('manufacturer')),
      model: labelOf(device.get('model')),
    }),
    firmware: labelOf(device.get('sw_version')),
    availability: availabilityOf(fields),
    mode: modeOf(fields.get('availability_mode')),
    entities: read.map(({ entity }) => entity),
    unread: read.filter(({ unread }) => unread).map(({ entity }) => entity.key),
  };
}

/** With its keys written out, and `~` filled in where a topic begins or ends with it. */
function written(config: Fields, long: Readonly<Record<string, string>>): Map<string, unknown> {
  const base = pick(config, '~');
  const fields = new Map<string, unknown>();
  for (const [key, value] of Object.entries(config)) {
    const name = Object.hasOwn(long, key) ? (long[key] ?? key) : key;
    fields.set(name, typeof base === 'string' ? filled(value, base, name) : value);
  }
  return fields;
}

function filled(value: unknown, base: string, name: string): unknown {
  if (typeof value === 'string' && (name === 'topic' || name.endsWith('_topic'))) {
    if (value.startsWith('~')) return base + value.slice(1);
    return value.endsWith('~') ? value.slice(0, -1) + base : value;
  }
  if (name !== 'availability' || typeof value !== 'object' || value === null) return value;
  const entries: unknown[] = Array.isArray(value) ? value : [value];
  return entries.map((entry) =>
    isFields(entry) ? Object.fromEntries(written({ '~': base, ...entry }, LONG)) : entry,
  );
}

/** The first identifier; else the first connection, such as `mac:02:5b:26:a8:dc:12`. */
function identityOf(device: ReadonlyMap<string, unknown>): string | undefined {
  const identifiers = device.get('identifiers');
  const first: unknown = Array.isArray(identifiers) ? identifiers[0] : identifiers;
  const connections = device.get('connections');
  const connection = pick(connections, 0);
  const joined =
    Array.isArray(connection) && connection.every((part) => typeof part === 'string')
      ? connection.join(':')
      : undefined;
  return labelOf(typeof first === 'number' ? String(first) : first) ?? labelOf(joined);
}

/** The components of a device; what is said for all of them holds for each. */
function partsOf(
  fields: ReadonlyMap<string, unknown>,
  max: number,
): readonly (readonly [string, Map<string, unknown>])[] {
  const components = fields.get('components');
  if (!isFields(components)) return [];
  const shared = [...fields].filter(([name]) => name === 'state_topic' || name === '~');
  return Object.entries(components)
    .slice(0, max)
    .flatMap(([key, part]) => {
      if (!isFields(part)) return [];
      const own = written({ ...Object.fromEntries(shared), ...part }, LONG);
      return own.has('platform') ? [[key, own] as const] : [];
    });
}

function entityOf(
  device: string,
  object: string,
  component: string,
  fields: ReadonlyMap<string, unknown>,
): { entity: Entity; unread: boolean } {
  const topic = topicOf(fields.get('state_topic'));
  const template = fields.get('value_template');
  const path = template === undefined ? undefined : readTemplate(template);
  const entity: Entity = {
    device,
    key: labelOf(fields.get('object_id'), 100) ?? object,
    component: labelOf(fields.get('platform'), 40) ?? component,
    state: topic === undefined || path === 'other' ? undefined : { topic, path },
    deviceClass: labelOf(fields.get('device_class'), 40),
    on: textOr(fields.get('state_on') ?? fields.get('payload_on'), 'ON'),
    off: textOr(fields.get('state_off') ?? fields.get('payload_off'), 'OFF'),
  };
  return { entity, unread: path === 'other' };
}

function availabilityOf(fields: ReadonlyMap<string, unknown>): readonly Availability[] {
  const list = fields.get('availability');
  const entries: readonly unknown[] = Array.isArray(list) ? list : list === undefined ? [] : [list];
  const read = entries
    .slice(0, AVAILABILITIES_MAX)
    .filter(isFields)
    .map((entry) => {
      const own = written(entry, LONG);
      return entryOf(own.get('topic'), own.get('value_template'), own);
    });
  const single = entryOf(
    fields.get('availability_topic'),
    fields.get('availability_template'),
    fields,
  );
  return [...read, single].filter((entry) => entry !== undefined);
}

function entryOf(
  topicText: unknown,
  template: unknown,
  fields: ReadonlyMap<string, unknown>,
): Availability | undefined {
  const topic = topicOf(topicText);
  const path = template === undefined ? undefined : readTemplate(template);
  if (topic === undefined || path === 'other') return undefined;
  return {
    topic,
    path,
    online: textOr(fields.get('payload_available'), 'online'),
    offline: textOr(fields.get('payload_not_available'), 'offline'),
  };
}

/**
 * The path of `{{ value_json.a['b'][0] }}`, undefined for `{{ value }}`. A template that does more is `other`: it would
 * take a Jinja engine, which runs programs that devices send.
 */
export function readTemplate(template: unknown): Path | 'other' {
  if (typeof template !== 'string' || template.length > 300) return 'other';
  const inner = /^\{\{-?([^{}]*)\}\}$/.exec(template.trim())?.[1];
  const [before = '', filter, ...more] = inner?.replace(/-$/, '').split('|') ?? [];
  // `is_defined` only keeps silent where nothing stands, which is what is done here anyway.
  if (more.length > 0 || (filter !== undefined && filter.trim() !== 'is_defined')) return 'other';
  const expression = before.trim();
  if (expression === 'value') return undefined;
  if (!expression.startsWith('value_json')) return 'other';
  const path: (string | number)[] = [];
  let rest = expression.slice('value_json'.length);
  while (rest !== '') {
    const step =
      /^\.([A-Za-z_]\w{0,99})/.exec(rest) ??
      /^\[\s*'([^'\\]{1,100})'\s*\]/.exec(rest) ??
      /^\[\s*"([^"\\]{1,100})"\s*\]/.exec(rest) ??
      /^\[\s*(\d{1,4})\s*\]/.exec(rest);
    if (!step?.[1]) return 'other';
    path.push(/^\[\s*\d/.test(rest) ? Number(step[1]) : step[1]);
    rest = rest.slice(step[0].length);
  }
  return path;
}

function topicOf(value: unknown): string | undefined {
  return typeof value === 'string' && TOPIC.test(value) ? value : undefined;
}

function textOr(value: unknown, fallback: string): string {
  if (typeof value === 'boolean' || typeof value === 'number') return String(value);
  return typeof value === 'string' ? value.slice(0, 200) : fallback;
}

function modeOf(value: unknown): Announced['mode'] {
  return value === 'all' || value === 'any' ? value : 'latest';
}

/** What only senses is a sensor. */
export function kindOf(components: readonly string[]): DeviceFace['kind'] {
  if (components.includes('camera')) return 'camera';
  const senses = components.every((each) => each === 'sensor' || each === 'binary_sensor');
  return senses && components.length > 0 ? 'sensor' : undefined;
}
