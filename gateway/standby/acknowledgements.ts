// What a commit's acknowledgements wait for at a gateway of a pair, and up to where the journal is sure to be the hall's.
import { acknowledges, peerOf } from '../intake/session/machine.ts';
import type { SessionOwner } from '../intake/session/owner.ts';
import type { Journal, Position } from '../journal.ts';
import { localized } from '../start/language.mjs';

/** An acknowledgement cannot be given: this gateway does not lead (any more). */
export class NotLeading extends Error {
  override name = 'NotLeading';
}

interface Waiting extends Position {
  readonly since: number;
  resolve(): void;
  reject(error: Error): void;
}

export class Acknowledgements {
  readonly #owner: SessionOwner;
  readonly #journal: Pick<Journal, 'lastSeq' | 'lastLetter'>;
  readonly #confirmMs: number;
  #waiting: Waiting[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #released = 0;
  #confirmed = 0;

  /** @param confirmMs so long an attached standby may take to confirm */
  constructor(
    owner: SessionOwner,
    journal: Pick<Journal, 'lastSeq' | 'lastLetter'>,
    confirmMs: number,
  ) {
    this.#owner = owner;
    this.#journal = journal;
    this.#confirmMs = confirmMs;
    owner.onChange(() => this.#review());
  }

  /** Up to here the journal is sure to be everybody's: the standby has it, or the broker will not send it again. */
  get confirmed(): number {
    return this.#confirmed;
  }

  /** Up to here acknowledgements were let go. */
  get released(): number {
    return this.#released;
  }

  /** This gateway leads from now on: what its journal has is the hall's. */
  begin(): void {
    this.#confirmed = this.#released = this.#journal.lastSeq;
  }

  /** The standby has it, or the broker has answered since it was acknowledged. */
  confirm(seq: number): void {
    this.#confirmed = Math.max(this.#confirmed, seq);
  }

  /** For the journal. */
  readonly gate = (): Promise<void> | undefined => {
    const { lastSeq: seq, lastLetter: letter } = this.#journal;
    const when = acknowledges(this.#owner.state, { seq, letter });
    if (when === 'never') return Promise.reject(notLeading());
    if (when === 'now') return void (this.#released = seq);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ seq, letter, since: performance.now(), resolve, reject });
      this.#timer ??= setTimeout(this.#late, this.#confirmMs);
    });
  };

  /** In order: what one waits for, those behind it wait for too. */
  #review(): void {
    let done = 0;
    for (const waiting of this.#waiting) {
      const when = acknowledges(this.#owner.state, waiting);
      if (when === 'later') break;
      done++;
      if (when === 'never') waiting.reject(notLeading());
      else {
        this.#released = waiting.seq;
        waiting.resolve();
      }
    }
    if (done > 0) this.#waiting.splice(0, done);
    if (peerOf(this.#owner.state) === undefined) {
      clearTimeout(this.#timer);
      this.#timer = undefined;
    }
  }

  readonly #late = (): void => {
    this.#timer = undefined;
    const [oldest] = this.#waiting;
    if (oldest === undefined) return;
    const leftMs = oldest.since + this.#confirmMs - performance.now();
    if (leftMs > 0) this.#timer = setTimeout(this.#late, leftMs);
    else {
      const why = `it did not confirm within ${this.#confirmMs} ms`;
      this.#owner.send({ type: 'detached', why });
    }
  };
}

function notLeading(): NotLeading {
  return new NotLeading(localized('确认：另一台网关是主机', 'acknowledge: another gateway leads'));
}
