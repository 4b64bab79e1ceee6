import { test } from 'node:test';
import assert from 'node:assert/strict';
import { Turns } from '../../gateway/intake/turns.ts';

test('a listed device waits for one slice of a stranger at most, whatever strangers have read', async () => {
  const turns = new Turns();
  const order: string[] = [];
  const hand = async (name: string, isListed: boolean, slices: number) => {
    for (let n = 0; n < slices; n++) {
      await turns.take(isListed);
      order.push(name);
    }
  };
  await Promise.all([
    ...Array.from({ length: 50 }, (_, at) => hand(`stranger-${at}`, false, 3)),
    hand('listed', true, 5),
  ]);
  const strangersBefore = order.slice(0, order.lastIndexOf('listed'));
  assert.ok(strangersBefore.filter((name) => name !== 'listed').length <= 5, order.join(' '));
  assert.equal(order.length, 50 * 3 + 5, 'everyone has had their turns');
  const first = order.filter((name) => name !== 'listed').slice(0, 50);
  assert.equal(new Set(first).size, 50, 'strangers take turns among themselves');
});
