// Opening hours and business days: tables for the rules, properties for what must always hold.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isOpen, nextChange, openIntervals, openSpans } from '../../hall/calendar.ts';
import { calendarFaults } from '../../hall/fault/calendar.ts';
import { lawfulDays } from '../../hall/holidays.ts';
import { overlapMs } from '../../hall/interval.ts';
import {
  addDays,
  businessDate,
  dayBounds,
  instantAt,
  wallTime,
  weekdayOf,
} from '../../hall/zone-time.ts';
import { parseHall, type HallConfig } from '../../hall/config.ts';

const HOUR = 3_600_000;

function hallWith(hours: string, timezone = 'Asia/Shanghai'): HallConfig {
  const text = `hall: { id: h1, name: 厅, timezone: ${timezone} }\nhours: ${hours}\n`;
  const parsed = parseHall(text, 'hall.yaml');
  assert.ok(parsed.ok, JSON.stringify(parsed));
  return parsed.config;
}

/** A day's hours as the hall file writes them. */
function hoursOf(config: HallConfig, date: string): string {
  const clock = (minutes: number) =>
    `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
  return openSpans(config, date)
    .map(({ from_min, to_min }) => `${clock(from_min)}-${clock(to_min)}`)
    .join(' ');
}

test('the business date is the date on the hall’s own wall', () => {
  const table: [zone: string, at: string, date: string, minute: number][] = [
    ['Asia/Shanghai', '2026-11-20T15:59:59.999Z', '2026-11-20', 1439],
    ['Asia/Shanghai', '2026-11-20T16:00:00Z', '2026-11-21', 0],
    ['America/New_York', '2026-03-08T04:59:59Z', '2026-03-07', 1439],
    ['America/New_York', '2026-03-08T07:00:00Z', '2026-03-08', 180],
    ['Etc/GMT-14', '2026-12-31T10:00:00Z', '2027-01-01', 0],
    ['Etc/GMT+12', '2026-01-01T11:59:00Z', '2025-12-31', 1439],
    ['Asia/Kathmandu', '2026-05-01T18:15:00Z', '2026-05-02', 0],
    ['UTC', '1969-12-31T23:59:59.500Z', '1969-12-31', 1439],
  ];
  for (const [zone, at, date, minute] of table) {
    assert.equal(businessDate(zone, Date.parse(at)), date, `${zone} ${at}`);
    assert.deepEqual(wallTime(zone, Date.parse(at)), { date, minute }, `${zone} ${at}`);
  }
});

test('a day has 23 or 25 hours where clocks are changed', () => {
  const table: [zone: string, date: string, hours: number][] = [
    ['Europe/Berlin', '2026-03-29', 23],
    ['Europe/Berlin', '2026-10-25', 25],
    ['Europe/Berlin', '2026-10-26', 24],
    ['America/New_York', '2026-03-08', 23],
    ['America/New_York', '2026-11-01', 25],
    ['Australia/Lord_Howe', '2026-04-05', 24.5],
    ['Africa/Cairo', '2026-04-24', 23], // midnight itself is skipped
    ['Asia/Shanghai', '2026-03-29', 24],
  ];
  for (const [zone, date, hours] of table) {
    const [from, to] = dayBounds(zone, date);
    assert.equal((to - from) / HOUR, hours, `${zone} ${date}`);
    assert.equal(businessDate(zone, from), date);
    assert.equal(businessDate(zone, from - 1), addDays(date, -1));
    assert.equal(businessDate(zone, to - 1), date);
  }
});

test('a skipped wall time moves on, of a doubled one the first is meant', () => {
  const at = (text: string) => Date.parse(text);
  assert.equal(instantAt('Europe/Berlin', '2026-03-29', 150), at('2026-03-29T01:30:00Z')); // 02:30 → 03:30
  assert.equal(instantAt('Europe/Berlin', '2026-10-25', 150), at('2026-10-25T00:30:00Z')); // first 02:30
  assert.equal(instantAt('Asia/Shanghai', '2026-11-21', 1440), at('2026-11-21T16:00:00Z'));
});

test('the most specific hours win', () => {
  const config = hallWith(`
  daily: ["10:00-11:00"]
  weekdays: ["08:30-12:00", "13:30-17:30"]
  weekend: ["09:00-12:00"]
  sat: ["09:00-15:00"]
  wed: ["08:30-20:00"]
  seasons:
    - { from: 06-01, to: 09-30, weekdays: ["08:30-12:00", "14:30-17:30"] }
    - { from: 12-15, to: 02-15, sun: [] }
  exceptions: [{ date: 2026-06-03, open: ["09:00-10:00"] }, { date: 2026-12-31, open: [] }]`);
  const table: [date: string, hours: string][] = [
    ['2026-11-20', '08:30-12:00 13:30-17:30'], // Friday
    ['2026-11-18', '08:30-20:00'], // Wednesday by name
    ['2026-11-21', '09:00-15:00'], // Saturday by name
    ['2026-11-22', '09:00-12:00'], // Sunday: weekend
    ['2026-05-31', '09:00-12:00'],
    ['2026-06-01', '08:30-12:00 14:30-17:30'], // season, from its first day …
    ['2026-09-30', '08:30-12:00 14:30-17:30'], // … to its last, before the Wednesday's name
    ['2026-10-01', '08:30-12:00 13:30-17:30'],
    ['2026-06-06', '09:00-15:00'], // the season says nothing of Saturdays
    ['2026-06-03', '09:00-10:00'], // exception before season
    ['2026-12-31', ''],
    ['2026-12-20', ''], // a season across the new year closes Sundays …
    ['2027-01-03', ''],
    ['2027-02-14', ''],
    ['2027-02-21', '09:00-12:00'], // … until it ends
  ];
  for (const [date, hours] of table) assert.equal(hoursOf(config, date), hours, date);
});

test('market days by weekday name and exception; a day without any rule is closed', () => {
  const config = hallWith(
    '{ sun: ["08:00-12:00"], exceptions: [{ date: 2026-11-25, open: ["08:00-24:00"] }] }',
  );
  assert.equal(hoursOf(config, '2026-11-22'), '08:00-12:00');
  assert.equal(hoursOf(config, '2026-11-25'), '08:00-24:00');
  assert.equal(hoursOf(config, '2026-11-23'), '');
});

test('holidays: cn closes public holidays and opens make-up working days', () => {
  const config = hallWith('{ weekdays: ["08:30-12:00", "13:30-17:30"], holidays: cn }');
  const open = '08:30-12:00 13:30-17:30';
  // State Council General Office notice on holidays in 2026.
  const table: [date: string, hours: string][] = [
    ['2026-01-01', ''],
    ['2026-01-04', open], // Sunday worked for New Year
    ['2026-02-14', open], // Saturday worked for Spring Festival
    ['2026-02-15', ''],
    ['2026-02-17', ''],
    ['2026-02-23', ''],
    ['2026-02-24', open],
    ['2026-02-28', open], // Saturday worked for Spring Festival
    ['2026-09-20', open], // Sunday worked for National Day
    ['2026-09-25', ''], // Mid-Autumn
    ['2026-10-01', ''],
    ['2026-10-07', ''],
    ['2026-10-08', open],
    ['2026-10-10', open], // Saturday worked for National Day
    ['2026-10-11', ''],
    ['2026-11-21', ''], // an ordinary Saturday
  ];
  for (const [date, hours] of table) assert.equal(hoursOf(config, date), hours, date);
});

test('an exception opens even a public holiday; without cn holidays are ordinary days', () => {
  const duty = hallWith(
    '{ daily: ["08:30-17:30"], holidays: cn, exceptions: [{ date: 2026-10-02, open: ["09:00-12:00"] }] }',
  );
  assert.equal(hoursOf(duty, '2026-10-01'), '');
  assert.equal(hoursOf(duty, '2026-10-02'), '09:00-12:00');
  assert.equal(hoursOf(duty, '2026-10-10'), '08:30-17:30');
  assert.equal(hoursOf(hallWith('{ daily: ["08:30-17:30"] }'), '2026-10-01'), '08:30-17:30');
});

const CN = '{ weekdays: ["08:30-12:00", "13:30-17:30"], sat: ["09:00-12:00"], holidays: cn';
const DAY_OPEN = '08:30-12:00 13:30-17:30';

test('19.2 a year without a notice keeps the 13 days of the law, and its weekends', () => {
  const config = hallWith(`${CN} }`);
  const closed = [
    ...['2027-01-01', '2027-02-05', '2027-02-06', '2027-02-07', '2027-02-08'], // New Year; eve, 1st to 3rd
    ...['2027-04-05', '2027-05-01', '2027-05-02', '2027-06-09', '2027-09-15'],
    ...['2027-10-01', '2027-10-02', '2027-10-03'],
  ];
  for (const date of closed) assert.equal(hoursOf(config, date), '', date);
  const open: [date: string, hours: string][] = [
    ['2036-01-26', '09:00-12:00'], // the Saturday before the eve, worked or not: nobody knows yet
    ['2036-01-28', ''],
    ['2036-01-30', ''],
    ['2036-01-31', DAY_OPEN],
    ['2036-05-30', ''], // Dragon Boat
    ['2036-10-04', ''], // Mid-Autumn
    ['2036-10-06', DAY_OPEN],
    ['2036-10-11', '09:00-12:00'],
  ];
  for (const [date, hours] of open) assert.equal(hoursOf(config, date), hours, date);
});

test('19.2 what the law fixes is closed by every notice since 2025', () => {
  const config = hallWith('{ daily: ["08:30-17:30"], holidays: cn }');
  for (const year of [2025, 2026]) {
    const days = [...lawfulDays(year)];
    assert.equal(days.length, 13, String(year));
    for (const date of days) assert.equal(hoursOf(config, date), '', date);
  }
});

test('19.2 what follows the moon is computed to 2100, beyond it only fixed days remain', () => {
  for (const year of [2027, 2033, 2100]) assert.equal(lawfulDays(year).size, 13, String(year));
  assert.ok(lawfulDays(2033).has('2033-01-31'));
  assert.equal(lawfulDays(2101).size, 6);
});

test('19.2 dates of the hall file stand over the law, and over the notice for the days they name', () => {
  const config = hallWith(`${CN}, holiday_dates: [
    { from: 2037-02-14, to: 2037-02-20, name: 春节, working: [2037-02-21] },
    { from: 2026-04-18, to: 2026-04-20, name: 三月三, working: [2026-10-02] } ] }`);
  const table: [date: string, hours: string][] = [
    ['2037-02-14', ''],
    ['2037-02-20', ''],
    ['2037-02-21', DAY_OPEN], // a Saturday that is worked
    ['2037-02-23', DAY_OPEN],
    ['2037-02-28', '09:00-12:00'],
    ['2037-10-01', ''], // the rest of the year by law
    ['2026-04-20', ''], // a local holiday …
    ['2026-10-01', ''], // … beside those of the notice
    ['2026-10-02', DAY_OPEN],
  ];
  for (const [date, hours] of table) assert.equal(hoursOf(config, date), hours, date);
});

test('19.2 a year that the hall file has whole is the hall file’s alone', () => {
  const config = hallWith(`${CN},
  holiday_dates: [{ from: 2026-01-01, to: 2026-01-01 }, { from: 2026-10-01, to: 2026-10-04 }] }`);
  assert.equal(hoursOf(config, '2026-10-05'), DAY_OPEN); // off by the notice
  assert.equal(hoursOf(config, '2026-10-10'), '09:00-12:00'); // worked by the notice
  assert.equal(hoursOf(config, '2026-02-17'), ''); // Spring Festival is the law's
});

test('19.2 a hall without cn has the holidays that its file names, and no others', () => {
  const config = hallWith(
    '{ daily: ["09:00-17:00"], holiday_dates: [{ from: 2027-07-01, to: 2027-07-02 }] }',
  );
  assert.equal(hoursOf(config, '2027-07-02'), '');
  assert.equal(hoursOf(config, '2027-10-01'), '09:00-17:00');
});

test('19.3 an unknown year is told in time, once, until the hall file has its National Day', () => {
  const at = (date: string) => Date.parse(`${date}T09:00:00+08:00`);
  const told = (config: HallConfig, date: string) =>
    calendarFaults(config, at(date)).map(({ id, severity }) => `${severity} ${id}`);
  const present = '{ from: 2036-10-01, to: 2036-10-07 }';
  const config = hallWith(`${CN}, holiday_dates: [${present}] }`);
  assert.deepEqual(told(config, '2036-11-01'), []);
  assert.deepEqual(told(config, '2036-11-02'), ['1 hall-file:holidays-2037']);
  assert.deepEqual(told(config, '2036-12-01'), ['1 hall-file:holidays-2037']);
  assert.deepEqual(told(config, '2036-12-02'), ['2 hall-file:holidays-2037']);
  assert.deepEqual(told(config, '2037-03-01'), ['2 hall-file:holidays-2037']);
  const some = hallWith(
    `${CN}, holiday_dates: [${present}, { from: 2037-01-01, to: 2037-01-03 }] }`,
  );
  assert.deepEqual(told(some, '2036-12-02'), ['2 hall-file:holidays-2037']);
  const whole = hallWith(
    `${CN}, holiday_dates: [${present}, { from: 2037-10-01, to: 2037-10-07 }] }`,
  );
  assert.deepEqual(told(whole, '2036-12-02'), []);
  assert.deepEqual(told(whole, '2037-12-31'), ['2 hall-file:holidays-2038']);
  assert.deepEqual(told(hallWith('{ daily: ["09:00-17:00"] }'), '2037-03-01'), []);
});

test('a hall file without hours means a hall that never closes', () => {
  const parsed = parseHall('hall: { id: h1, name: 厅 }', 'hall.yaml');
  assert.ok(parsed.ok);
  const at = Date.parse('2026-11-21T19:00:00Z');
  assert.ok(isOpen(parsed.config, at));
  assert.equal(nextChange(parsed.config, at), undefined);
});

test('open, lunch, close, and when that next changes', () => {
  const config = hallWith('{ weekdays: ["08:30-12:00", "13:30-17:30"], holidays: cn }');
  const at = (text: string) => Date.parse(`${text}:00+08:00`);
  const table: [at: string, open: boolean, change: string, opens: boolean][] = [
    ['2026-11-20T08:29', false, '2026-11-20T08:30', true],
    ['2026-11-20T08:30', true, '2026-11-20T12:00', false],
    ['2026-11-20T12:00', false, '2026-11-20T13:30', true],
    ['2026-11-20T13:30', true, '2026-11-20T17:30', false],
    ['2026-11-20T17:30', false, '2026-11-23T08:30', true], // over the weekend
    ['2026-09-30T18:00', false, '2026-10-08T08:30', true], // over National Day
  ];
  for (const [now, open, change, opens] of table) {
    assert.equal(isOpen(config, at(now)), open, now);
    assert.deepEqual(nextChange(config, at(now)), { at: at(change), open: opens }, now);
  }
});

test('hours that meet at midnight are one stretch', () => {
  const config = hallWith('{ fri: ["20:00-24:00"], sat: ["00:00-02:00"] }');
  const at = Date.parse('2026-11-20T21:00:00+08:00');
  assert.deepEqual(nextChange(config, at), {
    at: Date.parse('2026-11-21T02:00:00+08:00'),
    open: false,
  });
});

test('overlap cuts a period to the open stretches', () => {
  const config = hallWith('{ daily: ["08:30-12:00", "13:30-17:30"] }');
  const intervals = openIntervals(config, '2026-11-20');
  const at = (text: string) => Date.parse(`2026-11-20T${text}:00+08:00`);
  assert.equal(overlapMs(intervals, at('11:00'), at('14:00')), 1.5 * HOUR);
  assert.equal(overlapMs(intervals, at('12:00'), at('13:30')), 0);
  assert.equal(overlapMs(intervals, at('00:00'), at('23:59')), 7.5 * HOUR);
  assert.equal(overlapMs(intervals, at('14:00'), at('11:00')), 0);
});

const zones = fc.constantFrom(
  'Asia/Shanghai',
  'Europe/Berlin',
  'America/New_York',
  'Australia/Lord_Howe',
  'Africa/Cairo',
  'Etc/GMT-14',
  'Etc/GMT+12',
  'Asia/Kathmandu',
);
const instants = fc.integer({
  min: Date.parse('2020-01-01T00:00:00Z'),
  max: Date.parse('2032-01-01T00:00:00Z'),
});

test('every instant lies within the bounds of its business date', () => {
  fc.assert(
    fc.property(zones, instants, (zone, at) => {
      const date = businessDate(zone, at);
      const [from, to] = dayBounds(zone, date);
      assert.ok(from <= at && at < to, `${zone} ${date} ${at}`);
      assert.equal(dayBounds(zone, addDays(date, 1))[0], to);
      assert.equal(wallTime(zone, at).date, date);
    }),
    { numRuns: 500 },
  );
});

test('wall time and instant are each other’s inverse outside clock changes', () => {
  fc.assert(
    fc.property(zones, instants, (zone, instant) => {
      const at = instant - (instant % 60_000);
      const { date, minute } = wallTime(zone, at);
      const back = instantAt(zone, date, minute);
      // Twice-shown times return the first of the two, at most an hour before.
      assert.ok(back === at || (back < at && at - back <= HOUR), `${zone} ${at} ${back}`);
      assert.deepEqual(wallTime(zone, back), { date, minute });
    }),
    { numRuns: 500 },
  );
});

test('the next change really changes, and nothing changes before it', () => {
  const hours =
    '{ weekdays: ["00:00-02:30", "08:30-12:00", "13:30-24:00"], sat: ["00:00-01:00"], holidays: cn }';
  fc.assert(
    fc.property(zones, instants, fc.double({ min: 0, max: 1, noNaN: true }), (zone, at, share) => {
      const config = hallWith(hours, zone);
      const change = nextChange(config, at);
      assert.ok(change !== undefined);
      assert.ok(change.at > at);
      assert.equal(isOpen(config, change.at), change.open);
      assert.equal(isOpen(config, change.at - 1), !change.open);
      assert.equal(isOpen(config, at), !change.open);
      assert.equal(isOpen(config, Math.floor(at + (change.at - 1 - at) * share)), !change.open);
    }),
    { numRuns: 300 },
  );
});

test('a whole day’s open time is what the wall hours say, but for clock changes', () => {
  fc.assert(
    fc.property(zones, fc.integer({ min: 0, max: 4000 }), (zone, day) => {
      const config = hallWith('{ daily: ["00:30-04:00", "08:30-12:00", "13:30-24:00"] }', zone);
      const date = addDays('2020-01-01', day);
      const [from, to] = dayBounds(zone, date);
      const open = overlapMs(openIntervals(config, date), from, to);
      const shift = to - from - 24 * HOUR;
      assert.ok(open === 17.5 * HOUR || open === 17.5 * HOUR + shift, `${zone} ${date} ${open}`);
    }),
    { numRuns: 300 },
  );
});

test('weekdays run from Monday (0) to Sunday (6)', () => {
  assert.deepEqual(
    ['2026-11-16', '2026-11-20', '2026-11-21', '2026-11-22'].map(weekdayOf),
    [0, 4, 5, 6],
  );
});
