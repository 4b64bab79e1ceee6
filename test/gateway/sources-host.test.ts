// The decoder of everything that comes in: retained messages, states that readers tell, devices that are not of the
// hall, limits. With the readers and rules that a hall really has. SPEC §13.
import { deepStrictEqual as equal, match, ok, rejects } from 'node:assert/strict';
import fc from 'fast-check';
import { parseHall, type HallConfig } from '../../hall/config.ts';
import { createDecoder } from '../../hall/decode.ts';
import { withDevices } from '../../hall/config/accepted.ts';
import { fold, startHall, type Received } from '../../hall/reduce.ts';
import { createClock } from '../../gateway/clock.ts';
import { startIntake } from '../../gateway/intake.ts';
import { startBroker } from '../../gateway/intake/broker.ts';
import { createSources } from '../../gateway/sources.ts';
import { SOURCES } from '../../vendors/sources.ts';
import { dataFolder, openHallJournal } from './intake-parts.ts';

const HALL = `
hall: { id: h1, name: 厅, timezone: Asia/Shanghai }
zones: [{ id: z1, name: 区 }]
queues: [{ id: q1, name: 社保, zone: z1 }]
windows: [{ id: w1, zone: z1, queues: [q1] }]
limits: { discovered_max: 3 }
devices:
  - { id: disp-1, kind: dispenser, zone: z1 }
  - { id: plug, kind: other, zone: z1, source: tasmota, address: plug_1 }
sources:
  - name: dispensers
    topic: ["v/{n}/state", "v/{n}/ticket", "v/{n}/count"]
    device: "disp-{n}"
    signals:
      - { stream: ticket, type: cancelled, when: { /no: { present: true } }, fields: { ticket: /no, at: /at } }
      - { stream: window, when: { /w: { present: true } }, fields: { window: /w, state: /s } }
      - { stream: occupancy, type: count, when: { /n: { present: true } }, fields: { zone: "{zone}", present: /n } }
  - use: tasmota
`;

const NOW = Date.parse('2026-11-22T10:31:00+08:00');

function configOf(text: string): HallConfig {
  const parsed = parseHall(text, 'hall.yaml', SOURCES);
  ok(parsed.ok, parsed.ok ? '' : JSON.stringify(parsed.problems));
  return parsed.config;
}

/** Sources at a hall whose state follows what they accept. */
function open(given: string | HallConfig = HALL) {
  let config = typeof given === 'string' ? configOf(given) : given;
  let hall = startHall(config, NOW);
  let seq = 0;
  const published: string[] = [];
  const items = { made: 0 };
  const sources = createSources({
    config: () => config,
    hall: () => hall,
    isIgnored: (_source, address) => address === 'unwanted',
    publish: ({ topic }) => void published.push(topic),
    onTrace: () => void items.made++,
  });
  return {
    sources,
    judges: createDecoder(config),
    published,
    items,
    /** What is said within does not come to the hall: its disk is full. */
    forget: (work: () => void) => {
      const before = hall;
      work();
      hall = before;
    },
    join: (device: object) => {
      const joined = withDevices(config, [device as HallConfig['devices'][number]]);
      equal(joined.left, []);
      config = joined.config;
    },
    say(topic: string, payload: object | string, { at = NOW, retain = false } = {}) {
      const text = typeof payload === 'string' ? payload : JSON.stringify(payload);
      const message = sources.decode(topic, new TextEncoder().encode(text), at, retain);
      for (const signal of message.accepted) {
        hall = fold(hall, config, { ...signal, seq: ++seq, receivedAt: at } as Received);
      }
      return {
        told: message.accepted.map(({ device, stream, signal }) => {
          const { type, state } = signal as { type?: string; state?: string };
          return [device, stream, state ?? type].join(' ');
        }),
        signals: message.accepted.map(({ signal }) => signal as unknown as Record<string, unknown>),
        reasons: message.rejected.map(({ reason }) => reason),
        foreign: message.foreign,
      };
    },
  };
}

Deno.test('what the broker had kept makes a state only where the hall knows another', () => {
  const { say } = open();
  const retained = (at = NOW) => ({ at, retain: true });
  const idle = { w: 'w1', s: 'idle' };
  equal(say('v/1/state', idle, retained()).told, ['disp-1 window idle']);
  equal(say('v/1/state', idle, retained(NOW + 5_000)).told, [], 'told again: known');
  equal(say('v/1/state', { w: 'w1', s: 'serving' }).told, [
    'disp-1 window serving',
    'disp-1 device online',
  ]);
  const after = say('v/1/state', idle, retained(NOW + 9_000));
  equal(after.told, ['disp-1 window idle'], 'it changed while nobody listened');
  // An event without a time of its own cannot be told from the one that was heard before.
  equal(say('v/1/ticket', { no: 'A1' }, retained(NOW + 10_000)).told, []);
  equal(say('v/1/count', { n: 7 }, retained(NOW + 10_000)).told, ['disp-1 occupancy count']);
  equal(say('v/1/count', { n: 7 }, retained(NOW + 11_000)).told, []);
  const timed = { no: 'A1', at: NOW - 1000 };
  const [first] = say('v/1/ticket', timed, retained(NOW + 12_000)).signals;
  const [again] = say('v/1/ticket', timed, retained(NOW + 60_000)).signals;
  equal(first?.['id'], again?.['id'], 'with its own time it is the same signal');
});

