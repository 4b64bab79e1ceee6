// Any order of births, data and deaths of two nodes and their devices, told beside a plain model of who is there.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { READERS } from '../../../vendors/reader/index.ts';
import { birth, death, encode } from './sparkplug-node.ts';
import { TEN } from './talk.ts';

const NODES = ['n1', 'n2'] as const;
const METRICS = [{ name: 'value', alias: 1, value: 1 }];

const step = fc.record({
  type: fc.constantFrom('NBIRTH', 'DBIRTH', 'NDATA', 'DDATA', 'NDEATH', 'DDEATH'),
  node: fc.constantFrom(...NODES),
  device: fc.constantFrom('a', 'b'),
  /** ms since the step before */
  wait: fc.constantFrom(0, 10, 3_000, 11_000),
  /** a message before it was lost */
  gap: fc.boolean(),
});

/** One edge node, as the specification has it. */
class Node {
  bdSeq = 0;
  seq = 0;
  born = false;
  readonly devices = new Set<string>();

  /** @returns the payload, and whether it should tell values */
  say(type: string, device: string, gap: boolean): { payload: Uint8Array; tells: boolean } {
    if (type === 'NBIRTH') {
      this.bdSeq++;
      this.seq = 0;
      this.born = true;
      this.devices.clear();
      return { payload: birth(this.bdSeq, METRICS), tells: true };
    }
    if (type === 'NDEATH') {
      this.born = false;
      this.devices.clear();
      return { payload: death(this.bdSeq), tells: false };
    }
    this.seq = (this.seq + (gap ? 2 : 1)) % 256;
    if (type === 'DBIRTH' && this.born) this.devices.add(device);
    if (type === 'DDEATH') this.devices.delete(device);
    const told = type === 'NDATA' || (type !== 'DDEATH' && this.devices.has(device));
    return { payload: encode({ seq: this.seq, metrics: METRICS }), tells: this.born && told };
  }
}

test('values are told of the born only, deaths take along who is behind, births are asked for rarely', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80, size: 'max' }), (steps) => {
      const reader = READERS['sparkplug']!.create({});
      const nodes = { n1: new Node(), n2: new Node() };
      const available = new Map<string, boolean>();
      const asked = new Map<string, number>();
      let now = TEN;
      for (const { type, node, device, wait, gap } of steps) {
        now += wait;
        const wasBorn = nodes[node].born;
        const { payload, tells } = nodes[node].say(type, device, gap);
        const address = type.startsWith('D') ? `g/${node}/${device}` : `g/${node}`;
        const rest = address.slice(2);
        const topic = `spBv1.0/g/${type}/${rest}`;
        const read = reader.read({ topic, payload, retain: false, receivedAt: now });
        assert.ok(read);
        for (const each of read.readings) {
          if (each.available !== undefined) available.set(each.address, each.available);
          if (each.properties)
            assert.deepEqual([each.address, each.properties], [address, { value: 1 }]);
        }
        assert.equal(
          read.readings.some(({ properties }) => properties !== undefined),
          tells,
          topic,
        );
        for (const command of read.publish ?? []) {
          assert.equal(command.topic, `spBv1.0/g/NCMD/${node}`);
          assert.ok(now - (asked.get(node) ?? 0) >= 10_000, 'asked too often');
          asked.set(node, now);
        }
        const missed =
          (gap && wasBorn && !/^N(BIRTH|DEATH)$/.test(type)) || (/DATA/.test(type) && !tells);
        if (missed) assert.ok(now - (asked.get(node) ?? 0) < 10_000, `${topic} should ask`);
        if (tells) assert.equal(available.get(address), true);
        if (type === 'DDEATH') assert.equal(available.get(address), false);
        if (type !== 'NDEATH') continue;
        for (const [each, there] of available) {
          if (each === address || each.startsWith(`${address}/`)) assert.equal(there, false, each);
        }
      }
    }),
    { numRuns: 500 },
  );
});
