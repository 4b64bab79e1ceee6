// How soon pages say by themselves that their numbers are old: measured in the page, at the moment its mark changes.
import { expect, type Page } from '@playwright/test';

/** A page must have said within 5 s that its numbers are old. */
const STALE_WITHIN_MS = 5_000;

/**
 * Cuts pages off from the hall; fails where one has not said so 5 s later.
 * @param what `all`: nothing in a page may call itself live any more; `some`: a panel has to call itself stale
 */
export async function expectStaleSoon(
  pages: readonly Page[],
  what: 'all' | 'some',
  cut: () => Promise<void> | void,
): Promise<void> {
  const becameStale = pages.map((page) => page.evaluate(staleAt, what));
  await cut();
  const cutAt = Date.now();
  for (const at of await Promise.all(becameStale)) {
    expect(at - cutAt).toBeLessThan(STALE_WITHIN_MS);
  }
  for (const page of pages) {
    await expect(page.locator('[data-freshness="stale"]').first()).toBeAttached();
  }
}

/** Runs in the page: resolves with the time at which it is so, ms since 1970. */
function staleAt(what: 'all' | 'some'): Promise<number> {
  const has = (state: string) => document.querySelector(`[data-freshness="${state}"]`) !== null;
  return new Promise((resolve) => {
    const look = () => {
      if (what === 'all' ? has('live') : !has('stale')) return;
      observer.disconnect();
      resolve(Date.now());
    };
    const observer = new MutationObserver(look);
    observer.observe(document, { attributes: true, childList: true, subtree: true });
    look();
  });
}
