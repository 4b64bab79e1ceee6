// The file in which an earlier version kept accepted devices: taken over into the journal once.
import { deepStrictEqual as equal, match, rejects } from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { takeOverAccepted } from '../../gateway/accepted.ts';
import { createClock } from '../../gateway/clock.ts';
import { createLog } from '../../gateway/log.ts';
import { openHallJournal } from './intake-parts.ts';
import { HALL, openTestGateway } from './open.ts';

const KEPT = `devices:
  - { id: lamp-1, kind: other, zone: z1 }
  - { id: pad-9, kind: evaluator, window: w1 }
ignored:
  - { source: mqtt, address: junk-1 }
`;
const folder = () => Deno.makeTempDirSync({ prefix: 'hallcast-accepted-' });

interface Found {
  readonly accepted: readonly { readonly id: string }[];
  readonly ignored: readonly { readonly address: string }[];
}

Deno.test(
  'accepted devices of an earlier version are taken over once, and can be forgotten',
  async () => {
    const data = folder();
    writeFileSync(`${data}/accepted-devices.yaml`, KEPT);
    const first = await openTestGateway({ data, hall: HALL });
    const found = await first.json<Found>('/api/v1/discovered');
    equal(
      [found.accepted.map(({ id }) => id), found.ignored.map(({ address }) => address)],
      [['lamp-1', 'pad-9'], ['junk-1']],
    );
    equal(existsSync(`${data}/accepted-devices.yaml`), false);
    equal(readFileSync(`${data}/accepted-devices.yaml.taken-over`, 'utf8'), KEPT);
    const lines = (await (await first.get('/api/v1/journal')).text()).trim().split('\n');
    const types = lines
      .map((line) => JSON.parse(line))
      .map(({ signal, by }) => [signal.type, by.who]);
    const who = 'accepted-devices.yaml';
    equal(types, [
      ['device.ignored', who],
      ['device.accepted', who],
      ['device.accepted', who],
    ]);
    await first.stop();
    // A copy of the file that comes back later brings nothing back.
    writeFileSync(`${data}/accepted-devices.yaml`, KEPT);
    const second = await openTestGateway({ data, hall: HALL });
    const again = (await (await second.get('/api/v1/journal')).text()).trim().split('\n');
    equal(again.length, lines.length);
    await second.stop();
  },
);

Deno.test('a file with mistakes stops the start with their lines, and is not touched', async () => {
  const data = folder();
  const file = `${data}/accepted-devices.yaml`;
  const journal = await openHallJournal(data);
  const log = createLog({ level: 'info', json: true, write: () => {} });
  const takeOver = () => takeOverAccepted({ data, journal, log, clock: createClock() });
  const wrong = 'devices:\n  - { id: plug-1, kind: othr }\n  - { id: Two, kind: other, zon: z1 }\n';
  writeFileSync(file, wrong);
  await rejects(takeOver, (error: Error) => {
    match(error.message, /accepted-devices\.yaml:2: devices\[0\]\.kind: is "othr", .*; other\?/);
    match(error.message, /accepted-devices\.yaml:3: devices\[1\]\.id: is "Two", should be an id/);
    return true;
  });
  equal(readFileSync(file, 'utf8'), wrong);
  for (const text of ['devices: [', '- a', 'x', 'devices: &all []\nignored: *all\n']) {
    writeFileSync(file, text);
    await rejects(takeOver, /accepted-devices\.yaml:1: /, text);
  }
  await journal.close();
});
