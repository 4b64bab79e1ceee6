// The hall at one moment: every queue's pressure and advice, and the windows that the advice asks for. Pure.
import type { LiveView, LiveWindow } from './view/live.ts';
import { advise, type Advice } from './advice.ts';
import { own } from './own.ts';
import { queuePressure, type Thresholds } from './pressure.ts';

export type Advices = Readonly<Record<string, Advice | undefined>>;

/** What waits and loads of this view are judged by. */
export function thresholdsOf({ thresholds, curve }: LiveView): Thresholds {
  return { ...thresholds, open: curve.open };
}

/** Pressure by queue id at `now` (ms). */
export function pressuresOf(view: LiveView, now: number): Record<string, number> {
  return Object.fromEntries(
    Object.values(view.queues).map((queue) => [
      queue.id,
      queuePressure(queue, thresholdsOf(view), now),
    ]),
  );
}

/** Advice by queue id at `now` (ms). A hall that is closed or at rest is not told to open windows. */
export function adviceOf(view: LiveView, now: number): Advices {
  if (view.opening.state !== 'open') return {};
  const windows = Object.values(view.windows);
  const free = windows.filter((window) => isFree(window, view));
  return Object.fromEntries(
    Object.values(view.queues).map((queue) => {
      const serves = (window: LiveWindow) => window.queues.includes(queue.id);
      const neighbours = free.filter((window) => window.zone === queue.zone && !serves(window));
      const own = windows.filter(serves);
      return [queue.id, advise(queue, own, thresholdsOf(view), now, neighbours)];
    }),
  );
}

/** A front window with queues of its own, in none of which anybody waits. */
function isFree({ role, queues }: LiveWindow, view: LiveView): boolean {
  const nobodyWaits = (id: string) => own(view.queues, id)?.waiting === 0;
  return role === 'front' && queues.length > 0 && queues.every(nobodyWaits);
}

/** Windows that some advice asks for, by id. */
export function windowsWanted(advices: Advices): ReadonlySet<string> {
  return new Set(Object.values(advices).flatMap((advice) => advice?.windows ?? []));
}
