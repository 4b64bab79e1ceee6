// Files for the hall's pages: POST /api/v1/content stores one. What shows the file names its hash. SPEC §23.
import * as v from 'valibot';
import { contentCommands } from '../../../hall/command/content.ts';
import { CONTENT_TYPES } from '../../../hall/content.ts';
import { ContentRefused } from '../../content.ts';
import { NONE, operation, type Operation } from '../operation.ts';
import { ProblemError } from '../problem.ts';
import { withUpload } from '../upload.ts';
import { fromOf, refusedProblem } from './commands.ts';
import type { ApiParts } from './parts.ts';

const TITLES: Readonly<Record<ContentRefused['status'], string>> = {
  ...{ 413: 'Too large', 422: 'Not possible', 507: 'No room' },
};
const answer = v.object({
  hash: v.pipe(v.string(), v.description('SHA-256 of the stored bytes, hexadecimal')),
  bytes: v.pipe(v.number(), v.integer()),
  type: v.picklist(Object.keys(CONTENT_TYPES)),
  new: v.pipe(v.boolean(), v.description('false: it was stored already')),
});

const { audience, summary, fields } = contentCommands['content.upload'];

export function contentOperations({ content, commands }: ApiParts): Operation[] {
  return [
    operation({
      method: 'POST',
      path: '/content',
      audience,
      summary,
      query: v.strictObject({ name: fields.name }),
      params: NONE,
      upload: 'the file; its type is read from its bytes',
      answer: {
        description: 'The file is stored, and its event is durable',
        type: 'application/json',
        schema: answer,
      },
      problems: [403, 409, 413, 422, 429, 503, 507],
      async handle({ name }, _params, exchange) {
        const { request } = exchange;
        return await withUpload(request, async (body) => {
          const { refusal } = commands();
          if (refusal !== undefined) throw refusedProblem(refusal);
          const given = { body, bytes: sizeOf(request), name, from: fromOf(exchange) };
          const answered = await content.upload(given, commands()).catch((error: unknown) => {
            throw error instanceof ContentRefused ? contentProblem(error) : error;
          });
          if ('refused' in answered) throw refusedProblem(answered.refused);
          const { hash, bytes, type, isNew } = answered.file;
          return { hash, bytes, type, new: isNew };
        });
      },
    }),
  ];
}

function contentProblem({ status, reason, detail: { en: detail } }: ContentRefused): ProblemError {
  return new ProblemError({ status, title: TITLES[status], detail, name: reason, reason });
}

/** 0 where that is not known before. */
function sizeOf({ headers }: Request): number {
  const size = Number(headers.get('content-length') ?? 0);
  return Number.isSafeInteger(size) ? size : 0;
}
