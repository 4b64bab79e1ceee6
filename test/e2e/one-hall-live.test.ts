// The main job, whole: a device's signal, from a client that is not ours, to the public screen and the manager's page.
import { expect, test, type Page } from '@playwright/test';
import mqtt from 'mqtt';
import { SAMPLE_YAML, TEN } from '../hall/sample.ts';
import { startGateway, type Gateway } from '../services/gateway.ts';
import { mosquittoPub } from '../services/mosquitto.ts';
import { expectStaleSoon } from './stale.ts';

/** The sample hall, open around the clock so that the tests do not depend on the hour. */
const OPEN_HALL = SAMPLE_YAML.replace(/hours: .*/, 'hours: { daily: ["00:00-24:00"] }');

let gateway: Gateway;

test.beforeEach(async () => {
  gateway = await startGateway({ hall: OPEN_HALL });
});
test.afterEach(async () => {
  await gateway.end();
});

const ticketStep = (type: string, fields: object = {}) =>
  mosquittoPub(gateway.mqtt, `hall/h1/caller-1/ticket`, {
    type,
    id: `step-${type}-${JSON.stringify(fields).length}`,
    ticket: 'A018',
    ...fields,
  });

async function open(page: Page, path: string): Promise<Page> {
  await page.goto(`${gateway.url}${path}`);
  await expect(page.locator('[data-revision]')).toBeAttached();
  return page;
}

test('mosquitto_pub takes a ticket from issued to completed, and every page shows each step', async ({
  browser,
}) => {
  const board = await open(await browser.newPage(), '/screen/b1');
  const sign = await open(await browser.newPage(), '/screen/sign-1');
  const live = await open(await browser.newPage(), '/dashboard/live');
  const everywhere = [board, sign, live];
  const shown = (page: Page, state: string) =>
    page.locator(`[data-ticket="A018"][data-window="w1"][data-call-state="${state}"]`).first();

  await ticketStep('issued', { queue: 'q1' });
  await expect(board.locator('li[data-queue="q1"]')).toContainText('1');
  await expect(live.locator('tr[data-queue="q1"] .waiting')).toHaveText('1');
  await expect(board.locator('[data-ticket="A018"]')).toHaveCount(0);

  await ticketStep('called', { window: 'w1' });
  for (const page of everywhere) await expect(shown(page, 'called')).toBeVisible();
  await expect(live.locator('tr[data-queue="q1"] .waiting')).toHaveText('1');

  await ticketStep('serving', { window: 'w1' });
  for (const page of everywhere) await expect(shown(page, 'serving')).toBeVisible();
  await expect(live.locator('tr[data-queue="q1"] .waiting')).toHaveText('0');

  await ticketStep('completed', { window: 'w1', outcome: 'done' });
  for (const page of everywhere) {
    await expect(page.locator('[data-ticket="A018"]')).toHaveCount(0, { timeout: 60_000 });
  }
});

test('the gateway hears which call was painted where, and when', async ({ browser }) => {
  await open(await browser.newPage(), '/screen/b1');
  await ticketStep('called', { window: 'w2' });
  await expect
    .poll(async () => {
      const text = await (await fetch(`${gateway.url}/metrics`)).text();
      return Number(/^hallcast_call_paint_seconds_count\S* (\d+)/m.exec(text)?.[1] ?? 0);
    })
    .toBe(1);
});

test('a number that was missed stands in its own corner', async ({ browser }) => {
  const board = await open(await browser.newPage(), '/screen/b1');
  await ticketStep('issued', { queue: 'q1' });
  await ticketStep('called', { window: 'w1' });
  await ticketStep('no_show', { window: 'w1' });
  await expect(board.locator('[data-missed="A018"]')).toBeVisible();
});

for (const path of ['/screen/b1', '/screen/sign-1', '/dashboard/live']) {
  test(`${path}: says within 5 s that its numbers are old, and heals by itself`, async ({
    browser,
  }) => {
    const page = await open(await browser.newPage(), path);
    await ticketStep('called', { window: 'w1' });
    await expect(page.locator('[data-ticket="A018"]').first()).toBeVisible();
    await expect(page.locator('[data-freshness="live"]').first()).toBeAttached();

    await expectStaleSoon([page], 'all', () => gateway.kill());

    const { data, http, mqtt } = gateway;
    gateway = await startGateway({ hall: OPEN_HALL, data, http, mqtt });
    await expect(page.locator('[data-freshness="live"]').first()).toBeAttached({ timeout: 20_000 });
    await expect(page.locator('[data-ticket="A018"]').first()).toBeVisible();
  });
}

test('a page whose cable is pulled says so within 5 s, and heals by itself', async ({
  browser,
}) => {
  const page = await open(await browser.newPage(), '/screen/b1');
  await ticketStep('called', { window: 'w1' });
  await expect(page.locator('[data-freshness="live"]').first()).toBeAttached();
  // As on a pulled cable, the connection stays open on both sides and no word comes through.
  await expectStaleSoon([page], 'all', () => gateway.pause());
  gateway.resume();
  await expect(page.locator('[data-freshness="live"]').first()).toBeAttached({ timeout: 20_000 });
});

test('devices that go without a word make the pages say so within 5 s, and their return heals them', async ({
  browser,
}) => {
  const board = await open(await browser.newPage(), '/screen/b1');
  const live = await open(await browser.newPage(), '/dashboard/live');
  const connect = async (device: string) => {
    const topic = `hall/h1/${device}/device`;
    const will = {
      topic,
      payload: '{"type":"state","state":"offline"}',
      qos: 1,
      retain: true,
    } as const;
    const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${gateway.mqtt}`, {
      clientId: device,
      will,
      reconnectPeriod: 0,
    });
    await client.publishAsync(topic, '{"type":"state","state":"online"}', { qos: 1, retain: true });
    return client;
  };
  const devices = ['disp-1', 'caller-1', 'caller-2'];
  const clients = await Promise.all(devices.map(connect));
  await ticketStep('called', { window: 'w1' });
  for (const page of [board, live]) {
    await expect(page.locator('[data-freshness="live"]').first()).toBeAttached();
  }
  // No DISCONNECT: the broker tells of it by their wills.
  await expectStaleSoon([board, live], 'some', () => {
    for (const client of clients) client.stream.destroy();
  });
  const returned = await Promise.all(devices.map(connect));
  for (const page of [board, live]) {
    await expect(page.locator('[data-freshness="stale"]')).toHaveCount(0);
  }
  await Promise.all(returned.map((client) => client.endAsync()));
});

test('a call whose device’s clock is days back is shown, and the clock is a fault', async ({
  browser,
}) => {
  const page = await open(await browser.newPage(), '/screen/b1');
  await expect(page.locator('[data-freshness="none"]').first()).toBeAttached();
  await mosquittoPub(gateway.mqtt, 'hall/h1/caller-1/ticket', {
    type: 'called',
    id: 'long-ago',
    at: TEN,
    ticket: 'A001',
    window: 'w1',
  });
  await expect(page.locator('[data-ticket="A001"]')).toBeVisible();
  await expect
    .poll(async () => (await fetch(`${gateway.url}/api/v1/faults`)).text())
    .toContain('clock:devices');
});
