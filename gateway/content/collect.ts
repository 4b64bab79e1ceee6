// Files that nobody names go after a time: looked at after the start and a few times a day.
import type { Clock } from '../clock.ts';
import type { Content } from '../content.ts';
import type { Log } from '../log.ts';

export interface CollectOptions {
  readonly content: Content;
  /** hashes of what is in use now */
  readonly used: () => ReadonlySet<string>;
  readonly days: number;
  readonly clock: Clock;
  readonly onError: (error: unknown, where: { stage: 'content' }) => void;
  readonly onInfo: Log['info'];
}

const EVERY_MS = 6 * 3_600_000;

/** Returns the way to end it. */
export function keepCollecting(options: CollectOptions): () => void {
  const { content, used, days, clock, onError, onInfo } = options;
  const run = () => {
    content.collect(used(), days, clock.now()).then(
      (files) => files > 0 && onInfo('content: removed what was not used', { files }),
      (error: unknown) => onError(error, { stage: 'content' }),
    );
  };
  run();
  const timer = setInterval(run, EVERY_MS);
  return () => clearInterval(timer);
}
