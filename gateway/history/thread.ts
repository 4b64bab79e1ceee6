// The gateway's end of the history's thread: tells it of commits, asks it questions, starts it again where it died.
import type { Journal } from '../journal.ts';
import {
  Cancelled,
  HistoryQueryError,
  type HistoryQuery,
  type HistoryRow,
  type SetAside,
} from '../history.ts';
import type { FactStep } from '../facts.ts';
import { FactSteps } from './fact-steps.ts';
import type { FeedSettings } from './feed.ts';
import type { Store } from './settings.ts';
import type { Job, OwnReport } from './worker.ts';
import type { OnError } from '../log.ts';
import { Thread } from '../thread.ts';

export interface HistoryThread {
  /** `signal`: aborted once nobody waits for the answer; rejects with Cancelled, and what is being read is given up. */
  query(query: HistoryQuery, signal?: AbortSignal): Promise<readonly HistoryRow[]>;
  /** Points that the database takes never, newest first, with smaller ids than `before`. */
  setAside(before: number, limit: number): Promise<readonly SetAside[]>;
  /** What it has not got yet; nothing where it has everything. */
  behind(): Behind | undefined;
  /** Forgets points before that time, ms. */
  prune(before: number): void;
  /** Another gateway has written so far into this database. */
  skip(written: Written): void;
  /** How far this one has; undefined until the history is opened. */
  readonly written: Written | undefined;
  readonly stats: HistoryStats;
  /** Resolves once it is known how far the journal is written. */
  readonly opened: Promise<void>;
  /** The journal's entries up to here are in it; undefined until it is opened. */
  readonly through: number | undefined;
  /** Lets the file go; what is not written yet is written after the next start. */
  stop(): Promise<void>;
}

/** Entries of the journal up to which the points, and the facts, are in the database. */
export interface Written {
  readonly through: number;
  readonly facts?: number | undefined;
}

export interface HistoryStats {
  /** journaled, not yet written */
  readonly pending: number;
  readonly written: number;
  readonly rejected: number;
  /** rows of the facts, into an InfluxDB */
  readonly factsWritten: number;
  readonly factsRejected: number;
  readonly restarts: number;
  /** the last attempt to write failed */
  readonly failing: boolean;
  /** why, and what helps; names no secret */
  readonly trouble?: string;
  /** when the first of these attempts failed, ms since 1970 */
  readonly since?: number;
}

export interface Behind {
  readonly signals: number;
  /** `at` of the oldest of them, ms since 1970 */
  readonly since: number;
}

export interface HistoryOptions {
  readonly journal: Journal;
  /** Up to here the journal may be written into the history; default: all of it. */
  readonly limit?: () => number;
  /** How far the facts are; an InfluxDB gets them as well. */
  readonly facts: () => FactStep | undefined;
  readonly journalFile: string;
  readonly store: Store;
  readonly feed: FeedSettings;
  readonly hall: string;
  readonly now: () => number;
  readonly onError: OnError;
  /** Good news, for the log. */
  readonly onInfo: (message: string, fields: Readonly<Record<string, unknown>>) => void;
}

const WAKE_MS = 100;
/** Above so many signals a second the history lets the devices go first. */
const BUSY_PER_SECOND = 3_000;
const STOP_MS = 3_000;
const QUESTIONS_MAX = 8;

/** Starts the thread; it opens the files by itself and tells `onError` where it cannot. */
export function startHistory(options: HistoryOptions): HistoryThread {
  return new HistoryClient(options);
}

class HistoryClient implements HistoryThread {
  readonly #options: HistoryOptions;
  readonly #thread: Thread<Job, OwnReport>;
  readonly #counts = { written: 0, rejected: 0, factsWritten: 0, factsRejected: 0 };
  readonly #factSteps = new FactSteps();
  #trouble: { readonly trouble: string; readonly since: number } | undefined;
  readonly #opened = Promise.withResolvers<void>();
  readonly #wakeTimer: ReturnType<typeof setInterval>;
  #through: number | undefined;
  /** up to which version the facts are written */
  #version = 0;
  #told = -1;
  #toldVersion: number | undefined;

