// A history with rollups: hours and days are gathered ahead, so that a year is answered as fast as a day. What was
// touched since is read raw: an answer is the same as one from raw points alone, percentiles within RANK_ERROR.
import type { Point } from '../../hall/point.ts';
import {
  checkQuery,
  HistoryQueryError,
  type Appended,
  type Cancel,
  type Extent,
  type History,
  type HistoryQuery,
  type HistoryRow,
  type Scan,
  type Scanned,
  type SetAside,
  type Written,
} from '../history.ts';
import { Answer, isRanked } from './rollup/answer.ts';
import { isRolled, POINTS } from './rollup/fold.ts';
import { Gatherer } from './rollup/gather.ts';
import { edgesOf, HOUR_MS, planOf, type Known, type Stretch } from './rollup/plan.ts';
import { RollupStore } from './rollup/store.ts';

export interface RolledHistory extends History {
  /** Gathers one piece of what is due and calm; resolves with whether there was any. */
  roll(): Promise<boolean>;
  /** hours of measurements that are read raw until they are gathered (again) */
  readonly touched: number;
  /** Forgets rollups before that time (ms). */
  forget(before: number): void;
}

export interface RolledOptions {
  /** Where the points are. Closed with this. */
  readonly raw: History;
  /** path of the rollups' own file */
  readonly file: string;
  /** the hall's */
  readonly timezone: string;
  /** Which database that is: a file with rollups of another one begins anew. */
  readonly source?: string;
  /** Looks through the whole file first; after damage was seen. */
  readonly check?: boolean;
  /** An hour is gathered when nothing was written into it for so long, ms. */
  readonly calmMs?: number;
  /** The newest hour goes on for a while: it waits for the next one to begin, or for so long a calm. */
  readonly newestCalmMs?: number;
  /** ms since 1970 of this machine */
  readonly now?: () => number;
}

const CALM_MS = 30_000;
const NEWEST_CALM_MS = 600_000;
/** From so many hours on, if most of the range is to be read raw, the history behind answers by itself. */
const RAW_HOURS_MAX = 48;
/** The longest day and the hour after it: days at the ends of what is known are whole. */
const AROUND_MS = 26 * HOUR_MS;
/** Hours or days that are in memory at once. */
const SLICE = 2_000;
const NS_PER_MS = 1_000_000n;

/** Opens or makes the rollups' file. Throws SQLite's error where it is damaged. */
export function openRolledHistory(options: RolledOptions): RolledHistory {
  const { raw, file, timezone, source = '', now = Date.now } = options;
  const store = new RollupStore(file, { timezone, source, now: now() });
  if (options.check) store.file.check();
  const { calmMs = CALM_MS, newestCalmMs = NEWEST_CALM_MS } = options;
  const gatherer = new Gatherer({ raw, store, timezone, calmMs, newestCalmMs, now });
  return new Rolled({ raw, store, gatherer, timezone, now });
}

interface RolledParts {
  readonly raw: History;
  readonly store: RollupStore;
  readonly gatherer: Gatherer;
  readonly timezone: string;
  readonly now: () => number;
}

class Rolled implements RolledHistory {
  readonly #raw: History;
  readonly #store: RollupStore;
  readonly #gatherer: Gatherer;
  readonly #timezone: string;
  readonly #now: () => number;
  #closed = false;

  constructor({ raw, store, gatherer, timezone, now }: RolledParts) {
    this.#raw = raw;
    this.#store = store;
    this.#gatherer = gatherer;
    this.#timezone = timezone;
    this.#now = now;
  }

  get touched(): number {
    return this.#store.marks.count();
  }

