// The SQLite file of the facts: its tables, its format, prepared statements, transactions. SPEC §15.
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { localized } from '../start/language.mjs';

const FORMAT = 1;
/** Raise when a column is added or means something else: days are packed again when they are asked for. */
const PACK_FORMAT = 1;
const PRAGMAS = `
  PRAGMA page_size = 8192;
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  PRAGMA cache_size = -8192;
  PRAGMA journal_size_limit = 33554432;
`;
/**
 * `version` grows with every change of a row: a follower of the facts reads what is newer. A row of `gone` says that a visit
 * is not any more what and when it was, or, without `id`, that every fact from `at` on is made again.
 */
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS visit (
    id INTEGER PRIMARY KEY, version INTEGER NOT NULL, at INTEGER NOT NULL, date TEXT NOT NULL,
    ticket TEXT NOT NULL, fact TEXT NOT NULL);
  CREATE INDEX IF NOT EXISTS visit_at ON visit (at);
  CREATE INDEX IF NOT EXISTS visit_date ON visit (date);
  CREATE INDEX IF NOT EXISTS visit_ticket ON visit (ticket, at);
  CREATE INDEX IF NOT EXISTS visit_version ON visit (version);
  CREATE TABLE IF NOT EXISTS evaluation (
    id INTEGER PRIMARY KEY, at INTEGER NOT NULL, date TEXT NOT NULL, fact TEXT NOT NULL);
  CREATE INDEX IF NOT EXISTS evaluation_date ON evaluation (date);
  CREATE TABLE IF NOT EXISTS hour (
    kind TEXT NOT NULL, of TEXT NOT NULL, hour INTEGER NOT NULL, version INTEGER NOT NULL,
    spent TEXT, n INTEGER NOT NULL, sum REAL NOT NULL, min REAL, max REAL, last REAL, last_at INTEGER NOT NULL,
    PRIMARY KEY (kind, of, hour)) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS hour_version ON hour (version);
  CREATE INDEX IF NOT EXISTS hour_hour ON hour (kind, hour);
  CREATE TABLE IF NOT EXISTS gone (version INTEGER PRIMARY KEY, at INTEGER NOT NULL, id INTEGER);
  CREATE TABLE IF NOT EXISTS pack (
    kind TEXT NOT NULL, date TEXT NOT NULL, columns BLOB NOT NULL, PRIMARY KEY (kind, date));
  CREATE TABLE IF NOT EXISTS seen (
    call TEXT NOT NULL, screen TEXT NOT NULL, ticket TEXT NOT NULL, window TEXT NOT NULL,
    at INTEGER NOT NULL, ms INTEGER NOT NULL, PRIMARY KEY (call, screen)) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS seen_at ON seen (at);
`;
const LOCK_MS = 10_000;

export class FactDatabase {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  /** Opens or makes the file. Throws SQLite's error where it is damaged. */
  constructor(file: string, readOnly: boolean) {
    this.#database = new DatabaseSync(file, { timeout: LOCK_MS, readOnly });
    try {
      if (!readOnly) this.#claim();
      this.meta('version');
    } catch (error) {
      this.#database.close();
      throw error;
    }
  }

  meta(name: string): string | undefined {
    const row = this.statement('SELECT value FROM meta WHERE name = ?').get(name);
    return row === undefined ? undefined : String(row['value']);
  }

  setMeta(name: string, value: string | number): void {
    this.statement('INSERT OR REPLACE INTO meta VALUES (?, ?)').run(name, String(value));
  }

  /** Prepared once. */
  statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#database.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  /** All of it or nothing. */
  transaction(work: () => void): void {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      work();
      this.#database.exec('COMMIT');
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  close(): void {
    this.#database.close();
  }

  #claim(): void {
    this.#database.exec(PRAGMAS);
    const format = Number(this.#database.prepare('PRAGMA user_version').get()?.['user_version']);
    this.#database.exec('BEGIN IMMEDIATE');
    if (format > FORMAT) {
      this.#database.exec('ROLLBACK');
      throw new Error(
        localized(
          `事实记录的格式是 ${format}，应不高于 ${FORMAT}：它由更新版本的 Hallcast 写成`,
          `facts: have format ${format}, should be at most ${FORMAT}: a newer Hallcast wrote them`,
        ),
      );
    }
    this.#database.exec(`${SCHEMA}; PRAGMA user_version = ${FORMAT}`);
    if (this.meta('pack_format') !== String(PACK_FORMAT)) {
      this.#database.exec('DELETE FROM pack');
      this.setMeta('pack_format', PACK_FORMAT);
    }
    this.#database.exec('COMMIT');
  }
}
