// The demo: a believable hall, a day that the product's own rules accept, and devices that are real MQTT clients.
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect as dial, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import mqtt from 'mqtt';
import { asReceived, demoDay, type DemoEvent } from '../../demo/day.ts';
import { readDemoHall } from '../../demo/hall.ts';
import { createBursts } from '../../demo/devices/burst.ts';
import { runDemo } from '../../demo/devices/run.ts';
import { cutSlices } from '../../demo/devices/slices.ts';
import { denoPath } from '../../gateway/start/install.mjs';
import { frugal } from '../../gateway/start/memory.mjs';
import { deviceArguments } from '../../gateway/start/permissions.mjs';
import { dayBounds, instantAt } from '../../hall/zone-time.ts';
import { indexHall } from '../../hall/config.ts';
import { createDecoder } from '../../hall/decode.ts';
import { fold, startHall, type Received } from '../../hall/reduce.ts';
import { formatTopic } from '../../hall/topic.ts';
import { values } from '../../hall/table.ts';

const MINUTE = 60_000;
const config = readDemoHall();
const DATES = ['2026-11-21', '2026-11-23', '2027-02-06'] as const;
const days = new Map(DATES.map((date) => [date, demoDay(config, date)]));
const dayOf = (date: (typeof DATES)[number]) => days.get(date) ?? [];
const at = (date: string, clock: string) => {
  const [hour = 0, minute = 0] = clock.split(':').map(Number);
  return instantAt(config.hall.timezone, date, hour * 60 + minute);
};

interface Told {
  queue: string;
  issued: number;
  served?: number;
  last: string;
}

/** Ticket → its issue, first service and last event. */
function tickets(events: readonly DemoEvent[]): Map<string, Told> {
  const told = new Map<string, Told>();
  for (const { stream, signal } of events) {
    if (stream !== 'ticket') continue;
    if (signal.type === 'issued') {
      told.set(signal.ticket, { queue: signal.queue, issued: signal.at, last: 'issued' });
    }
    const ticket = told.get(signal.ticket);
    assert.ok(ticket, `${signal.ticket} is ${signal.type} before it is issued`);
    if (signal.type === 'serving') ticket.served ??= signal.at;
    ticket.last = signal.type;
  }
  return told;
}

const mean = (list: readonly number[]) => list.reduce((sum, each) => sum + each, 0) / list.length;
const count = (events: readonly DemoEvent[], stream: string, type: string) =>
  events.filter((event) => event.stream === stream && event.signal.type === type).length;

test('the demo hall has the size of a city hall', () => {
  assert.equal(config.hall.demo, true);
  assert.equal(config.floors.length, 3);
  assert.equal(config.windows.length, 66);
  assert.equal(new Set(config.windows.map(({ department }) => department?.zh)).size, 66);
  assert.equal(config.departments.length, 66);
  assert.equal(config.queues.length, 24);
  assert.ok(config.services.length >= 150, `${config.services.length} services`);
  assert.ok(config.screens.length >= 30, `${config.screens.length} screens`);
  assert.ok(config.devices.length > 200, `${config.devices.length} devices`);
  assert.deepEqual(config.hall.timezone, 'Asia/Shanghai');
});

test('every name has its English beside it', () => {
  const named = [
    config.floors,
    config.zones,
    config.queues,
    config.services,
    config.screens,
  ].flat();
  for (const { id, name } of named) assert.ok(name.en, `${id} ${name.zh}`);
  for (const { name } of config.departments) assert.ok(name.en, name.zh);
});

test('screens of several sizes, shapes and layouts; b1 is a 55-inch call board', () => {
  const b1 = indexHall(config).screens.get('b1');
  assert.equal(b1?.layout, 'calls');
  assert.equal(b1.diagonal_in, 55);
  assert.deepEqual(b1.resolution, { width: 1920, height: 1080 });
  assert.ok(new Set(config.screens.map(({ diagonal_in }) => diagonal_in)).size >= 6);
  assert.ok(config.screens.some(({ orientation }) => orientation === 'portrait'));
  const layouts = new Set(config.screens.map(({ layout }) => layout));
  assert.deepEqual([...layouts].sort(), ['calls', 'kiosk', 'notice', 'wall', 'window']);
});

