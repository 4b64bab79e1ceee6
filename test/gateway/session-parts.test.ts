// The parts of the session at an external broker that need no broker: the window of PUBACKs, what is too large, the
// broker's reasons.
import { deepStrictEqual as equal, ok, rejects, throws } from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import mqttPacket from 'mqtt-packet';
import { uncovered } from '../../gateway/intake/session/filters.ts';
import { Outbox } from '../../gateway/intake/session/outbox.ts';
import { reasonOf, refusalOf } from '../../gateway/intake/session/refusal.ts';
import { Reader, type Publish } from '../../gateway/intake/session/reader.ts';
import { Retry } from '../../gateway/intake/session/retry.ts';
import { Window } from '../../gateway/intake/session/window.ts';

test('whatever the order in which messages become safe, PUBACKs leave in the order of arrival', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(1_000), { maxLength: 300 }), (ranks) => {
      const released: number[] = [];
      const window = new Window((id) => released.push(id));
      const held = ranks.map((_rank, index) => window.hold(index + 1));
      const order = ranks.map((rank, index) => [rank, index] as const).sort(([a], [b]) => a - b);
      order.forEach(([, index], done) => {
        window.settle(held[index]!);
        equal(window.size, ranks.length - released.length);
        ok(released.length <= done + 1);
      });
      equal(
        released,
        held.map(({ packetId }) => packetId),
      );
    }),
  );
});

test('a window that is never empty does not grow', () => {
  let released = 0;
  const window = new Window(() => released++);
  let last = window.hold(0);
  for (let id = 1; id < 50_000; id++) {
    const next = window.hold(id);
    window.settle(last);
    last = next;
  }
  equal([window.size, released], [1, 49_999]);
});

interface Message {
  readonly text: string;
  readonly payload: Uint8Array;
  readonly qos: 0 | 1;
  readonly retain: boolean;
}

const messages = fc.array(
  fc.record({
    text: fc
      .string({ unit: 'binary', minLength: 1, maxLength: 40 })
      .map((text) => `t${text.replaceAll(/[+#\0]/g, '-')}`),
    payload: fc.uint8Array({ maxLength: 600 }),
    qos: fc.constantFrom(0, 1),
    retain: fc.boolean(),
  }),
  { maxLength: 12 },
);
const steps = fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 9 });

function encode(version: 4 | 5, { text, payload, qos, retain }: Message, id: number): Uint8Array {
  return mqttPacket.generate(
    {
      cmd: 'publish',
      ...{ topic: text, qos, dup: false, retain, messageId: id, payload: Buffer.from(payload) },
      ...(version === 5 &&
        id % 2 === 0 && { properties: { userProperties: { maker: 'x'.repeat(id * 20) } } }),
    },
    { protocolVersion: version },
  );
}

/** Bytes in a row, in pieces of these sizes in turn. */
function* piecesOf(whole: Uint8Array, sizes: readonly number[]): Generator<Uint8Array> {
  for (let at = 0, turn = 0; at < whole.length; turn++) {
    const end = at + sizes[turn % sizes.length]!;
    yield whole.slice(at, end);
    at = end;
  }
}

function readerOf(protocolVersion: 4 | 5, bodyBytesMax: number) {
  const found: (Publish | string)[] = [];
  const reader = new Reader({
    ...{ protocolVersion, bodyBytesMax },
    onPublish: (publish) => found.push({ ...publish, payload: new Uint8Array(publish.payload) }),
    onPacket: ({ cmd }) => found.push(cmd),
    onError(error) {
      throw error;
    },
  });
  return { reader, found };
}

test('whatever the pieces in which packets arrive, they are read as the library reads them, in order', () => {
  fc.assert(
    fc.property(fc.constantFrom(4, 5), messages, steps, (version, sent, sizes) => {
      const packets = sent.flatMap((message, index) => [
        encode(version, message, index + 1),
        ...(index % 3 === 0 ? [mqttPacket.generate({ cmd: 'pingresp' })] : []),
      ]);
      const { reader, found } = readerOf(version, 100_000);
      for (const piece of piecesOf(Buffer.concat(packets), sizes)) reader.read(piece);
      const wanted = sent.flatMap(({ text, payload, qos, retain }, index) => [
        { topic: text, payload, retain, packetId: qos === 0 ? undefined : index + 1 },
        ...(index % 3 === 0 ? ['pingresp'] : []),
      ]);
      equal(found, wanted);
      equal(reader.shortened, 0);
    }),
  );
});

