// The one decoder of everything that comes in: the contract's topics, and vendors' topics through the sources of the hall
// file. A message on the way in is read, mapped and judged here; the devices that are not of the hall yet are noted.
import { indexHall, type HallConfig } from '../hall/config.ts';
import { CONTRACT_SOURCE } from '../hall/config/accepted.ts';
import type { Source } from '../hall/config/sources.ts';
import { NO_KNOWLEDGE, type Knowledge } from '../hall/judge.ts';
import { PAYLOAD_BYTES_MAX, SIGNALS_PER_MESSAGE_MAX } from '../hall/decode.ts';
import type { Discovered } from '../hall/discovered.ts';
import type { Refused, RuleResult, Told } from '../hall/mapping.ts';
import { lastingOf, stateOfDevice, Word, type Lasting } from '../hall/mapping/news.ts';
import { isOfFilter, withoutCovered } from '../hall/mapping/pattern.ts';
import { sampleOf } from '../hall/mapping/text.ts';
import type { Budget } from '../hall/outside.ts';
import type { Signal } from '../hall/signal.ts';
import type { Outgoing, SourceMessage } from '../hall/source.ts';
import type { Hall } from '../hall/state.ts';
import { parseTopic } from '../hall/topic.ts';
import type { DecodedMessage } from './intake.ts';
import type { Cut } from './intake/way.ts';
import { DiscoveredList, type DiscoveredStats } from './sources/discovered.ts';
import { build, deviceOf, type Built } from './sources/built.ts';
import { Findings } from './sources/findings.ts';
import { DeviceHealth } from './sources/health.ts';
import { NOTHING_KEPT, type Kept } from './sources/kept.ts';
import { listBytesMaxOf, startSource, type Running } from './sources/running.ts';
import type { Fault } from '../hall/fault.ts';

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
   * @param cut it was larger than what may be read, and the payload is only a part of it
   */
  decode(
    topic: string,
    payload: Uint8Array,
    receivedAt: number,
    retain: boolean,
    cut?: Cut,
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
/** Between topic and device of what a declared source has kept: neither has it inside. */
const DEVICE_MARK = '\n';
const NO_BYTES = new Uint8Array(0);

export function createSources(options: SourcesOptions): Sources {
  return new SourceHost(options);
}

class SourceHost implements Sources {
  readonly #options: SourcesOptions;
  readonly #running: readonly Running[];
  readonly #list: DiscoveredList;
  readonly #health = new DeviceHealth();
  readonly #word = new Word();
  readonly #findings = new Findings();
  readonly #kept: Kept;
  #built: Built;

  constructor(options: SourcesOptions) {
    this.#options = options;
    const config = options.config();
    this.#running = config.sources.map((source) => startSource(source, config));
    this.#list = new DiscoveredList(config.limits.discovered_max);
    this.#built = build(config, options.knowledge ?? NO_KNOWLEDGE);
    this.#kept = options.kept ?? NOTHING_KEPT;
    for (const running of this.#running) this.#remind(running);
  }

  /** Tells a reader what it was told before the restart. */
  #remind({ source, read }: Running): void {
    for (const message of this.#kept.of(source.name)) {
      if ('topic' in source) {
        const [topic = '', device = ''] = message.topic.split(DEVICE_MARK);
        this.#findings.ruled(device, topic, true);
        this.#findings.heard(device, message.receivedAt);
        continue;
      }
      for (const { address, outweighed } of read({ ...message, retain: true })?.told ?? []) {
        const device = outweighed && deviceOf(this.#built, source, address);
        if (device) this.#findings.contradict(device, outweighed.topic, message.receivedAt);
      }
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
    const config = this.#options.config();
    return this.#findings.faults(now, config, listBytesMaxOf(config));
  }

  budgets(): readonly Budget[] {
    const { listed, dropped } = this.#list.stats;
    const discovered: Budget = {
      kind: 'discovered',
      name: { zh: '待接纳的设备', en: 'Devices that wait to be accepted' },
      ...{ used: listed, max: this.#options.config().limits.discovered_max, refused: dropped },
      setting: 'limits.discovered_max',
    };
    return this.#running.length === 0 ? [discovered] : [discovered, this.#kept.budget];
  }

  close(): void {
    this.#kept.close();
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
    cut?: Cut,
  ): DecodedMessage {
    const config = this.#options.config();
    if (config !== this.#built.config) {
      this.#built = build(config, this.#options.knowledge ?? NO_KNOWLEDGE);
      this.#health.keep(config);
      this.#findings.keep(config);
    }
    if (topic.startsWith('hall/')) return this.#contract(topic, payload, receivedAt, retain, cut);
    const readers = this.#running.filter(({ levels }) =>
      levels.some((each) => isOfFilter(each, topic)),
    );
    if (readers.length === 0) return this.#contract(topic, payload, receivedAt, retain, cut);
    const accepted: Signal[] = [];
    const refused: Refused[] = [];
    for (const running of readers) {
      const message = { topic, payload, receivedAt, retain };
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
      if (isReader) this.#findings.tooLarge(topic, bytes, receivedAt);
      return { accepted: [], refused: [tooLarge(bytes, limit, cut, isReader)] };
    }
    const read = running.read(message);
    if (!read) return { accepted: [], refused: [] };
    this.#findings.fits(topic);
    if (read.keep) this.#keep(source, message, read.told);
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

  /** An empty message takes back what its topic said. */
  #keep(source: Source, message: SourceMessage, told: readonly Told[]): void {
    const { topic, payload, receivedAt } = message;
    if (payload.length === 0) return this.#kept.drop(source.name, topic, false);
    const own = told.some(({ address }) => deviceOf(this.#built, source, address) !== undefined);
    this.#kept.keep(source.name, { topic, payload, outweighed: false, receivedAt }, own);
  }

  /** The rest is not made: 1,000 items of 20 rules would take longer than the other messages should wait. */
  #tooMany() {
    this.forgetTold();
    const max = SIGNALS_PER_MESSAGE_MAX;
    const detail = `message: makes over ${max} signals, should make at most ${max}`;
    return { accepted: [], refused: [{ reason: 'size', detail }] };
  }

  /** What one item of a message means for one device. */
  #tell({ source }: Running, told: Told, index: number, message: SourceMessage) {
    const { receivedAt, retain } = message;
    const { address } = told;
    if (address.length === 0 || address.length > ADDRESS_MAX) {
      const detail = `address: has ${address.length} characters, should have 1 to ${ADDRESS_MAX}`;
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
        if (!this.#weigh(source, signal, message)) continue;
        accept(signal);
      }
    }
    this.#weighReading(source, device, told, receivedAt);
    let state: Signal | undefined;
    if (saysState(source, told, results)) {
      const everyMs = source.state_every_s * 1000;
      const spoke = 'topic' in source;
      const context = { device, receivedAt, retain, index, spoke, everyMs };
      const isNewState = (state: string) => isNew(stateOfDevice(device, state));
      const found = this.#health.tell(told, { ...context, isNew: isNewState }, this.#built.judge);
      if (found?.ok) accept((state = found.signal));
      else if (found)
        refused.push({ reason: found.reason, detail: `${source.name}: ${found.detail}` });
    }
    this.#options.onTrace?.({ source: source.name, told, device, results, state });
    return { accepted, refused, states: state === undefined ? 0 : 1 };
  }

  /** @returns whether a rule's signal counts: that its device is away does not where it was heard since */
  #weigh({ name }: Source, { device, stream, signal }: Signal, message: SourceMessage): boolean {
    const { topic, retain, receivedAt } = message;
    if (stream !== 'device') {
      const against = retain ? undefined : this.#findings.heard(device, receivedAt);
      if (against === undefined) return true;
      const kept = { payload: NO_BYTES, outweighed: true, receivedAt };
      this.#kept.keep(name, { ...kept, topic: `${against}${DEVICE_MARK}${device}` }, true);
      return true;
    }
    const away = signal.state === 'offline';
    if (retain && away && this.#findings.isOutweighed(device, topic)) return false;
    const over = this.#findings.ruled(device, topic, away);
    if (over !== undefined) this.#kept.drop(name, `${over}${DEVICE_MARK}${device}`, true);
    return true;
  }

  /** What a reader says of a topic that contradicts is found, and kept over a restart. */
  #weighReading({ name }: Source, device: string, told: Told, receivedAt: number): void {
    const { outweighed, available } = told;
    if (outweighed) {
      const { topic, text } = outweighed;
      if (!this.#findings.contradict(device, topic, receivedAt)) return;
      const payload = new TextEncoder().encode(text);
      if (text !== '')
        this.#kept.keep(name, { topic, payload, outweighed: true, receivedAt }, true);
    } else if (available !== undefined) {
      const topic = this.#findings.agree(device);
      if (topic !== undefined) this.#kept.drop(name, topic, true);
    }
  }

  #see(sighting: Parameters<DiscoveredList['see']>[0]): void {
    if (!this.#options.isIgnored(sighting.source, sighting.address)) this.#list.see(sighting);
  }
}

/** @param isReader the limit is the one of a whole network's list */
function tooLarge(bytes: number, limit: number, cut?: Cut, isReader = false): Refused {
  const setting = isReader ? ' (limits.source_list_mib)' : '';
  const closed = cut?.client === undefined ? '' : `; the connection of "${cut.client}" was closed`;
  const detail = `payload: is ${bytes} bytes, should be at most ${limit}${setting}${closed}`;
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
  const more = refused.length === 1 ? '' : ` (and ${refused.length - 1} more of this message)`;
  return { reason: first?.reason ?? 'map', detail: `${first?.detail ?? ''}${more}` };
}