test('every queue has a window and a board, every front window a caller, an evaluator and a person', () => {
  const { windowsOfQueue } = indexHall(config);
  const boards = new Set(
    config.screens.filter(({ layout }) => layout === 'calls').map(({ zone }) => zone),
  );
  for (const { id, zone } of config.queues) {
    assert.ok((windowsOfQueue.get(id)?.length ?? 0) > 0, id);
    assert.ok(boards.has(zone), `${id}: no board in ${zone}`);
  }
  const staffed = new Set(config.staff.map(({ department }) => department?.zh));
  for (const window of config.windows) {
    const kinds = config.devices
      .filter((device) => device.window === window.id)
      .map(({ kind }) => kind);
    assert.ok(kinds.includes('caller'), window.id);
    assert.ok(window.role === 'back' || kinds.includes('evaluator'), window.id);
    assert.ok(staffed.has(window.department?.zh), window.id);
  }
});

test('the same day told again is the same, another seed or zone is not', () => {
  const [date] = DATES;
  assert.deepEqual(demoDay(config, date), dayOf(date));
  const other = demoDay(config, date, 'other');
  const ids = new Set(dayOf(date).map(({ signal }) => signal.id));
  assert.ok(other.every(({ signal }) => !ids.has(signal.id)));
  const elsewhere = demoDay(readDemoHall('Etc/GMT+5'), date);
  assert.ok(elsewhere.every(({ signal }) => !ids.has(signal.id)));
  assert.equal(elsewhere.length, dayOf(date).length);
});

