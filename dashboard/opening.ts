// When the hall opens or closes next, as pages at work say it.
import { dateZh, timeOfDay } from '../screen/time.ts';
import type { ViewBase } from '../hall/view/common.ts';

/** "13:30" by the hall's clock, or with its date where that is not the day of `now`; nothing where it is not known. */
export function changeTime({ hall, opening }: ViewBase, now: number): string | undefined {
  const { changesAt } = opening;
  if (changesAt === undefined) return undefined;
  const time = timeOfDay(changesAt, hall.timezone);
  const date = dateZh(changesAt, hall.timezone);
  return date === dateZh(now, hall.timezone) ? time : `${date} ${time}`;
}
