// The past over the API: visits, figures of any period, and the story of a day. Contract, *Facts and figures*.
import * as v from 'valibot';
import { VISIT_ENDS } from '../../../hall/fact.ts';
import { PERS } from '../../../hall/figure/bins.ts';
import { FIGURE_NAMES, isBy, type FigureName } from '../../../hall/figure/catalogue.ts';
import { KEYS, type Key } from '../../../hall/figure/columns.ts';
import { parseInstant } from '../../../hall/signal.ts';
import { addDays, businessDate, instantAt } from '../../../hall/zone-time.ts';
import { FactQuestionError, SCORE_KEYS, type StoryQuestion } from '../../facts/questions.ts';
import { NONE, operation, whole, type Operation } from '../operation.ts';
import { badParameter, notFound, ProblemError } from '../problem.ts';
import type { ApiParts } from './parts.ts';

const integer = v.pipe(v.number(), v.integer());
const ms = v.number();
const STAFF_OF_FIGURES = ['viewer', 'manager', 'admin'] as const;
const DATE = /^\d{4}-\d{2}-\d{2}$/;
const INSTANT_TEXT =
  'should be a date such as 2026-01-31, an RFC 3339 time with offset, or ms since 1970, before the year 9999';
/** Days that one question may span. */
const DAYS_MAX = 4_000;
const DAY_MS = 86_400_000;

const moment = v.pipe(v.string(), v.check(isMoment, INSTANT_TEXT));
const name = v.pipe(v.string(), v.maxLength(200));
const date = v.pipe(v.string(), v.check(isDate, 'should be a date such as 2026-01-31'));
const figures = v.pipe(
  v.string(),
  v.transform((text) => text.split(',')),
  v.array(v.picklist(FIGURE_NAMES, `should be names with commas of: ${FIGURE_NAMES.join(', ')}`)),
);

export function factOperations(parts: ApiParts): Operation[] {
  return [visits(parts), figuresOperation(parts), score(parts), story(parts), rebuild(parts)];
}

function visits(parts: ApiParts): Operation {
  const keys = Object.fromEntries(KEYS.map((key) => [key, v.optional(name)])) as Record<
    Key,
    v.OptionalSchema<typeof name, undefined>
  >;
  return operation({
    method: 'GET',
    path: '/visits',
    audience: ['manager', 'admin'],
    summary:
      'Visits that have ended, in order of issue, one JSON object per line; by default today’s',
    query: v.strictObject({ from: v.optional(moment), to: v.optional(moment), ...keys }),
    params: NONE,
    answer: {
      description: 'A visit is given as its latest fact says',
      type: 'application/x-ndjson',
      schema: v.object({
        ...{ visit: integer, ticket: v.string(), date: v.string() },
        ...{ queue: v.optional(v.string()), window: v.optional(v.string()) },
        ...{ staff: v.optional(v.string()), service: v.optional(v.string()) },
        ...{ department: v.optional(v.string()), zone: v.optional(v.string()) },
        ...{ class: v.string(), channel: v.optional(v.string()), issued_at: integer },
        ...{ arrived_at: v.optional(integer), called_at: v.optional(integer) },
        ...{ serving_at: v.optional(integer), ended_at: integer },
        ...{ wait_ms: v.optional(ms), service_ms: v.optional(ms), held_ms: ms },
        ...{ calls: integer, transfers: integer, end: v.picklist(VISIT_ENDS) },
        ...{ outcome: v.optional(v.string()), level: v.optional(integer) },
        inferred: v.optional(v.literal(true)),
        irregular: v.optional(v.literal(true)),
        /** nobody told of its issue: `issued_at` is its first step */
        unissued: v.optional(v.literal(true)),
        unserved_ms: v.optional(ms),
      }),
    },
    problems: [503],
    handle({ from, to, ...where }) {
      const range = rangeOf(parts, from, to);
      const asked = Object.fromEntries(
        Object.entries(where).filter(([, value]) => value !== undefined),
      );
      return ndjson(parts.facts().visits({ ...range, where: asked }));
    },
  });
}

