// What the wall and the live page cost while they are open: main thread and script of each, at a busy hall's rate and at more than
// twice that with 48 more clients, beside an empty page of the same browser; how soon they are painted; what is left after
// 2,000 changes of scene.
import type { Browser, CDPSession, Page } from '@playwright/test';
import { SCENES } from '../../hall/scene.ts';
import { startGateway, type Gateway } from '../services/gateway.ts';
import { bench, progress, type Figure, type Tidy } from './rig/bench.ts';
import { startBrowser } from './rig/browser.ts';
import { benchHall, type BenchHall } from './rig/demo-hall.ts';
import { playDevices, type Devices } from './rig/devices.ts';
import { runLoad } from './rig/load.ts';
import { cpuSeconds, memoryMb, startHelper } from './rig/process.ts';

interface Stage {
  readonly hall: BenchHall;
  readonly gateway: Gateway;
  readonly devices: Devices;
  readonly browser: Browser;
}

/** An open page and its profile. */
interface Open {
  readonly name: string;
  readonly page: Page;
  readonly profile: CDPSession;
  /** messages of the live stream so far */
  readonly updates: () => number;
  /** ms from the navigation until the hall's data stood there */
  readonly paintedMs: number;
}

/** Seconds of the main thread so far, and what the page holds. */
interface Metrics {
  readonly task: number;
  readonly script: number;
  readonly layout: number;
  readonly nodes: number;
  readonly listeners: number;
  readonly heap: number;
}

const SECONDS = 45;
const WARM_SECONDS = 10;
const CALLS_PER_SECOND = 20;
const SIGNALS_PER_SECOND = 220;
const MANY_PER_SECOND = 500;
const CLIENTS = 48;
const TURNS = 2_000;
const SIZE = { width: 1920, height: 1080 };
const AIM = { mainThread: 25, scriptMs: 8 };

await bench('dashboards', async (tidy) => {
  const stage = await openStage(tidy);
  const empty = await open(stage, 'empty page', undefined);
  const live = await open(stage, 'live page', '/dashboard/live');
  const figures: Figure[] = [
    { name: 'live page, hall painted', value: live.paintedMs, unit: 'ms', digits: 0 },
  ];
  progress(`live page at ${SIGNALS_PER_SECOND}/s: ${SECONDS} s`);
  figures.push(...(await measure(stage, [empty, live], SIGNALS_PER_SECOND, 'A')));
  const wall = await open(stage, 'wall', '/dashboard/wall?scene=overview');
  figures.push({ name: 'wall, hall painted', value: wall.paintedMs, unit: 'ms', digits: 0 });
  const clients = startClients(stage, tidy);
  await clients.line();
  progress(`wall, live page and ${CLIENTS} clients at ${MANY_PER_SECOND}/s: ${SECONDS} s`);
  figures.push(...(await measure(stage, [empty, live, wall], MANY_PER_SECOND, 'B')));
  await clients.stop();
  progress(`wall: ${TURNS} changes of scene`);
  figures.push(...(await turn(wall)));
  return figures;
});

async function openStage(tidy: Tidy): Promise<Stage> {
  const hall = benchHall({ hour: 10, always: true });
  const gateway = await startGateway({ hall: hall.yaml });
  tidy(() => gateway.end());
  const devices = playDevices(hall.config.hall.id, gateway.mqtt, tidy);
  const browser = await startBrowser(tidy);
  return { hall, gateway, devices, browser };
}

async function open(
  { browser, gateway }: Stage,
  name: string,
  path: string | undefined,
): Promise<Open> {
  const context = await browser.newContext({ viewport: SIZE, locale: 'zh-CN' });
  const page = await context.newPage();
  let updates = 0;
  page.on('websocket', (socket) => socket.on('framereceived', () => (updates += 1)));
  const profile = await context.newCDPSession(page);
  await profile.send('Performance.enable');
  const began = performance.now();
  if (path !== undefined) {
    await page.goto(`${gateway.url}${path}`);
    await page.waitForSelector('[data-revision]');
  }
  return { name, page, profile, updates: () => updates, paintedMs: performance.now() - began };
}

function startClients({ hall, gateway }: Stage, tidy: Tidy) {
  const boards = hall.config.screens.filter(({ layout }) => layout === 'calls');
  const views = Array.from({ length: CLIENTS }, (_, index) => {
    const board = boards[index % boards.length];
    return index % 4 === 0 || !board ? 'live' : `screen:${board.id}`;
  });
  return startHelper('screens.ts', [String(gateway.http), ...views], tidy);
}

