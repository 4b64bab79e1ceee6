// What the sources keep over a restart, within a budget; ids for thousands of one name; thousands of accepted devices.
import { deepStrictEqual as equal, match, ok } from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { openKept, type Kept } from '../../gateway/sources/kept.ts';
import { DiscoveredList } from '../../gateway/sources/discovered.ts';
import { parseHall, type Device, type HallConfig } from '../../hall/config.ts';
import { withDevices } from '../../hall/config/accepted.ts';
import { contradictionFault, tooLargeFaults } from '../../hall/fault/contradiction.ts';
import { SOURCES } from '../../vendors/sources.ts';

const NOW = Date.parse('2026-11-22T10:31:00+08:00');
const folder = () => Deno.makeTempDirSync({ prefix: 'hallcast-kept-' });

function open(data: string, bytesMax = 1e6, sources = ['a', 'b']) {
  const errors: unknown[] = [];
  const file = `${data}/sources.sqlite`;
  const kept = openKept({ file, sources, bytesMax, onError: (error) => void errors.push(error) });
  return { kept, errors, file };
}

const message = (topic: string, text = 'x', more: { outweighed?: boolean; at?: number } = {}) => ({
  topic,
  payload: new TextEncoder().encode(text),
  outweighed: more.outweighed ?? false,
  receivedAt: more.at ?? NOW,
});
const topicsOf = (kept: Kept, source = 'a') => kept.of(source).map(({ topic }) => topic);

Deno.test(
  'the last of each topic is kept over a restart, announcements before outweighed words',
  () => {
    const data = folder();
    const { kept } = open(data);
    kept.keep('a', message('lwt', 'offline', { outweighed: true }), true);
    kept.keep('a', message('config', 'old'), true);
    kept.keep('a', message('config', 'new', { at: NOW + 1 }), true);
    kept.keep('b', message('other'), false);
    kept.close();
    const again = open(data).kept;
    equal(
      again
        .of('a')
        .map(({ topic, payload, outweighed }) => [
          ...[topic, new TextDecoder().decode(payload), outweighed],
        ]),
      [
        ['config', 'new', false],
        ['lwt', 'offline', true],
      ],
    );
    again.drop('a', 'lwt', false);
    equal(topicsOf(again), ['config', 'lwt'], 'the announcement of that topic, not the word');
    again.drop('a', 'lwt', true);
    equal(topicsOf(again), ['config']);
    again.close();
    const without = open(data, 1e6, ['a']).kept;
    equal(without.of('b'), [], 'of a source that the hall file no longer has');
    without.close();
  },
);

Deno.test(
  'a budget: strangers’ messages go first, the oldest of them; a file that is none is begun anew',
  () => {
    const data = folder();
    const { kept } = open(data, 5 * 1_201);
    kept.keep('a', message('m', 'x'.repeat(1_000), { at: NOW }), true);
    for (let n = 0; n < 20; n++) {
      kept.keep(
        'a',
        message(String.fromCharCode(97 + n), 'y'.repeat(1_000), { at: NOW + n }),
        n === 3,
      );
    }
    // The hall's own stay, `m` of a stranger is written over.
    equal(topicsOf(kept).sort(), ['d', 'q', 'r', 's', 't']);
    const { used, max, refused } = kept.budget;
    ok(used <= max && refused > 0);
    kept.keep('a', message('large', 'z'.repeat(10_000)), true);
    equal(topicsOf(kept).includes('large'), false);
    kept.close();
    equal(open(data, 5 * 1_201).kept.budget.used, used, 'counted again at the next start');

    const broken = folder();
    writeFileSync(
      `${broken}/sources.sqlite`,
      'no database, but long enough to be looked at'.repeat(100),
    );
    const { kept: anew, errors } = open(broken);
    equal([anew.of('a'), errors.length], [[], 1]);
    anew.keep('a', message('t'), true);
    equal(topicsOf(anew), ['t']);
    anew.close();
  },
);

Deno.test('thousands of one name are looked up about once each, and their ids are free', () => {
  const list = new DiscoveredList(10_000);
  const count = 4_000;
  for (let n = 0; n < count; n++) {
    const face = { name: n === 7 ? 'pad 9' : 'Pad' };
    list.see({ source: 's', address: `a${n}`, face, receivedAt: NOW + n, sample: () => '' });
  }
  let asked = 0;
  const found = list.list((id) => {
    asked++;
    return id === 'pad-3';
  });
  ok(asked < count * 3, `${asked} look-ups`);
  const ids = new Set(found.map(({ suggestedId }) => suggestedId));
  equal([ids.size, ids.has('pad-3'), ids.has('pad-9'), ids.has('pad')], [count, false, true, true]);
  list.see({
    source: 's',
    address: 'a0',
    face: { name: 'Lamp' },
    receivedAt: NOW,
    sample: () => '',
  });
  equal(list.list(() => false).find(({ address }) => address === 'a0')?.suggestedId, 'lamp');
});

function hallOf(more = ''): HallConfig {
  const text = `
hall: { id: h1, name: { zh: 厅, en: Hall } }
zones: [{ id: z1, name: 区 }]
sources: [{ use: tasmota }]
devices: [{ id: d, kind: other, source: tasmota, address: d }]
${more}`;
  const parsed = parseHall(text, 'hall.yaml', SOURCES);
  ok(parsed.ok, parsed.ok ? '' : JSON.stringify(parsed.problems));
  return parsed.config;
}

Deno.test(
  'thousands of accepted devices are looked up, not gone through for each; their number has a limit',
  () => {
    const config = hallOf('limits: { devices_max: 3000 }');
    const joining = Array.from({ length: 3_500 }, (_, n) => {
      return { id: `p${n}`, kind: 'other', source: 'tasmota', address: `x${n}` } as Device;
    });
    const twice = { ...joining[5], id: 'twice' } as Device;
    let read = 0;
    const counting = new Proxy(config, {
      get(target, key) {
        if (key === 'devices') read++;
        return Reflect.get(target, key) as unknown;
      },
    });
    const { config: hall, left } = withDevices(counting, [
      ...joining.slice(0, 10),
      twice,
      ...joining.slice(10),
    ]);
    ok(read < 10, `gone through ${read} times`);
    equal(hall.devices.length, 3_000);
    match(left[0]?.why ?? '', /^address: "x5" of tasmota is the device "p5" already$/);
    match(
      left[1]?.why ?? '',
      /^devices: the hall has 3000, should have at most 3000 \(limits\.devices_max\)$/,
    );
    equal(left.length, 1 + 3_500 - 2_999);
  },
);

Deno.test('what contradicts and what is too large is told in both languages', () => {
  const fault = contradictionFault(hallOf(), 'd', 'tele/d/LWT', NOW);
  equal(
    [fault.id, fault.kind, fault.severity, fault.devices],
    ['availability:d', 'device', 1, ['d']],
  );
  match(fault.title.zh, /在线，但 tele\/d\/LWT 仍说它离线/);
  equal(tooLargeFaults([], 1), []);
  const found = ['a', 'b'].map((topic) => ({ topic, bytes: 6 * 1024 * 1024, since: NOW }));
  const [large] = tooLargeFaults(found, 4 * 1024 * 1024);
  match(
    large?.title.en ?? '',
    /^a has 6\.0 MiB, over the limit of 4\.0 MiB: it is not read \(and 1 more topics\)$/,
  );
  match(large?.action.zh ?? '', /limits\.source_list_mib/);
});
