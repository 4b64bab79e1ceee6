// A data folder of an older format: converted once, killed at any point on the way, refused where it cannot be.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdtempSync, readdirSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { bitOf } from '../../hall/marks.ts';
import { openJournal, type Journal, type JournalOptions } from '../../gateway/journal.ts';
import { convertJournal, type ConversionStep } from '../../gateway/journal/convert.ts';

const newFile = () => join(mkdtempSync(join(tmpdir(), 'hallcast-format-')), 'journal.sqlite');
const open = (file: string, more: Partial<JournalOptions> = {}) =>
  openJournal({ file, hall: 'h1', onError: (error) => assert.fail(String(error)), ...more });

/** As the version before wrote it. */
const OLD_TABLES = `
  CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE entry (
    seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, device TEXT NOT NULL, stream TEXT NOT NULL,
    at INTEGER NOT NULL, received_at INTEGER NOT NULL, signal TEXT NOT NULL);
  CREATE TABLE dead_letter (
    id INTEGER PRIMARY KEY AUTOINCREMENT, topic TEXT NOT NULL, payload BLOB NOT NULL,
    reason TEXT NOT NULL, detail TEXT NOT NULL, received_at INTEGER NOT NULL, replayed_at INTEGER);
  CREATE TABLE irregular (seq INTEGER PRIMARY KEY);
  CREATE TABLE checkpoint (seq INTEGER PRIMARY KEY, state TEXT NOT NULL);
  CREATE TABLE leadership (epoch TEXT PRIMARY KEY, seq INTEGER NOT NULL, letter INTEGER NOT NULL);
  CREATE TABLE place (seq INTEGER PRIMARY KEY, place INTEGER NOT NULL);
  INSERT INTO meta VALUES ('format', '1'), ('hall', 'h1');`;

const signalOf = (n: number) => ({
  type: 'called',
  id: `id-${n}`,
  at: n,
  ticket: 'A1',
  window: 'w1',
});

/** `count` entries, the first tenth of them pruned; with its write-ahead log, as after a kill. */
function oldJournal(count: number): string {
  const file = newFile();
  const building = `${file}-building`;
  const database = new DatabaseSync(building);
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF');
  database.exec(OLD_TABLES);
  const insert = database.prepare('INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?, ?)');
  const pruned = Math.floor(count / 10);
  database.exec('BEGIN');
  for (let n = 1; n <= count; n++) {
    const kept = n > pruned;
    insert.run(
      ...[n, `id-${n}`, kept ? 'caller-1' : '', kept ? 'ticket' : '', n, n + 1],
      kept ? JSON.stringify(signalOf(n)) : '',
    );
  }
  if (count > 0) {
    database.exec(`
      INSERT INTO meta VALUES ('pruned_through', '${pruned}');
      INSERT INTO irregular VALUES (${count});
      INSERT INTO place VALUES (${count - 1}, 77);
      INSERT INTO checkpoint VALUES (${count}, 'an older state');
      INSERT INTO leadership VALUES ('later-name', 1, 1), ('an-earlier-name', ${count}, 2);
      INSERT INTO dead_letter VALUES (7, 'hall/h1/x/ticket', x'ff0001', 'json', 'why', 5, 6);
      INSERT INTO dead_letter VALUES (9, 'hall/h1/x/ticket', x'00', 'json', 'gone', 5, NULL);
      DELETE FROM dead_letter WHERE id = 9;`);
  }
  database.exec('COMMIT');
  for (const companion of ['', '-wal']) copyFileSync(building + companion, file + companion);
  database.close();
  return file;
}

async function assertConverted(journal: Journal, count: number): Promise<void> {
  const pruned = Math.floor(count / 10);
  assert.deepEqual([journal.firstSeq, journal.lastSeq], [pruned + 1, count]);
  const entries = journal.read(0, count + 1);
  assert.deepEqual(
    entries.map(({ seq, id, at, receivedAt, signal }) => ({ seq, id, at, receivedAt, signal })),
    Array.from({ length: count - pruned }, (_, index) => {
      const seq = pruned + index + 1;
      return { seq, id: `id-${seq}`, at: seq, receivedAt: seq + 1, signal: signalOf(seq) };
    }),
  );
  assert.equal(journal.loadCheckpoint(), undefined, 'the state is folded anew');
  if (count === 0) return;
  assert.equal(entries.at(-1)?.marks, bitOf('irregular'));
  assert.equal(entries.at(-2)?.marks, undefined);
  assert.equal(entries.at(-2)?.originSeq, 77);
  assert.deepEqual(
    journal.leaderships().map(({ epoch, seq }) => [epoch, seq]),
    [
      ['later-name', 1],
      ['an-earlier-name', count],
    ],
  );
  const [letter, ...others] = journal.deadLetters();
  assert.equal(others.length, 0);
  assert.deepEqual([letter?.id, letter?.reason, letter?.replayedAt], [7, 'json', 6]);
  assert.deepEqual(journal.deadLetter(7)?.payload, Uint8Array.of(255, 0, 1));
  assert.equal(journal.lastLetter, 9);
  const repeated = ['id-1', `id-${count}`].map((id) => ({
    ...{ device: 'caller-1', stream: 'ticket', id, at: 1 },
    signal: {},
  }));
  const { duplicates } = await journal.append(repeated, [], 1);
  assert.equal(duplicates, 2, 'ids stay unique, also those of entries that were pruned');
}

