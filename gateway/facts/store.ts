// The facts' file: visits, evaluations, sums of hours, what screens painted, and the fold's state with which they go on. One
// SQLite file. Figures read whole days as columns, packed when first asked for. SPEC §15.
import type { SQLOutputValue, StatementSync } from 'node:sqlite';
import type { EvaluationFact, VisitFact } from '../../hall/fact.ts';
import type { HourKind, HourSum } from '../../hall/fact/hours.ts';
import {
  evaluationColumns,
  hourColumns,
  visitColumns,
  type Columns,
  type HourFact,
} from '../../hall/figure/columns.ts';
import { DEVICE_STATES, WINDOW_STATES } from '../../hall/figure/past.ts';
import type { OldHour } from '../history/old-rollups.ts';
import { isDamage } from '../journal/damage.ts';
import { FactDatabase } from './database.ts';
import { packed, unpacked } from './pack.ts';
import type { Hour, HoursQuestion } from './questions.ts';

/** Facts that have columns. */
export const PACK_KINDS = ['visit', 'evaluation', 'window', 'device', 'zone'] as const;
export type PackKind = (typeof PACK_KINDS)[number];

export interface Kept {
  /** the journal's entry up to which the state reflects it */
  readonly through: number;
  readonly digest: string;
  /** JSON */
  readonly state: string;
}

/** A call painted on a screen. */
export interface Seen {
  readonly call: string;
  readonly screen: string;
  readonly ticket: string;
  readonly window: string;
  /** when it was painted, ms since 1970, and how long after the call */
  readonly at: number;
  readonly ms: number;
}

/** What one flush writes. */
export interface Flush {
  /** by their first entry; undefined: it has not ended after all */
  readonly visits: ReadonlyMap<number, VisitFact | undefined>;
  readonly evaluations: readonly EvaluationFact[];
  /** the newest entry that these reflect */
  readonly through: number;
  /** with the state, in the same transaction: sums are added exactly once */
  readonly sums?: readonly HourSum[];
  readonly kept?: Kept;
}

/** A deletion costs an InfluxDB 40 ms. A follower that was away for longer keeps some former points. */
const GONE_MAX = 10_000;

type Row = Record<string, SQLOutputValue>;

/** What has changed, in the order of versions. */
export interface Change {
  readonly version: number;
  readonly of: (typeof FOLLOWED)[number];
  readonly row: Row;
}

const FOLLOWED = ['visit', 'hour', 'gone'] as const;

export class FactStore {
  readonly #database: FactDatabase;
  readonly #dayOf: (at: number) => string;
  #version: number;

  /**
   * Opens or makes the file. Throws SQLite's error where it is damaged.
   * @param dayOf the hall's business day of an instant
   */
  constructor(file: string, dayOf: (at: number) => string, readOnly = false) {
    this.#dayOf = dayOf;
    this.#database = new FactDatabase(file, readOnly);
    // A new file, or one that was put back, begins with later versions than any that a follower may have read.
    this.#version = Math.max(Number(this.#meta('version') ?? 0), Date.now() * 1_000);
  }

