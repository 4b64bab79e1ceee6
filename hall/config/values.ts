// What a value of the hall file may be: names, ids, numbers, hours, dates; each with the words of its refusal.
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

/** As the parsed file is handed down. */
export type Frozen<T> = T extends object ? { readonly [K in keyof T]: Frozen<T[K]> } : T;

export const WEEKDAY_NAMES = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type WeekdayName = (typeof WEEKDAY_NAMES)[number];

const MINUTES_A_DAY = 1440;

/**
 * The one of `known` that was probably meant by `word`: the same but for width and case, one with the same letters, one that
 * differs by a third of them at most, or the only one that it abbreviates. Another digit is another thing and no slip: w3
 * does not mean w1.
 */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const plain = (text: string) => text.normalize('NFKC').toLowerCase();
  const same = known.find((each) => plain(each) === plain(word));
  if (same !== undefined) return same;
  const others = known.filter((each) => isLettersChange(word, each));
  const swapped = others.find((each) => isSwapped(word, each));
  if (swapped !== undefined) return swapped;
  const max = Math.floor(word.length / 3);
  const near = others.filter((each) => distance(word, each) <= max);
  if (near.length > 0) return closest(word, near);
  const longer = others.filter((each) => word.length > 1 && isWithin(word, each));
  return longer.length === 1 ? longer[0] : undefined;
}

/** Whether the letters of one stand in the other in their order. */
function isWithin(short: string, long: string): boolean {
  let at = 0;
  for (const letter of long) if (letter === short.charAt(at)) at++;
  return at === short.length;
}

/** Whether two words have the same letters in another order: form and from. */
function isSwapped(one: string, other: string): boolean {
  return [...one].sort().join('') === [...other].sort().join('');
}

/** Whether two words differ in more than their digits. */
function isLettersChange(one: string, other: string): boolean {
  return one.replace(/\d/g, '') !== other.replace(/\d/g, '');
}

/**
 * An object that refuses every key it does not know (strictObject stops at the first one).
 * Such an issue is of type `never`; its message is the known keys (the issue has no path yet here).
 */
export function exact<const E extends v.ObjectEntries>(entries: E): v.ObjectSchema<E, undefined> {
  const refuse = v.never(Object.keys(entries).join(', '));
  const map = v.objectWithRest(entries, refuse, 'a map of keys');
  // To valibot a list is an object too.
  const list = v.custom(() => false, 'a map of keys');
  const schema = v.lazy((input) => (Array.isArray(input) ? list : map));
  // An accepted value has no key beyond `entries`, which is exactly what ObjectSchema's type says.
  return { ...schema, entries } as unknown as v.ObjectSchema<E, undefined>;
}

/** The value, or its default when the key is missing. */
export function or<const S extends v.GenericSchema>(schema: S, fallback: v.InferInput<S>) {
  return v.optional(schema, fallback as never);
}

export const text = (max: number) =>
  v.pipe(
    v.string('text (in quotes if it looks like a number)'),
    v.trim(),
    v.nonEmpty('text that is not empty'),
    v.maxLength(max, `at most ${max} characters`),
  );

export const id = v.pipe(
  v.string('an id as text (in quotes if it looks like a number)'),
  v.regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'an id: a-z, 0-9 and -, at most 63, not starting with -'),
  // The one id of this form that every object of JavaScript has as a property.
  v.notValue('constructor', 'another id, as this one is reserved'),
);

export const staffId = v.pipe(
  v.string('an id as text (in quotes if it looks like a number)'),
  v.regex(/^[A-Za-z0-9._-]{1,64}$/, 'a staff id: 1-64 of A-Z a-z 0-9 . _ -'),
);

/** A name as a string (Chinese) or by language, each at most `max` characters. */
export const nameUpTo = (max: number) => {
  const words = text(max);
  const map = exact({ zh: words, en: v.optional(words), 'zh-Hant': v.optional(words) });
  return v.pipe(
    v.lazy((input) => (typeof input === 'object' && input !== null ? map : words)),
    v.transform((value): Name => (typeof value === 'string' ? { zh: value } : value)),
  );
};

export const name = nameUpTo(200);

export const whole = (min: number, max: number) =>
  v.pipe(
    v.number(`a whole number from ${min} to ${max}`),
    v.integer(`a whole number from ${min} to ${max}`),
    v.minValue(min, `at least ${min}`),
    v.maxValue(max, `at most ${max}`),
  );

export const amount = (min: number, max: number) =>
  v.pipe(
    v.number(`a number from ${min} to ${max}`),
    v.minValue(min, `at least ${min}`),
    v.maxValue(max, `at most ${max}`),
  );

export const list = <const S extends v.GenericSchema>(item: S) => v.array(item, 'a list');

/** `count` numbers, each at least as large as the one before. */
export const rising = (count: number, max: number, example: string) =>
  v.pipe(
    list(amount(0, max)),
    v.length(count, `${count} numbers, such as ${example}`),
    v.check(
      (numbers) =>
        numbers.every((value, index) => index === 0 || value >= (numbers[index - 1] ?? 0)),
      `numbers that rise, such as ${example}`,
    ),
  );

export const oneOf = <const T extends readonly string[]>(words: T) =>
  v.picklist(words, (issue) => {
    const near = typeof issue.input === 'string' ? nearest(issue.input, words) : undefined;
    return `one of ${words.join(', ')}${near === undefined ? '' : `; ${near}?`}`;
  });

export const date = v.pipe(
  v.string('a date such as 2026-12-31'),
  v.check(isDate, 'a date that exists, such as 2026-12-31'),
);

export const monthDay = v.pipe(
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

export const spans = v.pipe(
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

export function isDate(value: string): boolean {
  if (!/^\d{4}-\d\d-\d\d$/.test(value)) return false;
  const parsed = new Date(`${value}T00:00:00Z`);
  return !Number.isNaN(parsed.getTime()) && parsed.toISOString().startsWith(value);
}

export function isTimeZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}
