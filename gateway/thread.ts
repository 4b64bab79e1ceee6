// The gateway's end of a thread that follows the journal and answers questions, such as the history's: numbers the questions,
// limits how many wait and for how long, and starts the thread again where it died.
import { STAGES } from './log/messages.ts';
import { localized } from './start/language.mjs';

/** What every such thread reports; `question`: the question is at fault. */
export type ThreadReport<Answer> =
  | { readonly kind: 'answer'; readonly id: number; readonly answer: Answer }
  | {
      readonly kind: 'failed';
      readonly id: number;
      readonly message: string;
      readonly question: boolean;
    }
  | { readonly kind: 'closed' };

export interface ThreadOptions<Job, Other> {
  /** the thread's name, also in messages */
  readonly stage: 'facts' | 'history';
  readonly script: URL;
  /** more would each hold their answer in memory at once */
  readonly questionsMax: number;
  /** how long a stop waits for the thread's own end */
  readonly stopMs: number;
  /** the first job, and the first after each new start */
  readonly opening: () => Job;
  readonly close: Job;
  readonly refusal: (message: string) => Error;
  /** reports that are not about a question */
  readonly onReport: (report: Other) => void;
  readonly onDeath: (message: string) => void;
}

interface Waiting {
  resolve(answer: unknown): void;
  reject(error: Error): void;
  readonly timer: ReturnType<typeof setTimeout>;
}

const RESTART_MS = [500, 2_000, 10_000, 60_000] as const;
const QUESTION_MS = 30_000;

export class Thread<Job, Other> {
  readonly #options: ThreadOptions<Job, Other>;
  readonly #waiting = new Map<number, Waiting>();
  readonly #closed = Promise.withResolvers<void>();
  #worker: Worker | undefined;
  #restartTimer: ReturnType<typeof setTimeout> | undefined;
  #restarts = 0;
  #nextId = 1;
  #stopping = false;

  constructor(options: ThreadOptions<Job, Other>) {
    this.#options = options;
    this.#begin();
  }

  /** False between a death and the next start. */
  get isRunning(): boolean {
    return this.#worker !== undefined;
  }

  get restarts(): number {
    return this.#restarts;
  }

  /** Nothing while the thread does not run. */
  post(job: Job): void {
    this.#worker?.postMessage(job);
  }

  /** Rejects where the thread does not run, fails, or takes too long. @param job the question under its number */
  ask<Answer>(job: (id: number) => Job): Promise<Answer> {
    const { stage, questionsMax } = this.#options;
    const { zh, en } = STAGES[stage];
    if (this.#worker === undefined) return Promise.reject(this.#isAway());
    if (this.#waiting.size >= questionsMax) {
      const many = localized(
        `${zh}：已有 ${questionsMax} 个查询在等待`,
        `${en}: ${questionsMax} questions are waiting already`,
      );
      return Promise.reject(new Error(many));
    }
    return new Promise<Answer>((resolve, reject) => {
      const id = this.#nextId++;
      const seconds = QUESTION_MS / 1000;
      const late = localized(
        `${zh}：${seconds} 秒内没有应答`,
        `${en}: no answer within ${seconds} s`,
      );
      const timer = setTimeout(() => this.giveUp(id, new Error(late)), QUESTION_MS);
      const settle = (answer: unknown) => resolve(answer as Answer);
      this.#waiting.set(id, { resolve: settle, reject, timer });
      this.post(job(id));
    });
  }

  /** Rejects the question; an answer that comes later is dropped. */
  giveUp(id: number, error: Error): void {
    this.#settle(id)?.reject(error);
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#restartTimer);
    const { zh, en } = STAGES[this.#options.stage];
    this.#giveUpAll(new Error(localized(`${zh}：网关正在停止`, `${en}: the gateway stops`)));
    if (this.#worker === undefined) return;
    this.post(this.#options.close);
    const timer = setTimeout(this.#closed.resolve, this.#options.stopMs);
    await this.#closed.promise;
    clearTimeout(timer);
    this.#worker?.terminate();
  }

  #begin(): void {
    const { script, stage, opening } = this.#options;
    const worker = new Worker(script.href, { type: 'module', name: stage });
    worker.onmessage = ({ data }: MessageEvent<ThreadReport<unknown> | Other>) =>
      this.#receive(data);
    worker.onerror = (event) => {
      event.preventDefault();
      this.#died(event.message);
    };
    this.#worker = worker;
    this.post(opening());
  }

  #receive(report: ThreadReport<unknown> | Other): void {
    const { kind } = report as ThreadReport<unknown>;
    if (kind !== 'answer' && kind !== 'failed' && kind !== 'closed') {
      return this.#options.onReport(report as Other);
    }
    const own = report as ThreadReport<unknown>;
    if (own.kind === 'closed') return this.#closed.resolve();
    if (own.kind === 'answer') return this.#settle(own.id)?.resolve(own.answer);
    const { id, message, question } = own;
    this.giveUp(id, question ? this.#options.refusal(message) : new Error(message));
  }

  /** Starts the thread again, later each time; how far it was is in its file. */
  #died(why: string): void {
    const { stage, onDeath } = this.#options;
    this.#worker?.terminate();
    this.#worker = undefined;
    const { zh, en } = STAGES[stage];
    onDeath(localized(`${zh}线程意外结束：${why}`, `${en} thread: died: ${why}`));
    this.#giveUpAll(this.#isAway());
    if (this.#stopping) return this.#closed.resolve();
    const wait = RESTART_MS[Math.min(this.#restarts++, RESTART_MS.length - 1)];
    this.#restartTimer = setTimeout(() => this.#begin(), wait);
  }

  #isAway(): Error {
    const { zh, en } = STAGES[this.#options.stage];
    return new Error(localized(`${zh}正在重新启动`, `${en}: the thread is starting again`));
  }

  #giveUpAll(error: Error): void {
    for (const id of [...this.#waiting.keys()]) this.giveUp(id, error);
  }

  #settle(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    clearTimeout(waiting?.timer);
    return waiting;
  }
}
