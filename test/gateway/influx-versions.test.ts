// InfluxDB 1.8, 2.x and 3.x cannot be run here: a stand-in that answers what their documentation says shows which
// addresses, names and credentials each of them gets. What they do with it is not shown by this.
import { deepStrictEqual as equal, match, ok, rejects } from 'node:assert/strict';
import { openInfluxHistory } from '../../gateway/history/influx.ts';
import type { History } from '../../gateway/history.ts';
import type { Point } from '../../hall/point.ts';

interface Call {
  readonly method: string;
  readonly path: string;
  readonly query: Record<string, string>;
  readonly authorization: string | null;
  readonly body: string;
}

interface Given {
  readonly status: number;
  readonly json?: unknown;
  /** instead of JSON */
  readonly body?: BodyInit;
  readonly headers?: Record<string, string>;
}

type Answers = (call: Call) => Given;

const point: Point = {
  measurement: 'ticket',
  tags: { hall: 'h1', type: 'issued' },
  fields: { entry: 1 },
  timestampNs: 1_000_000n,
};

/** Runs a history against a server that answers so; gives the calls that it got. */
async function against(
  token: string | undefined,
  answers: Answers,
  use: (history: History) => Promise<void>,
  facts = false,
): Promise<Call[]> {
  const calls: Call[] = [];
  const server = Deno.serve({ port: 0, hostname: '127.0.0.1', onListen() {} }, async (request) => {
    const url = new URL(request.url);
    const call = {
      method: request.method,
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      authorization: request.headers.get('authorization'),
      body: await request.text(),
    };
    calls.push(call);
    const { status, json, body, headers = {} } = answers(call);
    const text = json === undefined ? null : JSON.stringify(json);
    return new Response(body ?? text, { status, headers });
  });
  const folder = Deno.makeTempDirSync({ prefix: 'hallcast-' });
  const history = openInfluxHistory({
    ...{ url: `http://127.0.0.1:${server.addr.port}`, token, database: 'hallcast', hall: 'h1' },
    ...{ file: `${folder}/cursor.sqlite`, timeoutMs: 5_000, batchBytes: 1e6, verifyMs: 60_000 },
    ...{ retentionDays: 400, now: Date.now, timezone: 'Asia/Shanghai', facts },
  });
  try {
    await use(history);
  } finally {
    await history.close();
    await server.shutdown();
    Deno.removeSync(folder, { recursive: true });
  }
  return calls;
}

const write = async (history: History): Promise<void> => {
  equal((await history.append([point], 1)).written, 1);
};
const NOTHING = { status: 200, json: { results: [{ statement_id: 0 }] } };
const LINE = 'ticket,hall=h1,type=issued entry=1 1000000';
const at = (calls: Call[], path: string): Call | undefined =>
  calls.findLast((call) => call.path === path);

Deno.test('1.8 is written to at /api/v2/write with user and password', async () => {
  const calls = await against(
    'hall:pass:word',
    ({ path }) => {
      if (path === '/ping') return { status: 204, headers: { 'x-influxdb-version': '1.8.10' } };
      return path === '/query' ? NOTHING : { status: 204 };
    },
    write,
  );
  const { query, body, authorization } = at(calls, '/api/v2/write') ?? {};
  equal(query, { bucket: 'hallcast', precision: 'ns' });
  equal([body, authorization], [LINE, `Basic ${btoa('hall:pass:word')}`]);
});

