/** What is written into the journal's file. One owner, the writer thread. */
import { randomUUID } from 'node:crypto';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { type Tail, writeAside } from './aside.ts';
import { keepMeta, metaOf, numberOf, openDatabase } from './database.ts';
import { bitOf } from '../../hall/marks.ts';
import { type Copy, CopyMismatch, fieldsPerCopy, type Marking, type Position } from './entry.ts';
import type { Room } from './letter-shares.ts';
import { type LetterLimits, type LetterRow, Letters } from './letters.ts';
import { localized } from '../start/language.mjs';

/** Signals of one commit, seven fields each in a row, because flat primitives cross threads cheapest. */
export type SignalRows = (string | number)[];
/** id, device, stream, at, receivedAt, signal as JSON, marks. */
export const fieldsPerSignal = 7;
export const ID_SHARED = bitOf('id_shared');
/** Ids that a gateway derived from the content hold the device in their hash: two devices never share one. SPEC §2.5. */
const DERIVED_ID = 'auto:';

export interface Committed {
  /** The first new entry's seq; the others follow without gaps, duplicates left out. */
  firstSeq: number;
  /** Positions within the group whose id its device had used before. */
  duplicates: number[];
  /** Positions within the group whose id another device had used before, and that device. */
  shared: [position: number, device: string][];
  lastLetter: number;
  letters: Room;
  lettersDropped: number;
}

export type CopyToAdopt = Omit<Copy, 'letters'> & { readonly letters: readonly LetterRow[] };

export class Store {
  readonly #database: DatabaseSync;
  readonly #insertEntry: StatementSync;
  readonly #firstDevice: StatementSync;
  readonly #letters: Letters;
  #lastSeq: number;
  #lastLetter: number;
  #prunedThrough: number;
  /** This store's own leadership stands in the file, and nothing was adopted since. */
  #leads = false;
  /** Entries that format 1 had pruned lost their device: their ids are those of any device. */
  #hasNameless: boolean;

