// The hall's retained summary on the broker, for city pages and any other program: published when something in it has
// changed, and again now and then so that a reader can tell an old one. Runs on its own timer, never on a call's way.
import type { HallConfig } from '../hall/config.ts';
import type { Hall } from '../hall/state.ts';
import { hasChanged, summaryOf, type Summary, type SummaryStatus } from '../hall/summary.ts';
import type { Clock } from './clock.ts';
import type { BrokerLink } from './intake/broker-link.ts';
import { VERSION } from './version.ts';
import type { OnError } from './log.ts';

export interface SummaryOptions {
  readonly config: HallConfig;
  readonly hall: () => Hall;
  readonly clock: Clock;
  readonly publish: BrokerLink['publish'];
  /** Only who leads speaks for the hall; asked before every message. */
  readonly mayPublish: () => boolean;
  readonly gatewayStatus?: () => Omit<SummaryStatus, 'version'>;
  readonly onError: OnError;
}

export interface SummaryFeed {
  readonly stats: { readonly published: number; readonly failed: number };
  stop(): void;
}

/** Where a hall's summary stands, retained, QoS 1. */
export function summaryTopic(hall: string): string {
  return `hall/${hall}/gateway/summary`;
}

/** Starts publishing; a message that the broker does not take is not repeated: the next one says more. */
export function startSummary(options: SummaryOptions): SummaryFeed {
  const { config, clock, publish, mayPublish, onError } = options;
  const { every_s, at_least_s } = config.summary;
  const topic = summaryTopic(config.hall.id);
  const stats = { published: 0, failed: 0 };
  let last: Summary | undefined;
  let lastAt = -Infinity;
  let failing = false;
  let busy = false;
  let stopped = false;

  const look = async (): Promise<void> => {
    if (busy) return;
    if (!mayPublish()) return void (last = undefined);
    const next = summaryOf(options.hall(), config, clock.now(), {
      version: VERSION,
      ...options.gatewayStatus?.(),
    });
    const isDue = performance.now() - lastAt >= at_least_s * 1000;
    if (!isDue && !hasChanged(last, next)) return;
    busy = true;
    try {
      await publish(topic, new TextEncoder().encode(JSON.stringify(next)), true);
      stats.published++;
      last = next;
      lastAt = performance.now();
      failing = false;
    } catch (error) {
      stats.failed++;
      // A broker that is away is told once, by its own part of /healthz too.
      if (!failing && !stopped) onError(error, { stage: 'summary' });
      failing = true;
    } finally {
      busy = false;
    }
  };
  const tick = () => void look().catch((error: unknown) => onError(error, { stage: 'summary' }));
  const timer = setInterval(tick, every_s * 1000);
  tick();
  const stop = (): void => {
    stopped = true;
    clearInterval(timer);
  };
  return { stats, stop };
}
