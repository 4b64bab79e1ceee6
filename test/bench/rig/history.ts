// Waits for the embedded history, which follows the journal behind everything else.
import { setTimeout as pause } from 'node:timers/promises';

const LOOK_MS = 500;
const WAIT_MS_MAX = 180_000;

/** Resolves when the gateway at `url` has every journaled signal in its history; rejects when that takes too long. */
export async function historyDone(url: string): Promise<void> {
  const deadline = performance.now() + WAIT_MS_MAX;
  for (;;) {
    const pending = await pendingOf(url);
    if (pending === 0) return;
    if (performance.now() > deadline) throw new Error(`history: ${pending} pending, should be 0`);
    await pause(LOOK_MS);
  }
}

async function pendingOf(url: string): Promise<number> {
  const response = await fetch(`${url}/metrics`);
  const line = /^hallcast_history_pending(?:\{.*\})? (\S+)$/m.exec(await response.text());
  if (line === null) throw new Error('metrics: have no hallcast_history_pending');
  return Number(line[1]);
}
