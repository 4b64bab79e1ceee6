// From the start of the process to /readyz: the gateway after kill -9 on a journal of a million events, and `npm start` a
// second time.
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createClock } from '../../gateway/clock.ts';
import { CHECKPOINT_ENTRIES, openLiveState } from '../../gateway/live-state.ts';
import { openJournal, type Draft, type Journal } from '../../gateway/journal.ts';
import { createLog } from '../../gateway/log.ts';
import { businessDate } from '../../hall/zone-time.ts';
import { startGateway } from '../services/gateway.ts';
import { bench, progress, quantile, type Tidy } from './rig/bench.ts';
import { livedDay, type BenchHall } from './rig/demo-hall.ts';
import { historyDone } from './rig/history.ts';

type Events = ReturnType<typeof livedDay>['events'];

const EVENTS = 1_000_000;
/** The most that a gateway leaves between its last checkpoint and its end. */
const TAIL = CHECKPOINT_ENTRIES - 1;
const STARTS = 3;
const AIM_S = 3;
const DAY_MS = 86_400_000;
const APPEND = 4_000;
const APPENDS_AT_ONCE = 8;
const LOOK_MS = 5;
const START_MS_MAX = 120_000;
const root = fileURLToPath(new URL('../..', import.meta.url));

await bench('restart', async (tidy) => {
  const { hall, events } = livedDay();
  const data = await folder(tidy);
  const million = livedDays(events);
  const began = performance.now();
  progress(`a journal of ${EVENTS} signals: ${Math.ceil(EVENTS / events.length)} days of the demo`);
  const replaySeconds = await fill(data, hall, million);
  progress(`filled in ${((performance.now() - began) / 1000).toFixed(0)} s`);
  const first = await startGateway({ hall: hall.yaml, data });
  tidy(() => first.kill());
  await historyDone(first.url);
  await first.kill();
  await append(data, hall, million.slice(EVENTS - TAIL));
  const times: number[] = [];
  for (let count = 0; count < STARTS; count++) {
    const started = performance.now();
    const gateway = await startGateway({ hall: hall.yaml, data });
    times.push((performance.now() - started) / 1000);
    tidy(() => gateway.kill());
    await gateway.kill();
  }
  const again = await npmStartAgain(tidy);
  const seconds = { unit: 's', digits: 2, aim: { below: AIM_S } } as const;
  return [
    {
      ...{ name: 'after kill -9, a million events in the journal', value: quantile(times, 0.5) },
      ...seconds,
      beside: `median of ${STARTS}, ${TAIL} of the events after the last checkpoint`,
    },
    {
      ...{ name: 'reading and folding all million, without a checkpoint', value: replaySeconds },
      ...{ unit: 's', digits: 1, beside: 'only after a change of the rules' },
    },
    { ...{ name: '`npm start` a second time', value: again }, ...seconds },
  ];
});

/** So many of the same day, each on its own date with its own ids, the last one today. */
function livedDays(events: Events): Draft[] {
  const drafts: Draft[] = [];
  const days = Math.ceil(EVENTS / events.length);
  for (let ago = days - 1; ago >= 0; ago--) {
    for (const { at, device, stream, signal } of events) {
      const moved = { ...signal, at: at - ago * DAY_MS, id: `${signal.id}-${ago}` };
      drafts.push({ device, stream, id: moved.id, at: moved.at, signal: moved });
    }
  }
  return drafts.slice(-EVENTS);
}

/** All but the tail, with a checkpoint at its end. Returns how long the fold over all of it took, s. */
async function fill(data: string, hall: BenchHall, drafts: readonly Draft[]): Promise<number> {
  await append(data, hall, drafts.slice(0, EVENTS - TAIL));
  const journal = await open(data, hall);
  const began = performance.now();
  const log = createLog({ level: 'error', json: false, write: (line) => console.error(line) });
  const liveState = await openLiveState({
    journal,
    config: hall.config,
    clock: createClock(),
    log,
  });
  const seconds = (performance.now() - began) / 1000;
  await liveState.stop();
  await journal.close();
  return (seconds * EVENTS) / (EVENTS - TAIL);
}

async function append(data: string, hall: BenchHall, drafts: readonly Draft[]): Promise<void> {
  const journal = await open(data, hall);
  let waiting: Promise<unknown>[] = [];
  for (const group of grouped(drafts, hall)) {
    waiting.push(journal.append(group, [], group.at(-1)?.at ?? 0));
    if (waiting.length < APPENDS_AT_ONCE) continue;
    await Promise.all(waiting);
    waiting = [];
  }
  await Promise.all(waiting);
  await journal.close();
}

/** Groups of one business day each, as they would have been received. */
function* grouped(drafts: readonly Draft[], { config }: BenchHall): Generator<Draft[]> {
  let group: Draft[] = [];
  let day = '';
  for (const draft of drafts) {
    const date = businessDate(config.hall.timezone, draft.at);
    if (group.length > 0 && (group.length === APPEND || date !== day)) {
      yield group;
      group = [];
    }
    day = date;
    group.push(draft);
  }
  if (group.length > 0) yield group;
}

function open(data: string, { config }: BenchHall): Promise<Journal> {
  return openJournal({
    file: join(data, 'journal.sqlite'),
    hall: config.hall.id,
    onError: (error) => {
      throw error;
    },
  });
}

/** `npm start` of the demo, once for the installation and the build, then timed, s. */
async function npmStartAgain(tidy: Tidy): Promise<number> {
  const data = await folder(tidy);
  progress('npm start, twice');
  let seconds = 0;
  for (let count = 0; count < 2; count++) {
    await rm(join(data, 'ports.json'), { force: true });
    const began = performance.now();
    const words = ['--data', data, '--http', '127.0.0.1:0', '--mqtt', '127.0.0.1:0'];
    const npm = spawn('npm', ['start', '--', ...words], { cwd: root, stdio: 'ignore' });
    const ended = new Promise<void>((resolve) => npm.once('exit', () => resolve()));
    const stop = async () => {
      npm.kill('SIGTERM');
      await ended;
    };
    tidy(stop);
    await ready(data);
    seconds = (performance.now() - began) / 1000;
    await stop();
  }
  return seconds;
}

async function ready(data: string): Promise<void> {
  const deadline = performance.now() + START_MS_MAX;
  while (performance.now() < deadline) {
    const answers = await readFile(join(data, 'ports.json'), 'utf8')
      .then((text) => fetch(`http://127.0.0.1:${JSON.parse(text).http}/readyz`))
      .then((response) => response.body?.cancel().then(() => response.ok))
      .catch(() => false);
    if (answers === true) return;
    await pause(LOOK_MS);
  }
  throw new Error(`npm start: is not ready after ${START_MS_MAX / 1000} s`);
}

async function folder(tidy: Tidy): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'hallcast-bench-'));
  tidy(() => rm(path, { recursive: true, force: true }));
  return path;
}
