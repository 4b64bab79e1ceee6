// Where a call board's parts go and how large they are, from the screen's type scale and what has to be shown: numbers
// in CSS px, no DOM. The stylesheet only puts them in place.
import type { Notice, ScreenFace } from '../hall/view/common.ts';
import {
  clamp,
  footerLayout,
  LETTER_EM,
  type FooterLayout,
  type NameLength,
} from './footer-layout.ts';
import { fitsWarnings, typeScale, type FitsWarning, type Viewport } from '../screen/type.ts';

export interface BoardContent {
  /** widths in em that a ticket and a window label take: `columnEm` */
  readonly ticketEm: number;
  readonly windowEm: number;
  /** the queues' names: Hanzi and English letters in each */
  readonly queues: readonly NameLength[];
}

export interface BoardLayout {
  readonly portrait: boolean;
  /** widths in em that rows and the large call give to a ticket and a window label; longer ones are set smaller */
  readonly ticketEm: number;
  readonly windowEm: number;
  readonly pad: number;
  readonly hero: number;
  /** number font of a row: comfortable and densest */
  readonly comfort: number;
  readonly dense: number;
  readonly label: number;
  readonly note: number;
  readonly header: number;
  /** width of the list, height of the large call in portrait */
  readonly list: number;
  readonly heroHeight: number;
  /** room for a line of the large call */
  readonly heroWidth: number;
  /** what an idle board's notices have */
  readonly notices: { readonly width: number; readonly height: number };
  readonly columns: number;
  readonly room: { readonly comfort: number; readonly max: number };
  readonly below: FooterLayout;
  readonly fits: readonly FitsWarning[];
}

/** Row height in em of its number font. */
const ROW_EM = { comfort: 1.12, dense: 1 } as const;
/** Beside the large window's label: the arrow with its space, in em, and 号窗口 in labels. */
const HERO_ARROW_EM = 1.1;
const UNIT_LABELS = 2.5;
/** A comfortable row's font is at least so much larger than the densest. */
const AIRY_MIN = 1.1;
/** A row's arrow, or its state word, with the space around it, in em of the number font. */
const MIDDLE_EM = 0.95;
const EM_WIDTHS: readonly (readonly [RegExp, number])[] = [
  [/[0-9]/, 0.633],
  [/[-:.·]/, 0.38],
  [/[MW]/, 0.89],
  [/[DGHNOQU]/, 0.76],
  [/[A-Z]/, 0.69],
  [/[a-z]/, 0.62],
  [/[\u2E80-\uFFFF]/, 1],
];
/** Line height of the large call's two lines, which hold capitals only, and the widest share of the height it takes. */
const HERO_LINES_EM = 1.78;
/** Least and greatest width in em of a column: four characters of a ticket, two of a window, and not twice that. */
const TICKET_EM = [2.6, 4.2] as const;
const WINDOW_EM = [1.27, 2.4] as const;

/** The layout of a call board `face` in a page of `viewport` CSS px. */
export function boardLayout(
  face: ScreenFace,
  viewport: Viewport,
  content: BoardContent,
): BoardLayout {
  const { size, least } = typeScale(face, viewport);
  const { width, height } = viewport;
  const portrait = height > width;
  const unit = Math.min(width, height) / 100;
  const pad = 3.2 * unit;
  const { label, note } = size;
  const shape = portrait ? 'portrait' : 'landscape';
  const headline = Math.max(label * 1.25 + note * 1.3, 9 * unit) + pad * 0.7;
  const header = portrait ? headline + label * 1.6 + pad * 0.4 : headline;
  const below = footerLayout(shape, viewport, { pad, label, note, queues: content.queues });
  const { footer } = below;
  const main = { width: width - 2 * pad, height: height - header - footer };
  const { ticketEm, windowEm } = content;
  const rowEm = ticketEm + MIDDLE_EM + windowEm + 0.05;
  const list = portrait
    ? main.width
    : clamp(size.number * 1.02 * rowEm, main.width * 0.42, main.width * 0.6);
  const heroHeight = portrait ? main.height * 0.5 : main.height;
  const listHeight = portrait ? main.height - heroHeight - pad : main.height - pad * 0.2;
  const heroWidth = portrait ? main.width : width - list - pad * 2.6;
  const hero = Math.min(
    (heroWidth - pad) / ticketEm,
    (heroWidth - pad - label * UNIT_LABELS) / (windowEm + HERO_ARROW_EM),
    (heroHeight - label * 2.6 - note * 1.3 - pad * 0.8) / HERO_LINES_EM,
    44 * unit,
  );
  const dense = Math.min(size.number, list / rowEm);
  const columns = Math.max(1, Math.min(3, Math.floor((list + pad) / (dense * rowEm + pad))));
  const airy = Math.min(dense * 1.25, list / rowEm);
  // Where the width leaves no larger font, more air alone is not worth a row.
  const comfort = airy > dense * AIRY_MIN ? airy : dense;
  const comfortEm = comfort === dense ? ROW_EM.dense : ROW_EM.comfort;
  const rows = (font: number, em: number) => Math.max(1, Math.floor(listHeight / (font * em)));
  const dimensions = { hero, number: dense, label, note };
  return {
    portrait,
    ticketEm,
    windowEm,
    pad,
    hero,
    comfort,
    dense,
    label,
    note,
    header,
    list,
    heroHeight,
    heroWidth: heroWidth - pad,
    notices: portrait
      ? { width: main.width - pad, height: main.height * 0.55 }
      : { width: main.width / 2 - pad * 2.5, height: main.height - pad * 2 },
    columns,
    room: {
      comfort: rows(comfort, comfortEm),
      max: rows(dense, ROW_EM.dense) * columns,
    },
    below,
    fits: fitsWarnings(dimensions, least, face.distance_m),
  };
}

/** Width in em of a ticket or window label in the numbers' face, at its boldest: figures as measured, Hanzi square. */
export function emWidth(text: string): number {
  let width = 0;
  for (const character of text) width += EM_WIDTHS.find(([set]) => set.test(character))?.[1] ?? 0.7;
  return width;
}

/** How much smaller `text` must be set to fit into `em`: 1 where it fits. */
export function fitIn(text: string, em: number): number {
  return Math.min(1, em / emWidth(text));
}

/** Width in em of a column for these tickets or window labels, rounded up so that it does not change with every call. */
export function columnEm(kind: 'ticket' | 'window', texts: readonly string[]): number {
  const [least, greatest] = kind === 'ticket' ? TICKET_EM : WINDOW_EM;
  const widest = Math.max(0, ...texts.map(emWidth));
  return Math.min(greatest, Math.max(least, Math.ceil(widest * 5) / 5));
}

/** Notices in pages, as many on each as the room (CSS px) holds; lines are counted, not measured. */
export function noticePages(
  notices: readonly Notice[],
  room: { readonly width: number; readonly height: number },
  label: number,
  note: number,
): readonly (readonly Notice[])[] {
  const pages: Notice[][] = [];
  let left = 0;
  for (const notice of notices) {
    const zh = Math.ceil(((notice.body?.zh.length ?? 0) * label * 0.85) / room.width);
    const en = Math.ceil(((notice.body?.en?.length ?? 0) * note * LETTER_EM) / room.width);
    const height = label * 1.4 + zh * label * 1.25 + en * note * 1.5 + label * 1.2;
    if (pages.length === 0 || height > left) {
      pages.push([]);
      left = room.height;
    }
    pages.at(-1)?.push(notice);
    left -= height;
  }
  return pages;
}