for (const date of DATES) {
  test(`${date}: in order, within the day, every id once, each sender a device of the hall`, () => {
    const events = dayOf(date);
    const [start, end] = dayBounds(config.hall.timezone, date);
    const devices = new Set(config.devices.map(({ id }) => id));
    assert.equal(new Set(events.map(({ signal }) => signal.id)).size, events.length);
    let last = start;
    for (const event of events) {
      assert.ok(event.at >= last && event.at < end);
      assert.equal(event.at, event.signal.at);
      assert.ok(Number.isInteger(event.at));
      assert.ok(devices.has(event.device), event.device);
      last = event.at;
    }
    assert.ok(events.length < 27_000, `${events.length} signals`);
  });

  test(`${date}: decode accepts every signal, reduce finds none late and none irregular`, () => {
    const decode = createDecoder(config);
    let hall = startHall(config, dayBounds(config.hall.timezone, date)[0]);
    let seq = 0;
    const bytes = new TextEncoder();
    for (const { device, stream, signal } of dayOf(date)) {
      const topic = formatTopic({ hall: config.hall.id, device, stream });
      const { accepted, rejected } = decode(topic, bytes.encode(JSON.stringify(signal)), signal.at);
      assert.deepEqual(
        rejected.map(({ reason, detail }) => `${reason} ${detail.en}`),
        [],
      );
      for (const each of accepted) {
        hall = fold(hall, config, { ...each, receivedAt: signal.at, seq: ++seq } as Received);
      }
    }
    assert.equal(hall.counts.irregular, 0);
    assert.equal(hall.counts.late, 0);
    assert.equal(hall.counts.overflow, 0);
    assert.ok(hall.counts.outOfOrder < 15, `${hall.counts.outOfOrder} out of order`);
    for (const ticket of values(hall.tickets)) {
      assert.ok(
        ['completed', 'missed', 'cancelled'].includes(ticket.state),
        JSON.stringify(ticket),
      );
    }
    for (const [id, window] of Object.entries(hall.windows))
      assert.equal(window.state, 'closed', id);
    assert.equal(Object.keys(hall.windows).length, 66);
  });

  test(`${date}: about 1,300 tickets, two peaks, waits that show the thresholds’ colours`, () => {
    const events = dayOf(date);
    const told = [...tickets(events).values()];
    assert.ok(told.length > 1_200 && told.length < 1_400, `${told.length} tickets`);
    const issuedIn = (from: string, to: string) =>
      told.filter(({ issued }) => issued >= at(date, from) && issued < at(date, to)).length;
    assert.ok(issuedIn('09:15', '10:15') > 1.5 * issuedIn('11:00', '12:00'));
    assert.ok(issuedIn('14:15', '15:15') > 1.5 * issuedIn('16:30', '17:30'));
    assert.ok(issuedIn('12:00', '13:15') < 30);
    assert.equal(issuedIn('17:30', '24:00'), 0);

    const waits = told.flatMap(({ issued, served }) =>
      served === undefined ? [] : [(served - issued) / MINUTE],
    );
    assert.ok(mean(waits) > 3.5 && mean(waits) < 9, `mean wait ${mean(waits)} min`);
    const over = (minutes: number) => waits.filter((wait) => wait > minutes).length / waits.length;
    assert.ok(
      over(10) > 0.1 && over(20) > 0.02 && over(40) < 0.05,
      `${over(10)} ${over(20)} ${over(40)}`,
    );

    // At 10:30, when the demo begins, somebody has waited over 20 minutes and the hall is not jammed.
    const half = at(date, '10:30');
    const present = told.filter(
      ({ issued, served }) => issued <= half && (served ?? Infinity) > half,
    );
    assert.ok(present.length > 20 && present.length < 130, `${present.length} waiting at 10:30`);
    assert.ok(present.some(({ issued }) => half - issued > 20 * MINUTE));
    assert.ok(events.filter((event) => event.at <= half).length < 10_000);
  });

  test(`${date}: no-shows, transfers, holds, classes and opinions in believable shares`, () => {
    const events = dayOf(date);
    const issued = count(events, 'ticket', 'issued');
    const share = (type: string) => count(events, 'ticket', type) / issued;
    assert.ok(share('no_show') > 0.03 && share('no_show') < 0.09, `no-shows ${share('no_show')}`);
    assert.ok(share('requeued') > 0.01 && share('requeued') < share('no_show'));
    assert.ok(share('transferred') > 0.01 && share('transferred') < 0.04);
    assert.ok(share('held') > 0.01 && share('held') < 0.06);
    assert.equal(share('held'), share('resumed'));
    assert.ok(share('recalled') > 0.08 && share('recalled') < 0.25);
    assert.ok(count(events, 'ticket', 'cancelled') > 0);
    const classes = events.flatMap((event) =>
      event.stream === 'ticket' && event.signal.type === 'issued' ? [event.signal] : [],
    );
    assert.deepEqual([...new Set(classes.map((each) => each.class))].sort(), [
      'green',
      'normal',
      'priority',
    ]);
    assert.ok(
      classes.every(
        (each) => (each.channel === 'appointment') === (each.appointment_at !== undefined),
      ),
    );

    const opinions = events.flatMap((event) =>
      event.stream === 'evaluation' ? [event.signal] : [],
    );
    const given = opinions.filter((opinion) => !opinion.default);
    assert.equal(opinions.length, count(events, 'ticket', 'completed'));
    assert.ok(Math.abs(given.length / opinions.length - 0.35) < 0.06);
    assert.deepEqual([...new Set(given.map(({ level }) => level))].sort(), [1, 2, 3, 4, 5]);
    assert.ok(given.filter(({ level }) => level >= 4).length / given.length > 0.8);
  });

  test(`${date}: people, places and devices: leave, substitutes, absences, failures and returns`, () => {
    const events = dayOf(date);
    const windowStates = events.flatMap((event) =>
      event.stream === 'window' ? [event.signal] : [],
    );
    assert.ok(windowStates.some(({ substitute }) => substitute));
    for (const state of ['away', 'paused'] as const) {
      const left = windowStates.filter((each) => each.state === state);
      assert.ok(left.length > 10, `${left.length} ${state}`);
      assert.ok(left.some(({ reason }) => reason !== undefined));
    }
    const firstIdle = Math.min(
      ...windowStates.filter((each) => each.state === 'idle').map((each) => each.at),
    );
    assert.ok(firstIdle < at(date, '08:30') && firstIdle > at(date, '08:00'));
    const lunch = windowStates.filter(
      (each) => each.at > at(date, '12:45') && each.at < at(date, '13:15'),
    );
    assert.ok(new Set(lunch.map(({ window }) => window)).size < 20);
    const clocks = events.flatMap((event) =>
      event.stream === 'staff' ? [event.signal.state] : [],
    );
    assert.deepEqual([...new Set(clocks)].sort(), ['in', 'leave', 'out']);

    const reports = events.flatMap((event) => (event.stream === 'device' ? [event] : []));
    const states = new Set(reports.map(({ signal }) => signal.state));
    assert.deepEqual([...states].sort(), ['degraded', 'fault', 'maintenance', 'offline', 'online']);
    const latest = new Map(reports.map(({ device, signal }) => [device, signal.state]));
    assert.equal(latest.size, config.devices.length);
    for (const { device, signal } of reports.filter(({ signal }) => signal.state === 'offline')) {
      const back = reports.find((each) => each.device === device && each.at > signal.at);
      assert.equal(back?.signal.state, 'online', device);
    }
    const counted = events.filter(
      ({ stream, signal }) => stream === 'occupancy' && signal.type === 'count',
    );
    assert.ok(counted.length > config.zones.length * 9 * 60);
    const kinds = new Set(
      events.flatMap(({ stream, signal }) => (stream === 'case' ? [signal.type] : [])),
    );
    assert.deepEqual([...kinds].sort(), ['accepted', 'decided', 'delivered', 'stage']);
  });
}

