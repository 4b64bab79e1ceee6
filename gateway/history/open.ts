// The history that the settings name.
import type { History } from '../history.ts';
import { openEmbeddedHistory } from './embedded.ts';
import { openInfluxHistory } from './influx.ts';
import type { InfluxStore, Store } from './settings.ts';

/** Throws SQLite's error where a file of it is damaged. */
export function openHistory(store: Store, hall: string): History {
  if (store.kind === 'embedded') return openEmbeddedHistory(store);
  return openInfluxHistory({ ...store, hall, now: Date.now });
}

/** What has the facts in the database of an InfluxDB. Throws SQLite's error where the cursor's file is damaged. */
export function openFacts(store: InfluxStore, hall: string): History {
  const { factsDays: retentionDays } = store;
  return openInfluxHistory({ ...store, hall, retentionDays, facts: true, now: Date.now });
}
