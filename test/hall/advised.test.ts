// Advices that a manager takes or does not take: what a click does, what it refuses, what came of it. SPEC §27.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decide, type CommandInput, type Decision } from '../../hall/command.ts';
import { ADVISED_MAX } from '../../hall/command/advised.ts';
import type { CommandSignal } from '../../hall/command/event.ts';
import { indexHall } from '../../hall/config.ts';
import { effectiveHall } from '../../hall/effective-hall.ts';
import { NO_MARKS } from '../../hall/marks.ts';
import { advance, fold, startHall } from '../../hall/reduce.ts';
import { reduceCommand } from '../../hall/reduce/command.ts';
import type { Hall } from '../../hall/state.ts';
import { cutting } from '../../hall/view/cut.ts';
import { advices } from '../../hall/view/part/advices.ts';
import { queueNow } from '../../hall/view/part/queue-now.ts';
import { takenAdvices } from '../../hall/view/part/taken.ts';
import { MINUTE, received, sampleHall, TEN, type Note } from './sample.ts';

const config = sampleHall();
const served = (ticket: string, window: string, from: number): Note[] => [
  [from - 3, 'disp-1', 'ticket', { type: 'issued', ticket, queue: 'q1' }],
  [from, 'caller-1', 'ticket', { type: 'called', ticket, window }],
  [from, 'caller-1', 'ticket', { type: 'serving', ticket, window }],
];
const done = (ticket: string, window: string, at: number): Note => [
  ...([at, 'caller-1', 'ticket'] as const),
  { type: 'completed', ticket, window, outcome: 'done' },
];

/** Both windows of q1 are at work, six wait for them, and the window of q2 beside them is idle. */
const PRESSED: readonly Note[] = [
  ...['w1', 'w2', 'w3'].map((window): Note => [
    -60,
    'caller-1',
    'window',
    { type: 'state', window, state: 'idle' },
  ]),
  ...served('A001', 'w1', -55),
  ...served('A002', 'w2', -54),
  done('A001', 'w1', -45),
  done('A002', 'w2', -44),
  ...served('A003', 'w1', -20),
  ...served('A004', 'w2', -19),
  ...[10, 11, 12, 13, 14, 15].map((number): Note => [
    number - 38,
    'disp-1',
    'ticket',
    { type: 'issued', ticket: `A0${number}`, queue: 'q1' },
  ]),
].sort(([a], [b]) => a - b);

function hallOf(notes: readonly Note[]): Hall {
  const start = startHall(config, TEN - 90 * MINUTE);
  return received(notes, config).reduce((hall, event) => fold(hall, config, event), start);
}

function context(hall: Hall, now = TEN) {
  return { hall, config: effectiveHall(config, hall).config, now, hasHeard: () => false };
}

const input = (type: CommandInput['type'], kind: string, queue = 'q1'): CommandInput => ({
  ...{ type, id: undefined, at: undefined },
  fields: { queue, kind },
});

/** The hall after the decision's events. */
function carriedOut(hall: Hall, decision: Decision, at = TEN): Hall {
  assert.ok('events' in decision, JSON.stringify(decision));
  return decision.events.reduce((known, { signal }) => {
    return reduceCommand(known, { signal: signal as CommandSignal, at });
  }, hall);
}

const cut = (hall: Hall, now = TEN) => cutting(hall, effectiveHall(config, hall).config, now);
const reasonOf = (decision: Decision) =>
  'refused' in decision ? [decision.refused.status, decision.refused.reason] : [];

test('27.2 an idle window is lent for a while; the wait falls as the advice said', () => {
  const hall = hallOf(PRESSED);
  const given = advices(cut(hall))['q1'];
  assert.equal(given?.kind, 'lend');
  assert.deepEqual(given?.windows, ['w3']);
  const { waitMin = 0, expectedMin = 0 } = given ?? {};
  assert.ok(expectedMin < waitMin, `${waitMin} to ${expectedMin}`);
  const after = carriedOut(hall, decide(input('advice.take', 'lend'), context(hall)));
  assert.deepEqual(after.assigned['w3'], { queues: ['q2', 'q1'], until: TEN + 30 * MINUTE });
  const wait = (queueNow(cut(after), 'q1')?.wait?.ms ?? 0) / MINUTE;
  assert.ok(Math.abs(wait - expectedMin) <= 3, `expected ${expectedMin}, now ${wait.toFixed(1)}`);
  const [taken] = takenAdvices(cut(after));
  assert.deepEqual(
    [taken?.queue, taken?.kind, taken?.windows, taken?.waitMin, taken?.expectedMin],
    ['q1', 'lend', ['w3'], waitMin, expectedMin],
  );
  // Once its time is over the window has its own queue alone.
  const later = advance(after, config, TEN + 31 * MINUTE);
  assert.deepEqual(indexHall(context(later).config).windows.get('w3')?.queues, ['q2']);
});

