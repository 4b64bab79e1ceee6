// Forty pages of halls drawn from a seed, each as it is painted: nothing over anything else, cut off, or too low to read.
import { expect, test } from '@playwright/test';
import { checkPage } from '../pictures/check.ts';
import { scene } from '../pictures/halls.ts';
import { somePictures } from '../pictures/list.ts';
import { checksOf, openStage, type Stage } from '../pictures/stage.ts';

const SEED = 7;
const COUNT = 40;

let stage: Stage;
test.beforeAll(async ({ browser }) => {
  stage = await openStage(browser);
});
test.afterAll(async () => {
  await stage.end();
});

for (const { name, path, size, recipe } of somePictures(SEED, COUNT)) {
  test(`everything can be read: ${name}`, async () => {
    const made = scene(recipe);
    const page = await stage.show(made, path, size);
    const findings = await page.evaluate(checkPage, checksOf(made, path, size));
    await page.close();
    expect(findings).toEqual([]);
  });
}
