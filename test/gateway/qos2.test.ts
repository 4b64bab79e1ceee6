// QoS 2 at the embedded broker: a message counts once until its PUBREL, over DUP, over a lost line and over `kill -9`.
// SPEC §20.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stateOf } from '../services/ask.ts';
import { startGateway } from '../services/gateway.ts';
import { type Durable, inMemory } from '../../gateway/intake/durable.ts';
import { ExactlyOnce } from '../../gateway/intake/exactly-once.ts';
import { SAMPLE_YAML } from '../hall/sample.ts';
import { openDoor } from './intake-parts.ts';
import { RawClient } from './raw-client.ts';

const topic = 'hall/h1/gate-1/occupancy';
const flow = (zone = 'z1', count = 1) => JSON.stringify({ type: 'flow', zone, in: count, out: 0 });
const publish = (messageId: number, payload: string, dup = false) =>
  ({ cmd: 'publish', topic, payload, qos: 2, messageId, dup }) as const;
const session = { clientId: 'q2', clean: false };

test('a packet id counts once before its PUBREL, with and without DUP, also in one breath', async () => {
  const { intake, journal, stop } = await openDoor();
  const client = await RawClient.connect(intake.port, session);
  await client.say(publish(9, flow()));
  await client.say(publish(9, flow(), true));
  await client.next('pubrec');
  await client.next('pubrec');
  await client.say(publish(9, flow(), true));
  await client.next('pubrec');
  assert.equal(journal.lastSeq, 1);
  for (const _again of [1, 2]) {
    await client.say({ cmd: 'pubrel', messageId: 9 });
    assert.equal((await client.next('pubcomp')).messageId, 9);
  }
  await client.say(publish(9, flow()));
  await client.next('pubrec');
  assert.equal(journal.lastSeq, 2, 'released, the id is for another message');
  await client.disconnect();
  await stop();
});

test('over a lost line the id stands for a session that stays, and ends with a clean one', async () => {
  const { intake, journal, stop } = await openDoor();
  const first = await RawClient.connect(intake.port, session);
  await first.say(publish(11, flow()));
  await first.next('pubrec');
  await first.cut();
  const second = await RawClient.connect(intake.port, session);
  await second.say(publish(11, flow(), true));
  await second.next('pubrec');
  assert.equal(journal.lastSeq, 1);
  // A device that lost its memory begins its numbers again: that is another message.
  await second.say(publish(11, flow('z1', 7)));
  await second.next('pubrec');
  assert.equal(journal.lastSeq, 2);
  await second.cut();
  const clean = await RawClient.connect(intake.port, { ...session, clean: true });
  await clean.say(publish(11, flow('z1', 7)));
  await clean.next('pubrec');
  assert.equal(journal.lastSeq, 3);
  await clean.disconnect();
  await stop();
});

test('subscribers get it once too', async () => {
  const { intake, stop } = await openDoor();
  const [client, subscriber] = [
    await RawClient.connect(intake.port, session),
    await RawClient.connect(intake.port, { clientId: 'sub' }),
  ];
  await subscriber.subscribe(['hall/#'], 0);
  await client.say(publish(3, flow()));
  await client.say(publish(3, flow(), true));
  await client.next('pubrec');
  await client.next('pubrec');
  await client.publish(topic, flow('z1', 5), 1);
  await subscriber.until(() => subscriber.messages.length >= 2, 'both messages');
  assert.equal(subscriber.messages.length, 2);
  await Promise.all([client.disconnect(), subscriber.disconnect()]);
  await stop();
});

test('ids that are not released are limited, for a client and for all strangers; a listed device goes on', async () => {
  const inward = { perClientMax: 3, totalMax: 8, keptMs: 60_000 };
  const door = await openDoor({ limits: { inward }, isListed: (id) => id === 'gate-1' });
  const { intake, stop } = door;
  const fill = async (clientId: string, count: number) => {
    const client = await RawClient.connect(intake.port, { clientId, clean: false });
    for (let id = 1; id <= count; id++) {
      await client.say(publish(id, flow('z1', id)));
      await client.next('pubrec');
    }
    return client;
  };
  const greedy = await fill('greedy', 3);
  await greedy.say(publish(4, flow('z1', 4)));
  await greedy.ended;
  const other = await fill('other', 1);
  await other.say(publish(2, flow('z1', 2)));
  await other.ended;
  assert.equal(intake.stats.closed['budget'], 2);
  const listed = await fill('gate-1', 3);
  const budget = intake.budgets().find(({ kind }) => kind === 'qos2');
  assert.deepEqual([budget?.used, budget?.max, budget?.refused], [7, 8, 2]);
  await listed.disconnect();
  await stop();
});

test('an id found on disk whose message may not be in the journal: taken as of its first arrival, then never again', async () => {
  const sender = { id: 'q2', stays: true, listed: false };
  const message = { topic, payload: new TextEncoder().encode(flow()) };
  const limits = { perClientMax: 10, totalMax: 10, keptMs: 1_000 };
  const kept = new Map<string, string>();
  const durable = (found: ReadonlyMap<string, string>): Durable => ({
    ...inMemory(),
    found: new Map(found),
    put: (key, value) => void kept.set(key, value),
    delete: (key) => void kept.delete(key),
  });
  const arrivals: number[] = [];
  const before = new ExactlyOnce(durable(new Map()), limits, () => 5_000);
  const died = new Promise<void>(() => {});
  void before.take(sender, 7, message, () => died);
  const after = new ExactlyOnce(durable(kept), limits, () => 6_000);
  const take = (receivedAt: number) => Promise.resolve(void arrivals.push(receivedAt));
  assert.equal(await after.take(sender, 7, message, take), false);
  assert.equal(await after.take(sender, 7, message, take), true);
  const later = new ExactlyOnce(durable(kept), limits, () => 7_000);
  assert.equal(await later.take(sender, 7, message, take), true);
  assert.deepEqual(arrivals, [5_000]);
  await later.release('q2', 7);
  assert.equal(kept.size, 0);
});

test('over kill -9 of the gateway, between PUBREC and PUBREL and right after PUBLISH', async () => {
  let gateway = await startGateway({ hall: SAMPLE_YAML });
  const { data, http, mqtt } = gateway;
  const again = async () => {
    await gateway.kill();
    gateway = await startGateway({ hall: SAMPLE_YAML, data, http, mqtt });
    return await RawClient.connect(mqtt, session);
  };
  try {
    let client = await RawClient.connect(mqtt, session);
    await client.say(publish(21, flow()));
    await client.next('pubrec');
    client = await again();
    await client.say(publish(21, flow(), true));
    await client.next('pubrec');
    await client.say({ cmd: 'pubrel', messageId: 21 });
    await client.next('pubcomp');
    // Nobody knows how far this one came: it comes again until it is known.
    await client.say(publish(22, flow('z1', 100)));
    client = await again();
    await client.say(publish(22, flow('z1', 100), true));
    await client.next('pubrec');
    client = await again();
    await client.say(publish(22, flow('z1', 100), true));
    await client.next('pubrec');
    // A released id is free for a new message, also for one of the same words.
    await client.say(publish(21, flow()));
    await client.next('pubrec');
    await client.disconnect();
    const { occupancy } = (await stateOf(gateway)) as {
      occupancy: Record<string, { present: number }>;
    };
    assert.equal(occupancy['z1']?.present, 102);
  } finally {
    await gateway.end();
  }
});
