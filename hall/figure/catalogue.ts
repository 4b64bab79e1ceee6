// The figures that can be asked for by name, over any period: of which facts each is made, by which keys it can be had, and
// its definition, which is the one of the live pages. SPEC §8, §15.
import { sum } from 'd3-array';
import {
  abandonment,
  availability,
  badReviews,
  meanWait,
  onTheSpot,
  participation,
  satisfaction,
  serviceTime,
  useOf,
  waits,
  withinShare,
  type Figure,
} from '../figure.ts';
import { KEYS, type Key } from './columns.ts';
import type { Sums } from './sums.ts';

/** The sums of a group of visits and of the evaluations given there. */
export interface VisitSums extends Sums {
  /** waited that long and were never served, ascending */
  readonly unserved: ArrayLike<number>;
  readonly given: ArrayLike<number>;
}

export type Spent = Readonly<Partial<Record<string, number>>>;

type Definition = {
  /** it needs every wait, not only their sum */
  readonly lists?: true;
  readonly by: readonly Key[];
} & (
  | {
      readonly from: 'visits';
      readonly of: (sums: VisitSums, waitMin: readonly number[]) => Figure | undefined;
    }
  | { readonly from: 'windows' | 'devices'; readonly of: (spent: Spent) => Figure | undefined }
  | { readonly from: 'zones' }
);

const MINUTE_MS = 60_000;

const visits = (of: (sums: VisitSums) => Figure | undefined): Definition => ({
  ...{ from: 'visits', by: KEYS, of },
});
const lists = (
  of: (sums: VisitSums, waitMin: readonly number[]) => Figure | undefined,
): Definition => ({ from: 'visits', by: KEYS, of, lists: true });

/** Of those who took a number; absent where nobody did. */
const count = (value: number, n: number): Figure | undefined => (n > 0 ? { value, n } : undefined);

const within = (index: number) =>
  lists(({ waits, unserved }, waitMin) => {
    const minutes = waitMin[index];
    if (minutes === undefined) return undefined;
    let beyond = 0;
    while (beyond < unserved.length && at(unserved, beyond) > minutes * MINUTE_MS) beyond++;
    return withinShare(waits, beyond, minutes * MINUTE_MS);
  });

/** The nth from the end. */
function at(list: ArrayLike<number>, fromEnd: number): number {
  return list[list.length - 1 - fromEnd] ?? 0;
}

const ofWaits = (value: 'p50' | 'p90' | 'max') =>
  lists((sums) => {
    const wait = waits(sums);
    return wait && { value: wait[value], n: wait.n };
  });

const OF_WINDOWS = ['window', 'department', 'zone'] as const;

export const FIGURES = {
  issued: visits(({ issued }) => count(issued, issued)),
  served: visits(({ served }) => count(served, served)),
  cancelled: visits(({ cancelled, issued }) => count(cancelled, issued)),
  missed: visits(({ abandoned, issued }) => count(abandoned, issued)),
  wait_mean_ms: visits(meanWait),
  wait_p50_ms: ofWaits('p50'),
  wait_p90_ms: ofWaits('p90'),
  wait_max_ms: ofWaits('max'),
  within_1: within(0),
  within_2: within(1),
  within_3: within(2),
  service_mean_ms: visits(serviceTime),
  abandonment: visits(abandonment),
  utilisation: { from: 'windows', by: OF_WINDOWS, of: useOf },
  away_ms: {
    ...{ from: 'windows', by: OF_WINDOWS },
    of: (spent: Spent) => {
      const total = sum(Object.values(spent), (ms) => ms ?? 0);
      return total > 0 ? { value: spent['away'] ?? 0, n: Math.ceil(total / MINUTE_MS) } : undefined;
    },
  },
  satisfaction: visits(({ given }) => satisfaction(given)),
  bad_reviews: visits(({ given }) => {
    const share = badReviews(given);
    return share && { value: Math.round(share.value * share.n), n: share.n };
  }),
  bad_review_rate: visits(({ given }) => badReviews(given)),
  participation: visits(({ given, served }) => participation(given, served)),
  on_the_spot: visits(onTheSpot),
  availability: { from: 'devices', by: ['zone'], of: availability },
  present_max: { from: 'zones', by: ['zone'] },
} as const satisfies Record<string, Definition>;

export type FigureName = keyof typeof FIGURES;
export const FIGURE_NAMES = Object.keys(FIGURES) as FigureName[];

/** Whether the figure can be had by this key. */
export function isBy(name: FigureName, key: Key): boolean {
  const { by }: Definition = FIGURES[name];
  return by.includes(key);
}

export function definitionOf(name: FigureName): Definition {
  return FIGURES[name];
}