test('packets that are too large keep their first bytes, all others all of theirs, however they are cut up', () => {
  const bodyMax = 200;
  const head = 2 + 'topic'.length + 2 + 1;
  fc.assert(
    fc.property(messages, steps, (sent, sizes) => {
      const plain = sent.map((message) => ({ ...message, text: 'topic', qos: 1 as const }));
      const packets = plain.map((message, index) => encode(5, message, index * 2 + 1));
      const { reader, found } = readerOf(5, bodyMax);
      for (const piece of piecesOf(Buffer.concat(packets), sizes)) reader.read(piece);
      const kept = plain.map(({ payload }) => payload.slice(0, bodyMax - head));
      equal(
        found.map((publish) => typeof publish !== 'string' && [publish.packetId, publish.payload]),
        kept.map((payload, index) => [index * 2 + 1, payload]),
      );
      const cut = plain.filter(({ payload }, index) => payload.length > kept[index]!.length);
      equal(reader.shortened, cut.length);
    }),
  );
});

test('what is no MQTT is refused, whatever it is, and never read past its end', () => {
  const { reader } = readerOf(5, 1_000);
  throws(() => reader.read(Uint8Array.of(0x30, 0xff, 0xff, 0xff, 0xff, 1)), /4 bytes/);
  const bad = [
    [0x36, 5, 0, 1, 97, 0, 1],
    [0x32, 4, 0, 9, 97, 98],
    [0x32, 5, 0, 1, 97, 0, 1, 0x30],
    [0x30, 5, 0, 1, 97, 9, 0],
  ];
  for (const bytes of bad) {
    throws(() => readerOf(5, 1_000).reader.read(Uint8Array.from(bytes)), /malformed/);
  }
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 60 }), (bytes) => {
      const { reader: fresh } = readerOf(5, 1_000);
      try {
        fresh.read(bytes);
      } catch (error) {
        ok(error instanceof Error);
      }
    }),
  );
});

test('of topic filters only those that no other one covers are asked for', () => {
  const cases: [filters: string[], wanted: string[]][] = [
    [['a/b', 'a/b'], ['a/b']],
    [['a/+', 'a/b', 'a/#', 'a'], ['a/#']],
    [
      ['a/+/c', 'a/b/+'],
      ['a/+/c', 'a/b/+'],
    ],
    [
      ['a/+', 'a/b/c', 'b/+/+', 'b/c/#'],
      ['a/+', 'a/b/c', 'b/+/+', 'b/c/#'],
    ],
    [['#', 'hall/h1/+/+', 'z/#'], ['#']],
  ];
  for (const [filters, wanted] of cases) equal(uncovered(filters), wanted);
});

test('what the gateway publishes waits for a line, is sent again on the next one, and no more than the broker takes', async () => {
  const outbox = new Outbox({ waitMs: 60_000, max: 3 });
  const sent: string[] = [];
  const outlet = {
    ...{ protocolVersion: 5 as const, receiveMaximum: 1, retainAvailable: false },
    send(bytes: Uint8Array) {
      const parser = mqttPacket.parser({ protocolVersion: 5 });
      parser.on('packet', (packet) => {
        if (packet.cmd !== 'publish') return;
        const { topic, dup, retain, messageId } = packet;
        sent.push(`${topic} ${messageId}${dup ? ' dup' : ''}${retain ? ' retain' : ''}`);
      });
      parser.parse(Buffer.from(bytes));
    },
  };
  const letter = (topic: string) => outbox.publish(topic, new Uint8Array(1), true);
  const [a, b, c] = [letter('a'), letter('b'), letter('c')];
  await rejects(letter('d'), /3 wait for the broker/);
  outbox.open(outlet, false);
  equal(sent, ['a 1'], 'one at a time, and not retained where the broker keeps none');
  outbox.close();
  outbox.open(outlet, true);
  equal(sent, ['a 1', 'a 1 dup']);
  outbox.acknowledged(1, 0x10);
  await a;
  equal(sent.at(-1), 'b 2');
  outbox.acknowledged(2, 0x87);
  await rejects(b, /publish b: the broker refuses it \(0x87\)/);
  outbox.close();
  outbox.open(outlet, false);
  equal(sent.at(-1), 'c 3', 'a session that is gone knows nothing of it');
  outbox.end();
  await rejects(c, /the gateway stops/);
});

