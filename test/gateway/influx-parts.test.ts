// The parts of the history on InfluxDB that need no database: lines, the division of refused batches, marks, what is said.
import { deepStrictEqual as equal, match, ok, rejects, throws } from 'node:assert/strict';
import { HttpError, Point as LibraryPoint } from '@influxdata/influxdb-client';
import * as fc from 'fast-check';
import { Cursor, factsTarget } from '../../gateway/history/influx/cursor.ts';
import { toLine } from '../../gateway/history/influx/line.ts';
import { versionOf } from '../../gateway/history/influx/server.ts';
import {
  InfluxTrouble,
  LinesRefused,
  TooLarge,
  troubleOf,
} from '../../gateway/history/influx/trouble.ts';
import { rewindHistory } from '../../gateway/history/rewind.ts';
import type { Store } from '../../gateway/history/settings.ts';
import { writeLines, type Line } from '../../gateway/history/influx/write.ts';
import type { Point } from '../../hall/point.ts';

const word = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
  .filter((text) => !text.endsWith('\\'));
const sorted = <T>(record: Record<string, T>): Record<string, T> =>
  Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
const points = fc.record({
  measurement: word,
  tags: fc.dictionary(word, word, { maxKeys: 4 }).map(sorted),
  fields: fc
    .dictionary(
      word,
      fc.oneof(
        fc.string({ unit: 'grapheme' }),
        fc.boolean(),
        fc.double({ noNaN: true, noDefaultInfinity: true }),
      ),
      { minKeys: 1, maxKeys: 4 },
    )
    .map(sorted),
  timestampNs: fc.bigInt({ min: 0n, max: (1n << 63n) - 1n }),
});

Deno.test('a line is what the client library makes of the point', () => {
  fc.assert(
    fc.property(points, (point) => {
      const other = new LibraryPoint(point.measurement);
      for (const [name, value] of Object.entries(point.tags)) other.tag(name, value);
      for (const [name, value] of Object.entries(point.fields)) {
        if (typeof value === 'number') other.floatField(name, value);
        else if (typeof value === 'boolean') other.booleanField(name, value);
        else other.stringField(name, value);
      }
      other.timestamp(String(point.timestampNs));
      equal(toLine(point), other.toLineProtocol());
    }),
    { numRuns: 500 },
  );
});

Deno.test('a point that no InfluxDB could take is no line', () => {
  const point: Point = {
    ...{ measurement: 'ticket', tags: {}, fields: { n: 1 }, timestampNs: 1n },
  };
  throws(() => toLine({ ...point, fields: {} }), /fields: should be at least one/);
  throws(() => toLine({ ...point, fields: { n: Number.NaN } }), /n: is NaN/);
  throws(() => toLine({ ...point, timestampNs: 1n << 63n }), /time: should be/);
  throws(() => toLine({ ...point, timestampNs: -1n }), /time: should be/);
  throws(() => toLine({ ...point, tags: { a: 'b\\' } }), /backslash/);
});

function lines(count: number): Line[] {
  return Array.from({ length: count }, (_, index) => ({
    ...{ text: `ticket n=${index}`, measurement: 'ticket', index },
  }));
}

/** A server that takes some lines never; counts requests. */
function server(isBad: (text: string) => boolean, says: (bad: number) => Error) {
  const stored = new Set<string>();
  let requests = 0;
  const send = async (body: string): Promise<void> => {
    requests++;
    const all = body.split('\n');
    for (const text of all) if (!isBad(text)) stored.add(text);
    const bad = all.filter(isBad).length;
    if (bad > 0) throw says(bad);
  };
  return { send, stored, requests: () => requests };
}

const unparsable = () => new LinesRefused("unable to parse 'ticket n=': missing field value");

Deno.test('whatever lines are bad, they alone are set aside and all others are in it', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 300 }), fc.array(fc.nat(299)), async (n, bad) => {
      const all = lines(n);
      const isBad = (text: string) => bad.includes(Number(text.split('=')[1]));
      const { send, stored } = server(isBad, unparsable);
      const refused = await writeLines(all, send);
      const expected = all.filter(({ text }) => isBad(text));
      equal(
        refused.map(({ line }) => line.index).sort((a, b) => a - b),
        expected.map(({ index }) => index),
      );
      equal(stored.size, n - expected.length);
    }),
    { numRuns: 200 },
  );
});

Deno.test(
  'one bad line of 5,000 costs few requests; a bad field of many lines costs three',
  async () => {
    const one = server((text) => text === 'ticket n=3456', unparsable);
    equal((await writeLines(lines(5_000), one.send)).length, 1);
    ok(one.requests() <= 2 * 13 + 1, `${one.requests()} requests`);

    const says = (dropped: number) =>
      new LinesRefused(
        'partial write: field type conflict: input field "level" on measurement "evaluation" is ' +
          `type float, already exists as type string dropped=${dropped}`,
      );
    const many = server((text) => text.startsWith('evaluation'), says);
    const mixed = lines(5_000).map((line) =>
      line.index % 3 === 0
        ? { ...line, measurement: 'evaluation', text: `evaluation level=${line.index}` }
        : line,
    );
    equal((await writeLines(mixed, many.send)).length, 1_667);
    equal(many.requests(), 3);
  },
);

