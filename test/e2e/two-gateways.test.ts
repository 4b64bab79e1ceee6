// Two gateways of one hall, both really running: a page opened at one of them shows live data from the other one when
// its own is killed, and goes back only when that one is gone too.
import { expect, test, type Page } from '@playwright/test';
import { SAMPLE_YAML } from '../hall/sample.ts';
import { becomes, makePair } from '../gateway/standby-rig.ts';
import type { Gateway } from '../services/gateway.ts';
import { mosquittoPub, ROOMY, startMosquitto } from '../services/mosquitto.ts';

const OPEN_HALL = SAMPLE_YAML.replace(/hours: .*/, 'hours: { daily: ["00:00-24:00"] }');

/** Waits until the page is there, and tells how long that took. */
async function arrives(page: Page, { url }: Gateway): Promise<void> {
  const began = performance.now();
  await page.waitForURL(`${url}/screen/b1`, { timeout: 60_000 });
  await expect(page.locator('[data-revision]')).toBeAttached();
  const ms = Math.round(performance.now() - began);
  console.log(`the page is at the other gateway after ${ms} ms (usually under 10,000)`);
}

test('a board goes on at the gateway that lives, and stays there', async ({ page }) => {
  const broker = await startMosquitto({ settings: ROOMY });
  const pair = await makePair(broker.url, { hall: OPEN_HALL });
  const a = await pair.a();
  await becomes(a.gateway, 'leading');
  const b = await pair.b();
  await becomes(a.gateway, 'attached');
  const known = page.waitForResponse((response) => response.url().endsWith('/api/v1/gateways'));
  await page.goto(`${a.gateway.url}/screen/b1`);
  await (await known).finished();
  const call = (ticket: string) =>
    mosquittoPub(broker.port, 'hall/h1/caller-1/ticket', {
      ...{ type: 'called', id: ticket, ticket, window: 'w1' },
    });
  const shown = (ticket: string) => page.locator(`[data-ticket="${ticket}"]`).first();
  await call('A001');
  await expect(shown('A001')).toBeVisible();

  await a.gateway.kill();
  await arrives(page, b.gateway);
  await becomes(b.gateway, 'leading');
  await call('A002');
  await expect(shown('A002')).toBeVisible();

  // The first one is back as the standby: the board stays where it is.
  await a.again();
  await becomes(b.gateway, 'attached');
  await call('A003');
  await expect(shown('A003')).toBeVisible();
  expect(new URL(page.url()).origin).toBe(b.gateway.url);

  await b.gateway.kill();
  await arrives(page, a.gateway);
  await becomes(a.gateway, 'leading');
  await call('A004');
  await expect(shown('A004')).toBeVisible();
  await a.gateway.end();
  await b.gateway.end();
  await broker.end();
});
