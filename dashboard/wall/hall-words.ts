// Words of the scene that compares halls, and the order in which they stand. Pure.
import type { HallRow } from '../../hall/view/part/halls.ts';
import type { Words } from '../../hall/words.ts';

type HallLevel = NonNullable<HallRow['level']>;

/** From the top of the tree. */
export const HALL_LEVELS: Readonly<Record<HallLevel, Words>> = {
  province: { zh: '省', en: 'Province' },
  city: { zh: '市', en: 'City' },
  county: { zh: '县', en: 'County' },
  township: { zh: '乡', en: 'Township' },
  village: { zh: '村', en: 'Village' },
};

export const HALL_STATES: Readonly<Record<'open' | 'break' | 'closed', Words>> = {
  open: { zh: '开放', en: 'Open' },
  break: { zh: '午休', en: 'Break' },
  closed: { zh: '已关门', en: 'Closed' },
};

const RANK = Object.keys(HALL_LEVELS);

/** By level; within one as they were. Those whose level is not known come last. */
export function byLevel(rows: readonly HallRow[]): readonly HallRow[] {
  const rank = ({ level }: HallRow) => (level === undefined ? RANK.length : RANK.indexOf(level));
  return rows.toSorted((a, b) => rank(a) - rank(b));
}
