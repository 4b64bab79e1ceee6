// What hours and days come to: a row for each of them and field, and the numbers by which rows know their series.
import type { StatementSync } from 'node:sqlite';
import { KIND_STEP, type RollupFile } from './file.ts';
import type { Blobs } from './fold.ts';

export type Level = 'hour' | 'day';

export interface Series {
  readonly id: number;
  readonly tags: Readonly<Record<string, string>>;
}

/** What one hour or day of a field comes to. */
export interface Rolled {
  /** ms since 1970 */
  readonly start: number;
  readonly blob: Uint8Array<ArrayBuffer>;
}

/** Hours or days of a field that begin within [from, to), ms since 1970. */
export interface Range {
  readonly measurement: string;
  readonly level: Level;
  readonly field: string;
  readonly from: number;
  readonly to: number;
}

const SERIES_CACHED = 20_000;
const MINUTE_MS = 60_000;

export class Rows {
  readonly #file: RollupFile;
  readonly #putFigures: StatementSync;
  readonly #putRanks: StatementSync;
  readonly #dropFigures: StatementSync;
  readonly #dropRanks: StatementSync;
  readonly #addSeries: StatementSync;
  readonly #seriesIds = new Map<string, number>();
  readonly #kinds = new Map<string, number>();

  constructor(file: RollupFile) {
    this.#file = file;
    const prepare = (sql: string) => file.database.prepare(sql);
    this.#putFigures = prepare('INSERT OR REPLACE INTO figures VALUES (?, ?)');
    this.#putRanks = prepare('INSERT OR REPLACE INTO ranks VALUES (?, ?)');
    this.#dropFigures = prepare('DELETE FROM figures WHERE key = ?');
    this.#dropRanks = prepare('DELETE FROM ranks WHERE key = ?');
    this.#addSeries = prepare(
      `INSERT INTO series (measurement, tags) VALUES (?, ?)
       ON CONFLICT DO UPDATE SET tags = excluded.tags RETURNING id`,
    );
    file.onRollback(() => {
      this.#seriesIds.clear();
      this.#kinds.clear();
    });
  }

  /** All that the fields of one hour or day come to, in place of what stood there. Within a transaction. */
  put(measurement: string, level: Level, start: number, fields: ReadonlyMap<string, Blobs>): void {
    for (const field of fields.keys()) this.#kind(measurement, level, field);
    for (const { id, field } of this.#kindsOf(measurement, level)) {
      const key = keyOf(id, start);
      const { figures, ranks } = fields.get(field) ?? {};
      if (figures === undefined) this.#dropFigures.run(key);
      else this.#putFigures.run(key, figures);
      if (ranks === undefined) this.#dropRanks.run(key);
      else this.#putRanks.run(key, ranks);
    }
  }

  /** What a field comes to in each hour or day that begins within the range, in order of time. */
  of(table: 'figures' | 'ranks', { measurement, level, field, from, to }: Range): Rolled[] {
    const kind = this.#file.database
      .prepare('SELECT id FROM kind WHERE measurement = ? AND level = ? AND field = ?')
      .get(measurement, level, field);
    if (kind === undefined) return [];
    const id = Number(kind['id']);
    return this.#file.database
      .prepare(`SELECT key, blob FROM ${table} WHERE key >= ? AND key < ? ORDER BY key`)
      .all(keyOf(id, from), keyOf(id, to))
      .map(({ key, blob }) => ({
        start: startOf(Number(key)),
        blob: blob as Uint8Array<ArrayBuffer>,
      }));
  }

  /** The fields that a measurement ever had. */
  fields(measurement: string, level: Level): string[] {
    return this.#kindsOf(measurement, level).map(({ field }) => field);
  }

  #kindsOf(measurement: string, level: Level) {
    return this.#file.database
      .prepare('SELECT id, field FROM kind WHERE measurement = ? AND level = ?')
      .all(measurement, level)
      .map(({ id, field }) => ({ id: Number(id), field: String(field) }));
  }

  #kind(measurement: string, level: Level, field: string): number {
    const name = `${measurement} ${level} ${field}`;
    let id = this.#kinds.get(name);
    if (id === undefined) {
      const row = this.#file.database
        .prepare(
          `INSERT INTO kind (measurement, level, field) VALUES (?, ?, ?)
           ON CONFLICT DO UPDATE SET field = excluded.field RETURNING id`,
        )
        .get(measurement, level, field);
      id = Number(row?.['id']);
      this.#kinds.set(name, id);
    }
    return id;
  }

  series(measurement: string): Series[] {
    return this.#file.database
      .prepare('SELECT id, tags FROM series WHERE measurement = ?')
      .all(measurement)
      .map(({ id, tags }) => {
        return { id: Number(id), tags: Object.fromEntries(JSON.parse(String(tags))) };
      });
  }

  /** The number of a series, a new one where it has none. */
  seriesId(measurement: string, tags: Series['tags']): number {
    const text = JSON.stringify(Object.entries(tags).sort(([a], [b]) => (a < b ? -1 : 1)));
    const key = `${measurement} ${text}`;
    let id = this.#seriesIds.get(key);
    if (id === undefined) {
      id = Number(this.#addSeries.get(measurement, text)?.['id']);
      if (this.#seriesIds.size >= SERIES_CACHED) this.#seriesIds.clear();
      this.#seriesIds.set(key, id);
    }
    return id;
  }

  /** The first and the last hour of a measurement that has points; nothing where none has. */
  ends(measurement: string): readonly number[] {
    const kind = this.#file.database
      .prepare(`SELECT id FROM kind WHERE measurement = ? AND level = 'hour' AND field = ''`)
      .get(measurement);
    if (kind === undefined) return [];
    const id = Number(kind['id']);
    return (['min', 'max'] as const).flatMap((end) => {
      const key = this.#file.database
        .prepare(`SELECT ${end}(key) AS key FROM figures WHERE key >= ? AND key < ?`)
        .get(id * KIND_STEP, (id + 1) * KIND_STEP)?.['key'];
      return typeof key === 'number' ? [startOf(key)] : [];
    });
  }

  /** The newest hour that has points; 0 where none has. */
  newest(): number {
    const kinds = this.#file.database.prepare(
      `SELECT id FROM kind WHERE level = 'hour' AND field = ''`,
    );
    const last = this.#file.database.prepare(
      'SELECT max(key) AS key FROM figures WHERE key >= ? AND key < ?',
    );
    let newest = 0;
    for (const row of kinds.all()) {
      const id = Number(row['id']);
      const key = last.get(id * KIND_STEP, (id + 1) * KIND_STEP)?.['key'];
      if (typeof key === 'number') newest = Math.max(newest, startOf(key));
    }
    return newest;
  }

  /** Forgets what begins before that time. Within a transaction. */
  prune(before: number): void {
    for (const row of this.#file.database.prepare('SELECT id FROM kind').all()) {
      const id = Number(row['id']);
      for (const table of ['figures', 'ranks']) {
        this.#file.database
          .prepare(`DELETE FROM ${table} WHERE key >= ? AND key < ?`)
          .run(id * KIND_STEP, keyOf(id, before));
      }
    }
  }
}

function keyOf(kind: number, start: number): number {
  return kind * KIND_STEP + Math.min(KIND_STEP - 1, Math.max(0, Math.ceil(start / MINUTE_MS)));
}

function startOf(key: number): number {
  return (key % KIND_STEP) * MINUTE_MS;
}
