// The whole gateway at a real Mosquitto, under 500 signals a second at QoS 1, while one of them dies, restarts or is
// cut off: what the broker acknowledged to a device is in the journal exactly once. SPEC §16.
import { deepStrictEqual as equal, match, ok } from 'node:assert/strict';
import { test } from 'node:test';
import mqtt from 'mqtt';
import { SAMPLE_YAML } from '../hall/sample.ts';
import { makeCertificates, textOf } from '../services/certificates.ts';
import { startGateway, type Gateway } from '../services/gateway.ts';
import { journalOf } from '../services/ask.ts';
import { mosquittoPub, ROOMY, startMosquitto } from '../services/mosquitto.ts';
import { ROOM_FOR_LOAD, startLoad, type Load } from '../services/publishers.ts';
import { startProxy } from '../services/proxy.ts';
import { chance } from '../sim/random.ts';
import { eventually, metricOf } from './open.ts';

const PER_SECOND = 500;
const HALL = `${SAMPLE_YAML}\n${ROOM_FOR_LOAD}`;
const KILLS = 20;
const RESTARTS = 3;

test('20 × kill -9 of the gateway: every signal that Mosquitto acknowledged is there exactly once', async () => {
  const dice = chance(7);
  const mosquitto = await startMosquitto({ settings: ROOMY });
  let gateway = await startGateway({ hall: HALL, broker: mosquitto.url });
  const { data } = gateway;
  const load = startLoad(mosquitto.url, { perSecond: PER_SECOND });
  try {
    for (let death = 0; death < KILLS; death++) {
      // Some die while they take what waited, others long after.
      const life = 50 + Math.trunc(dice.next() * 700);
      await received(gateway, life);
      await gateway.kill();
      gateway = await startGateway({ hall: HALL, data, broker: mosquitto.url });
    }
    await load.finish();
    await exactlyOnce(gateway, load);
    await conserved(gateway);
  } finally {
    await load.end();
    await gateway.end();
    await mosquitto.end();
  }
});

test('Mosquitto restarts again and again, with its persistence: nothing lost, nothing doubled', async () => {
  const mosquitto = await startMosquitto({ settings: ROOMY });
  const gateway = await startGateway({ hall: HALL, broker: mosquitto.url });
  const load = startLoad(mosquitto.url, { perSecond: PER_SECOND });
  try {
    for (let restart = 1; restart <= RESTARTS; restart++) {
      await load.more(400);
      await mosquitto.stop();
      const { status } = await eventually(
        'the broker is missed',
        () => health(gateway),
        ({ parts }) => parts.broker.state === 'degraded',
      );
      equal(status, 'degraded', 'it still does its work, but no device can be heard');
      await mosquitto.start();
      await eventually(
        'the session stands again',
        () => metric(gateway, 'hallcast_broker_reconnects_total'),
        (reconnects) => reconnects >= restart,
      );
    }
    await load.more(400);
    await load.finish();
    await exactlyOnce(gateway, load);
    await conserved(gateway);
    equal(await metric(gateway, 'hallcast_broker_sessions_lost_total'), 0);
    equal(await metric(gateway, 'hallcast_broker_taken_total'), 0);
  } finally {
    await load.end();
    await gateway.end();
    await mosquitto.end();
  }
});

test('the network goes silent and both ends stay open: noticed, taken up again, nothing lost, nothing doubled', async () => {
  const mosquitto = await startMosquitto({ settings: ROOMY });
  const proxy = await startProxy(mosquitto.port);
  const gateway = await startGateway({
    hall: `${HALL}broker: { keep_alive_s: 1 }\n`,
    broker: `mqtt://127.0.0.1:${proxy.port}`,
  });
  const load = startLoad(mosquitto.url, { perSecond: PER_SECOND });
  try {
    // A dead line beside a network that works again: the broker still holds the old connection.
    await received(gateway, 300);
    proxy.strand();
    await eventually(
      'the dead line is replaced',
      () => metric(gateway, 'hallcast_broker_reconnects_total'),
      (reconnects) => reconnects === 1,
    );
    // Nothing passes at all for a while.
    await received(gateway, (await metric(gateway, 'hallcast_signals_received_total')) + 300);
    proxy.swallow();
    const { parts } = await eventually(
      'the silence is told',
      () => health(gateway),
      ({ parts }) => parts.broker.state === 'degraded',
    );
    match(parts.broker.detail ?? '', /nothing was heard from it for too long|cannot be reached/);
    equal((await fetch(`${gateway.url}/readyz`)).status, 200);
    await load.more(500);
    proxy.pass();
    await load.finish();
    await exactlyOnce(gateway, load);
    await conserved(gateway);
  } finally {
    await load.end();
    await gateway.end();
    await proxy.stop();
    await mosquitto.end();
  }
});

