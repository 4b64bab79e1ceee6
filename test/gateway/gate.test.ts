// What one address may ask of the HTTP port, and costly answers that are made once for all (SPEC §6.13).
import { deepStrictEqual as equal, match, ok } from 'node:assert/strict';
import { Gate, networkOf } from '../../gateway/http/gate.ts';
import { Shared } from '../../gateway/http/shared.ts';
import { stateJson } from '../../gateway/http/shape.ts';
import { createStateTexts } from '../../gateway/http/state.ts';
import { pagesVersion, withVersion } from '../../gateway/http/version.ts';
import type { LiveState } from '../../gateway/live-state.ts';
import { healthzResponse, type Health } from '../../gateway/health.ts';
import { fold, startHall, type Received } from '../../hall/reduce.ts';
import { sampleHall, TEN } from '../hall/sample.ts';
import { connectDevice, HALL, openTestGateway, publish } from './open.ts';

Deno.test('6.13 an address has a bucket of its own, heavy requests take more of it', () => {
  let now = 0;
  const limits = { requests_per_s: 10, requests_burst: 100, requests_open: 50 };
  const gate = new Gate(limits, () => now);
  const ask = (address: string, weight: number) => {
    const refused = gate.enter(address, weight);
    if (refused === undefined) gate.leave(address, weight);
    return refused;
  };
  for (let index = 0; index < 5; index++) equal(ask('10.0.0.1', 20), undefined);
  const refused = ask('10.0.0.1', 20);
  equal([refused?.status, refused?.headers?.['retry-after']], [429, '2']);
  equal(ask('10.0.0.2', 20), undefined, 'others are not meant');
  now += 2_000;
  equal(ask('10.0.0.1', 20), undefined);
  equal(ask('10.0.0.1', 1)?.status, 429);
  equal(gate.stats, { limited: 2, busy: 0 });
});

Deno.test('6.13 only so many requests are answered at once, of heavy ones few', () => {
  const gate = new Gate({ requests_per_s: 1, requests_burst: 1_000_000, requests_open: 20 });
  for (let index = 0; index < 8; index++) equal(gate.enter('10.0.0.1', 10), undefined);
  equal(gate.enter('10.0.0.1', 10)?.status, 429);
  for (let index = 0; index < 12; index++) equal(gate.enter('10.0.0.1', 1), undefined);
  equal(gate.enter('10.0.0.1', 1)?.status, 429);
  for (let host = 2; host < 5; host++) {
    for (let index = 0; index < 8; index++) equal(gate.enter(`10.0.0.${host}`, 10), undefined);
  }
  equal(gate.enter('10.0.0.9', 10)?.status, 429, 'in all');
  gate.leave('10.0.0.1', 10);
  equal(gate.enter('10.0.0.9', 10), undefined);
});

Deno.test('6.13 a machine with many IPv6 addresses is one', () => {
  equal(networkOf('2001:db8:1:2:3:4:5:6'), networkOf('2001:db8:1:2::9'));
  equal(networkOf('2001:db8::1'), '2001:db8:0:0::/64');
  equal(networkOf('::1'), '0:0:0:0::/64');
  ok(networkOf('2001:db8:1:3::9') !== networkOf('2001:db8:1:2::9'));
  equal(networkOf('10.0.0.1'), '10.0.0.1');
  const gate = new Gate({ requests_per_s: 1, requests_burst: 1, requests_open: 9 });
  for (let index = 0; index < 25_000; index++) {
    const address = `2001:db8:${index.toString(16)}::1`;
    gate.enter(address, 1);
    gate.leave(address, 1);
  }
  equal(gate.enter('2001:db8:61a7::2', 1)?.status, 429, 'the latest are remembered');
});

Deno.test(
  '6.13 what many ask for at once is made once, and never older than the question',
  async () => {
    let made = 0;
    let present = 1;
    const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const shared = new Shared(
      async () => {
        const of = present;
        await gates[made++]?.promise;
        return of;
      },
      (of) => of === present,
    );
    const first = Array.from({ length: 50 }, () => shared.get());
    await Promise.resolve();
    present = 2;
    const later = Array.from({ length: 50 }, () => shared.get());
    for (const gate of gates) gate.resolve();
    equal(new Set(await Promise.all(first)), new Set([1]));
    equal(new Set(await Promise.all(later)), new Set([2]));
    equal(await shared.get(), 2);
    equal(made, 2);
  },
);

