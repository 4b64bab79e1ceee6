// The words of the managers' pages: states, levels and spans of time, Chinese first, English beside them.
import type { Level, LiveWindow } from '../hall/view/live.ts';

export interface Words {
  readonly zh: string;
  readonly en: string;
}

export type WindowState = LiveWindow['state'];

/** In the order in which a manager asks for them: at work, ready, not at work, unknown. */
export const WINDOW_STATES: readonly WindowState[] = [
  'calling',
  'serving',
  'idle',
  'paused',
  'away',
  'closed',
  'unknown',
];

export const STATE_WORDS: Readonly<Record<WindowState, Words>> = {
  calling: { zh: '叫号', en: 'Calling' },
  serving: { zh: '办理', en: 'Serving' },
  idle: { zh: '空闲', en: 'Idle' },
  paused: { zh: '暂停', en: 'Paused' },
  away: { zh: '离岗', en: 'Away' },
  closed: { zh: '关闭', en: 'Closed' },
  unknown: { zh: '未知', en: 'Unknown' },
};

/** How people feel about the wait that a level stands for (domain.md). */
export const WAIT_WORDS: Readonly<Record<Level, Words>> = {
  0: { zh: '从容', en: 'calm' },
  1: { zh: '急躁', en: 'restless' },
  2: { zh: '厌烦', en: 'weary' },
  3: { zh: '离去', en: 'leaving' },
};

export const LOAD_WORDS: Readonly<Record<Level, Words>> = {
  0: { zh: '平稳', en: 'steady' },
  1: { zh: '偏高', en: 'high' },
  2: { zh: '偏高', en: 'high' },
  3: { zh: '超负荷', en: 'overloaded' },
};

/** A span in whole minutes: "不到 1 分", "75 分", "2 时 05 分". `ms` may be negative by a clock's error: counts as none. */
export function spanZh(ms: number): string {
  const minutes = Math.floor(Math.max(0, ms) / 60_000);
  if (minutes < 1) return '不到 1 分';
  if (minutes < 120) return `${minutes} 分`;
  return `${Math.floor(minutes / 60)} 时 ${String(minutes % 60).padStart(2, '0')} 分`;
}

/** Mean durations: "7.3 分" under ten minutes, "23 分" from there. */
export function minutesZh(ms: number): string {
  const minutes = ms / 60_000;
  return minutes < 9.95 ? minutes.toFixed(1) : String(Math.round(minutes));
}

/** A share 0–1 as a percentage without its sign, one decimal between 90 and 100 where tenths matter. */
export function percent(share: number): string {
  const value = share * 100;
  return value > 90 && value < 100 ? value.toFixed(1) : String(Math.round(value));
}