test('dispensers run out of paper and are refilled on some day', () => {
  const paper = DATES.flatMap((date) =>
    dayOf(date).flatMap(({ stream, device, signal }) =>
      stream === 'device' && signal.paper_pct !== undefined
        ? [{ device: `${date} ${device}`, pct: signal.paper_pct, state: signal.state }]
        : [],
    ),
  );
  const low = paper.filter(({ state }) => state === 'degraded');
  assert.ok(low.length > 0);
  assert.ok(low.every(({ pct }) => pct < 16));
  assert.ok(
    paper.some(
      (each, i) =>
        each.pct > 95 && paper.slice(0, i).some((p) => p.device === each.device && p.pct < 16),
    ),
  );
});

test('zones are counted in step with who waits there', () => {
  const events = dayOf('2026-11-21');
  const present = (zone: string, clock: string) => {
    const near = events.filter(
      ({ stream, signal }) =>
        stream === 'occupancy' &&
        signal.type === 'count' &&
        signal.zone === zone &&
        Math.abs(signal.at - at('2026-11-21', clock)) < 5 * MINUTE,
    );
    return mean(near.map(({ signal }) => ('present' in signal ? signal.present : 0)));
  };
  assert.ok(present('z1', '10:00') > 10);
  assert.ok(present('z1', '10:00') > 3 * present('z1', '12:50'));
  assert.equal(present('z1', '08:02'), 0);
});

test('slices: however devices of a phase overtake each other, no ticket’s story changes', () => {
  const kinds = new Map<string, string>(config.devices.map(({ id, kind }) => [id, kind]));
  const events = dayOf('2026-11-21');
  const slices = cutSlices(events, (device) => kinds.get(device));
  assert.equal(slices.flat(2).length, events.length);
  assert.ok(slices.length < 1_200, `${slices.length} slices`);
  const story = (list: readonly DemoEvent[]) => {
    const told = new Map<string, string[]>();
    for (const { stream, signal } of list) {
      if (stream !== 'ticket') continue;
      told.set(signal.ticket, [...(told.get(signal.ticket) ?? []), signal.id]);
    }
    return told;
  };
  // The worst order: the devices of each phase in reverse, each with all that it has to say.
  const worst = slices.flatMap((slice) =>
    slice.flatMap((phase) =>
      [...Map.groupBy(phase, ({ device }) => device).values()].reverse().flat(),
    ),
  );
  assert.deepEqual(story(worst), story(events));
});

