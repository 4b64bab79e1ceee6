import { test } from 'node:test';
import assert from 'node:assert/strict';
import mqttPacket from 'mqtt-packet';
import { startBroker } from '../../gateway/intake/broker.ts';
import type { CloseReason } from '../../gateway/intake/limits.ts';
import { connect, type Door, issued, openDoor, until } from './intake-parts.ts';

const topic = 'hall/h1/disp-1/ticket';

/** A client that says just these bytes; resolves with how it was ended. */
async function raw(port: number, ...packets: Uint8Array[]) {
  const connection = await Deno.connect({ hostname: '127.0.0.1', port });
  for (const packet of packets) await connection.write(packet);
  return connection;
}

const hello = (clientId: string, keepalive = 60) =>
  mqttPacket.generate({ cmd: 'connect', clientId, clean: true, keepalive });

function publish(payload: string | Buffer, messageId = 1) {
  const rest = { qos: 1, messageId, retain: false, dup: false } as const;
  return mqttPacket.generate({ cmd: 'publish', topic, payload, ...rest });
}

async function ended(connection: Deno.Conn): Promise<void> {
  const buffer = new Uint8Array(1024);
  try {
    while ((await connection.read(buffer)) !== null);
  } catch (error) {
    assert.ok(error instanceof Deno.errors.ConnectionReset, String(error));
  }
  connection.close();
}

async function closedFor({ intake }: Door, reason: CloseReason, count = 1): Promise<void> {
  await until(() => intake.stats.closed[reason] === count, `closed{${reason}} = ${count}`);
}

test('a packet over 1 MiB closes its connection at its header; up to there it is a dead letter', async () => {
  const door = await openDoor();
  const { intake, journal, stop } = door;
  const huge = Buffer.from([0x30, 0xff, 0xff, 0xff, 0x7f]);
  await ended(await raw(intake.port, hello('huge'), huge));
  await closedFor(door, 'packet_size');
  const client = await connect(intake.port);
  await client.publishAsync(topic, ' '.repeat(700_000), { qos: 1 });
  const [letter] = journal.deadLetters();
  assert.deepEqual([letter?.reason, letter?.payload.length], ['size', 700_000]);
  await client.endAsync();
  await stop();
});

test('malformed packets close their connection only, and are counted', async () => {
  const door = await openDoor();
  const { intake, journal, stop } = door;
  const client = await connect(intake.port);
  const nonsense = [
    Buffer.from('GET / HTTP/1.1\r\n\r\n'),
    Buffer.from([0x10, 0xff, 0xff, 0xff, 0xff, 0x01]),
    Buffer.from([0x00, 0x00]),
  ];
  for (const bytes of nonsense) await ended(await raw(intake.port, bytes));
  await ended(await raw(intake.port, hello('bad'), Buffer.from([0x36, 0x02, 0, 0])));
  await closedFor(door, 'malformed', 4);
  await client.publishAsync(topic, issued('after'), { qos: 1 });
  assert.equal(journal.lastSeq, 1);
  await client.endAsync();
  await stop();
});

test('who connects and says nothing is closed; so is who stays silent beyond its keepalive', async () => {
  const door = await openDoor({ limits: { connectTimeoutMs: 100 } });
  const { intake, stop } = door;
  await ended(await raw(intake.port));
  await closedFor(door, 'connect_timeout');
  await ended(await raw(intake.port, hello('silent', 1)));
  await closedFor(door, 'keepalive');
  await stop();
});

test('connections are limited, all together and per address', async () => {
  const limits = { connectionsMax: 3, connectionsPerAddressMax: 2 };
  const door = await openDoor({ limits });
  const { intake, stop } = door;
  const clients = [await connect(intake.port), await connect(intake.port)];
  await ended(await raw(intake.port, hello('third')));
  await closedFor(door, 'address_connections');
  await clients.pop()!.endAsync();
  await until(() => intake.stats.connections === 1, 'a free place');
  clients.push(await connect(intake.port));
  await Promise.all(clients.map((client) => client.endAsync()));
  await stop();
  const full = await openDoor({ limits: { connectionsMax: 1 } });
  const only = await connect(full.intake.port);
  await ended(await raw(full.intake.port, hello('second')));
  await closedFor(full, 'connections');
  await only.endAsync();
  await full.stop();
});

