// What stands on a call board at a time, and what that follows from.
import type { BoardCall, BoardSettings } from '../hall/view/board.ts';

export interface BoardEntry {
  readonly call: BoardCall;
  /** no longer in the view; stays until it had its minimum time, unless somebody who is awaited needs its place */
  readonly gone: boolean;
  /** ms of the caller's clock: when it was first there, and when it left the view */
  readonly arrivedAt: number;
  readonly goneAt?: number;
  /** it came so long after it was called, or stood unread while the page stood still, that its end is no news */
  readonly late: boolean;
  /** ms on the screen since it was called (or recalled), and of these as the large one */
  readonly shownMs: number;
  readonly heroMs: number;
  /** was the large one, or no longer needs to be */
  readonly heralded: boolean;
  readonly lastShownAt: number;
}

export interface CallBoard {
  readonly at: number;
  /** the gateway's time at `at`, and how many ms of it pass in one of the page's */
  readonly time: number;
  readonly pace: number;
  /** by ticket: a recall is the same row, announced anew; a Map, since a ticket may be called `constructor` */
  readonly entries: ReadonlyMap<string, BoardEntry>;
  /** ticket of the large one */
  readonly hero?: string | undefined;
  /** tickets of the rows that are shown, top to bottom; a hole stays until something fits it */
  readonly places: readonly (string | undefined)[];
  readonly dense: boolean;
  readonly page: { readonly index: number; readonly count: number; readonly since: number };
  /** calls given up because too many were waiting to be shown */
  readonly dropped: number;
}

/** Rows that fit in the comfortable layout, and in the densest one that can still be read. */
export interface BoardRoom {
  readonly comfort: number;
  readonly max: number;
}

export interface BoardInput {
  readonly calls: Readonly<Record<string, BoardCall>>;
  readonly settings: BoardSettings;
  readonly room: BoardRoom;
  /** monotonic ms, in which people read */
  readonly now: number;
  /** the gateway's time (ms since 1970), in which calls and their ends are dated */
  readonly time: number;
  /** how many ms of it pass in one of the page's: 1 but in a demo */
  readonly pace?: number;
}

export const EMPTY_BOARD: CallBoard = {
  at: -1,
  time: 0,
  pace: 1,
  entries: new Map(),
  places: [],
  dense: false,
  page: { index: 0, count: 1, since: 0 },
  dropped: 0,
};
