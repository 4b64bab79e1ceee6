// SPEC §4.5, §12.2: a device's clock told apart from late messages, its rate, gaps, restarts, losses; how it is.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { healthOf, rateOf } from '../../hall/health.ts';
import { NO_STATUS } from '../../hall/gateway-status.ts';
import { clockAheadMs, watchClock } from '../../hall/reduce/clock.ts';
import { fold, startHall, type Received } from '../../hall/reduce.ts';
import type { ClockWatch, DeviceLive } from '../../hall/state.ts';
import { get } from '../../hall/table.ts';
import type { DevicesView } from '../../hall/view/devices.ts';
import { cutView } from '../../hall/view/index.ts';
import { MINUTE, received, sampleHall, TEN, type Note } from './sample.ts';

const SECOND = 1_000;
const config = sampleHall((yaml) => `${yaml}\nemergency_from: []\nhttp: { staff: loopback }\n`);

/** Signals of one device, each received so long (ms) after its own time: `[receivedAt, difference]`. */
function clockAfter(arrivals: readonly (readonly [number, number])[]): ClockWatch | undefined {
  let watch: ClockWatch | undefined;
  for (const [receivedAt, difference] of arrivals) {
    watch = watchClock(watch, receivedAt, receivedAt - difference);
  }
  return watch;
}

const aheadAfter = (arrivals: readonly (readonly [number, number])[]) => {
  const clock = clockAfter(arrivals);
  return clockAheadMs(clock ? { clock } : {});
};

function deviceAfter(notes: readonly Note[], delays: readonly number[] = []): DeviceLive {
  const events = received(notes).map((event, index): Received => {
    return { ...event, receivedAt: event.receivedAt + (delays[index] ?? 0) };
  });
  const hall = events.reduce(
    (state, event) => fold(state, config, event),
    startHall(config, TEN - 60 * MINUTE),
  );
  const device = get(hall.devices, 'disp-1');
  assert.ok(device);
  return device;
}

test('4.5.3 a clock is judged by the least delay: one late message is not a wrong clock', () => {
  const steady = [0, 20, 40, 60].map((s) => [s * SECOND, 30] as const);
  assert.equal(aheadAfter(steady), -30);
  assert.equal(aheadAfter([...steady, [70 * SECOND, 1_800_000]]), -30);
  assert.equal(aheadAfter([[0, 1_800_000]]), undefined, 'one message may be late');
  const queue = Array.from({ length: 50 }, (_, index) => [index, 1_800_000 - index] as const);
  assert.equal(aheadAfter(queue), undefined, 'a queue that empties is one arrival');
});

test('4.5.3 a clock behind shows from the third arrival on, one ahead from the first', () => {
  const behind = [0, 20, 40].map((s) => [s * SECOND, 90_000 + s] as const);
  assert.equal(aheadAfter(behind.slice(0, 2)), undefined);
  assert.equal(aheadAfter(behind), -90_000);
  assert.equal(aheadAfter([[0, -45_000]]), 45_000);
});

test('4.5.3 a clock that was set right is seen to be right within the next span', () => {
  const wrong = [0, 20, 40].map((s) => [s * SECOND, -60_000] as const);
  const right = [320, 340, 360, 380].map((s) => [s * SECOND, 25] as const);
  assert.equal(aheadAfter([...wrong, ...right]), -25);
});

test('4.5.3 signals without a time of their own say nothing of the clock', () => {
  const arrivals = [0, 20, 40].map((s) => [s * SECOND, 90_000] as const);
  assert.equal(aheadAfter([...arrivals, [50 * SECOND, 0], [70 * SECOND, 0]]), -90_000);
  assert.equal(aheadAfter([[0, 0]]), undefined);
});

test('4.5.3 whatever the delays, what is judged is never further behind than the least of them', () => {
  const delays = fc.array(fc.integer({ min: 1, max: 600_000 }), { minLength: 3, maxLength: 40 });
  fc.assert(
    fc.property(fc.integer({ min: -200_000, max: 200_000 }), delays, (offset, list) => {
      const arrivals = list.map((delay, n) => [n * 20 * SECOND, offset + delay] as const);
      const ahead = aheadAfter(arrivals.filter(([, difference]) => difference !== 0));
      if (ahead === undefined) return;
      assert.ok(-ahead >= offset + Math.min(...list));
      assert.ok(-ahead <= offset + Math.max(...list));
    }),
  );
});

test('4.5.4 a late message is counted with its delay, and is no wrong clock', () => {
  const issue = (minute: number, ticket: string): Note => [
    minute,
    'disp-1',
    'ticket',
    { type: 'issued', ticket, queue: 'q1' },
  ];
  const notes = [0, 1, 2, 3].map((minute) => issue(minute, `A00${minute}`));
  const delays = [20, 20, 20, 10 * MINUTE];
  const device = deviceAfter(notes, delays);
  assert.deepEqual([device.late, device.lateMs], [1, 10 * MINUTE - 20]);
  assert.equal(clockAheadMs(device), -20);
});

