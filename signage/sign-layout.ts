// Sizes of a window sign in CSS px, for the three shapes that hang above counters: wide, tall, and a bar.
import type { ScreenFace } from '../hall/view/common.ts';
import { fitsWarnings, typeScale, type FitsWarning, type Viewport } from '../screen/type-scale.ts';
import { emWidth } from './layout.ts';
import { isStrip } from './strip-layout.ts';

export interface SignLayout {
  readonly shape: 'wide' | 'tall' | 'bar';
  readonly pad: number;
  /** the ticket, the window's label, the state's text */
  readonly hero: number;
  readonly window: number;
  readonly stateText: number;
  /** the state's text where no ticket stands above it */
  readonly alone: number;
  /** widths of a bar's outer columns */
  readonly left: number;
  readonly right: number;
  readonly label: number;
  readonly note: number;
  readonly ticketEm: number;
  readonly windowEm: number;
  /** so low that only window, number and state have a place */
  readonly strip: boolean;
  /** hardly higher than wide: what is read at arm's length alone is left out */
  readonly squat: boolean;
  /** services that there is room for */
  readonly services: number;
  /** where those who wait for this window stand: a bar has room for their count alone, a strip for nothing */
  readonly queue: 'header' | 'count' | 'none';
  readonly fits: readonly FitsWarning[];
}

const BAR_RATIO = 2.6;
const TICKET_EM_MAX = 4.6;
const WINDOW_EM_MAX = 2.8;
/** Widest window label of a tall sign, in hundredths of its width: the department stands beside it. */
const TALL_WINDOW = 47;
/** A tall sign that is hardly higher than wide has room for two services. */
const SQUAT_RATIO = 1.5;

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
  const window =
    { bar: strip ? 50 : 44, wide: 19, tall: Math.min(28, TALL_WINDOW / windowEm) }[shape] * unit;
  const squat = shape === 'tall' && height / width < SQUAT_RATIO;
  const services = { bar: strip ? 0 : 1, wide: 4, tall: squat ? 2 : 6 }[shape];
  const left = shape === 'bar' ? Math.max(window * windowEm, label * 7.5) + pad * 1.6 : width;
  const right = strip ? label * 4.5 : shape === 'bar' ? Math.max(width * 0.25, label * 10) : width;
  const room = {
    bar: { width: width - left - right - pad * 1.8, height: height * 0.74 },
    wide: { width: width - pad * 3, height: height * 0.385 },
    tall: { width: width - pad * 2.8, height: tallRoom(height, { pad, label, window, services }) },
  }[shape];
  const hero = Math.min(room.width / ticketEm, room.height);
  const stateText = { bar: strip ? 26 : 14, wide: 8.5, tall: squat ? 6.6 : 9 }[shape] * unit;
  return {
    shape,
    strip,
    pad,
    hero,
    window,
    stateText,
    alone: stateText * (squat ? 1.6 : 2),
    left,
    right,
    label,
    note,
    ticketEm,
    windowEm,
    squat,
    services,
    queue: strip ? 'none' : shape === 'bar' ? 'count' : 'header',
    // Names are within arm's reach of whoever reads them: only the number can be too small.
    fits: fitsWarnings({ ...least, number: hero }, least, face.distance_m),
  };
}

/** Height that head, state, staff, services and clock of a tall sign leave to the number. */
function tallRoom(
  height: number,
  sizes: {
    readonly pad: number;
    readonly label: number;
    readonly window: number;
    readonly services: number;
  },
): number {
  const { pad, label, window, services } = sizes;
  const header = window * 0.88 + label * 1.75 + pad * 2.2;
  const lines = Math.ceil(services / 2) + 1;
  const footer = label * (4.6 + lines * 1.11 + 1.6) + pad * 3.8;
  const ageAndState = label * 0.68 * 2.2 + label * 2.5;
  return (height - header - footer - ageAndState) * 0.94;
}
