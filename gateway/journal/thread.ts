/** The gateway's end of the journal's writer thread. */
import type { Answer, Job, Opened } from './writer.ts';
import type { Conversion, OnStep } from './convert.ts';
import { WrongJournal } from './database.ts';
import { CopyMismatch } from './entry.ts';
import type { Committed } from './store.ts';
import { CodedError, message } from '../log/messages.ts';

interface Results {
  convert: Conversion | undefined;
  open: Opened;
  commit: Committed;
  adopt: Committed;
  pruneThrough: number;
  checkpoint: number;
  prune: number;
  replayed: number;
  clearLog: number;
  mark: number;
  close: number;
}

export class WriterThread {
  readonly #worker = new Worker(new URL('./writer.ts', import.meta.url).href, {
    type: 'module',
    name: 'journal',
  });
  readonly #waiting: { resolve(value: unknown): void; reject(error: Error): void }[] = [];
  #next = 0;
  #dead: Error | undefined;

  /** `onStep` hears how far a conversion is. */
  constructor(onStep: OnStep) {
    this.#worker.onmessage = ({ data }: MessageEvent<Answer>) => {
      if ('step' in data) return onStep(data.step, data.entries);
      const job = this.#take();
      if (data.ok) job?.resolve(data.value);
      else job?.reject(errorOf(data));
    };
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.#dead = new CodedError(message('journal.thread-died', { error: event.message }));
      for (let job = this.#take(); job !== undefined; job = this.#take()) job.reject(this.#dead);
    };
  }

  /** Resolves with the writer's answer; rejects with its error, or when the thread has died. */
  request<K extends Job['kind']>(job: Job & { kind: K }, transfer: Transferable[] = []) {
    return new Promise<Results[K]>((resolve, reject) => {
      if (this.#dead !== undefined) return reject(this.#dead);
      this.#waiting.push({ resolve: (value) => resolve(value as Results[K]), reject });
      this.#worker.postMessage(job, transfer);
    });
  }

  terminate(): void {
    this.#worker.terminate();
  }

  /** The oldest unanswered job; an index instead of shift, which moves the whole array. */
  #take() {
    const job = this.#waiting[this.#next];
    if (job === undefined) return undefined;
    this.#next++;
    if (this.#next === this.#waiting.length) {
      this.#waiting.length = 0;
      this.#next = 0;
    }
    return job;
  }
}

/** As it was thrown on the thread, as far as a caller catches it. */
function errorOf({ name, message: text, told }: Extract<Answer, { ok: false }>): Error {
  if (name === 'CopyMismatch') return new CopyMismatch(text);
  if (told === undefined) return new Error(text);
  return name === 'WrongJournal' ? new WrongJournal(told) : new CodedError(told);
}
