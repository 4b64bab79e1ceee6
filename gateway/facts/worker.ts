// The facts' thread: follows the journal, writes facts, answers questions. The live thread never waits for it.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { HallConfig } from '../../hall/config.ts';
import { hourOf } from '../../hall/figure/bins.ts';
import type { Periods } from '../../hall/periods.ts';
import type { UsualDay } from '../../hall/usual-day.ts';
import { addDays, businessDate, instantAt } from '../../hall/zone-time.ts';
import type { FactStep } from '../facts.ts';
import { oldRollups } from '../history/old-rollups.ts';
import { isDamage, setAside } from '../journal/damage.ts';
import { Reader } from '../journal/reader.ts';
import { messageOf } from '../log.ts';
import { localized } from '../start/language.mjs';
import type { ThreadReport } from '../thread.ts';
import { answerFigures, answerHours, answerVisits } from './answer.ts';
import { Follower } from './follower.ts';
import { PastDays } from './past-days.ts';
import { FactQuestionError, type Answers, type Question } from './questions.ts';
import { FactStore, PACK_KINDS, type Seen } from './store.ts';
import { answerScore, Scores } from './scores.ts';
import { Stories } from './story.ts';

export interface Opening {
  readonly kind: 'open';
  readonly file: string;
  readonly journal: string;
  readonly config: HallConfig;
  readonly data: string;
  readonly source: string;
  /** the oldest and the newest entry that the journal keeps */
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly now: number;
}

export interface Wake {
  readonly kind: 'wake';
  readonly lastSeq: number;
  readonly now: number;
  /** no older entry is still to come: time may pass by itself */
  readonly mayTick: boolean;
  /** leave the machine to the devices */
  readonly busy: boolean;
}

export type Job =
  | Opening
  | Wake
  /** answered once the entries up to `seq` are folded, or after a while without them */
  | {
      readonly kind: 'ask';
      readonly id: number;
      readonly seq: number;
      readonly now: number;
      readonly question: Question;
    }
  | { readonly kind: 'seen'; readonly seen: readonly Seen[] }
  /** forgets facts of days before that instant, ms */
  | { readonly kind: 'prune'; readonly before: number }
  | { readonly kind: 'rebuild'; readonly firstSeq: number; readonly lastSeq: number }
  | { readonly kind: 'close' };

export type Report = ThreadReport<Answers[keyof Answers]> | OwnReport;

/** Not about a question. */
export type OwnReport =
  /** the journal is needed from after `kept` on */
  | ({ readonly kind: 'progress' } & FactStep)
  | { readonly kind: 'usual'; readonly usual: UsualDay | undefined }
  | { readonly kind: 'periods'; readonly periods: Periods }
  | { readonly kind: 'error'; readonly message: string }
  | {
      readonly kind: 'info';
      readonly message: string;
      readonly fields: Readonly<Record<string, unknown>>;
    };

interface ThreadScope {
  onmessage: ((event: MessageEvent<Job>) => void) | null;
  postMessage(word: Report, transfer?: Transferable[]): void;
}

const BATCH = 500;
/** For each ms of work so many ms of rest: usually, and while devices need the machine. */
const REST = { normal: 1, busy: 9 };
const FLUSH_MS = 1_000;
/** State and sums of hours are written so often: a start folds what came since. While it catches up, by entries. */
const KEEP_MS = 5 * 60_000;
const KEEP_ENTRIES = 10_000;
/** So long a question waits for entries that are not folded yet. */
const PATIENCE_MS = 2_000;
/** Folding more entries than that without a pause is a rebuild, and is logged. */
const REBUILD_ENTRIES = 20_000;

const scope = globalThis as unknown as ThreadScope;
let opening: Opening;
let store: FactStore;
let journal: Reader;
let follower: Follower;
let stories: Stories;
let scores: Scores;
let pastDays: PastDays;
let latest: Wake = { kind: 'wake', lastSeq: 0, now: 0, mayTick: false, busy: false };
let running: Promise<void> | undefined;
let refreshing: Promise<void> | undefined;
let flushedAt = 0;
let keptAt = 0;
let closing = false;
/** past days without columns; undefined: not looked for since the facts were made anew */
let toPack: string[] | undefined;
/** why the last attempt to write failed */
let trouble = '';

