// A question to the history ends with the one who asked: in HTTP, on the way to InfluxDB, in the embedded history.
import { deepStrictEqual as equal, rejects } from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Cancelled, type Cancel } from '../../gateway/history.ts';
import { openEmbeddedHistory } from '../../gateway/history/embedded.ts';
import { InfluxServer } from '../../gateway/history/influx/server.ts';
import { Gate } from '../../gateway/http/gate.ts';
import { listenHttp } from '../../gateway/http/listen.ts';
import { createRouter, type Route } from '../../gateway/http/router.ts';

const BASE = Date.UTC(2026, 10, 20, 2);
const ALL = { measurement: 'ticket', from: BASE, to: BASE + 86_400_000 };

function routerOf(routes: readonly Route[]) {
  return createRouter({
    gate: new Gate({ requests_per_s: 100, requests_burst: 100, requests_open: 100 }),
    routes,
    knowsHost: () => true,
    notFound: () => new Response('nothing here', { status: 404 }),
    guard: () => undefined,
    onError: (error) => {
      throw error;
    },
    observe: () => {},
  });
}

Deno.test('a request whose client goes away tells its handler so', async () => {
  const asked = Promise.withResolvers<void>();
  const gone = Promise.withResolvers<void>();
  const never = new Promise<Response>(() => {});
  const router = routerOf([
    {
      ...{ method: 'GET', path: '/slow', audience: 'public' },
      handle({ signal }) {
        signal.addEventListener('abort', () => gone.resolve());
        asked.resolve();
        return never;
      },
    },
  ]);
  const onError = (error: unknown): void => {
    throw error;
  };
  const listener = await listenHttp({ host: '127.0.0.1', port: 0, router, onError });
  const client = new AbortController();
  const answer = fetch(`http://127.0.0.1:${listener.port}/slow`, { signal: client.signal });
  await asked.promise;
  client.abort();
  await rejects(answer);
  await gone.promise;
  await listener.close();
});

Deno.test(
  'a request to InfluxDB is ended once nobody waits for it, and says nothing about the server',
  async () => {
    const asked = Promise.withResolvers<void>();
    const closed = Promise.withResolvers<void>();
    const database = createServer((incoming, _outgoing) => {
      incoming.socket.once('close', () => closed.resolve());
      asked.resolve();
    });
    await new Promise<void>((resolve) => database.listen(0, '127.0.0.1', resolve));
    const { port } = database.address() as AddressInfo;
    const server = new InfluxServer({ url: `http://127.0.0.1:${port}`, database: 'd' }, 60_000);
    const client = new AbortController();
    const answer = server.select('SELECT 1', client.signal);
    await asked.promise;
    client.abort();
    await rejects(answer, Cancelled);
    await closed.promise;
    equal(server.away, undefined);
    await rejects(server.select('SELECT 1', client.signal), Cancelled, 'asked for by nobody');
    server.close();
    database.closeAllConnections();
    await new Promise((resolve) => database.close(resolve));
  },
);

Deno.test('the embedded history stops reading once nobody waits for the answer', async () => {
  const history = openEmbeddedHistory({
    ...{ file: `${Deno.makeTempDirSync()}/history.sqlite`, timezone: 'Asia/Shanghai' },
  });
  const points = Array.from({ length: 5_000 }, (_, index) => ({
    ...{ measurement: 'ticket', tags: { type: 'issued' }, fields: { entry: index } },
    timestampNs: BigInt(BASE + index) * 1_000_000n,
  }));
  await history.append(points, 5_000);
  let looks = 0;
  const cancel = (last: number): Cancel => ({
    signal: new AbortController().signal,
    check() {
      if (++looks > last) throw new Cancelled();
    },
  });
  await rejects(history.query({ ...ALL, aggregate: 'count' }, cancel(2)), Cancelled);
  equal(looks, 3, 'in the midst of it');
  looks = 0;
  await rejects(history.query({ ...ALL, aggregate: 'count' }, cancel(0)), Cancelled);
  equal(looks, 1, 'before it began');
  const [row] = await history.query({ ...ALL, aggregate: 'count' }, cancel(Infinity));
  equal(row?.value, 5_000, 'the next one is answered');
  await history.close();
});
