// SPEC §2.4.3: the gateway's time never runs backwards within a run, nor behind the journal's last entry.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createClock, type TimeSource } from '../../gateway/clock.ts';
import { setBackFaults } from '../../hall/fault/clock.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;
const START = Date.UTC(2026, 10, 20, 2, 0, 0);

class FakeTime implements TimeSource {
  now = START;
  elapsed = 0;
  wall = () => this.now;
  steady = () => this.elapsed;

  /** Both go on; the computer's clock is set by `step` besides. */
  pass(ms: number, step = 0): void {
    this.now += ms + step;
    this.elapsed += ms;
  }
}

test('2.4.3 a computer’s clock that is set back: time goes on, slower, until both agree', () => {
  const time = new FakeTime();
  const clock = createClock(1, START, time);
  assert.equal(clock.now(), START);
  time.pass(1_000);
  assert.equal(clock.now(), START + 1_000);
  time.pass(0, -10 * MINUTE);
  assert.equal(clock.now(), START + 1_000);
  assert.equal(clock.aheadMs, 10 * MINUTE);
  const [fault] = setBackFaults(clock.aheadMs, clock.now());
  assert.equal(fault?.id, 'clock:set-back');
  time.pass(10 * MINUTE);
  assert.equal(clock.now(), START + 1_000 + 9 * MINUTE);
  for (let minute = 0; minute < 100; minute++) {
    time.pass(MINUTE);
    clock.now();
  }
  assert.equal(clock.now(), time.now);
  assert.equal(clock.aheadMs, 0);
  assert.deepEqual(setBackFaults(clock.aheadMs, clock.now()), []);
});

test('2.4.3 a computer that slept, or whose clock is set forward, is followed at once', () => {
  const time = new FakeTime();
  const clock = createClock(1, START, time);
  time.pass(0, 3 * 60 * MINUTE);
  assert.equal(clock.now(), START + 3 * 60 * MINUTE);
});

test('2.4.3 time begins at the journal’s last entry, unless that was written by a clock days ahead', () => {
  const time = new FakeTime();
  const clock = createClock(1, START, time);
  clock.notBefore(START + 5 * MINUTE);
  assert.equal(clock.now(), START + 5 * MINUTE);
  const other = createClock(1, START, new FakeTime());
  other.notBefore(START + 3 * DAY);
  assert.equal(other.now(), START);
});

test('2.4.3 whatever the computer’s clock does, time never runs backwards', () => {
  const step = fc.record({
    ms: fc.nat(10 * MINUTE),
    step: fc.constantFrom(0, 0, 0, -10 * MINUTE, -DAY, 5 * MINUTE, -1, 1),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const time = new FakeTime();
      const clock = createClock(1, START, time);
      let last = clock.now();
      for (const { ms, step } of steps) {
        time.pass(ms, step);
        const now = clock.now();
        assert.ok(now >= last);
        assert.ok(now >= Math.trunc(time.now), 'never behind the computer’s clock');
        last = now;
      }
    }),
  );
});

test('the clock’s `now` may be handed on by itself, with and without a pace', () => {
  for (const pace of [1, 20]) {
    const time = new FakeTime();
    const { now } = createClock(pace, START, time);
    assert.equal(now(), START);
  }
});
