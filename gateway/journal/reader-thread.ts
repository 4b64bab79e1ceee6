/** The gateway's end of the journal's reader thread, which begins with the first question. */
import type { DeadLetterQuery, ListedLetter } from './entry.ts';
import type { Lines, Question, Reply } from './questions.ts';
import { localized } from '../start/language.mjs';

interface Answers {
  open: number;
  letters: ListedLetter[];
  toReplay: number[];
  lines: Lines;
}

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** Entries of one answer: a part of an export that leaves the thread to others in between. */
const LINES_MAX = 1_000;

export class ReaderThread {
  readonly #file: string;
  #worker: Worker | undefined;
  #waiting: Waiting[] = [];
  #closed = false;

  constructor(file: string) {
    this.#file = file;
  }

  letters(query: DeadLetterQuery): Promise<ListedLetter[]> {
    return this.#ask({ kind: 'letters', query });
  }

  toReplay(reason: string, limit: number): Promise<number[]> {
    return this.#ask({ kind: 'toReplay', reason, limit });
  }

  /** NDJSON of up to `limit` entries after that one, read as fast as it is taken. */
  lines(after: number, limit: number): ReadableStream<Uint8Array<ArrayBuffer>> {
    let last = after;
    let left = limit;
    return new ReadableStream<Uint8Array<ArrayBuffer>>(
      {
        pull: async (controller) => {
          const part = await this.#ask({
            ...{ kind: 'lines', after: last, limit: Math.min(left, LINES_MAX) },
          });
          left -= part.count;
          last = part.last;
          if (part.count > 0) controller.enqueue(part.text);
          if (part.count === 0 || left === 0) controller.close();
        },
      },
      { highWaterMark: 1 },
    );
  }

  close(): void {
    this.#closed = true;
    this.#end(closedError());
  }

  #ask<K extends Question['kind']>(question: Question & { kind: K }): Promise<Answers[K]> {
    if (this.#closed) return Promise.reject(closedError());
    const worker = this.#worker ?? this.#begin();
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve: (value) => resolve(value as Answers[K]), reject });
      worker.postMessage(question);
    });
  }

  #begin(): Worker {
    const worker = new Worker(new URL('./questions.ts', import.meta.url).href, {
      type: 'module',
      name: 'journal reader',
    });
    this.#worker = worker;
    worker.onmessage = ({ data }: MessageEvent<Reply>) => {
      const waiting = this.#waiting.shift();
      if (data.ok) waiting?.resolve(data.value);
      else waiting?.reject(new Error(data.message));
    };
    worker.onerror = (event) => {
      event.preventDefault();
      // The next question begins a new one.
      this.#end(
        new Error(
          localized(
            `流水读取线程意外结束：${event.message}`,
            `journal reader: thread died: ${event.message}`,
          ),
        ),
      );
    };
    void this.#ask({ kind: 'open', file: this.#file }).catch(() => {});
    return worker;
  }

  #end(error: Error): void {
    this.#worker?.terminate();
    this.#worker = undefined;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { reject } of waiting) reject(error);
  }
}

function closedError(): Error {
  return new Error(localized('流水已关闭，无法读取', 'journal reader: the journal is closed'));
}
