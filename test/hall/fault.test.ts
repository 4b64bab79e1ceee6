// SPEC §12: one cause, one fault; nobody blamed too early, in a closed hall, or forty times for one switch.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseHall, type HallConfig } from '../../hall/config.ts';
import { findFaults, keepFaults, NO_FAULTS, type Fault, type Standing } from '../../hall/fault.ts';
import { NO_STATUS, type GatewayStatus } from '../../hall/gateway-status.ts';
import { fold, startHall } from '../../hall/reduce.ts';
import type { Hall } from '../../hall/state.ts';
import { MINUTE, received, sampleHall as anyHall, TEN, type Note } from './sample.ts';

const SECOND = 1_000;
const COUNT = 12;

/** A hall whose file says who may raise an alarm: that it does not is a fault of its own. */
const sampleHall: typeof anyHall = (changes = (yaml) => yaml) =>
  anyHall((yaml) => `${changes(yaml)}\nemergency_from: []\nhttp: { staff: loopback }\n`);

/** Twelve screens in one zone and twelve evaluators in another; the screens behind a switch where asked. */
function bigHall({ via = '', more = '' } = {}): HallConfig {
  const place = via === '' ? '' : `, via: ${via}`;
  const ids = Array.from({ length: COUNT }, (_, index) => index + 1);
  const devices = [
    ...(via === '' ? [] : [`  - { id: ${via}, kind: network, zone: z1 }`]),
    ...ids.map((n) => `  - { id: screen-${n}, kind: screen, zone: z1${place} }`),
    ...ids.map((n) => `  - { id: eval-${n}, kind: evaluator, zone: z2 }`),
  ];
  return sampleHall((yaml) =>
    yaml
      .replace(/devices:\n( {2}- .*\n)+/, `devices:\n${devices.join('\n')}\n`)
      .replace('- { id: z2, name: 办事区, floor: f1', '- { id: z2, name: 办事区')
      .concat(more),
  );
}

const say = (second: number, device: string, fields: object): Note => [
  second / 60,
  device,
  'device',
  { type: 'state', ...fields },
];
const on = (device: string, second = 0) => say(second, device, { state: 'online' });
const off = (device: string, second = 60) => say(second, device, { state: 'offline' });
const screens = Array.from({ length: COUNT }, (_, index) => `screen-${index + 1}`);
const evals = Array.from({ length: COUNT }, (_, index) => `eval-${index + 1}`);
const ALL = [...screens, ...evals];

function hallAfter(config: HallConfig, notes: readonly Note[]): Hall {
  const start = startHall(config, TEN - 60 * MINUTE);
  return received(notes, config).reduce((hall, event) => fold(hall, config, event), start);
}

function faultsAt(
  config: HallConfig,
  notes: readonly Note[],
  second: number,
  gatewayStatus?: GatewayStatus,
) {
  return findFaults(hallAfter(config, notes), config, TEN + second * SECOND, gatewayStatus);
}

const kinds = (faults: readonly Fault[]) => faults.map(({ kind }) => kind);

test('12.4 one device that is gone is one fault, that says where it is and what to do', () => {
  const config = sampleHall();
  const notes = [on('disp-1'), on('caller-1'), on('caller-2'), off('caller-1', 60)];
  const [fault, ...others] = faultsAt(config, notes, 66);
  assert.deepEqual(others, []);
  assert.deepEqual(
    [fault?.id, fault?.kind, fault?.severity, fault?.since, fault?.devices],
    ['lost:caller-1', 'lost', 2, TEN + 60 * SECOND, ['caller-1']],
  );
  assert.match(fault?.title.zh ?? '', /1 号窗 叫号器 caller-1 失联/);
  assert.match(fault?.title.en ?? '', /caller caller-1 \(window 1\) is offline/);
  assert.ok(fault?.action.zh && fault.action.en);
});

