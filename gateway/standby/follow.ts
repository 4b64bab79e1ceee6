// The standby's half of a pair: follows the leader's journal over the network and confirms what is on its own disk. One
// that led before and has what the leader does not have hands that over first, and asks to be rewound.
import type { Written } from '../history/thread.ts';
import { fieldsPerCopy, type Journal, type Position } from '../journal.ts';
import { messageOf, type OnError } from '../log.ts';
import { pause } from '../intake/session/wait.ts';
import { commonOf, isBeyond, type Extent } from './common-position.ts';
import type { Conversation } from './conversation.ts';
import { greet, UnlikeGateway, type GreetOptions } from './greet.ts';
import { fromWire, toWire, type PeerMessage } from './protocol.ts';
import { NotGenuine } from './sealed.ts';
import type { Unlike } from './trouble.ts';
import { localized } from '../start/language.mjs';

export interface FollowOptions extends GreetOptions {
  readonly journal: Journal;
  /** The shared history is written up to here by the leader. */
  readonly onWritten: (written: Written) => void;
  /** Everything that only this journal had is in the leader's: it should be rewound to here and opened again. */
  readonly onRewind: (to: Position) => void;
  /** Somebody stands between the two gateways. */
  readonly onForged: () => void;
  readonly onUnlike: (other: Unlike) => void;
  readonly onAlike: () => void;
  readonly onError: OnError;
  readonly onInfo: (message: string, fields?: Readonly<Record<string, unknown>>) => void;
}

export interface FollowStats {
  readonly connected: boolean;
  /** signals that the leader has and this one does not; undefined while none is followed */
  readonly lag: number | undefined;
  /** why it does not follow; undefined while it does */
  readonly trouble: string | undefined;
}

const SILENCE_MS = 5_000;
const BACKOFF_MS = { first: 300, most: 3_000 };
const HAND_MAX = 1_000;
/** Messages that are written in one commit: of about so many characters. */
const MERGE_CHARS_MAX = 1024 * 1024;
/** The same trouble is told again after so long, ms. */
const TOLD_MS = 60_000;
const HAND_MS = 60_000;

