// What a manager should do about each queue that presses, made once for all pages: `hall/advice.ts` has the rules. SPEC §7.27.
import { adviceOf, type Advices } from '../../overview.ts';
import { part } from '../cut.ts';
import { memo } from '../memo.ts';
import { opening } from './hall.ts';
import { liveQueues } from './live-queues.ts';
import { liveWindows } from './live-windows.ts';
import { queueNow } from './queue-now.ts';
import { thresholds } from './settings.ts';

const SECOND_MS = 1000;

export const advices = part('hall', (cut) => {
  const { hall, memory, now } = cut;
  const view = {
    ...{ opening: opening(cut), queues: liveQueues(cut), windows: liveWindows(cut) },
    ...{ thresholds: thresholds(cut), curve: { open: hall.day.open } },
  };
  const second = now - (now % SECOND_MS);
  return kept(
    memory,
    '',
    adviceOf(view, second, (id) => queueNow(cut, id)?.situation),
  );
});

/** The advice before, where it says the same. */
const kept = memo((advices: Advices): Advices => advices);
