// What a manager should do about each queue that presses, made once for all pages: `hall/advice.ts` has the rules. SPEC §7.27.
import { adviceOf, type Advices } from '../../overview.ts';
import { part } from '../cut.ts';
import { memo } from '../memo.ts';
import { opening } from './hall.ts';
import { liveQueues } from './live-queues.ts';
import { liveWindows } from './live-windows.ts';
import { queueNow } from './queue-now.ts';
import { thresholds } from './settings.ts';

export const advices = part('hall', (cut) => {
  const { memory, second } = cut;
  const view = {
    ...{ opening: opening(cut), queues: liveQueues(cut), windows: liveWindows(cut) },
    thresholds: thresholds(cut),
  };
  return kept(
    memory,
    '',
    adviceOf(view, second.now, (id) => queueNow(cut, id)?.situation),
  );
});

/** The advice before, where it says the same. */
const kept = memo((advices: Advices): Advices => advices);
