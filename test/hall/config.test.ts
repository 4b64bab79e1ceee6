// The hall file: what a right one becomes, and how each mistake in a wrong one is told.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { nearest } from '../../hall/config/values.ts';
import { callerSettings, mayRaiseEmergency, senderOf } from '../../hall/config/senders.ts';
import { formatProblem, indexHall, parseHall, type HallConfig } from '../../hall/config.ts';

/** The contract's own example, section 7. */
const CONTRACT = `
hall: { id: h1, name: { zh: 示例市政务服务中心, en: Example City Service Hall }, timezone: Asia/Shanghai, level: city }
hours:
  weekdays: ["08:30-12:00", "13:30-17:30"]
  seasons: [{ from: 06-01, to: 09-30, weekdays: ["08:30-12:00", "14:30-17:30"] }]
  holidays: cn
  exceptions: [{ date: 2026-12-31, open: [] }]
floors:   [{ id: f1, name: 一楼 }]
zones:    [{ id: z1, name: 社保等候区, floor: f1, kind: waiting, capacity: 120, seats: 80 }]
queues:   [{ id: q1, name: 社会保险, zone: z1, prefix: A }]
services: [{ id: s1, name: 养老保险参保登记, department: 人社局, queue: q1 }]
windows:  [{ id: w1, label: "1", zone: z1, queues: [q1], department: 人社局 }]
devices:  [{ id: disp-1, kind: dispenser, zone: z1 }]
screens:  [{ id: b1, name: 一楼叫号屏, layout: calls, zone: z1, diagonal_in: 55, resolution: 1920x1080, distance_m: 8 }]
thresholds: { wait_min: [10, 20, 40], load: [0.85, 1.0] }
intake: open
`;

function read(text: string): HallConfig {
  const parsed = parseHall(text, 'hall.yaml');
  assert.ok(parsed.ok, JSON.stringify(parsed));
  return parsed.config;
}

function mistakes(text: string): string[] {
  const parsed = parseHall(text, 'hall.yaml');
  assert.ok(!parsed.ok, 'accepted');
  return parsed.problems.map((problem) => formatProblem('hall.yaml', problem));
}

test('an id that every object has as a property is refused', () => {
  const [told] = mistakes(CONTRACT.replace('id: w1', 'id: constructor'));
  assert.match(told ?? '', /windows\[0\]\.id: is "constructor", should be another id/);
});

test('the contract’s example is read as it says', () => {
  const config = read(CONTRACT);
  assert.deepEqual(config.hall.name, {
    zh: '示例市政务服务中心',
    en: 'Example City Service Hall',
  });
  assert.deepEqual(config.floors[0]?.name, { zh: '一楼' });
  assert.deepEqual(config.hours.weekdays?.[1], { from_min: 810, to_min: 1050 });
  assert.deepEqual(config.screens[0]?.resolution, { width: 1920, height: 1080 });
  assert.equal(config.screens[0]?.orientation, 'landscape');
  assert.equal(config.windows[0]?.role, 'front');
  assert.equal(config.windows[0]?.department?.zh, '人社局');
  assert.equal(config.hall.demo, false);
});

test('only the hall itself must be given; everything else has a default', () => {
  const config = read('hall: { id: h1, name: 厅 }');
  assert.equal(config.hall.timezone, 'Asia/Shanghai');
  assert.equal(config.hall.level, 'city');
  assert.deepEqual(config.windows, []);
  assert.deepEqual(config.thresholds, {
    wait_min: [10, 20, 40],
    load: [0.85, 1],
    order_s: 60,
  });
  assert.equal(config.board.call_seconds_min, 8);
  assert.equal(config.limits.tickets_max, 20_000);
  assert.equal(config.limits.past_days, 7);
  assert.equal(config.limits.visit_hours, 12);
  assert.equal(config.emergency_from, undefined);
  assert.equal(config.retention.journal_days, 400);
  assert.equal(config.intake, 'open');
});

test('facts are kept for facts_days; a file of an earlier version says rollup_days', () => {
  const days = (keys: string) =>
    read(`hall: { id: h1, name: 厅 }\nretention: { ${keys} }`).retention.facts_days;
  assert.equal(days(''), 3_660);
  assert.equal(days('facts_days: 0'), 0);
  assert.equal(days('rollup_days: 730'), 730);
  assert.equal(days('rollup_days: 0, facts_days: 400'), 400);
});

