// Windows: what they say of themselves, and what the visits called to them show. SPEC §4.3.
import { hasMark } from '../marks.ts';
import type { WindowStateName } from '../signal.ts';
import type { Hall, WindowLive } from '../state.ts';
import type { Rules } from '../rules.ts';
import { entered, standingAt, withWindow, type AtWindowVisit } from './at-window.ts';
import { inferEnd, type End } from './infer.ts';
import { CLOCK_TOLERANCE_MS, bump, isOutdated, present, type EventFrom } from './step.ts';

/** A window in one of these states has let its visit go. */
const WITHOUT_VISIT: ReadonlySet<WindowStateName> = new Set(['closed', 'idle']);

export function reduceWindow(hall: Hall, event: EventFrom<'window'>, rules: Rules): Hall {
  const { signal, device } = event;
  const known = hall.windows[signal.window];
  if (known && isOutdated(hall, event, known.at)) return bump(hall, 'late');
  if (known && isCrossing(known, event)) return bump(hall, 'irregular');
  const counted = hasMark(event.marks, 'late') ? bump(hall, 'late') : hall;
  const at = Math.max(event.at, known?.at ?? 0);
  const { staff, substitute, ticket, visit, former } = known ?? {};
  const person =
    signal.staff !== undefined
      ? present({
          staff: signal.staff,
          substitute: signal.substitute === true ? (true as const) : undefined,
        })
      : signal.state === 'closed'
        ? {}
        : present({ staff, substitute });
  const keeps = !WITHOUT_VISIT.has(signal.state);
  const window: WindowLive = {
    ...entered(hall, known, signal.state, at),
    at,
    device,
    ...person,
    ...present({ reason: signal.reason }),
    ...(keeps && present({ ticket, visit, former })),
  };
  const moved = withWindow(counted, signal.window, window);
  if (keeps) return moved;
  const why = signal.state === 'closed' ? 'closed' : 'idle';
  const end = { why, at, device, heardAt: event.receivedAt } as const;
  return letGo(moved, signal.window, standingAt(hall, signal.window), end, rules);
}

/** What becomes of the visits that a window let go without a word about them. */
function letGo(
  hall: Hall,
  id: string,
  standing: readonly AtWindowVisit[],
  end: End,
  rules: Rules,
): Hall {
  const { no_show_under_s } = rules.caller(end.device);
  let next = hall;
  for (const visit of standing) {
    // Somebody who was called a moment ago is still on the way; the next call, or the closing, decides.
    const isOnTheWay =
      end.why === 'idle' &&
      visit.state === 'called' &&
      end.at - visit.since < no_show_under_s * 1000;
    if (!isOnTheWay) next = inferEnd(next, visit, end, rules);
    else {
      const window = next.windows[id];
      if (window) next = withWindow(next, id, { ...window, former: visit.key });
    }
  }
  return next;
}

/** A word `idle` that crossed with the call which followed it takes that call from no sign. */
function isCrossing(known: WindowLive, { at, signal, device }: EventFrom<'window'>): boolean {
  return (
    signal.state === 'idle' &&
    known.visit !== undefined &&
    known.device !== device &&
    at < known.at &&
    known.at - at <= CLOCK_TOLERANCE_MS
  );
}
