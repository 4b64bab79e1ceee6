// What `relay:` of the hall file passes on between clients, to whom and for how long; who is refused at CONNECT. SPEC §20.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { join } from 'node:path';
import type mqtt from 'mqtt';
import { formatProblem, parseHall, type HallConfig } from '../../hall/config.ts';
import { SAMPLE_YAML } from '../hall/sample.ts';
import { mosquittoPub } from '../services/mosquitto.ts';
import { connect, dataFolder, issued, openDoor, until } from './intake-parts.ts';
import { RawClient } from './raw-client.ts';

const hallOf = (yaml: string) => parseHall(`${SAMPLE_YAML}\n${yaml}\n`, 'hall.yaml');

function relayOf(yaml: string): HallConfig['relay'] {
  const parsed = hallOf(`relay: ${yaml}`);
  if (!parsed.ok) throw new Error(parsed.problems.map(({ message }) => message).join('; '));
  return parsed.config.relay;
}

/** A client, and all that it gets. */
async function subscriber(port: number, filters: string[], options: mqtt.IClientOptions = {}) {
  const client = await connect(port, options);
  const heard: string[] = [];
  client.on('message', (topic, payload) => heard.push(`${topic} ${payload}`));
  await client.subscribeAsync(filters, { qos: 1 });
  return { client, heard };
}

test('without relay: a message that is not the hall’s is a dead letter and reaches nobody', async () => {
  const { intake, journal, stop } = await openDoor();
  const { client, heard } = await subscriber(intake.port, ['#']);
  await client.publishAsync('home/lamp', 'on', { qos: 1 });
  await client.publishAsync('hall/h1/disp-1/ticket', issued('a'), { qos: 1 });
  await until(() => heard.length > 0, 'the hall’s message');
  assert.deepEqual([heard.length, journal.deadLetters().length], [1, 1]);
  await client.endAsync();
  await stop();
});

test('relay passes on what matches, no dead letter, no journal; who publishes and who subscribes may be named', async () => {
  const relay = relayOf('["home/#", { topics: ["x/#"], publish: [dev-1], subscribe: [dev-2] }]');
  const { intake, journal, stop } = await openDoor({ relay });
  const [one, two] = [
    await subscriber(intake.port, ['#'], { clientId: 'dev-1' }),
    await subscriber(intake.port, ['#', 'x/+'], { clientId: 'dev-2' }),
  ];
  await one.client.publishAsync('home/lamp', 'on', { qos: 1 });
  await one.client.publishAsync('x/secret', 'for two', { qos: 1, retain: true });
  await two.client.publishAsync('x/secret', 'forged', { qos: 1 });
  await two.client.publishAsync('elsewhere', 'no', { qos: 1 });
  await two.client.publishAsync('home/end', '.', { qos: 1 });
  const ended = ({ heard }: { heard: string[] }) => heard.includes('home/end .');
  await until(() => ended(one) && ended(two), 'the last message');
  assert.deepEqual(one.heard, ['home/lamp on', 'home/end .']);
  assert.deepEqual(two.heard, ['home/lamp on', 'x/secret for two', 'home/end .']);
  const late = await subscriber(intake.port, ['x/#', 'home/+'], { clientId: 'dev-3' });
  await late.client.publishAsync('home/end', '!', { qos: 1 });
  await until(() => late.heard.length > 0, 'a message');
  assert.deepEqual(late.heard, ['home/end !'], 'the retained one is for dev-2 only');
  const letters = journal.deadLetters().map(({ topic }) => topic);
  assert.deepEqual([letters.toSorted(), journal.lastSeq], [['elsewhere', 'x/secret'], 0]);
  assert.equal(intake.stats.relayed, 4);
  await Promise.all([one, two, late].map(({ client }) => client.endAsync()));
  await stop();
});

