// Figures of earlier days for a picture: what is asked of `/api/v1/figures`, and what its rows come to. Pure.
import type { FigureName } from '../hall/figure/catalogue.ts';
import type { Words } from '../hall/words.ts';
import { addDays } from '../hall/zone-time.ts';
import { minutesZh, NONE, percent } from './words.ts';

type Unit = 'count' | 'ms' | 'share';

export const PAST_FIGURES = [
  { name: 'issued', zh: '取号', en: 'Issued', unit: 'count' },
  { name: 'wait_mean_ms', zh: '平均等候', en: 'Mean wait', unit: 'ms' },
  { name: 'service_mean_ms', zh: '平均办理', en: 'Service', unit: 'ms' },
  { name: 'within_1', zh: '时限内办理', en: 'Within the first limit', unit: 'share' },
  { name: 'satisfaction', zh: '满意率', en: 'Satisfied', unit: 'share' },
] as const satisfies readonly (Words & { name: FigureName; unit: Unit })[];
export type PastFigure = (typeof PAST_FIGURES)[number];

/** `week`: seven days by their hours; `course`: day by day, of a year month by month; `department`: one beside the other. */
export const PAST_SHAPES = [
  { name: 'week', zh: '一周各时段', en: 'Hours of the week' },
  { name: 'course', zh: '走势', en: 'Course' },
  { name: 'department', zh: '部门', en: 'Departments' },
] as const;
export type PastShape = (typeof PAST_SHAPES)[number]['name'];

/** Days up to and with yesterday: today is not over. */
export const PAST_PERIODS = [
  { days: 28, zh: '近 4 周', en: '4 weeks' },
  { days: 364, zh: '近一年', en: 'a year' },
] as const;
export type PastDays = (typeof PAST_PERIODS)[number]['days'];

export interface PastQuestion {
  readonly figure: FigureName;
  readonly shape: PastShape;
  /** business days of the hall, both included */
  readonly from: string;
  readonly to: string;
  readonly days: PastDays;
}

/** @param today business day "2026-11-18" */
export function pastQuestion(
  figure: FigureName,
  shape: PastShape,
  days: PastDays,
  today: string,
): PastQuestion {
  return { figure, shape, days, from: addDays(today, -days), to: addDays(today, -1) };
}

export function pastAddress({ figure, shape, days, from, to }: PastQuestion): string {
  const keys = {
    week: 'per=weekday-hour',
    course: byMonth(days) ? 'per=month' : 'per=day',
    department: 'by=department',
  } as const;
  return `/api/v1/figures?figure=${figure}&from=${from}&to=${to}&${keys[shape]}`;
}

export interface PastValue {
  readonly value: number;
  readonly n: number;
}

function byMonth(days: PastDays): boolean {
  return days > 100;
}

/** A row of the answer: its keys, and the figure or null. */
type Row = Readonly<Record<string, unknown>>;

export interface WeekCell extends PastValue {
  /** 1 = Monday … 7 */
  readonly weekday: number;
  /** 0 … 23 */
  readonly hour: number;
}

export function weekCells(rows: readonly Row[], figure: FigureName): WeekCell[] {
  return rows.flatMap((row) => {
    const value = valueOf(row, figure);
    const { weekday, hour } = row;
    if (!value || typeof weekday !== 'number' || typeof hour !== 'number') return [];
    return [{ weekday, hour, ...value }];
  });
}

export interface PastBar extends PastValue {
  /** a department's name, or "11-03" or "2026-11": a day or month; undefined: none is known */
  readonly of: string | undefined;
}

export function pastBars(rows: readonly Row[], { figure, shape, days }: PastQuestion): PastBar[] {
  const bars = rows.flatMap((row): PastBar[] => {
    const value = valueOf(row, figure);
    if (!value) return [];
    const key = row[shape === 'department' ? 'department' : 'from'];
    const text = typeof key === 'string' ? key : undefined;
    // A bin's key is its begin in the hall's time: "2026-11-01T00:00:00+08:00".
    const of =
      shape === 'department' ? text : byMonth(days) ? text?.slice(0, 7) : text?.slice(5, 10);
    return [{ of, ...value }];
  });
  return shape === 'department' ? bars.sort((a, b) => b.value - a.value) : bars;
}

function valueOf(row: Row, figure: FigureName): PastValue | undefined {
  const found = row[figure] as PastValue | null | undefined;
  return found && typeof found.value === 'number' && typeof found.n === 'number'
    ? { value: found.value, n: found.n }
    : undefined;
}

/** As a page shows it: "1,204", "7.3", "96.4". */
export function pastText(unit: Unit, value: number | undefined): string {
  if (value === undefined) return NONE;
  if (unit === 'ms') return minutesZh(value);
  return unit === 'share' ? percent(value) : value.toLocaleString('en');
}

export const UNIT_WORDS: Readonly<Record<Unit, Words>> = {
  count: { zh: '人次', en: 'visits' },
  ms: { zh: '分钟', en: 'min' },
  share: { zh: '%', en: '%' },
};
