// Dead letters: what one sender is refused must not push out what another one was, nor take more room than it may. SPEC §3.6.
import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Journal, type JournalOptions, openJournal } from '../../gateway/journal.ts';
import { LetterShares } from '../../gateway/journal/letter-shares.ts';

const newFile = () => join(mkdtempSync(join(tmpdir(), 'hallcast-letters-')), 'journal.sqlite');
const open = (file: string, more: Partial<JournalOptions> = {}) =>
  openJournal({ file, hall: 'h1', onError: (error) => assert.fail(String(error)), ...more });

const letter = (topic: string, bytes: number, reason = 'json') => ({
  ...{ topic, payload: new Uint8Array(bytes), reason, detail: 'why' },
});
const real = letter('hall/h1/caller-1/ticket', 100, 'field:id');
const topics = (journal: Journal) =>
  journal.deadLetters({ limit: 1_000 }).map(({ topic }) => topic);

test('3.6 the junk of a stranger, however it calls itself, does not push out the letter of a device', async () => {
  const file = newFile();
  const limits = { deadLetterBytesMax: 100_000, deadLetterMax: 200 };
  const options = { ...limits, isListed: (device: string) => device === 'caller-1' };
  let journal = await open(file, options);
  await journal.append([], [real], 1);
  const floods: ((n: number) => ReturnType<typeof letter>)[] = [
    // Few large ones, many small ones, each under another name, and of no hall at all.
    () => letter('hall/h1/stranger/ticket', 20_000),
    (n) => letter(`hall/h1/stranger-${n}/ticket`, 1),
    (n) => letter(`x/${n}`, 5_000),
    () => letter('hall', 30),
  ];
  for (const flood of floods) {
    for (let n = 0; n < 10; n++) {
      await journal.append(
        [],
        Array.from({ length: 40 }, (_, at) => flood(n * 40 + at)),
        2,
      );
    }
    assert.ok(topics(journal).includes(real.topic));
    // What is known of shares is found again after a restart.
    await journal.close();
    journal = await open(file, options);
  }
  assert.ok(journal.stats.deadLettersKept <= 200);
  await journal.close();
});

test('3.6 a sender that fills the room pushes out its own oldest letters, and those alone', async () => {
  const journal = await open(newFile(), { deadLetterBytesMax: 10_000 });
  await journal.append([], [real], 1);
  await journal.append([], [letter('zigbee2mqtt/bridge/state', 400)], 1);
  for (let n = 0; n < 60; n++) {
    await journal.append([], [letter('hall/h1/stranger/ticket', 900 + n)], 2);
  }
  const kept = journal.deadLetters({ limit: 100 });
  assert.deepEqual(
    kept.slice(0, 3).map(({ payload }) => payload.length),
    [959, 958, 957],
  );
  assert.deepEqual(topics(journal).slice(-2), ['zigbee2mqtt/bridge/state', real.topic]);
  await journal.close();
});

test('3.6 topic, detail and payload count; of a topic 1,000 characters are kept, and its length', async () => {
  const journal = await open(newFile(), { deadLetterBytesMax: 50_000 });
  const long = letter('t'.repeat(65_000), 0);
  await journal.append([], [long, long], 1);
  const [kept] = journal.deadLetters();
  assert.deepEqual(kept?.topic, 't'.repeat(1_000));
  assert.match(kept.detail, /why \(topic cut to 1000 of 65000 characters\)/);
  await journal.append(
    [],
    Array.from({ length: 200 }, () => long),
    2,
  );
  const { deadLettersKept, deadLettersDropped } = journal.stats;
  assert.ok(deadLettersKept <= 50, `${deadLettersKept} kept`);
  assert.equal(deadLettersKept + deadLettersDropped, 202);
  await journal.close();
});

