// The reloads of this page: one for all that may ask for one.
import { Reloader } from './reload.ts';

const KEY = 'hallcast:reloads';
const ANSWER_MS_MAX = 5_000;

export const pageReloads = new Reloader({
  setTimeout: (run, ms) => setTimeout(run, ms),
  clearTimeout: (timer) => clearTimeout(timer as number | undefined),
  random: Math.random,
  load: () => loadedBefore(),
  save: (attempts) => sessionStorage.setItem(KEY, String(attempts)),
  answers,
  reload: () => location.reload(),
});

/** Without a store at least a reload is known as one, so that two never follow each other at once. */
function loadedBefore(): number {
  try {
    return Number(sessionStorage.getItem(KEY));
  } catch {
    const [entry] = performance.getEntriesByType('navigation');
    return entry instanceof PerformanceNavigationTiming && entry.type === 'reload' ? 1 : 0;
  }
}

async function answers(): Promise<boolean> {
  const signal = AbortSignal.timeout(ANSWER_MS_MAX);
  const answer = await fetch(location.href, { cache: 'no-store', signal });
  await answer.body?.cancel();
  return answer.ok;
}
