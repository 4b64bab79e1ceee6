// SPEC 8.18: calls out of order, found from the day's visits.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { orderViolations } from '../../hall/figure/order.ts';
import { fold, startHall } from '../../hall/reduce.ts';
import { values } from '../../hall/table.ts';
import { tallyOf } from '../../hall/figure.ts';
import { waitStart } from '../../hall/figure/ticket.ts';
import { MINUTE, received, sampleHall, TEN, type Note } from './sample.ts';

const config = sampleHall();
const SECOND = 1000;

function violations(notes: readonly Note[], toleranceMs = 60 * SECOND) {
  const start = startHall(config, TEN - 60 * MINUTE);
  const hall = received(notes).reduce((before, event) => fold(before, config, event), start);
  return orderViolations(tallyOf(values(hall.tickets), hall.day.open), toleranceMs);
}

const issued = (minute: number, ticket: string, fields: object = {}): Note => [
  minute,
  'disp-1',
  'ticket',
  { type: 'issued', ticket, queue: 'q1', ...fields },
];
const step = (minute: number, type: string, ticket: string, fields: object = {}): Note => [
  minute,
  'caller-1',
  'ticket',
  { type, ticket, window: 'w1', ...fields },
];
const THREE = [issued(0, 'A1'), issued(2, 'A2'), issued(4, 'A3')];

test('8.18 a later visitor who is called first is found, with how many were passed', () => {
  const found = violations([...THREE, step(10, 'called', 'A3')]);
  assert.deepEqual(found, [
    { ticket: 'A3', at: TEN + 10 * MINUTE, window: 'w1', passed: 2, before: 'A1' },
  ]);
  const inOrder = [step(10, 'called', 'A1'), step(12, 'called', 'A2'), step(14, 'called', 'A3')];
  assert.deepEqual(violations([...THREE, ...inOrder]), []);
});

test('8.18 a reason explains a call', () => {
  const told = step(10, 'called', 'A3', { out_of_order: '老弱病残' });
  assert.deepEqual(violations([...THREE, told]), []);
});

test('8.18 priority, appointments, transfers and missed calls have an order of their own', () => {
  const others: readonly (readonly Note[])[] = [
    [issued(0, 'A1'), issued(4, 'A3', { class: 'priority' }), step(10, 'called', 'A3')],
    [
      issued(0, 'A1'),
      issued(4, 'A3', { appointment_at: TEN + 5 * MINUTE, channel: 'kiosk' }),
      step(10, 'called', 'A3'),
    ],
    [
      ...THREE.slice(0, 2),
      step(5, 'called', 'A1'),
      step(7, 'no_show', 'A1'),
      step(8, 'requeued', 'A1'),
      step(10, 'called', 'A2'),
    ],
  ];
  for (const notes of others) assert.deepEqual(violations(notes), []);
});

test('8.18 two windows that call in the same moment, and two dispensers, are in order', () => {
  const close = [...THREE, step(10, 'called', 'A2'), step(10.5, 'called', 'A1')];
  assert.deepEqual(violations(close), []);
  assert.equal(violations(close, 0).length, 1);
  const twins = [issued(0, 'A1'), issued(0.5, 'A2'), step(10, 'called', 'A2')];
  assert.deepEqual(violations(twins), []);
});

test('8.18 equals the plain definition on random days', () => {
  const call = fc.record({ came: fc.nat(40), called: fc.option(fc.nat(80)) });
  fc.assert(
    fc.property(fc.array(call, { maxLength: 25 }), (visits) => {
      const notes = visits.flatMap(({ came, called }, index) => {
        const ticket = `A${index + 100}`;
        const first = issued(came, ticket);
        return called === null ? [first] : [first, step(came + called + 1, 'called', ticket)];
      });
      notes.sort((a, b) => a[0] - b[0]);
      const start = startHall(config, TEN - 60 * MINUTE);
      const hall = received(notes).reduce((before, event) => fold(before, config, event), start);
      const all = [...values(hall.tickets)]
        .filter(({ noShows, transfers }) => noShows === 0 && transfers === 0)
        .filter(({ state, calledAt }) => state === 'waiting' || calledAt !== undefined);
      const plain = all.filter((one) => {
        const { calledAt } = one;
        if (calledAt === undefined) return false;
        return all.some(
          (other) =>
            (waitStart(one) ?? 0) - (waitStart(other) ?? 0) > 60 * SECOND &&
            (other.calledAt ?? Infinity) - calledAt > 60 * SECOND,
        );
      });
      const tally = tallyOf(values(hall.tickets), hall.day.open);
      assert.deepEqual(
        orderViolations(tally, 60 * SECOND)
          .map(({ ticket }) => ticket)
          .sort(),
        plain.map(({ ticket }) => ticket).sort(),
      );
    }),
    { numRuns: 300 },
  );
});
