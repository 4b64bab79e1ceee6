import { test } from 'node:test';
import assert from 'node:assert/strict';
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
  copyFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSync, closeSync, writeSync, truncateSync } from 'node:fs';
import { type Draft, type Entry, type JournalOptions, openJournal } from '../../gateway/journal.ts';

function folder(): string {
  return mkdtempSync(join(tmpdir(), 'hallcast-journal-'));
}

function draft(id: string, more: Partial<Draft> = {}): Draft {
  const signal = { type: 'issued', id, at: 1_000, ticket: 'A1', queue: 'q1' };
  return { device: 'disp-1', stream: 'ticket', id, at: 1_000, signal, ...more };
}

const drafts = (from: number, count: number) =>
  Array.from({ length: count }, (_, n) => draft(`id-${from + n}`));

function open(file: string, more: Partial<JournalOptions> = {}) {
  const onError = (error: unknown) => assert.fail(String(error));
  return openJournal({ file, hall: 'h1', onError, ...more });
}

const ids = (entries: readonly Entry[]) => entries.map(({ id }) => id);

test('an append that resolved is on disk: a copy of the files, as after a crash, has it', async () => {
  const from = folder();
  const journal = await open(join(from, 'journal.sqlite'));
  const receipt = await journal.append(drafts(0, 3), [], 5_000);
  const copy = folder();
  for (const name of readdirSync(from)) copyFileSync(join(from, name), join(copy, name));
  const after = await open(join(copy, 'journal.sqlite'));
  assert.deepEqual(after.read(0, 10), receipt.entries);
  assert.equal(after.lastSeq, 3);
  await after.close();
  await journal.close();
});

test('seqs follow the order of calls and of drafts, across commits and a restart', async () => {
  const file = join(folder(), 'journal.sqlite');
  const journal = await open(file, { groupMax: 7 });
  const receipts = await Promise.all(
    Array.from({ length: 20 }, (_, n) => journal.append(drafts(n * 3, 3), [], n)),
  );
  assert.deepEqual(
    receipts.flatMap(({ entries }) => entries.map(({ seq, id }) => [seq, id])),
    Array.from({ length: 60 }, (_, n) => [n + 1, `id-${n}`]),
  );
  await journal.close();
  const again = await open(file);
  const { entries } = await again.append([draft('later')], [], 9);
  assert.equal(entries[0]?.seq, 61);
  assert.deepEqual(ids(again.read(58, 2)), ['id-58', 'id-59']);
  await again.close();
});

test('an id counts once: within an append, a group, after a restart', async () => {
  const file = join(folder(), 'journal.sqlite');
  const journal = await open(file);
  const [first, second] = await Promise.all([
    journal.append([draft('a'), draft('a'), draft('b')], [], 1),
    journal.append([draft('b'), draft('c', { device: 'other' })], [], 1),
  ]);
  assert.deepEqual([ids(first.entries), first.duplicates], [['a', 'b'], 1]);
  assert.deepEqual([ids(second.entries), second.duplicates], [['c'], 1]);
  await journal.close();
  const again = await open(file);
  const third = await again.append([draft('c', { device: 'other' }), draft('d')], [], 2);
  assert.deepEqual([ids(third.entries), third.duplicates], [['d'], 1]);
  assert.deepEqual(
    again.read(0, 10).map(({ seq, id }) => `${seq}${id}`),
    ['1a', '2b', '3c', '4d'],
  );
  await again.close();
});

test('listeners hear each new entry once, in order, before its append resolves', async () => {
  const faults: unknown[] = [];
  const onError = (error: unknown) => faults.push(error);
  const journal = await open(join(folder(), 'journal.sqlite'), { onError });
  const heard: string[] = [];
  const leave = journal.onCommit((entries) => heard.push(...ids(entries)));
  journal.onCommit(() => {
    throw new Error('a mistake in a listener');
  });
  await journal.append(drafts(0, 2), [], 1).then(() => heard.push('resolved'));
  await journal.append([draft('id-1')], [], 1);
  leave();
  await journal.append([draft('unheard')], [], 1);
  assert.deepEqual(heard, ['id-0', 'id-1', 'resolved']);
  assert.equal(faults.length, 2, 'the mistake is told, and keeps nothing from being acknowledged');
  await journal.close();
});