test('windows without a number show their id, screens without a name theirs', () => {
  const config = read(`
hall: { id: h1, name: 厅 }
floors: [{ id: f1, name: 一楼 }]
zones: [{ id: z1, name: 区, floor: f1 }]
windows: [{ id: w7, zone: z1 }]
screens: [{ id: t1, layout: notice, resolution: 1080x1920 }]`);
  assert.equal(config.windows[0]?.label, 'w7');
  assert.deepEqual(config.screens[0]?.name, { zh: 't1' });
  assert.equal(config.screens[0]?.orientation, 'portrait');
});

test('a department’s English name reaches its windows, services and people', () => {
  const config = read(`
hall: { id: h1, name: 厅 }
departments: [{ name: { zh: 人社局, en: Social Security } }]
floors: [{ id: f1, name: 一楼 }]
zones: [{ id: z1, name: 区, floor: f1 }]
queues: [{ id: q1, name: 社保, zone: z1 }]
services: [{ id: s1, name: 参保, queue: q1, department: 人社局 }]
windows: [{ id: w1, zone: z1, department: 人社局 }]
staff: [{ id: s-1, name: 王晓雯, department: 人社局 }]`);
  const expected = { zh: '人社局', en: 'Social Security' };
  assert.deepEqual(config.windows[0]?.department, expected);
  assert.deepEqual(config.services[0]?.department, expected);
  assert.deepEqual(config.staff[0]?.department, expected);
});

test('the config is frozen through and through', () => {
  const config = read(CONTRACT);
  const check = (value: unknown, path: string) => {
    if (typeof value !== 'object' || value === null) return;
    assert.ok(Object.isFrozen(value), path);
    for (const [key, part] of Object.entries(value)) check(part, `${path}.${key}`);
  };
  check(config, 'config');
});

test('lookups by id, and the front windows of each queue', () => {
  const config = read(`
hall: { id: h1, name: 厅 }
floors: [{ id: f1, name: 一楼 }]
zones: [{ id: z1, name: 区, floor: f1 }]
queues: [{ id: q1, name: 甲, zone: z1 }, { id: q2, name: 乙, zone: z1 }]
windows:
  - { id: w1, zone: z1, queues: [q1, q2] }
  - { id: w2, zone: z1, queues: [q1] }
  - { id: w3, zone: z1, queues: [q1], role: back }`);
  const index = indexHall(config);
  assert.deepEqual(
    index.windowsOfQueue.get('q1')?.map(({ id }) => id),
    ['w1', 'w2'],
  );
  assert.deepEqual(
    index.windowsOfQueue.get('q2')?.map(({ id }) => id),
    ['w1'],
  );
  assert.equal(index.queues.get('q2')?.name.zh, '乙');
  assert.equal(indexHall(config), index);
});

test('a caller’s own settings stand over the hall’s, one by one', () => {
  const config = read(`
hall: { id: h1, name: 厅 }
callers: { serving_after_s: 90 }
devices:
  - { id: c1, kind: caller }
  - { id: c2, kind: caller, caller: { next_call: completes, serving_after_s: 0 } }`);
  const hall = {
    next_call: 'auto',
    serving_after_s: 90,
    no_show_under_s: 30,
    service_max_min: 120,
  };
  assert.deepEqual(callerSettings(config, 'c1'), hall);
  assert.deepEqual(callerSettings(config, 'nobody'), hall);
  const own = { ...hall, next_call: 'completes', serving_after_s: 0 };
  assert.deepEqual(callerSettings(config, 'c2'), own);
});

