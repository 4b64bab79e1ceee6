// A strip's one line in CSS px: very wide glass has room for a sentence, as large as it goes. No DOM.
import type { BoardCall } from '../hall/view/board.ts';
import type { Notice } from '../hall/view/common.ts';
import type { Viewport } from '../screen/type.ts';
import { emWidth } from './layout.ts';

export const STRIP_RATIO = 5;
/** Words beside numbers, in em of the numbers. */
export const WORD_EM = 0.62;
const NUMBER_SHARE = 0.82;
const WORD_SHARE = 0.5;
const GAP_EM = 0.3;

export function isStrip({ width, height }: Viewport): boolean {
  return width / height >= STRIP_RATIO;
}

/** Number font of the sentence "A012 请到 2 楼 3 号窗口" beside the clock. */
export function sentenceFont({ width, height }: Viewport, call: BoardCall, clock: number): number {
  const words = ['请到', call.floorName?.zh ?? '', '号窗口'].join('').length;
  const em = emWidth(call.ticket) + emWidth(call.label) + words * WORD_EM + GAP_EM * 4;
  return Math.min(height * NUMBER_SHARE, (width - clock - height * 0.4) / em);
}

/** A notice in lines that fit, each as long as it can be read in `font` px. */
export function noticeLines(
  { width, height }: Viewport,
  { title, body }: Notice,
  clock: number,
): { readonly font: number; readonly lines: readonly string[] } {
  const font = height * WORD_SHARE;
  const letters = Math.max(4, Math.floor((width - clock - height * 0.4) / font));
  const text = [...(body ? `${title.zh}：${body.zh}` : title.zh)];
  const count = Math.max(1, Math.ceil(text.length / letters));
  // Lines of about one length: no last one of a single letter.
  const each = Math.ceil(text.length / count);
  const lines = Array.from({ length: count }, (_, n) =>
    text.slice(n * each, (n + 1) * each).join(''),
  );
  return { font, lines };
}
