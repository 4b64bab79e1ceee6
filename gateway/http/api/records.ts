// What was recorded, over the API: figures over time, the latest calls, the journal itself.
import * as v from 'valibot';
import { BY } from '../../../hall/command.ts';
import { AGGREGATES, CALENDAR, HistoryQueryError } from '../../history.ts';
import type { AskPoints } from '../../facts.ts';
import { MARKS } from '../../../hall/marks.ts';
import { NONE, operation, whole, type Operation } from '../operation.ts';
import { badParameter, ProblemError } from '../problem.ts';
import type { ApiParts } from './parts.ts';

const DAY_MS = 86_400_000;
const JOURNAL_MAX = 100_000;

const integer = v.pipe(v.number(), v.integer());
/** As far as a Date goes, ms since 1970. */
const instant = whole(0, 8_640_000_000_000_000);
/** No tag and no field is called so; every object has them, and valibot's records leave them out. */
const RESERVED: ReadonlySet<string> = new Set(['constructor', 'prototype', '__proto__']);
const RESERVED_TEXT = `should not be one of ${[...RESERVED].join(', ')}`;
const areFree = (names: readonly string[]): boolean => !names.some((name) => RESERVED.has(name));
const word = (what: string) =>
  v.pipe(
    v.string(),
    v.regex(/^[a-z_]{1,40}$/, `should be ${what}`),
    v.check((name) => areFree([name]), RESERVED_TEXT),
  );
const tagList = v.pipe(
  v.string(),
  v.regex(/^[a-z_]+(,[a-z_]+)*$/, 'should be tags with commas, such as window,type'),
  v.check((text) => areFree(text.split(',')), RESERVED_TEXT),
  v.transform((text) => text.split(',')),
  v.array(v.string()),
  v.maxLength(5, 'should be at most 5 tags'),
);
const tagValues = v.pipe(
  v.string(),
  v.regex(/^[a-z_]+:[^,]+(,[a-z_]+:[^,]+)*$/, 'should be tag:value, with commas'),
  v.check((text) => areFree(pairsOf(text).map(([tag]) => tag)), RESERVED_TEXT),
  v.transform((text) => Object.fromEntries(pairsOf(text))),
  v.record(v.string(), v.string()),
);
const row = v.object({
  at: integer,
  group: v.record(v.string(), v.string()),
  value: v.number(),
  n: integer,
});

export function recordOperations(parts: ApiParts): Operation[] {
  return [history(parts), setAside(parts), calls(parts), journal(parts)];
}

function history({ query: ask, charts, behind, clock }: ApiParts): Operation {
  return operation({
    method: 'GET',
    path: '/history',
    audience: ['viewer', 'manager', 'facility', 'admin'],
    summary:
      'Figures over time from the recorded points; by default their count in the last 24 hours',
    query: v.strictObject({
      measurement: word('a stream, such as ticket'),
      from: v.optional(instant),
      to: v.optional(instant),
      every: v.optional(whole(1_000, 366 * DAY_MS)),
      calendar: v.optional(v.picklist(CALENDAR, `should be one of ${CALENDAR.join(', ')}`)),
      aggregate: v.optional(v.picklist(AGGREGATES, `should be one of ${AGGREGATES.join(', ')}`)),
      field: v.optional(word('a field, such as level')),
      group_by: v.optional(tagList),
      where: v.optional(tagValues),
    }),
    params: NONE,
    answer: {
      description:
        'Bins of `every` ms, or of the hall’s `calendar`, in order of time; a bin without points is absent',
      type: 'application/json',
      schema: v.object({
        ...{ measurement: v.string(), from: integer, to: integer, aggregate: v.string() },
        rows: v.array(row),
        /** the signals that the answer is without, and `at` of the oldest of them */
        behind: v.optional(v.object({ signals: integer, since: integer })),
      }),
    },
    problems: [503],
    async handle({ measurement, aggregate = 'count', group_by: groupBy, ...rest }, _, { signal }) {
      const { field, every, calendar, where } = rest;
      const to = rest.to ?? clock.now();
      const from = rest.from ?? to - DAY_MS;
      const query = {
        ...{ measurement, from, to, aggregate },
        ...(field !== undefined && { field }),
        ...(every !== undefined && { every }),
        ...(calendar !== undefined && { calendar }),
        ...(groupBy !== undefined && { groupBy }),
        ...(where !== undefined && { where }),
      };
      const points: AskPoints = (asked) => ask(asked, signal);
      const rows = await orUnavailable(
        async () => (await charts(query, points)) ?? (await points(query)),
      );
      return { measurement, from, to, aggregate, rows, behind: behind() };
    },
  });
}

