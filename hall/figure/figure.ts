// A figure and what stands behind it.

/** A ratio, a rate or a duration, and how many it was made of. */
export interface Figure {
  readonly value: number;
  readonly n: number;
}
