// The leadership wall in a real browser: every scene on every ratio without scrolling, cutting or small text; the same picture at
// every size; scenes that turn for hours leave nothing behind; a floor's own drawing comes alive under the page's policy.
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, type Page } from '@playwright/test';
import { SCENES } from '../../hall/scene.ts';
import { HALL } from '../gateway/open-hall.ts';
import { checkPage } from '../pictures/check.ts';
import type { Size } from '../pictures/halls.ts';
import { checksOf, openStage, type Stage } from '../pictures/stage.ts';
import { sendCommand } from '../services/command.ts';
import { startGateway } from '../services/gateway.ts';
import { dayScene, demoYaml } from './dashboard-scenes.ts';
import { COUNTY_YAML, NEIGHBOURS_YAML } from './halls.ts';

const WALL = '/dashboard/wall';
/** A full hall, and one with long names; 4K is the first one twice as large (see below). */
const RATIOS: readonly (Size & { readonly halls: readonly ('demo' | 'county')[] })[] = [
  { width: 1920, height: 1080, halls: ['demo', 'county'] },
  { width: 3840, height: 1080, halls: ['demo'] },
  { width: 5760, height: 1080, halls: ['demo'] },
  { width: 1080, height: 1920, halls: ['county'] },
];

let stage: Stage;
test.beforeAll(async ({ browser }) => {
  stage = await openStage(browser);
});
test.afterAll(() => stage.end());

for (const { width, height, halls } of RATIOS) {
  test(`25.2 ${width}×${height}: every scene can be read whole`, async () => {
    for (const hall of halls) {
      const scene =
        hall === 'demo'
          ? dayScene(await demoYaml(), '10:40')
          : dayScene(COUNTY_YAML + NEIGHBOURS_YAML, '15:10');
      const page = await stage.show(scene, WALL, { width, height });
      for (const [index, name] of SCENES.entries()) {
        await page.keyboard.press(String(index + 1));
        await expect(page.locator(`[data-scene=${name}]`)).toBeAttached();
        // Boxes are measured, and then drawn into.
        await page.evaluate(
          () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))),
        );
        expect(
          await page.evaluate(checkPage, checksOf(scene, WALL, { width, height })),
          `${name}, ${hall}`,
        ).toEqual([]);
        const scrolls = await page.evaluate(
          () => document.documentElement.scrollHeight > innerHeight + 1,
        );
        expect(scrolls, name).toBe(false);
      }
      await page.close();
    }
  });
}

test('25.2 the picture of 4K is the picture of 1080p, twice as large', async () => {
  const scene = dayScene(await demoYaml(), '10:40');
  const boxes = async (size: Size) => {
    const page = await stage.show(scene, `${WALL}?scene=overview`, size);
    const found = await page.locator('[data-figure]').evaluateAll((all) =>
      all.map((one) => {
        const { x, y, width, height } = one.getBoundingClientRect();
        return [x, y, width, height];
      }),
    );
    await page.close();
    return found;
  };
  const small = await boxes({ width: 1920, height: 1080 });
  const large = await boxes({ width: 3840, height: 2160 });
  expect(large.length).toBe(small.length);
  const apart = small.map((box, index) =>
    Math.max(...box.map((value, at) => Math.abs(value * 2 - (large[index]?.[at] ?? 0)))),
  );
  expect(Math.max(...apart)).toBeLessThan(6);
});

test('25.1 keys change the scene and its address; space holds it and lets it go', async () => {
  const page = await stage.show(dayScene(await demoYaml(), '10:40'), WALL, {
    ...{ width: 1920, height: 1080 },
  });
  await page.keyboard.press('3');
  await expect(page.locator('[data-scene=posts]')).toBeAttached();
  expect(new URL(page.url()).searchParams.get('scene')).toBe('posts');
  await page.keyboard.press('ArrowRight');
  await expect(page.locator('[data-scene=cases]')).toBeAttached();
  await page.keyboard.press('Space');
  expect(new URL(page.url()).searchParams.has('scene')).toBe(false);
  await page.keyboard.press('ArrowDown');
  await expect(page.locator('[data-scene=floor]')).toBeAttached();
  await page.keyboard.press('t');
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'day');
  await page.close();
});

test('25.2 a wall that is opened out or turned looks as one that was opened so', async () => {
  const scene = dayScene(await demoYaml(), '10:40');
  const figures = (page: Page) =>
    page.locator('[data-figure]').evaluateAll((all) =>
      all.map((one) => {
        const { x, y, width, height } = one.getBoundingClientRect();
        return [x, y, width, height].map(Math.round);
      }),
    );
  const turned = await stage.show(scene, `${WALL}?scene=overview`, { width: 1600, height: 820 });
  for (const size of [
    { width: 1080, height: 1920 },
    { width: 1920, height: 1080 },
  ]) {
    const fresh = await stage.show(scene, `${WALL}?scene=overview`, size);
    await turned.setViewportSize(size);
    const expected = await figures(fresh);
    expect(await fresh.locator('.warnings li').count()).toBeGreaterThan(2);
    await expect.poll(() => figures(turned), `${size.width}×${size.height}`).toEqual(expected);
    await fresh.close();
  }
  await turned.close();
});

