// Two gateways of one hall at one Mosquitto, both really running, under 1,000 signals a second at QoS 1: whatever happens
// to one of them, every signal that the broker acknowledged is in both journals once, under the same number.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import mqtt from 'mqtt';
import type { Summary } from '../../hall/summary.ts';
import { Secret } from '../../gateway/config/secret.ts';
import { greet } from '../../gateway/standby/greet.ts';
import { JOURNAL_FORMAT } from '../../gateway/journal/database.ts';
import type { PeerMessage } from '../../gateway/standby/protocol.ts';
import type { Gateway } from '../services/gateway.ts';
import { startInflux, type Influx } from '../services/influx.ts';
import { foldedFrom, journalOf, metricOf, stateOf } from '../services/ask.ts';
import { ROOMY, startMosquitto } from '../services/mosquitto.ts';
import { startLoad, type Load } from '../services/publishers.ts';
import { startProxy } from '../services/proxy.ts';
import { eventually, HALL } from './open.ts';
import { becomes, hasAll, healthOf, KEY, makePair, type Side } from './standby-rig.ts';

const SIGNALS_PER_SECOND = 1_000;

/** All that the broker acknowledged is in both journals once, in the same order, and makes the same state. */
async function assertWhole(load: Load, one: Gateway, other: Gateway): Promise<void> {
  const lines = await hasAll(one, load.acknowledged);
  const ids = lines.map(({ signal }) => signal.id);
  assert.equal(new Set(ids).size, ids.length, 'an id twice');
  assert.deepEqual(
    ids.filter((id) => !load.acknowledged.has(id)),
    [],
  );
  await hasAll(other, load.acknowledged);
  // What is irregular is marked a moment after the commit.
  await eventually(
    'both journals are the same',
    async () => JSON.stringify(await journalOf(one)) === JSON.stringify(await journalOf(other)),
    (same) => same,
  );
  const folded = foldedFrom(lines, HALL);
  assert.deepEqual(await stateOf(one), folded);
  assert.deepEqual(await stateOf(other), folded);
  const issued = Object.keys((folded as { tickets: object }).tickets).length;
  for (const gateway of [one, other]) {
    assert.deepEqual(await issuedIn(gateway), { value: issued, n: issued });
    await eventually(
      'its history',
      () => pointsOf(gateway),
      (count) => count === ids.length,
    );
  }
}

/** Tickets' points in the last 24 hours, as the gateway's own history tells them. */
async function pointsOf({ url }: Gateway): Promise<number> {
  const answer = await fetch(`${url}/api/v1/history?measurement=ticket`);
  const { rows } = (await answer.json()) as { rows: { n: number }[] };
  return rows.reduce((sum, { n }) => sum + n, 0);
}

/** How many numbers were issued today, as the gateway's own facts say. */
async function issuedIn({ url }: Gateway): Promise<unknown> {
  const answer = await fetch(`${url}/api/v1/figures?figure=issued`);
  const { rows } = (await answer.json()) as { rows: { issued: unknown }[] };
  return rows[0]?.issued;
}

/** Whether its pages call it the standby. */
async function saysStandby({ url }: Gateway): Promise<unknown> {
  const { data } = (await (await fetch(`${url}/api/v1/state?view=live`)).json()) as {
    data: { standby?: true };
  };
  return data.standby;
}

/** In the database of both every signal is once, whoever wrote it. */
async function assertPoints(influx: Influx, ids: ReadonlySet<string>): Promise<void> {
  const ask = async () => {
    const rows = await influx.ask('SELECT id FROM ticket', 'hallcast');
    return rows.map(({ id }) => String(id));
  };
  const points = await eventually('points', ask, (found) => new Set(found).size >= ids.size);
  assert.equal(points.length, ids.size);
  assert.deepEqual(new Set(points), new Set(ids));
}

test('the leader is killed, the standby leads; the old one comes back and follows; then a planned handover', async () => {
  const [broker, influx] = await Promise.all([startMosquitto({ settings: ROOMY }), startInflux()]);
  const pair = await makePair(broker.url, { influx: influx.url });
  const a = await pair.a();
  await becomes(a.gateway, 'leading');
  const b = await pair.b();
  await becomes(a.gateway, 'attached');
  const load = startLoad(broker.url, { perSecond: SIGNALS_PER_SECOND, devices: 20 });
  await load.more(1_000);
  await a.gateway.kill();
  const takeover = await becomes(b.gateway, 'leading', 10_000);
  console.log(`takeover after kill -9: ${Math.round(takeover)} ms (at most 10,000)`);
  // Today's tickets are there at once, before anything new has come.
  assert.ok((await journalOf(b.gateway)).length >= 900);
  await load.more(500);
  await a.again();
  await becomes(b.gateway, 'attached');
  await becomes(a.gateway, 'following');
  await eventually(
    'a says so',
    () => saysStandby(a.gateway),
    (said) => said === true,
  );
  await eventually(
    'b does not',
    () => saysStandby(b.gateway),
    (said) => said === undefined,
  );
  await load.more(500);
  const began = performance.now();
  const stopping = b.gateway.stop();
  await becomes(a.gateway, 'leading', 10_000);
  const handover = performance.now() - began;
  console.log(`planned handover: ${Math.round(handover)} ms (usually under 2,000)`);
  assert.equal(await stopping, 0);
  await load.more(500);
  await b.again();
  await becomes(a.gateway, 'attached');
  await load.finish();
  await assertWhole(load, a.gateway, b.gateway);
  await assertPoints(influx, load.acknowledged);
  assert.equal(await metricOf(a.gateway, 'hallcast_leading'), 1);
  assert.equal(await metricOf(b.gateway, 'hallcast_leading'), 0);
  await load.end();
  await end(a, b);
  await Promise.all([broker.end(), influx.end()]);
});

