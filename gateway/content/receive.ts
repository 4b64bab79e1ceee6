// A file that is on its way in: its type is decided by its first bytes, an SVG is sanitised, everything is hashed and written
// to a temporary file as it comes. Nothing is in memory whole.
import type { Both } from '../../hall/language.ts';
import { createHash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import { CONTENT_TYPES, type ContentType } from '../../hall/content.ts';
import { ContentRefused, tooLarge } from './refused.ts';
import { HEAD_BYTES, sniff, textOf } from './sniff.ts';
import { BadSvg, SvgSanitizer } from './svg.ts';

export interface ReceiveOptions {
  /** the temporary file, which must not exist */
  readonly file: string;
  readonly fileBytesMax: number;
  /** An SVG is written as it comes: its hash is known and it was sanitised where it was uploaded. */
  readonly isSanitized: boolean;
  /** Asks for room before bytes are written; throws `ContentRefused`. */
  readonly reserve: (bytes: number) => void;
}

export interface Received {
  readonly hash: string;
  readonly bytes: number;
  readonly type: ContentType;
}

const MIB = 1024 * 1024;
export const IMAGE_BYTES_MAX = 16 * MIB;
/** An SVG costs a second of computing for each 3 MiB. */
export const SVG_BYTES_MAX = 4 * MIB;
/** So much of an SVG is parsed at once, between which everything else has its turn. */
const SVG_PIECE_BYTES = 16 * 1024;

/** Resolves when the file is on the disk. Rejects where it is refused or its body breaks: the caller removes the file. */
export async function receive(
  body: AsyncIterable<Uint8Array>,
  options: ReceiveOptions,
): Promise<Received> {
  const handle = await open(options.file, 'wx', 0o600);
  try {
    const received = await writeTo(handle, body, options);
    await handle.sync();
    return received;
  } finally {
    await handle.close();
  }
}

async function writeTo(
  handle: FileHandle,
  body: AsyncIterable<Uint8Array>,
  { fileBytesMax, isSanitized, reserve }: ReceiveOptions,
): Promise<Received> {
  const hash = createHash('sha256');
  let bytes = 0;
  const write = async (piece: Uint8Array): Promise<void> => {
    reserve(piece.length);
    bytes += piece.length;
    hash.update(piece);
    for (let at = 0; at < piece.length;) {
      const { bytesWritten } = await handle.write(piece, at, piece.length - at, null);
      at += bytesWritten;
    }
  };
  let taken = 0;
  let type: ContentType | undefined;
  let cleaner: Cleaner | undefined;
  for await (const piece of withHead(body)) {
    if (type === undefined) {
      type = typeOf(piece);
      if (type === 'image/svg+xml' && !isSanitized) cleaner = new Cleaner();
    }
    taken += piece.length;
    const max = bytesMaxOf(type, fileBytesMax);
    if (taken > max) throw tooLarge(nameOf(type), max);
    if (cleaner === undefined) await write(piece);
    else for (const part of parts(piece)) await write(cleaner.clean(part));
  }
  if (type === undefined)
    throw new ContentRefused(422, 'type', { zh: '文件：内容为空', en: 'file: is empty' });
  if (cleaner !== undefined) await write(cleaner.end());
  return { hash: hash.digest('hex'), bytes, type };
}

/** The first piece has all bytes that decide about the type; the others come as they are. */
async function* withHead(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const head: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of body) {
    if (bytes >= HEAD_BYTES) {
      yield piece;
      continue;
    }
    head.push(piece);
    bytes += piece.length;
    if (bytes >= HEAD_BYTES) yield Buffer.concat(head);
  }
  if (bytes > 0 && bytes < HEAD_BYTES) yield Buffer.concat(head);
}

function* parts(piece: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < piece.length; at += SVG_PIECE_BYTES) {
    yield piece.subarray(at, at + SVG_PIECE_BYTES);
  }
}

function typeOf(piece: Uint8Array): ContentType {
  const head = piece.subarray(0, HEAD_BYTES);
  const type = sniff(head);
  if (type !== undefined) return type;
  const what =
    textOf(head) === undefined
      ? { zh: '是不支持的类型', en: 'of a type that is not stored' }
      : { zh: '是文本', en: 'a text' };
  throw new ContentRefused(422, 'type', {
    zh: `文件：${what.zh}，应为${TYPES.zh}`,
    en: `file: is ${what.en}, should be ${TYPES.en}`,
  });
}

const TYPES: Both = {
  zh: '图片（PNG、JPEG、WebP、GIF、AVIF、SVG）、PDF、视频（MP4、WebM）或声音（MP3、OGG、WAV）',
  en: 'a picture (PNG, JPEG, WebP, GIF, AVIF, SVG), a PDF, a video (MP4, WebM) or a sound (MP3, OGG, WAV)',
};

function bytesMaxOf(type: ContentType, fileBytesMax: number): number {
  if (type === 'image/svg+xml') return Math.min(SVG_BYTES_MAX, fileBytesMax);
  return CONTENT_TYPES[type] === 'image' ? Math.min(IMAGE_BYTES_MAX, fileBytesMax) : fileBytesMax;
}

function nameOf(type: ContentType): Both {
  if (type === 'image/svg+xml') return { zh: 'SVG', en: 'SVG' };
  return CONTENT_TYPES[type] === 'image'
    ? { zh: '图片', en: 'picture' }
    : { zh: '文件', en: 'file' };
}

/** Bytes of an SVG in, bytes of the sanitised SVG out. */
class Cleaner {
  readonly #decoder = new TextDecoder('utf-8', { fatal: true });
  readonly #encoder = new TextEncoder();
  readonly #sanitizer = new SvgSanitizer();

  clean(piece: Uint8Array): Uint8Array {
    return this.#refusing(() => this.#sanitizer.write(this.#decode(piece, true)));
  }

  end(): Uint8Array {
    return this.#refusing(
      () => this.#sanitizer.write(this.#decode(new Uint8Array(), false)) + this.#sanitizer.end(),
    );
  }

  #decode(piece: Uint8Array, stream: boolean): string {
    try {
      return this.#decoder.decode(piece, { stream });
    } catch {
      throw new BadSvg('不是 UTF-8 文本', 'is not UTF-8 text');
    }
  }

  #refusing(work: () => string): Uint8Array {
    try {
      return this.#encoder.encode(work());
    } catch (error) {
      if (!(error instanceof BadSvg)) throw error;
      const { zh, en } = error.detail;
      throw new ContentRefused(422, 'type', {
        zh: `SVG：${zh}，应为图形`,
        en: `SVG: ${en}, should be a drawing`,
      });
    }
  }
}
