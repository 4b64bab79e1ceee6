// Bytes from a topic → signals that count and dead letters that say why not. Never throws. SPEC §2.
import { indexHall, type HallConfig } from './config.ts';
import { createJudge, NO_KNOWLEDGE, type Found, type Knowledge, type Refusal } from './judge.ts';
import { itemBytes } from './json-items.ts';
import { nestsDeeper } from './json.ts';
import { bitOf } from './marks.ts';
import { canonicalTicket, type Signal } from './signal.ts';
import { jsonWords } from './refusal-words.ts';
import { COMMAND, parseTopic, STREAMS, type Topic } from './topic.ts';

export const PAYLOAD_BYTES_MAX = 256 * 1024;
export const SIGNALS_PER_MESSAGE_MAX = 1000;

/** What was refused, whole: the message's bytes, or one signal's JSON where the others of its array count. */
export interface Reject {
  readonly topic: string;
  readonly payload: Uint8Array;
  /** encoding json size empty topic type hall past field:NAME unknown:KIND budget:KIND */
  readonly reason: string;
  /** for people: what is and what should be */
  readonly detail: string;
}

export interface Decoded {
  readonly accepted: readonly Signal[];
  readonly rejected: readonly Reject[];
}

/** `receivedAt` in ms since 1970; `retained`: an external broker told it as a retained message. */
export type Decode = (
  topic: string,
  payload: Uint8Array,
  receivedAt: number,
  retained?: boolean,
) => Decoded;

/**
 * The decoder for one hall. The time of arrival stands in for a missing `at`.
 * Signals of an array are judged one by one; a message that cannot be read at all is one reject.
 */
export function createDecoder(config: HallConfig, knowledge: Knowledge = NO_KNOWLEDGE): Decode {
  const judge = createJudge(config, knowledge);
  return (topicText, payload, receivedAt, retained = false) => {
    const read = readMessage(config, topicText, payload);
    if ('reason' in read) return refused(topicText, payload, read);
    const { topic, json } = read;
    if (Array.isArray(json)) {
      return judgeAll(json, topicText, payload, (item, index) =>
        judge(item, topic, { receivedAt, index, retained }),
      );
    }
    const found = judge(json, topic, { receivedAt, index: 0, retained });
    return found.ok
      ? { accepted: [found.signal], rejected: [] }
      : refused(topicText, payload, found);
  };
}

function refused(topic: string, payload: Uint8Array, { reason, detail }: Refusal): Decoded {
  return { accepted: [], rejected: [{ topic, payload, reason, detail }] };
}

interface Message {
  readonly topic: Topic;
  readonly json: object;
}

/** What holds for the message as a whole. */
function readMessage(
  config: HallConfig,
  topicText: string,
  payload: Uint8Array,
): Message | Refusal {
  const topic = parseTopic(topicText);
  if (!topic) {
    return {
      reason: 'topic',
      detail:
        topicText.split('/')[2] === COMMAND
          ? `device: "${COMMAND}" is the name under which people act, should be another`
          : `topic: should be hall/{hall}/{device}/{stream}, stream one of ${STREAMS.join(', ')}`,
    };
  }
  if (topic.hall !== config.hall.id) {
    return { reason: 'hall', detail: `hall: is "${topic.hall}", should be "${config.hall.id}"` };
  }
  if (config.intake === 'listed' && !indexHall(config).devices.has(topic.device)) {
    return {
      reason: 'unknown:device',
      detail: `device: "${topic.device}" is not under devices of the hall file`,
    };
  }
  if (payload.length > PAYLOAD_BYTES_MAX) {
    return {
      reason: 'size',
      detail: `payload: is ${payload.length} bytes, should be at most ${PAYLOAD_BYTES_MAX}`,
    };
  }
  const text = decodeText(payload);
  if (text === undefined) return { reason: 'encoding', detail: 'payload: should be UTF-8' };
  if (nestsDeeper(text, DEPTH_MAX)) {
    return { reason: 'json', detail: `payload: nests over ${DEPTH_MAX} levels` };
  }
  const json = parseJson(text);
  if (json === undefined) {
    return { reason: 'json', detail: `payload: ${jsonWords(text)}` };
  }
  if (Array.isArray(json) && json.length === 0) {
    return { reason: 'empty', detail: 'array: is empty, should have at least one signal' };
  }
  if (Array.isArray(json) && json.length > SIGNALS_PER_MESSAGE_MAX) {
    return {
      reason: 'size',
      detail: `array: has ${json.length} signals, should have at most ${SIGNALS_PER_MESSAGE_MAX}`,
    };
  }
  return { topic, json };
}

function judgeAll(
  items: readonly unknown[],
  topic: string,
  whole: Uint8Array,
  judge: (item: unknown, index: number) => Found,
): Decoded {
  const accepted: Signal[] = [];
  const rejected: Reject[] = [];
  let bytes: readonly Uint8Array[] | undefined;
  items.forEach((item, index) => {
    const found = judge(item, index);
    if (found.ok) accepted.push(found.signal);
    else {
      const { reason, detail } = found;
      // The item's own bytes: written anew, numbers and doubled keys would be others.
      bytes ??= itemBytes(whole) ?? [];
      rejected.push({ topic, payload: bytes[index] ?? whole, reason, detail });
    }
  });
  return { accepted: markOlder(accepted), rejected };
}

const LATE = bitOf('late');

/** What stands in an array before a newer signal of the same visit or window is late: nobody sees it any more. */
function markOlder(signals: readonly Signal[]): readonly Signal[] {
  const seen = new Set<string>();
  const marked: Signal[] = [];
  for (let index = signals.length - 1; index >= 0; index--) {
    const each = signals[index];
    if (each === undefined) continue;
    const subjects = subjectsOf(each);
    const isOlder = subjects.some((subject) => seen.has(subject));
    for (const subject of subjects) seen.add(subject);
    marked.push(isOlder ? { ...each, marks: each.marks | LATE } : each);
  }
  return marked.reverse();
}

function subjectsOf({ stream, signal }: Signal): readonly string[] {
  if (stream === 'window') return [`window ${signal.window}`];
  if (stream !== 'ticket') return [];
  const visit = `ticket ${canonicalTicket(signal.ticket)}`;
  return 'window' in signal && signal.window !== undefined
    ? [visit, `window ${signal.window}`]
    : [visit];
}

/** Deeper than any signal of the contract, with room for fields that it does not know. */
const DEPTH_MAX = 16;

const utf8 = new TextDecoder('utf-8', { fatal: true });

function decodeText(payload: Uint8Array): string | undefined {
  try {
    return utf8.decode(payload);
  } catch {
    return undefined;
  }
}

function parseJson(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
