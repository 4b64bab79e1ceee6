// How good the wait is that visitors are told: what was said when a number was taken, beside plain formulas on the same tickets, and
// the wait that came. SPEC §29. Pure.
import { mean } from 'd3-array';
import { indexHall } from './config.ts';
import { toBand, waitQuantiles, type WaitQuantiles } from './estimate.ts';
import { longest, serviceTime } from './figure.ts';
import type { WaitBand } from './view/common.ts';
import type { Cutting } from './view/cut.ts';
import { isServing, queueNow } from './view/part/queue-now.ts';

const MINUTE_MS = 60_000;
/** Where nobody has been served yet. */
const SERVICE_MS = 8 * MINUTE_MS;

/** What each way of estimating says to somebody who takes a number now, ms; undefined: nothing. */
export interface Told {
  readonly quantiles: WaitQuantiles | undefined;
  /** as it is shown */
  readonly band: WaitBand | undefined;
  /** queue length × mean service ÷ windows at work */
  readonly formula: number | undefined;
  /** so far, of whoever has waited longest */
  readonly head: number;
}

/** Of one ordinary visitor who was served. */
export interface ToldWait extends Told {
  readonly queue: string;
  /** ms since 1970: when the number was taken */
  readonly at: number;
  /** ms: the wait that came */
  readonly wait: number;
  /** ms: the wait of whoever began last in this queue; undefined: nobody had */
  readonly last?: number;
}

export function tellWait(cut: Cutting, queue: string): Told {
  const { hall, config, now } = cut;
  const tally = cut.memory.ledger.queue(queue);
  const { whole } = cut.memory.ledger;
  const windows = indexHall(config).windowsOfQueue.get(queue) ?? [];
  const serving = windows.filter((window) => isServing(hall, window)).length;
  const service = serviceTime(tally)?.value ?? serviceTime(whole)?.value ?? SERVICE_MS;
  const noShow = whole.missed.length / Math.max(1, whole.missed.length + whole.completedAt.length);
  const oldest = longest(tally);
  const present = queueNow(cut, queue);
  return {
    quantiles: present?.situation && waitQuantiles(present.situation),
    band: present?.wait && toBand(present.wait),
    formula: serving > 0 ? (tally.queued * (1 - noShow) * service) / serving : undefined,
    head: oldest ? now - oldest.since : 0,
  };
}

/** The trade's figures of one way of estimating: minutes, and shares 0…1. */
export interface WayScore {
  readonly n: number;
  readonly error: number;
  /** below 0: told too little */
  readonly bias: number;
  readonly within5: number;
  readonly low5: number;
}

export interface Score {
  readonly n: number;
  /** the middle of what is told */
  readonly told: WayScore;
  readonly formula: WayScore;
  readonly last: WayScore;
  readonly head: WayScore;
  /** share of the waits within the shown band, and its mean width in minutes */
  readonly band: { readonly n: number; readonly held: number; readonly width: number };
}

export function scoreOf(waits: readonly ToldWait[]): Score {
  const bands = waits.flatMap(({ band, wait }) => (band ? [{ ...band, wait }] : []));
  const held = bands.filter(({ from, to, wait }) => {
    return wait >= from * MINUTE_MS && wait <= to * MINUTE_MS;
  });
  return {
    n: waits.length,
    told: wayScore(waits, ({ quantiles }) => quantiles?.p50),
    formula: wayScore(waits, ({ formula }) => formula),
    last: wayScore(waits, ({ last }) => last),
    head: wayScore(waits, ({ head }) => head),
    band: {
      n: bands.length,
      held: held.length / Math.max(1, bands.length),
      width: mean(bands, ({ from, to }) => to - from) ?? 0,
    },
  };
}

/** @param of what this way said, ms */
export function wayScore<T extends { readonly wait: number }>(
  waits: readonly T[],
  of: (wait: T) => number | undefined,
): WayScore {
  const errors = waits.flatMap((each) => {
    const said = of(each);
    return said === undefined ? [] : [(said - each.wait) / MINUTE_MS];
  });
  const share = (is: (error: number) => boolean) =>
    errors.filter(is).length / Math.max(1, errors.length);
  return {
    n: errors.length,
    error: mean(errors, Math.abs) ?? 0,
    bias: mean(errors) ?? 0,
    within5: share((error) => Math.abs(error) <= 5),
    low5: share((error) => error < -5),
  };
}
