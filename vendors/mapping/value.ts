// One field of a signal: where its value stands in the message, what it means, and in which form the contract wants it.
import { shouldBe, type Both } from '../../hall/language.ts';
import { createTimeReader, type ReadTime } from './time.ts';
import { parsePointer, valueAt, type Pointer } from './pointer.ts';
import { fill, parseTemplate, type Template } from './template.ts';
import { isMissing, textOf, valueWords } from './text.ts';
import type { FieldKind } from './fields.ts';
import type { Scope } from './scope.ts';

type Scalar = string | number | boolean;

/** As many as the contract's longest list has, the zones of an emergency: a longer one is not looked at. */
const LIST_MAX = 200;

/** As the hall file says it: a pointer or template, a constant, or a map of how to get there. */
export type Expression = Scalar | Instructions | Words;

export interface Instructions {
  /** a pointer, a template, or several of them: the first that is there counts */
  readonly from?: string | readonly string[] | undefined;
  /** a constant */
  readonly value?: unknown;
  /** what the vendor says → what the contract says */
  readonly map?: Readonly<Record<string, Scalar>> | undefined;
  /** where the value is missing or not in the map */
  readonly default?: unknown;
  /** s, ms, iso or a pattern such as yyyy-MM-dd HH:mm:ss */
  readonly time?: string | undefined;
  /** of a time without an offset; the hall's where missing */
  readonly timezone?: string | undefined;
  readonly scale?: number | undefined;
  readonly offset?: number | undefined;
  /** digits after the point */
  readonly round?: number | undefined;
  /** between the texts of a list */
  readonly split?: string | undefined;
  /** fills a number up with zeros to so many digits */
  readonly pad?: number | undefined;
}

/** Texts by language, each with its own expression. */
export interface Words {
  readonly zh?: Expression | undefined;
  readonly en?: Expression | undefined;
}

/** A value, nothing where the message has none, or why it cannot be had. */
export type Valued = { readonly value: unknown } | { readonly wrong: Both };
export type Evaluate = (scope: Scope) => Valued;

export type Origin = { readonly pointer: Pointer } | { readonly template: Template };

/** Where a text of the hall file points, or undefined where it points nowhere: it is neither pointer nor template. */
export function parseOrigin(text: string): Origin | undefined {
  if (!text.includes('{')) {
    const pointer = parsePointer(text);
    return pointer && { pointer };
  }
  const template = parseTemplate(text);
  return template && { template };
}

export function lookUp(origin: Origin, scope: Scope): unknown {
  if ('pointer' in origin) return valueAt(origin.pointer, scope.item, scope.message);
  const filled = fill(origin.template, scope);
  return 'text' in filled ? filled.text : undefined;
}

/**
 * Makes the evaluation of an expression that the schema of the hall file has accepted.
 * @param timezone the hall's
 */
export function compileExpression(
  expression: Expression,
  kind: FieldKind,
  timezone: string,
): Evaluate {
  const isConstant = typeof expression === 'number' || typeof expression === 'boolean';
  if (isConstant) return constant(expression, kind, timezone);
  if (typeof expression === 'string') return compileSteps({ from: expression }, kind, timezone);
  if ('zh' in expression || 'en' in expression) return compileWords(expression, timezone);
  const steps = expression as Instructions;
  return steps.from === undefined && steps.value !== undefined
    ? constant(steps.value, kind, timezone)
    : compileSteps(steps, kind, timezone);
}

function constant(value: unknown, kind: FieldKind, timezone: string): Evaluate {
  const converted = convert(value, kind, createTimeReader(undefined, timezone), 0);
  return () => converted;
}

function compileWords({ zh, en }: Words, timezone: string): Evaluate {
  const parts = Object.entries({ zh, en }).flatMap(([language, expression]) =>
    expression === undefined
      ? []
      : [[language, compileExpression(expression, 'text', timezone)] as const],
  );
  return (scope) => {
    const words: Record<string, unknown> = {};
    for (const [language, evaluate] of parts) {
      const found = evaluate(scope);
      if ('wrong' in found) return found;
      if (found.value !== undefined) words[language] = found.value;
    }
    return { value: Object.keys(words).length === 0 ? undefined : words };
  };
}

function compileSteps(steps: Instructions, kind: FieldKind, timezone: string): Evaluate {
  const places = typeof steps.from === 'string' ? [steps.from] : (steps.from ?? []);
  const origins = places.flatMap((text) => parseOrigin(text) ?? []);
  const map = steps.map && new Map(Object.entries(steps.map));
  const readTime = createTimeReader(steps.time, steps.timezone ?? timezone);
  const shown = { zh: places.join(' 或 '), en: places.join(' or ') };
  return (scope) => {
    const raw = origins.map((origin) => lookUp(origin, scope)).find((value) => !isMissing(value));
    const fallback = (why: Both | undefined): Valued => {
      if (steps.default !== undefined) return convert(steps.default, kind, readTime, 0);
      return why === undefined ? { value: undefined } : { wrong: why };
    };
    if (raw === undefined) return fallback(undefined);
    let value: unknown = raw;
    if (map) {
      const text = textOf(raw);
      if (text === undefined || !map.has(text)) {
        const { zh, en } = valueWords(raw);
        return fallback({
          zh: `${shown.zh} ${zh}，不在其 map 中`,
          en: `${shown.en} ${en}, which its map does not have`,
        });
      }
      value = map.get(text);
    }
    const reckoned = reckon(value, steps);
    const found =
      reckoned &&
      convert(padded(reckoned.value, steps), kind, readTime, scope.receivedAt, steps.split);
    if (found && 'value' in found) return found;
    const [is, should] = [valueWords(raw), wanted(kind, steps)];
    return {
      wrong: {
        zh: `${shown.zh} ${is.zh}，${shouldBe(should.zh)}`,
        en: `${shown.en} ${is.en}, should be ${should.en}`,
      },
    };
  };
}

