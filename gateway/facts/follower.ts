// Follows the journal with a fold of its own, and keeps what it derives: the facts are a function of the journal alone, cost
// the live thread nothing, and are made anew by following from the first entry. SPEC §15.
import type { HallConfig } from '../../hall/config.ts';
import { effectiveHall } from '../../hall/effective-hall.ts';
import { evaluationFact, visitFact, type VisitFact } from '../../hall/fact.ts';
import { HourSums } from '../../hall/fact/hours.ts';
import { advance, startHall } from '../../hall/reduce.ts';
import { evaluatedVisit, hasEnded } from '../../hall/reduce/visit.ts';
import { canonicalTicket, type EvaluationSignal } from '../../hall/signal.ts';
import { waitHours, type Hall, type Ticket } from '../../hall/state.ts';
import { compare, EMPTY, get, values, type Table } from '../../hall/table.ts';
import { addDays, businessDate, instantAt } from '../../hall/zone-time.ts';
import { foldEntry, received, rulesDigest, STATE_FORMAT } from '../fold.ts';
import type { Entry } from '../journal/entry.ts';
import { CodedError, message } from '../log/messages.ts';
import type { FactStore } from './store.ts';
import { Unwritten } from './unwritten.ts';

export interface FollowerOptions {
  readonly store: FactStore;
  readonly config: HallConfig;
  readonly journal: {
    read(after: number, limit: number): Entry[];
    /** events of commands that retention has left, up to there */
    commands(through: number): Entry[];
  };
  /** the oldest and the newest entry that the journal keeps */
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly now: number;
  readonly onError: (error: unknown) => void;
}

interface State {
  readonly hall: Hall;
  readonly closed: number;
}

const DAY_MS = 86_400_000;
/** Evaluations by message or on the web come days later. */
const EVALUATED_WITHIN_MS = 60 * DAY_MS;
const ERRORS_TOLD = 20;

export class Follower {
  readonly #options: FollowerOptions;
  readonly #store: FactStore;
  readonly #config: HallConfig;
  readonly #digest: string;
  #hall: Hall;
  #sums: HourSums;
  #through: number;
  /** the state that the store has reflects the journal up to here */
  #kept: number;
  #unwritten = new Unwritten('');
  /** the visits as of the last flush */
  #flushed: Table<Ticket> = EMPTY;
  #isUnbegun = false;
  #errors = 0;

  constructor(options: FollowerOptions) {
    const { store, config } = options;
    this.#options = options;
    this.#store = store;
    this.#config = config;
    this.#digest = `${STATE_FORMAT} ${rulesDigest(config)}`;
    this.#hall = startHall(config, options.now);
    this.#sums = new HourSums(config, 0);
    this.#through = this.#kept = 0;
    this.#restore();
  }

  /** The newest entry that the facts reflect. */
  get through(): number {
    return this.#through;
  }

  /** The journal is needed from the entry after this one on. */
  get kept(): number {
    return this.#kept;
  }

  get hall(): Hall {
    return this.#hall;
  }

