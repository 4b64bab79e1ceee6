// The parts of the session at an external broker that need no broker: the window of PUBACKs, what is too large, the
// broker's reasons.
import { deepStrictEqual as equal, ok, rejects, throws } from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import mqttPacket from 'mqtt-packet';
import { uncovered } from '../../gateway/intake/session/filters.ts';
import { Outbox } from '../../gateway/intake/session/outbox.ts';
import { reasonOf, refusalOf } from '../../gateway/intake/session/refusal.ts';
import { Shorten } from '../../gateway/intake/session/shorten.ts';
import { Window } from '../../gateway/intake/session/window.ts';

test('whatever the order in which messages become safe, PUBACKs leave in the order of arrival', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(1_000), { maxLength: 300 }), (ranks) => {
      const window = new Window();
      const held = ranks.map((_rank, index) => window.hold(index + 1));
      const released: number[] = [];
      const order = ranks.map((rank, index) => [rank, index] as const).sort(([a], [b]) => a - b);
      order.forEach(([, index], done) => {
        window.settle(held[index]!, (id) => released.push(id));
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
  const window = new Window();
  let released = 0;
  let last = window.hold(0);
  for (let id = 1; id < 50_000; id++) {
    const next = window.hold(id);
    window.settle(last, () => released++);
    last = next;
  }
  equal([window.size, released], [1, 49_999]);
});

const publish = (payload: Uint8Array, messageId: number) =>
  mqttPacket.generate(
    {
      cmd: 'publish',
      ...{ topic: 'hall/h1/d1/ticket', qos: 1, dup: false, retain: false, messageId },
      payload: Buffer.from(payload),
    },
    { protocolVersion: 5 },
  );

/** What the parser makes of bytes that arrive in these pieces. */
function read(shorten: Shorten, pieces: readonly Uint8Array[]) {
  const found: { id: number | undefined; payload: Buffer }[] = [];
  const parser = mqttPacket.parser({ protocolVersion: 5 });
  parser.on('packet', (packet) => {
    if (packet.cmd !== 'publish') return;
    found.push({ id: packet.messageId, payload: Buffer.from(packet.payload) });
  });
  parser.on('error', (error) => {
    throw error;
  });
  for (const piece of pieces) {
    for (const part of shorten.cut(piece)) parser.parse(Buffer.from(part));
  }
  return found;
}

test('packets that are too large keep their first bytes, all others all of theirs, however they are cut up', () => {
  const bodyMax = 200;
  const head = 2 + 'hall/h1/d1/ticket'.length + 2 + 1;
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ maxLength: 600 }), { maxLength: 12 }),
      fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 9 }),
      (payloads, steps) => {
        const whole = Buffer.concat(payloads.map((payload, index) => publish(payload, index + 1)));
        const pieces: Uint8Array[] = [];
        for (let at = 0, turn = 0; at < whole.length; turn++) {
          const step = steps[turn % steps.length]!;
          pieces.push(whole.subarray(at, at + step));
          at += step;
        }
        const shorten = new Shorten(bodyMax);
        const kept = payloads.map((payload) => payload.subarray(0, bodyMax - head));
        const found = read(shorten, pieces);
        equal(
          found.map(({ id, payload }) => [id, new Uint8Array(payload)]),
          kept.map((payload, index) => [index + 1, new Uint8Array(payload)]),
        );
        equal(
          shorten.count,
          payloads.filter((payload, index) => payload.length > kept[index]!.length).length,
        );
      },
    ),
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

test('a length that takes over four bytes is no packet', () => {
  throws(() => new Shorten(100).cut(Uint8Array.of(0x30, 0xff, 0xff, 0xff, 0xff, 1)), /4 bytes/);
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

test('reasons of both versions are told in words, and which of them asks for the older one', () => {
  for (const code of [4, 0x86]) ok(/HALLCAST_BROKER_PASSWORD/.test(refusalOf(code).text));
  equal(
    [1, 0x84, 4, 0x86, 0x88].map((code) => refusalOf(code).version),
    [...[true, true, false, false, false]],
  );
  ok(/another client took the session/.test(reasonOf(0x8e)));
  equal(reasonOf(0xff), 'its reason code is 0xff');
});
