// The API below /api/v1: every operation, declared once. Instants are ms since 1970, names are snake_case.
import * as v from 'valibot';
import type { HallConfig } from '../../hall/config.ts';
import type { Clock } from '../clock.ts';
import { AGGREGATES, HistoryQueryError, type HistoryQuery, type HistoryRow } from '../history.ts';
import type { Hub } from '../hub.ts';
import type { DeadLetter, Journal } from '../journal.ts';
import type { Sightings } from '../live/sightings.ts';
import { describe } from './openapi.ts';
import { NONE, operation, whole, type Operation } from './operation.ts';
import type { PageEntry } from './pages.ts';
import { badParameter, notFound, ProblemError } from './problem.ts';
import type { Route } from './router.ts';
import { publicHall, stateJson } from './shape.ts';

export interface ApiParts {
  readonly config: HallConfig;
  readonly clock: Clock;
  /** Throw while the part is not there yet. */
  readonly journal: () => Journal;
  readonly hub: () => Hub;
  readonly sightings: () => Sightings;
  readonly pages: () => Promise<readonly PageEntry[]>;
  readonly cut: (view: string) => unknown;
  readonly query: (query: HistoryQuery) => Promise<readonly HistoryRow[]>;
  /** Takes a message as if a device had published it now. */
  readonly take: (
    topic: string,
    payload: Uint8Array,
  ) => Promise<{ accepted: number; rejected: number }>;
}

const LETTERS_MAX = 1_000;
const REPLAY_MAX = 1_000;
const JOURNAL_MAX = 100_000;
const JOURNAL_BATCH = 500;

export function createApi(parts: ApiParts): readonly Route[] {
  const operations = [
    ...hallOperations(parts),
    ...letterOperations(parts),
    ...recordOperations(parts),
  ];
  const title = parts.config.hall.name.en ?? parts.config.hall.name.zh;
  const openapi: Operation = operation({
    method: 'GET',
    path: '/openapi.json',
    summary: 'This description',
    query: NONE,
    params: NONE,
    answer: { description: 'OpenAPI 3.1', type: 'application/json', schema: v.looseObject({}) },
    handle: () => describe([...operations, openapi], title),
  });
  return [...operations, openapi].map(({ route }) => route);
}

const integer = v.pipe(v.number(), v.integer());
const name = v.object({ zh: v.string(), en: v.optional(v.string()) });

function hallOperations({ config, clock, hub, pages, cut }: ApiParts): Operation[] {
  return [
    operation({
      method: 'GET',
      path: '/hall',
      summary: 'The hall file as far as it is public',
      query: NONE,
      params: NONE,
      answer: { description: 'The hall', type: 'application/json', schema: v.looseObject({}) },
      handle: () => publicHall(config),
    }),
    operation({
      method: 'GET',
      path: '/pages',
      summary: "The hall's pages and their addresses",
      query: NONE,
      params: NONE,
      answer: {
        description: 'The pages',
        type: 'application/json',
        schema: v.object({
          hall: v.object({ id: v.string(), name, demo: v.boolean(), timezone: v.string() }),
          pages: v.array(
            v.object({
              path: v.string(),
              kind: v.picklist(['screen', 'kiosk', 'dashboard']),
              title: name,
              note: v.optional(v.string()),
            }),
          ),
        }),
      },
      async handle() {
        const { id, name: title, demo, timezone } = config.hall;
        return { hall: { id, name: title, demo, timezone }, pages: await pages() };
      },
    }),
    operation({
      method: 'GET',
      path: '/state',
      summary: 'The whole live state, or one view of it exactly as the live stream sends it',
      query: v.strictObject({ view: v.optional(v.pipe(v.string(), v.maxLength(80))) }),
      params: NONE,
      answer: {
        description: 'The state after the journal entry `seq`',
        type: 'application/json',
        schema: v.looseObject({ epoch: v.string(), revision: integer, seq: integer, now: integer }),
      },
      problems: [404],
      handle({ view }) {
        const { epoch, revision, seq, hall } = hub();
        const head = { epoch, revision, seq, now: clock.now() };
        if (view === undefined) return { ...head, state: stateJson(hall) };
        const data = cut(view);
        if (data === undefined) throw notFound(`view: is "${view}", should be one of this hall`);
        return { ...head, view, data };
      },
    }),
  ];
}

