// The ten checks of Eclipse Paho's interoperability suite for MQTT 3.1.1, written anew: each runs against Mosquitto and
// against our broker with `relay: ['#']`, and ours holds wherever Mosquitto does. SPEC §20.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startMosquitto, type Mosquitto } from '../services/mosquitto.ts';
import { type Door, openDoor } from './intake-parts.ts';
import { RawClient } from './raw-client.ts';

const TOPICS = ['TopicA', 'TopicA/B', 'Topic/C', 'TopicA/C', '/TopicA'] as const;
const FIRST = { clientId: 'myclientid', clean: true };
const SECOND = { clientId: 'myclientid2', clean: true };

interface Check {
  readonly name: string;
  /** Throws where it does not hold. */
  run(port: number): Promise<void>;
}

/** A second connection of the same client, that must be refused or closed. */
async function mustEnd(client: RawClient): Promise<void> {
  await client.ended;
  const accepted = client.packets.some(
    (packet) => packet.cmd === 'connack' && packet.returnCode === 0,
  );
  assert.equal(accepted, false, 'was accepted');
}

/** What a subscriber has got when a last message has come after everything before it. */
async function gotBefore(subscriber: RawClient, publisher: RawClient, topic: string) {
  await publisher.publish(topic, 'the last one', 1);
  const last = await subscriber.next(
    'publish',
    ({ payload }) => String(payload) === 'the last one',
  );
  assert.equal(last.topic, topic);
  return subscriber.messages.map((message) => String(message.payload));
}

