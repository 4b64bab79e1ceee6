// GET /content/HASH: a stored file, which never changes. Whole or in part (RFC 9110 §14), as players of video ask for parts.
import type { Content, StoredFile } from '../content.ts';
import { problemResponse } from './problem.ts';
import type { Exchange } from './router.ts';

/** These may hold what a browser would run where the file is opened by itself, not in a page. */
const SANDBOXED: ReadonlySet<string> = new Set(['image/svg+xml', 'application/pdf']);
const SANDBOX = "default-src 'none'; style-src 'unsafe-inline'; sandbox";

export function serveContent(content: Content, { request, params }: Exchange): Response {
  const hash = params['hash'] ?? '';
  const file = content.get(hash);
  if (file === undefined) {
    const detail = 'content: no file with this hash is stored';
    return problemResponse({ status: 404, title: 'Not found', detail, name: 'not-found' });
  }
  const headers = headersOf(file);
  if (isKnown(request, headers)) return new Response(null, { status: 304, headers });
  const range = rangeOf(request, file);
  if (range === 'unsatisfiable') {
    headers.set('content-range', `bytes */${file.bytes}`);
    headers.delete('content-type');
    headers.set('cache-control', 'no-store');
    return new Response(null, { status: 416, headers });
  }
  const { from, to } = range ?? { from: 0, to: file.bytes - 1 };
  headers.set('content-length', String(to - from + 1));
  if (range !== undefined) headers.set('content-range', `bytes ${from}-${to}/${file.bytes}`);
  const body = request.method === 'HEAD' ? null : content.read(file, from, to);
  return new Response(body, { status: range === undefined ? 200 : 206, headers });
}

function headersOf({ hash, type }: StoredFile): Headers {
  return new Headers({
    'content-type': type,
    'cache-control': 'public, max-age=31536000, immutable',
    etag: `"${hash}"`,
    'accept-ranges': 'bytes',
    ...(SANDBOXED.has(type) && { 'content-security-policy': SANDBOX }),
  });
}

function isKnown(request: Request, headers: Headers): boolean {
  const known = request.headers.get('if-none-match');
  if (known === null) return false;
  const tags = known.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return tags.includes('*') || tags.includes(headers.get('etag') ?? '');
}

interface Range {
  readonly from: number;
  /** the last byte */
  readonly to: number;
}

/** Undefined: all of it. That is also the answer to several ranges and to a header that is none (RFC 9110 §14.2). */
function rangeOf(
  { method, headers }: Request,
  { hash, bytes }: StoredFile,
): Range | 'unsatisfiable' | undefined {
  if (method !== 'GET') return undefined;
  const found = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(headers.get('range')?.trim() ?? '');
  const [, first = '', last = ''] = found ?? [];
  if (first === '' && last === '') return undefined;
  const other = headers.get('if-range');
  if (other !== null && other !== `"${hash}"`) return undefined;
  if (first === '') {
    const count = Math.min(Number(last), bytes);
    return count === 0 ? 'unsatisfiable' : { from: bytes - count, to: bytes - 1 };
  }
  const from = Number(first);
  if (last !== '' && Number(last) < from) return undefined;
  if (from >= bytes) return 'unsatisfiable';
  return { from, to: last === '' ? bytes - 1 : Math.min(Number(last), bytes - 1) };
}
