import { test } from 'node:test';
import assert from 'node:assert/strict';
import { connect, openDoor, openHallJournal, issued, until } from './intake-parts.ts';

const topic = 'hall/h1/disp-1/ticket';

test('PUBACK comes after the commit: what was acknowledged is in the journal', async () => {
  const { intake, journal, stop } = await openDoor();
  const client = await connect(intake.port);
  const pubacks: number[] = [];
  client.on('packetreceive', ({ cmd }) => cmd === 'puback' && pubacks.push(journal.lastSeq));
  await client.publishAsync(topic, issued('a'), { qos: 1 });
  await client.publishAsync(topic, issued('b'), { qos: 1 });
  assert.deepEqual(pubacks, [1, 2]);
  await client.endAsync();
  await stop();
});

test('QoS 0 is journaled too, QoS 2 once, and a repeated id is a duplicate', async () => {
  const { intake, journal, stop } = await openDoor();
  const client = await connect(intake.port);
  await client.publishAsync(topic, issued('zero'), { qos: 0 });
  await client.publishAsync(topic, issued('two'), { qos: 2 });
  await client.publishAsync(topic, issued('two'), { qos: 1 });
  assert.deepEqual(
    journal.read(0, 9).map(({ id }) => id),
    ['zero', 'two'],
  );
  assert.deepEqual(intake.counts, { received: 3, journaled: 2, duplicate: 1, rejected: {} });
  await client.endAsync();
  await stop();
});

test('a client that is not ours: mosquitto_pub with QoS 1 is done when it is on disk', async () => {
  const { intake, journal, stop } = await openDoor();
  const { code } = await new Deno.Command('mosquitto_pub', {
    args: ['-p', String(intake.port), '-t', topic, '-q', '1', '-m', issued('mosquitto')],
  }).output();
  assert.equal(code, 0);
  assert.equal(journal.read(0, 1)[0]?.id, 'mosquitto');
  await stop();
});

test('what is refused is a dead letter, acknowledged, and not passed on', async () => {
  const { intake, journal, stop } = await openDoor();
  const [client, subscriber] = await Promise.all([connect(intake.port), connect(intake.port)]);
  const heard: string[] = [];
  subscriber.on('message', (_topic, payload) => heard.push(String(payload)));
  await subscriber.subscribeAsync('#', { qos: 1 });
  await client.publishAsync(topic, 'no json', { qos: 1 });
  await client.publishAsync('elsewhere/x', issued('x'), { qos: 1, retain: true });
  await client.publishAsync('$SYS/forged', issued('x'), { qos: 1 });
  await client.publishAsync(topic, `[${issued('good')},{"type":"nonsense"}]`, { qos: 1 });
  await until(() => heard.length > 0, 'the accepted message');
  assert.deepEqual(
    heard.map((text) => text.startsWith('[')),
    [true],
  );
  const reasons = journal.deadLetters().map(({ reason }) => reason);
  assert.deepEqual(reasons, ['type', 'topic', 'topic', 'json']);
  assert.deepEqual(intake.counts, {
    received: 5,
    journaled: 1,
    duplicate: 0,
    rejected: { json: 1, topic: 2, type: 1 },
  });
  await Promise.all([client.endAsync(), subscriber.endAsync()]);
  await stop();
});

test('subscribers get a message after its commit, with QoS 1', async () => {
  const { intake, journal, stop } = await openDoor();
  const [client, subscriber] = await Promise.all([connect(intake.port), connect(intake.port)]);
  const heard: [number, number][] = [];
  subscriber.on('message', (_topic, _payload, { qos }) => heard.push([journal.lastSeq, qos]));
  await subscriber.subscribeAsync('hall/h1/+/ticket', { qos: 1 });
  await client.publishAsync(topic, issued('a'), { qos: 1 });
  await until(() => heard.length === 1, 'the message');
  assert.deepEqual(heard, [[1, 1]]);
  await Promise.all([client.endAsync(), subscriber.endAsync()]);
  await stop();
});

