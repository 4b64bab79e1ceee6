// SPEC §7.4: what a board tells of calls that ended.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cutView } from '../../hall/view/index.ts';
import type { BoardCall, BoardView } from '../../hall/view/board.ts';
import { Pipeline } from './pipeline.ts';
import { MINUTE, sampleHall, TEN } from './sample.ts';

const SECOND = 1_000;
const config = sampleHall(
  (yaml) => `${yaml.trimEnd()}
  - { id: sign-2, layout: window, window: w2 }
  - { id: sign-3, layout: window, window: w3 }
  - { id: lobby, layout: calls }
`,
);
let ids = 0;
const id = () => `b-${++ids}`;
const step = (type: string, ticket: string, window = 'w1', more: object = {}) => ({
  ...{ type, id: id(), ticket, window },
  ...more,
});

function calls(hall: Pipeline, now: number, screen = 'b1'): readonly BoardCall[] {
  hall.tick(now);
  const view = cutView(`screen:${screen}`, hall.hall, hall.config, now) as BoardView;
  return Object.values(view.calls);
}

test('7.4 a call tells when its end arrived, by the gateway’s clock', () => {
  const hall = new Pipeline(config);
  hall.say('caller-1', 'ticket', step('called', 'A1'), TEN);
  assert.equal(calls(hall, TEN)[0]?.endedAt, undefined);
  hall.say('caller-1', 'ticket', step('serving', 'A1'), TEN + SECOND);
  assert.equal(calls(hall, TEN + SECOND)[0]?.endedAt, undefined);
  // By the caller's own clock that was nine minutes ago.
  const late = step('completed', 'A1', 'w1', { at: TEN - 9 * MINUTE });
  hall.say('caller-1', 'ticket', late, TEN + 2 * SECOND);
  const [ended] = calls(hall, TEN + 3 * SECOND);
  assert.deepEqual([ended?.state, ended?.endedAt], ['serving', TEN + 2 * SECOND]);
});

test('7.4 an end that nobody reported is when the message arrived from which it follows', () => {
  for (const then of [
    step('called', 'A2'),
    { type: 'state', window: 'w1', state: 'closed' },
  ] as const) {
    const hall = new Pipeline(config);
    hall.say('caller-1', 'ticket', step('called', 'A1'), TEN);
    const stream = then.type === 'state' ? 'window' : 'ticket';
    hall.say('caller-1', stream, then, TEN + 5 * SECOND);
    const ended = calls(hall, TEN + 6 * SECOND).find(({ ticket }) => ticket === 'A1');
    assert.equal(ended?.endedAt, TEN + 5 * SECOND, then.type);
  }
});
