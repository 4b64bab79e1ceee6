// What people do: POST /api/v1/commands/{type}. Each type of hall/command.ts is an operation of its own.
import * as v from 'valibot';
import { STAFF } from '../../../hall/audience.ts';
import { COMMANDS, commandSchema, type CommandType } from '../../../hall/command.ts';
import type { Refused } from '../../commands.ts';
import { jsonBody } from '../body.ts';
import { NONE, operation, type Operation } from '../operation.ts';
import { NOT_READY, ProblemError } from '../problem.ts';
import type { Exchange } from '../router.ts';
import type { ApiParts } from './parts.ts';

const BODY_BYTES_MAX = 256 * 1024;
const TITLES: Readonly<Record<number, string>> = {
  ...{ 400: 'Bad field', 404: 'Not found', 409: 'Conflict', 422: 'Not possible' },
  507: 'No room',
};
const answer = {
  description: 'Durable: `seq` of its last event',
  type: 'application/json' as const,
  schema: v.object({ seq: v.pipe(v.number(), v.integer()), result: v.looseObject({}) }),
};

export function commandOperations({ commands }: ApiParts): Operation[] {
  const operations = Object.keys(COMMANDS).map((key) => {
    const type = key as CommandType;
    const { audience, summary } = COMMANDS[type];
    return operation({
      ...{ method: 'POST', path: `/commands/${type}`, audience, summary },
      ...{ query: NONE, params: NONE, body: commandSchema(type), answer },
      problems: [403, 404, 409, 413, 422, 429, 503],
      async handle(_query, _params, exchange) {
        const body = await jsonBody(exchange.request, BODY_BYTES_MAX);
        const given = await commands().run(type, body, fromOf(exchange));
        if ('refused' in given) throw refusedProblem(given.refused);
        return given;
      },
    });
  });
  return [...operations, unknownCommand()];
}

export function refusedProblem({ status, reason, detail, leader }: Refused): ProblemError {
  if (status === 503) return new ProblemError({ ...NOT_READY, detail, reason });
  return new ProblemError({
    ...{ status, title: TITLES[status] ?? 'Refused', detail, reason, name: reason },
    ...(leader !== undefined && { leader }),
  });
}

/** For every other type. */
function unknownCommand(): Operation {
  return operation({
    ...{ method: 'POST', path: '/commands/:type', audience: STAFF, summary: 'No command' },
    ...{ query: NONE, params: v.strictObject({ type: v.string() }), answer },
    problems: [404],
    handle(_query, { type }) {
      const detail = `command: is "${type}", should be one of: ${Object.keys(COMMANDS).join(', ')}`;
      const name = 'unknown:command';
      throw new ProblemError({ status: 404, title: 'Not found', detail, name, reason: name });
    },
  });
}

/** A browser says which site asks; a program need not. */
export function fromOf({ request }: Exchange): 'page' | 'api' {
  const { headers } = request;
  return headers.has('origin') || headers.has('sec-fetch-site') ? 'page' : 'api';
}
