// Files of a pair: the standby fetches what is named or was uploaded, stores no other bytes, and removes what the leader removes.
// SPEC §23.9 to 23.12.
import { deepStrictEqual as equal, match } from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { Content } from '../../gateway/content.ts';
import { ContentCopy } from '../../gateway/content/copy.ts';
import { journalOf } from '../services/ask.ts';
import { freePort, startMosquitto } from '../services/mosquitto.ts';
import { png, samples, svg } from './content-samples.ts';
import { eventually, openTestGateway } from './open.ts';
import { becomes, KEY, makePair } from './standby-rig.ts';

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

async function openContent() {
  const data = Deno.makeTempDirSync({ prefix: 'hallcast-' });
  const errors: unknown[] = [];
  const content = await Content.open({
    ...{ data, fileBytesMax: 1024 * 1024, bytesMax: 1024 * 1024, isDiskShort: () => false },
    onError: (error) => errors.push(error),
  });
  return { content, errors, names: () => readdirSync(`${data}/content`).sort() };
}

test('23.9 only bytes of the wanted hash are stored; what cannot be had is one fault', async () => {
  const { content, errors, names } = await openContent();
  const [whole, forged, absent, large] = [png, samples['image/gif'], svg, samples['video/mp4']];
  const asked: string[] = [];
  const other = Deno.serve({ hostname: '127.0.0.1', port: 0, onListen: () => {} }, ({ url }) => {
    const hash = new URL(url).pathname.replace('/content/', '');
    asked.push(hash);
    if (hash === sha256(whole)) return new Response(whole);
    if (hash === sha256(forged)) return new Response(samples['image/jpeg']);
    if (hash === sha256(large)) {
      const body = new Uint8Array(2 * 1024 * 1024);
      body.set(large);
      return new Response(body);
    }
    return new Response(null, { status: 404 });
  });
  const used = new Set([whole, forged, absent, large].map(sha256));
  const copy = new ContentCopy({
    ...{ content, wanted: () => used, everyMs: 5, graceMs: 0 },
    peer: new URL(`http://127.0.0.1:${other.addr.port}`),
    clock: { now: () => 1_000, pace: 1 },
    onInfo: () => {},
    onError: (error) => errors.push(error),
  });
  const finding = async (detail: RegExp) =>
    await eventually(
      String(detail),
      () => copy.findings.map((fault) => fault.detail?.en ?? '').join(),
      (text) => detail.test(text),
    );
  const detail = await finding(/MiB/);
  match(detail, new RegExp(`${sha256(forged)}: content .*: has another hash`));
  match(detail, new RegExp(`${sha256(absent)}: the other gateway does not have it`));
  match(detail, new RegExp(`${sha256(large)}: file: is over 1 MiB`));
  equal(
    names().filter((name) => !name.startsWith('.')),
    [sha256(whole)],
  );
  equal(
    copy.findings.map(({ id, since }) => [id, since]),
    [['pair:content', 1_000]],
  );
  await other.shutdown();
  await finding(/does not answer/);
  // What is used no more is nobody's fault.
  used.clear();
  await eventually(
    'no fault',
    () => copy.findings.length,
    (count) => count === 0,
  );
  await copy.stop();
  equal([names(), errors], [[sha256(whole)], []]);
});

