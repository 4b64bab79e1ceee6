// The journal's own limit, and what retention leaves behind. SPEC §3.7, §3.8.
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { type JournalOptions, openJournal } from '../../gateway/journal.ts';
import { until } from './intake-parts.ts';

const newFolder = () => mkdtempSync(join(tmpdir(), 'hallcast-room-'));
const open = (folder: string, more: Partial<JournalOptions> = {}) =>
  openJournal({
    ...{ file: join(folder, 'journal.sqlite'), hall: 'h1' },
    onError: (error) => assert.fail(String(error)),
    ...more,
  });

const draft = (id: string, text: string) => ({
  ...{ device: 'caller-1', stream: 'ticket', id, at: 1, signal: { id, text } },
});

test('3.7 a journal with a limit of its own refuses strangers beyond it, until retention has made room', async () => {
  const journal = await open(newFolder(), {
    journalBytesMax: 400_000,
    roomEveryMs: 5,
    isListed: (device) => device === 'caller-1',
  });
  assert.deepEqual([journal.isShort, journal.admits('stranger', 'ticket')], [false, true]);
  const large = 'x'.repeat(4_000);
  const drafts = Array.from({ length: 100 }, (_, n) => draft(`id-${n}`, large));
  await journal.append(drafts, [], 1);
  await until(() => journal.isShort, 'the limit is noticed');
  assert.equal(journal.admits('caller-1', 'ticket'), true);
  assert.equal(journal.admits('stranger', 'ticket'), false);
  assert.equal(journal.admits('stranger', 'emergency'), true);
  const [budget, ...others] = journal.budgets;
  assert.equal(others.length, 0);
  assert.deepEqual([budget?.setting, budget?.refused], ['limits.journal_mib', 1]);
  assert.ok(budget!.used >= budget!.max);
  await journal.saveCheckpoint(100, 'state');
  assert.equal(await journal.prune(2), 100);
  await until(() => !journal.isShort, 'room again');
  assert.equal(journal.admits('stranger', 'ticket'), true);
  await journal.close();
});

test('3.8 what retention has emptied is in no file any more', async () => {
  const folder = newFolder();
  const journal = await open(folder);
  const [small, large] = ['Zhang Wei complained', `Li Na ${'was rude '.repeat(2_000)}`];
  await journal.append(
    Array.from({ length: 300 }, (_, n) => draft(`id-${n}`, n % 2 ? small : large)),
    [],
    1,
  );
  const found = () =>
    readdirSync(folder).filter((name) =>
      /Zhang Wei|Li Na|was rude/.test(readFileSync(join(folder, name), 'latin1')),
    );
  assert.ok(found().length > 0);
  await journal.saveCheckpoint(300, 'state');
  assert.equal(await journal.prune(2), 300);
  assert.deepEqual(found(), []);
  await journal.close();
});
