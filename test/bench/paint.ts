// A device's publish → the call painted in Chromium, at 20 calls among 200 signals per second: on a large board and on
// the live page, alone and with 200 more screens connected.
import type { Browser } from '@playwright/test';
import { startGateway, type Gateway } from '../services/gateway.ts';
import { bench, progress, quantile, type Figure, type Tidy } from './rig/bench.ts';
import { clockAhead, sightings, startBrowser, watchedPage } from './rig/browser.ts';
import { benchHall, type BenchHall } from './rig/demo-hall.ts';
import { playDevices, type Devices } from './rig/devices.ts';
import { frameTimes, syncTimes } from './rig/floors.ts';
import { runLoad } from './rig/load.ts';
import { cpuSeconds, startHelper } from './rig/process.ts';

interface Stage {
  readonly hall: BenchHall;
  readonly gateway: Gateway;
  readonly devices: Devices;
  readonly browser: Browser;
}

interface Shown {
  readonly name: string;
  readonly path: string;
  readonly viewport: { readonly width: number; readonly height: number };
  /** which of the calls it has to show */
  readonly concerns: (window: string) => boolean;
}

interface Measured {
  /** publish → painted, ms */
  readonly paints: readonly number[];
  readonly unseen: number;
  readonly acks: readonly number[];
  /** share of one core that the gateway took */
  readonly cpu: number;
}

const SECONDS = 60;
const WARM_SECONDS = 10;
const CALLS_PER_SECOND = 20;
const SIGNALS_PER_SECOND = 200;
const SCREENS = 200;
/** Every fifth of these watches the managers' page, the others the hall's own screens. */
const LIVE_EVERY = 5;
const AIM_MS = { alone: 30, crowded: 50 };
const NODE_RED = { alone: 30, crowded: 61, cpu: 64 };
/** Each measurement's tickets begin with a letter of their own. */
const RUNS = ['A', 'B', 'C', 'D'];
/** A screen still has to show the last calls when the load ends. */
const LAST_MS = 2_000;

/*
 * Each call keeps its place on a board for its minimum time, at the very least 1 s. So that what is measured is the way to
 * the glass and not the wait for a place, the board's zone gets a share of the calls for which it has places.
 */
const ZONE = 'z1';
const ZONE_SHARE = 0.12;
const BOARD = {
  ...{ id: 'bench-board', layout: 'calls', zone: ZONE },
  ...{ diagonal_in: 98, resolution: '3840x2160', distance_m: 8 },
};

await bench('paint', async (tidy) => {
  const stage = await openStage(tidy);
  const { browser, gateway, hall } = stage;
  const syncs = await syncTimes(gateway.data);
  const frames = await frameTimes(browser);
  const own = new Set(hall.config.windows.filter(({ zone }) => zone === ZONE).map(({ id }) => id));
  const board: Shown = {
    name: 'board 3840×2160',
    path: `/screen/${BOARD.id}`,
    viewport: { width: 3840, height: 2160 },
    concerns: (window) => own.has(window),
  };
  const live: Shown = {
    name: 'live page',
    path: '/dashboard/live',
    viewport: { width: 1920, height: 1080 },
    concerns: () => true,
  };
  const figures: Figure[] = [
    { name: 'floor: one sync to disk, p50', value: quantile(syncs, 0.5), unit: 'ms' },
    { name: 'floor: one sync to disk, p99', value: quantile(syncs, 0.99), unit: 'ms' },
    { name: 'floor: one frame, p50', value: quantile(frames, 0.5), unit: 'ms' },
  ];
  figures.push(...(await measureBoth(stage, [board, live], false, RUNS.slice(0, 2), tidy)));
  figures.push(...(await measureBoth(stage, [board, live], true, RUNS.slice(2), tidy)));
  return figures;
});

async function openStage(tidy: Tidy): Promise<Stage> {
  const hall = benchHall({
    hour: 10,
    always: true,
    screens: [BOARD],
    board: { call_seconds_min: 1, hero_seconds_min: 1 },
  });
  const gateway = await startGateway({ hall: hall.yaml });
  tidy(() => gateway.end());
  const devices = playDevices(hall.config.hall.id, gateway.mqtt, tidy);
  const browser = await startBrowser(tidy);
  return { hall, gateway, devices, browser };
}