test('dead letters are kept whole, newest first, paged, and marked when replayed', async () => {
  const file = join(folder(), 'journal.sqlite');
  const journal = await open(file);
  const payload = Uint8Array.from([0xff, 0, 1, 2]);
  const letter = { topic: 'hall/h1/x/ticket', payload, reason: 'encoding', detail: 'not UTF-8' };
  await journal.append([], [letter, { ...letter, reason: 'json' }], 7);
  await journal.append([], [{ ...letter, reason: 'size' }], 8);
  await journal.close();
  const again = await open(file);
  assert.deepEqual(
    again.deadLetters({ limit: 2 }).map(({ id, reason }) => [id, reason]),
    [
      [3, 'size'],
      [2, 'json'],
    ],
  );
  assert.deepEqual(
    again.deadLetters({ before: 2 }).map(({ id }) => id),
    [1],
  );
  assert.deepEqual(
    again.deadLetters({ reason: 'json' }).map(({ id }) => id),
    [2],
  );
  await again.markReplayed(1, 99);
  assert.deepEqual(again.deadLetter(1), { id: 1, ...letter, receivedAt: 7, replayedAt: 99 });
  assert.equal(again.deadLetter(4), undefined);
  await again.close();
});

test('a topic with a NUL is kept to its end', async () => {
  const journal = await open(join(folder(), 'journal.sqlite'));
  const letter = { payload: Uint8Array.of(1), reason: 'topic', detail: 'topic: …' };
  await journal.append([], [{ ...letter, topic: 'hall/h1/a\0b/ticket' }], 7);
  assert.equal(journal.deadLetter(1)?.topic, 'hall/h1/a\\u0000b/ticket');
  await journal.close();
});

test('dead letters are bounded in number and bytes; the oldest go and are counted', async () => {
  const limits = { deadLetterMax: 5, deadLetterBytesMax: 1_000 };
  const journal = await open(join(folder(), 'journal.sqlite'), limits);
  const letter = (bytes: number) => ({
    topic: 't',
    payload: new Uint8Array(bytes),
    reason: 'json',
    detail: '',
  });
  for (let n = 0; n < 8; n++) await journal.append([], [letter(10)], n);
  assert.deepEqual([journal.stats.deadLettersKept, journal.stats.deadLettersDropped], [5, 3]);
  await journal.append([], [letter(955)], 9);
  assert.deepEqual(
    journal.deadLetters().map(({ id }) => id),
    [9, 8, 7, 6, 5],
  );
  await journal.append([], [letter(990)], 10);
  assert.deepEqual(
    journal.deadLetters().map(({ id }) => id),
    [10],
  );
  await journal.close();
});

test('the last two checkpoints are kept; the newest is loaded', async () => {
  const file = join(folder(), 'journal.sqlite');
  const journal = await open(file);
  assert.equal(journal.loadCheckpoint(), undefined);
  for (const seq of [1, 2, 3]) await journal.saveCheckpoint(seq, `state ${seq}`);
  await journal.close();
  const again = await open(file);
  assert.deepEqual(again.loadCheckpoint(), { seq: 3, state: 'state 3' });
  await again.close();
});

test('retention forgets old entries, never their ids, nor what no checkpoint reflects', async () => {
  const file = join(folder(), 'journal.sqlite');
  const journal = await open(file);
  for (let n = 0; n < 10; n++) await journal.append([draft(`id-${n}`)], [], n * 1_000);
  assert.equal(await journal.prune(5_000), 0, 'without a checkpoint all is needed for replay');
  await journal.saveCheckpoint(4, 'four');
  assert.equal(await journal.prune(6_000), 4);
  await journal.saveCheckpoint(8, 'eight');
  await journal.saveCheckpoint(10, 'ten');
  assert.equal(await journal.prune(6_000), 2);
  await journal.close();
  const again = await open(file);
  assert.equal(again.firstSeq, 7);
  assert.deepEqual(ids(again.read(0, 100)), ['id-6', 'id-7', 'id-8', 'id-9']);
  const { duplicates } = await again.append([draft('id-0')], [], 99_000);
  assert.equal(duplicates, 1);
  await again.close();
});

test('the journal of another hall is refused and left as it is', async () => {
  const file = join(folder(), 'journal.sqlite');
  const journal = await open(file);
  await journal.append([draft('a')], [], 1);
  await journal.close();
  await assert.rejects(open(file, { hall: 'h2' }), /is of hall "h1", should be of "h2"/);
  const again = await open(file);
  assert.equal(again.lastSeq, 1);
  await again.close();
});

test('a second gateway on the same journal is refused', async () => {
  const file = join(folder(), 'journal.sqlite');
  const journal = await open(file);
  await assert.rejects(open(file), /in use by another gateway/);
  await journal.close();
  await (await open(file)).close();
});

test('close commits what is pending; later appends are refused', async () => {
  const file = join(folder(), 'journal.sqlite');
  const journal = await open(file, { gatherMs: 10_000 });
  const pending = journal.append(drafts(0, 5), [], 1);
  await journal.close();
  assert.equal((await pending).entries.length, 5);
  await assert.rejects(journal.append([draft('late')], [], 2), { name: 'JournalClosed' });
  const again = await open(file);
  assert.equal(again.lastSeq, 5);
  await again.close();
});