Deno.test('2.x: the bucket and its InfluxQL name are made, the organisation is found', async () => {
  const calls = await against(
    'a-token==',
    ({ path, method }) => {
      switch (`${method} ${path}`) {
        case 'GET /ping':
          return { status: 204, headers: { 'x-influxdb-version': 'v2.7.11' } };
        case 'GET /api/v2/buckets':
          return { status: 404, json: { code: 'not found', message: 'bucket not found' } };
        case 'GET /api/v2/orgs':
          return { status: 200, json: { orgs: [{ id: 'org1', name: 'town' }] } };
        case 'POST /api/v2/buckets':
          return { status: 201, json: { id: 'bucket1', orgID: 'org1', name: 'hallcast' } };
        case 'GET /api/v2/dbrps':
          return { status: 200, json: { content: [] } };
        case 'POST /api/v2/dbrps':
          return { status: 201, json: {} };
        default:
          return path === '/query' ? NOTHING : { status: 204 };
      }
    },
    async (history) => {
      await write(history);
      const query = { measurement: 'ticket', from: 0, to: 10, aggregate: 'count' } as const;
      equal(await history.query(query), []);
    },
  );
  equal(JSON.parse(at(calls, '/api/v2/buckets')?.body ?? ''), {
    ...{ orgID: 'org1', name: 'hallcast' },
    retentionRules: [{ type: 'expire', everySeconds: 400 * 86_400 }],
  });
  equal(JSON.parse(at(calls, '/api/v2/dbrps')?.body ?? ''), {
    ...{ bucketID: 'bucket1', database: 'hallcast', retention_policy: 'autogen' },
    ...{ default: true, orgID: 'org1' },
  });
  const { query, authorization } = at(calls, '/api/v2/write') ?? {};
  equal(query, { bucket: 'hallcast', orgID: 'org1', precision: 'ns' });
  equal(authorization, 'Token a-token==');
  equal(at(calls, '/query')?.query['db'], 'hallcast');
});

Deno.test('2.x: a token that sees no bucket and may make none is told what to do', async () => {
  await against(
    'a-token==',
    ({ path }) => {
      if (path === '/ping') return { status: 204, headers: { 'x-influxdb-version': 'v2.7.11' } };
      return { status: 403, json: { code: 'forbidden', message: 'insufficient permissions' } };
    },
    (history) =>
      rejects(history.append([point], 1), (error: Error) => {
        match(error.message, /an administrator should make the bucket and give the token/);
        return true;
      }),
  );
});

Deno.test('3.x: the token is needed for everything, and goes as Bearer', async () => {
  const calls = await against(
    'apiv3_token',
    ({ path, authorization }) => {
      if (authorization !== 'Bearer apiv3_token') {
        return { status: 401, json: { error: 'the request was not authenticated' } };
      }
      if (path === '/ping') return { status: 200, json: { version: '3.4.1', revision: 'abc' } };
      if (path === '/api/v3/configure/database') return { status: 409, json: { error: 'exists' } };
      return path === '/query' ? NOTHING : { status: 204 };
    },
    write,
  );
  equal(JSON.parse(at(calls, '/api/v3/configure/database')?.body ?? ''), {
    ...{ db: 'hallcast', retention_period: '400d' },
  });
  const { query, body, authorization } = at(calls, '/api/v2/write') ?? {};
  equal(query, { bucket: 'hallcast', precision: 'ns' });
  equal([body, authorization], [LINE, 'Bearer apiv3_token']);
});

Deno.test(
  'a server that asks to wait is left alone so long; one that moved is not followed',
  async () => {
    let status = 503;
    await against(
      undefined,
      ({ path }) => {
        if (path === '/ping') return { status: 204, headers: { 'x-influxdb-version': '1.8.10' } };
        if (path === '/query') return NOTHING;
        return { status, headers: { 'retry-after': '9', location: 'http://elsewhere.example/' } };
      },
      async (history) => {
        const fails = (holds: (error: Error & { retryAfterMs?: number }) => void) =>
          rejects(history.append([point], 1), (error: Error) => {
            holds(error);
            return true;
          });
        await fails(({ retryAfterMs }) => equal(retryAfterMs, 9_000));
        status = 307;
        await fails(({ message }) => match(message, /answers 307/));
      },
    );
  },
);

