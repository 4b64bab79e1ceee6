// What strangers can fill or cost at the embedded broker, and that a listed device is acknowledged beside each of them.
// SPEC §20.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BrokerOptions } from '../../gateway/intake/broker.ts';
import { defaultLimits, type Limits } from '../../gateway/intake/limits.ts';
import { Pieces } from '../../gateway/intake/websocket.ts';
import { type Door, issued, openDoor, until } from './intake-parts.ts';
import { RawClient } from './raw-client.ts';

const HONEST = 'disp-1';
const topic = `hall/h1/${HONEST}/ticket`;

/** A door of a hall that lists one device. */
function openHall(limits: Partial<Limits>, more: Partial<BrokerOptions> = {}): Promise<Door> {
  return openDoor({
    ...{ limits, isListed: (id) => id === HONEST, listedCount: () => 1 },
    ...more,
  });
}

let numbered = 0;

/** The listed device gets in, and its signal is acknowledged and in the journal. */
async function honestIsAnswered({ intake, journal }: Door): Promise<void> {
  const client = await RawClient.connect(intake.port, { clientId: HONEST });
  const before = journal.lastSeq;
  await client.publish(topic, issued(`honest-${++numbered}`), 1);
  assert.ok(journal.lastSeq > before);
  await client.disconnect();
}

const count = ({ intake }: Door, reason: string) => intake.stats.closed[reason] ?? 0;

/** A PUBLISH of so many bytes without its end. */
async function half(client: RawClient, announced: number, sent: number): Promise<void> {
  const header = [
    0x32,
    (announced & 0x7f) | 0x80,
    ((announced >> 7) & 0x7f) | 0x80,
    announced >> 14,
  ];
  await client.sayBytes(Uint8Array.from(header));
  await client.sayBytes(new Uint8Array(sent)).catch(() => {});
}

test('half packets share one budget: the largest stranger goes first, a listed device’s stays', async () => {
  const door = await openHall({ memoryBytesMax: 400_000 });
  const listed = await RawClient.connect(door.intake.port, { clientId: HONEST });
  await half(listed, 200_000, 150_000);
  const strangers: RawClient[] = [];
  for (let at = 0; at < 8; at++) {
    const client = await RawClient.connect(door.intake.port, { clientId: `s-${at}` });
    strangers.push(client);
    await half(client, 200_000, 100_000);
  }
  await until(() => count(door, 'memory') >= 6, 'the end of six strangers');
  assert.equal(listed.isEnded, false);
  const budget = door.intake.budgets().find(({ kind }) => kind === 'mqtt-memory');
  assert.ok(budget!.used <= budget!.max && budget!.refused >= 6, JSON.stringify(budget));
  await listed.cut();
  await honestIsAnswered(door);
  await door.stop();
});

test('a packet has its time to become whole', async () => {
  const door = await openHall({ packetMsMax: 200 });
  const client = await RawClient.connect(door.intake.port, { clientId: 'slow' });
  await half(client, 200_000, 1_000);
  await client.ended;
  await until(() => count(door, 'packet_time') === 1, 'closed for its time');
  await honestIsAnswered(door);
  await door.stop();
});

test('new names do not help: strangers of an address have one account, a listed device its own', async () => {
  const address = { ...defaultLimits.address, signalsPerSecond: 20, signalsBurst: 50 };
  const door = await openHall({ address });
  const clients: RawClient[] = [];
  for (let at = 0; at < 6; at++) {
    const client = await RawClient.connect(door.intake.port, { clientId: `s-${at}` });
    clients.push(client);
    for (let n = 0; n < 12; n++) {
      const payload = issued(`${client.packets.length}-${at}-${n}`);
      await client.say({ cmd: 'publish', topic, payload, qos: 1, messageId: n + 1 });
    }
  }
  await until(() => door.intake.stats.slowed > 0, 'strangers are slowed');
  const slowed = door.intake.stats.slowed;
  await Promise.all(clients.map((client) => client.cut()));
  await honestIsAnswered(door);
  assert.ok(door.intake.stats.slowed >= slowed);
  await door.stop();
});