function figuresOperation(parts: ApiParts): Operation {
  return operation({
    method: 'GET',
    path: '/figures',
    audience: STAFF_OF_FIGURES,
    summary: 'Figures of a period, by key and by bins of the calendar; by default today’s',
    query: v.strictObject({
      figure: figures,
      from: v.optional(moment),
      to: v.optional(moment),
      by: v.optional(v.picklist(KEYS, `should be one of ${KEYS.join(', ')}`)),
      per: v.optional(v.picklist(PERS, `should be one of ${PERS.join(', ')}`)),
    }),
    params: NONE,
    answer: {
      description:
        'Each row has its keys and, for each figure, `{value, n}`, or null where there is no case. Shares are 0…1, durations ms',
      type: 'application/json',
      schema: v.object({
        from: integer,
        to: integer,
        rows: v.array(v.looseObject({})),
        /** entries of the journal that the answer is without */
        behind: v.optional(integer),
      }),
    },
    problems: [503],
    async handle({ figure, from, to, by, per }) {
      const names = [...new Set(figure as readonly FigureName[])];
      const wrong = by === undefined ? [] : names.filter((each) => !isBy(each, by));
      if (wrong.length > 0) throw badBy(wrong, by ?? '');
      const range = rangeOf(parts, from, to);
      const rows = await orUnavailable(() =>
        parts.facts().figures({ figures: names, ...range, ...(by && { by }), ...(per && { per }) }),
      );
      const { pending } = parts.facts().stats;
      return { ...range, rows, ...(pending > PENDING_TOLD && { behind: pending }) };
    },
  });
}

/** Facts follow the journal within a second; only more than that is worth telling. */
const PENDING_TOLD = 1_000;

const share = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
const way = v.object({
  n: integer,
  /** minutes; `bias` below 0: told too little */
  ...{ error: v.number(), bias: v.number() },
  ...{ within5: share, low5: share },
});

function score(parts: ApiParts): Operation {
  return operation({
    method: 'GET',
    path: '/score',
    audience: STAFF_OF_FIGURES,
    summary:
      'How good the wait was that visitors were told, beside plain formulas; by default today',
    query: v.strictObject({
      from: v.optional(date),
      to: v.optional(date),
      by: v.optional(v.picklist(SCORE_KEYS, `should be one of ${SCORE_KEYS.join(', ')}`)),
    }),
    params: NONE,
    answer: {
      description:
        '`told`: the middle of what was told; `formula`: queue length × mean service ÷ windows; `last`: the wait of whoever began last; `head`: so far, of whoever waits longest. `error` and `bias` are minutes, shares 0…1',
      type: 'application/json',
      schema: v.object({
        ...{ from: v.string(), to: v.string() },
        rows: v.array(
          v.object({
            ...{ queue: v.optional(v.string()), hour: v.optional(integer), n: integer },
            ...{ told: way, formula: way, last: way, head: way },
            band: v.object({ n: integer, held: share, width: v.number() }),
          }),
        ),
      }),
    },
    problems: [503],
    async handle({ from, to, by }) {
      const { config, clock } = parts;
      const today = businessDate(config.hall.timezone, clock.now());
      const last = to ?? (from === undefined || from < today ? today : from);
      const first = from ?? last;
      if (first > last) throw badParameter('from: should not be after to');
      const dates: string[] = [];
      for (let day = first; day <= last && dates.length <= SCORE_DAYS_MAX; day = addDays(day, 1))
        dates.push(day);
      if (dates.length > SCORE_DAYS_MAX)
        throw badParameter(`to: is more than ${SCORE_DAYS_MAX} days after from, should be nearer`);
      const rows = await orUnavailable(() => parts.facts().score({ dates, ...(by && { by }) }));
      return { from: first, to: last, rows };
    },
  });
}

/** Each day is folded once more when it is first asked for. */
const SCORE_DAYS_MAX = 7;

function story(parts: ApiParts): Operation {
  return operation({
    method: 'GET',
    path: '/story',
    audience: ['manager', 'facility', 'admin'],
    summary: 'What happened to a visit, or on one day at a window, with a device or a case',
    query: v.strictObject({
      visit: v.optional(whole(1, Number.MAX_SAFE_INTEGER)),
      ticket: v.optional(name),
      window: v.optional(name),
      device: v.optional(name),
      case: v.optional(name),
      date: v.optional(date),
    }),
    params: NONE,
    answer: {
      description:
        'The journal’s lines in order, as `/journal` gives them, and `{seen: {screen, at, ms, call}}` where a screen painted a call',
      type: 'application/x-ndjson',
      schema: v.looseObject({}),
    },
    problems: [404, 503],
    async handle({ visit, ticket, date: day, ...rest }) {
      const question = storyOf(visit, ticket, day, rest);
      const lines = await orUnavailable(() => parts.facts().story(question));
      if (lines === undefined) {
        throw notFound(
          visit === undefined
            ? `ticket: ${ticket} had no visit on ${day}`
            : `visit: ${visit} is not known`,
        );
      }
      return ndjson(lines);
    },
  });
}

