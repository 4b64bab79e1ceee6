// When views are refreshed: at once after a change, then at most every few milliseconds, cheap views first, and never
// so much in one go that signals have to wait.
import type { View } from './view.ts';

export interface Schedule {
  /** The hall or the time changed: these views are to be cut anew. */
  markDirty(views: Iterable<View>): void;
  /** Forgets a view. */
  drop(view: View): void;
  stop(): void;
}

interface Due {
  dirty: boolean;
  /** performance.now() before which it is not refreshed again */
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

  const run = (): void => {
    immediate = undefined;
    const began = performance.now();
    let nextAt = Infinity;
    const dirty = [...due].filter(([, state]) => state.dirty);
    dirty.sort(([a], [b]) => a.costMs - b.costMs);
    for (const [view, state] of dirty) {
      const now = performance.now();
      if (state.at > now) {
        nextAt = Math.min(nextAt, state.at);
        continue;
      }
      if (now - began > SLICE_MS) {
        nextAt = now;
        break;
      }
      state.dirty = false;
      refresh(view);
      const gap = Math.min(GAP_MS_MAX, Math.max(GAP_MS, view.costMs * COST_SHARE));
      state.at = performance.now() + gap;
    }
    if (nextAt < Infinity) plan(nextAt);
  };
  const plan = (at: number): void => {
    if (immediate !== undefined) return;
    const wait = at - performance.now();
    if (wait < 0.5) {
      if (timer !== undefined) clearTimeout(timer);
      timer = undefined;
      immediate = setImmediate(run);
    } else {
      timer ??= setTimeout(() => {
        timer = undefined;
        run();
      }, wait);
    }
  };

  return {
    markDirty(views) {
      let earliest = Infinity;
      for (const view of views) {
        let state = due.get(view);
        if (state === undefined) due.set(view, (state = { dirty: true, at: 0 }));
        state.dirty = true;
        earliest = Math.min(earliest, state.at);
      }
      if (earliest < Infinity) plan(earliest);
    },
    drop: (view) => void due.delete(view),
    stop() {
      due.clear();
      if (immediate !== undefined) clearImmediate(immediate);
      if (timer !== undefined) clearTimeout(timer);
    },
  };
}
