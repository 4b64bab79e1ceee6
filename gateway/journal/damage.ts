/** A damaged journal file: how it is recognised, set aside whole, and what is readable carried over. */
import { existsSync, renameSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import type { LetterLimits } from './letters.ts';
import { Store } from './store.ts';

export interface Salvage {
  /** Where the damaged file went (its -wal and -shm beside it). */
  damagedFile: string;
  entries: number;
  deadLetters: number;
}

const companions = ['', '-wal', '-shm'];
/** SQLITE_CORRUPT and SQLITE_NOTADB; by text, as Deno gives the code with some errors only. */
const damageText = /database disk image is malformed|file is not a database/;

class IndexMismatch extends Error {
  override name = 'IndexMismatch';
}

/** A damaged file, as opposed to a full disk, a lock or a wrong hall. */
export function isDamage(error: unknown): boolean {
  if (error instanceof IndexMismatch) return true;
  return error instanceof Error && damageText.test(error.message);
}

/**
 * Looks at what a crash or a bad disk would hit first: the newest entries by seq, their ids in the
 * index, the other tables. Milliseconds whatever the size. Throws SQLite's error on damage.
 */
export function probe(file: string): void {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    const find = database.prepare('SELECT seq FROM entry WHERE id = ? AND device = ?');
    const newest = database.prepare(
      'SELECT seq, id, device, signal FROM entry ORDER BY seq DESC LIMIT 200',
    );
    for (const { seq, id, device } of newest.all()) {
      if (find.get(String(id), String(device))?.['seq'] !== seq) {
        throw new IndexMismatch(`id ${String(id)} is not at seq ${String(seq)}`);
      }
    }
    database.prepare('SELECT count(*), max(seq), max(length(state)) FROM checkpoint').get();
    database.prepare('SELECT id, length(payload) FROM dead_letter ORDER BY id DESC LIMIT 50').all();
  } finally {
    database.close();
  }
}

/** A damaged SQLite file makes room for a new one. @returns the name that the file has now */
export function setAside(file: string, now = Date.now()): string {
  const damagedFile = `${file}.damaged-${new Date(now).toISOString().replaceAll(':', '-')}`;
  for (const companion of companions) {
    if (existsSync(file + companion)) renameSync(file + companion, damagedFile + companion);
  }
  return damagedFile;
}

/**
 * Sets `file` aside and starts a new one with every entry, pruned id and dead letter that can still
 * be read; seqs are kept. Checkpoints are not taken over: the state is folded anew.
 */
export function salvage(file: string, hall: string, limits: LetterLimits, now: number): Salvage {
  const damagedFile = setAside(file, now);
  new Store(file, hall, limits).close();
  const target = new DatabaseSync(file);
  try {
    const entries = carryOver(target, damagedFile, 'entry', 'seq');
    const deadLetters = carryOver(target, damagedFile, 'dead_letter', 'id');
    keepPrunedMark(target);
    return { damagedFile, entries, deadLetters };
  } finally {
    target.close();
  }
}

/** Reads from the front until the damage, then from the back until it, and copies what it got. */
function carryOver(target: DatabaseSync, damagedFile: string, table: string, key: string): number {
  const columns = columnsOf(target, table);
  const insert = target.prepare(
    `INSERT OR IGNORE INTO ${table} VALUES (${columns.map(() => '?').join(', ')})`,
  );
  let copied = 0;
  target.exec('BEGIN');
  for (const direction of ['ASC', 'DESC']) {
    let source: DatabaseSync | undefined;
    try {
      // Read-only leaves the damaged files as they are; the pragma reads a file cut short as well.
      source = new DatabaseSync(damagedFile, { readOnly: true, defensive: false });
      source.exec('PRAGMA writable_schema = ON');
      // A file of an older format is without some of them.
      const found = new Set(columnsOf(source, table));
      const list = columns
        .map((name) => (found.has(name) ? name : `${MISSING[name]} AS ${name}`))
        .join(', ');
      const rows = source.prepare(`SELECT ${list} FROM ${table} ORDER BY ${key} ${direction}`);
      for (const row of rows.iterate()) {
        const { changes } = insert.run(...(Object.values(row) as (string | number | Uint8Array)[]));
        if (changes === 0 && direction === 'DESC') break;
        copied += Number(changes);
      }
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      // Here the readable part ends; what lies behind it is reached from the other end.
    } finally {
      source?.close();
    }
  }
  target.exec('COMMIT');
  return copied;
}

/** Stands for a column that the damaged file has not: marks that the fold finds are found again. */
const MISSING: Readonly<Record<string, string>> = {
  marks: '0',
  sender: "''",
  is_listed: '0',
  bytes: 'length(payload) + length(topic) + length(detail)',
};

function columnsOf(database: DatabaseSync, table: string): string[] {
  const columns = database.prepare(`PRAGMA table_info(${table})`).all();
  return columns.map(({ name }) => String(name));
}

/** Pruned entries were emptied in place: the last one of them says how far pruning had come. */
function keepPrunedMark(target: DatabaseSync): void {
  target.exec(
    `INSERT INTO meta SELECT 'pruned_through', max(seq) FROM entry WHERE signal = '' HAVING max(seq) > 0`,
  );
}
