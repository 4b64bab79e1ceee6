// The history's thread: follows the journal with a durable cursor, writes points, answers queries. Into an InfluxDB the
// facts are written as well, with a cursor of their own. The gateway's own thread never waits for it.
import { isDamage, setAside } from '../journal/damage.ts';
import {
  Cancelled,
  HistoryQueryError,
  type Cancel,
  type History,
  type HistoryQuery,
  type HistoryRow,
  type SetAside,
} from '../history.ts';
import { batchOf, EntryReader } from './entries.ts';
import { readFacts } from './facts.ts';
import { Feed, type FeedOptions, type FeedSettings, type Progress } from './feed.ts';
import { openFacts, openHistory } from './open.ts';
import { rewindHistory } from './rewind.ts';
import type { Store } from './settings.ts';
import { messageOf } from '../log.ts';
import { localized } from '../start/language.mjs';
import type { ThreadReport } from '../thread.ts';

export type Job =
  | {
      readonly kind: 'open';
      readonly store: Store;
      readonly feed: FeedSettings;
      readonly journal: string;
      readonly hall: string;
      /** the oldest and the newest entry that the journal keeps */
      readonly firstSeq: number;
      readonly lastSeq: number;
    }
  /** the journal has entries up to here, the facts versions; `busy` = leave the machine to the devices */
  | {
      readonly kind: 'wake';
      readonly lastSeq: number;
      readonly version?: number;
      readonly busy: boolean;
    }
  /** another gateway has written up to this entry and this version of the facts */
  | { readonly kind: 'skip'; readonly through: number; readonly version?: number }
  /** the first number of `flag` is 1 once nobody waits for the answer: it is seen while the thread takes no message */
  | {
      readonly kind: 'query';
      readonly id: number;
      readonly query: HistoryQuery;
      readonly flag: SharedArrayBuffer;
    }
  /** the same as a message, which ends a request that is on its way */
  | { readonly kind: 'cancel'; readonly id: number }
  | { readonly kind: 'aside'; readonly id: number; readonly before: number; readonly limit: number }
  /** points before that time, ms */
  | { readonly kind: 'prune'; readonly before: number }
  | { readonly kind: 'close' };

type Answer = readonly HistoryRow[] | readonly SetAside[];

export type Report = ThreadReport<Answer> | OwnReport;

/** Not about a question. */
export type OwnReport =
  | ({ readonly kind: 'progress' | 'facts' } & Progress)
  /** nothing gets into it at present */
  | { readonly kind: 'trouble'; readonly message: string }
  | { readonly kind: 'fine' }
  | { readonly kind: 'error'; readonly message: string };

type Opening = Extract<Job, { kind: 'open' }>;

interface ThreadScope {
  onmessage: ((event: MessageEvent<Job>) => void) | null;
  postMessage(word: Report): void;
}

const scope = globalThis as unknown as ThreadScope;
let opening: Opening | undefined;
let history: History | undefined;
let journal: EntryReader | undefined;
let feed: Feed | undefined;
/** Of an InfluxDB only: the facts, and up to which version they may be written. */
let facts: History | undefined;
let factFeed: Feed | undefined;
let version = 0;
let healing: Promise<void> | undefined;
/** Why the last attempt to write did not succeed, of the journal or of the facts. */
const troubles = new Map<Feeding, string>();
/** Facts wait until the journal's feed has found the database, and while it is away. */
let isReady = false;

type Feeding = 'progress' | 'facts';

async function open(job: Opening): Promise<void> {
  opening = job;
  journal = new EntryReader(job.journal);
  await openStore(job);
}

/** A damaged file is set aside: what it had is written again from the journal. */
async function openStore(job: Opening): Promise<void> {
  const { store, hall } = job;
  let through: number;
  try {
    startAgainBehind(job);
    history = openHistory(store, hall);
    through = await history.through();
  } catch (error) {
    if (!isDamage(error)) throw error;
    await history?.close().catch(() => {});
    setAsideFile(store.file);
    history = openHistory(store, hall);
    through = await history.through();
  }
  // A journal that was pruned begins later.
  through = Math.max(through, job.firstSeq - 1);
  scope.postMessage({ kind: 'progress', through, written: 0, rejected: 0 });
  isReady = false;
  feed = feedJournal(job, history, through);
  if (store.kind !== 'influx') return;
  facts = openFacts(store, hall);
  const versions = await facts.through();
  scope.postMessage({ kind: 'facts', through: versions, written: 0, rejected: 0 });
  factFeed = feedFacts(job, { file: store.factsFile, hall }, facts, versions);
}

/** A journal that lost its newest entries gives their numbers again: it is followed from where it ends. */
function startAgainBehind({ store, lastSeq }: Opening): void {
  // As it was when the thread was started: by now it may have as many new ones. What was followed since is there.
  const last = Math.max(lastSeq, feed?.lastSeq ?? 0, feed?.through ?? 0);
  const had = rewindHistory(store, last);
  if (had === undefined) return;
  const message = localized(
    `已写到记录 ${had}，而流水只到 ${last}，不应更早：编号会重新使用，已写入的内容保留，历史库从记录 ${last + 1} 继续`,
    `is written up to entry ${had} and the journal ends at ${last}, should not be before: numbers are given ` +
      `again, what was written stays, and the history goes on from entry ${last + 1}`,
  );
  scope.postMessage({ kind: 'error', message });
}

