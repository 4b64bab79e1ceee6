// Writes every fact that the facts' file has into an InfluxDB once more, as the gateway's own feed does. What that feed has
// already written, and what it has to delete, stays its own matter: its cursor is not moved, so that both may write at once.
import type { History } from '../history.ts';
import { FactStore } from '../facts/store.ts';
import { readFacts } from './facts.ts';
import { Feed, type FeedSettings } from './feed.ts';

export interface FactsBackfillOptions {
  /** Where facts go: see `openFacts`. */
  readonly history: History;
  /** the facts' file, and the hall's id */
  readonly file: string;
  readonly hall: string;
  /** Only facts of then and later, ms since 1970. */
  readonly from?: number;
  readonly feed: FeedSettings;
  readonly onProgress: (progress: FactsBackfilled) => void;
  readonly onTrouble: (error: unknown) => void;
  readonly onRefused: (message: string) => void;
}

/** Visits and sums of hours. */
export interface FactsBackfilled {
  readonly written: number;
  readonly refused: number;
}

export interface FactsBackfill {
  /** Resolves at the end, or after a stop. */
  readonly ended: Promise<FactsBackfilled>;
  stop(): void;
}

const NS_PER_MS = 1_000_000n;

/** Throws SQLite's error where the file cannot be read. */
export function startFactsBackfill(options: FactsBackfillOptions): FactsBackfill {
  const { history, from = 0, feed: settings, onProgress, ...rest } = options;
  const last = versionOf(options.file);
  const fromNs = BigInt(from) * NS_PER_MS;
  const arrived = Promise.withResolvers<void>();
  let [through, written, refused] = [0, 0, 0];
  const feed = new Feed(
    {
      ...{ ...rest, history: withoutCursor(history, () => through) },
      ...{ unit: 'version', firstSeq: 1, settings },
      read(after, end, limit) {
        const batch = readFacts(options, after, end, limit);
        if (batch === undefined) return undefined;
        const points = batch.points.filter(({ timestampNs }) => timestampNs >= fromNs);
        return { through: batch.through, points };
      },
      onProgress(progress) {
        through = Math.max(through, progress.through);
        written += progress.written;
        refused += progress.rejected;
        onProgress({ written, refused });
        if (through >= last) arrived.resolve();
      },
    },
    0,
  );
  feed.wake(last, false);
  const ended = arrived.promise.then(() => feed.stop()).then(() => ({ written, refused }));
  return { ended, stop: arrived.resolve };
}

function versionOf(file: string): number {
  const store = new FactStore(file, () => '', true);
  try {
    return store.version;
  } finally {
    store.close();
  }
}

/** The history as this feed writes it. Its own cursor is asked all the same: a write is refused until it is. */
function withoutCursor(history: History, through: () => number): History {
  return {
    append: (points) => history.append(points, 0),
    prepare: async () => history.prepare?.(),
    through: () => history.through().then(through),
    query: (query) => history.query(query),
    prune: async () => 0,
    close: async () => {},
  };
}
