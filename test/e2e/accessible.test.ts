// What the rules of axe find on the pages at work: nothing, by day and by night, in a full hall and in an empty one.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { expect, test, type Page } from '@playwright/test';
import type { AxeResults } from 'axe-core';
import { SCENES } from '../../hall/scene.ts';
import { openStage, type Stage } from '../pictures/stage.ts';
import { dayScene, demoYaml } from './dashboard-scenes.ts';
import { COUNTY_YAML } from './halls.ts';

const SIZE = { width: 1920, height: 1080 };
const axe = readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

let stage: Stage;
test.beforeAll(async ({ browser }) => {
  stage = await openStage(browser);
});
test.afterAll(() => stage.end());

async function violations(page: Page): Promise<string[]> {
  await page.evaluate(await axe);
  const { violations } = await page.evaluate(() =>
    (globalThis as unknown as { axe: { run(): Promise<AxeResults> } }).axe.run(),
  );
  return violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.target.join(' ') ?? ''}`);
}

test('the live page and the device page', async () => {
  for (const [yaml, clock] of [
    [await demoYaml(), '10:40'],
    [COUNTY_YAML, '06:00'],
  ] as const) {
    for (const path of ['/dashboard/live', '/dashboard/devices']) {
      const page = await stage.show(dayScene(yaml, clock), path, SIZE);
      expect(await violations(page), `${path} ${clock}`).toEqual([]);
      await page.close();
    }
  }
});

test('every scene of the wall, by day and by night', async () => {
  const scene = dayScene(await demoYaml(), '10:40');
  for (const theme of ['day', 'night']) {
    const page = await stage.show(scene, `/dashboard/wall?theme=${theme}`, SIZE);
    for (const [index, name] of SCENES.entries()) {
      await page.keyboard.press(String(index + 1));
      await expect(page.locator(`[data-scene=${name}]`)).toBeAttached();
      expect(await violations(page), `${name} ${theme}`).toEqual([]);
    }
    await page.close();
  }
});
