// The properties that a Homie device describes, and their payloads as values.
import { isFields, parseJson, pick, tame, type Fields } from './payload.ts';

export type DataType =
  'integer' | 'float' | 'boolean' | 'string' | 'enum' | 'color' | 'datetime' | 'duration' | 'json';

export interface Property {
  readonly datatype: DataType;
  /** The words of an enum. */
  readonly words: readonly string[] | undefined;
}

const DATATYPES: ReadonlySet<string> = new Set(
  'integer float boolean string enum color datetime duration json'.split(' '),
);
/** A level of a topic by Homie's rules; longer ones than this are nobody's. */
export const ID = /^[a-z0-9-]{1,100}$/;
/** An enum with more to say is taken as text. */
const WORDS_MAX = 2_000;

/** `node/property` and what it is, of a description document. */
export function* propertiesOf(description: Fields): Generator<[string, Property]> {
  const nodes = pick(description, 'nodes');
  if (!isFields(nodes)) return;
  for (const [node, about] of Object.entries(nodes)) {
    const properties = pick(about, 'properties');
    if (!isFields(properties) || !ID.test(node)) continue;
    for (const [name, property] of Object.entries(properties)) {
      const datatype = pick(property, 'datatype');
      const format = pick(property, 'format');
      if (typeof datatype !== 'string' || !DATATYPES.has(datatype) || !ID.test(name)) continue;
      const listed = datatype === 'enum' && typeof format === 'string';
      const words = listed && format.length <= WORDS_MAX ? format.split(',') : undefined;
      yield [`${node}/${name}`, { datatype: datatype as DataType, words }];
    }
  }
}

/** A payload as a value of its type; undefined where it is none. */
export function valueOf(text: string, { datatype, words }: Property): unknown {
  switch (datatype) {
    case 'integer':
      return integerOf(text);
    case 'float':
      return /^-?(\d+(\.\d*)?|\.\d+)([eE]-?\d+)?$/.test(text) ? finiteOf(Number(text)) : undefined;
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : undefined;
    case 'enum':
      return !words || words.includes(text) ? text : undefined;
    case 'json': {
      const value = parseJson(text);
      return typeof value === 'object' && value !== null && tame(value, 0) ? value : undefined;
    }
    case 'string':
      // The empty text is one NUL, as an empty payload would remove the retained message.
      return text === '\0' ? '' : text;
    case 'color':
    case 'datetime':
    case 'duration':
      return text;
  }
}

/** 64 bits: beyond what a number holds exactly it stays text. */
function integerOf(text: string): number | string | undefined {
  if (!/^-?\d{1,19}$/.test(text)) return undefined;
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : text;
}

function finiteOf(number: number): number | undefined {
  return Number.isFinite(number) ? number : undefined;
}

/** What remembering them costs, in characters. */
export function costOf(properties: ReadonlyMap<string, Property>): number {
  let cost = 0;
  for (const [name, { words = [] }] of properties) {
    cost += 100 + name.length + words.reduce((sum, word) => sum + 20 + word.length, 0);
  }
  return cost;
}
