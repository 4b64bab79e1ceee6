// Files of a pair: the standby fetches what it uses and does not have, and stores no other bytes. SPEC §23.9.
import { deepStrictEqual as equal, match } from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { Content } from '../../gateway/content.ts';
import { ContentCopy } from '../../gateway/content/copy.ts';
import { startMosquitto } from '../services/mosquitto.ts';
import { png, samples, svg } from './content-samples.ts';
import { eventually, HALL } from './open.ts';
import { becomes, makePair } from './standby-rig.ts';

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
    ...{ content, used: () => used, everyMs: 5, graceMs: 0 },
    peer: new URL(`http://127.0.0.1:${other.addr.port}`),
    clock: { now: () => 1_000, pace: 1 },
    onInfo: () => {},
    onError: (error) => errors.push(error),
  });
  const finding = async (detail: RegExp) =>
    await eventually(
      String(detail),
      () => copy.findings.map((fault) => fault.detail ?? '').join(),
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

test('23.9 what is uploaded at the leader comes to the standby, which refuses uploads', async () => {
  const mosquitto = await startMosquitto();
  const hall = HALL.replace('name: 张三', `name: 张三, photo: "content:${sha256(png)}"`);
  const pair = await makePair(mosquitto.url, { hall });
  const a = await pair.a();
  await becomes(a.gateway, 'leading');
  const b = await pair.b();
  await becomes(b.gateway, 'following');
  const upload = async ({ url }: { readonly url: string }) => {
    const response = await fetch(`${url}/api/v1/content`, { method: 'POST', body: png });
    return [response.status, (await response.json()) as Record<string, unknown>] as const;
  };
  const [refusal, problem] = await upload(b.gateway);
  equal([refusal, problem['reason'], problem['leader']], [409, 'standby', a.gateway.url]);
  equal((await upload(a.gateway))[0], 200);
  const bytes = await eventually(
    'the copy',
    async () => {
      const response = await fetch(`${b.gateway.url}/content/${sha256(png)}`);
      const body = new Uint8Array(await response.arrayBuffer());
      return response.status === 200 ? body : undefined;
    },
    (body) => body !== undefined,
  );
  equal(bytes, png);
  await Promise.all([a.gateway.end(), b.gateway.end()]);
  await mosquitto.end();
});
