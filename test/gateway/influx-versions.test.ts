// InfluxDB 1.8, 2.x and 3.x cannot be run here: a stand-in that answers what their documentation says shows which
// addresses, names and credentials each of them gets. What they do with it is not shown by this.
import { deepStrictEqual as equal, match, rejects } from 'node:assert/strict';
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

type Answers = (call: Call) => { status: number; json?: unknown; headers?: Record<string, string> };

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
    const { status, json, headers = {} } = answers(call);
    const body = json === undefined ? null : JSON.stringify(json);
    return new Response(body, { status, headers });
  });
  const folder = Deno.makeTempDirSync({ prefix: 'hallcast-' });
  const history = openInfluxHistory({
    ...{ url: `http://127.0.0.1:${server.addr.port}`, token, database: 'hallcast', hall: 'h1' },
    ...{ file: `${folder}/cursor.sqlite`, timeoutMs: 5_000, batchBytes: 1e6, verifyMs: 60_000 },
    ...{ retentionDays: 400, now: Date.now },
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
