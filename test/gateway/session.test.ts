// The session at an external broker, with a real Mosquitto: what is acknowledged, in which order, and what happens when
// the broker, the line or the other side fails. SPEC §16.
import { deepStrictEqual as equal, match, ok, rejects } from 'node:assert/strict';
import { createServer, type AddressInfo } from 'node:net';
import { test } from 'node:test';
import { Aedes } from 'aedes';
import mqtt from 'mqtt';
import { startBroker } from '../../gateway/intake/broker.ts';
import { SessionOwner } from '../../gateway/intake/session/owner.ts';
import { mosquittoPub, ROOMY, startMosquitto } from '../services/mosquitto.ts';
import { startProxy } from '../services/proxy.ts';
import { startSilentBroker } from '../services/silent-broker.ts';
import { take, until } from './session-rig.ts';

const TOPIC = 'hall/h1/d1/ticket';
const numbers = (count: number) => Array.from({ length: count }, (_item, index) => String(index));
const bytes = (text: string) => new TextEncoder().encode(text);

async function publishAll(url: string, texts: readonly string[]): Promise<void> {
  const device = await mqtt.connectAsync(url);
  await Promise.all(texts.map((text) => device.publishAsync(TOPIC, text, { qos: 1 })));
  await device.endAsync();
}

test('nothing is acknowledged before it is safe: it all comes again, in order; and then never again', async () => {
  const mosquitto = await startMosquitto({ settings: ROOMY });
  try {
    const first = await take(mosquitto.url, {}, true);
    await publishAll(mosquitto.url, numbers(50));
    await until('all arrive', () => first.texts.length === 50);
    equal(first.session.stats.held, 50);
    await first.session.stop(0);

    const second = await take(mosquitto.url, {}, true);
    await until('all arrive again', () => second.texts.length === 50);
    equal(second.texts, numbers(50));
    second.open();
    await second.session.stop();
    equal(second.session.stats.held, 0);

    const third = await take(mosquitto.url);
    await publishAll(mosquitto.url, ['last']);
    await until('the next one arrives', () => third.texts.includes('last'));
    equal(third.texts, ['last']);
    await third.session.stop();
  } finally {
    await mosquitto.end();
  }
});

test('5,000 messages queued while nobody was there arrive in order', async () => {
  const mosquitto = await startMosquitto({ settings: ROOMY });
  try {
    await (await take(mosquitto.url)).session.stop();
    await publishAll(mosquitto.url, numbers(5_000));
    const back = await take(mosquitto.url);
    await until('all arrive', () => back.texts.length >= 5_000);
    equal(back.texts, numbers(5_000));
    await back.session.stop();
  } finally {
    await mosquitto.end();
  }
});

test('reading stops at the receive maximum, and goes on when half of it is acknowledged', async () => {
  const mosquitto = await startMosquitto({ settings: ROOMY });
  try {
    const slow = await take(mosquitto.url, { receiveMaximum: 20, keepAliveSeconds: 1 }, true);
    await publishAll(mosquitto.url, numbers(500));
    await until('the window is full', () => slow.session.stats.held === 20);
    slow.open();
    await until('all arrive', () => slow.texts.length === 500);
    equal([slow.texts, slow.session.stats.session.reconnects], [numbers(500), 0]);
    await slow.session.stop();
  } finally {
    await mosquitto.end();
  }
});

test('16.3 what the gateway publishes is answered while as much is unacknowledged as may be', async () => {
  const mosquitto = await startMosquitto({ settings: ROOMY });
  try {
    const full = await take(mosquitto.url, { receiveMaximum: 20 }, true);
    await publishAll(mosquitto.url, numbers(100));
    await until('the window is full', () => full.session.stats.held === 20);
    await full.session.publish('hall/h1/gateway/state', bytes('{}'), true);
    equal(full.session.stats.held, 20);
    full.open();
    await until('all arrive', () => full.texts.length === 100);
    await full.session.stop();
  } finally {
    await mosquitto.end();
  }
});

test('a message that cannot be kept closes the connection, and comes again', async () => {
  const mosquitto = await startMosquitto();
  try {
    let refusals = 0;
    const seen: string[] = [];
    const { session, errors } = await take(mosquitto.url, {
      onPublish({ payload }) {
        if (++refusals <= 2) return Promise.reject(new Error('append: 3 signals wait'));
        seen.push(new TextDecoder().decode(payload));
        return Promise.resolve({ accepted: 1, rejected: 0 });
      },
    });
    await mosquittoPub(mosquitto.port, TOPIC, 'x');
    await until('it is kept', () => seen.length > 0);
    equal(seen, ['x']);
    ok(errors.some((error) => /a message could not be kept: append: 3 signals wait/.test(error)));
    equal(session.stats.closed['refused'], 2);
    await session.stop();
  } finally {
    await mosquitto.end();
  }
});