test('a leader that sleeps and wakes has lost the session, writes nothing on, and follows', async () => {
  const broker = await startMosquitto({ settings: ROOMY });
  const pair = await makePair(broker.url);
  const a = await pair.a();
  await becomes(a.gateway, 'leading');
  const b = await pair.b();
  await becomes(a.gateway, 'attached');
  const load = startLoad(broker.url, { perSecond: SIGNALS_PER_SECOND, devices: 20 });
  await load.more(500);
  a.gateway.pause();
  const takeover = await becomes(b.gateway, 'leading', 10_000);
  console.log(`takeover of a leader that hangs: ${Math.round(takeover)} ms (at most 10,000)`);
  await load.more(500);
  a.gateway.resume();
  await becomes(a.gateway, 'following');
  await becomes(b.gateway, 'attached');
  assert.equal((await healthOf(b.gateway))?.role, 'leading', 'no ping-pong');
  await load.more(500);
  await load.finish();
  await assertWhole(load, b.gateway, a.gateway);
  await load.end();
  await end(a, b);
  await broker.end();
});

test('without its standby the leader goes on alone; what only it had is handed over when it comes back', async () => {
  const [broker, influx] = await Promise.all([startMosquitto({ settings: ROOMY }), startInflux()]);
  const pair = await makePair(broker.url, { influx: influx.url });
  // Both at once: one of them leads.
  const [a, b] = await Promise.all([pair.a(), pair.b()]);
  const first = await Promise.any([
    becomes(a.gateway, 'attached').then(() => ({ leader: a, standby: b })),
    becomes(b.gateway, 'attached').then(() => ({ leader: b, standby: a })),
  ]);
  const { leader, standby } = first;
  await becomes(standby.gateway, 'following');
  const load = startLoad(broker.url, { perSecond: SIGNALS_PER_SECOND, devices: 20 });
  await load.more(500);
  await standby.gateway.kill();
  const before = (await journalOf(leader.gateway)).length;
  const alone = await becomes(leader.gateway, 'alone', 10_000);
  console.log(`goes on alone after ${Math.round(alone)} ms (limit 1,000)`);
  await load.more(1_000);
  await load.finish();
  const lines = await hasAll(leader.gateway, load.acknowledged);
  assert.ok(lines.length > before + 500);
  assert.equal(await metricOf(leader.gateway, 'hallcast_standby_detached_total'), 1);
  await assertPoints(influx, load.acknowledged);
  // Now the one that has everything goes, and the other one, which is behind, leads.
  await leader.gateway.kill();
  await standby.again();
  await becomes(standby.gateway, 'leading', 15_000);
  const more = startLoad(broker.url, { perSecond: SIGNALS_PER_SECOND, devices: 20, name: 'more' });
  await more.more(500);
  await leader.again();
  await becomes(standby.gateway, 'attached');
  await more.finish();
  const all = new Set([...load.acknowledged, ...more.acknowledged]);
  await assertWhole({ ...load, acknowledged: all }, standby.gateway, leader.gateway);
  assert.ok((await metricOf(standby.gateway, 'hallcast_standby_handed_total')) > 500);
  await assertPoints(influx, all);
  const files = [...Deno.readDirSync(leader.gateway.data)].map(({ name }) => name);
  assert.ok(files.some((name) => name.startsWith('journal.sqlite.rewound-')));
  await load.end();
  await more.end();
  await end(a, b);
  await Promise.all([broker.end(), influx.end()]);
});

