// The facts of the hall: visits, evaluations, sums of hours, on a thread of their own. Figures of any period, the visits
// themselves and the story of a day are asked for here. SPEC §15.
import type { HallConfig } from '../hall/config.ts';
import type { FigureQuestion, FigureRow } from '../hall/figure/past.ts';
import type { Periods } from '../hall/periods.ts';
import type { UsualDay } from '../hall/usual-day.ts';
import {
  FactQuestionError,
  type Answers,
  type Question,
  type ScoreQuestion,
  type ScoreRow,
  type StoryQuestion,
  type VisitsQuestion,
} from './facts/questions.ts';
import type { Call } from '../hall/state.ts';
import type { Seen } from './facts/store.ts';
import type { Job, OwnReport } from './facts/worker.ts';
import type { HistoryQuery, HistoryRow } from './history.ts';
import { hourlyPlan, hourlyRows, stepOf } from './history/hourly.ts';
import type { Journal } from './journal.ts';
import type { Sighting } from './live/sightings.ts';
import type { OnError } from './log.ts';
import { Thread } from './thread.ts';

export interface Facts {
  /** Figures of a period as of now, today's as the pages have them. Rejects with FactQuestionError. */
  figures(question: FigureQuestion): Promise<readonly FigureRow[]>;
  /** NDJSON of visits in order of issue, made as fast as it is taken. */
  visits(question: VisitsQuestion): ReadableStream<Uint8Array<ArrayBuffer>>;
  /** How good the told waits of those days were; a row for each queue or hour where that is asked. */
  score(question: ScoreQuestion): Promise<readonly ScoreRow[]>;
  /** NDJSON; undefined where there is no such visit. Rejects with FactQuestionError. */
  story(question: StoryQuestion): Promise<Uint8Array<ArrayBuffer> | undefined>;
  /**
   * Rows of a long chart of gauges; undefined where only raw points can tell. Rejects with HistoryQueryError.
   * @param points asks the raw points
   */
  charts(query: HistoryQuery, points: AskPoints): Promise<readonly HistoryRow[] | undefined>;
  /** Notes that a view has painted a call at `at` (ms since 1970); of public screens it is kept. */
  readonly see: (call: Call, sighting: Sighting, at: number) => void;
  /** Forgets facts of days before that instant, ms since 1970. */
  prune(before: number): void;
  /** Makes them again from the journal's first whole day on. */
  rebuild(): void;
  /** The journal may forget entries up to this one; undefined until that is known. */
  readonly kept: number | undefined;
  /** As of the last time that the thread told; undefined until then. */
  readonly step: FactStep | undefined;
  readonly stats: FactStats;
  /** What views know of earlier days; empty until the thread has sent it. */
  readonly pastDays: PastDays;
  stop(): Promise<void>;
}

export interface PastDays {
  readonly usual?: UsualDay;
  readonly periods?: Periods;
}

export type AskPoints = (query: HistoryQuery) => Promise<readonly HistoryRow[]>;

/** How far the facts are. */
export interface FactStep {
  /** the newest entry that is folded */
  readonly through: number;
  /** rows up to `version` are complete up to entry `kept`, and reflect none after entry `newest` */
  readonly kept: number;
  readonly newest: number;
  readonly version: number;
}

export interface FactStats {
  /** journaled entries that no fact reflects yet */
  readonly pending: number;
  readonly restarts: number;
}

export interface FactsOptions {
  readonly journal: Journal;
  readonly journalFile: string;
  readonly file: string;
  readonly config: HallConfig;
  /** the data folder, and which database the history is: what an earlier version has summed is taken over */
  readonly data: string;
  readonly source: string;
  readonly now: () => number;
  /** False while older entries are still to come. */
  readonly mayTick: () => boolean;
  readonly onError: OnError;
  readonly onInfo: (message: string, fields: Readonly<Record<string, unknown>>) => void;
}

const WAKE_MS = 200;
/** Above so many signals a second the devices go first. */
const BUSY_PER_SECOND = 3_000;
const STOP_MS = 5_000;
const QUESTIONS_MAX = 16;
const PENDING_MAX = 10_000;
const STAGE = { stage: 'facts' } as const;

/** Starts the thread; it opens its files by itself and tells `onError` where it cannot. */
export function startFacts(options: FactsOptions): Facts {
  return new FactThread(options);
}

class FactThread implements Facts {
  readonly #options: FactsOptions;
  readonly #thread: Thread<Job, OwnReport>;
  readonly #timer: ReturnType<typeof setInterval>;
  #seen: Seen[] = [];
  #step: FactStep | undefined;
  #pastDays: PastDays = {};
  #told = 0;

