// The content store: files in DATA/content, each named by the SHA-256 of its bytes. They are written whole or not at all, never
// changed, and removed when nobody has named them for a time. SPEC §23.
import type { Both } from '../hall/language.ts';
import { mkdirSync } from 'node:fs';
import { open, readdir, rename, stat, unlink, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { type ContentType, isContentHash, RENEW_MS } from '../hall/content.ts';
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
const MIB = 1024 * 1024;

export class Content {
  readonly #options: ContentOptions;
  readonly #folder: string;
  readonly #files = new Map<string, Kept>();
  /** Files that are being uploaded, each as often as it is: nothing removes them meanwhile. */
  readonly #held: string[] = [];
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

  get files(): number {
    return this.#files.size;
  }

  /** of all files together */
  get bytes(): number {
    return this.#bytes;
  }

  /** files that were refused since the start of the process because there was no room */
  get refused(): number {
    return this.#refused;
  }

  get hashes(): string[] {
    return [...this.#files.keys()];
  }

  get(hash: string): StoredFile | undefined {
    return this.#files.get(hash);
  }

  /** The file is in use. */
  async touch(hash: string, now: number): Promise<void> {
    await this.#inOrder(async () => {
      const file = this.#files.get(hash);
      if (file !== undefined) await this.#touch(file, now);
    });
  }

  /** When the file was in use or stored last, ms since 1970. */
  usedAt(hash: string): number | undefined {
    return this.#files.get(hash)?.usedAt;
  }

  /**
   * Stores a file. Throws `ContentRefused`, and whatever reading the body throws; then nothing of it is left.
   * @param now ms since 1970
   */
  async put(body: AsyncIterable<Uint8Array>, now: number): Promise<StoredFile> {
    return await this.#receive(body, now, undefined);
  }

  /**
   * Stores a file, as `put`, and makes it known to the hall. Nothing removes the file meanwhile.
   * @param bytes how long the body is, where that is known before
   * @param register of the stored file: false where the hall does not take it, and a new file is removed again. Where it
   *   throws, nobody knows whether the hall has taken it: the file stays until it is collected.
   */
  async upload(
    body: AsyncIterable<Uint8Array>,
    now: number,
    bytes: number,
    register: (file: StoredFile) => Promise<boolean>,
  ): Promise<StoredFile & { readonly isNew: boolean }> {
    if (bytes > this.#options.fileBytesMax)
      throw tooLarge({ zh: '文件', en: 'file' }, this.#options.fileBytesMax);
    const held: string[] = [];
    let file;
    let isTaken;
    try {
      file = await this.#receive(body, now, undefined, (hash) => {
        held.push(hash);
        this.#held.push(hash);
      });
      isTaken = await register(file);
    } finally {
      for (const hash of held) this.#held.splice(this.#held.indexOf(hash), 1);
    }
    if (!isTaken && file.isNew) await this.remove(file.hash, () => false);
    return file;
  }

  /** Stores the file that another store has under that hash; throws where other bytes come. */
  async copy(hash: string, body: AsyncIterable<Uint8Array>, now: number): Promise<StoredFile> {
    return await this.#receive(body, now, hash);
  }

  /**
   * Removes a file, unless it is being uploaded.
   * @param isWanted asked when nothing else happens to the file
   */
  async remove(hash: string, isWanted: () => boolean): Promise<boolean> {
    return await this.#inOrder(async () => {
      const file = this.#files.get(hash);
      if (file === undefined || this.#held.includes(hash) || isWanted()) return false;
      await unlink(join(this.#folder, hash));
      this.#files.delete(hash);
      this.#bytes -= file.bytes;
      return true;
    });
  }

  /** The bytes from `from` up to and including `to`. */
  read({ hash }: StoredFile, from: number, to: number): ReadableStream<Uint8Array<ArrayBuffer>> {
    return ReadableStream.from(piecesOf(join(this.#folder, hash), from, to));
  }

  /** @param onHash hears the hash before the file is put in its place */
  async #receive(
    body: AsyncIterable<Uint8Array>,
    now: number,
    wanted: string | undefined,
    onHash: (hash: string) => void = () => {},
  ) {
    const file = join(this.#folder, `${TEMPORARY}${crypto.randomUUID()}`);
    let reserved = 0;
    try {
      const received = await receive(body, {
        file,
        fileBytesMax: this.#options.fileBytesMax,
        isSanitized: wanted !== undefined,
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
      onHash(received.hash);
      return await this.#inOrder(() => this.#keep(file, received, now));
    } catch (error) {
      if ((error as { code?: string }).code !== 'ENOSPC') throw error;
      throw this.#noRoom({ zh: '磁盘已满', en: 'the disk is full' });
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

  /** Seldom: the time counts in days. */
  async #touch(file: Kept, now: number): Promise<void> {
    if (Math.abs(now - file.usedAt) < RENEW_MS) return;
    await utimes(join(this.#folder, file.hash), now / 1000, now / 1000);
    file.usedAt = now;
  }

  #requireRoom(bytes: number): void {
    const { bytesMax, fileBytesMax, isDiskShort } = this.#options;
    if (isDiskShort()) throw this.#noRoom({ zh: '磁盘空间不足', en: 'the disk has no room left' });
    // One file more than there is room for: it may be stored already.
    if (this.#bytes + this.#receiving + bytes > bytesMax + fileBytesMax) throw this.#full();
  }

  #full(): ContentRefused {
    const { bytesMax } = this.#options;
    const mib = bytesMax / MIB;
    return this.#noRoom({
      zh: `全部文件合计将超过 ${mib} MiB（limits.content_mib）`,
      en: `all files together would be over ${mib} MiB (limits.content_mib)`,
    });
  }

  #noRoom({ zh, en }: Both): ContentRefused {
    this.#refused++;
    return new ContentRefused(507, 'budget:content', {
      zh: `文件：无法保存，${zh}`,
      en: `file: cannot be stored, ${en}`,
    });
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
