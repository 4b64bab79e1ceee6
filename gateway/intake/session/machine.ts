// Who owns the session at an external broker, and what may be acknowledged: one state, and what follows from each event.
// A gateway alone and each gateway of a pair run the same machine; `owner.ts` performs the effects. SPEC 16, 17.
//
//   a pair                                           alone (`peer: absent`)
//
//   standby ──look: free long enough──▶ draining     away ──look: rested──▶ connecting
//      ▲  ▲                                │          ▲                        │ connected
//      │  └───drained: another leads───────┤          └──ended, also taken── leading
//      │                                   │ drained
//      │                                   ▼
//      ├──ended: taken──── connecting ◀──look: rested and still mine── away
//      │                       │    └──────────ended─────────────────▶ ▲ │
//      │                       │ connected                             │ │
//      │                       ▼                                       │ │
//      ├──ended: taken───── leading ───────────ended──────────────────┘ │
//      └──────────────────look: another leads, or the will is out───────┘
//
//   any state ──stop──▶ stopping ──released──▶ stopped
//
// While a gateway of a pair leads (connecting, leading, away), its peer is
//
//   detached ──have: the whole journal──▶ attached ──detached──▶ proving ──proved──▶ detached
import type { PairRole } from '../../../hall/gateway-status.ts';
import type { Position } from '../../journal.ts';
import { type Cause, claimAfterMs, isLed, isStillMine, type Sight } from '../../standby/claim.ts';
import { isBeyond } from '../../standby/common-position.ts';

/** The other gateway, as the one that leads sees it. */
export type Peer =
  /** There is none: this gateway is no half of a pair. */
  | { readonly is: 'absent' }
  /** It has not the whole journal: what is on this disk may be acknowledged. */
  | { readonly is: 'detached' }
  /** It has the journal up to there: what is acknowledged is on both disks. */
  | { readonly is: 'attached'; readonly have: Position }
  /** It was attached: nothing is acknowledged before the broker has shown that this gateway still leads. */
  | { readonly is: 'proving' };

/** `isNew`: the session has not stood since this gateway claimed it. `notBefore`: no CONNECT before that time, ms. */
export type State =
  /** Another gateway has the session, or nobody; its journal is followed. `freeSince`: nobody has it since then. */
  | {
      readonly is: 'standby';
      readonly cause: Cause;
      readonly freeSince: number | undefined;
      readonly notBefore: number;
    }
  /** The session is free. What has come from the last leader is written before anything new is. */
  | { readonly is: 'draining' }
  /** CONNECT and SUBSCRIBE are under way. */
  | { readonly is: 'connecting'; readonly isNew: boolean; readonly peer: Peer }
  /** The session stands. */
  | { readonly is: 'leading'; readonly peer: Peer }
  /** The connection ended; whether the session is still this gateway's is not known. */
  | {
      readonly is: 'away';
      readonly isNew: boolean;
      readonly notBefore: number;
      readonly peer: Peer;
    }
  /** `peer`: undefined where this gateway did not lead. */
  | { readonly is: 'stopping'; readonly role: PairRole; readonly peer: Peer | undefined }
  | { readonly is: 'stopped'; readonly role: PairRole };

/** Times are of one steady clock, ms. */
export type SessionEvent =
  /** Time has passed, or something new was seen. `sight`: of a pair only. */
  | { readonly type: 'look'; readonly now: number; readonly sight: Sight | undefined }
  /** At the start the other gateway was asked what it has. */
  | { readonly type: 'asked'; readonly delayMs: number }
  | { readonly type: 'drained'; readonly sight: Sight | undefined }
  | { readonly type: 'connected' }
  /** A connection ended, or none came about. */
  | { readonly type: 'ended'; readonly taken: boolean; readonly notBefore: number }
  /** The other gateway confirms that it has the journal up to there; `last`: where the journal ends. */
  | { readonly type: 'have'; readonly have: Position; readonly last: Position }
  | { readonly type: 'detached'; readonly why: string }
  /** The broker has acknowledged over the session a message that was sent since the peer was detached. */
  | { readonly type: 'proved' }
  | { readonly type: 'stop'; readonly graceMs: number }
  | { readonly type: 'released' };

/** What is to be done; each is performed with the event that it follows from. */
export type Effect =
  | 'connect'
  /** Says goodbye where the session stands; ends in `released`. */
  | 'release'
  /** Of a pair: follows the other gateway's journal. */
  | 'follow'
  /** Follows no more; ends in `drained`. */
  | 'drain'
  /** What this journal has is the hall's from now on. */
  | 'lead'
  | 'leadNoMore'
  /** Says at the broker that this gateway leads. */
  | 'announce'
  | 'attach'
  | 'detach'
  /** Says so until the broker acknowledges it; ends in `proved`. */
  | 'prove';

export interface Step {
  readonly state: State;
  readonly effects: readonly Effect[];
}

const STANDBY = {
  ...{ is: 'standby', cause: { is: 'led' }, freeSince: undefined, notBefore: -Infinity },
} as const satisfies State;
const DETACHED: Peer = { is: 'detached' };