test('who may raise an alarm: anyone, or those that are named, under either of their names', () => {
  const open = read(HALL);
  assert.ok(mayRaiseEmergency(open, 'stranger'));
  const devices = `devices:
  - { id: panel, kind: sensor }
  - { id: panel-old, kind: sensor, same_as: panel }
  - { id: disp-1, kind: dispenser }
`;
  for (const named of ['panel', 'panel-old']) {
    const config = read(`${HALL}${devices}emergency_from: [${named}]`);
    assert.equal(senderOf(config, 'panel-old'), 'panel');
    assert.ok(mayRaiseEmergency(config, 'panel'));
    assert.ok(mayRaiseEmergency(config, 'panel-old'));
    assert.ok(!mayRaiseEmergency(config, 'disp-1'));
    assert.ok(!mayRaiseEmergency(config, 'stranger'));
  }
  assert.ok(!mayRaiseEmergency(read(`${HALL}emergency_from: []`), 'panel'));
});

const HALL = 'hall: { id: h1, name: 厅 }\n';
const PLACES = `${HALL}floors: [{ id: f1, name: 一楼 }]
zones: [{ id: z1, name: 区, floor: f1 }]
queues: [{ id: q1, name: 甲, zone: z1, prefix: A }]
windows: [{ id: w1, zone: z1, queues: [q1] }]
`;

