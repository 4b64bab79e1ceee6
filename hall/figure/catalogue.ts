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
  readonly waitMax: number;
  /** by threshold: began within it, and waited longer without being served */
  readonly inTime: ArrayLike<number>;
  readonly beyond: ArrayLike<number>;
  readonly given: ArrayLike<number>;
}

/** What has to be summed for a figure: of issues, of waits, every single wait, of services, of evaluations. */
export type Need = 'issues' | 'waits' | 'everyWait' | 'services' | 'evaluations';

export type Spent = Readonly<Partial<Record<string, number>>>;

type Definition = {
  readonly by: readonly Key[];
} & (
  | {
      readonly from: 'visits';
      readonly needs: readonly Need[];
      readonly of: (sums: VisitSums) => Figure | undefined;
    }
  | { readonly from: 'windows' | 'devices'; readonly of: (spent: Spent) => Figure | undefined }
  | { readonly from: 'zones' }
);

const MINUTE_MS = 60_000;

function visits(
  needs: readonly Need[],
  of: (sums: VisitSums) => Figure | undefined,
): Extract<Definition, { from: 'visits' }> {
  return { from: 'visits', by: KEYS, needs, of };
}

/** Of those who took a number; absent where nobody did. */
const count = (value: number, n: number): Figure | undefined => (n > 0 ? { value, n } : undefined);

const within = (index: number) =>
  visits(['issues', 'waits'], ({ inTime, waitCount, beyond }) => {
    const began = inTime[index];
    return began === undefined ? undefined : withinShare(began, waitCount, beyond[index] ?? 0);
  });

const ofWaits = (value: 'p50' | 'p90') =>
  visits(['waits', 'everyWait'], (sums) => {
    const wait = waits(sums);
    return wait && { value: wait[value], n: wait.n };
  });

const OF_WINDOWS = ['window', 'department', 'zone'] as const;

export const FIGURES = {
  issued: visits(['issues'], ({ issued }) => count(issued, issued)),
  served: visits(['services'], ({ served }) => count(served, served)),
  cancelled: visits(['issues'], ({ cancelled, issued }) => count(cancelled, issued)),
  missed: visits(['issues'], ({ abandoned, issued }) => count(abandoned, issued)),
  wait_mean_ms: visits(['waits'], meanWait),
  wait_p50_ms: ofWaits('p50'),
  wait_p90_ms: ofWaits('p90'),
  wait_max_ms: visits(['waits'], ({ waitMax, waitCount }) => count(waitMax, waitCount)),
  within_1: within(0),
  within_2: within(1),
  within_3: within(2),
  service_mean_ms: visits(['services'], serviceTime),
  abandonment: visits(['issues'], abandonment),
  utilisation: { from: 'windows', by: OF_WINDOWS, of: useOf },
  away_ms: {
    ...{ from: 'windows', by: OF_WINDOWS },
    of: (spent: Spent) => {
      const total = sum(Object.values(spent), (ms) => ms ?? 0);
      return total > 0 ? { value: spent['away'] ?? 0, n: Math.ceil(total / MINUTE_MS) } : undefined;
    },
  },
  satisfaction: visits(['evaluations'], ({ given }) => satisfaction(given)),
  bad_reviews: visits(['evaluations'], ({ given }) => {
    const share = badReviews(given);
    return share && { value: Math.round(share.value * share.n), n: share.n };
  }),
  bad_review_rate: visits(['evaluations'], ({ given }) => badReviews(given)),
  participation: visits(['evaluations', 'services'], ({ given, served }) =>
    participation(given, served),
  ),
  on_the_spot: visits(['services'], onTheSpot),
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
