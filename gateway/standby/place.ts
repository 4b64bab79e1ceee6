// Who may take the leader's place, and when: from what a gateway sees at the broker and hears from the other one. SPEC 17.2.
import type { StateMessage } from './state-message.ts';

/** What a gateway that does not lead knows. Times are in ms: how long ago it was. */
export interface Sight {
  /** Life of this process. */
  readonly run: string;
  /** The watching connection stands: what is retained has been seen. */
  readonly sees: boolean;
  /** the latest word at the broker */
  readonly word: StateMessage | undefined;
  readonly wordMs: number;
  /** what the last leader said while it led */
  readonly lastOnline: StateMessage | undefined;
  /** the other gateway said over its own link that it leads and that its session stands */
  readonly heardMs: number;
  /** this journal had all that the leader's had */
  readonly completeMs: number;
  /** Another client took the session from this gateway, and nobody has said since that he leads. */
  readonly taken: boolean;
  /** Since its start this gateway has seen no leader: so long it waits then. */
  readonly startDelayMs: number | undefined;
  /** A standby was attached while this gateway led. */
  readonly hadStandby: boolean;
  readonly keepAliveMs: number;
  readonly patienceMs: number;
}

/** A leader that has said nothing for so many keep-alives is none, whatever is retained. */
const SILENT_KEEP_ALIVES = 1.8;
/** A leader that was heard so lately is there; a journal that was complete so lately is. */
const LATELY_MS = 2_500;
/** How long a free place is left to who should have it: the one that has everything first. */
const CLAIM_MS = { complete: 250, behind: 2_000, mine: 100, mineAfterStandby: 1_500 };

/** Somebody else leads, by his own word at the broker. */
export function isLed({ run, word, wordMs, keepAliveMs }: Sight): boolean {
  if (word?.state !== 'online' || word.run === run) return false;
  return wordMs < keepAliveMs * SILENT_KEEP_ALIVES;
}

/** How long the place has to be free before this gateway takes it; undefined: it is not free. */
export function claimAfterMs(sight: Sight): number | undefined {
  const { run, sees, word, taken, startDelayMs, lastOnline, completeMs } = sight;
  if (!sees || isLed(sight) || hearsLeader(sight)) return undefined;
  if (taken) return sight.patienceMs;
  if (startDelayMs !== undefined) return startDelayMs;
  if (word?.run === run) return sight.hadStandby ? CLAIM_MS.mineAfterStandby : CLAIM_MS.mine;
  const isComplete = lastOnline?.attached === true || completeMs < LATELY_MS;
  return isComplete ? CLAIM_MS.complete : CLAIM_MS.behind;
}

/**
 * Nobody says at the broker that he leads or that he is gone, but the other gateway leads and can be heard: the broker
 * may not let it speak. One that was cut off from the broker knows that itself before long, and says so.
 */
function hearsLeader({ run, word, heardMs }: Sight): boolean {
  const isGone = word?.state === 'offline' && word.run !== run;
  return !isGone && heardMs < LATELY_MS;
}
