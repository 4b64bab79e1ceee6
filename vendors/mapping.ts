// What a vendor's message tells of a device → the contract's signals, by the rules of its source in the hall file. Pure;
// never throws. SPEC §13.
import { indexHall, type HallConfig } from '../hall/config.ts';
import type { DeclaredSource, Rule } from './sources.ts';
import type { Judge } from '../hall/judge.ts';
import { about, type Both } from '../hall/language.ts';
import { createPayloadReader } from './mapping/payload.ts';
import { parsePattern, type TopicPattern } from './mapping/pattern.ts';
import { compileRule, idOf, type Drafted } from './mapping/rule.ts';
import type { Scope } from './mapping/scope.ts';
import { fill, parseTemplate } from './mapping/template.ts';
import type { Signal } from '../hall/signal.ts';
import { deriveId } from '../hall/signal-id.ts';
import type { Reading, SourceMessage } from './reader.ts';

const DAY_MS = 86_400_000;

/** What a message tells of one device: a ready-made reader's reading, or an item of a declared source's message. */
export interface Told extends Omit<Reading, 'properties'> {
  /** what rules point into; undefined where nothing was measured */
  readonly item: unknown;
  /** what pointers with `$` point into */
  readonly message: unknown;
  /** the topic's named levels and the like */
  readonly names: ReadonlyMap<string, string>;
}

export interface Refused {
  readonly reason: string;
  readonly detail: Both;
}

export interface ToldAll {
  readonly told: readonly Told[];
  readonly refused: readonly Refused[];
  /** The message is to be kept over a restart. */
  readonly keep?: boolean;
}

export interface Declared {
  /** MQTT topic filters to subscribe to */
  readonly filters: readonly string[];
  /** @returns undefined for a topic that is not this source's */
  read(message: SourceMessage): ToldAll | undefined;
}

/** The reader of a source that the hall file declares topic by topic. */
export function createDeclared(source: DeclaredSource): Declared {
  const patterns = source.topic.flatMap((text): TopicPattern[] => {
    const pattern = parsePattern(text);
    return 'wrong' in pattern ? [] : [pattern];
  });
  const readPayload = createPayloadReader(source, source.signals.length);
  const address = parseTemplate(source.device);
  const { kind, vendor, model } = source;
  const face = {
    ...(kind !== undefined && { kind }),
    ...(vendor !== undefined && { vendor }),
    ...(model !== undefined && { model }),
  };
  return {
    filters: [...new Set(patterns.map(({ filter }) => filter))],
    read({ topic, payload, receivedAt, retain }) {
      let levels: ReadonlyMap<string, string> | undefined;
      for (const pattern of patterns) if ((levels = pattern.match(topic))) break;
      if (!levels || !address) return undefined;
      // Nothing: a retained message was cleared.
      if (payload.length === 0) return { told: [], refused: [] };
      const read = readPayload(payload);
      if ('reason' in read) {
        // Whatever it sent, the device that its topic names is there.
        const scope: Scope = { item: undefined, message: undefined, names: levels, receivedAt };
        const filled = fill(address, scope);
        const item = undefined;
        const told =
          'text' in filled && !retain
            ? [{ address: filled.text, item, message: item, names: levels, face }]
            : [];
        return { told, refused: [{ reason: read.reason, detail: read.detail }] };
      }
      const told: Told[] = [];
      const refused: Refused[] = [];
      for (const { value, key } of read.items) {
        const names = key === undefined ? levels : new Map([...levels, ['key', key]]);
        const scope: Scope = { item: value, message: read.message, names, receivedAt };
        const filled = fill(address, scope);
        if ('text' in filled) {
          told.push({ address: filled.text, item: value, message: read.message, names, face });
        } else {
          const detail = about('device', {
            zh: `缺少 "${source.device}" 中的 ${filled.missing}`,
            en: `${filled.missing} of "${source.device}" is missing`,
          });
          refused.push({ reason: `map:${source.name}`, detail });
        }
      }
      return { told, refused };
    },
  };
}

/** What one rule made of one item. */
export type RuleResult = { readonly rule: number } & (
  | { readonly signal: Signal; /** the message says when */ readonly ownTime: boolean }
  | { readonly ignored: string }
  | Refused
);

export interface MapContext {
  /** id of the hall's device */
  readonly device: string;
  readonly receivedAt: number;
  /** the item's place in its message */
  readonly index: number;
}

export type MapTold = (told: Told, context: MapContext) => readonly RuleResult[];

/** Makes the mapping of one source; every signal that comes out has passed `judge`. */
export function createMapping(
  source: { readonly name: string; readonly signals: readonly Rule[] },
  config: HallConfig,
  judge: Judge,
): MapTold {
  const { timezone } = config.hall;
  const rules = source.signals.map((rule) => compileRule(rule, timezone));
  const { devices } = indexHall(config);
  // A level of the topic is what its pattern calls it; these are known besides.
  const nameOf = (name: string, told: Told, device: string): string | undefined => {
    if (name === 'device') return device;
    if (name === 'address') return told.address;
    if (name === 'name') return told.face?.name;
    if (name === 'zone') return devices.get(device)?.zone;
    return name === 'window' ? devices.get(device)?.window : undefined;
  };
  return (told, { device, receivedAt, index }) => {
    const names = { get: (name: string) => told.names.get(name) ?? nameOf(name, told, device) };
    const scope: Scope = { item: told.item, message: told.message, names, receivedAt };
    return rules.map((apply, rule): RuleResult => {
      const outcome = apply(scope);
      if ('ignored' in outcome) return { rule, ignored: outcome.ignored };
      if ('refused' in outcome) {
        const { zh, en } = outcome.refused;
        const place = `signals[${rule}]`;
        const detail = { zh: `${place}.${zh}`, en: `${place}.${en}` };
        return { rule, reason: `map:${source.name}`, detail };
      }
      const place = index * rules.length + rule;
      const draft = identify(outcome.drafted, told, { device, receivedAt, timezone, place });
      const { stream } = outcome.drafted;
      const found = judge(draft.signal, { device, stream }, { receivedAt, index: place });
      if (found.ok) return { rule, signal: found.signal, ownTime: draft.ownTime };
      const detail = about(`${source.name} signals[${rule}]`, found.detail);
      return { rule, reason: found.reason, detail };
    });
  };
}

/** The signal with its time, where the message or its protocol tells it, and its id. */
function identify(
  drafted: Drafted,
  told: Told,
  to: { device: string; receivedAt: number; timezone: string; place: number },
) {
  const given = drafted.signal['at'] ?? told.at;
  const ownTime = typeof given === 'number';
  const signal = ownTime ? { ...drafted.signal, at: given } : drafted.signal;
  const at = ownTime ? given : to.receivedAt;
  const { device, timezone, place } = to;
  const id =
    drafted.idText === undefined
      ? deriveId({ device, stream: drafted.stream }, signal, at, ownTime ? -1 : place)
      : // A time that no calendar has is refused by the judge; its id needs a day all the same.
        idOf(drafted, device, timezone, at > to.receivedAt + DAY_MS ? to.receivedAt : at);
  return { ownTime, signal: { ...signal, id } };
}
