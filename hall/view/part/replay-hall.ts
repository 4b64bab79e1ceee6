// The lines around one queue as they stand, for who plays them forward (hall/replay.ts). SPEC §27.
import { mean } from 'd3-array';
import { indexHall, type Window } from '../../config.ts';
import {
  replayWaits,
  withWindows,
  type Expected,
  type ReplayHall,
  type ReplayLine,
  type ReplayWindow,
} from '../../replay.ts';
import type { WindowStateName } from '../../signal.ts';
import type { Cutting } from '../cut.ts';
import { memo } from '../memo.ts';
import { demandOf, type Demand } from './queue-now.ts';

const MINUTE_MS = 60_000;
/** What replays begin from moves in steps, so that a message that changes next to nothing costs no new ones. */
const STEPS = { perHour: 0.5, ms: 5_000, cv2: 0.1, share: 0.02 } as const;

/** What is expected of those who take a number soon, as things are and with these windows, by queue. */
export function expectedSoon(cut: Cutting, queue: string, windows: readonly string[]): Expected {
  const hall = replayHallOf(cut, queue, windows);
  const spanMs = cut.config.advice.judge_min * MINUTE_MS;
  return replayed(cut.memory, queue, hall, queue, windows.join(' '), spanMs);
}

const replayed = memo(
  (hall: ReplayHall, queue: string, windows: string, spanMs: number): Expected => ({
    asIs: replayWaits(hall, spanMs),
    then: replayWaits(withWindows(hall, queue, windows.split(' ')), spanMs),
  }),
);

/** The queue, its windows, these further windows, and all queues of any of them. */
function replayHallOf(cut: Cutting, queue: string, further: readonly string[]): ReplayHall {
  const { windowsOfQueue, windows: byId } = indexHall(cut.config);
  const own = windowsOfQueue.get(queue) ?? [];
  const others = further.flatMap((id) => byId.get(id) ?? []).filter((one) => !own.includes(one));
  const windows = [...own, ...others];
  const queues = [...new Set([queue, ...windows.flatMap((window) => window.queues)])];
  return kept(cut.memory, queue, {
    windows: windows.map((window) => windowOf(cut, window)),
    lines: Object.fromEntries(queues.map((id) => [id, lineOf(demandOf(cut, id))])),
  });
}

/** The lines before, where they are the same. */
const kept = memo((hall: ReplayHall): ReplayHall => hall);

function lineOf(demand: Demand): ReplayLine {
  const { queued, arrivalsPerHour, cycleMs, cv2, noShow, callsPerAhead, prompt } = demand;
  return {
    waiting: queued,
    arrivalsPerHour: inSteps(arrivalsPerHour, STEPS.perHour),
    cycleMs: inSteps(cycleMs, STEPS.ms),
    cv2: inSteps(cv2, STEPS.cv2),
    noShow: inSteps(noShow, STEPS.share),
    callsPerAhead: inSteps(callsPerAhead, STEPS.share),
    promptMs: inSteps(mean(prompt) ?? 0, STEPS.ms),
  };
}

function windowOf({ hall, now }: Cutting, { id, queues }: Window): ReplayWindow {
  const { state = 'closed', since = now } = hall.windows[id] ?? {};
  const minutes = Math.floor(Math.max(0, now - since) / MINUTE_MS);
  const doing = STATES[state];
  const timed = doing === 'busy' || doing === 'gone';
  return { id, queues, state: doing, forMs: timed ? minutes * MINUTE_MS : 0 };
}

const STATES: Readonly<Record<WindowStateName, ReplayWindow['state']>> = {
  ...{ idle: 'idle', calling: 'busy', serving: 'busy' },
  ...{ paused: 'gone', away: 'gone', closed: 'closed' },
};

function inSteps(value: number, step: number): number {
  return Math.round(value / step) * step;
}
