// Sizes of a window sign in CSS px, for the three shapes that hang above counters: wide, tall, and a bar.
import type { ScreenFace } from '../hall/view/common.ts';
import { fitsWarnings, typeScale, type FitsWarning, type Viewport } from '../screen/type.ts';
import { emWidth } from './layout.ts';
import { isStrip } from './strip-layout.ts';

export interface SignLayout {
  readonly shape: 'wide' | 'tall' | 'bar';
  readonly pad: number;
  /** the ticket, the window's label, the state's word */
  readonly hero: number;
  readonly window: number;
  readonly word: number;
  /** widths of a bar's outer columns */
  readonly left: number;
  readonly right: number;
  readonly label: number;
  readonly note: number;
  readonly ticketEm: number;
  readonly windowEm: number;
  /** so low that only window, number and state have a place */
  readonly strip: boolean;
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
  text: string,
  ticket = 'A000',
): SignLayout {
  const { least } = typeScale(face, viewport);
  const { width, height } = viewport;
  const shape = width / height >= BAR_RATIO ? 'bar' : height > width ? 'tall' : 'wide';
  const strip = isStrip(viewport);
  const unit = Math.min(width, height) / 100;
  // The number is read from afar; who serves and what for is read by those who stand at the counter.
  const label = { bar: strip ? 17 : 7.6, wide: 4.1, tall: 4.4 }[shape] * unit;
  const note = label * 0.68;
  const pad = (shape === 'bar' ? 6 : 4) * unit;
  const ticketEm = Math.min(TICKET_EM_MAX, Math.max(2.6, emWidth(ticket)));
  const windowEm = Math.min(WINDOW_EM_MAX, Math.max(1.27, emWidth(text)));
  const window = { bar: strip ? 50 : 44, wide: 19, tall: 28 }[shape] * unit;
  const left = shape === 'bar' ? Math.max(window * windowEm, label * 7.5) + pad * 1.6 : width;
  const right = strip ? label * 4.5 : shape === 'bar' ? Math.max(width * 0.25, label * 10) : width;
  const room = {
    bar: { width: width - left - right - pad * 1.8, height: height * 0.74 },
    wide: { width: width - pad * 3, height: height * 0.41 },
    tall: { width: width - pad * 2.8, height: height * 0.32 },
  }[shape];
  const hero = Math.min(room.width / ticketEm, room.height);
  return {
    shape,
    strip,
    pad,
    hero,
    window,
    word: { bar: strip ? 26 : 14, wide: 8.5, tall: 9 }[shape] * unit,
    left,
    right,
    label,
    note,
    ticketEm,
    windowEm,
    services: { bar: strip ? 0 : 2, wide: 4, tall: 6 }[shape],
    // Names are within arm's reach of whoever reads them: only the number can be too small.
    fits: fitsWarnings({ ...least, number: hero }, least, face.distance_m),
  };
}
