// What is refused is told in the log: each device's each reason, and never so much that nothing else is seen.
import { deepStrictEqual as equal } from 'node:assert/strict';
import { tellRefusals } from '../../gateway/intake/refusals.ts';

const letter = (topic: string, reason: string) => {
  return { topic, reason, detail: `${reason}: why`, payload: new Uint8Array() };
};

Deno.test('refused: each topic’s each reason once an hour, at most ten lines a minute', () => {
  const lines: string[] = [];
  const told = () => lines.splice(0);
  let now = 0;
  const tell = tellRefusals(
    { warn: (message, fields) => void lines.push(`${fields?.['topic']} ${message}`) },
    () => now,
  );
  tell([letter('a', 'json'), letter('a', 'json'), letter('a', 'type'), letter('b', 'json')]);
  equal(told(), ['a refused: json: why', 'a refused: type: why', 'b refused: json: why']);
  tell([letter('a', 'json')]);
  equal(told(), []);
  tell(Array.from({ length: 50 }, (_, index) => letter(`c${index}`, 'hall')));
  equal(told().length, 7);
  now = 61_000;
  tell([letter('c49', 'hall'), letter('a', 'json')]);
  equal(told(), ['c49 refused: hall: why']);
  now = 3_700_000;
  tell([letter('a', 'json')]);
  equal(told(), ['a refused: json: why']);
});