  /** Marked before, so that nothing is missed; and after, as an hour may have been gathered in between. */
  async append(points: readonly Point[], through: number): Promise<Appended> {
    const marks = this.#marksOf(points);
    this.#store.marks.touch(marks, this.#now());
    try {
      return await this.#raw.append(points, through);
    } finally {
      if (!this.#closed) this.#store.marks.touch(marks, this.#now());
    }
  }

  touch(written: readonly Written[]): void {
    const marks: Marks = new Map();
    for (const { measurement, at } of written)
      mark(marks, measurement, this.#store.file.hourOf(at));
    this.#store.marks.touch(marks, this.#now());
  }

  through(): Promise<number> {
    return this.#raw.through();
  }

  scan(scan: Scan, cancel?: Cancel): AsyncIterable<readonly Scanned[]> {
    return this.#raw.scan(scan, cancel);
  }

  extents(): Promise<readonly Extent[]> {
    return this.#raw.extents();
  }

  async prepare(): Promise<void> {
    await this.#raw.prepare?.();
  }

  async setAside(before: number, limit: number): Promise<readonly SetAside[]> {
    return (await this.#raw.setAside?.(before, limit)) ?? [];
  }

  roll(): Promise<boolean> {
    return this.#gatherer.step();
  }

  async query(query: HistoryQuery, cancel?: Cancel): Promise<readonly HistoryRow[]> {
    checkCharted(query);
    cancel?.check();
    const { adopted } = this.#store.file;
    if (!adopted && query.calendar === undefined) return this.#raw.query(query, cancel);
    const known = await this.#known(query.measurement);
    const edges = edgesOf(query, this.#timezone, known);
    const plan = this.#planOf(query, edges, known);
    if (plan.length === 0) return [];
    if (query.calendar === undefined && isRawBetter(plan)) return this.#raw.query(query, cancel);
    const answer = new Answer(query, edges, this.#store.rows.series(query.measurement));
    for (const stretch of plan) {
      if (stretch.kind === 'raw') await this.#readRaw(query, edges, stretch, answer, cancel);
      else this.#readRolled(query, stretch, answer, cancel);
    }
    return answer.rows();
  }

  /** By whole hours, and each of them only once it is in the rollups. */
  async prune(before: number): Promise<number> {
    const hour = this.#store.file.hourOf(before);
    if (hour <= 0) return 0;
    const until = await this.#gatherer.finish(hour);
    if (until > this.#store.file.prunedBefore) this.#store.file.prunedBefore = until;
    return this.#raw.prune(until);
  }

  forget(before: number): void {
    this.#store.prune(before);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#raw.close();
    this.#store.file.close();
  }

  /** From when to when there may be points: an hour is marked before it has any. With a day around that, and today. */
  async #known(measurement: string): Promise<Known> {
    const { file } = this.#store;
    const ends = [this.#now(), ...this.#store.ends(measurement)];
    if (!file.adopted) {
      const extents = await this.#raw.extents();
      const extent = extents.find((each) => each.measurement === measurement);
      if (extent !== undefined) ends.push(extent.first, extent.last);
    }
    return {
      from: file.hourOf(Math.min(...ends) - AROUND_MS),
      to: file.hourOf(Math.max(...ends) + AROUND_MS),
    };
  }

  #planOf(
    { measurement, field, ...asked }: HistoryQuery,
    edges: readonly number[],
    known: Known,
  ): Stretch[] {
    const from = Math.max(asked.from, known.from);
    const to = Math.min(asked.to, known.to);
    if (from >= to) return [];
    if (!this.#store.file.adopted || !isRolled(field)) return [{ kind: 'raw', from, to }];
    const begin = this.#store.file.hourOf(from);
    return planOf(edges, {
      phaseMs: this.#store.file.phaseMs,
      known,
      touched: this.#store.marks.of(measurement, begin, to),
      days: this.#store.days.of(measurement, begin, to),
      prunedBefore: this.#store.file.prunedBefore,
    });
  }

  async #readRaw(
    query: HistoryQuery,
    edges: readonly number[],
    { from, to }: Stretch,
    answer: Answer,
    cancel: Cancel | undefined,
  ): Promise<void> {
    const { measurement, field, groupBy, where, aggregate } = query;
    const what = { measurement, ...(where !== undefined && { where }) };
    if (isRanked(aggregate)) {
      for await (const page of this.#raw.scan({ ...what, from, to }, cancel)) {
        for (const point of page) answer.addPoint(point);
      }
      return;
    }
    // Gathered where the points are, in parts that lie in one bin each; of means their sums.
    const part = {
      ...{ ...what, aggregate: aggregate === 'mean' ? 'sum' : aggregate },
      ...(field !== undefined && { field }),
      ...(groupBy !== undefined && { groupBy }),
    };
    const inner = edges.filter((edge) => edge > from && edge < to);
    for (const [index, begin] of [from, ...inner].entries()) {
      const stretch = { ...part, from: begin, to: inner[index] ?? to };
      const rows = await this.#raw.query(stretch, cancel);
      for (const row of rows) answer.addRow(begin, part.aggregate, row);
    }
  }

  #readRolled(
    query: HistoryQuery,
    { kind, from, to }: Stretch,
    answer: Answer,
    cancel: Cancel | undefined,
  ): void {
    const { measurement, field = POINTS, aggregate } = query;
    const level = kind === 'days' ? 'day' : 'hour';
    const step = SLICE * (kind === 'days' ? 24 : 1) * HOUR_MS;
    for (let begin = from; begin < to; begin += step) {
      cancel?.check();
      const range = {
        measurement,
        level,
        field,
        from: begin,
        to: Math.min(begin + step, to),
      } as const;
      if (isRanked(aggregate)) {
        for (const rolled of this.#store.rows.of('ranks', range)) answer.addRanks(rolled);
      } else {
        for (const rolled of this.#store.rows.of('figures', range)) answer.addFigures(rolled);
      }
    }
  }

  /** Points of a batch are of one hour nearly always: it is looked up once. */
  #marksOf(points: readonly Point[]): Marks {
    const marks: Marks = new Map();
    let [from, to, hour] = [0n, 0n, 0];
    for (const { measurement, timestampNs } of points) {
      if (timestampNs < from || timestampNs >= to) {
        hour = this.#store.file.hourOf(Number(timestampNs / NS_PER_MS));
        from = BigInt(hour) * NS_PER_MS;
        to = from + BigInt(HOUR_MS) * NS_PER_MS;
      }
      mark(marks, measurement, hour);
    }
    return marks;
  }
}

type Marks = Map<string, Set<number>>;

function mark(marks: Marks, measurement: string, hour: number): void {
  const hours = marks.get(measurement);
  if (hours === undefined) marks.set(measurement, new Set([hour]));
  else hours.add(hour);
}

function checkCharted({ calendar, ...query }: HistoryQuery): void {
  if (calendar !== undefined && query.every !== undefined) {
    throw new HistoryQueryError('calendar: is given beside every, should be one of them');
  }
  checkQuery(query);
}

function isRawBetter(plan: readonly Stretch[]): boolean {
  let [raw, all] = [0, 0];
  for (const { kind, from, to } of plan) {
    all += to - from;
    if (kind === 'raw') raw += to - from;
  }
  return raw === all || (raw > RAW_HOURS_MAX * HOUR_MS && raw > all / 2);
}
