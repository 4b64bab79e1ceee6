// A busy hall for a bench: so many calls per second among so many signals, each from the device that would send it, at
// times that are spread at random (seeded), so that they do not walk in step with a screen's frames.
import type { HallConfig } from '../../../hall/config.ts';
import { chance } from '../../sim/random.ts';
import { now } from './bench.ts';
import type { Devices } from './devices.ts';

export interface LoadOptions {
  readonly config: HallConfig;
  readonly devices: Devices;
  readonly seconds: number;
  /** of these, at the beginning: published like all, but not measured (programs warm up once, halls run all day) */
  readonly warmSeconds: number;
  readonly callsPerSecond: number;
  readonly signalsPerSecond: number;
  /** a letter of this run: its tickets and ids are its own */
  readonly run: string;
  /** the zone whose windows get `zoneShare` (0 … 1) of the calls, in turn; the others share the rest */
  readonly zone: string;
  readonly zoneShare: number;
}

export interface LoadResult {
  /** those that were measured */
  readonly calls: readonly PublishedCall[];
  /** all signals, and the time over which they were published, s */
  readonly signals: number;
  readonly seconds: number;
  /** publish → PUBACK of those that were measured, ms */
  readonly acks: readonly number[];
}

export interface PublishedCall {
  readonly ticket: string;
  readonly window: string;
  /** just before the packet was written, ms since 1970 by this process's clock */
  readonly publishedAt: number;
}

interface Due {
  /** s from the start */
  readonly at: number;
  readonly device: string;
  readonly stream: string;
  readonly signal: Readonly<Record<string, unknown>>;
  readonly call?: { readonly ticket: string; readonly window: string };
}

const LOOK_MS = 1;
/** A ticket is issued so long before its call, s. */
const ISSUED_BEFORE = 2;
/** Of the time from one call to a window until its next: when serving begins, when it is done. */
const SERVING_AT = 0.45;
const DONE_AT = 0.9;
/** Serving begins at the latest so long after a call, s: a board's place is free again. */
const SERVING_AFTER_MAX = 1.2;

/** Publishes the load and resolves when all of it is acknowledged. */
export async function runLoad(options: LoadOptions): Promise<LoadResult> {
  const plan = planLoad(options).sort((a, b) => a.at - b.at);
  await options.devices.connect(new Set(plan.map(({ device }) => device)));
  const calls: PublishedCall[] = [];
  const acks: number[] = [];
  const sent: Promise<void>[] = [];
  const began = now();
  let next = 0;
  await new Promise<void>((resolve) => {
    const look = () => {
      const elapsed = (now() - began) / 1000;
      for (let due = plan[next]; due !== undefined && due.at <= elapsed; due = plan[++next]) {
        const publishedAt = now();
        const signal = {
          ...due.signal,
          at: Math.floor(publishedAt),
          id: `${options.run}-${Math.floor(began)}-${next}`,
        };
        const acked = options.devices.publish(due.device, due.stream, signal);
        const measured = due.at >= options.warmSeconds;
        sent.push(acked.then(() => void (measured && acks.push(now() - publishedAt))));
        if (measured && due.call !== undefined) calls.push({ ...due.call, publishedAt });
      }
      if (next < plan.length) setTimeout(look, LOOK_MS);
      else resolve();
    };
    look();
  });
  const seconds = (now() - began) / 1000;
  await Promise.all(sent);
  return { calls, signals: plan.length, seconds, acks };
}

function planLoad(options: LoadOptions): Due[] {
  const plan = planTickets(options);
  const { signalsPerSecond, seconds, run } = options;
  return [...plan, ...planOthers(options, signalsPerSecond * seconds - plan.length, run)];
}

/** Each call with what comes before and after it at its window. */
function planTickets({ config, callsPerSecond, seconds, run, zone, zoneShare }: LoadOptions) {
  const random = chance(run.charCodeAt(0));
  const own = config.windows.filter((window) => window.zone === zone);
  const others = config.windows.filter((window) => window.zone !== zone);
  const turns = { own: 0, others: 0 };
  const plan: Due[] = [];
  for (let count = 0; count < callsPerSecond * (seconds - ISSUED_BEFORE * 2); count++) {
    const isOwn = Math.floor((count + 1) * zoneShare) > Math.floor(count * zoneShare);
    const windows = isOwn ? own : others;
    const window = windows[turns[isOwn ? 'own' : 'others']++ % windows.length];
    if (window === undefined) continue;
    const between = windows.length / callsPerSecond / (isOwn ? zoneShare : 1 - zoneShare);
    const at = ISSUED_BEFORE + (count + random.next()) / callsPerSecond;
    const ticket = `${run}${count}`;
    const queue = window.queues[0] ?? config.queues[0]?.id ?? '';
    const caller = deviceAt(config, 'caller', window.id);
    const place = { ticket, window: window.id };
    const tell = (when: number, device: string, type: string, fields: object, call?: object) =>
      plan.push({
        ...{ at: when, device, stream: 'ticket', signal: { type, ticket, ...fields } },
        ...(call && { call: place }),
      });
    tell(at - ISSUED_BEFORE, `dispenser-${queue}`, 'issued', { queue, channel: 'kiosk' });
    tell(at, caller, 'called', { window: window.id }, place);
    const servingAt = at + Math.min(between * SERVING_AT, SERVING_AFTER_MAX);
    tell(servingAt, caller, 'serving', { window: window.id });
    tell(at + between * DONE_AT, caller, 'completed', { window: window.id, outcome: 'done' });
  }
  return plan;
}

/** What else a hall's devices tell: people counted, opinions, how devices are. */
function planOthers(options: LoadOptions, count: number, run: string): Due[] {
  const { config, seconds } = options;
  const random = chance(run.charCodeAt(0) + 1_000);
  return Array.from({ length: Math.max(0, count) }, (_, index): Due => {
    const at = random.next() * seconds;
    const zone = random.pick(config.zones).id;
    const window = random.pick(config.windows).id;
    switch (index % 4) {
      case 0:
        return {
          ...{ at, device: `counter-${zone}`, stream: 'occupancy' },
          signal: { type: 'count', zone, present: random.below(80) },
        };
      case 1:
        return {
          ...{ at, device: `gate-${zone}`, stream: 'occupancy' },
          signal: { type: 'flow', zone, in: random.below(3), out: random.below(3) },
        };
      case 2:
        return {
          ...{ at, device: deviceAt(config, 'evaluator', window), stream: 'evaluation' },
          signal: { type: 'submitted', window, level: 3 + random.below(3), channel: 'pad' },
        };
      default:
        return {
          ...{ at, device: deviceAt(config, 'caller', window), stream: 'device' },
          signal: { type: 'state', state: 'online', uptime_s: 1000 + random.below(100_000) },
        };
    }
  });
}

function deviceAt(config: HallConfig, kind: string, window: string): string {
  const found = config.devices.find((device) => device.kind === kind && device.window === window);
  return found?.id ?? `${kind}-${window}`;
}