test('27.2 a window that is away is asked for and stays away until its own device says otherwise', () => {
  const away: Note = [-2, 'caller-1', 'window', { type: 'state', window: 'w2', state: 'away' }];
  const busy: Note = [-3, 'caller-1', 'window', { type: 'state', window: 'w3', state: 'serving' }];
  const hall = hallOf([...PRESSED, done('A004', 'w2', -4), busy, away].sort(([a], [b]) => a - b));
  const given = advices(cut(hall))['q1'];
  assert.deepEqual([given?.kind, given?.windows], ['open', ['w2']]);
  const after = carriedOut(hall, decide(input('advice.take', 'open'), context(hall)));
  assert.equal(after.windows['w2']?.state, 'away');
  assert.deepEqual(after.assigned, {});
  assert.equal(advices(cut(after))['q1']?.takenAt, TEN);
  assert.deepEqual(reasonOf(decide(input('advice.take', 'open'), context(after))), [409, 'state']);
});

test('27.2 what is not advised, or no longer, is refused', () => {
  const hall = hallOf(PRESSED);
  const refused = (kind: string, queue: string) =>
    reasonOf(decide(input('advice.take', kind, queue), context(hall)));
  assert.deepEqual(refused('open', 'q1'), [409, 'state']);
  assert.deepEqual(refused('lend', 'q2'), [409, 'state']);
  assert.deepEqual(refused('lend', 'q9'), [404, 'unknown:queue']);
});

test('27.3 one that was not taken is not given again for a while, another one is', () => {
  const hall = hallOf(PRESSED);
  const after = carriedOut(hall, decide(input('advice.dismiss', 'lend'), context(hall)));
  const kindAt = (minutes: number) => advices(cut(after, TEN + minutes * MINUTE))['q1']?.kind;
  assert.equal(kindAt(1), undefined);
  assert.equal(kindAt(16), 'lend');
  const moved = received(
    [...PRESSED, [0.5, 'caller-1', 'window', { type: 'state', window: 'w2', state: 'away' }]],
    config,
  ).slice(-1);
  const other = moved.reduce((known, event) => fold(known, config, event), after);
  assert.notEqual(advices(cut(other, TEN + MINUTE))['q1']?.kind, undefined);
});

test('27.4 what happened: the mean wait of those who took a number in the quarter of an hour after', () => {
  const hall = hallOf(PRESSED);
  const before = carriedOut(hall, decide(input('advice.take', 'lend'), context(hall)));
  const issue = (minute: number, ticket: string): Note => [
    ...([minute, 'disp-1', 'ticket'] as const),
    { type: 'issued', ticket, queue: 'q1' },
  ];
  const notes: Note[] = [
    issue(2, 'A020'),
    issue(10, 'A021'),
    issue(20, 'A022'),
    ...(['A020', 'A021', 'A022'] as const).flatMap((ticket, index): Note[] => [
      [21 + index, 'caller-2', 'ticket', { type: 'called', ticket, window: 'w3' }],
      [22 + index, 'caller-2', 'ticket', { type: 'serving', ticket, window: 'w3' }],
    ]),
  ];
  const after = notes.sort(([a], [b]) => a - b);
  const events = received([...PRESSED, ...after], config).slice(PRESSED.length);
  const until = (minute: number) =>
    events
      .filter(({ receivedAt }) => receivedAt <= TEN + minute * MINUTE)
      .reduce((known, event) => fold(known, config, event), before);
  assert.equal(takenAdvices(cut(until(5), TEN + 5 * MINUTE))[0]?.happened, undefined);
  const [first] = takenAdvices(cut(until(22), TEN + 22 * MINUTE));
  assert.deepEqual([first?.happened, first?.isJudged], [{ value: 20 * MINUTE, n: 1 }, false]);
  const [whole] = takenAdvices(cut(until(30), TEN + 30 * MINUTE));
  // A020 waited 20 min, A021 13 min; A022 came too late to count.
  assert.deepEqual([whole?.happened, whole?.isJudged], [{ value: 16.5 * MINUTE, n: 2 }, true]);
});

test('27.3 decisions are of a day, and of those no more than the latest', () => {
  const hall = hallOf(PRESSED);
  const signal = { type: 'advice.dismissed', queue: 'q1', kind: 'open' } as const;
  let many = hall;
  for (let count = 0; count <= ADVISED_MAX; count++) {
    many = fold(many, config, {
      ...{ device: 'command', stream: 'command', signal, at: TEN + count, marks: NO_MARKS },
      ...{ receivedAt: TEN + count, seq: 1_000 + count },
    });
  }
  assert.equal(many.advised.length, ADVISED_MAX);
  assert.equal(many.advised.at(-1)?.at, TEN + ADVISED_MAX);
  assert.deepEqual(advance(many, config, TEN + 24 * 60 * MINUTE).advised, []);
});
