// Where signals go to be asked about later: the port that the embedded history and an InfluxDB both have.
import type { Point } from '../hall/point.ts';

export const AGGREGATES = ['count', 'sum', 'mean', 'min', 'max', 'p50', 'p90'] as const;
export type Aggregate = (typeof AGGREGATES)[number];

/** Bins as long as the calendar makes them, in the hall's time zone; weeks begin on Monday. */
export const CALENDAR = ['day', 'week', 'month', 'year'] as const;
export type CalendarBin = (typeof CALENDAR)[number];

export interface HistoryQuery {
  readonly measurement: string;
  /** [from, to) in ms since 1970 */
  readonly from: number;
  readonly to: number;
  /** Length of a bin in ms; bins begin at `from`. Without it the whole range is one bin. */
  readonly every?: number;
  /** Bins of the calendar instead of `every`: the first begins at `from`, the others where the hall's day, week … does. */
  readonly calendar?: CalendarBin;
  readonly aggregate: Aggregate;
  /** The field that is aggregated; only `count` does without: it then counts points. */
  readonly field?: string;
  /** Tags by whose values the rows are split. */
  readonly groupBy?: readonly string[];
  /** Tag values that points must have. */
  readonly where?: Readonly<Record<string, string>>;
}

/** One bin of one group; bins without points are absent, never zero. */
export interface HistoryRow {
  /** start of the bin, ms since 1970 */
  readonly at: number;
  readonly group: Readonly<Record<string, string>>;
  readonly value: number;
  /** how many points are behind the value */
  readonly n: number;
}

export interface Appended {
  readonly written: number;
  /** points that can never be written, each with why */
  readonly rejected: readonly { readonly point: Point; readonly reason: string }[];
}

/** Points of a measurement that hold no more, from one time to another, both included; ns since 1970. */
export interface Gone {
  readonly measurement: string;
  readonly fromNs: bigint;
  /** undefined: all later ones */
  readonly toNs?: bigint;
}

/** A point that the database takes never, kept beside it. */
export interface SetAside {
  readonly id: number;
  /** the journal's entry that it was made of; 0 where the point tells none */
  readonly seq: number;
  /** as it was sent */
  readonly line: string;
  /** the database's words */
  readonly reason: string;
  /** when, ms since 1970 */
  readonly since: number;
}

/**
 * A history. A point is known by its measurement, tags and time: writing it again changes nothing, so that a batch may
 * be repeated after a failure.
 */
export interface History {
  /**
   * Writes the points and, together with them, that the journal is written up to `through`. Several may be on their way;
   * they end in the order in which they began. Rejects where the whole batch, and those begun after it, should be tried
   * again, and with StartOver where it should go on from `through()`, which went back. What is `gone` is deleted first; only
   * where one batch is on its way at a time, and by an InfluxDB alone.
   */
  append(points: readonly Point[], through: number, gone?: readonly Gone[]): Promise<Appended>;
  /** The journal seq up to which everything was appended; 0 at first. */
  through(): Promise<number>;
  /** Looks whether the database is there and has what it confirmed; `through()` may be less afterwards. */
  prepare?(): Promise<void>;
  /**
   * Rows in order of time, then group. Rejects with HistoryQueryError where the query cannot be answered, and with
   * Cancelled soon after nobody waits for it any more.
   */
  query(query: HistoryQuery, cancel?: Cancel): Promise<readonly HistoryRow[]>;
  /** Forgets points before that time (ms). Resolves with how many went. */
  prune(before: number): Promise<number>;
  /** Points that it takes never, newest first, with smaller ids than `before`; where it is missing there are none. */
  setAside?(before: number, limit: number): Promise<readonly SetAside[]>;
  close(): Promise<void>;
}

/** Whether somebody still waits for an answer. */
export interface Cancel {
  readonly signal: AbortSignal;
  /** Throws Cancelled once nobody waits; known at once, also while the thread reads and takes no message. */
  check(): void;
}

/** Nobody waits for the answer any more. */
export class Cancelled extends Error {
  override name = 'Cancelled';

  constructor() {
    super('history: nobody waits for the answer any more');
  }
}

/** The query is at fault, not the history. */
export class HistoryQueryError extends Error {
  override name = 'HistoryQueryError';
}

/** The database has nothing (any more): the journal is written to it from the beginning. */
export class StartOver extends Error {
  override name = 'StartOver';
}

/** The last ms of an int64 of ns: no point can be later. */
export const TIME_MS_MAX = 9_223_372_036_854;

/** Rows that one answer may have. */
export const ROWS_MAX = 20_000;

/** Throws HistoryQueryError where no history could answer. */
export function checkQuery({ from, to, every, calendar, aggregate, field }: HistoryQuery): void {
  if (!(from < to)) throw new HistoryQueryError('from: should be before to');
  if (aggregate !== 'count' && field === undefined) {
    throw new HistoryQueryError(`field: is missing, should be given for ${aggregate}`);
  }
  if (every === undefined) return;
  if (calendar !== undefined) {
    throw new HistoryQueryError('calendar: is given beside every, should be one of them');
  }
  if (!(every >= 1000)) throw new HistoryQueryError('every: should be at least one second');
  const bins = Math.ceil((to - from) / every);
  if (bins > ROWS_MAX) {
    throw new HistoryQueryError(`every: makes ${bins} bins, should make at most ${ROWS_MAX}`);
  }
}