test('a message that is too large to be read whole comes short, and holds up none behind it', async () => {
  const mosquitto = await startMosquitto();
  try {
    const taken = await take(mosquitto.url);
    await publishAll(mosquitto.url, ['before', 'x'.repeat(3 * 1024 * 1024), 'behind']);
    await until('all arrive', () => taken.texts.length === 3);
    equal([taken.texts[0], taken.texts[2]], ['before', 'behind']);
    const { length = 0 } = taken.texts[1] ?? '';
    ok(length > 1_000_000 && length < 1024 * 1024, `${length} bytes`);
    equal(taken.session.stats.session.shortened, 1);
    ok(
      taken.cut.length === 1 && (taken.cut[0] ?? 0) > 3 * 1024 * 1024,
      'and says how large it was',
    );
    await taken.session.stop();
  } finally {
    await mosquitto.end();
  }
});

test('the broker restarts: what it kept arrives, what the gateway publishes meanwhile does, and it is told', async () => {
  const mosquitto = await startMosquitto();
  try {
    const { session, texts, errors } = await take(mosquitto.url);
    equal(session.trouble, undefined);
    await mosquitto.stop();
    await until('the end is noticed', () => session.trouble !== undefined);
    equal(session.stats.connections, 0);
    const said = session.publish('hall/h1/gateway/summary', bytes('{}'), true);
    await mosquitto.start();
    await said;
    await until('it stands', () => session.trouble === undefined);
    await mosquittoPub(mosquitto.port, TOPIC, 'after');
    await until('it arrives', () => texts.length > 0);
    equal([session.stats.session.reconnects, session.stats.session.lost], [1, 0]);
    match(errors[0] ?? '', /the connection to the broker at mqtt:\/\/127\.0\.0\.1:\d+ ended/);
    await session.stop();
  } finally {
    await mosquitto.end();
  }
});

test('a broker that forgets its sessions is subscribed anew, and that something may be lost is counted', async () => {
  const mosquitto = await startMosquitto({ persistence: false });
  try {
    const { session, texts } = await take(mosquitto.url);
    await mosquitto.kill();
    await mosquitto.start();
    await until('it stands again', () => session.stats.session.reconnects === 1);
    equal(session.stats.session.lost, 1);
    await mosquittoPub(mosquitto.port, TOPIC, 'after');
    await until('it arrives', () => texts.length > 0);
    await session.stop();
  } finally {
    await mosquitto.end();
  }
});

test('the broker is away at the start: the session opens all the same and stands when there is one', async () => {
  const mosquitto = await startMosquitto();
  await mosquitto.stop();
  try {
    const { session } = await take(mosquitto.url);
    match(
      session.trouble ?? '',
      /broker at mqtt:\/\/127\.0\.0\.1:\d+ cannot be reached: .*refused/i,
    );
    await mosquitto.start();
    await until('it stands', () => session.trouble === undefined);
    await session.stop();
  } finally {
    await mosquitto.end();
  }
});

test('a broker of MQTT 3.1.1 only: the session falls back to it', async () => {
  const broker = await startBroker({
    ...{ hostname: '127.0.0.1', port: 0 },
    onPublish: () => Promise.resolve({ accepted: 1, rejected: 0 }),
    onError: (error) => console.error(error),
  });
  try {
    const versions: number[] = [];
    const { session, texts, topics } = await take(`mqtt://127.0.0.1:${broker.port}`, {
      onConnected: ({ protocolVersion }) => void versions.push(protocolVersion),
      filters: ['zigbee2mqtt/#'],
    });
    equal([versions, session.trouble], [[4], undefined]);
    await publishAll(`mqtt://127.0.0.1:${broker.port}`, ['a', 'b']);
    await until('both arrive', () => texts.length === 2);
    await session.publish('hall/h1/gateway/summary', bytes('{}'), true);
    await session.publish('zigbee2mqtt/bridge', bytes('c'), false);
    await until('the other filter is heard', () => texts.length === 3);
    equal(topics, [TOPIC, TOPIC, 'zigbee2mqtt/bridge'], 'and nothing of its own');
    await session.stop();
  } finally {
    await broker.stop();
  }
});

