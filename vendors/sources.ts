// The `sources:` of the hall file: which vendors' topics are read, and what signals of the contract become of them.
import * as v from 'valibot';
import type { HallConfig } from '../hall/config.ts';
import { DEVICE_KINDS } from '../hall/config/kinds.ts';
import type { SourceRules } from '../hall/config/source-names.ts';
import {
  amount,
  exact,
  type Frozen,
  id,
  isTimeZone,
  list,
  oneOf,
  or,
  text,
  whole,
} from '../hall/config/values.ts';
import { says } from '../hall/language.ts';
import { STREAMS } from '../hall/topic.ts';
import type { Demand } from './mapping/condition.ts';
import { ENCODINGS, FORMATS } from './mapping/payload.ts';
import { parsePattern } from './mapping/pattern.ts';
import { parsePointer } from './mapping/pointer.ts';
import { parseTemplate } from './mapping/template.ts';
import { createTimeReader } from './mapping/time.ts';
import { parseOrigin, type Expression } from './mapping/value.ts';
import { READERS } from './reader/index.ts';
import { checkSources } from './source-checks.ts';

export const SOURCES_MAX = 50;
export const RULES_MAX = 100;

/** A longer one would be another number than the one that is written, and never what a message says (SPEC §13.2). */
const number = v.pipe(
  v.number(says('数', 'a number')),
  v.check(
    (value) => !Number.isInteger(value) || Number.isSafeInteger(value),
    says(
      '加引号的文字：超过 15 位的数字无法精确保存',
      'in quotes, as a number of over 15 digits is not kept exactly',
    ),
  ),
);

const scalar = v.union(
  [v.string(), number, v.boolean()],
  says('文字、数、true 或 false', 'text, a number, true or false'),
);

/** One word, or several of them. */
const wordOrList = v.lazy((input) =>
  Array.isArray(input)
    ? v.pipe(
        v.array(scalar),
        v.minLength(1, says('至少一项', 'at least one')),
        v.maxLength(1000, says('最多 1000 项', 'at most 1000')),
      )
    : scalar,
);

const place = v.pipe(
  v.string(
    says(
      '指针，例如 /no；或模板，例如 {machine}',
      'a pointer such as /no, or a template such as {machine}',
    ),
  ),
  v.check(
    (value) => {
      const plain = !value.includes('{') && parsePointer(value) === undefined;
      return !plain && parseOrigin(value) !== undefined;
    },
    says(
      '指针（例如 /no）、模板（例如 {machine}-{/no}），或用 { value: … } 写常量',
      'a pointer such as /no, a template such as {machine}-{/no}, or { value: … } for a constant',
    ),
  ),
);

const template = v.pipe(
  text(200),
  v.check(
    (value) => parseTemplate(value) !== undefined,
    says('模板，例如 {machine}-{/no}', 'a template such as {machine}-{/no}'),
  ),
);

const pointer = v.pipe(
  v.string(says('指针，例如 /records', 'a pointer such as /records')),
  v.check(
    (value) => parsePointer(value) !== undefined,
    says('指针，例如 /records', 'a pointer such as /records'),
  ),
);

const zone = v.pipe(
  v.string(says('时区', 'a time zone')),
  v.check(isTimeZone, says('时区，例如 Asia/Shanghai', 'a time zone such as Asia/Shanghai')),
);

const time = v.pipe(
  v.string(
    says(
      's、ms、iso，或时间格式，例如 "yyyy-MM-dd HH:mm:ss"',
      's, ms, iso or a pattern such as "yyyy-MM-dd HH:mm:ss"',
    ),
  ),
  v.check(
    (value) => createTimeReader(value, 'UTC') !== undefined,
    says(
      's、ms、iso，或由 yyyy MM dd HH mm ss 组成的时间格式，例如 "yyyy-MM-dd HH:mm:ss"',
      's, ms, iso or a pattern of yyyy MM dd HH mm ss such as "yyyy-MM-dd HH:mm:ss"',
    ),
  ),
);

