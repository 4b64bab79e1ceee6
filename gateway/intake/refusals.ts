// Says in the log what devices send that does not count, so that a person finds it where they look first: each device's
// each reason now and then, and never so much that the log is about nothing else. All of it is among the dead letters.
// Junk does not use up the lines of what the hall file lists. SPEC §17.17.
import { ID_PATTERN } from '../../hall/topic.ts';
import type { DeadLetterDraft } from '../journal.ts';
import { message, type Log } from '../log.ts';

/** The same of one topic is told again after so long, ms. */
const AGAIN_MS = 3_600_000;
/** Of listed devices, and of all others. */
const LINES_A_MINUTE = 10;
/** Of one device, or of one topic that names none. */
const LINES_OF_ONE = 3;
/** Topics with reasons that are remembered, of listed devices and of all others. */
const KNOWN_MAX = 2_000;
const TOPIC_SHOWN = 200;

interface Share {
  readonly told: Map<string, number>;
  /** in this minute, in all and by device */
  lines: number;
  readonly byDevice: Map<string, number>;
}

/**
 * @param isListed whether the hall file has that device, or somebody accepted it
 * @param now a steady clock, ms
 */
export function tellRefusals(
  log: Pick<Log, 'warn'>,
  isListed: (device: string) => boolean = () => false,
  now: () => number = () => performance.now(),
): (refused: readonly DeadLetterDraft[]) => void {
  const listed = newShare();
  const others = newShare();
  let minute = -1;
  let untold = 0;

  const begin = (present: number): void => {
    minute = present;
    for (const share of [listed, others]) {
      share.lines = 0;
      share.byDevice.clear();
    }
    if (untold === 0) return;
    log.warn(message('message.refused-more', { count: untold }), { stage: 'intake' });
    untold = 0;
  };
  return (refused) => {
    const present = now();
    if (Math.floor(present / 60_000) !== minute) begin(Math.floor(present / 60_000));
    for (const { topic, reason, detail } of refused) {
      const shown = topic.slice(0, TOPIC_SHOWN);
      const device = deviceOf(shown);
      const share = isListed(device) ? listed : others;
      const key = `${reason} ${shown}`;
      if (present - (share.told.get(key) ?? -Infinity) < AGAIN_MS) continue;
      const ofOne = share.byDevice.get(device) ?? 0;
      if (share.lines >= LINES_A_MINUTE || ofOne >= LINES_OF_ONE) {
        untold++;
        continue;
      }
      if (share.told.size >= KNOWN_MAX) share.told.clear();
      share.told.set(key, present);
      share.lines++;
      share.byDevice.set(device, ofOne + 1);
      log.warn(message('message.refused', { detail }), { stage: 'intake', topic: shown, reason });
    }
  };
}

/** Whose topic it is, also where its stream is none; a vendor's topic stands for itself. */
function deviceOf(topic: string): string {
  const [root, , device = ''] = topic.split('/', 4);
  return root === 'hall' && ID_PATTERN.test(device) ? device : topic;
}

function newShare(): Share {
  return { told: new Map(), lines: 0, byDevice: new Map() };
}
