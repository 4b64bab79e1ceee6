// When views are refreshed: at once after what is urgent, a little later after the rest, then at most every few
// milliseconds, cheap views first, and never so much in one go that signals have to wait.
import type { View } from './view.ts';

export interface Schedule {
  /** The hall or the time changed: these views are to be cut anew within so many ms, at once by default. */
  markDirty(views: Iterable<View>, withinMs?: number): void;
  /** Forgets a view. */
  drop(view: View): void;
  stop(): void;
}

/** Both by performance.now(). */
interface Due {
  /** when it is to be refreshed; Infinity: nothing changed */
  wanted: number;
  /** before which it is not refreshed again */
  at: number;
}

const GAP_MS = 8;
/** A view takes at most about a third of the time, however dear its cut. */
const COST_SHARE = 3;
const GAP_MS_MAX = 250;
const SLICE_MS = 4;

export function createSchedule(refresh: (view: View) => void): Schedule {
  const due = new Map<View, Due>();
  let immediate: ReturnType<typeof setImmediate> | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let timerAt = Infinity;

  const clearTimer = (): void => {
    if (timer !== undefined) clearTimeout(timer);
    timer = undefined;
    timerAt = Infinity;
  };
  const run = (): void => {
    immediate = undefined;
    const began = performance.now();
    let nextAt = Infinity;
    const dirty = [...due].filter(([, state]) => state.wanted < Infinity);
    dirty.sort(([a], [b]) => a.costMs - b.costMs);
    for (const [view, state] of dirty) {
      const now = performance.now();
      const ready = Math.max(state.wanted, state.at);
      if (ready > now) {
        nextAt = Math.min(nextAt, ready);
        continue;
      }
      if (now - began > SLICE_MS) {
        nextAt = now;
        break;
      }
      state.wanted = Infinity;
      refresh(view);
      const gap = Math.min(GAP_MS_MAX, Math.max(GAP_MS, view.costMs * COST_SHARE));
      state.at = performance.now() + gap;
    }
    if (nextAt < Infinity) plan(nextAt);
  };
  const plan = (at: number): void => {
    if (immediate !== undefined || timerAt <= at) return;
    clearTimer();
    const wait = at - performance.now();
    if (wait < 0.5) {
      immediate = setImmediate(run);
      return;
    }
    timerAt = at;
    timer = setTimeout(() => {
      clearTimer();
      run();
    }, wait);
  };

  return {
    markDirty(views, withinMs = 0) {
      const wanted = performance.now() + withinMs;
      let earliest = Infinity;
      for (const view of views) {
        let state = due.get(view);
        if (state === undefined) due.set(view, (state = { wanted: Infinity, at: 0 }));
        state.wanted = Math.min(state.wanted, wanted);
        earliest = Math.min(earliest, Math.max(state.wanted, state.at));
      }
      if (earliest < Infinity) plan(earliest);
    },
    drop: (view) => void due.delete(view),
    stop() {
      due.clear();
      if (immediate !== undefined) clearImmediate(immediate);
      clearTimer();
    },
  };
}
