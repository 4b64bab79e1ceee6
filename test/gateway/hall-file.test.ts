// SPEC §19 at a real gateway: a start with a changed hall file says what is gone and who hangs on it.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { createStrays } from '../../gateway/strays.ts';
import { connectDevice, eventually, HALL, openTestGateway, publish } from './open.ts';

const WITH_QY = HALL.replace(
  'queues: [',
  'queues: [{ id: qy, name: 住房公积金, zone: z1, prefix: D }, ',
).concat('devices: [{ id: disp-2, kind: dispenser, zone: z1 }]\nemergency_from: []\n');
const WITHOUT = WITH_QY.replace('{ id: qy, name: 住房公积金, zone: z1, prefix: D }, ', '');

test('19.4 19.5 a queue that a changed hall file takes away: log, who waits, and who goes on sending', async () => {
  const first = await openTestGateway({ hall: WITH_QY });
  const dispenser = await connectDevice(first, 'disp-2');
  const issue = (number: string) => ({ type: 'issued', id: number, ticket: number, queue: 'qy' });
  await publish(dispenser, 'ticket', [issue('D018'), issue('D019')]);
  await dispenser.endAsync();
  assert.ok(!first.lines.some((line) => line.includes('hall file:')), 'nothing is gone yet');
  await first.stop();

  const { data } = first;
  const gateway = await openTestGateway({ hall: WITHOUT, data });
  interface Told {
    readonly id: string;
    readonly title: { readonly en: string };
    readonly devices: readonly string[];
  }
  const untilFaults = (count: number) =>
    eventually(
      `${count} faults of the hall file`,
      async () => (await gateway.json<{ faults: Told[] }>('/api/v1/faults')).faults,
      (faults) => faults.filter(({ id }) => id.startsWith('hall-file:')).length === count,
    );
  const lines = gateway.lines.filter((line) => line.includes('hall file:'));
  assert.equal(lines.length, 1);
  assert.match(lines[0] ?? '', /queues that it had at the last start .*: qy \(住房公积金\)/);
  const [waiting] = await untilFaults(1);
  assert.match(waiting?.title.en ?? '', /Queue .* \(qy\) .* 2 visitors are in it: D018, D019/);
  assert.deepEqual(waiting?.devices, ['disp-2']);

  const again = await connectDevice(gateway, 'disp-2');
  await publish(again, 'ticket', issue('D020'));
  const faults = await untilFaults(2);
  await again.endAsync();
  const sends = faults.find(({ id }) => id === 'hall-file:sent-to-queue-qy');
  assert.match(sends?.title.en ?? '', /^disp-2 sends to the removed queue qy .*: 1 refused$/);
  assert.deepEqual(sends?.devices, ['disp-2']);
  await gateway.stop();

  // The next start knows still, and does not tell it anew; a file that is damaged costs nothing but that.
  const third = await openTestGateway({ hall: WITHOUT, data });
  assert.ok(!third.lines.some((line) => line.includes('has no more')));
  assert.equal((await third.json<{ faults: Told[] }>('/api/v1/faults')).faults.length, 1);
  await third.stop();
  assert.ok(existsSync(`${data}/hall.json`));
  writeFileSync(`${data}/hall.json`, readFileSync(`${data}/hall.json`, 'utf8').slice(0, 40));
  const fourth = await openTestGateway({ hall: WITHOUT, data });
  assert.ok(fourth.lines.some((line) => line.includes('hall.json: cannot be read')));
  await fourth.stop();
});

test('19.5 who was refused once is forgotten after an hour, who goes on is not; only so many are remembered', () => {
  let now = 0;
  const strays = createStrays(() => now);
  // As the decoder words it, in the language of the gateway.
  const detail = { en: 'queue: "qx" is not in the hall file', zh: 'queue："qx" 不在大厅文件中' };
  const refuse = (device: string, reason = 'unknown:queue', language: 'zh' | 'en' = 'en') =>
    strays.note([
      {
        topic: `hall/h1/${device}/ticket`,
        payload: new Uint8Array(),
        reason,
        detail: detail[language],
      },
    ]);
  refuse('once');
  for (let count = 0; count < 30; count++) {
    refuse('often', 'unknown:queue', count % 2 === 0 ? 'en' : 'zh');
  }
  refuse('other', 'field:id');
  const senders = () => strays.list().map(({ sender, refused }) => [sender, refused]);
  assert.deepEqual(senders(), [
    ['once', 1],
    ['often', 30],
  ]);
  now = 2 * 3_600_000;
  assert.deepEqual(senders(), [['often', 30]]);
  now = 25 * 3_600_000;
  assert.deepEqual(senders(), []);
  for (let count = 0; count < 1_000; count++) refuse(`d-${count}`);
  assert.equal(strays.list().length, 200);
  assert.equal(strays.list().at(-1)?.sender, 'd-999');
});
