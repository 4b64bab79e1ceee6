// The embedded history: points in one SQLite file beside the journal, from which it can be written anew.
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { Point } from '../../hall/point.ts';
import { add, aggregated, hold, tooMuch, valueOf, type Bin } from './bin.ts';
import { binsOf } from './calendar.ts';
import {
  checkQuery,
  ROWS_MAX,
  type Aggregate,
  type Appended,
  type Cancel,
  type History,
  type HistoryQuery,
  type HistoryRow,
} from '../history.ts';
import { own } from '../../hall/own.ts';
import { hasAll } from './own.ts';

/*
 * A series is a measurement with its tags. Points lie in the order of time within their measurement: new ones go to few
 * places, and a stretch of time is read in one go. Times are ms and, apart, the nanoseconds within that ms, as both
 * together are more than a double holds. What a power cut takes is written again from the journal, with the cursor that
 * went back as well: so no sync per commit.
 */
const PRAGMAS = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  PRAGMA cache_size = -16384;
  PRAGMA journal_size_limit = 33554432;
`;
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS measurement (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
  CREATE TABLE IF NOT EXISTS series (
    id INTEGER PRIMARY KEY, measurement INTEGER NOT NULL, tags TEXT NOT NULL,
    UNIQUE (measurement, tags));
  CREATE TABLE IF NOT EXISTS point (
    measurement INTEGER NOT NULL, at INTEGER NOT NULL, ns INTEGER NOT NULL, series INTEGER NOT NULL,
    fields TEXT NOT NULL, PRIMARY KEY (measurement, at, ns, series)) WITHOUT ROWID;
`;
const FORMAT = 2;
const NS_PER_MS = 1_000_000n;
const TIME_NS_MAX = 1n << 63n;
const SERIES_CACHED = 20_000;
const PRUNE_SLICE = 5_000;
/** How long a write waits for another process that writes: the backfill beside a running gateway. */
const LOCK_MS = 10_000;
/** Points between two looks whether somebody still waits for the answer: a few ms. */
const CHECK_EVERY = 1_000;
/** Different values that a query for a percentile may hold: those of the bins of one time. */
const VALUES_MAX = 2_000_000;

export interface EmbeddedOptions {
  /** the SQLite file; made when missing */
  readonly file: string;
  /** the hall's, for bins of the calendar */
  readonly timezone: string;
}

/** Throws SQLite's error where the file is damaged or of another kind. */
export function openEmbeddedHistory({ file, timezone }: EmbeddedOptions): History {
  const database = new DatabaseSync(file, { timeout: LOCK_MS });
  try {
    database.exec(PRAGMAS);
    claim(database);
    return new EmbeddedHistory(database, timezone);
  } catch (error) {
    database.close();
    throw error;
  }
}

/** A file of an earlier layout begins anew: the journal has what it had. */
function claim(database: DatabaseSync): void {
  const format = Number(database.prepare('PRAGMA user_version').get()?.['user_version']);
  database.exec('BEGIN IMMEDIATE');
  if (format !== FORMAT) {
    for (const table of ['point', 'series', 'measurement', 'meta']) {
      database.exec(`DROP TABLE IF EXISTS ${table}`);
    }
    database.exec(`PRAGMA user_version = ${FORMAT}`);
  }
  database.exec(SCHEMA);
  database.exec('COMMIT');
}

interface SeriesId {
  readonly measurement: number;
  readonly series: number;
}

class EmbeddedHistory implements History {
  readonly #database: DatabaseSync;
  readonly #timezone: string;
  readonly #put: StatementSync;
  readonly #addMeasurement: StatementSync;
  readonly #addSeries: StatementSync;
  readonly #seriesIds = new Map<string, SeriesId>();

  constructor(database: DatabaseSync, timezone: string) {
    this.#database = database;
    this.#timezone = timezone;
    this.#put = database.prepare('INSERT OR REPLACE INTO point VALUES (?, ?, ?, ?, ?)');
    this.#addMeasurement = database.prepare(
      `INSERT INTO measurement (name) VALUES (?)
       ON CONFLICT DO UPDATE SET name = excluded.name RETURNING id`,
    );
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

