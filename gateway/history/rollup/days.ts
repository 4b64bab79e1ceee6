// Which days are gathered from their hours, and which wait for it.
import type { RollupFile } from './file.ts';
import type { Due } from './marks.ts';
import { HOUR_MS } from './plan.ts';

/** A due day may be known by any moment of it, and has 25 hours at most. */
const AROUND_MS = 25 * HOUR_MS;

export class Days {
  readonly #file: RollupFile;

  constructor(file: RollupFile) {
    this.#file = file;
  }

  /** The days that are gathered and begin within [from, to), in order. */
  of(measurement: string, from: number, to: number) {
    return this.#file.database
      .prepare(
        'SELECT start, till FROM day WHERE measurement = ? AND start >= ? AND start < ? ORDER BY start',
      )
      .all(measurement, from, to)
      .map(({ start, till }) => ({ from: Number(start), to: Number(till) }));
  }

  /** A day's hours changed: it waits to be gathered again. Within a transaction. */
  changed({ measurement, start }: Due): void {
    this.#file.database
      .prepare('DELETE FROM day WHERE measurement = ? AND start = ?')
      .run(measurement, start);
    this.#file.database
      .prepare('INSERT OR IGNORE INTO day_due VALUES (?, ?)')
      .run(measurement, start);
  }

  /** The newest day that waits, begins before that time and has no touched hour. */
  next(before: number): Due | undefined {
    const row = this.#file.database
      .prepare(
        `SELECT measurement, start FROM day_due AS due WHERE start < ? AND NOT EXISTS (
           SELECT 1 FROM touched WHERE measurement = due.measurement
           AND touched.start > due.start - ${AROUND_MS} AND touched.start < due.start + ${AROUND_MS})
         ORDER BY start DESC LIMIT 1`,
      )
      .get(before);
    return row && { measurement: String(row['measurement']), start: Number(row['start']) };
  }

  /** It is gathered, as the day from `from` to `to`; or cannot be, where these are missing. Within a transaction. */
  done({ measurement, start }: Due, day: { from: number; to: number } | undefined): void {
    this.#file.database
      .prepare('DELETE FROM day_due WHERE measurement = ? AND start = ?')
      .run(measurement, start);
    if (day === undefined) return;
    this.#file.database
      .prepare('INSERT OR REPLACE INTO day VALUES (?, ?, ?)')
      .run(measurement, day.from, day.to);
  }
}
