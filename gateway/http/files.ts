// Files of the built pages, read once, compressed once, kept in memory within a limit. What the build has compressed
// (`vite.config.ts`) is taken: Deno compresses on the thread that asks, and calls would wait for a page's script.
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
  /** What is made of a page before it is served. */
  readonly ofPage?: (html: string) => string;
}

export interface Files {
  /** bytes in memory now */
  readonly bytes: number;
  /** Answers with the file, or undefined where there is none. `path` is relative, with `/`. */
  serve(
    request: Request,
    path: string,
    caching: 'immutable' | 'revalidate',
  ): Promise<Response | undefined>;
  exists(path: string): Promise<boolean>;
  /** A file's text, or undefined where there is none. */
  text(path: string): Promise<string | undefined>;
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

const BYTES_MAX = 64 * 1024 * 1024;

export function openFiles(options: FilesOptions): Files {
  return new CachedFiles(options);
}

class CachedFiles implements Files {
  readonly #folder: string;
  readonly #bytesMax: number;
  readonly #ofPage: FilesOptions['ofPage'];
  /** in the order in which they were asked for */
  readonly #kept = new Map<string, Kept>();
  #bytes = 0;

  constructor({ folder, bytesMax = BYTES_MAX, ofPage }: FilesOptions) {
    this.#folder = folder;
    this.#ofPage = ofPage;
    this.#bytesMax = bytesMax;
  }

  get bytes(): number {
    return this.#bytes;
  }

  async serve(
    request: Request,
    path: string,
    caching: 'immutable' | 'revalidate',
  ): Promise<Response | undefined> {
    const file = await this.#load(path, caching === 'immutable');
    if (file === undefined) return undefined;
    const compressible = COMPRESSIBLE.test(file.type) && file.bytes.length >= COMPRESS_BYTES_MIN;
    const encoding = compressible ? bestEncoding(request) : 'identity';
    const etag = `"${file.tag}${encoding === 'identity' ? '' : `-${encoding}`}"`;
    const headers = new Headers({
      'content-type': file.type,
      'cache-control': caching === 'immutable' ? 'public, max-age=31536000, immutable' : 'no-cache',
      etag,
      vary: 'accept-encoding',
    });
    if (matches(request, etag)) return new Response(null, { status: 304, headers });
    const body = await this.#encode(path, file, encoding);
    headers.set('content-length', String(body.length));
    if (encoding !== 'identity') headers.set('content-encoding', encoding);
    this.#keep(path, file);
    return new Response(body, { headers });
  }

  async text(path: string): Promise<string | undefined> {
    const file = await this.#load(path, false);
    return file && new TextDecoder().decode(file.bytes);
  }

  async exists(path: string): Promise<boolean> {
    const full = this.#locate(path);
    if (full === undefined) return false;
    return await stat(full).then(
      (found) => found.isFile(),
      () => false,
    );
  }

  async list(path: string, extension: string): Promise<string[]> {
    const names = await readdir(join(this.#folder, path)).catch(() => [] as string[]);
    return names.filter((name) => name.endsWith(extension)).sort();
  }

  /** The absolute path, or nothing for what is outside of the folder or hidden. */
  #locate(path: string): string | undefined {
    const full = normalize(join(this.#folder, path));
    const hidden = path.split('/').some((part) => part.startsWith('.') || part === '');
    const outside = !full.startsWith(this.#folder + sep);
    return hidden || outside || path.includes('\0') ? undefined : full;
  }

  /** An unchanging file is read once; another one again when its time has changed. */
  async #load(path: string, unchanging: boolean): Promise<Kept | undefined> {
    const full = this.#locate(path);
    const type = TYPES[extname(path)];
    if (full === undefined || type === undefined) return undefined;
    const known = this.#kept.get(path);
    if (known !== undefined && unchanging) return known;
    try {
      const found = await stat(full);
      if (!found.isFile()) return undefined;
      const { mtimeMs } = found;
      if (known?.mtimeMs === mtimeMs) return known;
      const read = await readFile(full);
      const isPage = this.#ofPage !== undefined && path.endsWith('.html');
      const bytes = isPage
        ? new TextEncoder().encode(this.#ofPage?.(read.toString('utf8')))
        : new Uint8Array(read);
      const tag = createHash('sha256').update(bytes).digest('base64url').slice(0, 20);
      const file = { bytes, type, tag, mtimeMs, encoded: new Map(), size: bytes.length };
      this.#keep(path, file);
      return file;
    } catch {
      return undefined;
    }
  }

  /** Compressed once, however many ask meanwhile. */
  async #encode(path: string, file: Kept, encoding: Encoding): Promise<Uint8Array<ArrayBuffer>> {
    if (encoding === 'identity') return file.bytes;
    const known = file.encoded.get(encoding);
    if (known !== undefined) return await known;
    const made = this.#built(path, file, encoding).then(
      (built) => built ?? compress(file.bytes, encoding),
    );
    file.encoded.set(encoding, made);
    const { length } = await made;
    if (this.#kept.get(path) === file) this.#bytes += length;
    file.size += length;
    return await made;
  }

  /** As the build compressed the file; undefined where it did not, or the page is served with changes. */
  async #built(path: string, file: Kept, encoding: 'br' | 'gzip') {
    const full = this.#locate(path);
    if (full === undefined || (this.#ofPage !== undefined && path.endsWith('.html')))
      return undefined;
    const compressed = `${full}.${encoding === 'br' ? 'br' : 'gz'}`;
    // A file that was changed after the build has an old one beside it.
    const found = await stat(compressed).catch(() => undefined);
    if (found === undefined || found.mtimeMs < file.mtimeMs) return undefined;
    return new Uint8Array(await readFile(compressed));
  }

  /** The latest asked for goes last; the first ones go when there are too many. */
  #keep(path: string, file: Kept): void {
    this.#forget(path);
    this.#kept.set(path, file);
    this.#bytes += file.size;
    for (const oldest of this.#kept.keys()) {
      if (this.#bytes <= this.#bytesMax) break;
      this.#forget(oldest);
    }
  }

  #forget(path: string): void {
    this.#bytes -= this.#kept.get(path)?.size ?? 0;
    this.#kept.delete(path);
  }
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
