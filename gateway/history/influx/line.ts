// A point as one line of InfluxDB's line protocol: what the client library's `Point` makes of it, letter for letter (the
// test compares them), with that library's escaping, but only where something asks for it: `Point` looks at every letter
// of every name and takes 7 µs a point, a fifth of a core at a large hall's rate.
import { escape } from '@influxdata/influxdb-client';
import type { Point } from '../../../hall/point.ts';
import { localized } from '../../start/language.mjs';

/** What asks for escaping in a measurement, a tag or a field's name; in a field's text it is a quote or a backslash. */
const SPECIAL = /[, =\n\r\t]/;
const QUOTED = /["\\]/;
/** int64 ns: from 1677 to 2262; what lies before 1970 is a device's broken clock. */
const TIME_NS_MAX = 1n << 63n;

/** Tags and fields in their given order. Throws an Error that says why, where no InfluxDB could take the point. */
export function toLine({ measurement, tags, fields, timestampNs }: Point): string {
  if (timestampNs < 0n || timestampNs >= TIME_NS_MAX) {
    throw new Error(
      localized('time：应在 1970 年到 2262 年之间', 'time: should be from 1970 to 2262'),
    );
  }
  let line = measurementOf(measurement);
  for (const name in tags) {
    const value = tags[name] ?? '';
    if (value !== '') line += `,${nameOf(name)}=${nameOf(value)}`;
  }
  let separator = ' ';
  for (const name in fields) {
    line += `${separator}${nameOf(name)}=${fieldOf(name, fields[name])}`;
    separator = ',';
  }
  if (separator === ' ') {
    throw new Error(localized('fields：应至少有一个', 'fields: should be at least one'));
  }
  return `${line} ${timestampNs}`;
}

function measurementOf(name: string): string {
  if (name.endsWith('\\')) throw endsWithBackslash(name);
  return SPECIAL.test(name) ? escape.measurement(name) : name;
}

function endsWithBackslash(name: string): Error {
  return new Error(
    localized(`${name}：不能以反斜杠结尾`, `${name}: ends with a backslash, should not`),
  );
}

/** Names and values of tags are few and come again and again. */
const NAMES_MAX = 10_000;
const names = new Map<string, string>();

function nameOf(name: string): string {
  const known = names.get(name);
  if (known !== undefined) return known;
  if (names.size >= NAMES_MAX) names.clear();
  const escaped = escapedName(name);
  names.set(name, escaped);
  return escaped;
}

function escapedName(name: string): string {
  // A backslash before a separator would escape it.
  if (name.endsWith('\\')) throw endsWithBackslash(name);
  return SPECIAL.test(name) ? escape.tag(name) : name;
}

function fieldOf(name: string, value: string | number | boolean | undefined): string {
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) {
      throw new Error(
        localized(`${name}：是 ${value}，应为数`, `${name}: is ${value}, should be a number`),
      );
    }
    return String(value);
  }
  if (typeof value === 'boolean') return value ? 'T' : 'F';
  const text = value ?? '';
  return QUOTED.test(text) ? escape.quoted(text) : `"${text}"`;
}