  /** Opens or makes the file. Throws `WrongJournal`, or SQLite's error when the file is damaged. */
  constructor(file: string, hall: string, limits: LetterLimits) {
    this.#database = openDatabase(file, hall);
    try {
      this.#insertEntry = this.#database.prepare(
        'INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id, device) DO NOTHING',
      );
      this.#firstDevice = this.#database.prepare(
        'SELECT device FROM entry WHERE id = ? ORDER BY device LIMIT 1',
      );
      const oldest = 'SELECT device FROM entry ORDER BY seq LIMIT 1';
      this.#hasNameless = this.#database.prepare(oldest).get()?.['device'] === '';
      this.#letters = new Letters(this.#database, limits);
      this.#lastSeq = numberOf(this.#database, 'SELECT max(seq) AS n FROM entry');
      this.#lastLetter = numberOf(
        this.#database,
        "SELECT max(seq) AS n FROM sqlite_sequence WHERE name = 'dead_letter'",
      );
      this.#prunedThrough = Number(metaOf(this.#database, 'pruned_through') ?? 0);
    } catch (error) {
      this.#database.close();
      throw error;
    }
  }

  get lastSeq(): number {
    return this.#lastSeq;
  }

  get lastLetter(): number {
    return this.#lastLetter;
  }

  get prunedThrough(): number {
    return this.#prunedThrough;
  }

  get letters(): Room {
    return this.#letters.held;
  }

  /** Writes a group in one synced transaction: all of it or, when this throws, nothing. */
  commit(
    signals: SignalRows,
    letters: readonly LetterRow[],
    originSeqs: readonly [position: number, originSeq: number][] = [],
  ): Committed {
    const duplicates: number[] = [];
    const shared: Committed['shared'] = [];
    const originSeqOf = new Map(originSeqs);
    let seq = this.#lastSeq;
    let dropped = 0;
    this.#transaction(() => {
      for (let at = 0; at < signals.length; at += fieldsPerSignal) {
        const position = at / fieldsPerSignal;
        const other = this.#insert(seq + 1, signals, at);
        if (other === 'duplicate') {
          duplicates.push(position);
          continue;
        }
        if (other !== undefined) shared.push([position, other.device]);
        seq++;
        const originSeq = originSeqOf.get(position);
        if (originSeq !== undefined) this.#keepOriginSeq(seq, originSeq);
      }
      if (!this.#leads && (seq > this.#lastSeq || letters.length > 0)) this.#lead();
      if (letters.length > 0) dropped = this.#letters.keep(letters);
    });
    const firstSeq = this.#lastSeq + 1;
    this.#leads ||= seq > this.#lastSeq || letters.length > 0;
    this.#lastSeq = seq;
    this.#lastLetter += letters.length;
    const lastLetter = this.#lastLetter;
    return {
      ...{ firstSeq, duplicates, shared, lastLetter },
      ...{ letters: this.letters, lettersDropped: dropped },
    };
  }

  /** Returns the other device that has used the same id, where there is one; nothing is written of a duplicate. */
  #insert(
    seq: number,
    fields: SignalRows,
    at: number,
  ): 'duplicate' | { device: string } | undefined {
    const id = String(fields[at]);
    const device = fields[at + 1]!;
    let marks = Number(fields[at + 6]);
    let other: { device: string } | undefined;
    if (this.#hasNameless || !id.startsWith(DERIVED_ID)) {
      const known = this.#firstDevice.get(id)?.['device'] as string | undefined;
      if (known === '' || known === device) return 'duplicate';
      if (known !== undefined) {
        other = { device: known };
        marks |= ID_SHARED;
      }
    }
    const { changes } = this.#insertEntry.run(
      ...[seq, id, device, fields[at + 2]!, fields[at + 3]!, fields[at + 4]!],
      ...[marks, fields[at + 5]!],
    );
    return changes === 0 ? 'duplicate' : other;
  }

  /**
   * Writes what follows this journal's end in another one, with its numbers. Throws `CopyMismatch`, with nothing
   * written, where it does not follow.
   */
  adopt({ rows, letters, leaderships }: CopyToAdopt): Committed {
    let seq = this.#lastSeq;
    let pruned = this.#prunedThrough;
    let letter = this.#lastLetter;
    let dropped = 0;
    this.#transaction(() => {
      for (const { epoch, seq: from, letter: fromLetter } of leaderships) {
        this.#database
          .prepare('INSERT OR IGNORE INTO leadership VALUES (?, ?, ?)')
          .run(epoch, from, fromLetter);
      }
      for (let at = 0; at < rows.length; at += fieldsPerCopy) {
        const values = rows.slice(at, at + fieldsPerCopy);
        const [number, id, device, stream, when, receivedAt, signal, originSeq, marks] = values;
        if (number !== seq + 1) {
          throw new CopyMismatch(
            localized(
              `接收流水：收到记录 ${number}，应为 ${seq + 1}`,
              `adopt: entry ${number} came, should be ${seq + 1}`,
            ),
          );
        }
        const { changes } = this.#insertEntry.run(
          number,
          id!,
          device!,
          stream!,
          when!,
          receivedAt!,
          marks!,
          signal!,
        );
        if (changes === 0)
          throw new CopyMismatch(
            localized(
              `接收流水：记录 ${number} 的编号已存在`,
              `adopt: the id of entry ${number} is here already`,
            ),
          );
        this.#hasNameless ||= device === '';
        seq++;
        if (originSeq !== 0) this.#keepOriginSeq(number, Number(originSeq));
        if (signal === '') pruned = number;
      }
      for (const { id = 0 } of letters) {
        if (id <= letter)
          throw new CopyMismatch(
            localized(
              `接收流水：死信 ${id} 排在 ${letter} 之后`,
              `adopt: dead letter ${id} came after ${letter}`,
            ),
          );
        letter = id;
      }
      if (letters.length > 0) dropped = this.#letters.keep(letters);
      if (pruned > this.#prunedThrough) this.#markPruned(pruned);
    });
    const firstSeq = this.#lastSeq + 1;
    this.#lastSeq = seq;
    this.#lastLetter = letter;
    this.#prunedThrough = pruned;
    // What is appended after this is of a new leadership.
    this.#leads = false;
    return {
      ...{ firstSeq, duplicates: [], shared: [] },
      ...{ lastLetter: letter, letters: this.letters, lettersDropped: dropped },
    };
  }

  /**
   * Takes away everything after `to`, having written it to `aside`, a file of the same shape that is on disk before
   * anything is removed. Checkpoints after it go. Returns how many entries and letters went.
   */
  rewind(to: Position, aside: string): number {
    const tables: Tail[] = [
      ['entry', 'seq', to.seq],
      ['place', 'seq', to.seq],
      ['dead_letter', 'id', to.letter],
    ];
    writeAside(this.#database, tables, aside);
    let gone = 0;
    this.#transaction(() => {
      for (const [table, key, after] of [...tables, ['checkpoint', 'seq', to.seq] as const]) {
        const removed = this.#database.prepare(`DELETE FROM ${table} WHERE ${key} > ?`).run(after);
        if (table === 'entry' || table === 'dead_letter') gone += Number(removed.changes);
      }
      this.#database
        .prepare('DELETE FROM leadership WHERE seq > ? AND letter > ?')
        .run(to.seq, to.letter);
      this.#database
        .prepare("UPDATE sqlite_sequence SET seq = min(seq, ?) WHERE name = 'dead_letter'")
        .run(to.letter);
      if (this.#prunedThrough > to.seq) this.#markPruned(to.seq);
    });
    this.#lastSeq = Math.min(this.#lastSeq, to.seq);
    this.#lastLetter = Math.min(this.#lastLetter, to.letter);
    this.#prunedThrough = Math.min(this.#prunedThrough, to.seq);
    this.#letters.recount();
    this.#leads = false;
    return gone;
  }

  markReplayed(id: number, at: number): void {
    this.#database.prepare('UPDATE dead_letter SET replayed_at = ? WHERE id = ?').run(at, id);
  }

  mark(markings: readonly Marking[]): void {
    this.#transaction(() => {
      // A replay after a restart finds the same marks again: these rows are not written anew.
      const mark = this.#database.prepare(
        'UPDATE entry SET marks = marks | ?2 WHERE seq = ?1 AND marks & ?2 <> ?2',
      );
      for (const { seq, marks } of markings) mark.run(seq, marks);
    });
  }

  saveCheckpoint(seq: number, state: string): void {
    this.#transaction(() => {
      this.#database.prepare('INSERT OR REPLACE INTO checkpoint VALUES (?, ?)').run(seq, state);
      this.#database.exec(
        'DELETE FROM checkpoint WHERE seq NOT IN (SELECT seq FROM checkpoint ORDER BY seq DESC LIMIT 2)',
      );
    });
  }

  /**
   * Empties up to `limit` of the oldest entries received before that time and reflected in every
   * checkpoint kept. Returns how many; fewer than `limit` means that it is done.
   */
  prune(beforeReceivedAt: number, limit: number): number {
    const safe = numberOf(this.#database, 'SELECT min(seq) AS n FROM checkpoint');
    const until = Math.min(safe, this.#prunedThrough + limit);
    const firstToKeep = numberOf(
      this.#database,
      'SELECT min(seq) AS n FROM entry WHERE seq > ? AND seq <= ? AND received_at >= ?',
      this.#prunedThrough,
      until,
      beforeReceivedAt,
    );
    return this.#pruneThrough(firstToKeep > 0 ? firstToKeep - 1 : until);
  }

  /** Empties up to `limit` of the oldest entries up to `seq`, as far as every checkpoint kept reflects them. */
  pruneThrough(seq: number, limit: number): number {
    const safe = numberOf(this.#database, 'SELECT min(seq) AS n FROM checkpoint');
    return this.#pruneThrough(Math.min(seq, safe, this.#prunedThrough + limit));
  }

  #pruneThrough(through: number): number {
    const count = through - this.#prunedThrough;
    if (count <= 0) return 0;
    // What is forgotten is overwritten, also in pages that are free then. Elsewhere this would double what is written.
    this.#database.exec('PRAGMA secure_delete = ON');
    try {
      this.#empty(through);
    } finally {
      this.#database.exec('PRAGMA secure_delete = FAST');
    }
    this.#prunedThrough = through;
    return count;
  }

  /** After retention: pages of the write-ahead log hold what was there before. */
  clearLog(): void {
    this.#database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  }

  #empty(through: number): void {
    this.#transaction(() => {
      // What people decided stays: accepted devices are part of the hall however old the decision is.
      const range = "WHERE seq > ? AND seq <= ? AND stream <> 'command'";
      const emptied = this.#database
        .prepare(
          `SELECT seq, id, device, '' AS stream, at, received_at, marks, '' AS signal FROM entry ${range}`,
        )
        .all(this.#prunedThrough, through);
      // Taken away and written anew, as an UPDATE would leave its pages nearly empty for ever.
      this.#database.prepare(`DELETE FROM entry ${range}`).run(this.#prunedThrough, through);
      for (const { seq, id, device, stream, at, received_at, marks, signal } of emptied) {
        this.#insertEntry.run(seq!, id!, device!, stream!, at!, received_at!, marks!, signal!);
      }
      this.#database.prepare('DELETE FROM place WHERE seq <= ?').run(through);
      this.#markPruned(through);
    });
  }

  close(): void {
    this.#database.close();
  }

  #transaction(work: () => void): void {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      work();
      this.#database.exec('COMMIT');
    } catch (error) {
      // A full disk may have rolled back already; and the totals may have run ahead.
      try {
        if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
        this.#letters.recount();
      } catch {
        // The first error is the one to be told.
      }
      throw error;
    }
  }

  /**
   * From here on this journal is written by this process alone. One that was written before leaderships were noted gets
   * one for all of that.
   */
  #lead(): void {
    const note = this.#database.prepare('INSERT INTO leadership VALUES (?, ?, ?)');
    const isNew = numberOf(this.#database, 'SELECT count(*) AS n FROM leadership') === 0;
    const isEmpty = this.#lastSeq === 0 && this.#lastLetter === 0;
    if (isNew && !isEmpty) note.run(randomUUID(), 1, 1);
    note.run(randomUUID(), this.#lastSeq + 1, this.#lastLetter + 1);
  }

  #keepOriginSeq(seq: number, originSeq: number): void {
    this.#database.prepare('INSERT INTO place VALUES (?, ?)').run(seq, originSeq);
  }

  #markPruned(through: number): void {
    keepMeta(this.#database, 'pruned_through', String(through));
  }
}
