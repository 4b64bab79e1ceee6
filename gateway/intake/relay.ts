// Messages that are not the hall's: which are passed on between clients (`relay:` of the hall file), and which of a
// vendor's are commands, which nobody sends without being allowed to. SPEC §20.
import type { HallConfig } from '../../hall/config.ts';
import { isOfFilter } from '../topic-filter.ts';
import { hasWildcard } from './retained.ts';

type Rule = HallConfig['relay'][number];

/**
 * `relay`: passed on and not journaled; `take`: the hall's own, a vendor's report, or a dead letter; `withhold`: a vendor's
 * command, decoded as the vendor's reports are, and not passed on to clients.
 */
export type Ruling = 'relay' | 'take' | 'withhold';

interface Levels {
  readonly rule: Rule;
  readonly filters: readonly (readonly string[])[];
}

export class Relay {
  readonly #rules: readonly Levels[];
  readonly #sources: readonly (readonly string[])[];
  readonly #answers: ReadonlySet<string>;

  /** @param sources topic filters of the hall file's sources */
  constructor(rules: readonly Rule[], sources: readonly string[]) {
    this.#rules = rules.map((rule) => ({
      rule,
      filters: rule.topics.map((filter) => filter.split('/')),
    }));
    this.#sources = sources.map((filter) => filter.split('/'));
    this.#answers = new Set(sources.filter((filter) => !hasWildcard(filter)));
  }

  /** Nothing is passed on: sessions have nothing to wait for. */
  get isOff(): boolean {
    return this.#rules.length === 0;
  }

  judge(clientId: string, topic: string): Ruling {
    if (isReserved(topic)) return 'take';
    const ofSource = this.#sources.some((levels) => isOfFilter(levels, topic));
    // A filter without wildcards is where a source is answered.
    const isCommand = ofSource && COMMAND.test(topic) && !this.#answers.has(topic);
    if (ofSource && !isCommand) return 'take';
    const may = this.#of(topic).some(({ publish }) => publish?.includes(clientId) ?? true);
    if (may) return 'relay';
    return isCommand ? 'withhold' : 'take';
  }

  /** Whether a client may have a message that passes through here. */
  mayReceive(clientId: string, topic: string): boolean {
    if (this.isOff || isReserved(topic)) return true;
    const rules = this.#of(topic);
    return (
      rules.length === 0 || rules.some(({ subscribe }) => subscribe?.includes(clientId) ?? true)
    );
  }

  /** Whether a topic is one of `relay:` at all. */
  covers(topic: string): boolean {
    return !isReserved(topic) && this.#of(topic).length > 0;
  }

  #of(topic: string): Rule[] {
    const fitting = this.#rules.filter(({ filters }) =>
      filters.some((levels) => isOfFilter(levels, topic)),
    );
    return fitting.map(({ rule }) => rule);
  }
}

function isReserved(topic: string): boolean {
  return topic.startsWith('hall/') || topic.startsWith('$');
}

/**
 * Topics by which vendors' devices are commanded: `…/set`, `…/get` and what is below them (Zigbee2MQTT, Homie),
 * `bridge/request/…`, `…/rpc` (Shelly; `…/events/rpc` is a report), `…/command`, `cmnd/…` (Tasmota), Sparkplug's NCMD and DCMD.
 */
const COMMAND =
  /(\/(set|get)(\/|$)|(^|\/)bridge\/request\/|(?<!\/events)\/rpc$|\/command$|(^|\/)cmnd\/|\/[ND]CMD\/)/;
