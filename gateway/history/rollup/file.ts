// The SQLite file of the rollups: its tables, whose they are, and its few notes.
import { DatabaseSync } from 'node:sqlite';
import { hourOf, phaseOf } from './plan.ts';

/** Whose rollups they are. */
export interface FileOwner {
  /** the hall's */
  readonly timezone: string;
  /** which database has the points */
  readonly source: string;
  /** ms since 1970 */
  readonly now: number;
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
/** A row's key is its kind times this, and the minutes since 1970 at which it begins. */
export const KIND_STEP = 2 ** 32;
const BEGIN_ANEW = ['figures', 'ranks', 'kind', 'touched', 'day_due', 'day', 'meta']
  .map((table) => `DELETE FROM ${table};`)
  .join('');
/** A due day is known by any moment of it: that of another zone's midnight as well. */
const DAYS_ANEW = `
  INSERT OR IGNORE INTO day_due SELECT measurement, start FROM day;
  DELETE FROM day;
  DELETE FROM figures WHERE key / ${KIND_STEP} IN (SELECT id FROM kind WHERE level = 'day');
  DELETE FROM ranks WHERE key / ${KIND_STEP} IN (SELECT id FROM kind WHERE level = 'day');
`;
/** What another database has is looked through again; what the old one had, the rollups keep. */
const SOURCE_ANEW = `DELETE FROM meta WHERE name IN ('adopted', 'audited_until')`;
const LOCK_MS = 10_000;
/** How a zone's days lie to UTC's hours does not change with the season: this one's is taken. */
const STANDARD = Date.UTC(2026, 0, 1);

export class RollupFile {
  readonly database: DatabaseSync;
  /** hours begin at this many ms after a full hour of UTC */
  readonly phaseMs: number;
  readonly #forget: (() => void)[] = [];

  /** Opens or makes the file. Throws SQLite's error where it is damaged. */
  constructor(file: string, owner: FileOwner) {
    this.phaseMs = phaseOf(owner.timezone, STANDARD);
    this.database = new DatabaseSync(file, { timeout: LOCK_MS });
    try {
      this.database.exec(SCHEMA);
      this.#claim(owner);
    } catch (error) {
      this.database.close();
      throw error;
    }
  }

  /** A file of another layout or of other hours begins anew; other days alone are gathered again from the hours. */
  #claim({ timezone, source, now }: FileOwner): void {
    const made = { format: String(FORMAT), phase: String(this.phaseMs), source, timezone };
    const was = Object.fromEntries(Object.keys(made).map((name) => [name, this.#note(name)]));
    const differs = (name: keyof typeof made) => was[name] !== made[name];
    this.transaction(() => {
      if (differs('format') || differs('phase')) this.database.exec(BEGIN_ANEW);
      if (differs('source')) this.database.exec(SOURCE_ANEW);
      if (differs('timezone')) this.database.exec(DAYS_ANEW);
      for (const [name, value] of Object.entries(made)) this.#setNote(name, value);
      // A clock that was set back since would keep them waiting.
      this.database.prepare('UPDATE touched SET at = ? WHERE at > ?').run(now, now);
    });
  }

  /** `forget` is called where a transaction failed: ids that were made in it are none. */
  onRollback(forget: () => void): void {
    this.#forget.push(forget);
  }

  transaction(work: () => void): void {
    this.database.exec('BEGIN IMMEDIATE');
    try {
      work();
      this.database.exec('COMMIT');
    } catch (error) {
      if (this.database.isTransaction) this.database.exec('ROLLBACK');
      for (const forget of this.#forget) forget();
      throw error;
    }
  }

  /** The same, on disk when it returns, with all that was committed before. */
  synced(work: () => void): void {
    this.database.exec('PRAGMA synchronous = FULL');
    try {
      this.transaction(work);
    } finally {
      this.database.exec('PRAGMA synchronous = NORMAL');
    }
  }

  /** Whether what was in the history before there were rollups is marked. */
  get adopted(): boolean {
    return this.#note('adopted') !== undefined;
  }

  adopt(): void {
    this.#setNote('adopted', '1');
  }

  /** Up to here (ms) the rollups were compared with the points. */
  get auditedUntil(): number {
    return Number(this.#note('audited_until') ?? 0);
  }

  set auditedUntil(at: number) {
    this.#setNote('audited_until', String(at));
  }

  /** Raw points before that time (ms) are gone. */
  get prunedBefore(): number {
    return Number(this.#note('pruned_before') ?? 0);
  }

  set prunedBefore(at: number) {
    this.synced(() => this.#setNote('pruned_before', String(at)));
  }

  hourOf(at: number): number {
    return hourOf(at, this.phaseMs);
  }

  /** Throws where the file is damaged anywhere, closed then. Takes a second or more for 200 MB. */
  check(): void {
    const found = this.database.prepare('PRAGMA quick_check(1)').get()?.['quick_check'];
    if (found === 'ok') return;
    this.database.close();
    throw new Error(`rollups: database disk image is malformed: ${String(found)}`);
  }

  close(): void {
    this.database.close();
  }

  #note(name: string): string | undefined {
    const row = this.database.prepare('SELECT value FROM meta WHERE name = ?').get(name);
    return row === undefined ? undefined : String(row['value']);
  }

  #setNote(name: string, value: string): void {
    this.database.prepare('INSERT OR REPLACE INTO meta VALUES (?, ?)').run(name, value);
  }
}
