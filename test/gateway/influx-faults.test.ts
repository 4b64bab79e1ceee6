// What a real InfluxDB 1.6 does to a gateway in its worst hours: stopped, killed, hanging, full, with a line that it does
// not take. Afterwards everything offered is in it, each once, and the figures agree.
import { deepStrictEqual as equal, match, ok } from 'node:assert/strict';
import { connectAsync } from 'mqtt';
import { makeCertificates } from '../services/certificates.ts';
import { startGateway, type Gateway } from '../services/gateway.ts';
import { startInflux, type Influx, type InfluxOptions } from '../services/influx.ts';
import { LivePage, PAGE_STALE_MS } from '../services/live-page.ts';
import { startProxy } from '../services/proxy.ts';
import {
  figures,
  historyPart,
  INFLUX_HALL,
  publishTickets,
  startLoad,
  stored,
  tickets,
  until,
  type Load,
} from './influx-load.ts';

const TIMEOUT_S = 1;
const QUICK = `timeout_s: ${TIMEOUT_S}, retry_s_max: 0.5, verify_s: 1`;

interface Scene {
  readonly influx: Influx;
  readonly gateway: Gateway;
}

/** A gateway with an InfluxDB of its own, both gone afterwards. */
async function withInflux(
  options: InfluxOptions & { history?: string; env?: Record<string, string> },
  play: (scene: Scene) => Promise<void>,
): Promise<void> {
  const influx = await startInflux(options);
  try {
    const hall = INFLUX_HALL(options.history ?? QUICK);
    const gateway = await startGateway({ hall, influx: influx.url, env: options.env ?? {} });
    try {
      await play({ influx, gateway });
    } finally {
      await gateway.end();
    }
  } finally {
    await influx.end();
  }
}

/** At rest: everything offered is stored, each once, and the gateway's figures say the same. */
async function expectAll({ influx, gateway }: Scene, load: Load): Promise<void> {
  await load.stop();
  await until(
    'all written',
    () => figures(gateway),
    ({ pending }) => pending === 0,
  );
  const { journaled, written, rejected } = await figures(gateway);
  equal(
    { journaled, sum: written + rejected, rejected },
    {
      ...{ journaled: load.offered, sum: journaled, rejected: 0 },
    },
  );
  const n = load.offered;
  equal(await stored(influx), { points: n, ids: n, entries: n });
  equal((await historyPart(gateway)).state, 'ok');
}

interface Answer {
  readonly status: number;
  readonly rows?: unknown[];
  readonly behind?: { readonly signals: number; readonly since: number };
}

async function historyOf(gateway: Gateway): Promise<Answer> {
  const response = await fetch(`${gateway.url}/api/v1/history?measurement=ticket`);
  return { ...((await response.json()) as object), status: response.status };
}

/** History pages get their answer at once: that there is none. Who asked the database would wait its timeout each time. */
async function expectUnavailable(gateway: Gateway): Promise<void> {
  const questions = 20;
  const began = performance.now();
  for (let asked = 0; asked < questions; asked++) {
    const response = await fetch(`${gateway.url}/api/v1/history?measurement=ticket`);
    equal(response.status, 503);
    const { detail, title } = (await response.json()) as { detail: string; title: string };
    equal(title, 'History unavailable');
    match(detail, /^InfluxDB at 127\.0\.0\.1:\d+ /);
  }
  const waited = performance.now() - began;
  ok(waited < questions * TIMEOUT_S * 1_000, `${questions} answers took ${waited} ms`);
}

const flowing =
  (gateway: Gateway, more = 1_000) =>
  async () => {
    const { written } = await figures(gateway);
    await until(
      'points flow',
      () => figures(gateway),
      (now) => now.written >= written + more,
    );
  };

Deno.test('InfluxDB stopped for a minute under load: nothing lost, nothing doubled', async () => {
  await withInflux({}, async (scene) => {
    const { influx, gateway } = scene;
    const load = await startLoad(gateway);
    await flowing(gateway)();
    const page = new LivePage(gateway);
    await influx.stop();
    const stoppedAt = load.offered;
    // While it goes down its last answers may be errors of another kind.
    const away = await until(
      'trouble',
      () => historyPart(gateway),
      ({ detail = '' }) => detail.includes('cannot be reached'),
    );
    const { written } = await figures(gateway);
    equal(away.state, 'degraded');
    match(
      away.detail ?? '',
      /^InfluxDB at .* cannot be reached: connection refused.*; \d+ signals/,
    );
    await expectUnavailable(gateway);
    await until(
      'a minute of load',
      async () => load.offered,
      (now) => now >= stoppedAt + 60_000,
      180_000,
    );
    // A minute of acknowledgements, while nothing of it could be written: no device waited for the database.
    equal((await figures(gateway)).written, written);
    equal((await fetch(`${gateway.url}/healthz`)).status, 200);
    await influx.startAgain();
    await until(
      'it goes on',
      () => historyPart(gateway),
      ({ state }) => state === 'ok',
    );
    await expectAll(scene, load);
    equal((await historyOf(gateway)).behind, undefined);
    page.close();
    ok(page.pulses > 0 && page.silentMsMax < PAGE_STALE_MS, `silent for ${page.silentMsMax} ms`);
  });
});

