// How appends become commits, with a disk that takes as long as the test says.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { GroupCommit, type GroupOptions } from '../../gateway/journal/group.ts';
import { fieldsPerSignal } from '../../gateway/journal/store.ts';

interface Write {
  readonly signals: number;
  readonly letters: number;
  readonly letterBytes: number;
  /** the disk is done */
  done(): void;
}

const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** A group commit whose writes wait until they are told that they are done. */
function slowDisk(options: Partial<GroupOptions> = {}) {
  const writes: Write[] = [];
  let seq = 0;
  let onWrite: (() => void) | undefined;
  const group = new GroupCommit({
    ...{ groupMs: 0, gatherMs: 0, groupMax: 4_000, pendingMax: 100_000 },
    write: (rows, letters) =>
      new Promise((resolve) => {
        const signals = rows.length / fieldsPerSignal;
        const firstSeq = seq + 1;
        seq += signals;
        const held = { bytes: 0, count: 0 };
        writes.push({
          ...{ signals, letters: letters.length },
          letterBytes: letters.reduce((sum, { payload }) => sum + payload.length, 0),
          done: () =>
            resolve({
              ...{ firstSeq, duplicates: [], shared: [], lastLetter: 0, letters: held },
              lettersDropped: 0,
            }),
        });
        onWrite?.();
      }),
    onCommit: () => {},
    onError: (error) => assert.fail(String(error)),
    isListed: () => false,
    ...options,
  });
  /** Resolves with the n-th write once it has begun. */
  const write = async (n: number): Promise<Write> => {
    while (writes.length < n) await new Promise<void>((resolve) => (onWrite = resolve));
    return writes[n - 1]!;
  };
  return { group, writes, write };
}

const draft = (id: string) => ({ device: 'd', stream: 'ticket', id, at: 1, signal: {} }) as never;
const letter = (bytes: number) => ({
  ...{ topic: 'hall/h1/s/ticket', payload: new Uint8Array(bytes), reason: 'json', detail: '' },
});

test('what comes while the disk is busy is one commit afterwards, however many turns it took', async () => {
  const { group, writes, write } = slowDisk();
  const first = group.append([draft('first')], [], 1);
  const before = await write(1);
  const later: Promise<unknown>[] = [];
  for (let n = 0; n < 50; n++) {
    later.push(group.append([draft(`later-${n}`)], [], 1));
    await nextTurn();
  }
  assert.equal(writes.length, 1, 'one commit at a time');
  before.done();
  await first;
  const after = await write(2);
  assert.equal(after.signals, 50);
  after.done();
  await Promise.all(later);
  assert.equal(group.pending, 0);
});

test('a call, an alarm and a command are written at once, with what waited for company', async () => {
  const { group, writes, write } = slowDisk({ gatherMs: 3_600_000 });
  const alone = group.append([draft('alone')], [], 1);
  (await write(1)).done();
  await alone;
  const urgent = [
    { stream: 'ticket', signal: { type: 'called' } },
    { stream: 'ticket', signal: { type: 'recalled' } },
    { stream: 'emergency', signal: { type: 'activated' } },
    { stream: 'window', signal: { type: 'state' }, by: { who: 'anonymous' } },
  ];
  for (const [index, fields] of urgent.entries()) {
    const waits = group.append([draft(`waits-${index}`)], [], 1);
    await nextTurn();
    await nextTurn();
    assert.equal(writes.length, 1 + index, 'nothing urgent yet');
    const device = { device: 'd', id: `urgent-${index}`, at: 1, ...fields } as never;
    const now = group.append([device], [], 1);
    const written = await write(2 + index);
    assert.equal(written.signals, 2);
    written.done();
    await Promise.all([waits, now]);
  }
  const last = group.append([draft('last')], [], 1);
  const closed = group.close();
  (await write(6)).done();
  await Promise.all([last, closed]);
});

test('who waits for each acknowledgement before sending more is not slowed: a wait alone is not repeated', async () => {
  const { group, writes, write } = slowDisk({ gatherMs: 1_000 });
  const send = async (n: number) => {
    const sent = group.append([draft(`signal-${n}`)], [], 1);
    (await write(n)).done();
    await sent;
  };
  await send(1);
  // Gathers, and stays alone.
  await send(2);
  for (let n = 3; n < 3 + 16; n++) {
    const sent = group.append([draft(`signal-${n}`)], [], 1);
    await nextTurn();
    await nextTurn();
    assert.equal(writes.length, n, 'written at once');
    writes.at(-1)?.done();
    await sent;
  }
  const company = [19, 20].map((n) => group.append([draft(`signal-${n}`)], [], 1));
  await nextTurn();
  await nextTurn();
  assert.equal(writes.length, 18, 'gathers again');
  const last = await write(19);
  assert.equal(last.signals, 2);
  last.done();
  await Promise.all(company);
});

test('a signal does not wait for the dead letters before it: a commit takes some of them along', async () => {
  const { group, write } = slowDisk();
  const first = group.append([draft('first')], [], 1);
  const before = await write(1);
  const letters = Array.from({ length: 64 }, () => group.append([], [letter(64 * 1024)], 1));
  const signal = group.append([draft('signal')], [], 1);
  before.done();
  await first;
  const second = await write(2);
  assert.equal(second.signals, 1);
  assert.ok(second.letters >= 1 && second.letterBytes <= 512 * 1024, String(second.letterBytes));
  second.done();
  await signal;
  for (let n = 3; group.pending > 0; n++) {
    (await write(n)).done();
    await nextTurn();
  }
  const receipts = await Promise.all(letters);
  assert.ok(receipts.every(({ deadLetters }) => deadLetters === 1));
});

test('close writes signals and dead letters that still wait', async () => {
  const { group, write } = slowDisk();
  const waiting = [
    group.append([draft('first')], [], 1),
    ...Array.from({ length: 20 }, () => group.append([], [letter(100_000)], 1)),
  ];
  const closed = group.close();
  for (let n = 1; group.pending > 0; n++) {
    (await write(n)).done();
    await nextTurn();
  }
  await closed;
  assert.equal((await Promise.all(waiting)).length, 21);
});
