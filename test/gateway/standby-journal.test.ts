// Two journals of one hall: one follows the other with its numbers, they part and come together again, and nothing that
// one of them had is gone.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { mkdtempSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { toPoint, type PointEntry } from '../../hall/point.ts';
import {
  fieldsPerCopy,
  openJournal,
  type Journal,
  type JournalOptions,
} from '../../gateway/journal.ts';
import { commonOf, isBeyond } from '../../gateway/standby/common-position.ts';

const newFile = () => join(mkdtempSync(join(tmpdir(), 'hallcast-pair-')), 'journal.sqlite');

function open(file: string, more: Partial<JournalOptions> = {}): Promise<Journal> {
  return openJournal({ file, hall: 'h1', onError: (error) => assert.fail(String(error)), ...more });
}

const draft = (id: string, originSeq?: number) => ({
  ...{ device: 'disp-1', stream: 'ticket', id, at: 1_000 },
  ...(originSeq !== undefined && { originSeq }),
  signal: { type: 'issued', id, at: 1_000, ticket: 'A1', queue: 'q1' },
});
const letter = (reason: string) => ({
  ...{ topic: 'hall/h1/x/ticket', payload: Uint8Array.of(255, 0, 1), reason, detail: 'why' },
});

async function write(journal: Journal, ids: readonly string[], reasons: readonly string[] = []) {
  await journal.append(
    ids.map((id) => draft(id)),
    reasons.map(letter),
    5_000,
  );
}

const extentOf = (journal: Journal) => ({
  ...{ seq: journal.lastSeq, letter: journal.lastLetter },
  leaderships: journal.leaderships(),
});

/** Copies all that `from` has after where `to` ends, in steps of `limit`. */
async function follow(to: Journal, from: Journal, limit = 3): Promise<void> {
  for (;;) {
    const copy = from.copyAfter({ seq: to.lastSeq, letter: to.lastLetter }, limit);
    if (copy.rows.length === 0 && copy.letters.length === 0) return;
    await to.adopt(copy);
  }
}

function assertEqual(a: Journal, b: Journal): void {
  assert.deepEqual(a.read(0, 10_000), b.read(0, 10_000));
  assert.deepEqual(a.deadLetters({ limit: 1_000 }), b.deadLetters({ limit: 1_000 }));
  assert.deepEqual(extentOf(a), extentOf(b));
}

test('a follower has the same entries and dead letters under the same numbers, and tells its listeners', async () => {
  const [leader, standby] = [await open(newFile()), await open(newFile())];
  await write(leader, ['a', 'b', 'a'], ['json']);
  await write(leader, ['c', 'd', 'e'], ['topic', 'size']);
  const heard: number[] = [];
  standby.onCommit((entries) => heard.push(...entries.map(({ seq }) => seq)));
  await follow(standby, leader);
  assertEqual(standby, leader);
  assert.deepEqual(heard, [1, 2, 3, 4, 5]);
  await Promise.all([leader.close(), standby.close()]);
});

test('a copy that does not go on where the journal ends is refused whole', async () => {
  const [leader, standby] = [await open(newFile()), await open(newFile())];
  await write(leader, ['a', 'b', 'c']);
  const late = leader.copyAfter({ seq: 1, letter: 0 }, 10);
  await assert.rejects(standby.adopt(late), { name: 'CopyMismatch', message: /entry 2 came/ });
  await write(standby, ['b']);
  const copy = leader.copyAfter({ seq: 1, letter: 0 }, 10);
  await assert.rejects(standby.adopt(copy), { name: 'CopyMismatch', message: /id of entry 2/ });
  assert.deepEqual([standby.lastSeq, standby.read(0, 9).length], [1, 1]);
  await Promise.all([leader.close(), standby.close()]);
});