test('through TLS with files and words from the environment, none of which it ever shows', async () => {
  const certificates = makeCertificates();
  const { ca, server, client } = certificates;
  const users = { 'hall-user': 'open-sesame' };
  const mosquitto = await startMosquitto({ tls: { ...server, ca }, users });
  const env = {
    HALLCAST_BROKER_USER: 'hall-user',
    HALLCAST_BROKER_PASSWORD: 'open-sesame',
    HALLCAST_BROKER_CA: ca,
    HALLCAST_BROKER_CERT: client.cert,
    HALLCAST_BROKER_KEY: client.key,
  };
  const gateway = await startGateway({ hall: HALL, broker: mosquitto.url, env });
  const device = await mqtt.connectAsync(mosquitto.url, {
    ...{ username: 'hall-user', password: 'open-sesame', ca: textOf(ca) },
    ...{ cert: textOf(client.cert), key: textOf(client.key) },
  });
  try {
    const issued = { type: 'issued', id: 'x-1', ticket: 'A001', queue: 'q1' };
    await device.publishAsync('hall/h1/disp-1/ticket', JSON.stringify(issued), { qos: 1 });
    await received(gateway, 1);
    await conserved(gateway);
    await mosquitto.stop();
    const { parts } = await eventually(
      'its end is told',
      () => health(gateway),
      ({ parts }) => parts.broker.state === 'degraded',
    );
    match(parts.broker.detail ?? '', /mqtts:\/\/localhost:\d+/);
    const shown = gateway.output() + JSON.stringify(parts);
    ok(!/hall-user|sesame|PRIVATE/.test(shown), shown);
  } finally {
    await device.endAsync(true);
    await gateway.end();
    await mosquitto.end();
    certificates.end();
  }
});

test('the conservation law holds over good, bad, doubled and foreign messages; a graceful stop leaves none behind', async () => {
  const mosquitto = await startMosquitto();
  let gateway = await startGateway({ hall: HALL, broker: mosquitto.url });
  const { data } = gateway;
  try {
    const issued = { type: 'issued', id: 'x-1', ticket: 'A001', queue: 'q1' };
    const messages: [string, object | string][] = [
      ['hall/h1/disp-1/ticket', issued],
      ['hall/h1/disp-1/ticket', issued],
      ['hall/h1/disp-1/ticket', [{ ...issued, id: 'x-2', ticket: 'A002' }, { type: 'nonsense' }]],
      ['hall/h1/disp-1/ticket', '{"type":'],
      ['hall/h1/disp-1/nonsense', issued],
      ['hall/h2/disp-1/ticket', { ...issued, id: 'x-3' }],
      ['hall/h1/gateway/summary', { waiting: 3 }],
      ['hall/h1/gateway/device', { type: 'state', state: 'online' }],
    ];
    for (const [topic, payload] of messages) await mosquittoPub(mosquitto.port, topic, payload);
    // Another hall's topics are not subscribed, words of gateways are no signals; all others count.
    await received(gateway, 7);
    await conserved(gateway);
    equal(await metric(gateway, 'hallcast_signals_journaled_total'), 3);
    equal(await metric(gateway, 'hallcast_signals_duplicate_total'), 1);
    equal(await metric(gateway, 'hallcast_signals_rejected_total'), 3);

    await gateway.stop();
    await mosquittoPub(mosquitto.port, 'hall/h1/disp-1/ticket', { ...issued, id: 'x-4' });
    gateway = await startGateway({ hall: HALL, data, broker: mosquitto.url });
    await received(gateway, 1);
    await conserved(gateway);
    equal(await metric(gateway, 'hallcast_signals_journaled_total'), 1, 'and nothing twice');
  } finally {
    await gateway.end();
    await mosquitto.end();
  }
});

/** Resolves when this life of the gateway has received so many signals. */
async function received(gateway: Gateway, count: number): Promise<void> {
  await eventually(
    'signals arrive',
    () => metric(gateway, 'hallcast_signals_received_total'),
    (signals) => signals >= count,
  );
}

/** Waits until the journal has as many as were acknowledged, and compares one by one. */
async function exactlyOnce(gateway: Gateway, load: Load): Promise<void> {
  await eventually(
    'all is in the journal',
    () => metric(gateway, 'hallcast_journal_seq'),
    (seq) => seq >= load.acknowledged.size,
  );
  const seen = new Map<string, number>();
  for (const { signal } of await journalOf(gateway)) {
    seen.set(signal.id, (seen.get(signal.id) ?? 0) + 1);
  }
  const lost = [...load.acknowledged].filter((id) => !seen.has(id));
  const doubled = [...seen].filter(([, count]) => count > 1);
  equal({ lost, doubled }, { lost: [], doubled: [] });
  equal(seen.size, load.acknowledged.size);
}

/** At rest: received = journaled + duplicate + rejected. */
async function conserved(gateway: Gateway): Promise<void> {
  const text = await (await fetch(`${gateway.url}/metrics`)).text();
  equal(metricOf(text, 'hallcast_mqtt_publishes_held'), 0, 'nothing waits');
  const [all, ...parts] = ['received', 'journaled', 'duplicate', 'rejected'].map((name) =>
    metricOf(text, `hallcast_signals_${name}_total`),
  );
  equal(
    parts.reduce((sum, part) => sum + part, 0),
    all,
  );
}

async function metric({ url }: Gateway, name: string): Promise<number> {
  return metricOf(await (await fetch(`${url}/metrics`)).text(), name);
}

interface Health {
  readonly status: string;
  readonly parts: { readonly broker: { readonly state: string; readonly detail?: string } };
}

async function health({ url }: Gateway): Promise<Health> {
  return (await (await fetch(`${url}/healthz`)).json()) as Health;
}
