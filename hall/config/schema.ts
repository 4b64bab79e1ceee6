// The hall file's shape, declared once: every key, its rule and its default. Types are inferred.
import * as v from 'valibot';
import { closest, distance } from 'fastest-levenshtein';

/** A name as people read it. A plain string in the file is its `zh`. */
export interface Name {
  zh: string;
  en?: string | undefined;
  'zh-Hant'?: string | undefined;
}

/** Minutes from local midnight; `to_min` may be 1440 (24:00). */
export interface Span {
  from_min: number;
  to_min: number;
}

export const WEEKDAY_NAMES = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type WeekdayName = (typeof WEEKDAY_NAMES)[number];

const MINUTES_A_DAY = 1440;

/** `word` when it is near enough to one of `known` to have been meant; else nothing. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  if (known.length === 0) return undefined;
  const candidate = closest(word, known);
  return distance(word, candidate) <= Math.max(2, Math.ceil(word.length / 3))
    ? candidate
    : undefined;
}

/**
 * An object that refuses every key it does not know (strictObject stops at the first one).
 * Such an issue is of type `never`; its message is the known keys (the issue has no path yet here).
 */
function exact<const E extends v.ObjectEntries>(entries: E): v.ObjectSchema<E, undefined> {
  const refuse = v.never(Object.keys(entries).join(', '));
  const map = v.objectWithRest(entries, refuse, 'a map of keys');
  // To valibot a list is an object too.
  const list = v.custom(() => false, 'a map of keys');
  const schema = v.lazy((input) => (Array.isArray(input) ? list : map));
  // An accepted value has no key beyond `entries`, which is exactly what ObjectSchema's type says.
  return schema as unknown as v.ObjectSchema<E, undefined>;
}

/** The value, or its default when the key is missing. */
function or<const S extends v.GenericSchema>(schema: S, fallback: v.InferInput<S>) {
  return v.optional(schema, fallback as never);
}

// --- words ---------------------------------------------------------------------------------------

const text = (max: number) =>
  v.pipe(
    v.string('text (in quotes if it looks like a number)'),
    v.trim(),
    v.nonEmpty('text that is not empty'),
    v.maxLength(max, `at most ${max} characters`),
  );

const id = v.pipe(
  v.string('an id as text (in quotes if it looks like a number)'),
  v.regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'an id: a-z, 0-9 and -, at most 63, not starting with -'),
);

const staffId = v.pipe(
  v.string('an id as text (in quotes if it looks like a number)'),
  v.regex(/^[A-Za-z0-9._-]{1,64}$/, 'a staff id: 1-64 of A-Z a-z 0-9 . _ -'),
);

const nameMap = exact({
  zh: text(200),
  en: v.optional(text(200)),
  'zh-Hant': v.optional(text(200)),
});

const name = v.pipe(
  v.lazy((input) => (typeof input === 'object' && input !== null ? nameMap : text(200))),
  v.transform((value): Name => (typeof value === 'string' ? { zh: value } : value)),
);

const whole = (min: number, max: number) =>
  v.pipe(
    v.number(`a whole number from ${min} to ${max}`),
    v.integer(`a whole number from ${min} to ${max}`),
    v.minValue(min, `at least ${min}`),
    v.maxValue(max, `at most ${max}`),
  );

const amount = (min: number, max: number) =>
  v.pipe(
    v.number(`a number from ${min} to ${max}`),
    v.minValue(min, `at least ${min}`),
    v.maxValue(max, `at most ${max}`),
  );

const list = <const S extends v.GenericSchema>(item: S) => v.array(item, 'a list');

/** `count` numbers, each at least as large as the one before. */
const rising = (count: number, max: number, example: string) =>
  v.pipe(
    list(amount(0, max)),
    v.length(count, `${count} numbers, such as ${example}`),
    v.check(
      (numbers) =>
        numbers.every((value, index) => index === 0 || value >= (numbers[index - 1] ?? 0)),
      `numbers that rise, such as ${example}`,
    ),
  );

const oneOf = <const T extends readonly string[]>(words: T) =>
  v.picklist(words, (issue) => {
    const near = typeof issue.input === 'string' ? nearest(issue.input, words) : undefined;
    return `one of ${words.join(', ')}${near === undefined ? '' : `; ${near}?`}`;
  });

// --- times ---------------------------------------------------------------------------------------