Deno.test('InfluxDB killed while it is written to, three times', async () => {
  await withInflux({}, async (scene) => {
    const { influx, gateway } = scene;
    const load = await startLoad(gateway, { size: 200 });
    for (let round = 0; round < 3; round++) {
      await flowing(gateway, 4_000)();
      await influx.kill();
      await until(
        'trouble',
        () => historyPart(gateway),
        ({ state }) => state !== 'ok',
      );
      await influx.startAgain();
    }
    await flowing(gateway)();
    await expectAll(scene, load);
  });
});

Deno.test('a hanging InfluxDB times out and goes on when it wakes', async () => {
  await withInflux({}, async (scene) => {
    const { influx, gateway } = scene;
    const load = await startLoad(gateway);
    await flowing(gateway)();
    influx.pause();
    const hung = await until(
      'trouble',
      () => historyPart(gateway),
      ({ state }) => state !== 'ok',
    );
    match(hung.detail ?? '', /does not answer within/);
    await expectUnavailable(gateway);
    influx.resume();
    await flowing(gateway)();
    await expectAll(scene, load);
  });
});

Deno.test('a network that swallows everything, and one that cuts connections', async () => {
  const influx = await startInflux();
  const proxy = await startProxy(influx.port);
  const hall = INFLUX_HALL(QUICK);
  const gateway = await startGateway({ hall, influx: proxy.url });
  try {
    const load = await startLoad(gateway);
    await flowing(gateway)();
    proxy.swallow();
    await until(
      'trouble',
      () => historyPart(gateway),
      ({ state }) => state !== 'ok',
    );
    await expectUnavailable(gateway);
    proxy.pass();
    await flowing(gateway)();
    for (let cut = 0; cut < 5; cut++) {
      proxy.cut();
      await flowing(gateway, 200)();
    }
    await expectAll({ influx, gateway }, load);
  } finally {
    await gateway.end();
    await proxy.stop();
    await influx.end();
  }
});

Deno.test(
  'one line that InfluxDB does not take is set aside, the rest of its batch is stored',
  async () => {
    await withInflux({}, async ({ influx, gateway }) => {
      await influx.ask('CREATE DATABASE "hallcast"');
      // Another program wrote this field as text before.
      await influx.write('hallcast', 'evaluation,hall=other level="good"');
      const client = await connectAsync(`mqtt://127.0.0.1:${gateway.mqtt}`, { clientId: 'pad-1' });
      const opinion = { type: 'submitted', id: 'e-1', window: 'w1', level: 5 };
      await Promise.all([
        publishTickets(client, 'pad-1', tickets('a', 0, 700)),
        client.publishAsync('hall/h1/pad-1/evaluation', JSON.stringify(opinion), { qos: 1 }),
        publishTickets(client, 'pad-1', tickets('a', 700, 700)),
      ]);
      await client.endAsync();
      await until(
        'all written',
        () => figures(gateway),
        ({ pending }) => pending === 0,
      );
      equal(await figures(gateway), { journaled: 1_401, pending: 0, written: 1_400, rejected: 1 });
      equal(await stored(influx), { points: 1_400, ids: 1_400, entries: 1_400 });
      const response = await fetch(`${gateway.url}/api/v1/history/set-aside`);
      const { points } = (await response.json()) as { points: Record<string, unknown>[] };
      equal(points.length, 1);
      match(
        String(points[0]?.['line']),
        /^evaluation,device=pad-1,hall=h1,type=submitted,window=w1 /,
      );
      match(String(points[0]?.['reason']), /field type conflict: input field "level"/);
      equal((await historyPart(gateway)).state, 'ok');
      match(
        gateway.output(),
        /1 point up to entry \d+ refused: partial write: field type conflict/,
      );
    });
  },
);

/*
 * InfluxDB 1.6 keeps answering that the disk is full until it is started again, and shows points meanwhile that it does
 * not have on disk: what it has not confirmed must be written again.
 */
