// The line between two gateways: who stands in the middle of it can end it and nothing else, strangers get little and
// leave no trace of their words, and a copy of any size gets through. SPEC §17.4, 17.11–17.14.
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import mqtt from 'mqtt';
import { sendCommand } from '../services/command.ts';
import type { Fault } from '../../hall/fault.ts';
import { Secret } from '../../gateway/config/secret.ts';
import { JOURNAL_FORMAT } from '../../gateway/journal/database.ts';
import { greet, UnlikeGateway } from '../../gateway/standby/greet.ts';
import { Admission } from '../../gateway/standby/admission.ts';
import { Troubles } from '../../gateway/standby/trouble.ts';
import { journalOf, metricOf } from '../services/ask.ts';
import type { Gateway } from '../services/gateway.ts';
import { startMiddle, type Middle } from '../services/middle.ts';
import { ROOMY, startMosquitto } from '../services/mosquitto.ts';
import { HALL } from './open-hall.ts';
import { eventually, openTestGateway } from './open.ts';
import { becomes, KEY, makePair } from './standby-rig.ts';
import type { Message } from '../../gateway/log.ts';

const FOLLOW = '/api/v1/journal/follow';

async function faultOf({ url }: Gateway, id: string): Promise<Fault> {
  const found = await eventually(
    id,
    async () => {
      const { faults } = (await (await fetch(`${url}/api/v1/faults`)).json()) as {
        faults: Fault[];
      };
      return faults.find((fault) => fault.id === id);
    },
    (fault) => fault !== undefined,
  );
  if (found === undefined) throw new Error(id);
  return found;
}

const timesIn = (text: string, word: string) => text.split(word).length - 1;

test('who is in the middle of a pair and lets the handshake pass can neither speak nor repeat', async () => {
  const broker = await startMosquitto({ settings: ROOMY });
  const middles: Middle[] = [];
  const pair = await makePair(broker.url, {
    // Who is not listed is discovered.
    hall: `${HALL}intake: listed\n`,
    via: async (port) => {
      const middle = await startMiddle(port);
      middles.push(middle);
      return middle.port;
    },
  });
  const a = await pair.a();
  await becomes(a.gateway, 'leading');
  const b = await pair.b();
  await becomes(a.gateway, 'attached');
  const [toA] = middles;
  assert.ok(toA !== undefined && toA.lines > 0, 'the standby came through the middle');
  const at = Date.now();
  const signal = JSON.stringify({ type: 'issued', id: 'forged', at, ticket: 'A9', queue: 'q1' });
  const rows = [1, 'forged', 'disp-1', 'ticket', at, at, signal, 0];
  const copy = { rows, letters: [], leaderships: [] };
  const again = async (doIt: () => void) => {
    const before = await metricOf(a.gateway, 'hallcast_standby_detached_total');
    doIt();
    await eventually(
      'the line ended',
      () => metricOf(a.gateway, 'hallcast_standby_detached_total'),
      (count) => count > before,
    );
    await becomes(a.gateway, 'attached');
    await becomes(b.gateway, 'following');
  };
  await again(() => toA.forge('server', JSON.stringify({ kind: 'hand', copy })));
  await again(() =>
    toA.forge('server', `${'x'.repeat(43)}${JSON.stringify({ kind: 'hand', copy })}`),
  );
  await again(() => toA.repeat());
  const last = { seq: 1, letter: 0 };
  await again(() =>
    toA.forge('client', JSON.stringify({ kind: 'copy', copy, last, up: true, pruned: 0 })),
  );
  for (const { gateway } of [a, b]) {
    assert.deepEqual(await journalOf(gateway), []);
    assert.match((await faultOf(gateway, 'pair:forged')).title.en ?? '', /speaks for the other/);
    assert.equal(timesIn(gateway.output(), 'did not come from the other gateway'), 1);
  }
  // What is accepted or ignored at the leader comes with its journal.
  const device = await mqtt.connectAsync(broker.url);
  const online = JSON.stringify({ type: 'state', state: 'online' });
  await device.publishAsync('hall/h1/junk-1/device', online, { qos: 1 });
  await eventually(
    'it is discovered, and ignored',
    async () => (await sendCommand(a.gateway.url, 'device.ignore', { address: 'junk-1' })).status,
    (status) => status === 200,
  );
  await device.endAsync();
  await eventually(
    'the standby knows',
    async () =>
      (await (await fetch(`${b.gateway.url}/api/v1/discovered`)).json()) as {
        ignored: { address: string }[];
      },
    ({ ignored }) => ignored.some(({ address }) => address === 'junk-1'),
  );
  for (const { gateway } of [a, b]) await gateway.end();
  for (const middle of middles) await middle.stop();
  await broker.end();
});

