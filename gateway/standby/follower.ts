// One standby's connection, at the leader: what it was sent, what it has. Who opens one has proved to have the key.
import type { Written } from '../history/thread.ts';
import { fieldsPerCopy, type Journal, type Position } from '../journal.ts';
import type { Admitted } from './admission.ts';
import { isBeyond } from './common-position.ts';
import { PEER_PROTOCOL } from './handshake.ts';
import { readMessage, toWire, type PeerMessage, type WireCopy } from './protocol.ts';
import { NotGenuine, Sealed } from './sealed.ts';
import type { Unlike } from './trouble.ts';
import type { OnError } from '../log.ts';

export interface FollowerOptions {
  readonly journal: Journal;
  readonly hall: string;
  /** name for people, and this life of the process */
  readonly gateway: string;
  readonly run: string;
  /** of the journal */
  readonly format: number;
  readonly isLeading: () => boolean;
  /** It leads, and the session at the broker stands. */
  readonly isUp: () => boolean;
  /** Up to where the shared history is written; undefined where each gateway has its own. */
  readonly written: () => Written | undefined;
  /** Somebody stands between the two gateways. */
  readonly onForged: () => void;
  readonly onUnlike: (other: Unlike) => void;
  readonly onError: OnError;
}

const BEAT_MS = 1_000;
/** A standby says something with every beat, unless it writes a large copy. */
const SILENCE_MS = 20_000;
/** Entries of one message; its bytes are limited by the journal. */
const COPY_MAX = 2_000;
/** Sent and not confirmed: more is read when there is room for it. */
const UNCONFIRMED_MAX = 20_000;
const UNCONFIRMED_CHARS_MAX = 8 * 1024 * 1024;
/** 1000: there was nothing more to say (RFC 6455 §7.4.1) */
const OVER = 1000;

export interface FollowerEvents {
  readonly onFollow: () => void;
  readonly onHave: (have: Position) => void;
  readonly onHand: (copy: WireCopy) => Promise<void>;
  readonly onGone: (why: string) => void;
}

/** The last entry and letter of a message, 0 for none. */
interface InFlight extends Position {
  readonly chars: number;
}

export class Follower {
  readonly #socket: WebSocket;
  readonly #options: FollowerOptions;
  readonly #events: FollowerEvents;
  readonly #in: Sealed;
  readonly #out: Sealed;
  readonly #beatTimer: ReturnType<typeof setInterval>;
  #state: 'known' | 'following' | 'gone' = 'known';
  #sent: Position = { seq: 0, letter: 0 };
  #inFlight: InFlight[] = [];
  #charsInFlight = 0;
  #next: ReturnType<typeof setImmediate> | undefined;
  #heardAt = performance.now();
  #unfollow: () => void = () => {};
  have: Position = { seq: 0, letter: 0 };

  constructor(
    socket: WebSocket,
    admitted: Admitted,
    options: FollowerOptions,
    events: FollowerEvents,
  ) {
    this.#socket = socket;
    this.#options = options;
    this.#events = events;
    this.#in = new Sealed(admitted.keys.standby);
    this.#out = new Sealed(admitted.keys.leader);
    this.#beatTimer = setInterval(() => this.#beat(), BEAT_MS);
    socket.onopen = () => this.#welcome(admitted);
    socket.onmessage = ({ data }) => this.#take(data);
    socket.onclose = () => this.#gone('its connection closed');
    socket.onerror = () => this.#gone('its connection broke');
  }

  close(why: string): void {
    this.#send({ kind: 'bye', why: why.slice(0, 200) });
    this.#gone(why);
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.close(OVER);
  }

