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
import { fitsWarnings, typeScale, type FitsWarning, type Viewport } from '../screen/type-scale.ts';

export interface BoardContent {
  /** widths in em that a ticket and a window label take: `columnEm` */
  readonly ticketEm: number;
  readonly windowEm: number;
  /** the queues' names: Hanzi and English letters in each */
  readonly queues: readonly NameLength[];
  /** width in em of the widest missed number; 0 without any */
  readonly missedEm?: number;
}

export interface BoardLayout {
  readonly portrait: boolean;
  /** the large call over the list instead of beside it; in one line where the screen is wide */
  readonly stacked: boolean;
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
  /** heights of the heads over the list, and of the page dots beneath it */
  readonly head: number;
  readonly turns: number;
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
/** On boards of other zones floor and zone stand in the arrow's place: their width in labels, the space around it in em. */
const PLACE_LABELS = 4.6;
const PLACE_GAPS_EM = 0.45;
/** A comfortable row's font is at least so much larger than the densest. */
const AIRY_MIN = 1.1;
/** Round figures are painted so much higher than straight ones of the same font. */
const ROUND_FIGURES = 0.97;
/** A row's arrow, or its state word, with the space around it, in em of the number font. */
const MIDDLE_EM = 0.95;
const EM_WIDTHS: readonly (readonly [RegExp, number])[] = [
  [/[0-9]/, 0.595],
  [/[-:.·]/, 0.375],
  [/[MWmw]/, 0.97],
  [/[DGHNOQU]/, 0.775],
  [/[A-Z]/, 0.69],
  [/[a-z]/, 0.62],
  [/[\u2E80-\uFFFF]/, 1],
];
/** Line height of the large call's two lines, which hold capitals only, and the widest share of the height it takes. */
const HERO_LINES_EM = 1.78;
const HERO_LINE_EM = 0.9;
/** Least and greatest width in em of a column: four characters of a ticket, two of a window, and not twice that. */
const TICKET_EM = [2.6, 4.2] as const;
const WINDOW_EM = [1.2, 2.6] as const;

/** The large one stands at least so much above comfortable rows. */
const HERO_TO_ROW = 1.5;
/** The list's heads, in notes. */
const HEAD_NOTES = 1.5;
/** The page dots under the list, in notes: kept free on a board of one page too, so that no row moves for them. */
const TURNS_NOTES = 1.15;
/** Of a line of numbers, which is set for capitals and figures, Hanzi and small letters take so much to stay inside. */
const TALL_FIT = 0.82;
/** Share of the width that the list may take beside the large call. */
const LIST_SHARE = { least: 0.42, most: 0.62 } as const;

interface Frame {
  readonly width: number;
  readonly main: { readonly width: number; readonly height: number };
  readonly pad: number;
  readonly label: number;
  readonly note: number;
  readonly unit: number;
  readonly rowEm: number;
  readonly ticketEm: number;
  readonly windowEm: number;
}

interface Arrangement {
  readonly stacked: boolean;
  readonly list: number;
  readonly listHeight: number;
  readonly hero: number;
  readonly heroHeight: number;
  readonly heroWidth: number;
}

/** The list beside the large call: as wide as its numbers ask, narrower where the large one would be the smaller. */
function beside(
  frame: Frame,
  sizes: { readonly number: number; readonly least: number },
): Arrangement {
  const { width, main, pad, rowEm } = frame;
  const arrange = (wanted: number): Arrangement => {
    const list = clamp(wanted * rowEm, main.width * LIST_SHARE.least, main.width * LIST_SHARE.most);
    const heroWidth = width - list - pad * 2.6;
    const room = { width: heroWidth - pad, height: main.height };
    const hero = heroIn(frame, room, 'two lines');
    const listHeight = main.height - pad * 0.2;
    return { stacked: false, list, listHeight, hero, heroHeight: main.height, heroWidth };
  };
  const wide = arrange(sizes.number * 1.02);
  const narrow = arrange(Math.min(sizes.number, sizes.least) * 1.01);
  return wide.hero >= (wide.list / rowEm) * HERO_TO_ROW ? wide : narrow;
}

/** The large call over the list. */
function over(frame: Frame, lines: 'one line' | 'two lines'): Arrangement {
  const { main, pad } = frame;
  const heroHeight = main.height * (lines === 'one line' ? 0.44 : 0.5);
  const hero = heroIn(frame, { width: main.width - pad, height: heroHeight }, lines);
  const listHeight = main.height - heroHeight - pad;
  const list = main.width;
  return { stacked: true, list, listHeight, hero, heroHeight, heroWidth: main.width };
}

function heroIn(
  { ticketEm, windowEm, label, note, pad, unit }: Frame,
  room: { readonly width: number; readonly height: number },
  lines: 'one line' | 'two lines',
): number {
  const words = label * 2.6 + note * 1.3 + pad * 0.8;
  const beside = label * UNIT_LABELS;
  /** The font of a line with `before` em, the window and its arrow or place, whichever needs the more. */
  const wayIn = (width: number, before: number) => {
    const em = before + windowEm;
    const withPlace = (width - beside - label * PLACE_LABELS) / (em + PLACE_GAPS_EM);
    return Math.min((width - beside) / (em + HERO_ARROW_EM), withPlace);
  };
  if (lines === 'one line') {
    const fits = wayIn(room.width - pad * 2, ticketEm);
    const above = label * 1.35 + pad * 0.9;
    return Math.min(fits, (room.height - above) / HERO_LINE_EM, 44 * unit);
  }
  const fits = Math.min(room.width / ticketEm, wayIn(room.width, 0));
  return Math.min(fits, (room.height - words) / HERO_LINES_EM, 44 * unit);
}

/** Readable from afar first, then the larger call. */
function better(
  side: Arrangement,
  stack: Arrangement,
  rowEm: number,
  { number, least }: { readonly number: number; readonly least: number },
): Arrangement {
  const score = ({ hero, list, listHeight }: Arrangement) => {
    const dense = Math.min(number, list / rowEm, hero);
    const readable = Math.min(1, dense / least);
    const rows = listHeight >= dense ? 0 : -1;
    return readable * 4 + Math.min(HERO_TO_ROW, hero / dense) + rows;
  };
  return score(stack) > score(side) + 0.3 ? stack : side;
}

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
  const below = footerLayout(shape, viewport, {
    pad,
    label,
    note,
    queues: content.queues,
    missedEm: content.missedEm ?? 0,
  });
  const { footer } = below;
  const main = { width: width - 2 * pad, height: height - header - footer };
  const { ticketEm, windowEm } = content;
  const rowEm = ticketEm + MIDDLE_EM + windowEm + 0.05;
  const frame = { width, main, pad, label, note, unit, rowEm, ticketEm, windowEm };
  const sizes = { number: size.number, least: least.number };
  const { list, hero, heroHeight, heroWidth, listHeight, stacked } = portrait
    ? over(frame, 'two lines')
    : better(beside(frame, sizes), over(frame, 'one line'), rowEm, sizes);
  // A number in the list is never larger than the one just called, whichever of the two has the rounder figures.
  const dense = Math.min(size.number, list / rowEm, hero * ROUND_FIGURES);
  const columns = Math.max(1, Math.min(3, Math.floor((list + pad) / (dense * rowEm + pad))));
  const airy = Math.min(dense * 1.25, list / rowEm, Math.max(dense, hero / HERO_TO_ROW));
  // Where the width leaves no larger font, more air alone is not worth a row.
  const comfort = airy > dense * AIRY_MIN ? airy : dense;
  const comfortEm = comfort === dense ? ROW_EM.dense : ROW_EM.comfort;
  const head = note * HEAD_NOTES;
  const turns = note * TURNS_NOTES;
  const rows = (font: number, em: number) =>
    Math.max(1, Math.floor((listHeight - head - turns) / (font * em)));
  const dimensions = { hero, number: dense, label, note };
  return {
    portrait,
    stacked,
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
    head,
    turns,
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

/** The same for a line of large numbers, whose height has no room for what reaches below the baseline. */
export function fitInLine(text: string, em: number): number {
  return Math.min(fitIn(text, em), /[^0-9A-Z.:·-]/.test(text) ? TALL_FIT : 1);
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
