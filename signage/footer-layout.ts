// What stands below the calls of a board, in CSS px: the queues' lines, and the corner of those who were missed.
import type { Viewport } from '../screen/type-scale.ts';

export interface FooterLayout {
  /** height; 0 where there is neither a queue nor a missed number */
  readonly footer: number;
  readonly queueColumns: number;
  readonly queueRows: number;
  readonly queueLine: number;
  /** height of the page dots under the queues; 0 where all queues fit on one page */
  readonly queueTurns: number;
  /** width (CSS px) of a queue's name, and of its figures */
  readonly nameWidth: number;
  readonly waitWidth: number;
  readonly missedWidth: number;
  /** missed numbers that there is room for */
  readonly missedMost: number;
}

/** Page dots under the queues, in notes. */
const TURNS_NOTES = 0.9;
const QUEUE_ROWS_MAX = { landscape: 2, portrait: 6 } as const;
const QUEUE_COLUMNS_MAX = { landscape: 2, portrait: 1 } as const;
/** A name may be set so much smaller to fit; beyond that it gets a wider column. */
const NAME_SCALE_MIN = { zh: 0.78, en: 0.62 } as const;
/** Share of the screen's height that queues and missed numbers may take. */
const FOOTER_SHARE_MAX = { landscape: 0.29, portrait: 0.36 } as const;
/** A queue's figures: how many wait, and a band of three digits each. */
const WAIT_LABELS = 11.4;
/** Longer missed numbers are set smaller. */
export const MISSED_EM_MAX = 6.6;
/** Width of an English letter in running text, in em. */
export const LETTER_EM = 0.53;

export interface NameLength {
  readonly zh: number;
  readonly en: number;
}

interface FooterContent {
  readonly pad: number;
  readonly label: number;
  readonly note: number;
  /** Hanzi and English letters of each queue's name */
  readonly queues: readonly NameLength[];
  /** width in em of the widest missed number */
  readonly missedEm: number;
}

/** The footer of a board of this shape and type. */
export function footerLayout(
  shape: 'landscape' | 'portrait',
  { width, height }: Viewport,
  { pad, label, note, queues, missedEm }: FooterContent,
): FooterLayout {
  const portrait = shape === 'portrait';
  const missedWidth = portrait ? width - 2 * pad : label * 7.4;
  const queueWidth = portrait ? width - 2 * pad : width - 4 * pad - missedWidth;
  const waitWidth = label * WAIT_LABELS;
  const nameIn = (columns: number) =>
    (queueWidth - (columns - 1) * 2 * pad) / columns - waitWidth - pad * 0.5;
  const fits = ({ zh, en }: NameLength) =>
    zh * label * NAME_SCALE_MIN.zh <= nameIn(2) &&
    en * note * LETTER_EM * NAME_SCALE_MIN.en <= nameIn(2);
  const wanted = queues.every(fits) ? QUEUE_COLUMNS_MAX[shape] : 1;
  const queueColumns = Math.max(1, Math.min(wanted, queues.length));
  const queueLine = label * 1.18 + note * 1.22 + pad * 0.3;
  const missedStrip = portrait ? label * 1.5 + pad * 0.9 : 0;
  const room = height * FOOTER_SHARE_MAX[shape] - pad * 1.1 - missedStrip;
  const queueRows = clamp(
    Math.ceil(queues.length / queueColumns),
    1,
    Math.max(1, Math.min(QUEUE_ROWS_MAX[shape], Math.floor(room / queueLine))),
  );
  // The corner of the missed numbers is two lines high, whatever the queues need.
  const queueHeight = Math.max(queueRows, portrait ? 1 : 2) * queueLine;
  const each = label * 1.02 * Math.min(MISSED_EM_MAX, Math.max(2.6, missedEm)) + label * 0.77;
  const perLine = Math.max(1, Math.floor((missedWidth - (portrait ? label * 5 : 0)) / each));
  const queueTurns = queues.length > queueColumns * queueRows ? note * TURNS_NOTES : 0;
  const lines = portrait ? 1 : Math.floor((queueHeight - label * 1.35) / (label * 1.3));
  const isEmpty = queues.length === 0 && missedEm === 0;
  return {
    footer: isEmpty ? 0 : queueHeight + queueTurns + pad * 1.1 + missedStrip,
    queueColumns,
    queueRows,
    queueLine,
    queueTurns,
    nameWidth: nameIn(queueColumns),
    waitWidth,
    missedWidth,
    missedMost: Math.max(1, perLine * Math.max(1, lines)),
  };
}

/** Width (CSS px) of a name on two lines, Hanzi over English; an English letter is half an em. */
export function nameWidthOf(name: NameLength, label: number, note: number): number {
  return Math.max(name.zh * label, name.en * note * LETTER_EM);
}

export function clamp(value: number, least: number, greatest: number): number {
  return Math.min(greatest, Math.max(least, value));
}
