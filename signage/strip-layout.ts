// A strip's one line in CSS px: a very wide screen has room for a sentence, as large as it goes. No DOM.
import type { BoardCall } from '../hall/view/board.ts';
import type { Name, Notice } from '../hall/view/common.ts';
import type { Viewport } from '../screen/type-scale.ts';
import { emWidth } from './layout.ts';

export const STRIP_RATIO = 5;
/** Words beside numbers, in em of the numbers. */
export const WORD_EM = 0.62;
const NUMBER_SHARE = 0.82;
const WORD_SHARE = 0.5;
const GAP_EM = 0.3;
/** The clock, and what stands before it, with the space around each: in heights of the strip, as painted. */
const CLOCK = 1.1;
const DEMO = 1.15;
const AGE = 2.5;
/** The padding of both sides, and what has to be free between the words and the clock. */
const AROUND = 0.45;
/** One line of words with its English beneath, in heights of the strip; the English in em of the words. */
const LINE = 0.42;
const LINE_ENGLISH_EM = 0.58;
const LETTER_EM = 0.56;

export function isStrip({ width, height }: Viewport): boolean {
  return width / height >= STRIP_RATIO;
}

/** Width of the clock and the marks before it. */
export function marksWidth(
  { height }: Viewport,
  { demo, old }: { readonly demo: boolean; readonly old: boolean },
): number {
  return height * (CLOCK + (demo ? DEMO : 0) + (old ? AGE : 0));
}

/** Font of words in one line, their English beneath it. */
export function wordsFont({ width, height }: Viewport, { zh, en }: Name, marks: number): number {
  const em = Math.max(zh.length, (en?.length ?? 0) * LINE_ENGLISH_EM * LETTER_EM);
  return Math.min(height * LINE, (width - marks - height * AROUND) / em);
}

/** Number font of the sentence "A012 请到 2 楼 3 号窗口" beside the clock. */
export function sentenceFont({ width, height }: Viewport, call: BoardCall, marks: number): number {
  const words = ['请到', call.floorName?.zh ?? '', '号窗口'].join('').length;
  const em = emWidth(call.ticket) + emWidth(call.label) + words * WORD_EM + GAP_EM * 4;
  return Math.min(height * NUMBER_SHARE, (width - marks - height * AROUND) / em);
}

/** A notice in lines that fit, each as long as it can be read in `font` px. */
export function noticeLines(
  { width, height }: Viewport,
  { title, body }: Notice,
  marks: number,
): { readonly font: number; readonly lines: readonly string[] } {
  const font = height * WORD_SHARE;
  const letters = Math.max(4, Math.floor((width - marks - height * AROUND) / font));
  const text = [...(body ? `${title.zh}：${body.zh}` : title.zh)];
  const count = Math.max(1, Math.ceil(text.length / letters));
  // Lines of about one length: no last one of a single letter.
  const each = Math.ceil(text.length / count);
  const lines = Array.from({ length: count }, (_, n) =>
    text.slice(n * each, (n + 1) * each).join(''),
  );
  return { font, lines };
}
