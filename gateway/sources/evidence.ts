// What speaks for and against a device being there, beside its reader: kept over a restart, and told as faults where it
// contradicts. SPEC §13.12, §13.13, §14.12.
import type { HallConfig } from '../../hall/config.ts';
import type { Fault } from '../../hall/fault.ts';
import type { Budget } from '../../hall/gateway-status.ts';
import type { Signal } from '../../hall/signal.ts';
import type { Source } from '../../vendors/sources.ts';
import type { Told } from '../../vendors/mapping.ts';
import type { SourceMessage } from '../../vendors/reader.ts';
import { isLive } from '../../vendors/reader/availability.ts';
import { Findings } from './findings.ts';
import { NOTHING_KEPT, type Kept } from './kept.ts';
import { listBytesMaxOf, type Running } from './running.ts';

/** Between topic and device of what a declared source has kept: neither has it inside. */
const DEVICE_MARK = '\n';
const NO_BYTES = new Uint8Array(0);

export class Evidence {
  readonly #findings = new Findings();
  readonly #kept: Kept;

  constructor(kept = NOTHING_KEPT) {
    this.#kept = kept;
  }

  get budget(): Budget {
    return this.#kept.budget;
  }

  faults(now: number, config: HallConfig): readonly Fault[] {
    return this.#findings.faults(now, config, listBytesMaxOf(config));
  }

  /** Who left the hall is forgotten. */
  forgetOthers(config: HallConfig): void {
    this.#findings.keep(config);
  }

  close(): void {
    this.#kept.close();
  }

  /** Tells a reader what it was told before the restart. @param deviceOf the hall's device of an address */
  remind({ source, read }: Running, deviceOf: (address: string) => string | undefined): void {
    for (const message of this.#kept.of(source.name)) {
      if ('topic' in source) {
        const [topic = '', device = ''] = message.topic.split(DEVICE_MARK);
        this.#findings.ruled(device, topic, true);
        this.#findings.heard(device, '', message.receivedAt);
        continue;
      }
      for (const { address, outweighed } of read({ ...message, retain: true })?.told ?? []) {
        const device = outweighed && deviceOf(address);
        if (device) this.#findings.contradict(device, outweighed.topic, message.receivedAt);
      }
    }
  }

  /** A message that readers need is kept; an empty one takes back what its topic said. @param own it tells of the hall */
  keep({ name }: Source, { topic, payload, receivedAt }: SourceMessage, own: boolean): void {
    if (payload.length === 0) this.#kept.drop(name, topic, false);
    else this.#kept.keep(name, { topic, payload, outweighed: false, receivedAt }, own);
  }

  tooLarge(topic: string, bytes: number, now: number): void {
    this.#findings.tooLarge(topic, bytes, now);
  }

  /** It was read. */
  fits(topic: string): void {
    this.#findings.fits(topic);
  }

  /** @returns whether a rule's signal counts: that its device is away does not where it was heard since */
  weigh({ name }: Source, { device, stream, signal }: Signal, message: SourceMessage): boolean {
    const { topic, retain, receivedAt } = message;
    if (stream !== 'device') {
      const against = isLive(message) ? this.#findings.heard(device, topic, receivedAt) : undefined;
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

  /** What a reader says of a topic that contradicts is found, and kept. */
  weighReading({ name }: Source, device: string, told: Told, receivedAt: number): void {
    const { outweighed, available } = told;
    if (outweighed) {
      const { topic, text } = outweighed;
      if (!this.#findings.contradict(device, topic, receivedAt) || text === '') return;
      const payload = new TextEncoder().encode(text);
      this.#kept.keep(name, { topic, payload, outweighed: true, receivedAt }, true);
    } else if (available !== undefined) {
      const topic = this.#findings.agree(device);
      if (topic !== undefined) this.#kept.drop(name, topic, true);
    }
  }
}
