// The live stream as pages meet it (SPEC §6), against a real gateway.
import { deepStrictEqual as equal, match, ok } from 'node:assert/strict';
import { ofTurn } from '../../gateway/live/turn.ts';
import { PAGE_STALE_MS } from '../services/live-page.ts';
import { openTestGateway, connectDevice, eventually, hello, publish, TestPage } from './open.ts';

interface Board {
  calls: Record<string, { id: string; ticket: string; state: string; at: number }>;
  queues: Record<string, { waiting: number }>;
}

const board = (page: TestPage) => page.data as unknown as Board | undefined;
const waiting = (page: TestPage) => board(page)?.queues['q1']?.waiting;
const called = (page: TestPage, ticket: string) =>
  Object.values(board(page)?.calls ?? {}).find((call) => call.ticket === ticket);

function issue(number: number) {
  return { type: 'issued', id: `i-${number}`, ticket: `A${number}`, queue: 'q1' };
}

Deno.test('§6 a page gets a snapshot, then each step of a ticket as a delta', async () => {
  const gateway = await openTestGateway();
  const device = await connectDevice(gateway, 'disp-1');
  const page = new TestPage(gateway, hello('screen:b1'));
  await page.until('a snapshot', () => page.data !== undefined);
  equal(page.of('snapshot')[0]?.view, 'screen:b1');
  equal(waiting(page), 0);

  await publish(device, 'ticket', issue(1));
  await page.until('one waiting', () => waiting(page) === 1);
  await publish(device, 'ticket', { type: 'called', id: 'c-1', ticket: 'A1', window: 'w1' });
  await page.until('the call', () => called(page, 'A1')?.state === 'called');
  await publish(device, 'ticket', { type: 'serving', id: 's-1', ticket: 'A1', window: 'w1' });
  await page.until('serving', () => called(page, 'A1')?.state === 'serving');
  equal(page.of('snapshot').length, 1, 'deltas alone brought it here');

  const asked = await gateway.json<{ data: Board }>('/api/v1/state?view=screen:b1');
  equal(asked.data.calls, board(page)?.calls);
  await device.endAsync();
  await gateway.stop();
  equal((await page.closed).code, 1001);
  equal(page.messages.at(-1)?.type, 'bye');
});

Deno.test('§6.2 a page that comes back gets what it missed, and no more', async () => {
  const gateway = await openTestGateway();
  const device = await connectDevice(gateway, 'disp-1');
  const page = new TestPage(gateway, hello('screen:b1'));
  await page.until('a snapshot', () => page.data !== undefined);
  await publish(device, 'ticket', issue(1));
  await page.until('one waiting', () => waiting(page) === 1);
  const stays = new TestPage(gateway, hello('screen:b1'));
  await stays.until('a snapshot', () => stays.data !== undefined);
  await page.close();
  await publish(device, 'ticket', issue(2));
  await stays.until('two waiting', () => waiting(stays) === 2);
  await publish(device, 'ticket', issue(3));
  await stays.until('three waiting', () => waiting(stays) === 3);

  const { epoch, revision } = page;
  const back = new TestPage(gateway);
  back.data = page.data;
  back.epoch = epoch;
  back.revision = revision;
  back.socket.onopen = () => back.send(hello('screen:b1', { epoch, revision }));
  await back.until('three waiting', () => waiting(back) === 3);
  equal(back.of('snapshot').length, 0);
  equal(back.data, stays.data);
  equal(await gateway.metric('hallcast_live_resyncs_total'), 0);

  for (const known of [
    { epoch: 'another', revision },
    { epoch, revision: 999_999 },
  ]) {
    const lost = new TestPage(gateway, hello('screen:b1', known));
    await lost.until('a snapshot', () => lost.data !== undefined);
    equal(lost.data, stays.data);
    await lost.close();
  }
  equal(await gateway.metric('hallcast_live_resyncs_total'), 2);
  await device.endAsync();
  await gateway.stop();
});

Deno.test('§6.4 a pulse each second tells the revision and the time', async () => {
  const gateway = await openTestGateway();
  const page = new TestPage(gateway, hello('screen:b1'));
  await page.until('three pulses', () => page.of('pulse').length >= 3);
  const [first, , third] = page.of('pulse');
  const apart = (third?.now ?? 0) - (first?.now ?? 0);
  // Later on a machine that is busy; but before a page calls itself stale.
  ok(apart > 1_500 && apart < 2 * PAGE_STALE_MS, `two pulses on: ${apart} ms`);
  equal(page.of('pulse').at(-1)?.revision, page.revision);
  await gateway.stop();
});

Deno.test('§6 pages of one view get the same text, made once', async () => {
  const gateway = await openTestGateway();
  const device = await connectDevice(gateway, 'disp-1');
  const pages = Array.from({ length: 5 }, () => new TestPage(gateway, hello('live')));
  for (const page of pages) await page.until('a snapshot', () => page.data !== undefined);
  const before = await gateway.metric('hallcast_live_deltas_total');
  await publish(device, 'ticket', issue(1));
  for (const page of pages) await page.until('a delta', () => page.of('delta').length > 0);
  const texts = pages.map((page) => page.texts.find((text) => text.includes('"delta"')));
  equal(new Set(texts).size, 1);
  const made = (await gateway.metric('hallcast_live_deltas_total')) - before;
  ok(made <= (pages[0]?.of('delta').length ?? 0) + 1, `${made} deltas made for 5 pages`);
  equal(await gateway.metric('hallcast_live_clients'), 5);
  await device.endAsync();
  await gateway.stop();
});

