// Where a mistake stands in the hall file, and how it is worded.
import type * as v from 'valibot';
import { isAlias, isMap, isNode, isScalar, isSeq } from 'yaml';
import type { Document, LineCounter } from 'yaml';
import { nearest } from './values.ts';

/** One mistake: `message` says what is and what should be; `path` as in `windows[3].queues[0]`. */
export interface Problem {
  line: number;
  column: number;
  path: string;
  message: string;
}

export type Path = readonly (string | number)[];

/** Gathers the mistakes of one file, each once, in the order of its lines. */
export class Problems {
  readonly #found = new Map<string, Problem>();
  readonly #document: Document;
  readonly #lines: LineCounter;

  constructor(document: Document, lines: LineCounter) {
    this.#document = document;
    this.#lines = lines;
  }

  /** A mistake in the value at `path`; with `atKey` the line is that of its key. */
  add(path: Path, message: string, atKey = false): void {
    this.#put(formatPath(path), this.#offset(path, atKey), message);
  }

  /** A mistake at a place in the text: a YAML syntax error. */
  addAt(offset: number, message: string): void {
    this.#put('yaml', offset, message);
  }

  /** How the key at `path` is written: 01 where YAML read the number 1. Nothing where there is no such key. */
  textOf(path: Path): string | undefined {
    const map = this.#document.getIn(path.slice(0, -1), true);
    const last = String(path.at(-1));
    const pairs = isMap(map) ? map.items : [];
    const key = pairs.map((pair) => pair.key).find((each) => isKey(each, last));
    return isScalar(key) ? key.source : undefined;
  }

  list(): Problem[] {
    return [...this.#found.values()].sort((a, b) => a.line - b.line || a.column - b.column);
  }

  #put(path: string, offset: number, message: string): void {
    const { line, col } = this.#lines.linePos(offset);
    const problem = { line: Math.max(1, line), column: Math.max(1, col), path, message };
    this.#found.set(`${path} ${message}`, problem);
  }

  /** The offset of the deepest node that exists on the way to `path`. */
  #offset(path: Path, atKey: boolean): number {
    let node: unknown = this.#document.contents;
    let offset = startOf(node) ?? 0;
    for (const [index, step] of path.entries()) {
      if (isAlias(node)) node = node.resolve(this.#document);
      if (isMap(node)) {
        const pair = node.items.find(({ key }) => isKey(key, String(step)));
        if (pair === undefined) break;
        const keyed = startOf(pair.key) ?? offset;
        const last = index === path.length - 1;
        offset = last && atKey ? keyed : (startOf(pair.value) ?? keyed);
        node = pair.value;
      } else if (isSeq(node)) {
        node = node.items[Number(step)];
        offset = startOf(node) ?? offset;
      } else break;
    }
    return offset;
  }
}

/** `hall.yaml:12: windows[3].queues[0]: is "q9", should be …` */
export function formatProblem(file: string, problem: Problem): string {
  return `${file}:${problem.line}: ${problem.path}: ${problem.message}`;
}

/** `['windows', 3, 'queues', 0]` → `windows[3].queues[0]`. */
export function formatPath(path: Path): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else text += text === '' ? step : `.${step}`;
  }
  return text === '' ? 'file' : text;
}

/** A value as an error text shows it, short. */
export function show(value: unknown): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'empty';
  if (Array.isArray(value))
    return value.length === 0 ? 'an empty list' : `a list of ${value.length}`;
  if (typeof value === 'object') return 'a map';
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

function isKey(key: unknown, text: string): boolean {
  return isScalar(key) && String(key.value) === text;
}

function startOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined;
}

/** A mistake as the schema found it. */
export function addIssue(problems: Problems, issue: v.BaseIssue<unknown>): void {
  const path: Path = (issue.path ?? []).map(({ key }) =>
    typeof key === 'number' ? key : String(key),
  );
  if (issue.type === 'never')
    problems.add(path, unknownKey(String(path.at(-1)), issue.message), true);
  else if (issue.input === undefined) problems.add(path, `is missing, should be ${wanted(issue)}`);
  else problems.add(path, `is ${show(issue.input)}, should be ${wanted(issue)}`);
}

function unknownKey(key: string, known: string): string {
  const near = nearest(key, known.split(', '));
  return `is an unknown key, should be ${near === undefined ? `one of ${known}` : near}`;
}

/** A missing key is reported by its map, whose own message would speak of the map. */
function wanted(issue: v.BaseIssue<unknown>): string {
  const missing = issue.input === undefined && issue.type === 'object_with_rest';
  return missing ? 'given' : issue.message;
}