const instructions = v.pipe(
  exact({
    from: v.optional(
      v.lazy((input) =>
        Array.isArray(input)
          ? v.pipe(
              v.array(place),
              v.minLength(1, says('至少一项', 'at least one')),
              v.maxLength(10, says('最多 10 项', 'at most 10')),
            )
          : place,
      ),
    ),
    value: v.optional(v.unknown()),
    map: v.optional(
      v.record(
        v.string(),
        scalar,
        says(
          '对照表：厂商的值对应协议的值',
          'a map of what the vendor says to what the contract says',
        ),
      ),
    ),
    default: v.optional(v.unknown()),
    time: v.optional(time),
    timezone: v.optional(zone),
    scale: v.optional(amount(-1e9, 1e9)),
    offset: v.optional(amount(-1e12, 1e12)),
    round: v.optional(whole(0, 12)),
    split: v.optional(
      v.pipe(
        v.string(says('文字', 'text')),
        v.minLength(1, says('不为空的文字', 'text that is not empty')),
      ),
    ),
    pad: v.optional(whole(1, 32)),
  }),
  v.check(
    ({ from, value }) => (from === undefined) !== (value === undefined),
    says(
      '只含 from（取值位置）或只含 value（常量），不能两者都写',
      'one with from (where it stands) or with value (a constant), and not both',
    ),
  ),
);

const expression: v.GenericSchema<unknown, Expression> = v.lazy((input) => {
  if (typeof input === 'number' || typeof input === 'boolean') return scalar;
  if (typeof input !== 'object' || input === null) return place;
  return 'zh' in input || 'en' in input ? words : instructions;
});

const words: v.GenericSchema<unknown, Expression> = exact({
  zh: v.optional(expression),
  en: v.optional(expression),
});

const demand: v.GenericSchema<unknown, Demand> = v.lazy((input) =>
  typeof input === 'object' && input !== null && !Array.isArray(input) ? test : wordOrList,
);

const test = v.pipe(
  exact({
    not: v.optional(wordOrList),
    present: v.optional(v.boolean(says('true 或 false', 'true or false'))),
    above: v.optional(amount(-1e15, 1e15)),
    below: v.optional(amount(-1e15, 1e15)),
    like: v.optional(text(200)),
  }),
  v.check(
    (tests) => Object.keys(tests).length > 0,
    says(
      '至少含 not、present、above、below、like 之一的条件',
      'one with not, present, above, below or like',
    ),
  ),
);

/** The keys are places; what is wrong with one is told by its value's line. */
const when = v.pipe(
  v.record(
    v.string(),
    demand,
    says('条件表，例如 { /evt: [NEW, TAKE] }', 'a map such as { /evt: [NEW, TAKE] }'),
  ),
  v.check(
    (conditions) => Object.keys(conditions).every((key) => parseOrigin(key) !== undefined),
    says(
      '条件表，键是指针（例如 /evt）或模板（例如 "{machine}"）',
      'a map whose keys are pointers such as /evt or templates such as "{machine}"',
    ),
  ),
);

const rule = exact({
  stream: oneOf(STREAMS),
  /** needed where the stream has several */
  type: v.optional(v.lazy((input) => (typeof input === 'string' ? text(30) : instructions))),
  when: v.optional(when),
  fields: or(v.record(v.string(), expression, says('字段表', 'a map of fields')), {}),
  id: v.optional(template),
});

const rules = v.pipe(
  list(rule),
  v.maxLength(RULES_MAX, says(`最多 ${RULES_MAX} 项`, `at most ${RULES_MAX}`)),
);

const topic = v.pipe(
  v.string(
    says(
      '主题，例如 vendor/{site}/ticket/{machine}',
      'a topic such as vendor/{site}/ticket/{machine}',
    ),
  ),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    const parsed = parsePattern(dataset.value);
    if ('wrong' in parsed) addIssue({ message: says(parsed.wrong.zh, parsed.wrong.en) });
    else if (/^(hall(\/|$)|[+#])/.test(parsed.filter)) {
      const message = says(
        '第一级不是 hall 也不是通配符的主题：hall 专用于本协议',
        'a topic whose first level is a word other than hall, which is the contract’s own',
      );
      addIssue({ message });
    }
  }),
);