Deno.test('a full disk: everything waits, and goes on when there is room', async () => {
  await withInflux({ diskMb: 48 }, async (scene) => {
    const { influx, gateway } = scene;
    const load = await startLoad(gateway, { size: 100 });
    await flowing(gateway)();
    const makeRoom = await influx.fillDisk();
    const full = await until(
      'trouble',
      () => historyPart(gateway),
      ({ state }) => state !== 'ok',
    );
    match(full.detail ?? '', /its disk is full, make room there and start it again/);
    const more = load.offered + 5_000;
    await until(
      'load goes on',
      async () => load.offered,
      (now) => now >= more,
    );
    await makeRoom();
    await influx.stop();
    await influx.startAgain();
    await flowing(gateway)();
    await expectAll(scene, load);
    // What 1.6 confirmed after that restart stands behind a torn entry of its log, and the next restart loses it.
    await influx.stop();
    await influx.startAgain();
    const n = load.offered;
    ok((await stored(influx)).points < n, 'InfluxDB has lost what it had confirmed');
    const again = await startLoad(gateway, { name: 'again' });
    const healed = /the database has not what it confirmed: written again from entry \d+/;
    await until(
      'the loss is found',
      async () => gateway.output(),
      (text) => healed.test(text),
    );
    await again.stop();
    await until(
      'all written',
      () => figures(gateway),
      ({ pending }) => pending === 0,
    );
    const all = n + again.offered;
    equal(await stored(influx), { points: all, ids: all, entries: all });
    const { journaled, written, rejected } = await figures(gateway);
    equal([journaled, written, rejected], [all, all, 0]);
  });
});

Deno.test('a wrong password, then the right one: everything waited', async () => {
  const auth = { user: 'admin', password: 'right password' };
  const env = { HALLCAST_INFLUX_TOKEN: 'hall:wrong:word' };
  await withInflux({ auth, env }, async ({ influx, gateway }) => {
    const load = await startLoad(gateway);
    const refused = await until(
      'trouble',
      () => historyPart(gateway),
      ({ state }) => state !== 'ok',
    );
    match(refused.detail ?? '', /refuses the password or token .*HALLCAST_INFLUX_TOKEN should be/);
    for (const text of [refused.detail ?? '', gateway.output()]) ok(!text.includes('wrong:word'));
    // An administrator makes the user, without the right to make a database.
    await influx.ask(`CREATE USER "hall" WITH PASSWORD 'wrong:word'`);
    const missing = await until(
      'the next trouble',
      () => historyPart(gateway),
      ({ detail }) => (detail ?? '').includes('no database'),
    );
    match(
      missing.detail ?? '',
      /an administrator should run: CREATE DATABASE "hallcast" WITH DURATION 400d NAME "hallcast"; GRANT ALL ON "hallcast"/,
    );
    await influx.ask('CREATE DATABASE "hallcast" WITH DURATION 400d NAME "hallcast"');
    await influx.ask(
      'CREATE RETENTION POLICY "hallcast_facts" ON "hallcast" DURATION 3660d REPLICATION 1',
    );
    // The database is there, the right to write is not.
    const locked = await until(
      'the last trouble',
      () => historyPart(gateway),
      ({ detail }) => (detail ?? '').includes('does not allow this user'),
    );
    match(
      locked.detail ?? '',
      /an administrator should give it read and write rights on "hallcast"/,
    );
    // Who may read gets answers, which say that they are from behind.
    await influx.ask('GRANT READ ON "hallcast" TO "hall"');
    const answer = await until(
      'an answer',
      () => historyOf(gateway),
      ({ status }) => status === 200,
    );
    equal(answer.rows, []);
    ok((answer.behind?.signals ?? 0) > 0);
    const now = Date.now();
    ok(Math.abs(now - (answer.behind?.since ?? 0)) < 60_000, 'since the first signal of all');
    await influx.ask('GRANT ALL ON "hallcast" TO "hall"');
    await flowing(gateway)();
    await expectAll({ influx, gateway }, load);
  });
});

Deno.test('a database that was dropped is made again and filled from the journal', async () => {
  await withInflux({}, async (scene) => {
    const { influx, gateway } = scene;
    const load = await startLoad(gateway);
    await flowing(gateway)();
    await influx.ask('DROP DATABASE "hallcast"');
    await until(
      'it is there again',
      () => influx.ask('SHOW DATABASES'),
      (rows) => rows.some(({ name }) => name === 'hallcast'),
    );
    await load.stop();
    await until(
      'all written',
      () => figures(gateway),
      ({ pending }) => pending === 0,
    );
    const n = load.offered;
    equal(await stored(influx), { points: n, ids: n, entries: n });
    const [policy] = await influx.ask('SHOW RETENTION POLICIES ON "hallcast"');
    equal([policy?.['name'], policy?.['duration']], ['hallcast', '9600h0m0s']);
  });
});

