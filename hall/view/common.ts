// What every view carries: the hall's face, whether it is open, emergencies, and how fresh the sources are. SPEC §7.
import type { EmergencyKind } from '../signal.ts';

export type { ViewBase } from './kind.ts';

/** A name as shown: Chinese first, English beside it where there is one. */
export interface Name {
  readonly zh: string;
  readonly en?: string;
  readonly 'zh-Hant'?: string;
}

export interface HallFace {
  readonly id: string;
  readonly name: Name;
  readonly timezone: string;
  /** a demo hall: every page says 演示 / DEMO */
  readonly demo: boolean;
}

/** Whether the hall is open, and when that changes next (ms since 1970). */
export interface Opening {
  readonly state: 'open' | 'break' | 'closed';
  /** today's hours, "08:30-12:00" */
  readonly hours: readonly string[];
  readonly changesAt?: number;
  /** closed, and today's hours are still to come */
  readonly opensToday?: true;
}

/** `none`: never heard of; `stale`: heard of, but older than its limit or its senders are gone. */
export interface Freshness {
  readonly state: 'live' | 'stale' | 'none';
  /** ms since 1970 of the newest signal behind the value */
  readonly at?: number;
}

/**
 * How strongly a public slide asks to be shown, the strongest first. `alarm`: an emergency of its zone. `call`: somebody is
 * called and has not come yet. `service`: people are served or wait. `information`: what helps whoever has time.
 */
export const URGENCIES = ['alarm', 'call', 'service', 'information'] as const;
export type Urgency = (typeof URGENCIES)[number];

export interface EmergencyNotice {
  readonly kind: EmergencyKind;
  readonly since: number;
  readonly message?: Name;
  /** an exercise: pages say so */
  readonly drill?: true;
}

/** A wait as a band in minutes, `from` ≤ wait ≤ `to`; `ahead` = tickets before a new one. */
export interface WaitBand {
  readonly from: number;
  readonly to: number;
}

export interface ScreenFace {
  readonly id: string;
  readonly name: Name;
  readonly layout: string;
  readonly zoneName?: Name;
  readonly diagonal_in: number;
  /** pixels */
  readonly width: number;
  readonly height: number;
  readonly distance_m: number;
  readonly theme: 'day' | 'night';
}

export interface Notice {
  /** of what it says, not of its place: two of the same text have two */
  readonly id: string;
  readonly title: Name;
  readonly body?: Name;
}
