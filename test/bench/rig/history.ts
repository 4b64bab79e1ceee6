// Waits for what the gateway counts: the history follows the journal behind everything else.
import { setTimeout as pause } from 'node:timers/promises';
import { now } from './bench.ts';

const LOOK_MS = 100;
const WAIT_MS_MAX = 300_000;

/** Resolves when the gateway at `url` has every journaled signal in its history; rejects when that takes too long. */
export async function historyDone(url: string): Promise<void> {
  await until(url, 'hallcast_history_pending', (pending) => pending === 0);
}

/** Resolves with the time (ms since 1970) at which this counter had reached `goal`; rejects when that takes too long. */
export async function counted(url: string, name: string, goal: number): Promise<number> {
  await until(url, name, (value) => value >= goal);
  return now();
}

/** The figure of that name now, over all its labels. */
export async function metric(url: string, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const lines = [...text.matchAll(new RegExp(`^${name}(?:\\{.*\\})? (\\S+)$`, 'gm'))];
  if (lines.length === 0) throw new Error(`metrics: have no ${name}`);
  return lines.reduce((sum, [, value]) => sum + Number(value), 0);
}

async function until(url: string, name: string, holds: (value: number) => boolean): Promise<void> {
  const deadline = performance.now() + WAIT_MS_MAX;
  for (;;) {
    const value = await metric(url, name);
    if (holds(value)) return;
    if (performance.now() > deadline) throw new Error(`${name}: is still ${value}`);
    await pause(LOOK_MS);
  }
}
