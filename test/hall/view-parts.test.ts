// SPEC §7.12, 7.13, 7.25, 7.26: how views are made of parts and memos, their kinds, audiences and urgency.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { HallConfig } from '../../hall/config.ts';
import { tallyOf } from '../../hall/figure.ts';
import { fold, startHall } from '../../hall/reduce.ts';
import type { Hall } from '../../hall/state.ts';
import type { BoardView } from '../../hall/view/board.ts';
import { cutView, hasView, viewKindOf, VIEW_KINDS } from '../../hall/view/index.ts';
import type { Slide } from '../../hall/view/slides.ts';
import { memo, memoryOf, table, weakMemo } from '../../hall/view/memo.ts';
import { MINUTE, received, sampleHall, TEN, type Note } from './sample.ts';

const config = sampleHall(
  (yaml) => `${yaml.trimEnd()}
  - { id: k1, layout: kiosk, zone: z1 }
  - { id: n1, layout: notice, zone: z2 }
  - { id: wall, layout: wall }
  - { id: b2, layout: calls, zone: z1 }
`,
);
const VIEW_FILES = new URL('../../hall/view/', import.meta.url);

const issued: Note = [0, 'disp-1', 'ticket', { type: 'issued', ticket: 'A1', queue: 'q1' }];
const step = (type: string): Note => [
  1,
  'caller-1',
  'ticket',
  { type, ticket: 'A1', window: 'w1' },
];

function hallAfter(notes: readonly Note[]): Hall {
  const start = startHall(config, TEN - 60 * MINUTE);
  return received(notes).reduce((hall, event) => fold(hall, config, event), start);
}

