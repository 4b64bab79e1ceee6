// The gateway's end of the history's thread: tells it of commits, asks it questions, starts it again where it died.
import type { Journal } from '../journal.ts';
import { HistoryQueryError, type HistoryQuery, type HistoryRow } from '../history.ts';
import type { Job, Word } from './worker.ts';

export interface HistoryThread {
  query(query: HistoryQuery): Promise<readonly HistoryRow[]>;
  /** Forgets points before that time, ms. */
  prune(before: number): void;
  readonly stats: HistoryStats;
  /** Lets the file go; what is not written yet is written after the next start. */
  stop(): Promise<void>;
}

export interface HistoryStats {
  /** journaled, not yet written */
  readonly pending: number;
  readonly written: number;
  readonly rejected: number;
  readonly restarts: number;
  /** the last attempt to write failed */
  readonly failing: boolean;
}

export interface HistoryOptions {
  readonly journal: Journal;
  readonly journalFile: string;
  readonly file: string;
  readonly hall: string;
  readonly onError: (error: unknown, where: { stage: string }) => void;
}

const WAKE_MS = 100;
/** Above so many signals a second the history lets the devices go first. */
const BUSY_PER_SECOND = 3_000;
const RESTART_MS = [500, 2_000, 10_000, 60_000] as const;
const STOP_MS = 3_000;
const QUERIES_MAX = 50;
const QUERY_MS = 30_000;

interface Question {
  resolve(rows: readonly HistoryRow[]): void;
  reject(error: Error): void;
  timer: ReturnType<typeof setTimeout>;
}

export function startHistory(options: HistoryOptions): HistoryThread {
  const { journal, journalFile, file, hall, onError } = options;
  const questions = new Map<number, Question>();
  const counts = { written: 0, rejected: 0, restarts: 0, failing: false };
  const closed = Promise.withResolvers<void>();
  let through: number | undefined;
  let nextQuestion = 1;
  let stopping = false;
  let worker: Worker | undefined;
  let restartTimer: ReturnType<typeof setTimeout> | undefined;
  let told = 0;

  const post = (job: Job): void => worker?.postMessage(job);
  const settle = (id: number): Question | undefined => {
    const question = questions.get(id);
    clearTimeout(question?.timer);
    questions.delete(id);
    return question;
  };
  const hear = (word: Word): void => {
    switch (word.kind) {
      case 'progress':
        through = word.through;
        counts.written += word.written;
        counts.rejected += word.rejected;
        counts.failing = false;
        return;
      case 'rows':
        return settle(word.id)?.resolve(word.rows);
      case 'failed': {
        const error = word.query ? new HistoryQueryError(word.message) : new Error(word.message);
        return settle(word.id)?.reject(error);
      }
      case 'error':
        counts.failing = true;
        return onError(new Error(word.message), { stage: 'history' });
      case 'closed':
        return closed.resolve();
    }
  };
  const died = (message: string): void => {
    worker?.terminate();
    worker = undefined;
    counts.failing = true;
    onError(new Error(`history thread: died: ${message}`), { stage: 'history' });
    for (const id of [...questions.keys()])
      settle(id)?.reject(new Error('history: is starting again'));
    if (stopping) return closed.resolve();
    const wait = RESTART_MS[Math.min(counts.restarts++, RESTART_MS.length - 1)];
    restartTimer = setTimeout(begin, wait);
  };
  const begin = (): void => {
    worker = new Worker(new URL('./worker.ts', import.meta.url).href, {
      type: 'module',
      name: 'history',
    });
    worker.onmessage = ({ data }: MessageEvent<Word>) => hear(data);
    worker.onerror = (event) => {
      event.preventDefault();
      died(event.message);
    };
    post({ kind: 'open', file, journal: journalFile, hall, firstSeq: journal.firstSeq });
    told = 0;
  };
  /** A timer instead of a message per commit: the thread is woken ten times a second at most. */
  const wakeTimer = setInterval(() => {
    const { lastSeq } = journal;
    if (lastSeq === told) return;
    const busy = told > 0 && lastSeq - told > (BUSY_PER_SECOND * WAKE_MS) / 1000;
    told = lastSeq;
    post({ kind: 'wake', lastSeq, busy });
  }, WAKE_MS);
  begin();

  return {
    get stats() {
      const pending = Math.max(0, journal.lastSeq - (through ?? journal.lastSeq));
      return { ...counts, pending };
    },
    query(query) {
      if (worker === undefined) return Promise.reject(new Error('history: is starting again'));
      if (questions.size >= QUERIES_MAX) {
        return Promise.reject(new Error(`history: ${QUERIES_MAX} queries are waiting already`));
      }
      return new Promise((resolve, reject) => {
        const id = nextQuestion++;
        const late = (): void =>
          settle(id)?.reject(new Error(`history: no answer within ${QUERY_MS / 1000} s`));
        questions.set(id, { resolve, reject, timer: setTimeout(late, QUERY_MS) });
        post({ kind: 'query', id, query });
      });
    },
    prune: (before) => post({ kind: 'prune', before }),
    async stop() {
      stopping = true;
      clearInterval(wakeTimer);
      clearTimeout(restartTimer);
      if (worker === undefined) return;
      post({ kind: 'close' });
      const timer = setTimeout(closed.resolve, STOP_MS);
      await closed.promise;
      clearTimeout(timer);
      worker?.terminate();
    },
  };
}
