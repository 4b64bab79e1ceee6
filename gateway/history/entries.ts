// The journal as the history needs it: of each entry only what makes its point. Half the time of the journal's own
// reader, which matters where a million entries wait.
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { PointEntry } from '../../hall/point.ts';

export class EntryReader {
  readonly #database: DatabaseSync;
  readonly #entries: StatementSync;
  readonly #irregular: StatementSync;
  readonly #places: StatementSync;

  /** Opens the journal's file for reading. Throws SQLite's error where it cannot. */
  constructor(file: string) {
    this.#database = new DatabaseSync(file, { readOnly: true });
    const range = 'WHERE seq > ? AND seq <= ?';
    this.#entries = this.#database.prepare(
      'SELECT seq, device, stream, signal FROM entry WHERE seq > ? ORDER BY seq LIMIT ?',
    );
    // Both are few: a look at their range is cheaper than a join for each entry.
    this.#irregular = this.#database.prepare(`SELECT seq FROM irregular ${range}`);
    this.#places = this.#database.prepare(`SELECT seq, place FROM place ${range}`);
  }

  /** Up to `limit` entries with `seq > after`, in seq order. */
  read(after: number, limit: number): PointEntry[] {
    const rows = this.#entries.all(after, limit);
    const last = Number(rows.at(-1)?.['seq'] ?? after);
    const irregular = new Set(this.#irregular.all(after, last).map((row) => Number(row['seq'])));
    const places = new Map(
      this.#places.all(after, last).map((row) => [Number(row['seq']), Number(row['place'])]),
    );
    return rows.map((row) => {
      const { seq, device, stream } = row;
      const signal: unknown = JSON.parse(row['signal'] as string);
      const entry: Record<string, unknown> = { seq, device, stream, signal };
      if (irregular.size > 0 && irregular.has(seq as number)) entry['irregular'] = true;
      if (places.size > 0 && places.has(seq as number)) entry['place'] = places.get(seq as number);
      // The journal holds what decode accepted: stream and signal fit each other.
      return entry as unknown as PointEntry;
    });
  }

  close(): void {
    this.#database.close();
  }
}
