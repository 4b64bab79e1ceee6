// The hall's live state: restored from the last checkpoint and the journal, then kept by folding in every commit.
import type { HallConfig } from '../hall/config.ts';
import { bitOf, NO_MARKS, type Marks } from '../hall/marks.ts';
import { advance, startHall } from '../hall/reduce.ts';
import type { Hall } from '../hall/state.ts';
import type { Clock } from './clock.ts';
import { foldEntry, rulesDigest, STATE_FORMAT } from './fold.ts';
import type { Entry, Journal, Marking } from './journal.ts';
import { message, messageOf, type Log } from './log.ts';

export interface LiveState {
  readonly hall: Hall;
  /** The state reflects the journal up to and including this entry. */
  readonly seq: number;
  /** Grows with every change of the state, also from process to process, which `epoch` tells apart. */
  readonly revision: number;
  readonly epoch: string;
  readonly stats: { readonly foldErrors: number; readonly checkpoints: number };
  /** A revision of its own, for what changes with time alone. */
  nextRevision(): number;
  /** Lets time pass: the day turns where the hall's midnight has come. */
  tick(): void;
  /** Calls `listener` after every change. Returns the way out. */
  onChange(listener: () => void): () => void;
  /** Stops following the journal and leaves a checkpoint, so that the next start is fast. */
  stop(): Promise<void>;
}

export interface LiveStateOptions {
  readonly journal: Journal;
  readonly config: HallConfig;
  readonly clock: Clock;
  readonly log: Log;
  /** A checkpoint is due after so many entries … */
  readonly checkpointEntries?: number;
  /** … or so long (ms), whichever comes first: both bound what a restart replays. */
  readonly checkpointMs?: number;
  /** False while older entries are still to come: a day that has turned would leave them out. */
  readonly mayTick?: () => boolean;
}

const BATCH = 2_000;
const LATE = bitOf('late');
const IRREGULAR = bitOf('irregular');
const INFERRED = bitOf('inferred');
/** Entries after which a checkpoint is due: reading and folding them anew takes a start about a second. */
export const CHECKPOINT_ENTRIES = 100_000;
const FOLD_ERRORS_LOGGED = 20;

/**
 * Restores the state and follows the journal. Resolves when every entry of the journal is in the state.
 * An entry that the fold cannot take is logged, counted and left out.
 */