  #gone(why: string): void {
    if (this.#state === 'gone') return;
    const wasFollowing = this.#state === 'following';
    this.#state = 'gone';
    clearInterval(this.#beatTimer);
    clearImmediate(this.#next);
    this.#unfollow();
    if (wasFollowing) this.#events.onGone(why);
  }

  #welcome({ protocol, format, gateway }: Admitted): void {
    const { journal, isLeading, onUnlike, ...own } = this.#options;
    const leading = isLeading();
    this.#send({
      kind: 'welcome',
      ...{ protocol: PEER_PROTOCOL, format: own.format, gateway: own.gateway, run: own.run },
      leading,
      extent: {
        ...{ seq: journal.lastSeq, letter: journal.lastLetter },
        leaderships: journal.leaderships(),
      },
    });
    if (protocol !== PEER_PROTOCOL || format !== own.format) {
      onUnlike({ gateway, protocol, format });
      this.close('is of another version');
    } else if (!leading) this.close('does not lead');
  }

  #take(data: unknown): void {
    if (this.#state === 'gone') return;
    try {
      const text = this.#in.open(data);
      this.#heardAt = performance.now();
      this.#answer(readMessage(text));
    } catch (error) {
      if (error instanceof NotGenuine) {
        this.#options.onForged();
        return this.close('a message was not genuine');
      }
      this.#options.onError(error, { stage: 'standby' });
      this.close('a message was not understood');
    }
  }

  #answer(message: PeerMessage): void {
    if (message.kind === 'follow') this.#follow(message.from);
    else if (message.kind === 'have') {
      const have = { seq: message.seq, letter: message.letter };
      if (isBeyond(have, this.#sent)) return this.close('confirms what it was not sent');
      this.#confirmed(have);
      this.#events.onHave(this.have);
      this.#pump();
    } else if (message.kind === 'hand') {
      this.#events.onHand(message.copy).then(
        () => this.#send({ kind: 'handed' }),
        (error: unknown) => {
          this.#options.onError(error, { stage: 'standby' });
          this.close('it could not be kept');
        },
      );
    } else if (message.kind === 'bye') this.close('says goodbye');
    else this.close(`should not say ${message.kind}`);
  }

  #follow(from: Position): void {
    const { lastSeq: seq, lastLetter: letter } = this.#options.journal;
    if (isBeyond(from, { seq, letter })) return this.close('asks for what this journal has not');
    if (this.#state === 'following') return this.close('should follow once');
    this.#state = 'following';
    this.#sent = this.have = from;
    this.#unfollow = this.#options.journal.onWrite(() => this.#pump());
    this.#events.onFollow();
    this.#events.onHave(from);
    this.#pump();
    this.#beat();
  }

  #confirmed(have: Position): void {
    this.have = have;
    let done = 0;
    for (const sent of this.#inFlight) {
      if (isBeyond(sent, have)) break;
      this.#charsInFlight -= sent.chars;
      done++;
    }
    this.#inFlight.splice(0, done);
  }

  /** Whatever is new, as far as the standby keeps up; one message, and the others after what else waits. */
  #pump(): void {
    const { journal } = this.#options;
    if (this.#state !== 'following' || this.#next !== undefined) return;
    const last = { seq: journal.lastSeq, letter: journal.lastLetter };
    if (!isBeyond(last, this.#sent)) return;
    if (this.#sent.seq - this.have.seq >= UNCONFIRMED_MAX) return;
    if (this.#charsInFlight >= UNCONFIRMED_CHARS_MAX) return;
    const copy = journal.copyAfter(this.#sent, COPY_MAX);
    const seq = copy.rows.at(-fieldsPerCopy);
    const letter = copy.letters.at(-1)?.id;
    this.#sent = {
      seq: seq === undefined ? this.#sent.seq : Number(seq),
      // Letters between may have been dropped: where none came, there are none.
      letter: letter ?? (seq === undefined ? last.letter : this.#sent.letter),
    };
    const chars = this.#sendCopy(copy);
    this.#inFlight.push({ seq: Number(seq ?? 0), letter: letter ?? 0, chars });
    this.#charsInFlight += chars;
    if (!isBeyond(last, this.#sent)) return;
    this.#next = setImmediate(() => {
      this.#next = undefined;
      this.#pump();
    });
  }

  #beat(): void {
    if (performance.now() - this.#heardAt > SILENCE_MS) return this.close('says nothing');
    if (this.#state !== 'following') return;
    this.#sendCopy({ rows: [], letters: [], leaderships: [] });
  }

  #sendCopy(copy: ReturnType<Journal['copyAfter']>): number {
    const { journal, written, isUp } = this.#options;
    const { through, facts } = written() ?? {};
    return this.#send({
      kind: 'copy',
      copy: toWire(copy),
      last: { seq: journal.lastSeq, letter: journal.lastLetter },
      up: isUp(),
      pruned: journal.firstSeq - 1,
      ...(through !== undefined && { written: through }),
      ...(facts !== undefined && { facts }),
    });
  }

  /** Its length. */
  #send(message: PeerMessage): number {
    if (this.#state === 'gone' || this.#socket.readyState !== WebSocket.OPEN) return 0;
    const text = JSON.stringify(message);
    this.#socket.send(this.#out.seal(text));
    return text.length;
  }
}
