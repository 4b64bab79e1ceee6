// What people do, through a real gateway: journaled with who, folded, repeated without harm, refused in words. SPEC §22.
import { deepStrictEqual as equal, match, ok } from 'node:assert/strict';
import { sendCommand } from '../services/command.ts';
import { openHallJournal } from './intake-parts.ts';
import { connectDevice, HALL, openTestGateway, publish, type TestGateway } from './open.ts';

interface Line {
  readonly seq: number;
  readonly device: string;
  readonly stream: string;
  readonly at: number;
  readonly signal: {
    readonly id: string;
    readonly type: string;
    readonly [field: string]: unknown;
  };
  readonly by?: { readonly who: string; readonly role: string; readonly from: string };
  readonly marks?: readonly string[];
}

async function lines(gateway: TestGateway): Promise<Line[]> {
  const text = await (await gateway.get('/api/v1/journal')).text();
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Line);
}

const send = (gateway: TestGateway, type: string, fields: object, headers = {}) =>
  sendCommand(gateway.address, type, fields, headers);

async function windowsOf(gateway: TestGateway) {
  type Live = {
    data: { windows: Record<string, { state: string; queues: string[]; staff?: string }> };
  };
  return (await gateway.json<Live>('/api/v1/state?view=live')).data.windows;
}

Deno.test('a command is journaled with who did it, folded, and shown at once', async () => {
  const gateway = await openTestGateway();
  const fields = { id: 'c-1', window: 'w1', state: 'paused', reason: '系统故障' };
  const { status, body } = await send(gateway, 'window.set', fields, { origin: gateway.address });
  equal([status, body], [200, { seq: 1, result: {} }]);
  const [line] = await lines(gateway);
  equal([line?.seq, line?.device, line?.stream], [1, 'command', 'window']);
  equal(line?.signal, {
    type: 'state',
    window: 'w1',
    state: 'paused',
    reason: '系统故障',
    id: 'c-1',
  });
  equal(line?.by, { who: 'anonymous', role: 'none', from: 'page' });
  equal((await windowsOf(gateway))['w1']?.state, 'paused');
  // A person is no device.
  const { devices } = await gateway
    .json<{ devices: object }>('/api/v1/state')
    .then((answer) => (answer as unknown as { state: { devices: object } }).state);
  equal(devices, {});
  equal(await gateway.metric('hallcast_signals_received_total'), 0);
  equal(await gateway.metric('hallcast_commands_total'), 1);
  await gateway.stop();
});

Deno.test(
  'a repeat has the same answer and no second effect, also after a restart; another command needs another id',
  async () => {
    const first = await openTestGateway();
    const fields = { id: 'once', window: 'w1', state: 'away' };
    const answers = await Promise.all([1, 2, 3].map(() => send(first, 'window.set', fields)));
    equal(
      answers.map(({ status, body }) => [status, body['seq']]),
      [
        [200, 1],
        [200, 1],
        [200, 1],
      ],
    );
    equal((await lines(first)).length, 1);
    await first.stop();
    const second = await openTestGateway({ data: first.data });
    equal(
      (await send(second, 'window.set', { state: 'away', window: 'w1', id: 'once' })).body['seq'],
      1,
    );
    for (const [type, body] of [
      ['window.set', { ...fields, state: 'idle' }],
      ['window.assign', { id: 'once', window: 'w1', queues: [] }],
    ] as const) {
      const answer = await send(second, type, body);
      equal([answer.status, answer.body['reason']], [422, 'id']);
    }
    equal((await lines(second)).length, 1);
    equal((await windowsOf(second))['w1']?.state, 'away');
    await second.stop();
  },
);

