// Writes the journal into the history once more, from its beginning or from a date: into an empty database, or over
// what is there already. Nothing is doubled by it; what it was interrupted in it goes on with.
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { History } from '../history.ts';
import type { Entry } from '../journal/entry.ts';
import { batchOf } from './entries.ts';
import { Feed, type FeedSettings } from './feed.ts';

export interface BackfillOptions {
  readonly history: History;
  readonly journal: {
    read(afterSeq: number, limit: number): Entry[];
    /** the oldest and the newest entry that is kept */
    readonly firstSeq: number;
    readonly lastSeq: number;
  };
  readonly hall: string;
  /** Only what was received from then on, ms since 1970. */
  readonly from?: number;
  /** Which history that is; a place that was noted for another one is none. */
  readonly source: string;
  /** where the place is noted that it came to; made when missing, gone at the end */
  readonly placeFile: string;
  readonly feed: FeedSettings;
  /** Told a few times a second at most. */
  readonly onProgress: (progress: BackfillProgress) => void;
  readonly onTrouble: (error: unknown) => void;
  readonly onRefused: (message: string) => void;
}

export interface BackfillProgress {
  /** journaled signals that it is about, of which so many are done, of these so many before this run */
  readonly signals: number;
  readonly done: number;
  readonly doneBefore: number;
  readonly written: number;
  readonly refused: number;
}

export interface Backfill {
  /** Resolves with the last progress: at the end, or after a stop. */
  readonly ended: Promise<BackfillProgress>;
  /** Notes the place and ends. */
  stop(): void;
}

/** What it noted of itself. */
interface Place {
  readonly source: string;
  readonly first: number;
  readonly last: number;
  readonly through: number;
}

const NOTE_MS = 1_000;

export function startBackfill(options: BackfillOptions): Backfill {
  const work = new Work(options);
  return { ended: work.run(), stop: () => work.stop() };
}

class Work {
  readonly #options: BackfillOptions;
  readonly #first: number;
  readonly #last: number;
  readonly #begun: number;
  #through: number;
  #written = 0;
  #refused = 0;
  #stopped = false;
  #notedAt = 0;
  #feed: Feed | undefined;
  #arrived: () => void = () => {};

  constructor(options: BackfillOptions) {
    const { journal, from, source, placeFile } = options;
    this.#options = options;
    const first = from === undefined ? journal.firstSeq : firstFrom(journal, from);
    const place = placeOf(placeFile);
    const goesOn = place?.source === source && place.first === first;
    this.#first = first;
    this.#last = goesOn ? Math.max(place.last, journal.lastSeq) : journal.lastSeq;
    this.#through = goesOn ? Math.max(first - 1, Math.min(place.through, this.#last)) : first - 1;
    this.#begun = this.#through;
  }

  async run(): Promise<BackfillProgress> {
    if (this.#through < this.#last) await this.#write();
    if (!this.#stopped) rmSync(this.#options.placeFile, { force: true });
    return this.#progress;
  }

  stop(): void {
    this.#stopped = true;
    this.#arrived();
  }

  get #progress(): BackfillProgress {
    return {
      signals: this.#last - this.#first + 1,
      done: this.#through - this.#first + 1,
      doneBefore: this.#begun - this.#first + 1,
      ...{ written: this.#written, refused: this.#refused },
    };
  }

  async #write(): Promise<void> {
    const { journal, hall, feed: settings, onTrouble, onRefused, onProgress } = this.#options;
    const arrived = Promise.withResolvers<void>();
    this.#arrived = arrived.resolve;
    const history = await this.#writer();
    this.#feed = new Feed(
      {
        ...{ history, unit: 'entry', firstSeq: this.#first, settings, onTrouble, onRefused },
        read: (after, last, limit) =>
          batchOf(hall, journal.read(after, Math.min(limit, last - after)), onRefused),
        onProgress: ({ through, written, rejected }) => {
          this.#through = Math.max(this.#through, through);
          this.#written += written;
          this.#refused += rejected;
          this.#note();
          onProgress(this.#progress);
          if (this.#through >= this.#last) arrived.resolve();
        },
      },
      this.#through,
    );
    this.#feed.wake(this.#last, false);
    await arrived.promise;
    await this.#feed.stop();
    this.#note(true);
  }

  /**
   * The history as the feed writes it: its own cursor moves along where everything up to here is in it, and not where
   * entries between the two would be left out.
   */
  async #writer(): Promise<History> {
    const { history } = this.#options;
    await history.prepare?.();
    const cursor = await history.through();
    const seamless = cursor >= this.#first - 1 || this.#options.from === undefined;
    return {
      append: (points, through) => history.append(points, seamless ? through : 0),
      // Asked, as it refuses everything until who feeds it knows that its own cursor went back.
      through: () => history.through().then(() => this.#through),
      query: (query) => history.query(query),
      prune: async () => 0,
      close: async () => {},
    };
  }

  #note(always = false): void {
    const now = performance.now();
    if (!always && now - this.#notedAt < NOTE_MS) return;
    this.#notedAt = now;
    const { source, placeFile } = this.#options;
    const place: Place = {
      ...{ source, first: this.#first, last: this.#last, through: this.#through },
    };
    writeFileSync(placeFile, `${JSON.stringify(place)}\n`);
  }
}

/** Undefined where there is none, or none that can be read. */
function placeOf(file: string): Place | undefined {
  if (!existsSync(file)) return undefined;
  try {
    const place = JSON.parse(readFileSync(file, 'utf8')) as Partial<Place>;
    const { source, first, last, through } = place;
    const whole = [first, last, through].every(Number.isSafeInteger);
    return whole && typeof source === 'string' ? (place as Place) : undefined;
  } catch {
    return undefined;
  }
}

/** The first entry that was received from then on; entries lie in order of arrival. */
function firstFrom({ read, firstSeq, lastSeq }: BackfillOptions['journal'], from: number): number {
  let [low, high] = [firstSeq, lastSeq + 1];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if ((read(middle - 1, 1)[0]?.receivedAt ?? Infinity) < from) low = middle + 1;
    else high = middle;
  }
  return low;
}