function feedJournal({ hall, firstSeq, feed: settings }: Opening, into: History, through: number) {
  const shared = feedOptions('progress', into, settings);
  const { onTrouble, onFine, onRefused } = shared;
  const options: FeedOptions = {
    ...shared,
    ...{ unit: 'entry', firstSeq },
    read: (after, last, limit) =>
      batchOf(hall, journal?.read(after, Math.min(limit, last - after)) ?? [], onRefused),
    onTrouble: (error) => {
      isReady = false;
      onTrouble(error);
      if (isDamage(error)) heal();
    },
    onFine: () => {
      isReady = true;
      onFine();
      wakeFacts(false);
    },
    onStartOver: () => factFeed?.look(),
  };
  return new Feed(options, through);
}

/** One batch at a time: what is deleted with one was written by another. */
function feedFacts(
  { feed: settings }: Opening,
  source: { readonly file: string; readonly hall: string },
  into: History,
  through: number,
): Feed {
  const options: FeedOptions = {
    ...feedOptions('facts', into, { ...settings, inFlight: 1 }),
    ...{ unit: 'version', firstSeq: 1 },
    read: (after, last, limit) => readFacts(source, after, last, limit),
  };
  return new Feed(options, through);
}

function feedOptions(kind: Feeding, into: History, settings: FeedSettings) {
  return {
    ...{ history: into, settings },
    onProgress: (progress: Progress) => scope.postMessage({ kind, ...progress }),
    onTrouble: (error: unknown) => {
      troubles.set(kind, messageOf(error));
      tellTrouble();
    },
    onFine: () => {
      troubles.delete(kind);
      tellTrouble();
    },
    onRefused: (message: string) => scope.postMessage({ kind: 'error', message }),
  };
}

function tellTrouble(): void {
  const [message] = troubles.values();
  scope.postMessage(message === undefined ? { kind: 'fine' } : { kind: 'trouble', message });
}

function wakeFacts(busy: boolean): void {
  if (isReady && version > 0) factFeed?.wake(version, busy);
}

/** The file was damaged while it was in use. */
function heal(): void {
  const last = opening;
  if (last === undefined) return;
  healing ??= (async () => {
    const stopped = feed;
    await Promise.all([stopped?.stop(), factFeed?.stop()]);
    await Promise.all([history?.close(), facts?.close()]).catch(() => {});
    await openStore(last);
    feed?.wake(stopped?.lastSeq ?? 0, false);
  })().finally(() => (healing = undefined));
}

function setAsideFile(file: string): void {
  const aside = setAside(file);
  const message = localized(
    `${file} 已损坏，另存为 ${aside}；将由流水重新写入`,
    `${file} is damaged, set aside as ${aside}; it is written again from the journal`,
  );
  scope.postMessage({ kind: 'error', message });
}

async function answer(id: number, ask: (history: History) => Promise<Answer>): Promise<void> {
  try {
    if (history === undefined) {
      throw new Error(localized('历史库尚未打开', 'history: is not open'));
    }
    scope.postMessage({ kind: 'answer', id, answer: await ask(history) });
  } catch (error) {
    const question = error instanceof HistoryQueryError;
    scope.postMessage({ kind: 'failed', id, message: messageOf(error), question });
  }
}

/** By the number of each query that is being answered. */
const cancels = new Map<number, AbortController>();

async function answerQuery({ id, query, flag }: Extract<Job, { kind: 'query' }>): Promise<void> {
  const controller = new AbortController();
  const state = new Int32Array(flag);
  const cancel: Cancel = {
    signal: controller.signal,
    check() {
      if (Atomics.load(state, 0) !== 0) throw new Cancelled();
    },
  };
  cancels.set(id, controller);
  await answer(id, (asked) => asked.query(query, cancel));
  cancels.delete(id);
}

async function close(): Promise<void> {
  await healing;
  await Promise.all([feed?.stop(), factFeed?.stop(), history?.close(), facts?.close()]);
  journal?.close();
  scope.postMessage({ kind: 'closed' });
}

async function perform(job: Job): Promise<void> {
  switch (job.kind) {
    case 'open':
      return open(job);
    case 'wake':
      feed?.wake(job.lastSeq, job.busy);
      version = job.version ?? 0;
      return wakeFacts(job.busy);
    case 'skip':
      if (job.version !== undefined) await factFeed?.skip(job.version);
      return feed?.skip(job.through);
    case 'query':
      return answerQuery(job);
    case 'cancel':
      return cancels.get(job.id)?.abort();
    case 'aside':
      return answer(job.id, async (asked) => (await asked.setAside?.(job.before, job.limit)) ?? []);
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
    // It is pruned again later; why not now is told by the writing.
    if (troubles.size > 0 && data.kind === 'prune') return;
    const why = messageOf(error);
    const job = data.kind;
    const message = localized(`历史库任务 ${job}：${why}`, `${job} history: ${why}`);
    scope.postMessage({ kind: 'error', message });
  });
};