const topics = v.pipe(
  v.lazy((input) =>
    Array.isArray(input)
      ? v.pipe(
          v.array(topic),
          v.minLength(1, says('至少一项', 'at least one')),
          v.maxLength(20, says('最多 20 项', 'at most 20')),
        )
      : topic,
  ),
  v.transform((value): readonly string[] => (typeof value === 'string' ? [value] : value)),
);

const columns = v.pipe(
  list(text(60)),
  v.minLength(1, says('至少一列', 'at least one column')),
  v.maxLength(200, says('最多 200 列', 'at most 200 columns')),
);

/** Every how many seconds at most a device that goes on as it was is told of. */
const stateEvery = or(amount(1, 86_400), 60);

export const declared = v.pipe(
  exact({
    name: id,
    topic: topics,
    format: or(oneOf(FORMATS), 'json'),
    encoding: or(oneOf(ENCODINGS), 'utf-8'),
    columns: v.optional(columns),
    header: or(v.boolean(says('true 或 false', 'true or false')), false),
    separator: v.optional(
      v.pipe(
        v.string(says('分隔符', 'a separator')),
        v.minLength(1, says('分隔符', 'a separator')),
        v.maxLength(4, says('不超过 4 个字符的分隔符', 'at most 4')),
      ),
    ),
    each: v.optional(pointer),
    device: template,
    kind: v.optional(oneOf(DEVICE_KINDS)),
    vendor: v.optional(text(60)),
    model: v.optional(text(60)),
    state_every_s: stateEvery,
    signals: v.pipe(rules, v.minLength(1, says('至少一个信号', 'at least one signal'))),
  }),
  v.check(
    ({ format, columns: names, header }) => format !== 'csv' || header || names !== undefined,
    says(
      '含 columns: [no, biz, …] 或 header: true 的来源（格式为 csv）',
      'one with columns: [no, biz, …] or header: true, as its format is csv',
    ),
  ),
);

export const USES = Object.keys(READERS);

export const ready = (use: string) => {
  const options = READERS[use]?.options;
  const entries = options !== undefined && 'entries' in options ? options.entries : {};
  return exact({
    use: oneOf(USES),
    name: or(id, use),
    state_every_s: stateEvery,
    signals: or(rules, []),
    ...(entries as Record<string, v.GenericSchema>),
  });
};

const source: v.GenericSchema<unknown, Source> = v.lazy((input) => {
  if (typeof input !== 'object' || input === null || !('use' in input)) return declared;
  const { use } = input;
  return typeof use === 'string' && USES.includes(use)
    ? (ready(use) as unknown as v.GenericSchema<unknown, ReadySource>)
    : (v.object({ use: oneOf(USES) }) as never);
});

/** What parseHall needs to read `sources:`. */
export const SOURCES: SourceRules = {
  schema: v.pipe(
    list(source),
    v.maxLength(SOURCES_MAX, says(`最多 ${SOURCES_MAX} 项`, `at most ${SOURCES_MAX}`)),
  ),
  check: checkSources,
};

/** The sources of a hall whose file was read with SOURCES. */
export function sourcesOf({ sources }: HallConfig): readonly Source[] {
  // The type is lost on the way, as hall/ knows of a source only that there is a name.
  return sources as readonly Source[];
}

export type Rule = Frozen<v.InferOutput<typeof rule>>;
/** Declared in the hall file, topic by topic. */
export type DeclaredSource = Frozen<v.InferOutput<typeof declared>>;
/** A ready-made one; the options of its reader stand beside these keys. */
export interface ReadySource {
  readonly use: string;
  readonly name: string;
  readonly state_every_s: number;
  readonly signals: readonly Rule[];
}
export type Source = DeclaredSource | ReadySource;