  constructor(options: HistoryOptions) {
    this.#options = options;
    // A timer instead of a message per commit: the thread is woken ten times a second at most.
    this.#wakeTimer = setInterval(() => this.#wake(), WAKE_MS);
    this.#thread = new Thread<Job, OwnReport>({
      ...{ stage: 'history', script: new URL('./worker.ts', import.meta.url) },
      ...{ questionsMax: QUESTIONS_MAX, stopMs: STOP_MS },
      opening: () => this.#opening(),
      close: { kind: 'close' },
      refusal: (message) => new HistoryQueryError(message),
      onReport: (report) => this.#receive(report),
      onDeath: (message) => this.#fails(message),
    });
  }

  get stats(): HistoryStats {
    const lastSeq = this.#lastSeq();
    // While it is not known how far it is, nothing is taken to be in it.
    const through = this.#through ?? this.#options.journal.firstSeq - 1;
    const pending = Math.max(0, lastSeq - through);
    const { restarts } = this.#thread;
    return {
      ...this.#counts,
      restarts,
      pending,
      failing: this.#trouble !== undefined,
      ...this.#trouble,
    };
  }

  get opened(): Promise<void> {
    return this.#opened.promise;
  }

  get through(): number | undefined {
    return this.#through;
  }

  /** What may be written so far. */
  #lastSeq(): number {
    const { journal, limit } = this.#options;
    return Math.min(journal.lastSeq, limit?.() ?? Infinity);
  }

  get written(): Written | undefined {
    const through = this.#through;
    return through === undefined
      ? undefined
      : { through, facts: this.#factSteps.completeAt(this.#version) };
  }

  skip({ through, facts }: Written): void {
    if (this.#through === undefined) return;
    const version = facts === undefined ? undefined : this.#factSteps.writtenBy(facts);
    const isAhead = version !== undefined && version > this.#version;
    if (through <= this.#through && !isAhead) return;
    this.#thread.post({ kind: 'skip', through, ...(isAhead && { version }) });
  }

  behind(): Behind | undefined {
    const signals = this.stats.pending;
    if (signals === 0) return undefined;
    const [oldest] = this.#options.journal.read(this.#through ?? 0, 1);
    return oldest && { signals, since: oldest.at };
  }

  async query(query: HistoryQuery, signal?: AbortSignal): Promise<readonly HistoryRow[]> {
    if (signal?.aborted === true) throw new Cancelled();
    const flag = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
    let asked: number | undefined;
    const giveUp = (): void => {
      Atomics.store(new Int32Array(flag), 0, 1);
      if (asked === undefined) return;
      this.#thread.post({ kind: 'cancel', id: asked });
      this.#thread.giveUp(asked, new Cancelled());
    };
    signal?.addEventListener('abort', giveUp);
    try {
      return await this.#thread.ask<readonly HistoryRow[]>((id) => ({
        ...{ kind: 'query', id: (asked = id), query, flag },
      }));
    } catch (error) {
      // Also where it takes too long: nobody will get the answer.
      giveUp();
      throw error;
    } finally {
      signal?.removeEventListener('abort', giveUp);
    }
  }

  setAside(before: number, limit: number): Promise<readonly SetAside[]> {
    return this.#thread.ask((id) => ({ kind: 'aside', id, before, limit }));
  }

  prune(before: number): void {
    this.#thread.post({ kind: 'prune', before });
  }

  async stop(): Promise<void> {
    clearInterval(this.#wakeTimer);
    await this.#thread.stop();
  }

  #opening(): Job {
    const { store, feed, journal, journalFile, hall } = this.#options;
    this.#told = -1;
    this.#toldVersion = undefined;
    const { firstSeq, lastSeq } = journal;
    return { kind: 'open', store, feed, hall, firstSeq, lastSeq, journal: journalFile };
  }

  #wake(): void {
    const lastSeq = this.#lastSeq();
    const step = this.#options.facts();
    if (step !== undefined) this.#factSteps.note(step);
    const version = this.#factSteps.upTo(lastSeq);
    if (lastSeq === this.#told && version === this.#toldVersion) return;
    const busy = this.#told > 0 && lastSeq - this.#told > (BUSY_PER_SECOND * WAKE_MS) / 1000;
    this.#told = lastSeq;
    this.#toldVersion = version;
    this.#thread.post({ kind: 'wake', lastSeq, busy, ...(version !== undefined && { version }) });
  }

  #receive(report: OwnReport): void {
    switch (report.kind) {
      case 'progress':
        this.#through = report.through;
        this.#opened.resolve();
        this.#counts.written += report.written;
        this.#counts.rejected += report.rejected;
        return;
      case 'facts':
        this.#version = report.through;
        this.#counts.factsWritten += report.written;
        this.#counts.factsRejected += report.rejected;
        return;
      case 'trouble':
        return this.#fails(report.message);
      case 'fine':
        return this.#goesOn();
      case 'error':
        return this.#options.onError(new Error(report.message), { stage: 'history' });
    }
  }

  /** Said once, and again where the reason changes; attempts go on all the time. */
  #fails(trouble: string): void {
    const { now, onError } = this.#options;
    if (this.#trouble?.trouble !== trouble) onError(new Error(trouble), { stage: 'history' });
    this.#trouble = { trouble, since: this.#trouble?.since ?? now() };
  }

  #goesOn(): void {
    if (this.#trouble === undefined) return;
    const { now, onInfo } = this.#options;
    const seconds = Math.round((now() - this.#trouble.since) / 1000);
    this.#trouble = undefined;
    onInfo('history: goes on', { after_s: seconds, pending: this.stats.pending });
  }
}