Deno.test(
  '§6 what a page may not send is answered, counted, and closes it where it must',
  async () => {
    const gateway = await openTestGateway();
    const unknown = new TestPage(gateway, hello('screen:nope'));
    equal((await unknown.closed).code, 1008);
    equal(unknown.of('error')[0]?.reason, 'view');

    const clumsy = new TestPage(gateway, hello('screen:b1'));
    await clumsy.until('a snapshot', () => clumsy.data !== undefined);
    clumsy.send('{');
    clumsy.send({ type: 'dance' });
    await clumsy.until('two errors', () => clumsy.of('error').length === 2);
    await clumsy.until('it goes on', () => clumsy.of('pulse').length > 0);
    clumsy.send({ type: 'hello', protocol: 2, view: 'live' });
    equal((await clumsy.closed).code, 1008);
    equal(
      clumsy.of('error').map(({ reason }) => reason),
      ['message', 'message', 'protocol'],
    );
    // 6.11: from it and from the snapshot a page knows whether it is of another version.
    const { version } = await gateway.json('/api/v1/version');
    ok(typeof version === 'string' && /^[A-Za-z0-9_-]{1,64}$/.test(version), String(version));
    equal(clumsy.of('error').at(-1)?.version, version);
    equal(clumsy.of('snapshot')[0]?.version, version);

    const large = new TestPage(gateway, hello('screen:b1'));
    await large.until('a snapshot', () => large.data !== undefined);
    large.send(JSON.stringify({ type: 'hello', view: 'x'.repeat(70_000) }));
    equal((await large.closed).code, 1009);

    const loud = new TestPage(gateway, hello('screen:b1'));
    await loud.until('a snapshot', () => loud.data !== undefined);
    for (let index = 0; index < 1_000; index++)
      loud.send({ type: 'painted', revision: 0, calls: [] });
    // What it had still on its way may cut the closing frame off, so that its code is not told.
    await loud.closed;
    await eventually(
      'no client left',
      () => gateway.metric('hallcast_live_clients'),
      (n) => n === 0,
    );
    equal(await gateway.metric('hallcast_live_bad_messages_total'), 6);
    await gateway.stop();
  },
);

Deno.test('another site may not open the live stream or MQTT', async () => {
  const gateway = await openTestGateway();
  for (const path of ['/live', '/mqtt']) {
    const answer = await upgrade(gateway.ports.http, path, 'http://evil.example');
    match(answer, /^HTTP\/1\.1 403 /);
    const own = await upgrade(gateway.ports.http, path, gateway.address);
    match(own, /^HTTP\/1\.1 101 /);
  }
  await gateway.stop();
});

Deno.test('§6.7 what screens painted is known for each call, and how soon', async () => {
  const gateway = await openTestGateway();
  const device = await connectDevice(gateway, 'caller-1');
  const early = [
    { ...issue(1), at: Date.now() - 120_000 },
    { type: 'called', id: 'c-1', ticket: 'A1', window: 'w1', at: Date.now() - 60_000 },
  ];
  await publish(device, 'ticket', early);
  const page = new TestPage(gateway, hello('screen:b1'));
  await page.until('the call', () => called(page, 'A1') !== undefined);
  await publish(device, 'ticket', [
    issue(2),
    { type: 'called', id: 'c-2', ticket: 'A2', window: 'w2' },
  ]);
  await page.until('the second call', () => called(page, 'A2') !== undefined);
  const at = (called(page, 'A2')?.at ?? 0) + 17;
  const calls = [
    { id: 'c-1', at },
    { id: 'c-2', at },
    { id: 'c-2', at: at + 5_000 },
    { id: 'no-such-call', at },
  ];
  page.send({ type: 'painted', revision: page.revision, calls });
  type Calls = { calls: { id: string; seen: { view: string; after_ms: number }[] }[] };
  const seen = await eventually(
    'both calls seen',
    () => gateway.json<Calls>('/api/v1/calls'),
    ({ calls }) => calls.every((call) => call.seen.length > 0),
  );
  equal(
    seen.calls.map(({ id }) => id),
    ['c-2', 'c-1'],
  );
  equal(seen.calls[0]?.seen, [{ view: 'screen:b1', after_ms: 17 }]);
  equal(
    await gateway.metric('hallcast_call_paint_seconds_count'),
    1,
    'a page opened later is not late',
  );
  equal(await gateway.metric('hallcast_call_paint_seconds_sum'), 0.017);
  await device.endAsync();
  await gateway.stop();
});

/** The status line and headers of a WebSocket upgrade with that origin. */
async function upgrade(port: number, path: string, origin: string): Promise<string> {
  const connection = await Deno.connect({ hostname: '127.0.0.1', port });
  const head =
    `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nOrigin: ${origin}\r\nUpgrade: websocket\r\n` +
    'Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: mqtt\r\n' +
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';
  await connection.write(new TextEncoder().encode(head));
  const buffer = new Uint8Array(4096);
  const length = (await connection.read(buffer)) ?? 0;
  connection.close();
  return new TextDecoder().decode(buffer.subarray(0, length));
}

Deno.test(
  '7.13 what is cut in one turn is of one moment, and the next turn has its own',
  async () => {
    let made = 0;
    const moment = ofTurn(() => ({ now: made++ }));
    const first = moment();
    ok(moment() === first);
    await Promise.resolve();
    ok(moment() !== first);
    equal(made, 2);
  },
);