test('reports of a source go on as ever; commands to its devices only where relay allows them', async () => {
  const told: object[] = [];
  const door = await openDoor({
    sources: ['zigbee2mqtt/#', 'hallcast-shelly/rpc'],
    relay: relayOf('[{ topics: ["zigbee2mqtt/+/set"], publish: [ha] }]'),
    onPublish: () => Promise.resolve({ accepted: 0, rejected: 0, foreign: true }),
    onWarn: (_message, fields = {}) => told.push(fields),
  });
  const { intake, stop } = door;
  const { client, heard } = await subscriber(intake.port, ['#'], { clientId: 'stranger' });
  const ha = await connect(intake.port, { clientId: 'ha' });
  for (const topic of ['plug/set', 'bridge/request/permit_join', 'plug/get', 'plug/set/state']) {
    await client.publishAsync(`zigbee2mqtt/${topic}`, 'forged', { qos: 1, retain: true });
  }
  await ha.publishAsync('zigbee2mqtt/plug/set', 'on', { qos: 1 });
  await client.publishAsync('hallcast-shelly/rpc', 'answer', { qos: 1 });
  await client.publishAsync('zigbee2mqtt/plug', 'report', { qos: 1 });
  await until(() => heard.includes('zigbee2mqtt/plug report'), 'the report');
  assert.deepEqual(heard, [
    'zigbee2mqtt/plug/set on',
    'hallcast-shelly/rpc answer',
    'zigbee2mqtt/plug report',
  ]);
  assert.deepEqual(told, [{ stage: 'intake', client: 'stranger', topic: 'zigbee2mqtt/plug/set' }]);
  await Promise.all([client.endAsync(), ha.endAsync()]);
  await stop();
});

test('over a restart sessions, what waits for them and retained messages stay; QoS 2 comes once', async () => {
  const data = dataFolder();
  const settings = { relay: relayOf('["home/#"]'), file: join(data, 'mqtt.sqlite') };
  const session = { clientId: 'panel', clean: false };
  let door = await openDoor(settings, data);
  let panel = await RawClient.connect(door.intake.port, session);
  await panel.subscribe(['home/#'], 2);
  await panel.disconnect();
  const lamp = await RawClient.connect(door.intake.port, { clientId: 'lamp', clean: false });
  await lamp.publish('home/a', 'one', 1, { retain: true });
  await lamp.say({ cmd: 'publish', topic: 'home/b', payload: 'two', qos: 2, messageId: 5 });
  await lamp.next('pubrec');
  await door.stop();

  door = await openDoor(settings, data);
  const again = await RawClient.connect(door.intake.port, { clientId: 'lamp', clean: false });
  await again.say({
    cmd: 'publish',
    topic: 'home/b',
    payload: 'two',
    qos: 2,
    messageId: 5,
    dup: true,
  });
  await again.next('pubrec');
  panel = await RawClient.open(door.intake.port);
  panel.answers = false;
  assert.equal((await panel.hello(session)).sessionPresent, true);
  await panel.until(() => panel.messages.length === 2, 'both messages');
  const [one, two] = panel.messages;
  assert.deepEqual(
    [String(one?.payload), one?.qos, String(two?.payload), two?.qos],
    ['one', 1, 'two', 2],
  );
  await panel.say({ cmd: 'pubrec', messageId: two?.messageId });
  await panel.next('pubrel');
  await panel.cut();
  await door.stop();

  door = await openDoor(settings, data);
  panel = await RawClient.connect(door.intake.port, session);
  const released = await panel.next('pubrel');
  assert.equal(released.messageId, two?.messageId);
  const repeated = await panel.next('publish');
  assert.deepEqual([String(repeated.payload), repeated.dup], ['one', true]);
  await panel.settle();
  assert.deepEqual(panel.messages, []);
  await panel.disconnect();
  const late = await RawClient.connect(door.intake.port, { clientId: 'late' });
  await late.subscribe(['home/+'], 1);
  const { payload, retain } = await late.next('publish');
  assert.deepEqual([String(payload), retain], ['one', true]);
  await late.disconnect();
  await door.stop();

  // What is relayed no more is kept no more.
  door = await openDoor({ file: settings.file }, data);
  assert.equal(door.intake.budgets().find(({ kind }) => kind === 'retained-topics')?.used, 0);
  await door.stop();
});