test('a standby that hangs is detached; a leader that is cut off from the broker is none; the broker restarts', async () => {
  const broker = await startMosquitto({ settings: ROOMY });
  const proxy = await startProxy(broker.port);
  const pair = await makePair(broker.url);
  const a = await pair.a(`mqtt://127.0.0.1:${proxy.port}`);
  await becomes(a.gateway, 'leading');
  const b = await pair.b();
  await becomes(a.gateway, 'attached');
  const load = startLoad(broker.url, { perSecond: SIGNALS_PER_SECOND, devices: 20 });
  await load.more(300);
  b.gateway.pause();
  const alone = await becomes(a.gateway, 'alone', 10_000);
  console.log(`a standby that hangs is detached after ${Math.round(alone)} ms (limit 1,000)`);
  await load.more(300);
  b.gateway.resume();
  await becomes(a.gateway, 'attached');
  // Half open: nothing closes, and both gateways still reach each other.
  proxy.swallow();
  const takeover = await becomes(b.gateway, 'leading', 10_000);
  console.log(
    `takeover from a leader that is cut off: ${Math.round(takeover)} ms (at most 10,000)`,
  );
  await load.more(300);
  proxy.pass();
  await becomes(a.gateway, 'following');
  await becomes(b.gateway, 'attached');
  await broker.stop();
  await broker.start();
  await Promise.any([becomes(a.gateway, 'attached'), becomes(b.gateway, 'attached')]);
  await load.more(300);
  await load.finish();
  await Promise.any([becomes(a.gateway, 'attached'), becomes(b.gateway, 'attached')]);
  await assertWhole(load, b.gateway, a.gateway);
  await load.end();
  await end(a, b);
  await proxy.stop();
  await broker.end();
});

test('without the key nobody follows, and a standby takes nothing by itself', async () => {
  const broker = await startMosquitto({ settings: ROOMY });
  const pair = await makePair(broker.url);
  const other = await makePair(broker.url, { env: { HALLCAST_PEER_KEY: `another ${KEY}` } });
  const a = await pair.a();
  await becomes(a.gateway, 'leading');
  await assert.rejects(greet(standbyOf(a.gateway, `another ${KEY}`)), /another HALLCAST_PEER_KEY/);
  await assert.rejects(greet({ ...standbyOf(a.gateway), hall: 'h2' }), /is of another hall/);
  // One that has the key, and says what cannot be.
  for (const [says, why] of [
    [{ kind: 'follow', from: { seq: 1e9, letter: 0 } }, /what this journal has not/],
    [{ kind: 'have', seq: Number.MAX_SAFE_INTEGER, letter: 0 }, /what it was not sent/],
  ] as const) {
    assert.match(await reasonOfClosing(a.gateway, says), why);
  }
  assert.equal((await healthOf(a.gateway))?.parts['standby']?.state, 'degraded');
  await a.gateway.end();
  // The same port is the other pair's first one's peer only by chance: this one has nobody.
  const alone = await other.b();
  await becomes(alone.gateway, 'leading');
  await alone.gateway.end();
  await broker.end();
});

test('the hall tells its summary and whether its gateway is there, at the broker, retained', async () => {
  const broker = await startMosquitto({ settings: ROOMY });
  const pair = await makePair(broker.url);
  const a = await pair.a();
  await becomes(a.gateway, 'leading');
  const city = await mqtt.connectAsync(broker.url);
  const said = new Map<string, Record<string, unknown>>();
  const progress = new EventTarget();
  city.on('message', (topic, payload) => {
    said.set(topic.split('/').at(-1) ?? '', JSON.parse(String(payload)));
    progress.dispatchEvent(new Event('step'));
  });
  const until = (holds: () => boolean) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (!holds()) return;
        progress.removeEventListener('step', look);
        resolve();
      };
      progress.addEventListener('step', look);
      look();
    });
  await city.subscribeAsync('hall/+/gateway/+', { qos: 1 });
  await until(() => said.get('state')?.['state'] === 'online' && said.has('summary'));
  const ticket = { type: 'issued', id: 'one', ticket: 'A1', queue: 'q1' };
  await city.publishAsync('hall/h1/disp-1/ticket', JSON.stringify(ticket), { qos: 1 });
  await until(() => (said.get('summary') as unknown as Summary).waiting.total === 1);
  assert.equal(said.get('state')?.['gateway'], 'gateway-a');
  await a.gateway.kill();
  await until(() => said.get('state')?.['state'] === 'offline');
  const summary = said.get('summary') as unknown as Summary;
  assert.deepEqual([summary.hall, summary.today.issued], ['h1', 1]);
  await city.endAsync();
  await a.gateway.end();
  await broker.end();
});

function standbyOf({ url }: Gateway, key = KEY) {
  const names = { hall: 'h1', gateway: 'x', run: 'x', format: JOURNAL_FORMAT };
  return { peer: new URL(url), key: new Secret(key), ...names };
}

/** Says this to the leader as a standby that has the key; why it hangs up. */
async function reasonOfClosing(gateway: Gateway, says: PeerMessage): Promise<string> {
  const { conversation } = await greet(standbyOf(gateway));
  conversation.send(says);
  while ((await conversation.next(5_000)) !== undefined);
  return conversation.ended().message;
}

async function end(...sides: Side[]): Promise<void> {
  for (const { gateway } of sides) await gateway.end();
}