const letterSchema = v.object({
  id: integer,
  topic: v.string(),
  reason: v.string(),
  detail: v.string(),
  received_at: integer,
  replayed_at: v.optional(integer),
  bytes: integer,
});
const letterId = v.strictObject({ id: whole(1, Number.MAX_SAFE_INTEGER) });
const outcome = v.object({ id: integer, accepted: integer, rejected: integer });

function letterOperations({ journal, take, clock }: ApiParts): Operation[] {
  const replay = async ({ id, topic, payload }: DeadLetter) => {
    const { accepted, rejected } = await take(topic, payload);
    // What was refused again is a new letter; this one has had its turn either way.
    await journal().markReplayed(id, clock.now());
    return { id, accepted, rejected };
  };
  return [
    operation({
      method: 'GET',
      path: '/dead-letters',
      summary: 'What was refused, newest first',
      query: v.strictObject({
        before: v.optional(whole(1, Number.MAX_SAFE_INTEGER)),
        limit: v.optional(whole(1, LETTERS_MAX)),
        reason: v.optional(v.pipe(v.string(), v.maxLength(100))),
      }),
      params: NONE,
      answer: {
        description:
          'Letters without their payload; `next_before` asks for the page after this one',
        type: 'application/json',
        schema: v.object({ letters: v.array(letterSchema), next_before: v.optional(integer) }),
      },
      handle({ before, limit = 100, reason }) {
        const letters = journal().deadLetters({
          ...(before !== undefined && { before }),
          ...(reason !== undefined && { reason }),
          limit,
        });
        const last = letters.length === limit ? letters.at(-1)?.id : undefined;
        return { letters: letters.map(letterJson), next_before: last };
      },
    }),
    operation({
      method: 'GET',
      path: '/dead-letters/:id',
      summary: 'One letter with its payload',
      query: NONE,
      params: letterId,
      answer: {
        description: 'The letter whole',
        type: 'application/json',
        schema: v.object({
          ...letterSchema.entries,
          payload_base64: v.string(),
          payload_text: v.optional(v.string()),
        }),
      },
      problems: [404],
      handle(_query, { id }) {
        const letter = known(journal(), id);
        const bytes = Buffer.from(letter.payload);
        return {
          ...letterJson(letter),
          payload_base64: bytes.toString('base64'),
          payload_text: utf8(letter.payload),
        };
      },
    }),
    operation({
      method: 'POST',
      path: '/dead-letters/:id/replay',
      summary: 'Takes a letter as if it had arrived now',
      query: NONE,
      params: letterId,
      answer: { description: 'What came of it', type: 'application/json', schema: outcome },
      problems: [403, 404],
      handle: (_query, { id }) => replay(known(journal(), id)),
    }),
    operation({
      method: 'POST',
      path: '/dead-letters/replay',
      summary: `Takes up to ${REPLAY_MAX} letters that were not replayed yet, oldest first`,
      query: v.strictObject({ reason: v.pipe(v.string(), v.minLength(1), v.maxLength(100)) }),
      params: NONE,
      answer: {
        description: 'What came of each',
        type: 'application/json',
        schema: v.object({ replayed: v.array(outcome) }),
      },
      problems: [403],
      async handle({ reason }) {
        const letters = journal()
          .deadLetters({ reason, limit: REPLAY_MAX })
          .filter(({ replayedAt }) => replayedAt === undefined)
          .reverse();
        const replayed = [];
        for (const letter of letters) replayed.push(await replay(letter));
        return { replayed };
      },
    }),
  ];
}

function known(journal: Journal, id: number): DeadLetter {
  const letter = journal.deadLetter(id);
  if (letter === undefined) throw notFound(`dead letter: ${id} is not kept`);
  return letter;
}

function letterJson({ id, topic, reason, detail, receivedAt, replayedAt, payload }: DeadLetter) {
  return {
    ...{ id, topic, reason, detail, received_at: receivedAt, replayed_at: replayedAt },
    bytes: payload.length,
  };
}

function utf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

const instant = whole(0, Number.MAX_SAFE_INTEGER);
const tagList = v.pipe(
  v.string(),
  v.regex(/^[a-z_]+(,[a-z_]+)*$/, 'should be tags with commas, such as window,type'),
  v.transform((text) => text.split(',')),
  v.array(v.string()),
  v.maxLength(5, 'should be at most 5 tags'),
);