test('PINGREQ, UNSUBSCRIBE, topics and wills cost something too', async () => {
  const limits = {
    signalsPerSecond: 50,
    signalsBurst: 100,
    bytesPerSecond: 50_000,
    bytesBurst: 60_000,
  };
  const door = await openHall(limits);
  const floods: ((client: RawClient) => Promise<void>)[] = [
    (client) => client.sayBytes(new Uint8Array(400).map((_, at) => (at % 2 ? 0 : 0xc0))),
    async (client) => {
      for (let n = 0; n < 200; n++) {
        await client.say({ cmd: 'unsubscribe', messageId: n + 1, unsubscriptions: ['a'] });
      }
    },
    (client) => client.say({ cmd: 'publish', topic: `x/${'y'.repeat(62_000)}`, payload: '' }),
  ];
  for (const [at, flood] of floods.entries()) {
    const before = door.intake.stats.slowed;
    const client = await RawClient.connect(door.intake.port, { clientId: `s-${at}` });
    await flood(client);
    await until(() => door.intake.stats.slowed > before, `flood ${at} is slowed`);
    await client.cut();
  }
  const will = {
    topic,
    payload: Buffer.from(`[${' '.repeat(64_000)}]`),
    qos: 1,
    retain: false,
  } as const;
  const letters = door.journal.stats.deadLettersKept;
  const before = door.intake.stats.slowed;
  const dying = await RawClient.connect(door.intake.port, { clientId: 'dying', will });
  await dying.cut();
  await until(() => door.intake.stats.slowed > before, 'the will is charged');
  assert.equal(door.journal.stats.deadLettersKept, letters, 'and left out');
  await honestIsAnswered(door);
  await door.stop();
});

test('SUBSCRIBE costs by its filters and what is retained, and each retained message comes once', async () => {
  const retained = Array.from({ length: 400 }, (_, at) => ({
    topic: `hall/h1/d-${at}/device`,
    payload: new TextEncoder().encode('{"type":"state","state":"online"}'),
  }));
  const door = await openHall({ signalsPerSecond: 200, signalsBurst: 500 }, { retained });
  const client = await RawClient.connect(door.intake.port, { clientId: 'greedy' });
  const filters = Array.from({ length: 50 }, (_, at) => `+/h1/d-${at}/#`);
  await client.subscribe([...filters, 'hall/#', 'hall/h1/#'], 0);
  assert.ok(door.intake.stats.slowed > 0);
  await client.until(() => client.messages.length >= 400, 'the retained messages');
  await client.settle();
  assert.equal(client.messages.length, 400);
  await honestIsAnswered(door);
  await client.cut();
  await door.stop();
});

test('who subscribes to everything many times pays for what is passed on', async () => {
  const door = await openHall({ deliveries: { perSecond: 1, burst: 30 } });
  const subscribers: RawClient[] = [];
  for (let at = 0; at < 10; at++) {
    const client = await RawClient.connect(door.intake.port, { clientId: `all-${at}` });
    await client.subscribe(['#'], 0);
    subscribers.push(client);
  }
  for (let n = 0; n < 5; n++) await honestIsAnswered(door);
  await until(() => count(door, 'rate') > 0, 'subscribers that had too much');
  await door.stop();
});

test('places: strangers by address and in all, one kept for the listed device, none for who says nothing', async () => {
  const door = await openHall({ connectionsMax: 4, connectionsPerAddressMax: 3 });
  const { port } = door.intake;
  const strangers: RawClient[] = [];
  for (let at = 0; at < 3; at++) {
    strangers.push(await RawClient.connect(port, { clientId: `s-${at}` }));
  }
  const refused = await RawClient.open(port);
  assert.equal((await refused.hello({ clientId: 's-3' })).returnCode, 3);
  await refused.ended;
  assert.equal(count(door, 'address_connections'), 1);
  const silent = await Promise.all(Array.from({ length: 40 }, () => RawClient.open(port)));
  await until(() => count(door, 'connections') >= 24, 'the oldest that say nothing');
  await honestIsAnswered(door);
  assert.deepEqual(
    strangers.map(({ isEnded }) => isEnded),
    [false, false, false],
  );
  await Promise.all([...silent, ...strangers].map((client) => client.cut()));
  await until(() => door.intake.stats.connections === 0, 'all places');
  await door.stop();
});

