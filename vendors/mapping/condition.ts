// Which messages a rule is about: `when` names values and what they should be. All of them must hold.
import { compileLike } from './like.ts';
import { lookUp, parseOrigin, type Origin } from './value.ts';
import { isMissing, showValue, textOf } from './text.ts';
import type { Scope } from './scope.ts';

type Scalar = string | number | boolean;

/** What one value should be: equal, one of several, or a test. */
export type Demand =
  | Scalar
  | readonly Scalar[]
  | {
      readonly not?: Scalar | readonly Scalar[] | undefined;
      readonly present?: boolean | undefined;
      readonly above?: number | undefined;
      readonly below?: number | undefined;
      /** text with * for any characters and ? for one */
      readonly like?: string | undefined;
    };

/** Why a message is not one of the rule's, or undefined where it is. */
export type Refuse = (scope: Scope) => string | undefined;

export function compileConditions(when: Readonly<Record<string, Demand>>): Refuse {
  const tests = Object.entries(when).flatMap(([place, demand]) => {
    const origin = parseOrigin(place);
    return origin ? [compileOne(place, origin, demand)] : [];
  });
  return (scope) => {
    for (const test of tests) {
      const why = test(scope);
      if (why !== undefined) return why;
    }
    return undefined;
  };
}

function compileOne(place: string, origin: Origin, demand: Demand): Refuse {
  const tests = testsOf(demand);
  return (scope) => {
    const value = lookUp(origin, scope);
    const failed = tests.find(({ holds }) => !holds(value));
    return failed && `${place} is ${showValue(value)}, should be ${failed.wanted}`;
  };
}

interface Test {
  readonly wanted: string;
  readonly holds: (value: unknown) => boolean;
}

function testsOf(demand: Demand): Test[] {
  if (typeof demand !== 'object' || isList(demand)) {
    const words = listOf(demand);
    return [{ wanted: shown(words), holds: (value) => isOneOf(value, words) }];
  }
  const { not, present, above, below, like } = demand;
  const tests: Test[] = [];
  if (present !== undefined) {
    const wanted = present ? 'there' : 'missing';
    tests.push({ wanted, holds: (value) => isMissing(value) !== present });
  }
  if (not !== undefined) {
    const words = listOf(not);
    tests.push({ wanted: `not ${shown(words)}`, holds: (value) => !isOneOf(value, words) });
  }
  if (above !== undefined) {
    tests.push({ wanted: `above ${above}`, holds: (value) => numberOf(value) > above });
  }
  if (below !== undefined) {
    tests.push({ wanted: `below ${below}`, holds: (value) => numberOf(value) < below });
  }
  if (like !== undefined) {
    const fits = compileLike(like);
    tests.push({ wanted: `like ${like}`, holds: (value) => fits(textOf(value) ?? '') });
  }
  return tests;
}

function isList(demand: Demand): demand is readonly Scalar[] {
  return Array.isArray(demand);
}

function listOf(words: Scalar | readonly Scalar[]): readonly string[] {
  return (typeof words === 'object' ? words : [words]).map((word) => String(word).trim());
}

function isOneOf(value: unknown, words: readonly string[]): boolean {
  const text = textOf(value);
  return text === undefined ? words.includes('') && isMissing(value) : words.includes(text);
}

function shown(words: readonly string[]): string {
  return words.length === 1 ? showValue(words[0]) : `one of ${words.join(', ')}`;
}

/** NaN, which is neither above nor below anything, for what is no number. */
function numberOf(value: unknown): number {
  const text = textOf(value);
  return text === undefined || typeof value === 'boolean' ? Number.NaN : Number(text);
}
