// A text in the room that there is: set smaller, but never below what can be read, and beyond that shortened. Pure.
import { textWidth } from '../chart/labels.ts';

export interface Fitted {
  readonly text: string;
  /** px */
  readonly size: number;
}

/** px: what is written on a plan with a text of `text` px is at least so large. */
export function leastOf(text: number): number {
  return Math.max(10, text * 0.78);
}

/**
 * `text` in `room` px, at most `most` and at least `least` px large. What is too long even so loses its middle ("SHE…0316":
 * both ends of a ticket tell it from others) or its end.
 */
export function fitText(
  text: string,
  room: number,
  { most, least }: { readonly most: number; readonly least: number },
  keep: 'ends' | 'start' = 'ends',
): Fitted {
  const wide = textWidth(text, 1);
  const size = Math.min(most, Math.max(Math.min(least, most), room / Math.max(1e-6, wide)));
  if (wide * size <= room + 0.5) return { text, size };
  const letters = [...text];
  for (let kept = letters.length - 1; kept > 0; kept--) {
    const tail = keep === 'ends' ? Math.ceil(kept / 2) : 0;
    const head = letters.slice(0, kept - tail).join('');
    const short = `${head}…${tail > 0 ? letters.slice(-tail).join('') : ''}`;
    if (textWidth(short, size) <= room) return { text: short, size };
  }
  return { text: '…', size };
}