export class Follow {
  readonly #options: FollowOptions;
  /** Aborted, or undefined: it does not follow. */
  #stopping: AbortController | undefined;
  #running: Promise<void> = Promise.resolve();
  #last: Position | undefined;
  #heardAt = -Infinity;
  #completeAt = -Infinity;
  #trouble: string | undefined = localized(
    '尚未询问另一台网关',
    'has not asked the other gateway yet',
  );
  /** when each trouble was told, of which there are few */
  readonly #told = new Map<string, number>();
  #failures = 0;

  constructor(options: FollowOptions) {
    this.#options = options;
  }

  get stats(): FollowStats {
    const last = this.#last;
    return {
      connected: last !== undefined,
      lag: last && Math.max(0, last.seq - this.#options.journal.lastSeq),
      trouble: this.#trouble,
    };
  }

  /** How long ago the leader was heard, with its session at the broker standing. */
  get heardMs(): number {
    return performance.now() - this.#heardAt;
  }

  /** How long ago this journal had all that the leader's had. */
  get completeMs(): number {
    return performance.now() - this.#completeAt;
  }

  start(): void {
    if (!this.#isStopped) return;
    const stopping = (this.#stopping = new AbortController());
    this.#running = this.#running.then(() => this.#run(stopping.signal));
  }

  /** Resolves when what has come is on disk, and nothing more will come. */
  async stop(): Promise<void> {
    this.#stopping?.abort();
    await this.#running;
  }

  /** What the other gateway has, and whether it leads; undefined where it does not answer in that time. */
  async ask(ms: number): Promise<{ leading: boolean; extent: Extent } | undefined> {
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), ms);
    try {
      const { conversation, welcome } = await greet(this.#options, late.signal);
      conversation.close();
      return { leading: welcome.leading, extent: welcome.extent };
    } catch {
      return undefined;
    } finally {
      clearTimeout(timer);
    }
  }

  get #isStopped(): boolean {
    return this.#stopping?.signal.aborted ?? true;
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.#live(signal);
        this.#say(localized('与另一台网关的连接断开', 'the connection to the other gateway ended'));
      } catch (error) {
        this.#failed(error);
      }
      this.#last = undefined;
      const { first, most } = BACKOFF_MS;
      const backoff = Math.min(most, first * 2 ** this.#failures++);
      await pause(backoff * (0.5 + Math.random() / 2), signal);
    }
  }

  async #live(signal: AbortSignal): Promise<void> {
    const { journal, onRewind } = this.#options;
    const { conversation, welcome } = await greet(this.#options, signal);
    try {
      if (signal.aborted) return;
      this.#options.onAlike();
      if (!welcome.leading)
        throw new Error(localized('另一台网关不是主机', 'the other gateway does not lead'));
      const mine = this.#extent();
      const common = commonOf(mine, welcome.extent);
      if (isBeyond(mine, common)) {
        await this.#handOver(conversation, common);
        if (signal.aborted) return;
        this.#stopping?.abort();
        return onRewind(common);
      }
      conversation.send({ kind: 'follow', from: common });
      for (;;) {
        const message = await conversation.next(SILENCE_MS);
        if (message === undefined) throw conversation.ended();
        if (message.kind !== 'copy')
          throw new Error(
            localized(`另一台网关不应发来 ${message.kind}`, `peer: should not say ${message.kind}`),
          );
        // What has come meanwhile is one commit with it.
        const more = conversation.takeReady((next) => next.kind === 'copy', MERGE_CHARS_MAX);
        await this.#adopt(more.reduce(merged, message));
        const { lastSeq: seq, lastLetter: letter } = journal;
        conversation.send({ kind: 'have', seq, letter });
      }
    } finally {
      conversation.close();
    }
  }

  async #adopt({ copy, last, up, pruned, written, facts }: CopyMessage): Promise<void> {
    const { journal, onWritten, onError } = this.#options;
    if (copy.rows.length > 0 || copy.letters.length > 0) await journal.adopt(fromWire(copy));
    if (this.#last === undefined) {
      this.#options.onInfo('standby: follows the other gateway', {
        behind: last.seq - journal.lastSeq,
      });
    }
    this.#last = last;
    const now = performance.now();
    this.#heardAt = up ? now : -Infinity;
    if (last.seq <= journal.lastSeq) this.#completeAt = now;
    this.#failures = 0;
    this.#trouble = undefined;
    if (written !== undefined) onWritten({ through: Math.min(written, journal.lastSeq), facts });
    if (pruned >= journal.firstSeq) {
      await journal
        .pruneThrough(pruned)
        .catch((error: unknown) => onError(error, { stage: 'standby' }));
    }
  }

  async #handOver(conversation: Conversation, common: Position): Promise<void> {
    const { journal, onInfo } = this.#options;
    const { lastSeq, lastLetter } = journal;
    onInfo('standby: hands over what only this gateway has', {
      entries: lastSeq - common.seq,
      letters: lastLetter - common.letter,
    });
    for (let from = common; isBeyond({ seq: lastSeq, letter: lastLetter }, from);) {
      const copy = journal.copyAfter(from, HAND_MAX);
      const seq = copy.rows.at(-fieldsPerCopy);
      const letter = copy.letters.at(-1)?.id;
      if (seq === undefined && letter === undefined) return;
      conversation.send({ kind: 'hand', copy: toWire(copy) });
      const answer = await conversation.next(HAND_MS);
      if (answer?.kind !== 'handed')
        throw new Error(
          localized('移交：另一台网关没有接收', 'hand over: the other gateway did not take it'),
        );
      from = { seq: Number(seq ?? from.seq), letter: letter ?? from.letter };
    }
  }

  #extent(): Extent & { leaderships: ReturnType<Journal['leaderships']> } {
    const { journal } = this.#options;
    const { lastSeq: seq, lastLetter: letter } = journal;
    return { seq, letter, leaderships: journal.leaderships() };
  }

  #failed(error: unknown): void {
    const { onForged, onUnlike } = this.#options;
    if (error instanceof NotGenuine) {
      this.#trouble = error.message;
      return onForged();
    }
    if (error instanceof UnlikeGateway) onUnlike(error.other);
    this.#say(messageOf(error));
  }

  /** Once for each new trouble, not for each attempt. */
  #say(trouble: string): void {
    const isSame = trouble === this.#trouble;
    this.#trouble = trouble;
    const now = performance.now();
    if (this.#isStopped || isSame || now - (this.#told.get(trouble) ?? -Infinity) < TOLD_MS) return;
    if (this.#told.size > 100) this.#told.clear();
    this.#told.set(trouble, now);
    this.#options.onInfo(`standby: does not follow: ${trouble}`);
  }
}

type CopyMessage = Extract<PeerMessage, { kind: 'copy' }>;

/** Two messages that follow each other as one. */
function merged(one: CopyMessage, next: CopyMessage): CopyMessage {
  return {
    ...next,
    copy: {
      rows: one.copy.rows.concat(next.copy.rows),
      letters: one.copy.letters.concat(next.copy.letters),
      leaderships: one.copy.leaderships.concat(next.copy.leaderships),
    },
  };
}
