// Answers questions from the facts' file and from what the follower has not written yet.
import type { HourKind } from '../../hall/fact/hours.ts';
import { figuresOf, TooManyRows, type FigureQuestion } from '../../hall/figure/past.ts';
import { visitColumns, type Columns, type HourFact } from '../../hall/figure/columns.ts';
import { addDays, businessDate, instantAt } from '../../hall/zone-time.ts';
import type { Follower } from './follower.ts';
import {
  FactQuestionError,
  FIGURE_ROWS_MAX,
  type Answers,
  type Hour,
  type HoursQuestion,
  type VisitsPage,
  type VisitsQuestion,
} from './questions.ts';
import { columnsOfHours, type FactStore, type PackKind } from './store.ts';

/** A visit may be served so many days after its issue, in a hall that is open at midnight. */
const DAYS_OPEN = 2;
const PAGE = 2_000;
const SCANNED = 20_000;

/** @param now ms since 1970: who waits has waited until then */
export function answerFigures(
  question: FigureQuestion,
  store: FactStore,
  follower: Follower,
  now: number,
) {
  follower.flush(false);
  const { config } = follower;
  const { timezone } = config.hall;
  const today = follower.hall.day.date;
  const last = businessDate(timezone, Math.min(question.to, now + 86_400_000) - 1);
  const first = businessDate(timezone, question.from);
  function* days(kind: PackKind, from: string): Generator<Columns> {
    for (let date = from; date <= last; date = addDays(date, 1)) {
      const [start, end] = [instantAt(timezone, date, 0), instantAt(timezone, addDays(date, 1), 0)];
      const columns = store.columns(kind, date, start, end, date < today);
      if (columns.n > 0) yield columns;
    }
  }
  function* visits(): Generator<Columns> {
    yield* days('visit', addDays(first, -DAYS_OPEN));
    yield visitColumns(follower.standing(now));
  }
  function* hours(kind: PackKind & HourKind): Generator<Columns> {
    yield* days(kind, first);
    const pending: HourFact[] = [...follower.pending].filter((sum) => sum.kind === kind);
    yield columnsOfHours(kind, pending);
  }
  try {
    return figuresOf(
      question,
      {
        visits: visits(),
        evaluations: days('evaluation', first),
        ...{ windows: hours('window'), devices: hours('device'), zones: hours('zone') },
      },
      config,
      FIGURE_ROWS_MAX,
    );
  } catch (error) {
    if (!(error instanceof TooManyRows)) throw error;
    throw new FactQuestionError(
      `answer: takes over ${FIGURE_ROWS_MAX} rows, ask for a shorter range or longer bins`,
    );
  }
}

/** Some thousand visits at a time; those that have ended. */
export function answerVisits(
  { from, to, where, after = [-1, -1] }: VisitsQuestion,
  store: FactStore,
  follower: Follower,
): VisitsPage {
  follower.flush(false);
  const asked = Object.entries(where);
  let text = '';
  let [at, id] = after;
  let found = 0;
  for (let scanned = 0; scanned < SCANNED && found < PAGE;) {
    const rows = store.visits(from, to, [at, id], PAGE);
    for (const row of rows) {
      [at, id] = [row.at, row.id];
      if (asked.length > 0) {
        const fact = JSON.parse(row.fact) as Readonly<Record<string, unknown>>;
        if (asked.some(([key, value]) => fact[key] !== value)) continue;
      }
      text += `${row.fact}\n`;
      found++;
    }
    scanned += rows.length;
    if (rows.length < PAGE) return { text: new TextEncoder().encode(text) };
  }
  return { text: new TextEncoder().encode(text), next: [at, id] };
}

/** Undefined where the sums are not begun. */
export function answerHours(
  question: HoursQuestion,
  store: FactStore,
  follower: Follower,
): Answers['hours'] {
  const { kind, from, to, of, field, step } = question;
  const { since } = store;
  if (since === undefined) return undefined;
  const ending = `/${field}`;
  const hours: Hour[] = store.hours(question);
  for (const { kind: other, of: name, hour, n, sum, min, max } of follower.pending) {
    const isAsked = of === undefined ? name.endsWith(ending) : name === of;
    if (other !== kind || n === 0 || hour < from || hour >= to || !isAsked) continue;
    if (store.isTakenOver(kind, name, hour)) continue;
    const begin = from + Math.floor((hour - from) / step) * step;
    hours.push({ of: name, hour: begin, n, sum, min, max });
  }
  return { since, hours };
}
