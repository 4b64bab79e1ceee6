// What vendors put into messages, made safe to work with: text, JSON objects, numbers, names. Nothing here throws.
import { nestsDeeper, parseLoosely } from '../../hall/json.ts';
import { about, type Both } from '../../hall/language.ts';
import type { Read, SourceMessage } from '../reader.ts';

/** As for the contract's own messages (SPEC §2.1). */
export const BYTES_MAX = 256 * 1024;
/** A list of a whole network, with all that each device can do: some 5 to 10 KB a device (`limits.source_list_mib`). */
export const LIST_BYTES_MAX = 4 * 1024 * 1024;
/** Vendors nest three or four levels; what nests deeper is built to hurt. */
export const DEPTH_MAX = 16;
/** 2000-01-01: a clock that shows an earlier time was never set. */
const CLOCK_SET_MS = 946_684_800_000;

/** A JSON object without `__proto__`, nested at most `DEPTH_MAX` deep. */
export type Fields = Readonly<Record<string, unknown>>;

/** A message of this protocol that tells nothing. */
export const NOTHING: Read = { readings: [] };

/** @param words for people: what `thing` is and should be */
export function refuse(reason: string, thing: string, words: Both): Read {
  return { readings: [], refused: [{ reason, detail: about(thing, words) }] };
}

export const NO_JSON: Both = { zh: '应为 JSON', en: 'should be JSON' };
export const NO_OBJECT: Both = { zh: '应为 JSON 对象', en: 'should be a JSON object' };
export const NO_ARRAY: Both = { zh: '应为数组', en: 'should be an array' };
const TOO_DEEP: Both = {
  zh: `嵌套最多应为 ${DEPTH_MAX} 层`,
  en: `should be JSON that nests at most ${DEPTH_MAX} levels`,
};

/** @param bytesMax that of a message, or of a network's list, which has a setting */
export function tooLarge(bytes: number, bytesMax: number): Both {
  const isList = bytesMax !== BYTES_MAX;
  return {
    zh: `有 ${bytes} 字节，最多应为 ${bytesMax}${isList ? '（limits.source_list_mib）' : ''}`,
    en: `is ${bytes} bytes, should be at most ${bytesMax}${isList ? ' (limits.source_list_mib)' : ''}`,
  };
}

export type Parsed<T> = { readonly value: T } | { readonly refusal: Read };

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** The payload as text, or why not. */
export function readText({ payload }: SourceMessage, bytesMax = BYTES_MAX): Parsed<string> {
  if (payload.length > bytesMax) {
    return { refusal: refuse('size', 'payload', tooLarge(payload.length, bytesMax)) };
  }
  try {
    return { value: utf8.decode(payload) };
  } catch {
    return {
      refusal: refuse('encoding', 'payload', { zh: '应为 UTF-8 编码', en: 'should be UTF-8' }),
    };
  }
}

/** The payload as any JSON value, or why not. */
export function readJson(message: SourceMessage, bytesMax = BYTES_MAX): Parsed<unknown> {
  const text = readText(message, bytesMax);
  if ('refusal' in text) return text;
  const value = parseJson(text.value);
  if (value === undefined) {
    const isDeep = nestsDeeper(text.value, DEPTH_MAX);
    return { refusal: refuse('json', 'payload', isDeep ? TOO_DEEP : NO_JSON) };
  }
  tame(value, 0);
  return { value };
}

/** The payload as a JSON object, or why not. */
export function readFields(message: SourceMessage, bytesMax = BYTES_MAX): Parsed<Fields> {
  const json = readJson(message, bytesMax);
  if ('refusal' in json) return json;
  return isFields(json.value)
    ? { value: json.value }
    : { refusal: refuse('json', 'payload', NO_OBJECT) };
}

/** undefined where the text is no JSON, or nests too deep. */
export function parseJson(text: string): unknown {
  if (nestsDeeper(text, DEPTH_MAX)) return undefined;
  try {
    return parseLoosely(text);
  } catch {
    return undefined;
  }
}

/** Takes `__proto__` out, in place: the value was parsed just now. @returns false where it nests too deep */
export function tame(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (depth >= DEPTH_MAX) return false;
  if (Object.hasOwn(value, '__proto__')) delete (value as Record<string, unknown>)['__proto__'];
  return Object.values(value).every((item) => tame(item, depth + 1));
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value of an own key, one level down for each further key. */
export function pick(value: unknown, ...keys: readonly (string | number)[]): unknown {
  let found: unknown = value;
  for (const key of keys) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, key)) return undefined;
    found = (found as Record<string | number, unknown>)[key];
  }
  return found;
}

/** A number as it is or as text, within limits; else undefined. */
export function numberOf(value: unknown, min: number, max: number): number | undefined {
  const number = typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value;
  if (typeof number !== 'number' || !(number >= min && number <= max)) return undefined;
  return number;
}

export const percentOf = (value: unknown) => numberOf(value, 0, 100);
export const celsiusOf = (value: unknown) => numberOf(value, -100, 500);
export const dbmOf = (value: unknown) => numberOf(value, -200, 20);
export const secondsOf = (value: unknown) => numberOf(value, 0, 1e10);

/** Text for people: without control characters, trimmed, at most `max` characters; undefined where nothing is left. */
export function labelOf(value: unknown, max = 200): string | undefined {
  if (typeof value !== 'string') return undefined;
  const text = value
    .slice(0, max * 4)
    .replace(/\p{Cc}+/gu, ' ')
    .trim();
  const short = text.length > max ? [...text].slice(0, max).join('').slice(0, max) : text;
  return short === '' ? undefined : short;
}

/** ms since 1970 of a device's clock, where it was ever set. */
export function clockOf(ms: number | undefined): number | undefined {
  return ms !== undefined && Number.isSafeInteger(ms) && ms >= CLOCK_SET_MS ? ms : undefined;
}

/** Only those of the fields that are there. */
export function present<T extends object>(fields: { [K in keyof T]: T[K] | undefined }): T {
  const kept = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(kept) as T;
}

/** `present`, or undefined where nothing is. */
export function presentAny<T extends object>(fields: {
  [K in keyof T]: T[K] | undefined;
}): T | undefined {
  const kept = present<T>(fields);
  return Object.keys(kept).length === 0 ? undefined : kept;
}
