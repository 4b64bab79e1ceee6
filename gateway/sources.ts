// The one decoder of everything that comes in: the contract's topics, and vendors' topics through the sources of the hall
// file. A message on the way in is read, mapped and judged here; the devices that are not of the hall yet are noted.
import { indexHall, type HallConfig } from '../hall/config.ts';
import { CONTRACT_SOURCE } from '../hall/config/accepted.ts';
import { NO_KNOWLEDGE, type Knowledge } from '../hall/judge.ts';
import { about } from '../hall/language.ts';
import { PAYLOAD_BYTES_MAX, SIGNALS_PER_MESSAGE_MAX } from '../hall/decode.ts';
import type { Discovered } from '../hall/discovered.ts';
import type { Fault } from '../hall/fault.ts';
import type { Budget } from '../hall/gateway-status.ts';
import type { Signal } from '../hall/signal.ts';
import type { Hall } from '../hall/state.ts';
import { parseTopic } from '../hall/topic.ts';
import type { Refused, RuleResult, Told } from '../vendors/mapping.ts';
import { lastingOf, stateOfDevice, Word, type Lasting } from '../vendors/mapping/news.ts';
import { sampleOf } from '../vendors/mapping/text.ts';
import type { Outgoing, SourceMessage } from '../vendors/reader.ts';
import { sourcesOf, type Source } from '../vendors/sources.ts';
import type { DecodedMessage } from './intake.ts';
import type { Arrival, Cut } from './intake/broker-link.ts';
import { DiscoveredList, type DiscoveredStats } from './sources/discovered.ts';
import { build, deviceOf, type Built } from './sources/built.ts';
import { Evidence } from './sources/evidence.ts';
import { DeviceHealth } from './sources/health.ts';
import type { Kept } from './sources/kept.ts';
import { listBytesMaxOf, startSource, type Running } from './sources/running.ts';
import { isOfFilter, withoutCovered } from './topic-filter.ts';

export interface SourcesOptions {
  /** The hall as it is now: devices may join while it runs. */
  readonly config: () => HallConfig;
  /** The live state, once there is one. */
  readonly hall: () => Hall | undefined;
  /** What judging a signal needs of the live state; left out where there is none. */
  readonly knowledge?: Knowledge;
  /** Not to be listed among the discovered. */
  readonly isIgnored: (source: string, address: string) => boolean;
  /** Publishes what a reader answers; its failure is the caller's to report. */
  readonly publish: (outgoing: Outgoing) => void;
  /** What the readers must know again after a restart; without it they know nothing. */
  readonly kept?: Kept;
  /** Told of every item of every source's message: for `npm run map`. */
  readonly onTrace?: (trace: Trace) => void;
}

export interface Trace {
  readonly source: string;
  readonly told: Told;
  /** the hall's device; undefined where it is not one of the hall */
  readonly device: string | undefined;
  readonly results: readonly RuleResult[];
  /** the signal that its state made by itself */
  readonly state?: Signal | undefined;
}

export interface SourceStats {
  readonly messages: number;
  /** of them those that told the hall nothing */
  readonly ignored: number;
  readonly refused: number;
  readonly signals: number;
}

export interface Sources {
  /** What to subscribe to at a broker, besides the contract's topics. */
  readonly filters: readonly string[];
  /**
   * Never throws.
   * @param retain it was told before and is told again because somebody subscribed
   * @param arrival what else is known of how it came
   */
  decode(
    topic: string,
    payload: Uint8Array,
    receivedAt: number,
    retain: boolean,
    arrival?: Arrival,
  ): DecodedMessage;
  /** What was decoded lately did not become durable: it will come again, and must say the same again. */
  forgetTold(): void;
  /** Those heard last first. */
  discovered(): Discovered[];
  /** Whether such a device is among the discovered. */
  hasHeard(source: string, address: string): boolean;
  /** One that joined or is to be ignored is listed no more. */
  forget(source: string, address: string): void;
  readonly stats: Readonly<Record<string, SourceStats>>;
  readonly discoveredStats: DiscoveredStats;
  /** Faults that the sources found themselves; `now` in ms since 1970. */
  findings(now: number): readonly Fault[];
  /** What strangers could fill up. */
  budgets(): readonly Budget[];
  /** Nothing is decoded any more. */
  close(): void;
}

const ADDRESS_MAX = 200;

export function createSources(options: SourcesOptions): Sources {
  return new SourceHost(options);
}

class SourceHost implements Sources {
  readonly #options: SourcesOptions;
  readonly #running: readonly Running[];
  readonly #list: DiscoveredList;
  readonly #health = new DeviceHealth();
  readonly #word = new Word();
  readonly #evidence: Evidence;
  #built: Built;

  constructor(options: SourcesOptions) {
    this.#options = options;
    const config = options.config();
    this.#running = sourcesOf(config).map((source) => startSource(source, config));
    this.#list = new DiscoveredList(config.limits.discovered_max);
    this.#built = build(config, options.knowledge ?? NO_KNOWLEDGE);
    this.#evidence = new Evidence(options.kept);
    for (const running of this.#running) {
      this.#evidence.remind(running, (address) => deviceOf(this.#built, running.source, address));
    }
  }