/** The value × scale + offset, rounded; nothing where there is something to reckon and it is no number. */
function reckon(value: unknown, { scale, offset, round }: Instructions) {
  if (scale === undefined && offset === undefined && round === undefined) return { value };
  const number = numberOf(value);
  if (number === undefined) return undefined;
  const exact = number * (scale ?? 1) + (offset ?? 0);
  if (round === undefined) return { value: exact };
  const unit = 10 ** round;
  return { value: Math.round((exact + Number.EPSILON) * unit) / unit };
}

function padded(value: unknown, { pad }: Instructions): unknown {
  const text = pad === undefined ? undefined : textOf(value);
  return text === undefined || pad === undefined ? value : text.padStart(pad, '0');
}

/** Turns a value into the form that the contract's field has; its limits are decode's to judge. */
function convert(
  value: unknown,
  kind: FieldKind,
  readTime: ReadTime | undefined,
  near: number,
  split?: string,
): Valued {
  const converted = convertTo[kind](value, { readTime, near, split });
  return converted === undefined ? { wrong: valueWords(value) } : { value: converted };
}

interface Convention {
  readonly readTime: ReadTime | undefined;
  readonly near: number;
  readonly split: string | undefined;
}

const convertTo: Readonly<Record<FieldKind, (value: unknown, how: Convention) => unknown>> = {
  text: textOf,
  number: numberOf,
  boolean: booleanOf,
  time(value, { readTime, near }) {
    const at = readTime?.(value, near);
    return at === undefined ? undefined : Math.trunc(at);
  },
  texts(value, { split }) {
    const list: unknown[] = Array.isArray(value) ? value : [value];
    if (list.length > LIST_MAX) return undefined;
    const texts: (string | undefined)[] = [];
    for (const item of list) {
      const text = textOf(item);
      const pieces = split === undefined ? [text] : (text ?? '').split(split, LIST_MAX + 1);
      if (texts.length + pieces.length > LIST_MAX) return undefined;
      texts.push(...pieces.map(textOf));
    }
    return texts.every((text) => text !== undefined) ? texts : undefined;
  },
  words(value) {
    const text = textOf(value);
    if (text !== undefined) return { zh: text };
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    // Texts by language, and nothing else that may stand beside them.
    const { zh, en } = value as { readonly zh?: unknown; readonly en?: unknown };
    const [chinese, english] = [textOf(zh), textOf(en)];
    return {
      ...(chinese !== undefined && { zh: chinese }),
      ...(english !== undefined && { en: english }),
    };
  },
};

function numberOf(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value === 'boolean') return value ? 1 : 0;
  const text = textOf(value);
  if (text === undefined || !/^[+-]?\d{1,300}(?:\.\d{1,300})?(?:e[+-]?\d{1,3})?$/i.test(text)) {
    return undefined;
  }
  const number = Number(text);
  return Number.isFinite(number) ? number : undefined;
}

const TRUE = ['true', '1', 'on', 'yes', 'y', '是', '开', '有'];
const FALSE = ['false', '0', 'off', 'no', 'n', '否', '关', '无'];

function booleanOf(value: unknown): boolean | undefined {
  const text = textOf(value)?.toLowerCase();
  if (text === undefined) return undefined;
  if (TRUE.includes(text)) return true;
  return FALSE.includes(text) ? false : undefined;
}

function wanted(kind: FieldKind, { time }: Instructions): Both {
  if (kind === 'time') {
    return time === undefined
      ? {
          zh: 'RFC 3339 或 1970 年以来的毫秒数（其他格式用 time: 说明）',
          en: 'RFC 3339 or ms since 1970 (time: says another form)',
        }
      : { zh: `格式为 ${time} 的时间`, en: `a time of the form ${time}` };
  }
  const forms = {
    text: { zh: '文本或数', en: 'text or a number' },
    number: { zh: '数', en: 'a number' },
    boolean: {
      zh: 'true 或 false、1 或 0、on 或 off',
      en: 'true or false, 1 or 0, on or off',
    },
    texts: {
      zh: `文本列表，最多 ${LIST_MAX} 项`,
      en: `a list of at most ${LIST_MAX} texts`,
    },
    words: { zh: '文本', en: 'text' },
  };
  return forms[kind];
}