function setAside({ setAside: ask }: ApiParts): Operation {
  return operation({
    method: 'GET',
    path: '/history/set-aside',
    audience: ['facility', 'admin'],
    summary:
      'Points that the database takes never, with its words; their signals are in the journal',
    query: v.strictObject({
      before: v.optional(whole(1, Number.MAX_SAFE_INTEGER)),
      limit: v.optional(whole(1, 1_000)),
    }),
    params: NONE,
    answer: {
      description: 'Newest first; the page after this one begins `before` its last id',
      type: 'application/json',
      schema: v.object({
        points: v.array(
          v.object({
            ...{ id: integer, seq: integer, line: v.string(), reason: v.string() },
            since: integer,
          }),
        ),
      }),
    },
    problems: [503],
    async handle({ before = Number.MAX_SAFE_INTEGER, limit = 100 }) {
      return { points: await orUnavailable(() => ask(before, limit)) };
    },
  });
}

async function orUnavailable<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof HistoryQueryError) throw badParameter(error.message);
    const detail = error instanceof Error ? error.message : String(error);
    throw new ProblemError({ status: 503, title: 'History unavailable', detail, name: 'history' });
  }
}

function calls({ sightings }: ApiParts): Operation {
  return operation({
    method: 'GET',
    path: '/calls',
    audience: ['viewer', 'manager', 'facility', 'admin'],
    summary: 'The latest calls: on which screens each was seen, and after how long',
    query: v.strictObject({ limit: v.optional(whole(1, 2_000)) }),
    params: NONE,
    answer: {
      description: 'Newest first',
      type: 'application/json',
      schema: v.object({
        calls: v.array(
          v.object({
            ...{
              id: v.string(),
              ticket: v.string(),
              window: v.string(),
              at: integer,
              nth: integer,
            },
            seen: v.array(v.object({ view: v.string(), after_ms: integer })),
          }),
        ),
      }),
    },
    handle: ({ limit = 200 }) => ({
      calls: sightings()
        .list(limit)
        .map(({ seen, ...call }) => ({
          ...call,
          seen: seen.map(({ view, afterMs }) => ({ view, after_ms: afterMs })),
        })),
    }),
  });
}

function journal(parts: ApiParts): Operation {
  return operation({
    method: 'GET',
    path: '/journal',
    audience: ['manager', 'facility', 'admin'],
    summary: 'The journal after an entry, one JSON object per line',
    query: v.strictObject({
      after: v.optional(whole(0, Number.MAX_SAFE_INTEGER)),
      limit: v.optional(whole(1, JOURNAL_MAX)),
    }),
    params: NONE,
    answer: {
      description: 'Entries in order of seq',
      type: 'application/x-ndjson',
      schema: v.object({
        ...{ seq: integer, device: v.string(), stream: v.string(), received_at: integer },
        /** the effective time: corrected, and never after `received_at` */
        at: integer,
        signal: v.looseObject({
          id: v.string(),
          at: v.optional(v.union([integer, v.string()])),
          type: v.string(),
        }),
        by: v.optional(BY),
        marks: v.optional(v.array(v.picklist(MARKS))),
        irregular: v.optional(v.literal(true)),
      }),
    },
    handle: ({ after = 0, limit = 1_000 }) =>
      new Response(parts.journal().lines(after, limit), {
        headers: { 'content-type': 'application/x-ndjson', 'cache-control': 'no-store' },
      }),
  });
}

function pairsOf(text: string): [tag: string, value: string][] {
  return text.split(',').map((pair) => {
    const colon = pair.indexOf(':');
    return [pair.slice(0, colon), pair.slice(colon + 1)];
  });
}
