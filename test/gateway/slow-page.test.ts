// A page that reads too slowly misses deltas, gets a snapshot when it reads again, is closed after too long, and slows
// nobody meanwhile. And views that nobody watches are not cut.
import { deepStrictEqual as equal, ok } from 'node:assert/strict';
import type { LiveState } from '../../gateway/live-state.ts';
import { listenHttp } from '../../gateway/http/listen.ts';
import { Live, type LiveOptions } from '../../gateway/live.ts';
import { createSightings } from '../../gateway/live/sightings.ts';
import { createLog } from '../../gateway/log.ts';
import { parseHall } from '../../hall/config.ts';
import { startHall } from '../../hall/reduce.ts';
import { eventually, HALL, hello, TestPage } from './open.ts';

/** A live stream of one view that is as large as wanted, over a real HTTP server. */
async function openLive(options: Partial<LiveOptions> & { bytes: number }) {
  const parsed = parseHall(HALL, 'hall.yaml');
  if (!parsed.ok) throw new Error('hall');
  const listeners = new Set<() => void>();
  const state = { hall: startHall(parsed.config, Date.now()), revision: 1, cuts: 0, broken: false };
  const liveState: LiveState = {
    ...{ seq: 0, epoch: 'e1', stats: { foldErrors: 0, checkpoints: 0 } },
    get hall() {
      return state.hall;
    },
    get revision() {
      return state.revision;
    },
    nextRevision: () => ++state.revision,
    tick: () => {},
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    stop: async () => {},
  };
  const live = new Live({
    liveState,
    clock: { now: () => Date.now(), pace: 1 },
    log: createLog({ level: 'error', json: true, write: () => {} }),
    sightings: createSightings(() => state.hall),
    cut: (view) => {
      if (view !== 'live') return undefined;
      state.cuts++;
      if (state.broken) throw new Error('cannot cut');
      return { n: state.revision, filling: `${state.revision}`.repeat(options.bytes) };
    },
    mayView: () => true,
    places: { pagesMax: 10, perAddress: 10, reserved: new Set() },
    version: 'v1',
    observePaint: () => {},
    ...options,
  });
  const server = await listenHttp({
    ...{ host: '127.0.0.1', port: 0, onError: () => {} },
    router: async (request) => live.upgrade(request, '127.0.0.1'),
  });
  const address = `http://127.0.0.1:${server.port}`;
  return {
    gateway: { address, ports: { http: server.port, mqtt: 0 }, stop: async () => {} },
    live,
    state,
    /** A call, which goes out at once. */
    change(): void {
      state.revision++;
      state.hall = { ...state.hall, calls: [...state.hall.calls] };
      for (const listener of listeners) listener();
    },
    async stop() {
      await live.stop(100);
      await server.close();
    },
  };
}

