// Files for the hall's pages: POST /api/v1/content stores one. What shows it names its hash. SPEC §23.
import * as v from 'valibot';
import { CONTENT_TYPES } from '../../../hall/content.ts';
import { ContentRefused } from '../../content.ts';
import { NONE, operation, type Operation } from '../operation.ts';
import { ProblemError } from '../problem.ts';
import { withUpload } from '../upload.ts';
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

export function contentOperations({ content, clock, leads, gateways }: ApiParts): Operation[] {
  return [
    operation({
      method: 'POST',
      path: '/content',
      audience: ['editor', 'approver', 'manager', 'admin'],
      summary: 'Stores a picture, PDF, video or sound; an SVG is sanitised',
      query: NONE,
      params: NONE,
      upload: 'the file; its type is read from its bytes',
      answer: { description: 'It is stored', type: 'application/json', schema: answer },
      problems: [403, 409, 413, 422, 429, 507],
      async handle(_query, _params, { request }) {
        return await withUpload(request, async (body) => {
          if (!leads()) throw notHere(gateways.at(-1));
          try {
            const { hash, bytes, type, isNew } = await content.put(
              body,
              clock.now(),
              sizeOf(request),
            );
            return { hash, bytes, type, new: isNew };
          } catch (error) {
            if (!(error instanceof ContentRefused)) throw error;
            const { status, reason, message: detail } = error;
            throw new ProblemError({ status, title: TITLES[status], detail, name: reason, reason });
          }
        });
      },
    }),
  ];
}

function sizeOf({ headers }: Request): number | undefined {
  const size = Number(headers.get('content-length') ?? NaN);
  return Number.isSafeInteger(size) ? size : undefined;
}

function notHere(leader: string | undefined): ProblemError {
  return new ProblemError({
    ...{ status: 409, title: 'This is the standby', name: 'standby', reason: 'standby' },
    detail: 'this gateway does not lead, the other one should be asked',
    ...(leader !== undefined && { leader }),
  });
}
