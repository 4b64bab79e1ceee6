// One standby's connection, at the leader: who it is, what it was sent, what it has.
import type { Secret } from '../config/secret.ts';
import { fieldsPerCopy, type Journal, type Position } from '../journal.ts';
import { isBeyond } from './common.ts';
import {
  isProof,
  newNonce,
  proofOf,
  readMessage,
  toWire,
  type PeerMessage,
  type WireCopy,
} from './protocol.ts';

export interface FollowerOptions {
  readonly journal: Journal;
  readonly hall: string;
  /** name for people, and this life of the process */
  readonly gateway: string;
  readonly run: string;
  readonly key: Secret;
  readonly isLeading: () => boolean;
  /** It leads, and the session at the broker stands. */
  readonly isUp: () => boolean;
  /** Up to where the shared history is written; undefined where each gateway has its own. */
  readonly written: () => number | undefined;
  readonly onError: (error: unknown, where: { stage: string }) => void;
}

const HELLO_MS = 5_000;
/** Some 10,000 leaderships: one for each start of a gateway. */
const HELLO_CHARS_MAX = 1024 * 1024;
const BEAT_MS = 1_000;
/** Entries of one message, and those sent that the standby has not confirmed. */
const COPY_MAX = 2_000;
const UNCONFIRMED_MAX = 20_000;
/** 1008: policy violation (RFC 6455 §7.4.1) */
const REFUSED = 1008;

export interface FollowerEvents {
  readonly onFollow: () => void;
  readonly onHave: (have: Position) => void;
  readonly onHand: (copy: WireCopy) => Promise<void>;
  readonly onGone: (why: string) => void;
}

/** One standby's connection. */
export class Follower {
  readonly #socket: WebSocket;
  readonly #options: FollowerOptions;
  readonly #events: FollowerEvents;
  readonly #challenge = newNonce();
  readonly #helloTimer: ReturnType<typeof setTimeout>;
  #state: 'stranger' | 'known' | 'following' | 'gone' = 'stranger';
  #sent: Position = { seq: 0, letter: 0 };
  #unfollow: () => void = () => {};
  have: Position = { seq: 0, letter: 0 };

  constructor(socket: WebSocket, options: FollowerOptions, events: FollowerEvents) {
    this.#socket = socket;
    this.#options = options;
    this.#events = events;
    this.#helloTimer = setTimeout(() => this.close('said nothing'), HELLO_MS);
    socket.onopen = () => this.#send({ kind: 'challenge', nonce: this.#challenge });
    socket.onmessage = ({ data }) => this.#take(data);
    socket.onclose = ({ reason }) => this.#gone(reason || 'its connection closed');
    socket.onerror = () => this.#gone('its connection broke');
  }

  close(why: string): void {
    this.#gone(why);
    // 123 bytes at most (RFC 6455 §5.5).
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.close(REFUSED, why.slice(0, 100));
  }

  #gone(why: string): void {
    if (this.#state === 'gone') return;
    const wasFollowing = this.#state === 'following';
    this.#state = 'gone';
    clearTimeout(this.#helloTimer);
    this.#unfollow();
    if (wasFollowing) this.#events.onGone(why);
  }

  #take(data: unknown): void {
    if (this.#state === 'stranger' && String(data).length > HELLO_CHARS_MAX) {
      return this.close('says too much before it says who it is');
    }
    try {
      this.#answer(readMessage(data));
    } catch (error) {
      this.#options.onError(error, { stage: 'standby' });
      this.close('a message was not understood');
    }
  }

  #answer(message: PeerMessage): void {
    if (this.#state === 'gone') return;
    if (this.#state === 'stranger') {
      if (message.kind === 'hello') return this.#welcome(message);
      return this.close('should say hello first');
    }
    if (message.kind === 'follow') this.#follow(message.from);
    else if (message.kind === 'have') {
      const have = { seq: message.seq, letter: message.letter };
      if (isBeyond(have, this.#sent)) return this.close('confirms what it was not sent');
      this.have = have;
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
    } else this.close(`should not say ${message.kind}`);
  }

  #welcome(hello: Extract<PeerMessage, { kind: 'hello' }>): void {
    const { key, hall, gateway, run, journal, isLeading } = this.#options;
    clearTimeout(this.#helloTimer);
    if (!isProof(hello.proof, proofOf(key, 'standby', this.#challenge, hello.nonce))) {
      return this.close('has another HALLCAST_PEER_KEY');
    }
    if (hello.hall !== hall) return this.close(`is of hall ${hello.hall}, this one of ${hall}`);
    if (hello.run === run) return this.close('--peer names this very gateway');
    this.#state = 'known';
    const leading = isLeading();
    this.#send({
      kind: 'welcome',
      ...{ gateway, run, leading },
      proof: proofOf(key, 'leader', this.#challenge, hello.nonce),
      extent: {
        ...{ seq: journal.lastSeq, letter: journal.lastLetter },
        leaderships: journal.leaderships(),
      },
    });
    if (!leading) this.close('does not lead');
  }

  #follow(from: Position): void {
    const { lastSeq: seq, lastLetter: letter } = this.#options.journal;
    if (isBeyond(from, { seq, letter })) return this.close('asks for what this journal has not');
    this.#state = 'following';
    this.#sent = this.have = from;
    const stopWriting = this.#options.journal.onWrite(() => this.#pump());
    const timer = setInterval(() => this.#beat(), BEAT_MS);
    this.#unfollow = () => {
      stopWriting();
      clearInterval(timer);
    };
    this.#events.onFollow();
    this.#events.onHave(from);
    this.#pump();
    this.#beat();
  }

  /** Whatever is new, as far as the standby keeps up. */
  #pump(): void {
    const { journal } = this.#options;
    while (this.#state === 'following') {
      const last = { seq: journal.lastSeq, letter: journal.lastLetter };
      if (!isBeyond(last, this.#sent)) return;
      if (this.#sent.seq - this.have.seq >= UNCONFIRMED_MAX) return;
      const copy = journal.copyAfter(this.#sent, COPY_MAX);
      const seq = copy.rows.at(-fieldsPerCopy);
      const letter = copy.letters.at(-1)?.id;
      this.#sent = {
        seq: seq === undefined ? this.#sent.seq : Number(seq),
        // Letters between may have been dropped: where none came, there are none.
        letter: letter ?? (seq === undefined ? last.letter : this.#sent.letter),
      };
      this.#sendCopy(copy);
    }
  }

  #beat(): void {
    this.#sendCopy({ rows: [], letters: [], leaderships: [] });
  }

  #sendCopy(copy: ReturnType<Journal['copyAfter']>): void {
    const { journal, written, isUp } = this.#options;
    const through = written();
    this.#send({
      kind: 'copy',
      copy: toWire(copy),
      last: { seq: journal.lastSeq, letter: journal.lastLetter },
      up: isUp(),
      pruned: journal.firstSeq - 1,
      ...(through !== undefined && { written: through }),
    });
  }

  #send(message: PeerMessage): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }
}
