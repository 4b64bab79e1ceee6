// The rollups in one SQLite file beside the journal: what each hour and each day of a measurement comes to, which hours
// were touched since, and how far raw points reach back.
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { Blobs } from './fold.ts';
import { HOUR_MS, hourOf, phaseOf } from './plan.ts';

export type Level = 'hour' | 'day';

export interface Series {
  readonly id: number;
  readonly tags: Readonly<Record<string, string>>;
}

/** Whose rollups they are. */
export interface StoreOwner {
  /** the hall's */
  readonly timezone: string;
  /** which database has the points */
  readonly source: string;
  /** ms since 1970, to find out how the zone's days lie to UTC's hours */
  readonly now: number;
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

export interface Due {
  readonly measurement: string;
  readonly start: number;
}

/*
 * A kind is one field of one measurement, by the hour or by the day. Its rows follow each other in time under one
 * integer key (kind, then minutes since 1970), so that a year is read in one go; what percentiles need lies apart, so
 * that nothing else reads over it. What is gathered may be lost with the power, the mark is there again with it. A mark
 * must outlast a power cut that its point outlasts, as the points may be on another machine: these commits are synced,
 * one in some seconds at most (MARK_MS).
 */
const SCHEMA = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  PRAGMA cache_size = -16384;
  PRAGMA journal_size_limit = 33554432;
  CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS series (
    id INTEGER PRIMARY KEY, measurement TEXT NOT NULL, tags TEXT NOT NULL, UNIQUE (measurement, tags));
  CREATE TABLE IF NOT EXISTS kind (
    id INTEGER PRIMARY KEY, measurement TEXT NOT NULL, level TEXT NOT NULL, field TEXT NOT NULL,
    UNIQUE (measurement, level, field));
  CREATE TABLE IF NOT EXISTS figures (key INTEGER PRIMARY KEY, blob BLOB NOT NULL);
  CREATE TABLE IF NOT EXISTS ranks (key INTEGER PRIMARY KEY, blob BLOB NOT NULL);
  CREATE TABLE IF NOT EXISTS touched (
    measurement TEXT NOT NULL, start INTEGER NOT NULL, at INTEGER NOT NULL,
    PRIMARY KEY (measurement, start)) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS touched_start ON touched (start);
  CREATE TABLE IF NOT EXISTS day_due (
    measurement TEXT NOT NULL, start INTEGER NOT NULL, PRIMARY KEY (measurement, start)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS day (
    measurement TEXT NOT NULL, start INTEGER NOT NULL, till INTEGER NOT NULL,
    PRIMARY KEY (measurement, start)) WITHOUT ROWID;
`;
const FORMAT = 1;
const LOCK_MS = 10_000;
const SERIES_CACHED = 20_000;
const MINUTE_MS = 60_000;
const KIND_STEP = 2 ** 32;
/** Marks of one hour are renewed so often; a calm has to last longer. */
const MARK_MS = 2_000;

export class RollupStore {
  /** hours begin at this many ms after a full hour of UTC */
  readonly phaseMs: number;
  readonly #database: DatabaseSync;
  readonly #mark: StatementSync;
  readonly #putFigures: StatementSync;
  readonly #putRanks: StatementSync;
  readonly #dropFigures: StatementSync;
  readonly #dropRanks: StatementSync;
  readonly #addSeries: StatementSync;
  readonly #seriesIds = new Map<string, number>();
  readonly #kinds = new Map<string, number>();

  /** Opens or makes the file. Throws SQLite's error where it is damaged. */
  constructor(file: string, { timezone, source, now }: StoreOwner) {
    this.phaseMs = phaseOf(timezone, now);
    this.#database = new DatabaseSync(file, { timeout: LOCK_MS });
    try {
      this.#database.exec(SCHEMA);
      this.#claim({ timezone, source, now });
      const prepare = (sql: string) => this.#database.prepare(sql);
      this.#putFigures = prepare('INSERT OR REPLACE INTO figures VALUES (?, ?)');
      this.#putRanks = prepare('INSERT OR REPLACE INTO ranks VALUES (?, ?)');
      this.#dropFigures = prepare('DELETE FROM figures WHERE key = ?');
      this.#dropRanks = prepare('DELETE FROM ranks WHERE key = ?');
      this.#addSeries = prepare(
        `INSERT INTO series (measurement, tags) VALUES (?, ?)
         ON CONFLICT DO UPDATE SET tags = excluded.tags RETURNING id`,
      );
      this.#mark = prepare(
        `INSERT INTO touched VALUES (?, ?, ?)
         ON CONFLICT DO UPDATE SET at = excluded.at WHERE at < excluded.at`,
      );
    } catch (error) {
      this.#database.close();
      throw error;
    }
  }

  /** A file of another layout, source or hours begins anew; other days alone are gathered again from the hours. */
  #claim({ timezone, source, now }: StoreOwner): void {
    const made = { format: String(FORMAT), phase: String(this.phaseMs), source, timezone };
    const was = Object.fromEntries(Object.keys(made).map((name) => [name, this.#meta(name)]));
    this.transaction(() => {
      if (was['format'] !== undefined) {
        if ((['format', 'phase', 'source'] as const).some((name) => was[name] !== made[name])) {
          for (const table of ['figures', 'ranks', 'kind', 'touched', 'day_due', 'day', 'meta']) {
            this.#database.exec(`DELETE FROM ${table}`);
          }
        } else if (was['timezone'] !== timezone) {
          this.#database.exec(`INSERT OR IGNORE INTO day_due SELECT measurement, start FROM day`);
          this.#database.exec(`DELETE FROM day`);
        }
      }
      for (const [name, value] of Object.entries(made)) this.#setMeta(name, value);
      // A clock that was set back since would keep them waiting.
      this.#database.prepare('UPDATE touched SET at = ? WHERE at > ?').run(now, now);
    });
  }

  transaction(work: () => void): void {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      work();
      this.#database.exec('COMMIT');
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      // Kinds and series made in it are gone as well.
      this.#kinds.clear();
      this.#seriesIds.clear();
      throw error;
    }
  }

  /** The same, on disk when it returns, with all that was committed before. */
  #synced(work: () => void): void {
    this.#database.exec('PRAGMA synchronous = FULL');
    try {
      this.transaction(work);
    } finally {
      this.#database.exec('PRAGMA synchronous = NORMAL');
    }
  }

  /** Whether what was in the history before there were rollups is marked. */
  get adopted(): boolean {
    return this.#meta('adopted') !== undefined;
  }

  adopt(): void {
    this.#setMeta('adopted', '1');
  }

  /** Up to here (ms) the rollups were compared with the points. */
  get auditedUntil(): number {
    return Number(this.#meta('audited_until') ?? 0);
  }

  set auditedUntil(at: number) {
    this.#setMeta('audited_until', String(at));
  }

  /** Raw points before that time (ms) are gone. */
  get prunedBefore(): number {
    return Number(this.#meta('pruned_before') ?? 0);
  }

  set prunedBefore(at: number) {
    this.#synced(() => this.#setMeta('pruned_before', String(at)));
  }

  #meta(name: string): string | undefined {
    const row = this.#database.prepare('SELECT value FROM meta WHERE name = ?').get(name);
    return row === undefined ? undefined : String(row['value']);
  }

  #setMeta(name: string, value: string): void {
    this.#database.prepare('INSERT OR REPLACE INTO meta VALUES (?, ?)').run(name, value);
  }

  // --- marks ---------------------------------------------------------------------------------------

  /** Notes that hours changed; told again within a few seconds it writes nothing. */
  touch(marks: ReadonlyMap<string, ReadonlySet<number>>, now: number): void {
    const at = Math.floor(now / MARK_MS) * MARK_MS;
    this.#synced(() => {
      for (const [measurement, hours] of marks) {
        for (const hour of hours) this.#mark.run(measurement, hour, at);
      }
    });
  }

  /** Touched hours of the range, in order. */
  touched(measurement: string, from: number, to: number): number[] {
    return this.#database
      .prepare(
        'SELECT start FROM touched WHERE measurement = ? AND start >= ? AND start < ? ORDER BY start',
      )
      .all(measurement, from, to)
      .map(({ start }) => Number(start));
  }

  /** Those of them that were last touched by then (ms). */
  calm(measurement: string, from: number, to: number, by: number): number[] {
    return this.#database
      .prepare(
        'SELECT start FROM touched WHERE measurement = ? AND start >= ? AND start < ? AND at <= ?',
      )
      .all(measurement, from, to, by)
      .map(({ start }) => Number(start));
  }

  /** Infinity where there is none. */
  oldestTouched(): number {
    const row = this.#database.prepare('SELECT min(start) AS start FROM touched').get();
    return typeof row?.['start'] === 'number' ? row['start'] : Infinity;
  }

  touchedCount(): number {
    return Number(this.#database.prepare('SELECT count(*) AS n FROM touched').get()?.['n'] ?? 0);
  }

  /** The newest hour that was last touched by then (ms), before the hour `until`. */
  nextTouched(by: number, until: number): Due | undefined {
    const row = this.#database
      .prepare(
        `SELECT measurement, start FROM touched WHERE at <= ? AND start < ?
         ORDER BY start DESC, measurement LIMIT 1`,
      )
      .get(by, until);
    return row && { measurement: String(row['measurement']), start: Number(row['start']) };
  }

  /** Takes the mark back, unless the hour was touched after `at`. */
  clear(measurement: string, start: number, at: number): void {
    this.#database
      .prepare('DELETE FROM touched WHERE measurement = ? AND start = ? AND at <= ?')
      .run(measurement, start, at);
  }

  // --- rolled rows ---------------------------------------------------------------------------------

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
  rows(table: 'figures' | 'ranks', { measurement, level, field, from, to }: Range): Rolled[] {
    const kind = this.#database
      .prepare('SELECT id FROM kind WHERE measurement = ? AND level = ? AND field = ?')
      .get(measurement, level, field);
    if (kind === undefined) return [];
    const id = Number(kind['id']);
    return this.#database
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
    return this.#database
      .prepare('SELECT id, field FROM kind WHERE measurement = ? AND level = ?')
      .all(measurement, level)
      .map(({ id, field }) => ({ id: Number(id), field: String(field) }));
  }

  #kind(measurement: string, level: Level, field: string): number {
    const name = `${measurement} ${level} ${field}`;
    let id = this.#kinds.get(name);
    if (id === undefined) {
      const row = this.#database
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

  // --- series --------------------------------------------------------------------------------------

  series(measurement: string): Series[] {
    return this.#database
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

  // --- days ----------------------------------------------------------------------------------------

  /** The days that are rolled and begin within [from, to), in order. */
  days(measurement: string, from: number, to: number) {
    return this.#database
      .prepare(
        'SELECT start, till FROM day WHERE measurement = ? AND start >= ? AND start < ? ORDER BY start',
      )
      .all(measurement, from, to)
      .map(({ start, till }) => ({ from: Number(start), to: Number(till) }));
  }

  /** A day's hours changed: it is no rolled day until it is gathered again. Within a transaction. */
  dayChanged(measurement: string, start: number): void {
    this.#database
      .prepare('DELETE FROM day WHERE measurement = ? AND start = ?')
      .run(measurement, start);
    this.#database.prepare('INSERT OR IGNORE INTO day_due VALUES (?, ?)').run(measurement, start);
  }

  /** A day that waits to be gathered, begins before that time and has no touched hour in the 25 after its beginning. */
  nextDay(before: number): Due | undefined {
    const row = this.#database
      .prepare(
        `SELECT measurement, start FROM day_due AS due WHERE start < ? AND NOT EXISTS (
           SELECT 1 FROM touched WHERE measurement = due.measurement
           AND touched.start >= due.start AND touched.start < due.start + ${25 * HOUR_MS})
         ORDER BY start DESC LIMIT 1`,
      )
      .get(before);
    return row && { measurement: String(row['measurement']), start: Number(row['start']) };
  }

  /** A day is rolled, or cannot be one (`till` undefined). Within a transaction. */
  dayDone(measurement: string, start: number, till: number | undefined): void {
    this.#database
      .prepare('DELETE FROM day_due WHERE measurement = ? AND start = ?')
      .run(measurement, start);
    if (till === undefined) return;
    this.#database
      .prepare('INSERT OR REPLACE INTO day VALUES (?, ?, ?)')
      .run(measurement, start, till);
  }

  // --- ends ----------------------------------------------------------------------------------------

  /** The newest hour of which anything is known; 0 while nothing is. */
  newest(): number {
    let newest = Number(
      this.#database.prepare('SELECT max(start) AS start FROM touched').get()?.['start'] ?? 0,
    );
    const kinds = this.#database.prepare(`SELECT id FROM kind WHERE level = 'hour' AND field = ''`);
    const last = this.#database.prepare(
      'SELECT max(key) AS key FROM figures WHERE key >= ? AND key < ?',
    );
    for (const row of kinds.all()) {
      const id = Number(row['id']);
      const key = last.get(id * KIND_STEP, (id + 1) * KIND_STEP)?.['key'];
      if (typeof key === 'number') newest = Math.max(newest, startOf(key));
    }
    return newest;
  }

  /** Forgets rollups that begin before that time. Returns how many blobs went. */
  prune(before: number): number {
    let gone = 0;
    this.transaction(() => {
      for (const row of this.#database.prepare('SELECT id FROM kind').all()) {
        const id = Number(row['id']);
        for (const table of ['figures', 'ranks']) {
          const { changes } = this.#database
            .prepare(`DELETE FROM ${table} WHERE key >= ? AND key < ?`)
            .run(id * KIND_STEP, keyOf(id, before));
          gone += Number(changes);
        }
      }
      for (const table of ['day', 'day_due', 'touched']) {
        this.#database.prepare(`DELETE FROM ${table} WHERE start < ?`).run(before);
      }
    });
    return gone;
  }

  /** Throws where the file is damaged anywhere, closed then. Takes a second or more for 200 MB. */
  check(): void {
    const found = this.#database.prepare('PRAGMA quick_check(1)').get()?.['quick_check'];
    if (found === 'ok') return;
    this.#database.close();
    throw new Error(`rollups: database disk image is malformed: ${String(found)}`);
  }

  hourOf(at: number): number {
    return hourOf(at, this.phaseMs);
  }

  close(): void {
    this.#database.close();
  }
}

function keyOf(kind: number, start: number): number {
  return kind * KIND_STEP + Math.min(KIND_STEP - 1, Math.max(0, Math.ceil(start / MINUTE_MS)));
}

function startOf(key: number): number {
  return (key % KIND_STEP) * MINUTE_MS;
}
