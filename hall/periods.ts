// The month and the year so far beside last year's same span: spans by dates of the hall, and figures from sums that can be
// added exactly. Pure. SPEC §26.7.
import { openSpans } from './calendar.ts';
import type { HallConfig } from './config.ts';
import type { Figure } from './figure.ts';
import type { FigureRow } from './figure/past.ts';
import { addDays, instantAt, wallTime } from './zone-time.ts';

/** The figures of a period, by their names in `/api/v1/figures`. */
export const PERIOD_FIGURES = ['issued', 'served', 'wait_mean_ms', 'satisfaction'] as const;

/** What happened in [from, to), ms since 1970; what has no case is absent. */
export interface Period {
  readonly from: number;
  readonly to: number;
  readonly issued?: number;
  readonly served?: number;
  readonly meanWaitMs?: Figure;
  readonly satisfaction?: Figure;
}

export interface PeriodSoFar {
  readonly soFar: Period;
  /** Up to the same minute of the same date last year; absent where the facts do not reach back to its begin. */
  readonly lastYear?: Period;
}

export interface Periods {
  /** the hall's day, YYYY-MM-DD */
  readonly date: string;
  readonly month: PeriodSoFar;
  readonly year: PeriodSoFar;
}

/** A span whose days but the last are over: they are summed once a day, and the last one up to the present each minute. */
export interface SpanSoFar {
  /** ms since 1970 */
  readonly from: number;
  readonly lastDay: number;
  readonly to: number;
}

export interface Sums {
  readonly issued: number;
  readonly served: number;
  readonly waitMs: number;
  readonly waits: number;
  readonly satisfied: number;
  readonly given: number;
}

export const NO_SUMS: Sums = { issued: 0, served: 0, waitMs: 0, waits: 0, satisfied: 0, given: 0 };

/** From the begin of the month or year of `at` on. */
export function spanSoFar(config: HallConfig, per: 'month' | 'year', at: number): SpanSoFar {
  const { timezone } = config.hall;
  const { date } = wallTime(timezone, at);
  const from = instantAt(timezone, firstOf(date, per), 0);
  return { from, lastDay: instantAt(timezone, date, 0), to: at };
}

/** The same dates of the year before, up to the same minute. Of 29 February: all of February. */
export function spanLastYear(config: HallConfig, per: 'month' | 'year', at: number): SpanSoFar {
  const { timezone } = config.hall;
  const { date, minute } = wallTime(timezone, at);
  const from = instantAt(timezone, yearBefore(firstOf(date, per)), 0);
  if (date.endsWith('-02-29')) {
    const end = instantAt(timezone, yearBefore(`${date.slice(0, 5)}03-01`), 0);
    return { from, lastDay: end, to: end };
  }
  const then = yearBefore(date);
  return { from, lastDay: instantAt(timezone, then, 0), to: instantAt(timezone, then, minute) };
}

/** Whether no day with opening hours lies between `from` (ms) and the first day that has facts. */
export function reachesBack(config: HallConfig, from: number, first: string | undefined): boolean {
  if (first === undefined) return false;
  const { date } = wallTime(config.hall.timezone, from);
  for (let day = date; day < first; day = addDays(day, 1)) {
    if (openSpans(config, day).length > 0) return false;
  }
  return true;
}

/** The sums behind rows of PERIOD_FIGURES. */
export function sumsOf(rows: readonly FigureRow[]): Sums {
  return rows
    .map((row): Sums => {
      const figure = (name: (typeof PERIOD_FIGURES)[number]) => {
        const value = row[name];
        return typeof value === 'object' && value !== null ? value : { value: 0, n: 0 };
      };
      const [wait, satisfied] = [figure('wait_mean_ms'), figure('satisfaction')];
      return {
        issued: figure('issued').value,
        served: figure('served').value,
        // Sums of whole ms and of evaluations: dividing by n has lost nothing that rounding does not bring back.
        waitMs: Math.round(wait.value * wait.n),
        waits: wait.n,
        satisfied: Math.round(satisfied.value * satisfied.n),
        given: satisfied.n,
      };
    })
    .reduce(addSums, NO_SUMS);
}

export function addSums(a: Sums, b: Sums): Sums {
  return {
    issued: a.issued + b.issued,
    served: a.served + b.served,
    waitMs: a.waitMs + b.waitMs,
    waits: a.waits + b.waits,
    satisfied: a.satisfied + b.satisfied,
    given: a.given + b.given,
  };
}

export function periodOf({ from, to }: { from: number; to: number }, sums: Sums): Period {
  const { issued, served, waitMs, waits, satisfied, given } = sums;
  return {
    ...{ from, to },
    ...(issued > 0 && { issued }),
    ...(served > 0 && { served }),
    ...(waits > 0 && { meanWaitMs: { value: waitMs / waits, n: waits } }),
    ...(given > 0 && { satisfaction: { value: satisfied / given, n: given } }),
  };
}

function firstOf(date: string, per: 'month' | 'year'): string {
  return per === 'month' ? `${date.slice(0, 7)}-01` : `${date.slice(0, 4)}-01-01`;
}

function yearBefore(date: string): string {
  return `${String(Number(date.slice(0, 4)) - 1).padStart(4, '0')}${date.slice(4)}`;
}
