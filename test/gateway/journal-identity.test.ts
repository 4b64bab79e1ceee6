// Who said it and under which id: one entry each. What was done with an entry is kept with it, as marks. SPEC §3.1, §3.4.
import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { identityFaults } from '../../hall/fault/identity.ts';
import { bitOf } from '../../hall/marks.ts';
import { type Draft, type JournalOptions, openJournal } from '../../gateway/journal.ts';
import { EntryReader } from '../../gateway/history/entries.ts';

const newFile = () => join(mkdtempSync(join(tmpdir(), 'hallcast-identity-')), 'journal.sqlite');
const open = (file: string, more: Partial<JournalOptions> = {}) =>
  openJournal({ file, hall: 'h1', onError: (error) => assert.fail(String(error)), ...more });

function draft(device: string, id: string, more: Partial<Draft> = {}): Draft {
  const signal = { type: 'called', id, at: 1_000, ticket: 'A1', window: 'w1' };
  return { device, stream: 'ticket', id, at: 1_000, signal, ...more };
}

const SHARED = bitOf('id_shared');

test('3.1 an id that another device has used counts as an entry of its own, marked and told', async () => {
  const file = newFile();
  const journal = await open(file);
  // A stranger takes the ids of calls that are still to come.
  const taken = Array.from({ length: 100 }, (_, n) => `call-${n}`);
  await journal.append(
    taken.map((id) => draft('stranger', id)),
    [],
    1,
  );
  assert.deepEqual(journal.sharedIds, []);
  const real = await journal.append(
    taken.map((id) => draft('caller-1', id)),
    [],
    2,
  );
  assert.deepEqual([real.entries.length, real.duplicates], [100, 0]);
  assert.ok(real.entries.every(({ marks }) => marks === SHARED));
  assert.deepEqual(journal.sharedIds, [
    { devices: ['stranger', 'caller-1'], id: 'call-99', count: 100, since: 2, last: 2 },
  ]);
  await journal.close();
  const again = await open(file);
  assert.deepEqual(
    again.read(0, 1_000).map(({ device, id, marks }) => [device, id, marks]),
    [
      ...taken.map((id) => ['stranger', id, undefined]),
      ...taken.map((id) => ['caller-1', id, SHARED]),
    ],
  );
  const repeated = await again.append(
    [draft('stranger', 'call-7'), draft('caller-1', 'call-7'), draft('caller-1', 'new')],
    [],
    3,
  );
  assert.deepEqual([repeated.entries.length, repeated.duplicates], [1, 2]);
  await again.close();
});

test('3.1 within one group too; ids that the gateway derived are never shared', async () => {
  const journal = await open(newFile());
  const [first, second] = await Promise.all([
    journal.append([draft('a', 'x'), draft('b', 'x'), draft('a', 'x')], [], 1),
    journal.append(
      [draft('b', 'x'), draft('c', 'x'), draft('d', 'auto:1'), draft('e', 'auto:1')],
      [],
      1,
    ),
  ]);
  const told = (entries: typeof first.entries) =>
    entries.map(({ device, marks }) => [device, marks]);
  assert.deepEqual(told(first.entries), [
    ['a', undefined],
    ['b', SHARED],
  ]);
  assert.deepEqual(told(second.entries), [
    ['c', SHARED],
    ['d', undefined],
    ['e', undefined],
  ]);
  assert.deepEqual([first.duplicates, second.duplicates], [1, 1]);
  await journal.close();
});

test('3.1 for any order of devices and ids, over restarts and retention: each pair once, the later ones marked', async () => {
  const step = fc.array(
    fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.constantFrom('1', '2', '3', '4')),
    {
      minLength: 1,
      maxLength: 12,
    },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 4 }), async (steps) => {
      const file = newFile();
      const seen = new Map<string, Set<string>>();
      for (const [arrival, pairs] of steps.entries()) {
        const journal = await open(file);
        const { entries, duplicates } = await journal.append(
          pairs.map(([device, id]) => draft(device, id)),
          [],
          arrival,
        );
        const expected: [string, string, number | undefined][] = [];
        for (const [device, id] of pairs) {
          const devices = seen.get(id) ?? new Set();
          seen.set(id, devices);
          if (devices.has(device)) continue;
          expected.push([device, id, devices.size > 0 ? SHARED : undefined]);
          devices.add(device);
        }
        assert.deepEqual(
          entries.map(({ device, id, marks }) => [device, id, marks]),
          expected,
        );
        assert.equal(duplicates, pairs.length - expected.length);
        await journal.saveCheckpoint(journal.lastSeq, 'state');
        await journal.prune(arrival + 1);
        await journal.close();
      }
    }),
    { numRuns: 12 },
  );
});

test('3.4 marks and effective time of a draft are kept, and marks found later are added', async () => {
  const file = newFile();
  const journal = await open(file);
  const [ahead, late, irregular] = [bitOf('ahead'), bitOf('late'), bitOf('irregular')];
  await journal.append(
    [draft('a', '1', { at: 500, marks: ahead }), draft('a', '2'), draft('a', '3')],
    [],
    600,
  );
  await journal.mark([
    { seq: 1, marks: late },
    { seq: 3, marks: irregular },
  ]);
  await journal.mark([
    { seq: 1, marks: late | ahead },
    { seq: 99, marks: late },
  ]);
  const marked = (entries: readonly { seq: number; at: number; marks?: number }[]) =>
    entries.map(({ seq, at, marks }) => [seq, at, marks]);
  const expected = [
    [1, 500, ahead | late],
    [2, 1_000, undefined],
    [3, 1_000, irregular],
  ];
  assert.deepEqual(marked(journal.read(0, 9)), expected);
  const follower = await open(newFile());
  await follower.adopt(journal.copyAfter({ seq: 0, letter: 0 }, 9));
  assert.deepEqual(marked(follower.read(0, 9)), expected);
  const reader = new EntryReader(file);
  assert.deepEqual(
    reader.read(0, 9).map((entry) => entry.irregular),
    [undefined, undefined, true],
  );
  reader.close();
  await Promise.all([journal.close(), follower.close()]);
});

test('12.15 devices that use the same ids are one fault that names both, for a day', () => {
  const pair = { devices: ['stranger', 'caller-1'] as const, id: 'x', count: 2, since: 5, last: 9 };
  const [fault, ...more] = identityFaults([pair], 10);
  assert.equal(more.length, 0);
  assert.deepEqual([fault?.kind, fault?.since], ['identity', 5]);
  assert.deepEqual(fault?.devices, ['caller-1', 'stranger']);
  assert.match(fault!.title.en!, /caller-1 and stranger/);
  assert.match(fault!.action.zh, /same_as:/);
  const [both] = identityFaults([{ ...pair, devices: ['c', 'd'] }, pair], 10);
  assert.match(both!.title.en!, /d and c use .* and 1 other pair of devices/);
  assert.deepEqual(identityFaults([pair], 9 + 86_400_000), []);
});
