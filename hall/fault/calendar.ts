// A year whose public holidays nobody knows is told before it begins: the hall would tell citizens that it is open on a day
// when it is closed. SPEC §19.3.
import { knowsYear } from '../holidays.ts';
import type { HallConfig } from '../config.ts';
import { businessDate, instantAt } from '../zone-time.ts';
import type { Fault } from './kinds.ts';

const DAY_MS = 86_400_000;

/** The first year from the present one on that has begun or begins soon and is not known; nothing without `holidays: cn`. */
export function calendarFaults(config: HallConfig, now: number): Fault[] {
  const { hours, faults } = config;
  if (hours.holidays !== 'cn') return [];
  const { timezone } = config.hall;
  const present = Number(businessDate(timezone, now).slice(0, 4));
  for (const year of [present, present + 1]) {
    const begins = instantAt(timezone, `${year}-01-01`, 0);
    const since = begins - faults.holidays_days * DAY_MS;
    if (knowsYear(hours, year) || now < since) continue;
    const isUrgent = now >= begins - faults.holidays_urgent_days * DAY_MS;
    return [unknownYear(year, since, isUrgent)];
  }
  return [];
}

function unknownYear(year: number, since: number, isUrgent: boolean): Fault {
  return {
    id: `hall-file:holidays-${year}`,
    kind: 'hall-file',
    severity: isUrgent ? 2 : 1,
    since,
    title: {
      zh: `缺少 ${year} 年放假安排：目前只在法定节日当天闭厅，不知道调休`,
      en: `The public holidays of ${year} are not known: the hall closes only on the days fixed by law, and has no make-up working days`,
    },
    action: {
      zh: `请把国务院办公厅 ${year} 年放假通知写入大厅文件的 hours.holiday_dates（从元旦到国庆节），然后重新启动`,
      en: `Write the State Council’s notice for ${year} into hours.holiday_dates of the hall file, from New Year to National Day, and restart`,
    },
    devices: [],
  };
}