test('bursts call at one second, at windows that the day leaves alone', () => {
  const events = dayOf('2026-11-21');
  const bursts = createBursts(config, 12);
  const from = at('2026-11-21', '10:30') + 1;
  const extra = Array.from({ length: 400 }, (_, step) =>
    bursts(events, from + step * 200, from + (step + 1) * 200),
  ).flat();
  const calls = extra.filter(({ signal }) => signal.type === 'called');
  assert.equal(calls.length, 24);
  assert.equal(new Set(calls.map((call) => call.at)).size, 2);
  assert.equal(new Set(extra.map(({ signal }) => signal.id)).size, extra.length);
  const all = [...events.filter((event) => event.at < from + 400 * 200), ...extra];
  all.sort((a, b) => a.at - b.at);
  let hall = startHall(config, from);
  all.forEach((event, seq) => (hall = fold(hall, config, asReceived(event, seq + 1))));
  assert.equal(hall.counts.irregular, 0);
});

// --- against a real broker -------------------------------------------------------------------------

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function answers(port: number): Promise<void> {
  for (;;) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = dial(port, '127.0.0.1');
      socket.once('connect', () => resolve(true));
      socket.once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
    if (open) return;
    await delay(20);
  }
}

/** Mosquitto on `port`; over an orderly end it keeps sessions and retained messages in `folder`. */
async function mosquitto(folder: string, port: number): Promise<ChildProcess> {
  const file = join(folder, 'mosquitto.conf');
  const settings = [
    `listener ${port} 127.0.0.1`,
    'allow_anonymous true',
    'user root',
    'persistence true',
    `persistence_location ${folder}/`,
    'max_queued_messages 0',
    'max_inflight_messages 0',
  ];
  writeFileSync(file, `${settings.join('\n')}\n`);
  const path = `${process.env['PATH'] ?? ''}:/usr/sbin:/usr/local/sbin`;
  const broker = spawn('mosquitto', ['-c', file], { stdio: 'ignore', env: { PATH: path } });
  await answers(port);
  return broker;
}

async function ended(broker: ChildProcess): Promise<void> {
  const gone = new Promise((resolve) => broker.once('exit', resolve));
  broker.kill('SIGTERM');
  await gone;
}

interface Heard {
  topic: string;
  signal: { id?: string; at?: number; state?: string; type: string };
  retained: boolean;
}

/** Everything published under hall/#, also while this listener is away, and a way to wait until something has been. */
async function listen(port: number, clientId: string) {
  const heard: Heard[] = [];
  const ids = new Set<string | undefined>();
  let check = () => {};
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, {
    clientId,
    clean: false,
    reconnectPeriod: 50,
  });
  client.on('message', (topic, payload, { retain }) => {
    const signals = [JSON.parse(payload.toString())].flat() as Heard['signal'][];
    for (const signal of signals) {
      heard.push({ topic, signal, retained: retain });
      ids.add(signal.id);
    }
    check();
  });
  await client.subscribeAsync('hall/#', { qos: 1 });
  const until = (condition: () => boolean) =>
    new Promise<void>((resolve) => {
      check = () => condition() && resolve();
      check();
    });
  /** Until every one of these has come; each is looked at once. */
  const untilAll = (events: readonly DemoEvent[]) => {
    const missing = events.map(({ signal }) => signal.id);
    return until(() => {
      while (missing.length > 0 && ids.has(missing.at(-1))) missing.pop();
      return missing.length === 0;
    });
  };
  return { heard, ids, until, untilAll, client };
}

