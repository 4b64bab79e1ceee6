// The device page in a real browser: devices come and die, a dead switch is one fault, a newcomer joins, old is called old.
import { expect, test, type Page } from '@playwright/test';
import mqtt, { type MqttClient } from 'mqtt';
import { SAMPLE_YAML } from '../hall/sample.ts';
import { startGateway, type Gateway } from '../services/gateway.ts';
import { mosquittoPub } from '../services/mosquitto.ts';
import { expectStaleSoon } from './stale.ts';

const SCREENS = Array.from({ length: 6 }, (_, index) => `screen-${index + 1}`);
/** The sample hall, open around the clock, with six screens behind a switch; strangers must be accepted first. */
const HALL = `${SAMPLE_YAML.replace(/hours: .*/, 'hours: { daily: ["00:00-24:00"] }').replace(
  'devices:\n',
  `devices:
  - { id: switch-1, kind: network, name: { zh: 一楼交换机, en: Switch 1 }, zone: z1 }
${SCREENS.map((id) => `  - { id: ${id}, kind: screen, zone: z2, via: switch-1 }`).join('\n')}
`,
)}intake: listed
faults: { after_s: 1, calm_s: 1 }
emergency_from: []
http: { staff: loopback }
`;

let gateway: Gateway;
let clients: MqttClient[] = [];

test.beforeEach(async () => {
  gateway = await startGateway({ hall: HALL });
});
test.afterEach(async () => {
  for (const client of clients) client.end(true);
  clients = [];
  await gateway.end();
});

/** A device with its last will, that tells how it is. */
async function connect(device: string, report: object = {}): Promise<MqttClient> {
  const topic = `hall/h1/${device}/device`;
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${gateway.mqtt}`, {
    clientId: device,
    reconnectPeriod: 0,
    will: { topic, payload: '{"type":"state","state":"offline"}', qos: 1, retain: true },
  });
  clients.push(client);
  const state = JSON.stringify({ type: 'state', state: 'online', ...report });
  await client.publishAsync(topic, state, { qos: 1, retain: true });
  return client;
}

async function open(page: Page): Promise<Page> {
  await page.goto(`${gateway.url}/dashboard/devices`);
  await expect(page.locator('[data-revision]')).toBeAttached();
  return page;
}

const mark = (page: Page, id: string) => page.locator(`#mark-${id}`);
const faults = (page: Page) => page.locator('[data-fault]');

test('devices appear, say how they are, die by their will, and come back', async ({ page }) => {
  await open(page);
  await expect(mark(page, 'caller-1')).toHaveAttribute('data-state', 'none');
  const caller = await connect('caller-1', { firmware: '2.8.0', temp_c: 31 });
  await expect(mark(page, 'caller-1')).toHaveAttribute('data-state', 'online');
  const row = page.locator('[data-device-row="caller-1"]');
  await expect(row).toContainText('1 号窗');
  await expect(row).toContainText('2.8.0');

  await row.click();
  await expect(page.locator('[data-detail="caller-1"]')).toContainText('31 ℃');

  caller.stream.destroy();
  await expect(mark(page, 'caller-1')).toHaveAttribute('data-state', 'offline');
  await expect(page.locator('[data-fault="lost:caller-1"]')).toContainText('失联');
  await expect(page.locator('[data-detail="caller-1"]')).toContainText('请检查电源与网线');

  await connect('caller-1');
  await expect(mark(page, 'caller-1')).toHaveAttribute('data-state', 'online');
  await expect(faults(page)).toHaveCount(0);
});

test('a switch that dies with six screens is one fault, over the API as well', async ({ page }) => {
  await open(page);
  const all = await Promise.all(['switch-1', ...SCREENS].map((id) => connect(id)));
  for (const id of SCREENS) await expect(mark(page, id)).toHaveAttribute('data-state', 'online');
  for (const client of all) client.stream.destroy();
  await expect(page.locator('[data-fault="uplink:switch-1"]')).toContainText('其下 6 台屏幕');
  await expect(faults(page)).toHaveCount(1);
  await expect(mark(page, 'screen-3')).toHaveAttribute('data-folded', 'true');
  await expect(mark(page, 'switch-1')).not.toHaveAttribute('data-folded');

  const answer = await fetch(`${gateway.url}/api/v1/faults`);
  const { faults: told } = (await answer.json()) as { faults: { id: string; devices: string[] }[] };
  expect(told.map(({ id, devices }) => [id, devices.length])).toEqual([['uplink:switch-1', 7]]);
  const metrics = await (await fetch(`${gateway.url}/metrics`)).text();
  expect(metrics).toContain('hallcast_faults{kind="uplink"} 1');
  expect(gateway.output().match(/fault begins/g)).toHaveLength(1);

  await Promise.all(['switch-1', ...SCREENS].map((id) => connect(id)));
  await expect(faults(page)).toHaveCount(0);
  await expect.poll(() => gateway.output()).toContain('fault ends');
});

test('a discovered device joins when it is accepted; what is wrong is said beside the field', async ({
  page,
}) => {
  await open(page);
  await mosquittoPub(gateway.mqtt, 'hall/h1/pad-9/device', { type: 'state', state: 'online' });
  const found = page.locator('[data-discovered="pad-9"]');
  await found.getByRole('button', { name: '接入…' }).click();
  const id = found.locator('[name="id"]');
  const accept = found.getByRole('button', { name: '确认接入' });
  await accept.click();
  await expect(found).toContainText('请先选择');
  await expect(mark(page, 'pad-9')).toHaveCount(0);
  await found.locator('[name="kind"]').selectOption('evaluator');
  await id.fill('caller-1');
  await expect(found).toContainText('此编号已有设备');
  await expect(accept).toBeDisabled();
  await id.fill('pad-9');
  await found.locator('[name="zone"]').selectOption('z1');
  await found.locator('[name="via"]').selectOption('switch-1');
  await accept.click();
  await expect(found).toHaveCount(0);
  await expect(mark(page, 'pad-9')).toBeAttached();
  await connect('pad-9');
  await expect(mark(page, 'pad-9')).toHaveAttribute('data-state', 'online');
  await mark(page, 'pad-9').click();
  await expect(page.locator('[data-detail="pad-9"]')).toContainText('switch-1');
});

test('the arrow keys lead from mark to mark, and the filter narrows table and board', async ({
  page,
}) => {
  await open(page);
  await connect('disp-1', { paper_pct: 8 });
  await expect(page.locator('[data-fault="paper:devices"]')).toContainText('纸量不足（8%）');
  await mark(page, 'switch-1').focus();
  await page.keyboard.press('ArrowRight');
  await expect(mark(page, 'disp-1')).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.locator('[data-detail="disp-1"]')).toContainText('8%');
  await page.keyboard.press('Escape');
  await expect(page.locator('[data-detail]')).toHaveCount(0);
  await page.getByRole('searchbox').fill('screen');
  await expect(page.locator('[data-device-row]')).toHaveCount(SCREENS.length);
});