function recordOperations({ journal, query, sightings, clock }: ApiParts): Operation[] {
  return [
    operation({
      method: 'GET',
      path: '/history',
      summary: 'Figures over time from the recorded points',
      query: v.strictObject({
        measurement: v.pipe(
          v.string(),
          v.regex(/^[a-z_]{1,40}$/, 'should be a stream, such as ticket'),
        ),
        from: v.optional(instant),
        to: v.optional(instant),
        every: v.optional(whole(1_000, 366 * 86_400_000)),
        aggregate: v.optional(v.picklist(AGGREGATES, `should be one of ${AGGREGATES.join(', ')}`)),
        field: v.optional(
          v.pipe(v.string(), v.regex(/^[a-z_]{1,40}$/, 'should be a field, such as level')),
        ),
        group_by: v.optional(tagList),
        where: v.optional(
          v.pipe(
            v.string(),
            v.regex(/^[a-z_]+:[^,]+(,[a-z_]+:[^,]+)*$/, 'should be tag:value, with commas'),
          ),
        ),
      }),
      params: NONE,
      answer: {
        description:
          'Bins in order of time; a bin without points is absent. Default: today’s last 24 hours, count',
        type: 'application/json',
        schema: v.object({
          measurement: v.string(),
          from: integer,
          to: integer,
          aggregate: v.string(),
          rows: v.array(
            v.object({
              at: integer,
              group: v.record(v.string(), v.string()),
              value: v.number(),
              n: integer,
            }),
          ),
        }),
      },
      problems: [503],
      async handle({
        measurement,
        aggregate = 'count',
        field,
        every,
        group_by: groupBy,
        where,
        ...range
      }) {
        const to = range.to ?? clock.now();
        const from = range.from ?? to - 86_400_000;
        const rows = await historyRows(query, {
          ...{ measurement, from, to, aggregate },
          ...(field !== undefined && { field }),
          ...(every !== undefined && { every }),
          ...(groupBy !== undefined && { groupBy }),
          ...(where !== undefined && {
            where: Object.fromEntries(
              where.split(',').map((pair) => pair.split(/:(.*)/s).slice(0, 2)),
            ),
          }),
        });
        return { measurement, from, to, aggregate, rows };
      },
    }),
    operation({
      method: 'GET',
      path: '/calls',
      summary: 'The latest calls: on which screens each was seen, and after how long',
      query: v.strictObject({ limit: v.optional(whole(1, 2_000)) }),
      params: NONE,
      answer: {
        description: 'Newest first',
        type: 'application/json',
        schema: v.object({
          calls: v.array(
            v.object({
              id: v.string(),
              ticket: v.string(),
              window: v.string(),
              at: integer,
              nth: integer,
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
    }),
    operation({
      method: 'GET',
      path: '/journal',
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
          seq: integer,
          device: v.string(),
          stream: v.string(),
          received_at: integer,
          signal: v.looseObject({ id: v.string(), at: integer, type: v.string() }),
        }),
      },
      handle: ({ after = 0, limit = 1_000 }) => journalLines(journal(), after, limit),
    }),
  ];
}

async function historyRows(
  query: ApiParts['query'],
  asked: HistoryQuery,
): Promise<readonly HistoryRow[]> {
  try {
    return await query(asked);
  } catch (error) {
    if (error instanceof HistoryQueryError) throw badParameter(error.message);
    const detail = error instanceof Error ? error.message : String(error);
    throw new ProblemError({ status: 503, title: 'History unavailable', detail, name: 'history' });
  }
}

/** Read and sent bit by bit, as fast as the reader takes it. */
function journalLines(journal: Journal, after: number, limit: number): Response {
  const encoder = new TextEncoder();
  let seq = after;
  let left = limit;
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      pull(controller) {
        const entries = left > 0 ? journal.read(seq, Math.min(left, JOURNAL_BATCH)) : [];
        const last = entries.at(-1);
        if (last === undefined) return controller.close();
        seq = last.seq;
        left -= entries.length;
        const lines = entries.map(({ seq, device, stream, receivedAt, signal }) =>
          JSON.stringify({ seq, device, stream, received_at: receivedAt, signal }),
        );
        controller.enqueue(encoder.encode(`${lines.join('\n')}\n`));
      },
    },
    { highWaterMark: 1 },
  );
  return new Response(body, {
    headers: { 'content-type': 'application/x-ndjson', 'cache-control': 'no-store' },
  });
}
