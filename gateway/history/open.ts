// The history that the settings name.
import type { History } from '../history.ts';
import { openEmbeddedHistory } from './embedded.ts';
import { openInfluxHistory } from './influx.ts';
import type { Store } from './store.ts';

/** Throws SQLite's error where a file of it is damaged. */
export function openHistory(store: Store, hall: string): History {
  if (store.kind === 'embedded') return openEmbeddedHistory(store);
  return openInfluxHistory({ ...store, hall, now: Date.now });
}
