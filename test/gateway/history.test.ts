// The history: the contract over each implementation, and what feeds it from the journal.
import { deepStrictEqual as equal, match, ok } from 'node:assert/strict';
import { openEmbeddedHistory } from '../../gateway/history/embedded.ts';
import { historyContract } from './history-contract.ts';
import {
  connectDevice,
  eventually,
  HALL,
  openTestGateway,
  publish,
  type TestGateway,
} from './open.ts';

historyContract('embedded', async (timezone) => {
  const folder = Deno.makeTempDirSync({ prefix: 'hallcast-' });
  return openEmbeddedHistory({ file: `${folder}/history.sqlite`, timezone });
});

interface Rows {
  rows: { value: number; group: Record<string, string> }[];
}

Deno.test(
  'every journaled signal becomes a point, over restarts and a lost history file',
  async () => {
    let gateway = await openTestGateway();
    const { data } = gateway;
    const issue = (number: number) => ({
      ...{ type: 'issued', id: `i-${number}`, ticket: `A${number}`, queue: 'q1' },
    });
    const counted = () =>
      gateway.json<Rows>('/api/v1/history?measurement=ticket&group_by=type,queue');
    const expect = async (value: number) => {
      const { rows } = await eventually('points', counted, ({ rows }) => rows[0]?.value === value);
      equal(
        rows.map(({ group }) => group),
        [{ type: 'issued', queue: 'q1' }],
      );
      equal(await gateway.metric('hallcast_history_pending'), 0);
    };
    let device = await connectDevice(gateway, 'disp-1');
    await publish(
      device,
      'ticket',
      Array.from({ length: 700 }, (_, index) => issue(index)),
    );
    await publish(device, 'ticket', issue(0));
    await expect(700);
    equal(await gateway.metric('hallcast_history_written_total'), 700);
    equal(await gateway.metric('hallcast_history_rejected_total'), 0);
    await device.endAsync();
    await gateway.stop();

    gateway = await openTestGateway({ data });
    device = await connectDevice(gateway, 'disp-1');
    await publish(device, 'ticket', issue(700));
    await expect(701);
    equal(await gateway.metric('hallcast_history_written_total'), 1, 'it went on where it was');
    await device.endAsync();
    await gateway.stop();

    for (const end of ['', '-wal', '-shm']) {
      await Deno.remove(`${data}/history.sqlite${end}`).catch(() => {});
    }
    gateway = await openTestGateway({ data });
    await expect(701);
    await gateway.stop();
  },
);

Deno.test('a damaged history file is set aside and written again from the journal', async () => {
  const first = await openTestGateway();
  const device = await connectDevice(first, 'disp-1');
  const signals = [1, 2, 3].map((number) => ({
    ...{ type: 'issued', id: `i-${number}`, ticket: `A${number}`, queue: 'q1' },
  }));
  await publish(device, 'ticket', signals);
  await eventually(
    'three points',
    () => first.metric('hallcast_history_written_total'),
    (written) => written === 3,
  );
  await device.endAsync();
  await first.stop();
  await Deno.writeTextFile(`${first.data}/history.sqlite`, 'no database '.repeat(1_000));
  await Deno.remove(`${first.data}/history.sqlite-wal`).catch(() => {});
  const second = await openTestGateway({ data: first.data });
  await eventually(
    'three points again',
    () => second.json<Rows>('/api/v1/history?measurement=ticket'),
    ({ rows }) => rows[0]?.value === 3,
  );
  const aside = [...Deno.readDirSync(first.data)].filter(({ name }) => name.includes('.damaged-'));
  equal(aside.length, 1);
  ok(second.lines.some((line) => line.includes('is damaged, set aside as')));
  equal((await second.get('/healthz')).status, 200);
  await second.stop();
});

Deno.test(
  'a journal that lost its entries gives their numbers again: the new ones are written',
  async () => {
    const issue = (number: number) => ({
      ...{ type: 'issued', id: `i-${number}`, ticket: `A${number}`, queue: 'q1' },
    });
    const issues = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, index) => issue(from + index));
    const first = await openTestGateway();
    const { data } = first;
    const expect = async (gateway: TestGateway, written: number, all: number) => {
      await eventually(
        'points written',
        () => gateway.metric('hallcast_history_written_total'),
        (now) => now === written,
      );
      const { rows } = await gateway.json<Rows>('/api/v1/history?measurement=ticket');
      equal(rows[0]?.value, all);
      equal(await gateway.metric('hallcast_history_pending'), 0);
    };
    const device = await connectDevice(first, 'disp-1');
    await publish(device, 'ticket', issues(0, 50));
    await expect(first, 50, 50);
    await device.endAsync();
    await first.stop();
    const losses: [string, Uint8Array][] = [
      ['empty', new Uint8Array(0)],
      ['garbage', new TextEncoder().encode('no database '.repeat(1_000))],
    ];
    for (const [index, [how, bytes]] of losses.entries()) {
      for (const end of ['-wal', '-shm']) {
        await Deno.remove(`${data}/journal.sqlite${end}`).catch(() => {});
      }
      await Deno.writeFile(`${data}/journal.sqlite`, bytes);
      const gateway = await openTestGateway({ data });
      const again = await connectDevice(gateway, 'disp-1');
      // Fewer than what the history is said to have.
      const count = 20 - 5 * index;
      const from = 100 * (index + 1);
      await publish(again, 'ticket', issues(from, from + count));
      await expect(gateway, count, index === 0 ? 70 : 85);
      equal(await gateway.metric('hallcast_signals_journaled_total'), count, how);
      const told = gateway.lines.filter((line) => line.includes('the journal ends at 0'));
      equal(told.length, 1, how);
      match(told[0] ?? '', /is written up to entry (50|20) .* goes on from entry 1/);
      await again.endAsync();
      await gateway.stop();
    }
  },
);

Deno.test('points go by their retention, which 0 leaves for ever', async () => {
  const hall = (days: number) => `${HALL}\nretention: { history_days: ${days} }\n`;
  const HOUR = 3_600_000;
  const first = await openTestGateway({ hall: hall(0) });
  const { data } = first;
  const begin = Date.now() - 50 * HOUR;
  const counted = async (gateway: TestGateway) => {
    const range = `from=${begin}&to=${Date.now() + HOUR}`;
    return (await gateway.json<Rows>(`/api/v1/history?measurement=evaluation&${range}`)).rows[0]
      ?.value;
  };
  const device = await connectDevice(first, 'pad-1');
  const signals = Array.from({ length: 50 }, (_, hour) => ({
    ...{ type: 'submitted', id: `e-${hour}`, window: 'w1', level: 4, at: begin + hour * HOUR },
  }));
  await publish(device, 'evaluation', signals);
  const isAll = (count: number | undefined) => count === 50;
  await eventually('all points', () => counted(first), isAll);
  await device.endAsync();
  await first.stop();
  const second = await openTestGateway({ data, hall: hall(0) });
  await eventually('all points', () => counted(second), isAll);
  await second.stop();
  const third = await openTestGateway({ data, hall: hall(1) });
  await eventually(
    'points of a day',
    () => counted(third),
    (count) => count === 23 || count === 24,
  );
  await third.stop();
});
