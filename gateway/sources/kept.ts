// DATA/sources.sqlite: the messages without which the sources' readers do not understand what follows (lists of devices,
// announcements), so that nothing is refused after a restart because the gateway forgot. A broker need not tell them
// again: a session that is resumed has its subscriptions, and the embedded broker's retained messages end with it.
import { mkdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { Budget } from '../../hall/gateway-status.ts';

export interface KeptMessage {
  readonly topic: string;
  readonly payload: Uint8Array;
  /** It says that a device is away which was heard since. */
  readonly outweighed: boolean;
  /** ms since 1970 */
  readonly receivedAt: number;
}

export interface Kept {
  /** What was kept of a source, announcements before outweighed words. */
  of(source: string): readonly KeptMessage[];
  /** @param own it tells of a device of the hall: such a message goes last when there are too many */
  keep(source: string, message: KeptMessage, own: boolean): void;
  drop(source: string, topic: string, outweighed: boolean): void;
  readonly budget: Budget;
  close(): void;
}

export interface KeptOptions {
  readonly file: string;
  /** Names of the sources of the hall file; what was kept of others goes. */
  readonly sources: readonly string[];
  readonly bytesMax: number;
  readonly onError: (error: unknown, where: { stage: 'sources' }) => void;
}

/*
 * NORMAL: what a power cut takes of it is told again by a broker, or by the devices when they connect.
 */
const SCHEMA = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  PRAGMA journal_size_limit = 8388608;
  CREATE TABLE IF NOT EXISTS kept (
    source TEXT NOT NULL, topic TEXT NOT NULL, outweighed INTEGER NOT NULL, own INTEGER NOT NULL, at INTEGER NOT NULL,
    payload BLOB NOT NULL, UNIQUE (source, topic, outweighed));
  CREATE INDEX IF NOT EXISTS kept_order ON kept (own, at);
`;
/** What keeping one costs beside its topic and payload. */
const ROW_BYTES = 200;

/** Nothing is kept: for `npm run map`. */
export const NOTHING_KEPT: Kept = {
  of: () => [],
  keep: () => {},
  drop: () => {},
  budget: budgetOf(0, 1, 0),
  close: () => {},
};

/** A file that cannot be read is begun anew: all of it can be had again. */
export function openKept(options: KeptOptions): Kept {
  mkdirSync(dirname(options.file), { recursive: true });
  try {
    return new KeptFile(options);
  } catch (error) {
    options.onError(error, { stage: 'sources' });
    for (const end of ['', '-wal', '-shm']) rmSync(`${options.file}${end}`, { force: true });
    return new KeptFile(options);
  }
}

class KeptFile implements Kept {
  readonly #options: KeptOptions;
  readonly #database: DatabaseSync;
  readonly #get: StatementSync;
  readonly #put: StatementSync;
  readonly #drop: StatementSync;
  readonly #first: StatementSync;
  #bytes: number;
  #refused = 0;
  #failed = false;

  constructor(options: KeptOptions) {
    this.#options = options;
    this.#database = new DatabaseSync(options.file);
    try {
      this.#database.exec(SCHEMA);
      const known = options.sources.map(() => '?').join(', ');
      this.#database
        .prepare(`DELETE FROM kept WHERE source NOT IN (${known})`)
        .run(...options.sources);
      this.#get = this.#database.prepare(
        'SELECT payload, own FROM kept WHERE source = ? AND topic = ? AND outweighed = ?',
      );
      this.#put = this.#database.prepare('INSERT OR REPLACE INTO kept VALUES (?, ?, ?, ?, ?, ?)');
      this.#drop = this.#database.prepare(
        'DELETE FROM kept WHERE source = ? AND topic = ? AND outweighed = ?',
      );
      this.#first = this.#database.prepare(
        'SELECT source, topic, outweighed, length(payload) AS bytes FROM kept ORDER BY own, at LIMIT 1',
      );
      const sum = `SELECT coalesce(sum(length(payload) + length(topic) + ${ROW_BYTES}), 0) AS n FROM kept`;
      this.#bytes = Number(this.#database.prepare(sum).get()?.['n'] ?? 0);
    } catch (error) {
      this.#database.close();
      throw error;
    }
  }

  get budget(): Budget {
    return budgetOf(this.#bytes, this.#options.bytesMax, this.#refused);
  }

  of(source: string): readonly KeptMessage[] {
    const rows = this.#database
      .prepare('SELECT * FROM kept WHERE source = ? ORDER BY outweighed, at, rowid')
      .all(source);
    return rows.map((row) => ({
      topic: String(row['topic']),
      payload: row['payload'] as Uint8Array,
      outweighed: Number(row['outweighed']) === 1,
      receivedAt: Number(row['at']),
    }));
  }

  keep(source: string, message: KeptMessage, own: boolean): void {
    this.#safely(() => {
      const { topic, payload, outweighed, receivedAt } = message;
      const key = [source, topic, outweighed ? 1 : 0] as const;
      const before = this.#get.get(...key);
      const was = before?.['payload'] as Uint8Array | undefined;
      if (was !== undefined && Number(before?.['own']) === Number(own) && isSame(was, payload)) {
        return;
      }
      if (was !== undefined) this.#bytes -= costOf(topic, was);
      const cost = costOf(topic, payload);
      if (cost > this.#options.bytesMax) {
        this.#refused++;
        this.#drop.run(...key);
        return;
      }
      this.#put.run(...key, own ? 1 : 0, receivedAt, payload);
      this.#bytes += cost;
      while (this.#bytes > this.#options.bytesMax) this.#forgetFirst();
    });
  }

  drop(source: string, topic: string, outweighed: boolean): void {
    this.#safely(() => {
      const key = [source, topic, outweighed ? 1 : 0] as const;
      const was = this.#get.get(...key)?.['payload'] as Uint8Array | undefined;
      if (was === undefined) return;
      this.#drop.run(...key);
      this.#bytes -= costOf(topic, was);
    });
  }

  close(): void {
    this.#database.close();
  }

  /** Those of strangers first, the oldest of them. */
  #forgetFirst(): void {
    const row = this.#first.get();
    if (row === undefined) {
      this.#bytes = 0;
      return;
    }
    const topic = String(row['topic']);
    this.#drop.run(String(row['source']), topic, Number(row['outweighed']));
    this.#bytes -= Number(row['bytes']) + topic.length + ROW_BYTES;
    this.#refused++;
  }

  /** A full disk keeps nothing, and stops nothing; told once until it works again. */
  #safely(work: () => void): void {
    try {
      work();
      this.#failed = false;
    } catch (error) {
      if (!this.#failed) this.#options.onError(error, { stage: 'sources' });
      this.#failed = true;
    }
  }
}

function budgetOf(used: number, max: number, refused: number): Budget {
  return {
    kind: 'source-memory',
    name: { zh: '数据源须记住的消息', en: 'Messages that sources must remember' },
    ...{ used, max, refused },
    setting: 'limits.source_memory_mib',
  };
}

function costOf(topic: string, payload: Uint8Array): number {
  return topic.length + payload.length + ROW_BYTES;
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0;
}