test('12.4 one that is back within after_s was no fault', () => {
  const config = sampleHall();
  const notes = [on('disp-1'), on('caller-1'), on('caller-2'), off('caller-1', 60)];
  assert.deepEqual(faultsAt(config, notes, 64), []);
  assert.deepEqual(faultsAt(config, [...notes, on('caller-1', 63)], 90), []);
});

test('12.5 what is behind a dead switch is its consequence, whoever was told first', () => {
  const config = bigHall({ via: 'switch-1' });
  const up = ['switch-1', ...ALL].map((id) => on(id));
  for (const switchAt of [60, 90]) {
    const down = screens.map((id, index) => off(id, 61 + index));
    const notes = [...up, ...down, off('switch-1', switchAt)];
    const [fault, ...others] = faultsAt(config, notes, 120);
    assert.deepEqual(others, []);
    assert.deepEqual([fault?.id, fault?.cause], ['uplink:switch-1', 'switch-1']);
    assert.deepEqual([...(fault?.devices ?? [])].sort(), ['switch-1', ...screens].sort());
    assert.match(fault?.title.zh ?? '', /其下 12 台屏幕随之中断/);
  }
});

test('12.5 a device that was gone long before its switch stays its own fault', () => {
  const config = bigHall({ via: 'switch-1' });
  const up = ['switch-1', ...ALL].map((id) => on(id));
  const early = off('screen-1', 30);
  const later = [off('switch-1', 600), ...screens.slice(1).map((id) => off(id, 601))];
  assert.deepEqual(
    faultsAt(config, [...up, early, ...later], 700)
      .map(({ id }) => id)
      .sort(),
    ['lost:screen-1', 'uplink:switch-1'],
  );
});

test('12.5 a switch behind a switch: the furthest that is gone is the cause', () => {
  const config = sampleHall((yaml) =>
    yaml.replace(
      'devices:\n',
      'devices:\n  - { id: core, kind: network }\n  - { id: edge, kind: network, via: core }\n  - { id: cam, kind: camera, via: edge }\n',
    ),
  );
  const ids = ['core', 'edge', 'cam'];
  const up = [...ids, 'disp-1', 'caller-1', 'caller-2'].map((id) => on(id));
  const faults = faultsAt(config, [...up, ...ids.map((id) => off(id))], 120);
  assert.deepEqual(
    faults.map(({ id, devices }) => [id, devices.length]),
    [['uplink:core', 3]],
  );
});

test('12.5 a switch that cannot speak is suspected where most behind it go at once', () => {
  const config = bigHall({ via: 'switch-1' });
  const up = ALL.map((id) => on(id));
  const [fault, ...others] = faultsAt(config, [...up, ...screens.map((id) => off(id))], 120);
  assert.deepEqual(others, []);
  assert.deepEqual([fault?.id, fault?.devices.length], ['uplink:switch-1', COUNT]);
  assert.match(fault?.title.zh ?? '', /疑似断电/);
});

test('12.6 many of one zone lost at once are one fault, also while some are back', () => {
  const config = bigHall();
  const up = ALL.map((id) => on(id));
  const notes = [...up, ...screens.map((id, index) => off(id, 60 + index * 3))];
  const [fault, ...others] = faultsAt(config, notes, 120);
  assert.deepEqual(others, []);
  assert.deepEqual([fault?.kind, fault?.devices.length], ['together', COUNT]);
  assert.match(fault?.title.zh ?? '', /^等候区 12 台屏幕同时失联/);
  const back = screens.slice(0, 10).map((id) => on(id, 130));
  const [rest, ...more] = faultsAt(config, [...notes, ...back], 140);
  assert.deepEqual([more.length, rest?.kind, rest?.devices.length], [0, 'together', 2]);
  assert.match(rest?.title.zh ?? '', /2 台屏幕仍失联（同时失联的 12 台中）/);
});

