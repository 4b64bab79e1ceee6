// Sizes of a notice screen in CSS px: as large as its longest notice allows, never below what its distance asks of a
// label; and how long a notice stands, from what there is to read. No DOM.
import type { Notice, ScreenFace } from '../hall/view/common.ts';
import { typeScale, type Viewport } from '../screen/type-scale.ts';

export interface NoticeLayout {
  readonly portrait: boolean;
  readonly pad: number;
  readonly label: number;
  readonly note: number;
  readonly header: number;
  /** the body's font; title and English hang on it */
  readonly text: number;
}

/** Largest text, in hundredths of the shorter side; each try is so much smaller. */
const TEXT_MAX = 7;
const STEP = 0.94;
/** Sizes and line heights as in the stylesheet, in em of the text. */
const TITLE = { em: 1.9, line: 1.2 };
const TITLE_EN = { em: 0.85, line: 1.3, gap: 0.17 };
const BODY = { em: 1, line: 1.5, gap: 0.9 };
const BODY_EN = { em: 0.72, line: 1.5, gap: 0.5 };
/** Mean width of a Latin letter in em. */
const LETTER_EM = 0.55;
/** Slow enough to read twice: Hanzi per second of a passer-by, and the least time. */
const HANZI_PER_S = 4;
const NOTICE_MS_MIN = 10_000;
const NOTICE_MS_MAX = 60_000;

export function noticeLayout(
  face: ScreenFace,
  viewport: Viewport,
  notices: readonly Notice[],
): NoticeLayout {
  const { size, least } = typeScale(face, viewport);
  const { width, height } = viewport;
  const portrait = height > width;
  const unit = Math.min(width, height) / 100;
  const pad = 3.2 * unit;
  const { label, note } = size;
  const headline = Math.max(label * 1.25 + note * 1.3, 9 * unit) + pad * 0.7;
  const header = portrait ? headline + label * 1.6 + pad * 0.4 : headline;
  const footer = label * 1.5 + pad * 1.4;
  const room = {
    width: width - pad * (portrait ? 2 : 4),
    height: height - header - footer * (portrait ? 2 : 1) - pad * 3,
  };
  let text = TEXT_MAX * unit;
  const floor = Math.min(text, Math.max(least.label, note));
  while (text > floor && notices.some((notice) => tall(notice, text, room.width) > room.height)) {
    text = Math.max(floor, text * STEP);
  }
  return { portrait, pad, label, note, header, text };
}

/** How long each of these notices stands in turn, ms: the longest can be read twice. */
export function noticeMs(notices: readonly Notice[]): number {
  const longest = Math.max(
    0,
    ...notices.map(({ title, body }) => title.zh.length + (body?.zh.length ?? 0)),
  );
  const ms = ((2 * longest) / HANZI_PER_S) * 1000;
  return Math.min(NOTICE_MS_MAX, Math.max(NOTICE_MS_MIN, ms));
}

/** Height in px of a notice set in `text` px: lines are counted, not measured. */
function tall({ title, body }: Notice, text: number, width: number): number {
  const lines = (length: number, em: number) => Math.ceil((length * em * text * 1.04) / width);
  const block = (length: number, { em, line, gap = 0 }: Block, letter: number) =>
    length === 0 ? 0 : (lines(length * letter, em) * em * line + gap) * text;
  return (
    block(title.zh.length, TITLE, 1) +
    block(title.en?.length ?? 0, TITLE_EN, LETTER_EM) +
    block(body?.zh.length ?? 0, BODY, 1) +
    block(body?.en?.length ?? 0, BODY_EN, LETTER_EM)
  );
}

interface Block {
  readonly em: number;
  readonly line: number;
  readonly gap?: number;
}
