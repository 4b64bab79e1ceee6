// The reloads of this page: one for all that may ask for one.
import { Reloader } from './reload.ts';

const KEY = 'hallcast:reloads';
const VERSION_KEY = 'hallcast:version';
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

/**
 * The gateway tells the version of its pages: a page of another one loads itself anew, once for each version, since the two
 * gateways of a hall may differ for a while. What the page is of stands in its head; without that it asks for nothing.
 */
export function heardVersion(version: string): void {
  const own = document.querySelector<HTMLMetaElement>('meta[name="hallcast-version"]')?.content;
  if (own === undefined || own === '' || own === version) return;
  try {
    if (sessionStorage.getItem(VERSION_KEY) === version) return;
    sessionStorage.setItem(VERSION_KEY, version);
  } catch {
    return;
  }
  pageReloads.want('version');
}

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
