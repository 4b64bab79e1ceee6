// The call board's view (叫号屏): who is called where, missed numbers, and each queue of the screen's zone. SPEC §7.
import type { Name, SourceFreshness, ViewBase, WaitBand } from './common.ts';

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

export interface BoardCall {
  readonly id: string;
  readonly ticket: string;
  /** window id and its label as painted on the counter */
  readonly window: string;
  readonly label: string;
  /** where the window is, seen from the screen */
  readonly direction?: string;
  readonly queueName?: Name;
  /** when it was called, ms since 1970 */
  readonly at: number;
  readonly nth: number;
  readonly state: 'called' | 'serving';
  readonly priority?: true;
}

export interface BoardMissed {
  readonly ticket: string;
  readonly label?: string;
  readonly at: number;
}

export interface BoardQueue {
  readonly id: string;
  readonly order: number;
  readonly name: Name;
  readonly prefix?: string;
  readonly waiting: number;
  /** windows that serve it now */
  readonly windows: number;
  readonly band?: WaitBand;
  /** which of the thresholds wait_min the longest wait has passed: 0 none … 3 */
  readonly level: 0 | 1 | 2 | 3;
}

export interface BoardSettings {
  /** each call stays on the board at least so long, and is the large one at least so long */
  readonly callMs: number;
  readonly heroMs: number;
  readonly pageMs: number;
}

export interface Notice {
  readonly title: Name;
  readonly body?: Name;
}

export interface BoardView extends ViewBase {
  readonly kind: 'calls';
  readonly screen: ScreenFace;
  readonly settings: BoardSettings;
  /** by call id; the latest call of each ticket that is called, being served, or called so lately that it must still show */
  readonly calls: Readonly<Record<string, BoardCall>>;
  readonly missed: Readonly<Record<string, BoardMissed>>;
  readonly queues: Readonly<Record<string, BoardQueue>>;
  /** what an idle board tells */
  readonly notices: readonly Notice[];
  readonly source: SourceFreshness;
}
