// An advice on the live page: one click takes it, another page sees that it was taken, one click says no. SPEC §27.
import { expect, test } from '@playwright/test';
import { SAMPLE_YAML } from '../hall/sample.ts';
import { startGateway, type Gateway } from '../services/gateway.ts';
import { mosquittoPub } from '../services/mosquitto.ts';

/** The sample hall, open around the clock, in which a wait of a second presses. */
const HALL = `${SAMPLE_YAML.replace(/hours: .*/, 'hours: { daily: ["00:00-24:00"] }')}
thresholds: { wait_min: [0.02, 20, 40] }
`;

let gateway: Gateway;
test.beforeEach(async () => {
  gateway = await startGateway({ hall: HALL });
});
test.afterEach(() => gateway.end());

const tell = (device: string, stream: string, fields: object) =>
  mosquittoPub(gateway.mqtt, `hall/h1/${device}/${stream}`, fields as Record<string, unknown>);

test('27.2 one click takes an advice, on a phone too; every page says so; one click says no', async ({
  browser,
}) => {
  for (const [window, state] of [
    ['w1', 'serving'],
    ['w2', 'away'],
    ['w3', 'away'],
  ])
    await tell('caller-1', 'window', { type: 'state', window, state });
  await tell('disp-1', 'ticket', { type: 'issued', id: 'i-1', ticket: 'A001', queue: 'q1' });
  await tell('disp-1', 'ticket', { type: 'issued', id: 'i-2', ticket: 'B001', queue: 'q2' });

  const phone = await browser.newPage({ viewport: { width: 390, height: 844 } });
  await phone.goto(`${gateway.url}/dashboard/live`);
  const first = phone.locator('[data-advice=q1]');
  const take = first.getByRole('button', { name: '采纳 take', exact: true });
  await expect(take).toBeVisible();
  expect((await take.boundingBox())?.height).toBeGreaterThanOrEqual(44);
  await take.click();
  await expect(first).toContainText('已采纳');
  await expect(phone.locator('[data-taken=q1]')).toContainText('2 号窗');

  const desk = await browser.newPage({ viewport: { width: 1920, height: 1080 } });
  await desk.goto(`${gateway.url}/dashboard/live`);
  await expect(desk.locator('[data-advice=q1]')).toContainText('已采纳');
  const second = desk.locator('[data-advice=q2]');
  await second.getByRole('button', { name: '不采纳' }).click();
  await expect(second).toHaveCount(0);
  await expect(phone.locator('[data-advice=q2]')).toHaveCount(0);
  await expect(desk.locator('[data-taken]')).toHaveCount(1);
  // What was asked for is not yet so: the window says itself when somebody sits there.
  await expect(desk.locator('.cell[data-window=w2]')).toHaveClass(/missing/);
  await phone.close();
  await desk.close();
});
