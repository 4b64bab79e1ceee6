/** Dead letters in the journal's file: the newest ones, as many and as large together as the limits allow. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';

export interface LetterRow {
  topic: string;
  payload: Uint8Array;
  reason: string;
  detail: string;
  receivedAt: number;
  /** Those of a letter that comes from another journal. */
  id?: number;
  replayedAt?: number;
}

export interface LetterLimits {
  deadLetterMax: number;
  deadLetterBytesMax: number;
}

export class Letters {
  readonly #limits: LetterLimits;
  readonly #insert: StatementSync;
  readonly #oldest: StatementSync;
  readonly #remove: StatementSync;
  readonly #sum: StatementSync;
  #count = 0;
  #bytes = 0;

  constructor(database: DatabaseSync, limits: LetterLimits) {
    this.#limits = limits;
    this.#insert = database.prepare('INSERT INTO dead_letter VALUES (?, ?, ?, ?, ?, ?, ?)');
    this.#oldest = database.prepare(
      'SELECT id, length(payload) AS bytes FROM dead_letter ORDER BY id LIMIT 1',
    );
    this.#remove = database.prepare('DELETE FROM dead_letter WHERE id = ?');
    this.#sum = database.prepare(
      'SELECT count(*) AS count, coalesce(sum(length(payload)), 0) AS bytes FROM dead_letter',
    );
    this.recount();
  }

  get count(): number {
    return this.#count;
  }

  /** Adds the letters, lets the oldest go where there are too many. Returns how many went. */
  keep(letters: readonly LetterRow[]): number {
    for (const letter of letters) {
      const { topic, payload, reason, detail, receivedAt } = letter;
      // SQLite's texts end at a NUL: what follows it in a topic would be lost.
      const whole = topic.replaceAll('\0', '\\u0000');
      const { id = null, replayedAt = null } = letter;
      this.#insert.run(id, whole, payload, reason, detail, receivedAt, replayedAt);
      this.#count++;
      this.#bytes += payload.byteLength;
    }
    let dropped = 0;
    const { deadLetterMax, deadLetterBytesMax } = this.#limits;
    while (this.#count > deadLetterMax || this.#bytes > deadLetterBytesMax) {
      const letter = this.#oldest.get();
      if (letter === undefined) break;
      this.#remove.run(Number(letter['id']));
      this.#count--;
      this.#bytes -= Number(letter['bytes']);
      dropped++;
    }
    return dropped;
  }

  /** What is there is counted anew: after a transaction that did not come to pass, or that took letters away. */
  recount(): void {
    const row = this.#sum.get();
    this.#count = Number(row?.['count']);
    this.#bytes = Number(row?.['bytes']);
  }
}
