// Pages that never lie or die: what a hall or a device writes stops no page, a part that fails is contained, and a page
// that does not show what it should, or that is of another protocol, loads itself anew. SPEC 7.14–7.18.
import { expect, test, type Page } from '@playwright/test';
import { SAMPLE_YAML } from '../hall/sample.ts';
import { startGateway, type Gateway } from '../services/gateway.ts';
import { mosquittoPub } from '../services/mosquitto.ts';

const HALL = `${SAMPLE_YAML.replace(/hours: .*/, 'hours: { daily: ["00:00-24:00"] }')}
  - { id: n1, name: 公告屏, layout: notice, diagonal_in: 55, resolution: 1920x1080, distance_m: 5 }
board: { call_seconds_min: 2, hero_seconds_min: 1 }
notices:
  - { title: 放假通知, body: 一月一日放假一天 }
  - { title: 放假通知, body: 春节放假八天 }
  - { title: 放假通知, body: 春节放假八天 }
  - { title: 办事须知, body: 请带身份证 }
`;
/** The first reload comes after 5 to 15 s. */
const SOON = { timeout: 45_000 };

let gateway: Gateway;
let next = 0;

test.beforeAll(async () => {
  gateway = await startGateway({ hall: HALL });
});
test.afterEach(async ({ browser }) => {
  await Promise.all(browser.contexts().map((context) => context.close()));
});
test.afterAll(async () => {
  await gateway.end();
});

const say = (type: string, ticket: string, fields: object = {}) =>
  mosquittoPub(gateway.mqtt, 'hall/h1/caller-1/ticket', {
    ...{ type, id: `step-${next++}`, ticket },
    ...fields,
  });

interface Watched {
  readonly page: Page;
  readonly errors: string[];
  navigations: number;
}

async function watched(page: Page): Promise<Watched> {
  const seen: Watched = { page, errors: [], navigations: 0 };
  page.on('pageerror', (error) => seen.errors.push(String(error)));
  page.on('framenavigated', (frame) => {
    if (frame === page.mainFrame()) seen.navigations += 1;
  });
  return seen;
}

async function open(page: Page, path: string): Promise<Watched> {
  const seen = await watched(page);
  await page.goto(`${gateway.url}${path}`);
  await expect(page.locator('[data-revision]')).toBeAttached();
  return seen;
}

const shows = (page: Page, ticket: string) =>
  expect(page.locator(`[data-ticket="${ticket}"]`).first()).toBeVisible();

test('notices of one title and one text stand on boards and notice screens, which go on', async ({
  browser,
}) => {
  const board = await open(await browser.newPage(), '/screen/b1');
  const notice = await open(await browser.newPage(), '/screen/n1');
  await expect(board.page.getByText('春节放假八天')).toHaveCount(2);
  await expect(board.page.getByText('一月一日放假一天')).toBeVisible();
  for (const text of ['一月一日放假一天', '春节放假八天', '请带身份证']) {
    await expect(notice.page.getByText(text)).toBeVisible({ timeout: 60_000 });
  }
  await say('called', 'N001', { window: 'w1' });
  await shows(board.page, 'N001');
  await say('cancelled', 'N001');
  await expect(board.page.locator('[data-ticket]')).toHaveCount(0, { timeout: 40_000 });
  expect([...board.errors, ...notice.errors]).toEqual([]);
});

test('tickets named as what every object has are called as any other', async ({ browser }) => {
  const { page, errors } = await open(await browser.newPage(), '/screen/b1');
  for (const ticket of ['constructor', 'toString', 'valueOf']) {
    await say('called', ticket, { window: 'w1' });
    await shows(page, ticket.toUpperCase());
    await say('cancelled', ticket);
  }
  await expect(page.locator('[data-ticket]')).toHaveCount(0, { timeout: 60_000 });
  for (const ticket of ['A101', 'A102']) {
    await say('called', ticket, { window: 'w1' });
    await shows(page, ticket);
    await say('cancelled', ticket);
  }
  expect(errors).toEqual([]);
});

/** What the gateway tells this page goes through `change` until the page has loaded itself anew. */
async function falsified(page: Page, change: (data: Record<string, unknown>) => void) {
  let loads = 0;
  await page.routeWebSocket(/\/live$/, (socket) => {
    const server = socket.connectToServer();
    const first = loads++ === 0;
    server.onMessage((text) => {
      const message = JSON.parse(String(text));
      if (first && message.type === 'snapshot') change(message.data);
      socket.send(JSON.stringify(message));
    });
  });
}

test('a part that fails is contained and says so, the rest goes on, the page heals itself', async ({
  browser,
}) => {
  const page = await browser.newPage();
  await falsified(page, (data) => Object.assign(data['screen'] as object, { zoneName: {} }));
  await say('called', 'C001', { window: 'w1' });
  const seen = await open(page, '/screen/b1');
  await expect(page.locator('[data-failed="Header"]')).toContainText('页头暂时无法显示');
  await shows(page, 'C001');
  await expect(page.locator('li[data-queue="q1"]')).toBeVisible();
  await say('called', 'C002', { window: 'w2' });
  await shows(page, 'C002');
  await expect(page.locator('[data-failed]')).toHaveCount(0, SOON);
  await shows(page, 'C002');
  for (const ticket of ['C001', 'C002']) await say('cancelled', ticket);
  expect(seen.navigations).toBe(2);
  expect(seen.errors).toEqual([]);
});