Deno.test(
  'a protocol’s word about a device is told at once when it changes, else by the minute',
  () => {
    const { say } = open();
    const lwt = 'tele/plug_1/LWT';
    const state = (RSSI: number, at: number) =>
      say(
        'tele/plug_1/STATE',
        { Uptime: '0T01:00:00', UptimeSec: 3600, Wifi: { RSSI, Signal: -60 } },
        { at },
      );
    equal(say(lwt, 'Online', { retain: true }).told, ['plug device online']);
    equal(state(80, NOW + 1_000).told, [], 'not due');
    const due = state(78, NOW + 60_000);
    equal(due.told, ['plug device online']);
    equal(due.signals[0]?.['rssi_dbm'], -60);
    equal(say(lwt, 'Offline', { at: NOW + 61_000 }).told, ['plug device offline']);
    equal(say(lwt, 'Offline', { at: NOW + 200_000 }).told, [], 'that it is away is said once');
    equal(say(lwt, 'Offline', { at: NOW + 200_000, retain: true }).told, []);
    equal(say(lwt, 'Online', { at: NOW + 201_000 }).told, ['plug device online']);
  },
);

Deno.test(
  'what did not become durable is told again, and what another gateway told meanwhile counts',
  () => {
    const { say, sources, forget } = open();
    const will = (word: string, at: number) => say('tele/plug_1/LWT', word, { at }).told;
    equal(will('Online', NOW), ['plug device online']);
    forget(() => equal(will('Offline', NOW + 1_000), ['plug device offline']));
    sources.forgetTold();
    equal(will('Offline', NOW + 1_500), ['plug device offline'], 'the broker sends it again');
    equal(will('Offline', NOW + 2_000), [], 'it has become durable');
    // Of a pair of gateways this one was the standby for a minute.
    const word = { type: 'state', state: 'online', at: NOW + 60_000 };
    equal(say('hall/h1/plug/device', word, { at: NOW + 60_000 }).told, ['plug device online']);
    equal(will('Offline', NOW + 70_000), ['plug device offline']);
  },
);

Deno.test(
  'a journal that takes nothing: the state is told again when its message comes again',
  async () => {
    const { say, sources } = open();
    const journal = await openHallJournal(dataFolder());
    const intake = await startIntake({
      decode: (topic, payload, receivedAt) => sources.decode(topic, payload, receivedAt, false),
      onFailed: () => sources.forgetTold(),
      journal,
      clock: createClock(),
      open: (onPublish) =>
        startBroker({ hostname: '127.0.0.1', port: 0, onError: console.error, onPublish }),
    });
    await journal.close();
    const word = new TextEncoder().encode('Offline');
    await rejects(intake.take('tele/plug_1/LWT', word, NOW));
    equal(say('tele/plug_1/LWT', 'Offline', { at: NOW + 100 }).told, ['plug device offline']);
    await intake.stop();
  },
);

Deno.test('a bridge that goes takes all its devices with it, however many', () => {
  const address = (index: number) => `0x${String(index).padStart(16, '0')}`;
  const numbers = Array.from({ length: 1_200 }, (_, index) => index);
  const devices = numbers
    .map((n) => `  - { id: d${n}, kind: sensor, source: zigbee2mqtt, address: "${address(n)}" }\n`)
    .join('');
  const { say } = open(`
hall: { id: h1, name: 厅 }
devices:
${devices}
sources: [{ use: zigbee2mqtt }]
`);
  const list = numbers.map((n) => ({
    ieee_address: address(n),
    friendly_name: `d${n}`,
    type: 'EndDevice',
  }));
  say('zigbee2mqtt/bridge/state', { state: 'online' });
  say('zigbee2mqtt/bridge/devices', list);
  const gone = say('zigbee2mqtt/bridge/state', { state: 'offline' }, { at: NOW + 1_000 });
  equal(gone.reasons, []);
  equal(gone.told.filter((text) => text.endsWith('device offline')).length, 1_200);
});