test('a row that the tables do not take is refused, and what comes after it goes on', async () => {
  const told: string[] = [];
  const onError = (error: unknown) => void told.push(String(error));
  const journal = await open(join(folder(), 'journal.sqlite'), { onError });
  await assert.rejects(
    journal.append([draft('wrong', { at: Number.NaN })], [], 1),
    /constraint failed/,
  );
  const { entries } = await journal.append([draft('right')], [], 2);
  assert.deepEqual([ids(entries), journal.stats.failing], [['right'], false]);
  assert.match(told.join(), /NOT NULL constraint failed: entry\.at/);
  await journal.close();
});

test('dead letters of a commit that did not come to pass do not count, and push out no others', async () => {
  const onError = () => {};
  const journal = await open(join(folder(), 'journal.sqlite'), { deadLetterMax: 3, onError });
  const letter = { topic: 't', payload: new Uint8Array(3), reason: 'json', detail: '' };
  await journal.append([], [letter], 1);
  for (let turn = 0; turn < 5; turn++) {
    // One commit: the first of them is written, and gone again with the second.
    const lost = [1, Number.NaN].map((receivedAt) => journal.append([], [letter], receivedAt));
    for (const append of lost) await assert.rejects(append, /constraint failed/);
  }
  await journal.append([], [letter], 2);
  assert.deepEqual([journal.stats.deadLettersKept, journal.stats.deadLettersDropped], [2, 0]);
  await journal.close();
});

test('what waits is bounded: an append above the limit is refused and leaves nothing', async () => {
  const journal = await open(join(folder(), 'journal.sqlite'), { pendingMax: 10, gatherMs: 1_000 });
  const taken = journal.append(drafts(0, 8), [], 1);
  await assert.rejects(journal.append(drafts(8, 3), [], 1), { name: 'JournalFull' });
  await journal.close();
  assert.equal((await taken).entries.length, 8);
});

async function damagedBy(damage: (file: string) => void, count = 3_000) {
  const file = join(folder(), 'journal.sqlite');
  const journal = await open(file);
  await journal.append(drafts(0, count), [], 1);
  await journal.append(
    [],
    [{ topic: 't', payload: new Uint8Array(3), reason: 'json', detail: '' }],
    1,
  );
  await journal.close();
  damage(file);
  const told: string[] = [];
  const onError = (error: unknown) => told.push(String(error));
  const again = await open(file, { onError });
  const names = readdirSync(join(file, '..'));
  const aside = names.filter((name) => /\.damaged-[^-]*-[^-]*-[^-]*-[^-]*-[^-]*$/.test(name));
  return { file, again, told, aside };
}

test('a file that is no database is set aside whole, with a clear error, and the journal starts', async () => {
  const { file, again, told, aside } = await damagedBy((file) =>
    writeFileSync(file, 'garbage '.repeat(9_000)),
  );
  assert.equal(aside.length, 1);
  assert.equal(statSync(join(file, '..', aside[0]!)).size, 72_000);
  assert.match(told.join(), /journal\.sqlite is damaged, set aside as .*damaged-.*; 0 entries/);
  await again.append([draft('new')], [], 2);
  assert.deepEqual(ids(again.read(0, 10)), ['new']);
  await again.close();
});

test('damage in the newest entries: what is readable before it goes on with its seqs', async () => {
  const { again, told, aside } = await damagedBy((file) => {
    const size = statSync(file).size;
    const pages = Buffer.alloc(4096 * 6, 0xa5);
    const handle = openSync(file, 'r+');
    writeSync(handle, pages, 0, pages.length, Math.floor(size / 4096 / 2) * 4096);
    closeSync(handle);
    truncateSync(file, size - 4096 * 8);
  });
  assert.equal(aside.length, 1);
  assert.match(told.join(), /is damaged/);
  const kept = again.read(0, 5_000);
  assert.ok(kept.length > 500, `kept ${kept.length} of 3,000`);
  for (const { seq, id } of kept) assert.equal(id, `id-${seq - 1}`);
  const { duplicates } = await again.append([draft('id-0')], [], 2);
  assert.equal(duplicates, 1);
  await again.close();
});

test('a write-ahead log cut in the middle of a commit loses that commit only', async () => {
  const from = folder();
  const journal = await open(join(from, 'journal.sqlite'));
  await journal.append(drafts(0, 50), [], 1);
  await journal.append(drafts(50, 50), [], 1);
  const copy = folder();
  for (const name of ['journal.sqlite', 'journal.sqlite-wal']) {
    copyFileSync(join(from, name), join(copy, name));
  }
  await journal.close();
  const wal = join(copy, 'journal.sqlite-wal');
  writeFileSync(wal, readFileSync(wal).subarray(0, statSync(wal).size - 1_000));
  const after = await open(join(copy, 'journal.sqlite'));
  assert.deepEqual(ids(after.read(0, 200)), ids(drafts(0, 50) as Entry[]));
  await after.append(drafts(50, 50), [], 2);
  assert.equal(after.lastSeq, 100);
  await after.close();
});
