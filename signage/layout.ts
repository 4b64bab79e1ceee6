// Where a call board's parts go and how large they are, from the screen's type scale and what has to be shown: numbers
// in CSS px, no DOM. The stylesheet only puts them in place.
import type { ScreenFace } from '../hall/view/board.ts';
import { fitsWarnings, typeScale, type FitsWarning, type Viewport } from '../screen/type.ts';

export interface BoardContent {
  readonly tickets: readonly string[];
  /** window labels */
  readonly windows: readonly string[];
  readonly queues: number;
  /** Hanzi in the longest queue name */
  readonly queueNameLength: number;
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
  readonly footer: number;
  /** width of the list, height of the large call in portrait */
  readonly list: number;
  readonly heroHeight: number;
  readonly columns: number;
  readonly room: { readonly comfort: number; readonly max: number };
  readonly queueColumns: number;
  readonly queueRows: number;
  readonly missed: number;
  readonly fits: readonly FitsWarning[];
}

/** Row height in em of its number font. */
const ROW_EM = { comfort: 1.32, dense: 1.06 } as const;
/** An arrow with its space, and a row's state word, in em of the number font. */
const ARROW_EM = 1.15;
const STATE_EM = 0.95;
const QUEUE_ROWS_MAX = 2;
/** Least and greatest width in em of a column: four characters of a ticket, two of a window, and not twice that. */
const TICKET_EM = [2.76, 4.2] as const;
const WINDOW_EM = [1.34, 2.4] as const;

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
  const header = Math.max(label * 1.3 + note * 1.5, 9 * unit) + pad * 0.9;
  const queueColumns = queueColumnsOf(portrait, content);
  const queueRowsMax = portrait ? 5 : QUEUE_ROWS_MAX;
  const queueRows = Math.min(queueRowsMax, Math.ceil(Math.max(1, content.queues) / queueColumns));
  const queueLine = label * 1.28 + note * 1.42 + pad * 0.42;
  const missedStrip = portrait ? label * 1.6 + note * 1.6 + pad * 0.5 : 0;
  const footer = queueRows * queueLine + pad * 1.1 + missedStrip;
  const main = { width: width - 2 * pad, height: height - header - footer };
  const ticketEm = columnEm(content.tickets, TICKET_EM);
  const windowEm = columnEm(content.windows, WINDOW_EM);
  const rowEm = ticketEm + ARROW_EM + windowEm + STATE_EM;
  const list = portrait
    ? main.width
    : clamp(size.number * 1.12 * rowEm, main.width * 0.4, main.width * 0.52);
  const heroHeight = portrait ? main.height * 0.46 : main.height;
  const listHeight = portrait ? main.height - heroHeight - pad : main.height - pad * 0.6;
  const heroWidth = portrait ? main.width : main.width - list - 2 * pad;
  const heroEm = Math.max(ticketEm, windowEm + 2.1);
  const hero = Math.min(
    (heroWidth - pad) / heroEm,
    (heroHeight - label * 1.5 - note * 3.4 - pad) / 2.15,
    44 * unit,
  );
  const titles = note * 1.9;
  const dense = Math.min(size.number, list / rowEm);
  const columns = Math.max(1, Math.min(3, Math.floor(list / (dense * rowEm + pad))));
  const comfort = Math.min(dense * 1.25, list / rowEm);
  const rows = (font: number, em: number) =>
    Math.max(1, Math.floor((listHeight - titles) / (font * em)));
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
    footer,
    list,
    heroHeight,
    columns,
    room: {
      comfort: rows(comfort, ROW_EM.comfort),
      max: rows(dense, ROW_EM.dense) * columns,
    },
    queueColumns,
    queueRows,
    missed: missedStrip,
    fits: fitsWarnings(dimensions, least, face.distance_m),
  };
}

/** Width in em of a ticket or window label in the numbers' face: tabular digits, wider capitals, square Hanzi. */
export function emWidth(text: string): number {
  let width = 0;
  for (const character of text) {
    if (/[0-9]/.test(character)) width += 0.67;
    else if (/[MW]/.test(character)) width += 0.9;
    else if (/[A-Z]/.test(character)) width += 0.74;
    else if (/[\u2E80-\uFFFF]/.test(character)) width += 1;
    else width += 0.6;
  }
  return width;
}

/** How much smaller `text` must be set to fit into `em`: 1 where it fits. */
export function fitIn(text: string, em: number): number {
  return Math.min(1, em / emWidth(text));
}

/** Rounded up, so that the columns do not change with every call. */
function columnEm(texts: readonly string[], [least, greatest]: readonly [number, number]): number {
  const widest = Math.max(0, ...texts.map(emWidth));
  return Math.min(greatest, Math.max(least, Math.ceil(widest * 1.5) / 1.5));
}

function queueColumnsOf(portrait: boolean, content: BoardContent): number {
  if (portrait) return 1;
  const most = content.queueNameLength > 8 ? 2 : 3;
  return Math.max(1, Math.min(most, content.queues));
}

function clamp(value: number, least: number, greatest: number): number {
  return Math.min(greatest, Math.max(least, value));
}
