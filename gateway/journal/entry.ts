/** What the journal holds and what it promises: the types that everything around it is built on. */
import type { SharedIds } from '../../hall/fault/identity.ts';
import type { Budget } from '../../hall/gateway-status.ts';
import type { By } from '../../hall/command.ts';
import type { Marks } from '../../hall/marks.ts';

/** What the journal keeps of a command beside its event, with the first of its events: what a repeat is answered with. */
export interface CommandNote {
  readonly type: string;
  /** SHA-256 of type and fields */
  readonly digest: string;
  readonly result: object;
  /** how many events it has */
  readonly events: number;
}

/** An accepted signal before it has a number in the journal. */
export interface Draft {
  device: string;
  stream: string;
  /** Unique in this journal for ever, together with `device`; a second arrival is a duplicate and changes nothing. */
  id: string;
  /** When it happened: the effective time (SPEC §2.4), ms since 1970. */
  at: number;
  /** What was done with it when it was accepted (hall/marks.ts); missing = nothing. */
  marks?: Marks;
  /** The decoded signal in wire field names, JSON-able. */
  signal: object;
  /** Whose command it is an event of; missing = a device's signal. */
  by?: By;
  command?: CommandNote;
  /** The seq that it had in another gateway's journal, whose history may have it under that number. */
  originSeq?: number;
}

/** A signal in the journal. `seq` starts at 1 and grows by one for each; pruning leaves no holes in between. */
export interface Entry extends Draft {
  seq: number;
  /** Gateway time of arrival, ms since 1970. */
  receivedAt: number;
}

/** Marks that become known after the commit of an entry, as the fold finds them. */
export interface Marking {
  readonly seq: number;
  readonly marks: Marks;
}

/** Input that was refused, kept whole. */
export interface DeadLetterDraft {
  topic: string;
  payload: Uint8Array;
  reason: string;
  detail: string;
}

export interface DeadLetter extends DeadLetterDraft {
  id: number;
  receivedAt: number;
  /** When it was replayed, ms since 1970; missing while it was not. */
  replayedAt?: number;
}

/** A letter without its payload. */
export interface ListedLetter extends Omit<DeadLetter, 'payload'> {
  /** Of the payload. */
  bytes: number;
}

/** What one `append` came to, once it is on disk. */
export interface Receipt {
  /** New entries only, in seq order. */
  entries: Entry[];
  duplicates: number;
  deadLetters: number;
}

export interface Checkpoint {
  /** The state reflects every entry up to and including this one. */
  seq: number;
  state: string;
}

export interface DeadLetterQuery {
  /** Only letters with a smaller id (the page after that one); missing = from the newest. */
  before?: number;
  /** At most this many, default 100. */
  limit?: number;
  reason?: string;
}

/**
 * From entry `seq` and dead letter `letter` on, this journal was written by one gateway in one life of its process,
 * and from no other: two journals that share their leaderships up to one share every entry up to its end.
 */
export interface Leadership {
  readonly epoch: string;
  readonly seq: number;
  readonly letter: number;
}

/** A point in a journal: its last entry and its last dead letter. */
export interface Position {
  readonly seq: number;
  readonly letter: number;
}

/** seq, id, device, stream, at, receivedAt, signal as JSON ('' where it was pruned), originSeq (0 = none), marks: nine each. */
export type CopyRows = (string | number)[];
export const fieldsPerCopy = 9;

/** What another journal of the same hall has after a position, to be taken over with its numbers. */
export interface Copy {
  readonly rows: CopyRows;
  readonly letters: readonly DeadLetter[];
  /** those that begin within this copy */
  readonly leaderships: readonly Leadership[];
}

/** A copy does not go on where this journal ends. */
export class CopyMismatch extends Error {
  override name = 'CopyMismatch';
}

/** Figures for /metrics and /healthz; counters since the start of this process. */
export interface JournalStats {
  /** Appends that wait for their commit, in signals and dead letters. */
  pending: number;
  commits: number;
  /** True while commits fail (disk full, I/O error): nothing is acknowledged meanwhile. */
  failing: boolean;
  failedCommits: number;
  deadLettersKept: number;
  deadLettersBytes: number;
  deadLettersDropped: number;
}

/**
 * The hall's journal: append-only, durable, unique by device and id. One process, one writer.
 *
 * A promise returned by a writing method resolves after the commit that holds its work is on disk.
 * While the disk refuses (full, I/O error) appends stay pending and are retried until it works or
 * the journal is closed; the other writing methods reject, for their caller tries again anyway.
 */
export interface Journal {
  /** Smallest kept seq, `lastSeq + 1` when nothing is kept. */
  readonly firstSeq: number;
  /** Largest seq on disk, 0 when nothing was ever written. */
  readonly lastSeq: number;
  /** Largest id of a dead letter on disk, 0 when there never was one. */
  readonly lastLetter: number;
  readonly stats: Readonly<JournalStats>;
  /**
   * Room is short: `admits` has to be asked for each signal. Otherwise every signal is admitted.
   */
  readonly isShort: boolean;
  /** A signal of this device and stream may be appended; one that may not is counted in `budgets`. */
  admits(device: string, stream: string): boolean;
  /** A further dead letter does not push out another one. */
  readonly hasLetterRoom: boolean;
  /** How full the disk is, or the journal's own limit, whichever is fuller. */
  readonly budgets: readonly Budget[];
  /** Pairs of devices that have used the same ids since the start of the process, the latest first; at most 20. */
  readonly sharedIds: readonly SharedIds[];

