// What can be asked of the facts, and the answers: figures, pages of visits, sums of hours, the story of a day.
import type { GaugeHour } from '../history/hourly.ts';
import type { HourKind } from '../../hall/fact/hours.ts';
import type { FigureQuestion, FigureRow } from '../../hall/figure/past.ts';
import type { Key } from '../../hall/figure/columns.ts';
import type { Score } from '../../hall/score.ts';

/** Visits by their issue, a page at a time. */
export interface VisitsQuestion {
  /** [from, to), ms since 1970 */
  readonly from: number;
  readonly to: number;
  /** values that the fact has to have */
  readonly where: Readonly<Partial<Record<Key, string>>>;
  /** `at` and number of the page before's last visit */
  readonly after?: readonly [at: number, id: number];
}

export interface VisitsPage {
  /** NDJSON */
  readonly text: Uint8Array<ArrayBuffer>;
  /** where the next page begins; undefined: there is none */
  readonly next?: readonly [at: number, id: number];
}

/** What happened to one visit, or on one day at a window, with a device or a case. */
export type StoryQuestion =
  | { readonly visit: number }
  | { readonly ticket: string; readonly date: string }
  | { readonly of: 'window' | 'device' | 'case'; readonly id: string; readonly date: string };

/** How good the told wait was, on business days, both included, that have not all to be over. */
export interface ScoreQuestion {
  readonly dates: readonly string[];
  readonly by?: ScoreKey;
}

export const SCORE_KEYS = ['queue', 'hour'] as const;
export type ScoreKey = (typeof SCORE_KEYS)[number];
/** `hour`: of the wall clock at which the number was taken, 0 … 23. */
export type ScoreRow = Score & { readonly queue?: string; readonly hour?: number };

/** Sums of gauges in [from, to), ms since 1970. */
export interface HoursQuestion {
  readonly kind: HourKind;
  readonly from: number;
  readonly to: number;
  /** `ID/FIELD`; undefined: that field of everything */
  readonly of?: string;
  readonly field: string;
  /** the length of what is summed up together: whole hours, ms */
  readonly step: number;
}

/** n, sum, least and greatest of a stretch that begins with `hour`, ms since 1970. */
export type Hour = GaugeHour;

export type Question =
  | { readonly kind: 'figures'; readonly question: FigureQuestion }
  | { readonly kind: 'visits'; readonly question: VisitsQuestion }
  | { readonly kind: 'story'; readonly question: StoryQuestion }
  | { readonly kind: 'score'; readonly question: ScoreQuestion }
  | { readonly kind: 'hours'; readonly question: HoursQuestion };

export interface Answers {
  readonly figures: readonly FigureRow[];
  readonly visits: VisitsPage;
  /** NDJSON; undefined: no such visit */
  readonly story: Uint8Array<ArrayBuffer> | undefined;
  readonly score: readonly ScoreRow[];
  /** `since`: the sums are whole from then on; undefined: they are not begun */
  readonly hours: { readonly since: number; readonly hours: readonly Hour[] } | undefined;
}

export type AnswerOf<K extends Question['kind']> = Answers[K];

/** The question is at fault. */
export class FactQuestionError extends Error {
  override name = 'FactQuestionError';
}

/** Rows that one answer may have. */
export const FIGURE_ROWS_MAX = 20_000;
