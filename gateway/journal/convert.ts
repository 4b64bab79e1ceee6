/**
 * A journal of an older format becomes one of the present format, once: it is copied row by row into a new file beside
 * it, which then takes its name. The old file is kept. Killed at any point, the next start goes on or begins anew.
 */
import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { bitOf } from '../../hall/marks.ts';
import {
  formatOf,
  indexes,
  JOURNAL_FORMAT,
  keepMeta,
  metaOf,
  tables,
  WrongJournal,
} from './database.ts';
import { CodedError, message } from '../log/messages.ts';

export interface Conversion {
  readonly entries: number;
  readonly deadLetters: number;
  /** Where the file of the older format is now. */
  readonly kept: string;
  readonly seconds: number;
}

/** The states that a kill can leave behind, in their order. */
export type ConversionStep = 'copying' | 'indexing' | 'complete' | 'set-aside';
export type OnStep = (step: ConversionStep, entries: number) => void;

const OLD_FORMAT = '1';
const PROGRESS_ENTRIES = 500_000;
/** The new index holds the device too, and a page that was emptied by retention is filled anew: measured 1.06 to 1.15. */
const GROWTH = 1.25;
const MIB = 1024 * 1024;
const ROOM_BESIDE = 32 * MIB;

/** Returns undefined where `file` is missing or has another format than the older one: `Store` looks at it then. */
export function convertJournal(
  file: string,
  hall: string,
  onStep: OnStep = () => {},
  freeBytes: (folder: string) => number = freeIn,
): Conversion | undefined {
  const copy = `${file}.converting`;
  if (!existsSync(file)) {
    // Killed between the two renames: the copy is whole.
    if (existsSync(copy) && isComplete(copy)) takeName(copy, file);
    return undefined;
  }
  for (const name of [copy, `${copy}-journal`]) rmSync(name, { force: true });
  if (!isOld(file, hall)) return undefined;
  const began = performance.now();
  prepareOld(file);
  askForRoom(file, freeBytes(dirname(file)));
  const counts = copyInto(copy, file, onStep);
  onStep('complete', counts.entries);
  const kept = freeName(`${file}.format-${OLD_FORMAT}`);
  takeName(file, kept);
  onStep('set-aside', counts.entries);
  takeName(copy, file);
  return { ...counts, kept, seconds: (performance.now() - began) / 1000 };
}

function isOld(file: string, hall: string): boolean {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    if (formatOf(database) !== OLD_FORMAT) return false;
    const found = metaOf(database, 'hall');
    if (found === undefined || found === hall) return true;
    throw new WrongJournal(message('journal.other-hall', { file, found, hall }));
  } finally {
    database.close();
  }
}

/** A write-ahead log under the old name would be taken for the new file's: it goes into the old file first. */
function prepareOld(file: string): void {
  const database = new DatabaseSync(file);
  try {
    // Early files of this format were without these tables until a program opened them that knew them.
    database.exec(`
      CREATE TABLE IF NOT EXISTS irregular (seq INTEGER PRIMARY KEY);
      CREATE TABLE IF NOT EXISTS leadership (epoch TEXT PRIMARY KEY, seq INTEGER NOT NULL, letter INTEGER NOT NULL);
      CREATE TABLE IF NOT EXISTS place (seq INTEGER PRIMARY KEY, place INTEGER NOT NULL);`);
    database.exec('PRAGMA journal_mode = DELETE');
  } finally {
    database.close();
  }
  if (existsSync(`${file}-wal`)) {
    throw new CodedError(message('journal.wal-in-use', { file: `${file}-wal` }));
  }
}

