// Requests and answers of node:http as those of the Fetch standard, which the router speaks.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { badHost, secured } from './router.ts';

/** Nothing for what is no request of this gateway: a target or a host that makes no address. */
export function requestOf(incoming: IncomingMessage): Request | undefined {
  const { method = 'GET', url: target = '/', rawHeaders } = incoming;
  const host = incoming.headers.host ?? 'localhost';
  try {
    const headers = new Headers();
    for (let index = 0; index < rawHeaders.length; index += 2) {
      headers.append(rawHeaders[index] ?? '', rawHeaders[index + 1] ?? '');
    }
    const url = target.startsWith('/') ? `http://${host}${target}` : target;
    if (!/^https?:/.test(new URL(url).protocol)) return undefined;
    const hasBody = method !== 'GET' && method !== 'HEAD';
    const body = hasBody ? bodyOf(incoming) : null;
    return new Request(url, { method, headers, body });
  } catch {
    return undefined;
  }
}

/** The body piece by piece. Who reads no further leaves the rest to `answer`, which ends the connection with it. */
function bodyOf(incoming: IncomingMessage): ReadableStream<Uint8Array<ArrayBuffer>> {
  const pieces = incoming.iterator({ destroyOnReturn: false });
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = (await pieces.next()) as IteratorResult<Uint8Array<ArrayBuffer>>;
      if (done) controller.close();
      else controller.enqueue(value);
    },
  });
}

export function refuseBadRequest(outgoing: ServerResponse, pieceMs: number): Promise<void> {
  return answer(secured(badHost(), ''), outgoing, pieceMs);
}

/** What is written at once: a reader that takes less than this within a time is cut off. */
const PIECE_BYTES = 256 * 1024;

/** Writes the answer as fast as it is taken; gives up a reader that takes nothing. */
export async function answer(
  response: Response,
  outgoing: ServerResponse,
  pieceMs: number,
): Promise<void> {
  const headers = [...response.headers].map(([name, value]): [string, string] => [name, value]);
  outgoing.statusCode = response.status;
  // What is left of a body that nobody reads would be taken for the next request.
  const { req: incoming } = outgoing;
  if (!incoming.complete) {
    outgoing.setHeader('connection', 'close');
    outgoing.once('finish', () => incoming.socket.destroySoon());
  }
  for (const [name, value] of headers) outgoing.setHeader(name, value);
  const { body } = response;
  if (body === null) return void outgoing.end();
  const reader = body.getReader();
  const gone = new Promise<'gone'>((resolve) => outgoing.once('close', () => resolve('gone')));
  const read = () => Promise.race([reader.read(), gone]);
  let next = await read();
  // Most answers are one piece: then the length of that piece is the content-length.
  for (let first = true; next !== 'gone' && !next.done; first = false) {
    const bytes = next.value;
    next = await read();
    if (next === 'gone') break;
    if (first && next.done && !outgoing.hasHeader('content-length')) {
      outgoing.setHeader('content-length', bytes.length);
    }
    for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
      const isTaken = await written(outgoing, bytes.subarray(at, at + PIECE_BYTES), gone, pieceMs);
      if (!isTaken) {
        outgoing.destroy();
        await reader.cancel();
        return;
      }
    }
  }
  if (next === 'gone') await reader.cancel();
  else outgoing.end();
}

async function written(
  outgoing: ServerResponse,
  bytes: Uint8Array,
  gone: Promise<'gone'>,
  pieceMs: number,
): Promise<boolean> {
  if (outgoing.destroyed) return false;
  if (outgoing.write(bytes)) return true;
  const late = Promise.withResolvers<'late'>();
  const timer = setTimeout(() => late.resolve('late'), pieceMs);
  const drained = new Promise<'drained'>((resolve) => {
    outgoing.once('drain', () => resolve('drained'));
  });
  const how = await Promise.race([drained, gone, late.promise]);
  clearTimeout(timer);
  return how === 'drained';
}
