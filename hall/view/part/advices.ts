// What a manager should do about each queue that presses, made once for all pages: `hall/advice.ts` has the rules. SPEC §7.27.
import { latestDecision } from '../../command/advised.ts';
import { adviceOf, type Advices } from '../../overview.ts';
import { part, type Cutting } from '../cut.ts';
import { memo } from '../memo.ts';
import { opening } from './hall.ts';
import { liveQueues } from './live-queues.ts';
import { liveWindows } from './live-windows.ts';
import { queueNow } from './queue-now.ts';
import { expectedSoon } from './replay-hall.ts';
import { thresholds } from './settings.ts';

const MINUTE_MS = 60_000;

export const advices = part('hall', (cut) => {
  const { memory, second } = cut;
  const view = {
    ...{ opening: opening(cut), queues: liveQueues(cut), windows: liveWindows(cut) },
    thresholds: thresholds(cut),
  };
  const given = adviceOf(
    view,
    second.now,
    (id) => queueNow(cut, id)?.situation,
    (id, windowIds) => expectedSoon(second, id, windowIds),
  );
  return kept(memory, '', decided(given, cut));
});

/** Without those that somebody did not take a short while ago, and with the time of those that somebody took. */
function decided(given: Advices, { hall, config, second }: Cutting): Advices {
  if (hall.advised.length === 0) return given;
  const { dismiss_min: dismissMin, lend_min: lendMin } = config.advice;
  const standing = Object.entries(given).flatMap(([queue, advice]) => {
    const last = latestDecision(hall, queue);
    if (last === undefined || last.kind !== advice.kind) return [[queue, advice] as const];
    const minutes = (second.now - last.at) / MINUTE_MS;
    if (!last.taken) return minutes < dismissMin ? [] : [[queue, advice] as const];
    const isSame = advice.windows.every((window) => last.windows.includes(window));
    return [
      [queue, isSame && minutes < lendMin ? { ...advice, takenAt: last.at } : advice] as const,
    ];
  });
  return Object.fromEntries(standing);
}

/** The advice before, where it says the same. */
const kept = memo((advices: Advices): Advices => advices);
