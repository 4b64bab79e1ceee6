// Files of the built pages, read once, compressed once, kept in memory within a limit.
import { createHash } from 'node:crypto';
import { stat, readFile, readdir } from 'node:fs/promises';
import { extname, join, normalize, sep } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

export interface FilesOptions {
  /** absolute folder; nothing outside of it is read */
  readonly folder: string;
  /** bytes kept in memory; the files asked for longest ago go first */
  readonly bytesMax?: number;
}

export interface Files {
  /** bytes in memory now */
  readonly bytes: number;
  /** Answers with the file, or undefined where there is none. `path` is relative, with `/`. */
  serve(
    request: Request,
    path: string,
    caching: 'immutable' | 'revalidate',
    status?: number,
  ): Promise<Response | undefined>;
  exists(path: string): Promise<boolean>;
  /** Names of the files in a folder that end so. */
  list(path: string, extension: string): Promise<string[]>;
}

type Encoding = 'br' | 'gzip' | 'identity';

interface Kept {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly type: string;
  readonly tag: string;
  readonly mtimeMs: number;
  readonly encoded: Map<Encoding, Promise<Uint8Array<ArrayBuffer>>>;
  size: number;
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.webp': 'image/webp',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
};
const COMPRESSIBLE = /^(text\/|application\/(json|manifest)|image\/svg)/;
const COMPRESS_BYTES_MIN = 512;

const brotliAsync = promisify(brotliCompress);
const gzipAsync = promisify(gzip);

export function openFiles({ folder, bytesMax = 64 * 1024 * 1024 }: FilesOptions): Files {
  const kept = new Map<string, Kept>();
  let total = 0;

  const locate = (path: string): string | undefined => {
    const full = normalize(join(folder, path));
    const hidden = path.split('/').some((part) => part.startsWith('.') || part === '');
    return hidden || path.includes('\0') || !full.startsWith(folder + sep) ? undefined : full;
  };
  const forget = (path: string): void => {
    total -= kept.get(path)?.size ?? 0;
    kept.delete(path);
  };
  const load = async (path: string, unchanging: boolean): Promise<Kept | undefined> => {
    const full = locate(path);
    const type = TYPES[extname(path)];
    if (full === undefined || type === undefined) return undefined;
    const known = kept.get(path);
    if (known !== undefined && unchanging) return known;
    try {
      const { mtimeMs, isFile } = await stat(full).then((found) => ({
        mtimeMs: found.mtimeMs,
        isFile: found.isFile(),
      }));
      if (!isFile) return undefined;
      if (known?.mtimeMs === mtimeMs) return known;
      const bytes = new Uint8Array(await readFile(full));
      const tag = createHash('sha256').update(bytes).digest('base64url').slice(0, 20);
      forget(path);
      const file: Kept = { bytes, type, tag, mtimeMs, encoded: new Map(), size: bytes.length };
      kept.set(path, file);
      total += file.size;
      return file;
    } catch {
      return undefined;
    }
  };
  const encode = (file: Kept, encoding: Encoding): Promise<Uint8Array<ArrayBuffer>> => {
    if (encoding === 'identity') return Promise.resolve(file.bytes);
    const known = file.encoded.get(encoding);
    if (known !== undefined) return known;
    const made = compress(file.bytes, encoding).then((bytes) => {
      file.size += bytes.length;
      total += bytes.length;
      return bytes;
    });
    file.encoded.set(encoding, made);
    return made;
  };

  return {
    get bytes() {
      return total;
    },
    async serve(request, path, caching, status = 200) {
      const file = await load(path, caching === 'immutable');
      if (file === undefined) return undefined;
      const compressible = COMPRESSIBLE.test(file.type) && file.bytes.length >= COMPRESS_BYTES_MIN;
      const encoding = compressible ? bestEncoding(request) : 'identity';
      const etag = `"${file.tag}${encoding === 'identity' ? '' : `-${encoding}`}"`;
      const headers = new Headers({
        'content-type': file.type,
        'cache-control':
          caching === 'immutable' ? 'public, max-age=31536000, immutable' : 'no-cache',
        etag,
        vary: 'accept-encoding',
      });
      if (status === 200 && matches(request, etag))
        return new Response(null, { status: 304, headers });
      const body = await encode(file, encoding);
      headers.set('content-length', String(body.length));
      if (encoding !== 'identity') headers.set('content-encoding', encoding);
      // The latest asked for goes last; the first ones go when there are too many.
      kept.delete(path);
      kept.set(path, file);
      for (const oldest of kept.keys()) {
        if (total <= bytesMax || oldest === path) break;
        forget(oldest);
      }
      return new Response(body, { status, headers });
    },
    async exists(path) {
      const full = locate(path);
      if (full === undefined) return false;
      return await stat(full).then(
        (found) => found.isFile(),
        () => false,
      );
    },
    async list(path, extension) {
      const names = await readdir(join(folder, path)).catch(() => [] as string[]);
      return names.filter((name) => name.endsWith(extension)).sort();
    },
  };
}

async function compress(
  bytes: Uint8Array,
  encoding: 'br' | 'gzip',
): Promise<Uint8Array<ArrayBuffer>> {
  if (encoding === 'gzip') return new Uint8Array(await gzipAsync(bytes, { level: 9 }));
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: 9,
    [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
  };
  return new Uint8Array(await brotliAsync(bytes, { params }));
}

function bestEncoding(request: Request): Encoding {
  const accepted = new Set<string>();
  for (const part of (request.headers.get('accept-encoding') ?? '').split(',')) {
    const [name = '', ...rest] = part.trim().toLowerCase().split(';');
    if (!rest.some((parameter) => /^\s*q=0(\.0*)?\s*$/.test(parameter))) accepted.add(name.trim());
  }
  return accepted.has('br') ? 'br' : accepted.has('gzip') ? 'gzip' : 'identity';
}

function matches(request: Request, etag: string): boolean {
  const known = request.headers.get('if-none-match');
  return (
    known !== null && known.split(',').some((each) => each.trim().replace(/^W\//, '') === etag)
  );
}
