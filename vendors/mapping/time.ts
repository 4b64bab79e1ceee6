// Vendors' times → ms since 1970: seconds, milliseconds, ISO 8601 with or without an offset, or a pattern such as
// "yyyy-MM-dd HH:mm:ss", which is local time.
import { addDays, businessDate, instantAt } from '../../hall/zone-time.ts';
import { parseInstant } from '../../hall/signal.ts';
import { textOf } from './text.ts';

/** A value's instant (ms since 1970, may have a fraction), or undefined. `near` is when the message arrived. */
export type ReadTime = (value: unknown, near: number) => number | undefined;

const HALF_DAY_MS = 43_200_000;
/** Below this (1973) a number without a unit is one of seconds, not of milliseconds. */
const MILLISECONDS_MIN = 1e11;
const TEXT_MAX = 64;

/**
 * The reader for what stands under `time:`; none where it is neither a unit nor a pattern.
 * @param form `s`, `ms`, `iso`, a pattern of yyyy yy MM M dd d HH H mm m ss s S…, or nothing: RFC 3339 or milliseconds
 */
export function createTimeReader(form: string | undefined, timezone: string): ReadTime | undefined {
  if (form === undefined) return readPlain;
  if (form === 's') return (value) => scaled(value, 1000);
  if (form === 'ms') return (value) => scaled(value, 1);
  if (form === 'iso') return isoReader(timezone);
  const pattern = parseTimePattern(form);
  return pattern && ((value, near) => readLocal(pattern, value, timezone, near));
}

function readPlain(value: unknown): number | undefined {
  const text = textOf(value);
  if (text === undefined) return undefined;
  if (!/^\d+(?:\.\d+)?$/.test(text)) return parseInstant(text);
  const number = Number(text);
  return number >= MILLISECONDS_MIN ? number : undefined;
}

function scaled(value: unknown, factor: number): number | undefined {
  const text = textOf(value);
  return text !== undefined && /^\d{1,17}(?:\.\d+)?$/.test(text)
    ? Number(text) * factor
    : undefined;
}

function isoReader(timezone: string): ReadTime {
  const forms = ['yyyy-MM-ddTHH:mm:ss', 'yyyy-MM-dd HH:mm:ss'].flatMap((form) => [
    form,
    `${form}.S`,
  ]);
  const patterns = forms.flatMap((form) => parseTimePattern(form) ?? []);
  return (value, near) => {
    const text = textOf(value);
    if (text === undefined) return undefined;
    const instant = parseInstant(text.replace(' ', 'T').replace(/([+-]\d\d)(\d\d)?$/, withColon));
    if (instant !== undefined) return instant;
    for (const pattern of patterns) {
      const local = readLocal(pattern, text, timezone, near);
      if (local !== undefined) return local;
    }
    return undefined;
  };
}

/** ISO 8601's basic offsets, +0800 and +08, as RFC 3339 has them; a date's own dashes stay. */
function withColon(offset: string, hours: string, minutes: string | undefined): string {
  if (minutes === undefined && hours.startsWith('-')) return offset;
  return `${hours}:${minutes ?? '00'}`;
}

type Part = 'year' | 'shortYear' | 'month' | 'day' | 'hour' | 'minute' | 'second' | 'fraction';

interface TimePattern {
  readonly expression: RegExp;
  readonly parts: readonly Part[];
}

const TOKENS: Readonly<Record<string, readonly [Part, string]>> = {
  yyyy: ['year', '(\\d{4})'],
  yy: ['shortYear', '(\\d{2})'],
  MM: ['month', '(\\d{2})'],
  M: ['month', '(\\d{1,2})'],
  dd: ['day', '(\\d{2})'],
  d: ['day', '(\\d{1,2})'],
  HH: ['hour', '(\\d{2})'],
  H: ['hour', '(\\d{1,2})'],
  mm: ['minute', '(\\d{2})'],
  m: ['minute', '(\\d{1,2})'],
  ss: ['second', '(\\d{2})'],
  s: ['second', '(\\d{1,2})'],
};

/** The T between date and time, and what is in quotes ('Z'), is meant as it stands; other letters must be a token's. */
export function parseTimePattern(form: string): TimePattern | undefined {
  if (form.length > TEXT_MAX) return undefined;
  const parts: Part[] = [];
  let source = '';
  for (const [written] of form.matchAll(/'[^']*'|([a-zA-Z])\1*|[^a-zA-Z]/g)) {
    const quoted = written.length > 1 && written.startsWith("'");
    const piece = quoted ? written.slice(1, -1) : written;
    const token = quoted
      ? undefined
      : /^S{1,9}$/.test(piece)
        ? (['fraction', '(\\d{1,9})'] as const)
        : TOKENS[piece];
    if (token) {
      if (parts.includes(token[0])) return undefined;
      parts.push(token[0]);
      source += token[1];
    } else if (!quoted && /^[a-zA-Z]/.test(piece) && piece !== 'T') return undefined;
    else source += piece.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
  }
  const date = ['month', 'day'].filter((part) => parts.includes(part as Part)).length;
  const year = parts.includes('year') || parts.includes('shortYear');
  // A date whole or none, and an hour: with less than that nobody knows when it was.
  if (!parts.includes('hour') || (date !== 0 && (date !== 2 || !year)) || (date === 0 && year)) {
    return undefined;
  }
  return { expression: new RegExp(`^${source}$`), parts };
}

function readLocal(
  { expression, parts }: TimePattern,
  value: unknown,
  timezone: string,
  near: number,
): number | undefined {
  const text = textOf(value);
  const found = text === undefined || text.length > TEXT_MAX ? null : expression.exec(text);
  if (!found) return undefined;
  const numbers: Partial<Record<Part, number>> = {};
  parts.forEach((part, index) => {
    const digits = found[index + 1] ?? '';
    numbers[part] = part === 'fraction' ? Number(`0.${digits}`) : Number(digits);
  });
  const { hour = 0, minute = 0, second = 0, fraction = 0 } = numbers;
  if (hour > 23 || minute > 59 || second > 60) return undefined;
  const rest = Math.min(second, 59) * 1000 + Math.trunc(fraction * 1000);
  const onDay = (date: string) => instantAt(timezone, date, hour * 60 + minute) + rest;
  if (numbers.month === undefined) return onNearestDay(onDay, timezone, near);
  const date = isoDate(numbers.year ?? 2000 + (numbers.shortYear ?? 0), numbers);
  return date === undefined ? undefined : onDay(date);
}

function isoDate(year: number, { month = 0, day = 0 }: { month?: number; day?: number }) {
  const two = (number: number) => String(number).padStart(2, '0');
  const date = `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}`;
  const ms = Date.parse(`${date}T00:00:00Z`);
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(date) && year >= 1971
    ? date
    : undefined;
}

/** A time of day without a date was on the day that brings it nearest to its arrival. */
function onNearestDay(onDay: (date: string) => number, timezone: string, near: number): number {
  const today = businessDate(timezone, near);
  const at = onDay(today);
  if (at - near > HALF_DAY_MS) return onDay(addDays(today, -1));
  return near - at > HALF_DAY_MS ? onDay(addDays(today, 1)) : at;
}
