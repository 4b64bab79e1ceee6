// The body of a request as it comes, for what is too large to be read whole.
import { ProblemError } from './problem.ts';

/** What a refused upload still sends is read for so long, so that its client gets the answer and no reset connection. */
const REST_MS = 5_000;
const REST_BYTES_MAX = 256 * 1024 * 1024;

/** Hands the body to `work` piece by piece. Throws what `work` throws, and a problem where the body ends too early. */
export async function withUpload<T>(
  request: Request,
  work: (body: AsyncIterable<Uint8Array>) => Promise<T>,
): Promise<T> {
  const reader = request.body?.getReader();
  if (reader === undefined) return await work(nothing());
  try {
    return await work(piecesOf(reader));
  } catch (error) {
    await readRest(reader);
    throw error;
  }
}

type Reader = ReadableStreamDefaultReader<Uint8Array>;

async function* nothing(): AsyncGenerator<Uint8Array> {}

async function* piecesOf(reader: Reader): AsyncGenerator<Uint8Array> {
  for (;;) {
    let next;
    try {
      next = await reader.read();
    } catch {
      const detail = 'body: ended before all of it had come, should be sent again';
      throw new ProblemError({ status: 400, title: 'Cut off', detail, name: 'cut', reason: 'cut' });
    }
    if (next.done) return;
    yield next.value;
  }
}

async function readRest(reader: Reader): Promise<void> {
  const deadline = performance.now() + REST_MS;
  const late = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => late.resolve(undefined), REST_MS);
  try {
    for (let bytes = 0; bytes < REST_BYTES_MAX && performance.now() < deadline;) {
      const next = await Promise.race([reader.read(), late.promise]);
      if (next === undefined || next.done) return;
      bytes += next.value.length;
    }
  } catch {
    // The client is gone.
  } finally {
    clearTimeout(timer);
  }
}
