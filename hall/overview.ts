// The hall at one moment: every queue's advice, and the windows that the advice asks for. Pure.
import { advise, type Advice } from './advice.ts';
import type { Situation } from './estimate.ts';
import { own } from './own.ts';
import type { Expected } from './replay.ts';
import { queueLevel, type Thresholds } from './pressure.ts';
import type { Opening } from './view/common.ts';
import type { LiveQueue } from './view/part/live-queues.ts';
import type { LiveWindow } from './view/part/live-windows.ts';

/** By queue id; a queue that needs none has none. */
export type Advices = Readonly<Record<string, Advice>>;

/** What of the live view says how the hall is. */
export interface HallNow {
  readonly opening: Pick<Opening, 'state'>;
  readonly queues: Readonly<Record<string, LiveQueue>>;
  readonly windows: Readonly<Record<string, LiveWindow>>;
  readonly thresholds: Thresholds;
}

/** Pressure by queue id. */
export function pressuresOf({ queues }: Pick<HallNow, 'queues'>): Record<string, number> {
  return Object.fromEntries(Object.values(queues).map(({ id, pressure }) => [id, pressure]));
}

/**
 * Advice by queue id at `now` (ms). A hall that is closed or at rest is not told to open windows.
 * @param situationOf what a queue's band is estimated from
 * @param replay what those will wait who take a number soon, as things are and with these windows for this queue
 */
export function adviceOf(
  view: HallNow,
  now: number,
  situationOf: (queue: string) => Situation | undefined,
  replay?: (queue: string, windows: readonly string[]) => Expected,
): Advices {
  if (view.opening.state !== 'open') return {};
  const { thresholds } = view;
  const windows = Object.values(view.windows);
  const free = windows.filter((window) => isFree(window, view));
  const pressed = Object.values(view.queues).filter((queue) => queueLevel(queue) > 0);
  const advices = pressed.flatMap((queue) => {
    const serves = (window: LiveWindow) => window.queues.includes(queue.id);
    const neighbours = free.filter((window) => window.zone === queue.zone && !serves(window));
    const own = windows.filter(serves);
    const soon = replay && ((ids: readonly string[]) => replay(queue.id, ids));
    const situation = situationOf(queue.id);
    const advice = advise(queue, own, thresholds, now, neighbours, situation, soon);
    return advice === undefined ? [] : [[queue.id, advice] as const];
  });
  return Object.fromEntries(advices);
}

/** A front window with queues of its own, in none of which anybody waits. */
function isFree({ role, queues }: LiveWindow, view: HallNow): boolean {
  const nobodyWaits = (id: string) => own(view.queues, id)?.waiting === 0;
  return role === 'front' && queues.length > 0 && queues.every(nobodyWaits);
}

/** Windows that some advice asks for, by id. */
export function windowsWanted(advices: Advices): ReadonlySet<string> {
  return new Set(Object.values(advices).flatMap(({ windows }) => windows));
}