/** A gateway without a peer connects at once and for ever; one of a pair waits for the answer of the other. */
export const FIRST = {
  alone: { is: 'away', isNew: true, notBefore: -Infinity, peer: { is: 'absent' } },
  pair: { ...STANDBY, cause: { is: 'start', delayMs: Infinity } },
} as const satisfies Record<string, State>;

/** An event that means nothing in a state leaves the same state. */
export function next(state: State, event: SessionEvent): Step {
  switch (event.type) {
    case 'look':
      return looked(state, event.now, event.sight);
    case 'asked':
      if (state.is !== 'standby' || state.cause.is !== 'start') return stay(state);
      return stay({ ...state, cause: { is: 'start', delayMs: event.delayMs } });
    case 'drained':
      if (state.is !== 'draining') return stay(state);
      if (event.sight !== undefined && isLed(event.sight)) return to(STANDBY, 'follow');
      return to({ is: 'connecting', isNew: true, peer: DETACHED }, 'lead', 'connect');
    case 'connected':
      if (state.is !== 'connecting') return stay(state);
      return to({ is: 'leading', peer: state.peer }, 'announce');
    case 'ended':
      return ended(state, event.taken, event.notBefore);
    case 'stop':
      if (state.is === 'stopping' || state.is === 'stopped') return stay(state);
      return to({ is: 'stopping', role: roleOf(state), peer: peerOf(state) }, 'release');
    case 'released':
      if (state.is !== 'stopping') return stay(state);
      return to({ is: 'stopped', role: state.role }, 'leadNoMore');
    default:
      return heard(state, event);
  }
}

/** What a gateway of a pair is for others. Alone it leads, whatever its session does. */
export function roleOf(state: State): PairRole {
  if (state.is === 'standby' || state.is === 'draining') return 'standby';
  if (state.is === 'leading') return 'leading';
  if (state.is === 'stopping' || state.is === 'stopped') return state.role;
  return state.isNew && state.peer.is !== 'absent' ? 'claiming' : 'leading';
}

/** Undefined while this gateway does not lead. */
export function peerOf(state: State): Peer | undefined {
  return 'peer' in state ? state.peer : undefined;
}

/** Whether a message may be acknowledged whose entries are in this journal up to there. */
export function acknowledges(state: State, position: Position): 'now' | 'later' | 'never' {
  const peer = peerOf(state);
  if (peer === undefined) return 'never';
  if (peer.is === 'proving') return 'later';
  return peer.is === 'attached' && isBeyond(position, peer.have) ? 'later' : 'now';
}

function looked(state: State, now: number, sight: Sight | undefined): Step {
  if (state.is === 'away') {
    const isRested = now >= state.notBefore;
    const connect = () => {
      if (!isRested) return stay(state);
      return to({ is: 'connecting', isNew: state.isNew, peer: state.peer }, 'connect');
    };
    if (state.peer.is === 'absent') return connect();
    if (sight === undefined || !sight.sees) return stay(state);
    if (state.isNew ? !isLed(sight) : isStillMine(sight)) return connect();
    return to({ ...STANDBY, notBefore: state.notBefore }, 'leadNoMore', 'follow');
  }
  if (state.is !== 'standby' || sight === undefined) return stay(state);
  const cause: Cause = isLed(sight) ? { is: 'led' } : state.cause;
  const afterMs = claimAfterMs(sight, cause);
  if (afterMs === undefined) return stay({ ...state, cause, freeSince: undefined });
  const { freeSince = now, notBefore } = state;
  if (now < freeSince + afterMs || now < notBefore) return stay({ ...state, cause, freeSince });
  return to({ is: 'draining' }, 'drain');
}

function ended(state: State, taken: boolean, notBefore: number): Step {
  if (state.is !== 'connecting' && state.is !== 'leading') return stay(state);
  const { peer } = state;
  if (taken && peer.is !== 'absent') {
    return to({ ...STANDBY, cause: { is: 'taken' } }, 'leadNoMore', 'follow');
  }
  const isNew = state.is === 'connecting' && state.isNew;
  return stay({ is: 'away', isNew, notBefore, peer });
}

/** What the other gateway, or the broker about it, says to one that leads. */
function heard(
  state: State,
  event: Extract<SessionEvent, { type: 'have' | 'detached' | 'proved' }>,
): Step {
  const peer = peerOf(state);
  if (peer === undefined) return stay(state);
  const withPeer = (changed: Peer) => ({ ...state, peer: changed });
  if (event.type === 'proved') {
    return stay(peer.is === 'proving' ? withPeer(DETACHED) : state);
  }
  if (event.type === 'detached') {
    if (peer.is !== 'attached') return stay(state);
    return to(withPeer({ is: 'proving' }), 'detach', 'prove');
  }
  const { have, last } = event;
  if (peer.is === 'attached') return stay(withPeer({ is: 'attached', have }));
  // From the moment on in which it has everything, nothing is acknowledged without it.
  if (peer.is !== 'detached' || isBeyond(last, have)) return stay(state);
  return to(withPeer({ is: 'attached', have }), 'attach');
}

function stay(state: State): Step {
  return { state, effects: [] };
}

function to(state: State, ...effects: Effect[]): Step {
  return { state, effects };
}