test('in MQTT 3.1.1 as well nothing is acknowledged before it is safe, and what waited arrives', async () => {
  const broker = await Aedes.createBroker();
  const server = createServer(broker.handle);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    const first = await take(url, {}, true);
    await publishAll(url, numbers(20));
    await until('they arrive', () => first.texts.length > 0);
    await first.session.stop(0);
    await publishAll(url, ['while away']);
    const second = await take(url);
    await until('all arrive', () => second.texts.includes('while away'));
    equal([...new Set(second.texts)], [...numbers(20), 'while away']);
    await second.session.stop();
    const third = await take(url);
    await publishAll(url, ['last']);
    await until('the next one arrives', () => third.texts.includes('last'));
    equal(third.texts, ['last']);
    await third.session.stop();
  } finally {
    await new Promise<void>((resolve) => broker.close(resolve));
    server.close();
  }
});

test('two gateways by mistake: one gives in and says why, the other has the messages', async () => {
  const mosquitto = await startMosquitto();
  try {
    const both = [await take(mosquitto.url), await take(mosquitto.url)];
    const loser = () => both.find(({ session }) => session.stats.session.taken > 0);
    await until('one gives in', () => loser() !== undefined);
    match(loser()?.session.trouble ?? '', /another client took the session: is a second gateway/);
    await until('the other has it', () =>
      both.some((one) => one !== loser() && one.session.trouble === undefined),
    );
    await mosquittoPub(mosquitto.port, TOPIC, 'x');
    await until('it arrives', () => both.some(({ texts }) => texts.length > 0));
    equal(loser()?.texts, []);
    await Promise.all(both.map(({ session }) => session.stop()));
  } finally {
    await mosquitto.end();
  }
});

test('17.1 the session of a pair is opened when its owner says so, and not before', async () => {
  const mosquitto = await startMosquitto();
  try {
    const nobody = { message: undefined, messageMs: Infinity, lastOnline: undefined };
    const owner = new SessionOwner(() => ({
      ...{ run: 'me', sees: true, ...nobody, heardMs: Infinity, completeMs: Infinity },
      ...{ hadStandby: false, keepAliveMs: 3_000, patienceMs: 10_000 },
    }));
    owner.perform({ drain: () => owner.drained() });
    const { session } = await take(mosquitto.url, { owner });
    equal(session.trouble, 'waits: another gateway has the session');
    owner.send({ type: 'asked', delayMs: 0 });
    await owner.until(({ is }) => is === 'leading');
    equal([session.trouble, session.stats.session.connected], [undefined, 1]);
    await session.stop();
    equal(owner.state.is, 'stopped');
  } finally {
    await mosquitto.end();
  }
});

test('the will is said when the line breaks, and on a stop as well; words of gateways are no signals', async () => {
  const mosquitto = await startMosquitto();
  const proxy = await startProxy(mosquitto.port);
  try {
    const will = { topic: 'hall/h1/gateway/leader', payload: bytes('gone'), retain: true };
    const watcher = await mqtt.connectAsync(mosquitto.url);
    const heard: string[] = [];
    watcher.on('message', (_topic, payload) => void heard.push(payload.toString()));
    await watcher.subscribeAsync('hall/h1/gateway/+', { qos: 1 });

    const { session, texts } = await take(`mqtt://127.0.0.1:${proxy.port}`, { will });
    await session.publish(will.topic, bytes('leads'), true);
    await until('it is heard', () => heard.length === 1);
    proxy.cut();
    await until('the will is heard', () => heard.length === 2);
    await until('it stands again', () => session.trouble === undefined);
    await session.stop();
    await until('the farewell is heard', () => heard.length === 3);
    equal(heard, ['leads', 'gone', 'gone']);
    equal(texts, []);
    await watcher.endAsync();
  } finally {
    await proxy.stop();
    await mosquitto.end();
  }
});

test('nothing is said after the goodbye, however long the broker leaves the line open', async () => {
  const broker = await startSilentBroker(60);
  const will = { topic: 'hall/h1/gateway/state', payload: bytes('gone'), retain: true };
  try {
    const { session } = await take(broker.url, { will });
    const stopping = session.stop();
    const late = session.publish(will.topic, bytes('leads'), true);
    const refused = rejects(late, /the gateway stops/);
    await until('the goodbye is said', () => broker.heard.includes('disconnect'));
    await Promise.all([refused, stopping]);
    equal(broker.heard.slice(-2), ['gone', 'disconnect']);
  } finally {
    await broker.stop();
  }
});

test('retained messages come once, marked as such, and not again with the same session', async () => {
  const mosquitto = await startMosquitto();
  try {
    const device = await mqtt.connectAsync(mosquitto.url);
    await device.publishAsync('hall/h1/d1/device', 'old', { qos: 1, retain: true });
    const first = await take(mosquitto.url);
    await device.publishAsync('hall/h1/d1/device', 'new', { qos: 1, retain: true });
    await until('both arrive', () => first.texts.length === 2);
    equal(
      [first.texts, first.retained],
      [
        ['old', 'new'],
        [true, false],
      ],
    );
    await first.session.stop();
    const second = await take(mosquitto.url);
    await device.publishAsync(TOPIC, 'x', { qos: 1 });
    await until('the next arrives', () => second.texts.includes('x'));
    equal(second.texts, ['x']);
    await Promise.all([second.session.stop(), device.endAsync()]);
  } finally {
    await mosquitto.end();
  }
});

