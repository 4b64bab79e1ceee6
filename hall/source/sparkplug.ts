// Sparkplug B 3.0 as a host that is not the primary one: births, data by alias, deaths, and births asked for again where
// something was missed. Rules: https://sparkplug.eclipse.org/specification/version/3.0/documents/sparkplug-specification-3.0.0.pdf
import type * as v from 'valibot';
import { list, or, whole } from '../config/values.ts';
import type { DeviceCondition, DeviceFace, Read, Reading, SourceMessage } from '../source.ts';
import { Memory, type VendorReader } from './memory.ts';
import { devicesMax, readerKind, topicLevel } from './options.ts';
import { BYTES_MAX, clockOf, labelOf, NOTHING, present, refuse } from './payload.ts';
import {
  plainValue,
  readPayload,
  rebirthCommand,
  type Metric,
  type Payload,
} from './sparkplug-payload.ts';
import { Throttle } from './throttle.ts';

const options = {
  /** Only these groups; without any, all. */
  groups: or(list(topicLevel), []),
  devices_max: devicesMax,
  metrics_max: or(whole(1, 100_000), 2_000),
  /** A node is asked for its births at most once in so many seconds, all nodes together so many times. */
  rebirth_s: or(whole(1, 86_400), 10),
  rebirths_max: or(whole(1, 100_000), 200),
};

type Options = v.InferOutput<v.ObjectSchema<typeof options, undefined>>;

/** What a birth has declared of a metric. */
interface Declared {
  /** Its name by folders; with an empty last one where the name is a folder too. */
  readonly path: readonly string[];
  readonly datatype: number;
}

/** An edge node (`group/node`) or a device behind it (`group/node/device`). */
interface Session {
  readonly node: string;
  alive: boolean;
  face: DeviceFace;
  firmware: string | undefined;
  readonly byName: Map<string, Declared>;
  readonly byAlias: Map<string, Declared>;
  /** That it has metrics which are not read was said once. */
  noted: boolean;
}

interface Node {
  /** Its birth of this connection was seen. */
  born: boolean;
  bdSeq: string | undefined;
  seq: number | undefined;
  askedAt: number | undefined;
}

export const NODE_DEAD = 'edge node offline';
const CONTROL = /^(Node|Device) Control\//;

export const sparkplug = readerKind(options, (given) => new Sparkplug(given));

class Sparkplug implements VendorReader {
  readonly filters: readonly string[];
  readonly #options: Options;
  readonly #nodes: Memory<Node>;
  readonly #sessions: Memory<Session>;
  readonly #throttle: Throttle;
  #leftOut = 0;

  constructor(given: Options) {
    this.#options = given;
    this.#throttle = new Throttle(given.rebirth_s, given.rebirths_max);
    const groups = given.groups.length === 0 ? ['+'] : given.groups;
    this.filters = groups.flatMap((group) =>
      ['NBIRTH', 'NDATA', 'NDEATH', 'DBIRTH', 'DDATA', 'DDEATH'].map((type) =>
        type.startsWith('N') ? `spBv1.0/${group}/${type}/+` : `spBv1.0/${group}/${type}/+/+`,
      ),
    );
    this.#nodes = new Memory(given.devices_max);
    this.#sessions = new Memory(given.devices_max);
  }

  get forgotten(): number {
    return this.#nodes.forgotten + this.#sessions.forgotten + this.#leftOut;
  }

  read(message: SourceMessage): Read | undefined {
    const [namespace, group, type, node, device, ...rest] = message.topic.split('/');
    if (namespace !== 'spBv1.0' || !group || !type || group === 'STATE') return undefined;
    const { groups } = this.#options;
    if (groups.length > 0 && !groups.includes(group)) return undefined;
    if (!/^[ND](BIRTH|DATA|DEATH)$/.test(type)) return NOTHING;
    if (!node || rest.length > 0 || type.startsWith('D') !== Boolean(device)) {
      return refuse('topic', 'topic: should be spBv1.0/{group}/{type}/{node}[/{device}]');
    }
    // What is retained is old news: this protocol retains nothing of nodes and devices.
    if (message.retain) return NOTHING;
    const payload = this.#payload(message);
    if ('readings' in payload) return payload;
    const name = `${group}/${node}`;
    const session = device ? `${name}/${device}` : name;
    switch (type) {
      case 'NBIRTH':
        return this.#nodeBirth(name, payload);
      case 'DBIRTH':
        return this.#deviceBirth(name, session, payload, message);
      case 'NDEATH':
        return this.#nodeDeath(name, payload);
      case 'DDEATH':
        return this.#deviceDeath(name, session, payload, message);
      default:
        return this.#data(name, session, payload, message);
    }
  }

