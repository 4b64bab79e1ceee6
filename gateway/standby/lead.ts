// The leader's half of a pair: sends its journal to the standby as it grows, and takes what a former leader hands over.
import type { Judge } from '../../hall/judge.ts';
import type { SessionOwner } from '../intake/session/owner.ts';
import type { Position } from '../journal.ts';
import { NotLeading } from './acknowledgements.ts';
import type { Admission, Admitted } from './admission.ts';
import { Follower, type FollowerOptions } from './follower.ts';
import { readHanded } from './handed.ts';
import { fromWire, type WireCopy } from './protocol.ts';
import { localized } from '../start/language.mjs';

export interface LeadOptions extends FollowerOptions {
  readonly owner: SessionOwner;
  readonly admission: Admission;
  /** What another gateway hands over is judged as what a device says is. */
  readonly judge: Judge;
  /** The standby that is followed by has the journal up to there. */
  readonly onHave: (seq: number) => void;
}

export class Lead {
  readonly #options: LeadOptions;
  #follower: Follower | undefined;
  /** Entries that came from a former leader. */
  handed = 0;

  constructor(options: LeadOptions) {
    this.#options = options;
  }

  /** Entries that a standby that follows has not confirmed; undefined where none follows. */
  get lag(): number | undefined {
    const follower = this.#follower;
    return follower && Math.max(0, this.#options.journal.lastSeq - follower.have.seq);
  }

  /** A stranger's question at the HTTP door. */
  answer(request: Request, address: string): Promise<Response> {
    return this.#options.admission.answer(request, address);
  }

  /** Who has this ticket and may open a socket; each once. */
  admit(ticket: string): Admitted | undefined {
    return this.#options.admission.take(ticket);
  }

  /** Takes a standby's socket, from the HTTP door. */
  serve(socket: WebSocket, admitted: Admitted): void {
    const follower = new Follower(socket, admitted, this.#options, {
      onFollow: () => {
        this.#follower?.close('another standby follows');
        this.#follower = follower;
      },
      onHave: (have) => this.#onHave(follower, have),
      onHand: (copy) => this.#hand(copy),
      onGone: (why) => {
        if (this.#follower !== follower) return;
        this.#follower = undefined;
        this.#options.owner.send({ type: 'detached', why });
      },
    });
  }

  hangUp(why: string): void {
    const follower = this.#follower;
    this.#follower = undefined;
    follower?.close(why);
  }

  #onHave(follower: Follower, have: Position): void {
    const { journal, owner, isLeading, onHave } = this.#options;
    if (this.#follower !== follower || !isLeading()) return;
    onHave(have.seq);
    const { lastSeq: seq, lastLetter: letter } = journal;
    owner.send({ type: 'have', have, last: { seq, letter } });
  }

  /** Another gateway's entries that this one does not have: known ids change nothing, the others keep their number. */
  async #hand({ rows, letters }: WireCopy): Promise<void> {
    const { journal, isLeading, hall, judge } = this.#options;
    if (!isLeading())
      throw new NotLeading(
        localized('移交：本网关不是主机', 'hand over: this gateway does not lead'),
      );
    const given = fromWire({ rows: [], letters, leaderships: [] }).letters;
    // All at once: in one commit, in this order.
    const receipts = await Promise.all([
      ...[...readHanded(rows, hall, judge)].map(([receivedAt, { drafts, refused }]) =>
        journal.append(drafts, refused, receivedAt),
      ),
      ...given.map(({ receivedAt, ...letter }) => journal.append([], [letter], receivedAt)),
    ]);
    for (const { entries } of receipts) this.handed += entries.length;
  }
}
