// Says in the log what devices send that does not count, so that a person finds it where they look first: each device's
// each reason now and then, and never so much that the log is about nothing else. All of it is among the dead letters.
import type { DeadLetterDraft } from '../journal.ts';
import type { Log } from '../log.ts';

/** The same of one topic is told again after so long, ms. */
const AGAIN_MS = 3_600_000;
const LINES_A_MINUTE = 10;
/** Topics with reasons that are remembered. */
const KNOWN_MAX = 2_000;

/** @param now a steady clock, ms */
export function tellRefusals(
  log: Pick<Log, 'warn'>,
  now: () => number = () => performance.now(),
): (refused: readonly DeadLetterDraft[]) => void {
  const told = new Map<string, number>();
  let minute = -1;
  let lines = 0;
  return (refused) => {
    const present = now();
    if (Math.floor(present / 60_000) !== minute) {
      minute = Math.floor(present / 60_000);
      lines = 0;
    }
    for (const { topic, reason, detail } of refused) {
      if (lines >= LINES_A_MINUTE) return;
      const key = `${reason} ${topic}`;
      if (present - (told.get(key) ?? -Infinity) < AGAIN_MS) continue;
      if (told.size >= KNOWN_MAX) told.clear();
      told.set(key, present);
      lines++;
      log.warn(`refused: ${detail}`, { stage: 'intake', topic: topic.slice(0, 200), reason });
    }
  };
}