test('12.6 the whole hall lost at once is one fault; fewer than together_min are theirs', () => {
  const config = bigHall();
  const up = ALL.map((id) => on(id));
  const [fault, ...others] = faultsAt(config, [...up, ...ALL.map((id) => off(id))], 120);
  assert.deepEqual([others.length, fault?.devices.length], [0, 2 * COUNT]);
  assert.match(fault?.title.zh ?? '', /^全厅 24 台设备同时失联/);
  const few = screens.slice(0, 4).map((id) => off(id));
  assert.deepEqual(kinds(faultsAt(config, [...up, ...few], 120)), Array(4).fill('lost'));
});

test('12.6 what else was lost in the same minutes stays apart from the zone that was lost', () => {
  const config = sampleHall((yaml) => {
    const zone = (n: number) => `  - { id: z${n}, name: 区${n} }`;
    const device = (n: number, z: number) => `  - { id: d-${z}-${n}, kind: screen, zone: z${z} }`;
    const zones = [3, 4, 5, 6].map(zone);
    const devices = [3, 4, 5, 6].flatMap((z) => screens.map((_, n) => device(n, z)));
    return yaml
      .replace('queues:\n', `${zones.join('\n')}\nqueues:\n`)
      .replace('screens:\n', `${devices.join('\n')}\nscreens:\n`);
  });
  const ids = config.devices.map(({ id }) => id);
  const up = ids.map((id) => on(id));
  const gone = ids.filter((id) => id.startsWith('d-3-') || id.startsWith('d-5-'));
  const notes = [...up, ...[...gone, 'd-4-1', 'disp-1'].map((id) => off(id))];
  const faults = faultsAt(config, notes, 120);
  assert.deepEqual(faults.map(({ kind, devices }) => `${kind} ${devices.length}`).sort(), [
    'lost 1',
    'lost 1',
    'together 12',
    'together 12',
  ]);
  assert.deepEqual(
    faults
      .slice(0, 2)
      .map(({ title }) => title.zh.slice(0, 2))
      .sort(),
    ['区3', '区5'],
  );
});

test('12.6 devices of one kind lost at once all over the hall are named by their kind', () => {
  const config = bigHall({ more: '' });
  const moved = sampleHall((yaml) =>
    yaml.replace(
      /devices:\n( {2}- .*\n)+/,
      `devices:\n${evals.map((id, n) => `  - { id: ${id}, kind: evaluator, zone: z${(n % 2) + 1} }`).join('\n')}\n  - { id: disp-1, kind: dispenser, zone: z1 }\n`,
    ),
  );
  assert.ok(config);
  const notes = [...evals.map((id) => on(id)), on('disp-1'), ...evals.map((id) => off(id))];
  const [fault] = faultsAt(moved, notes, 120);
  assert.match(fault?.title.zh ?? '', /12 台评价器同时失联/);
});

test('12.7 a device that comes and goes is one fault that says so, on or off at the moment', () => {
  const config = sampleHall();
  const up = [on('disp-1'), on('caller-1'), on('caller-2')];
  const blips = [60, 120, 180].flatMap((at) => [off('caller-1', at), on('caller-1', at + 20)]);
  for (const second of [185, 210, 400]) {
    const notes = [...up, ...blips].filter(([minute]) => minute * 60 <= second);
    const [fault, ...others] = faultsAt(config, notes, second);
    assert.deepEqual([others.length, fault?.id], [0, 'flapping:caller-1'], `at ${second}`);
    assert.equal(fault?.since, TEN + 60 * SECOND);
  }
  assert.deepEqual(faultsAt(config, [...up, ...blips], 60 * 20), [], 'calm again');
});

