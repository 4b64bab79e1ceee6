// The settings of the hall file that pages need: how long a call stands, and the thresholds of waits and load.
import type { HallConfig } from '../../config.ts';
import { part } from '../cut.ts';
import { weakMemo } from '../memo.ts';

export interface BoardSettings {
  /** each call stays on the board at least so long, and is the large one at least so long */
  readonly callMs: number;
  readonly heroMs: number;
  readonly pageMs: number;
}

export interface LiveThresholds {
  readonly wait_min: readonly number[];
  readonly load: readonly number[];
}

const SECOND_MS = 1000;

export const boardSettings = part('hall', ({ config }) => settingsOf(config));

const settingsOf = weakMemo(({ board }: HallConfig): BoardSettings => ({
  callMs: board.call_seconds_min * SECOND_MS,
  heroMs: board.hero_seconds_min * SECOND_MS,
  pageMs: board.page_seconds * SECOND_MS,
}));

export const thresholds = part('hall', ({ config }) => thresholdsOf(config));

const thresholdsOf = weakMemo(({ thresholds: { wait_min, load } }: HallConfig): LiveThresholds => {
  return { wait_min, load };
});
