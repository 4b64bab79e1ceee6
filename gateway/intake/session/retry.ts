/** When to connect again: soon after a fault, later after many, much later where another client took the session. */
import type { End } from './end.ts';

const backoffMs = { first: 200, most: 10_000 };
/** A connection that stood so long was a good one: the next fault is the first one again. */
const settledMs = 2_000;
const briefMs = 10_000;
/** Two gateways that take one session from each other by mistake do so more and more rarely, down to about once a minute. */
const takenMs = { first: 10_000, most: 60_000 };
const robbedMax = 2;
/** MQTT 5 §3.14.2.1: session taken over. */
export const SESSION_TAKEN = 0x8e;

export class Retry {
  readonly #guesses: boolean;
  #failures = 0;
  /** Connections in a row that stood and were closed without a word soon after. */
  #robbed = 0;
  /** Times in a row that another client took the session. */
  #taken = 0;

  /**
   * @param guesses Mosquitto 2.0 does not say who took the session: a connection that is closed without a word again and
   * again is taken for that, unless somebody else decides who may have it
   */
  constructor(guesses: boolean) {
    this.#guesses = guesses;
  }

  /** Whether it matters, for `isTaken`, if the broker is still there. */
  mayBeTaken(end: End, stoodMs: number): boolean {
    return this.#guesses && isWordless(end) && stoodMs < this.#robbedMs();
  }

  /**
   * Notes how a connection ended that stood for so long; true: another client took the session.
   * @param brokerGone nobody listened there right after the end: a broker that restarts closes without a word as well
   */
  isTaken(end: End, stoodMs: number, brokerGone: boolean): boolean {
    if (stoodMs >= settledMs) this.#failures = 0;
    const robbedMs = this.#robbedMs();
    if (stoodMs >= robbedMs) this.#taken = 0;
    const robbed = isWordless(end) && !brokerGone && stoodMs < robbedMs;
    this.#robbed = robbed ? this.#robbed + 1 : 0;
    if (end.why === 'told' && end.reasonCode === SESSION_TAKEN) return true;
    if (!this.#guesses || this.#robbed < (this.#taken === 0 ? robbedMax : 1)) return false;
    this.#robbed = 0;
    return true;
  }

  /** With jitter, so that the gateways of many halls do not come back at once. */
  delayMs(taken: boolean): number {
    const { first, most } = backoffMs;
    if (taken) this.#taken++;
    // Taking a session back at once from one that has just taken it helps neither.
    const rising = taken ? this.#takenMs() : Math.min(most, first * 2 ** this.#failures);
    this.#failures++;
    return rising * (0.5 + Math.random() / 2);
  }

  /** The other one, having been robbed itself, comes back as late as this one does. */
  #robbedMs(): number {
    return this.#taken === 0 ? briefMs : 2 * this.#takenMs();
  }

  /** Who is told when it may connect waits for that, and no longer. */
  #takenMs(): number {
    const { first, most } = takenMs;
    return this.#guesses ? Math.min(most, first * 2 ** (this.#taken - 1)) : first;
  }
}

/** Closed at the other end, which said nothing. */
function isWordless(end: End): boolean {
  return end.why === 'closed' && end.error === undefined;
}
