// Retention: what is older than the hall file's days goes, a few times a day; never what somebody still needs.
import type { HallConfig } from '../hall/config.ts';
import type { Clock } from './clock.ts';
import type { Facts } from './facts.ts';
import type { HistoryThread } from './history/thread.ts';
import type { Journal } from './journal.ts';
import type { Log } from './log.ts';

export interface RetentionOptions {
  readonly retention: HallConfig['retention'];
  readonly journal: Journal;
  readonly history: HistoryThread;
  readonly facts: Facts;
  readonly clock: Clock;
  readonly mayPruneJournal: () => boolean;
  readonly onError: (error: unknown, where: { stage: 'prune' }) => void;
  readonly onInfo: Log['info'];
}

const EVERY_MS = 6 * 3_600_000;
const DAY_MS = 86_400_000;

/** Begins when the history is open, for the settings may have changed. Returns the way to end it. */
export function keepRetention(options: RetentionOptions): () => void {
  let ended = false;
  const run = () => {
    if (!ended) prune(options).catch((error) => options.onError(error, { stage: 'prune' }));
  };
  void options.history.opened.then(run);
  const timer = setInterval(run, EVERY_MS);
  return () => {
    ended = true;
    clearInterval(timer);
  };
}

/** What the history has not got yet must not go from the journal. */
async function prune(options: RetentionOptions): Promise<void> {
  const { retention, journal, history, facts, clock, mayPruneJournal, onInfo } = options;
  const now = clock.now();
  const before = (days: number): number => (days === 0 ? 0 : now - days * DAY_MS);
  if (retention.history_days > 0) history.prune(before(retention.history_days));
  if (retention.facts_days > 0) facts.prune(before(retention.facts_days));
  if (history.through === undefined || facts.kept === undefined || !mayPruneJournal()) return;
  const [pending] = journal.read(Math.min(history.through, facts.kept), 1);
  const oldest = Math.min(before(retention.journal_days), pending?.receivedAt ?? Infinity);
  const pruned = await journal.prune(oldest);
  if (pruned > 0) onInfo('journal: pruned', { entries: pruned });
}