Deno.test('a request that is too large is halved; a line that is, is set aside', async () => {
  const most = 200;
  const send = async (body: string): Promise<void> => {
    if (body.length > most) throw new TooLarge('request entity too large');
  };
  equal(await writeLines(lines(100), send), []);
  const [first] = lines(1);
  const large = { ...(first as Line), text: 'x'.repeat(201) };
  for (const place of [0, 50, 100]) {
    const all = lines(100).toSpliced(place, 0, large);
    const refused = await writeLines(all, send);
    equal(
      refused.map(({ line }) => line),
      [large],
    );
    match(refused[0]?.reason ?? '', /larger than the server takes/);
  }
  // Beside nothing that gets through nobody knows whether it is the line.
  await rejects(writeLines([large], send), TooLarge);
});

Deno.test(
  'a proxy for which everything is too large sets nothing aside, also halfway',
  async () => {
    let requests = 0;
    let open: (request: number) => boolean = () => false;
    const send = async (): Promise<void> => {
      if (!open(++requests)) throw new TooLarge('<html>413 Request Entity Too Large</html>');
    };
    await rejects(writeLines(lines(5_000), send), TooLarge);
    ok(requests <= 15, `${requests} requests until it was clear`);
    requests = 0;
    // The first half gets through, then it begins again.
    open = (request) => request === 2;
    await rejects(writeLines(lines(5_000), send), TooLarge);
  },
);

Deno.test('only words of InfluxDB, of any version, are about lines', async () => {
  const refusedAs = async (reason: string): Promise<number> => {
    const send = async (): Promise<void> => {
      throw new LinesRefused(reason);
    };
    return (await writeLines(lines(4), send).catch(() => [])).length;
  };
  for (const reason of [
    `partial write: field type conflict: input field "level" on measurement "evaluation" is type float, already exists as type string dropped=4`,
    'partial write: points beyond retention policy dropped=4',
    'partial write: max key length exceeded: 70000 > 65535 dropped=4',
    `unable to parse 'ticket n=': missing field value`,
    'failure writing points to database: partial write: field type conflict: …',
    'failed to parse line protocol: errors encountered on line(s): error parsing line 1 (1-based)',
    `partial write of line protocol occurred: invalid column type for column 'level', expected …`,
    'parsing failed for write_lp endpoint: No fields were provided',
    'write buffer error: parsing for line protocol failed',
  ]) {
    equal(await refusedAs(reason), 4, reason);
  }
  for (const reason of [
    'Bad Request',
    'upstream: cannot parse response',
    'request timestamp is invalid',
    'blocked: column width',
    'is larger than the server takes: by a proxy',
    'schema of this request is not supported',
  ]) {
    equal(await refusedAs(reason), 0, reason);
  }
});

Deno.test('a proxy that refuses everything sets nothing aside', async () => {
  const send = async (): Promise<void> => {
    throw new LinesRefused('<html>Bad Request</html>');
  };
  await rejects(writeLines(lines(20), send), LinesRefused);
  await rejects(writeLines(lines(1), send), LinesRefused);
});

Deno.test('trouble passes through at once', async () => {
  let requests = 0;
  const send = async (): Promise<void> => {
    requests++;
    throw new InfluxTrouble('away');
  };
  await rejects(writeLines(lines(20), send), InfluxTrouble);
  equal(requests, 1);
});

Deno.test('what a status means, without a secret in it', () => {
  const asked = { where: 'db:8086', database: 'hallcast', timeoutMs: 1_000, hasToken: true };
  const of = (status: number, body = '', after?: string) =>
    troubleOf(new HttpError(status, 'status', body, after), asked);
  ok(of(400, '{"error":"unable to parse"}') instanceof LinesRefused);
  ok(of(422, '{"message":"schema conflict"}') instanceof LinesRefused);
  ok(of(413) instanceof TooLarge);
  const page = of(400, '<!DOCTYPE html>\n<style>flex-direction: column</style>');
  ok(page instanceof InfluxTrouble && page.away, 'a page is about no line');
  match(page.message, /^InfluxDB at db:8086 answers something that is not InfluxDB: 400 <!DOCTYPE/);
  const limit = of(400, '{"error":"partial write: max-values-per-tag limit exceeded dropped=9"}');
  ok(limit instanceof InfluxTrouble, 'an administrator can lift it: it waits');
  const busy = of(503, '{"error":"busy"}', '7') as InfluxTrouble;
  equal([busy.retryAfterMs, busy.away], [7_000, true]);
  equal((of(429, '', '3') as InfluxTrouble).retryAfterMs, 3_000);
  match(of(401).message, /HALLCAST_INFLUX_TOKEN should be/);
  equal((of(404) as InfluxTrouble).missing, true);
  const url = 'http://user:secret@db:8086/write';
  const network = troubleOf(
    new TypeError(`error sending request for url (${url})`, {
      cause: new Error('tcp connect error: Connection refused (os error 111)'),
    }),
    asked,
  );
  equal(network.message, 'InfluxDB at db:8086 cannot be reached: connection refused');
});