test('a slide that fails as a whole says so, and comes back', async ({ browser }) => {
  const page = await browser.newPage();
  await falsified(page, (data) => (data['settings'] = null));
  const seen = await open(page, '/screen/b1');
  await expect(page.locator('[data-failed="Calls"]').first()).toContainText('正在恢复');
  await expect(page.locator('[data-slide="calls"] .hall')).toBeVisible(SOON);
  await expect(page.locator('[data-failed]')).toHaveCount(0, SOON);
  expect(seen.navigations).toBe(2);
});

test('a page that stood still shows who is called now, and nobody whose call was over', async ({
  browser,
}) => {
  const { page } = await open(await browser.newPage(), '/screen/b1');
  await expect(page.locator('[data-ticket]')).toHaveCount(0);
  await say('called', 'E001', { window: 'w1' });
  await shows(page, 'E001');
  await page.evaluate(() => {
    const painted = new Set<string>();
    const look = () => {
      for (const { dataset } of document.querySelectorAll<HTMLElement>('[data-ticket]')) {
        painted.add(dataset['ticket'] ?? '');
      }
      requestAnimationFrame(look);
    };
    look();
    Object.assign(globalThis, { painted });
  });
  // Its renderer does nothing else for so long, over three least times; what the gateway tells waits at its door.
  const still = page.evaluate(() => {
    const until = performance.now() + 26_000;
    while (performance.now() < until);
  });
  for (const ticket of ['E002', 'E003', 'E004', 'E005', 'E006', 'E007', 'E008']) {
    await say('called', ticket, { window: 'w1' });
    await say('completed', ticket, { window: 'w1' });
  }
  await say('called', 'E009', { window: 'w2' });
  await still;
  await expect(page.locator('article[data-ticket="E009"]')).toBeVisible();
  // The one that was there before stands for three least times, as nobody said what became of it.
  await expect(page.locator('[data-ticket]')).toHaveCount(1, { timeout: 30_000 });
  const painted = await page.evaluate(() => [
    ...(globalThis as typeof globalThis & { painted: Set<string> }).painted,
  ]);
  // The first call may still be painted before the renderer stands.
  expect(painted.filter((ticket) => ticket !== 'E002').sort()).toEqual(['E001', 'E009']);
});

test('7.26 a screen without calls and notices says whether the hall is open, and its watch is content', async ({
  browser,
}) => {
  const empty = await startGateway({ hall: HALL.replace(/notices:\n[^]*/, '') });
  const slides = { b1: ['calls', 'calls'], n1: ['notice', 'notice'], 'sign-1': ['sign', 'window'] };
  const all = await Promise.all(
    Object.entries(slides).map(async ([id, [slide, view]]) => {
      const seen = await watched(await browser.newPage());
      await seen.page.goto(`${empty.url}/screen/${id}`);
      const shown = seen.page.locator(`[data-slide="${slide}"][data-view="${view}"]`);
      await expect(shown).toBeVisible();
      if (id !== 'sign-1') await expect(shown).toContainText('00:00–24:00');
      if (id === 'n1') {
        await expect(shown.getByText('正在办公')).toHaveCount(1);
        await expect(shown).not.toHaveAttribute('data-urgency');
      } else await expect(shown).toHaveAttribute('data-urgency', 'information');
      return seen;
    }),
  );
  // A slide that is not the view's makes the page load itself anew after 8 s of looking and 5 to 15 s more.
  for (const { page } of all) {
    await page.waitForFunction(() => performance.now() > 25_000, undefined, SOON);
    await expect(page.locator('.outdated')).toHaveCount(0);
  }
  expect(all.map(({ navigations }) => navigations)).toEqual([1, 1, 1]);
  await empty.end();
});

test('a call that should stand and does not makes the page say that it is old, and load anew', async ({
  browser,
}) => {
  const seen = await open(await browser.newPage(), '/screen/b1');
  const { page } = seen;
  await page.evaluate(() => {
    const style = new CSSStyleSheet();
    style.replaceSync('[data-call] { display: none !important }');
    document.adoptedStyleSheets.push(style);
  });
  await say('called', 'D001', { window: 'w1' });
  await expect(page.locator('.outdated')).toContainText('可能已过时', { timeout: 60_000 });
  await expect(page.locator('#app')).toHaveAttribute('data-freshness', 'stale');
  await expect(page.locator('.outdated')).toHaveCount(0, SOON);
  await shows(page, 'D001');
  expect(seen.navigations).toBe(2);
});

test('pages of another protocol load themselves anew: once where that helps, rarely where not', async ({
  browser,
}) => {
  test.setTimeout(180_000);
  const old = async (path: string, isOld: (page: Watched) => boolean) => {
    const seen = await watched(await browser.newPage());
    await seen.page.routeWebSocket(/\/live$/, (socket) => {
      const server = socket.connectToServer();
      socket.onMessage((text) =>
        server.send(isOld(seen) ? String(text).replace('"protocol":1', '"protocol":0') : text),
      );
    });
    await seen.page.goto(`${gateway.url}${path}`);
    await expect(seen.page.getByText('正在更新页面')).toBeVisible();
    return seen;
  };
  const stuck = await old('/screen/b1', () => true);
  const paths = ['/screen/b1', '/screen/sign-1', '/dashboard/live', '/dashboard/devices'];
  const pages = await Promise.all(paths.map((path) => old(path, (page) => page.navigations < 2)));
  for (const { page } of pages) await expect(page.locator('[data-revision]')).toBeAttached(SOON);
  await expect(stuck.page.getByText('新版本尚未就绪')).toBeVisible(SOON);
  for (const { page } of pages) await expect(page.getByText('正在更新页面')).toHaveCount(0);
  expect(pages.map(({ navigations }) => navigations)).toEqual([2, 2, 2, 2]);
});
