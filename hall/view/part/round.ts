// Figures as they are shown: with so many digits that noise is no news.
import type { Figure } from '../../figure.ts';

export function round(value: number, digits: number): number {
  const scale = 10 ** digits;
  return Math.round(value * scale) / scale;
}

/** A share, to three digits. */
export function rounded({ value, n }: Figure): Figure {
  return { value: round(value, 3), n };
}
