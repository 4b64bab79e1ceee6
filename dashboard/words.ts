// The words of the managers' pages: states, levels and spans of time, Chinese first, English beside it.
import type { Advice } from '../hall/advice.ts';
import type { Level, LiveWindow } from '../hall/view/live.ts';
import type { Words } from '../hall/words.ts';

export type { Words };
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

/** What a wait of this level is, by the hall's own thresholds (minutes): "超 40 分", below the first "10 分内". */
export function waitWords(level: Level, thresholds: readonly number[]): Words {
  const passed = thresholds[level - 1];
  if (level > 0 && passed !== undefined) return { zh: `超 ${passed} 分`, en: `over ${passed} min` };
  const [first] = thresholds;
  return first === undefined
    ? { zh: '等候', en: 'waiting' }
    : { zh: `${first} 分内`, en: `under ${first} min` };
}

/** What taking an advice brings and costs, in both languages; empty where nobody can say. */
export function adviceDetail(advice: Advice): string {
  const { waitMin, expectedMin, expectedBand: band, costMin, neededMin } = advice;
  if (expectedMin === undefined) return '';
  const from = waitMin === undefined ? '' : `${waitMin} → `;
  const range = band === undefined ? '' : ` (${band.from}–${band.to})`;
  const parts: Words[] = [
    {
      zh: `此后取号者约等 ${from}${expectedMin}${range} 分钟`,
      en: `those who take a number soon wait about ${from}${expectedMin}${range} min`,
    },
  ];
  if (costMin !== undefined) {
    parts.push({
      zh: `支援窗口原队列多等约 ${costMin} 分钟`,
      en: `the windows’ own queues about ${costMin} min longer`,
    });
  }
  if (neededMin !== undefined) {
    parts.push({ zh: `约需 ${neededMin} 分钟`, en: `needed for about ${neededMin} min` });
  }
  return `${parts.map(({ zh }) => zh).join('；')}\n${parts.map(({ en }) => en).join('; ')}`;
}

export const LOAD_WORDS: Readonly<Record<Level, Words>> = {
  0: { zh: '平稳', en: 'steady' },
  1: { zh: '偏高', en: 'high' },
  2: { zh: '偏高', en: 'high' },
  3: { zh: '超负荷', en: 'overloaded' },
};

/** What stands where a time or figure is none. */
export const NONE = '—';

/**
 * A span in whole minutes: "不到 1 分", "75 分", "2 时 05 分", "3 天". `ms` may be negative by a clock's error: counts as
 * none; "—" where it is no number.
 */
export function spanZh(ms: number): string {
  if (!Number.isFinite(ms)) return NONE;
  const minutes = Math.floor(Math.max(0, ms) / 60_000);
  if (minutes < 1) return '不到 1 分';
  if (minutes < 120) return `${minutes} 分`;
  const hours = Math.floor(minutes / 60);
  if (hours >= 100) return `${Math.floor(hours / 24)} 天`;
  return `${hours} 时 ${String(minutes % 60).padStart(2, '0')} 分`;
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

/** Width of a text in em, as near as one can tell without measuring: Hanzi are square, letters and digits narrower. */
export function widthEm(text: string): number {
  let width = 0;
  for (const letter of text) width += /[ -~]/.test(letter) ? 0.64 : 1;
  return width;
}