test('a folder of format 1 is converted once, and the old file is kept', async () => {
  for (const count of [0, 50]) {
    const file = oldJournal(count);
    const told: string[] = [];
    const onInfo = (message: string) => void told.push(message);
    const journal = await open(file, { onInfo });
    await assertConverted(journal, count);
    assert.ok(told.includes('journal: converted to a new format'));
    await journal.close();
    const old = new DatabaseSync(`${file}.format-1`, { readOnly: true });
    assert.equal(old.prepare('SELECT count(*) AS n FROM entry').get()?.['n'], count);
    old.close();
    told.length = 0;
    await (await open(file, { onInfo })).close();
    assert.deepEqual(told, [], 'the second start finds nothing to do');
  }
});

test('a conversion that was interrupted at any step goes on or begins anew, and loses nothing', async () => {
  const steps: ConversionStep[] = ['copying', 'indexing', 'complete', 'set-aside'];
  for (const last of steps) {
    const file = oldJournal(50);
    assert.throws(
      () =>
        convertJournal(file, 'h1', (step) => {
          if (step === last) throw new Error('power cut');
        }),
      /power cut/,
    );
    const journal = await open(file);
    await assertConverted(journal, 50);
    await journal.close();
    assert.ok(existsSync(`${file}.format-1`), last);
    assert.ok(!existsSync(`${file}.converting`), last);
  }
});

test('a conversion that is killed again and again ends whole', async () => {
  const count = 20_000;
  const file = oldJournal(count);
  const program = join(import.meta.dirname!, 'convert-program.ts');
  let kills = 0;
  for (let afterBytes = 40_000; ; afterBytes *= 3) {
    const child = spawn(Deno.execPath(), ['run', '-A', '--no-check', program, file]);
    const ended = once(child, 'exit');
    // Further on each time: while it copies, while it builds the index, when it is done.
    const grown = () => {
      try {
        return Deno.statSync(`${file}.converting`).size;
      } catch {
        return 0;
      }
    };
    let code: unknown;
    void ended.then(([status]) => (code = status));
    while (grown() < afterBytes && code === undefined) await new Promise((go) => setImmediate(go));
    if (code === undefined) child.kill('SIGKILL');
    const [status] = (await ended) as [number | null];
    if (status === 0) break;
    kills++;
  }
  assert.ok(kills >= 2, `killed ${kills} times`);
  const journal = await open(file);
  await assertConverted(journal, count);
  await journal.close();
});

test('a conversion for which there is no room, or of another hall, is refused by name and changes nothing', async () => {
  const file = oldJournal(10);
  await assert.rejects(open(file, { hall: 'h2' }), {
    name: 'WrongJournal',
    message: /is of hall "h1", should be of "h2"/,
  });
  assert.throws(() => convertJournal(file, 'h1', undefined, () => 1_000), {
    name: 'WrongJournal',
    message: /format 1 .* free on its disk are 1 MiB, should be \d+ MiB: make room/,
  });
  assert.deepEqual(
    readdirSync(dirname(file)).filter((name) => /format-1|converting/.test(name)),
    [],
  );
  await (await open(file)).close();
});

test('a newer format is refused by name, with what to do, and stays as it is', async () => {
  const file = newFile();
  const newer = new DatabaseSync(file);
  newer.exec(`
    CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
    INSERT INTO meta VALUES ('format', '3'), ('hall', 'h1');`);
  newer.close();
  await assert.rejects(open(file), {
    name: 'WrongJournal',
    message: /has format 3, should be 2: it was written by a newer Hallcast; start that version/,
  });
  const after = new DatabaseSync(file);
  const found = after.prepare('SELECT count(*) AS n FROM sqlite_schema').get();
  after.close();
  assert.equal(found?.['n'], 1, 'no table was added');
});