/** [what is wrong, file, the whole message] */
const MISTAKES: [what: string, text: string, message: string][] = [
  ['no file', '', 'hall.yaml:1: file: is empty, should be a hall file: hall.yaml has no keys'],
  ['no map', '- a', 'hall.yaml:1: file: is a list of 1, should be a map of keys'],
  ['no hall', 'intake: open', 'hall.yaml:1: hall: is missing, should be given'],
  ['no name', 'hall: { id: h1 }', 'hall.yaml:1: hall.name: is missing, should be given'],
  [
    'an empty name',
    'hall:\n  id: h1\n  name: ""',
    'hall.yaml:3: hall.name: is "", should be text that is not empty',
  ],
  [
    'a name without Chinese',
    'hall:\n  id: h1\n  name: { en: Hall }',
    'hall.yaml:3: hall.name.zh: is missing, should be given',
  ],
  [
    'an id that no topic takes',
    'hall:\n  id: H_1\n  name: 厅',
    'hall.yaml:2: hall.id: is "H_1", should be an id: a-z, 0-9 and -, at most 63, not starting with -',
  ],
  [
    'a number for an id',
    'hall:\n  id: 1\n  name: 厅',
    'hall.yaml:2: hall.id: is 1, should be an id as text (in quotes if it looks like a number)',
  ],
  [
    'a zone of no map',
    'hall:\n  id: h1\n  name: 厅\n  timezone: Asia/Beijing',
    'hall.yaml:4: hall.timezone: is "Asia/Beijing", should be a time zone such as Asia/Shanghai',
  ],
  [
    'a level that does not exist',
    'hall:\n  id: h1\n  name: 厅\n  level: contry',
    'hall.yaml:4: hall.level: is "contry", should be one of province, city, county, township, village; county?',
  ],
  [
    'an unknown key',
    `${HALL}windoes: []`,
    'hall.yaml:2: windoes: is an unknown key, should be windows',
  ],
  [
    'an unknown key deeper down',
    `${HALL}zones:\n  - id: z1\n    name: 等候区\n    capcity: 9`,
    'hall.yaml:5: zones[0].capcity: is an unknown key, should be capacity',
  ],
  [
    'an unknown key like no other',
    `${HALL}intake: open\nretention: { xyzzyxyzzy: 1 }`,
    'hall.yaml:3: retention.xyzzyxyzzy: is an unknown key, should be one of journal_days, history_days, facts_days, rollup_days, dead_letters_max, dead_letters_mib, content_days',
  ],
  [
    'an hour that no clock shows',
    `${HALL}hours:\n  daily: ["08:30-25:00"]`,
    'hall.yaml:3: hours.daily[0]: is "08:30-25:00", should be hours from earlier to later within one day, 24:00 at most',
  ],
  [
    'hours over midnight',
    `${HALL}hours:\n  daily:\n    - "20:00-02:00"`,
    'hall.yaml:4: hours.daily[0]: is "20:00-02:00", should be hours from earlier to later within one day, 24:00 at most',
  ],
  [
    'hours written otherwise',
    `${HALL}hours:\n  daily: ["8:30-12"]`,
    'hall.yaml:3: hours.daily[0]: is "8:30-12", should be hours such as "08:30-12:00"',
  ],
  [
    'hours that overlap',
    `${HALL}hours:\n  daily: ["08:30-12:00", "11:30-17:30"]`,
    'hall.yaml:3: hours.daily: is a list of 2, should be hours in order that do not overlap',
  ],
  [
    'a day that no year has',
    `${HALL}hours:\n  seasons:\n    - { from: 02-30, to: 06-01 }`,
    'hall.yaml:4: hours.seasons[0].from: is "02-30", should be a day such as 06-01',
  ],
  [
    'a date that does not exist',
    `${HALL}hours:\n  exceptions:\n    - { date: 2026-02-29, open: [] }`,
    'hall.yaml:4: hours.exceptions[0].date: is "2026-02-29", should be a date that exists, such as 2026-12-31',
  ],
  [
    'one exception twice',
    `${HALL}hours:\n  exceptions:\n    - { date: 2026-02-28, open: [] }\n    - { date: 2026-02-28, open: [] }`,
    'hall.yaml:5: hours.exceptions[1].date: is "2026-02-28" again, should differ from hours.exceptions[0]',
  ],
  [
    'a holiday that ends before it begins',
    `${HALL}hours:\n  holiday_dates:\n    - { from: 2027-02-06, to: 2027-02-05 }`,
    'hall.yaml:4: hours.holiday_dates[0].to: is "2027-02-05", should not be before 2027-02-06',
  ],
  [
    'a holiday of a year',
    `${HALL}hours:\n  holiday_dates:\n    - { from: 2027-01-01, to: 2028-01-03 }`,
    'hall.yaml:4: hours.holiday_dates[0].to: is "2028-01-03", should be at most 31 days from 2027-01-01',
  ],
  [
    'a day of two holidays',
    `${HALL}hours:\n  holiday_dates:\n    - { from: 2027-01-01, to: 2027-01-03 }\n    - { from: 2027-01-03, to: 2027-01-04 }`,
    'hall.yaml:5: hours.holiday_dates[1]: has 2027-01-03, which is named before',
  ],
  [
    'a day off that is worked',
    `${HALL}hours:\n  holiday_dates:\n    - { from: 2027-01-01, to: 2027-01-03, working: [2027-01-02] }`,
    'hall.yaml:4: hours.holiday_dates[0].working[0]: is "2027-01-02", should be a date that is not named before',
  ],
  [
    'a zone on no floor',
    `${HALL}floors: [{ id: f1, name: 一楼 }]\nzones:\n  - { id: z1, name: 区, floor: f2 }`,
    'hall.yaml:4: zones[0].floor: is "f2", should be the id of one of the floors (f1)',
  ],
  [
    'a queue in no zone',
    `${HALL}queues:\n  - { id: q1, name: 甲, zone: z1 }`,
    'hall.yaml:3: queues[0].zone: is "z1", should be the id of one of the zones (there are none)',
  ],
  [
    'a service of no queue',
    `${PLACES}services:\n  - { id: s1, name: 办事, queue: social }`,
    'hall.yaml:7: services[0].queue: is "social", should be the id of one of the queues (q1)',
  ],
  [
    'a window of no queue',
    `${HALL}floors: [{ id: f1, name: 一楼 }]\nzones: [{ id: z1, name: 区, floor: f1 }]\nqueues: [{ id: q1, name: 甲, zone: z1 }]\nwindows:\n  - id: w1\n    zone: z1\n    queues:\n      - q1\n      - q2`,
    'hall.yaml:10: windows[0].queues[1]: is "q2", should be the id of one of the queues (q1)',
  ],
  [
    'a device at no window',
    `${PLACES}devices:\n  - { id: c1, kind: caller, window: w9 }`,
    'hall.yaml:7: devices[0].window: is "w9", should be the id of one of the windows (w1)',
  ],
  [
    'a screen in no zone',
    `${PLACES}screens:\n  - { id: b1, layout: calls, zone: z9 }`,
    'hall.yaml:7: screens[0].zone: is "z9", should be the id of one of the zones (z1)',
  ],
  [
    'a window sign of no window',
    `${PLACES}screens:\n  - { id: b1, layout: window }`,
    'hall.yaml:7: screens[0]: window is missing, should name the window that it signs',
  ],
  [
    'a screen turned the other way',
    `${PLACES}screens:\n  - { id: b1, layout: calls, resolution: 1080x1920, orientation: landscape }`,
    'hall.yaml:7: screens[0].orientation: is "landscape", should be portrait, as 1080x1920 is',
  ],
  [
    'a resolution in words',
    `${PLACES}screens:\n  - { id: b1, layout: calls, resolution: full HD }`,
    'hall.yaml:7: screens[0].resolution: is "full HD", should be width x height such as 1920x1080',
  ],
  [
    'one id twice',
    `${HALL}floors:\n  - { id: f1, name: 一楼 }\n  - { id: f1, name: 二楼 }`,
    'hall.yaml:4: floors[1].id: is "f1" again, should differ from floors[0]',
  ],
  [
    'one prefix twice',
    `${PLACES.replace('prefix: A }', 'prefix: A }, { id: q2, name: 乙, zone: z1, prefix: A }')}`,
    'hall.yaml:4: queues[1].prefix: is "A" again, should differ from queues[0]',
  ],
  [
    'a department that is not in the list',
    `${PLACES}departments: [{ name: 人社局 }]\nservices:\n  - { id: s1, name: 办事, queue: q1, department: 人社 }`,
    'hall.yaml:8: services[0].department: is "人社", should be one of the departments: 人社局?',
  ],
  [
    'thresholds that fall',
    `${HALL}thresholds:\n  wait_min: [10, 40, 20]`,
    'hall.yaml:3: thresholds.wait_min: is a list of 3, should be numbers that rise, such as [10, 20, 40]',
  ],
  [
    'a notice that ends before it begins',
    `${HALL}notices:\n  - { title: 通知, from: 2026-12-02, to: 2026-12-01 }`,
    'hall.yaml:3: notices[0].to: is "2026-12-01", should not be before 2026-12-02',
  ],
  [
    'a negative capacity',
    `${HALL}floors: [{ id: f1, name: 一楼 }]\nzones:\n  - { id: z1, name: 区, floor: f1, capacity: -3 }`,
    'hall.yaml:4: zones[0].capacity: is -3, should be at least 1',
  ],
  [
    'text where a list belongs',
    `${HALL}floors: 一楼`,
    'hall.yaml:2: floors: is "一楼", should be a list',
  ],
  [
    'yes for true',
    'hall:\n  id: h1\n  name: 厅\n  demo: yes',
    'hall.yaml:4: hall.demo: is "yes", should be true or false',
  ],
  [
    'one number twice in a zone',
    PLACES.replace(
      '[q1] }]',
      '[q1] },\n  { id: w2, zone: z1, label: "1" },\n  { id: w3, zone: z1, label: "1" }]',
    ),
    'hall.yaml:7: windows[2].label: is "1" again in zone z1, should differ from windows[1]',
  ],
  [
    'a number that is another window’s id',
    PLACES.replace('[q1] }]', '[q1] },\n  { id: w2, zone: z1, label: w1 }]'),
    'hall.yaml:6: windows[1].label: is "w1" again in zone z1, should differ from windows[0]',
  ],
  [
    'an alarm from a device that is not the hall’s',
    `${PLACES}devices: [{ id: gate-1, kind: sensor }]\nemergency_from:\n  - gate-1\n  - gate-fire`,
    'hall.yaml:9: emergency_from[1]: is "gate-fire", should be the id of one of the devices (gate-1)',
  ],
  [
    'a second name of nobody',
    `${PLACES}devices:\n  - { id: caller-1b, kind: caller, same_as: desk }`,
    'hall.yaml:7: devices[0].same_as: is "desk", should be the id of one of the devices (caller-1b)',
  ],
  [
    'a second name of itself',
    `${PLACES}devices:\n  - { id: c1, kind: caller, same_as: c1 }`,
    'hall.yaml:7: devices[0].same_as: is "c1", should be another device than itself',
  ],
  [
    'a second name of a second name',
    `${PLACES}devices:\n  - { id: c1, kind: caller }\n  - { id: c2, kind: caller, same_as: c1 }\n  - { id: c3, kind: caller, same_as: c2 }`,
    'hall.yaml:9: devices[2].same_as: is "c2", which is itself another name of "c1", should be "c1"',
  ],
  [
    'a caller’s setting that does not exist',
    `${PLACES}devices:\n  - id: c1\n    kind: caller\n    caller: { next_call: finishes }`,
    'hall.yaml:9: devices[0].caller.next_call: is "finishes", should be one of auto, completes, no_show, keep',
  ],
];