Deno.test(
  '13.2: a message of more signals than it may make is refused at the first too many',
  () => {
    const rule =
      '      - { stream: occupancy, type: count, fields: { zone: "{zone}", present: { value: 1 } } }\n';
    const { say, sources, items } = open(`${HALL}
  - name: batches
    topic: b
    each: /l
    device: disp-1
    signals:
${rule.repeat(20)}`);
    const list = (length: number) => ({ l: Array.from({ length }, () => 0) });
    const most = say('b', list(50));
    equal([most.reasons, most.signals.length], [[], 1_001], '1,000 and its state');
    items.made = 0;
    const more = say('b', list(1_000), { at: NOW + 1_000 });
    equal([more.reasons, more.told], [['size'], []]);
    equal(items.made, 51, 'the other 949 items are not looked at');
    equal(sources.stats['batches']?.signals, 1_001);
  },
);

Deno.test('a device of nobody is listed, up to a limit, and counts when it has joined', () => {
  const { say, sources, join } = open();
  for (const n of [2, 3, 4, 5, 5]) say(`v/${n}/ticket`, { no: `A${n}`, at: NOW });
  say('v/2/ticket', { no: 'A9', at: NOW }, { at: NOW + 2_000 });
  equal(
    sources.discovered().map(({ address, messages, sample }) => [address, messages, sample]),
    [
      ['disp-2', 2, `{"no":"A9","at":${NOW}}`],
      ['disp-3', 1, `{"no":"A3","at":${NOW}}`],
      ['disp-4', 1, `{"no":"A4","at":${NOW}}`],
    ],
  );
  equal(sources.discoveredStats, { listed: 3, dropped: 2 });
  join({ id: 'disp-2', kind: 'dispenser', zone: 'z1', source: 'dispensers', address: 'disp-2' });
  sources.forget('dispensers', 'disp-2');
  equal(say('v/2/ticket', { no: 'A2', at: NOW }).told, [
    'disp-2 ticket cancelled',
    'disp-2 device online',
  ]);
  // Who was not heard for a day makes room.
  say('v/6/ticket', { no: 'A6', at: NOW }, { at: NOW + 86_400_000 });
  say('v/7/ticket', { no: 'A7', at: NOW }, { at: NOW + 86_400_000 });
  equal(
    sources.discovered().map(({ address }) => address),
    ['disp-6', 'disp-7', 'disp-4'],
  );
});

Deno.test(
  'suggested ids are of the hall file’s form and free; a name without letters gives way',
  () => {
    const { say, sources, join } = open(HALL.replace('discovered_max: 3', 'discovered_max: 30'));
    join({ id: 'lamp-1', kind: 'other' });
    const announce = (id: string, name: string) =>
      say(`tasmota/discovery/${id}/config`, {
        ...{
          ip: '10.0.0.1',
          dn: name,
          fn: [name],
          hn: id,
          mac: id,
          md: 'Sonoff',
          t: id,
          ft: '%prefix%/%topic%/',
        },
        ...{ sw: '13.0', tp: ['cmnd', 'stat', 'tele'], ofln: 'Offline', onln: 'Online', ver: 1 },
      });
    announce('AA01', 'Lamp 1');
    announce('AA02', '大厅灯');
    for (const id of ['AA01', 'AA02']) say(`tele/${id}/LWT`, 'Online');
    const found = sources
      .discovered()
      .map(({ address, suggestedId, name }) => [address, suggestedId, name]);
    equal(found, [
      ['AA01', 'lamp-1-2', 'Lamp 1'],
      ['AA02', 'aa02', '大厅灯'],
    ]);
  },
);

Deno.test(
  'a message that tells nothing is none; one with mistakes is one letter; others may have it',
  () => {
    const { say, sources } = open();
    const ignored = say('v/1/ticket', {});
    equal([ignored.told, ignored.reasons, ignored.foreign], [['disp-1 device online'], [], true]);
    equal(say('tele/plug_1/LOGGING', 'x').reasons, []);
    equal(say('v/1/ticket', '').reasons, [], 'a retained message was cleared');
    equal(say('v/1/state', { w: 'w9', s: 'idle', no: '#' }).reasons, ['field:ticket']);
    equal(say('v/1/ticket', 'x'.repeat(300_000)).reasons, ['size']);
    equal(say(`v/${'9'.repeat(300)}/ticket`, {}).reasons, ['map:dispensers']);
    const own = say('hall/h1/disp-1/ticket', { type: 'cancelled', id: 'c', ticket: 'A1' });
    equal([own.told, own.foreign], [['disp-1 ticket cancelled'], undefined]);
    equal(say('elsewhere', {}).reasons, ['topic']);
    const { dispensers } = sources.stats;
    equal(dispensers, { messages: 5, ignored: 1, refused: 3, signals: 1 });
  },
);

