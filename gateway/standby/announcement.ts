// What the leader of a pair says of itself at the broker, over the session: once a second that it leads. SPEC 17.1, 17.5.
import type { BrokerLink } from '../intake/broker-link.ts';
import { peerOf } from '../intake/session/machine.ts';
import type { SessionOwner } from '../intake/session/owner.ts';
import { messageOf, type OnError } from '../log.ts';
import { localized } from '../start/language.mjs';
import type { Acknowledgements } from './acknowledgements.ts';
import { encodeStateMessage, stateTopic, type StateMessage } from './state-message.ts';

export interface AnnouncementOptions {
  readonly owner: SessionOwner;
  readonly hall: string;
  readonly gateway: string;
  readonly run: string;
  readonly acknowledgements: Acknowledgements;
  readonly publish: BrokerLink['publish'];
  readonly onError: OnError;
}

const BEAT_MS = 1_000;
const AGAIN_MS = 300;

export class Announcement {
  readonly #options: AnnouncementOptions;
  readonly #beat = setInterval(() => void this.say(), BEAT_MS);
  #releasedBefore = 0;
  /** of the last order to prove */
  #proof: symbol | undefined;
  /** why the broker does not let it say that it leads */
  trouble: string | undefined;

  constructor(options: AnnouncementOptions) {
    this.#options = options;
  }

  /** As what others find at the broker; `offline` is the last will. */
  message(state: StateMessage['state']): { topic: string; payload: Uint8Array; retain: true } {
    const { hall, gateway, run, owner } = this.#options;
    const attached = state === 'online' && { attached: peerOf(owner.state)?.is === 'attached' };
    const payload = encodeStateMessage({ state, gateway, run, ...attached });
    return { topic: stateTopic(hall), payload, retain: true };
  }

  /**
   * While it leads. What was released before the last message but one was acknowledged on a line that the broker has
   * answered since: it will not send that again.
   */
  async say(): Promise<void> {
    const { owner, acknowledgements } = this.#options;
    if (owner.state.is !== 'leading') return;
    const proven = this.#releasedBefore;
    this.#releasedBefore = acknowledgements.released;
    try {
      await this.#publish();
      this.trouble = undefined;
      const leads: boolean = owner.state.is === 'leading';
      if (leads) acknowledgements.confirm(Math.min(proven, acknowledgements.released));
    } catch (error) {
      const why = messageOf(error);
      this.trouble = localized(
        `未能在消息服务器上声明自己是主机：${why}`,
        `cannot say at the broker that it leads: ${why}`,
      );
    }
  }

  /** Until the broker has acknowledged over the session that this gateway still leads, or it does no more. */
  async prove(): Promise<void> {
    const { owner, onError } = this.#options;
    const proof = (this.#proof = Symbol('proof'));
    const isWanted = () => this.#proof === proof && peerOf(owner.state)?.is === 'proving';
    while (isWanted()) {
      try {
        await this.#publish();
        if (isWanted()) owner.send({ type: 'proved' });
      } catch (error) {
        if (isWanted()) onError(error, { stage: 'standby' });
        await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
      }
    }
  }

  stop(): void {
    clearInterval(this.#beat);
  }

  /** Resolves when the broker has acknowledged it over the session. */
  #publish(): Promise<void> {
    const { topic, payload, retain } = this.message('online');
    return this.#options.publish(topic, payload, retain);
  }
}
