// The hall over the API: its file, its pages, its live state.
import * as v from 'valibot';
import { STAFF } from '../../../hall/audience.ts';
import { expectedInQueue, expectedOfTicket, type Expected } from '../../../hall/view/expected.ts';
import { NONE, operation, type Operation } from '../operation.ts';
import { viewAudience } from '../access.ts';
import { badParameter, NOT_STAFF, notFound, ProblemError } from '../problem.ts';
import { publicHall } from '../shape.ts';
import { createStateTexts, jsonAround } from '../state.ts';
import type { ApiParts } from './parts.ts';

const integer = v.pipe(v.number(), v.integer());
const name = v.object({ zh: v.string(), en: v.optional(v.string()) });

export function hallOperations(parts: ApiParts): Operation[] {
  return [version(parts), hall(parts), pages(parts), state(parts), estimate(parts)];
}

function version({ version: of }: ApiParts): Operation {
  return operation({
    method: 'GET',
    path: '/version',
    audience: 'public',
    summary: 'Which build of the pages this gateway serves: a page of another one loads anew',
    query: NONE,
    params: NONE,
    answer: {
      description: 'The version, which changes with the built pages',
      type: 'application/json',
      schema: v.object({ version: v.string() }),
    },
    handle: () => ({ version: of }),
  });
}

function hall({ config }: ApiParts): Operation {
  return operation({
    method: 'GET',
    path: '/hall',
    audience: 'public',
    summary: 'The hall file as far as it is public',
    query: NONE,
    params: NONE,
    answer: { description: 'The hall', type: 'application/json', schema: v.looseObject({}) },
    handle: () => publicHall(config),
  });
}

function pages({ config, pages: list }: ApiParts): Operation {
  return operation({
    method: 'GET',
    path: '/pages',
    audience: STAFF,
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
            group: v.object({ zh: v.string(), en: v.string() }),
          }),
        ),
      }),
    },
    async handle(_query, _params, exchange) {
      const { id, name: title, demo, timezone } = config.hall;
      return { hall: { id, name: title, demo, timezone }, pages: await list(exchange) };
    },
  });
}

function state({ config, clock, liveState, cut, access }: ApiParts): Operation {
  const texts = createStateTexts(liveState, cut);
  return operation({
    method: 'GET',
    path: '/state',
    audience: 'public',
    summary: 'The whole live state, or one view of it exactly as the live stream sends it',
    query: v.strictObject({ view: v.optional(v.pipe(v.string(), v.maxLength(80))) }),
    params: NONE,
    answer: {
      description: 'The state after the journal entry `seq`',
      type: 'application/json',
      schema: v.looseObject({ epoch: v.string(), revision: integer, seq: integer, now: integer }),
    },
    problems: [404],
    async handle({ view }, _params, exchange) {
      // As the live stream answers: a view that is for others is none.
      if (!access(view === undefined ? STAFF : viewAudience(view, config), exchange)) {
        throw view === undefined
          ? new ProblemError(NOT_STAFF)
          : notFound(`view: is "${view}", should be one of this hall`);
      }
      const made = await (view === undefined ? texts.whole() : texts.view(view));
      if (made === undefined) throw notFound(`view: is "${view}", should be one of this hall`);
      const head = { ...made.liveState, now: clock.now() };
      if (view === undefined) return jsonAround(head, 'state', made.pieces);
      return jsonAround({ ...head, view }, 'data', made.pieces);
    },
  });
}

function estimate({ config, clock, cutting }: ApiParts): Operation {
  const ms = v.nullable(v.pipe(v.number(), v.description('not rounded; null as `band` is')));
  const band = v.object({ from: v.number(), to: v.number() });
  return operation({
    method: 'GET',
    path: '/estimate',
    audience: 'public',
    summary:
      'How long somebody who joins a queue now will wait, or a visit from its own place in its queue',
    query: v.strictObject({
      queue: v.optional(v.pipe(v.string(), v.maxLength(63))),
      ticket: v.optional(v.pipe(v.string(), v.maxLength(96))),
    }),
    params: NONE,
    answer: {
      description:
        'For a `queue` or a `ticket`, one of them. `band` in minutes, null where no window serves the queue',
      type: 'application/json',
      schema: v.object({
        ...{ queue: v.string(), now: integer, waiting: integer, windows_open: integer },
        ahead: v.pipe(integer, v.description('called before, as the queue stands')),
        ...{ band: v.nullable(band), p10_ms: ms, p50_ms: ms, p67_ms: ms, p90_ms: ms },
        band_min: v.optional(v.pipe(band, v.description('`band`, absent instead of null'))),
        freshness: v.picklist(['live', 'stale', 'none']),
      }),
    },
    problems: [404],
    handle({ queue, ticket }) {
      if (queue !== undefined && ticket !== undefined) {
        throw badParameter('ticket: stands beside queue, should be one of them alone');
      }
      if (ticket !== undefined) {
        const found = expectedOfTicket(cutting(), ticket);
        if (found) return answerOf(found);
        throw notFound(`ticket: is "${ticket}", should be one that waits to be called`);
      }
      if (queue === undefined) throw badParameter('queue: is missing');
      const found = expectedInQueue(cutting(), queue);
      if (found) return answerOf(found);
      const known = config.queues.map(({ id }) => id).join(', ');
      throw notFound(`queue: is "${queue}", should be one of: ${known}`);
    },
  });

  function answerOf({ queue, waiting, windowsOpen, ahead, band, quantiles, freshness }: Expected) {
    const { p10 = null, p50 = null, p67 = null, p90 = null } = quantiles ?? {};
    return {
      ...{ queue, ahead, now: clock.now(), waiting, windows_open: windowsOpen, freshness },
      ...{ band: band ?? null, p10_ms: p10, p50_ms: p50, p67_ms: p67, p90_ms: p90 },
      band_min: band,
    };
  }
}
