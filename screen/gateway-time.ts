// The gateway's time on a page, from the `now` of its messages and the page's monotonic clock. The screen's own clock
// and time zone never matter: they may be wrong, or stepped back, and nothing on the screen changes.

/** A message is never early, so the greatest `now − elapsed` seen is nearest to the truth; it may sink by this much. */
const DRIFT_MS_PER_S = 1;
/** On a new connection, a sample further back than this is no late message: the gateway's clock was set. */
const STEP_MS = 1_000;

export class GatewayTime {
  #pace = 1;
  #offset: number | undefined;
  #sampledAt = 0;
  #connecting = true;

  /** `true` once a message has told the time. */
  get known(): boolean {
    return this.#offset !== undefined;
  }

  /**
   * Takes a message's `now` (ms since 1970), heard at `monotonic` (ms of the page's monotonic clock). `pace`: how many
   * ms pass at the gateway in one of the page's (1 but in a demo).
   */
  sample(now: number, monotonic: number, pace = this.#pace): void {
    const offset = now - monotonic * pace;
    const previous = this.#offset;
    const same = previous !== undefined && pace === this.#pace;
    const floor = same
      ? previous - (DRIFT_MS_PER_S * pace * (monotonic - this.#sampledAt)) / 1_000
      : offset;
    const steppedBack = this.#connecting && floor - offset > STEP_MS * pace;
    this.#offset = steppedBack ? offset : Math.max(floor, offset);
    this.#connecting = false;
    this.#pace = pace;
    this.#sampledAt = monotonic;
  }

  /** The next sample is a new connection's first one: nothing can have held it up for long. */
  connecting(): void {
    this.#connecting = true;
  }

  /** How long (ms of the page) a message with this `now`, heard at `monotonic`, was held up on its way. */
  lateness(now: number, monotonic: number): number {
    return Math.max(0, this.at(monotonic) - now) / this.#pace;
  }

  /** The gateway's time (ms since 1970) at `monotonic`; 0 while no message has told it. */
  at(monotonic: number): number {
    return this.#offset === undefined ? 0 : this.#offset + monotonic * this.#pace;
  }

  get pace(): number {
    return this.#pace;
  }
}
