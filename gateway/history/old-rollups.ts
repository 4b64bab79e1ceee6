// Hourly sums of gauges from the file of rollups that earlier versions kept beside the history. The file is taken over
// once: it may know of hours that neither the journal nor the raw points have any more.
import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { GAUGES } from '../../hall/fact/hours.ts';
import type { GaugeHour, GaugeKind } from './hourly.ts';

export interface OldHour extends GaugeHour {
  readonly kind: GaugeKind;
}

/*
 * Table `kind` numbers the fields of measurements by level; a row of `figures` has the key kind * 2^32 + minutes since
 * 1970 and a blob of columns, one entry for each series: series, n, numbers (empty where each of the n is a number), sum,
 * min, max. Blob, little-endian, each part padded to 8 bytes: the number of columns and a type each, a length each (u32),
 * the columns.
 */
const FORMAT = '1';
const KIND_STEP = 2 ** 32;
const MINUTE_MS = 60_000;
const ARRAYS = [Uint8Array, Uint16Array, Uint32Array, Int32Array, Float64Array] as const;

type Column = InstanceType<(typeof ARRAYS)[number]>;

/**
 * Hours that begin before that time (ms); none where there is no such file, or where it is of another database than
 * `source`. Throws SQLite's error where the file is damaged.
 */
export function* oldRollups(file: string, source: string, before: number): Generator<OldHour> {
  if (!existsSync(file)) return;
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    const notes = database.prepare('SELECT value FROM meta WHERE name = ?');
    const note = (name: string) => String(notes.get(name)?.['value']);
    if (note('format') !== FORMAT || note('source') !== source) return;
    for (const [measurement, { kind, tag, fields }] of Object.entries(GAUGES)) {
      const names = namesOf(database, measurement, tag);
      for (const field of fields) {
        for (const hour of hoursOf(database, { measurement, field, before })) {
          yield* sums(hour, names).map(([name, sum]) => ({
            ...{ kind, of: `${name}/${field}`, hour: hour.at, ...sum },
          }));
        }
      }
    }
  } finally {
    database.close();
  }
}

/** By series: the device or the zone. */
function namesOf(database: DatabaseSync, measurement: string, tag: string): Map<number, string> {
  const rows = database.prepare('SELECT id, tags FROM series WHERE measurement = ?');
  return new Map(
    rows.all(measurement).flatMap(({ id, tags }) => {
      const name = new Map(JSON.parse(String(tags)) as [string, string][]).get(tag);
      return name === undefined ? [] : [[Number(id), name] as const];
    }),
  );
}

interface Hour {
  readonly at: number;
  readonly columns: readonly Column[];
}

function* hoursOf(
  database: DatabaseSync,
  { measurement, field, before }: { measurement: string; field: string; before: number },
): Generator<Hour> {
  const kind = database
    .prepare(`SELECT id FROM kind WHERE measurement = ? AND level = 'hour' AND field = ?`)
    .get(measurement, field)?.['id'];
  if (kind === undefined) return;
  const first = Number(kind) * KIND_STEP;
  const rows = database.prepare(
    'SELECT key, blob FROM figures WHERE key >= ? AND key < ? ORDER BY key',
  );
  const end = first + Math.min(KIND_STEP, Math.max(0, Math.ceil(before / MINUTE_MS)));
  for (const { key, blob } of rows.iterate(first, end)) {
    const at = (Number(key) - first) * MINUTE_MS;
    yield { at, columns: columnsOf(blob as Uint8Array) };
  }
}

/** Several series, such as the states of a device, are of one device or zone. */
function sums({ columns }: Hour, names: ReadonlyMap<number, string>) {
  const [series, n, numbers, sum, min, max] = columns;
  const counts = numbers?.length === 0 ? n : numbers;
  const found = new Map<string, Pick<GaugeHour, 'n' | 'sum' | 'min' | 'max'>>();
  series?.forEach((id, index) => {
    const [name, count = 0] = [names.get(id), counts?.[index]];
    if (name === undefined || count === 0) return;
    const last = found.get(name);
    found.set(name, {
      n: count + (last?.n ?? 0),
      sum: (sum?.[index] ?? 0) + (last?.sum ?? 0),
      min: Math.min(min?.[index] ?? Infinity, last?.min ?? Infinity),
      max: Math.max(max?.[index] ?? -Infinity, last?.max ?? -Infinity),
    });
  });
  return [...found];
}

function columnsOf(blob: Uint8Array): Column[] {
  const { buffer } = blob.slice();
  const padded = (bytes: number): number => (bytes + 7) & ~7;
  const count = blob[0] ?? 0;
  const lengths = new Uint32Array(buffer, padded(1 + count), count);
  let at = padded(1 + count) + padded(4 * count);
  return Array.from(lengths, (length, index) => {
    const column = new (ARRAYS[blob[1 + index] ?? 0] ?? Uint8Array)(buffer, at, length);
    at += padded(column.byteLength);
    return column;
  });
}