  /** The hall file with what people have changed since. */
  get config(): HallConfig {
    return effectiveHall(this.#config, this.#hall).config;
  }

  /** Folds the next entries. @returns how many */
  read(limit: number): number {
    const entries = this.#options.journal.read(this.#through, limit);
    for (const entry of entries) this.#take(entry);
    return entries.length;
  }

  /** Lets time pass. Only while every entry that has arrived is folded. */
  tick(now: number): void {
    this.#passTo(now);
    const { hall } = this;
    this.#sums.close(hall, this.config, Math.min(now, hall.day.end));
  }

  /** Writes what is new; with `keep` also the state, and the sums of hours, which are added once. */
  flush(keep: boolean): void {
    this.#noteVisits();
    const unwritten = this.#unwritten;
    const { visits, evaluations } = unwritten;
    const through = this.#through;
    if (visits.size + evaluations.length === 0 && !(keep && through > this.#kept)) return;
    const state: State = { hall: this.#hall, closed: this.#sums.closed };
    this.#store.write({
      ...{ visits, evaluations, through },
      ...(keep && {
        sums: [...this.#sums.pending].filter(({ hour }) => unwritten.takes(this.#dateOf(hour))),
        kept: { through, digest: this.#digest, state: JSON.stringify(state) },
      }),
    });
    if (keep) {
      this.#sums.take();
      this.#kept = through;
    }
    this.#unwritten = new Unwritten(unwritten.from);
  }

  /**
   * Everything from the journal's first whole day on is made anew.
   * @param firstSeq the oldest entry that the journal keeps now; @param lastSeq the newest
   */
  rebuild(firstSeq: number, lastSeq: number): void {
    const [oldest] = this.#options.journal.read(firstSeq - 1, 1);
    const first = this.#dateOf(oldest?.receivedAt ?? this.#options.now);
    // Of a day whose first entries are gone, the facts say more than its rest could.
    this.#beginFrom(firstSeq > 1 ? addDays(first, 1) : first, firstSeq, lastSeq);
  }

  /** Visits of today that have not ended, as they stand. */
  standing(now: number): VisitFact[] {
    const { hall, config } = this;
    const hours = waitHours(hall.day);
    const facts: VisitFact[] = [];
    for (const visit of values(hall.tickets)) {
      if (!hasEnded(visit)) facts.push(visitFact(visit, config, hours, now));
    }
    return facts;
  }

  /** Sums that are not written yet. */
  get pending() {
    return this.#sums.pending;
  }

  #restore(): void {
    const { firstSeq, lastSeq } = this.#options;
    this.#unwritten = new Unwritten(this.#store.from);
    const kept = this.#store.kept();
    // The journal has lost its end and gives its numbers again.
    const isAhead = this.#store.flushed > lastSeq;
    if (kept === undefined) {
      return isAhead ? this.rebuild(firstSeq, lastSeq) : this.#begin(firstSeq);
    }
    const { hall, closed } = JSON.parse(kept.state) as State;
    if (isAhead || kept.digest !== this.#digest) {
      return this.#beginFrom(this.#dayToRepeat(hall, isAhead), firstSeq, lastSeq);
    }
    // The facts would have to go on from entries that are gone.
    if (kept.through < firstSeq - 1) {
      return this.#beginFrom(addDays(hall.day.date, 1), firstSeq, lastSeq);
    }
    this.#hall = hall;
    this.#sums = new HourSums(this.#config, closed);
    this.#through = this.#kept = kept.through;
  }

  /** The present day under another hall file, or the day at which a shorter journal ends: it is folded anew. */
  #dayToRepeat(hall: Hall, isAhead: boolean): string {
    const { journal, lastSeq } = this.#options;
    const [last] = isAhead ? journal.read(lastSeq - 1, 1) : [];
    const date = last === undefined ? hall.day.date : this.#dateOf(last.receivedAt);
    return date < hall.day.date ? date : hall.day.date;
  }

  /** Folds the whole journal, and writes facts of that day and later ones. */
  #beginFrom(date: string, firstSeq: number, lastSeq: number): void {
    const { timezone } = this.#config.hall;
    this.#store.forgetFrom(date, instantAt(timezone, date, 0), lastSeq);
    this.#unwritten = new Unwritten(date);
    this.#begin(firstSeq);
  }

  #begin(firstSeq: number): void {
    const { journal, now } = this.#options;
    const [first] = journal.read(firstSeq - 1, 1);
    this.#isUnbegun = first === undefined;
    this.#startOn(first?.receivedAt ?? now);
    this.#flushed = EMPTY;
    this.#through = this.#kept = firstSeq - 1;
    for (const entry of journal.commands(firstSeq - 1)) {
      this.#hall = foldEntry(this.#hall, entry, this.#config, this.#failed(entry)).after;
    }
  }

