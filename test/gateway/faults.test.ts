// Faults at a real gateway: nobody is blamed for a restart, the broker away is one fault, and so is a full disk, which
// the live page says too. SPEC §12.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connectAsync } from 'mqtt';
import { sendCommand } from '../services/command.ts';
import { mountSmallDisk } from '../services/disk.ts';
import { startMosquitto } from '../services/mosquitto.ts';
import { eventually, HALL, hello, openTestGateway, TestPage, type TestGateway } from './open.ts';

const SCREENS = Array.from({ length: 6 }, (_, index) => `screen-${index + 1}`);
const DEVICES = `devices:
${SCREENS.map((id) => `  - { id: ${id}, kind: screen, zone: z1 }`).join('\n')}
silence: { screen: 1 }
faults: { after_s: 0, calm_s: 0 }
emergency_from: [screen-1]
`;
const DISK_BYTES = 64 * 1024 * 1024;

interface Told {
  readonly id: string;
  readonly kind: string;
  readonly since: number;
  readonly title: { readonly zh: string };
  readonly devices: readonly string[];
}

async function faultsOf(gateway: TestGateway): Promise<readonly Told[]> {
  return (await gateway.json<{ faults: Told[] }>('/api/v1/faults')).faults;
}

const untilFaults = (gateway: TestGateway, wanted: readonly string[]) =>
  eventually(
    `faults ${wanted.join()}`,
    () => faultsOf(gateway),
    (faults) => JSON.stringify(faults.map(({ id }) => id)) === JSON.stringify(wanted),
  );

async function sayOnline(url: string): Promise<void> {
  const client = await connectAsync(url, { clientId: 'screens' });
  for (const id of SCREENS) {
    await client.publishAsync(`hall/h1/${id}/device`, '{"type":"state","state":"online"}', {
      qos: 1,
    });
  }
  await client.endAsync();
}

test('12.3 after a restart nobody is blamed before the limit, then all that did not return are one', async () => {
  const first = await openTestGateway({ hall: HALL + DEVICES });
  await sayOnline(`mqtt://127.0.0.1:${first.ports.mqtt}`);
  await first.stop();
  const now = Date.now();
  const gateway = await openTestGateway({ hall: HALL + DEVICES, data: first.data });
  try {
    assert.deepEqual(await faultsOf(gateway), []);
    const [fault, ...others] = await eventually(
      'one fault',
      () => faultsOf(gateway),
      (faults) => faults.length > 0,
    );
    assert.deepEqual([others.length, fault?.kind, fault?.devices.length], [0, 'together', 6]);
    assert.ok((fault?.since ?? 0) <= now, 'lost since their last word');
    assert.equal(await gateway.metric('hallcast_faults'), 1);
    const told = gateway.lines.filter((line) => line.includes('fault begins'));
    assert.equal(told.length, 1);
    await sayOnline(`mqtt://127.0.0.1:${gateway.ports.mqtt}`);
    await untilFaults(gateway, []);
    assert.equal(gateway.lines.filter((line) => line.includes('fault ends')).length, 1);
  } finally {
    await gateway.stop();
  }
});

test('12.5 a device that was accepted is behind its switch like those of the file', async () => {
  const gateway = await openTestGateway({
    hall: `${HALL}devices: [{ id: switch-1, kind: network, zone: z1 }]
intake: listed
faults: { after_s: 0 }
emergency_from: []
`,
  });
  const url = `mqtt://127.0.0.1:${gateway.ports.mqtt}`;
  const say = async (device: string, state: string) => {
    const client = await connectAsync(url);
    await client.publishAsync(
      `hall/h1/${device}/device`,
      JSON.stringify({ type: 'state', state }),
      {
        qos: 1,
      },
    );
    await client.endAsync();
  };
  try {
    await say('pad-1', 'online');
    const fields = { address: 'pad-1', kind: 'evaluator', window: 'w1', via: 'switch-1' };
    const accepted = await sendCommand(gateway.address, 'device.accept', fields);
    assert.equal(accepted.status, 200);
    for (const device of ['switch-1', 'pad-1']) await say(device, 'online');
    for (const device of ['pad-1', 'switch-1']) await say(device, 'offline');
    const [fault] = await untilFaults(gateway, ['uplink:switch-1']);
    assert.deepEqual(fault?.devices, ['switch-1', 'pad-1']);
  } finally {
    await gateway.stop();
  }
});

test('12.8 the broker away is one fault, that ends when it is back', async () => {
  const mosquitto = await startMosquitto();
  const gateway = await openTestGateway({
    hall: HALL + DEVICES.replace('screen: 1', 'screen: 300'),
    broker: mosquitto.url,
  });
  try {
    await sayOnline(mosquitto.url);
    await eventually(
      'all online',
      () => gateway.metric('hallcast_device_state'),
      (count) => count === SCREENS.length,
    );
    assert.deepEqual(await faultsOf(gateway), []);
    await mosquitto.stop();
    const [fault] = await untilFaults(gateway, ['gateway:broker']);
    assert.match(fault?.title.zh ?? '', /消息服务器/);
    await mosquitto.start();
    await untilFaults(gateway, []);
  } finally {
    await gateway.stop();
    await mosquitto.end();
  }
});

test('12.8 a full disk is one fault, on the live page as well, and ends with room', async () => {
  const disk = mountSmallDisk(DISK_BYTES);
  const gateway = await openTestGateway({ hall: HALL, data: disk.folder });
  const page = new TestPage(gateway, hello('live'));
  const client = await connectAsync(`mqtt://127.0.0.1:${gateway.ports.mqtt}`);
  try {
    await page.until('the live view', ({ data }) => data !== undefined);
    assert.equal(page.data?.['trouble'], undefined);
    disk.fill();
    // Neither is acknowledged before there is room.
    const all = Promise.all(
      Array.from({ length: 3_000 }, (_, number) => {
        const id = `t-${number}`;
        const call = { type: 'called', id, ticket: `A${number}`, window: 'w1' };
        return client.publishAsync('hall/h1/c-1/ticket', JSON.stringify(call), { qos: 1 });
      }),
    );
    // Whether the room is looked at before or after, that it is used up is told beside it.
    await eventually(
      'the fault',
      async () => (await faultsOf(gateway)).map(({ id }) => id),
      (ids) => ids[0] === 'gateway:journal' && ids.slice(1).every((id) => id === 'budget:journal'),
    );
    const refused = await sendCommand(gateway.address, 'window.set', {
      window: 'w1',
      state: 'idle',
    });
    assert.deepEqual([refused.status, refused.body['reason']], [503, 'not-ready']);
    await page.until('the trouble', ({ data }) =>
      JSON.stringify(data?.['trouble'] ?? '').includes('gateway:journal'),
    );
    disk.free();
    await all;
    await untilFaults(gateway, []);
    await page.until('no trouble', ({ data }) => data?.['trouble'] === undefined);
  } finally {
    page.close();
    await client.endAsync(true);
    await gateway.stop();
    disk.end();
  }
});
