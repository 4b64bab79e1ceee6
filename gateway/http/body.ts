// The body of a request, read up to a limit.
import { ProblemError } from './problem.ts';

const KIB = 1024;
/** For a body that is read whole to come. */
const BODY_MS = 30_000;

/** The body as JSON, undefined for an empty one. Throws a problem where it is too large, too slow, cut off or no JSON in UTF-8. */
export async function jsonBody(request: Request, bytesMax: number, ms = BODY_MS): Promise<unknown> {
  const text = await textOf(request, bytesMax, ms);
  if (text.trim() === '') return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw badBody(`body: is no JSON (${(error as Error).message}), should be a JSON object`);
  }
}

async function textOf(request: Request, bytesMax: number, ms: number): Promise<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let bytes = 0;
  let text = '';
  const tooLarge = () =>
    new ProblemError({
      ...{ status: 413, title: 'Too large', name: 'size', reason: 'size' },
      detail: `body: is over ${bytesMax / KIB} KiB, should be at most that`,
    });
  if (Number(request.headers.get('content-length') ?? 0) > bytesMax) throw tooLarge();
  const reader = request.body?.getReader();
  if (reader === undefined) return text;
  const deadline = performance.now() + ms;
  try {
    for (;;) {
      const { done, value: piece } = await nextPiece(reader, deadline - performance.now());
      if (done) break;
      bytes += piece.byteLength;
      if (bytes > bytesMax) throw tooLarge();
      text += decoder.decode(piece, { stream: true });
    }
    return text + decoder.decode();
  } catch (error) {
    if (error instanceof ProblemError) throw error;
    throw badBody('body: could not be read to its end as UTF-8 text, should be JSON');
  }
}

/** The next piece of a body; rejects where the body is cut, or no piece comes within `ms`. */
export async function nextPiece(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  ms: number,
): Promise<ReadableStreamReadResult<Uint8Array>> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`body: no piece within ${ms} ms`)), ms);
  try {
    return await Promise.race([reader.read(), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

function badBody(detail: string): ProblemError {
  return new ProblemError({
    ...{ status: 400, title: 'Bad body', name: 'field:body', reason: 'field:body' },
    detail,
  });
}