Deno.test('versions, as /ping tells them', () => {
  const of = (text: string) => {
    const { major, writes } = versionOf(text);
    return [major, writes];
  };
  equal(of('1.6.7~rc0'), [1, '/write']);
  equal(of('1.7.11'), [1, '/write']);
  equal(of('1.8.10'), [1, '/api/v2/write']);
  equal(of('v1.11.8'), [1, '/api/v2/write']);
  equal(of('v2.7.11'), [2, '/api/v2/write']);
  equal(of(''), [2, '/api/v2/write'], 'the cloud tells none');
  equal(of('3.4.1'), [3, '/api/v2/write']);
});

Deno.test('the cursor is kept per database; its marks grow sparse with age', () => {
  const folder = Deno.makeTempDirSync({ prefix: 'hallcast-' });
  const file = `${folder}/history-influx.sqlite`;
  let now = 0;
  const first = new Cursor(file, 'db:8086 hallcast h1', () => now);
  const point = { measurement: 'ticket', tags: { hall: 'h1' } };
  const aside = { seq: 7, line: 'ticket n="7"', reason: 'conflict', since: 1 };
  for (let seq = 1; seq <= 5_000; seq++) {
    now += seq % 2 === 0 ? 999 : 1;
    first.advance(seq, [], { ...point, seq, timestampNs: BigInt(seq) });
  }
  first.advance(5_001, [aside, aside]);
  first.advance(3, []);
  equal(first.through, 5_001, 'never back by itself');
  const marks = first.marks().map(({ seq }) => seq);
  equal(marks.slice(0, 3), [5_000, 4_999, 4_997], 'one a second, and the latest');
  ok(marks.length <= 128 && (marks.at(-1) ?? 0) < 500, `${marks.length} down to ${marks.at(-1)}`);
  first.advance(5_002, [], { ...point, seq: 5_002, timestampNs: 5_002n });
  equal(first.marks()[0]?.seq, 5_002, 'and the latest, however soon');
  const other = new Cursor(file, 'db:8086 other h1');
  equal([other.through, other.marks().length], [0, 0]);
  other.close();
  first.rewind(4_000);
  first.close();
  const again = new Cursor(file, 'db:8086 hallcast h1');
  equal(again.through, 4_000);
  equal(again.marks()[0]?.tags, { hall: 'h1' });
  ok(again.marks().every(({ seq }) => seq <= 4_000));
  equal(
    again.setAside(Number.MAX_SAFE_INTEGER, 10).map(({ seq, line }) => [seq, line]),
    [[7, 'ticket n="7"']],
    'a line is set aside once',
  );
  again.close();
  Deno.removeSync(folder, { recursive: true });
});

Deno.test('a journal that ends before the cursor takes every database back with it', () => {
  const folder = Deno.makeTempDirSync({ prefix: 'hallcast-' });
  const store: Store = {
    ...{ kind: 'influx', file: `${folder}/history-influx.sqlite`, url: 'http://db:8086' },
    ...{ database: 'hallcast', timeoutMs: 1_000, batchBytes: 1e6, verifyMs: 1_000 },
    ...{ retentionDays: 0, timezone: 'Asia/Shanghai' },
    ...{ factsFile: `${folder}/facts.sqlite`, factsDays: 0 },
  };
  equal(rewindHistory(store, 0), undefined, 'there is no file');
  Deno.writeFileSync(store.file, new Uint8Array(0));
  equal(rewindHistory(store, 0), undefined, 'nothing is in it');
  const mark = { measurement: 'ticket', tags: { hall: 'h1' }, timestampNs: 1n };
  for (const [target, through] of [
    ['first', 50],
    ['second', 20],
  ] as const) {
    const cursor = new Cursor(store.file, target);
    cursor.advance(10, [], { ...mark, seq: 10 });
    cursor.advance(through, [], { ...mark, seq: through });
    cursor.close();
  }
  const facts = new Cursor(store.file, factsTarget('first'));
  facts.advance(1_000, [], { ...mark, seq: 1_000 });
  equal(rewindHistory(store, 50), undefined, 'it is not beyond; versions of facts are no entries');
  equal(rewindHistory(store, 15), 50);
  for (const target of ['first', 'second']) {
    const cursor: Cursor = new Cursor(store.file, target);
    const marks = cursor.marks().map(({ seq }) => seq);
    equal({ through: cursor.through, marks }, { through: 15, marks: [10] }, target);
    cursor.close();
  }
  facts.close();
  const still = new Cursor(store.file, factsTarget('first'));
  equal([still.through, still.marks().length], [1_000, 1], 'facts');
  still.close();
  Deno.removeSync(folder, { recursive: true });
});
