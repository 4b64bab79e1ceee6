// The hall file's dates: exceptions, holidays and notices that fit together.
import { addDays } from '../zone-time.ts';
import { checkUnique, entries, isEntry, isText, type Entry } from './raw.ts';
import { isDate } from './values.ts';
import type { Path, Problems } from './problems.ts';

export function checkDates(file: Entry, problems: Problems): void {
  const hours = isEntry(file['hours']) ? file['hours'] : {};
  const dates = entries(hours['exceptions']).map(({ date }) => date);
  checkUnique(dates, ['hours', 'exceptions'], 'date', problems);
  checkHolidays(entries(hours['holiday_dates']), problems);
  entries(file['notices']).forEach(({ from, to }, index) => {
    if (!isText(from) || !isText(to) || from <= to) return;
    problems.add(['notices', index, 'to'], `is "${to}", should not be before ${from}`);
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
    if (to < from) problems.add([...path, 'to'], `is "${to}", should not be before ${from}`);
    if (to > last) {
      const message = `is "${to}", should be at most ${HOLIDAY_DAYS_MAX} days from ${from}`;
      problems.add([...path, 'to'], message);
      return;
    }
    const again = datesBetween(from, to).find((date) => seen.has(date));
    if (again !== undefined) problems.add(path, `has ${again}, which is named before`);
    for (const date of datesBetween(from, to)) seen.add(date);
    (Array.isArray(working) ? working : []).forEach((date: unknown, at) => {
      if (!isText(date)) return;
      if (seen.has(date)) {
        const message = `is "${date}", should be a date that is not named before`;
        problems.add([...path, 'working', at], message);
      }
      seen.add(date);
    });
  });
}

/** Both included. */
function datesBetween(from: string, to: string): string[] {
  const dates: string[] = [];
  for (let date = from; date <= to; date = addDays(date, 1)) dates.push(date);
  return dates;
}
