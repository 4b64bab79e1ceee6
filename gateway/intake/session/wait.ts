/** Waiting that a stop cuts short. */

/** Resolves after `ms`, or at the abort. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', done);
  });
}

/** The answer; false where the abort comes first. */
export async function unlessAborted(
  signal: AbortSignal,
  question: Promise<boolean>,
): Promise<boolean> {
  if (signal.aborted) return false;
  let done: (() => void) | undefined;
  const aborted = new Promise<false>((resolve) => {
    done = () => resolve(false);
    signal.addEventListener('abort', done, { once: true });
  });
  try {
    return await Promise.race([question, aborted]);
  } finally {
    if (done !== undefined) signal.removeEventListener('abort', done);
  }
}