function open(job: Opening): void {
  opening = job;
  const { timezone } = job.config.hall;
  const dayOf = (at: number) => businessDate(timezone, at);
  try {
    store = new FactStore(job.file, dayOf);
  } catch (error) {
    if (!isDamage(error)) throw error;
    const aside = setAside(job.file);
    tell(
      localized(
        `${job.file} 已损坏，另存为 ${aside}；将由流水重新生成`,
        `${job.file} is damaged, set aside as ${aside}; facts are made again from the journal`,
      ),
    );
    store = new FactStore(job.file, dayOf);
  }
  journal = new Reader(job.journal);
  stories = new Stories(job.journal);
  if (store.since === undefined) takeOver(job);
  follower = new Follower({
    ...{ store, config: job.config, firstSeq: job.firstSeq, lastSeq: job.lastSeq, now: job.now },
    journal: {
      read: (after, limit) => journal.read(after, limit),
      commands: (through) => journal.commands(through),
    },
    onError: (error) => tell(messageOf(error)),
  });
  scores = new Scores(job.config, {
    read: (after, limit) => journal.read(after, limit),
    firstFrom: (at) => stories.firstFrom(at, follower.through),
  });
  pastDays = new PastDays({
    ...{ store, follower },
    onUsual: (usual) => scope.postMessage({ kind: 'usual', usual }),
    onPeriods: (periods) => scope.postMessage({ kind: 'periods', periods }),
    rest: () => pause(0).then(() => !closing),
  });
  keptAt = performance.now();
  progress();
}

/** Takes over the sums of an earlier version for the time before the journal's oldest entry, and removes its files. */
function takeOver({ data, source, config, firstSeq, now }: Opening): void {
  // A journal that is whole has everything.
  const isWhole = firstSeq === 1;
  const [first] = journal.read(firstSeq - 1, 1);
  const { timezone } = config.hall;
  const at = first?.receivedAt ?? now;
  const start = instantAt(timezone, businessDate(timezone, at), 0);
  const before = hourOf(start, at);
  const files = ['rollup.sqlite', 'rollup-influx.sqlite'].map((name) => join(data, name));
  const hours = isWhole ? [] : files.flatMap((file) => [...oldRollups(file, source, before)]);
  const taken = store.takeOver(hours, isWhole ? 0 : before);
  for (const file of files) {
    for (const part of ['', '-wal', '-shm']) rmSync(file + part, { force: true });
  }
  if (taken === 0) return;
  const message = 'facts: sums of hours taken over from an earlier version';
  scope.postMessage({ kind: 'info', message, fields: { hours: taken } });
}

function wake(job: Wake): void {
  latest = job;
  running ??= run()
    .then(() => void (trouble = ''))
    .catch(logTrouble)
    .finally(() => (running = undefined));
}

/**
 * Logs a failed write: a full disk once, however often the write is tried again. A damaged file is set aside, and the thread
 * ends, so that its next start makes a new file.
 */
function logTrouble(error: unknown): void {
  if (isDamage(error)) {
    store.close();
    const aside = setAside(opening.file);
    tell(
      localized(
        `${opening.file} 已损坏，另存为 ${aside}：${messageOf(error)}`,
        `${opening.file} is damaged, set aside as ${aside}: ${messageOf(error)}`,
      ),
    );
    throw error;
  }
  const message = messageOf(error);
  if (message !== trouble) {
    tell(localized(`无法写入，正在重试：${message}`, `cannot be written, tried again: ${message}`));
  }
  trouble = message;
}

/** Until every entry is folded, in steps between which questions are answered. */
async function run(): Promise<void> {
  const from = follower.through;
  const began = performance.now();
  while (!closing && follower.through < latest.lastSeq) {
    const start = performance.now();
    if (follower.read(BATCH) === 0) break;
    flush();
    const rest = (performance.now() - start) * (latest.busy ? REST.busy : REST.normal);
    await pause(rest);
  }
  if (closing) return;
  const entries = follower.through - from;
  if (entries > REBUILD_ENTRIES) {
    toPack = undefined;
    pastDays.forget();
    const ms = Math.round(performance.now() - began);
    scope.postMessage({
      kind: 'info',
      message: 'facts: made from the journal',
      fields: { entries, ms },
    });
  }
  if (latest.mayTick) follower.tick(latest.now);
  flush();
  if (follower.through >= latest.lastSeq) refreshPastDays();
  packDay();
}