test('16.4: what the sources’ topics retain is told once in every run, also by a session that goes on', async () => {
  const mosquitto = await startMosquitto();
  const proxy = await startProxy(mosquitto.port);
  const url = `mqtt://127.0.0.1:${proxy.port}`;
  const options = { filters: ['v/#'], keepAliveSeconds: 1 };
  try {
    const device = await mqtt.connectAsync(mosquitto.url);
    await device.publishAsync('v/list', 'list', { qos: 1, retain: true });
    await device.publishAsync('hall/h1/d1/device', 'state', { qos: 1, retain: true });
    const first = await take(url, options);
    await until('both arrive', () => first.texts.length === 2);
    await first.session.stop();
    const second = await take(url, options);
    await device.publishAsync(TOPIC, 'x', { qos: 1 });
    await until('the list and the next arrive', () => second.texts.length === 2);
    equal(second.texts.map((text, n) => [text, second.retained[n]]).sort(), [
      ['list', true],
      ['x', false],
    ]);
    // The line breaks within the run: what was told is known.
    proxy.strand();
    await until('it is back', () => second.session.stats.session.reconnects === 1);
    await device.publishAsync(TOPIC, 'y', { qos: 1 });
    await until('the next arrives', () => second.texts.includes('y'));
    equal(second.texts.length, 3);
    await Promise.all([second.session.stop(), device.endAsync()]);
  } finally {
    await proxy.stop();
    await mosquitto.end();
  }
});

test('while reading is on hold the broker still hears from us', async () => {
  const mosquitto = await startMosquitto();
  try {
    const { session, texts } = await take(mosquitto.url, { keepAliveSeconds: 1 });
    session.hold(true);
    await mosquittoPub(mosquitto.port, TOPIC, 'x');
    // Over twice as long as the broker waits for a sign of life.
    const since = performance.now();
    await until('time passes', () => performance.now() - since > 3_200);
    equal([texts.length <= 1, session.stats.session.connected], [true, 1]);
    session.hold(false);
    await until('it arrives', () => texts.length === 1);
    equal(session.stats.session.reconnects, 0);
    await session.stop();
  } finally {
    await mosquitto.end();
  }
});

test('a broker that asks for no signs of life, or rare ones, is missed as soon as any other', async () => {
  for (const serverKeepAlive of [0, 600]) {
    const broker = await startSilentBroker(serverKeepAlive);
    const { session, errors } = await take(broker.url, { keepAliveSeconds: 1 });
    await until('it is missed', () => errors.some((text) => text.includes('nothing was heard')));
    await session.stop();
    await broker.stop();
  }
});

test('what the broker throws away while nobody is there is told', async () => {
  // As it is installed, but quicker to say so.
  const mosquitto = await startMosquitto({ settings: { sys_interval: 1 } });
  try {
    await (await take(mosquitto.url)).session.stop();
    await publishAll(mosquitto.url, numbers(1_500));
    const back = await take(mosquitto.url);
    await until('it is told', () => back.session.stats.session.dropped === 500);
    match(back.errors.join(), /dropped \d+ messages \(of any client\).*max_queued_messages 0/);
    equal(back.texts.length, 1_000, 'and that is no message of a device');
    await back.session.stop();
  } finally {
    await mosquitto.end();
  }
});

test('a stop while the broker does not answer a connect does not wait for it', async () => {
  const mosquitto = await startMosquitto();
  const proxy = await startProxy(mosquitto.port);
  try {
    const { session } = await take(`mqtt://127.0.0.1:${proxy.port}`);
    proxy.swallow();
    proxy.cut();
    await until('the end is noticed', () => session.trouble !== undefined);
    const connects = proxy.connections;
    await until('it tries again', () => proxy.connections > connects);
    const since = performance.now();
    await session.stop();
    ok(performance.now() - since < 4_500, 'a connect that is not answered would take 5 s');
  } finally {
    await proxy.stop();
    await mosquitto.end();
  }
});

test('a publish that no broker acknowledges fails in time', async () => {
  const mosquitto = await startMosquitto();
  try {
    const { session } = await take(mosquitto.url);
    mosquitto.pause();
    const said = rejects(session.publish('hall/h1/gateway/summary', bytes('{}'), true), /stops/);
    await session.stop(100);
    await said;
  } finally {
    await mosquitto.end();
  }
});
