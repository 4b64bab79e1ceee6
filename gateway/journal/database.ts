/** The journal's SQLite file: its tables, how it is opened, whose it is. */
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { CodedError, message } from '../log/messages.ts';

/** The file belongs to another hall, or to a newer Hallcast: nothing that setting it aside would heal. */
export class WrongJournal extends CodedError {
  override name = 'WrongJournal';
}

/** Raised with every change of the tables below. Two gateways of a pair must have the same one. */
export const JOURNAL_FORMAT = 2;

/*
 * A pruned entry keeps its row with id and device, so that both stay unique for ever, but loses its content.
 * The index begins with the id: one look finds the entry of a device, and whether another device has used the same id.
 * It is the only one: seq order is arrival order, and retention works on a prefix.
 * `marks` stands before `signal`, and what a list of letters tells before their payload: these may reach into further pages.
 * `bytes` of a letter are those of topic, detail and payload. Its indexes find the letters of a reason, and whose letters are
 * to go, without reading any.
 */
export const tables = `
  CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS entry (
    seq INTEGER PRIMARY KEY, id TEXT NOT NULL, device TEXT NOT NULL, stream TEXT NOT NULL,
    at INTEGER NOT NULL, received_at INTEGER NOT NULL, marks INTEGER NOT NULL, signal TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS dead_letter (
    id INTEGER PRIMARY KEY AUTOINCREMENT, received_at INTEGER NOT NULL, replayed_at INTEGER,
    sender TEXT NOT NULL, is_listed INTEGER NOT NULL, bytes INTEGER NOT NULL,
    reason TEXT NOT NULL, topic TEXT NOT NULL, detail TEXT NOT NULL, payload BLOB NOT NULL);
  CREATE TABLE IF NOT EXISTS checkpoint (seq INTEGER PRIMARY KEY, state TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS leadership (epoch TEXT PRIMARY KEY, seq INTEGER NOT NULL, letter INTEGER NOT NULL);
  -- seq that an entry had in another gateway's journal
  CREATE TABLE IF NOT EXISTS place (seq INTEGER PRIMARY KEY, place INTEGER NOT NULL);
`;
export const indexes = `
  CREATE UNIQUE INDEX IF NOT EXISTS entry_identity ON entry (id, device);
  CREATE INDEX IF NOT EXISTS entry_command ON entry (seq) WHERE stream = 'command';
  CREATE INDEX IF NOT EXISTS dead_letter_reason ON dead_letter (reason, id);
  CREATE INDEX IF NOT EXISTS dead_letter_sender ON dead_letter (sender, id, is_listed, bytes);
`;
export const schema = tables + indexes;

/*
 * wal_autocheckpoint: 8,000 pages (32 MB). Measured over one million signals, the default of 1,000
 * costs a third more per signal, as the same index pages are copied to the file again and again.
 * secure_delete: what goes is overwritten where that writes no further page; retention overwrites those as well.
 * cache_size: 12 MB. 32 MB were as fast with 600,000 random ids, and beyond that no cache holds the index.
 */
const pragmas = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  PRAGMA secure_delete = FAST;
  PRAGMA cache_size = -12288;
  PRAGMA wal_autocheckpoint = 8000;
  PRAGMA journal_size_limit = 67108864;
`;

/** Opens or makes the file. Throws `WrongJournal`, or SQLite's error when the file is damaged. */
export function openDatabase(file: string, hall: string): DatabaseSync {
  const database = new DatabaseSync(file);
  try {
    database.exec(pragmas);
    // Before the tables: a file of another format must stay as it is.
    check(database, file, hall);
    database.exec(schema);
    keepMeta(database, 'format', String(JOURNAL_FORMAT));
    keepMeta(database, 'hall', hall);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** The column `n` of the only row; 0 where there is none. */
export function numberOf(database: DatabaseSync, sql: string, ...values: SQLInputValue[]): number {
  return Number(database.prepare(sql).get(...values)?.['n'] ?? 0);
}

export function metaOf(database: DatabaseSync, name: string): string | undefined {
  const row = database.prepare('SELECT value FROM meta WHERE name = ?').get(name);
  return row === undefined ? undefined : String(row['value']);
}

export function keepMeta(database: DatabaseSync, name: string, value: string): void {
  database.prepare('INSERT OR REPLACE INTO meta VALUES (?, ?)').run(name, value);
}

function check(database: DatabaseSync, file: string, hall: string): void {
  const format = formatOf(database);
  if (format !== undefined && format !== String(JOURNAL_FORMAT)) {
    const code = Number(format) > JOURNAL_FORMAT ? 'journal.newer-format' : 'journal.older-format';
    throw new WrongJournal(message(code, { file, found: format, format: JOURNAL_FORMAT }));
  }
  const foundHall = format === undefined ? undefined : metaOf(database, 'hall');
  if (foundHall !== undefined && foundHall !== hall) {
    throw new WrongJournal(message('journal.other-hall', { file, found: foundHall, hall }));
  }
}

/** Undefined where the file is new. */
export function formatOf(database: DatabaseSync): string | undefined {
  const known = "SELECT count(*) AS n FROM sqlite_schema WHERE type = 'table' AND name = 'meta'";
  return numberOf(database, known) === 0 ? undefined : metaOf(database, 'format');
}