test('12.3 silence: by kind, longer for those with a last will, from the gateway’s start on', () => {
  const config = sampleHall();
  const word = (device: string): Note => [
    0,
    device,
    'occupancy',
    { type: 'count', zone: 'z1', present: 1 },
  ];
  const heard = [word('disp-1'), word('caller-1'), word('caller-2')];
  const limit = config.silence.dispenser;
  assert.deepEqual(faultsAt(config, heard, limit), []);
  // after_s has passed since the last word long before the limit
  assert.deepEqual(
    faultsAt(config, heard, limit + 1).map(({ id }) => id),
    ['silent:disp-1'],
  );
  const connected = [...heard, on('disp-1', 1)];
  assert.deepEqual(faultsAt(config, connected, limit + 60), []);
  const restarted: GatewayStatus = {
    ...NO_STATUS,
    keepsWills: false,
    listeningSince: TEN + 3_600 * SECOND,
  };
  const after = 3_600 + limit;
  assert.deepEqual(faultsAt(config, connected, after, restarted), [], 'grace');
  const late = faultsAt(config, connected, after + 1, restarted).map(({ id }) => id);
  assert.deepEqual(late, ['silent:disp-1'], 'its will went with the old broker');
});

test('12.3 silence_s of a device stands over everything; strangers are not blamed for silence', () => {
  const config = sampleHall((yaml) =>
    yaml.replace('id: disp-1, kind', 'id: disp-1, silence_s: 30, kind'),
  );
  const notes = [on('disp-1'), on('caller-1'), on('caller-2'), on('stranger')];
  assert.deepEqual(
    faultsAt(config, notes, 31).map(({ id }) => id),
    ['silent:disp-1'],
  );
  assert.deepEqual(
    faultsAt(config, [...notes, off('stranger', 20)], 29).map(({ id }) => id),
    ['lost:stranger'],
  );
});

test('12.2 a closed hall is not a fault: switched off after closing, missed at the next opening', () => {
  const config = bigHall();
  const up = ALL.map((id) => on(id));
  const closing = 7.5 * 3_600;
  const night = ALL.map((id) => off(id, closing + 300));
  assert.deepEqual(faultsAt(config, [...up, ...night], closing + 3_600), []);
  const noon = 2 * 3_600;
  const lunch = [...up, ...screens.map((id) => off(id, noon + 60))];
  const opens = 3.5 * 3_600;
  assert.deepEqual(faultsAt(config, lunch, opens - 60), []);
  assert.deepEqual(faultsAt(config, lunch, opens + 60), [], 'they have a while to come on');
  assert.deepEqual(kinds(faultsAt(config, lunch, opens + 700)), ['together']);
});

test('12.8 the broker away explains all that was lost with it; a full disk is one fault', () => {
  const config = bigHall();
  const up = ALL.map((id) => on(id));
  const down = [...up, ...ALL.map((id) => off(id))];
  const gatewayStatus: GatewayStatus = {
    ...NO_STATUS,
    parts: {
      broker: { state: 'failing', since: TEN + 70 * SECOND, detail: 'connection refused' },
      live: { state: 'ok', since: 0 },
    },
  };
  const [fault, ...others] = faultsAt(config, down, 120, gatewayStatus);
  assert.deepEqual([others.length, fault?.id, fault?.devices.length], [0, 'gateway:broker', 24]);
  assert.deepEqual(fault?.detail, { zh: 'connection refused' });
  const disk: GatewayStatus = {
    ...NO_STATUS,
    parts: { journal: { state: 'failing', since: TEN } },
  };
  assert.deepEqual(
    faultsAt(config, up, 60, disk).map(({ id }) => id),
    ['gateway:journal'],
  );
});

test('12.9 clocks: one that is wrong is its device’s, many alike are the gateway’s', () => {
  const config = bigHall();
  const tell = (device: string, aheadS: number): Note[] =>
    [0, 20, 40].map((second): Note => {
      const at = TEN + (second + aheadS) * SECOND - 40;
      return [second / 60, device, 'device', { type: 'state', state: 'online', at }];
    });
  const right = ALL.flatMap((id) => tell(id, 0));
  const [one, ...none] = faultsAt(config, [...right, ...tell('eval-3', 90)], 60);
  assert.deepEqual([none.length, one?.kind, one?.devices], [0, 'clock', ['eval-3']]);
  assert.match(one?.title.zh ?? '', /时钟快 90 秒/);
  const [all, ...rest] = faultsAt(
    config,
    ALL.flatMap((id) => tell(id, -60)),
    60,
  );
  assert.deepEqual([rest.length, all?.id, all?.devices.length], [0, 'clock:gateway', 24]);
  assert.match(all?.title.zh ?? '', /网关的时钟可能快/);
});

