// Which hours were touched since they were gathered.
import type { StatementSync } from 'node:sqlite';
import type { RollupFile } from './file.ts';

/** Some hour, or some day, of a measurement: where it begins, ms since 1970. */
export interface Due {
  readonly measurement: string;
  readonly start: number;
}

/** Marks of one hour are renewed so often; a calm has to last longer. */
const MARK_MS = 2_000;

export class Marks {
  readonly #file: RollupFile;
  readonly #mark: StatementSync;

  constructor(file: RollupFile) {
    this.#file = file;
    this.#mark = file.database.prepare(
      `INSERT INTO touched VALUES (?, ?, ?)
       ON CONFLICT DO UPDATE SET at = excluded.at WHERE at < excluded.at`,
    );
  }

  /** Notes that hours changed, on disk when it returns; told again within MARK_MS it writes nothing. */
  touch(marks: ReadonlyMap<string, ReadonlySet<number>>, now: number): void {
    const at = Math.floor(now / MARK_MS) * MARK_MS;
    this.#file.synced(() => {
      for (const [measurement, hours] of marks) {
        for (const hour of hours) this.#mark.run(measurement, hour, at);
      }
    });
  }

  /** Touched hours that begin within [from, to), in order; of these only what was last touched by then (ms). */
  of(measurement: string, from: number, to: number, by = Number.MAX_SAFE_INTEGER): number[] {
    return this.#file.database
      .prepare(
        `SELECT start FROM touched WHERE measurement = ? AND start >= ? AND start < ? AND at <= ?
         ORDER BY start`,
      )
      .all(measurement, from, to, by)
      .map(({ start }) => Number(start));
  }

  count(): number {
    const row = this.#file.database.prepare('SELECT count(*) AS n FROM touched').get();
    return Number(row?.['n'] ?? 0);
  }

  /** The first and the last touched hour of a measurement from that time (ms) on; nothing where there is none. */
  ends(measurement: string, since: number): readonly number[] {
    return (['min', 'max'] as const).flatMap((end) => {
      const start = this.#file.database
        .prepare(`SELECT ${end}(start) AS start FROM touched WHERE measurement = ? AND start >= ?`)
        .get(measurement, since)?.['start'];
      return typeof start === 'number' ? [start] : [];
    });
  }

  /** Infinity where there is none. */
  oldest(): number {
    const row = this.#file.database.prepare('SELECT min(start) AS start FROM touched').get();
    return typeof row?.['start'] === 'number' ? row['start'] : Infinity;
  }

  /** 0 where there is none. */
  newest(): number {
    const row = this.#file.database.prepare('SELECT max(start) AS start FROM touched').get();
    return Number(row?.['start'] ?? 0);
  }

  /** The newest hour that was last touched by then (ms), before the hour `until`. */
  next(by: number, until: number): Due | undefined {
    const row = this.#file.database
      .prepare(
        `SELECT measurement, start FROM touched WHERE at <= ? AND start < ?
         ORDER BY start DESC, measurement LIMIT 1`,
      )
      .get(by, until);
    return row && { measurement: String(row['measurement']), start: Number(row['start']) };
  }

  /** Takes the mark back, unless the hour was touched after `by` (ms). */
  clear({ measurement, start }: Due, by: number): void {
    this.#file.database
      .prepare('DELETE FROM touched WHERE measurement = ? AND start = ? AND at <= ?')
      .run(measurement, start, by);
  }
}