test('who may not publish a topic is closed and nothing of it is kept', async () => {
  const mayPublish = (clientId: string, to: string) => to.split('/')[2] === clientId;
  const door = await openDoor({ mayPublish });
  const { intake, journal, stop } = door;
  const client = await connect(intake.port, { clientId: 'disp-1' });
  await client.publishAsync(topic, issued('own'), { qos: 1 });
  await ended(await raw(intake.port, hello('disp-2'), publish(issued('forged'))));
  await closedFor(door, 'forbidden');
  assert.equal(journal.lastSeq, 1);
  await client.endAsync();
  await stop();
});

test('a subscriber that does not read is closed and holds up nobody', async () => {
  const door = await openDoor({ limits: { outwardBytesMax: 64 * 1024 } });
  const { intake, stop } = door;
  const subscribe = mqttPacket.generate({
    cmd: 'subscribe',
    messageId: 1,
    subscriptions: [{ topic: '#', qos: 0 }],
  });
  const deaf = await raw(intake.port, hello('deaf'), subscribe);
  const client = await connect(intake.port);
  const big = (n: number) => `[${issued(`big-${n}`)}${' '.repeat(200_000)}]`;
  for (let n = 0; n < 500 && intake.stats.closed.slow_subscriber === 0; n++) {
    await client.publishAsync(topic, big(n), { qos: 1 });
  }
  assert.equal(intake.stats.closed.slow_subscriber, 1);
  deaf.close();
  await client.endAsync();
  await stop();
});

/** Publishes one signal after the other; the median time to its PUBACK in ms. */
async function politeLatency(port: number, name: string): Promise<number> {
  const client = await connect(port, { clientId: name });
  const times: number[] = [];
  for (let n = 0; n < 60; n++) {
    const started = performance.now();
    await client.publishAsync(`hall/h1/${name}/ticket`, issued(`${name}-${n}`), { qos: 1 });
    times.push(performance.now() - started);
  }
  await client.endAsync();
  return times.sort((a, b) => a - b)[times.length >> 1]!;
}

test('who floods is slowed, then closed; a polite device beside it is still answered at once', async () => {
  const limits = { signalsPerSecond: 500, signalsBurst: 1_000, slowedMsMax: 1_500 };
  const door = await openDoor({ limits });
  const { intake, stop } = door;
  const alone = await politeLatency(intake.port, 'alone');
  const flood = await raw(intake.port, hello('flood'));
  const packets = Buffer.concat(
    Array.from({ length: 500 }, (_, n) => publish(issued(`flood-${n}`), n + 1)),
  );
  const drained = ended(flood);
  const flooding = (async () => {
    try {
      for (;;) await flood.write(packets);
    } catch {
      // The broker has closed it.
    }
  })();
  await until(() => intake.stats.slowed > 0, 'the flood is slowed');
  const beside = await politeLatency(intake.port, 'beside');
  await closedFor(door, 'rate');
  await Promise.all([flooding, drained]);
  console.log(
    `polite PUBACK median: alone ${alone.toFixed(1)} ms, beside a flood ${beside.toFixed(1)} ms`,
  );
  assert.ok(beside < alone * 3 + 10, `alone ${alone} ms, beside a flood ${beside} ms`);
  await stop();
});

test('of one connection no more is read than may be unacknowledged, however slowly the disk answers', async () => {
  const waiting: (() => void)[] = [];
  let most = 0;
  const broker = await startBroker({
    ...{ hostname: '127.0.0.1', port: 0, onError: console.error },
    onPublish: () =>
      new Promise((resolve) => {
        most = Math.max(
          most,
          waiting.push(() => resolve({ accepted: 1, rejected: 0 })),
        );
      }),
  });
  const client = await raw(broker.port, hello('large'));
  const bytes = 8_000;
  const sent = client.write(
    Buffer.concat(Array.from({ length: 400 }, (_, n) => publish('x'.repeat(bytes), n + 1))),
  );
  const disk = setInterval(() => waiting.shift()?.(), 1);
  await until(() => waiting.length > 0, 'the first are read');
  await until(() => waiting.length === 0 && broker.stats.held === 0, 'all are acknowledged');
  await sent;
  clearInterval(disk);
  assert.ok(most * bytes <= 256 * 1024 + 32 * 1024, `${most} messages of ${bytes} bytes waited`);
  client.close();
  await broker.stop();
});