for (const [what, text, message] of MISTAKES) {
  test(`a mistake is told with its line: ${what}`, () => {
    assert.deepEqual(mistakes(text), [message]);
  });
}

/** [text, the whole message] */
const NO_YAML: [text: string, message: string][] = [
  [
    'hall: { id: h1, name: 厅 }\nzones:\n  - [',
    'hall.yaml:3: yaml: column 6: a [ is not closed, should end with ] before this',
  ],
  [
    'hall: { id: h1, name: 厅 }\nintake: open\nintake: listed',
    'hall.yaml:3: yaml: column 1: the key "intake" is there twice, should be there once',
  ],
  [
    'hall：{ id: h1, name: 厅 }',
    'hall.yaml:1: yaml: column 12: a second ": " on the line: text with a colon should be in quotes, or the indent is wrong; the line has "：", should be a half-width sign',
  ],
  [
    'hall:\n\tid: h1',
    'hall.yaml:2: yaml: column 1: the line is indented with a tab, should be indented with spaces',
  ],
  [
    'hall:\n  name: "厅\n',
    'hall.yaml:3: yaml: column 1: a text in quotes has no end, should end with a quote',
  ],
  [
    'hall:\n  phone: @x',
    'hall.yaml:2: yaml: column 10: the value begins with @, should be in quotes',
  ],
  [
    'hall:\n  name: 大厅: 一楼',
    'hall.yaml:2: yaml: column 9: a second ": " on the line: text with a colon should be in quotes, or the indent is wrong',
  ],
  [
    'zones:\n  - id: z1\n   name: 区',
    'hall.yaml:3: yaml: column 1: the line is indented less than its list item',
  ],
  [
    'a: 1\n---\nb: 2',
    'hall.yaml:2: yaml: column 1: a second document begins with ---, should be one',
  ],
  [
    'hall: *none',
    'hall.yaml:1: yaml: an alias (*name) has no anchor (&name) before it, or stands for too much',
  ],
];

