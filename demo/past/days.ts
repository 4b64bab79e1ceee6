// Which days the demo hall's past has: eight weeks that its journal tells, and thirteen months before of which facts alone
// are left, as of a hall whose journal has forgotten them. Pure.
import type { Column, Columns } from '../../hall/figure/columns.ts';
import { addDays, weekdayOf } from '../../hall/zone-time.ts';
import { seededRandom } from '../day/random.ts';

const JOURNAL_DAYS = 56;
const OLDER_DAYS = 396;

/** A day of facts alone: it is like a day of the journal of the same weekday, with fewer visitors. */
export interface OlderDay {
  readonly date: string;
  readonly like: string;
  /** of the visitors of that day */
  readonly share: number;
  /** how much longer they waited */
  readonly slower: number;
}

/** January to December: the weeks around the Spring Festival and the summer holidays are quiet. */
const SEASONS = [0.9, 0.78, 0.97, 0.98, 0.95, 0.96, 0.9, 0.88, 0.97, 0.93, 1, 1] as const;
/** A year earlier the hall had so much fewer visitors, who waited so much longer. */
const GROWTH = { visitors: 0.09, waits: 0.22 } as const;

/** The days of the journal before `today`, the oldest first. */
export function journalDays(today: string, count: number = JOURNAL_DAYS): string[] {
  return Array.from({ length: count }, (_, day) => addDays(today, day - count));
}

/** The days before those of the journal, the oldest first. @param days of the journal */
export function olderDays(days: readonly string[], count: number = OLDER_DAYS): OlderDay[] {
  const [first = ''] = days;
  return Array.from({ length: count }, (_, day) => {
    const date = addDays(first, day - count);
    const random = seededRandom(`older ${date}`);
    const like = random.pick(days.filter((each) => weekdayOf(each) === weekdayOf(date))) ?? first;
    const years = (count - day) / 365;
    const season = SEASONS[Number(date.slice(5, 7)) - 1] ?? 1;
    const share = season * (1 - GROWTH.visitors * years) * random.between(0.97, 1);
    return { date, like, share, slower: GROWTH.waits * years };
  });
}

/** What shifts with the day. */
const INSTANTS: ReadonlySet<string> = new Set([
  ...['issued_at', 'serving_at', 'ended_at', 'at', 'hour'],
]);

/**
 * A day's facts as those of an older day. Visits and evaluations are fewer; who waited longer came earlier.
 * @param byMs from the one day to the other
 */
export function olderColumns(
  { n, names, columns }: Columns,
  { date, share, slower }: OlderDay,
  byMs: number,
): Columns {
  const isSum = 'hour' in columns;
  const random = seededRandom(`columns ${date}`);
  const kept = Array.from({ length: n }, (_, index) => index).filter(
    () => isSum || random.chance(share),
  );
  const made = Object.entries(columns).map(([name, column]): [string, Column] => {
    const values = column.constructor as new (length: number) => Column;
    const copy = new values(kept.length);
    for (const [index, from] of kept.entries()) {
      const value = column[from] ?? NaN;
      copy[index] = INSTANTS.has(name) ? value + byMs : name === 'max' ? value * share : value;
    }
    return [name, copy];
  });
  const all = Object.fromEntries(made);
  const [waits, issues] = [all['wait_ms'], all['issued_at']];
  if (waits && issues) {
    for (const [index, wait] of waits.entries()) {
      const more = Number.isNaN(wait) ? 0 : Math.round(wait * slower);
      waits[index] = wait + more;
      issues[index] = (issues[index] ?? 0) - more;
    }
  }
  return { n: kept.length, names, columns: all };
}
