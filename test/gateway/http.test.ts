// The HTTP door: pages with their headers, problems, the API and its description, dead letters, the journal.
import {
  deepStrictEqual as equal,
  match,
  notDeepStrictEqual as notEqual,
  ok,
} from 'node:assert/strict';
import { openFiles } from '../../gateway/http/files.ts';
import { connectDevice, eventually, openTestGateway, publish, type TestGateway } from './open.ts';

let shared: Promise<TestGateway> | undefined;
/** One gateway for all tests that change nothing which others see. */
const gatewayOf = () => (shared ??= openTestGateway());

interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
}

async function problemOf(response: Response): Promise<Problem> {
  equal(response.headers.get('content-type'), 'application/problem+json');
  const problem = (await response.json()) as Problem;
  equal(problem.status, response.status);
  ok(problem.title !== '' && problem.detail !== '');
  return problem;
}

Deno.test('every answer carries a strict content security policy and its companions', async () => {
  const gateway = await gatewayOf();
  for (const path of ['/', '/screen/b1', '/screen/none', '/api/v1/hall', '/healthz', '/metrics']) {
    const response = await gateway.get(path);
    await response.body?.cancel();
    const policy = response.headers.get('content-security-policy') ?? '';
    match(policy, /^default-src 'none'; script-src 'self'; style-src 'self';/);
    match(policy, / img-src 'self' data:; media-src 'self';/);
    match(policy, new RegExp(`connect-src 'self' ws://127.0.0.1:${gateway.ports.http} `));
    ok(!/unsafe|\*/.test(policy), policy);
    equal(response.headers.get('x-content-type-options'), 'nosniff');
    equal(response.headers.get('referrer-policy'), 'no-referrer');
    equal(response.headers.get('cross-origin-opener-policy'), 'same-origin');
    ok(response.headers.has('permissions-policy'));
  }
});

Deno.test('unknown pages are 404, unknown methods 405 with what is allowed', async () => {
  const gateway = await gatewayOf();
  for (const path of [
    '/nothing',
    '/screen/none',
    '/kiosk/b1',
    '/dashboard/none',
    '/dashboard/..%2findex',
  ]) {
    const response = await gateway.get(path);
    equal(response.status, 404, path);
    match(await response.text(), /no page of this hall/);
  }
  const response = await fetch(`${gateway.address}/healthz`, { method: 'DELETE' });
  equal(response.headers.get('allow'), 'GET, HEAD, OPTIONS');
  equal((await problemOf(response)).status, 405);
  const options = await fetch(`${gateway.address}/api/v1/dead-letters/1/replay`, {
    method: 'OPTIONS',
  });
  equal([options.status, options.headers.get('allow')], [204, 'POST, OPTIONS']);
  const head = await fetch(`${gateway.address}/healthz`, { method: 'HEAD' });
  equal([head.status, await head.text()], [200, '']);
});

Deno.test('health and readiness tell each part', async () => {
  const gateway = await gatewayOf();
  const parts = ['journal', 'state', 'broker', 'live', 'history'];
  for (const path of ['/healthz', '/readyz']) {
    const response = await gateway.get(path);
    equal(response.status, 200);
    const body = (await response.json()) as { parts: Record<string, { state: string }> };
    equal(Object.keys(body.parts), parts);
    ok(Object.values(body.parts).every(({ state }) => state === 'ok'));
  }
});

