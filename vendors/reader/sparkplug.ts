// Sparkplug B 3.0 as a host that is not the primary one: births, data by alias, deaths, and births asked for again where
// something was missed. Rules: https://sparkplug.eclipse.org/specification/version/3.0/documents/sparkplug-specification-3.0.0.pdf
import type * as v from 'valibot';
import type { Both } from '../../hall/language.ts';
import { list, or, whole } from '../../hall/config/values.ts';
import type { DeviceCondition, Read, Reading, SourceMessage } from '../reader.ts';
import { Memory, type VendorReader } from './memory.ts';
import { BYTES_PER_MB, devicesMax, memoryMb, readerKind, topicLevel } from './options.ts';
import { BYTES_MAX, labelOf, NOTHING, present, refuse, tooLarge } from './payload.ts';
import {
  bdSeqOf,
  noteSkipped,
  readMetrics,
  sessionOf,
  unborn,
  type Session,
} from './sparkplug-metrics.ts';
import { readPayload, rebirthCommand, type Payload } from './sparkplug-payload.ts';
import { Throttle } from './throttle.ts';

const options = {
  /** Only these groups; without any, all. */
  groups: or(list(topicLevel), []),
  devices_max: devicesMax,
  /** Of one message. */
  metrics_max: or(whole(1, 100_000), 2_000),
  memory_mb: memoryMb,
  /** A node is asked for its births at most once in so many seconds, all nodes together so many times. */
  rebirth_s: or(whole(1, 86_400), 10),
  rebirths_max: or(whole(1, 100_000), 200),
};

type Options = v.InferOutput<v.ObjectSchema<typeof options, undefined>>;

interface Node {
  /** Its birth of this connection was seen. */
  born: boolean;
  /** The bdSeq that a death of this connection may have; undefined where any may be it. */
  deaths: readonly string[] | undefined;
  seq: number | undefined;
  askedAt: number | undefined;
  /** It was asked for a birth that has not come yet. */
  asked: boolean;
}

const DEATHS_MAX = 16;

export const NODE_DEAD = 'edge node offline';

export const sparkplug = readerKind(options, (given, addresses) => new Sparkplug(given, addresses));

class Sparkplug implements VendorReader {
  readonly filters: readonly string[];
  readonly #options: Options;
  readonly #nodes: Memory<Node>;
  readonly #sessions: Memory<Session>;
  readonly #throttle: Throttle;
  #leftOut = 0;

  constructor(given: Options, addresses: readonly string[]) {
    this.#options = given;
    this.#throttle = new Throttle(given.rebirth_s, given.rebirths_max);
    const groups = given.groups.length === 0 ? ['+'] : given.groups;
    this.filters = groups.flatMap((group) =>
      ['NBIRTH', 'NDATA', 'NDEATH', 'DBIRTH', 'DDATA', 'DDEATH'].map((type) =>
        type.startsWith('N') ? `spBv1.0/${group}/${type}/+` : `spBv1.0/${group}/${type}/+/+`,
      ),
    );
    const { devices_max: max, memory_mb } = given;
    this.#nodes = new Memory({ max });
    this.#sessions = new Memory({ max, costMax: memory_mb * BYTES_PER_MB });
    for (const address of addresses) {
      const [group, node, device, ...rest] = address.split('/');
      if (!group || !node || !device || rest.length > 0) continue;
      this.#sessions.set(address, unborn(`${group}/${node}`, address));
    }
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
      return refuse('topic', 'topic', {
        zh: '应为 spBv1.0/{group}/{type}/{node}[/{device}]',
        en: 'should be spBv1.0/{group}/{type}/{node}[/{device}]',
      });
    }
    // What is retained is old news: this protocol retains nothing of nodes and devices.
    if (message.retain) return NOTHING;
    const name = `${group}/${node}`;
    const session = device ? `${name}/${device}` : name;
    const payload = this.#payload(message);
    if ('readings' in payload) {
      return type.endsWith('DEATH')
        ? payload
        : { ...payload, readings: this.#signOfLife(name, session) };
    }
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
      return refuse('size', 'payload', tooLarge(bytes.length, BYTES_MAX));
    }
    const payload = readPayload(bytes, this.#options.metrics_max);
    if ('wrong' in payload) {
      const why = labelOf(payload.wrong, 100) ?? '';
      return refuse('protobuf', 'payload', {
        zh: `应为 Sparkplug B 报文；${why}`,
        en: `should be a Sparkplug B payload; ${why}`,
      });
    }
    this.#leftOut += payload.leftOut;
    return payload;
  }

