/** Group commit: gathers appends for a moment, has them written in one sync, answers them all. */
import { NO_MARKS } from '../../hall/marks.ts';
import { textOf } from './by.ts';
import {
  type DeadLetterDraft,
  type Draft,
  type Entry,
  JournalClosed,
  JournalFull,
  type Receipt,
} from './entry.ts';
import { type LetterRow, toLetterRow } from './letters.ts';
import { type Committed, fieldsPerSignal, ID_SHARED, type SignalRows } from './store.ts';
import { localized } from '../start/language.mjs';

export interface GroupOptions {
  /** How long a commit gathers after the one before, ms: where a signal or a person is urgent, and else. */
  groupMs: number;
  gatherMs: number;
  groupMax: number;
  pendingMax: number;
  /** Makes the group durable, or rejects and leaves nothing of it. */
  write(
    signals: SignalRows,
    letters: LetterRow[],
    originSeqs: [position: number, originSeq: number][],
  ): Promise<Committed>;
  /** New entries of a commit, before its appends are answered, and those whose id another device had used. */
  onCommit(
    entries: readonly Entry[],
    committed: Committed,
    shared: readonly (readonly [entry: Entry, deviceBefore: string])[],
  ): void;
  onError(error: unknown): void;
  /** The hall file knows this device: its dead letters have a share of their own. */
  isListed(device: string): boolean;
  onCommitted?: ((seconds: number, signals: number) => void) | undefined;
  /** Where it gives a promise, a commit's appends are answered with it. */
  gate?: (() => Promise<void> | undefined) | undefined;
}

interface Append {
  drafts: readonly Draft[];
  receivedAt: number;
  letters: number;
  resolve(receipt: Receipt): void;
  reject(error: Error): void;
}

/** What will be one commit. */
class Group {
  readonly appends: Append[] = [];
  readonly signals: SignalRows = [];
  readonly letters: LetterRow[] = [];
  /** Positions in `signals` (counted in signals) and the seq that each had in another journal. */
  readonly originSeqs: [position: number, originSeq: number][] = [];
  readonly since = performance.now();
  size = 0;
  isUrgent = false;
}

/** An append of dead letters alone. */
interface LetterAppend {
  readonly append: Append;
  readonly rows: readonly LetterRow[];
  readonly bytes: number;
}

/**
 * So many bytes of dead letters go into one commit, and at least one append: signals do not wait for the disk to take all
 * that strangers send.
 */
const LETTER_BYTES_PER_GROUP = 512 * 1024;

/**
 * Where a commit gathered and stayed with one append, the next ones do not: a device that waits for each acknowledgement before
 * it sends more would be slowed, and nothing would be saved.
 */
const GROUPS_AFTER_ALONE = 16;

const backoffMs = { first: 100, most: 5_000 };

export class GroupCommit {
  readonly #options: GroupOptions;
  #open = new Group();
  /** Full groups behind the open one's back, oldest first. */
  readonly #full: Group[] = [];
  /** Appends of dead letters alone, oldest first: each commit takes some along. */
  #letters: LetterAppend[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** performance.now() at which the timer fires */
  #timerAt = Infinity;
  /** The timer waits for company that is worth a wait. */
  #isGathering = false;
  /** So many commits yet do not gather. */
  #hasty = 0;
  #immediate: ReturnType<typeof setImmediate> | undefined;
  /** performance.now() when a group was last closed by time */
  #dueAt = -Infinity;
  #writing = false;
  #closed: Promise<void> | undefined;
  #closing = false;
  #idle: (() => void) | undefined;
  #retry: (() => void) | undefined;

  pending = 0;
  commits = 0;
  failing = false;
  failedCommits = 0;

  constructor(options: GroupOptions) {
    this.#options = options;
  }

