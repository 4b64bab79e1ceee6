// The hall at one moment: every queue's pressure and advice, and the windows that the advice asks for. Pure.
import type { LiveView, LiveWindow } from '../hall/view/live.ts';
import { advise, type Advice } from './advice.ts';
import { queuePressure } from './pressure.ts';

export type Advices = Readonly<Record<string, Advice | undefined>>;

/** Pressure by queue id at `now` (ms). */
export function pressuresOf(view: LiveView, now: number): Record<string, number> {
  return Object.fromEntries(
    Object.values(view.queues).map((queue) => [
      queue.id,
      queuePressure(queue, view.thresholds, now),
    ]),
  );
}

/** Advice by queue id at `now` (ms). A hall that is closed or at rest is not told to open windows. */
export function adviceOf(view: LiveView, now: number): Advices {
  if (view.opening.state !== 'open') return {};
  const serving = new Map<string, LiveWindow[]>();
  for (const window of Object.values(view.windows)) {
    for (const queue of window.queues) {
      serving.set(queue, [...(serving.get(queue) ?? []), window]);
    }
  }
  return Object.fromEntries(
    Object.values(view.queues).map((queue) => [
      queue.id,
      advise(queue, serving.get(queue.id) ?? [], view.thresholds, now),
    ]),
  );
}

/** Windows that some advice asks for, by id. */
export function windowsWanted(advices: Advices): ReadonlySet<string> {
  return new Set(Object.values(advices).flatMap((advice) => advice?.windows ?? []));
}
