// A map of texts that survives `kill -9`: in memory to read, in a SQLite file of its own to keep. Changes of a moment are
// written together by a thread of their own, so that a sync to disk holds up nobody.
import type { Answer, Change, Job } from './durable-writer.ts';
import { CodedError, message } from '../log.ts';
import { localized } from '../start/language.mjs';

export interface Durable {
  /** As it was found at the start; it is not kept up to date. */
  readonly found: ReadonlyMap<string, string>;
  put(key: string, value: string): void;
  delete(key: string): void;
  /** Resolves when every change made so far is on disk; goes on trying while the disk refuses. */
  settled(): Promise<void>;
  /** Writes what is left; rejects those that still wait where that fails. */
  close(): Promise<void>;
}

/** For a broker without a folder: nothing survives, everything is settled at once. */
export function inMemory(): Durable {
  const done = Promise.resolve();
  return {
    found: new Map(),
    put() {},
    delete() {},
    settled: () => done,
    close: () => done,
  };
}

const backoffMs = { first: 100, most: 5_000 };

/** Opens or makes the file; one that cannot be read is set aside, and that is told. */
export async function openDurable(file: string, onError: (error: Error) => void): Promise<Durable> {
  const writer = new Writer();
  try {
    const { found = [], aside } = await writer.request({ kind: 'open', file });
    if (aside !== undefined) onError(new CodedError(message('intake.damaged', { file, aside })));
    return new FileDurable(writer, new Map(found), onError);
  } catch (error) {
    writer.terminate();
    throw error;
  }
}

interface Waiter {
  resolve(): void;
  reject(error: Error): void;
}

class FileDurable implements Durable {
  readonly found: ReadonlyMap<string, string>;
  readonly #writer: Writer;
  readonly #onError: (error: Error) => void;
  #changes = new Map<string, string | null>();
  #waiting: Waiter[] = [];
  /** They wait for what is being written. */
  #inFlight: Waiter[] | undefined;
  #writing: Promise<void> | undefined;
  #closed: Promise<void> | undefined;
  #wake: (() => void) | undefined;

  constructor(writer: Writer, found: ReadonlyMap<string, string>, onError: (error: Error) => void) {
    this.#writer = writer;
    this.found = found;
    this.#onError = onError;
  }

  put(key: string, value: string): void {
    this.#change(key, value);
  }

  delete(key: string): void {
    this.#change(key, null);
  }

  settled(): Promise<void> {
    const waiting = this.#changes.size > 0 ? this.#waiting : this.#inFlight;
    if (waiting === undefined) return Promise.resolve();
    return new Promise((resolve, reject) => waiting.push({ resolve, reject }));
  }

  close(): Promise<void> {
    return (this.#closed ??= this.#close());
  }

  async #close(): Promise<void> {
    this.#wake?.();
    while (this.#writing !== undefined) await this.#writing.catch(() => {});
    for (const { reject } of this.#waiting)
      reject(
        new Error(localized('MQTT 会话：保存之前已关闭', 'durable: closed before it was kept')),
      );
    await this.#writer.request({ kind: 'close' }).catch(() => {});
    this.#writer.terminate();
  }

  #change(key: string, value: string | null): void {
    this.#changes.set(key, value);
    // What this turn of the event loop brings is one write.
    this.#writing ??= new Promise<void>((resolve) => setImmediate(resolve)).then(() =>
      this.#write(),
    );
  }

  async #write(): Promise<void> {
    try {
      while (this.#changes.size > 0) {
        const [changes, waiting] = [this.#changes, this.#waiting];
        this.#changes = new Map();
        this.#waiting = [];
        this.#inFlight = waiting;
        if (!(await this.#keep([...changes]))) {
          // Closed while the disk refuses: who waits is told so.
          for (const { reject } of waiting)
            reject(new Error(localized('MQTT 会话：磁盘拒绝写入', 'durable: the disk refuses')));
          return;
        }
        for (const { resolve } of waiting) resolve();
      }
    } finally {
      this.#writing = undefined;
      this.#inFlight = undefined;
    }
  }

  async #keep(changes: Change[]): Promise<boolean> {
    for (let waitMs = backoffMs.first; ; waitMs = Math.min(waitMs * 2, backoffMs.most)) {
      try {
        await this.#writer.request({ kind: 'write', changes });
        return true;
      } catch (error) {
        if (waitMs === backoffMs.first) this.#onError(error as Error);
        if (this.#closed !== undefined) return false;
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, waitMs);
          this.#wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
    }
  }
}

/** The gateway's end of the thread: one job at a time is enough. */
class Writer {
  readonly #worker = new Worker(new URL('./durable-writer.ts', import.meta.url).href, {
    type: 'module',
    name: 'mqtt-sessions',
  });
  readonly #jobs: { resolve(answer: Answer): void; reject(error: Error): void }[] = [];

  constructor() {
    this.#worker.onmessage = ({ data }: MessageEvent<Answer>) => {
      const job = this.#jobs.shift();
      if (data.error === undefined) job?.resolve(data);
      else job?.reject(new Error(data.error));
    };
    this.#worker.onerror = (event) => {
      event.preventDefault();
      for (const { reject } of this.#jobs.splice(0)) reject(new Error(event.message));
    };
  }

  request(job: Job): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#jobs.push({ resolve, reject });
      this.#worker.postMessage(job);
    });
  }

  terminate(): void {
    this.#worker.terminate();
  }
}
