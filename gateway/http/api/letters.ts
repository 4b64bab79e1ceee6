// Dead letters over the API: listed, shown whole, replayed.
import * as v from 'valibot';
import { type DeadLetter, type Journal, JournalClosed, type ListedLetter } from '../../journal.ts';
import { NONE, operation, whole, type Operation } from '../operation.ts';
import { NOT_READY, notFound, ProblemError } from '../problem.ts';
import type { ApiParts } from './parts.ts';

const LETTERS_MAX = 1_000;
const REPLAY_MAX = 1_000;

const integer = v.pipe(v.number(), v.integer());
const letterSchema = v.object({
  id: integer,
  topic: v.string(),
  reason: v.string(),
  detail: v.string(),
  received_at: integer,
  replayed_at: v.optional(integer),
  bytes: integer,
});
const wholeLetterSchema = v.object({
  ...letterSchema.entries,
  payload_base64: v.string(),
  payload_text: v.optional(v.string()),
});
const letterId = v.strictObject({ id: whole(1, Number.MAX_SAFE_INTEGER) });
const outcome = v.object({ id: integer, accepted: integer, rejected: integer });

export function letterOperations(parts: ApiParts): Operation[] {
  return [list(parts), one(parts), replayOne(parts), replayMany(parts)];
}

function list({ journal }: ApiParts): Operation {
  return operation({
    method: 'GET',
    path: '/dead-letters',
    audience: ['facility', 'admin'],
    summary: 'What was refused, newest first',
    query: v.strictObject({
      before: v.optional(whole(1, Number.MAX_SAFE_INTEGER)),
      limit: v.optional(whole(1, LETTERS_MAX)),
      reason: v.optional(v.pipe(v.string(), v.maxLength(100))),
    }),
    params: NONE,
    answer: {
      description: 'Letters without their payload; `next_before` asks for the page after this one',
      type: 'application/json',
      schema: v.object({ letters: v.array(letterSchema), next_before: v.optional(integer) }),
    },
    async handle({ before, limit = 100, reason }) {
      const letters = await journal().listLetters({
        ...(before !== undefined && { before }),
        ...(reason !== undefined && { reason }),
        limit,
      });
      const last = letters.length === limit ? letters.at(-1)?.id : undefined;
      return { letters: letters.map(letterJson), next_before: last };
    },
  });
}

function one({ journal }: ApiParts): Operation {
  return operation({
    method: 'GET',
    path: '/dead-letters/:id',
    audience: ['facility', 'admin'],
    summary: 'One letter with its payload',
    query: NONE,
    params: letterId,
    answer: {
      description: 'The letter whole',
      type: 'application/json',
      schema: wholeLetterSchema,
    },
    problems: [404],
    handle(_query, { id }) {
      const letter = known(journal(), id);
      return {
        ...letterJson({ ...letter, bytes: letter.payload.length }),
        payload_base64: Buffer.from(letter.payload).toString('base64'),
        payload_text: utf8(letter.payload),
      };
    },
  });
}

function replayOne(parts: ApiParts): Operation {
  return operation({
    method: 'POST',
    path: '/dead-letters/:id/replay',
    audience: ['facility', 'admin'],
    summary: 'Takes a letter anew, with the time at which it arrived',
    query: NONE,
    params: letterId,
    answer: { description: 'What came of it', type: 'application/json', schema: outcome },
    problems: [403, 404, 503],
    handle: (_query, { id }) => replay(parts, known(parts.journal(), id)),
  });
}

function replayMany(parts: ApiParts): Operation {
  return operation({
    method: 'POST',
    path: '/dead-letters/replay',
    audience: ['facility', 'admin'],
    summary: `Takes those of the newest ${REPLAY_MAX} letters that were not replayed yet, oldest first`,
    query: v.strictObject({ reason: v.pipe(v.string(), v.minLength(1), v.maxLength(100)) }),
    params: NONE,
    answer: {
      description: 'What came of each',
      type: 'application/json',
      schema: v.object({ replayed: v.array(outcome) }),
    },
    problems: [403, 503],
    async handle({ reason }) {
      const ids = await parts.journal().lettersToReplay(reason, REPLAY_MAX);
      const replayed = [];
      for (const id of ids) {
        // Others may have pushed it out meanwhile.
        const letter = parts.journal().deadLetter(id);
        if (letter !== undefined) replayed.push(await replay(parts, letter));
      }
      return { replayed };
    },
  });
}

/** What is refused again is a new letter; this one has had its turn either way. */
async function replay(parts: ApiParts, { id, topic, payload, receivedAt }: DeadLetter) {
  const { accepted, rejected } = await parts.take(topic, payload, receivedAt).catch(whileStopping);
  await parts.journal().markReplayed(id, parts.clock.now());
  return { id, accepted, rejected };
}

/** A letter that was not taken anew because the gateway stops is as it was. */
function whileStopping(error: unknown): never {
  throw error instanceof JournalClosed ? new ProblemError(NOT_READY) : error;
}

function known(journal: Journal, id: number): DeadLetter {
  const letter = journal.deadLetter(id);
  if (letter === undefined) throw notFound(`dead letter: ${id} is not kept`);
  return letter;
}

function letterJson({ id, topic, reason, detail, receivedAt, replayedAt, bytes }: ListedLetter) {
  return { id, topic, reason, detail, received_at: receivedAt, replayed_at: replayedAt, bytes };
}

function utf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
