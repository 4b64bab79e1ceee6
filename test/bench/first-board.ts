// What a screen that is switched on has to load, and how long it takes to the first painted board with calls in it.
import type { Browser } from '@playwright/test';
import { get } from 'node:http';
import { startGateway, type Gateway } from '../services/gateway.ts';
import { bench, progress, quantile, type Figure } from './rig/bench.ts';
import { firstSighting, startBrowser, watchedPage } from './rig/browser.ts';
import { benchHall } from './rig/demo-hall.ts';
import { playDevices, type Devices } from './rig/devices.ts';

interface Load {
  /** navigation → the frame with the first call, ms */
  readonly firstMs: number;
  /** navigation → all fonts that the page shows are there, ms */
  readonly fontsMs: number;
  readonly files: readonly { readonly url: string; readonly bytes: number }[];
}

const LOADS = 5;
const AIM = { ms: 1_000, kilobytes: 100 };
const PAGES = [
  { name: 'board', path: '/screen/b1', viewport: { width: 1920, height: 1080 } },
  { name: 'live page', path: '/dashboard/live', viewport: { width: 1920, height: 1080 } },
];
/** The zone of screen b1. */
const ZONE = 'z1';

await bench('first-board', async (tidy) => {
  const hall = benchHall({ hour: 10, always: true });
  const gateway = await startGateway({ hall: hall.yaml });
  tidy(() => gateway.end());
  const devices = playDevices(hall.config.hall.id, gateway.mqtt, tidy);
  const windows = hall.config.windows.filter(({ zone }) => zone === ZONE);
  for (const [index, { id, queues }] of windows.entries()) {
    await callSomebody(devices, `A${index + 1}`, id, queues[0] ?? '');
  }
  const browser = await startBrowser(tidy);
  const figures: Figure[] = [];
  for (const { name, path, viewport } of PAGES) {
    progress(`${name}: ${LOADS} times with an empty cache`);
    const loads: Load[] = [];
    for (let count = 0; count < LOADS; count++) {
      loads.push(await load(browser, `${gateway.url}${path}`, viewport));
    }
    figures.push(...(await figuresOf(name, loads, gateway)));
  }
  return figures;
});

async function callSomebody(devices: Devices, ticket: string, window: string, queue: string) {
  const at = Date.now();
  const tell = (device: string, type: string, fields: object) =>
    devices.publish(device, 'ticket', { type, ticket, id: `${ticket}-${type}`, at, ...fields });
  await tell(`dispenser-${queue}`, 'issued', { queue });
  await tell(`caller-${window}`, 'called', { window });
}

async function load(
  browser: Browser,
  url: string,
  viewport: { readonly width: number; readonly height: number },
): Promise<Load> {
  const page = await watchedPage(browser, viewport);
  await page.goto(url);
  const firstMs = await firstSighting(page);
  const fontsMs = await page.evaluate(() => document.fonts.ready.then(() => performance.now()));
  await page.waitForLoadState('networkidle');
  const files = await page.evaluate(() =>
    performance
      .getEntriesByType('resource')
      .filter((entry) => entry instanceof PerformanceResourceTiming)
      .map(({ name, encodedBodySize }) => ({ url: name, bytes: encodedBodySize })),
  );
  await page.context().close();
  return { firstMs, fontsMs, files };
}

async function figuresOf(name: string, loads: readonly Load[], gateway: Gateway) {
  const files = loads[0]?.files ?? [];
  const ending = (...endings: string[]) =>
    files.filter(({ url }) => endings.some((end) => new URL(url).pathname.endsWith(end)));
  const code = ending('.js', '.css');
  const fonts = ending('.woff2');
  if (code.length === 0) throw new Error(`${name}: loaded neither script nor style`);
  const sum = (list: readonly { readonly bytes: number }[]) =>
    list.reduce((total, { bytes }) => total + bytes, 0) / 1000;
  const zipped = await Promise.all(code.map(({ url }) => gzipBytes(url)));
  const faces = code.filter(({ url }) => /fonts[^/]*\.css$/.test(url));
  const faceBytes = await Promise.all(faces.map(({ url }) => gzipBytes(url)));
  const median = (of: (load: Load) => number) => quantile(loads.map(of), 0.5);
  const page = await gzipBytes(`${gateway.url}${PAGES.find((each) => each.name === name)?.path}`);
  return [
    {
      ...{ name: `${name}, navigation → first call painted`, unit: 'ms', digits: 0 },
      value: median(({ firstMs }) => firstMs),
      aim: { below: AIM.ms },
      beside: `its fonts there after ${median(({ fontsMs }) => fontsMs).toFixed(0)} ms`,
    },
    {
      ...{ name: `${name}, script and style, gzip`, unit: 'kB', digits: 1 },
      value: zipped.reduce((total, bytes) => total + bytes, 0) / 1000,
      aim: { below: AIM.kilobytes },
      beside:
        `${code.length} files, ${kilo(faceBytes)} kB of it names the fonts' files; ` +
        `as transferred ${sum(code).toFixed(1)}; page ${(page / 1000).toFixed(1)}`,
    },
    {
      ...{ name: `${name}, fonts`, unit: 'kB', digits: 0 },
      value: sum(fonts),
      beside: `${fonts.length} files, only those of the characters that it shows`,
    },
  ] satisfies Figure[];
}

function kilo(bytes: readonly number[]): string {
  return (bytes.reduce((total, each) => total + each, 0) / 1000).toFixed(1);
}

/** The body's bytes as the gateway sends them to a client that takes gzip. */
function gzipBytes(url: string): Promise<number> {
  return new Promise((resolve, reject) => {
    get(url, { headers: { 'accept-encoding': 'gzip' } }, (response) => {
      let bytes = 0;
      response.on('data', (chunk: Uint8Array) => (bytes += chunk.length));
      response.on('end', () => resolve(bytes));
      response.on('error', reject);
    }).on('error', reject);
  });
}
