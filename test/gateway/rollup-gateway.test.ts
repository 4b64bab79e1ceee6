// Rollups in a whole gateway: gathered beside its work, from a history that was there before, and anew where their file
// is damaged.
import { deepStrictEqual as equal, ok } from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { connectDevice, eventually, openTestGateway, publish, type TestGateway } from './open.ts';

const HOUR = 3_600_000;
/** Hours ago, so that none of them goes on. */
const T0 = Math.floor(Date.now() / HOUR) * HOUR - 50 * HOUR;

interface Rows {
  readonly rows: readonly { readonly at: number; readonly value: number }[];
}

function rolledHours(data: string): number {
  try {
    const database = new DatabaseSync(`${data}/rollup.sqlite`, { readOnly: true });
    const row = database
      .prepare(
        `SELECT count(*) AS n FROM figures JOIN kind ON kind.id = figures.key / 4294967296
         WHERE measurement = 'evaluation' AND level = 'hour' AND field = ''`,
      )
      .get();
    database.close();
    return Number(row?.['n']);
  } catch {
    return 0;
  }
}

function perHour(gateway: TestGateway): Promise<Rows> {
  const range = `from=${T0}&to=${T0 + 40 * HOUR}&every=${HOUR}`;
  return gateway.json(`/api/v1/history?measurement=evaluation&${range}`);
}

Deno.test(
  'rollups in a gateway: gathered from what was there, and again after damage',
  async () => {
    const first = await openTestGateway();
    const { data } = first;
    const device = await connectDevice(first, 'pad-1');
    const signals = Array.from({ length: 40 }, (_, hour) => ({
      ...{ type: 'submitted', id: `e-${hour}`, window: 'w1', level: 4, at: T0 + hour * HOUR },
    }));
    await publish(device, 'evaluation', signals);
    const written = await eventually(
      'forty hours',
      () => perHour(first),
      ({ rows }) => rows.length === 40,
    );
    await device.endAsync();
    await first.stop();

    for (const end of ['', '-wal', '-shm']) {
      await Deno.remove(`${data}/rollup.sqlite${end}`).catch(() => {});
    }
    const second = await openTestGateway({ data });
    await eventually(
      'rollups of all hours',
      () => rolledHours(data),
      (hours) => hours === 40,
    );
    equal(await perHour(second), written);
    await eventually(
      'nothing due',
      () => second.metric('hallcast_history_rollups_due'),
      (due) => due === 0,
    );
    await second.stop();

    await Deno.writeTextFile(`${data}/rollup.sqlite`, 'no database '.repeat(1_000));
    await Deno.remove(`${data}/rollup.sqlite-wal`).catch(() => {});
    const third = await openTestGateway({ data });
    await eventually(
      'rollups gathered again',
      () => rolledHours(data),
      (hours) => hours === 40,
    );
    equal(await perHour(third), written);
    ok(third.lines.some((line) => line.includes('rollup.sqlite is damaged, set aside as')));
    equal(await third.metric('hallcast_history_written_total'), 0, 'the points were left alone');
    await third.stop();
  },
);

Deno.test('rollups in a gateway: points go by their retention, figures stay', async () => {
  const hall = (retention: string) => `
hall: { id: h1, name: 大厅, timezone: Asia/Shanghai }
zones: [{ id: z1, name: 区 }]
queues: [{ id: q1, name: 队, zone: z1 }]
windows: [{ id: w1, zone: z1, queues: [q1] }]
retention: ${retention}
`;
  const first = await openTestGateway({ hall: hall('{}') });
  const { data } = first;
  const device = await connectDevice(first, 'pad-1');
  const signals = Array.from({ length: 40 }, (_, hour) => ({
    ...{ type: 'submitted', id: `e-${hour}`, window: 'w1', level: 4, at: T0 + hour * HOUR },
  }));
  await publish(device, 'evaluation', signals);
  await eventually(
    'forty hours',
    () => perHour(first),
    ({ rows }) => rows.length === 40,
  );
  await device.endAsync();
  await first.stop();
  for (const end of ['', '-wal', '-shm']) {
    await Deno.remove(`${data}/rollup.sqlite${end}`).catch(() => {});
  }
  const second = await openTestGateway({ data, hall: hall('{ history_days: 1 }') });
  const points = () => {
    const database = new DatabaseSync(`${data}/history.sqlite`, { readOnly: true });
    const row = database.prepare('SELECT count(*) AS n FROM point').get();
    database.close();
    return Number(row?.['n']);
  };
  // 50 hours ago to 10 hours ago: those of the last day stay.
  await eventually('points of a day', points, (count) => count === 14 || count === 13);
  equal((await perHour(second)).rows.length, 40);
  await second.stop();
});