  #node(name: string): Node {
    const known = this.#nodes.get(name);
    if (known) return known;
    const node: Node = {
      born: false,
      deaths: undefined,
      seq: undefined,
      askedAt: undefined,
      asked: false,
    };
    this.#nodes.set(name, node);
    return node;
  }

  #nodeBirth(name: string, payload: Payload): Read {
    const node = this.#node(name);
    node.deaths = deathsAfter(node, bdSeqOf(payload));
    node.born = true;
    node.asked = false;
    node.seq = payload.seq;
    // Its devices are born after it, with new aliases; what they said before is over.
    for (const session of this.#devicesOf(name)) session[1].alive = false;
    return this.#birth(name, name, payload);
  }

  #deviceBirth(name: string, address: string, payload: Payload, message: SourceMessage): Read {
    const node = this.#node(name);
    if (!node.born) {
      const asked = this.#askFor(name, node, message, {
        zh: '没有收到其节点的 BIRTH',
        en: 'its node’s birth was not heard',
      });
      return { ...asked, readings: this.#signOfLife(name, address) };
    }
    const inOrder = this.#inOrder(node, payload);
    const read = this.#birth(name, address, payload);
    return inOrder ? read : { ...read, ...this.#rebirth(name, node, message) };
  }

  #birth(node: string, address: string, payload: Payload): Read {
    const before = this.#sessions.get(address);
    const session = sessionOf(node, address, payload, before?.noted ?? false);
    this.#sessions.set(address, session, session.cost);
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
      const asked = this.#askFor(name, node, message, {
        zh: '没有收到其 BIRTH',
        en: 'its birth was not heard',
      });
      return { ...asked, readings: this.#signOfLife(name, address) };
    }
    const { readings, unknown } = readMetrics(address, session, payload);
    const told = readings.map((reading) => ({ ...reading, available: true, face: session.face }));
    if (unknown.length > 0) {
      const metric = labelOf(String(unknown[0])) ?? '';
      const asked = this.#askFor(name, node, message, {
        zh: `其 BIRTH 中没有指标 ${metric}`,
        en: `metric ${metric} is not of its birth`,
      });
      return { ...asked, readings: told.length > 0 ? told : this.#signOfLife(name, address) };
    }
    return inOrder ? { readings: told } : { readings: told, ...this.#rebirth(name, node, message) };
  }

  /** The last will of its connection; one of an earlier connection is old news. */
  #nodeDeath(name: string, payload: Payload): Read {
    const node = this.#node(name);
    const bdSeq = bdSeqOf(payload);
    if (node.born && bdSeq !== undefined && node.deaths?.includes(bdSeq) === false) return NOTHING;
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

  /** What cannot be read, or not without a birth, shows all the same that its sender and its node are there. */
  #signOfLife(node: string, address: string): Reading[] {
    // With its node's death it goes as well.
    if (!this.#sessions.get(address)) this.#sessions.set(address, unborn(node, address));
    return [...new Set([node, address])].map((each) => ({ address: each, available: true }));
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

  #askFor(name: string, node: Node, message: SourceMessage, why: Both): Read {
    const asked = this.#rebirth(name, node, message);
    return {
      ...refuse('birth', name, {
        zh: `${why.zh}；已请其重新上报 BIRTH`,
        en: `${why.en}; it was asked to be born again`,
      }),
      ...asked,
    };
  }

  #rebirth(name: string, node: Node, { receivedAt }: SourceMessage): Pick<Read, 'publish'> {
    if (!this.#throttle.allows(node.askedAt, receivedAt)) return {};
    node.askedAt = receivedAt;
    node.asked = true;
    const [group = '', id = ''] = name.split('/');
    return {
      publish: [{ topic: `spBv1.0/${group}/NCMD/${id}`, payload: rebirthCommand(receivedAt) }],
    };
  }
}

/**
 * A birth of a new connection brings the bdSeq of its will. On request some nodes are born again with the same one, others
 * with the next, though the will at the broker stays what it was (eclipse-sparkplug/sparkplug issues 199 and 216): after
 * one that was asked for, the deaths of before count as well, for a death that is missed is worse than one too many.
 */
function deathsAfter(node: Node, bdSeq: string | undefined): readonly string[] | undefined {
  if (bdSeq === undefined) return undefined;
  if (!node.asked) return [bdSeq];
  return node.born && node.deaths ? [...node.deaths, bdSeq].slice(-DEATHS_MAX) : undefined;
}