Deno.test('files: cached for ever, compressed once, nothing outside of the folder', async () => {
  const folder = Deno.makeTempDirSync({ prefix: 'hallcast-' });
  await Deno.mkdir(`${folder}/pages/assets`, { recursive: true });
  await Deno.writeTextFile(`${folder}/secret.js`, 'secret');
  await Deno.writeTextFile(`${folder}/pages/assets/.hidden.js`, 'secret');
  const script = 'export const x = 1;\n'.repeat(200);
  await Deno.writeTextFile(`${folder}/pages/assets/a-1234.js`, script);
  const files = openFiles({ folder: `${folder}/pages` });
  const ask = (headers: Record<string, string> = {}, path = 'assets/a-1234.js') =>
    files.serve(new Request('http://x/', { headers }), path, 'immutable');

  const plain = await ask();
  equal(plain?.headers.get('cache-control'), 'public, max-age=31536000, immutable');
  equal(plain?.headers.get('content-type'), 'text/javascript; charset=utf-8');
  equal(await plain?.text(), script);
  for (const [accepted, encoding] of [
    ['gzip, deflate, br', 'br'],
    ['gzip', 'gzip'],
    ['br;q=0, gzip', 'gzip'],
    ['identity', null],
  ] as const) {
    const packed = await ask({ 'accept-encoding': accepted });
    equal(packed?.headers.get('content-encoding'), encoding);
    const length = (await packed?.arrayBuffer())?.byteLength ?? 0;
    ok(encoding === null ? length === script.length : length < 200, `${encoding}: ${length}`);
  }
  const tag = plain?.headers.get('etag') ?? '';
  const same = await ask({ 'if-none-match': `W/${tag}, "other"` });
  equal([same?.status, same?.body], [304, null]);
  for (const path of [
    '../secret.js',
    'assets/../../secret.js',
    'assets/.hidden.js',
    'assets/none.js',
    'assets',
    '/etc/passwd',
    'assets/a-1234.js\0',
  ]) {
    equal(await ask({}, path), undefined, path);
  }

  const marked = openFiles({ folder: `${folder}/pages`, ofPage: (html) => `${html}!` });
  await Deno.writeTextFile(`${folder}/pages/m.html`, 'one');
  const page1 = await marked.serve(new Request('http://x/'), 'm.html', 'revalidate');
  equal(await page1?.text(), 'one!');
  await Deno.writeTextFile(`${folder}/pages/p.html`, 'one');
  const page = () => files.serve(new Request('http://x/'), 'p.html', 'revalidate');
  equal(await (await page())?.text(), 'one');
  await Deno.writeTextFile(`${folder}/pages/p.html`, 'two');
  await Deno.utime(`${folder}/pages/p.html`, 1, 1);
  const rebuilt = await page();
  equal(rebuilt?.headers.get('cache-control'), 'no-cache');
  equal(await rebuilt?.text(), 'two', 'a new build is seen without a restart');
});

Deno.test(
  'files: what the build compressed is served, unless the file has changed since',
  async () => {
    const folder = Deno.makeTempDirSync({ prefix: 'hallcast-' });
    const script = 'export const x = 1;\n'.repeat(200);
    const served = async (accepted: string) => {
      const headers = { 'accept-encoding': accepted };
      const files = openFiles({ folder });
      const response = await files.serve(
        new Request('http://x/', { headers }),
        'a.js',
        'immutable',
      );
      return new Uint8Array((await response?.arrayBuffer()) ?? []);
    };
    await Deno.writeTextFile(`${folder}/a.js`, script);
    for (const [ending, accepted] of [
      ['br', 'br'],
      ['gz', 'gzip'],
    ] as const) {
      const built = new TextEncoder().encode(`built as ${ending}`);
      await Deno.writeFile(`${folder}/a.js.${ending}`, built);
      equal(await served(accepted), built);
      await Deno.utime(`${folder}/a.js.${ending}`, 1, 1);
      const made = await served(accepted);
      ok(made.length > 0 && made.length < 200);
      notEqual(made, built);
    }
  },
);

Deno.test('files: memory is bounded', async () => {
  const folder = Deno.makeTempDirSync({ prefix: 'hallcast-' });
  for (const name of ['a', 'b', 'c'])
    await Deno.writeTextFile(`${folder}/${name}.js`, name.repeat(600));
  const files = openFiles({ folder, bytesMax: 1_500 });
  for (const name of ['a', 'b', 'c', 'a']) {
    const response = await files.serve(new Request('http://x/'), `${name}.js`, 'immutable');
    equal(await response?.text(), name.repeat(600));
    ok(files.bytes <= 1_500, `${files.bytes} bytes kept`);
  }
  equal(files.bytes, 1_200);
});