test('25.1 what a key chose outlives a round of the scenes', async () => {
  const page = await stage.show(dayScene(await demoYaml(), '10:40'), WALL, {
    ...{ width: 1920, height: 1080 },
  });
  await page.keyboard.press('t');
  const seen = new Set<string | null>();
  for (let press = 0; press < SCENES.length; press++) {
    await page.keyboard.press('ArrowRight');
    seen.add(new URL(page.url()).searchParams.get('scene'));
  }
  expect(seen.size).toBeGreaterThan(4);
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'day');
  await page.close();
});

test('25.10 a pointer that rests on the wall covers nothing', async () => {
  const page = await stage.show(dayScene(await demoYaml(), '10:40'), `${WALL}?scene=overview`, {
    ...{ width: 1920, height: 1080 },
  });
  const tip = page.getByRole('tooltip');
  await page.locator('[data-explain]').first().hover();
  await expect(tip).toBeVisible();
  await page.keyboard.press('3');
  await expect(tip).toBeHidden();
  await page.keyboard.press('1');
  await page.locator('[data-explain]').last().hover();
  await expect(tip).toBeVisible();
  await expect(tip).toBeHidden({ timeout: 15_000 });
  expect(await page.evaluate(() => getComputedStyle(document.querySelector('.wall')!).cursor)).toBe(
    'none',
  );
  await page.close();
});

/** What stays in the page after the garbage was collected. */
async function leftBehind(page: Page) {
  const session = await page.context().newCDPSession(page);
  await session.send('HeapProfiler.collectGarbage');
  await session.send('Performance.enable');
  const { metrics } = await session.send('Performance.getMetrics');
  await session.detach();
  const of = (name: string) => metrics.find((one) => one.name === name)?.value ?? 0;
  return { nodes: of('Nodes'), listeners: of('JSEventListeners'), heap: of('JSHeapUsedSize') };
}

test('25.1 after 350 changes of scene the page holds what it held before', async () => {
  const page = await stage.show(dayScene(await demoYaml(), '10:40'), WALL, {
    ...{ width: 1920, height: 1080 },
  });
  const turn = async (times: number) => {
    for (let round = 0; round < times; round++) {
      for (let scene = 1; scene <= 7; scene++) await page.keyboard.press(String(scene));
    }
    // A scene that does not turn by itself: floors differ in what they show.
    await page.keyboard.press('3');
    await expect(page.locator('[data-scene=posts]')).toBeAttached();
  };
  await turn(10);
  const before = await leftBehind(page);
  await turn(50);
  // A collection may leave what the last change let go.
  await expect
    .poll(async () => (await leftBehind(page)).nodes)
    .toBeLessThanOrEqual(before.nodes * 1.02);
  const after = await leftBehind(page);
  expect(after.listeners).toBeLessThanOrEqual(before.listeners * 1.02);
  expect(after.heap).toBeLessThanOrEqual(before.heap * 1.1);
  expect(await page.evaluate(() => history.length)).toBeLessThan(5);
  await page.close();
});

test('24.2 a floor’s own drawing comes alive, and the page’s policy is kept', async ({ page }) => {
  const data = await mkdtemp(join(tmpdir(), 'hallcast-plan-'));
  await mkdir(join(data, 'plans'));
  const drawing =
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 200"><style>.wall { fill: none }</style>' +
    '<script>document.title = "bad"</script>' +
    '<g id="z1"><rect class="wall" style="stroke-width: 3" width="390" height="190" x="5" y="5"/></g>' +
    '<rect id="w1" x="20" y="120" width="60" height="40" onclick="alert(1)"/></svg>';
  await writeFile(join(data, 'plans/f1.svg'), drawing);
  const hall = HALL.replace(
    /floors: \[.*\]/,
    'floors: [{ id: f1, name: 一楼, plan: plans/f1.svg }]',
  );
  expect(hall).toContain('plans/f1.svg');
  const gateway = await startGateway({ data, hall });
  try {
    const refused: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error') refused.push(message.text());
    });
    await page.goto(`${gateway.url}${WALL}?scene=floor`);
    const window = page.locator('[id=w1]');
    await expect(window).toHaveAttribute('data-tone', 'unknown');
    await sendCommand(gateway.url, 'window.set', { window: 'w1', state: 'away' });
    await expect(window).toHaveAttribute('data-tone', 'missing');
    await expect(page.locator('[id=z1]')).toHaveAttribute('data-tone', 'zone');
    expect(refused).toEqual([]);

    // On a page where windows can be chosen they can be so by the keyboard, and a drawing that could not be had is asked for again.
    let asked = 0;
    await page.route(/\/content\//, (route) => (asked++ === 0 ? route.abort() : route.continue()));
    await page.goto(`${gateway.url}/dashboard/live`);
    await window.focus();
    await page.keyboard.press('Enter');
    await expect(page.locator('tr:focus')).toHaveAttribute('id', 'window-w1');
    expect(asked).toBe(2);
    const { faults } = (await (await fetch(`${gateway.url}/api/v1/faults`)).json()) as {
      faults: { id: string; detail: string }[];
    };
    expect(faults.find(({ id }) => id === 'hall-file:plans')?.detail ?? '').toMatch(
      /lacks the windows/,
    );
  } finally {
    await gateway.end();
  }
});
