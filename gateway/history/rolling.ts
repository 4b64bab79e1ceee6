// Keeps a history's rollups right beside everything else that its thread does: a piece of work, then a rest.
import type { RolledHistory } from './rolled.ts';

export interface RollingOptions {
  readonly history: RolledHistory;
  /** Whether the journal is far ahead of the history: that goes first. */
  readonly isBehind: () => boolean;
  /** hours that wait to be gathered */
  readonly onDue: (hours: number) => void;
  /** A piece of work failed; it is tried again. Told once, and again where the reason changes. */
  readonly onError: (error: unknown) => void;
}

/** How long nothing was due before it looks again. */
const LOOK_MS = 5_000;
const RETRY_MS = 30_000;
/** For each ms of work so many ms of rest: queries and the journal come first. */
const REST = { usual: 1, behind: 19 };

/** Begins at once. Returns its stop, which resolves when nothing of it is under way. */
export function startRolling({
  history,
  isBehind,
  onDue,
  onError,
}: RollingOptions): () => Promise<void> {
  let stopped = false;
  let interrupt: () => void = () => {};
  let trouble = '';
  const pause = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      interrupt = () => {
        clearTimeout(timer);
        resolve();
      };
      if (stopped) interrupt();
    });
  const running = (async () => {
    while (!stopped) {
      const began = performance.now();
      try {
        const worked = await history.roll();
        trouble = '';
        onDue(history.touched);
        const rest = isBehind() ? REST.behind : REST.usual;
        await pause(worked ? (performance.now() - began) * rest : LOOK_MS);
      } catch (error) {
        if (!stopped && String(error) !== trouble) onError(error);
        trouble = String(error);
        await pause(RETRY_MS);
      }
    }
  })();
  return async () => {
    stopped = true;
    interrupt();
    await running;
  };
}