test('the page says within 5 s that what it shows is old, and heals by itself', async ({
  page,
}) => {
  await open(page);
  await connect('caller-1');
  await expect(mark(page, 'caller-1')).toHaveAttribute('data-state', 'online');
  await expect(page.locator('[data-freshness="live"]').first()).toBeAttached();
  await expectStaleSoon([page], 'all', () => gateway.kill());
  await expect(page.getByText('起收不到网关的消息')).toBeVisible();
  const { data, http, mqtt: port } = gateway;
  gateway = await startGateway({ hall: HALL, data, http, mqtt: port });
  await expect(page.locator('[data-freshness="live"]').first()).toBeAttached({ timeout: 20_000 });
  await expect(mark(page, 'caller-1')).toHaveAttribute('data-state', 'online');
});

test('24.5 the plan shows devices where they stand; one that is chosen tells what it said today', async ({
  page,
}) => {
  const client = await connect('caller-1');
  await open(page);
  await page.getByRole('button', { name: '平面图' }).click();
  const cell = page.locator('a[data-device="caller-1"]');
  await expect(cell).toHaveAttribute('data-state', 'online');
  await expect(page.locator('[data-zone="z2"] ~ a[data-device="screen-1"]')).toHaveCount(1);
  const ground = cell.locator('.ground');
  const place = async () => [await ground.getAttribute('x'), await ground.getAttribute('y')];
  const before = await place();
  client.end(true);
  client.stream.destroy();
  await expect(cell).toHaveAttribute('data-state', 'offline');
  expect(await place()).toEqual(before);
  await cell.focus();
  await page.keyboard.press('Enter');
  await expect(page.locator('aside[data-detail="caller-1"]')).toBeVisible();
  await page.getByText('今日经过').click();
  await expect(page.locator('ol[data-story="caller-1"] li')).toHaveCount(2);
  await expect(page.locator('ol[data-story="caller-1"] li').first()).toContainText('offline');
});