async function measureBoth(
  stage: Stage,
  pages: readonly Shown[],
  crowded: boolean,
  runs: string[],
  tidy: Tidy,
): Promise<Figure[]> {
  const crowd = crowded ? await openScreens(stage, tidy) : undefined;
  const situation = crowded ? `with ${SCREENS} more screens` : 'alone';
  const peer = crowded ? NODE_RED.crowded : NODE_RED.alone;
  const figures: Figure[] = [];
  for (const page of pages) {
    progress(`${page.name}, ${situation}: ${SECONDS} s`);
    const { paints, unseen, acks, cpu } = await measure(stage, page, runs.shift() ?? 'X');
    const name = `${page.name}, ${situation}`;
    figures.push(
      { name: `${name}, p50`, value: quantile(paints, 0.5), unit: 'ms' },
      {
        ...{ name: `${name}, p99`, value: quantile(paints, 0.99), unit: 'ms' },
        aim: { below: crowded ? AIM_MS.crowded : AIM_MS.alone },
        beside:
          `a Node-RED flow that keeps nothing: ${peer}; n = ${paints.length}` +
          (unseen > 0 ? `, never painted as called: ${unseen}` : ''),
      },
      { name: `${name}, PUBACK p99`, value: quantile(acks, 0.99), unit: 'ms' },
      {
        ...{ name: `${name}, gateway's processor`, value: cpu * 100, unit: '% of a core' },
        digits: 0,
        ...(crowded && { beside: `the Node-RED flow: ${NODE_RED.cpu}` }),
      },
    );
  }
  await crowd?.close();
  return figures;
}

async function measure(stage: Stage, shown: Shown, run: string): Promise<Measured> {
  const { gateway, devices, browser, hall } = stage;
  const page = await watchedPage(browser, shown.viewport);
  await page.goto(`${gateway.url}${shown.path}`);
  await page.waitForSelector('[data-revision]');
  const before = await clockAhead(page);
  const cpuBefore = cpuSeconds(gateway.pid);
  const { calls, seconds, acks } = await runLoad({
    ...{
      config: hall.config,
      devices,
      run,
      seconds: SECONDS,
      warmSeconds: WARM_SECONDS,
      zone: ZONE,
      zoneShare: ZONE_SHARE,
    },
    ...{ callsPerSecond: CALLS_PER_SECOND, signalsPerSecond: SIGNALS_PER_SECOND },
  });
  const cpu = (cpuSeconds(gateway.pid) - cpuBefore) / seconds;
  await new Promise((resolve) => setTimeout(resolve, LAST_MS));
  const after = await clockAhead(page);
  const ahead = (before.ahead + after.ahead) / 2;
  const within = Math.max(before.within, after.within, Math.abs(before.ahead - after.ahead));
  progress(`clocks: the page ${ahead.toFixed(2)} ms ahead, known within ${within.toFixed(2)} ms`);
  const seen = new Map((await sightings(page)).map(({ ticket, at }) => [ticket, at - ahead]));
  await page.context().close();
  const wanted = calls.filter(({ window }) => shown.concerns(window));
  const paints = wanted.flatMap(({ ticket, publishedAt }) => {
    const at = seen.get(ticket);
    return at === undefined ? [] : [at - publishedAt];
  });
  if (paints.length < wanted.length / 2) {
    throw new Error(`${shown.name}: painted ${paints.length} of ${wanted.length} calls`);
  }
  return { paints, unseen: wanted.length - paints.length, acks, cpu };
}

/** 200 screens of this hall in another process, each reading everything that its view sends. */
async function openScreens({ hall, gateway }: Stage, tidy: Tidy) {
  const screens = hall.config.screens.filter(({ layout }) => ['calls', 'window'].includes(layout));
  const views = Array.from({ length: SCREENS }, (_, index) => {
    const screen = screens[index % screens.length];
    return index % LIVE_EVERY === 0 || !screen ? 'live' : `screen:${screen.id}`;
  });
  const helper = startHelper('screens.ts', [String(gateway.http), ...views], tidy);
  await helper.line();
  return {
    async close(): Promise<void> {
      const last = helper.line<{ messages: number; bytes: number; closed: number }>();
      await helper.stop();
      const { messages, bytes, closed } = await last;
      progress(`${SCREENS} screens read ${messages} messages, ${(bytes / 2 ** 20).toFixed(0)} MB`);
      if (closed > 0) throw new Error(`screens: ${closed} of ${SCREENS} were closed`);
    },
  };
}