  /**
   * Seqs follow the order of calls and, within one call, of `drafts`. Rejects with `JournalFull`
   * when more than `pendingMax` signals wait already, else only with `JournalClosed`.
   */
  append(
    drafts: readonly Draft[],
    rejects: readonly DeadLetterDraft[],
    receivedAt: number,
  ): Promise<Receipt>;

  /**
   * Calls `listener` once per commit with its new entries in seq order, before the promises of its
   * appends resolve. Commits without new entries are not told. Returns the way out.
   */
  onCommit(listener: (entries: readonly Entry[]) => void): () => void;

  /** Calls `listener` after every commit, also of dead letters alone. Returns the way out. */
  onWrite(listener: () => void): () => void;

  /** Who wrote this journal, in order. */
  leaderships(): Leadership[];
  /**
   * What it has after `position`, at most so many entries and about 1 MiB of text; letters only where all entries are in
   * it. An entry or a letter that has more alone comes alone.
   */
  copyAfter(position: Position, limit: number): Copy;
  /**
   * Takes over what follows this journal's end in another one, with its numbers. Rejects with `CopyMismatch` where it
   * does not follow. Nothing may be appended meanwhile.
   */
  adopt(copy: Copy): Promise<void>;
  /** Empties entries up to and including this one, as the other journal did; as far as a checkpoint reflects them. */
  pruneThrough(seq: number): Promise<void>;

  /** Whether it has a signal with this id of this device. */
  has(device: string, id: string): boolean;

  /** Events of stream `command` that retention has left: they come before the first entry that `read` gives. */
  commands(): Entry[];

  /** The first event of the command with this id; undefined where there is none, or it was pruned. */
  command(id: string): Entry | undefined;

  /** Up to `limit` entries with `seq > afterSeq`, in seq order. */
  read(afterSeq: number, limit: number): Entry[];

  /** NDJSON of up to `limit` entries after that one, made on a thread of its own as fast as it is taken. */
  lines(afterSeq: number, limit: number): ReadableStream<Uint8Array<ArrayBuffer>>;

  /** Newest first, read on a thread of its own. */
  listLetters(query: DeadLetterQuery): Promise<ListedLetter[]>;
  /** Numbers of those of the newest `limit` letters of that reason that were not replayed, oldest first. */
  lettersToReplay(reason: string, limit: number): Promise<number[]>;
  /** Newest first with their payloads, read at once: for a few. */
  deadLetters(query?: DeadLetterQuery): DeadLetter[];
  deadLetter(id: number): DeadLetter | undefined;
  /** Notes that this letter was replayed; unknown ids are ignored. */
  markReplayed(id: number, at: number): Promise<void>;

  /**
   * Adds marks to entries that are on disk already. Called before a checkpoint that reflects these entries; a mark that
   * an entry has already is harmless.
   */
  mark(markings: readonly Marking[]): Promise<void>;

  /** Keeps `state` as of `seq`; the last two are kept. */
  saveCheckpoint(seq: number, state: string): Promise<void>;
  /** The newest readable checkpoint, if any. */
  loadCheckpoint(): Checkpoint | undefined;

  /**
   * Retention: forgets entries received before that time (never their ids, nor anything that the
   * newest checkpoint does not reflect). Resolves with how many went.
   */
  prune(beforeReceivedAt: number): Promise<number>;

  /** Commits what is pending (one last try if the disk refuses), then lets the file go. */
  close(): Promise<void>;
}

export interface JournalOptions {
  /** Path of the SQLite file; made when missing. `:memory:` is not supported. */
  file: string;
  /** Hall id; the journal of another hall is refused. */
  hall: string;
  /** How long after the one before a commit gathers at most where a call, an alarm or a command is in it, ms, default 2. */
  groupMs?: number;
  /** The same for all else, ms, default 15. After a quiet moment everything is committed at once. */
  gatherMs?: number;
  /** A commit holds at most about this many signals, default 4,000. */
  groupMax?: number;
  /** Signals that may wait for the disk; an append above it is refused. Default 100,000. */
  pendingMax?: number;
  /**
   * Dead letters kept, and bytes of their topics, details and payloads. Beyond it the oldest of the sender with the
   * largest share go. Defaults 10,000 and 64 MiB.
   */
  deadLetterMax?: number;
  deadLetterBytesMax?: number;
  /** The hall file knows this device: its dead letters have a share of their own. Default: no device is. */
  isListed?: (device: string) => boolean;
  /** Bytes that the journal may have, default 0: as many as its disk has. */
  journalBytesMax?: number;
  /** Bytes of the disk that are for listed devices, of a small disk 5 %. Default 0. */
  diskFreeBytes?: number;
  /** How often room is looked at, ms, default 2,000. */
  roomEveryMs?: number;
  onError: (error: unknown, where: { stage: 'journal' }) => void;
  /** Hears how far the conversion of an older format is. */
  onInfo?: (message: string, fields: Readonly<Record<string, unknown>>) => void;
  /**
   * Asked after each commit that was appended (not adopted): where it gives a promise, the appends resolve with it, or
   * reject with it.
   */
  gate?: () => Promise<void> | undefined;
  /** Everything after it is set aside as `FILE.rewound-TIME` before the journal opens. */
  rewind?: Position;
  /** Called with each commit's duration in seconds (from first append of the group to disk) and its size in signals. */
  onCommitted?: (seconds: number, signals: number) => void;
}

/** More waits for the disk than `pendingMax`: this append was not taken and nothing of it is kept. */
export class JournalFull extends Error {
  override name = 'JournalFull';
}

/** An append was still waiting when the journal was closed: its signals are not on disk. */
export class JournalClosed extends Error {
  override name = 'JournalClosed';
}
