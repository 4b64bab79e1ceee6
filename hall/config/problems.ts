// Where a mistake stands in the hall file, and how it is worded.
import type * as v from 'valibot';
import { isAlias, isMap, isNode, isScalar, isSeq } from 'yaml';
import type { Document, LineCounter } from 'yaml';
import { shouldBe, type Both, type Language } from '../language.ts';
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
  /** of the messages */
  readonly language: Language;

  constructor(document: Document, lines: LineCounter, language: Language) {
    this.#document = document;
    this.#lines = lines;
    this.language = language;
  }

  /** A mistake in the value at `path`; with `atKey` the line is that of its key. */
  add(path: Path, message: Both, atKey = false): void {
    this.#put(formatPath(path), this.#offset(path, atKey), message);
  }

  /** A mistake at a place in the text: a YAML syntax error. */
  addAt(offset: number, message: Both): void {
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

  #put(path: string, offset: number, both: Both): void {
    const message = both[this.language];
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

/** `hall.yaml:12: windows[3].queues[0]: is "q9", should be …`; `hall.yaml 第 12 行 windows[3].queues[0]：填的是 "q9"，应为…`. */
export function formatProblem(file: string, problem: Problem, language: Language = 'en'): string {
  const { line, path, message } = problem;
  if (language === 'en') return `${file}:${line}: ${path}: ${message}`;
  return `${file} 第 ${line} 行 ${ZH_PATHS[path] ?? path}：${message}`;
}

const ZH_PATHS: Readonly<Record<string, string>> = { file: '文件', yaml: 'YAML' };

/** `['windows', 3, 'queues', 0]` → `windows[3].queues[0]`. */
export function formatPath(path: Path): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else text += text === '' ? step : `.${step}`;
  }
  return text === '' ? 'file' : text;
}

/** What is: `is "q9"`, short. */
export function found(value: unknown): Both {
  if (value === undefined) return { zh: '缺少', en: 'is missing' };
  if (value === null) return { zh: '是空的', en: 'is empty' };
  if (Array.isArray(value)) {
    const { length } = value;
    return length === 0
      ? { zh: '是空列表', en: 'is an empty list' }
      : { zh: `是 ${length} 项的列表`, en: `is a list of ${length}` };
  }
  if (typeof value === 'object') return { zh: '是一组键', en: 'is a map' };
  const text = JSON.stringify(value) ?? String(value);
  const short = text.length > 60 ? `${text.slice(0, 57)}…` : text;
  return { zh: `填的是 ${short}`, en: `is ${short}` };
}

/** What is, and what should be. */
export function mistake(value: unknown, should: Both): Both {
  const { zh, en } = found(value);
  return { zh: `${zh}，${shouldBe(should.zh)}`, en: `${en}, should be ${should.en}` };
}

/** The same value as another part's, of which there may be one only. */
export function repeated(value: unknown, other: string): Both {
  const { zh, en } = found(value);
  return { zh: `${zh}，与 ${other} 重复`, en: `${en} again, should differ from ${other}` };
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
  if (issue.type === 'never') {
    problems.add(path, unknownKey(String(path.at(-1)), issue.message), true);
    return;
  }
  // A missing key is reported by its map, whose own message would speak of the map.
  if (issue.input === undefined && issue.type === 'object_with_rest') {
    problems.add(path, { zh: '缺少，必须填写', en: 'is missing, should be given' });
    return;
  }
  // In the language of `problems` already: the other one is not read.
  const { message } = issue;
  problems.add(path, mistake(issue.input, { zh: message, en: message }));
}

function unknownKey(key: string, known: string): Both {
  const near = nearest(key, known.split(', '));
  return {
    zh: `没有这个键，${near === undefined ? `可用的键：${known.replaceAll(', ', '、')}` : shouldBe(near)}`,
    en: `is an unknown key, should be ${near === undefined ? `one of ${known}` : near}`,
  };
}
