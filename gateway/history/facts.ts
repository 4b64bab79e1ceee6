// The facts as a feed carries them: rows of the facts' file that changed, as points, and the points that hold no more.
import type { VisitFact } from '../../hall/fact.ts';
import { FACT_MEASUREMENTS, hourPoint, visitPoint, type HourRow } from '../../hall/fact/point.ts';
import { timestampNs } from '../../hall/point.ts';
import { FactStore, type Change } from '../facts/store.ts';
import type { Gone } from '../history.ts';
import type { Batch } from './feed.ts';

/**
 * The first `limit` changes after a version, up to `last`. The file is opened for each batch, as the facts' thread may have
 * put a new one in the place of a damaged one. Throws SQLite's error where the file cannot be read.
 */
export function readFacts(
  { file, hall }: { readonly file: string; readonly hall: string },
  after: number,
  last: number,
  limit: number,
): Batch | undefined {
  if (after >= last) return undefined;
  const store = new FactStore(file, () => '', true);
  try {
    const changes = store.changed(after, last, limit);
    const points = changes.flatMap(({ of, row }) => {
      if (of === 'gone') return [];
      return of === 'visit'
        ? visitPoint(hall, JSON.parse(String(row['fact'])) as VisitFact)
        : hourPoint(hall, hourOf(row));
    });
    const through = changes.length < limit ? last : (changes.at(-1)?.version ?? last);
    return { through, points, gone: changes.flatMap(goneOf) };
  } finally {
    store.close();
  }
}

function hourOf(row: Change['row']): HourRow {
  const spent = row['spent'] === null ? '{}' : String(row['spent']);
  return { ...(row as unknown as HourRow), spent: JSON.parse(spent) as HourRow['spent'] };
}

function goneOf({ of, row }: Change): Gone[] {
  if (of !== 'gone') return [];
  const at = Number(row['at']);
  if (row['id'] === null) {
    const fromNs = timestampNs(at, 0);
    return FACT_MEASUREMENTS.map((measurement) => ({ measurement, fromNs }));
  }
  const time = timestampNs(at, Number(row['id']));
  return [{ measurement: 'visit', fromNs: time, toNs: time }];
}
