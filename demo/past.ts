// Gives the demo hall its past, before the gateway starts on an empty data folder: a journal of eight weeks, the facts that
// follow from it, and facts of the thirteen months before. What was killed in between is removed and made again.
//   deno run … demo/past.ts FLAGS
// Flags and environment are the gateway's, which tells what is wrong with them.
import { join } from 'node:path';
import process from 'node:process';
import { businessDate, dayBounds, instantAt } from '../hall/zone-time.ts';
import { readConfig } from '../gateway/config.ts';
import { readTextFile } from '../gateway/config/text.ts';
import { Follower } from '../gateway/facts/follower.ts';
import { FactStore, PACK_KINDS } from '../gateway/facts/store.ts';
import { rulesDigest, STATE_FORMAT } from '../gateway/fold.ts';
import type { Entry } from '../gateway/journal/entry.ts';
import { stopWithParent } from '../gateway/parent.ts';
import { localized } from '../gateway/start/language.mjs';
import { readDemoHall } from './hall.ts';
import type { DemoEvent } from './day.ts';
import { journalDays, olderColumns, olderDays } from './past/days.ts';
import { openPast } from './past/journal.ts';
import type { Asked, Telling, Told } from './past/teller.ts';
import type { HallConfig } from '../hall/config.ts';

const EXIT_CONFIG = 2;
/** Days that are told before the first of them is folded. */
const DAYS_AHEAD = 3;
const FLUSH_DAYS = 7;

if (import.meta.main) {
  await main();
  // Its standard input, the starter's, is still open.
  process.exit(0);
}

async function main(): Promise<void> {
  if (Deno.build.os !== 'windows') Deno.umask(0o077);
  stopWithParent(() => process.exit(1));
  const read = readConfig({
    ...{ flags: Deno.args, readText: readTextFile, env: (name) => Deno.env.get(name) },
  });
  if (!read.ok) process.exit(EXIT_CONFIG);
  console.log(
    localized(
      '演示：正在生成大厅此前八周的流水和一年多的统计，约需半分钟……',
      'demo: making the hall’s past, a journal of eight weeks and figures of more than a year: about half a minute …',
    ),
  );
  const { data, hall, clockOrigin = Date.now() } = read.config;
  const began = performance.now();
  const { signals } = await makePast({ data, timezone: hall.hall.timezone, now: clockOrigin });
  const seconds = ((performance.now() - began) / 1_000).toFixed(1);
  console.log(
    localized(
      `演示：已生成，共 ${signals} 条信号，用时 ${seconds} 秒`,
      `demo: the past is made, with ${signals} signals, in ${seconds} s`,
    ),
  );
}

interface PastOptions {
  readonly data: string;
  readonly timezone: string | undefined;
  /** ms since 1970: the past ends with the day before */
  readonly now: number;
  /** of the journal, and of facts before them; fewer in a test */
  readonly days?: number;
  readonly olderDays?: number;
}

/** Writes into an empty folder what a gateway there would have. */
export async function makePast({ data, timezone, now, ...sizes }: PastOptions) {
  const config = readDemoHall(timezone);
  const journalFile = join(data, 'journal.sqlite');
  const dates = journalDays(businessDate(config.hall.timezone, now), sizes.days);
  const [start] = dayBounds(config.hall.timezone, dates[0] ?? '');
  const dayOf = (at: number) => businessDate(config.hall.timezone, at);
  const facts = new FactStore(join(data, 'facts.sqlite'), dayOf);
  facts.since = start;
  const { follower, take } = followDays(facts, config, start);
  await tell({ file: journalFile, timezone }, dates, take);
  follower.flush(true);
  const older = olderDays(dates, sizes.olderDays);
  copyDays(facts, config.hall.timezone, older);
  facts.close();
  keepState(journalFile, config, follower);
  return { signals: follower.through, dates };
}

/** Derives facts as the gateway does, from one day's events after the other. */
function followDays(facts: FactStore, config: HallConfig, now: number) {
  let entries: Entry[] = [];
  let days = 0;
  const follower = new Follower({
    ...{ store: facts, config, firstSeq: 1, lastSeq: 0, now },
    journal: { read: () => entries, commands: () => [] },
    onError: (error) => {
      throw error;
    },
  });
  const take = (events: readonly DemoEvent[]) => {
    const { through } = follower;
    entries = events.map(({ at, device, stream, signal }, index) => ({
      ...{ seq: through + index + 1, id: signal.id, device, stream, at, receivedAt: at, signal },
    }));
    follower.read(entries.length);
    if ((days += 1) % FLUSH_DAYS === 0) follower.flush(true);
  };
  return { follower, take };
}

/** On a thread of its own, which also writes the journal; a few days ahead at most. */
function tell(
  telling: Telling,
  dates: readonly string[],
  take: (events: readonly DemoEvent[]) => void,
): Promise<void> {
  const worker = new Worker(new URL('./past/teller.ts', import.meta.url).href, { type: 'module' });
  const post = (asked: Asked) => worker.postMessage(asked);
  const left: (string | undefined)[] = [...dates, undefined];
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data: told }: MessageEvent<Told | null>) => {
      if (told) {
        if (left.length > 0) post(left.shift());
        return take(told);
      }
      worker.terminate();
      resolve();
    };
    worker.onerror = (event) => reject(new Error(event.message));
    post(telling);
    for (const date of left.splice(0, DAYS_AHEAD)) post(date);
  });
}

function copyDays(facts: FactStore, timezone: string, older: ReturnType<typeof olderDays>): void {
  facts.transaction(() => {
    for (const day of older) {
      const [from, end] = dayBounds(timezone, day.like);
      const byMs = instantAt(timezone, day.date, 0) - from;
      for (const kind of PACK_KINDS) {
        const columns = facts.columns(kind, day.like, from, end, true);
        if (columns.n > 0) facts.putColumns(kind, day.date, olderColumns(columns, day, byMs));
      }
    }
  });
}

/** The gateway goes on from the state, and need not fold the past again. */
function keepState(file: string, config: HallConfig, { hall, through }: Follower): void {
  const journal = openPast(file, config.hall.id);
  const state = { format: STATE_FORMAT, rules: rulesDigest(config), hall };
  journal.saveCheckpoint(through, JSON.stringify(state));
  journal.close();
}
