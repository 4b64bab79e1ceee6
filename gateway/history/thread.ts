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
import type { Job, Report } from './worker.ts';
import type { OnError } from '../log.ts';
import { localized } from '../start/language.mjs';

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
const RESTART_MS = [500, 2_000, 10_000, 60_000] as const;
const STOP_MS = 3_000;
/** More would each hold their points in memory at once. */
const QUERIES_MAX = 8;
const QUERY_MS = 30_000;

type Answer = readonly HistoryRow[] | readonly SetAside[];

interface Question {
  resolve(answer: Answer): void;
  reject(error: Error): void;
  timer: ReturnType<typeof setTimeout>;
}

/** Starts the thread; it opens the files by itself and tells `onError` where it cannot. */
export function startHistory(options: HistoryOptions): HistoryThread {
  return new Thread(options);
}

class Thread implements HistoryThread {
  readonly #options: HistoryOptions;
  readonly #questions = new Map<number, Question>();
  readonly #counts = { written: 0, rejected: 0, factsWritten: 0, factsRejected: 0, restarts: 0 };
  readonly #factSteps = new FactSteps();
  #trouble: { readonly trouble: string; readonly since: number } | undefined;
  readonly #opened = Promise.withResolvers<void>();
  readonly #closed = Promise.withResolvers<void>();
  readonly #wakeTimer: ReturnType<typeof setInterval>;
  #restartTimer: ReturnType<typeof setTimeout> | undefined;
  #worker: Worker | undefined;
  #through: number | undefined;
  /** up to which version the facts are written */
  #version = 0;
  #told = -1;
  #toldVersion: number | undefined;
  #nextQuestion = 1;
  #stopping = false;

  constructor(options: HistoryOptions) {
    this.#options = options;
    // A timer instead of a message per commit: the thread is woken ten times a second at most.
    this.#wakeTimer = setInterval(() => this.#wake(), WAKE_MS);
    this.#begin();
  }

  get stats(): HistoryStats {
    const lastSeq = this.#lastSeq();
    // While it is not known how far it is, nothing is taken to be in it.
    const through = this.#through ?? this.#options.journal.firstSeq - 1;
    const pending = Math.max(0, lastSeq - through);
    return { ...this.#counts, pending, failing: this.#trouble !== undefined, ...this.#trouble };
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
    this.#post({ kind: 'skip', through, ...(isAhead && { version }) });
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
      this.#post({ kind: 'cancel', id: asked });
      this.#settle(asked)?.reject(new Cancelled());
    };
    signal?.addEventListener('abort', giveUp);
    try {
      const ask = (id: number): Job => ({ kind: 'query', id: (asked = id), query, flag });
      return (await this.#ask(ask)) as readonly HistoryRow[];
    } catch (error) {
      // Also where it takes too long: nobody will get the answer.
      giveUp();
      throw error;
    } finally {
      signal?.removeEventListener('abort', giveUp);
    }
  }

  async setAside(before: number, limit: number): Promise<readonly SetAside[]> {
    const ask = (id: number): Job => ({ kind: 'aside', id, before, limit });
    return (await this.#ask(ask)) as readonly SetAside[];
  }

  #ask(job: (id: number) => Job): Promise<Answer> {
    if (this.#worker === undefined) return Promise.reject(new Error('history: is starting again'));
    if (this.#questions.size >= QUERIES_MAX) {
      return Promise.reject(new Error(`history: ${QUERIES_MAX} queries are waiting already`));
    }
    return new Promise((resolve, reject) => {
      const id = this.#nextQuestion++;
      const late = (): void =>
        this.#settle(id)?.reject(new Error(`history: no answer within ${QUERY_MS / 1000} s`));
      this.#questions.set(id, { resolve, reject, timer: setTimeout(late, QUERY_MS) });
      this.#post(job(id));
    });
  }

  prune(before: number): void {
    this.#post({ kind: 'prune', before });
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    clearInterval(this.#wakeTimer);
    clearTimeout(this.#restartTimer);
    if (this.#worker === undefined) return;
    this.#post({ kind: 'close' });
    const timer = setTimeout(this.#closed.resolve, STOP_MS);
    await this.#closed.promise;
    clearTimeout(timer);
    this.#worker?.terminate();
  }

  #begin(): void {
    const { store, feed, journal, journalFile, hall } = this.#options;
    const worker = new Worker(new URL('./worker.ts', import.meta.url).href, {
      type: 'module',
      name: 'history',
    });
    worker.onmessage = ({ data }: MessageEvent<Report>) => this.#hear(data);
    worker.onerror = (event) => {
      event.preventDefault();
      this.#died(event.message);
    };
    this.#worker = worker;
    this.#told = -1;
    this.#toldVersion = undefined;
    const { firstSeq, lastSeq } = journal;
    this.#post({
      ...{ kind: 'open', store, feed, hall, firstSeq, lastSeq },
      journal: journalFile,
    });
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
    this.#post({ kind: 'wake', lastSeq, busy, ...(version !== undefined && { version }) });
  }

  #hear(word: Report): void {
    switch (word.kind) {
      case 'progress':
        this.#through = word.through;
        this.#opened.resolve();
        this.#counts.written += word.written;
        this.#counts.rejected += word.rejected;
        return;
      case 'facts':
        this.#version = word.through;
        this.#counts.factsWritten += word.written;
        this.#counts.factsRejected += word.rejected;
        return;
      case 'rows':
        return this.#settle(word.id)?.resolve(word.rows);
      case 'aside':
        return this.#settle(word.id)?.resolve(word.points);
      case 'failed': {
        const error = word.query ? new HistoryQueryError(word.message) : new Error(word.message);
        return this.#settle(word.id)?.reject(error);
      }
      case 'trouble':
        return this.#fails(word.message);
      case 'fine':
        return this.#goesOn();
      case 'error':
        return this.#options.onError(new Error(word.message), { stage: 'history' });
      case 'closed':
        return this.#closed.resolve();
    }
  }

  /** Starts it again, later each time; where it was is in its file. */
  #died(message: string): void {
    this.#worker?.terminate();
    this.#worker = undefined;
    this.#fails(localized(`历史库线程意外结束：${message}`, `history thread: died: ${message}`));
    for (const id of [...this.#questions.keys()]) {
      this.#settle(id)?.reject(new Error('history: is starting again'));
    }
    if (this.#stopping) return this.#closed.resolve();
    const wait = RESTART_MS[Math.min(this.#counts.restarts++, RESTART_MS.length - 1)];
    this.#restartTimer = setTimeout(() => this.#begin(), wait);
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

  #settle(id: number): Question | undefined {
    const question = this.#questions.get(id);
    clearTimeout(question?.timer);
    this.#questions.delete(id);
    return question;
  }

  #post(job: Job): void {
    this.#worker?.postMessage(job);
  }
}