function rebuild(parts: ApiParts): Operation {
  return operation({
    method: 'POST',
    path: '/facts/rebuild',
    audience: ['admin'],
    summary: 'Makes the facts again from the journal’s first whole day on, in the background',
    query: NONE,
    params: NONE,
    answer: {
      description: 'How many entries are to be read',
      type: 'application/json',
      schema: v.object({ entries: integer }),
    },
    problems: [503],
    handle() {
      const { firstSeq, lastSeq } = parts.journal();
      parts.facts().rebuild();
      return { entries: lastSeq - firstSeq + 1 };
    },
  });
}

function storyOf(
  visit: number | undefined,
  ticket: string | undefined,
  day: string | undefined,
  rest: Readonly<{ [of in 'window' | 'device' | 'case']?: string | undefined }>,
): StoryQuestion {
  const named = (['window', 'device', 'case'] as const).filter((of) => rest[of] !== undefined);
  const given = [visit, ticket, ...named].filter((one) => one !== undefined);
  if (given.length !== 1) {
    throw badParameter('story: should be asked of one of visit, ticket, window, device, case');
  }
  if (visit !== undefined) return { visit };
  if (day === undefined) throw badParameter('date: is missing, should be given');
  if (ticket !== undefined) return { ticket, date: day };
  const [of = 'window'] = named;
  return { of, id: rest[of] ?? '', date: day };
}

/** [from, to) in ms: dates are the hall's, and both included. */
function rangeOf({ config, clock }: ApiParts, from: string | undefined, to: string | undefined) {
  const { timezone } = config.hall;
  const today = businessDate(timezone, clock.now());
  const first = from ?? today;
  const last = to ?? (isDate(first) ? (first > today ? first : today) : String(clock.now()));
  const range = {
    from: instantOf(timezone, first, 0),
    to: instantOf(timezone, last, 1),
  };
  if (!(range.from < range.to)) throw badParameter('from: should be before to');
  if (range.to - range.from > DAYS_MAX * DAY_MS) {
    throw badParameter(`to: is more than ${DAYS_MAX} days after from, should be nearer`);
  }
  return range;
}

/** @param days added to a date: 1 where its end is meant */
function instantOf(timezone: string, text: string, days: number): number {
  if (isDate(text)) return instantAt(timezone, addDays(text, days), 0);
  return momentOf(text) ?? 0;
}

/** Calendars of the last years that a date can name have no end to count to. */
const INSTANT_MAX = Date.parse('9999-01-01T00:00:00Z');

function isMoment(text: string): boolean {
  const instant = isDate(text) ? Date.parse(text) : momentOf(text);
  return instant !== undefined && instant >= 0 && instant < INSTANT_MAX;
}

function momentOf(text: string): number | undefined {
  return /^\d{1,16}$/.test(text) ? Number(text) : parseInstant(text);
}

function isDate(text: string): boolean {
  if (!DATE.test(text)) return false;
  const time = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

function badBy(names: readonly FigureName[], by: string): ProblemError {
  const can = (each: FigureName) => KEYS.filter((key) => isBy(each, key)).join(', ');
  const detail = names
    .map((each) => `by: is "${by}", should be one of ${can(each)} for ${each}, or left out`)
    .join('; ');
  return new ProblemError({
    ...{ status: 400, title: 'Bad parameter', detail, name: 'parameter', reason: 'field:by' },
  });
}

function ndjson(body: BodyInit): Response {
  return new Response(body, {
    headers: { 'content-type': 'application/x-ndjson', 'cache-control': 'no-store' },
  });
}

async function orUnavailable<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    if (error instanceof FactQuestionError) throw badParameter(detail);
    throw new ProblemError({ status: 503, title: 'Facts unavailable', detail, name: 'facts' });
  }
}
