// Entries that another gateway hands over, judged as what a device says is: whoever has the key may have another version,
// another hall file or a bug, and what is in the journal stays there.
import * as v from 'valibot';
import { BY } from '../../hall/command.ts';
import { parseCommandSignal } from '../../hall/command/event.ts';
import type { Found, Judge } from '../../hall/judge.ts';
import { about } from '../../hall/language.ts';
import type { Signal } from '../../hall/signal.ts';
import { formatTopic, parseTopic, type Stream } from '../../hall/topic.ts';
import { hasBy, readText, withoutBy } from '../journal/by.ts';
import { type CopyRows, type DeadLetterDraft, type Draft, fieldsPerCopy } from '../journal.ts';
import { localized } from '../start/language.mjs';

export interface Handed {
  readonly drafts: Draft[];
  /** what the hall's rules do not take */
  readonly refused: DeadLetterDraft[];
}

/** By their time of arrival, ms since 1970. Throws where an entry has none. */
export function readHanded(
  rows: CopyRows,
  hall: string,
  judge: Judge,
): ReadonlyMap<number, Handed> {
  const byArrival = new Map<number, Handed>();
  for (let at = 0; at < rows.length; at += fieldsPerCopy) {
    const row = rows.slice(at, at + fieldsPerCopy);
    const [seq, id, device, stream, effective, receivedAt, signal, originSeq, marks] = row;
    // Pruned: nothing is left of it to hand over.
    if (signal === '') continue;
    if (!Number.isSafeInteger(receivedAt))
      throw new Error(localized('移交：有一条记录没有时间', 'hand over: an entry has no time'));
    const arrival = Number(receivedAt);
    if (hasBy(Number(marks))) {
      const handed = byArrival.get(arrival) ?? { drafts: [], refused: [] };
      byArrival.set(arrival, handed);
      const draft = commandDraft(row, hall, judge, arrival);
      if (draft !== undefined) handed.drafts.push(draft);
      else handed.refused.push(refusedCommand(row, hall));
      continue;
    }
    const topic = formatTopic({ hall, device: String(device), stream: stream as Stream });
    const found = judged(judge, topic, String(signal), arrival);
    const handed = byArrival.get(arrival) ?? { drafts: [], refused: [] };
    byArrival.set(arrival, handed);
    if (found.ok && isIdOf(found.signal, String(id))) {
      const { device, stream, signal } = found.signal;
      // Time and marks were decided once, when the signal was accepted.
      const decided = { id: String(id), at: Number(effective), marks: Number(marks) };
      handed.drafts.push({
        ...decided,
        device,
        stream,
        signal,
        originSeq: Number(originSeq) || Number(seq),
      });
    } else {
      const { reason, detail } = found.ok ? OTHER_ID : found;
      const payload = new TextEncoder().encode(String(signal));
      handed.refused.push({
        topic,
        payload,
        reason,
        detail: localized(`移交：${detail.zh}`, `handed over: ${detail.en}`),
      });
    }
  }
  return byArrival;
}

/** The event of a command: one of its own, or a signal that a device could have sent. */
function commandDraft(
  row: CopyRows,
  hall: string,
  judge: Judge,
  arrival: number,
): Draft | undefined {
  const [seq, id, device, stream, effective, , text, originSeq, marks] = row;
  const { signal, by, command } = readText(String(text), Number(marks));
  const decided = { id: String(id), at: Number(effective), marks: withoutBy(Number(marks)) };
  const kept = { ...decided, device: String(device), stream: String(stream), signal };
  const draft = {
    ...kept,
    originSeq: Number(originSeq) || Number(seq),
    ...(command && { command }),
  };
  if (!v.is(BY, by)) return undefined;
  if (stream === 'command') return parseCommandSignal(signal) && { ...draft, by };
  // Judged as if a device had sent it: of any name but that of commands.
  const topic = formatTopic({ hall, device: 'device', stream: stream as Stream });
  const found = judged(judge, topic, JSON.stringify(signal), arrival);
  return found.ok ? { ...draft, by } : undefined;
}

function refusedCommand(row: CopyRows, hall: string): DeadLetterDraft {
  const [, , device, stream, , , text] = row;
  const payload = new TextEncoder().encode(String(text));
  const topic = `hall/${hall}/${device}/${stream}`;
  return { topic, payload, reason: 'type', detail: localized(NO_EVENT.zh, NO_EVENT.en) };
}

/** A repeated alarm is journaled under its id with the time of its arrival behind it. */
function isIdOf({ stream, signal }: Signal, id: string): boolean {
  return id === signal.id || (stream === 'emergency' && id.startsWith(`${signal.id}@`));
}

const NO_EVENT = {
  zh: '移交：不是本机已知的命令事件',
  en: 'handed over: is no event of a command here',
};
const OTHER_ID = {
  reason: 'field:id',
  detail: about('id', { zh: '与信号自身的 id 不同', en: 'is not the one that its signal has' }),
};

const TOPIC_FORM = {
  zh: '应为 hall/{hall}/{device}/{stream}',
  en: 'should be hall/{hall}/{device}/{stream}',
};
const NO_JSON = { zh: '应为 JSON', en: 'should be JSON' };

function judged(judge: Judge, text: string, signal: string, receivedAt: number): Found {
  const topic = parseTopic(text);
  if (topic === undefined) {
    return { ok: false, reason: 'topic', detail: about('topic', TOPIC_FORM) };
  }
  try {
    return judge(JSON.parse(signal), topic, { receivedAt, index: 0 });
  } catch {
    return { ok: false, reason: 'json', detail: about('signal', NO_JSON) };
  }
}