test('where places are short, a stranger without a keep-alive that was silent gives its place', async () => {
  const door = await openHall({
    connectionsMax: 20,
    connectionsPerAddressMax: 2,
    keepAliveMsMax: 2_000,
  });
  const { port } = door.intake;
  const vague = await RawClient.connect(port, { clientId: 'vague', keepalive: 0 });
  const clear = await RawClient.connect(port, { clientId: 'clear', keepalive: 2 });
  const pings = setInterval(() => void clear.say({ cmd: 'pingreq' }).catch(() => {}), 500);
  let third: RawClient | undefined;
  for (
    let code = 3;
    code !== 0;
    code = (await third.hello({ clientId: 'third' })).returnCode ?? 0
  ) {
    third = await RawClient.open(port);
  }
  await vague.ended;
  assert.deepEqual([count(door, 'keepalive'), clear.isEnded], [1, false]);
  clearInterval(pings);
  await Promise.all([clear.cut(), third!.cut()]);
  await door.stop();
});

test('a retained message goes by its device’s hand or its publisher’s only; the gateway’s own by nobody’s', async () => {
  const own = 'hall/h1/gateway/state';
  const device = `hall/h1/${HONEST}/device`;
  const state = '{"type":"state","state":"online"}';
  const bytes = new TextEncoder().encode(state);
  const door = await openHall({}, { retained: [{ topic: own, payload: bytes }] });
  const { port } = door.intake;
  const listed = await RawClient.connect(port, { clientId: HONEST });
  const stranger = await RawClient.connect(port, { clientId: 'stranger' });
  const left = async () => {
    const client = await RawClient.connect(port, { clientId: 'looks' });
    await client.subscribe(['hall/h1/+/+'], 0);
    await client.settle();
    const topics = client.messages.map((message) => message.topic).toSorted();
    await client.disconnect();
    return topics;
  };
  await listed.publish(device, state, 1, { retain: true });
  for (const each of [own, device]) await stranger.publish(each, '', 1, { retain: true });
  assert.deepEqual(await left(), [device, own]);
  await stranger.publish('hall/h1/gate-1/device', state, 1, { retain: true });
  await listed.publish('hall/h1/gate-1/device', '', 1, { retain: true });
  assert.deepEqual(await left(), [device, 'hall/h1/gate-1/device', own]);
  await stranger.publish('hall/h1/gate-1/device', '', 1, { retain: true });
  await listed.publish(device, '', 1, { retain: true });
  assert.deepEqual(await left(), [own]);
  const long = JSON.stringify({ type: 'state', state: 'online', x: 'x'.repeat(250_000) });
  await stranger.publish('hall/h1/gate-1/device', long, 1, { retain: true });
  assert.deepEqual(await left(), [own], 'too long to be kept');
  assert.deepEqual(await stranger.subscribe(['$SYS/#', 'a'], 0), [128, 0]);
  await Promise.all([listed.disconnect(), stranger.disconnect()]);
  await door.stop();
});

test('/mqtt: many small frames are few pieces; a close that nobody answers ends, and gives its place back', async () => {
  const pieces = new Pieces();
  for (let at = 0; at < 100_000; at++) pieces.push(Uint8Array.of(at % 251));
  let taken = 0;
  let read = 0;
  for (let piece = pieces.take(); piece !== undefined; piece = pieces.take()) {
    assert.equal(piece[0], read % 251);
    taken++;
    read += piece.length;
  }
  assert.deepEqual([read, taken < 10, pieces.bytes], [100_000, true, 0]);

  const door = await openHall({});
  const server = Deno.serve(
    { hostname: '127.0.0.1', port: 0, onListen: () => {} },
    (request, info) => {
      const { hostname } = info.remoteAddr;
      const { socket, response } = Deno.upgradeWebSocket(request, { protocol: 'mqtt' });
      door.intake.handleWebSocket?.(socket, hostname);
      return response;
    },
  );
  const line = await Deno.connect({ hostname: '127.0.0.1', port: server.addr.port });
  const request = [
    'GET /mqtt HTTP/1.1',
    'Host: x',
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Protocol: mqtt',
  ];
  await line.write(new TextEncoder().encode([...request, '', ''].join('\r\n')));
  const buffer = new Uint8Array(2_000);
  await line.read(buffer);
  // A masked text frame, which MQTT does not have: closed with 1003.
  await line.write(Uint8Array.of(0x81, 0x81, 0, 0, 0, 0, 0x61));
  await line.read(buffer);
  assert.equal(door.intake.stats.connections, 1, 'it has its place until its peer is gone');
  await until(() => door.intake.stats.connections === 0, 'its place');
  while ((await line.read(buffer)) !== null);
  line.close();
  await honestIsAnswered(door);
  await door.stop();
  await server.shutdown();
});
