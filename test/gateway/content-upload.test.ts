// An upload is an event of the journal: what is journaled when, what a crash in between leaves, who removes. SPEC §23.10 to 23.12.
import { deepStrictEqual as equal, match, rejects } from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { Content, type StoredFile } from '../../gateway/content.ts';
import { startGateway } from '../services/gateway.ts';
import { png, samples } from './content-samples.ts';
import { eventually, HALL, openTestGateway } from './open.ts';

const gif = samples['image/gif'];
const DAY_MS = 86_400_000;
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const stored = (data: string) => readdirSync(`${data}/content`).sort();

async function upload(address: string, file: BodyInit, query = '') {
  const answer = await fetch(`${address}/api/v1/content${query}`, { method: 'POST', body: file });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

interface Event {
  readonly stream: string;
  readonly signal: Readonly<Record<string, unknown>>;
  readonly by: object;
}

async function eventsOf(address: string): Promise<Event[]> {
  const text = await (await fetch(`${address}/api/v1/journal`)).text();
  const lines = text.split('\n').filter(Boolean);
  return lines
    .map((line) => JSON.parse(line) as Event)
    .filter(({ stream }) => stream === 'command');
}

const uploadsOf = async (address: string) => {
  type State = { state: { uploads: Readonly<Record<string, { at: number; name?: string }>> } };
  return ((await (await fetch(`${address}/api/v1/state`)).json()) as State).state.uploads;
};

Deno.test('23.10 an upload is one event with who and what, however often it comes', async () => {
  const gateway = await openTestGateway();
  const { address } = gateway;
  const { status, body } = await upload(address, png, '?name=%20%E5%BC%A0%E4%B8%89.png');
  equal(
    [status, body],
    [200, { hash: sha256(png), bytes: png.length, type: 'image/png', new: true }],
  );
  const both = await Promise.all([upload(address, gif), upload(address, gif)]);
  equal(
    both.map((each) => [each.status, each.body['hash']]),
    [sha256(gif), sha256(gif)].map((hash) => [200, hash]),
  );
  equal((await upload(address, png, '?name=other.png')).body, { ...body, new: false });
  const [first, ...more] = await eventsOf(address);
  const { id: _id, ...signal } = first?.signal ?? {};
  equal(signal, {
    ...{ type: 'content.uploaded', hash: sha256(png), bytes: png.length },
    ...{ media_type: 'image/png', name: '张三.png' },
  });
  equal(first?.by, { who: 'anonymous', role: 'none', from: 'api' });
  equal(
    more.map((event) => event.signal['hash']),
    [sha256(gif)],
  );
  const { [sha256(png)]: shown, ...rest } = await uploadsOf(address);
  equal([shown?.name, Object.keys(rest)], ['张三.png', [sha256(gif)]]);
  equal((await upload(address, samples['image/webp'], `?name=${'x'.repeat(201)}`)).status, 400);
  equal(stored(gateway.data).length, 2);
  await gateway.stop();
});

Deno.test(
  '23.4 the number of uploads has a limit, of which a refused one leaves nothing',
  async () => {
    const gateway = await openTestGateway({ hall: `${HALL}limits: { content_files_max: 1 }\n` });
    equal((await upload(gateway.address, png)).status, 200);
    const { status, body } = await upload(gateway.address, gif);
    equal([status, body['reason']], [507, 'budget:content-files']);
    match(String(body['detail']), /limits.content_files_max/);
    equal(stored(gateway.data), [sha256(png)]);
    equal((await eventsOf(gateway.address)).length, 1);
    equal((await upload(gateway.address, png)).body['new'], false);
    type Faults = { faults: { id: string }[] };
    await eventually(
      'the fault',
      () => gateway.json<Faults>('/api/v1/faults'),
      ({ faults }) => faults.some(({ id }) => id === 'budget:content-files'),
    );
    await gateway.stop();
  },
);

Deno.test(
  '23.11 a crash between file and event leaves neither an event nor a file for ever',
  async () => {
    const killed = await startGateway({ hall: HALL });
    // Another writer keeps the journal busy: the file is in its place, the event waits for its commit.
    const other = new DatabaseSync(`${killed.data}/journal.sqlite`);
    other.exec('BEGIN IMMEDIATE');
    const answer = upload(killed.url, png).then(
      ({ status }) => status,
      () => 'none',
    );
    await eventually(
      'the file',
      () => stored(killed.data),
      (names) => names.join() === sha256(png),
    );
    await killed.kill();
    equal(await answer, 'none');
    other.exec('ROLLBACK');
    other.close();
    let present = Date.now();
    const clock = () => ({ now: () => present, notBefore: () => {}, aheadMs: 0, pace: 1 });
    const { data } = killed;
    const restarted = await openTestGateway({ data, clock: clock() });
    equal([await eventsOf(restarted.address), await uploadsOf(restarted.address)], [[], {}]);
    equal(stored(data), [sha256(png)]);
    await restarted.stop();
    present += 31 * DAY_MS;
    const later = await openTestGateway({ data, clock: clock() });
    await eventually(
      'no file',
      () => stored(data),
      (names) => names.length === 0,
    );
    equal(await eventsOf(later.address), []);
    // The same bytes are an upload like any other.
    equal((await upload(later.address, png)).body['new'], true);
    equal((await eventsOf(later.address)).length, 1);
    await later.stop();
  },
);

Deno.test(
  '23.10 23.12 an upload again has its whole time again; that it goes is an event',
  async () => {
    let present = Date.now();
    const began = present;
    const clock = { now: () => present, notBefore: () => {}, aheadMs: 0, pace: 1 };
    const first = await openTestGateway({ clock });
    await upload(first.address, png, '?name=a.png');
    await upload(first.address, gif);
    present = began + 20 * DAY_MS;
    equal((await upload(first.address, png)).body['new'], false);
    equal((await uploadsOf(first.address))[sha256(png)]?.at, present);
    await first.stop();
    const { data } = first;
    present = began + 31 * DAY_MS;
    const second = await openTestGateway({ data, clock });
    await eventually(
      'one file',
      () => stored(data),
      (names) => names.length === 1,
    );
    const [shown, ...none] = Object.entries(await uploadsOf(second.address));
    equal([shown?.[0], shown?.[1].name, none], [sha256(png), 'a.png', []]);
    const { signal, by } = (await eventsOf(second.address)).at(-1)!;
    equal([signal['type'], signal['hash']], ['content.removed', sha256(gif)]);
    equal(by, { who: 'gateway', role: 'none', from: 'api' });
    await second.stop();
  },
);

Deno.test('23.11 no file is removed while it is being uploaded', async () => {
  const data = Deno.makeTempDirSync({ prefix: 'hallcast-' });
  const content = await Content.open({
    ...{ data, fileBytesMax: 1024 * 1024, bytesMax: 1024 * 1024, isDiskShort: () => false },
    onError: (error) => {
      throw error;
    },
  });
  const body = (file: Uint8Array) => ReadableStream.from([file]);
  const hash = sha256(png);
  const remove = () => content.remove(hash, () => false);
  const removed: boolean[] = [];
  const register = (isTaken: boolean) => async (_file: StoredFile) => {
    removed.push(await remove());
    return isTaken;
  };
  await content.upload(body(png), 1_000, 0, register(true));
  equal([removed, stored(data)], [[false], [hash]]);
  equal(await content.remove(hash, () => true), false);
  // Another upload of the same bytes that is refused takes nothing from the first.
  await content.upload(body(png), 1_000, 0, register(false));
  equal(stored(data), [hash]);
  equal([await remove(), stored(data)], [true, []]);
  await content.upload(body(png), 1_000, 0, register(false));
  equal(stored(data), []);
  const unknown = () => Promise.reject(new Error('no answer'));
  await rejects(content.upload(body(png), 1_000, 0, unknown), /no answer/);
  equal(stored(data), [hash]);
});
