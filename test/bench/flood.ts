// What honest devices and a board notice while a stranger floods the embedded broker, beside the same hall at rest:
// publish → PUBACK of the hall's listed devices, and publish → painted on a board in Chromium.
import type { Browser } from '@playwright/test';
import { startGateway, type Gateway } from '../services/gateway.ts';
import { bench, progress, quantile, type Figure, type Tidy } from './rig/bench.ts';
import { clockAhead, sightings, startBrowser, watchedPage } from './rig/browser.ts';
import { benchHall, type BenchHall } from './rig/demo-hall.ts';
import { playDevices, type Devices } from './rig/devices.ts';
import { FLOOD_NAMES, type FloodName } from './rig/floods.ts';
import { runLoad } from './rig/load.ts';
import { startHelper } from './rig/process.ts';

const SECONDS = 20;
const WARM_SECONDS = 4;
const LAST_MS = 2_000;
/** As in the paint bench: the board gets as many calls as it has places for. */
const ZONE = 'z1';
const LOAD = { callsPerSecond: 20, signalsPerSecond: 200, zone: ZONE, zoneShare: 0.12 };
const BOARD = {
  ...{ id: 'bench-board', layout: 'calls', zone: ZONE },
  ...{ diagonal_in: 55, resolution: '1920x1080', distance_m: 8 },
};

interface Stage {
  readonly hall: BenchHall;
  readonly gateway: Gateway;
  readonly devices: Devices;
  readonly browser: Browser;
}

interface Measured {
  readonly acks: readonly number[];
  readonly paints: readonly number[];
  readonly unseen: number;
}

await bench('flood', async (tidy) => {
  const hall = benchHall({
    ...{ hour: 10, always: true, screens: [BOARD] },
    board: { call_seconds_min: 1, hero_seconds_min: 1 },
  });
  const gateway = await startGateway({ hall: hall.yaml });
  tidy(() => gateway.end());
  const devices = playDevices(hall.config.hall.id, gateway.mqtt, tidy);
  const stage = { hall, gateway, devices, browser: await startBrowser(tidy) };
  // Devices connect, pages are compiled: what a hall does once.
  await measure(stage, 'W', 'warming up');
  const rest = await measure(stage, 'A', 'at rest');
  const figures = figuresOf('at rest', rest, rest);
  for (const [at, name] of FLOOD_NAMES.entries()) {
    const measured = await underFlood(stage, String.fromCharCode(66 + at), name, tidy);
    figures.push(...figuresOf(name, measured, rest));
  }
  return figures;
});

async function underFlood(stage: Stage, run: string, name: FloodName, tidy: Tidy) {
  const flood = startHelper('flood.ts', [String(stage.gateway.mqtt), name], tidy);
  await flood.line();
  try {
    return await measure(stage, run, name);
  } finally {
    await flood.stop();
  }
}

async function measure(stage: Stage, run: string, situation: string): Promise<Measured> {
  progress(`${situation}: ${SECONDS} s`);
  const { gateway, devices, browser, hall } = stage;
  const page = await watchedPage(browser, { width: 1920, height: 1080 });
  await page.goto(`${gateway.url}/screen/${BOARD.id}`);
  await page.waitForSelector('[data-revision]');
  const { ahead } = await clockAhead(page);
  const { calls, acks } = await runLoad({
    ...{ config: hall.config, devices, run, seconds: SECONDS, warmSeconds: WARM_SECONDS },
    ...LOAD,
  });
  await new Promise((resolve) => setTimeout(resolve, LAST_MS));
  const seen = new Map((await sightings(page)).map(({ ticket, at }) => [ticket, at - ahead]));
  await page.context().close();
  const own = new Set(hall.config.windows.filter(({ zone }) => zone === ZONE).map(({ id }) => id));
  const wanted = calls.filter(({ window }) => own.has(window));
  const paints = wanted.flatMap(({ ticket, publishedAt }) => {
    const at = seen.get(ticket);
    return at === undefined ? [] : [at - publishedAt];
  });
  return { acks, paints, unseen: wanted.length - paints.length };
}

function figuresOf(name: string, measured: Measured, rest: Measured): Figure[] {
  const { unseen, paints, acks } = measured;
  const ratio = (
    what: string,
    times: readonly number[],
    calm: readonly number[],
    share: number,
  ) => {
    const [took, still] = [quantile(times, share), quantile(calm, share)];
    return {
      ...{ name: `${what}, ${name}`, value: took / still, unit: '×' },
      beside: `${took.toFixed(0)} ms, at rest ${still.toFixed(0)} ms, n = ${times.length}`,
    };
  };
  return [
    ratio('PUBACK p50', acks, rest.acks, 0.5),
    ratio('PUBACK p99', acks, rest.acks, 0.99),
    ratio('painted p99', paints, rest.paints, 0.99),
    {
      name: `calls never painted, ${name}`,
      value: unseen,
      unit: '',
      digits: 0,
      beside: `of ${unseen + paints.length}`,
    },
  ];
}