async function measure(
  { hall, gateway, devices }: Stage,
  pages: readonly Open[],
  signalsPerSecond: number,
  run: string,
): Promise<Figure[]> {
  const zone = hall.config.zones[0]?.id ?? '';
  const load = {
    ...{ config: hall.config, devices, zone, zoneShare: 0.12 },
    ...{ seconds: SECONDS, warmSeconds: WARM_SECONDS, callsPerSecond: CALLS_PER_SECOND },
  };
  const before = await Promise.all(pages.map(metricsOf));
  const updates = pages.map((page) => page.updates());
  const cpu = cpuSeconds(gateway.pid);
  const { seconds } = await runLoad({ ...load, signalsPerSecond, run });
  const gatewayShare = (100 * (cpuSeconds(gateway.pid) - cpu)) / seconds;
  const after = await Promise.all(pages.map(metricsOf));
  const at = `at ${signalsPerSecond}/s`;
  const figures = pages.flatMap((page, index): Figure[] => {
    const [then, now] = [before[index], after[index]];
    if (!then || !now) return [];
    const share = (of: 'task' | 'script' | 'layout') => (100 * (now[of] - then[of])) / seconds;
    const main: Figure = {
      ...{ name: `${page.name} ${at}, main thread`, value: share('task'), unit: '% of a core' },
      beside: `script ${share('script').toFixed(1)}, layout ${share('layout').toFixed(1)}`,
    };
    const came = page.updates() - (updates[index] ?? 0);
    if (came === 0) return [main];
    return [
      page.name === 'live page' && signalsPerSecond === SIGNALS_PER_SECOND
        ? { ...main, aim: { below: AIM.mainThread } }
        : main,
      {
        ...{ name: `${page.name} ${at}, script of an update`, unit: 'ms', digits: 2 },
        value: (1_000 * (now.script - then.script)) / came,
        ...{ aim: { below: AIM.scriptMs }, beside: `${(came / seconds).toFixed(1)} updates/s` },
      },
    ];
  });
  const memory = memoryMb(gateway.pid);
  return [
    ...figures,
    {
      ...{ name: `gateway ${at}`, value: gatewayShare, unit: '% of a core', digits: 0 },
      beside: `${memory.now.toFixed(0)} MB, at most ${memory.most.toFixed(0)}`,
    },
  ];
}

async function turn(wall: Open): Promise<Figure[]> {
  const press = async (times: number) => {
    for (let count = 0; count < times; count++) {
      await wall.page.keyboard.press(String((count % SCENES.length) + 1));
    }
    // A scene that does not turn by itself.
    await wall.page.keyboard.press('3');
  };
  const began = performance.now();
  // Caches and the browser's own tables are full after the first ones.
  await press(TURNS / 4);
  const before = await metricsOf(wall);
  await press((TURNS * 3) / 4);
  const seconds = (performance.now() - began) / 1_000;
  const after = await metricsOf(wall);
  const grown = (of: 'heap' | 'nodes' | 'listeners') => 100 * (after[of] / before[of] - 1);
  return [
    {
      ...{ name: `wall, ${TURNS} changes of scene`, value: seconds, unit: 's' },
      aim: { below: 600 },
    },
    {
      ...{
        name: 'wall, heap after them, against a quarter of them',
        value: grown('heap'),
        unit: '% more',
      },
      beside:
        `${(after.heap / 2 ** 20).toFixed(1)} MB; nodes ${grown('nodes').toFixed(1)} %, ` +
        `listeners ${grown('listeners').toFixed(1)} % more`,
      aim: { below: 10 },
    },
  ];
}

/** After a collection of garbage. */
async function metricsOf({ profile }: Open): Promise<Metrics> {
  await profile.send('HeapProfiler.collectGarbage');
  const { metrics } = await profile.send('Performance.getMetrics');
  const of = (name: string) => metrics.find((one) => one.name === name)?.value ?? 0;
  return {
    ...{ task: of('TaskDuration'), script: of('ScriptDuration'), layout: of('LayoutDuration') },
    ...{ nodes: of('Nodes'), listeners: of('JSEventListeners'), heap: of('JSHeapUsedSize') },
  };
}