/** A page that says hello and then reads nothing until it is told to. */
async function deafPage(port: number) {
  const connection = await Deno.connect({ hostname: '127.0.0.1', port });
  const head =
    `GET /live HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
    'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';
  await connection.write(new TextEncoder().encode(head));
  const text = new TextEncoder().encode(JSON.stringify(hello('live')));
  // A client's frame: final text, masked with zeros (RFC 6455 §5.2).
  await connection.write(new Uint8Array([0x81, 0x80 | text.length, 0, 0, 0, 0, ...text]));
  return {
    /** Reads until the text was seen. */
    async readUntil(wanted: string): Promise<void> {
      const decoder = new TextDecoder();
      const buffer = new Uint8Array(256 * 1024);
      let tail = '';
      for (;;) {
        const length = await connection.read(buffer);
        if (length === null) throw new Error(`deaf page: ended before ${wanted}`);
        tail = (tail + decoder.decode(buffer.subarray(0, length), { stream: true })).slice(
          -600_000,
        );
        if (tail.includes(wanted)) return;
      }
    },
    close: () => connection.close(),
  };
}

Deno.test('a slow page is left out, then resynced, and slows nobody', async () => {
  // It reads when the test has come that far, on a busy machine too.
  const patience = { pageLimits: { laggingMs: 600_000 }, socketLimits: { idleMs: 0 } };
  const hall = await openLive({ bytes: 50_000, ...patience });
  const deaf = await deafPage(hall.gateway.ports.http);
  const quick = new TestPage(hall.gateway, hello('live'));
  await quick.until('a snapshot', () => quick.data !== undefined);
  await eventually(
    'both are there',
    () => hall.live.stats.clients,
    (n) => n === 2,
  );
  // Far more than the kernel's buffers and the limit hold.
  for (let round = 0; round < 300; round++) {
    hall.change();
    const { revision } = hall.state;
    await quick.until(`revision ${revision}`, () => quick.revision >= revision);
  }
  equal(quick.data?.['n'], hall.state.revision);
  equal(quick.of('snapshot').length, 1);
  ok(Deno.memoryUsage().rss < 1_000_000_000);
  equal(hall.live.stats.resyncs, 0);

  const last = `"snapshot","view":"live","epoch":"e1","revision":${hall.state.revision}`;
  await deaf.readUntil(last);
  equal(hall.live.stats.resyncs, 1);
  deaf.close();
  await hall.stop();
});

Deno.test('a page that stays too slow is closed', async () => {
  const hall = await openLive({ bytes: 50_000, pageLimits: { laggingMs: 1 } });
  const deaf = await deafPage(hall.gateway.ports.http);
  const quick = new TestPage(hall.gateway, hello('live'));
  await quick.until('a snapshot', () => quick.data !== undefined);
  for (let round = 0; round < 300; round++) {
    hall.change();
    const { revision } = hall.state;
    await quick.until(`revision ${revision}`, () => quick.revision >= revision);
  }
  await eventually(
    'only the quick one is left',
    () => hall.live.stats.clients,
    (n) => n === 1,
  );
  equal(hall.live.stats.closedSlow, 1);
  deaf.close();
  await hall.stop();
});

Deno.test(
  '6.12 places are limited, in all and for one address, and a screen has its own',
  async () => {
    const reserved = new Set(['live']);
    const hall = await openLive({
      bytes: 1,
      places: { pagesMax: 4, perAddress: undefined, reserved },
    });
    const open = async (count: number) => {
      const pages = Array.from({ length: count }, () => new TestPage(hall.gateway, hello('live')));
      for (const page of pages) await page.until('a snapshot', () => page.data !== undefined);
      return pages;
    };
    // Two of this address, which has half of all, and the screen's own four.
    const pages = await open(6);
    const beyond = new TestPage(hall.gateway, hello('live'));
    equal((await beyond.closed).code, 1013);
    equal(hall.live.stats.refused, 1);
    equal(hall.live.budgets()[0]?.used, 2);
    for (const page of pages) await page.close();
    const gone = (clients: number) => clients === 0;
    await eventually('all are gone', () => hall.live.stats.clients, gone);
    await open(6);
    await hall.stop();
  },
);

Deno.test('6.12 connections that say nothing make room for pages', async () => {
  const hall = await openLive({ bytes: 1 });
  const silent = Array.from({ length: 130 }, () => new TestPage(hall.gateway));
  const page = new TestPage(hall.gateway, hello('live'));
  await page.until('a snapshot', () => page.data !== undefined);
  let ended = 0;
  for (const each of silent) void each.closed.then(() => ended++);
  await eventually(
    'the oldest are ended',
    () => ended,
    (count) => count >= 30,
  );
  const few = (clients: number) => clients <= 101;
  await eventually('they left no place', () => hall.live.stats.clients, few);
  equal(hall.live.stats.refused, 0);
  await hall.stop();
});

Deno.test('6.1 hellos are few, and cost a cut only where one is due', async () => {
  const hall = await openLive({ bytes: 1 });
  const page = new TestPage(hall.gateway, hello('live'));
  await page.until('a snapshot', () => page.data !== undefined);
  const { cuts } = hall.state;
  for (let index = 0; index < 9; index++) page.send(hello('live'));
  await page.until('all snapshots', () => page.of('snapshot').length === 10);
  ok(hall.state.cuts - cuts <= 3, `${hall.state.cuts - cuts} cuts for nine hellos`);
  for (let index = 0; index < 30; index++) page.send(hello('live'));
  await page.closed;
  ok(page.of('snapshot').length < 30);
  equal(hall.live.stats.badMessages, 1);
  await hall.stop();
});

Deno.test('a page that says nothing is closed', async () => {
  const hall = await openLive({ bytes: 1, pageLimits: { helloMs: 20 } });
  const silent = new TestPage(hall.gateway);
  equal((await silent.closed).code, 1008);
  await hall.stop();
});

Deno.test('a view is cut while somebody watches it, once for all', async () => {
  const hall = await openLive({ bytes: 1 });
  hall.change();
  hall.change();
  equal(hall.state.cuts, 0);
  const pages = [0, 1, 2, 3].map(() => new TestPage(hall.gateway, hello('live')));
  for (const page of pages) await page.until('a snapshot', () => page.data !== undefined);
  const before = hall.state.cuts;
  hall.change();
  for (const page of pages) await page.until('a delta', () => page.of('delta').length > 0);
  ok(hall.state.cuts - before <= 2, `${hall.state.cuts - before} cuts for 4 pages`);
  for (const page of pages) await page.close();
  await eventually(
    'nobody is left',
    () => hall.live.stats.clients,
    (n) => n === 0,
  );
  const after = hall.state.cuts;
  hall.change();
  const page = new TestPage(hall.gateway, hello('live'));
  await page.until('a snapshot', () => page.data !== undefined);
  equal(hall.state.cuts, after + 1, 'cut for the new page alone');
  await hall.stop();
});

Deno.test('pages of a view that cannot be cut hear no pulse, until it can again', async () => {
  const errors: unknown[] = [];
  const log = createLog({ level: 'error', json: true, write: (line) => void errors.push(line) });
  const hall = await openLive({ bytes: 1, log });
  const page = new TestPage(hall.gateway, hello('live'));
  await page.until('a pulse', () => page.of('pulse').length > 0);
  hall.state.broken = true;
  hall.change();
  await eventually(
    'it fails, again and again',
    () => hall.live.stats.cutErrors,
    (n) => n >= 3,
  );
  equal(errors.length, 1, 'told once');
  const pulses = page.of('pulse').length;
  const another = new TestPage(hall.gateway, hello('live'));
  hall.state.broken = false;
  hall.change();
  await page.until('the change', () => page.data?.['n'] === hall.state.revision);
  ok(page.of('pulse').length <= pulses + 1);
  await page.until('a pulse', () => page.of('pulse').length > pulses + 1);
  await another.close();

  hall.state.broken = true;
  await page.close();
  const elsewhere = await openLive({ bytes: 1, log });
  elsewhere.state.broken = true;
  const refused = new TestPage(elsewhere.gateway, hello('live'));
  equal((await refused.closed).code, 1011);
  await elsewhere.stop();
  await hall.stop();
});