Deno.test(
  'another InfluxDB gets everything from the journal, the first one goes on where it was',
  async () => {
    const [first, second] = [await startInflux(), await startInflux()];
    const hall = INFLUX_HALL(QUICK);
    let gateway = await startGateway({ hall, influx: first.url });
    const { data } = gateway;
    const all = async (influx: Influx, offered: number) => {
      await until(
        'all written',
        () => figures(gateway),
        ({ pending }) => pending === 0,
      );
      const there = () => stored(influx).catch(() => ({ points: 0 }));
      await until('the points', there, ({ points }) => points === offered);
      return (await figures(gateway)).written;
    };
    const offer = async (name: string) => {
      const client = await connectAsync(`mqtt://127.0.0.1:${gateway.mqtt}`, { clientId: name });
      await publishTickets(client, name, tickets(name, 0, 900));
      await client.endAsync();
    };
    try {
      await offer('a');
      equal(await all(first, 900), 900);
      await gateway.stop();
      gateway = await startGateway({ hall, data, influx: second.url });
      await offer('b');
      equal(await all(second, 1_800), 1_800);
      await gateway.stop();
      gateway = await startGateway({ hall, data, influx: first.url });
      equal(await all(first, 1_800), 900, 'what it had was not written again');
    } finally {
      await gateway.end();
      await Promise.all([first.end(), second.end()]);
    }
  },
);

Deno.test(
  'a journal that lost its entries: the new ones get into InfluxDB, the old ones stay',
  async () => {
    const influx = await startInflux();
    const hall = INFLUX_HALL(QUICK);
    let gateway = await startGateway({ hall, influx: influx.url });
    const { data } = gateway;
    const offer = async (name: string, count: number, points: number) => {
      const client = await connectAsync(`mqtt://127.0.0.1:${gateway.mqtt}`, { clientId: name });
      await publishTickets(client, name, tickets(name, 0, count));
      await client.endAsync();
      await until(
        'all written',
        () => figures(gateway),
        ({ pending, written }) => pending === 0 && written === count,
      );
      equal((await stored(influx)).points, points);
    };
    try {
      await offer('a', 900, 900);
      await gateway.stop();
      for (const end of ['-wal', '-shm']) {
        await Deno.remove(`${data}/journal.sqlite${end}`).catch(() => {});
      }
      await Deno.writeFile(`${data}/journal.sqlite`, new Uint8Array(0));
      gateway = await startGateway({ hall, data, influx: influx.url });
      await offer('b', 40, 940);
      match(gateway.output(), /is written up to entry 900 and the journal ends at 0/);
      equal((await historyPart(gateway)).state, 'ok');
    } finally {
      await gateway.end();
      await influx.end();
    }
  },
);

Deno.test('a gateway killed while it writes to InfluxDB goes on where it was', async () => {
  const influx = await startInflux();
  const hall = INFLUX_HALL(`${QUICK}, batch: 200`);
  let gateway = await startGateway({ hall, influx: influx.url });
  try {
    const { data, mqtt } = gateway;
    const load = await startLoad(gateway, { size: 100 });
    for (let round = 0; round < 3; round++) {
      await flowing(gateway, 2_000)();
      await gateway.kill();
      gateway = await startGateway({ hall, influx: influx.url, data, mqtt });
    }
    await flowing(gateway)();
    await load.stop();
    await until(
      'all written',
      () => figures(gateway),
      ({ pending }) => pending === 0,
    );
    const n = load.offered;
    equal(await stored(influx), { points: n, ids: n, entries: n });
  } finally {
    await gateway.end();
    await influx.end();
  }
});

Deno.test('over TLS only a certificate of the given authority is trusted', async () => {
  const certificates = makeCertificates();
  const influx = await startInflux();
  const proxy = await startProxy(influx.port, certificates.server);
  const hall = INFLUX_HALL(QUICK);
  const start = (env: Record<string, string>) => startGateway({ hall, influx: proxy.url, env });
  let gateway = await start({});
  try {
    const refused = await until(
      'trouble',
      () => historyPart(gateway),
      ({ state }) => state !== 'ok',
    );
    match(refused.detail ?? '', /cannot be reached: .*certificate/);
    await gateway.end();
    gateway = await start({ HALLCAST_INFLUX_CA: certificates.ca });
    const load = await startLoad(gateway);
    await flowing(gateway)();
    await expectAll({ influx, gateway }, load);
  } finally {
    await gateway.end();
    await proxy.stop();
    await influx.end();
    certificates.end();
  }
});
