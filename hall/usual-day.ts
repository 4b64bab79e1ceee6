// The usual day: arrivals and people waiting by half hour, as past days of the same kind had them. From the columns of visit
// facts; pure. SPEC §26.
import { openIntervals } from './calendar.ts';
import type { HallConfig } from './config.ts';
import { ISSUED, type Columns } from './figure/columns.ts';
import { overlapMs, type Interval } from './interval.ts';
import type { LikeKind } from './like-days.ts';
import { addDays, instantAt } from './zone-time.ts';

export const HALF_HOURS = 48;
const BIN_MIN = 30;

/** A value of half of the days lies at or below `p50`; of 10 and 90 of 100 days at or below `p10` and `p90`. */
export interface Quantiles {
  readonly p10: number;
  readonly p50: number;
  readonly p90: number;
}

/** One day of the hall or of a queue by half hour of the wall clock; undefined: the day's clocks skipped the half hour. */
export interface DayLine {
  readonly issued: readonly (number | undefined)[];
  /** at the half hour's end */
  readonly waiting: readonly (number | undefined)[];
}

export interface DayBins {
  /** YYYY-MM-DD */
  readonly date: string;
  readonly whole: DayLine;
  /** by id: the queues that had a visit on that day */
  readonly queues: ReadonlyMap<string, DayLine>;
}

/** Of the hall or of a queue; by half hour of the wall clock, undefined where no day had it. */
export interface UsualLine {
  /** how many days stand behind it */
  readonly n: number;
  readonly issued: readonly (Quantiles | undefined)[];
  readonly waiting: readonly (Quantiles | undefined)[];
  /** the days, the oldest first: a forecast needs their mean and how they differ */
  readonly days: readonly DayLine[];
}

export interface UsualDay {
  /** the day of the hall for which it is the usual one */
  readonly date: string;
  readonly kind: LikeKind;
  readonly whole: UsualLine;
  readonly queues: ReadonlyMap<string, UsualLine>;
}

/** The instants (ms since 1970) at which a day's half hours begin, ascending, and the day's end. One that clocks skip is empty. */
export function halfHours(timezone: string, date: string): number[] {
  const starts = Array.from({ length: HALF_HOURS }, (_, index) =>
    instantAt(timezone, date, index * BIN_MIN),
  );
  starts.push(instantAt(timezone, addDays(date, 1), 0));
  for (let index = HALF_HOURS - 1; index >= 0; index--) {
    starts[index] = Math.min(starts[index] ?? 0, starts[index + 1] ?? 0);
  }
  return starts;
}

/** The half hour of an instant within the day. */
export function halfHourOf(starts: readonly number[], at: number): number {
  let index = HALF_HOURS - 1;
  while (index > 0 && (starts[index] ?? 0) > at) index--;
  return index;
}

/** @param facts visits of that day, and of the day before in a hall that is open at midnight */
export function dayBins(config: HallConfig, date: string, facts: Iterable<Columns>): DayBins {
  const { timezone } = config.hall;
  const starts = halfHours(timezone, date);
  const open = [...openIntervals(config, addDays(date, -1)), ...openIntervals(config, date)];
  const whole = new Counts(starts);
  const queues = new Map<string, Counts>();
  for (const { n, names, columns } of facts) {
    const number = (name: string, index: number) => columns[name]?.[index] ?? NaN;
    for (let index = 0; index < n; index++) {
      if ((number('flags', index) & ISSUED) === 0) continue;
      const queue = names[number('queue', index) - 1];
      const lines = [whole, ...(queue === undefined ? [] : [countsOf(queues, queue, starts)])];
      const issuedAt = number('issued_at', index);
      const wait = waitOf(open, {
        issuedAt,
        servingAt: number('serving_at', index),
        endedAt: number('ended_at', index),
        waitMs: number('wait_ms', index),
        unservedMs: number('unserved_ms', index),
      });
      for (const line of lines) line.add(issuedAt, wait);
    }
  }
  const lines = [...queues].filter(([, { some }]) => some);
  return {
    date,
    whole: whole.line(),
    queues: new Map(lines.map(([id, counts]) => [id, counts.line()])),
  };
}

/** @param days of one kind, the oldest first; undefined where there is none */
export function usualDay(
  date: string,
  kind: LikeKind,
  days: readonly DayBins[],
): UsualDay | undefined {
  if (days.length === 0) return undefined;
  const ids = new Set(days.flatMap(({ queues }) => [...queues.keys()]));
  const queues = [...ids].map((id): [string, UsualLine] => {
    // Before its first visit there may have been no such queue; later days without a visit count as they are.
    const first = days.findIndex((day) => day.queues.has(id));
    const lines = days.slice(first).map((day) => day.queues.get(id) ?? emptyLike(day.whole));
    return [id, usualLine(lines)];
  });
  return { date, kind, whole: usualLine(days.map(({ whole }) => whole)), queues: new Map(queues) };
}