Deno.test('what is wrong is refused with its reason, and leaves nothing', async () => {
  const gateway = await openTestGateway();
  const now = Date.now();
  const wrong: [type: string, fields: unknown, status: number, reason: string, detail: RegExp][] = [
    ['window.set', { window: 'w1' }, 400, 'field:state', /state: is missing/],
    ['window.set', { window: 'w1', state: 'asleep' }, 400, 'field:state', /"asleep"/],
    [
      'window.set',
      { window: 'w1', state: 'idle', stat: 1 },
      400,
      'field:stat',
      /no field of window.set/,
    ],
    ['window.set', { window: 'w1', state: 'idle', id: 'ö' }, 400, 'field:id', /1–64 characters/],
    ['window.set', { window: 'w1', state: 'idle', at: now + 60_000 }, 400, 'field:at', /to \d+$/],
    [
      'window.set',
      { window: 'w1', state: 'idle', at: now - 3 * 86_400_000 },
      400,
      'field:at',
      /day/,
    ],
    ...[-1, 1.5, true, '2026-11-20', '2026-11-20T10:00:00', 'now'].flatMap((time): typeof wrong => [
      [
        'window.set',
        { window: 'w1', state: 'idle', at: time },
        400,
        'field:at',
        /should be an RFC/,
      ],
      ['window.assign', { window: 'w1', until: time }, 400, 'field:until', /should be an RFC/],
    ]),
    ['window.set', [], 400, 'field:body', /JSON object/],
    ['window.set', null, 400, 'field:body', /JSON object/],
    ['window.set', { window: 'w9', state: 'idle' }, 404, 'unknown:window', /"w9".*w1/],
    ['window.assign', { window: 'w1', queues: ['q9'] }, 404, 'unknown:queue', /"q9".*q1/],
    ['window.assign', { window: 'w1', queues: ['q1'], until: 5 }, 400, 'field:until', /later than/],
    ['device.accept', { address: 'nobody' }, 409, 'state', /was not heard/],
    ['device.forget', { address: 'nobody' }, 404, 'unknown:device', /neither accepted nor/],
    ['window.explode', { window: 'w1' }, 404, 'unknown:command', /window\.set/],
    ['constructor', {}, 404, 'unknown:command', /window\.set/],
  ];
  for (const [type, fields, status, reason, detail] of wrong) {
    const answer = await send(gateway, type, fields as object);
    const shown = `${type} ${JSON.stringify(fields)}`;
    equal([answer.status, answer.body['reason']], [status, reason], shown);
    match(String(answer.body['detail']), detail, shown);
  }
  const raw = async (body: BodyInit) => {
    const url = `${gateway.address}/api/v1/commands/window.set`;
    const response = await fetch(url, { method: 'POST', body });
    return [response.status, (await response.json()).reason];
  };
  equal(await raw('{"window":'), [400, 'field:body']);
  equal(await raw(Uint8Array.of(0x7b, 0xff, 0x7d)), [400, 'field:body']);
  equal(await raw(JSON.stringify({ window: 'w1', reason: 'x'.repeat(300_000) })), [413, 'size']);
  const stream = new Blob([' '.repeat(300_000)]).stream();
  const init = { method: 'POST', body: stream, duplex: 'half' } as RequestInit;
  const piecewise = await fetch(`${gateway.address}/api/v1/commands/window.set`, init);
  equal([piecewise.status, (await piecewise.json()).reason], [413, 'size']);
  equal(await lines(gateway), []);
  const foreign = await send(
    gateway,
    'window.set',
    { window: 'w1', state: 'idle' },
    { origin: 'http://evil.example' },
  );
  equal(foreign.status, 403);
  await gateway.stop();
});

Deno.test('entered afterwards: counted as of then, ordered as it came, marked', async () => {
  const gateway = await openTestGateway();
  const at = Date.now() - 1_000;
  equal((await send(gateway, 'window.set', { window: 'w1', state: 'paused', at })).status, 200);
  const [line] = await lines(gateway);
  equal([line?.at, line?.signal['at'], line?.marks], [at, at, ['by_hand']]);
  await gateway.stop();
});

Deno.test('a window gets other queues, until a time, and the hall file’s own again', async () => {
  const other = '{ id: q9, name: 综合, zone: z1, prefix: Z }';
  const hall = HALL.replace('queues: [', `queues: [${other}, `);
  const gateway = await openTestGateway({ hall });
  const own = (await windowsOf(gateway))['w1']?.queues;
  ok(own && !own.includes('q9'));
  const assign = (fields: object) => send(gateway, 'window.assign', { window: 'w1', ...fields });
  equal((await assign({ queues: ['q9'] })).status, 200);
  equal((await windowsOf(gateway))['w1']?.queues, ['q9']);
  equal((await assign({})).status, 200);
  equal((await windowsOf(gateway))['w1']?.queues, own);
  const until = Date.now() + 300;
  equal((await assign({ queues: ['q9'], until })).status, 200);
  const deadline = Date.now() + 10_000;
  while (((await windowsOf(gateway))['w1']?.queues ?? []).includes('q9')) {
    ok(Date.now() < deadline, 'the assignment ends with its time');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  ok(Date.now() >= until);
  await gateway.stop();
});

Deno.test('22.6 a time is RFC 3339 text with offset or ms: both are the same command', async () => {
  const gateway = await openTestGateway();
  const at = Date.now();
  const until = at + 3_600_000;
  const shanghai = (ms: number) =>
    new Date(ms + 8 * 3_600_000).toISOString().replace('Z', '+08:00');
  const fields = { id: 't', window: 'w1', queues: ['q1'] };
  const text = { ...fields, at: shanghai(at), until: shanghai(until) };
  const answers = [
    await send(gateway, 'window.assign', text),
    await send(gateway, 'window.assign', { ...fields, at, until }),
  ];
  equal(
    answers.map(({ status, body }) => [status, body['seq']]),
    [
      [200, 1],
      [200, 1],
    ],
  );
  const [line] = await lines(gateway);
  equal([line?.at, line?.signal['at'], line?.signal['until']], [at, at, until]);
  type Body = { properties: Record<string, { anyOf: { type: string }[] }> };
  type Post = { requestBody: { content: { 'application/json': { schema: Body } } } };
  const { paths } = await gateway.json<{ paths: Record<string, { post: Post }> }>(
    '/api/v1/openapi.json',
  );
  const body = paths['/api/v1/commands/window.assign']?.post.requestBody.content;
  for (const name of ['at', 'until']) {
    const either = body?.['application/json'].schema.properties[name]?.anyOf;
    equal(
      either?.map(({ type }) => type),
      ['integer', 'string'],
    );
  }
  await gateway.stop();
});

Deno.test(
  'a hundred commands to one window at once are done one after the other, all of them',
  async () => {
    const gateway = await openTestGateway();
    const states = ['idle', 'paused', 'away', 'closed'];
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, n) =>
        send(gateway, 'window.set', { window: 'w1', state: states[n % 4], id: `n-${n}` }),
      ),
    );
    ok(answers.every(({ status }) => status === 200));
    const all = await lines(gateway);
    equal(
      all.map(({ seq }) => seq),
      Array.from({ length: 100 }, (_, n) => n + 1),
    );
    equal((await windowsOf(gateway))['w1']?.state, all.at(-1)?.signal['state']);
    await gateway.stop();
  },
);