test('12.9 a wrong clock is told with what goes on all the same, by what its device does', () => {
  const config = sampleHall((yaml) =>
    yaml.replace('devices:\n', 'devices:\n  - { id: cam-1, kind: camera, zone: z1 }\n'),
  );
  const ahead = (device: string): Note[] =>
    [0, 20, 40].map((second) =>
      say(second, device, { state: 'online', at: TEN + (second + 90) * SECOND - 40 }),
    );
  const action = (...devices: string[]) =>
    faultsAt(config, devices.flatMap(ahead), 60).find(({ kind }) => kind === 'clock')?.action;
  assert.match(action('caller-1')?.zh ?? '', /叫号照常显示/);
  assert.match(action('disp-1')?.en ?? '', /its tickets count, at corrected times/);
  assert.match(action('disp-1', 'caller-1')?.en ?? '', /their calls are shown and tickets count/);
  for (const text of Object.values(action('cam-1') ?? { zh: '叫号' })) {
    assert.doesNotMatch(text, /叫号|calls/);
  }
});

test('12.10 limits: alike ones are one fault, and end only with a margin', () => {
  const config = bigHall();
  const at = (paper: number) => ALL.map((id) => say(0, id, { state: 'online', paper_pct: paper }));
  const hall = hallAfter(config, at(14));
  const [fault, ...others] = findFaults(hall, config, TEN + MINUTE);
  assert.deepEqual([others.length, fault?.kind, fault?.devices.length], [0, 'paper', 24]);
  const better = hallAfter(config, at(18));
  assert.deepEqual(findFaults(better, config, TEN + MINUTE), []);
  const still = findFaults(better, config, TEN + MINUTE, undefined, [fault!]);
  assert.deepEqual(kinds(still), ['paper']);
});

test('12.10 what devices say of themselves: alike and many, one fault; in maintenance, none', () => {
  const config = bigHall();
  const told = [
    ...screens.map((id) => say(0, id, { state: 'fault', fault: '背光异常' })),
    ...evals.slice(0, 2).map((id) => say(0, id, { state: 'degraded', fault: '电量低' })),
    ...evals.slice(2).map((id) => say(0, id, { state: 'maintenance', paper_pct: 0 })),
  ];
  const faults = faultsAt(config, told, 60);
  assert.deepEqual(
    faults.map(({ severity, devices }) => [severity, devices.length]),
    [
      [2, 12],
      [1, 1],
      [1, 1],
    ],
  );
  assert.equal(faults[0]?.title.zh, '12 台屏幕 背光异常');
});

test('12.11 never heard: one fault for all of them, once the hall was open long enough', () => {
  const config = bigHall();
  assert.deepEqual(faultsAt(config, [], -86 * 60), []);
  const [fault, ...others] = faultsAt(config, [], 60 * 60);
  assert.deepEqual([others.length, fault?.kind, fault?.devices.length], [0, 'never', 24]);
});

test('12.12 a line that is slow or loses packets is a fault, one bad measurement is not', () => {
  const config = sampleHall();
  const up = [on('disp-1'), on('caller-1'), on('caller-2')];
  const link = (second: number, loss: number): Note => [
    second / 60,
    'disp-1',
    'network',
    { type: 'link', zone: 'internet', rtt_ms: 20, loss_pct: loss },
  ];
  assert.deepEqual(faultsAt(config, [...up, link(0, 0), link(60, 12)], 70), []);
  const bad = [0, 60, 120, 180].map((at) => link(at, 12));
  assert.deepEqual(
    faultsAt(config, [...up, ...bad], 190).map(({ id }) => id),
    ['network:internet'],
  );
});