interface Uploading {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

async function upload(address: string, file: BodyInit): Promise<Uploading> {
  const response = await fetch(`${address}/api/v1/content`, { method: 'POST', body: file });
  return { status: response.status, body: (await response.json()) as Uploading['body'] };
}

/** The file as the gateway serves it, once it has it. */
async function served(address: string, file: Uint8Array): Promise<Uint8Array | undefined> {
  return await eventually(
    `the file at ${address}`,
    async () => {
      const response = await fetch(`${address}/content/${sha256(file)}`);
      const body = new Uint8Array(await response.arrayBuffer());
      return response.status === 200 ? body : undefined;
    },
    (body) => body !== undefined,
  );
}

const uploadsOf = async (address: string) => {
  const answer = await fetch(`${address}/api/v1/state`);
  type State = { state: { uploads: Readonly<Record<string, object>> } };
  return ((await answer.json()) as State).state.uploads;
};

test('23.9 23.10 an upload that nobody names outlives its leader; a standby refuses uploads', async () => {
  const mosquitto = await startMosquitto();
  const pair = await makePair(mosquitto.url);
  const a = await pair.a();
  await becomes(a.gateway, 'leading');
  const b = await pair.b();
  await becomes(a.gateway, 'attached');
  const refused = await upload(b.gateway.url, png);
  equal(
    [refused.status, refused.body['reason'], refused.body['leader']],
    [409, 'standby', a.gateway.url],
  );
  const { status, body } = await upload(a.gateway.url, png);
  equal([status, body['hash'], body['new']], [200, sha256(png), true]);
  const uploads = await uploadsOf(a.gateway.url);
  equal(Object.keys(uploads), [sha256(png)]);
  // The answer has waited for the standby's journal.
  equal(await uploadsOf(b.gateway.url), uploads);
  equal(await served(b.gateway.url, png), png);
  await a.gateway.kill();
  await becomes(b.gateway, 'leading');
  equal(await served(b.gateway.url, png), png);
  const again = await upload(b.gateway.url, png);
  equal([again.status, again.body], [200, { ...body, new: false }]);
  const events = (await journalOf(b.gateway)).filter(({ stream }) => stream === 'command');
  equal(events.length, 1);
  await Promise.all([a.gateway.end(), b.gateway.end()]);
  await mosquitto.end();
});

test('23.9 an upload that only the former leader has comes to the new one with what is handed over', async () => {
  const gif = samples['image/gif'];
  const mosquitto = await startMosquitto();
  const pair = await makePair(mosquitto.url);
  const a = await pair.a();
  await becomes(a.gateway, 'leading');
  equal((await upload(a.gateway.url, png)).status, 200);
  await a.gateway.kill();
  const b = await pair.b();
  await becomes(b.gateway, 'leading');
  equal((await upload(b.gateway.url, gif)).status, 200);
  await a.again();
  await becomes(b.gateway, 'attached');
  for (const [side, file] of [
    [b, png],
    [a, gif],
    [a, png],
  ] as const) {
    equal(await served(side.gateway.url, file), file);
  }
  equal(await uploadsOf(a.gateway.url), await uploadsOf(b.gateway.url));
  await Promise.all([a.gateway.end(), b.gateway.end()]);
  await mosquitto.end();
});

test('23.12 what is collected leaves both gateways and both states', async () => {
  const mosquitto = await startMosquitto();
  const ports = [await freePort(), await freePort()];
  let present = Date.now();
  const clock = { now: () => present, notBefore: () => {}, aheadMs: 0, pace: 1 };
  const data = ports.map(() => Deno.makeTempDirSync({ prefix: 'hallcast-' }));
  const start = (index: 0 | 1) =>
    openTestGateway({
      ...{ clock, broker: mosquitto.url, data: data[index]! },
      flags: [
        ...['--http', `127.0.0.1:${ports[index]}`],
        ...['--peer', `http://127.0.0.1:${ports[1 - index]}`],
      ],
      env: { HALLCAST_PEER_KEY: KEY, HALLCAST_NAME: `gateway-${index}` },
    });
  const names = () => data.map((folder) => readdirSync(`${folder}/content`).sort());
  const first = await start(0);
  await becomes({ url: first.address }, 'leading');
  const other = await start(1);
  await becomes({ url: first.address }, 'attached');
  equal((await upload(first.address, png)).status, 200);
  equal(await served(other.address, png), png);
  await Promise.all([first.stop(), other.stop()]);
  present += 31 * 86_400_000;
  const both = await Promise.all([start(0), start(1)]);
  await eventually('both folders', names, (each) => each.flat().length === 0);
  equal(await Promise.all(both.map(({ address }) => uploadsOf(address))), [{}, {}]);
  await Promise.all(both.map((gateway) => gateway.stop()));
  await mosquitto.end();
});
