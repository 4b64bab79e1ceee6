/** The hall's journal in one SQLite file: what `openJournal` gives and takes. */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { SharedIds } from '../hall/fault/identity.ts';
import {
  type Entry,
  fieldsPerCopy,
  type Journal,
  type JournalOptions,
  type JournalStats,
  type Marking,
  type Position,
} from './journal/entry.ts';
import { GroupCommit } from './journal/group.ts';
import { ReaderThread } from './journal/reader-thread.ts';
import { entryOfCopy, Reader } from './journal/reader.ts';
import { Room } from './journal/room.ts';
import { SharedIdRing } from './journal/shared-ids.ts';
import type { Room as LetterRoom } from './journal/letter-shares.ts';
import { type LetterLimits, toLetterRow } from './journal/letters.ts';
import { claimFile, prepareFile, rewind } from './journal/prepare.ts';
import type { Committed } from './journal/store.ts';
import { WriterThread } from './journal/thread.ts';
import type { Opened } from './journal/writer.ts';

export type * from './journal/entry.ts';
export { CopyMismatch, fieldsPerCopy, JournalClosed, JournalFull } from './journal/entry.ts';
export { JOURNAL_FORMAT, WrongJournal } from './journal/database.ts';

/** Entries that one prune transaction empties, so that commits go on in between. */
const pruneSlice = 1_000;

/**
 * Opens the journal of `hall`, making `file` and its folder when missing. A damaged file is set
 * aside as `FILE.damaged-TIME`, told through `onError`, and what is readable goes on in a new one. A file of an older
 * format is converted once and kept as `FILE.format-1`.
 * Throws `WrongJournal` for a file of another hall or a newer format, or where a conversion has no room, and an `Error`
 * when another gateway holds it.
 */
export async function openJournal(options: JournalOptions): Promise<Journal> {
  const { file, hall, onInfo = () => {} } = options;
  const limits: LetterLimits = {
    deadLetterMax: options.deadLetterMax ?? 10_000,
    deadLetterBytesMax: options.deadLetterBytesMax ?? 64 * 1024 * 1024,
  };
  mkdirSync(dirname(file), { recursive: true });
  const lock = claimFile(file);
  const writer = new WriterThread((step, entries) => {
    onInfo('journal: conversion to a new format', { step, entries });
  });
  try {
    await prepareFile(writer, file, hall, limits, options);
    if (options.rewind !== undefined) rewind(file, hall, limits, options.rewind);
    const opened = await writer.request({ kind: 'open', file, hall, limits });
    const journal = new SqliteJournal(options, limits, writer, new Reader(file), lock, opened);
    await journal.start();
    return journal;
  } catch (error) {
    writer.terminate();
    lock.close();
    throw error;
  }
}

class SqliteJournal implements Journal {
  readonly #writer: WriterThread;
  readonly #reader: Reader;
  readonly #readerThread: ReaderThread;
  readonly #lock: DatabaseSync;
  readonly #group: GroupCommit;
  readonly #listeners = new Set<(entries: readonly Entry[]) => void>();
  readonly #onError: JournalOptions['onError'];
  readonly #limits: LetterLimits;
  readonly #room: Room;
  readonly #isListed: (device: string) => boolean;
  readonly #writeListeners = new Set<() => void>();
  #lastSeq: number;
  #lastLetter: number;
  #prunedThrough: number;
  #letters: LetterRoom;
  #lettersDropped = 0;
  readonly #shared = new SharedIdRing();
  #closed: Promise<void> | undefined;