test('what a broker does not acknowledge in time fails', async () => {
  const outbox = new Outbox({ waitMs: 20, max: 3 });
  await rejects(outbox.publish('t', new Uint8Array(1), false), /did not acknowledge it in 20 ms/);
});

test('attempts grow rarer with each fault, and begin anew after a connection that stood', () => {
  const retry = new Retry(true);
  const fault = { why: 'silent' } as const;
  const most = Array.from({ length: 9 }, () => retry.delayMs(false));
  most.forEach((delay, turn) => {
    const whole = Math.min(10_000, 200 * 2 ** turn);
    ok(delay >= whole / 2 && delay <= whole, `${delay} ms at ${turn}`);
  });
  equal(retry.isTaken(fault, 1_000, false), false);
  ok(retry.delayMs(false) >= 5_000, 'one that hardly stood changes nothing');
  equal(retry.isTaken(fault, 3_000, false), false);
  ok(retry.delayMs(false) <= 200);
});

test('a session is taken where the broker says so, or closes without a word again and again', () => {
  const closed = { why: 'closed' } as const;
  const told = { why: 'told', reasonCode: 0x8e } as const;
  const reset = { why: 'closed', error: new Error('reset by peer') } as const;
  const guessing = new Retry(true);
  equal(
    [told, closed, closed, closed].map((end) => guessing.isTaken(end, 100, false)),
    [...[true, false, true, false]],
  );
  equal(
    [reset, closed, reset, closed].some((end) => new Retry(true).isTaken(end, 100, false)),
    false,
  );
  const between = new Retry(true);
  equal(
    [closed, reset, closed].some((end) => between.isTaken(end, 100, false)),
    false,
  );
  const restarted = new Retry(true);
  equal(
    [closed, closed, closed].some((end) => restarted.isTaken(end, 100, true)),
    false,
    'the broker itself was gone',
  );
  const arbitrated = new Retry(false);
  equal(
    [closed, closed, closed].some((end) => arbitrated.isTaken(end, 100, false)),
    false,
  );
  ok(guessing.delayMs(true) >= 5_000, 'and not taken back at once');
});

test('two that take a session from each other by mistake do so more and more rarely', () => {
  const closed = { why: 'closed' } as const;
  const retry = new Retry(true);
  equal(
    [closed, closed].map((end) => retry.isTaken(end, 100, false)),
    [false, true],
  );
  const waits = Array.from({ length: 6 }, () => {
    const wait = retry.delayMs(true);
    // The other one comes back as late as this one does, and takes it at its first attempt.
    ok(retry.isTaken(closed, wait, false));
    return wait;
  });
  ok(waits[0]! <= 10_000 && waits.at(-1)! >= 30_000 && waits.at(-1)! <= 60_000, waits.join());
  equal(retry.isTaken(closed, 600_000, false), false, 'one that stood for long was not robbed');
  ok(retry.delayMs(false) <= 400);
});

test('reasons of both versions are told in words, and which of them asks for the older one', () => {
  for (const code of [4, 0x86]) ok(/HALLCAST_BROKER_PASSWORD/.test(refusalOf(code).text.en));
  equal(
    [1, 0x84, 4, 0x86, 0x88].map((code) => refusalOf(code).version),
    [...[true, true, false, false, false]],
  );
  ok(/another client took the session/.test(reasonOf(0x8e).en));
  equal(reasonOf(0xff).en, 'its reason code is 0xff');
});
