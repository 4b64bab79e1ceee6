// When the hall opens or closes next, as pages at work say it.
import { dateEn, dateZh, timeOfDay } from '../screen/time.ts';
import type { ViewBase } from '../hall/view/common.ts';
import type { Words } from './words.ts';

/** "13:30" by the hall's clock, or with its date where that is not the day of `now`; nothing where it is not known. */
export function changeTime({ hall, opening }: ViewBase, now: number): Words | undefined {
  const { changesAt } = opening;
  if (changesAt === undefined) return undefined;
  const { timezone } = hall;
  const time = timeOfDay(changesAt, timezone);
  const date = dateZh(changesAt, timezone);
  if (date === dateZh(now, timezone)) return { zh: time, en: time };
  return { zh: `${date} ${time}`, en: `${dateEn(changesAt, timezone)} ${time}` };
}

/** Whether the hall is open, and until when. */
export function openingWords(
  { state, opensToday }: ViewBase['opening'],
  changesAt: Words | undefined,
): Words {
  switch (state) {
    case 'open':
      return {
        zh: changesAt ? `开放至 ${changesAt.zh}` : '开放中',
        en: changesAt ? `open until ${changesAt.en}` : 'open',
      };
    case 'break':
      return {
        zh: changesAt ? `午休至 ${changesAt.zh}` : '午休',
        en: changesAt ? `lunch break until ${changesAt.en}` : 'lunch break',
      };
    case 'closed':
      return {
        zh: `${opensToday ? '未开放' : '闭厅'}${changesAt ? `，${changesAt.zh} 开放` : ''}`,
        en: changesAt ? `opens ${changesAt.en}` : 'closed',
      };
  }
}
