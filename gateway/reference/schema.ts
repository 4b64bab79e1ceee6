// What a valibot schema takes, in words: its type and limits, its default, and every key of a map by its path.
import type * as v from 'valibot';
import * as values from '../../hall/config/values.ts';
import { ID_PATTERN } from '../../hall/topic.ts';
import { instant, sentAt, text, ticket } from '../../hall/signal.ts';

export type Words = readonly [zh: string, en: string];

/** Any schema or action, as far as it can be read here. */
export interface Schema {
  readonly type: string;
  readonly pipe?: readonly Schema[];
  readonly wrapped?: Schema;
  readonly default?: unknown;
  readonly entries?: Readonly<Record<string, Schema>>;
  readonly item?: Schema;
  readonly value?: Schema;
  readonly options?: readonly unknown[];
  readonly literal?: unknown;
  readonly requirement?: unknown;
  readonly getter?: (input: unknown) => Schema;
}

/** One key of a map; `[]` in a path is any entry of a list, `*` any key. */
export interface Key {
  readonly path: string;
  readonly type: Words;
  readonly isOptional: boolean;
  /** where it is left out; undefined: nothing */
  readonly fallback: unknown;
  /** what an enumeration takes */
  readonly options: readonly string[];
}

/** Schemas whose rule is a function, which nothing can be read from. */
const NAMED = new Map<unknown, Words>([
  [values.date, ['日期', 'date']],
  [values.monthDay, ['月日', 'day of the year']],
  [values.spans, ['时段列表', 'list of spans']],
  [instant, ['时刻', 'time']],
  [sentAt, ['时刻', 'time']],
  [ticket, ['号码', 'number of a visit']],
  [text, textOf(200)],
]);

/** Several schemas have such a rule: the rule itself tells which type it is. */
const PATTERNS: Readonly<Record<string, Words>> = {
  [ID_PATTERN.source]: ['编号', 'id'],
  '^[A-Za-z0-9._-]{1,64}$': ['人员或办件编号', 'id of a person or case'],
  '^[A-Za-z0-9._:-]{1,64}$': ['信号标识', 'id of a signal'],
  '^[1-9]\\d{1,4}x[1-9]\\d{1,4}$': ['宽x高', 'width x height'],
};

/** What the names of types mean, for the head of the reference. */
export const TYPES: readonly (readonly [type: Words, meaning: Words])[] = [
  [
    ['编号', 'id'],
    [
      '`a-z`、`0-9`、`-`，不以 `-` 开头，最多 63 个字符',
      '`a-z`, `0-9` and `-`, which is not the first; at most 63 characters',
    ],
  ],
  [
    ['名称', 'name'],
    [
      '一段文字（按中文显示），或 `{ zh: …, zh-Hant: …, en: … }`；未注明时各最多 200 个字',
      'a text, which counts as Chinese, or `{ zh: …, zh-Hant: …, en: … }`; each at most 200 characters unless stated',
    ],
  ],
  [
    ['号码', 'number of a visit'],
    ['1–32 个字母、数字或 `-`', '1–32 letters, digits or `-`'],
  ],
  [
    ['人员或办件编号', 'id of a person or case'],
    ['1–64 个 `A-Z a-z 0-9 . _ -`', '1–64 of `A-Z a-z 0-9 . _ -`'],
  ],
  [
    ['信号标识', 'id of a signal'],
    ['1–64 个 `A-Z a-z 0-9 . _ : -`', '1–64 of `A-Z a-z 0-9 . _ : -`'],
  ],
  [
    ['时刻', 'time'],
    [
      '带时区的 RFC 3339，如 `"2026-11-30T09:15:00+08:00"`，或 1970 年以来的整数毫秒',
      'RFC 3339 with offset, as `"2026-11-30T09:15:00+08:00"`, or whole milliseconds since 1970',
    ],
  ],
  [
    ['日期', 'date'],
    ['如 `2026-12-31`', 'as `2026-12-31`'],
  ],
  [
    ['月日', 'day of the year'],
    ['如 `06-01`', 'as `06-01`'],
  ],
  [
    ['时段列表', 'list of spans'],
    [
      '如 `["08:30-12:00", "13:30-17:30"]`，按先后排列、不重叠，最晚 24:00',
      'as `["08:30-12:00", "13:30-17:30"]`, in order, without overlap, 24:00 at the latest',
    ],
  ],
];

/** A schema that depends on its input is asked with one input of each kind. */
const PROBES: readonly unknown[] = ['', 0, [], {}, { zh: '' }];

/** What the schema is made of beside its checks: what a lazy one may become, else itself. */
function alternatives(schema: Schema): readonly Schema[] {
  const { getter, entries } = schema;
  if (getter === undefined || entries !== undefined) return [schema];
  return [...new Set(PROBES.map((probe) => getter(probe)))].flatMap(alternatives);
}

/** The checks of a schema and of those it is built on. */
function actions({ pipe = [] }: Schema): readonly Schema[] {
  const [root, ...checks] = pipe;
  return root === undefined ? [] : [...actions(root), ...checks];
}

function limit(schema: Schema, type: string): unknown {
  return actions(schema).findLast((action) => action.type === type)?.requirement;
}

/** Text, or the same text by language. */
function isName(schema: Schema): boolean {
  return schema.entries !== undefined && 'zh' in schema.entries;
}