const date = v.pipe(
  v.string('a date such as 2026-12-31'),
  v.check(isDate, 'a date that exists, such as 2026-12-31'),
);

const monthDay = v.pipe(
  v.string('a day of the year such as 06-01'),
  v.check((value) => /^\d\d-\d\d$/.test(value) && isDate(`2024-${value}`), 'a day such as 06-01'),
);

const span = v.pipe(
  v.string('hours such as "08:30-12:00"'),
  v.regex(/^\d\d:\d\d-\d\d:\d\d$/, 'hours such as "08:30-12:00"'),
  v.check((value) => {
    const { from_min, to_min } = toSpan(value);
    return from_min < to_min && to_min <= MINUTES_A_DAY;
  }, 'hours from earlier to later within one day, 24:00 at most'),
  v.transform(toSpan),
);

const spans = v.pipe(
  list(span),
  v.check(
    (all) =>
      all.every((each, index) => index === 0 || each.from_min >= (all[index - 1]?.to_min ?? 0)),
    'hours in order that do not overlap',
  ),
);

function toSpan(value: string): Span {
  return { from_min: minutes(value.slice(0, 5)), to_min: minutes(value.slice(6)) };
}

/** Minutes of "HH:MM", or NaN for a time that no clock shows. */
function minutes(clock: string): number {
  const hour = Number(clock.slice(0, 2));
  const minute = Number(clock.slice(3));
  return hour <= 24 && minute < 60 ? hour * 60 + minute : Number.NaN;
}

function isDate(value: string): boolean {
  if (!/^\d{4}-\d\d-\d\d$/.test(value)) return false;
  const parsed = new Date(`${value}T00:00:00Z`);
  return !Number.isNaN(parsed.getTime()) && parsed.toISOString().startsWith(value);
}

function isTimeZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

// --- sections ------------------------------------------------------------------------------------

const hall = exact({
  id,
  name,
  timezone: or(
    v.pipe(v.string('a time zone'), v.check(isTimeZone, 'a time zone such as Asia/Shanghai')),
    'Asia/Shanghai',
  ),
  level: or(oneOf(['province', 'city', 'county', 'township', 'village']), 'city'),
  parent: v.optional(id),
  locale: or(oneOf(['zh', 'zh-Hant', 'en']), 'zh'),
  demo: or(v.boolean('true or false'), false),
  address: v.optional(name),
  phone: v.optional(text(60)),
  complaint_phone: v.optional(text(60)),
});

const week = {
  daily: v.optional(spans),
  weekdays: v.optional(spans),
  weekend: v.optional(spans),
  mon: v.optional(spans),
  tue: v.optional(spans),
  wed: v.optional(spans),
  thu: v.optional(spans),
  fri: v.optional(spans),
  sat: v.optional(spans),
  sun: v.optional(spans),
};

const hours = exact({
  ...week,
  seasons: or(list(exact({ from: monthDay, to: monthDay, ...week })), []),
  holidays: or(oneOf(['cn', 'none']), 'none'),
  exceptions: or(list(exact({ date, open: spans, name: v.optional(name) })), []),
});

const floor = exact({ id, name, plan: v.optional(text(200)) });

const zone = exact({
  id,
  name,
  floor: v.optional(id),
  kind: or(
    oneOf(['waiting', 'windows', 'self-service', 'advice', 'entrance', 'parking', 'other']),
    'waiting',
  ),
  capacity: v.optional(whole(1, 1_000_000)),
  seats: v.optional(whole(0, 1_000_000)),
});

const queue = exact({ id, name, zone: id, prefix: v.optional(text(8)) });

const department = exact({ name, phone: v.optional(text(60)) });

const service = exact({
  id,
  name,
  department: v.optional(name),
  queue: id,
  materials: or(list(name), []),
});

const window = exact({
  id,
  label: v.optional(text(16)),
  name: v.optional(name),
  zone: id,
  queues: or(list(id), []),
  department: v.optional(name),
  role: or(oneOf(['front', 'back']), 'front'),
  chief: v.optional(text(60)),
  // Where the window lies for someone who looks at its zone's board.
  direction: v.optional(
    oneOf(['left', 'right', 'ahead', 'behind', 'left-ahead', 'right-ahead', 'up', 'down']),
  ),
});