  /** What the fold goes on from; undefined where it has to begin at the journal's first entry. */
  kept(): Kept | undefined {
    const [through, digest, state] = ['through', 'digest', 'state'].map((name) => this.#meta(name));
    if (through === undefined || digest === undefined || state === undefined) return undefined;
    return { through: Number(through), digest, state };
  }

  /** The newest entry that any fact reflects. */
  get flushed(): number {
    return Math.max(Number(this.#meta('flushed') ?? 0), Number(this.#meta('through') ?? 0));
  }

  /** Facts of earlier days than this one stay as they are; '' = none do. */
  get from(): string {
    return this.#meta('from') ?? '';
  }

  /** The first day that has visits, be it as columns alone; undefined where there are none. */
  get firstDate(): string | undefined {
    const found = this.#run('SELECT min(date) AS date FROM visit').get()?.['date'];
    const ofVisits = typeof found === 'string' ? found : undefined;
    const earlier = this.#run(
      `SELECT date, columns FROM pack WHERE kind = 'visit' AND date < ? ORDER BY date`,
    ).iterate(ofVisits ?? '9999');
    // A day on which nobody came may have columns too.
    for (const { date, columns } of earlier) {
      if (unpacked(columns as Uint8Array).n > 0) return String(date);
    }
    return ofVisits;
  }

  /** No change has a later one so far. */
  get version(): number {
    return this.#version;
  }

  /** All of it or nothing. */
  write(flush: Flush): void {
    const { visits, evaluations, sums = [], kept, through } = flush;
    this.transaction(() => {
      const dates = new Set<string>();
      for (const [id, visit] of visits) {
        const changed = visit === undefined ? this.#removeVisit(id) : this.#putVisit(visit);
        for (const date of changed) dates.add(`visit ${date}`);
      }
      for (const evaluation of evaluations) {
        this.#run('INSERT OR REPLACE INTO evaluation VALUES (?, ?, ?, ?)').run(
          ...[evaluation.evaluation, evaluation.at, evaluation.date, JSON.stringify(evaluation)],
        );
        dates.add(`evaluation ${evaluation.date}`);
      }
      for (const sum of sums) {
        this.#addSum(sum);
        if (isPacked(sum.kind)) dates.add(`${sum.kind} ${this.#dayOf(sum.hour)}`);
      }
      for (const each of dates) {
        this.#run('DELETE FROM pack WHERE kind = ? AND date = ?').run(...each.split(' '));
      }
      this.#setMeta('flushed', through);
      this.#setMeta('version', this.#version);
      if (kept === undefined) return;
      this.#setMeta('through', kept.through);
      this.#setMeta('digest', kept.digest);
      this.#setMeta('state', kept.state);
    });
  }

  /** Facts of days from `date` on, and of entries after `through`, are made again; the fold begins anew. */
  forgetFrom(date: string, start: number, through: number): void {
    this.transaction(() => {
      this.#run('DELETE FROM visit WHERE date >= ? OR id > ?').run(date, through);
      this.#run('DELETE FROM evaluation WHERE date >= ? OR id > ?').run(date, through);
      this.#run('DELETE FROM hour WHERE hour >= ?').run(start);
      this.#run('DELETE FROM pack WHERE date >= ?').run(date);
      this.#run(`DELETE FROM meta WHERE name IN ('state', 'through', 'digest', 'flushed')`).run();
      this.#setMeta('from', date);
      this.#putGone(start, null);
      this.#setMeta('version', this.#version);
    });
  }

  /** One day's facts as columns; `keep`: they do not change any more, so that they are packed. */
  columns(kind: PackKind, date: string, start: number, end: number, keep: boolean): Columns {
    const pack = this.#run('SELECT columns FROM pack WHERE kind = ? AND date = ?').get(kind, date);
    if (pack !== undefined) return unpacked(pack['columns'] as Uint8Array);
    const columns = this.#made(kind, date, start, end);
    if (keep) this.#pack(kind, date, columns);
    return columns;
  }

  #pack(kind: PackKind, date: string, columns: Columns): void {
    try {
      this.putColumns(kind, date, columns);
    } catch (error) {
      // On a full disk questions are answered all the same: the columns are made again the next time.
      if (isDamage(error)) throw error;
    }
  }

  /** A day of which columns are all that there is: its visits can be counted, and not asked for. */
  putColumns(kind: PackKind, date: string, columns: Columns): void {
    this.#run('INSERT OR REPLACE INTO pack VALUES (?, ?, ?)').run(kind, date, packed(columns));
  }

