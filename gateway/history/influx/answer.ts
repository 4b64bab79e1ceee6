// What an InfluxDB answers, as JSON has it: looked at before anything is taken from it, as something else may answer in its
// place.
import { HistoryQueryError } from '../../history.ts';
import type { Series } from './query.ts';
import { StatementRefused } from './trouble.ts';

/** Of an answer that is none to a question: more of it says nothing more, and an endless one would fill the memory. */
export const SHORT_CHARS_MAX = 256 * 1024;

/** The first so many characters of an answer; the connection is ended where there are more. */
export async function textOf({ body }: Response, most: number): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const part of body ?? []) {
    text += decoder.decode(part, { stream: true });
    if (text.length >= most) break;
  }
  return text.slice(0, most);
}

export interface QueryAnswer {
  readonly error?: string;
  readonly results?: readonly {
    readonly error?: string;
    readonly partial?: boolean;
    readonly series?: readonly (Series & { readonly partial?: boolean })[];
  }[];
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Its shape as far as it is read here; cells may be anything. */
export function isQueryAnswer(answer: unknown): answer is QueryAnswer {
  if (!isObject(answer)) return false;
  const { error, results = [] } = answer;
  if (typeof error === 'string') return true;
  return 'results' in answer && error === undefined && isListOf(results, isResult);
}

function isResult(result: unknown): boolean {
  if (!isObject(result)) return false;
  const { error = '', series = [] } = result;
  return typeof error === 'string' && isListOf(series, isSeries);
}

function isSeries(series: unknown): boolean {
  if (!isObject(series)) return false;
  const { tags = {}, columns, values = [] } = series;
  return isObject(tags) && Array.isArray(columns) && isListOf(values, Array.isArray);
}

function isListOf(value: unknown, is: (each: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every((each) => is(each));
}

/** Throws StatementRefused or HistoryQueryError. */
export function seriesOf({ error, results = [] }: QueryAnswer): readonly Series[] {
  const wrong = error ?? results.find((result) => result.error !== undefined)?.error;
  if (wrong !== undefined) throw new StatementRefused(wrong);
  const series = results.flatMap((result) => result.series ?? []);
  // A limit of the server has cut the answer: an answer in part would be a wrong one.
  if (results.some(({ partial }) => partial) || series.some(({ partial }) => partial)) {
    throw new HistoryQueryError(
      'answer: is longer than InfluxDB gives (max-row-limit), ask for a shorter range or longer bins',
    );
  }
  return series;
}

/** Undefined where it is no JSON. */
export function parsed(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}