test('each device is its own MQTT client: the past in order, failures as wills, no loss over a broker’s restart', async () => {
  const date = '2026-11-21';
  const events = dayOf(date);
  const folder = mkdtempSync(join(tmpdir(), 'hallcast-demo-'));
  const port = await freePort();
  let broker = await mosquitto(folder, port);
  const { heard, ids, until, untilAll, client } = await listen(port, 'listener');

  // The demo's time stands where the test puts it.
  const drop = events.find(
    ({ stream, at: then, signal }) =>
      stream === 'device' && signal.state === 'offline' && then > at(date, '10:30'),
  );
  assert.ok(drop);
  let now = drop.at - 2 * MINUTE;
  const errors: string[] = [];
  let ready = () => {};
  const begun = new Promise<void>((resolve) => (ready = resolve));
  const demo = runDemo({
    config,
    url: `mqtt://127.0.0.1:${port}`,
    now: () => now,
    onError: (error, { stage }) => errors.push(`${stage}: ${error.message}`),
    onReady: ready,
  });
  try {
    await begun;
    await untilAll(events.filter((event) => event.at <= now));
    assert.deepEqual(errors, []);
    // Each ticket's events arrive in the order in which they happened.
    const order = new Map<string, number>();
    for (const { topic, signal } of heard) {
      if (!topic.endsWith('/ticket') || !('ticket' in signal)) continue;
      const key = String(signal.ticket);
      assert.ok((signal.at ?? 0) >= (order.get(key) ?? 0), key);
      order.set(key, signal.at ?? 0);
    }
    const late = await listen(port, 'late');
    const online = () => late.heard.filter(({ retained }) => retained).map(({ topic }) => topic);
    await late.until(() => new Set(online()).size === config.devices.length);
    await late.client.endAsync();

    // The device that fails is cut off without a word; the broker speaks its will.
    const topic = formatTopic({ hall: config.hall.id, device: drop.device, stream: 'device' });
    const willOf = () =>
      heard.some(
        (each) => each.topic === topic && each.signal.state === 'offline' && !each.signal.id,
      );
    assert.equal(willOf(), false);
    now = drop.at + 1_000;
    await until(willOf);
    assert.equal(ids.has(drop.signal.id), false);
    const back = events.find(
      ({ device, stream, at: then }) =>
        device === drop.device && stream === 'device' && then > drop.at,
    );
    assert.ok(back);
    now = back.at + 1_000;
    await untilAll([back]);

    // The broker goes away; what happens meanwhile is told when it is back.
    await ended(broker);
    const goneAt = now;
    now += 3 * MINUTE;
    broker = await mosquitto(folder, port);
    const missed = events
      .filter((event) => event.at > goneAt && event.at <= now)
      .filter(({ stream, signal }) => !(stream === 'device' && signal.state === 'offline'));
    assert.ok(missed.length > 50);
    await untilAll(missed);

    // Midnight: the next day is told by itself.
    now = at('2026-11-22', '07:20');
    const next = demoDay(config, '2026-11-22').filter((event) => event.at <= now);
    await untilAll(next);
  } finally {
    await demo.stop();
    await client.endAsync(true);
    await ended(broker);
    rmSync(folder, { recursive: true });
  }
});

test('the devices’ own program tells the day at the computer’s pace and at a faster one', async () => {
  for (const pace of ['1', '20']) {
    const folder = mkdtempSync(join(tmpdir(), 'hallcast-demo-'));
    const port = await freePort();
    const broker = await mosquitto(folder, port);
    const env = { ...frugal(process.env), HALLCAST_MQTT: `127.0.0.1:${port}`, HALLCAST_PACE: pace };
    const devices = spawn(denoPath(), deviceArguments(env.HALLCAST_MQTT), {
      stdio: ['ignore', 'pipe', 'pipe'],
      env,
    });
    try {
      const said = await new Promise<string>((resolve) => {
        let printed = '';
        const take = (chunk: unknown) => {
          printed += String(chunk);
          if (printed.includes('\n')) resolve(printed);
        };
        devices.stdout.on('data', take);
        devices.stderr.on('data', take);
      });
      assert.match(said, /^demo devices: \d+ of 244 connected, \d+ signals of the day so far/);
    } finally {
      devices.kill('SIGKILL');
      await ended(broker);
      rmSync(folder, { recursive: true });
    }
  }
});
