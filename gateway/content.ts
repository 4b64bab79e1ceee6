// The content store: files in DATA/content, each named by the SHA-256 of its bytes. They are written whole or not at all, never
// changed, and removed when nobody has named them for a time. SPEC §23.
import { mkdirSync } from 'node:fs';
import { open, readdir, rename, stat, unlink, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { type ContentType, isContentHash } from '../hall/content.ts';
import type { Budget } from '../hall/gateway-status.ts';
import { piecesOf } from './content/pieces.ts';
import { receive } from './content/receive.ts';
import { ContentRefused, tooLarge } from './content/refused.ts';
import { HEAD_BYTES, sniff } from './content/sniff.ts';
import { CodedError, message } from './log.ts';

export { ContentRefused } from './content/refused.ts';

export interface ContentOptions {
  /** the data folder */
  readonly data: string;
  readonly fileBytesMax: number;
  /** of all files together */
  readonly bytesMax: number;
  /** The disk's last room is for the journal. */
  readonly isDiskShort: () => boolean;
  readonly onError: (error: unknown, where: { stage: 'content' }) => void;
}

export interface StoredFile {
  readonly hash: string;
  readonly bytes: number;
  readonly type: ContentType;
}

interface Kept extends StoredFile {
  /** upload or last known use, ms since 1970: the modification time of the file */
  usedAt: number;
}

export const CONTENT_FOLDER = 'content';
const TEMPORARY = '.new-';
const DAY_MS = 86_400_000;
const MIB = 1024 * 1024;

export class Content {
  readonly #options: ContentOptions;
  readonly #folder: string;
  readonly #files = new Map<string, Kept>();
  /** of files that are stored, and of those that are being received */
  #bytes = 0;
  #receiving = 0;
  #refused = 0;
  /** Files are put in place and removed one after the other. */
  #last: Promise<unknown> = Promise.resolve();

  private constructor(options: ContentOptions) {
    this.#options = options;
    this.#folder = join(options.data, CONTENT_FOLDER);
  }

  /** Finds what is stored. A file that a crash cut is removed; one that is no content is left alone and told. */
  static async open(options: ContentOptions): Promise<Content> {
    const content = new Content(options);
    mkdirSync(content.#folder, { recursive: true, mode: 0o700 });
    for (const name of await readdir(content.#folder)) {
      try {
        if (name.startsWith(TEMPORARY)) await unlink(join(content.#folder, name));
        else if (isContentHash(name)) await content.#find(name);
      } catch (error) {
        options.onError(error, { stage: 'content' });
      }
    }
    return content;
  }

  get budgets(): Budget[] {
    return [
      {
        kind: 'content',
        name: { zh: '图片、视频等文件的存储空间', en: 'Room for pictures, videos and other files' },
        used: this.#bytes,
        max: this.#options.bytesMax,
        refused: this.#refused,
        setting: 'limits.content_mib',
        action: {
          zh: '没有页面引用的文件过 retention.content_days 天后自动删除；空间不够时，请在大厅文件中调大 limits.content_mib',
          en: 'Files that nothing names are removed after retention.content_days; if that is not enough, raise limits.content_mib in the hall file',
        },
      },
    ];
  }

  get files(): number {
    return this.#files.size;
  }

  /** of all files together */
  get bytes(): number {
    return this.#bytes;
  }

  get(hash: string): StoredFile | undefined {
    return this.#files.get(hash);
  }

  /**
   * Stores a file. Throws `ContentRefused`, and whatever reading the body throws; then nothing of it is left.
   * @param now ms since 1970
   * @param bytes how long the body is, where that is known before
   */
  async put(
    body: AsyncIterable<Uint8Array>,
    now: number,
    bytes = 0,
  ): Promise<StoredFile & { readonly isNew: boolean }> {
    if (bytes > this.#options.fileBytesMax) throw tooLarge('file', this.#options.fileBytesMax);
    return await this.#receive(body, now, undefined);
  }

  /** Stores the file that another store has under that hash; throws where other bytes come. */
  async copy(hash: string, body: AsyncIterable<Uint8Array>, now: number): Promise<StoredFile> {
    return await this.#receive(body, now, hash);
  }

  /** The bytes from `from` up to and including `to`. */
  read({ hash }: StoredFile, from: number, to: number): ReadableStream<Uint8Array<ArrayBuffer>> {
    return ReadableStream.from(piecesOf(join(this.#folder, hash), from, to));
  }

  /**
   * Notes which files are in use, and removes those that were not for so many days.
   * @returns how many files were removed
   */
  async collect(used: ReadonlySet<string>, days: number, now: number): Promise<number> {
    let removed = 0;
    for (const { hash } of [...this.#files.values()]) {
      await this.#inOrder(async () => {
        const file = this.#files.get(hash);
        if (file === undefined) return;
        if (used.has(hash)) return await this.#touch(file, now);
        if (now - file.usedAt < days * DAY_MS) return;
        await unlink(join(this.#folder, hash));
        this.#files.delete(hash);
        this.#bytes -= file.bytes;
        removed++;
      });
    }
    return removed;
  }

  async #receive(body: AsyncIterable<Uint8Array>, now: number, wanted: string | undefined) {
    const file = join(this.#folder, `${TEMPORARY}${crypto.randomUUID()}`);
    let reserved = 0;
    try {
      const received = await receive(body, {
        file,
        fileBytesMax: this.#options.fileBytesMax,
        isSanitized: wanted !== undefined,
        isStored: (hash) => this.#files.has(hash),
        reserve: (bytes) => {
          this.#requireRoom(bytes);
          this.#receiving += bytes;
          reserved += bytes;
        },
      });
      if (wanted !== undefined && received.hash !== wanted) {
        const found = received.hash;
        throw new CodedError(message('content.other-hash', { hash: wanted, found }));
      }
      return await this.#inOrder(() => this.#keep(file, received, now));
    } catch (error) {
      if ((error as { code?: string }).code !== 'ENOSPC') throw error;
      throw this.#noRoom('the disk is full');
    } finally {
      this.#receiving -= reserved;
      // Where it was not put in place.
      await unlink(file).catch(() => {});
    }
  }

  async #keep(file: string, received: StoredFile, now: number) {
    const known = this.#files.get(received.hash);
    if (known !== undefined) {
      await this.#touch(known, now);
      return { ...received, isNew: false };
    }
    if (this.#bytes + received.bytes > this.#options.bytesMax) throw this.#full();
    const path = join(this.#folder, received.hash);
    await utimes(file, now / 1000, now / 1000);
    await rename(file, path);
    await syncFolder(this.#folder);
    this.#files.set(received.hash, { ...received, usedAt: now });
    this.#bytes += received.bytes;
    return { ...received, isNew: true };
  }

  async #find(hash: string): Promise<void> {
    const path = join(this.#folder, hash);
    const { size, mtimeMs } = await stat(path);
    const handle = await open(path, 'r');
    const head = new Uint8Array(HEAD_BYTES);
    const { bytesRead } = await handle.read(head, 0, HEAD_BYTES, 0).finally(() => handle.close());
    const type = sniff(head.subarray(0, bytesRead));
    if (type === undefined) throw new CodedError(message('content.unknown-type', { hash }));
    this.#files.set(hash, { hash, bytes: size, type, usedAt: mtimeMs });
    this.#bytes += size;
  }

  /** Once a day at most: the time counts in days. */
  async #touch(file: Kept, now: number): Promise<void> {
    if (Math.abs(now - file.usedAt) < DAY_MS / 2) return;
    await utimes(join(this.#folder, file.hash), now / 1000, now / 1000);
    file.usedAt = now;
  }

  #requireRoom(bytes: number): void {
    const { bytesMax, fileBytesMax, isDiskShort } = this.#options;
    if (isDiskShort()) throw this.#noRoom('the disk has no room left');
    // One file more than there is room for: it may be stored already.
    if (this.#bytes + this.#receiving + bytes > bytesMax + fileBytesMax) throw this.#full();
  }

  #full(): ContentRefused {
    const { bytesMax } = this.#options;
    return this.#noRoom(
      `all files together would be over ${bytesMax / MIB} MiB (limits.content_mib)`,
    );
  }

  #noRoom(why: string): ContentRefused {
    this.#refused++;
    return new ContentRefused(507, 'budget:content', `file: cannot be stored, ${why}`);
  }

  async #inOrder<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#last.then(work);
    this.#last = mine.catch(() => {});
    return await mine;
  }
}

/** So that a rename outlives a power cut. */
async function syncFolder(folder: string): Promise<void> {
  // Windows has no such thing.
  if (Deno.build.os === 'windows') return;
  const handle = await open(folder, 'r');
  await handle.sync().finally(() => handle.close());
}
