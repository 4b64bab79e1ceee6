// The system's Chromium as the browser tests start it, and a watch that notes the frame in which a call was painted.
import { chromium, type Browser, type Page } from '@playwright/test';
import { now, type Tidy } from './bench.ts';
import { firstPaint, watchCalls, type Sighting } from './in-page.ts';

/** As test/e2e/playwright.config.ts has them. */
const FLAGS = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
];
const PINGS = 30;

export async function startBrowser(tidy: Tidy): Promise<Browser> {
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: FLAGS });
  tidy(() => browser.close());
  return browser;
}

/** A page with an empty cache that notes from its first moment which calls it painted, and when. */
export async function watchedPage(
  browser: Browser,
  viewport: { readonly width: number; readonly height: number },
): Promise<Page> {
  const context = await browser.newContext({ viewport, locale: 'zh-CN' });
  const page = await context.newPage();
  await page.addInitScript(watchCalls);
  return page;
}

/** What the page has painted so far, each ticket once: when it first stood there as called. */
export async function sightings(page: Page): Promise<Sighting[]> {
  return await page.evaluate(
    () => (globalThis as typeof globalThis & { sightings: Sighting[] }).sightings,
  );
}

/** Waits for the first call that the page paints: ms from its navigation. */
export async function firstSighting(page: Page): Promise<number> {
  const handle = await page.waitForFunction(firstPaint, undefined, { polling: 50 });
  return Number(await handle.jsonValue());
}

/** How far the page's clock is ahead of this process's, ms, and how well that is known. */
export async function clockAhead(page: Page): Promise<{ ahead: number; within: number }> {
  let best = { ahead: 0, within: Infinity };
  for (let ping = 0; ping < PINGS; ping++) {
    const sent = now();
    const there = await page.evaluate(() => performance.timeOrigin + performance.now());
    const back = now();
    const within = (back - sent) / 2;
    if (within < best.within) best = { ahead: there - (sent + back) / 2, within };
  }
  return best;
}
