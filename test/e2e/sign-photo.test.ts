// The photo on a window sign in a real browser: stored, shown under the page's content security policy, an initial without it.
import { createHash } from 'node:crypto';
import { expect, test } from '@playwright/test';
import { png, svg } from '../gateway/content-samples.ts';
import { HALL } from '../gateway/open-hall.ts';
import { sendCommand } from '../services/command.ts';
import { startGateway } from '../services/gateway.ts';

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

test('23.8 a sign shows the photo of who serves, and the initial of who has none', async ({
  page,
}) => {
  const people = [
    `{ id: "007", name: 张三, photo: "content:${sha256(png)}" }`,
    '{ id: "008", name: 李四, photo: photos/nobody.png }',
  ];
  const hall = HALL.replace(/staff: \[.*\]/, `staff: [${people.join(', ')}]`);
  const gateway = await startGateway({ hall });
  const refused: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') refused.push(message.text());
  });
  const serve = (staff: string) =>
    sendCommand(gateway.url, 'window.set', { window: 'w1', state: 'idle', staff });
  await fetch(`${gateway.url}/api/v1/content`, { method: 'POST', body: png });
  await serve('007');
  await page.goto(`${gateway.url}/screen/s1`);
  const photo = page.locator('section[aria-label="工作人员"] img');
  await expect(photo).toHaveAttribute('src', `/content/${sha256(png)}`);
  await expect(photo).toHaveJSProperty('naturalWidth', 1);
  await serve('008');
  await expect(page.getByText('李', { exact: true })).toBeVisible();
  await expect(photo).toHaveCount(0);
  expect(refused).toEqual([]);
  await gateway.end();
});

test('23.6 an SVG that is opened by itself is drawn and runs nothing', async ({ page }) => {
  const gateway = await startGateway({ hall: HALL });
  const hostile = new TextDecoder().decode(svg).replace('<rect', '<script>alert(1)</script><rect');
  const response = await fetch(`${gateway.url}/api/v1/content`, { method: 'POST', body: hostile });
  const { hash } = (await response.json()) as { hash: string };
  const dialogs: string[] = [];
  page.on('dialog', (dialog) => {
    dialogs.push(dialog.message());
    void dialog.dismiss();
  });
  await page.goto(`${gateway.url}/content/${hash}`);
  await expect(page.locator('rect')).toHaveCount(1);
  expect(dialogs).toEqual([]);
  await gateway.end();
});
