// When a gateway of a pair may take the session: from what it sees at the broker and hears from the other one. SPEC 17.2.
import type { Position } from '../journal.ts';
import { isBeyond } from './common-position.ts';
import type { StateMessage } from './state-message.ts';

/** What a gateway that does not lead knows. Times are in ms: how long ago it was. */
export interface Sight {
  /** Life of this process. */
  readonly run: string;
  /** The watching connection stands: what is retained has been seen. */
  readonly sees: boolean;
  /** the latest state message at the broker */
  readonly message: StateMessage | undefined;
  readonly messageMs: number;
  /** what the last leader said while it led */
  readonly lastOnline: StateMessage | undefined;
  /** the other gateway said over its own link that it leads and that its session stands */
  readonly heardMs: number;
  /** this journal had all that the leader's had */
  readonly completeMs: number;
  /** A standby was attached while this gateway led. */
  readonly hadStandby: boolean;
  readonly keepAliveMs: number;
  readonly patienceMs: number;
}

/** Why this gateway has no session. */
export type Cause =
  /** It has seen no leader since its start: it waits so long, as the other gateway may have more. */
  | { readonly is: 'start'; readonly delayMs: number }
  /** Another client took the session from it, and nobody has said since that he leads. */
  | { readonly is: 'taken' }
  /** It has seen a leader, or was one itself. */
  | { readonly is: 'led' };

/** A leader that has said nothing for so many keep-alives is none, whatever is retained. */
const SILENT_KEEP_ALIVES = 1.8;
/** A leader that was heard so lately is there; a journal that was complete so lately is. */
const LATELY_MS = 2_500;
/** How long a free session is left to who should have it: the gateway that has everything first. */
const CLAIM_MS = { complete: 250, behind: 2_000, mine: 100, mineAfterStandby: 1_500 };

/** Another gateway leads, by its own message at the broker. */
export function isLed({ run, message, messageMs, keepAliveMs }: Sight): boolean {
  if (message?.state !== 'online' || message.run === run) return false;
  return messageMs < keepAliveMs * SILENT_KEEP_ALIVES;
}

/** The broker has heard nothing since this gateway led, not even its last will. */
export function isStillMine({ run, message }: Sight): boolean {
  return message === undefined || (message.run === run && message.state === 'online');
}

/** How long the session has to be free before this gateway takes it; undefined: it is not free. */
export function claimAfterMs(sight: Sight, cause: Cause): number | undefined {
  const { run, sees, message, lastOnline, completeMs } = sight;
  if (!sees || isLed(sight) || hearsLeader(sight)) return undefined;
  if (cause.is === 'taken') return sight.patienceMs;
  if (cause.is === 'start') return cause.delayMs;
  if (message?.run === run) return sight.hadStandby ? CLAIM_MS.mineAfterStandby : CLAIM_MS.mine;
  const isComplete = lastOnline?.attached === true || completeMs < LATELY_MS;
  return isComplete ? CLAIM_MS.complete : CLAIM_MS.behind;
}

/**
 * How long a gateway waits at its start where nobody leads: for one whose journal goes further; two alike not both at once.
 * @param theirs the end of the other one's journal; undefined where it leads or does not answer
 */
export function startDelayMs(mine: Position, theirs: Position | undefined, yieldMs: number) {
  if (theirs === undefined || theirs.seq < mine.seq) return 0;
  if (theirs.seq > mine.seq || isBeyond(theirs, mine)) return yieldMs;
  return Math.random() * yieldMs * 0.3;
}

/**
 * Nobody says at the broker that he leads or that he is gone, but the other gateway leads and can be heard: the broker
 * may not let it speak. One that was cut off from the broker knows that itself before long, and says so.
 */
function hearsLeader({ run, message, heardMs }: Sight): boolean {
  const isGone = message?.state === 'offline' && message.run !== run;
  return !isGone && heardMs < LATELY_MS;
}