test('sessions and what waits for them have budgets; strangers take half at most', async () => {
  const sessions = { sessionsMax: 4, queueMax: 2, bytesMax: 100_000, keptMs: 60_000 };
  const isListed = (id: string) => id.startsWith('dev-');
  const relay = relayOf('["home/#"]');
  const { intake, stop } = await openDoor({ limits: { sessions }, relay, isListed });
  const leave = async (clientId: string) => {
    const client = await RawClient.connect(intake.port, { clientId, clean: false });
    await client.subscribe(['home/#'], 1);
    await client.disconnect();
    const again = await RawClient.open(intake.port);
    const { sessionPresent } = await again.hello({ clientId, clean: false });
    await again.disconnect();
    return sessionPresent;
  };
  const present: boolean[] = [];
  for (const id of ['s-1', 's-2', 's-3', 'dev-1', 'dev-2']) present.push(await leave(id));
  assert.deepEqual(present, [true, true, false, true, true]);
  const lamp = await RawClient.connect(intake.port, { clientId: 'lamp' });
  for (const word of ['1', '2', '3']) await lamp.publish('home/x', word, 1);
  const used = (kind: string) => {
    const budget = intake.budgets().find((each) => each.kind === kind);
    return [budget?.used, budget?.refused];
  };
  assert.deepEqual(used('mqtt-sessions'), [4, 2]);
  assert.equal(used('mqtt-queued')[1], 4, 'the third of each of four sessions');
  const panel = await RawClient.connect(intake.port, { clientId: 'dev-1', clean: false });
  await panel.until(() => panel.messages.length === 2, 'two messages');
  await Promise.all([panel.disconnect(), lamp.disconnect()]);
  await stop();
});

test('MQTT 5 is refused in its own form, MQTT 3.1.1 in its own; a long client id is refused in the CONNACK', async () => {
  const door = await openDoor();
  const { port } = door.intake;
  const five = await Deno.connect({ hostname: '127.0.0.1', port });
  await five.write(
    Uint8Array.of(0x10, 14, 0, 4, 0x4d, 0x51, 0x54, 0x54, 5, 2, 0, 60, 0, 0, 1, 0x61),
  );
  const answer = new Uint8Array(16);
  const count = await five.read(answer);
  assert.deepEqual([...answer.subarray(0, count ?? 0)], [0x20, 3, 0, 0x84, 0]);
  assert.equal(await five.read(answer), null);
  five.close();
  await assert.rejects(connect(port, { protocolVersion: 5 }), /Unsupported protocol version/i);
  const publish = mosquittoPub(port, 'home/x', 'text');
  await publish;
  for (const clientId of ['x'.repeat(65), 'bell\u0007', '']) {
    const client = await RawClient.open(port);
    if (clientId === '') {
      await client.sayBytes(
        Uint8Array.of(0x10, 12, 0, 4, 0x4d, 0x51, 0x54, 0x54, 4, 0, 0, 60, 0, 0),
      );
      await client.next('connack', ({ returnCode }) => returnCode === 2);
    } else {
      assert.equal((await client.hello({ clientId })).returnCode, 2);
    }
    await client.ended;
  }
  const longest = await RawClient.connect(port, { clientId: '办'.repeat(64), protocolVersion: 4 });
  await longest.disconnect();
  const { closed } = door.intake.stats;
  assert.deepEqual([closed['protocol'], closed['client_id']], [2, 3]);
  await door.stop();
});

test('relay: a wrong filter is told with what is wrong', () => {
  const wrong = [
    ['["home/#/x"]', /# as its last level/],
    ['["ho+me"]', /\+ as a whole level/],
    ['["hall/h1/#"]', /outside of hall\//],
    ['["$SYS/#"]', /does not begin with \$/],
    ['[{ topics: [] }]', /at least one topic filter/],
    ['[{ topic: ["x"] }]', /topic/],
    ['[5]', /map of keys|topic filter/],
  ] as const;
  for (const [yaml, words] of wrong) {
    const parsed = hallOf(`relay: ${yaml}`);
    assert.ok(!parsed.ok, yaml);
    assert.match(parsed.problems.map((each) => formatProblem('hall.yaml', each)).join('\n'), words);
  }
});