const state = (value: string) => JSON.stringify({ type: 'state', state: value });

test('the last will of a device that vanishes is journaled and retained', async () => {
  const { intake, journal, stop } = await openDoor();
  const device = 'hall/h1/disp-1/device';
  const will = {
    topic: device,
    payload: Buffer.from(state('offline')),
    qos: 1,
    retain: true,
  } as const;
  const client = await connect(intake.port, { will });
  await client.publishAsync(device, state('online'), { qos: 1, retain: true });
  client.stream.destroy();
  await until(() => journal.lastSeq === 2, 'the will in the journal');
  const states = journal.read(0, 9).map(({ signal }) => (signal as { state: string }).state);
  assert.deepEqual(states, ['online', 'offline']);
  const subscriber = await connect(intake.port);
  const heard: string[] = [];
  subscriber.on('message', (_topic, payload, { retain }) => heard.push(`${retain} ${payload}`));
  await subscriber.subscribeAsync('hall/h1/+/device', { qos: 1 });
  await until(() => heard.length === 1, 'the retained state');
  assert.deepEqual(heard, [`true ${state('offline')}`]);
  await subscriber.endAsync();
  await stop();
});

test('retained states given at the start are there for the first subscriber', async () => {
  const payload = new TextEncoder().encode(state('online'));
  const retained = [{ topic: 'hall/h1/disp-1/device', payload }];
  const { intake, journal, stop } = await openDoor({ retained });
  const subscriber = await connect(intake.port);
  const heard: string[] = [];
  subscriber.on('message', (_topic, message) => heard.push(String(message)));
  await subscriber.subscribeAsync('hall/#');
  await until(() => heard.length === 1, 'the retained state');
  assert.deepEqual([heard, journal.lastSeq], [[state('online')], 0]);
  await subscriber.endAsync();
  await stop();
});

test('a graceful stop acknowledges all it took, says no wills, and loses nothing', async () => {
  const { intake, data, stop } = await openDoor();
  const will = { topic: 'hall/h1/disp-1/device', payload: Buffer.from(state('offline')) };
  const client = await connect(intake.port, { will: { ...will, qos: 1, retain: true } });
  const acknowledged: string[] = [];
  for (let n = 0; n < 2_000; n++) {
    client.publish(topic, issued(`s-${n}`), { qos: 1 }, (error) => {
      if (!error) acknowledged.push(`s-${n}`);
    });
  }
  await until(() => acknowledged.length > 0, 'the first acknowledgement');
  await stop();
  await until(() => !client.connected, 'the end of the connection');
  const journal = await openHallJournal(data);
  const kept = new Set(journal.read(0, 9_999).map(({ id }) => id));
  assert.deepEqual(
    acknowledged.filter((id) => !kept.has(id)),
    [],
  );
  assert.ok(
    [...kept].every((id) => id.startsWith('s-')),
    'a will was published',
  );
  await journal.close();
  client.end(true);
});

test('MQTT over WebSocket is the same door', async () => {
  const { intake, journal, stop } = await openDoor();
  const server = Deno.serve(
    { hostname: '127.0.0.1', port: 0, onListen: () => {} },
    (request, info) => {
      const { hostname } = info.remoteAddr;
      const { socket, response } = Deno.upgradeWebSocket(request, { protocol: 'mqtt' });
      intake.handleWebSocket?.(socket, hostname);
      return response;
    },
  );
  const { default: mqtt } = await import('mqtt');
  const address = `ws://127.0.0.1:${server.addr.port}/mqtt`;
  const client = await mqtt.connectAsync(address, { reconnectPeriod: 0 });
  const sent = Array.from({ length: 300 }, (_, n) =>
    client.publishAsync(topic, issued(`w-${n}`), { qos: 1 }),
  );
  await Promise.all(sent);
  assert.equal(journal.lastSeq, 300);
  await client.endAsync();
  await stop();
  await server.shutdown();
});
