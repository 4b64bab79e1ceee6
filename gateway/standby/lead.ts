// The leader's half of a pair: sends its journal to the standby as it grows, and lets no acknowledgement leave before
// the standby has it too. A standby that is slow or gone is detached, and the leader goes on alone, but only after the
// broker has shown that it still leads: one that was cut off or asleep must not.
import type { Judge } from '../../hall/judge.ts';
import type { Position } from '../journal.ts';
import type { Admitted } from './admission.ts';
import { isBeyond } from './common.ts';
import { Follower, type FollowerOptions } from './follower.ts';
import { readHanded } from './handed.ts';
import { fromWire, type WireCopy } from './protocol.ts';

export interface LeadOptions extends FollowerOptions {
  readonly confirmMs: number;
  /** What another gateway hands over is judged as what a device says is. */
  readonly judge: Judge;
  /** Resolves when the broker has acknowledged a word of ours over the session: it is still ours. */
  readonly speak: () => Promise<void>;
  readonly onAttached: (attached: boolean, why: string) => void;
}

/** An acknowledgement cannot be given: this gateway does not lead (any more). */
export class NotLeading extends Error {
  override name = 'NotLeading';
}

interface Waiting extends Position {
  readonly since: number;
  resolve(): void;
  reject(error: Error): void;
}

const AGAIN_MS = 300;

export class Lead {
  readonly #options: LeadOptions;
  /** `proving`: without a standby, and not yet sure of leading: nothing is acknowledged. */
  #mode: 'alone' | 'attached' | 'proving' = 'alone';
  #waiting: Waiting[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #follower: Follower | undefined;
  #confirmed = 0;
  #released = 0;
  #proving: Promise<void> | undefined;
  readonly counts = { attached: 0, detached: 0, handed: 0 };

  constructor(options: LeadOptions) {
    this.#options = options;
  }

  /** Up to here the journal is sure to be everybody's: the standby has it, or the broker will not send it again. */
  get confirmed(): number {
    return this.#confirmed;
  }

  /** Up to here acknowledgements were let go. */
  get released(): number {
    return this.#released;
  }

  get isAttached(): boolean {
    return this.#mode === 'attached';
  }

  /** Entries that a standby that follows has not confirmed; undefined where none follows. */
  get lag(): number | undefined {
    const follower = this.#follower;
    return follower && Math.max(0, this.#options.journal.lastSeq - follower.have.seq);
  }

  /** This gateway leads from now on: what its journal has is the hall's. */
  begin(): void {
    this.#mode = 'alone';
    this.#confirmed = this.#released = this.#options.journal.lastSeq;
  }

  /** It leads no more: nothing that waits is acknowledged. */
  end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { reject } of waiting) reject(new NotLeading('acknowledge: another gateway leads'));
    this.#follower?.close('another gateway leads');
    this.#follower = undefined;
    this.#mode = 'alone';
  }

  /** For the journal: what a commit's acknowledgements wait for. */
  readonly gate = (): Promise<void> | undefined => {
    const { journal, isLeading, confirmMs } = this.#options;
    if (!isLeading()) return Promise.reject(new NotLeading('acknowledge: another gateway leads'));
    const { lastSeq: seq, lastLetter: letter } = journal;
    if (this.#mode === 'alone') return void (this.#released = seq);
    // Nothing new in it: the standby has all that it had.
    const have = this.#mode === 'attached' ? this.#follower?.have : undefined;
    if (have !== undefined && !isBeyond({ seq, letter }, have)) return undefined;
    return new Promise((resolve, reject) => {
      this.#waiting.push({ seq, letter, since: performance.now(), resolve, reject });
      this.#timer ??= setTimeout(this.#late, confirmMs);
    });
  };

  /** The broker has acknowledged everything up to here, and that it was ours to acknowledge. */
  prove(seq: number): void {
    this.#confirmed = Math.max(this.#confirmed, seq);
  }

  /** Takes a standby's socket. */
  serve(socket: WebSocket, admitted: Admitted): void {
    const follower = new Follower(socket, admitted, this.#options, {
      onFollow: () => {
        this.#follower?.close('another standby follows');
        this.#follower = follower;
      },
      onHave: (have) => this.#onHave(follower, have),
      onHand: (copy) => this.#hand(copy),
      onGone: (why) => {
        if (this.#follower === follower) this.#detach(why);
      },
    });
  }

  #onHave(follower: Follower, have: Position): void {
    if (this.#follower !== follower || !this.#options.isLeading()) return;
    this.#confirmed = Math.max(this.#confirmed, have.seq);
    const { lastSeq: seq, lastLetter: letter } = this.#options.journal;
    // From the moment on in which it has everything, nothing is acknowledged without it.
    if (this.#mode === 'alone' && !isBeyond({ seq, letter }, have)) {
      this.#mode = 'attached';
      this.counts.attached++;
      this.#options.onAttached(true, 'it has the whole journal');
    }
    if (this.#mode !== 'attached') return;
    let done = 0;
    for (const waiting of this.#waiting) {
      if (isBeyond(waiting, have)) break;
      this.#released = waiting.seq;
      waiting.resolve();
      done++;
    }
    if (done > 0) this.#waiting.splice(0, done);
  }

  readonly #late = (): void => {
    this.#timer = undefined;
    const [oldest] = this.#waiting;
    if (oldest === undefined || this.#mode !== 'attached') return;
    const { confirmMs } = this.#options;
    const left = oldest.since + confirmMs - performance.now();
    if (left > 0) this.#timer = setTimeout(this.#late, left);
    else this.#detach(`it did not confirm within ${confirmMs} ms`);
  };

  #detach(why: string): void {
    this.#follower?.close(why);
    this.#follower = undefined;
    if (this.#mode !== 'attached') return;
    this.#mode = 'proving';
    this.counts.detached++;
    this.#options.onAttached(false, why);
    this.#proving ??= this.#goOnAlone().finally(() => (this.#proving = undefined));
  }

  /** Until the broker has shown that this gateway still leads, or it does no more. */
  async #goOnAlone(): Promise<void> {
    const { isLeading, speak, journal, onError } = this.#options;
    while (this.#mode === 'proving' && isLeading()) {
      try {
        await speak();
      } catch (error) {
        if (this.#mode === 'proving' && isLeading()) onError(error, { stage: 'standby' });
        await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
        continue;
      }
      if (this.#mode !== 'proving' || !isLeading()) return;
      this.#mode = 'alone';
      this.#released = journal.lastSeq;
      const waiting = this.#waiting;
      this.#waiting = [];
      for (const { resolve } of waiting) resolve();
    }
  }

  /** Another gateway's entries that this one does not have: known ids change nothing, the others keep their place. */
  async #hand({ rows, letters }: WireCopy): Promise<void> {
    const { journal, isLeading, hall, judge } = this.#options;
    if (!isLeading()) throw new NotLeading('hand over: this gateway does not lead');
    const given = fromWire({ rows: [], letters, leaderships: [] }).letters;
    // All at once: in one commit, in this order.
    const receipts = await Promise.all([
      ...[...readHanded(rows, hall, judge)].map(([receivedAt, { drafts, refused }]) =>
        journal.append(drafts, refused, receivedAt),
      ),
      ...given.map(({ receivedAt, ...letter }) => journal.append([], [letter], receivedAt)),
    ]);
    for (const { entries } of receipts) this.counts.handed += entries.length;
  }
}
