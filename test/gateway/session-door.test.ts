// Who is let in at an external broker, and what people are told where nobody is: passwords, permissions, TLS and the
// WebSocket. SPEC §16.
import { deepStrictEqual as equal, match, ok } from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Secret } from '../../gateway/config/secret.ts';
import { startBroker } from '../../gateway/intake/broker.ts';
import type { BrokerAddress } from '../../gateway/intake/session.ts';
import { makeCertificates, textOf } from '../services/certificates.ts';
import { freePort, startMosquitto } from '../services/mosquitto.ts';
import { take, until } from './session-rig.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

/** Where the package puts it depends on the machine's architecture. */
function pluginPath(): string {
  const paths = readdirSync('/usr/lib')
    .map((folder) => join('/usr/lib', folder, 'mosquitto_dynamic_security.so'))
    .filter((path) => existsSync(path));
  return paths[0] ?? 'mosquitto_dynamic_security.so';
}

/** The trouble that a session has at this address; undefined: none. */
async function troubleAt(url: string, door: Omit<BrokerAddress, 'url'> = {}) {
  const { session, errors } = await take(url, { broker: { url: new URL(url), ...door } });
  const { trouble } = session;
  await session.stop();
  return { trouble, errors: errors.join('\n') };
}

test('a wrong password is told in words and never shown; the right one is let in', async () => {
  const mosquitto = await startMosquitto({ users: { hall: 'open-sesame' } });
  try {
    const wrong = await troubleAt(mosquitto.url, {
      ...{ user: 'hall-user', password: new Secret('wrong-sesame') },
    });
    match(
      wrong.trouble ?? '',
      /refuses: user name, password, .* are not accepted \(HALLCAST_BROKER_USER/,
    );
    ok(!/hall-user|wrong-sesame/.test(wrong.trouble + wrong.errors));
    match((await troubleAt(mosquitto.url)).trouble ?? '', /refuses: user name, password/);
    const right = { user: 'hall', password: new Secret('open-sesame') };
    equal(await troubleAt(mosquitto.url, right), { trouble: undefined, errors: '' });
  } finally {
    await mosquitto.end();
  }
});

test('a subscription that the broker refuses is named, with what to grant', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hallcast-dynsec-'));
  const file = join(folder, 'dynamic-security.json');
  const init = ['dynsec', 'init', file, 'somebody', 'open-sesame'];
  equal(spawnSync('mosquitto_ctrl', init, { encoding: 'utf8' }).status, 0);
  // The user keeps the password and loses all rights.
  const security = JSON.parse(readFileSync(file, 'utf8')) as { clients: { roles: object[] }[] };
  for (const client of security.clients) client.roles = [];
  writeFileSync(file, JSON.stringify(security));
  const mosquitto = await startMosquitto({
    settings: {
      allow_anonymous: false,
      plugin: pluginPath(),
      plugin_opt_config_file: file,
    },
  });
  try {
    const door = { user: 'somebody', password: new Secret('open-sesame') };
    const { trouble } = await troubleAt(mosquitto.url, door);
    match(trouble ?? '', /refuses hall\/h1\/\+\/\+: grant reading it to the user of this gateway/);
  } finally {
    await mosquitto.end();
    rmSync(folder, { recursive: true, force: true });
  }
});

test('TLS: an own authority and a client certificate open the door; nothing else does', async () => {
  const certificates = makeCertificates();
  const { ca, server, client } = certificates;
  const mosquitto = await startMosquitto({ tls: { ...server, ca } });
  const own = { cert: textOf(client.cert), key: new Secret(textOf(client.key)) };
  try {
    const { session, texts } = await take(mosquitto.url, {
      broker: { url: new URL(mosquitto.url), ca: textOf(ca), ...own },
    });
    equal(session.trouble, undefined);
    equal(texts, []);
    await session.publish('hall/h1/gateway/summary', bytes('{}'), true);
    await session.stop();

    const { trouble: unknown } = await troubleAt(mosquitto.url, own);
    match(unknown ?? '', /cannot be reached: .*(certificate|UnknownIssuer)/i);
    const { trouble: naked } = await troubleAt(mosquitto.url, { ca: textOf(ca) });
    match(naked ?? '', /certificate/i);
    const elsewhere = mosquitto.url.replace('localhost', '127.0.0.1');
    const { trouble: misnamed } = await troubleAt(elsewhere, { ca: textOf(ca), ...own });
    match(misnamed ?? '', /cannot be reached: .*(name|certificate)/i);
  } finally {
    await mosquitto.end();
    certificates.end();
  }
});

test('over a WebSocket, plain and with an own authority', async () => {
  const certificates = makeCertificates();
  const texts: string[] = [];
  const broker = await startBroker({
    ...{ hostname: '127.0.0.1', port: 0 },
    onPublish: () => Promise.resolve({ accepted: 1, rejected: 0 }),
    onError: (error) => texts.push(String(error)),
  });
  const serve = async (tls: object) =>
    Deno.serve(
      { hostname: '127.0.0.1', port: await freePort(), onListen: () => {}, ...tls },
      (request) => {
        const { socket, response } = Deno.upgradeWebSocket(request, { protocol: 'mqtt' });
        broker.handleWebSocket(socket, '127.0.0.1');
        return response;
      },
    );
  const { server: pair, ca } = certificates;
  const plain = await serve({});
  const secure = await serve({ cert: textOf(pair.cert), key: textOf(pair.key) });
  const urls = [
    new URL(`ws://127.0.0.1:${plain.addr.port}/mqtt`),
    new URL(`wss://localhost:${secure.addr.port}/mqtt`),
  ];
  try {
    for (const url of urls) {
      const taken = await take(url.href, { broker: { url, ca: textOf(ca) } });
      equal([taken.session.trouble, taken.errors], [undefined, []]);
      await broker.publish('hall/h1/d1/ticket', bytes('x'), false);
      await until('it arrives', () => taken.texts.length === 1);
      await taken.session.stop();
    }
    const { trouble } = await troubleAt(urls[1]?.href ?? '');
    match(trouble ?? '', /cannot be reached/);
    equal(texts, []);
  } finally {
    await Promise.all([plain.shutdown(), secure.shutdown()]);
    await broker.stop();
    certificates.end();
  }
});