function usualLine(days: readonly DayLine[]): UsualLine {
  const quantilesBy = (of: keyof DayLine) =>
    Array.from({ length: HALF_HOURS }, (_, index) =>
      quantilesOf(days.map((day) => day[of][index])),
    );
  return { n: days.length, issued: quantilesBy('issued'), waiting: quantilesBy('waiting'), days };
}

/** By nearest rank: values that occurred. */
function quantilesOf(values: readonly (number | undefined)[]): Quantiles | undefined {
  const known = values.filter((value) => value !== undefined).sort((a, b) => a - b);
  if (known.length === 0) return undefined;
  const at = (share: number) => known[Math.max(0, Math.ceil(share * known.length) - 1)] ?? 0;
  return { p10: at(0.1), p50: at(0.5), p90: at(0.9) };
}

function emptyLike({ issued }: DayLine): DayLine {
  const none = issued.map((value) => (value === undefined ? undefined : 0));
  return { issued: none, waiting: none };
}

class Counts {
  readonly #starts: readonly number[];
  readonly #issued = new Array<number>(HALF_HOURS).fill(0);
  /** by how many more wait at a half hour's end than at the end before */
  readonly #change = new Array<number>(HALF_HOURS + 1).fill(0);
  some = false;

  constructor(starts: readonly number[]) {
    this.#starts = starts;
  }

  add(issuedAt: number, wait: Interval | undefined): void {
    const [begin = 0, end = 0] = [this.#starts[0], this.#starts[HALF_HOURS]];
    if (issuedAt >= begin && issuedAt < end) {
      this.some = true;
      this.#add(this.#issued, halfHourOf(this.#starts, issuedAt), 1);
    }
    if (wait === undefined || wait[1] < Math.max(begin, wait[0]) || wait[0] >= end) return;
    this.#add(this.#change, halfHourOf(this.#starts, wait[0]), 1);
    if (wait[1] < end) this.#add(this.#change, halfHourOf(this.#starts, wait[1]), -1);
  }

  line(): DayLine {
    const starts = this.#starts;
    const isThere = (index: number) => (starts[index + 1] ?? 0) > (starts[index] ?? 0);
    let waiting = 0;
    const line = this.#issued.map((issued, index) => {
      waiting += this.#change[index] ?? 0;
      return isThere(index) ? { issued, waiting } : undefined;
    });
    return { issued: line.map((bin) => bin?.issued), waiting: line.map((bin) => bin?.waiting) };
  }

  #add(list: number[], index: number, by: number): void {
    list[index] = (list[index] ?? 0) + by;
  }
}

function countsOf(lines: Map<string, Counts>, id: string, starts: readonly number[]): Counts {
  const known = lines.get(id);
  if (known) return known;
  const counts = new Counts(starts);
  lines.set(id, counts);
  return counts;
}

interface VisitTimes {
  readonly issuedAt: number;
  readonly servingAt: number;
  readonly endedAt: number;
  readonly waitMs: number;
  readonly unservedMs: number;
}

/** From when to when somebody waited, as the curve of the live page counts it. NaN: the fact does not have the number. */
function waitOf(
  open: readonly Interval[],
  { issuedAt, servingAt, endedAt, waitMs, unservedMs }: VisitTimes,
): Interval | undefined {
  if (servingAt === servingAt) {
    const isWhole = !(waitMs < overlapMs(open, issuedAt, servingAt));
    // An appointment waits from its own time on: the fact has how long it waited.
    return [isWhole ? issuedAt : beforeOpenMs(open, servingAt, waitMs), servingAt];
  }
  if (unservedMs !== unservedMs) return undefined;
  // Who was missed or never called has waited so long, within opening hours, from the issue on.
  const end = afterOpenMs(open, issuedAt, unservedMs);
  return [issuedAt, Math.min(end, endedAt === endedAt ? endedAt : end)];
}

/** The instant after `from` at which the hall has been open for `ms`. */
function afterOpenMs(open: readonly Interval[], from: number, ms: number): number {
  let left = ms;
  let at = from;
  for (const [begin, end] of open) {
    const start = Math.max(begin, from);
    if (start >= end) continue;
    if (end - start >= left) return start + left;
    left -= end - start;
    at = end;
  }
  return at;
}

/** The instant before `to` since which the hall was open for `ms`. */
function beforeOpenMs(open: readonly Interval[], to: number, ms: number): number {
  return -afterOpenMs(
    open.toReversed().map(([begin, end]): Interval => [-end, -begin]),
    -to,
    ms,
  );
}