function freeIn(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

function askForRoom(file: string, free: number): void {
  const needed = Math.ceil(statSync(file).size * GROWTH) + ROOM_BESIDE;
  if (free >= needed) return;
  const mib = (bytes: number) => `${Math.ceil(bytes / MIB)} MiB`;
  const told = message('journal.no-room', {
    ...{ file, found: OLD_FORMAT, format: JOURNAL_FORMAT },
    ...{ free: mib(free), needed: mib(needed) },
  });
  throw new WrongJournal(told);
}

function copyInto(copy: string, file: string, onStep: OnStep) {
  const source = new DatabaseSync(file, { readOnly: true });
  const target = new DatabaseSync(copy);
  try {
    // Nothing of it counts before it is whole and synced below, so that its pages need no order.
    target.exec(
      'PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; PRAGMA cache_size = -65536',
    );
    target.exec(tables);
    target.exec('BEGIN');
    onStep('copying', 0);
    const entries = copyRows(source, ENTRIES, target, 'entry', (copied) => {
      if (copied % PROGRESS_ENTRIES === 0) onStep('copying', copied);
    });
    const deadLetters = copyRows(source, LETTERS, target, 'dead_letter');
    for (const [table, rows] of OTHERS) copyRows(source, rows, target, table);
    keepLastLetter(source, target);
    target.exec('COMMIT');
    onStep('indexing', entries);
    target.exec(indexes);
    sync(copy);
    // What says that the copy is whole reaches the disk after all that it speaks of.
    keepMeta(target, 'format', String(JOURNAL_FORMAT));
    sync(copy);
    return { entries, deadLetters };
  } finally {
    target.close();
    source.close();
  }
}

const ENTRIES = `
  SELECT entry.seq, id, device, stream, at, received_at,
    CASE WHEN irregular.seq IS NULL THEN 0 ELSE ${bitOf('irregular')} END AS marks, signal
  FROM entry LEFT JOIN irregular USING (seq) ORDER BY entry.seq`;
/** Their senders were not noted: beside those of listed devices these letters go first. */
const LETTERS = `
  SELECT id, received_at, replayed_at, '' AS sender, 0 AS is_listed,
    length(payload) + length(topic) + length(detail) AS bytes,
    reason, topic, detail, payload
  FROM dead_letter ORDER BY id`;
/** Checkpoints are left out: the state is folded anew. */
const OTHERS: readonly (readonly [table: string, rows: string])[] = [
  ['meta', "SELECT name, value FROM meta WHERE name <> 'format'"],
  ['place', 'SELECT seq, place FROM place'],
  // Their order is that of their rows.
  ['leadership', 'SELECT epoch, seq, letter FROM leadership ORDER BY rowid'],
];

function copyRows(
  source: DatabaseSync,
  rows: string,
  target: DatabaseSync,
  table: string,
  onCopied: (copied: number) => void = () => {},
): number {
  const columns = target.prepare(`PRAGMA table_info(${table})`).all().length;
  const insert = target.prepare(
    `INSERT INTO ${table} VALUES (${Array(columns).fill('?').join(', ')})`,
  );
  let copied = 0;
  for (const row of source.prepare(rows).iterate()) {
    insert.run(...(Object.values(row) as SQLInputValue[]));
    onCopied(++copied);
  }
  return copied;
}

/** Numbers of letters that were dropped are not given again. */
function keepLastLetter(source: DatabaseSync, target: DatabaseSync): void {
  const last = source.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'dead_letter'").get();
  if (last === undefined) return;
  target.exec("DELETE FROM sqlite_sequence WHERE name = 'dead_letter'");
  target
    .prepare("INSERT INTO sqlite_sequence (name, seq) VALUES ('dead_letter', ?)")
    .run(Number(last['seq']));
}

function isComplete(copy: string): boolean {
  const database = new DatabaseSync(copy, { readOnly: true });
  try {
    return formatOf(database) === String(JOURNAL_FORMAT);
  } catch {
    return false;
  } finally {
    database.close();
  }
}

/** On disk when this returns. */
function takeName(from: string, to: string): void {
  renameSync(from, to);
  sync(dirname(to));
}

function freeName(name: string): string {
  return existsSync(name) ? `${name}-${new Date().toISOString().replaceAll(':', '-')}` : name;
}

function sync(path: string): void {
  const handle = openSync(path, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
