// The gateway's one clock: real time, or a demo's time that runs faster from an origin on.

export interface Clock {
  /** ms since 1970, integer */
  now(): number;
  /** how many times faster than real this time runs; 1 but in a demo */
  readonly pace: number;
}

/**
 * @param pace ≥ 1 in a demo
 * @param origin ms since 1970 at which this clock and the real one agree; processes that share it share the time
 */
export function createClock(pace = 1, origin = Date.now()): Clock {
  if (pace === 1) return { now: () => Date.now(), pace };
  return { now: () => Math.round(origin + (Date.now() - origin) * pace), pace };
}