test('YAML that is none: line and column, in words of ours, and no guessing about the rest', () => {
  for (const [text, message] of NO_YAML) assert.equal(mistakes(text)[0], message);
});

test('whatever is wrong with the YAML, no text of the library', () => {
  const parts = [
    'a: ',
    '- ',
    '\n',
    '  ',
    '\t',
    '{',
    '}',
    '[',
    ']',
    '"',
    "'",
    '*',
    '&',
    '|',
    '@',
    '：',
  ];
  const texts = fc.array(fc.constantFrom(...parts, 'x', '1'), { maxLength: 14 });
  fc.assert(
    fc.property(texts, (words) => {
      const parsed = parseHall(words.join(''), 'hall.yaml');
      for (const { path, message } of parsed.ok ? [] : parsed.problems) {
        if (path === 'yaml') assert.match(message, /should|indent|stands|missing|read as YAML/);
        assert.doesNotMatch(message, /Invalid|Expected|flow|implicit key|must be|token/i);
      }
    }),
    { numRuns: 2_000 },
  );
});

test('a suggestion is what was meant, or none', () => {
  const windows = ['w1', 'w2', 'w12', 'w21'];
  const departments = ['县人社局', '县市场监管局', '县税务局'];
  const table: [word: string, known: string[], near: string | undefined][] = [
    ['w3', windows, undefined],
    ['w22', windows, undefined],
    ['W2', windows, 'w2'],
    ['ｗ2', windows, 'w2'],
    ['县市场局', departments, '县市场监管局'],
    ['县医保局', departments, undefined],
    ['税务局', departments, '县税务局'],
    ['windoes', ['window', 'windows'], 'windows'],
    ['form', ['from', 'format'], 'from'],
    ['xyz', ['zones', 'queues'], undefined],
    ['', ['a'], undefined],
    ['q', [], undefined],
  ];
  for (const [word, known, near] of table) assert.equal(nearest(word, known), near, word);
});