/** Beside the folding, which goes on meanwhile. */
function refreshPastDays(): void {
  refreshing ??= pastDays
    .refresh(latest.now)
    .catch(logTrouble)
    .finally(() => (refreshing = undefined));
}

/** One past day at a time, so that the first question of a year finds its columns. */
function packDay(): void {
  const { timezone } = opening.config.hall;
  const today = follower.hall.day.date;
  toPack ??= store.daysToPack(today);
  const date = toPack.pop();
  if (date === undefined || date >= today) return;
  const start = instantAt(timezone, date, 0);
  const end = instantAt(timezone, addDays(date, 1), 0);
  for (const kind of PACK_KINDS) store.columns(kind, date, start, end, true);
}

function flush(keep = false): void {
  const now = performance.now();
  const { through, kept } = follower;
  const isBehind = latest.lastSeq - through > BATCH;
  const isDue = keep || now - keptAt >= KEEP_MS || (isBehind && through - kept >= KEEP_ENTRIES);
  if (!isDue && now - flushedAt < FLUSH_MS) return;
  follower.flush(isDue);
  flushedAt = now;
  if (isDue) keptAt = now;
  progress();
}

function progress(): void {
  const { through, kept } = follower;
  const newest = Math.max(through, store.flushed);
  scope.postMessage({ kind: 'progress', through, kept, newest, version: store.version });
}

async function ask(job: Extract<Job, { kind: 'ask' }>): Promise<void> {
  const { id, seq, now } = job;
  try {
    const began = performance.now();
    while (follower.through < seq && performance.now() - began < PATIENCE_MS && !closing) {
      if (follower.read(BATCH) === 0) break;
      await pause(0);
    }
    const isCurrent = follower.through >= seq && latest.mayTick;
    if (isCurrent) follower.tick(Math.max(now, latest.now));
    const answer = answerTo(job.question, now);
    const bytes = answer instanceof Uint8Array ? [answer.buffer] : [];
    scope.postMessage({ kind: 'answer', id, answer }, bytes);
  } catch (error) {
    const question = error instanceof FactQuestionError;
    scope.postMessage({ kind: 'failed', id, message: messageOf(error), question });
  }
}

function answerTo(question: Question, now: number): Answers[keyof Answers] {
  switch (question.kind) {
    case 'figures':
      return answerFigures(question.question, store, follower, now);
    case 'visits':
      return answerVisits(question.question, store, follower);
    case 'story':
      return stories.tell(question.question, store, follower);
    case 'score':
      return answerScore(question.question, scores, opening.config.hall.timezone, now);
    case 'hours':
      return answerHours(question.question, store, follower);
  }
}

async function perform(job: Job): Promise<void> {
  switch (job.kind) {
    case 'open':
      return open(job);
    case 'wake':
      return wake(job);
    case 'ask':
      return ask(job);
    case 'seen':
      try {
        return store.see(job.seen);
      } catch (error) {
        return logTrouble(error);
      }
    case 'prune': {
      const date = businessDate(opening.config.hall.timezone, job.before);
      return store.prune(date, job.before);
    }
    case 'rebuild':
      scores.forget();
      follower.rebuild(job.firstSeq, job.lastSeq);
      pastDays.forget();
      return progress();
    case 'close':
      return close();
  }
}

async function close(): Promise<void> {
  closing = true;
  await running;
  await refreshing;
  try {
    flush(true);
  } catch (error) {
    // The next start folds the journal from the last state on.
    tell(messageOf(error));
  }
  stories.close();
  journal.close();
  store.close();
  scope.postMessage({ kind: 'closed' });
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function tell(message: string): void {
  scope.postMessage({ kind: 'error', message });
}

let opened: Promise<void> = Promise.resolve();
scope.onmessage = ({ data }) => {
  const work = opened.then(() => perform(data));
  // What comes after a failed opening fails with it: the thread is started again.
  if (data.kind === 'open') opened = work;
  work.catch((error: unknown) => {
    if (data.kind === 'open') throw error;
    const why = messageOf(error);
    tell(localized(`事实记录任务 ${data.kind}：${why}`, `${data.kind} facts: ${why}`));
  });
};