Deno.test(
  'a device may be called in templates as the hall file has it; ignored ones are not listed',
  () => {
    const { say, sources } = open(HALL.replace('device: "disp-{n}"', 'device: "{/d}"'));
    say('v/1/ticket', { d: 'unwanted' });
    equal(sources.discovered(), []);
    const [count] = say('v/1/count', { d: 'disp-1', n: 4 }).signals;
    equal([count?.['zone'], count?.['present']], ['z1', 4]);
  },
);

Deno.test('a source asks for each topic once', () => {
  const { sources } = open();
  equal(
    sources.filters.filter((filter) => filter.startsWith('v/')),
    ['v/+/state', 'v/+/ticket', 'v/+/count'],
  );
  match(sources.filters.join(' '), /tele/);
});

Deno.test(
  'whatever comes to whichever source, nothing is thrown, and what counts passes decode',
  () => {
    const uses = ['tasmota', 'zigbee2mqtt', 'shelly', 'homie', 'sparkplug', 'home-assistant'];
    const all = HALL.replace('  - use: tasmota', uses.map((use) => `  - use: ${use}`).join('\n'));
    const topics = [
      ...[
        'v/1/ticket',
        'v/1/state',
        'v/9/count',
        'tele/plug_1/LWT',
        'tele/plug_1/STATE',
        'stat/plug_1/RESULT',
      ],
      ...[
        'zigbee2mqtt/bridge/devices',
        'zigbee2mqtt/bridge/state',
        'zigbee2mqtt/lamp',
        'zigbee2mqtt/lamp/availability',
      ],
      ...[
        'shellyplus1-aa/online',
        'shellyplus1-aa/events/rpc',
        'shellyplus1-aa/status/switch:0',
        'x/y/z',
      ],
      ...[
        'homie/5/a/$state',
        'homie/5/a/$description',
        'homie/5/a/n/p',
        'spBv1.0/g/NBIRTH/n',
        'spBv1.0/g/NDATA/n',
      ],
      ...[
        'homeassistant/sensor/a/config',
        'hall/h1/disp-1/ticket',
        'hall/h1/plug/device',
        '',
        '/',
        '$SYS/x',
      ],
    ];
    const word = fc.constantFrom(
      'Online',
      'offline',
      'ready',
      'true',
      'idle',
      'w1',
      '7',
      '',
      'A1',
      'lamp',
      '__proto__',
    );
    const scalar = fc.oneof(word, fc.integer(), fc.double(), fc.boolean(), fc.constant(null));
    const key = fc.constantFrom(
      ...'no at w s n state type id ticket Wifi RSSI POWER ieee_address friendly_name method params src ts name __proto__'.split(
        ' ',
      ),
    );
    const object = fc.dictionary(key, fc.oneof(scalar, fc.dictionary(key, scalar)));
    const text = (value: unknown) => new TextEncoder().encode(String(value));
    const payload = fc.oneof(
      fc.uint8Array({ maxLength: 100 }),
      word.map(text),
      fc.oneof(object, fc.array(object)).map((value) => text(JSON.stringify(value))),
    );
    const right = fc.constantFrom<[string, string]>(
      ['tele/plug_1/LWT', 'Online'],
      ['tele/plug_1/LWT', 'Offline'],
      ['tele/plug_1/STATE', '{"POWER":"ON","Wifi":{"RSSI":70,"Signal":-65}}'],
      ['v/1/state', '{"w":"w1","s":"idle"}'],
      ['v/1/count', '{"n":4}'],
    );
    const more = { retain: fc.boolean(), ms: fc.nat(100_000) };
    const message = fc.oneof(
      fc.record({ topic: fc.constantFrom(...topics), payload, ...more }),
      fc
        .tuple(right, fc.record(more))
        .map(([[topic, said], rest]) => ({ topic, payload: text(said), ...rest })),
    );
    const config = configOf(all);
    let counted = 0;
    fc.assert(
      fc.property(fc.array(message, { maxLength: 30 }), (messages) => {
        const { sources, judges } = open(config);
        let at = NOW;
        for (const { topic, payload: bytes, retain, ms } of messages) {
          at += ms;
          const { accepted, rejected } = sources.decode(topic, bytes, at, retain);
          ok(topic.startsWith('hall/') || rejected.length <= 1);
          for (const each of accepted) {
            counted++;
            const { device, stream, signal } = each;
            const again = judges(`hall/h1/${device}/${stream}`, text(JSON.stringify(signal)), at);
            equal(again.accepted, [each]);
          }
        }
        ok(sources.discovered().length <= 3);
      }),
      { numRuns: 300 },
    );
    ok(counted > 300, `the messages are near enough to right ones: ${counted} signals`);
  },
);
