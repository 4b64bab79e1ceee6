// Files through a real gateway: uploaded, refused, cut, served whole and in part, kept over a restart, collected. SPEC §23.
import { deepStrictEqual as equal, match, ok, rejects } from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { jsonBody } from '../../gateway/http/body.ts';
import { withUpload } from '../../gateway/http/upload.ts';
import { png, samples, svg } from './content-samples.ts';
import { eventually, HALL, openTestGateway, type TestGateway } from './open.ts';

const MIB = 1024 * 1024;
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const stored = ({ data }: TestGateway) => readdirSync(`${data}/content`).sort();

interface Uploaded {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

async function upload(
  gateway: TestGateway,
  body: BodyInit,
  headers: Record<string, string> = {},
): Promise<Uploaded> {
  const response = await fetch(`${gateway.address}/api/v1/content`, {
    ...{ method: 'POST', body, headers: { 'content-type': 'text/html', ...headers } },
  });
  return { status: response.status, body: (await response.json()) as Uploaded['body'] };
}

async function get(gateway: TestGateway, hash: unknown, headers: Record<string, string> = {}) {
  return await fetch(`${gateway.address}/content/${String(hash)}`, { headers });
}

const withSize = (type: keyof typeof samples, bytes: number) => {
  const file = new Uint8Array(bytes);
  file.set(samples[type]);
  return file;
};

Deno.test(
  '23.2 a file of each type is stored under its hash and served as what it is',
  async () => {
    const gateway = await openTestGateway();
    for (const [type, file] of Object.entries(samples)) {
      const { status, body } = await upload(gateway, file);
      equal([status, body['type'], body['new']], [200, type, true], JSON.stringify(body));
      const response = await get(gateway, body['hash']);
      const bytes = new Uint8Array(await response.arrayBuffer());
      equal([response.status, response.headers.get('content-type')], [200, type]);
      equal([sha256(bytes), bytes.length], [body['hash'], body['bytes']]);
      equal(response.headers.get('x-content-type-options'), 'nosniff');
      equal(response.headers.get('cache-control'), 'public, max-age=31536000, immutable');
      equal(response.headers.get('etag'), `"${String(body['hash'])}"`);
      const policy = response.headers.get('content-security-policy') ?? '';
      const isSandboxed = type === 'image/svg+xml' || type === 'application/pdf';
      const strict = "default-src 'none'; style-src 'unsafe-inline'; sandbox";
      equal(policy === strict, isSandboxed, `${type}: ${policy}`);
    }
    equal(stored(gateway).length, Object.keys(samples).length);
    const again = await upload(gateway, png);
    equal([again.status, again.body['new']], [200, false]);
    equal(stored(gateway).length, Object.keys(samples).length);
    await gateway.stop();
  },
);

Deno.test('23.3 an SVG is stored sanitised, and its hash is that of the stored bytes', async () => {
  const gateway = await openTestGateway();
  const hostile = new TextDecoder().decode(svg).replace('<rect', '<script>alert(1)</script><rect');
  const { body } = await upload(gateway, hostile);
  const text = await (await get(gateway, body['hash'])).text();
  ok(!text.includes('script') && text.includes('<rect'), text);
  equal(body['hash'], sha256(new TextEncoder().encode(text)));
  // What is stored is not changed by another upload.
  equal((await upload(gateway, text)).body, { ...body, new: false });
  await gateway.stop();
});

Deno.test('23.2 every other type is refused in words, and nothing is left', async () => {
  const gateway = await openTestGateway();
  const refused = {
    'is a text': '<html><script>alert(1)</script></html>',
    'is empty': new Uint8Array(),
    'is of a type that is not stored': Uint8Array.of(0x50, 0x4b, 3, 4, 0, 0),
    'not well-formed': '<svg xmlns="http://www.w3.org/2000/svg"><g></svg>',
    'is not UTF-8': Uint8Array.of(...svg.subarray(0, -6), 0xff, ...svg.subarray(-6)),
  };
  for (const [why, body] of Object.entries(refused)) {
    const answer = await upload(gateway, body, { 'content-type': 'image/png' });
    const { reason, detail } = answer.body;
    ok(answer.status === 422 && reason === 'type', `${why}: ${JSON.stringify(answer)}`);
    if (why !== 'is not UTF-8') match(String(detail), new RegExp(why));
  }
  equal(stored(gateway), []);
  await gateway.stop();
});

Deno.test(
  '23.2 a file beyond its limit is refused while it comes, also without a length',
  async () => {
    const limits = 'limits: { content_file_mib: 20 }\n';
    const gateway = await openTestGateway({ hall: HALL + limits });
    equal((await upload(gateway, withSize('image/png', 16 * MIB))).status, 200);
    const picture = await upload(gateway, withSize('image/png', 16 * MIB + 1));
    equal([picture.status, picture.body['reason']], [413, 'size']);
    equal((await upload(gateway, withSize('video/mp4', 20 * MIB))).status, 200);
    const video = await upload(gateway, withSize('video/mp4', 20 * MIB + 1));
    equal([video.status, video.body['reason']], [413, 'size']);
    match(String(video.body['detail']), /over 20 MiB/);
    const stream = new Blob([withSize('video/mp4', 21 * MIB)]).stream();
    equal((await upload(gateway, stream)).status, 413);
    equal(stored(gateway).length, 2);
    await gateway.stop();
  },
);

Deno.test(
  '23.4 all files together have a limit; it is a fault before and when it is reached',
  async () => {
    const gateway = await openTestGateway({ hall: `${HALL}limits: { content_mib: 2 }\n` });
    const fill = withSize('video/mp4', 2 * MIB - 100);
    equal((await upload(gateway, fill)).status, 200);
    const { status, body } = await upload(gateway, withSize('audio/wav', 4096));
    equal([status, body['reason']], [507, 'budget:content']);
    equal(stored(gateway).length, 1);
    type Faults = { faults: { id: string; action: { en: string } }[] };
    const { faults } = await eventually(
      'the fault',
      () => gateway.json<Faults>('/api/v1/faults'),
      (answer) => answer.faults.some(({ id }) => id === 'budget:content'),
    );
    match(faults.find(({ id }) => id === 'budget:content')?.action.en ?? '', /limits.content_mib/);
    // What is stored already is no more.
    equal((await upload(gateway, fill)).body['new'], false);
    await gateway.stop();
  },
);

Deno.test('23.4 an upload that is cut leaves nothing', async () => {
  const gateway = await openTestGateway();
  const heads = [
    `POST /api/v1/content HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 100000\r\n\r\n`,
    `POST /api/v1/content HTTP/1.1\r\nhost: 127.0.0.1\r\ntransfer-encoding: chunked\r\n\r\n10000\r\n`,
  ];
  for (const head of heads) {
    const connection = await Deno.connect({ hostname: '127.0.0.1', port: gateway.ports.http });
    await connection.write(new TextEncoder().encode(head));
    await connection.write(withSize('video/mp4', 50_000));
    await eventually(
      'a temporary file',
      () => stored(gateway),
      (names) => names.length === 1,
    );
    connection.close();
    await eventually(
      'none',
      () => stored(gateway),
      (names) => names.length === 0,
    );
  }
  // The gateway goes on.
  equal((await upload(gateway, png)).status, 200);
  await gateway.stop();
});

Deno.test('23.6 parts of a file, HEAD, a known file and one that is not there', async () => {
  const gateway = await openTestGateway();
  const file = withSize('video/mp4', 300_000);
  for (let at = 1_000; at < file.length; at++) file[at] = at % 251;
  const { hash } = (await upload(gateway, file)).body;
  const cases: [range: string, status: number, from: number, to: number][] = [
    ['bytes=0-0', 206, 0, 1],
    ['bytes=1000-1999', 206, 1000, 2000],
    ['bytes=299999-', 206, 299_999, 300_000],
    ['bytes=299000-999999', 206, 299_000, 300_000],
    ['bytes=-500', 206, 299_500, 300_000],
    ['bytes=-999999', 206, 0, 300_000],
    ['bytes=0-9,20-29', 200, 0, 300_000],
    ['bytes=9-3', 200, 0, 300_000],
    ['lines=1-2', 200, 0, 300_000],
    ['bytes=300000-', 416, 0, 0],
    ['bytes=-0', 416, 0, 0],
  ];
  for (const [range, status, from, to] of cases) {
    const response = await get(gateway, hash, { range });
    const bytes = new Uint8Array(await response.arrayBuffer());
    equal([response.status, bytes.length], [status, to - from], range);
    ok(Buffer.from(bytes).equals(file.subarray(from, to)), range);
    const told = response.headers.get('content-range');
    const expected = { 200: null, 206: `bytes ${from}-${to - 1}/300000`, 416: 'bytes */300000' };
    equal(told, expected[status as keyof typeof expected], range);
  }
  const other = await get(gateway, hash, { range: 'bytes=0-9', 'if-range': '"other"' });
  equal([other.status, (await other.arrayBuffer()).byteLength], [200, 300_000]);
  const known = await get(gateway, hash, { 'if-none-match': `"x", W/"${String(hash)}"` });
  equal([known.status, await known.text()], [304, '']);
  const head = await fetch(`${gateway.address}/content/${String(hash)}`, { method: 'HEAD' });
  equal([head.status, head.headers.get('content-length')], [200, '300000']);
  for (const name of ['0'.repeat(64), 'abc', '..%2f..%2fhall.yaml', String(hash).toUpperCase()]) {
    const missing = await get(gateway, name);
    await missing.body?.cancel();
    equal(missing.status, 404, name);
  }
  await gateway.stop();
});

Deno.test('23.1 a restart finds what is stored, and removes what a crash cut', async () => {
  const first = await openTestGateway();
  const { hash } = (await upload(first, png)).body;
  await first.stop();
  Deno.writeFileSync(`${first.data}/content/.new-1`, new Uint8Array(10));
  Deno.writeTextFileSync(`${first.data}/content/${'b'.repeat(64)}`, 'no picture');
  const second = await openTestGateway({ data: first.data });
  const response = await get(second, hash);
  equal(new Uint8Array(await response.arrayBuffer()), png);
  equal(response.headers.get('content-type'), 'image/png');
  const bad = await get(second, 'b'.repeat(64));
  await bad.body?.cancel();
  equal(bad.status, 404);
  ok(second.lines.some((line) => line.includes('is of no type that is stored')));
  equal(stored(second), [String(hash), 'b'.repeat(64)].sort());
  const metrics = [
    await second.metric('hallcast_content_files'),
    await second.metric('hallcast_content_bytes'),
  ];
  equal(metrics, [1, png.length]);
  await second.stop();
});

Deno.test('23.7 what nobody names is removed after its days, what is named stays', async () => {
  const DAY_MS = 86_400_000;
  let present = Date.now();
  const clock = () => ({ now: () => present, notBefore: () => {}, aheadMs: 0, pace: 1 });
  const first = await openTestGateway({ clock: clock() });
  const unused = (await upload(first, png)).body['hash'];
  const used = (await upload(first, svg)).body['hash'];
  await first.stop();
  const hall = HALL.replace('name: 张三', `name: 张三, photo: "content:${String(used)}"`);
  const steps: [days: number, names: unknown[]][] = [
    [29, [unused, used]],
    [31, [used]],
    [100, [used]],
  ];
  const began = present;
  for (const [days, names] of steps) {
    present = began + days * DAY_MS;
    const gateway = await openTestGateway({ data: first.data, hall, clock: clock() });
    await eventually(
      'collected',
      () => stored(gateway),
      (left) => left.length === names.length,
    );
    equal(stored(gateway), names.map(String).sort());
    await gateway.stop();
  }
  // From the last use on, not from the upload.
  present = began + 120 * DAY_MS;
  const without = await openTestGateway({ data: first.data, clock: clock() });
  equal(stored(without), [String(used)]);
  await without.stop();
  present = began + 131 * DAY_MS;
  const last = await openTestGateway({ data: first.data, clock: clock() });
  await eventually(
    'collected',
    () => stored(last),
    (left) => left.length === 0,
  );
  await last.stop();
});

Deno.test(
  '23.8 photos of the hall file are taken in and shown on the sign; others are a fault',
  async () => {
    const data = Deno.makeTempDirSync({ prefix: 'hallcast-' });
    Deno.mkdirSync(`${data}/photos`);
    Deno.writeFileSync(`${data}/photos/张三.png`, png);
    Deno.writeTextFileSync(`${data}/photos/notes.txt`, 'no picture');
    Deno.writeFileSync(`${data}/photos/film.mp4`, samples['video/mp4']);
    const people = [
      '{ id: "007", name: 张三, photo: photos/张三.png }',
      '{ id: "008", name: 李四, photo: photos/nobody.png }',
      '{ id: "009", name: 王五, photo: photos/notes.txt }',
      '{ id: "010", name: 赵六, photo: photos/film.mp4 }',
      `{ id: "011", name: 钱七, photo: "content:${'c'.repeat(64)}" }`,
    ];
    const hall = HALL.replace(/staff: \[.*\]/, `staff: [${people.join(', ')}]`);
    const gateway = await openTestGateway({ data, hall });
    const command = { window: 'w1', state: 'idle', staff: '007' };
    const sent = await fetch(`${gateway.address}/api/v1/commands/window.set`, {
      ...{ method: 'POST', body: JSON.stringify(command) },
    });
    await sent.body?.cancel();
    type Sign = { data: { staff?: { name: string; photo?: string } } };
    const sign = await gateway.json<Sign>('/api/v1/state?view=screen:s1');
    equal(sign.data.staff, { name: '张三', photo: `/content/${sha256(png)}` });
    const photo = await gateway.get(sign.data.staff?.photo ?? '');
    equal(new Uint8Array(await photo.arrayBuffer()), png);
    type Faults = { faults: { id: string; detail: string; title: { zh: string } }[] };
    const { faults } = await gateway.json<Faults>('/api/v1/faults');
    const fault = faults.find(({ id }) => id === 'hall-file:photos');
    match(fault?.title.zh ?? '', /^4 名工作人员的照片无法显示：李四、王五、赵六、钱七$/);
    match(fault?.detail ?? '', /008: photos\/nobody.png: is not there/);
    match(fault?.detail ?? '', /009: photos\/notes.txt: file: is a text/);
    match(fault?.detail ?? '', /010: photos\/film.mp4: is video\/mp4/);
    match(fault?.detail ?? '', /011: content:ccc.*: is not stored/);
    await gateway.stop();
  },
);

Deno.test(
  '24.3 a plan is taken in; what does not fit the hall is one fault with its line',
  async () => {
    const data = Deno.makeTempDirSync({ prefix: 'hallcast-' });
    const drawing = [
      '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10">',
      '<defs><g id="symbol-of-a-desk"/></defs>',
      '<g id="layer1"><rect id="w1" width="1" height="1"/>',
      '<rect id="w77" width="1" height="1"/></g></svg>',
    ];
    Deno.writeTextFileSync(`${data}/f1.svg`, drawing.join('\n'));
    Deno.writeFileSync(`${data}/f2.svg`, png);
    const floors =
      'floors: [{ id: f1, name: 一楼, plan: f1.svg }, { id: f2, name: 二楼, plan: f2.svg }, { id: f3, name: 三楼, plan: none.svg }]';
    const gateway = await openTestGateway({ data, hall: HALL.replace(/floors: .*/, floors) });
    type Wall = { data: { floors: { id: string; plan?: string; zones: string[] }[] } };
    const wall = await gateway.json<Wall>('/api/v1/state?view=wall');
    const [f1, f2, f3] = wall.data.floors;
    match(f1?.plan ?? '', /^[0-9a-f]{64}$/);
    equal([f2?.plan, f3?.plan], [undefined, undefined], 'laid out from the hall file');
    const stored = await gateway.get(`/content/${f1?.plan ?? ''}`);
    equal(stored.headers.get('content-type'), 'image/svg+xml');
    match(await stored.text(), /id="w1"/);
    type Faults = { faults: { id: string; detail: string; title: { zh: string } }[] };
    const { faults } = await gateway.json<Faults>('/api/v1/faults');
    const fault = faults.find(({ id }) => id === 'hall-file:plans');
    equal(fault?.title.zh, '楼层平面图有问题：f1, f2, f3');
    match(
      fault?.detail ?? '',
      /f1: f1.svg: has ids that the hall file does not have: w77 \(line 4\)/,
    );
    match(fault?.detail ?? '', /f1: f1.svg: lacks the windows w2/);
    match(fault?.detail ?? '', /f2: f2.svg: is image\/png/);
    match(fault?.detail ?? '', /f3: none.svg: is not there/);
    await gateway.stop();
  },
);

Deno.test('23.2 an upload is for people at work, and not from another site’s page', async () => {
  const gateway = await openTestGateway();
  const foreign = await upload(gateway, png, { origin: 'http://evil.example' });
  equal(foreign.status, 403);
  const proxied = await upload(gateway, png, { 'x-forwarded-for': '10.0.0.1' });
  equal([proxied.status, proxied.body['reason']], [403, 'role']);
  equal(stored(gateway), []);
  await gateway.stop();
});

Deno.test('23.4 a body that stalls is given up, one that only takes its time is not', async () => {
  const stalled = () =>
    new Request('http://127.0.0.1/', {
      method: 'POST',
      body: new ReadableStream({ start: (controller) => controller.enqueue(png) }),
    });
  const pieces = async (body: AsyncIterable<Uint8Array>) => await Array.fromAsync(body);
  await rejects(withUpload(stalled(), pieces, 20), /ended or stalled/);
  await rejects(jsonBody(stalled(), 1_000, 20), /could not be read to its end/);
  let left = 10;
  const slow = new Request('http://127.0.0.1/', {
    method: 'POST',
    body: new ReadableStream({
      async pull(controller) {
        await new Promise((resolve) => setTimeout(resolve, 20));
        if (left-- === 0) controller.close();
        else controller.enqueue(png);
      },
    }),
  });
  equal((await withUpload(slow, pieces, 150)).length, 10);
});
