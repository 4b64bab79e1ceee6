// What a value of the hall file may be: names, ids, numbers, hours, dates; each with the words of its refusal.
import * as v from 'valibot';
import { closest, distance } from 'fastest-levenshtein';
import { says } from '../language.ts';

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
  const map = v.objectWithRest(entries, refuse, says('一组键', 'a map of keys'));
  // To valibot a list is an object too.
  const list = v.custom(() => false, says('一组键', 'a map of keys'));
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
    v.string(says('文字（像数字的要加引号）', 'text (in quotes if it looks like a number)')),
    v.trim(),
    v.nonEmpty(says('不为空的文字', 'text that is not empty')),
    v.maxLength(max, says(`不超过 ${max} 个字符的文字`, `at most ${max} characters`)),
  );

const idAsText = says(
  '文字形式的 id（像数字的要加引号）',
  'an id as text (in quotes if it looks like a number)',
);

export const id = v.pipe(
  v.string(idAsText),
  v.regex(
    /^[a-z0-9][a-z0-9-]{0,62}$/,
    says(
      'id：由 a-z、0-9 和 - 组成，最多 63 个字符，不能以 - 开头',
      'an id: a-z, 0-9 and -, at most 63, not starting with -',
    ),
  ),
  // The one id of this form that every object of JavaScript has as a property.
  v.notValue('constructor', says('别的 id，这个是保留字', 'another id, as this one is reserved')),
);

export const staffId = v.pipe(
  v.string(idAsText),
  v.regex(
    /^[A-Za-z0-9._-]{1,64}$/,
    says(
      '人员 id：1-64 个字符，由 A-Z a-z 0-9 . _ - 组成',
      'a staff id: 1-64 of A-Z a-z 0-9 . _ -',
    ),
  ),
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
    v.number(says(`${min} 到 ${max} 的整数`, `a whole number from ${min} to ${max}`)),
    v.integer(says(`${min} 到 ${max} 的整数`, `a whole number from ${min} to ${max}`)),
    v.minValue(min, says(`不小于 ${min} 的数`, `at least ${min}`)),
    v.maxValue(max, says(`不大于 ${max} 的数`, `at most ${max}`)),
  );

export const amount = (min: number, max: number) =>
  v.pipe(
    v.number(says(`${min} 到 ${max} 的数`, `a number from ${min} to ${max}`)),
    v.minValue(min, says(`不小于 ${min} 的数`, `at least ${min}`)),
    v.maxValue(max, says(`不大于 ${max} 的数`, `at most ${max}`)),
  );

export const list = <const S extends v.GenericSchema>(item: S) =>
  v.array(item, says('列表', 'a list'));

/** `count` numbers, each at least as large as the one before. */
export const rising = (count: number, max: number, example: string) =>
  v.pipe(
    list(amount(0, max)),
    v.length(count, says(`${count} 个数，例如 ${example}`, `${count} numbers, such as ${example}`)),
    v.check(
      (numbers) =>
        numbers.every((value, index) => index === 0 || value >= (numbers[index - 1] ?? 0)),
      says(`从小到大的数，例如 ${example}`, `numbers that rise, such as ${example}`),
    ),
  );

export const oneOf = <const T extends readonly string[]>(words: T) =>
  v.picklist(words, (issue) => {
    const near = typeof issue.input === 'string' ? nearest(issue.input, words) : undefined;
    return says(
      `${words.join('、')} 之一${near === undefined ? '' : `，是不是 ${near}？`}`,
      `one of ${words.join(', ')}${near === undefined ? '' : `; ${near}?`}`,
    )(issue);
  });

export const date = v.pipe(
  v.string(says('日期，例如 2026-12-31', 'a date such as 2026-12-31')),
  v.check(
    isDate,
    says('实际存在的日期，例如 2026-12-31', 'a date that exists, such as 2026-12-31'),
  ),
);

export const monthDay = v.pipe(
  v.string(says('月-日，例如 06-01', 'a day of the year such as 06-01')),
  v.check(
    (value) => /^\d\d-\d\d$/.test(value) && isDate(`2024-${value}`),
    says('月-日，例如 06-01', 'a day such as 06-01'),
  ),
);

const span = v.pipe(
  v.string(says('时段，例如 "08:30-12:00"', 'hours such as "08:30-12:00"')),
  v.regex(/^\d\d:\d\d-\d\d:\d\d$/, says('时段，例如 "08:30-12:00"', 'hours such as "08:30-12:00"')),
  v.check(
    (value) => {
      const { from_min, to_min } = toSpan(value);
      return from_min < to_min && to_min <= MINUTES_A_DAY;
    },
    says(
      '同一天内从早到晚的时段，最晚到 24:00',
      'hours from earlier to later within one day, 24:00 at most',
    ),
  ),
  v.transform(toSpan),
);

export const spans = v.pipe(
  list(span),
  v.check(
    (all) =>
      all.every((each, index) => index === 0 || each.from_min >= (all[index - 1]?.to_min ?? 0)),
    says('按先后排列、互不重叠的时段', 'hours in order that do not overlap'),
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