  #payload({ payload: bytes }: SourceMessage): Payload | Read {
    if (bytes.length > BYTES_MAX) {
      return refuse('size', `payload: is ${bytes.length} bytes, should be at most ${BYTES_MAX}`);
    }
    const payload = readPayload(bytes, this.#options.metrics_max);
    if ('wrong' in payload) {
      const why = labelOf(payload.wrong, 100) ?? '';
      return refuse('protobuf', `payload: should be a Sparkplug B payload; ${why}`);
    }
    this.#leftOut += payload.leftOut;
    return payload;
  }

  #node(name: string): Node {
    const known = this.#nodes.get(name);
    if (known) return known;
    const node: Node = { born: false, bdSeq: undefined, seq: undefined, askedAt: undefined };
    this.#nodes.set(name, node);
    return node;
  }

  #nodeBirth(name: string, payload: Payload): Read {
    const node = this.#node(name);
    node.born = true;
    node.bdSeq = bdSeqOf(payload);
    node.seq = payload.seq;
    // Its devices are born after it, with new aliases; what they said before is over.
    for (const session of this.#devicesOf(name)) session[1].alive = false;
    return this.#birth(name, name, payload);
  }

  #deviceBirth(name: string, address: string, payload: Payload, message: SourceMessage): Read {
    const node = this.#node(name);
    if (!node.born) return this.#askFor(name, node, message, 'its node’s birth was not heard');
    const inOrder = this.#inOrder(node, payload);
    const read = this.#birth(name, address, payload);
    return inOrder ? read : { ...read, ...this.#rebirth(name, node, message) };
  }

  #birth(node: string, address: string, payload: Payload): Read {
    const before = this.#sessions.get(address);
    const session: Session = {
      node,
      alive: true,
      face: faceOf(address, payload),
      firmware: textMetric(payload, /^Properties\/(FW|Firmware Version|OS Version)$/),
      byName: new Map(),
      byAlias: new Map(),
      noted: before?.noted ?? false,
    };
    const folders = foldersOf(payload);
    for (const { name, alias, datatype } of payload.metrics) {
      if (!name || name === 'bdSeq') continue;
      const path = folders.has(name) ? [...name.split('/'), ''] : name.split('/');
      session.byName.set(name, { path, datatype });
      if (alias !== undefined) session.byAlias.set(alias, { path, datatype });
    }
    this.#sessions.set(address, session);
    const condition = present<DeviceCondition>({ firmware: session.firmware });
    const { readings } = readMetrics(address, session, payload);
    const first: Reading = {
      ...(readings[0] ?? { address }),
      available: true,
      condition,
      face: session.face,
    };
    return { readings: [first, ...readings.slice(1)], refused: noteSkipped(session, payload) };
  }

  #data(name: string, address: string, payload: Payload, message: SourceMessage): Read {
    const node = this.#node(name);
    const session = this.#sessions.get(address);
    const inOrder = this.#inOrder(node, payload);
    if (!node.born || !session?.alive) {
      return this.#askFor(name, node, message, 'its birth was not heard');
    }
    const { readings, unknown } = readMetrics(address, session, payload);
    const told = readings.map((reading) => ({ ...reading, available: true, face: session.face }));
    if (unknown.length > 0) {
      const asked = this.#askFor(name, node, message, `metric ${unknown[0]} is not of its birth`);
      return { ...asked, readings: told };
    }
    return inOrder ? { readings: told } : { readings: told, ...this.#rebirth(name, node, message) };
  }

  /** The last will of its connection; one of an earlier connection is old news. */
  #nodeDeath(name: string, payload: Payload): Read {
    const node = this.#node(name);
    const bdSeq = bdSeqOf(payload);
    if (node.born && node.bdSeq !== undefined && bdSeq !== undefined && bdSeq !== node.bdSeq) {
      return NOTHING;
    }
    node.born = false;
    node.seq = undefined;
    const own = this.#sessions.get(name);
    if (own) own.alive = false;
    const devices = this.#devicesOf(name).map(([address, session]): Reading => {
      session.alive = false;
      return {
        address,
        available: false,
        condition: { fault: NODE_DEAD },
        face: session.face,
      };
    });
    return { readings: [{ address: name, available: false, condition: {} }, ...devices] };
  }

  #deviceDeath(name: string, address: string, payload: Payload, message: SourceMessage): Read {
    const node = this.#node(name);
    const inOrder = this.#inOrder(node, payload);
    const session = this.#sessions.get(address);
    if (session) session.alive = false;
    const reading: Reading = { address, available: false, condition: {} };
    return inOrder || !node.born
      ? { readings: [reading] }
      : { readings: [reading], ...this.#rebirth(name, node, message) };
  }

  #devicesOf(name: string): readonly (readonly [string, Session])[] {
    const all = [...this.#sessions.entries()];
    return all.filter(([address, { node }]) => node === name && address !== name);
  }

  /** Node and devices count one sequence, 0–255; the same one again is the same message again. */
  #inOrder(node: Node, { seq }: Payload): boolean {
    const before = node.seq;
    node.seq = seq ?? before;
    if (before === undefined || seq === undefined) return true;
    return seq === before || seq === (before + 1) % 256;
  }

  #askFor(name: string, node: Node, message: SourceMessage, why: string): Read {
    const asked = this.#rebirth(name, node, message);
    return {
      ...refuse('birth', `${name}: ${labelOf(why)}; it was asked to be born again`),
      ...asked,
    };
  }

  #rebirth(name: string, node: Node, { receivedAt }: SourceMessage): Pick<Read, 'publish'> {
    if (!this.#throttle.allows(node.askedAt, receivedAt)) return {};
    node.askedAt = receivedAt;
    const [group = '', id = ''] = name.split('/');
    return {
      publish: [{ topic: `spBv1.0/${group}/NCMD/${id}`, payload: rebirthCommand(receivedAt) }],
    };
  }
}