test('a memo is declared at module level, so that it closes over no cut', () => {
  const files = readdirSync(VIEW_FILES, { recursive: true, encoding: 'utf8' });
  for (const file of files.filter((name) => name.endsWith('.ts') && name !== 'memo.ts')) {
    const lines = readFileSync(new URL(file, VIEW_FILES), 'utf8').split('\n');
    for (const [index, line] of lines.entries()) {
      if (!/\b(memo|weakMemo|table|part)(<[^>]*>)?\(/.test(line)) continue;
      assert.match(line, /^(export )?(const|function) /, `${file}:${index + 1}: ${line.trim()}`);
    }
  }
});

test('a memo makes a value anew where an argument is another, and keeps one that says the same', () => {
  const made: unknown[] = [];
  const sum = memo((a: { readonly value: number }, b: number) => {
    made.push([a, b]);
    return { sum: a.value + b };
  });
  const memory = memoryOf(config);
  const one = { value: 1 };
  const first = sum(memory, 'k', one, 2);
  assert.equal(sum(memory, 'k', one, 2), first);
  assert.equal(made.length, 1);
  assert.equal(sum(memory, 'k', { value: 1 }, 2), first, 'another argument, the same said');
  assert.equal(made.length, 2);
  assert.deepEqual(sum(memory, 'k', one, 3), { sum: 4 });
  assert.deepEqual(sum(memory, 'other', one, 2), { sum: 3 });
  assert.deepEqual(sum(memoryOf(sampleHall()), 'k', one, 2), { sum: 3 });
});

test('a memo sees that a tally has changed, the only argument that changes in place', () => {
  const [ticket] = [...Object.values(hallAfter([issued]).tickets)];
  const count = memo((tally: ReturnType<typeof tallyOf>) => tally.waiting.length);
  const tally = tallyOf([], []);
  assert.equal(count(memoryOf(config), '', tally), 0);
  tally.change(ticket, 1);
  assert.equal(count(memoryOf(config), '', tally), 1);
});

test('values of a weak memo belong to their first argument; a record stays while its rows do', () => {
  const label = weakMemo((of: { readonly id: string }, language: string) => ({
    label: `${of.id} ${language}`,
  }));
  const [one, two] = [{ id: 'w' }, { id: 'w' }];
  assert.equal(label(one, 'zh'), label(one, 'zh'));
  assert.notEqual(label(one, 'zh'), label(two, 'zh'));
  assert.deepEqual(label(one, 'en'), { label: 'w en' });
  const rows = table<object>();
  const memory = memoryOf(config);
  const record = rows(memory, '', ['a', '__proto__'], [one, two]);
  assert.equal(rows(memory, '', ['a', '__proto__'], [one, two]), record);
  assert.deepEqual(Object.keys(record), ['a', '__proto__']);
  assert.notEqual(rows(memory, '', ['a', '__proto__'], [one, one]), record);
});

test('7.13 screens share the parts of their zone, and a view without news is the view before', () => {
  const hall = hallAfter([issued, step('called')]);
  const now = TEN + 2 * MINUTE;
  const one = cutView('screen:b1', hall, config, now) as BoardView;
  const two = cutView('screen:b2', hall, config, now) as BoardView;
  assert.notEqual(one.screen, two.screen);
  for (const part of ['calls', 'missed', 'queues', 'notices', 'freshness'] as const) {
    assert.equal(one[part], two[part], part);
  }
  assert.equal(cutView('screen:b1', hall, config, now + 1), one);
});

test('7.12 a kiosk has two names for one view; no other screen is a kiosk', () => {
  const hall = startHall(config, TEN);
  assert.equal(cutView('kiosk:k1', hall, config, TEN), cutView('screen:k1', hall, config, TEN));
  assert.equal(cutView('kiosk:k1', hall, config, TEN)?.kind, 'kiosk');
  for (const name of ['kiosk:b1', 'kiosk:wall', 'screen:wall', 'screen:b1:x', 'live:', 'screen']) {
    assert.deepEqual([hasView(name, config), cutView(name, hall, config, TEN)], [false, undefined]);
  }
});

test('7.25 each kind of view says for whom it is: public screens alone are public', () => {
  const audience = (name: string) => viewKindOf(name, config)?.audience;
  for (const name of ['screen:b1', 'screen:sign-1', 'screen:n1', 'screen:k1', 'kiosk:k1']) {
    assert.equal(audience(name), 'public', name);
  }
  assert.ok(Array.isArray(audience('live')) && Array.isArray(audience('devices')));
  assert.equal(audience('screen:nowhere'), undefined);
  const kinds = VIEW_KINDS.map(({ kind }) => kind);
  assert.equal(new Set(kinds).size, kinds.length);
});

test('7.26 a slide says how urgent its view is, and has no urgency where there is nothing to show', () => {
  const file = sampleHall(
    (yaml) => `${yaml.trimEnd()}
  - { id: n1, layout: notice, zone: z2 }
  - { id: n2, layout: calls, zone: z2 }
  - { id: k1, layout: kiosk }
`,
  );
  const urgencies = (notes: readonly Note[], at: HallConfig = file) => {
    const hall = received(notes).reduce(
      (hall, event) => fold(hall, at, event),
      startHall(at, TEN - 60 * MINUTE),
    );
    return ['b1', 'sign-1', 'n1', 'n2', 'k1'].map((id) => {
      const view = cutView(`screen:${id}`, hall, at, TEN + 3 * MINUTE);
      return view && 'urgency' in view ? view.urgency : undefined;
    });
  };
  const quiet = ['information', 'information', undefined, undefined, 'information'];
  assert.deepEqual(urgencies([]), quiet);
  assert.deepEqual(urgencies([issued]), ['service', ...quiet.slice(1)]);
  const called = [issued, step('called')];
  assert.deepEqual(urgencies(called), ['call', 'call', ...quiet.slice(2)]);
  const serving = [...called, step('serving')];
  assert.deepEqual(urgencies(serving), ['service', 'service', ...quiet.slice(2)]);
  const alarm: Note = [
    2,
    'alarm-1',
    'emergency',
    { type: 'activated', kind: 'fire', zones: ['z2'] },
  ];
  assert.deepEqual(
    urgencies([...serving, alarm]),
    ['service', 'service', 'alarm', 'alarm', 'alarm'],
    'of its zone; a screen without a zone has all',
  );
  const told = { ...file, notices: [{ title: { zh: '端午节放假' } }] };
  assert.deepEqual(urgencies([], told).slice(2, 4), ['information', 'information']);
});

test('7.26 a slide without its function does not compile', () => {
  const parts = {};
  // @ts-expect-error: `urgency` is missing
  const mute: Slide = { kind: 'notice', parameter: 'screen', audience: 'public', parts };
  assert.equal(mute.urgency, undefined);
});
