// The embedded history: points in one SQLite file beside the journal, from which it can be written anew.
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { Point } from '../../hall/point.ts';
import { add, aggregated, tooMuch, valueOf, type Bin } from './bin.ts';
import {
  checkQuery,
  ROWS_MAX,
  type Appended,
  type Extent,
  type History,
  type HistoryQuery,
  type HistoryRow,
  type Scan,
  type Scanned,
} from '../history.ts';

/*
 * A series is a measurement with its tags. Times are ms and, apart, the nanoseconds within that ms, as both together
 * are more than a double holds. What a power cut takes is written again from the journal, with the cursor that went
 * back as well: so no sync per commit.
 */
const SCHEMA = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  PRAGMA cache_size = -16384;
  PRAGMA journal_size_limit = 33554432;
  CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS series (
    id INTEGER PRIMARY KEY, measurement TEXT NOT NULL, tags TEXT NOT NULL, UNIQUE (measurement, tags));
  CREATE TABLE IF NOT EXISTS point (
    series INTEGER NOT NULL, at INTEGER NOT NULL, ns INTEGER NOT NULL, fields TEXT NOT NULL,
    PRIMARY KEY (series, at, ns)) WITHOUT ROWID;
`;
const NS_PER_MS = 1_000_000n;
const TIME_NS_MAX = 1n << 63n;
const SERIES_CACHED = 20_000;
const PRUNE_SLICE = 5_000;
const SCAN_PAGE = 4_000;
/** How long a write waits for another process that writes: the backfill beside a running gateway. */
const LOCK_MS = 10_000;
/** Values that one query for a percentile may hold. */
const VALUES_MAX = 2_000_000;

/** Opens or makes the file. Throws SQLite's error where it is damaged or of another kind. */
export function openEmbeddedHistory(file: string): History {
  const database = new DatabaseSync(file, { timeout: LOCK_MS });
  try {
    database.exec(SCHEMA);
    return new EmbeddedHistory(database);
  } catch (error) {
    database.close();
    throw error;
  }
}

class EmbeddedHistory implements History {
  readonly #database: DatabaseSync;
  readonly #put: StatementSync;
  readonly #addSeries: StatementSync;
  readonly #seriesIds = new Map<string, number>();

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#put = database.prepare('INSERT OR REPLACE INTO point VALUES (?, ?, ?, ?)');
    this.#addSeries = database.prepare(
      `INSERT INTO series (measurement, tags) VALUES (?, ?)
       ON CONFLICT DO UPDATE SET tags = excluded.tags RETURNING id`,
    );
  }

  async append(points: readonly Point[], through: number): Promise<Appended> {
    const rejected: { point: Point; reason: string }[] = [];
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      for (const point of points) {
        const reason = fault(point);
        if (reason !== undefined) rejected.push({ point, reason });
        else this.#write(point);
      }
      this.#database
        .prepare(
          'INSERT OR REPLACE INTO meta VALUES (?, max(?, coalesce((SELECT value FROM meta WHERE name = ?), 0)))',
        )
        .run('through', through, 'through');
      this.#database.exec('COMMIT');
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      // Series made in it are gone as well.
      this.#seriesIds.clear();
      throw error;
    }
    return { written: points.length - rejected.length, rejected };
  }

  async through(): Promise<number> {
    const row = this.#database.prepare('SELECT value FROM meta WHERE name = ?').get('through');
    return Number(row?.['value'] ?? 0);
  }

  async query(query: HistoryQuery): Promise<readonly HistoryRow[]> {
    checkQuery(query);
    const { from, to, every = to - from, aggregate, field } = query;
    const groups = this.#groups(query);
    const bins = new Map<string, Bin>();
    const ranked = aggregate === 'p50' || aggregate === 'p90';
    let kept = 0;
    const read = this.#database.prepare(
      'SELECT at, fields FROM point WHERE series = ? AND at >= ? AND at < ? ORDER BY at',
    );
    for (const { ids, group } of groups) {
      const key = JSON.stringify(group);
      for (const id of ids) {
        for (const row of read.iterate(id, from, to)) {
          const value = valueOf(String(row['fields']), aggregate, field);
          if (value === undefined) continue;
          const start = from + Math.floor((Number(row['at']) - from) / every) * every;
          const name = `${start} ${key}`;
          let bin = bins.get(name);
          if (bin === undefined) {
            if (bins.size >= ROWS_MAX) throw tooMuch(`${ROWS_MAX} rows`);
            bin = { at: start, group, n: 0, sum: 0, min: Infinity, max: -Infinity, values: [] };
            bins.set(name, bin);
          }
          add(bin, value);
          if (!ranked) continue;
          if (++kept > VALUES_MAX) throw tooMuch(`${VALUES_MAX} values to rank`);
          bin.values.push(value);
        }
      }
    }
    return [...bins]
      .sort(([keyA, a], [keyB, b]) => a.at - b.at || (keyA < keyB ? -1 : 1))
      .map(([, bin]) => {
        const { at, group, n } = bin;
        return { at, group, value: aggregated(aggregate, bin), n };
      });
  }

  async *scan({ measurement, from, to, where = {} }: Scan): AsyncGenerator<readonly Scanned[]> {
    const read = this.#database.prepare(
      `SELECT at, ns, fields FROM point WHERE series = ? AND (at, ns) > (?, ?) AND at < ?
       ORDER BY at, ns LIMIT ${SCAN_PAGE}`,
    );
    let page: Scanned[] = [];
    for (const { id, tags } of this.#seriesOf(measurement, where)) {
      let after: [at: number, ns: number] = [from, -1];
      for (;;) {
        const rows = read.all(id, ...after, to);
        for (const row of rows) {
          const fields = JSON.parse(String(row['fields'])) as Scanned['fields'];
          page.push({ tags, at: Number(row['at']), fields });
        }
        if (page.length >= SCAN_PAGE) {
          yield page;
          page = [];
        }
        if (rows.length < SCAN_PAGE) break;
        const last = rows[rows.length - 1];
        after = [Number(last?.['at']), Number(last?.['ns'])];
      }
    }
    if (page.length > 0) yield page;
  }

  async extents(): Promise<readonly Extent[]> {
    const ends = this.#database.prepare(
      `SELECT measurement, min((SELECT min(at) FROM point WHERE series = id)) AS first,
       max((SELECT max(at) FROM point WHERE series = id)) AS last FROM series GROUP BY measurement`,
    );
    return ends.all().flatMap(({ measurement, first, last }) => {
      if (first === null) return [];
      return [{ measurement: String(measurement), first: Number(first), last: Number(last) }];
    });
  }

  async prune(before: number): Promise<number> {
    const ids = this.#database
      .prepare('SELECT id FROM series')
      .all()
      .map((row) => Number(row['id']));
    const remove = this.#database.prepare(
      `DELETE FROM point WHERE (series, at, ns) IN
       (SELECT series, at, ns FROM point WHERE series = ? AND at < ? LIMIT ${PRUNE_SLICE})`,
    );
    let total = 0;
    for (const id of ids) {
      for (;;) {
        const changes = Number(remove.run(id, before).changes);
        total += changes;
        if (changes < PRUNE_SLICE) break;
        await new Promise<void>((resolve) => setTimeout(resolve, 0));
      }
    }
    return total;
  }

  async close(): Promise<void> {
    this.#database.close();
  }

  #write({ measurement, tags, fields, timestampNs }: Point): void {
    const text = JSON.stringify(Object.entries(tags).sort(([a], [b]) => (a < b ? -1 : 1)));
    const key = `${measurement} ${text}`;
    let id = this.#seriesIds.get(key);
    if (id === undefined) {
      id = Number(this.#addSeries.get(measurement, text)?.['id']);
      if (this.#seriesIds.size >= SERIES_CACHED) this.#seriesIds.clear();
      this.#seriesIds.set(key, id);
    }
    const at = Number(timestampNs / NS_PER_MS);
    const ns = Number(timestampNs % NS_PER_MS);
    this.#put.run(id, at, ns, JSON.stringify(fields));
  }

  /** The series that the query is about, by group. */
  #groups({ measurement, where = {}, groupBy = [] }: HistoryQuery) {
    const groups = new Map<string, { group: Record<string, string>; ids: number[] }>();
    for (const { id, tags } of this.#seriesOf(measurement, where)) {
      const group = Object.fromEntries(groupBy.map((tag) => [tag, tags[tag] ?? '']));
      const key = JSON.stringify(group);
      const found = groups.get(key);
      if (found === undefined) groups.set(key, { group, ids: [id] });
      else found.ids.push(id);
    }
    return groups.values();
  }

  #seriesOf(measurement: string, where: Readonly<Record<string, string>>) {
    return this.#database
      .prepare('SELECT id, tags FROM series WHERE measurement = ?')
      .all(measurement)
      .map((row) => {
        const pairs = JSON.parse(String(row['tags'])) as [string, string][];
        return { id: Number(row['id']), tags: Object.fromEntries(pairs) };
      })
      .filter(({ tags }) => Object.entries(where).every(([tag, value]) => tags[tag] === value));
  }
}

function fault({ timestampNs, fields }: Point): string | undefined {
  if (timestampNs < 0n || timestampNs >= TIME_NS_MAX) return 'time: should be from 1970 to 2262';
  return Object.keys(fields).length === 0 ? 'fields: should be at least one' : undefined;
}