  /** Days before that one that have visits and no columns of them, the oldest first. */
  daysToPack(before: string): string[] {
    const rows = this.#run(
      `SELECT DISTINCT date FROM visit WHERE date < ? AND date NOT IN
         (SELECT date FROM pack WHERE kind = 'visit') ORDER BY date`,
    ).all(before);
    return rows.map((row) => String(row['date']));
  }

  #made(kind: PackKind, date: string, start: number, end: number): Columns {
    if (kind === 'visit') return visitColumns(this.#facts<VisitFact>('visit', date));
    if (kind === 'evaluation') {
      return evaluationColumns(this.#facts<EvaluationFact>('evaluation', date));
    }
    const rows = this.#run(
      'SELECT of, hour, spent, max, n FROM hour WHERE kind = ? AND hour >= ? AND hour < ?',
    ).all(kind, start, end);
    const hours = rows.map(({ of, hour, spent, max, n }): HourFact => ({
      of: String(of),
      hour: Number(hour),
      ...(spent !== null && { spent: JSON.parse(String(spent)) as Record<string, number> }),
      ...(max !== null && { max: Number(max) }),
      n: Number(n),
    }));
    return columnsOfHours(kind, hours);
  }

  /** Up to `limit` visits with `at` in [from, to) after that one, by `at`, then number. */
  visits(from: number, to: number, after: readonly [at: number, id: number], limit: number) {
    return this.#run(
      `SELECT id, at, fact FROM visit WHERE at >= ? AND at < ? AND (at, id) > (?, ?)
       ORDER BY at, id LIMIT ?`,
    )
      .all(from, to, ...after, limit)
      .map((row) => ({ id: Number(row['id']), at: Number(row['at']), fact: String(row['fact']) }));
  }

  visit(id: number): VisitFact | undefined {
    return factOf(this.#run('SELECT fact FROM visit WHERE id = ?').get(id));
  }

  /** The visits under a number on a day, in order of issue. */
  visitsOf(ticket: string, date: string): VisitFact[] {
    return this.#run('SELECT fact FROM visit WHERE ticket = ? AND date = ? ORDER BY id')
      .all(ticket, date)
      .flatMap((row) => factOf(row) ?? []);
  }

  /** The next visit that was given that number. */
  nextVisit(ticket: string, after: number): number | undefined {
    const row = this.#run('SELECT min(id) AS id FROM visit WHERE ticket = ? AND id > ?').get(
      ticket,
      after,
    );
    return typeof row?.['id'] === 'number' ? row['id'] : undefined;
  }

  /** The latest visit under a number that began in [from, to] and was served at that window. */
  servedAt(ticket: string, window: string, from: number, to: number): VisitFact | undefined {
    return this.#run(
      'SELECT fact FROM visit WHERE ticket = ? AND at >= ? AND at <= ? ORDER BY at DESC',
    )
      .all(ticket, from, to)
      .flatMap((row) => factOf(row) ?? [])
      .find((fact) => fact.window === window && fact.serving_at !== undefined);
  }

  /**
   * Sums of a kind in [from, to), over stretches of `step` ms from `from` on, which are whole hours; of one thing, or of all
   * of that field.
   */
  hours({ kind, from, to, of, field, step }: HoursQuestion): Hour[] {
    const one = of === undefined ? `substr(of, instr(of, '/') + 1) = ?` : 'of = ?';
    return this.#run(
      `SELECT of, ? + (hour - ?) / ? * ? AS hour, sum(n) AS n, sum(sum) AS sum, min(min) AS min, max(max) AS max
       FROM hour WHERE kind = ? AND hour >= ? AND hour < ? AND ${one} AND n > 0 GROUP BY 1, 2`,
    )
      .all(from, from, step, step, kind, from, to, of ?? field)
      .map((row) => row as unknown as Hour);
  }

  /** An earlier version has summed that hour. */
  isTakenOver(kind: HourKind, of: string, hour: number): boolean {
    const row = this.#run('SELECT n, last FROM hour WHERE kind = ? AND of = ? AND hour = ?').get(
      kind,
      of,
      hour,
    );
    return row !== undefined && isTakenOver(row);
  }

  /** From when on sums of gauges are whole, ms since 1970; undefined: they are not begun. */
  get since(): number | undefined {
    const since = this.#meta('since');
    return since === undefined ? undefined : Number(since);
  }

  set since(at: number) {
    this.#setMeta('since', at);
  }

  /** Adds hours that an earlier version had summed, where there are none; and from when on sums are whole. */
  takeOver(hours: Iterable<OldHour>, since: number): number {
    let taken = 0;
    this.transaction(() => {
      let first = since;
      for (const { kind, of, hour, n, sum, min, max } of hours) {
        const { changes } = this.#run(
          'INSERT OR IGNORE INTO hour VALUES (?, ?, ?, ?, NULL, ?, ?, ?, ?, NULL, 0)',
        ).run(kind, of, hour, ++this.#version, n, sum, min, max);
        taken += Number(changes);
        first = Math.min(first, hour);
      }
      this.since = first;
      this.#setMeta('version', this.#version);
    });
    return taken;
  }

  /** What changed after one version, up to another: in that order, the first `limit`. */
  changed(after: number, last: number, limit: number): Change[] {
    return FOLLOWED.flatMap((of) =>
      this.#run(`SELECT * FROM ${of} WHERE version > ? AND version <= ? ORDER BY version LIMIT ?`)
        .all(after, last, limit)
        .map((row): Change => ({ version: Number(row['version']), of, row })),
    )
      .sort((a, b) => a.version - b.version)
      .slice(0, limit);
  }

  see(seen: readonly Seen[]): void {
    this.transaction(() => {
      for (const { call, screen, ticket, window, at, ms } of seen) {
        this.#run('INSERT OR IGNORE INTO seen VALUES (?, ?, ?, ?, ?, ?)').run(
          ...[call, screen, ticket, window, at, ms],
        );
      }
    });
  }

  /** What was painted in [from, to), in that order. */
  seen(from: number, to: number): Seen[] {
    return this.#run('SELECT * FROM seen WHERE at >= ? AND at < ? ORDER BY at, call, screen')
      .all(from, to)
      .map((row) => ({ ...row }) as unknown as Seen);
  }

  /** Forgets what is older than that day, which begins at `start`. */
  prune(date: string, start: number): void {
    this.transaction(() => {
      for (const table of ['visit', 'evaluation', 'pack']) {
        this.#run(`DELETE FROM ${table} WHERE date < ?`).run(date);
      }
      this.#run('DELETE FROM hour WHERE hour < ?').run(start);
      this.#run('DELETE FROM gone WHERE at < ?').run(start);
      this.#run('DELETE FROM seen WHERE at < ?').run(start);
    });
  }

  close(): void {
    this.#database.close();
  }

  #putGone(at: number, id: number | null): void {
    this.#run('INSERT INTO gone VALUES (?, ?, ?)').run(++this.#version, at, id);
    this.#run(
      'DELETE FROM gone WHERE version <= (SELECT version FROM gone ORDER BY version DESC LIMIT 1 OFFSET ?)',
    ).run(GONE_MAX);
  }

  /** @returns the days that changed */
  #removeVisit(id: number): string[] {
    const row = this.#run('DELETE FROM visit WHERE id = ? RETURNING at, date').get(id);
    if (row === undefined) return [];
    this.#putGone(Number(row['at']), id);
    return [String(row['date'])];
  }

  /** @returns the days that changed: none where the fact is there already, two where its issue was told of another day */
  #putVisit(visit: VisitFact): string[] {
    const former = this.visit(visit.visit);
    // A follower that overwrites fields and knows a visit by its issue would keep what is no more.
    if (former && (former.issued_at !== visit.issued_at || hasLost(former, visit))) {
      this.#putGone(former.issued_at, visit.visit);
    }
    const { changes } = this.#run(
      `INSERT INTO visit VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET
         version = excluded.version, at = excluded.at, date = excluded.date,
         ticket = excluded.ticket, fact = excluded.fact
       WHERE fact <> excluded.fact`,
    ).run(
      ...[visit.visit, this.#version + 1, visit.issued_at, visit.date, visit.ticket],
      JSON.stringify(visit),
    );
    if (Number(changes) === 0) return [];
    this.#version++;
    return former ? [former.date, visit.date] : [visit.date];
  }

  #addSum({ kind, of, hour, spent, n, sum, min, max, last, lastAt }: HourSum): void {
    const known = this.#run(
      'SELECT spent, n, sum, min, max, last, last_at FROM hour WHERE kind = ? AND of = ? AND hour = ?',
    ).get(kind, of, hour);
    if (known && isTakenOver(known)) return;
    const before = known?.['spent'] as string | null | undefined;
    const states = before ? (JSON.parse(before) as Record<string, number>) : {};
    for (const [state, ms] of Object.entries(spent)) states[state] = (states[state] ?? 0) + ms;
    const count = Number(known?.['n'] ?? 0);
    const isLater = n > 0 && (count === 0 || lastAt >= Number(known?.['last_at'] ?? 0));
    this.#run('INSERT OR REPLACE INTO hour VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)').run(
      ...[kind, of, hour, ++this.#version],
      Object.keys(states).length > 0 ? JSON.stringify(states) : null,
      count + n,
      Number(known?.['sum'] ?? 0) + sum,
      orNull(Math.min(min, Number(known?.['min'] ?? Infinity))),
      orNull(Math.max(max, Number(known?.['max'] ?? -Infinity))),
      isLater ? last : (known?.['last'] ?? null),
      isLater ? lastAt : Number(known?.['last_at'] ?? 0),
    );
  }

  #facts<T>(table: 'visit' | 'evaluation', date: string): T[] {
    return this.#run(`SELECT fact FROM ${table} WHERE date = ? ORDER BY at`)
      .all(date)
      .map((row) => JSON.parse(String(row['fact'])) as T);
  }

  #meta(name: string): string | undefined {
    return this.#database.meta(name);
  }

  #setMeta(name: string, value: string | number): void {
    this.#database.setMeta(name, value);
  }

  #run(sql: string): StatementSync {
    return this.#database.statement(sql);
  }

  /** All of it or nothing. */
  transaction(work: () => void): void {
    const version = this.#version;
    try {
      this.#database.transaction(work);
    } catch (error) {
      this.#version = version;
      throw error;
    }
  }
}

/** Sums of windows, devices or zones as columns. */
export function columnsOfHours(kind: PackKind, hours: readonly HourFact[]): Columns {
  const states = kind === 'window' ? WINDOW_STATES : kind === 'device' ? DEVICE_STATES : [];
  return hourColumns(hours, states);
}

function isPacked(kind: HourKind): boolean {
  return kind === 'window' || kind === 'device' || kind === 'zone';
}

function factOf(row: Row | undefined): VisitFact | undefined {
  return row === undefined ? undefined : (JSON.parse(String(row['fact'])) as VisitFact);
}

function hasLost(former: VisitFact, visit: VisitFact): boolean {
  return Object.keys(former).some((name) => !(name in visit));
}

function orNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/**
 * Only an hour that was taken over has values and no last one. The earlier version had summed all of it: entries of the
 * journal that came late and belong to the hour are in its sums.
 */
function isTakenOver({ n, last }: Row): boolean {
  return Number(n) > 0 && last === null;
}
