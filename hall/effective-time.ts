// When a signal happened by the gateway's clock: decided once, when the signal is accepted. SPEC §2.4, contract *Time*.
import { bitOf, NO_MARKS, type Marks } from './marks.ts';

/** A smaller difference of a device's clock is jitter and delay: nothing is taken off. */
export const CORRECTED_FROM_MS = 5_000;

export interface TimeClaim {
  /** `at` as the device sent it, ms since 1970; undefined where it sent none */
  readonly given: number | undefined;
  readonly receivedAt: number;
  /** how far the device's clock is ahead of the gateway's (negative: behind), ms; undefined while it is not known */
  readonly aheadMs: number | undefined;
  /** further back than this is not believed */
  readonly pastMs: number;
  /** the broker told it as a retained message */
  readonly retained: boolean;
}

export type EffectiveTime =
  | { readonly ok: true; readonly at: number; readonly marks: Marks }
  /** too far back, and no live event: a dead letter `past` */
  | { readonly ok: false; readonly behindMs: number };

/**
 * The effective time: `at` corrected by the device's clock difference, never after the arrival. What is too far back
 * counts as of its arrival, because a live call must be shown whatever its device believes; but a retained message, or
 * one of a device whose clock is known to be right, is history and is refused.
 */
export function effectiveTime(claim: TimeClaim): EffectiveTime {
  const { given, receivedAt, aheadMs, pastMs, retained } = claim;
  if (given === undefined) return { ok: true, at: receivedAt, marks: NO_MARKS };
  // A clock that was ahead and names a time that has come was set right meanwhile.
  const wasSetRight = aheadMs !== undefined && aheadMs > 0 && given <= receivedAt;
  const isWrong = aheadMs !== undefined && Math.abs(aheadMs) > CORRECTED_FROM_MS && !wasSetRight;
  const at = isWrong ? given - aheadMs : given;
  if (receivedAt - at > pastMs) {
    const isRight = aheadMs !== undefined && !isWrong;
    if (retained || isRight) return { ok: false, behindMs: receivedAt - at };
    return { ok: true, at: receivedAt, marks: bitOf('past') };
  }
  // After a correction the delays of the way remain: they are no clock that is ahead.
  if (isWrong) return { ok: true, at: Math.min(at, receivedAt), marks: bitOf('corrected') };
  if (at > receivedAt) return { ok: true, at: receivedAt, marks: bitOf('ahead') };
  return { ok: true, at, marks: NO_MARKS };
}