test('letters are listed without their payload, by reason and page; what was replayed is not due again', async () => {
  const journal = await open(newFile());
  const letters = Array.from({ length: 10 }, (_, n) => letter('a/b', n, n % 2 ? 'odd' : 'even'));
  await journal.append([], letters, 7);
  const listed = await journal.listLetters({ reason: 'odd', limit: 3 });
  assert.deepEqual(
    listed.map(({ id, bytes }) => [id, bytes]),
    [
      [10, 9],
      [8, 7],
      [6, 5],
    ],
  );
  const next = await journal.listLetters({ reason: 'odd', limit: 3, before: 6 });
  assert.deepEqual(
    next.map(({ id }) => id),
    [4, 2],
  );
  assert.deepEqual(await journal.listLetters({ reason: 'none' }), []);
  assert.equal((await journal.listLetters({})).length, 10);
  await journal.markReplayed(8, 99);
  assert.deepEqual(await journal.lettersToReplay('odd', 4), [4, 6, 10]);
  assert.equal((await journal.listLetters({ before: 9, limit: 1 }))[0]?.replayedAt, 99);
  await journal.close();
  await assert.rejects(journal.listLetters({}), /journal is closed/);
});

test('an export is read in parts as it is taken, and ends where its reader leaves', async () => {
  const journal = await open(newFile());
  const drafts = Array.from({ length: 2_500 }, (_, n) => ({
    ...{ device: 'disp-1', stream: 'ticket', id: `id-${n}`, at: n },
    signal: { id: `id-${n}`, text: '"\n中' },
  }));
  await journal.append(drafts, [], 9);
  const text = await new Response(journal.lines(100, 2_100)).text();
  const lines = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { seq: number });
  assert.deepEqual(
    lines.map(({ seq }) => seq),
    Array.from({ length: 2_100 }, (_, n) => n + 101),
  );
  assert.deepEqual(lines[0], {
    ...{ seq: 101, device: 'disp-1', stream: 'ticket', at: 100, received_at: 9 },
    signal: drafts[100]!.signal,
  });
  const reader = journal.lines(0, 2_500).getReader();
  assert.ok(((await reader.read()).value?.length ?? 0) > 0);
  await reader.cancel();
  assert.equal(await new Response(journal.lines(2_500, 10)).text(), '');
  await journal.close();
});

test('shares: for any letters, the one who goes has the most, and listed devices stand for themselves', () => {
  const room = { bytes: 1_000, count: 20 };
  const sent = fc.record({
    sender: fc.integer({ min: 0, max: 8 }),
    bytes: fc.integer({ min: 0, max: 300 }),
  });
  fc.assert(
    fc.property(fc.array(sent, { maxLength: 120 }), (letters) => {
      const shares = new LetterShares(room);
      const held = new Map<string, number[]>();
      const weigh = (lists: number[][]) => {
        const all = lists.flat();
        return all.reduce((sum, each) => sum + each, 0) / room.bytes + all.length / room.count;
      };
      const isListed = (sender: string) => Number(sender) < 3;
      for (const { sender: number, bytes } of letters) {
        const sender = String(number);
        held.set(sender, [...(held.get(sender) ?? []), bytes]);
        shares.add(sender, isListed(sender), bytes);
        while (shares.isOver) {
          const largest = shares.largest()!;
          const lists = [...held].filter(([name]) => isListed(name) === isListed(largest));
          assert.ok(lists.every(([, list]) => weigh([list]) <= weigh([held.get(largest)!]) + 1e-9));
          const others = weigh([...held].filter(([name]) => !isListed(name)).map(([, l]) => l));
          for (const [name, list] of held) {
            if (!isListed(name)) continue;
            if (isListed(largest)) assert.ok(weigh([held.get(largest)!]) >= others - 1e-9);
            else assert.ok(weigh([list]) <= others + 1e-9);
          }
          const [gone, ...rest] = held.get(largest)!;
          if (rest.length === 0) held.delete(largest);
          else held.set(largest, rest);
          shares.add(largest, isListed(largest), -gone!, -1);
        }
        assert.equal(shares.count, [...held.values()].flat().length);
      }
    }),
    { numRuns: 300 },
  );
});
