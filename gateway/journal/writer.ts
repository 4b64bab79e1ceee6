/**
 * The journal's writer thread: owns the SQLite file, does one job after the other and answers each,
 * so that a sync to disk never holds up the broker.
 */
import {
  type Committed,
  type LetterRow,
  type SignalRows,
  Store,
  type StoreLimits,
} from './store.ts';

export type Job =
  | { kind: 'open'; file: string; hall: string; limits: StoreLimits }
  | { kind: 'commit'; signals: SignalRows; letters: LetterRow[] }
  | { kind: 'checkpoint'; seq: number; state: string }
  | { kind: 'prune'; beforeReceivedAt: number; limit: number }
  | { kind: 'replayed'; id: number; at: number }
  | { kind: 'irregular'; seqs: readonly number[] }
  | { kind: 'close' };

export interface Opened {
  lastSeq: number;
  prunedThrough: number;
  lettersKept: number;
}

/** Answers come in the order of the jobs. */
export type Answer =
  { ok: true; value: Committed | Opened | number } | { ok: false; message: string };

interface ThreadScope {
  onmessage: ((event: MessageEvent<Job>) => void) | null;
  postMessage(answer: Answer): void;
}

let store: Store | undefined;

function perform(job: Job): Committed | Opened | number {
  if (job.kind === 'open') {
    store = new Store(job.file, job.hall, job.limits);
    const { lastSeq, prunedThrough, lettersKept } = store;
    return { lastSeq, prunedThrough, lettersKept };
  }
  if (store === undefined) throw new Error(`journal writer: ${job.kind} before open`);
  switch (job.kind) {
    case 'commit':
      return store.commit(job.signals, job.letters);
    case 'prune':
      return store.prune(job.beforeReceivedAt, job.limit);
    case 'checkpoint':
      store.saveCheckpoint(job.seq, job.state);
      return 0;
    case 'replayed':
      store.markReplayed(job.id, job.at);
      return 0;
    case 'irregular':
      store.markIrregular(job.seqs);
      return 0;
    case 'close':
      store.close();
      store = undefined;
      return 0;
  }
}

const scope = globalThis as unknown as ThreadScope;
scope.onmessage = ({ data }) => {
  try {
    scope.postMessage({ ok: true, value: perform(data) });
  } catch (error) {
    scope.postMessage({
      ok: false,
      message: error instanceof Error ? error.message : String(error),
    });
  }
};
