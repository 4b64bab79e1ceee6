// What pages need of the hall file to show a call and to draw a wait or a load: how long a call stands, and the thresholds.
import type { HallConfig } from '../../config.ts';
import type { Thresholds } from '../../pressure.ts';
import { waitHours, type Day } from '../../state.ts';
import { part } from '../cut.ts';
import { memo, weakMemo } from '../memo.ts';

export interface BoardSettings {
  /** each call stays on the board at least so long, and is the large one at least so long */
  readonly callMs: number;
  readonly heroMs: number;
  readonly pageMs: number;
}

const SECOND_MS = 1000;

export const boardSettings = part('hall', ({ config }) => settingsOf(config));

const settingsOf = weakMemo(({ board }: HallConfig): BoardSettings => ({
  callMs: board.call_seconds_min * SECOND_MS,
  heroMs: board.hero_seconds_min * SECOND_MS,
  pageMs: board.page_seconds * SECOND_MS,
}));

export const thresholds = part('hall', ({ config, hall, memory }) =>
  thresholdsOf(memory, '', config, hall.day),
);

const thresholdsOf = memo(
  ({ thresholds: { wait_min, load } }: HallConfig, day: Day): Thresholds => {
    return { wait_min, load, open: waitHours(day) };
  },
);
