// How far the journal is written to which database, the lines that it takes never, and marks by which one finds out that
// it has lost what it had confirmed: one small SQLite file of the gateway's own, so that none of it depends on the
// database. What a power cut takes of it is written again.
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { SetAside } from '../../history.ts';

/** A point that the database has confirmed, with everything up to `seq`. */
export interface Mark {
  readonly seq: number;
  readonly measurement: string;
  /** its series is found by them, which spares the database looking through all */
  readonly tags: Readonly<Record<string, string>>;
  readonly timestampNs: bigint;
}

/*
 * Marks are kept of the latest batch and of one a second before it; the latest 64 of these, then fewer the further back:
 * each half as far again as the one before.
 */
const MARK_MS = 1_000;
const MARKS_MAX = 128;
const MARKS_DENSE = 64;
const SPREAD = 1.5;
/** Lines kept; the oldest go. Their entries stay in the journal. */
const ASIDE_MAX = 10_000;
/** How long a write waits for another process: the backfill beside a running gateway. */
const LOCK_MS = 10_000;
const SCHEMA = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  CREATE TABLE IF NOT EXISTS cursor (target TEXT PRIMARY KEY, through INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS aside (
    id INTEGER PRIMARY KEY AUTOINCREMENT, target TEXT NOT NULL, seq INTEGER NOT NULL, line TEXT NOT NULL,
    reason TEXT NOT NULL, since INTEGER NOT NULL, UNIQUE (target, line));
  CREATE TABLE IF NOT EXISTS mark (
    target TEXT NOT NULL, seq INTEGER NOT NULL, measurement TEXT NOT NULL, tags TEXT NOT NULL,
    ns TEXT NOT NULL, PRIMARY KEY (target, seq)) WITHOUT ROWID;
`;

/** The row of the facts in the same database; no other target ends like that, as an id of a hall has no comma. */
export function factsTarget(target: string): string {
  return `${target}, facts`;
}

export class Cursor {
  readonly #database: DatabaseSync;
  readonly #target: string;
  readonly #move: StatementSync;
  readonly #put: StatementSync;
  readonly #mark: StatementSync;
  readonly #unmark: StatementSync;
  readonly #now: () => number;
  #through: number;
  #marks: number;
  /** when the last mark was made that stays, ms of this process */
  #markedAt = -Infinity;
  /** the last mark, where it goes with the next one */
  #passing: number | undefined;

  /** Opens or makes the file. `target` names the database. Throws SQLite's error where the file is damaged. */
  constructor(file: string, target: string, now = () => performance.now()) {
    this.#target = target;
    this.#now = now;
    this.#database = new DatabaseSync(file, { timeout: LOCK_MS });
    try {
      this.#database.exec(SCHEMA);
      this.#move = this.#database.prepare('INSERT OR REPLACE INTO cursor VALUES (?, ?)');
      this.#put = this.#database.prepare(
        `INSERT INTO aside (target, seq, line, reason, since) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT (target, line) DO NOTHING`,
      );
      this.#mark = this.#database.prepare('INSERT OR REPLACE INTO mark VALUES (?, ?, ?, ?, ?)');
      this.#unmark = this.#database.prepare('DELETE FROM mark WHERE target = ? AND seq = ?');
      this.#marks = this.marks().length;
      const row = this.#database.prepare('SELECT through FROM cursor WHERE target = ?').get(target);
      this.#through = Number(row?.['through'] ?? 0);
    } catch (error) {
      this.#database.close();
      throw error;
    }
  }

  get through(): number {
    return this.#through;
  }

  /** Written up to `through`, all but these, as the mark will show; all of it or nothing. Never back. */
  advance(through: number, refused: readonly Omit<SetAside, 'id'>[], mark?: Mark): void {
    if (through <= this.#through && refused.length === 0) return;
    const next = Math.max(through, this.#through);
    this.#database.exec('BEGIN');
    try {
      for (const { seq, line, reason, since } of refused) {
        this.#put.run(this.#target, seq, line, reason, since);
      }
      if (refused.length > 0) this.#forgetOldest();
      this.#move.run(this.#target, next);
      if (mark !== undefined) this.#keepMark(mark);
      this.#database.exec('COMMIT');
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw error;
    }
    this.#through = next;
  }

  /** Everything after `through` is written again. */
  rewind(through: number): void {
    this.#move.run(this.#target, through);
    this.#through = through;
    this.forget(this.marks().filter(({ seq }) => seq > through));
  }

  /** These marks say nothing any more. */
  forget(marks: readonly Mark[]): void {
    for (const { seq } of marks) {
      this.#unmark.run(this.#target, seq);
      if (seq === this.#passing) this.#passing = undefined;
    }
    this.#marks -= marks.length;
  }

  /** Newest first. */
  marks(): Mark[] {
    return this.#database
      .prepare('SELECT seq, measurement, tags, ns FROM mark WHERE target = ? ORDER BY seq DESC')
      .all(this.#target)
      .map(({ seq, measurement, tags, ns }) => ({
        ...{ seq: Number(seq), measurement: String(measurement) },
        tags: JSON.parse(String(tags)) as Mark['tags'],
        timestampNs: BigInt(String(ns)),
      }));
  }

  /** Newest first; of the facts as well. */
  setAside(before: number, limit: number): SetAside[] {
    return this.#database
      .prepare(
        `SELECT id, seq, line, reason, since FROM aside WHERE target IN (?, ?) AND id < ?
         ORDER BY id DESC LIMIT ?`,
      )
      .all(this.#target, factsTarget(this.#target), before, limit)
      .map((row) => ({
        id: Number(row['id']),
        seq: Number(row['seq']),
        line: String(row['line']),
        reason: String(row['reason']),
        since: Number(row['since']),
      }));
  }

  close(): void {
    this.#database.close();
  }

  #keepMark({ seq, measurement, tags, timestampNs }: Mark): void {
    if (this.#passing !== undefined) {
      this.#unmark.run(this.#target, this.#passing);
      this.#marks--;
    }
    this.#mark.run(this.#target, seq, measurement, JSON.stringify(tags), String(timestampNs));
    const now = this.#now();
    const stays = now - this.#markedAt >= MARK_MS;
    if (stays) this.#markedAt = now;
    this.#passing = stays ? undefined : seq;
    if (++this.#marks > MARKS_MAX) this.#thinMarks();
  }

  /** From the oldest on, which stays: to go from the newest would take the oldest in the end, however far apart. */
  #thinMarks(): void {
    const marks = this.marks();
    const newest = marks[0]?.seq ?? 0;
    let distance = Infinity;
    const crowded = marks
      .slice(MARKS_DENSE)
      .reverse()
      .filter(({ seq }) => {
        if ((newest - seq) * SPREAD > distance) return true;
        distance = newest - seq;
        return false;
      });
    this.forget(crowded);
  }

  #forgetOldest(): void {
    this.#database.exec(`DELETE FROM aside WHERE id <= (SELECT max(id) FROM aside) - ${ASIDE_MAX}`);
  }
}