test('pruned entries are followed by id alone, so that they stay unique there too', async () => {
  const [leader, standby] = [await open(newFile()), await open(newFile())];
  await write(leader, ['a', 'b', 'c', 'd']);
  await leader.saveCheckpoint(2, 'two');
  await leader.prune(6_000);
  assert.equal(leader.firstSeq, 3);
  await follow(standby, leader);
  assert.equal(standby.firstSeq, 3);
  assertEqual(standby, leader);
  await leader.saveCheckpoint(4, 'four');
  await leader.saveCheckpoint(5, 'five');
  await leader.prune(6_000);
  await standby.pruneThrough(leader.firstSeq - 1);
  assert.equal(standby.firstSeq, 3, 'what no checkpoint reflects is needed');
  await standby.saveCheckpoint(4, 'four');
  await standby.pruneThrough(leader.firstSeq - 1);
  assert.equal(standby.firstSeq, leader.firstSeq);
  const { duplicates } = await standby.append([draft('a')], [], 9_000);
  assert.equal(duplicates, 1);
  await Promise.all([leader.close(), standby.close()]);
});

test('an entry of another journal keeps its number there, so that its point is the same', async () => {
  const file = newFile();
  const journal = await open(file);
  await journal.append([draft('a'), draft('b', 77), draft('a', 78), draft('c')], [], 5_000);
  const numbers = () => journal.read(0, 9).map(({ seq, id, originSeq }) => [seq, id, originSeq]);
  const expected = [
    [1, 'a', undefined],
    [2, 'b', 77],
    [3, 'c', undefined],
  ];
  assert.deepEqual(numbers(), expected);
  const entry = journal.read(1, 1)[0] as unknown as PointEntry;
  const { timestampNs, fields } = toPoint('h1', entry);
  assert.deepEqual([timestampNs, fields['entry']], [1_000_000_077n, 77]);
  const standby = await open(newFile());
  await follow(standby, journal);
  assertEqual(standby, journal);
  await Promise.all([journal.close(), standby.close()]);
});

test('a journal from before leaderships were noted has one for all of that', async () => {
  const file = newFile();
  const journal = await open(file);
  await write(journal, ['a', 'b']);
  await journal.close();
  const old = new DatabaseSync(file);
  old.exec('DELETE FROM leadership');
  old.close();
  const again = await open(file);
  await write(again, ['c']);
  assert.deepEqual(
    again.leaderships().map(({ seq, letter }) => [seq, letter]),
    [
      [1, 1],
      [3, 1],
    ],
  );
  await again.close();
});

test('after a rewind the file has the common part, what went is set aside, and no checkpoint knows of it', async () => {
  const file = newFile();
  const journal = await open(file);
  await write(journal, ['a', 'b'], ['json']);
  await journal.saveCheckpoint(1, 'one');
  await write(journal, ['c', 'd'], ['topic']);
  await journal.saveCheckpoint(4, 'four');
  await journal.close();
  const again = await open(file, { rewind: { seq: 3, letter: 1 } });
  assert.deepEqual(
    again.read(0, 9).map(({ id }) => id),
    ['a', 'b', 'c'],
  );
  assert.deepEqual([again.lastSeq, again.lastLetter], [3, 1]);
  assert.equal(again.loadCheckpoint()?.seq, 1);
  const aside = readdirSync(dirname(file)).find((name) => name.includes('.rewound-')) ?? '';
  const database = new DatabaseSync(join(dirname(file), aside));
  assert.deepEqual(database.prepare('SELECT seq, id FROM entry').all().map(Object.values), [
    [4, 'd'],
  ]);
  assert.equal(database.prepare('SELECT reason FROM dead_letter').get()?.['reason'], 'topic');
  database.close();
  const { entries } = await again.append([draft('d')], [letter('size')], 1);
  assert.equal(entries[0]?.seq, 4);
  assert.equal(again.deadLetters({ limit: 1 })[0]?.id, 2);
  await again.close();
});

type Step =
  | { do: 'write'; at: 0 | 1; ids: string[]; letters: number }
  | { do: 'follow'; at: 0 | 1; limit: number }
  | { do: 'restart'; at: 0 | 1 };

const side = fc.constantFrom<0 | 1>(0, 1);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    do: fc.constant('write' as const),
    at: side,
    ids: fc.array(fc.constantFrom(...'abcdefghijklmnop'), { maxLength: 4 }),
    letters: fc.nat(2),
  }),
  fc.record({
    do: fc.constant('follow' as const),
    at: side,
    limit: fc.integer({ min: 1, max: 4 }),
  }),
  fc.record({ do: fc.constant('restart' as const), at: side }),
);

