// What screens say where no call and no notice stands: of an open hall, of one that is not open, and when it opens.
import type { Opening } from '../hall/view/common.ts';
import type { PlayerView } from '../hall/view/slides.ts';
import { dateEn, dateZh } from '../screen/time.ts';

interface Words {
  readonly zh: string;
  readonly en: string;
}

const OPEN: Words = { zh: '正在办公', en: 'Open' };
const BREAK: Words = { zh: '午间休息', en: 'Lunch break' };
const BEFORE: Words = { zh: '尚未开门', en: 'Not open yet' };
const AFTER: Words = { zh: '已经闭厅', en: 'Hall closed' };

/** Nothing while it is open. */
export function shutWords({ state, opensToday }: Opening): Words | undefined {
  if (state === 'open') return undefined;
  if (state === 'break') return BREAK;
  return opensToday ? BEFORE : AFTER;
}

/** Whether it is open, in every state. */
export function stateWords(opening: Opening): Words {
  return shutWords(opening) ?? OPEN;
}

/** The views whose slide may have nothing to show; a window sign always has its window. */
export type QuietView = Exclude<PlayerView, { readonly kind: 'window' }>;
/** By the kind of the view: a kind without its own text does not compile. */
type ByKind<Text> = Readonly<Record<QuietView['kind'], Text>>;

interface Heard {
  /** whether anything has been received of the hall */
  readonly known: boolean;
  /** people */
  readonly waiting: number;
}

const WAIT: Words = { zh: '请稍候，等待叫号', en: 'Please wait to be called' };

const OPEN_AND_QUIET: ByKind<(heard: Heard) => Words> = {
  calls({ known, waiting }) {
    if (!known) return { zh: '等待叫号系统', en: 'Waiting for the calling system' };
    return waiting > 0 ? WAIT : { zh: '现在无人排队', en: 'No one is being called right now' };
  },
  notice: () => OPEN,
};
const ON_A_STRIP: ByKind<Words> = { calls: WAIT, notice: OPEN };

/** Over a whole screen, or over the part of a board where calls stand. */
export function quietWords({ kind, opening }: QuietView, heard: Heard): Words {
  return shutWords(opening) ?? OPEN_AND_QUIET[kind](heard);
}

/** In the one line of a strip. */
export function stripWords({ kind, opening }: QuietView): Words {
  return shutWords(opening) ?? ON_A_STRIP[kind];
}

/** The day on which a closed hall opens. */
export function openingDay(
  { opensToday, changesAt }: Opening,
  timezone: string,
): Words | undefined {
  if (changesAt === undefined) return undefined;
  if (opensToday) return { zh: '今天', en: 'today' };
  return { zh: dateZh(changesAt, timezone), en: dateEn(changesAt, timezone) };
}