  constructor(
    options: JournalOptions,
    limits: LetterLimits,
    writer: WriterThread,
    reader: Reader,
    lock: DatabaseSync,
    opened: Opened,
  ) {
    this.#writer = writer;
    this.#reader = reader;
    this.#readerThread = new ReaderThread(options.file);
    this.#lock = lock;
    this.#onError = options.onError;
    this.#isListed = options.isListed ?? (() => false);
    this.#limits = limits;
    this.#room = new Room({
      file: options.file,
      bytesMax: options.journalBytesMax ?? 0,
      reserveBytes: options.diskFreeBytes ?? 0,
      bytesUsed: () => reader.bytesUsed(),
      isListed: this.#isListed,
      everyMs: options.roomEveryMs ?? 2_000,
      onError: (error) => options.onError(error, { stage: 'journal' }),
    });
    this.#lastSeq = opened.lastSeq;
    this.#lastLetter = opened.lastLetter;
    this.#prunedThrough = opened.prunedThrough;
    this.#letters = opened.letters;
    this.#group = new GroupCommit({
      groupMs: options.groupMs ?? 2,
      gatherMs: options.gatherMs ?? 15,
      groupMax: options.groupMax ?? 4_000,
      pendingMax: options.pendingMax ?? 100_000,
      write: (signals, letters, originSeqs) =>
        writer.request({ kind: 'commit', signals, letters, originSeqs }),
      onCommit: (entries, committed, shared) => {
        this.#shared.note(shared);
        this.#committed(entries, committed);
      },
      gate: options.gate,
      isListed: this.#isListed,
      onError: (error) => options.onError(error, { stage: 'journal' }),
      onCommitted: options.onCommitted,
    });
  }

  /** Knows how much room there is when this resolves. */
  start(): Promise<void> {
    return this.#room.start();
  }

  get firstSeq(): number {
    return this.#prunedThrough + 1;
  }

  get lastSeq(): number {
    return this.#lastSeq;
  }

  get lastLetter(): number {
    return this.#lastLetter;
  }

  get stats(): JournalStats {
    const { pending, commits, failing, failedCommits } = this.#group;
    const { count: deadLettersKept, bytes: deadLettersBytes } = this.#letters;
    const deadLettersDropped = this.#lettersDropped;
    return {
      ...{ pending, commits, failing, failedCommits },
      ...{ deadLettersKept, deadLettersBytes, deadLettersDropped },
    };
  }

  get isShort(): boolean {
    return this.#room.isShort;
  }

  admits: Journal['admits'] = (device, stream) => this.#room.admits(device, stream);

  get hasLetterRoom(): boolean {
    const { deadLetterMax, deadLetterBytesMax } = this.#limits;
    return this.#letters.count < deadLetterMax && this.#letters.bytes < deadLetterBytesMax;
  }

  get budgets() {
    return this.#room.budgets;
  }

  get sharedIds(): readonly SharedIds[] {
    return this.#shared.list();
  }

  append: Journal['append'] = (drafts, rejects, receivedAt) =>
    this.#group.append(drafts, rejects, receivedAt);

  onCommit(listener: (entries: readonly Entry[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  onWrite(listener: () => void): () => void {
    this.#writeListeners.add(listener);
    return () => this.#writeListeners.delete(listener);
  }

  leaderships: Journal['leaderships'] = () => this.#reader.leaderships();

  copyAfter(position: Position, limit: number) {
    const last = { seq: this.#lastSeq, letter: this.#lastLetter };
    return this.#reader.copyAfter(position, last, limit);
  }

  async adopt(copy: Parameters<Journal['adopt']>[0]): Promise<void> {
    const letters = copy.letters.map((letter) => toLetterRow(letter, this.#isListed));
    const committed = await this.#writer.request({ kind: 'adopt', copy: { ...copy, letters } });
    const entries: Entry[] = [];
    for (let at = 0; at < copy.rows.length; at += fieldsPerCopy) {
      const entry = entryOfCopy(copy.rows.slice(at, at + fieldsPerCopy));
      if (typeof entry === 'object') entries.push(entry);
      // Pruned over there: here too.
      else this.#prunedThrough = this.#lastSeq = entry;
    }
    this.#committed(entries, committed);
  }

  async pruneThrough(seq: number): Promise<void> {
    await this.#prune((limit) => this.#writer.request({ kind: 'pruneThrough', seq, limit }));
  }

  has(device: string, id: string): boolean {
    return this.#reader.has(device, id);
  }

  commands(): Entry[] {
    return this.#reader.commands(this.#prunedThrough);
  }

  command(id: string): Entry | undefined {
    return this.#reader.command(id);
  }

  read(afterSeq: number, limit: number): Entry[] {
    return this.#reader.read(Math.max(afterSeq, this.#prunedThrough), limit);
  }

  lines: Journal['lines'] = (afterSeq, limit) =>
    this.#readerThread.lines(Math.max(afterSeq, this.#prunedThrough), limit);

  listLetters: Journal['listLetters'] = (query) => this.#readerThread.letters(query);

  async lettersToReplay(reason: string, limit: number): Promise<number[]> {
    return (await this.#readerThread.toReplay(reason, limit)).reverse();
  }

  deadLetters: Journal['deadLetters'] = (query = {}) => this.#reader.deadLetters(query);

  deadLetter: Journal['deadLetter'] = (id) => this.#reader.deadLetter(id);

  async markReplayed(id: number, at: number): Promise<void> {
    await this.#writer.request({ kind: 'replayed', id, at });
  }

  async mark(markings: readonly Marking[]): Promise<void> {
    await this.#writer.request({ kind: 'mark', markings });
  }

  async saveCheckpoint(seq: number, state: string): Promise<void> {
    await this.#writer.request({ kind: 'checkpoint', seq, state });
  }

  loadCheckpoint: Journal['loadCheckpoint'] = () => this.#reader.checkpoint();

  prune(beforeReceivedAt: number): Promise<number> {
    return this.#prune((limit) => this.#writer.request({ kind: 'prune', beforeReceivedAt, limit }));
  }

  async #prune(slice: (limit: number) => Promise<number>): Promise<number> {
    for (let total = 0; ;) {
      const pruned = await slice(pruneSlice);
      this.#prunedThrough += pruned;
      total += pruned;
      if (pruned === pruneSlice) continue;
      if (total > 0) await this.#writer.request({ kind: 'clearLog' });
      return total;
    }
  }

  close(): Promise<void> {
    return (this.#closed ??= this.#close());
  }

  async #close(): Promise<void> {
    this.#room.stop();
    await this.#group.close();
    this.#reader.close();
    this.#readerThread.close();
    try {
      await this.#writer.request({ kind: 'close' });
    } finally {
      this.#writer.terminate();
      this.#lock.close();
    }
  }

  #committed(entries: readonly Entry[], committed: Committed): void {
    this.#letters = committed.letters;
    this.#lettersDropped += committed.lettersDropped;
    this.#lastLetter = committed.lastLetter;
    if (entries.length > 0) {
      this.#lastSeq = entries.at(-1)!.seq;
      this.#tell(this.#listeners, entries);
    }
    this.#tell(this.#writeListeners, undefined);
  }

  /** A listener's mistake must not keep durable signals from being acknowledged. */
  #tell<T>(listeners: ReadonlySet<(value: T) => void>, value: T): void {
    for (const listener of listeners) {
      try {
        listener(value);
      } catch (error) {
        this.#onError(error, { stage: 'journal' });
      }
    }
  }
}
