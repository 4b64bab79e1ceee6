// The demo day in real time: first the day so far, then each signal when it is due, day after day.
import { setTimeout as delay } from 'node:timers/promises';
import { addDays, businessDate } from '../../hall/zone-time.ts';
import type { HallConfig } from '../../hall/config.ts';
import { demoDay, type DemoEvent } from '../day.ts';
import { connectFleet } from './fleet.ts';

export interface DemoOptions {
  config: HallConfig;
  /** `mqtt://HOST:PORT` */
  url: string;
  /** The demo's time, integer ms; paced. */
  now(): number;
  seed?: string;
  /** Adds to what the day has devices say at this moment (see burst.ts). */
  extra?: (events: readonly DemoEvent[], from: number, to: number) => DemoEvent[];
  onError(error: Error, about: { stage: string }): void;
  /** The day so far is published. */
  onReady?(about: { devices: number; connected: number; signals: number; ms: number }): void;
}

export interface RunningDemo {
  /** Pulls all cables. */
  stop(): Promise<void>;
}

/** How long the hall waits for its devices before it goes on without those that are missing. */
const PATIENCE_MS = 15_000;
const TICK_MS = 200;

export function runDemo(options: DemoOptions): RunningDemo {
  const stopping = new AbortController();
  const done = tellDays(options, stopping.signal).catch((error: unknown) => {
    if (!stopping.signal.aborted) options.onError(asError(error), { stage: 'demo day' });
  });
  return {
    stop: async () => {
      stopping.abort();
      await done;
    },
  };
}

async function tellDays(options: DemoOptions, stopping: AbortSignal): Promise<void> {
  const { config, now, seed, extra } = options;
  const began = Date.now();
  const fleet = await connectFleet(options);
  try {
    let date = businessDate(config.hall.timezone, now());
    let day = tellInOrder(demoDay(config, date, seed));
    await fleet.ready(PATIENCE_MS, stopping);

    // The past takes a moment to tell, in which time goes on: what has become due meanwhile is told too.
    let told = now();
    let signals = 0;
    for (let due = day.until(told); due.length > 0 && !stopping.aborted; due = day.until(told)) {
      await fleet.recount(due);
      signals += due.length;
      told = now();
    }
    await fleet.announce(told);
    const { size: devices, connected } = fleet;
    options.onReady?.({ devices, connected, signals, ms: Date.now() - began });

    while (!stopping.aborted) {
      await delay(TICK_MS, undefined, { signal: stopping });
      // While the broker is away time stands still for the story; afterwards it is told in order.
      await fleet.ready(PATIENCE_MS, stopping);
      const until = now();
      const due = day.until(until);
      await fleet.follow(extra === undefined ? due : merge(due, extra(day.events, told, until)));
      told = until;
      if (businessDate(config.hall.timezone, until) !== date) {
        date = addDays(date, 1);
        day = tellInOrder(demoDay(config, date, seed));
      }
    }
  } finally {
    fleet.stop();
  }
}

/** A day of which each part is told once. */
function tellInOrder(events: readonly DemoEvent[]) {
  let next = 0;
  return {
    events,
    /** What has become due and was not given before. */
    until: (at: number): readonly DemoEvent[] => {
      const from = next;
      while ((events[next]?.at ?? Infinity) <= at) next += 1;
      return events.slice(from, next);
    },
  };
}

function merge(a: readonly DemoEvent[], b: readonly DemoEvent[]): DemoEvent[] {
  return [...a, ...b].sort((one, other) => one.at - other.at);
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
