// The items of an array as they were sent: SPEC §2.3.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { itemBytes } from '../../hall/json-items.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const texts = (text: string) =>
  itemBytes(bytes(text))?.map((item) => new TextDecoder().decode(item));

const CASES: readonly (readonly [text: string, items: readonly string[] | undefined])[] = [
  // What would be lost where an item is parsed and written again.
  ['[{"n":1e400},{"n":9007199254740993}]', ['{"n":1e400}', '{"n":9007199254740993}']],
  ['[{"a":1,"a":2} , 7]', ['{"a":1,"a":2}', '7']],
  [' [ 1 ,\t"x" ,\r\n null ] \n', ['1', '"x"', 'null']],
  ['\ufeff[1]', ['1']],
  // Brackets, commas and quotes within a text.
  [String.raw`["a,b","]","\"],[","\\"]`, ['"a,b"', '"]"', String.raw`"\"],["`, String.raw`"\\"`]],
  ['[{"a":[1,{"b":[2,3]}]},[4,5]]', ['{"a":[1,{"b":[2,3]}]}', '[4,5]']],
  ['[]', []],
  ['[ ]', []],
  ['[,]', ['', '']],
  // Not one array.
  ['', undefined],
  ['[', undefined],
  [']', undefined],
  ['{"a":1}', undefined],
  ['[1],[2]', undefined],
  ['[1]]', undefined],
  ['[[1]', undefined],
  ['["1]', undefined],
  ['["1\\"]', undefined],
  ['1', undefined],
];

for (const [text, items] of CASES) {
  test(`2.3 the items of ${JSON.stringify(text)}`, () => assert.deepEqual(texts(text), items));
}

test('2.3 each item of any array, however it is spaced, is what JSON reads in it', () => {
  const space = fc.stringMatching(/^[ \t\r\n]{0,3}$/);
  const item = fc.tuple(fc.json(), space, space, fc.constantFrom(undefined, 2));
  fc.assert(
    fc.property(fc.array(item, { maxLength: 12 }), space, (items, around) => {
      const sent = items.map(([text, before, after, indent]) => {
        const written = JSON.stringify(JSON.parse(text), undefined, indent);
        return { written, spaced: before + written + after };
      });
      const payload = `${around}[${sent.map(({ spaced }) => spaced).join(',')}]${around}`;
      const found = texts(payload);
      assert.deepEqual(
        found,
        sent.map(({ written }) => written),
      );
      assert.deepEqual(
        found.map((text) => JSON.parse(text) as unknown),
        JSON.parse(payload),
      );
    }),
  );
});

test('2.3 any bytes have an answer; what JSON takes for an array has as many items', () => {
  const soup = fc.stringMatching(/^[[\]{}",:\\ 1a]{0,30}$/);
  fc.assert(
    fc.property(soup, (text) => {
      const found = texts(text);
      let value: unknown;
      try {
        value = JSON.parse(text);
      } catch {
        return;
      }
      if (!Array.isArray(value)) assert.equal(found, undefined);
      else {
        assert.deepEqual(
          found?.map((item) => JSON.parse(item) as unknown),
          value,
        );
      }
    }),
    { numRuns: 3_000 },
  );
  fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), (any) => void itemBytes(any)));
});

test('2.3 a payload of brackets alone is one walk through it', () => {
  const deep = 500_000;
  assert.equal(itemBytes(bytes('['.repeat(deep))), undefined);
  assert.equal(itemBytes(bytes('['.repeat(deep) + ']'.repeat(deep)))?.[0]?.length, 2 * deep - 2);
  assert.equal(texts(`[${'1,'.repeat(1_000)}1]`)?.length, 1_001);
});
