// The gateway's life: state over restarts, checkpoints that bound the replay, a stop that loses nothing.
import { deepStrictEqual as equal, match, ok, rejects } from 'node:assert/strict';
import { connectAsync } from 'mqtt';
import { openJournal } from '../../gateway/journal.ts';
import {
  connectDevice,
  eventually,
  HALL,
  hello,
  openTestGateway,
  publish,
  TestPage,
} from './open.ts';

const issue = (number: number) => ({
  ...{ type: 'issued', id: `i-${number}`, ticket: `A${number}`, queue: 'q1' },
});
const day = [
  issue(1),
  issue(2),
  { type: 'called', id: 'c-1', ticket: 'A1', window: 'w1' },
  { type: 'serving', id: 's-1', ticket: 'A1', window: 'w1' },
  { type: 'completed', id: 'd-1', ticket: 'A1', window: 'w1' },
  { type: 'called', id: 'c-2', ticket: 'A2', window: 'w2' },
];

interface StateAnswer {
  epoch: string;
  seq: number;
  state: object;
}

interface LogLine {
  message: string;
  checkpoint?: number;
  replayed?: number;
}

const restored = (lines: readonly string[]) =>
  lines
    .map((line) => JSON.parse(line) as LogLine)
    .find(({ message }) => message === 'state: restored');

Deno.test('a restart brings the same state, from the checkpoint that the stop left', async () => {
  const first = await openTestGateway();
  const device = await connectDevice(first, 'disp-1');
  await publish(device, 'ticket', day);
  await publish(device, 'device', { type: 'state', state: 'online', paper_pct: 12 });
  const before = await first.json<StateAnswer>('/api/v1/state');
  await device.endAsync();
  await first.stop();
  ok(!(await exists(`${first.data}/ports.json`)), 'a gateway that is gone has no ports');

  const second = await openTestGateway({ data: first.data });
  equal(JSON.parse(await Deno.readTextFile(`${first.data}/ports.json`)), second.ports);
  const after = await second.json<StateAnswer>('/api/v1/state');
  equal(after.state, before.state);
  equal(after.seq, 7);
  ok(after.epoch !== before.epoch, 'revisions start anew, which the epoch tells');
  equal(restored(second.lines)?.replayed, 0);
  await second.stop();
});

Deno.test(
  'without a checkpoint, and with one of another hall file, the journal is replayed',
  async () => {
    const first = await openTestGateway();
    const device = await connectDevice(first, 'disp-1');
    await publish(device, 'ticket', day);
    const before = await first.json<StateAnswer>('/api/v1/state');
    await device.endAsync();
    await first.stop();
    const hall = HALL.replace('00:00-24:00', '00:00-23:59');
    const second = await openTestGateway({ data: first.data, hall });
    equal(restored(second.lines)?.replayed, 6);
    ok(second.lines.some((line) => line.includes('another hall file')));
    const after = await second.json<{ state: { tickets: object; calls: object } }>('/api/v1/state');
    const { tickets, calls } = before.state as { tickets: object; calls: object };
    equal({ tickets: after.state.tickets, calls: after.state.calls }, { tickets, calls });
    await second.stop();
  },
);

Deno.test('checkpoints bound what a restart replays, whatever ends the process', async () => {
  const gateway = await openTestGateway({ checkpointEntries: 100 });
  const device = await connectDevice(gateway, 'disp-1');
  for (let batch = 0; batch < 10; batch++) {
    const signals = Array.from({ length: 100 }, (_, index) => issue(batch * 100 + index));
    await publish(device, 'ticket', signals);
  }
  await eventually(
    'checkpoints',
    () => gateway.metric('hallcast_checkpoints_total'),
    (n) => n >= 5,
  );
  // What a sudden end would leave: the files as they are now.
  const data = Deno.makeTempDirSync({ prefix: 'hallcast-' });
  for (const { name } of Deno.readDirSync(gateway.data)) {
    if (name.startsWith('journal'))
      await Deno.copyFile(`${gateway.data}/${name}`, `${data}/${name}`);
  }
  const before = await gateway.json<StateAnswer>('/api/v1/state');
  await device.endAsync();
  await gateway.stop();
  const second = await openTestGateway({ data });
  const replay = restored(second.lines);
  ok((replay?.replayed ?? Infinity) <= 500, JSON.stringify(replay));
  equal((await second.json<StateAnswer>('/api/v1/state')).state, before.state);
  await second.stop();
});

