// The journal as the history needs it: of each entry only what makes its point. Half the time of the journal's own
// reader, which matters where a million entries wait.
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { hasMark } from '../../hall/marks.ts';
import { readText } from '../journal/by.ts';
import { toPoint, type Point, type PointEntry } from '../../hall/point.ts';
import type { Entry } from '../journal/entry.ts';
import { localized } from '../start/language.mjs';
import type { Batch } from './feed.ts';

export class EntryReader {
  readonly #database: DatabaseSync;
  readonly #entries: StatementSync;
  readonly #originSeqs: StatementSync;

  /** Opens the journal's file for reading. Throws SQLite's error where it cannot. */
  constructor(file: string) {
    this.#database = new DatabaseSync(file, { readOnly: true });
    this.#entries = this.#database.prepare(
      'SELECT seq, device, stream, at, marks, signal FROM entry WHERE seq > ? ORDER BY seq LIMIT ?',
    );
    // They are few: a look at their range is cheaper than a join for each entry.
    this.#originSeqs = this.#database.prepare(
      'SELECT seq, place FROM place WHERE seq > ? AND seq <= ?',
    );
  }

  /** Up to `limit` entries with `seq > after`, in seq order. */
  read(after: number, limit: number): PointEntry[] {
    const rows = this.#entries.all(after, limit);
    const last = Number(rows.at(-1)?.['seq'] ?? after);
    const originSeqs = new Map(
      this.#originSeqs.all(after, last).map((row) => [Number(row['seq']), Number(row['place'])]),
    );
    return rows.map((row) => {
      const { seq, device, stream, at, marks } = row;
      const { signal, by } = readText(row['signal'] as string, Number(marks));
      const entry: Record<string, unknown> = {
        seq,
        device,
        stream,
        at,
        marks,
        signal: by === undefined ? signal : { ...signal, by },
      };
      if (hasMark(Number(marks), 'irregular')) entry['irregular'] = true;
      if (originSeqs.size > 0 && originSeqs.has(seq as number))
        entry['originSeq'] = originSeqs.get(seq as number);
      // The journal holds what decode accepted: stream and signal fit each other.
      return entry as unknown as PointEntry;
    });
  }

  close(): void {
    this.#database.close();
  }
}

/** Entries as what a feed carries; undefined where there are none. */
export function batchOf(
  hall: string,
  entries: readonly (Entry | PointEntry)[],
  onRefused: (message: string) => void,
): Batch | undefined {
  const last = entries.at(-1);
  if (last === undefined) return undefined;
  const points: Point[] = [];
  let unfit = 0;
  for (const entry of entries) {
    try {
      // The journal holds what decode accepted: stream and signal fit each other.
      points.push(toPoint(hall, entry as unknown as PointEntry));
    } catch (error) {
      unfit++;
      onRefused(
        localized(
          `记录 ${entry.seq} 的数据点：${String(error)}`,
          `point of entry ${entry.seq}: ${String(error)}`,
        ),
      );
    }
  }
  return { through: last.seq, points, unfit };
}