Deno.test('the API is described as it is', async () => {
  const gateway = await gatewayOf();
  type Description = {
    openapi: string;
    paths: Record<string, Record<string, { parameters: { name: string; required: boolean }[] }>>;
  };
  const { openapi, paths } = await gateway.json<Description>('/api/v1/openapi.json');
  equal(openapi, '3.1.0');
  equal(Object.keys(paths).sort(), [
    '/api/v1/calls',
    '/api/v1/commands/advice.dismiss',
    '/api/v1/commands/advice.take',
    '/api/v1/commands/device.accept',
    '/api/v1/commands/device.forget',
    '/api/v1/commands/device.ignore',
    '/api/v1/commands/window.assign',
    '/api/v1/commands/window.set',
    '/api/v1/commands/{type}',
    '/api/v1/content',
    '/api/v1/dead-letters',
    '/api/v1/dead-letters/replay',
    '/api/v1/dead-letters/{id}',
    '/api/v1/dead-letters/{id}/replay',
    '/api/v1/discovered',
    '/api/v1/estimate',
    '/api/v1/facts/rebuild',
    '/api/v1/faults',
    '/api/v1/figures',
    '/api/v1/gateways',
    '/api/v1/hall',
    '/api/v1/history',
    '/api/v1/history/set-aside',
    '/api/v1/journal',
    '/api/v1/openapi.json',
    '/api/v1/pages',
    '/api/v1/score',
    '/api/v1/state',
    '/api/v1/story',
    '/api/v1/version',
    '/api/v1/visits',
  ]);
  const history = paths['/api/v1/history']?.['get']?.parameters ?? [];
  equal(history.find(({ name }) => name === 'measurement')?.required, true);
  equal(history.find(({ name }) => name === 'every')?.required, false);
  // Each described GET without required parameters answers.
  for (const [path, methods] of Object.entries(paths)) {
    const get = methods['get'];
    if (get === undefined || get.parameters.some(({ required }) => required)) continue;
    // These ask for one of several parameters.
    if (['/api/v1/estimate', '/api/v1/story'].includes(path)) continue;
    const response = await gateway.get(path);
    await response.body?.cancel();
    equal(response.status, 200, path);
  }
});

Deno.test('the history answers for all time', async () => {
  const gateway = await gatewayOf();
  for (const calendar of ['', '&calendar=day', '&calendar=year']) {
    const answer = await gateway.get(
      `/api/v1/history?measurement=ticket&from=0&to=8640000000000000${calendar}`,
    );
    equal(answer.status, 200);
    equal(((await answer.json()) as { rows: unknown[] }).rows, []);
  }
});

Deno.test('wrong parameters are told, all of them', async () => {
  const gateway = await gatewayOf();
  const bad = async (path: string) => problemOf(await gateway.get(`/api/v1${path}`));
  const { type, detail } = await bad('/history?aggregate=median&every=0&nope=1');
  equal(type, 'urn:hallcast:problem:parameter');
  for (const name of [
    'measurement: is missing',
    'aggregate: is "median"',
    'every: is "0"',
    'nope: is an unknown',
  ]) {
    ok(detail.includes(name), `${detail} should name ${name}`);
  }
  equal((await bad('/history?measurement=ticket&from=5&to=5')).status, 400);
  equal((await bad('/history?measurement=ticket&aggregate=mean')).status, 400);
  match(
    (await bad('/history?measurement=ticket&from=0&to=8640000000000001')).detail,
    /^to: is "8640000000000001", should be a whole number from 0 to 8640000000000000$/,
  );
  for (const name of ['constructor', 'prototype', '__proto__']) {
    for (const what of [`where=type:x,${name}:x`, `group_by=type,${name}`, `field=${name}`]) {
      match(
        (await bad(`/history?measurement=ticket&${what}`)).detail,
        /should not be one of constructor, prototype, __proto__$/,
      );
    }
  }
  equal((await bad('/journal?limit=1000000')).status, 400);
  equal((await bad('/journal?after=-1')).status, 400);
  equal((await bad('/dead-letters/x')).status, 400);
  equal((await bad('/dead-letters/99999')).status, 404);
  equal((await bad('/state?view=screen:none')).status, 404);
  equal((await bad('/estimate?queue=q9')).status, 404);
  equal((await bad('/nothing')).status, 404);
});