Deno.test(
  'a stop acknowledges what it has taken, and what it has acknowledged is there',
  async () => {
    const gateway = await openTestGateway();
    const devices = await Promise.all(
      Array.from({ length: 5 }, (_, index) =>
        connectAsync(`mqtt://127.0.0.1:${gateway.ports.mqtt}`, {
          clientId: `disp-${index}`,
          reconnectPeriod: 0,
        }),
      ),
    );
    const acknowledged: string[] = [];
    let sent = 0;
    for (const device of devices) {
      device.on('error', () => {});
      for (let number = 0; number < 300; number++) {
        const id = `${device.options.clientId}-${number}`;
        const signal = { type: 'issued', id, ticket: `A${sent++}`, queue: 'q1' };
        const topic = `hall/h1/${device.options.clientId}/ticket`;
        device.publish(topic, JSON.stringify(signal), { qos: 1 }, (error) => {
          if (!error) acknowledged.push(id);
        });
      }
    }
    await eventually(
      'the first ones are in',
      () => acknowledged.length,
      (n) => n > 0,
    );
    await gateway.stop();
    for (const device of devices) device.end(true);
    const journal = await openJournal({
      file: `${gateway.data}/journal.sqlite`,
      hall: 'h1',
      onError: (error) => {
        throw error;
      },
    });
    const kept = new Set(journal.read(0, 10_000).map(({ id }) => id));
    await journal.close();
    equal(
      acknowledged.filter((id) => !kept.has(id)),
      [],
    );
    equal(kept.size, journal.lastSeq, 'each once');
  },
);

Deno.test('a page that was told to come back does, to the next gateway’s state', async () => {
  const first = await openTestGateway();
  const device = await connectDevice(first, 'disp-1');
  const page = new TestPage(first, hello('screen:b1'));
  await page.until('a snapshot', () => page.data !== undefined);
  await publish(device, 'ticket', day);
  await device.endAsync();
  await first.stop();
  await page.closed;
  const bye = page.of('bye')[0];
  ok(bye !== undefined && bye.retry_ms > 0 && bye.retry_ms < 5_000);
  const second = await openTestGateway({ data: first.data });
  const { epoch, revision } = page;
  const back = new TestPage(second, hello('screen:b1', { epoch, revision }));
  await back.until('a snapshot', () => back.of('snapshot').length === 1);
  equal(back.data?.['calls'], page.data?.['calls']);
  await second.stop();
});

Deno.test('what cannot start says why and lets everything go', async () => {
  const first = await openTestGateway();
  await rejects(openTestGateway({ data: first.data }), /in use by another gateway/);
  await first.stop();
  const other = HALL.replace('id: h1', 'id: h2');
  await rejects(
    openTestGateway({ data: first.data, hall: other }),
    /of hall "h1", should be of "h2"/,
  );
  const again = await openTestGateway({ data: first.data });
  equal((await again.get('/readyz')).status, 200);
  for (const flag of ['http', 'mqtt']) {
    const place = `127.0.0.1:${flag === 'http' ? again.ports.http : again.ports.mqtt}`;
    await rejects(
      openTestGateway({ flags: [`--${flag}`, place] }),
      new RegExp(`--${flag}: ${place} is in use by another program: stop that one`),
    );
  }
  await again.stop();
});

Deno.test('retained device states survive a restart', async () => {
  const first = await openTestGateway();
  const device = await connectDevice(first, 'cam-1');
  await publish(device, 'device', { type: 'state', state: 'degraded', fault: '镜头脏' });
  await device.endAsync();
  await first.stop();
  const second = await openTestGateway({ data: first.data });
  const listener = await connectDevice(second, 'listener');
  const heard = new Promise<string>((resolve) => {
    listener.on('message', (topic, payload) => resolve(`${topic} ${String(payload)}`));
  });
  await listener.subscribeAsync('hall/h1/+/device');
  match(
    await heard,
    /^hall\/h1\/cam-1\/device \{"type":"state","at":\d+,"state":"degraded","fault":"镜头脏"/,
  );
  await listener.endAsync();
  await second.stop();
});

async function exists(file: string): Promise<boolean> {
  return await Deno.stat(file).then(
    () => true,
    () => false,
  );
}