export async function openLiveState(options: LiveStateOptions): Promise<LiveState> {
  const { journal, config, clock, log, mayTick = () => true } = options;
  const listeners = new Set<() => void>();
  const stats = { foldErrors: 0, checkpoints: 0 };
  const restored = restore(options);
  let { hall, seq, isUnbegun } = restored;
  // Ahead of every revision of earlier processes, so that no page can take one's deltas for another's.
  let revision = Date.now() * 1_000;

  const apply = (entries: readonly Entry[]): void => {
    const markings: Marking[] = [];
    if (isUnbegun && entries[0]) hall = startHall(config, entries[0].receivedAt);
    isUnbegun &&= entries.length === 0;
    for (const entry of entries) {
      const step = foldEntry(hall, entry, config, (error) => {
        if (++stats.foldErrors > FOLD_ERRORS_LOGGED) return;
        log.error(message('state.fold', { seq: entry.seq, error }), { stage: 'state', error });
      });
      hall = step.after;
      const marks = marksBetween(step.before, hall);
      if (marks !== NO_MARKS) markings.push({ seq: entry.seq, marks });
      seq = Math.max(seq, entry.seq);
    }
    if (markings.length > 0) {
      journal.mark(markings).catch((error) => log.onError(error, { stage: 'state' }));
    }
  };
  const changed = (before: Hall): void => {
    if (hall === before) return;
    revision++;
    for (const listener of listeners) listener();
  };

  const checkpoint = createCheckpoints(options, stats, () => ({ seq, hall }), seq);
  // What people decided outlives retention; a checkpoint reflects it.
  if (!restored.isCheckpoint) apply(journal.commands());
  await replay(journal, apply, () => seq, log);
  const unfollow = journal.onCommit((entries) => {
    const before = hall;
    apply(entries);
    checkpoint.consider();
    changed(before);
  });
  checkpoint.consider();

  return {
    get hall() {
      return hall;
    },
    get seq() {
      return seq;
    },
    get revision() {
      return revision;
    },
    epoch: crypto.randomUUID(),
    stats,
    nextRevision: () => ++revision,
    tick() {
      if (!mayTick()) return;
      const before = hall;
      hall = advance(hall, config, clock.now());
      changed(before);
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async stop() {
      unfollow();
      await checkpoint.stop();
    },
  };
}

/** What the fold found out about the event between these two states. */
function marksBetween({ counts: before }: Hall, { counts: after }: Hall): Marks {
  if (before === after) return NO_MARKS;
  let marks = NO_MARKS;
  if (after.late > before.late) marks |= LATE;
  if (after.irregular > before.irregular) marks |= IRREGULAR;
  if (after.inferred > before.inferred) marks |= INFERRED;
  return marks;
}

/** Folds what came after the checkpoint, in batches between which the process answers others. */
async function replay(
  journal: Journal,
  apply: (entries: readonly Entry[]) => void,
  seq: () => number,
  log: Log,
): Promise<void> {
  const from = seq();
  const began = performance.now();
  for (;;) {
    const entries = journal.read(seq(), BATCH);
    // The last read and the first commit told must leave no gap: no await in between.
    if (entries.length === 0) break;
    apply(entries);
    await new Promise<void>((resolve) => void setImmediate(resolve));
  }
  const ms = Math.round(performance.now() - began);
  log.info('state: restored', { checkpoint: from, replayed: seq() - from, seq: seq(), ms });
}

function createCheckpoints(
  {
    journal,
    config,
    log,
    checkpointEntries = CHECKPOINT_ENTRIES,
    checkpointMs = 30_000,
  }: LiveStateOptions,
  stats: { checkpoints: number },
  present: () => { seq: number; hall: Hall },
  restoredSeq: number,
) {
  let savedSeq = restoredSeq;
  let saving: Promise<void> | undefined;
  const save = async (): Promise<void> => {
    const { seq, hall } = present();
    if (seq === savedSeq) return;
    const before = savedSeq;
    savedSeq = seq;
    try {
      const state = JSON.stringify({ format: STATE_FORMAT, rules: rulesDigest(config), hall });
      await journal.saveCheckpoint(seq, state);
      stats.checkpoints++;
    } catch (error) {
      savedSeq = before;
      log.onError(error, { stage: 'checkpoint' });
    }
  };
  const start = (): void => {
    saving ??= save().finally(() => (saving = undefined));
  };
  const timer = setInterval(start, checkpointMs);
  return {
    consider(): void {
      if (present().seq - savedSeq >= checkpointEntries) start();
    },
    async stop(): Promise<void> {
      clearInterval(timer);
      await saving;
      await save();
    },
  };
}

/** `isUnbegun`: an empty journal, which may fill with older entries: their fold begins on the first one's day. */
function restore({ journal, config, clock, log }: LiveStateOptions) {
  const restored = restoreCheckpoint(journal, config, log);
  if (restored !== undefined) return { ...restored, isUnbegun: false, isCheckpoint: true };
  const at = firstReceivedAt(journal);
  const hall = startHall(config, at ?? clock.now());
  return { hall, seq: journal.firstSeq - 1, isUnbegun: at === undefined, isCheckpoint: false };
}

function restoreCheckpoint(
  journal: Journal,
  config: HallConfig,
  log: Log,
): { seq: number; hall: Hall } | undefined {
  const checkpoint = journal.loadCheckpoint();
  if (checkpoint === undefined) return undefined;
  const refuse = (zh: string, en: string): undefined => {
    const reason = { zh, en };
    log.warn(message('state.checkpoint', { seq: checkpoint.seq, reason }), { stage: 'state' });
  };
  if (checkpoint.seq > journal.lastSeq) return refuse('比流水还新', 'is ahead of the journal');
  if (checkpoint.seq < journal.firstSeq - 1)
    return refuse('早于流水保留的内容', 'is older than what the journal keeps');
  try {
    const kept = JSON.parse(checkpoint.state) as { format: number; rules: string; hall: Hall };
    if (kept.format !== STATE_FORMAT) return refuse('格式不同', 'has another format');
    if (kept.rules !== rulesDigest(config))
      return refuse('是在另一份大厅文件下生成的', 'was made under another hall file');
    return { seq: checkpoint.seq, hall: kept.hall };
  } catch (error) {
    const why = messageOf(error);
    return refuse(`无法读取（${why}）`, `cannot be read (${why})`);
  }
}

function firstReceivedAt(journal: Journal): number | undefined {
  return journal.read(journal.firstSeq - 1, 1)[0]?.receivedAt;
}
