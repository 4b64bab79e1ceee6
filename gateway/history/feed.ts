// Carries the journal, or the facts, into a history: batch after batch, some of them on their way at once, each again until
// it is in. Both are numbered: the journal by entries, the facts by the versions of their rows.
import type { Point } from '../../hall/point.ts';
import { localized } from '../start/language.mjs';
import { StartOver, type Gone, type History } from '../history.ts';

export interface FeedOptions {
  readonly history: History;
  /** About `limit` points after number `after`, of numbers up to `last`; undefined where there is nothing. */
  readonly read: (after: number, last: number, limit: number) => Batch | undefined;
  /** what the numbers count, for messages */
  readonly unit: Unit;
  /** the oldest number that is kept */
  readonly firstSeq: number;
  readonly settings: FeedSettings;
  readonly onProgress: (progress: Progress) => void;
  /** An attempt failed; told each time. It is made again. */
  readonly onTrouble: (error: unknown) => void;
  /** It works (again). */
  readonly onFine?: () => void;
  /** The database had lost what it confirmed: the feed goes on from an earlier number. */
  readonly onStartOver?: () => void;
  /** Entries that will never be in it, with why. */
  readonly onRefused: (message: string) => void;
}

export interface FeedSettings {
  /** entries */
  readonly batch: number;
  /** batches on their way at once */
  readonly inFlight: number;
  /** the longest wait between two attempts */
  readonly retryMsMax: number;
  /** For each ms of work so many ms of rest: usually, and while devices need the machine. */
  readonly rest: { readonly normal: number; readonly busy: number };
}

export interface Progress {
  readonly through: number;
  readonly written: number;
  readonly rejected: number;
}

export type Unit = 'entry' | 'version';

export interface Batch {
  readonly through: number;
  readonly points: readonly Point[];
  /** entries that make no point */
  readonly unfit?: number;
  /** what the history should delete before it writes the points */
  readonly gone?: readonly Gone[];
}

const RETRY_MS = 500;

export class Feed {
  readonly #options: FeedOptions;
  #through: number;
  /** the furthest that it ever was: what is written again is counted once */
  #furthest: number;
  #lastSeq = 0;
  #busy = false;
  #failures = 0;
  #prepared = false;
  #stopped = false;
  #running: Promise<void> | undefined;
  #interrupt: () => void = () => {};

  /** Begins after `through`. */
  constructor(options: FeedOptions, through: number) {
    this.#options = options;
    this.#through = through;
    this.#furthest = through;
  }

  /** Up to which entry the history is written. */
  get through(): number {
    return this.#through;
  }

  /** The newest entry of which it knows. */
  get lastSeq(): number {
    return this.#lastSeq;
  }

  /** The journal has entries up to here. */
  wake(lastSeq: number, busy: boolean): void {
    this.#lastSeq = lastSeq;
    this.#busy = busy;
    if (this.#stopped || (this.#prepared && this.#through >= lastSeq)) return;
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
      this.wake(this.#lastSeq, this.#busy);
    });
  }

  /** Looks again whether the database has what it confirmed. */
  look(): void {
    this.#prepared = false;
    this.wake(this.#lastSeq, this.#busy);
  }

  /** Everything up to there was written by another gateway; only while nothing is under way. */
  async skip(through: number): Promise<void> {
    await this.#running;
    if (this.#stopped || through <= this.#through) return;
    await this.#options.history.append([], through);
    this.#through = through;
    this.#options.onProgress({ through, written: 0, rejected: 0 });
  }

  /** Resolves when nothing of it is under way any more. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#interrupt();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#stopped && (!this.#prepared || this.#through < this.#lastSeq)) {
      try {
        if (!this.#prepared) await this.#prepare();
        await this.#pour();
      } catch (error) {
        if (this.#stopped) return;
        if (error instanceof StartOver) {
          this.#options.onRefused(error.message);
          this.#options.onStartOver?.();
          await this.#goBack();
        } else {
          this.#options.onTrouble(error);
          await this.#goBack();
          await this.#pause(this.#retryMs(error));
        }
      }
    }
  }

  /** Also where there is nothing to write: an empty database is filled, and one that is away is told. */
  async #prepare(): Promise<void> {
    await this.#options.history.prepare?.();
    this.#prepared = true;
    await this.#goBack();
    this.#options.onFine?.();
  }

  /** To where the history is. */
  async #goBack(): Promise<void> {
    const { history, firstSeq, onProgress } = this.#options;
    this.#through = Math.max(await history.through(), firstSeq - 1);
    onProgress({ through: this.#through, written: 0, rejected: 0 });
  }

  /** Until everything is in it. Rejects where a batch failed. */
  async #pour(): Promise<void> {
    const flying: Promise<void>[] = [];
    let after = this.#through;
    try {
      for (;;) {
        // After a failure one batch goes ahead to see whether it works again.
        const most = this.#failures > 0 ? 1 : this.#options.settings.inFlight;
        while (flying.length < most && after < this.#lastSeq && !this.#stopped) {
          const began = performance.now();
          const { read, settings } = this.#options;
          const batch = read(after, this.#lastSeq, settings.batch);
          if (batch === undefined) {
            // There is less than was said: what is there is in the history.
            this.#lastSeq = after;
            break;
          }
          after = batch.through;
          const sent = this.#send(batch);
          sent.catch(() => {});
          flying.push(sent);
          await this.#rest(performance.now() - began);
        }
        const oldest = flying.shift();
        if (oldest === undefined) return;
        await oldest;
        if (this.#failures > 0) this.#options.onFine?.();
        this.#failures = 0;
      }
    } finally {
      await Promise.allSettled(flying);
    }
  }

  async #send({ through, points, unfit = 0, gone = [] }: Batch): Promise<void> {
    const { history, onProgress, onRefused, unit } = this.#options;
    const { written, rejected } = await history.append(points, through, gone);
    this.#through = through;
    const [first] = rejected;
    if (first !== undefined) {
      const count = rejected.length;
      const many = count === 1 ? '1 point' : `${count} points`;
      onRefused(
        localized(
          `截至${unit === 'entry' ? '记录' : '版本'} ${through}，有 ${count} 个数据点被拒收：${first.reason}`,
          `${many} up to ${unit} ${through} refused: ${first.reason}`,
        ),
      );
    }
    // Entries have no holes in their numbers, but for some that never became points; versions have.
    const fresh = Math.max(0, through - this.#furthest);
    this.#furthest = Math.max(this.#furthest, through);
    const refused = Math.min(rejected.length + unfit, fresh);
    onProgress({ through, written: Math.min(written, fresh - refused), rejected: refused });
  }

  /** Full jitter, so that many gateways do not come back together; at least what the database asks for. */
  #retryMs(error: unknown): number {
    const { retryMsMax } = this.#options.settings;
    const ceiling = Math.min(retryMsMax, RETRY_MS * 2 ** Math.min(this.#failures++, 20));
    const asked = (error as { retryAfterMs?: number | undefined }).retryAfterMs ?? 0;
    return asked + Math.random() * ceiling;
  }

  async #rest(workedMs: number): Promise<void> {
    const { normal, busy } = this.#options.settings.rest;
    const ms = workedMs * (this.#busy ? busy : normal);
    if (ms >= 1) await this.#pause(ms);
  }

  /** Waits so long (ms), or until it is stopped. */
  async #pause(ms: number): Promise<void> {
    if (this.#stopped) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#interrupt = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
