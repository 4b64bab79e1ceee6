// Bytes from a topic → signals that count and dead letters that say why not. Never throws. SPEC §2.
import { indexHall, type HallConfig } from './config.ts';
import { createJudge, NO_KNOWLEDGE, type Found, type Knowledge, type Refusal } from './judge.ts';
import { itemBytes } from './json-items.ts';
import { nestsDeeper } from './json.ts';
import { about, type Both } from './language.ts';
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
  readonly detail: Both;
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
  if (!topic) return { reason: 'topic', detail: topicWords(topicText) };
  if (topic.hall !== config.hall.id) {
    const { id } = config.hall;
    const detail = about('hall', {
      zh: `是 "${topic.hall}"，应为 "${id}"`,
      en: `is "${topic.hall}", should be "${id}"`,
    });
    return { reason: 'hall', detail };
  }
  if (config.intake === 'listed' && !indexHall(config).devices.has(topic.device)) {
    return {
      reason: 'unknown:device',
      detail: about('device', {
        zh: `"${topic.device}" 不在大厅文件的 devices 中`,
        en: `"${topic.device}" is not under devices of the hall file`,
      }),
    };
  }
  if (payload.length > PAYLOAD_BYTES_MAX) {
    return {
      reason: 'size',
      detail: about('payload', {
        zh: `有 ${payload.length} 字节，最多应为 ${PAYLOAD_BYTES_MAX}`,
        en: `is ${payload.length} bytes, should be at most ${PAYLOAD_BYTES_MAX}`,
      }),
    };
  }
  const text = decodeText(payload);
  if (text === undefined) {
    const detail = about('payload', { zh: '应为 UTF-8 编码', en: 'should be UTF-8' });
    return { reason: 'encoding', detail };
  }
  if (nestsDeeper(text, DEPTH_MAX)) {
    const words = { zh: `嵌套超过 ${DEPTH_MAX} 层`, en: `nests over ${DEPTH_MAX} levels` };
    return { reason: 'json', detail: about('payload', words) };
  }
  const json = parseJson(text);
  if (json === undefined) {
    return { reason: 'json', detail: about('payload', jsonWords(text)) };
  }
  if (Array.isArray(json) && json.length === 0) {
    const detail = about('array', {
      zh: '是空的，应至少有一个信号',
      en: 'is empty, should have at least one signal',
    });
    return { reason: 'empty', detail };
  }
  if (Array.isArray(json) && json.length > SIGNALS_PER_MESSAGE_MAX) {
    return {
      reason: 'size',
      detail: about('array', {
        zh: `有 ${json.length} 个信号，最多应为 ${SIGNALS_PER_MESSAGE_MAX} 个`,
        en: `has ${json.length} signals, should have at most ${SIGNALS_PER_MESSAGE_MAX}`,
      }),
    };
  }
  return { topic, json };
}

function topicWords(topic: string): Both {
  return topic.split('/')[2] === COMMAND
    ? about('device', {
        zh: `"${COMMAND}" 是人员操作所用的名称，应换一个`,
        en: `"${COMMAND}" is the name under which people act, should be another`,
      })
    : about('topic', {
        zh: `应为 hall/{hall}/{device}/{stream}，stream 是 ${STREAMS.join('、')} 之一`,
        en: `should be hall/{hall}/{device}/{stream}, stream one of ${STREAMS.join(', ')}`,
      });
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
