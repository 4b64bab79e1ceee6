// The managers' view: every window and queue with its pressure, the day's figures and curve. Not for public screens. SPEC §7.
import type { WindowStateName } from '../signal.ts';
import type { Name, SourceFreshness, ViewBase, WaitBand } from './common.ts';

/** How far a value has passed its thresholds: 0 none; for waits 1 amber, 2 orange, 3 red; for load 1 amber, 3 red. */
export type Level = 0 | 1 | 2 | 3;

export interface LiveWindow {
  readonly id: string;
  readonly order: number;
  readonly label: string;
  readonly department?: Name;
  readonly zone: string;
  readonly role: 'front' | 'back';
  readonly queues: readonly string[];
  readonly state: WindowStateName | 'unknown';
  readonly since?: number;
  readonly ticket?: {
    readonly ticket: string;
    readonly state: 'called' | 'serving';
    readonly at: number;
    readonly callId: string;
  };
  readonly staff?: string;
  readonly substitute?: true;
  readonly reason?: string;
  readonly completed: number;
  /** serving ÷ (idle + calling + serving + paused) of the day so far, absent for no time at all */
  readonly utilisation?: number;
  /** mean service time today, ms, with its n */
  readonly serviceMs?: { readonly mean: number; readonly n: number };
  readonly source: SourceFreshness;
}

export interface LiveQueue {
  readonly id: string;
  readonly order: number;
  readonly name: Name;
  readonly zone: string;
  readonly prefix?: string;
  readonly waiting: number;
  /** the oldest who waits now: since when (ms since 1970) */
  readonly longestSince?: number;
  readonly longestTicket?: string;
  readonly band?: WaitBand;
  readonly windowsOpen: number;
  readonly windows: number;
  /** arrivals per hour × mean service time ÷ open windows ÷ 60 */
  readonly load?: {
    readonly value: number;
    readonly level: Level;
    readonly arrivalsPerHour: number;
    readonly serviceMin: number;
  };
  readonly level: Level;
  readonly meanWaitMs?: { readonly mean: number; readonly n: number };
  readonly source: SourceFreshness;
}

/** A ratio or a duration with its n; absent where n = 0. */
export interface Figure {
  readonly value: number;
  readonly n: number;
}

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

/** One bin of the day's curve. A bin without data (`waiting` absent) is a gap, never a zero. */
export interface CurveBin {
  readonly from: number;
  readonly issued: number;
  readonly completed: number;
  readonly waiting?: number;
}

export interface LiveView extends ViewBase {
  readonly kind: 'live';
  readonly thresholds: { readonly wait_min: readonly number[]; readonly load: readonly number[] };
  readonly zones: Readonly<Record<string, { readonly name: Name; readonly order: number }>>;
  readonly windows: Readonly<Record<string, LiveWindow>>;
  readonly queues: Readonly<Record<string, LiveQueue>>;
  readonly figures: LiveFigures;
  readonly curve: {
    readonly binMs: number;
    readonly open: readonly (readonly [number, number])[];
    readonly bins: readonly CurveBin[];
  };
  readonly source: SourceFreshness;
}