Deno.test(
  '6.13 a state of 19,000 tickets is made in short pieces, once for eight readers',
  async () => {
    const config = sampleHall();
    let hall = startHall(config, TEN);
    for (let number = 0; number < 19_000; number++) {
      const signal = {
        type: 'issued',
        id: `i${number}`,
        ticket: `A${number}`,
        queue: 'q1',
        at: TEN,
      };
      const entry = { device: 'disp-1', stream: 'ticket', signal, at: TEN, receivedAt: TEN };
      hall = fold(hall, config, { seq: number + 1, ...entry } as unknown as Received);
    }
    const pieces = [...stateJson(hall)];
    ok(Math.max(...pieces.map(({ length }) => length)) < 100_000, 'no piece is long');
    const whole = JSON.parse(pieces.join('')) as { tickets: Record<string, { queue: string }> };
    equal(Object.keys(whole.tickets).length, 19_000);
    equal(whole.tickets['A18999']?.queue, 'q1');

    let walks = 0;
    const liveState = {
      ...{ epoch: 'e', revision: 1, seq: 1 },
      get hall() {
        walks++;
        return hall;
      },
    } as unknown as LiveState;
    const texts = createStateTexts(
      () => liveState,
      () => undefined,
    );
    let turns = 0;
    const count = () => void (turns++, (timer = setImmediate(count)));
    let timer = setImmediate(count);
    const readers = await Promise.all(Array.from({ length: 8 }, () => texts.whole()));
    clearImmediate(timer);
    equal(walks, 1, 'made once');
    equal(new Set(readers.map((made) => made.pieces)).size, 1, 'the same bytes for all');
    ok(turns > 1, 'others had their turn meanwhile');
  },
);

Deno.test('6.13 the router tells who asks too much, and goes on for others', async () => {
  const limits = 'limits: { requests_per_s: 1, requests_burst: 105 }\n';
  const gateway = await openTestGateway({ hall: HALL + limits });
  const device = await connectDevice(gateway, 'disp-1');
  await publish(device, 'ticket', {
    type: 'issued',
    id: 'i-1',
    ticket: 'constructor',
    queue: 'q1',
  });
  const state = await gateway.json<{ state: { tickets: object } }>('/api/v1/state');
  ok(Object.hasOwn(state.state.tickets, 'CONSTRUCTOR'));
  let refused: Response | undefined;
  for (let index = 0; index < 30 && refused === undefined; index++) {
    const response = await gateway.get('/api/v1/state');
    if (response.status === 429) refused = response;
    else await response.body?.cancel();
  }
  equal(refused?.headers.get('content-type'), 'application/problem+json');
  match(refused?.headers.get('retry-after') ?? '', /^\d+$/);
  await refused?.body?.cancel();
  const health = await gateway.get('/healthz');
  equal(health.status, 200, 'what is light has still room');
  await health.body?.cancel();
  await device.endAsync();
  await gateway.stop();
});

Deno.test('6.11 a page says in its head which build it is of', async () => {
  const folder = Deno.makeTempDirSync({ prefix: 'hallcast-' });
  const none = pagesVersion(folder);
  Deno.mkdirSync(`${folder}/signage`);
  Deno.writeTextFileSync(`${folder}/signage/screen.html`, '<head><title>a-1.js</title></head>');
  const one = pagesVersion(folder);
  Deno.writeTextFileSync(`${folder}/signage/screen.html`, '<head><title>a-2.js</title></head>');
  const two = pagesVersion(folder);
  equal(new Set([none, one, two]).size, 3);
  equal(two, pagesVersion(folder));
  const html = withVersion('<html><head>\n<title>x</title></head></html>', two);
  match(html, new RegExp(`<head><meta name="hallcast-version" content="${two}" />\n<title>`));
});

Deno.test('healthz: a broker that refuses the password is not ok', async () => {
  const part = (state: 'ok' | 'degraded' | 'failing') => ({ state, since: 0 });
  const ask = async (broker: 'ok' | 'degraded' | 'failing') => {
    const ok = part('ok');
    const parts = { journal: ok, state: ok, broker: part(broker), live: ok, history: ok };
    const response = healthzResponse({ role: 'leading', parts } as Health);
    return [response.status, ((await response.json()) as { status: string }).status];
  };
  equal(await ask('ok'), [200, 'ok']);
  equal(await ask('degraded'), [200, 'degraded']);
  equal(await ask('failing'), [503, 'failing']);
});