Deno.test(
  'facts have a policy, a bucket or a database of their own beside that of the points',
  async () => {
    const bucket = 'hallcast/hallcast_facts';
    const fact: Point = { ...point, measurement: 'visit', tags: { hall: 'h1' } };
    const use = async (history: History): Promise<void> => {
      equal((await history.append([fact], 1)).written, 1);
    };
    const show = (calls: Call[]) =>
      calls.filter(({ path, query: { q = '' } }) => path === '/query' && q.startsWith('SHOW TAG'));
    for (const version of ['1.7.11', '1.8.10', 'v2.7.11', '3.4.1']) {
      const answers = ({ path, method }: Call): Given => {
        if (path === '/ping') return { status: 204, headers: { 'x-influxdb-version': version } };
        if (path === '/query') return NOTHING;
        if (path === '/api/v2/orgs') return { status: 200, json: { orgs: [{ id: 'o' }] } };
        // The database's own name is there already.
        const mappings = [{ retention_policy: 'autogen', default: true }];
        if (path === '/api/v2/dbrps') return { status: 200, json: { content: mappings } };
        if (path !== '/api/v2/buckets') return { status: 204 };
        const made = { id: 'b', orgID: 'o', name: bucket };
        return { status: 200, json: method === 'POST' ? made : { buckets: [] } };
      };
      const calls = await against('a-token==', answers, use, true);
      const { path, query = {} } = calls.findLast(({ body }) => body.startsWith('visit,')) ?? {};
      if (version === '1.7.11') {
        equal([path, query['db'], query['rp']], ['/write', 'hallcast', 'hallcast_facts']);
      } else equal([path, query['bucket']], ['/api/v2/write', bucket]);
      if (version.startsWith('1')) {
        const { body = '' } =
          calls.find((call) => call.path === '/query' && call.method === 'POST') ?? {};
        const made = `CREATE RETENTION POLICY "hallcast_facts" ON "hallcast" DURATION 400d REPLICATION 1 SHARD DURATION 90d`;
        equal(new URLSearchParams(body).get('q'), made);
      } else if (version.startsWith('v2')) {
        equal(JSON.parse(at(calls, '/api/v2/buckets')?.body ?? '').name, bucket);
        const { retention_policy, ...mapping } = JSON.parse(at(calls, '/api/v2/dbrps')?.body ?? '');
        equal(
          [retention_policy, mapping.database, mapping.default],
          ['hallcast_facts', 'hallcast', false],
        );
      } else equal(JSON.parse(at(calls, '/api/v3/configure/database')?.body ?? '').db, bucket);
      for (const { query: asked } of show(calls)) {
        equal([asked['db'], asked['rp']], ['hallcast', 'hallcast_facts']);
      }
    }
  },
);

const PAGE = '<html>log in to the guests’ network</html>';
const STRANGER = /^InfluxDB at 127\.0\.0\.1:\d+ answers something that is not InfluxDB/;
const strange = (said: RegExp) => (error: Error) => {
  equal(error.name, 'InfluxTrouble');
  match(error.message, STRANGER);
  match(error.message, said);
  return true;
};
/** A server of that version, but for what is given. */
const but =
  (version: string, given: Record<string, Given>): Answers =>
  ({ path }) => {
    const answer = given[path];
    if (answer !== undefined) return answer;
    if (path === '/ping') return { status: 204, headers: { 'x-influxdb-version': version } };
    return path === '/query' ? NOTHING : { status: 204 };
  };