Deno.test('a parameter without a value is as one that is not there', async () => {
  const gateway = await gatewayOf();
  equal((await gateway.get('/api/v1/estimate?ticket=&queue=q1')).status, 200);
  match(
    (await problemOf(await gateway.get('/api/v1/estimate?queue='))).detail,
    /^queue: is missing$/,
  );
  equal((await gateway.get('/api/v1/history?measurement=ticket&group_by=&every=')).status, 200);
  equal((await gateway.get('/api/v1/state?view=')).status, 200);
});

Deno.test(
  'a queue without anybody and without windows has no band, and says how fresh that is',
  async () => {
    const gateway = await gatewayOf();
    const { now, ...rest } = await gateway.json('/api/v1/estimate?queue=q1');
    ok(typeof now === 'number');
    equal(rest, {
      ...{ queue: 'q1', waiting: 0, windows_open: 0, freshness: 'none', ahead: 0 },
      ...{ band: null, p10_ms: null, p50_ms: null, p67_ms: null, p90_ms: null },
    });
  },
);

Deno.test('9.5 an estimate for a queue and for the place of a visit that waits in it', async () => {
  const gateway = await openTestGateway();
  const device = await connectDevice(gateway, 'disp-1');
  await publish(device, 'window', { type: 'state', window: 'w1', state: 'serving' });
  for (const ticket of ['A1', 'A2', 'A3']) {
    await publish(device, 'ticket', { type: 'issued', id: ticket, ticket, queue: 'q1' });
  }
  await publish(device, 'ticket', { type: 'called', id: 'c', ticket: 'A1', window: 'w1' });
  const ask = (what: string) => gateway.json(`/api/v1/estimate?${what}`);
  const newcomer = await eventually(
    'all tickets',
    () => ask('queue=q1'),
    ({ waiting, ahead }) => waiting === 3 && ahead === 2,
  );
  equal(newcomer['band'], newcomer['band_min']);
  const [second, third] = [await ask('ticket=a2'), await ask('ticket=A3')];
  equal([second['queue'], second['ahead'], third['ahead']], ['q1', 0, 1]);
  for (const key of ['p10_ms', 'p50_ms', 'p67_ms', 'p90_ms']) {
    ok(Number(second[key]) < Number(third[key]) && Number(third[key]) < Number(newcomer[key]), key);
  }
  for (const [what, status] of [
    ['ticket=A1', 404],
    ['ticket=A9', 404],
    ['ticket=__proto__', 404],
    ['ticket=A2&queue=q1', 400],
    ['token=none', 400],
  ] as const) {
    equal((await problemOf(await gateway.get(`/api/v1/estimate?${what}`))).status, status, what);
  }
});

/** The answer to a request that no HTTP library would send. */
async function rawAnswer(gateway: TestGateway, lines: readonly string[]): Promise<string> {
  const connection = await Deno.connect({ hostname: '127.0.0.1', port: gateway.ports.http });
  await connection.write(new TextEncoder().encode(`${lines.join('\r\n')}\r\n\r\n`));
  const buffer = new Uint8Array(8_192);
  const count = (await connection.read(buffer)) ?? 0;
  connection.close();
  return new TextDecoder().decode(buffer.subarray(0, count));
}

