// What the screens say of a hall that is not open, and when it opens.
import type { Opening } from '../hall/view/common.ts';
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

/** The day on which a closed hall opens. */
export function openingDay(
  { opensToday, changesAt }: Opening,
  timezone: string,
): Words | undefined {
  if (changesAt === undefined) return undefined;
  if (opensToday) return { zh: '今天', en: 'today' };
  return { zh: dateZh(changesAt, timezone), en: dateEn(changesAt, timezone) };
}
