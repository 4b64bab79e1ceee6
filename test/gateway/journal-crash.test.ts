/** The way in as a process of its own, killed and starved of disk: what was acknowledged stays. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import {
  connect,
  dataFolder,
  issued,
  openHallJournal,
  startProgram,
  until,
} from './intake-parts.ts';

const devices = 50;
const kills = 20;

/** All entries' ids, after checking that seqs have no holes. */
async function idsOnDisk(data: string): Promise<string[]> {
  const journal = await openHallJournal(data);
  const entries = journal.read(0, 1_000_000);
  assert.deepEqual(
    entries.map(({ seq }) => seq),
    entries.map((_, n) => n + 1),
  );
  await journal.close();
  return entries.map(({ id }) => id);
}

test('kill -9, 20 times at 1,000 signals/s over 50 devices: every acknowledged signal exactly once', async () => {
  const data = dataFolder();
  const acknowledged = new Set<string>();
  let sent = 0;
  for (let life = 0; life < kills; life++) {
    const program = await startProgram(data);
    const clients = await Promise.all(
      Array.from({ length: devices }, () => connect(program.port).catch(() => undefined)),
    );
    const before = acknowledged.size;
    const tick = setInterval(
      () => {
        for (const [n, client] of clients.entries()) {
          const id = `k-${sent++}`;
          client?.publish(`hall/h1/disp-${n}/ticket`, issued(id), { qos: 1 }, (error) => {
            if (!error) acknowledged.add(id);
          });
        }
      },
      1000 / (1_000 / devices),
    );
    for (const client of clients) client?.on('error', () => {});
    await until(() => acknowledged.size > before + 100 + life * 10, 'acknowledgements');
    await program.kill('SIGKILL');
    clearInterval(tick);
    for (const client of clients) client?.end(true);
  }
  const kept = await idsOnDisk(data);
  const counts = new Set(kept);
  assert.equal(counts.size, kept.length, 'an id twice');
  assert.deepEqual(
    [...acknowledged].filter((id) => !counts.has(id)),
    [],
  );
  assert.ok(acknowledged.size > kills * 100, `only ${acknowledged.size} acknowledged`);
});

test('a full disk: nothing is acknowledged, and it goes on by itself when there is room', async () => {
  const data = dataFolder();
  // A limit on file size stands for the disk: writes beyond it fail, and it can be lifted from here.
  const program = await startProgram(data, ['bash', '-c', 'trap "" XFSZ; exec "$@"', 'full']);
  const limit = async (bytes: string) => {
    const args = ['--pid', String(program.pid), `--fsize=${bytes}:unlimited`];
    assert.equal((await new Deno.Command('prlimit', { args }).output()).code, 0);
  };
  const client = await connect(program.port);
  const topic = 'hall/h1/disp-1/ticket';
  await client.publishAsync(topic, issued('room'), { qos: 1 });
  await limit('100000');
  const acknowledged: string[] = [];
  const ids = Array.from({ length: 2_000 }, (_, n) => `full-${n}`);
  for (const id of ids) {
    client.publish(topic, issued(id), { qos: 1 }, (error) => {
      if (!error) acknowledged.push(id);
    });
  }
  await until(() => /journal Error: .*(disk|full)/.test(program.errors()), 'the error is told');
  const before = acknowledged.length;
  assert.ok(before < ids.length, `${before} of ${ids.length} acknowledged`);
  await limit('unlimited');
  await until(() => acknowledged.length === ids.length, 'acknowledgements with room again', 20_000);
  await client.endAsync();
  await program.kill('SIGTERM');
  const kept = await idsOnDisk(data);
  assert.deepEqual(kept.sort(), ['room', ...ids].sort());
});