Deno.test(
  'lines are written where 204 says so: what answers a page, or anything else, is no InfluxDB',
  async () => {
    for (const [given, said] of [
      [{ status: 200, body: PAGE }, /: 200 <html>log in/],
      [{ status: 200, json: { error: 'database not found' } }, /: 200 \{"error"/],
      [{ status: 200 }, /: 200$/],
      [{ status: 202, body: 'later' }, /: 202 later$/],
      [{ status: 400, body: PAGE }, /: 400 <html>log in/],
    ] as const) {
      await against(undefined, but('1.8.10', { '/api/v2/write': given }), async (history) => {
        await rejects(history.append([point], 1), strange(said));
        equal(await history.through(), 0, 'it waits');
        equal(await history.setAside?.(10, 10), []);
      });
    }
  },
);

Deno.test('a proxy for which everything is too large keeps points waiting', async () => {
  const given = { status: 413, body: '<html>413 Request Entity Too Large</html>' };
  await against(undefined, but('1.8.10', { '/api/v2/write': given }), async (history) => {
    const points = [1n, 2n, 3n].map((ms) => ({ ...point, timestampNs: ms * 1_000_000n }));
    await rejects(history.append(points, 3), /takes not even one line, should take .* bytes: 413 /);
    equal(await history.through(), 0, 'it waits');
    equal(await history.setAside?.(10, 10), []);
  });
});

Deno.test('a page at /ping, or where buckets are looked up, is no InfluxDB', async () => {
  const page = { status: 200, body: PAGE };
  for (const [version, path] of [
    ['1.8.10', '/ping'],
    ['v2.7.11', '/api/v2/buckets'],
    ['v2.7.11', '/api/v2/dbrps'],
  ] as const) {
    const given = { '/api/v2/buckets': { status: 200, json: { buckets: [] } } };
    const orgs = { '/api/v2/orgs': { status: 200, json: { orgs: [{ id: 'o' }] } } };
    const found = { buckets: [{ name: 'hallcast', id: 'b', orgID: 'o' }] };
    const buckets = path.endsWith('dbrps') && { '/api/v2/buckets': { status: 200, json: found } };
    const answers = but(version, { ...given, ...orgs, ...buckets, [path]: page });
    await against('a-token==', answers, (history) =>
      rejects(history.append([point], 1), strange(/: 200 <html>log in/)),
    );
  }
});

Deno.test('what answers a question in another shape is no InfluxDB', async () => {
  const garbage = [
    ...[PAGE, 'null', '[]', '7', '"results"', '{', '{"login":true}', '{"results":{}}'],
    ...['{"results":[null]}', '{"results":[{"series":{}}]}', '{"results":[{"series":[{}]}]}'],
    ...['{"error":7}', '{"results":[{"series":[{"columns":["time"],"values":[7]}]}]}'],
  ];
  const query = { measurement: 'ticket', from: 0, to: 10, aggregate: 'count' } as const;
  let body: string | undefined;
  const answers = (call: Call): Given =>
    call.path === '/query' && body !== undefined ? { status: 200, body } : but('1.8.10', {})(call);
  for (const each of garbage) {
    body = undefined;
    await against(undefined, answers, async (history) => {
      await write(history);
      body = each;
      await rejects(history.query(query), strange(/./));
    });
    await against(undefined, answers, (history) =>
      rejects(history.append([point], 1), strange(/./)),
    );
  }
});

Deno.test('of an endless answer only its beginning is read', async () => {
  for (const [status, said] of [
    [200, STRANGER],
    [500, /answers 500: xxx/],
    [400, /refuses every line: xxx/],
  ] as const) {
    let sent = 0;
    const ended = Promise.withResolvers<void>();
    const endless = () =>
      new ReadableStream<Uint8Array>({
        pull(controller) {
          sent += 65_536;
          controller.enqueue(new Uint8Array(65_536).fill(0x78));
        },
        cancel: () => ended.resolve(),
      });
    const answers = (call: Call): Given =>
      call.path === '/api/v2/write' ? { status, body: endless() } : but('1.8.10', {})(call);
    await against(undefined, answers, async (history) => {
      await rejects(history.append([point], 1), (error: Error) => {
        match(error.message, said);
        return true;
      });
      await ended.promise;
      ok(sent < 64 * 1024 * 1024, `${sent} bytes were sent`);
    });
  }
});
