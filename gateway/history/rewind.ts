// After a journal was rewound, or lost what it had, its numbers are given again, to other entries: how far a history says
// it has it may not be beyond that. What it has already is only written once more, or is known to others by its number.
import { existsSync } from 'node:fs';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { factsTarget } from './influx/cursor.ts';
import type { Store } from './settings.ts';

/** How long it waits for another process: the backfill beside a running gateway. */
const LOCK_MS = 10_000;

/**
 * Makes the history begin again after `seq` where it was beyond it; before its thread opens the file for writing. Of an
 * InfluxDB's cursor every database that it knows: the journal is the same. The cursors of facts stay, as versions are not given
 * again. Gives how far it was, undefined where it was
 * not beyond. Throws SQLite's error where the file is damaged.
 */
export function rewindHistory({ kind, file }: Store, seq: number): number | undefined {
  if (!existsSync(file)) return undefined;
  const database = new DatabaseSync(file, { timeout: LOCK_MS });
  const one = (sql: string, ...values: SQLInputValue[]) => database.prepare(sql).get(...values);
  const table = kind === 'embedded' ? 'meta' : 'cursor';
  const [column, where] =
    kind === 'embedded'
      ? ['value', `WHERE name = 'through'`]
      : ['through', `WHERE target NOT LIKE '${factsTarget('%')}'`];
  try {
    // A file that nobody has filled yet has no tables.
    if (one('SELECT 1 FROM sqlite_master WHERE name = ?', table) === undefined) return undefined;
    const through = Number(one(`SELECT max(${column}) AS n FROM ${table} ${where}`)?.['n'] ?? 0);
    if (through <= seq) return undefined;
    if (kind === 'influx') database.prepare(`DELETE FROM mark ${where} AND seq > ?`).run(seq);
    database.prepare(`UPDATE ${table} SET ${column} = min(${column}, ?) ${where}`).run(seq);
    return through;
  } finally {
    database.close();
  }
}
