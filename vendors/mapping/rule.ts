// One rule of a source: of which messages it makes a signal, and of what.
import { about, type Both } from '../../hall/language.ts';
import { businessDate } from '../../hall/zone-time.ts';
import type { Rule } from '../sources.ts';
import { digest } from '../../hall/signal-id.ts';
import type { Stream } from '../../hall/topic.ts';
import { compileConditions } from './condition.ts';
import { fieldsOf, typesOf, type Field } from './fields.ts';
import type { Scope } from './scope.ts';
import { fill, parseTemplate } from './template.ts';
import { TEXT_MAX } from './text.ts';
import { compileExpression, type Evaluate } from './value.ts';

/** A signal that decode has yet to judge. */
export interface Drafted {
  readonly stream: Stream;
  /** `at` in ms since 1970 where the message tells it */
  readonly signal: Readonly<Record<string, unknown>> & { readonly type: string };
  /** what the rule's `id` makes of the message */
  readonly idText?: string;
}

export type RuleOutcome =
  | { readonly drafted: Drafted }
  /** the message is not one of this rule's */
  | { readonly ignored: string }
  /** it is, but the signal cannot be made */
  | { readonly refused: Both };

export type ApplyRule = (scope: Scope) => RuleOutcome;

/** @param timezone the hall's, for times without an offset */
export function compileRule(rule: Rule, timezone: string): ApplyRule {
  const refuse = compileConditions(rule.when ?? {});
  const typeOf = compileType(rule, timezone);
  const fields = new Map<string, readonly FieldStep[]>(
    typesOf(rule.stream).map((type) => [type, compileFields(rule, type, timezone)]),
  );
  const idTemplate = rule.id === undefined ? undefined : parseTemplate(rule.id);
  return (scope) => {
    const why = refuse(scope);
    if (why !== undefined) return { ignored: why };
    const type = typeOf(scope);
    if ('wrong' in type) return { refused: about('type', type.wrong) };
    const steps = fields.get(String(type.value));
    if (!steps) return { refused: about('type', unknownType(type.value)) };
    const signal: { type: string } & Record<string, unknown> = { type: String(type.value) };
    for (const { name, field, evaluate } of steps) {
      const found = evaluate(scope);
      if ('wrong' in found) return { refused: about(name, found.wrong) };
      if (found.value !== undefined) signal[name] = found.value;
      else if (field.required) return { refused: about(name, missing(rule, name)) };
    }
    const filled = idTemplate && fill(idTemplate, scope);
    if (filled && 'missing' in filled)
      return { refused: about('id', missingWords(filled.missing)) };
    if (filled && filled.text.length > TEXT_MAX) {
      // Cut off, two events might have the same.
      return { refused: ID_TOO_LONG };
    }
    return { drafted: { stream: rule.stream, signal, ...(filled && { idText: filled.text }) } };
  };
}

interface FieldStep {
  readonly name: string;
  readonly field: Field;
  readonly evaluate: Evaluate;
}

function compileFields(rule: Rule, type: string, timezone: string): FieldStep[] {
  return [...fieldsOf(rule.stream, type)].flatMap(([name, field]): FieldStep[] => {
    const expression = rule.fields[name];
    if (expression === undefined) {
      return field.required ? [{ name, field, evaluate: () => ({ value: undefined }) }] : [];
    }
    return [{ name, field, evaluate: compileExpression(expression, field.kind, timezone) }];
  });
}

function compileType({ stream, type }: Rule, timezone: string): Evaluate {
  if (type === undefined) return () => ({ value: typesOf(stream)[0] });
  if (typeof type === 'string') return () => ({ value: type });
  return compileExpression(type, 'text', timezone);
}

const ID_TOO_LONG = about('id', {
  zh: `超过 ${TEXT_MAX} 个字符，最多应为 ${TEXT_MAX} 个`,
  en: `has over ${TEXT_MAX} characters, should have at most ${TEXT_MAX}`,
});

function unknownType(value: unknown): Both {
  if (value === undefined || value === null) return { zh: '缺少', en: 'is missing' };
  return { zh: `是 ${String(value)}`, en: `is ${String(value)}` };
}

function missingWords(what: string): Both {
  return { zh: `缺少 ${what}`, en: `${what} is missing` };
}

function missing(rule: Rule, name: string): Both {
  const expression = rule.fields[name];
  const from =
    typeof expression === 'object' && 'from' in expression ? expression.from : expression;
  if (from === undefined) {
    return { zh: '缺少：规则中没有这个字段', en: 'is missing: the rule has no such field' };
  }
  const places = typeof from === 'object' ? (from as string[]) : [String(from)];
  return { zh: `缺少 ${places.join(' 或 ')}`, en: `${places.join(' or ')} is missing` };
}

/**
 * A signal's id, of what the rule's template made. Vendors number from 1 again each day, per machine and per kind of
 * event; without these in it, tomorrow's events would be taken for today's and be lost.
 */
export function idOf(
  { stream, signal, idText = '' }: Drafted,
  device: string,
  timezone: string,
  at: number,
): string {
  const date = businessDate(timezone, at).replaceAll('-', '');
  const id = `${date}:${device}:${stream}:${signal.type}:${idText}`;
  return /^[A-Za-z0-9._:-]{1,64}$/.test(id) ? id : `map:${digest(id)}${digest(`${id}#`)}`;
}
