// Which history this gateway has, and how fast it is fed: from the settings.
import { join } from 'node:path';
import type { GatewayConfig } from '../config.ts';
import type { FeedSettings } from './feed.ts';

/** Where the points go. */
export type Store =
  | {
      readonly kind: 'embedded';
      readonly file: string;
      /** the hall's */
      readonly timezone: string;
    }
  | InfluxStore;

export interface InfluxStore {
  readonly kind: 'influx';
  /** the cursor's file */
  readonly file: string;
  /** the facts' file, from which they are written as well */
  readonly factsFile: string;
  /** the hall's */
  readonly timezone: string;
  readonly url: string;
  readonly token?: string | undefined;
  readonly ca?: string | undefined;
  readonly database: string;
  readonly timeoutMs: number;
  readonly batchBytes: number;
  readonly verifyMs: number;
  readonly retentionDays: number;
  readonly factsDays: number;
}

/** SQLite writes on this machine's disk: devices go first, as the whole is as fast as the disk anyway. */
const EMBEDDED: FeedSettings = {
  ...{ batch: 500, inFlight: 1, retryMsMax: 60_000 },
  rest: { normal: 1, busy: 9 },
};
/** The work is the server's: to keep up costs this thread a third of a core at 30,000 signals a second. */
const INFLUX_REST = { normal: 0.25, busy: 0.5 };

export function factsFile(data: string): string {
  return join(data, 'facts.sqlite');
}

export function historySettings({ influx, data, hall }: GatewayConfig): {
  readonly store: Store;
  readonly feed: FeedSettings;
  /** which database that is */
  readonly source: string;
} {
  const { timezone } = hall.hall;
  if (influx === undefined) {
    return {
      store: { kind: 'embedded', file: join(data, 'history.sqlite'), timezone },
      feed: EMBEDDED,
      source: 'embedded',
    };
  }
  const { host, pathname } = new URL(influx.url.reveal());
  const { batch, batch_kib, in_flight, timeout_s, retry_s_max, verify_s } = hall.history;
  return {
    store: {
      kind: 'influx',
      file: join(data, 'history-influx.sqlite'),
      factsFile: factsFile(data),
      timezone,
      url: influx.url.reveal(),
      token: influx.token?.reveal(),
      ca: influx.ca,
      database: influx.database,
      timeoutMs: timeout_s * 1000,
      batchBytes: batch_kib * 1024,
      verifyMs: verify_s * 1000,
      retentionDays: hall.retention.history_days,
      factsDays: hall.retention.facts_days,
    },
    feed: { batch, inFlight: in_flight, retryMsMax: retry_s_max * 1000, rest: INFLUX_REST },
    source: `${host}${pathname} ${influx.database} ${hall.hall.id}`,
  };
}
