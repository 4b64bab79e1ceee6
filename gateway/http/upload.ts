// The body of a request as it comes, for what is too large to be read whole.
import { nextPiece } from './body.ts';
import { ProblemError } from './problem.ts';

/** What a refused upload still sends is read for so long, so that its client gets the answer and no reset connection. */
const REST_MS = 5_000;
const REST_BYTES_MAX = 256 * 1024 * 1024;
/** An upload may take its time, as long as something comes. */
const IDLE_MS = 15_000;

/** Hands the body to `work` piece by piece. Throws what `work` throws, and a problem where the body ends too early or stalls. */
export async function withUpload<T>(
  request: Request,
  work: (body: AsyncIterable<Uint8Array>) => Promise<T>,
  idleMs = IDLE_MS,
): Promise<T> {
  const reader = request.body?.getReader();
  if (reader === undefined) return await work(nothing());
  try {
    return await work(piecesOf(reader, idleMs));
  } catch (error) {
    await readRest(reader);
    throw error;
  }
}

type Reader = ReadableStreamDefaultReader<Uint8Array>;

async function* nothing(): AsyncGenerator<Uint8Array> {}

async function* piecesOf(reader: Reader, idleMs: number): AsyncGenerator<Uint8Array> {
  for (;;) {
    let next;
    try {
      next = await nextPiece(reader, idleMs);
    } catch {
      const detail = 'body: ended or stalled before all of it had come, should be sent again';
      throw new ProblemError({ status: 400, title: 'Cut off', detail, name: 'cut', reason: 'cut' });
    }
    if (next.done) return;
    yield next.value;
  }
}

async function readRest(reader: Reader): Promise<void> {
  const deadline = performance.now() + REST_MS;
  try {
    for (let bytes = 0; bytes < REST_BYTES_MAX;) {
      const next = await nextPiece(reader, deadline - performance.now());
      if (next.done) return;
      bytes += next.value.length;
    }
  } catch {
    // The client is gone, or takes longer than that.
  }
}
