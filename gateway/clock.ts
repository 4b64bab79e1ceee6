// The gateway's one clock: the computer's time, which never runs backwards here, or a demo's time that runs faster.

export interface Clock {
  /** ms since 1970, integer; never less than before. A property, so that it may be handed on by itself. */
  readonly now: () => number;
  /** how many times faster than real this time runs; 1 but in a demo */
  readonly pace: number;
}

export interface GatewayClock extends Clock {
  /** No time before this one (ms since 1970) is given from now on: the journal has an entry of then. */
  notBefore(at: number): void;
  /** How far this clock is ahead of the computer's, ms: 0 unless the computer's was set back. */
  readonly aheadMs: number;
}

/** The computer's time and a steady count of ms; both may be replaced in tests. */
export interface TimeSource {
  wall(): number;
  steady(): number;
}

const COMPUTER: TimeSource = { wall: () => Date.now(), steady: () => performance.now() };

/** After the computer's clock was set back, this one runs so much slower until both agree. */
const SLOWER = 0.1;
/** A journal that ends further ahead was written by a clock that was wrong: its time is not gone on with. */
const FOLLOWED_MS = 86_400_000;
/** Smaller steps back are the computer's own adjustments. */
const STEP_MS = 1;

/**
 * @param pace ≥ 1 in a demo
 * @param origin ms since 1970 at which this clock and the real one agree; processes that share it share the time
 */
export function createClock(
  pace = 1,
  origin = Date.now(),
  source: TimeSource = COMPUTER,
): GatewayClock {
  const steadyClock = new SteadyClock(source);
  if (pace === 1) return steadyClock;
  return {
    now: () => Math.round(origin + (steadyClock.now() - origin) * pace),
    pace,
    notBefore() {},
    aheadMs: 0,
  };
}

/**
 * Follows the computer's clock forwards at once: the computer may have slept. Where that is set back, what was received is
 * still in order: this clock goes on from where it was, a little slower, until the computer's has caught up.
 */
class SteadyClock implements GatewayClock {
  readonly pace = 1;
  readonly #source: TimeSource;
  #time: number;
  #steady: number;
  #ahead = 0;

  constructor(source: TimeSource) {
    this.#source = source;
    this.#time = source.wall();
    this.#steady = source.steady();
  }

  readonly now = (): number => {
    const wall = this.#source.wall();
    const steady = this.#source.steady();
    const passed = Math.max(0, steady - this.#steady);
    this.#steady = steady;
    // Where the computer's clock was not set back, it has passed this one.
    const alone = this.#time + passed * (1 - SLOWER);
    this.#time = Math.max(wall, alone);
    this.#ahead = Math.max(0, this.#time - wall);
    return Math.trunc(this.#time);
  };

  notBefore(at: number): void {
    const now = this.now();
    if (at > now && at - now <= FOLLOWED_MS) this.#time = at;
  }

  get aheadMs(): number {
    return this.#ahead <= STEP_MS ? 0 : this.#ahead;
  }
}