  #startOn(at: number): void {
    this.#hall = startHall(this.#config, at);
    this.#sums = new HourSums(this.#config, this.#hall.day.start);
  }

  #take(entry: Entry): void {
    // An empty journal may fill with older entries: the fold, and the hours, begin on the first one's day.
    if (this.#isUnbegun) this.#startOn(entry.receivedAt);
    this.#isUnbegun = false;
    this.#passTo(entry.receivedAt);
    const { before, after } = foldEntry(this.#hall, entry, this.#config, this.#failed(entry));
    this.#hall = after;
    this.#through = entry.seq;
    const { config } = this;
    this.#sums.follow(before, after, config, received(entry));
    if (entry.stream === 'evaluation') this.#evaluated(entry);
  }

  /** What time alone brings about; a day that ends leaves its visits behind. */
  #passTo(now: number): void {
    const { day } = this.#hall;
    if (now >= day.end) {
      this.#pass(day.end - 1);
      this.#sums.close(this.#hall, this.config, day.end);
      const over = this.#hall;
      this.#noteVisits();
      this.#hall = advance(over, this.#config, now);
      this.#endDay(over, this.#hall);
      this.#sums.turn(this.#hall.day.start);
    }
    this.#pass(now);
  }

  #pass(now: number): void {
    const before = this.#hall;
    this.#hall = advance(before, this.#config, now);
    if (this.#hall !== before) this.#sums.follow(before, this.#hall, this.config);
  }

  /** Visits that the new day does not go on with have ended as they stood. */
  #endDay(over: Hall, next: Hall): void {
    const { config } = effectiveHall(this.#config, over);
    const hours = waitHours(over.day);
    const limit = this.#config.limits.visit_hours * 3_600_000;
    const isOpenOver = next.day.carried.length > 0 && next.day.start === over.day.end;
    for (const visit of values(over.tickets)) {
      if (hasEnded(visit) || get(next.tickets, visit.key) !== undefined) continue;
      const end = isOpenOver ? Math.min(over.day.end, visit.at + limit) : over.day.end;
      this.#unwritten.put(visitFact(visit, config, hours, end, true));
    }
    this.#flushed = next.tickets;
  }

  /** Notes the facts of visits that changed since the last time. */
  #noteVisits(): void {
    const { hall, config } = this;
    const hours = waitHours(hall.day);
    compare(this.#flushed, hall.tickets, (was, is) => {
      if (is && hasEnded(is)) this.#unwritten.put(visitFact(is, config, hours, is.at));
      else if (is && was && hasEnded(was)) this.#unwritten.remove(is.visit);
    });
    this.#flushed = hall.tickets;
  }

  #evaluated(entry: Entry): void {
    const { hall, config } = this;
    const signal = entry.signal as EvaluationSignal;
    const { window, level } = signal;
    const ticket = signal.ticket === undefined ? undefined : canonicalTicket(signal.ticket);
    const here = ticket === undefined ? undefined : evaluatedVisit(hall, ticket, window);
    const visit = here ? visitFact(here, config, waitHours(hall.day), entry.at) : undefined;
    const earlier =
      visit ?? (ticket === undefined ? undefined : this.#servedBefore(ticket, window, entry.at));
    const staff = hall.windows[window]?.staff;
    const fact = evaluationFact({ signal, at: entry.at, seq: entry.seq }, earlier, staff, config);
    if (!this.#unwritten.takes(fact.date)) return;
    this.#unwritten.evaluations.push(fact);
    if (visit === undefined && earlier && fact.default !== true)
      this.#unwritten.put({ ...earlier, level });
  }

  /** A visit of an earlier day that somebody evaluates now. */
  #servedBefore(ticket: string, window: string, at: number): VisitFact | undefined {
    this.flush(false);
    return this.#store.servedAt(ticket, window, at - EVALUATED_WITHIN_MS, at);
  }

  #failed(entry: Entry) {
    return (error: unknown): void => {
      if (++this.#errors <= ERRORS_TOLD) {
        this.#options.onError(new CodedError(message('state.fold', { seq: entry.seq, error })));
      }
    };
  }

  #dateOf(at: number): string {
    return businessDate(this.#config.hall.timezone, at);
  }
}