test('12.13 a fault keeps its id and begin while others join and some come back, and ends after a calm', () => {
  const config = bigHall();
  const up = ALL.map((id) => on(id));
  let standing: Standing = NO_FAULTS;
  const ids = new Set<string>();
  const look = (notes: readonly Note[], second: number) => {
    const now = TEN + second * SECOND;
    const found = findFaults(hallAfter(config, notes), config, now, undefined, standing.faults);
    const next = keepFaults(standing, found, now, config);
    standing = next;
    for (const { id } of next.faults) ids.add(id);
    return next;
  };
  const six = [...up, ...screens.slice(0, 6).map((id) => off(id))];
  const twelve = [...six, ...screens.slice(6).map((id) => off(id, 80))];
  assert.equal(look(six, 66).begun.length, 1);
  assert.equal(look(twelve, 90).begun.length, 0);
  const back = [...twelve, ...screens.slice(0, 11).map((id) => on(id, 100))];
  assert.deepEqual([look(back, 101).begun.length, ids.size], [0, 1]);
  assert.equal(standing.faults[0]?.since, TEN + 60 * SECOND);
  assert.equal(look(back, 109).faults.length, 1);
  const whole = [...back, on('screen-12', 110)];
  assert.deepEqual(look(whole, 111).ended, []);
  assert.equal(look(whole, 112).faults.length, 1);
  assert.equal(look(whole, 120).ended.length, 1);
  assert.deepEqual(standing.faults, []);
});

test('12.1 whatever devices do, the list is short and each device is in one loss at most', () => {
  const config = bigHall({ via: 'switch-1' });
  const step = fc.tuple(
    fc.constantFrom('switch-1', ...ALL),
    fc.constantFrom('online', 'offline', 'fault', 'degraded', 'maintenance'),
    fc.integer({ min: 0, max: 900 }),
  );
  const LOSS = new Set(['uplink', 'together', 'lost', 'silent', 'flapping', 'gateway']);
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 80 }),
      fc.integer({ min: 0, max: 4_000 }),
      (steps, second) => {
        const notes = steps
          .sort((a, b) => a[2] - b[2])
          .map(([id, state, at]) => say(at, id, { state }));
        const faults = faultsAt(config, notes, 900 + second);
        const lost = faults.filter(({ kind }) => LOSS.has(kind)).flatMap(({ devices }) => devices);
        assert.equal(new Set(lost).size, lost.length, 'no device is lost twice');
        assert.equal(new Set(faults.map(({ id }) => id)).size, faults.length, 'ids are unique');
        for (const { since, title, action, devices } of faults) {
          assert.ok(Number.isSafeInteger(since) && since <= TEN + (900 + second) * SECOND);
          assert.ok(title.zh && title.en && action.zh && action.en && devices.length > 0);
          assert.ok(!/undefined|NaN/.test(JSON.stringify([title, action])));
        }
      },
    ),
    { numRuns: 200 },
  );
});

test('via leads away from a device: circles and strangers are mistakes of the hall file', () => {
  const parse = (devices: string) => {
    const parsed = parseHall(`hall: { id: h1, name: 厅 }\ndevices:\n${devices}`, 'hall.yaml');
    return parsed.ok ? [] : parsed.problems.map(({ line, message }) => `${line}: ${message}`);
  };
  assert.deepEqual(parse('  - { id: a, kind: network }\n  - { id: b, kind: screen, via: a }'), []);
  const circle = parse(
    '  - { id: a, kind: network, via: b }\n  - { id: b, kind: network, via: a }',
  );
  assert.equal(circle.length, 2);
  assert.match(circle[0] ?? '', /^3: is "b", should not lead back/);
  assert.match(
    parse('  - { id: a, kind: screen, via: sw }')[0] ?? '',
    /should be the id of one of the devices/,
  );
});
