// One operation of the API, declared once: from the declaration come its route, the checks of its parameters and its
// description, so that none of them can drift from the others.
import * as v from 'valibot';
import type { Audience } from '../../hall/audience.ts';
import { badParameter } from './problem.ts';
import type { Exchange, Route } from './router.ts';

type Entries = Record<string, v.GenericSchema<string | undefined, unknown>>;
export type ObjectSchema<E extends Entries = Entries> = v.StrictObjectSchema<E, undefined>;

export interface Answer {
  readonly description: string;
  readonly type: 'application/json' | 'application/x-ndjson';
  /** of the body, or of one line of it */
  readonly schema: v.GenericSchema;
}

export interface Declaration<Q extends ObjectSchema, P extends ObjectSchema> {
  readonly method: 'GET' | 'POST';
  /** below /api/v1, as in `/dead-letters/:id` */
  readonly path: string;
  readonly summary: string;
  readonly audience: Audience;
  readonly query: Q;
  readonly params: P;
  readonly answer: Answer;
  /** of the body, JSON; without it a body is not read */
  readonly body?: v.GenericSchema;
  /** what the body is where it is a file */
  readonly upload?: string;
  /** statuses of problems besides 400 */
  readonly problems?: readonly number[];
  readonly handle: (
    query: v.InferOutput<Q>,
    params: v.InferOutput<P>,
    exchange: Exchange,
  ) => unknown;
}

export interface Operation extends Omit<Declaration<ObjectSchema, ObjectSchema>, 'handle'> {
  readonly route: Route;
}

export const API = '/api/v1';
export const NONE = v.strictObject({});

/** Makes the operation; what `handle` returns is sent as JSON unless it is a Response. */
export function operation<Q extends ObjectSchema, P extends ObjectSchema>(
  declared: Declaration<Q, P>,
): Operation {
  const { handle: _handle, ...rest } = declared;
  const route: Route = {
    method: declared.method,
    path: `${API}${declared.path}`,
    audience: declared.audience,
    async handle(exchange) {
      // An empty parameter is as one that is missing: forms send the fields that nobody filled in.
      const given = [...exchange.url.searchParams].filter(([, value]) => value !== '');
      const query = parse(declared.query, Object.fromEntries(given));
      const params = parse(declared.params, exchange.params);
      const answer = await declared.handle(query, params, exchange);
      return answer instanceof Response ? answer : json(answer);
    },
  };
  return { ...rest, route };
}

export function json(value: unknown, status = 200): Response {
  return new Response(JSON.stringify(value), {
    status,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
  });
}

/** A whole number as text. */
export function whole(min: number, max: number) {
  const message = `should be a whole number from ${min} to ${max}`;
  return v.pipe(
    v.string(message),
    v.regex(/^\d{1,16}$/, message),
    v.transform(Number),
    v.number(),
    v.integer(message),
    v.minValue(min, message),
    v.maxValue(max, message),
  );
}

function parse<S extends ObjectSchema>(schema: S, input: unknown): v.InferOutput<S> {
  const parsed = v.safeParse(schema, input);
  if (parsed.success) return parsed.output;
  const problems = parsed.issues.map((issue) => {
    const name = String(issue.path?.[0]?.key ?? 'query');
    if (issue.expected === 'never') {
      const known = Object.keys(schema.entries).join(', ') || 'none';
      return `${name}: is an unknown parameter, should be one of: ${known}`;
    }
    return issue.input === undefined
      ? `${name}: is missing`
      : `${name}: is "${String(issue.input)}", ${issue.message}`;
  });
  throw badParameter(problems.join('; '));
}
