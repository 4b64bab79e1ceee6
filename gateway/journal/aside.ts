/** What is taken out of a journal is written to a file of the same shape first. */
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { schema } from './database.ts';

/** Rows of a table whose key is greater. */
export type Tail = readonly [table: string, key: string, after: number];

/** With a connection of its own: the gateway may not attach databases to one another. On disk when this returns. */
export function writeAside(database: DatabaseSync, tails: readonly Tail[], file: string): void {
  const aside = new DatabaseSync(file);
  try {
    aside.exec(schema);
    aside.exec('BEGIN');
    for (const [table, key, after] of tails) {
      const rows = database.prepare(`SELECT * FROM ${table} WHERE ${key} > ?`);
      let insert: StatementSync | undefined;
      for (const row of rows.iterate(after)) {
        const values = Object.values(row);
        const places = values.map(() => '?').join(', ');
        insert ??= aside.prepare(`INSERT INTO ${table} VALUES (${places})`);
        insert.run(...values);
      }
    }
    aside.exec('COMMIT');
  } finally {
    aside.close();
  }
}
