// The thread that keeps a durable map: owns its SQLite file and answers one job after the other.
import { DatabaseSync } from 'node:sqlite';
import { isDamage, setAside } from '../journal/damage.ts';

/** `null` takes the key away. */
export type Change = readonly [key: string, value: string | null];

export type Job =
  | { kind: 'open'; file: string }
  | { kind: 'write'; changes: readonly Change[] }
  | { kind: 'close' };

export interface Answer {
  error?: string;
  /** all that the file has */
  found?: [key: string, value: string][];
  /** where the former file is, and why */
  aside?: string;
}

interface ThreadScope {
  onmessage: ((event: MessageEvent<Job>) => void) | null;
  postMessage(answer: Answer): void;
}

let database: DatabaseSync | undefined;

function perform(job: Job): Answer {
  switch (job.kind) {
    case 'open':
      return open(job.file);
    case 'write':
      write(job.changes);
      return {};
    case 'close':
      database?.close();
      database = undefined;
      return {};
  }
}

function open(file: string): Answer {
  try {
    return { found: read(file) };
  } catch (error) {
    database?.close();
    if (!isDamage(error)) throw error;
    const aside = setAside(file);
    return { found: read(file), aside: `${aside} (${String(error)})` };
  }
}

function read(file: string): [string, string][] {
  database = new DatabaseSync(file);
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
  database.exec(
    'CREATE TABLE IF NOT EXISTS kept (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID',
  );
  const rows = database.prepare('SELECT key, value FROM kept').all();
  return rows.map((row) => [String(row['key']), String(row['value'])]);
}

function write(changes: readonly Change[]): void {
  if (database === undefined) throw new Error('write: the file is not open');
  database.exec('BEGIN IMMEDIATE');
  try {
    const put = database.prepare('INSERT OR REPLACE INTO kept VALUES (?, ?)');
    const remove = database.prepare('DELETE FROM kept WHERE key = ?');
    for (const [key, value] of changes) {
      if (value === null) remove.run(key);
      else put.run(key, value);
    }
    database.exec('COMMIT');
  } catch (error) {
    // What failed may have ended the transaction itself.
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

const scope = globalThis as unknown as ThreadScope;
scope.onmessage = ({ data }) => {
  try {
    scope.postMessage(perform(data));
  } catch (error) {
    scope.postMessage({ error: error instanceof Error ? error.message : String(error) });
  }
};
