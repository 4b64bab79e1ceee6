// Files that nobody names go after a time: looked at after the start, when this gateway begins to lead, and a few times a day.
// That an upload goes is an event, which the gateway that leads decides on; every other file is each gateway's own.
import { hasExpired, usedContent } from '../../hall/content.ts';
import { entries, get } from '../../hall/table.ts';
import type { Clock } from '../clock.ts';
import type { Content } from '../content.ts';
import type { Log } from '../log.ts';
import type { HallNow } from './hall-content.ts';

export interface CollectOptions extends HallNow {
  readonly content: Content;
  readonly clock: Clock;
  readonly onError: (error: unknown, where: { stage: 'content' }) => void;
  readonly onInfo: Log['info'];
}

const EVERY_MS = 6 * 3_600_000;
const LOOK_MS = 1_000;
/** Who an event of the gateway's own is by. */
const WHO = 'gateway';

/** Returns the way to end it. */
export function keepCollecting(options: CollectOptions): () => void {
  const { leads, onError, onInfo } = options;
  let dueAt = -Infinity;
  let led = false;
  const look = () => {
    const began = leads() && !led;
    led = leads();
    if (performance.now() < dueAt && !began) return;
    dueAt = performance.now() + EVERY_MS;
    collect(options).then(
      (files) => files > 0 && onInfo('content: removed what was not used', { files }),
      (error: unknown) => onError(error, { stage: 'content' }),
    );
  };
  look();
  const timer = setInterval(look, LOOK_MS);
  return () => clearInterval(timer);
}

/** @returns how many files were removed, or are removed by their events */
async function collect(options: CollectOptions): Promise<number> {
  const { content, config, hall, leads, commands, clock } = options;
  const days = config().retention.content_days;
  const used = usedContent(config(), hall());
  let removed = 0;
  for (const hash of content.hashes) {
    const isWanted = () =>
      get(hall().uploads, hash) !== undefined ||
      !hasExpired(content.usedAt(hash) ?? clock.now(), days, clock.now());
    if (used.has(hash)) await content.touch(hash, clock.now());
    else if (await content.remove(hash, isWanted)) removed++;
  }
  for (const [hash, { at }] of entries(hall().uploads)) {
    if (!leads()) break;
    const lastAt = Math.max(at, content.usedAt(hash) ?? at);
    if (used.has(hash) || !hasExpired(lastAt, days, clock.now())) continue;
    if (!('refused' in (await commands.run('content.remove', { hash }, 'api', WHO)))) removed++;
  }
  return removed;
}