const CHECKS: readonly Check[] = [
  {
    name: 'basic',
    async run(port) {
      await (await RawClient.connect(port, FIRST)).disconnect();
      const client = await RawClient.connect(port, FIRST);
      await client.subscribe([TOPICS[0]], 2);
      await client.publish(TOPICS[0], 'qos 0', 0);
      await client.publish(TOPICS[0], 'qos 1', 1);
      await client.publish(TOPICS[0], 'qos 2', 2);
      await client.until(() => client.messages.length === 3, 'three messages');
      assert.deepEqual(
        client.messages.map(({ payload, qos }) => [String(payload), qos]),
        [
          ['qos 0', 0],
          ['qos 1', 1],
          ['qos 2', 2],
        ],
      );
      await client.say({ cmd: 'connect', clientId: 'myclientid', clean: true, keepalive: 60 });
      await mustEnd(client);
      const wrong = await RawClient.open(port);
      // Protocol name "hj", level 4.
      await wrong.sayBytes(
        Uint8Array.of(0x10, 14, 0, 2, 0x68, 0x6a, 4, 2, 0, 60, 0, 4, 0x6e, 0x61, 0x6d, 0x65),
      );
      await mustEnd(wrong);
    },
  },
  {
    name: 'retained messages',
    async run(port) {
      const client = await RawClient.connect(port, FIRST);
      for (const [qos, at] of [
        [0, 1],
        [1, 2],
        [2, 3],
      ] as const) {
        await client.publish(TOPICS[at], `qos ${qos}`, qos, { retain: true });
      }
      await client.subscribe(['+/+'], 2);
      await client.until(() => client.messages.length === 3, 'three messages');
      assert.ok(client.messages.every(({ retain }) => retain));
      await client.disconnect();
      const clearing = await RawClient.connect(port, FIRST);
      for (const [qos, at] of [
        [0, 1],
        [1, 2],
        [2, 3],
      ] as const) {
        await clearing.publish(TOPICS[at], '', qos, { retain: true });
      }
      await clearing.subscribe(['+/+'], 2);
      assert.deepEqual(await gotBefore(clearing, clearing, 'a/last'), []);
      await clearing.disconnect();
    },
  },
  {
    name: 'offline message queueing',
    async run(port) {
      const session = { ...FIRST, clean: false };
      const client = await RawClient.connect(port, session);
      await client.subscribe(['+/+'], 2);
      await client.disconnect();
      const publisher = await RawClient.connect(port, SECOND);
      await publisher.publish(TOPICS[1], 'qos 0', 0);
      await publisher.publish(TOPICS[2], 'qos 1', 1);
      await publisher.publish(TOPICS[3], 'qos 2', 2);
      const again = await RawClient.open(port);
      const { sessionPresent } = await again.hello(session);
      assert.equal(sessionPresent, true);
      const got = await gotBefore(again, publisher, 'a/last');
      assert.deepEqual(
        got.filter((payload) => payload !== 'qos 0'),
        ['qos 1', 'qos 2'],
      );
      await Promise.all([publisher.disconnect(), again.disconnect()]);
      await (await RawClient.connect(port, FIRST)).disconnect();
    },
  },
  {
    name: 'will message',
    async run(port) {
      const will = { topic: TOPICS[2], payload: Buffer.from('not disconnected'), qos: 0 as const };
      const dying = await RawClient.connect(port, {
        ...{ ...FIRST, keepalive: 2 },
        will: { ...will, retain: false },
      });
      const watcher = await RawClient.connect(port, { ...SECOND, clean: false });
      await watcher.subscribe([TOPICS[2]], 2);
      await dying.cut();
      const { payload } = await watcher.next('publish');
      assert.equal(String(payload), 'not disconnected');
      await watcher.disconnect();
      await (await RawClient.connect(port, SECOND)).disconnect();
    },
  },
  {
    name: 'overlapping subscriptions',
    async run(port) {
      const client = await RawClient.connect(port, FIRST);
      await client.subscribe(['TopicA/#', '+/C'], [2, 1]);
      await client.publish(TOPICS[3], 'overlapping', 2);
      await client.until(() => client.messages.length > 0, 'the message');
      await client.publish(TOPICS[3], 'the last one', 0);
      await client.next('publish', ({ payload }) => String(payload) === 'the last one');
      const copies = client.messages.filter(({ payload }) => String(payload) === 'overlapping');
      const qos = copies.map((message) => message.qos).sort();
      assert.ok(String(qos) === '2' || String(qos) === '1,2', `got QoS ${qos}`);
      await client.disconnect();
    },
  },
  {
    name: 'keep-alive',
    async run(port) {
      const watcher = await RawClient.connect(port, { ...SECOND, keepalive: 0 });
      await watcher.subscribe([TOPICS[4]], 2);
      const will = { topic: TOPICS[4], payload: Buffer.from('keepalive expiry') };
      const silent = await RawClient.connect(port, {
        ...{ ...FIRST, keepalive: 1 },
        will: { ...will, qos: 0, retain: false },
      });
      assert.equal(String((await watcher.next('publish')).payload), 'keepalive expiry');
      await silent.ended;
      await watcher.disconnect();
    },
  },
  {
    name: 'redelivery on reconnect',
    async run(port) {
      const session = { ...SECOND, clean: false };
      const client = await RawClient.connect(port, session);
      await client.subscribe(['TopicA/#'], 2);
      client.answers = false;
      await client.publish(TOPICS[1], '', 1);
      await client.publish(TOPICS[3], '', 2);
      await client.until(() => client.messages.length === 2, 'both, unacknowledged');
      await client.disconnect();
      const again = await RawClient.connect(port, session);
      await again.until(() => again.messages.length >= 2, 'both once more');
      assert.deepEqual(again.messages.map(({ topic, dup }) => [topic, dup]).sort(), [
        [TOPICS[1], true],
        [TOPICS[3], true],
      ]);
      await again.next('pubrel');
      await again.disconnect();
      await (await RawClient.connect(port, SECOND)).disconnect();
    },
  },
  {
    name: 'zero-length client id',
    async run(port) {
      const refused = await RawClient.open(port);
      await refused
        .say({ cmd: 'connect', clientId: '', clean: false, keepalive: 60 })
        .catch(() => {});
      // The library generates no such packet.
      await refused.sayBytes(
        Uint8Array.of(0x10, 12, 0, 4, 0x4d, 0x51, 0x54, 0x54, 4, 0, 0, 60, 0, 0),
      );
      await mustEnd(refused);
      const named = await RawClient.connect(port, { clientId: '', clean: true });
      await named.disconnect();
    },
  },
  {
    name: 'unsubscribe',
    async run(port) {
      const client = await RawClient.connect(port, SECOND);
      await client.subscribe(['TopicA', 'TopicA/B', 'Topic/C'], 2);
      await client.say({ cmd: 'unsubscribe', messageId: 3_000, unsubscriptions: ['TopicA'] });
      await client.next('unsuback');
      const publisher = await RawClient.connect(port, FIRST);
      await publisher.publish('TopicA', 'unsubscribed', 1);
      await publisher.publish('TopicA/B', 'one', 1);
      assert.deepEqual(await gotBefore(client, publisher, 'Topic/C'), ['one']);
      await Promise.all([client.disconnect(), publisher.disconnect()]);
    },
  },
  {
    name: 'dollar topics',
    async run(port) {
      const client = await RawClient.connect(port, { ...SECOND, keepalive: 0 });
      await client.subscribe(['+/+', '#'], 2);
      await client.publish(`$${TOPICS[1]}`, 'hidden', 1);
      assert.deepEqual(await gotBefore(client, client, 'a/last'), []);
      await client.disconnect();
    },
  },
];

let mosquitto: Mosquitto;
let door: Door;
let holdsAtPeer = 0;

before(async () => {
  mosquitto = await startMosquitto();
  const relay = [{ topics: ['#'], publish: undefined, subscribe: undefined }];
  door = await openDoor({ relay });
});

after(async () => {
  await door.stop();
  await mosquitto.end();
});

for (const { name, run } of CHECKS) {
  test(`interoperability: ${name}: holds wherever it holds at Mosquitto`, async () => {
    const peer = await run(mosquitto.port).then(
      () => undefined,
      (error: Error) => error,
    );
    const ours = await run(door.intake.port).then(
      () => undefined,
      (error: Error) => error,
    );
    if (peer === undefined) holdsAtPeer++;
    console.log(`${name}: mosquitto ${peer?.message ?? 'holds'}; ours ${ours?.message ?? 'holds'}`);
    if (peer === undefined && ours !== undefined) throw ours;
  });
}

test('interoperability: the checks are worth something: Mosquitto holds at least eight', () => {
  assert.ok(holdsAtPeer >= 8, `${holdsAtPeer} of ${CHECKS.length}`);
});

test('interoperability: nothing relayed is journaled, and none of it is a dead letter', () => {
  assert.equal(door.journal.lastSeq, 0);
  const letters = door.journal.deadLetters().map(({ topic }) => topic);
  assert.deepEqual(letters, [`$${TOPICS[1]}`]);
});