test('4.5.5 rate: what it is now, what it was today', () => {
  const notes = Array.from({ length: 60 }, (_, index): Note => {
    return [index, 'disp-1', 'ticket', { type: 'issued', ticket: `A${100 + index}`, queue: 'q1' }];
  });
  const device = deviceAfter(notes);
  const busy = rateOf(device, TEN + 60 * MINUTE);
  assert.deepEqual([Math.round(busy?.now ?? 0), Math.round(busy?.usual ?? 0)], [1, 1]);
  const quiet = rateOf(device, TEN + 120 * MINUTE);
  assert.deepEqual([quiet?.now, quiet?.usual], [0, 0.5]);
});

test('4.5.6 restarts by uptime, gaps with their begin, losses; all but the last are of the day', () => {
  const say = (minute: number, fields: object): Note => [
    minute,
    'disp-1',
    'device',
    { type: 'state', state: 'online', ...fields },
  ];
  const notes = [
    say(0, { uptime_s: 3_600, seq: 1 }),
    say(5, { uptime_s: 3_905, seq: 4 }),
    say(10, { uptime_s: 120, seq: 9, battery_pct: 55 }),
    say(11, { state: 'offline' }),
    say(12, { state: 'offline' }),
  ];
  const device = deviceAfter(notes);
  assert.deepEqual(
    [device.restarts, device.startedAt, device.seqGaps, device.gapsFrom, device.batteryPct],
    [1, TEN + 8 * MINUTE, 6, TEN + 5 * MINUTE, 55],
  );
  assert.deepEqual(device.downs, [TEN + 11 * MINUTE]);
  const next = deviceAfter([...notes, say(15 * 60, { state: 'online' })]);
  assert.deepEqual(
    [next.restarts, next.seqGaps, next.gapsFrom, next.downs?.length, next.signals],
    [undefined, 0, undefined, 1, 1],
  );
});

test('4.5.7 a wrong clock keeps no device online past its will, nor offline when it is back', () => {
  const say = (second: number, fields: object, aheadS = 0): Note => {
    const at = TEN + (second + aheadS) * SECOND;
    return [second / 60, 'disp-1', 'device', { type: 'state', ...fields, at }];
  };
  for (const aheadS of [90, -600]) {
    const up = [0, 20, 40].map((second) => say(second, { state: 'online' }, aheadS));
    const dead = [...up, say(50, { state: 'offline' })];
    assert.equal(deviceAfter(dead).state, 'offline', `${aheadS} s ahead`);
    assert.equal(deviceAfter(dead).since, TEN + 50 * SECOND);
    const back = deviceAfter([...dead, say(60, { state: 'online' }, aheadS)]);
    assert.equal(back.state, 'online', `${aheadS} s ahead`);
    assert.ok(back.since >= TEN + 50 * SECOND && back.since <= TEN + 60 * SECOND);
  }
});

test('12.2 silent is told from offline, unknown and maintenance', () => {
  const judge = (state: DeviceLive['state'], silentS: number) => {
    const now = TEN + 30 * MINUTE;
    const live = {
      state,
      since: TEN,
      at: TEN,
      lastSeen: now - silentS * SECOND,
      signals: 1,
      seqGaps: 0,
    };
    const open = [[TEN - 60 * MINUTE, now + 60 * MINUTE]] as const;
    const device = config.devices.find(({ id }) => id === 'disp-1');
    return healthOf(live, device, { config, open, now, gatewayStatus: NO_STATUS });
  };
  assert.equal(judge('unknown', 179), 'unknown');
  assert.equal(judge('unknown', 181), 'silent');
  assert.equal(judge('online', 181), 'online', 'its last will stands for it');
  assert.equal(judge('offline', 1_000), 'offline');
  assert.equal(judge('maintenance', 1_000), 'maintenance');
});

test('7.10 the devices view: health, clock with its sign, limits, faults, discovered', () => {
  const at = (second: number) => ({
    at: TEN + (second + 30) * SECOND,
    state: 'online',
    type: 'state',
  });
  const notes = [0, 20, 40].map((s): Note => [s / 60, 'disp-1', 'device', at(s)]);
  const hall = received(notes).reduce(
    (state, event) => fold(state, config, event),
    startHall(config, TEN),
  );
  const view = cutView('devices', hall, config, TEN + MINUTE, {
    ...NO_STATUS,
    listeningSince: TEN,
    discovered: [
      {
        source: 'zigbee2mqtt',
        address: '0x01',
        suggestedId: 'plug-1',
        firstSeen: TEN,
        lastSeen: TEN + 12_345,
        messages: 3,
      },
    ],
  }) as DevicesView;
  assert.deepEqual([view.devices['disp-1']?.skewS, view.devices['disp-1']?.clockKnown], [30, true]);
  assert.deepEqual(
    view.faults.map(({ kind }) => kind),
    ['clock'],
  );
  assert.equal(view.discovered['zigbee2mqtt/0x01']?.lastSeen, TEN + 10_000);
  assert.deepEqual([view.limits.clockS, view.listeningSince], [5, TEN]);
  assert.deepEqual(view.zones['z1'], { name: { zh: '等候区' }, order: 0, floor: 'f1' });
});