test('all mistakes at once, in the order of their lines, those of shape beside those of reference', () => {
  const found = mistakes(`hall: { id: H1, name: 厅, timezone: Mars/Base }
zones:
  - { id: z1, name: 区, floor: f9, kind: waitng }
  - { id: z1, floor: f9 }
intak: open
screens: [{ id: s, layout: window }]
`);
  assert.deepEqual(
    found.map((line) => line.split(': ').slice(0, 2).join(': ')),
    [
      'hall.yaml:1: hall.id',
      'hall.yaml:1: hall.timezone',
      'hall.yaml:3: zones[0].floor',
      'hall.yaml:3: zones[0].kind',
      'hall.yaml:4: zones[1].name',
      'hall.yaml:4: zones[1].id',
      'hall.yaml:4: zones[1].floor',
      'hall.yaml:5: intak',
      'hall.yaml:6: screens[0]',
    ],
  );
});

test('an alias points at the line of what it stands for, and a bomb of aliases is refused', () => {
  const aliased = `hall: { id: h1, name: 厅 }
floors: [{ id: f1, name: &n { zh: "" } }, { id: f2, name: *n }]`;
  assert.equal(mistakes(aliased)[0]?.startsWith('hall.yaml:2: floors[0].name.zh: is ""'), true);
  const layers = Array.from({ length: 12 }, (_, i) => {
    const before =
      i === 0
        ? 'x'
        : Array(12)
            .fill(`*a${i - 1}`)
            .join(', ');
    return `k${i}: &a${i} [${before}]`;
  });
  const [refused] = mistakes(`${HALL}${layers.join('\n')}`);
  assert.match(refused ?? '', /alias/i);
});

test('whatever the text, an answer and no exception', () => {
  const demo = readFileSync(new URL('../../demo/hall.yaml', import.meta.url), 'utf8');
  const texts = fc.oneof(
    fc.string(),
    fc.json(),
    // The contract's example with a stretch of it replaced.
    fc
      .tuple(fc.nat(CONTRACT.length), fc.nat(40), fc.string({ maxLength: 12 }))
      .map(([from, length, put]) => CONTRACT.slice(0, from) + put + CONTRACT.slice(from + length)),
  );
  fc.assert(
    fc.property(texts, (text) => {
      const parsed = parseHall(text, 'hall.yaml');
      if (parsed.ok) return;
      assert.ok(parsed.problems.length > 0);
      const lines = text.split(/\r\n|\n|\r/).length + 1;
      for (const { line, column, message } of parsed.problems) {
        assert.ok(line >= 1 && line <= lines, `line ${line} of ${lines}`);
        assert.ok(column >= 1 && message !== '');
      }
    }),
    { numRuns: 400 },
  );
  assert.ok(parseHall(demo, 'hall.yaml').ok);
});

test('without the rules of vendors a source is its name, which devices may use', () => {
  const sources = 'sources: [{ use: tasmota }, { name: lamps, topic: v/+, anything: 1 }]';
  const { sources: named, devices } = read(
    `${HALL}${sources}\ndevices: [{ id: d1, kind: camera, source: lamps }]`,
  );
  assert.deepEqual(named, [{ name: 'tasmota' }, { name: 'lamps' }]);
  assert.equal(devices[0]?.source, 'lamps');
  assert.deepEqual(mistakes(`${HALL}${sources}\ndevices: [{ id: d1, kind: camera, source: l }]`), [
    'hall.yaml:3: devices[0].source: is "l", should be the name of one of the sources: tasmota, lamps',
  ]);
});

test('where staff may be: under http, or in place of the list of people', () => {
  assert.equal(read(HALL).http.staff, 'open');
  assert.equal(read(`${HALL}http: { staff: loopback }`).http.staff, 'loopback');
  const short = read(`${HALL}staff: loopback`);
  assert.deepEqual([short.http.staff, short.staff], ['loopback', []]);
  const people = read(`${HALL}staff: [{ id: '7', name: 王芳 }]\nhttp: { staff: loopback }`);
  assert.deepEqual([people.http.staff, people.staff.length], ['loopback', 1]);
});