Deno.test('a Host header that is none is refused like any other bad request, quietly', async () => {
  const gateway = await gatewayOf();
  for (const host of ['a b', 'a; script-src *', 'a<b']) {
    const answer = await rawAnswer(gateway, ['GET /healthz HTTP/1.1', `Host: ${host}`]);
    match(answer, /^HTTP\/1\.1 400 /, host);
    match(answer, /content-security-policy: default-src 'none'; .*nosniff/is);
    ok(!/script-src \*/.test(answer));
  }
  equal(
    gateway.lines.filter((line) => line.includes('"error"')),
    [],
  );
});

Deno.test('a WebSocket handshake that is incomplete is refused, quietly', async () => {
  const gateway = await gatewayOf();
  const whole = {
    upgrade: 'Upgrade: websocket',
    connection: 'Connection: keep-alive, Upgrade',
    version: 'Sec-WebSocket-Version: 13',
    key: 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    protocol: 'Sec-WebSocket-Protocol: mqtt',
  };
  const statusOf = async (path: string, change: Partial<typeof whole>) => {
    const lines = Object.values({ ...whole, ...change });
    const head = [`GET ${path} HTTP/1.1`, `Host: 127.0.0.1:${gateway.ports.http}`];
    return Number((await rawAnswer(gateway, [...head, ...lines])).slice(9, 12));
  };
  const none = 'X-None: 1';
  equal(await statusOf('/live', {}), 101);
  equal(await statusOf('/live', { upgrade: none }), 426);
  equal(await statusOf('/live', { connection: none }), 426);
  equal(await statusOf('/live', { version: 'Sec-WebSocket-Version: 8' }), 426);
  equal(await statusOf('/live', { key: none }), 400);
  equal(await statusOf('/live', { key: 'Sec-WebSocket-Key: short' }), 400);
  equal(await statusOf('/mqtt', {}), 101);
  equal(await statusOf('/mqtt', { protocol: 'Sec-WebSocket-Protocol: other, mqttv3.1' }), 101);
  equal(await statusOf('/mqtt', { protocol: 'Sec-WebSocket-Protocol: mqttx' }), 400);
  equal(await statusOf('/mqtt', { protocol: none }), 400);
  equal(
    gateway.lines.filter((line) => line.includes('"error"')),
    [],
  );
});

Deno.test('a queue named like a part of every object is no queue', async () => {
  const gateway = await gatewayOf();
  for (const name of ['constructor', 'toString', '__proto__', 'none']) {
    equal((await problemOf(await gateway.get(`/api/v1/estimate?queue=${name}`))).status, 404);
  }
});

Deno.test('the public hall names no person', async () => {
  const gateway = await gatewayOf();
  const text = await (await gateway.get('/api/v1/hall')).text();
  ok(text.includes('社会保险'));
  ok(!text.includes('张三') && !text.includes('007'));
});

Deno.test(
  'dead letters are listed by pages, shown whole, and replayed from here only',
  async () => {
    const gateway = await openTestGateway();
    const device = await connectDevice(gateway, 'disp-1');
    for (const text of ['not json', '{"type":"dance"}', 'still not json']) {
      await device.publishAsync('hall/h1/disp-1/ticket', text, { qos: 1 });
    }
    type Letter = {
      id: number;
      reason: string;
      replayed_at?: number;
      payload_base64: string;
      bytes: number;
    };
    type List = { letters: Letter[]; next_before?: number };
    const first = await gateway.json<List>('/api/v1/dead-letters?limit=2');
    equal(
      first.letters.map(({ reason }) => reason),
      ['json', 'type'],
    );
    const rest = await gateway.json<List>(
      `/api/v1/dead-letters?limit=2&before=${first.next_before}`,
    );
    equal([rest.letters.length, rest.next_before], [1, undefined]);
    const id = rest.letters[0]?.id ?? 0;
    const whole = await gateway.json<Letter>(`/api/v1/dead-letters/${id}`);
    equal([atob(whole.payload_base64), whole.bytes], ['not json', 8]);

    const post = (path: string, headers: Record<string, string> = {}) =>
      fetch(`${gateway.address}/api/v1/dead-letters/${path}`, { method: 'POST', headers });
    const foreign = await problemOf(await post(`${id}/replay`, { origin: 'http://evil.example' }));
    equal(foreign.status, 403);
    const crossSite = await problemOf(
      await post(`${id}/replay`, { 'sec-fetch-site': 'cross-site' }),
    );
    equal(crossSite.status, 403);
    const replayed = await post(`${id}/replay`, { origin: gateway.address });
    equal(await replayed.json(), { id, accepted: 0, rejected: 1 });
    const many = (await (await post('replay?reason=json')).json()) as {
      replayed: { id: number }[];
    };
    equal(many.replayed.length, 2, 'the one that was replayed does not count again');
    equal((await problemOf(await post('replay'))).status, 400);
    ok((await gateway.json<Letter>(`/api/v1/dead-letters/${id}`)).replayed_at);
    await device.endAsync();
    await gateway.stop();
  },
);

