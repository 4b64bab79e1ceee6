// Shows any page of any scene in a real browser without a gateway: the built pages over HTTP, the live stream answered with
// the scene's view, cut as the gateway cuts it. Runs under Node (browser tests) and Deno (`npm run pictures`) alike.
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from '@playwright/test';
import type { BoardView } from '../../hall/view/board.ts';
import { cutView } from '../../hall/view/index.ts';
import { CAPITAL_MM_PER_M, typeScale } from '../../screen/type-scale.ts';
import type { CheckOptions } from './check.ts';
import type { Scene, Size } from './halls.ts';

const dist = fileURLToPath(new URL('../../dist', import.meta.url));
const TYPES = new Map([
  ['.html', 'text/html; charset=utf-8'],
  ['.js', 'text/javascript'],
  ['.css', 'text/css'],
  ['.svg', 'image/svg+xml'],
  ['.woff2', 'font/woff2'],
]);
const PULSE_MS = 1_000;

export interface Stage {
  /** A page of the scene, painted: `/screen/board`, `/dashboard/live` … The caller closes it. */
  show(scene: Scene, path: string, size: Size): Promise<Page>;
  end(): Promise<void>;
}

export async function openStage(browser: Browser): Promise<Stage> {
  const server = await serve();
  const { port } = server.address() as AddressInfo;
  return {
    async show(scene, path, viewport) {
      const page = await browser.newPage({
        ...{ viewport, locale: 'zh-CN', reducedMotion: 'reduce' },
      });
      await answer(page, scene);
      await page.goto(`http://127.0.0.1:${port}${path}`);
      await page.locator('[data-revision]').waitFor({ state: 'attached' });
      await page.evaluate(painted);
      return page;
    },
    end: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** What a check asks of this page: where it is read from, how high its digits are. */
export function checksOf(scene: Scene, path: string, viewport: Size): CheckOptions {
  if (path.startsWith('/dashboard/wall')) return { font: WALL_FONT * wallScale(viewport) };
  const screen = scene.config.screens.find(({ id }) => path === `/screen/${id}`);
  if (!screen) return { scrolls: true, font: 10 };
  const { diagonal_in, distance_m, resolution } = screen;
  const { pxPerMm } = typeScale({ diagonal_in, distance_m, ...resolution }, viewport);
  const read = CAPITAL_MM_PER_M * distance_m * pxPerMm;
  // Glass that is too small for its distance cannot do more than fill itself.
  const least = Math.min(read, Math.min(viewport.width, viewport.height) * 0.11);
  const tickets = { selector: '[data-call] .ticket, .ticket[data-call]', least };
  const view = cutView(`screen:${screen.id}`, scene.hall, scene.config, scene.now);
  const calls = view?.kind === 'calls' ? Object.values((view as BoardView).calls) : [];
  // Both columns of a tall board have to fit beside each other.
  const plain = calls.every(
    ({ ticket, label }) => ticket.length <= 5 && ticket.length + label.length <= 7,
  );
  return {
    ...(plain && { digits: [tickets] }),
    order: [['article[data-call] .ticket', '.row[data-call] .ticket']],
  };
}

/** px of the wall's design below which nothing is written. */
const WALL_FONT = 13;

/** px for one px of the composition, as dashboard/wall/wall.css has them. */
function wallScale({ width, height }: Size): number {
  const ratio = width / height;
  if (ratio <= 1) return Math.min(width / 1080, height / 1920);
  const design = ratio >= 4.5 ? 5760 : ratio >= 2.5 ? 3840 : 1920;
  return Math.min(width / design, height / 1080);
}

/** Once its fonts are there and two frames have been painted. */
async function painted(): Promise<void> {
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
  await document.fonts.ready;
  await frame();
  await frame();
  await document.fonts.ready;
  await frame();
}

async function answer(page: Page, { hall, config, now, gatewayStatus }: Scene): Promise<void> {
  const began = performance.now();
  const time = () => now + performance.now() - began;
  await page.routeWebSocket(/\/live$/, (socket) => {
    const timer = setInterval(() => {
      socket.send(JSON.stringify({ type: 'pulse', revision: 1, now: time() }));
    }, PULSE_MS);
    socket.onClose(() => clearInterval(timer));
    page.once('close', () => clearInterval(timer));
    socket.onMessage((text) => {
      const hello = JSON.parse(String(text));
      if (hello.type !== 'hello') return;
      const data = cutView(hello.view, hall, config, now, gatewayStatus);
      const head = { view: hello.view, epoch: 'e', revision: 1, now: time(), pace: 1 };
      const refusal = { type: 'error', reason: 'view', detail: '' };
      socket.send(JSON.stringify(data ? { type: 'snapshot', ...head, data } : refusal));
    });
  });
}

/** The built pages under the gateway's addresses. */
function serve(): Promise<Server> {
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://stage').pathname;
    const file = path.startsWith('/screen/')
      ? '/signage/screen.html'
      : /^\/dashboard\/[a-z]+$/.test(path)
        ? `${path}.html`
        : path;
    readFile(join(dist, normalize(file))).then(
      (bytes) => {
        response.setHeader('content-type', TYPES.get(extname(file)) ?? 'application/octet-stream');
        response.end(bytes);
      },
      () => response.writeHead(404).end(),
    );
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}
