// Forty pages of halls drawn from a seed, each as it is painted: nothing over anything else, cut off, or too low to read;
// and the managers' page of the demo hall on one screen.
import { expect, test } from '@playwright/test';
import { findFaults, type Fault } from '../../hall/fault.ts';
import { NO_STATUS } from '../../hall/gateway-status.ts';
import { checkPage } from '../pictures/check.ts';
import { scene } from '../pictures/halls.ts';
import { somePictures } from '../pictures/list.ts';
import { checksOf, openStage, type Stage } from '../pictures/stage.ts';
import { dayScene, demoYaml } from './dashboard-scenes.ts';

const SEED = 7;
const COUNT = 40;

/** A device's clock is wrong, as the managers' page says it. */
const CLOCK: Fault = {
  ...{ id: 'clock:devices', kind: 'clock', severity: 1, since: 0, devices: ['camera-z1'] },
  title: {
    zh: '社保医保等候区 摄像头 camera-z1 的时钟快 3 分钟',
    en: 'The clock of camera camera-z1 (Social and medical insurance) is 3 min ahead',
  },
  action: {
    zh: '请打开时间同步（NTP）；状态照常显示，时刻已按网关修正',
    en: 'Turn on time synchronisation (NTP); its states are shown, at corrected times',
  },
};

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

for (const [width, height] of [
  [1920, 1080],
  [3840, 2160],
] as const) {
  test(`the managers see every queue at once: ${width}×${height}, a busy city hall and a wrong clock`, async () => {
    const scene = dayScene(await demoYaml(), '10:00');
    const faults = [...findFaults(scene.hall, scene.config, scene.now), CLOCK];
    const made = { ...scene, gatewayStatus: { ...NO_STATUS, faults } };
    const page = await stage.show(made, '/dashboard/live', { width, height });
    await expect(page.locator('[data-trouble="clock:devices"]')).toBeVisible();
    const rows = page.locator('tr[data-queue]');
    await expect(rows).toHaveCount(scene.config.queues.length);
    const lowest = await rows.evaluateAll((all) =>
      Math.max(...all.map((row) => row.getBoundingClientRect().bottom)),
    );
    await page.close();
    expect(lowest).toBeLessThanOrEqual(height);
  });
}