test('an empty standby gets 60 letters of 1 MB', async () => {
  const broker = await startMosquitto({ settings: ROOMY });
  const pair = await makePair(broker.url);
  const a = await pair.a();
  await becomes(a.gateway, 'leading');
  const device = await mqtt.connectAsync(broker.url);
  const junk = new Uint8Array(1_000_000).fill(255);
  for (let count = 0; count < 60; count++) {
    await device.publishAsync('hall/h1/disp-1/ticket', Buffer.from(junk), { qos: 1 });
  }
  const letters = async ({ url }: Gateway, limit: number) => {
    const answer = await fetch(`${url}/api/v1/dead-letters?limit=${limit}`);
    return ((await answer.json()) as { letters: { id: number; bytes: number }[] }).letters;
  };
  await eventually(
    'the last letter',
    () => letters(a.gateway, 1),
    ([newest]) => newest?.id === 60,
  );
  const b = await pair.b();
  await becomes(a.gateway, 'attached', 120_000);
  const copied = await letters(b.gateway, 100);
  assert.deepEqual(copied, await letters(a.gateway, 100));
  assert.deepEqual([copied.length, copied.at(-1)?.bytes], [60, junk.length]);
  await device.endAsync();
  await a.gateway.end();
  await b.gateway.end();
  await broker.end();
});

test('pages of the other gateway may ask this one whether it lives, and nobody else’s', async () => {
  const gateway = await openTestGateway({
    hall: `${HALL}standby: { pages: [http://left.hall.example:8080, http://10.0.0.2:8080] }\n`,
    broker: 'mqtt://127.0.0.1:1',
    flags: ['--peer', 'http://127.0.0.1:1'],
    env: { HALLCAST_PEER_KEY: KEY },
  });
  const ask = (origin: string) =>
    fetch(`${gateway.address}/api/v1/gateways`, { headers: { origin } });
  const answer = await ask('http://10.0.0.2:8080');
  assert.deepEqual(await answer.json(), {
    pages: ['http://left.hall.example:8080', 'http://10.0.0.2:8080'],
    ...{ after_ms: 3_000, leads: false },
  });
  const allowed = 'access-control-allow-origin';
  assert.equal(answer.headers.get(allowed), 'http://10.0.0.2:8080');
  assert.match(answer.headers.get('vary') ?? '', /origin/);
  for (const origin of ['http://evil.example', 'null', 'http://10.0.0.2']) {
    assert.equal((await ask(origin)).headers.get(allowed), null);
  }
  const page = await gateway.get('/');
  assert.match(
    page.headers.get('content-security-policy') ?? '',
    /connect-src 'self' [^;]* http:\/\/left\.hall\.example:8080 http:\/\/10\.0\.0\.2:8080;/,
  );
  await page.body?.cancel();
  await gateway.stop();
});

test('two of unlike versions do not attach: one fault at the leader says whom to upgrade first', async () => {
  const broker = await startMosquitto({ settings: ROOMY });
  const pair = await makePair(broker.url);
  const a = await pair.a();
  await becomes(a.gateway, 'leading');
  const standby = { hall: 'h1', gateway: 'gateway-b', run: 'x', key: new Secret(KEY) };
  const peer = new URL(a.gateway.url);
  for (let attempt = 0; attempt < 3; attempt++) {
    await assert.rejects(
      greet({ ...standby, peer, format: JOURNAL_FORMAT - 1 }),
      (error) => error instanceof UnlikeGateway && error.other.format === JOURNAL_FORMAT,
    );
  }
  const { action } = await faultOf(a.gateway, 'pair:version');
  assert.match(action.en ?? '', /^Upgrade the standby, gateway-b, first/);
  assert.match(action.zh, /先升级备用网关 gateway-b/);
  assert.equal(timesIn(a.gateway.output(), 'gateway-b has 1 and'), 1, a.gateway.output());
  await a.gateway.end();
  await broker.end();
});

