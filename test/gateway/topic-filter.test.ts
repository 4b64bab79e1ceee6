// Which topics an MQTT topic filter has, and which filters are needed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isOfFilter, withoutCovered } from '../../gateway/topic-filter.ts';

test('a topic filter has the topics that MQTT says', () => {
  for (const [filter, topic, wanted] of [
    ['a/#', 'a', true],
    ['a/#', 'a/b/c', true],
    ['a/+', 'a/b/c', false],
    ['+/b', 'a/b', true],
    ['#', '$SYS/x', false],
  ] as const) {
    assert.equal(isOfFilter(filter.split('/'), topic), wanted, `${filter} ${topic}`);
  }
});

test('a filter whose topics another one has too is left out', () => {
  assert.deepEqual(withoutCovered(['a/#', 'a/+/b', 'a', 'b/+', 'b/c', 'b/c/d', 'a/#']), [
    ...['a/#', 'b/+', 'b/c/d'],
  ]);
});
