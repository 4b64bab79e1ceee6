// The hall's word to others at its own broker: retained, when something has changed, and again now and then. SPEC §11.
import { deepEqual, equal, ok } from 'node:assert/strict';
import type { MqttClient } from 'mqtt';
import type { Summary } from '../../hall/summary.ts';
import { connectDevice, HALL, openTestGateway, publish } from './open.ts';

const QUICK = `${HALL}\nsummary: { every_s: 0.2, at_least_s: 1 }\n`;

/** What a city page hears below `hall/h1/gateway/`. */
async function follow(city: MqttClient) {
  const heard: { name: string; word: Record<string, unknown>; retained: boolean; at: number }[] =
    [];
  const progress = new EventTarget();
  city.on('message', (topic, payload, { retain }) => {
    const name = topic.split('/').at(-1) ?? '';
    heard.push({
      name,
      word: JSON.parse(String(payload)),
      retained: retain,
      at: performance.now(),
    });
    progress.dispatchEvent(new Event('step'));
  });
  await city.subscribeAsync('hall/+/gateway/+', { qos: 1 });
  const summaries = () =>
    heard.filter(({ name }) => name === 'summary').map(({ word }) => word as unknown as Summary);
  return {
    heard,
    summaries,
    until: (holds: () => boolean) =>
      new Promise<void>((resolve) => {
        const look = () => {
          if (!holds()) return;
          progress.removeEventListener('step', look);
          resolve();
        };
        progress.addEventListener('step', look);
        look();
      }),
  };
}

Deno.test(
  '11.4 11.5 a summary when something has changed, at most so often, and at least so often',
  async () => {
    const gateway = await openTestGateway({ hall: QUICK });
    const city = await connectDevice(gateway, 'city');
    const page = await follow(city);
    await page.until(() => page.summaries().length > 0);
    const [first] = page.summaries();
    equal(first?.waiting.total, 0);
    equal(first?.hall, 'h1');
    ok(page.heard.some(({ name, word }) => name === 'state' && word['state'] === 'online'));
    const device = await connectDevice(gateway, 'disp-1');
    const before = page.summaries().length;
    const began = performance.now();
    for (let number = 0; number < 50; number++) {
      const ticket = { type: 'issued', id: `t-${number}`, ticket: `A${number}`, queue: 'q1' };
      await publish(device, 'ticket', ticket);
    }
    await page.until(() => page.summaries().at(-1)?.waiting.total === 50);
    const changed = page.summaries().length;
    // One each 0.2 s, and one that was due.
    const most = Math.ceil((performance.now() - began) / 200) + 1;
    ok(changed - before <= most, `50 tickets made ${changed - before} summaries, at most ${most}`);
    // Nothing changes any more; it is said again all the same.
    const last = page.summaries().at(-1);
    await page.until(() => page.summaries().length > changed + 1);
    const again = page.summaries().at(-1);
    ok((again?.at ?? 0) - (last?.at ?? 0) >= 900);
    const late = await connectDevice(gateway, 'late');
    const other = await follow(late);
    await other.until(() => other.summaries().length > 0);
    equal(other.heard[0]?.retained, true, 'who comes later finds it');
    await gateway.stop();
    await page.until(() => page.heard.some(({ word }) => word['state'] === 'offline'));
    await Promise.all([city.endAsync(true), device.endAsync(true), late.endAsync(true)]);
  },
);

Deno.test('11.5 what the gateway says of itself is no signal and no dead letter', async () => {
  const gateway = await openTestGateway({ hall: QUICK });
  const city = await connectDevice(gateway, 'city');
  const page = await follow(city);
  await page.until(() => page.summaries().length > 0);
  deepEqual(await gateway.json('/api/v1/dead-letters'), { letters: [] });
  equal(await gateway.metric('hallcast_signals_received_total'), 0);
  await city.endAsync(true);
  await gateway.stop();
});
