// What is refused is told in the log: each device's each reason, and never so much that nothing else is seen.
import { deepStrictEqual as equal, match } from 'node:assert/strict';
import { tellRefusals } from '../../gateway/intake/refusals.ts';

const letter = (topic: string, reason: string) => {
  return { topic, reason, detail: `${reason}: why`, payload: new Uint8Array() };
};

function teller(listed: readonly string[] = []) {
  const lines: string[] = [];
  const time = { now: 0 };
  const tell = tellRefusals(
    { warn: ({ en }, fields) => void lines.push(`${fields?.['topic'] ?? '-'} ${en}`) },
    (device) => listed.includes(device),
    () => time.now,
  );
  return { tell, time, told: () => lines.splice(0) };
}

Deno.test('refused: each topic’s each reason once an hour, at most ten lines a minute', () => {
  const { tell, time, told } = teller();
  tell([letter('a', 'json'), letter('a', 'json'), letter('a', 'type'), letter('b', 'json')]);
  equal(told(), ['a refused: json: why', 'a refused: type: why', 'b refused: json: why']);
  tell([letter('a', 'json')]);
  equal(told(), []);
  tell(Array.from({ length: 50 }, (_, index) => letter(`c${index}`, 'hall')));
  equal(told().length, 7);
  time.now = 61_000;
  tell([letter('c49', 'hall'), letter('a', 'json')]);
  equal(told(), [
    '- refused: 43 more, all of them among the dead letters',
    'c49 refused: hall: why',
  ]);
  time.now = 3_700_000;
  tell([letter('a', 'json')]);
  equal(told(), ['a refused: json: why']);
});

Deno.test(
  'junk leaves the lines of listed devices to them, and one device those of the others',
  () => {
    const { tell, told } = teller(['disp-1', 'disp-2']);
    tell(Array.from({ length: 500 }, (_, index) => letter(`hall/h1/junk-${index}/ticket`, 'json')));
    tell(Array.from({ length: 500 }, (_, index) => letter('x/'.repeat(index + 1), 'topic')));
    equal(told().length, 10);
    tell(['a', 'b', 'c', 'd', 'e'].map((reason) => letter('hall/h1/disp-1/ticket', reason)));
    equal(told().length, 3);
    tell([letter('hall/h1/disp-2/tickets', 'topic')]);
    match(told().join(), /^hall\/h1\/disp-2\/tickets refused/);
  },
);
