/** Reads the journal on a connection of its own; SQLite's WAL lets it read while the writer writes. */
import { DatabaseSync, type SQLOutputValue, type StatementSync } from 'node:sqlite';
import { NO_MARKS } from '../../hall/marks.ts';
import { hasBy, readText } from './by.ts';
import type {
  Checkpoint,
  Copy,
  CopyRows,
  DeadLetter,
  DeadLetterQuery,
  Entry,
  Leadership,
  Position,
} from './entry.ts';

type Row = Record<string, SQLOutputValue>;

/** Characters of one copy at most; an entry or a letter that alone has more goes alone. */
const copyCharsMax = 1024 * 1024;

/** About what the numbers and names of one take. */
const rowChars = 100;

const letterColumns = 'id, topic, payload, reason, detail, received_at, replayed_at';

export class Reader {
  readonly #database: DatabaseSync;
  readonly #entries: StatementSync;
  readonly #copies: StatementSync;
  readonly #known: StatementSync;
  readonly #byId: StatementSync;
  readonly #letters: StatementSync;
  readonly #leaderships: StatementSync;

  constructor(file: string) {
    this.#database = new DatabaseSync(file, { readOnly: true });
    this.#entries = this.#database.prepare(
      `SELECT seq, device, stream, id, at, received_at, marks, signal, place
       FROM entry LEFT JOIN place USING (seq) WHERE seq > ? AND signal <> '' ORDER BY seq LIMIT ?`,
    );
    this.#copies = this.#database.prepare(
      `SELECT seq, id, device, stream, at, received_at, marks, signal, place FROM entry LEFT JOIN place USING (seq)
       WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?`,
    );
    this.#byId = this.#database.prepare(
      `SELECT seq, device, stream, id, at, received_at, marks, signal, NULL AS place
       FROM entry WHERE id = ? AND signal <> ''`,
    );
    this.#known = this.#database.prepare('SELECT 1 FROM entry WHERE id = ? AND device = ?');
    this.#letters = this.#database.prepare(
      `SELECT ${letterColumns} FROM dead_letter WHERE id > ? AND id <= ? ORDER BY id LIMIT ?`,
    );
    this.#leaderships = this.#database.prepare(
      'SELECT epoch, seq, letter FROM leadership ORDER BY rowid',
    );
  }

  /** As `Journal.has`. */
  has(device: string, id: string): boolean {
    return this.#known.get(id, device) !== undefined;
  }

  /** As `Journal.commands`. */
  commands(through: number): Entry[] {
    return this.#database
      .prepare(
        `SELECT seq, device, stream, id, at, received_at, marks, signal, NULL AS place
         FROM entry WHERE stream = 'command' AND seq <= ? ORDER BY seq`,
      )
      .all(through)
      .map(toEntry);
  }

  /** The first event of the command with this id; undefined where none was given it, or it was pruned. */
  command(id: string): Entry | undefined {
    const rows = this.#byId.all(id).filter(({ marks }) => hasBy(Number(marks)));
    return rows.map(toEntry).find(({ command }) => command !== undefined);
  }

  read(afterSeq: number, limit: number): Entry[] {
    return this.#entries.all(afterSeq, limit).map(toEntry);
  }

  /** As `Journal.copyAfter`. */
  copyAfter({ seq, letter }: Position, last: Position, limit: number): Copy {
    let room = copyCharsMax;
    const fits = (chars: number, isFirst: boolean) => (room -= chars) >= 0 || isFirst;
    const rows: CopyRows = [];
    let through = seq;
    let isAll = true;
    for (const row of this.#copies.iterate(seq, last.seq, limit)) {
      isAll = fits(String(row['signal']).length + rowChars, rows.length === 0);
      if (!isAll) break;
      through = Number(row['seq']);
      rows.push(Number(row['seq']), String(row['id']), String(row['device']));
      rows.push(String(row['stream']), Number(row['at']), Number(row['received_at']));
      rows.push(String(row['signal']), Number(row['place'] ?? 0), Number(row['marks']));
    }
    isAll &&= through >= last.seq;
    const letters: DeadLetter[] = [];
    if (isAll) {
      for (const row of this.#letters.iterate(letter, last.letter, limit)) {
        const found = toDeadLetter(row);
        const { topic, payload, detail } = found;
        const chars = topic.length + (payload.length / 3) * 4 + detail.length + rowChars;
        if (!fits(chars, rows.length === 0 && letters.length === 0)) break;
        letters.push(found);
      }
    }
    const throughLetter = letters.at(-1)?.id ?? letter;
    // One that begins behind the last of them has nothing in this copy.
    const leaderships = this.leaderships().filter(
      (each) =>
        (each.seq > seq || each.letter > letter) &&
        (each.seq <= through || (isAll && each.letter <= throughLetter)),
    );
    return { rows, letters, leaderships };
  }

  leaderships(): Leadership[] {
    return this.#leaderships.all().map((row) => ({
      epoch: String(row['epoch']),
      seq: Number(row['seq']),
      letter: Number(row['letter']),
    }));
  }

  deadLetters({ before, limit = 100, reason }: DeadLetterQuery): DeadLetter[] {
    const rows = this.#database
      .prepare(
        `SELECT ${letterColumns} FROM dead_letter
         WHERE id < ? AND (? IS NULL OR reason = ?) ORDER BY id DESC LIMIT ?`,
      )
      .all(before ?? Number.MAX_SAFE_INTEGER, reason ?? null, reason ?? null, limit);
    return rows.map(toDeadLetter);
  }

  deadLetter(id: number): DeadLetter | undefined {
    const row = this.#database
      .prepare(`SELECT ${letterColumns} FROM dead_letter WHERE id = ?`)
      .get(id);
    return row === undefined ? undefined : toDeadLetter(row);
  }

  /** Bytes of the pages that hold something; what retention has emptied is used again. */
  bytesUsed(): number {
    const of = (name: string): number =>
      Number(this.#database.prepare(`PRAGMA ${name}`).get()?.[name] ?? 0);
    return (of('page_count') - of('freelist_count')) * of('page_size');
  }

  checkpoint(): Checkpoint | undefined {
    const row = this.#database
      .prepare('SELECT seq, state FROM checkpoint ORDER BY seq DESC LIMIT 1')
      .get();
    return row === undefined ? undefined : { seq: Number(row['seq']), state: String(row['state']) };
  }

  close(): void {
    this.#database.close();
  }
}

