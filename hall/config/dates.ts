// The hall file's dates: exceptions, holidays and notices that fit together.
import { addDays } from '../zone-time.ts';
import { checkUnique, entries, isEntry, isText, type Entry } from './raw.ts';
import { isDate } from './values.ts';
import { found, mistake, type Path, type Problems } from './problems.ts';
import type { Both } from '../language.ts';

export function checkDates(file: Entry, problems: Problems): void {
  const hours = isEntry(file['hours']) ? file['hours'] : {};
  const dates = entries(hours['exceptions']).map(({ date }) => date);
  checkUnique(dates, ['hours', 'exceptions'], 'date', problems);
  checkHolidays(entries(hours['holiday_dates']), problems);
  entries(file['notices']).forEach(({ from, to }, index) => {
    if (!isText(from) || !isText(to) || from <= to) return;
    problems.add(['notices', index, 'to'], before(to, from));
  });
}

/** A longer holiday is a slip in the year or the month. */
const HOLIDAY_DAYS_MAX = 31;

/** Each date is a day off or a working day, of one holiday. */
function checkHolidays(holidays: readonly Entry[], problems: Problems): void {
  const seen = new Set<string>();
  holidays.forEach(({ from, to, working }, index) => {
    const path: Path = ['hours', 'holiday_dates', index];
    // What is no date is told with the shape.
    if (!isText(from) || !isText(to) || !isDate(from) || !isDate(to)) return;
    const last = addDays(from, HOLIDAY_DAYS_MAX - 1);
    if (to < from) problems.add([...path, 'to'], before(to, from));
    if (to > last) {
      const should = {
        zh: `${from} 起 ${HOLIDAY_DAYS_MAX} 天之内的日期`,
        en: `at most ${HOLIDAY_DAYS_MAX} days from ${from}`,
      };
      problems.add([...path, 'to'], mistake(to, should));
      return;
    }
    const again = datesBetween(from, to).find((date) => seen.has(date));
    if (again !== undefined) {
      problems.add(path, {
        zh: `包含 ${again}，前面已写过这一天`,
        en: `has ${again}, which is named before`,
      });
    }
    for (const date of datesBetween(from, to)) seen.add(date);
    (Array.isArray(working) ? working : []).forEach((date: unknown, at) => {
      if (!isText(date)) return;
      if (seen.has(date)) {
        const should = { zh: '前面没有写过的日期', en: 'a date that is not named before' };
        problems.add([...path, 'working', at], mistake(date, should));
      }
      seen.add(date);
    });
  });
}

function before(to: string, from: string): Both {
  const { zh, en } = found(to);
  return { zh: `${zh}，不应早于 ${from}`, en: `${en}, should not be before ${from}` };
}

/** Both included. */
function datesBetween(from: string, to: string): string[] {
  const dates: string[] = [];
  for (let date = from; date <= to; date = addDays(date, 1)) dates.push(date);
  return dates;
}