Deno.test('the journal is read in order, from where one was, in bounded parts', async () => {
  const gateway = await openTestGateway();
  const device = await connectDevice(gateway, 'disp-1');
  const signals = Array.from({ length: 1_000 }, (_, index) => ({
    ...{ type: 'issued', id: `i-${index}`, ticket: `A${index}`, queue: 'q1', at: Date.now() },
  }));
  await publish(device, 'ticket', signals);
  await publish(device, 'ticket', { type: 'cancelled', id: 'x', ticket: 'A1' });
  const read = async (query: string) => {
    const response = await gateway.get(`/api/v1/journal?${query}`);
    equal(response.headers.get('content-type'), 'application/x-ndjson');
    const text = await response.text();
    return text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  };
  const all = await read('limit=5000');
  equal(
    all.map(({ seq }) => seq),
    Array.from({ length: 1_001 }, (_, index) => index + 1),
  );
  equal(Object.keys(all[0] ?? {}), ['seq', 'device', 'stream', 'at', 'received_at', 'signal']);
  equal(all[0]?.['at'], signals[0]?.at);
  equal(all[0]?.['signal'], signals[0]);
  equal(
    (await read('after=998&limit=2')).map(({ seq }) => seq),
    [999, 1_000],
  );
  equal(await read('after=1001'), []);
  await device.endAsync();
  await gateway.stop();
});

Deno.test('the conservation law holds at rest', async () => {
  const gateway = await openTestGateway();
  const device = await connectDevice(gateway, 'disp-1');
  const issue = { type: 'issued', id: 'i-1', ticket: 'A1', queue: 'q1' };
  await publish(device, 'ticket', issue);
  await publish(device, 'ticket', [
    issue,
    { ...issue, id: 'i-2', ticket: 'A2' },
    { type: 'issued' },
  ]);
  await publish(device, 'device', { type: 'state', state: 'online', paper_pct: 40 });
  await device.publishAsync('somewhere/else', 'x', { qos: 1 });
  const metric = (name: string) => gateway.metric(`hallcast_${name}`);
  equal(await metric('signals_received_total'), 6);
  equal(await metric('signals_journaled_total'), 3);
  equal(await metric('signals_duplicate_total'), 1);
  equal(await metric('signals_rejected_total'), 2);
  equal(await metric('journal_commit_seconds_count'), 4);
  await eventually(
    'history',
    () => metric('history_written_total'),
    (written) => written === 3,
  );
  const text = await (await gateway.get('/metrics')).text();
  for (const line of [
    'hallcast_device_state{state="online"} 1',
    'hallcast_signals_rejected_total{reason="topic"} 1',
    'hallcast_live_clients 0',
    'hallcast_live_resyncs_total 0',
    'hallcast_history_pending 0',
    '# TYPE hallcast_call_paint_seconds histogram',
    '# TYPE hallcast_signals_received_total counter',
  ]) {
    ok(text.split('\n').includes(line), line);
  }
  await device.endAsync();
  await gateway.stop();
});

Deno.test('the shared gateway stops', async () => {
  await (await gatewayOf()).stop();
});
