// The keyed collections of the state (SPEC §4.8.1): the same as a Map, whatever the keys, and never long anywhere.
import { deepStrictEqual as equal, ok, strictEqual as same } from 'node:assert/strict';
import fc from 'fast-check';
import { compare, EMPTY, entries, get, map, remove, set, size, values } from '../../hall/table.ts';
import type { Table } from '../../hall/table.ts';

/** Names that every object has, and the empty one. */
const INHERITED = [
  'constructor',
  '__proto__',
  'toString',
  'valueOf',
  'hasOwnProperty',
  'length',
  '',
];

/** `Aa` and `BB` have equal sums of powers of 31: so have all keys of as many of them. */
const equalKeys = (count: number, pairs: number): string[] =>
  Array.from({ length: count }, (_, number) =>
    Array.from({ length: pairs }, (_, bit) => ((number >> bit) & 1 ? 'Aa' : 'BB')).join(''),
  );

/** Keys of equal sums that differ in their first two characters already, by any distance. */
const wideKeys = (count: number): string[] =>
  Array.from({ length: count }, (_, number) => String.fromCharCode(number, 65_000 - number * 31));

const key = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...equalKeys(256, 8)) },
  { weight: 2, arbitrary: fc.constantFrom(...wideKeys(100)) },
  { weight: 1, arbitrary: fc.constantFrom(...INHERITED) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 4 }) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 300 }).map((number) => `A${number}`) },
);
const step = fc.record({ key, value: fc.option(fc.nat(5), { freq: 4, nil: undefined }) });
const steps = fc.array(step, { maxLength: 400, size: 'max' });

function built(keys: Iterable<string>): Table<string> {
  let table: Table<string> = EMPTY;
  for (const each of keys) table = set(table, each, each);
  return table;
}

function applied(table: Table<number>, change: { key: string; value: number | undefined }) {
  return change.value === undefined
    ? remove(table, change.key)
    : set(table, change.key, change.value);
}

Deno.test('4.8.1 a table holds what a Map holds, and the one before stays as it was', () => {
  fc.assert(
    fc.property(steps, (changes) => {
      const model = new Map<string, number>();
      let table: Table<number> = EMPTY;
      for (const change of changes) {
        const before = table;
        const had = get(before, change.key);
        table = applied(before, change);
        same(get(before, change.key), had);
        if (change.value === had) same(table, before);
        if (change.value === undefined) model.delete(change.key);
        else model.set(change.key, change.value);
        same(get(table, change.key), change.value);
      }
      equal(new Map(entries(table)), model);
      equal([...values(table)].sort(), [...model.values()].sort());
      same(size(table), model.size);
      for (const name of INHERITED) same(get(table, name), model.get(name));
      equal(JSON.parse(JSON.stringify(table)), table);
      const doubled = map(table, (value) => (value === 3 ? undefined : value * 2));
      const expected = [...model].filter(([, value]) => value !== 3);
      equal(new Map(entries(doubled)), new Map(expected.map(([each, value]) => [each, value * 2])));
    }),
    { numRuns: 60 },
  );
});

Deno.test('4.8.1 the shape of a table depends on its keys alone', () => {
  fc.assert(
    fc.property(fc.uniqueArray(key, { maxLength: 200, size: 'max' }), fc.nat(), (keys, seed) => {
      const kept = keys.filter((_, index) => index % 3 !== seed % 3);
      const gone = keys.filter((_, index) => index % 3 === seed % 3);
      let table = built(keys);
      for (const each of gone) table = remove(table, each);
      equal(table, built(kept.toReversed()));
    }),
    { numRuns: 60 },
  );
});

Deno.test('4.8.1 a comparison visits each value that is another one, once', () => {
  fc.assert(
    fc.property(steps, steps, (first, second) => {
      const before = first.reduce<Table<number>>(applied, EMPTY);
      const after = second.reduce<Table<number>>(applied, before);
      const seen: string[] = [];
      compare(before, after, (was, is) => seen.push(`${was} ${is}`));
      const [was, is] = [new Map(entries(before)), new Map(entries(after))];
      const expected = [...new Set([...was.keys(), ...is.keys()])]
        .filter((each) => was.get(each) !== is.get(each))
        .map((each) => `${was.get(each)} ${is.get(each)}`);
      equal(seen.sort(), expected.sort());
    }),
    { numRuns: 60 },
  );
});

Deno.test(
  '4.8.1 no choice of keys makes a node long: 8,000 of equal sums cost what others cost',
  () => {
    const ordinary = Array.from({ length: 8_000 }, (_, number) => `A${number}`);
    const unlike = Array.from({ length: 8_000 }, (_, number) => String.fromCharCode(number * 8, 1));
    for (const keys of [ordinary, unlike, equalKeys(8_000, 15), wideKeys(2_000), INHERITED]) {
      const table = built(keys);
      const { longest, deepest } = measure(table);
      ok(longest <= 24, `a node of ${longest}`);
      ok(deepest <= 7 + 4 * Math.max(...keys.map(({ length }) => length)), `depth ${deepest}`);
      for (const each of keys) same(get(table, each), each);
      // What an update does not touch is shared: it made no more nodes than the tree is deep.
      const changed = set(table, keys[0] ?? '', 'changed');
      ok(fresh(table, changed) <= deepest + 1, 'only the way to the key is new');
      let visits = 0;
      compare(table, changed, () => visits++);
      same(visits, 1);
    }
  },
);

function measure(node: Table<string>, depth = 0): { longest: number; deepest: number } {
  if (!Array.isArray(node)) return { longest: Object.keys(node).length, deepest: depth };
  const below = node.map((each: Table<string>) => measure(each, depth + 1));
  return {
    longest: Math.max(node.length, ...below.map(({ longest }) => longest)),
    deepest: Math.max(...below.map(({ deepest }) => deepest)),
  };
}

/** Nodes of `after` that `before` does not have in the same place. */
function fresh(before: Table<string> | undefined, after: Table<string>): number {
  if (before === after) return 0;
  if (!Array.isArray(after)) return 1;
  const nodes: readonly Table<string>[] = Array.isArray(before) ? before : [];
  return after.reduce((sum, node: Table<string>, place) => sum + fresh(nodes[place], node), 1);
}