  async query(query: HistoryQuery, cancel?: Cancel): Promise<readonly HistoryRow[]> {
    checkQuery(query);
    cancel?.check();
    const { measurement, from, to, aggregate, field } = query;
    const groups = this.#groups(query);
    const beginOf = binsOf(query, this.#timezone);
    const ranked = aggregate === 'p50' || aggregate === 'p90';
    const rows: HistoryRow[] = [];
    let [seen, held, begin] = [0, 0, -Infinity];
    // Points come in the order of time: when a bin begins those before it are complete, and their values are let go.
    let open: Group[] = [];
    const settle = (): void => {
      for (const group of open.sort((a, b) => (a.key < b.key ? -1 : 1))) {
        if (group.bin !== undefined) rows.push(rowOf(aggregate, group, group.bin));
        group.bin = undefined;
      }
      [open, held] = [[], 0];
    };
    // The fields lie in the text: where points alone are counted it is not even read.
    const column = field === undefined ? `''` : 'fields';
    const read = this.#database.prepare(
      `SELECT series, at, ${column} AS fields FROM point WHERE measurement = ? AND at >= ? AND at < ? ORDER BY at`,
    );
    for (const row of read.iterate(this.#measurementId(measurement), from, to)) {
      if (++seen % CHECK_EVERY === 0) cancel?.check();
      const group = groups.get(Number(row['series']));
      if (group === undefined) continue;
      const value = valueOf(String(row['fields']), aggregate, field);
      if (value === undefined) continue;
      const at = beginOf(Number(row['at']));
      if (at !== begin) settle();
      begin = at;
      if (group.bin === undefined) {
        if (open.push(group) + rows.length > ROWS_MAX) throw tooMuch(`${ROWS_MAX} rows`);
        group.bin = { at, n: 0, sum: 0, min: Infinity, max: -Infinity, values: new Map() };
      }
      add(group.bin, value);
      if (!ranked) continue;
      if (!hold(group.bin, value)) continue;
      if (++held > VALUES_MAX) throw tooMuch(`${VALUES_MAX} different values to rank`);
    }
    settle();
    return rows;
  }

  async prune(before: number): Promise<number> {
    const ids = this.#database.prepare('SELECT id FROM measurement').all();
    const remove = this.#database.prepare(
      `DELETE FROM point WHERE (measurement, at, ns, series) IN (
         SELECT measurement, at, ns, series FROM point WHERE measurement = ? AND at < ?
         LIMIT ${PRUNE_SLICE})`,
    );
    let total = 0;
    for (const row of ids) {
      for (;;) {
        const changes = Number(remove.run(Number(row['id']), before).changes);
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
    const ids = this.#idsOf(measurement, tags);
    const at = Number(timestampNs / NS_PER_MS);
    const ns = Number(timestampNs % NS_PER_MS);
    this.#put.run(ids.measurement, at, ns, ids.series, JSON.stringify(fields));
  }

  #idsOf(name: string, tags: Point['tags']): SeriesId {
    // Tags come sorted (hall/point.ts): the same ones make the same key.
    const key = `${name} ${JSON.stringify(tags)}`;
    let ids = this.#seriesIds.get(key);
    if (ids === undefined) {
      const measurement = Number(this.#addMeasurement.get(name)?.['id']);
      const sorted = Object.entries(tags).sort(([a], [b]) => (a < b ? -1 : 1));
      const series = Number(this.#addSeries.get(measurement, JSON.stringify(sorted))?.['id']);
      ids = { measurement, series };
      if (this.#seriesIds.size >= SERIES_CACHED) this.#seriesIds.clear();
      this.#seriesIds.set(key, ids);
    }
    return ids;
  }

  /** -1 where nothing was ever measured under that name. */
  #measurementId(name: string): number {
    const row = this.#database.prepare('SELECT id FROM measurement WHERE name = ?').get(name);
    return Number(row?.['id'] ?? -1);
  }

  /** By the id of each series that the query is about: its group, which it may share. */
  #groups({ measurement, where = {}, groupBy = [] }: HistoryQuery): Map<number, Group> {
    const byKey = new Map<string, Group>();
    const bySeries = new Map<number, Group>();
    const read = this.#database.prepare('SELECT id, tags FROM series WHERE measurement = ?');
    for (const row of read.all(this.#measurementId(measurement))) {
      const pairs = JSON.parse(String(row['tags'])) as [string, string][];
      const tags: Record<string, string> = Object.fromEntries(pairs);
      if (!hasAll(tags, where)) continue;
      const group = Object.fromEntries(groupBy.map((tag) => [tag, own(tags, tag) ?? '']));
      const key = JSON.stringify(group);
      const found = byKey.get(key) ?? { key, tags: group, bin: undefined };
      byKey.set(key, found);
      bySeries.set(Number(row['id']), found);
    }
    return bySeries;
  }
}

interface Group {
  readonly key: string;
  readonly tags: Readonly<Record<string, string>>;
  /** the one that goes on */
  bin: Bin | undefined;
}

function rowOf(aggregate: Aggregate, { tags }: Group, bin: Bin): HistoryRow {
  return { at: bin.at, group: tags, value: aggregated(aggregate, bin), n: bin.n };
}

function fault({ timestampNs, fields }: Point): string | undefined {
  if (timestampNs < 0n || timestampNs >= TIME_NS_MAX) return 'time: should be from 1970 to 2262';
  return Object.keys(fields).length === 0 ? 'fields: should be at least one' : undefined;
}