Deno.test('a device and a person speak of one window: the journal’s order decides', async () => {
  const gateway = await openTestGateway();
  const device = await connectDevice(gateway, 'caller-1');
  await publish(device, 'window', { type: 'state', window: 'w1', state: 'serving' });
  await send(gateway, 'window.set', { window: 'w1', state: 'paused', staff: '1001' });
  equal((await windowsOf(gateway))['w1']?.state, 'paused');
  await publish(device, 'window', { type: 'state', window: 'w1', state: 'idle' });
  equal((await windowsOf(gateway))['w1']?.state, 'idle');
  // What a device says cannot look like a person's.
  const forged = { type: 'state', window: 'w1', state: 'away', by: { who: 'boss' }, command: {} };
  await publish(device, 'window', forged);
  const last = (await lines(gateway)).at(-1);
  equal([last?.by, last?.signal['by'], last?.signal['command']], [undefined, undefined, undefined]);
  await device.endAsync();
  await gateway.stop();
});

Deno.test(
  'retention leaves what people decided, also for a start without a checkpoint',
  async () => {
    const data = Deno.makeTempDirSync({ prefix: 'hallcast-commands-' });
    const hall = `${HALL}intake: listed\n`;
    const first = await openTestGateway({ data, hall });
    const device = await connectDevice(first, 'lamp-1');
    await publish(device, 'device', { type: 'state', state: 'online' });
    equal((await send(first, 'device.accept', { address: 'lamp-1' })).status, 200);
    await publish(device, 'device', { type: 'state', state: 'fault' });
    await device.endAsync();
    equal(
      (await send(first, 'window.set', { window: 'w1', state: 'away', id: 'old' })).status,
      200,
    );
    await first.stop();
    const journal = await openHallJournal(data);
    ok((await journal.prune(Date.now() + 60_000)) > 0);
    await journal.close();
    // Other opening hours are other rules of the fold: the checkpoint is of no use.
    const changed = hall.replace('"00:00-24:00"', '"00:00-23:59"');
    const second = await openTestGateway({ data, hall: changed });
    const { accepted } = await second.json<{ accepted: { id: string }[] }>('/api/v1/discovered');
    equal(
      accepted.map(({ id }) => id),
      ['lamp-1'],
    );
    // Its id is still known, though its event is gone.
    const again = await send(second, 'window.set', { window: 'w1', state: 'away', id: 'old' });
    equal([again.status, again.body['reason']], [422, 'id']);
    await second.stop();
  },
);

Deno.test('no device has the name under which people act', async () => {
  const gateway = await openTestGateway();
  const device = await connectDevice(gateway, 'command');
  await publish(device, 'window', { type: 'state', window: 'w1', state: 'away', id: 'z' });
  await device.endAsync();
  const { letters } = await gateway.json<{ letters: { reason: string }[] }>('/api/v1/dead-letters');
  equal(
    letters.map(({ reason }) => reason),
    ['topic'],
  );
  equal((await send(gateway, 'window.set', { window: 'w1', state: 'idle', id: 'z' })).status, 200);
  await gateway.stop();
});