test('whom to upgrade is told on both sides, whoever is older', () => {
  const lines: string[] = [];
  const actionOf = (own: number, other: number, leads: boolean) => {
    const onWarn = ({ en }: Message) => void lines.push(en);
    const troubles = new Troubles({ gateway: 'own', format: own, now: () => 5, onWarn });
    for (let count = 0; count < 9; count++) {
      troubles.foundUnlike({ gateway: 'other', protocol: 2, format: other });
    }
    const [fault, ...more] = troubles.faults(leads);
    assert.equal(more.length, 0);
    troubles.areAlike();
    assert.equal(troubles.faults(leads).length, 0);
    return fault?.action.en;
  };
  assert.equal(actionOf(3, 2, true), 'Upgrade the standby, other, first, then own');
  assert.equal(actionOf(2, 3, false), 'Upgrade the standby, own, first, then other');
  assert.equal(actionOf(2, 3, true), 'The standby, other, is upgraded: upgrade own now');
  assert.equal(actionOf(3, 2, false), 'The standby, own, is upgraded: upgrade other now');
  assert.equal(lines.length, 0, 'each is a fault, which the log tells when it begins');
});

test('strangers: no WebSocket without a proof, few questions at once, and no word of theirs is repeated', async () => {
  const broker = await startMosquitto({ settings: ROOMY });
  const pair = await makePair(broker.url);
  const a = await pair.a();
  await becomes(a.gateway, 'leading');
  const ask = async (body: string) => {
    const answer = await fetch(`${a.gateway.url}${FOLLOW}`, { method: 'POST', body });
    return [answer.status, ((await answer.json()) as { type?: string }).type?.split(':').at(-1)];
  };
  const words = 'a.stranger.says';
  for (const body of ['', 'x', `{"kind":"${words}"}`, words.repeat(100_000)]) {
    assert.deepEqual(await ask(body), [400, 'peer-question']);
  }
  const { challenge } = (await (
    await fetch(`${a.gateway.url}${FOLLOW}`, { method: 'POST', body: '{"kind":"ask"}' })
  ).json()) as { challenge: string };
  const hello = { kind: 'hello', protocol: 2, format: 2, hall: 'h1', gateway: words, run: 'x' };
  const said = { ...hello, nonce: 'x', proof: 'x' };
  assert.deepEqual(await ask(JSON.stringify({ ...said, challenge })), [401, 'peer-key']);
  assert.deepEqual(await ask(JSON.stringify({ ...said, challenge: '1' })), [401, 'peer-late']);
  // Without a ticket, and with one that nobody gave out: no upgrade.
  for (const query of ['', '?ticket=x']) {
    const socket = new WebSocket(`${a.gateway.url.replace('http', 'ws')}${FOLLOW}${query}`);
    await new Promise((resolve) => (socket.onerror = resolve));
  }
  // Questions that never end take the places of their address, and leave them after 5 s. There are more of them than
  // places: a question of ours may come before one of theirs.
  const halves = Array.from({ length: 12 }, () => {
    const half = connect(a.gateway.http, '127.0.0.1');
    half.on('error', () => {});
    half.write(`POST ${FOLLOW} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 50\r\n\r\n${words}`);
    return new Promise((resolve) =>
      half.once('data', () => resolve(half.destroy())).once('close', resolve),
    );
  });
  await eventually(
    'no place',
    () => ask('{"kind":"ask"}'),
    ([status]) => status === 503,
  );
  await Promise.all(halves);
  assert.deepEqual(await ask('{"kind":"ask"}'), [200, undefined]);
  assert.ok(!a.gateway.output().includes(words));
  assert.equal(timesIn(a.gateway.output(), 'was refused'), 1);
  await a.gateway.end();
  await broker.end();
});

test('the other gateway has places of its own, whoever else asks; a question that is late gives its place back', async () => {
  const admission = new Admission({
    ...{ hall: 'h1', run: 'r', key: new Secret(KEY), peerHost: '10.0.0.2', questionMs: 100 },
    onWarn: () => {},
  });
  const endless = (address: string) => {
    const body = new ReadableStream({ start: (stream) => stream.enqueue(new Uint8Array(8)) });
    return admission.answer(new Request('http://x/', { method: 'POST', body }), address);
  };
  const waiting = Array.from({ length: 40 }, (_, index) => endless(`10.1.${index >> 2}.1`));
  assert.equal(admission.reading, 8);
  const asked = new Request('http://x/', { method: 'POST', body: '{"kind":"ask"}' });
  assert.equal((await admission.answer(asked, '10.0.0.2')).status, 200);
  const statuses = (await Promise.all(waiting)).map(({ status }) => status);
  assert.deepEqual([...new Set(statuses)].sort(), [400, 503]);
  assert.equal(admission.reading, 0);
});
