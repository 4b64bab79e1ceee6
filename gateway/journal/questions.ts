/**
 * The journal's reader thread: long reads, on a connection of its own, so that a list or an export never holds up those
 * who publish.
 */
import { DatabaseSync, type SQLOutputValue } from 'node:sqlite';
import { lineOf } from './line.ts';
import type { DeadLetterQuery, ListedLetter } from './entry.ts';

export type Question =
  | { kind: 'open'; file: string }
  | { kind: 'letters'; query: DeadLetterQuery }
  /** Numbers of the newest `limit` letters of that reason, without those that were replayed. */
  | { kind: 'toReplay'; reason: string; limit: number }
  | { kind: 'lines'; after: number; limit: number };

/** Part of the journal as NDJSON. */
export interface Lines {
  text: Uint8Array<ArrayBuffer>;
  /** Entries in it; fewer than were asked for = there are no more. */
  count: number;
  /** The last one's seq. */
  last: number;
}

/** Answers come in the order of the questions. */
export type Reply =
  { ok: true; value: ListedLetter[] | number[] | Lines | number } | { ok: false; message: string };

interface ThreadScope {
  onmessage: ((event: MessageEvent<Question>) => void) | null;
  postMessage(reply: Reply, transfer?: Transferable[]): void;
}

type Row = Record<string, SQLOutputValue>;

/** A part of an export ends after so many characters. */
const LINES_CHARACTERS = 512 * 1024;

let database: DatabaseSync | undefined;

function answer(question: Question): ListedLetter[] | number[] | Lines | number {
  if (question.kind === 'open') {
    database = new DatabaseSync(question.file, { readOnly: true });
    return 0;
  }
  if (database === undefined) throw new Error(`journal reader: ${question.kind} before open`);
  switch (question.kind) {
    case 'letters':
      return letters(database, question.query);
    case 'toReplay':
      return toReplay(database, question.reason, question.limit);
    case 'lines':
      return lines(database, question.after, question.limit);
  }
}

/** `length` of a BLOB is in its row's head: the payload itself is not read. */
function letters(from: DatabaseSync, { before, limit = 100, reason }: DeadLetterQuery) {
  const where = reason === undefined ? '' : 'AND reason = ?';
  const rows = from
    .prepare(
      `SELECT id, topic, reason, detail, received_at, replayed_at, length(payload) AS payload_bytes
       FROM dead_letter WHERE id < ? ${where} ORDER BY id DESC LIMIT ?`,
    )
    .all(before ?? Number.MAX_SAFE_INTEGER, ...(reason === undefined ? [] : [reason]), limit);
  return rows.map(toListed);
}

function toListed(row: Row): ListedLetter {
  const letter: ListedLetter = {
    id: Number(row['id']),
    topic: String(row['topic']),
    reason: String(row['reason']),
    detail: String(row['detail']),
    receivedAt: Number(row['received_at']),
    bytes: Number(row['payload_bytes']),
  };
  if (row['replayed_at'] !== null) letter.replayedAt = Number(row['replayed_at']);
  return letter;
}

function toReplay(from: DatabaseSync, reason: string, limit: number): number[] {
  return from
    .prepare('SELECT id, replayed_at FROM dead_letter WHERE reason = ? ORDER BY id DESC LIMIT ?')
    .all(reason, limit)
    .filter((row) => row['replayed_at'] === null)
    .map((row) => Number(row['id']));
}

/** The signal's own text is put in as it is: it is JSON already. Entries may be emptied by retention meanwhile. */
function lines(from: DatabaseSync, after: number, limit: number): Lines {
  const rows = from.prepare(
    `SELECT seq, device, stream, at, received_at, marks, signal
     FROM entry WHERE seq > ? AND signal <> '' ORDER BY seq LIMIT ?`,
  );
  let text = '';
  let count = 0;
  let last = after;
  for (const row of rows.iterate(after, limit)) {
    last = Number(row['seq']);
    text += `${lineOf(row)}\n`;
    count++;
    if (text.length > LINES_CHARACTERS) break;
  }
  return { text: new TextEncoder().encode(text), count, last };
}

const scope = globalThis as unknown as ThreadScope;
scope.onmessage = ({ data }) => {
  try {
    const value = answer(data);
    const bytes = typeof value === 'object' && 'text' in value ? [value.text.buffer] : [];
    scope.postMessage({ ok: true, value }, bytes);
  } catch (error) {
    scope.postMessage({
      ok: false,
      message: error instanceof Error ? error.message : String(error),
    });
  }
};