interface MetricsRead {
  readonly readings: readonly Reading[];
  /** Names or aliases that no birth has declared. */
  readonly unknown: readonly string[];
}

/**
 * One reading for what was measured together. Stored data of an earlier time, and a metric that comes twice, begin
 * another one.
 */
function readMetrics(address: string, session: Session, payload: Payload): MetricsRead {
  const readings: Reading[] = [];
  const unknown: string[] = [];
  let properties: Record<string, unknown> = {};
  let newest: number | undefined;
  let stored: number | undefined;
  const finish = () => {
    const at = clockOf(newest ?? payload.timestamp);
    if (Object.keys(properties).length > 0) {
      readings.push(present<Reading>({ address, properties, at }));
    }
    properties = {};
    newest = undefined;
  };
  for (const metric of payload.metrics) {
    if (metric.name === 'bdSeq') continue;
    const declared = declaredOf(session, metric);
    if (!declared) {
      unknown.push(metric.name ?? `alias ${metric.alias ?? 'missing'}`);
      continue;
    }
    const value = metric.isNull
      ? undefined
      : plainValue(metric.value, metric.datatype || declared.datatype);
    if (value === undefined || CONTROL.test(declared.path.join('/'))) continue;
    const at = metric.historical ? metric.timestamp : undefined;
    if (at !== stored || has(properties, declared.path)) finish();
    stored = at;
    place(properties, declared.path, value);
    if (metric.timestamp !== undefined) newest = Math.max(newest ?? 0, metric.timestamp);
  }
  finish();
  return { readings, unknown };
}

function declaredOf(session: Session, { name, alias }: Metric): Declared | undefined {
  if (name) return session.byName.get(name);
  return alias === undefined ? undefined : session.byAlias.get(alias);
}

function has(properties: Record<string, unknown>, path: readonly string[]): boolean {
  let found: unknown = properties;
  for (const key of path) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, key)) return false;
    found = (found as Record<string, unknown>)[key];
  }
  return true;
}

/** `People/In` stands at the pointer /People/In. */
function place(properties: Record<string, unknown>, path: readonly string[], value: unknown): void {
  let folder = properties;
  for (const key of path.slice(0, -1)) {
    const next = Object.hasOwn(folder, key) ? folder[key] : undefined;
    const inside = typeof next === 'object' && next !== null ? next : {};
    define(folder, key, inside);
    folder = inside as Record<string, unknown>;
  }
  define(folder, path.at(-1) ?? '', value);
}

/** As own property whatever it is called. */
function define(folder: Record<string, unknown>, key: string, value: unknown): void {
  const always = { enumerable: true, configurable: true, writable: true };
  Object.defineProperty(folder, key, { ...always, value });
}

/** Names that are folders of other names. */
function foldersOf({ metrics }: Payload): ReadonlySet<string> {
  const folders = new Set<string>();
  for (const { name = '' } of metrics) {
    for (let end = name.indexOf('/'); end >= 0; end = name.indexOf('/', end + 1)) {
      folders.add(name.slice(0, end));
    }
  }
  return folders;
}

function bdSeqOf({ metrics }: Payload): string | undefined {
  const value = metrics.find(({ name }) => name === 'bdSeq')?.value;
  return value === undefined ? undefined : String(value);
}

function textMetric({ metrics }: Payload, pattern: RegExp): string | undefined {
  return labelOf(metrics.find(({ name }) => name !== undefined && pattern.test(name))?.value);
}

function faceOf(address: string, payload: Payload): DeviceFace {
  return present<DeviceFace>({
    name: labelOf(address.slice(address.indexOf('/') + 1)),
    vendor: textMetric(payload, /^Properties\/Hardware Make$/),
    model: textMetric(payload, /^Properties\/Hardware Model$/),
  });
}

/** Once for each device, as a birth comes again and again. */
function noteSkipped(session: Session, { metrics }: Payload): NonNullable<Read['refused']> {
  const names = metrics.filter(({ skipped }) => skipped).map(({ name }) => name ?? '');
  if (names.length === 0 || session.noted) return [];
  session.noted = true;
  const some = labelOf(names.slice(0, 10).join(', ')) ?? '';
  return [
    { reason: 'type', detail: `metrics: data sets, templates and bytes are not read: ${some}` },
  ];
}
