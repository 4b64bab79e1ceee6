// China's public holidays: what the hall file says of a day, what the State Council's notice of the year said (chinese-days),
// and where there is no notice yet, what the law fixes. SPEC §19.2.
import chineseDays from 'chinese-days';
import type { Hours } from './config.ts';
import { addDays } from './zone-time.ts';

/** `make-up`: a day at a weekend that is worked for a holiday. */
export type DayKind = 'ordinary' | 'holiday' | 'make-up';

/**
 * What kind of day a date of the hall is. The hall file's own dates come first; then, with `holidays: cn`, the notice of
 * the year. A year of which nobody knows the notice keeps the days that the law fixes; its weekends are ordinary ones.
 */
export function dayKind(hours: Hours, date: string): DayKind {
  for (const { from, to, working } of hours.holiday_dates) {
    if (working.includes(date)) return 'make-up';
    if (date >= from && date <= to) return 'holiday';
  }
  if (hours.holidays !== 'cn') return 'ordinary';
  const year = Number(date.slice(0, 4));
  if (!isWritten(hours, year) && hasNotice(year)) return noticeKind(date);
  return lawfulDays(year).has(date) ? 'holiday' : 'ordinary';
}

/** Whether the holidays of a year are known whole, from the hall file or from the notice. */
export function knowsYear(hours: Hours, year: number): boolean {
  return isWritten(hours, year) || hasNotice(year);
}

/** The hall file has a year whole where it has the National Day, which every notice has: then no other source counts. */
function isWritten({ holiday_dates: dates }: Hours, year: number): boolean {
  const nationalDay = `${year}-10-01`;
  return dates.some(({ from, to }) => from <= nationalDay && nationalDay <= to);
}

const noticed = new Map<number, boolean>();

function hasNotice(year: number): boolean {
  const known = noticed.get(year) ?? noticeKind(`${year}-10-01`) === 'holiday';
  noticed.set(year, known);
  return known;
}

function noticeKind(date: string): DayKind {
  const { name, work } = chineseDays.getDayDetail(date);
  // "Spring Festival,春节,4" on a special day, "Friday" on any other.
  if (!name.includes(',')) return 'ordinary';
  return work ? 'make-up' : 'holiday';
}

const lawful = new Map<number, ReadonlySet<string>>();

/**
 * The 13 days that everybody has off by law (12 dates in a year in which two fall together): New Year's Day; the eve and the first three days of Spring Festival;
 * Qingming; 1 and 2 May; Dragon Boat; Mid-Autumn; 1 to 3 October. Regulation on Public Holidays for National Annual
 * Festivals and Memorial Days (全国年节及纪念日放假办法), as revised in 2024, in force since 2025.
 */
export function lawfulDays(year: number): ReadonlySet<string> {
  const known = lawful.get(year);
  if (known !== undefined) return known;
  const fixed = ['01-01', '05-01', '05-02', '10-01', '10-02', '10-03'];
  const days = new Set([...fixed.map((day) => `${year}-${day}`), ...lunarDays(year)]);
  lawful.set(year, days);
  return days;
}

/** Those that follow the moon and the sun; the lunar calendar of chinese-days reaches from 1900 to 2100. */
function lunarDays(year: number): string[] {
  if (year < 1901 || year > 2100) return [];
  const lunar = (monthDay: string) => chineseDays.getSolarDateFromLunar(`${year}-${monthDay}`).date;
  const newYear = lunar('01-01');
  return [
    ...[-1, 0, 1, 2].map((days) => addDays(newYear, days)),
    chineseDays.getSolarTermDate(year, 4, 'pure_brightness'),
    lunar('05-05'),
    lunar('08-15'),
  ];
}
