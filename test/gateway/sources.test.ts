// Vendors' devices at a real gateway: what mosquitto_pub sends becomes signals by the hall file's sources, unknown
// devices are discovered and join when accepted, and what cannot be mapped is replayed after a fix. SPEC §13.
import { deepStrictEqual as equal, match } from 'node:assert/strict';
import { connectAsync } from 'mqtt';
import { HALL, metricOf, eventually } from './open.ts';
import { sendCommand } from '../services/command.ts';
import { startGateway, type Gateway } from '../services/gateway.ts';
import { becomes, makePair } from './standby-rig.ts';
import { mosquittoPub, startMosquitto } from '../services/mosquitto.ts';

const SOURCES = `
devices:
  - { id: disp-1, kind: dispenser, zone: z1 }
sources:
  - name: dispensers
    topic: "vendor/{site}/ticket/{machine}"
    device: "disp-{machine}"
    vendor: 老牌取号
    kind: dispenser
    signals:
      - stream: ticket
        type: issued
        when: { /evt: NEW }
        fields:
          ticket: /no
          queue: { from: /biz, map: { "01": q1 } }
          at: { from: /ts, time: s }
      - stream: ticket
        type: called
        when: { /evt: CALL }
        fields: { ticket: /no, window: { from: /win, map: { 1: w1, 2: w2 } } }
`;

const WINDOWS = `
  - name: lamps
    topic: "lamps/{n}"
    device: lamps
    format: text
    signals:
      - { stream: window, fields: { window: "w{n}", state: { from: /text, map: { "1": serving, "0": idle } } } }
`;

interface Found {
  readonly discovered: readonly {
    source: string;
    address: string;
    suggested_id: string;
    messages: number;
    sample?: string;
    vendor?: string;
  }[];
  readonly accepted: readonly { id: string; address?: string }[];
  readonly ignored: readonly object[];
}

const json = async <T>(gateway: Gateway, path: string): Promise<T> =>
  (await (await fetch(`${gateway.url}/api/v1${path}`)).json()) as T;

const post = async (gateway: Gateway, path: string, query: Record<string, string> = {}) => {
  const url = `${gateway.url}/api/v1${path}?${new URLSearchParams(query)}`;
  const response = await fetch(url, { method: 'POST' });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
};

interface Entry {
  readonly device: string;
  readonly stream: string;
  readonly received_at: number;
  readonly at: number;
  readonly signal: Record<string, unknown>;
}

/** The signals of devices. */
async function journal(gateway: Gateway): Promise<Entry[]> {
  const text = await (await fetch(`${gateway.url}/api/v1/journal`)).text();
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Entry)
    .filter(({ stream }) => stream !== 'command');
}

async function conserves(gateway: Gateway): Promise<void> {
  const text = await (await fetch(`${gateway.url}/metrics`)).text();
  const count = (name: string) => metricOf(text, `hallcast_signals_${name}_total`);
  equal(count('received'), count('journaled') + count('duplicate') + count('rejected'));
}

const cancelled = { type: 'cancelled', ticket: 'A1' };
const now = () => Math.floor(Date.now() / 1000);

Deno.test('a dispenser’s dialect becomes tickets; a second arrival changes nothing', async () => {
  const gateway = await startGateway({ hall: HALL + SOURCES });
  const ts = now();
  const taken = { evt: 'NEW', no: 'A001', biz: '01', ts };
  await mosquittoPub(gateway.mqtt, 'vendor/east/ticket/1', taken);
  await mosquittoPub(gateway.mqtt, 'vendor/east/ticket/1', taken);
  await mosquittoPub(gateway.mqtt, 'vendor/east/ticket/1', { evt: 'CALL', no: 'A001', win: 1 });
  await mosquittoPub(gateway.mqtt, 'vendor/east/ticket/1', { evt: 'PING' });
  const tickets = (await journal(gateway)).filter(({ stream }) => stream === 'ticket');
  equal(
    tickets.map(({ device, signal: { type, ticket, queue, window } }) => {
      return { device, type, ticket, place: queue ?? window };
    }),
    [
      { device: 'disp-1', type: 'issued', ticket: 'A001', place: 'q1' },
      { device: 'disp-1', type: 'called', ticket: 'A001', place: 'w1' },
    ],
  );
  equal(tickets[0]?.signal['at'], ts * 1000);
  const text = await (await fetch(`${gateway.url}/metrics`)).text();
  equal(metricOf(text, 'hallcast_signals_duplicate_total'), 1);
  equal(metricOf(text, 'hallcast_signals_rejected_total'), 0);
  equal(metricOf(text, 'hallcast_source_messages_total'), 4);
  equal(metricOf(text, 'hallcast_source_ignored_total'), 1);
  await conserves(gateway);
  await gateway.end();
});