  constructor(options: FactsOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.#wake(), WAKE_MS);
    this.#thread = new Thread<Job, OwnReport>({
      ...{ stage: 'facts', script: new URL('./facts/worker.ts', import.meta.url) },
      ...{ questionsMax: QUESTIONS_MAX, stopMs: STOP_MS },
      opening: () => this.#opening(),
      close: { kind: 'close' },
      refusal: (message) => new FactQuestionError(message),
      onReport: (report) => this.#receive(report),
      onDeath: (message) => options.onError(new Error(message), STAGE),
    });
  }

  get kept(): number | undefined {
    return this.#step?.kept;
  }

  get step(): FactStep | undefined {
    return this.#step;
  }

  get pastDays(): PastDays {
    return this.#pastDays;
  }

  get stats(): FactStats {
    const { lastSeq, firstSeq } = this.#options.journal;
    const pending = Math.max(0, lastSeq - (this.#step?.through ?? firstSeq - 1));
    return { pending, restarts: this.#thread.restarts };
  }

  figures(question: FigureQuestion): Promise<readonly FigureRow[]> {
    return this.#ask({ kind: 'figures', question });
  }

  async score(question: ScoreQuestion): Promise<readonly ScoreRow[]> {
    // Day by day, so that others are answered between them; the thread remembers each.
    for (const date of question.dates.slice(1)) {
      await this.#ask({ kind: 'score', question: { dates: [date] } });
    }
    return this.#ask({ kind: 'score', question });
  }

  story(question: StoryQuestion): Promise<Uint8Array<ArrayBuffer> | undefined> {
    return this.#ask({ kind: 'story', question });
  }

  async charts(query: HistoryQuery, points: AskPoints): Promise<readonly HistoryRow[] | undefined> {
    const { config, now } = this.#options;
    const plan = hourlyPlan(query, config.hall.timezone, now());
    // While facts are being made from the journal, they have not everything that the points have.
    if (plan === undefined || !this.#thread.isRunning) return undefined;
    if (this.stats.pending > PENDING_MAX) return undefined;
    const { kind, field, of } = plan;
    const { from, to } = query;
    const question = { kind, from, to, field, ...(of !== undefined && { of }), step: stepOf(plan) };
    const answer = await this.#ask({ kind: 'hours', question });
    if (answer === undefined) return undefined;
    const { since, hours } = answer;
    if (from < since) {
      const { measurement } = query;
      const before = { measurement, field, from, to: Math.min(since, to) };
      // Points that were kept for longer than the journal reach further back than the sums.
      if ((await points({ ...before, aggregate: 'count' })).length > 0) return undefined;
    }
    return hourlyRows(plan, hours);
  }

  visits(question: VisitsQuestion): ReadableStream<Uint8Array<ArrayBuffer>> {
    let { after } = question;
    return new ReadableStream<Uint8Array<ArrayBuffer>>(
      {
        pull: async (controller) => {
          const page = await this.#ask({
            kind: 'visits',
            question: { ...question, ...(after && { after }) },
          });
          after = page.next;
          if (page.text.length > 0) controller.enqueue(page.text);
          // A page without a match is not the end: the next one is asked for at once.
          if (after === undefined) controller.close();
          else if (page.text.length === 0) controller.enqueue(new Uint8Array());
        },
      },
      { highWaterMark: 1 },
    );
  }

  see: Facts['see'] = ({ id, ticket, window }, { view, afterMs }, at) => {
    const [kind, screen] = view.split(':');
    if (kind !== 'screen' || screen === undefined) return;
    this.#seen.push({ call: id, screen, ticket, window, at: Math.round(at), ms: afterMs });
  };

  prune(before: number): void {
    this.#thread.post({ kind: 'prune', before });
  }

  rebuild(): void {
    const { firstSeq, lastSeq } = this.#options.journal;
    this.#thread.post({ kind: 'rebuild', firstSeq, lastSeq });
  }

  async stop(): Promise<void> {
    this.#wake();
    clearInterval(this.#timer);
    await this.#thread.stop();
  }

  #ask<K extends Question['kind']>(question: Question & { kind: K }): Promise<Answers[K]> {
    const { journal, now } = this.#options;
    return this.#thread.ask((id) => ({
      ...{ kind: 'ask', id, seq: journal.lastSeq, now: now(), question },
    }));
  }

  #opening(): Job {
    const { journal, journalFile, file, config, data, source, now } = this.#options;
    const { firstSeq, lastSeq } = journal;
    return {
      ...{ kind: 'open', file, journal: journalFile, config, data, source },
      ...{ firstSeq, lastSeq, now: now() },
    };
  }

  #wake(): void {
    const { journal, now, mayTick } = this.#options;
    const { lastSeq } = journal;
    const rate = ((lastSeq - this.#told) / WAKE_MS) * 1000;
    const busy = this.#told > 0 && rate > BUSY_PER_SECOND;
    this.#told = lastSeq;
    this.#thread.post({ kind: 'wake', lastSeq, now: now(), mayTick: mayTick(), busy });
    if (this.#seen.length === 0) return;
    this.#thread.post({ kind: 'seen', seen: this.#seen });
    this.#seen = [];
  }

  #receive(report: OwnReport): void {
    switch (report.kind) {
      case 'progress':
        this.#step = report;
        return;
      case 'usual': {
        const { periods } = this.#pastDays;
        const { usual } = report;
        this.#pastDays = { ...(usual && { usual }), ...(periods && { periods }) };
        return;
      }
      case 'periods':
        this.#pastDays = { ...this.#pastDays, periods: report.periods };
        return;
      case 'error':
        return this.#options.onError(new Error(report.message), STAGE);
      case 'info':
        return this.#options.onInfo(report.message, report.fields);
    }
  }
}