  append(
    drafts: readonly Draft[],
    rejects: readonly DeadLetterDraft[],
    receivedAt: number,
  ): Promise<Receipt> {
    const size = drafts.length + rejects.length;
    if (this.#closing)
      return Promise.reject(
        new JournalClosed(localized('写入：流水已关闭', 'append: the journal is closed')),
      );
    if (size === 0) return Promise.resolve({ entries: [], duplicates: 0, deadLetters: 0 });
    // A single append larger than the limit still passes when nothing else waits.
    if (this.pending > 0 && this.pending + size > this.#options.pendingMax) {
      return Promise.reject(
        new JournalFull(
          localized(
            `写入：有 ${this.pending} 条信号在等待，最多应为 ${this.#options.pendingMax} 条`,
            `append: ${this.pending} signals wait, should be at most ${this.#options.pendingMax}`,
          ),
        ),
      );
    }
    this.pending += size;
    // Not spread: a letter of another journal may be given, whose number is none of this one's.
    const letters = rejects.map(({ topic, payload, reason, detail }) =>
      toLetterRow({ topic, payload, reason, detail, receivedAt }, this.#options.isListed),
    );
    return new Promise((resolve, reject) => {
      const append = { drafts, receivedAt, letters: letters.length, resolve, reject };
      if (drafts.length === 0) {
        const bytes = letters.reduce((sum, { payload }) => sum + payload.byteLength, 0);
        this.#letters.push({ append, rows: letters, bytes });
        return this.#closeSoon();
      }
      if (this.#open.size === 0) this.#open = new Group();
      const group = this.#open;
      for (const draft of drafts) {
        const { id, device, stream, at, originSeq } = draft;
        if (originSeq !== undefined)
          group.originSeqs.push([group.signals.length / fieldsPerSignal, originSeq]);
        const [text, marks] = textOf(draft, draft.marks ?? NO_MARKS);
        group.signals.push(id, device, stream, at, receivedAt, text, marks);
        group.isUrgent ||= isUrgent(draft);
      }
      group.letters.push(...letters);
      group.appends.push(append);
      group.size += size;
      if (group.size >= this.#options.groupMax) {
        this.#full.push(this.#takeOpen());
        if (!this.#writing) this.#write(this.#full.shift()!);
      } else this.#closeSoon();
    });
  }

  /** Writes what is pending; if the disk still refuses, those appends are rejected as not written. */
  close(): Promise<void> {
    return (this.#closed ??= this.#close());
  }

  async #close(): Promise<void> {
    this.#closing = true;
    this.#clearTimer();
    clearImmediate(this.#immediate);
    this.#retry?.();
    if (this.pending > 0) {
      await new Promise<void>((resolve) => {
        this.#idle = resolve;
        this.#due();
      });
    }
  }

  /**
   * After a quiet moment at once (with what this turn of the event loop brings), else some ms after the last group: few for a
   * call, which somebody waits for; more for the rest, as each commit has its price, however few signals it has.
   */
  #closeSoon(): void {
    // What comes while a group is written is one group afterwards, however slow the disk is.
    if (this.#writing || this.#immediate !== undefined) return;
    const { groupMs, gatherMs } = this.#options;
    const gathers = !this.#open.isUrgent && this.#hasty === 0;
    const dueAt = this.#dueAt + (gathers ? gatherMs : groupMs);
    if (dueAt >= this.#timerAt) return;
    this.#clearTimer();
    const waitMs = dueAt - performance.now();
    if (waitMs > 0 && !this.#closing) {
      this.#timer = setTimeout(this.#due, waitMs);
      this.#timerAt = dueAt;
      this.#isGathering = gathers;
    } else this.#immediate = setImmediate(this.#due);
  }

  #clearTimer(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#timerAt = Infinity;
    this.#isGathering = false;
  }

  readonly #due = (): void => {
    const isAlone = this.#isGathering && this.#open.appends.length === 1;
    this.#hasty = isAlone ? GROUPS_AFTER_ALONE : Math.max(0, this.#hasty - 1);
    this.#clearTimer();
    this.#immediate = undefined;
    if (!this.#writing) this.#write(this.#full.shift() ?? this.#takeOpen());
  };

  #takeOpen(): Group {
    const group = this.#open.size > 0 ? this.#open : new Group();
    this.#open = new Group();
    return group;
  }

  /** Only while none is written. */
  #write(group: Group): void {
    this.#dueAt = performance.now();
    this.#takeLetters(group);
    if (group.size === 0) return;
    this.#writing = true;
    void this.#persist(group).finally(() => {
      this.#writing = false;
      const full = this.#full.shift();
      if (full !== undefined) this.#write(full);
      else if (this.#open.size > 0 || this.#letters.length > 0) this.#closeSoon();
      else this.#idle?.();
    });
  }

  #takeLetters(group: Group): void {
    let bytes = 0;
    let taken = 0;
    for (const { append, rows, bytes: more } of this.#letters) {
      if (taken > 0 && bytes + more > LETTER_BYTES_PER_GROUP) break;
      group.letters.push(...rows);
      group.appends.push(append);
      group.size += rows.length;
      bytes += more;
      taken++;
    }
    if (taken > 0) this.#letters = this.#letters.slice(taken);
  }

  /** Until the group is on disk, or the journal is closed and the last try failed as well. */
  async #persist(group: Group): Promise<void> {
    for (let waitMs = backoffMs.first; ; waitMs = Math.min(waitMs * 2, backoffMs.most)) {
      const lastTry = this.#closing;
      try {
        this.#answer(
          group,
          await this.#options.write(group.signals, group.letters, group.originSeqs),
        );
        return;
      } catch (error) {
        this.failedCommits++;
        // The disk is well and the rows are not: trying again would hold up everything behind them for ever.
        if (isOfRows(error)) {
          this.#options.onError(error);
          return this.#refuse(group, error);
        }
        if (!this.failing) this.#options.onError(error);
        this.failing = true;
        if (lastTry) return this.#giveUp(group, error);
      }
      if (!this.#closing) await this.#sleep(waitMs);
    }
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#retry = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #answer(group: Group, committed: Committed): void {
    this.failing = false;
    this.commits++;
    this.pending -= group.size;
    this.#options.onCommitted?.((performance.now() - group.since) / 1000, group.size);
    const repeated = new Set(committed.duplicates);
    const deviceBefore = new Map(committed.shared);
    const shared: [Entry, string][] = [];
    const entries: Entry[] = [];
    const receipts: Receipt[] = [];
    let position = 0;
    for (const { drafts, receivedAt, letters } of group.appends) {
      const receipt: Receipt = { entries: [], duplicates: 0, deadLetters: letters };
      for (const draft of drafts) {
        const { device, stream, id, at, signal, originSeq, marks = NO_MARKS } = draft;
        const here = position++;
        if (repeated.size > 0 && repeated.has(here)) {
          receipt.duplicates++;
          continue;
        }
        const seq = committed.firstSeq + entries.length;
        const entry: Entry = { seq, device, stream, id, at, receivedAt, signal };
        if (marks !== NO_MARKS) entry.marks = marks;
        const before = deviceBefore.size > 0 ? deviceBefore.get(here) : undefined;
        if (before !== undefined) {
          entry.marks = marks | ID_SHARED;
          shared.push([entry, before]);
        }
        if (originSeq !== undefined) entry.originSeq = originSeq;
        if (draft.by !== undefined) entry.by = draft.by;
        if (draft.command !== undefined) entry.command = draft.command;
        entries.push(entry);
        receipt.entries.push(entry);
      }
      receipts.push(receipt);
    }
    this.#options.onCommit(entries, committed, shared);
    const resolve = (): void => {
      for (let at = 0; at < receipts.length; at++) group.appends[at]!.resolve(receipts[at]!);
    };
    const gate = this.#options.gate?.();
    if (gate === undefined) return resolve();
    gate.then(resolve, (error: Error) => {
      for (const append of group.appends) append.reject(error);
    });
  }

  #giveUp(group: Group, cause: unknown): void {
    const why = localized(
      '写入：流水在写入之前已关闭',
      'append: the journal was closed before it could be written',
    );
    this.#refuse(group, new JournalClosed(why, { cause }));
  }

  #refuse(group: Group, error: unknown): void {
    this.pending -= group.size;
    for (const append of group.appends) append.reject(error as Error);
  }
}

/** What pages show at once, and what a person waits for. */
function isUrgent({ stream, signal, by }: Draft): boolean {
  if (by !== undefined || stream === 'emergency') return true;
  const { type } = signal as { readonly type?: string };
  return stream === 'ticket' && (type === 'called' || type === 'recalled');
}

/** SQLite's words for values that its tables do not take. */
function isOfRows(error: unknown): boolean {
  return /constraint failed|datatype mismatch/.test(error instanceof Error ? error.message : '');
}
