// A tail that is handed over brings its commands along; what is no event of a command here is a dead letter.
import { deepStrictEqual as equal } from 'node:assert/strict';
import { createJudge } from '../../hall/judge.ts';
import { parseHall } from '../../hall/config.ts';
import { textOf } from '../../gateway/journal/by.ts';
import { readHanded } from '../../gateway/standby/handed.ts';
import { HALL } from './open.ts';

const parsed = parseHall(HALL, 'hall.yaml');
if (!parsed.ok) throw new Error('hall.yaml: has mistakes');
const judge = createJudge(parsed.config);

const by = { who: 'anonymous', role: 'none', from: 'page' } as const;

function row(seq: number, stream: string, signal: object, who: object = by) {
  const draft = { device: 'command', stream, id: `c-${seq}`, at: 5, signal, by: who as typeof by };
  const command = { type: 'any', digest: 'd', result: {}, events: 1 };
  const [text, marks] = textOf({ ...draft, command }, 0);
  return [seq, `c-${seq}`, 'command', stream, 5, 1_000, text, 0, marks];
}

Deno.test('events of commands are handed over with who and what a repeat is answered with', () => {
  const assigned = { type: 'window.assigned', id: 'c-1', window: 'w1', queues: ['q1'] };
  const state = { type: 'state', id: 'c-2', window: 'w1', state: 'paused' };
  const uploaded = {
    ...{ type: 'content.uploaded', id: 'c-7', hash: 'a'.repeat(64), bytes: 9 },
    media_type: 'image/png',
  };
  const rows = [
    ...row(1, 'command', assigned),
    ...row(2, 'window', state),
    ...row(3, 'command', { type: 'hall.sold', id: 'c-3' }),
    ...row(4, 'window', { ...state, window: 'w77' }),
    ...row(5, 'command', assigned, { who: 5 }),
    ...row(6, 'ticket', state),
    ...row(7, 'command', uploaded),
    ...row(8, 'command', { ...uploaded, id: 'c-8', hash: '../../hall' }),
  ];
  const [handed] = [...readHanded(rows, 'h1', judge).values()];
  equal(
    handed?.drafts.map(({ stream, signal, by: whose, command, originSeq, marks }) => {
      return { stream, signal, whose, command: command?.type, originSeq, marks };
    }),
    [
      { stream: 'command', signal: assigned, whose: by, command: 'any', originSeq: 1, marks: 0 },
      { stream: 'window', signal: state, whose: by, command: 'any', originSeq: 2, marks: 0 },
      { stream: 'command', signal: uploaded, whose: by, command: 'any', originSeq: 7, marks: 0 },
    ],
  );
  equal(handed?.refused.length, 5);
});
