// Sizes of a window sign in CSS px, for the three shapes that hang above counters: wide, tall, and a bar.
import type { ScreenFace } from '../hall/view/board.ts';
import { fitsWarnings, typeScale, type FitsWarning, type Viewport } from '../screen/type.ts';
import { emWidth } from './layout.ts';

export interface SignLayout {
  readonly shape: 'wide' | 'tall' | 'bar';
  readonly pad: number;
  /** the ticket, the window's label, the state's word */
  readonly hero: number;
  readonly window: number;
  readonly word: number;
  readonly label: number;
  readonly note: number;
  readonly ticketEm: number;
  readonly windowEm: number;
  /** services that there is room for */
  readonly services: number;
  readonly fits: readonly FitsWarning[];
}

const BAR_RATIO = 2.6;
const TICKET_EM_MAX = 4.6;
const WINDOW_EM_MAX = 2.8;

/** The layout of `face` in a page of `viewport` CSS px, for this window label and ticket. */
export function signLayout(
  face: ScreenFace,
  viewport: Viewport,
  label: string,
  ticket = 'A000',
): SignLayout {
  const { size, least } = typeScale(face, viewport);
  const { width, height } = viewport;
  const shape = width / height >= BAR_RATIO ? 'bar' : height > width ? 'tall' : 'wide';
  const unit = Math.min(width, height) / 100;
  // A bar is low: what would be small on it in hundredths of its height is not small on the wall.
  const words = shape === 'bar' ? 1.9 : 1.15;
  const pad = (shape === 'bar' ? 6 : 4) * unit;
  const ticketEm = Math.min(TICKET_EM_MAX, Math.max(2.76, emWidth(ticket)));
  const windowEm = Math.min(WINDOW_EM_MAX, Math.max(1.34, emWidth(label)));
  const room = {
    bar: { width: width * 0.7 - pad * 3 - unit * 40 * windowEm, height: height * 0.62 },
    wide: { width: width - pad * 3, height: height * 0.44 },
    tall: { width: width - pad * 2.8, height: height * 0.3 },
  }[shape];
  const hero = Math.min(room.width / ticketEm, room.height);
  const window = { bar: 40, wide: 19, tall: 28 }[shape] * unit;
  const labelPx = Math.min(size.label * words, 9.5 * unit);
  const notePx = Math.min(size.note * words, 6 * unit);
  return {
    shape,
    pad,
    hero,
    window,
    word: { bar: 15, wide: 9, tall: 9 }[shape] * unit,
    label: labelPx,
    note: notePx,
    ticketEm,
    windowEm,
    services: { bar: 3, wide: 6, tall: 8 }[shape],
    fits: fitsWarnings(
      { hero, number: hero, label: labelPx, note: notePx },
      least,
      face.distance_m,
    ),
  };
}
