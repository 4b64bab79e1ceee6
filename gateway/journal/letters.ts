/**
 * Dead letters in the journal's file: as many and as large together as the limits allow. Where there are more, the
 * oldest of the sender with the largest share go.
 */
import { Buffer } from 'node:buffer';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { DeadLetterDraft } from './entry.ts';
import { LetterShares, type Room } from './letter-shares.ts';
import { localized } from '../start/language.mjs';

export interface LetterRow {
  topic: string;
  payload: Uint8Array;
  reason: string;
  detail: string;
  receivedAt: number;
  sender: string;
  isListed: boolean;
  /** Those of a letter that comes from another journal. */
  id?: number;
  replayedAt?: number;
}

export interface LetterLimits {
  deadLetterMax: number;
  deadLetterBytesMax: number;
}

/** Characters of a topic that are kept; a topic of the hall has at most 200. */
const TOPIC_MAX = 1_000;
const SENDER_MAX = 100;
const HALL_TOPIC = /^hall\/[^/]*\/([^/]+)/;

/** As it is kept. `isListed` says of a device whether the hall file knows it. */
export function toLetterRow(
  letter: DeadLetterDraft & { receivedAt: number; id?: number; replayedAt?: number },
  isListed: (device: string) => boolean,
): LetterRow {
  const { topic, detail, receivedAt, payload, reason, id, replayedAt } = letter;
  const isLong = topic.length > TOPIC_MAX;
  // SQLite's texts end at a NUL: what follows it in a topic would be lost.
  const kept = (isLong ? topic.slice(0, TOPIC_MAX) : topic).replaceAll('\0', '\\u0000');
  const device = HALL_TOPIC.exec(kept)?.[1];
  const row: LetterRow = {
    topic: kept,
    // A copy: the payload is a slice of a network buffer, which would cross threads whole.
    payload: new Uint8Array(payload),
    reason,
    detail: isLong ? detail + cutTo(topic) : detail,
    receivedAt,
    sender: senderOf(kept, device),
    isListed: device !== undefined && isListed(device),
  };
  if (id !== undefined) row.id = id;
  if (replayedAt !== undefined) row.replayedAt = replayedAt;
  return row;
}

function cutTo({ length }: string): string {
  return localized(
    `（主题共 ${length} 个字符，只保留前 ${TOPIC_MAX} 个）`,
    ` (topic cut to ${TOPIC_MAX} of ${length} characters)`,
  );
}

/** The device of the topic; of other topics the first two levels, with a slash, which no device has. */
function senderOf(topic: string, device: string | undefined): string {
  const [first = '', second = ''] = topic.split('/', 2);
  return (device ?? `${first}/${second}`).slice(0, SENDER_MAX);
}

export class Letters {
  readonly #room: Room;
  readonly #insert: StatementSync;
  readonly #oldest: StatementSync;
  readonly #remove: StatementSync;
  readonly #sums: StatementSync;
  #shares: LetterShares;

  constructor(database: DatabaseSync, { deadLetterMax, deadLetterBytesMax }: LetterLimits) {
    this.#room = { bytes: deadLetterBytesMax, count: deadLetterMax };
    this.#insert = database.prepare(
      'INSERT INTO dead_letter VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
    );
    // Both are answered by the index alone.
    this.#oldest = database.prepare(
      'SELECT id, is_listed, bytes FROM dead_letter WHERE sender = ? ORDER BY id LIMIT 1',
    );
    this.#sums = database.prepare(
      `SELECT sender, max(is_listed) AS is_listed, sum(bytes) AS bytes, count(*) AS count
       FROM dead_letter GROUP BY sender`,
    );
    this.#remove = database.prepare('DELETE FROM dead_letter WHERE id = ?');
    this.#shares = this.#counted();
  }

  get held(): Room {
    const { bytes, count } = this.#shares;
    return { bytes, count };
  }

  /** Adds the letters, lets others go where there are too many. Returns how many went. */
  keep(letters: readonly LetterRow[]): number {
    for (const letter of letters) {
      const { topic, payload, reason, detail, receivedAt, sender, isListed } = letter;
      const { id = null, replayedAt = null } = letter;
      const bytes = payload.byteLength + Buffer.byteLength(topic) + Buffer.byteLength(detail);
      this.#insert.run(
        ...[id, receivedAt, replayedAt, sender, Number(isListed), bytes],
        ...[reason, topic, detail, payload],
      );
      this.#shares.add(sender, isListed, bytes);
    }
    let dropped = 0;
    while (this.#shares.isOver) {
      const sender = this.#shares.largest();
      const letter = sender === undefined ? undefined : this.#oldest.get(sender);
      if (letter === undefined) break;
      this.#remove.run(Number(letter['id']));
      this.#shares.add(sender!, letter['is_listed'] === 1, -Number(letter['bytes']), -1);
      dropped++;
    }
    return dropped;
  }

  /** What is there is counted anew: after a transaction that did not come to pass, or that took letters away. */
  recount(): void {
    this.#shares = this.#counted();
  }

  #counted(): LetterShares {
    const shares = this.#sums.all().map((row) => ({
      sender: String(row['sender']),
      isListed: row['is_listed'] === 1,
      bytes: Number(row['bytes']),
      count: Number(row['count']),
    }));
    return new LetterShares(this.#room, shares);
  }
}