/** The one at `at` becomes the follower: hands over what the other does not have, rewinds, and follows. */
async function become(journals: [Journal, Journal], files: string[], at: 0 | 1, limit: number) {
  const other = journals[at === 0 ? 1 : 0];
  let mine = journals[at];
  const common = commonOf(extentOf(mine), extentOf(other));
  // What both say they share, both have.
  const shared = mine.read(0, common.seq).filter(({ seq }) => seq <= common.seq);
  assert.deepEqual(
    shared,
    other.read(0, common.seq).filter(({ seq }) => seq <= common.seq),
  );
  if (isBeyond(extentOf(mine), common)) {
    for (const entry of mine.read(common.seq, 1_000)) {
      const originSeq = entry.originSeq ?? entry.seq;
      await other.append([{ ...entry, originSeq }], [], entry.receivedAt);
    }
    const letters = mine.copyAfter({ seq: mine.lastSeq, letter: common.letter }, 1_000).letters;
    await other.append([], letters, 1);
    await mine.close();
    mine = await open(files[at] ?? '', { rewind: common });
    journals[at] = mine;
  }
  await follow(mine, other, limit);
  assertEqual(mine, other);
}

test('whatever two journals went through, they come together, and every id that one had is in both once', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 14 }), async (steps) => {
      const files = [newFile(), newFile()];
      const journals: [Journal, Journal] = [await open(files[0]!), await open(files[1]!)];
      const written = new Set<string>();
      let letters = 0;
      try {
        for (const each of steps) {
          if (each.do === 'restart') {
            await journals[each.at].close();
            journals[each.at] = await open(files[each.at]!);
          } else if (each.do === 'write') {
            for (const id of each.ids) written.add(id);
            letters += each.letters;
            await write(journals[each.at], each.ids, Array<string>(each.letters).fill('json'));
          } else await become(journals, files, each.at, each.limit);
        }
        await become(journals, files, 1, 2);
        const ids = journals[0].read(0, 1_000).map(({ id }) => id);
        assert.deepEqual([...ids].sort(), [...written].sort());
        assert.equal(journals[0].deadLetters({ limit: 1_000 }).length, letters);
      } finally {
        await Promise.all(journals.map((journal) => journal.close()));
      }
    }),
    { numRuns: 12 },
  );
});

test('a copy is limited by its bytes, entries and letters alike; one that alone has more goes alone', async () => {
  const [leader, standby] = [await open(newFile()), await open(newFile())];
  const MIB = 1024 * 1024;
  const large = (id: string, chars: number) => ({
    ...draft(id),
    signal: { ...draft(id).signal, reason: 'x'.repeat(chars) },
  });
  const bytes = (count: number) => ({
    ...letter('size'),
    payload: new Uint8Array(count).fill(255),
  });
  for (const id of ['a', 'b', 'c']) await leader.append([large(id, 0.6 * MIB)], [], 5_000);
  await leader.append([large('d', 3 * MIB), draft('e')], [bytes(100), bytes(2 * MIB)], 5_000);
  await leader.append([], [bytes(0.3 * MIB), bytes(0.3 * MIB), bytes(0.3 * MIB)], 5_000);
  const steps: string[] = [];
  for (;;) {
    const copy = leader.copyAfter({ seq: standby.lastSeq, letter: standby.lastLetter }, 2_000);
    if (copy.rows.length === 0 && copy.letters.length === 0) break;
    const seqs = copy.rows.filter((_, at) => at % fieldsPerCopy === 0);
    steps.push([...seqs, ...copy.letters.map(({ id }) => `letter ${id}`)].join(' '));
    await standby.adopt(copy);
  }
  assert.deepEqual(steps, [
    ...['1', '2', '3', '4', '5 letter 1'],
    ...['letter 2', 'letter 3 letter 4', 'letter 5'],
  ]);
  assertEqual(standby, leader);
  await Promise.all([leader.close(), standby.close()]);
});