Deno.test(
  'an unknown device is discovered, counts once accepted, and stays over a restart',
  async () => {
    const first = await startGateway({ hall: HALL + SOURCES });
    const take = (gateway: Gateway, no: string) =>
      mosquittoPub(gateway.mqtt, 'vendor/east/ticket/9', { evt: 'NEW', no, biz: '01', ts: now() });
    await take(first, 'A901');
    await take(first, 'A902');
    const { discovered } = await json<Found>(first, '/discovered');
    const [found] = discovered;
    equal(discovered.length, 1);
    equal([found?.source, found?.address, found?.suggested_id], ['dispensers', 'disp-9', 'disp-9']);
    equal([found?.messages, found?.vendor], [2, '老牌取号']);
    match(found?.sample ?? '', /"no":"A90/);
    equal(await journal(first), []);
    equal(
      await json<{ letters: object[] }>(first, '/dead-letters').then(({ letters }) => letters),
      [],
    );

    const who = { source: 'dispensers', address: 'disp-9' };
    const wrong = async (query: Record<string, string>) => {
      const { status, body } = await sendCommand(first.url, 'device.accept', { ...who, ...query });
      return `${status} ${String(body['detail'])}`;
    };
    equal(
      await wrong({ device: 'disp-1', kind: 'dispenser' }),
      '409 id: "disp-1" is a device of the hall already',
    );
    equal(
      await wrong({ device: 'disp-9', kind: 'dispenser', zone: 'z2' }),
      '404 zone: is "z2", should be one of the hall: z1',
    );
    match(
      await wrong({ device: 'Disp 9', kind: 'dispenser' }),
      /^400 id: is "Disp 9", should be an id/,
    );
    match(await wrong({ device: 'disp-9', kind: 'dispensr' }), /^400 kind: .* dispenser\?$/);
    match(
      await wrong({ devise: 'disp-9' }),
      /^400 devise: is no field of device.accept, should be/,
    );

    const accepted = await sendCommand(first.url, 'device.accept', {
      ...{ ...who, device: 'east-9', kind: 'dispenser', zone: 'z1', name: '东区九号' },
    });
    equal(accepted.status, 200);
    await take(first, 'A903');
    const told = (await journal(first)).map(({ device, stream }) => `${device} ${stream}`);
    equal(told, ['east-9 ticket', 'east-9 device']);
    equal((await json<Found>(first, '/discovered')).discovered, []);
    type Devices = { data: { devices: Record<string, { name: { zh: string }; state: string }> } };
    const view = await json<Devices>(first, '/state?view=devices');
    equal(view.data.devices['east-9']?.name.zh, '东区九号');
    equal(view.data.devices['east-9']?.state, 'online');
    await conserves(first);
    await first.kill();

    const second = await startGateway({ hall: HALL + SOURCES, data: first.data });
    await take(second, 'A904');
    equal((await journal(second)).at(-2)?.device, 'east-9');
    equal((await sendCommand(second.url, 'device.forget', who)).status, 200);
    equal((await sendCommand(second.url, 'device.forget', who)).status, 404);
    await take(second, 'A905');
    equal((await json<Found>(second, '/discovered')).discovered.length, 1);
    equal((await sendCommand(second.url, 'device.ignore', who)).status, 200);
    await take(second, 'A906');
    const after = await json<Found>(second, '/discovered');
    equal([after.discovered, after.accepted, after.ignored], [[], [], [who]]);
    equal((await journal(second)).filter(({ stream }) => stream === 'ticket').length, 2);
    await second.end();
  },
);

Deno.test('what cannot be mapped is kept whole and replayed after a fix', async () => {
  const first = await startGateway({ hall: HALL + SOURCES });
  const send = (payload: object) => mosquittoPub(first.mqtt, 'vendor/east/ticket/1', payload);
  await send({ evt: 'NEW', no: 'A001', biz: '03', ts: now() });
  await send({ evt: 'CALL', no: 'A002', win: 2, biz: '03' });
  await send({ evt: 'CALL', no: 'A003' });
  type Letters = { letters: { id: number; reason: string; detail: string; received_at: number }[] };
  const { letters } = await json<Letters>(first, '/dead-letters');
  equal(
    letters.map(({ reason, detail }) => `${reason} ${detail}`),
    [
      'map:dispensers signals[1].window: /win is missing',
      'map:dispensers signals[0].queue: /biz is "03", which its map does not have',
    ],
  );
  await conserves(first);
  await first.kill();

  const fixed = (HALL + SOURCES)
    .replace('{ "01": q1 }', '{ "01": q1, "03": q1 }')
    .replace('{ 1: w1, 2: w2 } }', '{ 1: w1, 2: w2 }, default: w2 }');
  const second = await startGateway({ hall: fixed, data: first.data });
  const replay = await post(second, '/dead-letters/replay', { reason: 'map:dispensers' });
  equal(
    (replay.body['replayed'] as { accepted: number; rejected: number }[]).map(
      ({ accepted, rejected }) => [accepted > 0, rejected],
    ),
    [
      [true, 0],
      [true, 0],
    ],
  );
  const call = (await journal(second)).find(({ signal }) => signal['ticket'] === 'A003');
  equal(call?.signal['window'], 'w2');
  equal(call?.at, letters[0]?.received_at, 'without a time of its own: when it arrived');
  await conserves(second);
  await second.end();
});

Deno.test('with intake: listed a device that speaks the contract joins when accepted', async () => {
  const hall = `${HALL}intake: listed\n`;
  const gateway = await startGateway({ hall });
  const call = { type: 'state', state: 'online' };
  await mosquittoPub(gateway.mqtt, 'hall/h1/lamp-1/device', call);
  const { discovered } = await json<Found>(gateway, '/discovered');
  equal(
    discovered.map(({ source, address, suggested_id }) => [source, address, suggested_id]),
    [['mqtt', 'lamp-1', 'lamp-1']],
  );
  const letters = await json<{ letters: { reason: string }[] }>(gateway, '/dead-letters');
  equal(
    letters.letters.map(({ reason }) => reason),
    ['unknown:device'],
  );
  const who = { source: 'mqtt', address: 'lamp-1' };
  const never = { source: 'mqtt', address: 'lamp-2', device: 'lamp-2', kind: 'other', zone: 'z1' };
  const unheard = await sendCommand(gateway.url, 'device.accept', never);
  equal(unheard.status, 409);
  match(String(unheard.body['detail']), /"lamp-2" of mqtt was not heard/);
  const ignored = await sendCommand(gateway.url, 'device.ignore', {
    source: 'Foo Bar',
    address: 'x',
  });
  equal(ignored.status, 409);
  const other = await sendCommand(gateway.url, 'device.accept', {
    ...who,
    device: 'lamp',
    kind: 'other',
  });
  equal(other.status, 400);
  const query = { ...who, device: 'lamp-1', kind: 'other', zone: 'z1' };
  equal((await sendCommand(gateway.url, 'device.accept', query)).status, 200);
  const replay = await post(gateway, '/dead-letters/replay', { reason: 'unknown:device' });
  equal((replay.body['replayed'] as { accepted: number }[])[0]?.accepted, 1);
  const last = await eventually(
    'the journal',
    () => journal(gateway),
    (all) => all.length === 1,
  );
  equal(last[0]?.device, 'lamp-1');
  await gateway.end();
});

Deno.test(
  'at the hall’s own broker what it keeps is told again at every start, and makes no new event',
  async () => {
    const broker = await startMosquitto();
    const hall = `${HALL}${SOURCES}${WINDOWS}`.replace(
      'devices:',
      'devices:\n  - { id: lamps, kind: other }',
    );
    const keep = (topic: string, payload: string) => keepAt(broker.port, topic, payload);
    const issued = { evt: 'NEW', no: 'A1', biz: '01', ts: now() };
    await keep('vendor/e/ticket/1', JSON.stringify(issued));
    await keep('lamps/1', '0');
    await keep('lamps/2', '1');
    const kinds = (entries: Entry[]) =>
      entries
        .filter(({ stream }) => stream !== 'device')
        .map(({ device, signal }) => `${device} ${String(signal['state'] ?? signal['type'])}`)
        .sort();
    const first = await startGateway({ hall, broker: broker.url });
    const wanted = ['disp-1 issued', 'lamps idle', 'lamps serving'];
    await eventually(
      'the journal',
      () => journal(first),
      (all) => kinds(all).length === 3,
    );
    equal(kinds(await journal(first)), wanted);
    await first.stop();
    // The session outlives the gateway: what was published meanwhile is waiting. At a subscription that it has not
    // got yet (another filter for the same topics) the broker tells what it keeps, too.
    await keep('lamps/2', '0');
    const other = hall.replace('{n}"', '{n}/#"').replace('{machine}"', '{machine}/#"');
    const second = await startGateway({ hall: other, broker: broker.url, data: first.data });
    const taken = { ...issued, no: 'A2' };
    await mosquittoPub(broker.port, 'vendor/e/ticket/1', taken);
    // The broker tells what it keeps before it passes on what comes after.
    const tickets = async () => (await journal(second)).map(({ signal }) => signal['ticket']);
    await eventually('the new ticket', tickets, (all) => all.includes('A2'));
    equal(kinds(await journal(second)), [...wanted, 'disp-1 issued', 'lamps idle'].sort());
    await conserves(second);
    await second.stop();

    // Topics that the hall file no longer has are given back.
    const third = await startGateway({ hall: HALL, broker: broker.url, data: first.data });
    await mosquittoPub(broker.port, 'vendor/e/ticket/1', taken);
    await mosquittoPub(broker.port, 'lamps/1', '1');
    await mosquittoPub(broker.port, 'hall/h1/disp-1/ticket', { ...cancelled, id: 'last' });
    const last = async () => (await journal(third)).at(-1)?.signal['id'];
    await eventually('the last signal', last, (id) => id === 'last');
    equal((await json<{ letters: object[] }>(third, '/dead-letters')).letters, []);
    await third.end();
    await broker.end();
  },
);

Deno.test('of a pair of gateways the standby knows whom the leader has accepted', async () => {
  const broker = await startMosquitto();
  const pair = await makePair(broker.url, { hall: HALL + SOURCES });
  const [a, b] = [await pair.a(), await pair.b()];
  await becomes(a.gateway, 'attached');
  const take = (no: string) =>
    mosquittoPub(broker.port, 'vendor/e/ticket/9', { evt: 'NEW', no, biz: '01', ts: now() });
  await take('A1');
  const discovered = async () => (await json<Found>(a.gateway, '/discovered')).discovered.length;
  await eventually('the device', discovered, (count) => count === 1);
  const who = { source: 'dispensers', address: 'disp-9' };
  const joining = { ...who, device: 'disp-9', kind: 'dispenser', zone: 'z1' };
  const there = await sendCommand(b.gateway.url, 'device.accept', joining);
  equal(
    [there.status, there.body['detail']],
    [409, 'this gateway does not lead, the other one should be asked'],
  );
  equal([there.body['reason'], there.body['leader']], ['standby', a.gateway.url]);
  equal((await sendCommand(a.gateway.url, 'device.accept', joining)).status, 200);
  const known = async () =>
    (await json<Found>(b.gateway, '/discovered')).accepted.map(({ id }) => id);
  await eventually('the standby', known, (ids) => ids.includes('disp-9'));
  await a.gateway.kill();
  await becomes(b.gateway, 'leading');
  await take('A2');
  const tickets = async () => (await journal(b.gateway)).map(({ signal }) => signal['ticket']);
  await eventually('its ticket', tickets, (all) => all.includes('A2'));
  await b.gateway.end();
  await a.gateway.end();
  await broker.end();
});

/** As a device publishes its state: retained. */
async function keepAt(port: number, topic: string, payload: string): Promise<void> {
  const device = await connectAsync(`mqtt://127.0.0.1:${port}`);
  await device.publishAsync(topic, payload, { qos: 1, retain: true });
  await device.endAsync();
}
