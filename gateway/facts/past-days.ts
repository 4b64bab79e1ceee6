// What views know of earlier days: the usual day, once for each business day, and the month and year so far, each minute. Made
// on the facts' thread, in pieces between which questions are answered. SPEC §26.
import { likeDays } from '../../hall/like-days.ts';
import {
  addSums,
  NO_SUMS,
  PERIOD_FIGURES,
  periodOf,
  reachesBack,
  spanLastYear,
  spanSoFar,
  sumsOf,
  type Periods,
  type PeriodSoFar,
  type Sums,
} from '../../hall/periods.ts';
import { dayBins, usualDay, type DayBins, type UsualDay } from '../../hall/usual-day.ts';
import { addDays, businessDate, dayBounds, instantAt } from '../../hall/zone-time.ts';
import { answerFigures } from './answer.ts';
import type { Follower } from './follower.ts';
import type { FactStore } from './store.ts';

export interface PastDaysOptions {
  readonly store: FactStore;
  readonly follower: Follower;
  /** the usual day of the present business day; undefined: the hall has none */
  readonly onUsual: (usual: UsualDay | undefined) => void;
  readonly onPeriods: (periods: Periods) => void;
  /** Lets others work; false where the thread ends. */
  readonly rest: () => Promise<boolean>;
}

type Per = 'month' | 'year';
type Ends = Readonly<Record<Per, Sums>>;

interface Before {
  readonly thisYear: Ends;
  readonly lastYear: Ends;
  /** the first day that has facts */
  readonly first: string | undefined;
}

const MINUTE_MS = 60_000;

export class PastDays {
  readonly #options: PastDaysOptions;
  #date = '';
  #minute = NaN;
  #before: Before | undefined;

  constructor(options: PastDaysOptions) {
    this.#options = options;
  }

  /** The facts are others: everything is made again at the next refresh. */
  forget(): void {
    this.#date = '';
    this.#before = undefined;
  }

  /** Makes what is due. Only while every entry that has arrived is folded. @param now ms since 1970 */
  async refresh(now: number): Promise<void> {
    const { follower, onUsual, onPeriods } = this.#options;
    const { date } = follower.hall.day;
    if (date !== this.#date) {
      this.forget();
      this.#date = date;
      this.#minute = NaN;
      onUsual(await this.#usual(date));
    }
    const minute = Math.floor(now / MINUTE_MS) * MINUTE_MS;
    if (minute === this.#minute || businessDate(this.#timezone, minute) !== date) return;
    // Set first: what cannot be read is tried again a minute later.
    this.#minute = minute;
    const before = this.#before ?? (await this.#sumBefore(minute));
    if (before === undefined) return;
    // Facts that were made anew meanwhile are summed at the next refresh.
    if (this.#date === date) this.#before = before;
    onPeriods(this.#periods(date, minute, before));
  }

  get #timezone(): string {
    return this.#options.follower.config.hall.timezone;
  }

  async #usual(date: string): Promise<UsualDay | undefined> {
    const { follower, rest } = this.#options;
    const { config } = follower;
    const like = likeDays(config, date, (past) => this.#columns(past).n > 0);
    if (like === undefined) return undefined;
    const days: DayBins[] = [];
    for (const past of like.dates.toReversed()) {
      days.push(dayBins(config, past, [this.#columns(addDays(past, -1)), this.#columns(past)]));
      if (!(await rest())) return undefined;
    }
    return usualDay(date, like.kind, days);
  }

  #columns(date: string) {
    const [start, end] = dayBounds(this.#timezone, date);
    return this.#options.store.columns('visit', date, start, end, true);
  }

  async #sumBefore(now: number): Promise<Before | undefined> {
    const { store } = this.#options;
    const thisYear = await this.#sumMonths(spanSoFar, now);
    const lastYear = await this.#sumMonths(spanLastYear, now);
    return thisYear && lastYear && { thisYear, lastYear, first: store.firstDate };
  }

  /** The days before the span's last one, month by month. */
  async #sumMonths(spanOf: typeof spanSoFar, now: number): Promise<Ends | undefined> {
    const { config } = this.#options.follower;
    const { from, lastDay } = spanOf(config, 'year', now);
    const begin = spanOf(config, 'month', now).from;
    let [year, month] = [NO_SUMS, NO_SUMS];
    for (let start = from; start < lastDay;) {
      const inNext = addDays(`${businessDate(this.#timezone, start).slice(0, 7)}-28`, 4);
      const next = instantAt(this.#timezone, `${inNext.slice(0, 7)}-01`, 0);
      const sums = this.#sum(start, Math.min(next, lastDay), now);
      year = addSums(year, sums);
      if (start >= begin) month = addSums(month, sums);
      start = next;
      if (!(await this.#options.rest())) return undefined;
    }
    return { year, month };
  }

  #sum(from: number, to: number, now: number): Sums {
    if (from >= to) return NO_SUMS;
    const { store, follower } = this.#options;
    const question = { figures: PERIOD_FIGURES, from, to };
    return sumsOf(answerFigures(question, store, follower, now));
  }

  #periods(date: string, now: number, { thisYear, lastYear, first }: Before): Periods {
    const { config } = this.#options.follower;
    const timezone = this.#timezone;
    const firstAt = first === undefined ? now : instantAt(timezone, first, 0);
    const today = spanSoFar(config, 'month', now);
    const then = spanLastYear(config, 'month', now);
    const ofToday = this.#sum(today.lastDay, today.to, now);
    const ofThen = this.#sum(then.lastDay, then.to, now);
    const pair = (per: Per): PeriodSoFar => {
      const [span, last] = [spanSoFar(config, per, now), spanLastYear(config, per, now)];
      const from = Math.min(Math.max(span.from, firstAt), span.lastDay);
      const soFar = periodOf({ from, to: now }, addSums(thisYear[per], ofToday));
      if (!reachesBack(config, last.from, first)) return { soFar };
      return { soFar, lastYear: periodOf(last, addSums(lastYear[per], ofThen)) };
    };
    return { date, month: pair('month'), year: pair('year') };
  }
}
