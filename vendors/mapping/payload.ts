// A payload's bytes → the items that a source's rules look at, in each of the forms that vendors send.
import { parse as parseCsv } from 'csv-parse/sync';
import { nestsDeeper, parseLoosely } from '../../hall/json.ts';
import { about, type Both } from '../../hall/language.ts';
import { parsePointer, valueAt, type Pointer } from './pointer.ts';
import { elementsAt, parseXml } from './xml.ts';

export const FORMATS = ['json', 'csv', 'pairs', 'query', 'xml', 'text'] as const;
export type Format = (typeof FORMATS)[number];
/** As the Encoding Standard names them; GB 18030 reads GBK and GB 2312 too. */
export const ENCODINGS = ['utf-8', 'gbk', 'gb18030', 'big5', 'utf-16le', 'utf-16be'] as const;

export interface PayloadForm {
  readonly format: Format;
  readonly encoding: (typeof ENCODINGS)[number];
  /** csv: the columns' names in order; without them the first line's, where there is a `header` */
  readonly columns?: readonly string[] | undefined;
  readonly header: boolean;
  /** between columns, or between pairs */
  readonly separator?: string | undefined;
  /** a pointer to a list or map in the message, each of whose entries is an item */
  readonly each?: string | undefined;
}

export interface Item {
  readonly value: unknown;
  /** its place in a list, or its key in a map */
  readonly key?: string;
}

export interface Payload {
  readonly message: unknown;
  readonly items: readonly Item[];
}

export interface Unreadable {
  readonly reason: 'encoding' | 'json' | 'csv' | 'xml' | 'size' | 'each';
  readonly detail: Both;
}

export const ITEMS_MAX = 1000;
const WHY_MAX = 200;
/** As of XML's elements. */
const DEPTH_MAX = 64;
/** Items × rules: a message is read within tens of ms. */
const STEPS_MAX = 20_000;

export type ReadPayload = (bytes: Uint8Array) => Payload | Unreadable;

/** Makes the reader of the payloads of a source with so many rules. It never throws. */
export function createPayloadReader(form: PayloadForm, rules: number): ReadPayload {
  const itemsMax = Math.min(ITEMS_MAX, Math.floor(STEPS_MAX / rules));
  const decoder = new TextDecoder(form.encoding, { fatal: true });
  const each = form.each === undefined ? undefined : parsePointer(form.each);
  return (bytes) => {
    let text: string;
    try {
      text = decoder.decode(bytes);
    } catch {
      const words = { zh: `应为 ${form.encoding} 编码`, en: `should be ${form.encoding}` };
      return { reason: 'encoding', detail: about('payload', words) };
    }
    const read = READ[form.format](text, form);
    if ('reason' in read) return read;
    const list = each ? listAt(each, read.message, form) : read.message;
    const items = each || form.format === 'csv' ? itemsOf(list) : [{ value: read.message }];
    if (items === undefined) {
      const words = { zh: '应为列表或一组键', en: 'should be a list or a map' };
      return { reason: 'each', detail: about(form.each ?? 'each', words) };
    }
    if (items.length > itemsMax) {
      const detail = about('payload', {
        zh: `有 ${items.length} 项，最多应为 ${itemsMax} 项`,
        en: `has ${items.length} items, should have at most ${itemsMax}`,
      });
      return { reason: 'size', detail };
    }
    return { message: read.message, items };
  };
}

const NO_JSON: Both = { zh: '应为 JSON', en: 'should be JSON' };

type Read = { readonly message: unknown } | Unreadable;

const READ: Readonly<Record<Format, (text: string, form: PayloadForm) => Read>> = {
  json(text) {
    if (nestsDeeper(text, DEPTH_MAX)) {
      const words = { zh: '应为嵌套较浅的 JSON', en: 'should be JSON that nests less deep' };
      return { reason: 'json', detail: about('payload', words) };
    }
    try {
      return { message: parseLoosely(text) };
    } catch {
      return { reason: 'json', detail: about('payload', NO_JSON) };
    }
  },
  xml(text) {
    try {
      return { message: parseXml(text) };
    } catch (error) {
      return unreadable('xml', error);
    }
  },
  text: (text) => ({ message: { text: text.trim() } }),
  query: (text) => ({ message: mapOf([...new URLSearchParams(text.trim())]) }),
  pairs(text, { separator = ';' }) {
    const pairs = text.split(separator).flatMap((pair): [string, string][] => {
      const at = pair.search(/[=:]/);
      const key = pair.slice(0, Math.max(0, at)).trim();
      return key === '' ? [] : [[key, pair.slice(at + 1).trim()]];
    });
    return { message: mapOf(pairs) };
  },
  csv(text, { columns, header, separator = ',' }) {
    let rows: string[][];
    try {
      rows = parseCsv(text, {
        bom: true,
        delimiter: separator,
        relax_column_count: true,
        relax_quotes: true,
        skip_empty_lines: true,
        trim: true,
        // One more than allowed, so that too many are told from just enough.
        to: ITEMS_MAX + 2,
      });
    } catch (error) {
      return unreadable('csv', error);
    }
    const names = columns ?? (header ? rows[0] : undefined) ?? [];
    const lines = header ? rows.slice(1) : rows;
    return { message: lines.map((row) => mapOf(row.map((cell, at) => [nameOf(names, at), cell]))) };
  },
};

/** Libraries quote what they read, which may be all of it. */
function unreadable(reason: 'csv' | 'xml', error: unknown): Unreadable {
  const why = error instanceof Error ? error.message : String(error);
  const short = why.length > WHY_MAX ? `${why.slice(0, WHY_MAX)}…` : why;
  const form = reason.toUpperCase();
  const words = { zh: `应为 ${form}：${short}`, en: `should be ${form}: ${short}` };
  return { reason, detail: about('payload', words) };
}

/** Columns without a name go by their number, from 1. */
function nameOf(names: readonly string[], index: number): string {
  return names[index] || String(index + 1);
}

/** Keys as own properties, whatever they are called. */
function mapOf(pairs: readonly (readonly [string, string])[]): Readonly<Record<string, string>> {
  return Object.fromEntries(pairs) as Record<string, string>;
}

/** In XML a list of one looks like none, and every list on the way is looked through. */
function listAt(each: Pointer, message: unknown, { format }: PayloadForm): unknown {
  return format === 'xml' ? elementsAt(each, message) : valueAt(each, message, message);
}

/** Nothing there is no item; something that is neither list nor map is undefined. */
function itemsOf(list: unknown): readonly Item[] | undefined {
  if (list === undefined || list === null) return [];
  if (Array.isArray(list)) return list.map((value, index) => ({ value, key: String(index) }));
  if (typeof list !== 'object') return undefined;
  return Object.entries(list).map(([key, value]) => ({ value, key }));
}