export function typeOf(schema: Schema): Words {
  const named = NAMED.get(schema);
  if (named !== undefined) return named;
  if (schema.wrapped !== undefined) return typeOf(schema.wrapped);
  if (schema.options !== undefined && schema.type === 'union') {
    return either((schema.options as readonly Schema[]).map(typeOf));
  }
  const all = alternatives(schema);
  if (all.length > 1)
    return all.some(isName) && all.length === 2 ? nameType(all) : either(all.map(typeOf));
  const [one = schema] = all;
  if (one !== schema) return typeOf(one);
  switch (schema.type) {
    case 'number':
      return numberType(schema);
    case 'string':
      return textType(schema);
    case 'boolean':
      return same('`true` / `false`');
    case 'literal':
      return same(`\`${String(schema.literal)}\``);
    case 'picklist':
      return same((schema.options ?? []).map((option) => `\`${String(option)}\``).join(' '));
    case 'array':
      return listType(schema);
    case 'unknown':
      return ['任意值', 'anything'];
    default:
      return isName(schema) ? same('`{ zh: …, en: … }`') : ['一组键', 'map of keys'];
  }
}

const same = (words: string): Words => [words, words];

function either(types: readonly Words[]): Words {
  const told = (index: 0 | 1) => [...new Set(types.map((type) => type[index]))];
  return [told(0).join('，或'), told(1).join(', or ')];
}

function nameType(all: readonly Schema[]): Words {
  const max = all.map((one) => limit(one, 'max_length')).find((one) => one !== undefined);
  if (max === undefined) return either(all.map(typeOf));
  return max === 200
    ? ['名称', 'name']
    : [`名称，最多 ${String(max)} 个字`, `name, at most ${String(max)} characters`];
}

function textOf(max: number): Words {
  return [`文字，最多 ${max} 个字`, `text, at most ${max} characters`];
}

function numberType(schema: Schema): Words {
  const isWhole = actions(schema).some(({ type }) => type === 'integer' || type === 'safe_integer');
  const min = shortNumber(limit(schema, 'min_value'));
  const max = shortNumber(limit(schema, 'max_value'));
  const upTo = max === '' ? ` ≥ ${min}` : ` ${min}…${max}`;
  const range = min === '' ? '' : upTo;
  return [`${isWhole ? '整数' : '数'}${range}`, `${isWhole ? 'whole number' : 'number'}${range}`];
}

/** Nobody counts the zeros of a large round number. */
function shortNumber(value: unknown): string {
  if (typeof value !== 'number') return '';
  return Math.abs(value) < 1e9 ? String(value) : value.toExponential().replace('+', '');
}

function textType(schema: Schema): Words {
  const pattern = limit(schema, 'regex');
  if (pattern instanceof RegExp) {
    return PATTERNS[pattern.source] ?? ['文字', 'text'];
  }
  const max = limit(schema, 'max_length');
  return typeof max === 'number' ? textOf(max) : ['文字', 'text'];
}

function listType(schema: Schema): Words {
  const { item } = schema;
  const [zh, en] = item === undefined || hasKeys(item) ? ['', ''] : typeOf(item);
  const length = limit(schema, 'length');
  const min = limit(schema, 'min_length');
  const max = limit(schema, 'max_length');
  const least = min !== undefined && [`至少 ${String(min)} 项`, `at least ${String(min)}`];
  const most = max !== undefined && [`最多 ${String(max)} 项`, `at most ${String(max)}`];
  const exactly = length !== undefined && [`${String(length)} 项`, `${String(length)} of them`];
  const counts = [exactly, least, most].filter((one) => one !== false);
  return [
    [`列表${zh && `：${zh}`}`, ...counts.map(([one]) => one)].join('，'),
    [`list${en && `: ${en}`}`, ...counts.map(([, one]) => one)].join(', '),
  ];
}

/** Whether its keys are told one by one. */
function hasKeys(schema: Schema): boolean {
  return (
    schema.type === 'record' ||
    alternatives(schema).some((one) => one.entries !== undefined && !isName(one))
  );
}

/** Every key of the map, outer ones before their inner ones. @param leaves paths whose inner keys are told elsewhere */
export function keysOf(schema: Schema, path: string, leaves: ReadonlySet<string>): Key[] {
  if (leaves.has(path)) return [];
  if (schema.wrapped !== undefined) return keysOf(schema.wrapped, path, leaves);
  const found = alternatives(schema).flatMap((one): Key[] => {
    if (one.item !== undefined) return keysOf(one.item, `${path}[]`, leaves);
    if (one.type === 'record' && one.value !== undefined) {
      return keysOf(one.value, `${path}.*`, leaves);
    }
    if (one.entries === undefined || isName(one)) return [];
    return Object.entries(one.entries).flatMap(([name, entry]) => {
      const inner = path === '' ? name : `${path}.${name}`;
      return [keyOf(entry, inner), ...keysOf(entry, inner, leaves)];
    });
  });
  return [...new Map(found.map((key) => [key.path, key])).values()];
}

export function keyOf(schema: Schema, path: string): Key {
  const inner = schema.wrapped ?? schema;
  return {
    path,
    type: typeOf(schema),
    isOptional: schema.type === 'optional',
    fallback: schema.default,
    options: inner.type === 'picklist' ? (inner.options ?? []).map(String) : [],
  };
}

/** Any schema of valibot as the readers here take it. */
export function schemaOf(schema: v.GenericSchema): Schema {
  return schema as unknown as Schema;
}
