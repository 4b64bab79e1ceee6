// The figures of the day so far (SPEC §8), each with its n; absent where there is no case. SPEC §7.3, 7.7.
import type { HallConfig } from '../../config.ts';
import {
  abandonment,
  givenLevels,
  satisfaction,
  waits,
  within,
  type Figure,
  type Tally,
} from '../../figure.ts';
import type { Hall } from '../../state.ts';
import { part } from '../cut.ts';
import { memo } from '../memo.ts';
import { liveZones, type LiveZone } from './live-zones.ts';
import { isServing } from './queue-now.ts';
import { rounded } from './round.ts';

export interface LiveFigures {
  readonly issued: number;
  readonly waiting: number;
  readonly serving: number;
  readonly completed: number;
  readonly missed: number;
  readonly windowsOpen: number;
  readonly present?: Figure;
  readonly meanWaitMs?: Figure;
  readonly p90WaitMs?: Figure;
  /** share that began service within the first, second and third threshold */
  readonly within: readonly { readonly minutes: number; readonly share: Figure }[];
  readonly satisfaction?: Figure;
  readonly abandonment?: Figure;
}

const MINUTE_MS = 60_000;
const SECOND_MS = 1000;

export const figures = part('hall', (cut) => {
  const { hall, config, memory, now } = cut;
  const { whole } = memory.ledger;
  return figuresOf(
    ...([memory, '', whole] as const),
    windowsOpen(memory, '', config, hall.windows),
    present(memory, '', liveZones(cut)),
    withinOf(memory, '', config, whole, now - (now % SECOND_MS)),
    given(memory, '', hall.evaluations),
  );
});

const windowsOpen = memo(
  ({ windows: listed }: HallConfig, windows: Hall['windows']): number =>
    listed.filter((window) => window.role === 'front' && isServing({ windows }, window)).length,
);

/** People in zones whose count is old are not people who are there. */
const present = memo((zones: Readonly<Record<string, LiveZone>>): Figure | undefined => {
  const counted = Object.values(zones).flatMap(({ occupancy }) =>
    occupancy?.freshness.state === 'live' ? [occupancy.present] : [],
  );
  if (counted.length === 0) return undefined;
  return { value: counted.reduce((sum, people) => sum + people, 0), n: counted.length };
});

const withinOf = memo(
  ({ thresholds }: HallConfig, whole: Tally, now: number): LiveFigures['within'] =>
    thresholds.wait_min.flatMap((minutes) => {
      const share = within(whole, minutes * MINUTE_MS, now);
      return share ? [{ minutes, share: rounded(share) }] : [];
    }),
);

const given = memo((evaluations: Hall['evaluations']) =>
  satisfaction(givenLevels(Object.values(evaluations))),
);

const figuresOf = memo(
  (
    whole: Tally,
    windowsOpen: number,
    present: Figure | undefined,
    within: LiveFigures['within'],
    given: Figure | undefined,
  ): LiveFigures => {
    const wait = waits(whole);
    const gone = abandonment(whole);
    return {
      issued: whole.issuedAt.length,
      waiting: whole.waiting.length,
      serving: whole.serving,
      completed: whole.completedAt.length,
      missed: whole.missed.length,
      windowsOpen,
      ...(present && { present }),
      ...(wait && {
        meanWaitMs: { value: Math.round(wait.mean), n: wait.n },
        p90WaitMs: { value: Math.round(wait.p90), n: wait.n },
      }),
      within,
      ...(given && { satisfaction: rounded(given) }),
      ...(gone && { abandonment: rounded(gone) }),
    };
  },
);
