// The history's thread: follows the journal with a durable cursor, writes points, answers queries. The gateway's own
// thread never waits for it.
import { existsSync, renameSync } from 'node:fs';
import { toPoint, type PointEntry } from '../../hall/point.ts';
import { isDamage } from '../journal/damage.ts';
import { Reader } from '../journal/reader.ts';
import { HistoryQueryError, type History, type HistoryQuery, type HistoryRow } from '../history.ts';
import { openEmbeddedHistory } from './embedded.ts';

export type Job =
  | {
      readonly kind: 'open';
      readonly file: string;
      readonly journal: string;
      readonly hall: string;
      /** the oldest and the newest entry that the journal keeps */
      readonly firstSeq: number;
      readonly lastSeq: number;
    }
  /** the journal has entries up to here; `busy` = leave the machine to the devices */
  | { readonly kind: 'wake'; readonly lastSeq: number; readonly busy: boolean }
  | { readonly kind: 'query'; readonly id: number; readonly query: HistoryQuery }
  | { readonly kind: 'prune'; readonly before: number }
  | { readonly kind: 'close' };

export type Word =
  | {
      readonly kind: 'progress';
      readonly through: number;
      readonly written: number;
      readonly rejected: number;
    }
  | { readonly kind: 'rows'; readonly id: number; readonly rows: readonly HistoryRow[] }
  | {
      readonly kind: 'failed';
      readonly id: number;
      readonly message: string;
      readonly query: boolean;
    }
  | { readonly kind: 'error'; readonly message: string }
  | { readonly kind: 'closed' };

type Opening = Extract<Job, { kind: 'open' }>;

interface ThreadScope {
  onmessage: ((event: MessageEvent<Job>) => void) | null;
  postMessage(word: Word): void;
}

const BATCH = 500;
/** Of its time the thread works at most so much: half, or a tenth while devices are busy. */
const REST = { normal: 1, busy: 9 };
const RETRY_MS = 1_000;
const RETRY_MS_MAX = 60_000;

const scope = globalThis as unknown as ThreadScope;
let opening: Opening | undefined;
let history: History | undefined;
let journal: Reader | undefined;
let through = 0;
let lastSeq = 0;
let busy = false;
let feeding: Promise<void> | undefined;
let closing = false;
let interrupt: () => void = () => {};

async function open(job: Opening): Promise<void> {
  opening = job;
  journal = new Reader(job.journal);
  await openHistory(job);
}

/** A damaged file is set aside: what it had is written again from the journal. */
async function openHistory({ file, firstSeq, lastSeq: newest }: Opening): Promise<void> {
  try {
    history = openEmbeddedHistory(file);
    through = await history.through();
  } catch (error) {
    if (!isDamage(error)) throw error;
    await history?.close();
    const aside = `${file}.damaged-${new Date().toISOString().replaceAll(':', '-')}`;
    for (const part of ['', '-wal', '-shm']) {
      if (existsSync(file + part)) renameSync(file + part, aside + part);
    }
    const message = `${file} is damaged, set aside as ${aside}; it is written again from the journal`;
    scope.postMessage({ kind: 'error', message });
    history = openEmbeddedHistory(file);
    through = await history.through();
  }
  // A journal that lost its newest entries goes on with their numbers; one that was pruned begins later.
  through = Math.max(Math.min(through, newest), firstSeq - 1);
  scope.postMessage({ kind: 'progress', through, written: 0, rejected: 0 });
}

function wake(): void {
  feeding ??= feed().finally(() => {
    feeding = undefined;
    if (!closing && through < lastSeq) wake();
  });
}

async function feed(): Promise<void> {
  let retryMs = RETRY_MS;
  while (through < lastSeq && !closing) {
    const began = performance.now();
    try {
      if (!(await feedBatch())) return;
      retryMs = RETRY_MS;
      const rest = (performance.now() - began) * (busy ? REST.busy : REST.normal);
      await pause(rest);
    } catch (error) {
      const message = `write points after ${through}: ${String(error)}`;
      scope.postMessage({ kind: 'error', message });
      await pause(retryMs);
      retryMs = Math.min(retryMs * 2, RETRY_MS_MAX);
      if (isDamage(error) && opening !== undefined && !closing) await openHistory(opening);
    }
  }
}

/** Waits so long (ms), or until it is closed. */
async function pause(ms: number): Promise<void> {
  if (closing) return;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, ms);
    interrupt = () => {
      clearTimeout(timer);
      resolve();
    };
  });
}

async function feedBatch(): Promise<boolean> {
  const entries = journal?.read(through, BATCH) ?? [];
  const last = entries.at(-1);
  if (last === undefined || history === undefined) return false;
  const points = [];
  let rejected = 0;
  for (const entry of entries) {
    try {
      // The journal holds what decode accepted: stream and signal fit each other.
      points.push(toPoint(opening?.hall ?? '', entry as unknown as PointEntry));
    } catch (error) {
      rejected++;
      scope.postMessage({
        kind: 'error',
        message: `point of entry ${entry.seq}: ${String(error)}`,
      });
    }
  }
  const result = await history.append(points, last.seq);
  for (const { reason } of result.rejected) {
    scope.postMessage({ kind: 'error', message: `point refused: ${reason}` });
  }
  through = last.seq;
  const all = rejected + result.rejected.length;
  scope.postMessage({ kind: 'progress', through, written: result.written, rejected: all });
  return true;
}

async function answer(id: number, query: HistoryQuery): Promise<void> {
  try {
    if (history === undefined) throw new Error('history: is not open');
    scope.postMessage({ kind: 'rows', id, rows: await history.query(query) });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    scope.postMessage({ kind: 'failed', id, message, query: error instanceof HistoryQueryError });
  }
}

async function close(): Promise<void> {
  closing = true;
  interrupt();
  await feeding;
  await history?.close();
  journal?.close();
  scope.postMessage({ kind: 'closed' });
}

async function perform(job: Job): Promise<void> {
  switch (job.kind) {
    case 'open':
      return open(job);
    case 'wake':
      lastSeq = job.lastSeq;
      busy = job.busy;
      return wake();
    case 'query':
      return answer(job.id, job.query);
    case 'prune':
      await history?.prune(job.before);
      return;
    case 'close':
      return close();
  }
}

// One after the other where order counts: `open` is awaited by all that follow.
let opened: Promise<void> = Promise.resolve();
scope.onmessage = ({ data }) => {
  const work = opened.then(() => perform(data));
  if (data.kind === 'open') opened = work.catch(() => {});
  work.catch((error: unknown) => {
    const message = error instanceof Error ? error.message : String(error);
    scope.postMessage({ kind: 'error', message: `${data.kind} history: ${message}` });
  });
};