  get filters(): readonly string[] {
    return withoutCovered(this.#running.flatMap(({ filters }) => filters));
  }

  get stats(): Readonly<Record<string, SourceStats>> {
    return Object.fromEntries(this.#running.map(({ source, counts }) => [source.name, counts]));
  }

  get discoveredStats(): DiscoveredStats {
    return this.#list.stats;
  }

  forgetTold(): void {
    this.#word.forget();
    this.#health.forget();
  }

  findings(now: number): readonly Fault[] {
    return this.#evidence.faults(now, this.#options.config());
  }

  budgets(): readonly Budget[] {
    const { listed, dropped } = this.#list.stats;
    const discovered: Budget = {
      kind: 'discovered',
      name: { zh: '待接纳的设备', en: 'Devices that wait to be accepted' },
      ...{ used: listed, max: this.#options.config().limits.discovered_max, refused: dropped },
      setting: 'limits.discovered_max',
    };
    return this.#running.length === 0 ? [discovered] : [discovered, this.#evidence.budget];
  }

  close(): void {
    this.#evidence.close();
  }

  discovered(): Discovered[] {
    const { devices } = indexHall(this.#options.config());
    return this.#list.list((id) => devices.has(id));
  }

  hasHeard(source: string, address: string): boolean {
    return this.#list.get(source, address) !== undefined;
  }

  forget(source: string, address: string): void {
    this.#list.forget(source, address);
  }

  decode(
    topic: string,
    payload: Uint8Array,
    receivedAt: number,
    retain: boolean,
    { cut, replayed = false }: Arrival = {},
  ): DecodedMessage {
    const config = this.#options.config();
    if (config !== this.#built.config) {
      this.#built = build(config, this.#options.knowledge ?? NO_KNOWLEDGE);
      this.#health.keep(config);
      this.#evidence.forgetOthers(config);
    }
    if (topic.startsWith('hall/')) return this.#contract(topic, payload, receivedAt, retain, cut);
    const readers = this.#running.filter(({ levels }) =>
      levels.some((each) => isOfFilter(each, topic)),
    );
    if (readers.length === 0) return this.#contract(topic, payload, receivedAt, retain, cut);
    const accepted: Signal[] = [];
    const refused: Refused[] = [];
    for (const running of readers) {
      const message = { topic, payload, receivedAt, retain, replayed };
      const taken = this.#take(running, message, cut);
      running.counts.messages++;
      if (taken.refused.length > 0) running.counts.refused++;
      else if (taken.accepted.length === 0) running.counts.ignored++;
      running.counts.signals += taken.accepted.length;
      accepted.push(...taken.accepted);
      refused.push(...taken.refused);
    }
    const letter = refused[0] && [{ topic, payload, ...oneOf(refused) }];
    return { accepted, rejected: letter ?? [], foreign: true };
  }

  #contract(
    topic: string,
    payload: Uint8Array,
    receivedAt: number,
    retain: boolean,
    cut?: Cut,
  ): DecodedMessage {
    if (cut) {
      const refusal = tooLarge(cut.bytes, PAYLOAD_BYTES_MAX, cut);
      return { accepted: [], rejected: [{ topic, payload, ...refusal }] };
    }
    const decoded = this.#built.contract(topic, payload, receivedAt, retain);
    if (decoded.rejected[0]?.reason === 'unknown:device') {
      const device = parseTopic(topic)?.device ?? '';
      const sample = () => new TextDecoder().decode(payload.subarray(0, 600));
      this.#see({ source: CONTRACT_SOURCE, address: device, receivedAt, sample });
    }
    return decoded;
  }

  #take(
    running: Running,
    message: SourceMessage,
    cut: Cut | undefined,
  ): { accepted: Signal[]; refused: Refused[] } {
    const { source } = running;
    const { topic, payload, receivedAt } = message;
    const isReader = !('topic' in source);
    const limit = isReader ? listBytesMaxOf(this.#built.config) : PAYLOAD_BYTES_MAX;
    const bytes = cut?.bytes ?? payload.length;
    if (cut || bytes > limit) {
      if (isReader) this.#evidence.tooLarge(topic, bytes, receivedAt);
      return { accepted: [], refused: [tooLarge(bytes, limit, cut, isReader)] };
    }
    const read = running.read(message);
    if (!read) return { accepted: [], refused: [] };
    this.#evidence.fits(topic);
    if (read.keep) {
      const own = read.told.some(({ address }) => deviceOf(this.#built, source, address));
      this.#evidence.keep(source, message, own);
    }
    for (const outgoing of read.publish ?? []) this.#options.publish(outgoing);
    const accepted: Signal[] = [];
    const refused = [...read.refused];
    let mapped = 0;
    for (const [index, told] of read.told.entries()) {
      const made = this.#tell(running, told, index, message);
      mapped += made.accepted.length - made.states;
      accepted.push(...made.accepted);
      refused.push(...made.refused);
      // A bridge that goes takes all its devices with it, however many: their states have no limit.
      if (mapped > SIGNALS_PER_MESSAGE_MAX) return this.#tooMany();
    }
    return { accepted, refused };
  }

  /** The rest is not made: 1,000 items of 20 rules would take longer than the other messages should wait. */
  #tooMany() {
    this.forgetTold();
    const max = SIGNALS_PER_MESSAGE_MAX;
    const detail = about('message', {
      zh: `产生超过 ${max} 个信号，最多应为 ${max} 个`,
      en: `makes over ${max} signals, should make at most ${max}`,
    });
    return { accepted: [], refused: [{ reason: 'size', detail }] };
  }

  /** What one item of a message means for one device. */
  #tell({ source }: Running, told: Told, index: number, message: SourceMessage) {
    const { receivedAt, retain, replayed = false } = message;
    const { address } = told;
    if (address.length === 0 || address.length > ADDRESS_MAX) {
      const detail = about('address', {
        zh: `有 ${address.length} 个字符，应为 1 到 ${ADDRESS_MAX} 个`,
        en: `has ${address.length} characters, should have 1 to ${ADDRESS_MAX}`,
      });
      return { accepted: [], refused: [{ reason: `map:${source.name}`, detail }], states: 0 };
    }
    const device = deviceOf(this.#built, source, address);
    if (device === undefined) {
      const { face, available } = told;
      const sample = () => (told.item === undefined ? '' : sampleOf(told.item, 300));
      this.#see({ source: source.name, address, face, available, receivedAt, sample });
      this.#options.onTrace?.({ source: source.name, told, device, results: [] });
      return { accepted: [], refused: [], states: 0 };
    }
    const map = told.item === undefined ? undefined : this.#built.maps.get(source);
    const results = map?.(told, { device, receivedAt, index }) ?? [];
    const accepted: Signal[] = [];
    const refused: Refused[] = [];
    const isNew = (lasting: Lasting | undefined) =>
      this.#word.isNew(lasting, receivedAt, this.#options.hall());
    const accept = (signal: Signal) => {
      accepted.push(signal);
      this.#word.tell(signal, receivedAt);
    };
    for (const result of results) {
      if ('reason' in result) refused.push(result);
      else if ('signal' in result) {
        const { signal, ownTime } = result;
        if (retain && !ownTime && !isNew(lastingOf(signal))) continue;
        if (!this.#evidence.weigh(source, signal, message)) continue;
        accept(signal);
      }
    }
    this.#evidence.weighReading(source, device, told, receivedAt);
    let state: Signal | undefined;
    if (saysState(source, told, results)) {
      const everyMs = source.state_every_s * 1000;
      const spoke = 'topic' in source;
      const old = retain || replayed;
      const context = { device, receivedAt, retain: old, index, spoke, everyMs };
      const isNewState = (state: string) => isNew(stateOfDevice(device, state));
      const found = this.#health.tell(told, { ...context, isNew: isNewState }, this.#built.judge);
      if (found?.ok) accept((state = found.signal));
      else if (found)
        refused.push({ reason: found.reason, detail: about(source.name, found.detail) });
    }
    this.#options.onTrace?.({ source: source.name, told, device, results, state });
    return { accepted, refused, states: state === undefined ? 0 : 1 };
  }

  #see(sighting: Parameters<DiscoveredList['see']>[0]): void {
    if (!this.#options.isIgnored(sighting.source, sighting.address)) this.#list.see(sighting);
  }
}

/** @param isReader the limit is the one of a whole network's list */
function tooLarge(bytes: number, limit: number, cut?: Cut, isReader = false): Refused {
  const setting = isReader ? 'limits.source_list_mib' : undefined;
  const client = cut?.client;
  const zh = `有 ${bytes} 字节，最多应为 ${limit}${setting ? `（${setting}）` : ''}`;
  const en = `is ${bytes} bytes, should be at most ${limit}${setting ? ` (${setting})` : ''}`;
  const detail = about('payload', {
    zh: client === undefined ? zh : `${zh}；已断开 "${client}" 的连接`,
    en: client === undefined ? en : `${en}; the connection of "${client}" was closed`,
  });
  return { reason: 'size', detail };
}

/**
 * Whether an item makes a `device` `state` signal by itself. Where a rule made one of it, that one counts; a source whose
 * rules tell of devices' states is not contradicted by a message that says nothing of it.
 */
function saysState(source: Source, told: Told, results: readonly RuleResult[]): boolean {
  if (results.some((result) => 'signal' in result && result.signal.stream === 'device'))
    return false;
  const ruled = source.signals.some(({ stream }) => stream === 'device');
  return !ruled || told.available !== undefined || told.condition !== undefined;
}

/** One letter for a message: its reason is the first one's, and the others are counted. */
function oneOf(refused: readonly Refused[]): Refused {
  const [first] = refused;
  const { reason = 'map', detail: { zh, en } = { zh: '', en: '' } } = first ?? {};
  const more = refused.length - 1;
  if (more === 0) return { reason, detail: { zh, en } };
  const detail = {
    zh: `${zh}（此消息另有 ${more} 处）`,
    en: `${en} (and ${more} more of this message)`,
  };
  return { reason, detail };
}
