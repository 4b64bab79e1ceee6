// The hall over the API: its file, its pages, its live state.
import * as v from 'valibot';
import { STAFF } from '../../../hall/audience.ts';
import type { LiveView } from '../../../hall/view/live.ts';
import { NONE, operation, type Operation } from '../operation.ts';
import { viewAudience } from '../access.ts';
import { NOT_STAFF, notFound, ProblemError } from '../problem.ts';
import { publicHall } from '../shape.ts';
import { createStateTexts, jsonAround } from '../state.ts';
import { Shared } from '../shared.ts';
import type { ApiParts } from './parts.ts';

/** An estimate changes with time alone as slowly as that. */
const ESTIMATE_MS = 250;
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

function state({ config, clock, hub, cut, access }: ApiParts): Operation {
  const texts = createStateTexts(hub, cut);
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
      const head = { ...made.hub, now: clock.now() };
      if (view === undefined) return jsonAround(head, 'state', made.pieces);
      return jsonAround({ ...head, view }, 'data', made.pieces);
    },
  });
}

function estimate({ config, clock, cut, hub }: ApiParts): Operation {
  const figures = new Shared(
    () => ({ ...(cut('live') as LiveView), of: hub().revision, at: performance.now() }),
    ({ of, at }) => of === hub().revision && performance.now() - at < ESTIMATE_MS,
  );
  return operation({
    method: 'GET',
    path: '/estimate',
    audience: 'public',
    summary: 'How long somebody who joins a queue now will wait, as a band',
    query: v.strictObject({ queue: v.pipe(v.string(), v.maxLength(63)) }),
    params: NONE,
    answer: {
      description: '`band_min` is absent where no window serves the queue',
      type: 'application/json',
      schema: v.object({
        ...{ queue: v.string(), now: integer, waiting: integer, windows_open: integer },
        band_min: v.optional(v.object({ from: v.number(), to: v.number() })),
        freshness: v.picklist(['live', 'stale', 'none']),
      }),
    },
    problems: [404],
    async handle({ queue }) {
      const { queues } = await figures.get();
      const found = Object.hasOwn(queues, queue) ? queues[queue] : undefined;
      if (found === undefined) {
        const known = config.queues.map(({ id }) => id).join(', ');
        throw notFound(`queue: is "${queue}", should be one of: ${known}`);
      }
      const { waiting, windowsOpen, band, source } = found;
      return {
        ...{ queue, now: clock.now(), waiting, windows_open: windowsOpen },
        ...{ band_min: band, freshness: source.state },
      };
    },
  });
}