/** The entry of a row of a copy; the number alone where it was pruned. */
export function entryOfCopy(fields: CopyRows): Entry | number {
  const [seq, id, device, stream, when, receivedAt, signal, originSeq, marks] = fields;
  if (signal === '') return Number(seq);
  const entry: Entry = {
    ...{ seq: Number(seq), device: String(device), stream: String(stream), id: String(id) },
    ...{ at: Number(when), receivedAt: Number(receivedAt) },
    ...readText(String(signal), Number(marks)),
  };
  if (originSeq !== 0) entry.originSeq = Number(originSeq);
  if (marks !== NO_MARKS) entry.marks = Number(marks);
  return entry;
}

function toEntry(row: Row): Entry {
  const entry: Entry = {
    seq: Number(row['seq']),
    device: String(row['device']),
    stream: String(row['stream']),
    id: String(row['id']),
    at: Number(row['at']),
    receivedAt: Number(row['received_at']),
    ...readText(String(row['signal']), Number(row['marks'])),
  };
  if (row['marks'] !== NO_MARKS) entry.marks = Number(row['marks']);
  if (row['place'] !== null) entry.originSeq = Number(row['place']);
  return entry;
}

function toDeadLetter(row: Row): DeadLetter {
  const letter: DeadLetter = {
    id: Number(row['id']),
    topic: String(row['topic']),
    payload: row['payload'] as Uint8Array,
    reason: String(row['reason']),
    detail: String(row['detail']),
    receivedAt: Number(row['received_at']),
  };
  if (row['replayed_at'] !== null) letter.replayedAt = Number(row['replayed_at']);
  return letter;
}
