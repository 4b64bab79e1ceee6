// What no gateway can be faster than on this machine: one sync to this disk, one frame of this browser.
import type { Browser } from '@playwright/test';
import { join } from 'node:path';
import { timeFrames } from './in-page.ts';

const SYNCS = 200;
const FRAMES = 200;
const PAGE_BYTES = 4_096;

/** Times of appending one page to a file of `folder` and syncing it, ms. */
export async function syncTimes(folder: string): Promise<number[]> {
  const path = join(folder, 'sync-floor');
  using file = await Deno.open(path, { create: true, write: true });
  const page = new Uint8Array(PAGE_BYTES).fill(1);
  const times: number[] = [];
  for (let count = 0; count < SYNCS; count++) {
    const began = performance.now();
    await file.write(page);
    await file.syncData();
    times.push(performance.now() - began);
  }
  await Deno.remove(path);
  return times;
}

/** Times between frames of an empty page, ms. */
export async function frameTimes(browser: Browser): Promise<number[]> {
  const page = await browser.newPage();
  const times = await page.evaluate(timeFrames, FRAMES);
  await page.close();
  return times;
}
