/**
 * The journal's writer thread: owns the SQLite file, does one job after the other and answers each,
 * so that a sync to disk never holds up the broker.
 */
import { type Conversion, type ConversionStep, convertJournal } from './convert.ts';
import type { Marking } from './entry.ts';
import type { Room } from './letter-shares.ts';
import type { LetterLimits, LetterRow } from './letters.ts';
import { type Committed, type CopyToAdopt, type SignalRows, Store } from './store.ts';
import { CodedError, type Message } from '../log/messages.ts';

export type Job =
  | { kind: 'convert'; file: string; hall: string }
  | { kind: 'open'; file: string; hall: string; limits: LetterLimits }
  | {
      kind: 'commit';
      signals: SignalRows;
      letters: LetterRow[];
      originSeqs: [position: number, originSeq: number][];
    }
  | { kind: 'adopt'; copy: CopyToAdopt }
  | { kind: 'pruneThrough'; seq: number; limit: number }
  | { kind: 'checkpoint'; seq: number; state: string }
  | { kind: 'prune'; beforeReceivedAt: number; limit: number }
  | { kind: 'replayed'; id: number; at: number }
  | { kind: 'clearLog' }
  | { kind: 'mark'; markings: readonly Marking[] }
  | { kind: 'close' };

export interface Opened {
  lastSeq: number;
  lastLetter: number;
  prunedThrough: number;
  letters: Room;
}

/** Answers come in the order of the jobs; how far a conversion is may come before its answer. */
export type Answer =
  | { ok: true; value: Value }
  | { ok: false; message: string; name: string; told: Message | undefined }
  | { step: ConversionStep; entries: number };
type Value = Committed | Opened | Conversion | number | undefined;

interface ThreadScope {
  onmessage: ((event: MessageEvent<Job>) => void) | null;
  postMessage(answer: Answer): void;
}

let store: Store | undefined;

function perform(job: Job): Value {
  if (job.kind === 'convert') {
    return convertJournal(job.file, job.hall, (step, entries) =>
      scope.postMessage({ step, entries }),
    );
  }
  if (job.kind === 'open') {
    store = new Store(job.file, job.hall, job.limits);
    const { lastSeq, lastLetter, prunedThrough, letters } = store;
    return { lastSeq, lastLetter, prunedThrough, letters };
  }
  if (store === undefined) throw new Error(`journal writer: ${job.kind} before open`);
  switch (job.kind) {
    case 'commit':
      return store.commit(job.signals, job.letters, job.originSeqs);
    case 'adopt':
      return store.adopt(job.copy);
    case 'pruneThrough':
      return store.pruneThrough(job.seq, job.limit);
    case 'prune':
      return store.prune(job.beforeReceivedAt, job.limit);
    case 'checkpoint':
      store.saveCheckpoint(job.seq, job.state);
      return 0;
    case 'replayed':
      store.markReplayed(job.id, job.at);
      return 0;
    case 'clearLog':
      store.clearLog();
      return 0;
    case 'mark':
      store.mark(job.markings);
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
      name: error instanceof Error ? error.name : 'Error',
      told: error instanceof CodedError ? error.told : undefined,
    });
  }
};