const device = exact({
  id,
  kind: oneOf([
    'dispenser',
    'caller',
    'evaluator',
    'counter',
    'screen',
    'kiosk',
    'speaker',
    'sensor',
    'camera',
    'network',
    'other',
  ]),
  name: v.optional(name),
  zone: v.optional(id),
  window: v.optional(id),
  installed: v.optional(date),
  service_life_years: v.optional(amount(0.1, 100)),
});

const screen = exact({
  id,
  name: v.optional(name),
  layout: oneOf(['calls', 'window', 'kiosk', 'notice', 'wall']),
  zone: v.optional(id),
  window: v.optional(id),
  diagonal_in: or(amount(3, 1000), 55),
  resolution: or(
    v.pipe(
      v.string('width x height such as 1920x1080'),
      v.regex(/^[1-9]\d{1,4}x[1-9]\d{1,4}$/, 'width x height such as 1920x1080'),
      v.transform((value) => {
        const [width = 0, height = 0] = value.split('x').map(Number);
        return { width, height };
      }),
    ),
    '1920x1080',
  ),
  distance_m: or(amount(0.2, 200), 8),
  orientation: v.optional(oneOf(['landscape', 'portrait'])),
});

const staff = exact({
  id: staffId,
  name: text(60),
  name_en: v.optional(text(60)),
  post: v.optional(name),
  department: v.optional(name),
  photo: v.optional(text(200)),
  party: v.optional(name),
});

const thresholds = exact({
  wait_min: or(rising(3, 1440, '[10, 20, 40]'), [10, 20, 40]),
  load: or(rising(2, 100, '[0.85, 1.0]'), [0.85, 1]),
  occupancy: or(rising(2, 100, '[0.85, 1.0]'), [0.85, 1]),
  no_show_pct: or(amount(0, 100), 10),
});

const board = exact({
  call_seconds_min: or(amount(1, 600), 8),
  hero_seconds_min: or(amount(1, 600), 3),
  page_seconds: or(amount(2, 600), 8),
  missed_minutes: or(amount(1, 1440), 30),
  theme: or(oneOf(['day', 'night']), 'night'),
});

const freshness = exact({
  page_s: or(amount(1, 3600), 4),
  occupancy_s: or(amount(1, 86_400), 120),
  device_s: or(amount(1, 86_400), 180),
  network_s: or(amount(1, 86_400), 90),
});

const limits = exact({
  tickets_max: or(whole(10, 1_000_000), 20_000),
  devices_max: or(whole(10, 100_000), 5_000),
  staff_max: or(whole(10, 100_000), 5_000),
  cases_max: or(whole(10, 1_000_000), 20_000),
  connections_max: or(whole(1, 100_000), 10_000),
  pages_max: or(whole(1, 100_000), 2_000),
  device_signals_per_s: or(whole(1, 1_000_000), 5_000),
  device_signals_burst: or(whole(1, 10_000_000), 20_000),
});

const retention = exact({
  journal_days: or(whole(1, 36_500), 400),
  dead_letters_max: or(whole(1, 10_000_000), 100_000),
});

const notice = exact({
  title: name,
  body: v.optional(
    v.pipe(
      v.lazy((input) =>
        typeof input === 'object' && input !== null
          ? exact({ zh: text(1000), en: v.optional(text(1000)), 'zh-Hant': v.optional(text(1000)) })
          : text(1000),
      ),
      v.transform((value): Name => (typeof value === 'string' ? { zh: value } : value)),
    ),
  ),
  from: v.optional(date),
  to: v.optional(date),
});

/** The whole file. Only `hall` must be there; references and ids are checked afterwards. */
export const hallFile = exact({
  hall,
  hours: or(hours, { daily: ['00:00-24:00'] }),
  departments: or(list(department), []),
  floors: or(list(floor), []),
  zones: or(list(zone), []),
  queues: or(list(queue), []),
  services: or(list(service), []),
  windows: or(list(window), []),
  devices: or(list(device), []),
  screens: or(list(screen), []),
  staff: or(list(staff), []),
  thresholds: or(thresholds, {}),
  board: or(board, {}),
  freshness: or(freshness, {}),
  limits: or(limits, {}),
  retention: or(retention, {}),
  notices: or(list(notice), []),
  intake: or(oneOf(['open', 'listed']), 'open'),
});

export type HallFile = v.InferOutput<typeof hallFile>;
