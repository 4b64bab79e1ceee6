// Devices that were accepted while the gateway ran: kept in the hall file's own form, moved into it by hand, left out
// where it has changed, and never overwritten where the file has a mistake. SPEC §13.9.
import { deepStrictEqual as equal, match, ok, throws } from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { openAccepted } from '../../gateway/accepted.ts';
import { createLog } from '../../gateway/log.ts';
import { parseHall, type HallConfig } from '../../hall/config.ts';

const HALL = `
hall: { id: h1, name: 厅 }
zones: [{ id: z1, name: 区 }]
windows: [{ id: w1, zone: z1 }]
sources: [{ use: tasmota }, { use: homie }]
`;

function hallOf(text = HALL): HallConfig {
  const parsed = parseHall(text, 'hall.yaml');
  ok(parsed.ok, parsed.ok ? '' : JSON.stringify(parsed.problems));
  return parsed.config;
}

function open(data: string, hall = hallOf()) {
  const lines: string[] = [];
  const log = createLog({ level: 'info', json: true, write: (line) => void lines.push(line) });
  return { accepted: openAccepted(hall, data, log), lines, file: `${data}/accepted-devices.yaml` };
}

const folder = () => Deno.makeTempDirSync({ prefix: 'hallcast-accepted-' });
const plug = { source: 'tasmota', address: 'plug: "1" # 一', id: 'plug-1', kind: 'other' };

Deno.test(
  'what is accepted is in the file as the hall file would have it, and can be moved there',
  () => {
    const data = folder();
    const { accepted, file } = open(data);
    const before = accepted.hall;
    equal(existsSync(file), false, 'nothing accepted, no file');
    accepted.accept({ ...plug, zone: 'z1', name: '插座' });
    accepted.accept({ source: 'mqtt', address: 'lamp', id: 'lamp', kind: 'other', window: 'w1' });
    accepted.ignore({ source: 'homie', address: 'x' });
    equal(before.devices, [], 'the hall that others hold is not changed');
    equal(
      accepted.hall.devices.map(({ id }) => id),
      ['plug-1', 'lamp'],
    );
    ok(Object.isFrozen(accepted.hall.devices[0]));

    const again = open(data).accepted;
    equal(again.devices, accepted.devices);
    equal(again.hall.devices, accepted.hall.devices);
    equal(again.isIgnored('homie', 'x'), true);
    equal(again.isIgnored('tasmota', 'x'), false);

    const text = readFileSync(file, 'utf8');
    const moved = text.slice(text.indexOf('devices:'), text.indexOf('ignored:'));
    const hall = hallOf(HALL + moved);
    equal(hall.devices, accepted.devices);
    const after = open(data, hall);
    equal([after.accepted.devices, after.accepted.left, after.lines], [[], [], []]);
  },
);

Deno.test('what the hall file does not let join any more is left out, told, and stays', () => {
  const data = folder();
  const first = open(data).accepted;
  first.accept({ ...plug, zone: 'z1' });
  first.accept({ ...plug, id: 'plug-2', address: 'two' });
  const other = hallOf(`${HALL.replace('z1, name', 'z2, name').replace('zone: z1', 'zone: z2')}
devices: [{ id: plug-2, kind: screen }]`);
  const { accepted, lines } = open(data, other);
  equal(
    accepted.left.map(({ device, why }) => `${device.id}: ${why}`),
    [
      'plug-1: zone: is "z1", should be the id of one of the zones of the hall: z2',
      'plug-2: id: "plug-2" is a device of the hall already',
    ],
  );
  equal(lines.length, 2);
  match(lines[0] ?? '', /accepted-devices\.yaml: plug-1 is left out: zone/);
  accepted.ignore({ source: 'homie', address: 'x' });
  equal(open(data).accepted.hall.devices.length, 2, 'back with the hall file that lets them');
});

Deno.test('a file with mistakes stops the start with their lines, and is not touched', () => {
  const data = folder();
  const { file } = open(data);
  const wrong = 'devices:\n  - { id: plug-1, kind: othr }\n  - { id: Two, kind: other, zon: z1 }\n';
  writeFileSync(file, wrong);
  throws(
    () => open(data),
    (error: Error) => {
      match(error.message, /accepted-devices\.yaml:2: devices\[0\]\.kind: is "othr", .*; other\?/);
      match(error.message, /accepted-devices\.yaml:3: devices\[1\]\.id: is "Two", should be an id/);
      match(error.message, /accepted-devices\.yaml:3: devices\[1\]\.zon: is an unknown key.* zone/);
      return true;
    },
  );
  equal(readFileSync(file, 'utf8'), wrong);
  for (const text of ['devices: [', '- a', 'x']) {
    writeFileSync(file, text);
    throws(() => open(data), /accepted-devices\.yaml:1: /, text);
  }
  for (const text of ['', '# nothing yet\n', 'devices:\n']) {
    writeFileSync(file, text);
    if (text.includes('devices')) throws(() => open(data), /devices: is empty, should be a list/);
    else equal(open(data).accepted.devices, []);
  }
});

Deno.test('forgotten and accepted again under another id; an address twice is told', () => {
  const { accepted } = open(folder());
  accepted.ignore(plug);
  accepted.ignore(plug);
  equal(accepted.ignored.length, 1);
  accepted.accept(plug);
  equal(accepted.ignored, [], 'accepted is not ignored');
  equal(accepted.accept({ ...plug, id: 'other' }), {
    problem: `address: "${plug.address}" of tasmota is the device "plug-1" already`,
  });
  equal(accepted.accept({ ...plug, id: 'b', source: 'tasmot', address: 'b' }), {
    problem: 'source: is "tasmot", should be the id of one of the sources of the hall: tasmota',
  });
  equal(accepted.forget(plug), true);
  equal(accepted.forget(plug), false);
  equal('device' in accepted.accept({ ...plug, id: 'b' }), true);
});

Deno.test(
  'what could not be read again at the next start is refused, and nothing is written',
  () => {
    const data = folder();
    const { accepted, file } = open(data);
    for (const address of [
      { source: 'Foo Bar', address: 'x' },
      { source: 'homie', address: ' ' },
      { source: 'homie', address: ' x ' },
      { source: 'constructor', address: 'x' },
    ]) {
      match(accepted.ignore(address) ?? '', /should/);
    }
    equal([existsSync(file), accepted.ignored], [false, []]);
    equal(accepted.ignore({ source: 'homie', address: 'x' }), undefined);
    equal(open(data).accepted.ignored, [{ source: 'homie', address: 'x' }]);
  },
);

Deno.test('the list of what is ignored has a limit', () => {
  const { accepted } = open(folder(), hallOf(`${HALL}limits: { discovered_max: 2 }\n`));
  for (const name of ['a', 'b', 'a']) {
    equal(accepted.ignore({ source: 'homie', address: name }), undefined);
  }
  match(accepted.ignore({ source: 'homie', address: 'c' }) ?? '', /limits\.discovered_max/);
});

Deno.test('a file with aliases is refused by its name', () => {
  const data = folder();
  const { file } = open(data);
  writeFileSync(file, 'devices: &all []\nignored: *all\n');
  throws(() => open(data), /accepted-devices\.yaml:1: .*aliases .* written out/);
});
