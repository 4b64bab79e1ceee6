// Why a message is refused, in words for those who look after its device: what is and what should be, where it stands.
import type * as v from 'valibot';
import { about, shouldBe, type Both, type Language } from './language.ts';

/** The same mistake as the schema words it in either language. */
export type Issues = Readonly<Record<Language, v.BaseIssue<unknown>>>;

/** `id: is missing, should be given`; `level: is 7, should be 5 or 4 or 3 or 2 or 1`: in no library's words. */
export function fieldWords(field: string, { zh, en }: Issues): Both {
  const is = isWords(en.input);
  if (en.input === undefined) {
    return about(field, { zh: `${is.zh}，必须填写`, en: `${is.en}, should be given` });
  }
  const should = { zh: ownWords(zh) ?? kindWords(zh).zh, en: ownWords(en) ?? kindWords(en).en };
  return about(field, {
    zh: `${is.zh}，${shouldBe(should.zh)}`,
    en: `${is.en}, should be ${should.en}`,
  });
}

/** What a value is: `is "q9"`, short. */
export function isWords(value: unknown): Both {
  if (value === undefined) return { zh: '缺少', en: 'is missing' };
  try {
    const text = JSON.stringify(value) ?? typeof value;
    const short = text.length > 60 ? `${text.slice(0, 60)}…` : text;
    return { zh: `是 ${short}`, en: `is ${short}` };
  } catch {
    return { zh: '嵌套过深', en: 'is nested too deep' };
  }
}

function ownWords({ message }: v.BaseIssue<unknown>): string | undefined {
  return message.startsWith('Invalid ') ? undefined : message;
}

/** The library's name of what it expected: `string`, `("a" | "b")`, `>=0`. */
function kindWords({ expected }: v.BaseIssue<unknown>): Both {
  if (expected === null) return { zh: '其他值', en: 'another value' };
  const known = KINDS[expected];
  if (known) return known;
  const words = expected.replace(/^\(|\)$/g, '').split(' | ');
  return { zh: words.join(' 或 '), en: words.join(' or ') };
}

const KINDS: Readonly<Record<string, Both>> = {
  string: { zh: '文本', en: 'text' },
  number: { zh: '数值', en: 'number' },
  Array: { zh: '列表', en: 'Array' },
  Object: { zh: 'JSON 对象', en: 'Object' },
  boolean: { zh: 'true 或 false', en: 'boolean' },
};

/** What is wrong with a payload that is no JSON object and no array, and where. */
export function jsonWords(text: string): Both {
  const wanted = {
    zh: '应为 JSON 对象或对象数组',
    en: 'should be a JSON object or an array of them',
  };
  try {
    JSON.parse(text);
    return wanted;
  } catch {
    const { zh, en } = jsonPlace(text);
    return { zh: `不是 JSON（${zh}），${wanted.zh}`, en: `is no JSON (${en}), ${wanted.en}` };
  }
}

/** Looked through for the mistake: what strangers send costs no more than what is right. */
const LOOKED_AT_MAX = 4_096;

/** The place where a text stops being JSON, as an editor counts: `line 2, column 7, at "}"`. */
export function jsonPlace(text: string): Both {
  const offset = brokenAt(text.slice(0, LOOKED_AT_MAX));
  const isBeyond = text.length > LOOKED_AT_MAX && offset >= LOOKED_AT_MAX - TOKEN_MAX;
  if (isBeyond) {
    const most = LOOKED_AT_MAX - TOKEN_MAX;
    return { zh: `前 ${most} 个字符之后`, en: `after the first ${most} characters` };
  }
  if (offset >= text.trimEnd().length) {
    return { zh: '文本不完整，提前结束', en: 'the text ends before it is whole' };
  }
  const before = text.slice(0, offset).split('\n');
  const sign = JSON.stringify(String.fromCodePoint(text.codePointAt(offset) ?? 0));
  const [line, column] = [before.length, (before.at(-1) ?? '').length + 1];
  return {
    zh: `第 ${line} 行第 ${column} 列，${sign} 处`,
    en: `line ${line}, column ${column}, at ${sign}`,
  };
}

/** A token that is cut off by the limit looks like a mistake. */
const TOKEN_MAX = 300;
const SPACE = /[ \t\r\n]*/y;
const TOKEN =
  /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null|[{}[\],:]/y;

/** What may come next (RFC 8259): a value, the name of a member, a colon, a comma or the end, nothing. */
type Wanted = 'value' | 'first' | 'name' | 'first-name' | 'colon' | 'comma' | 'nothing';

function brokenAt(text: string): number {
  const open: string[] = [];
  let wanted: Wanted = 'value';
  for (let offset = 0; ;) {
    SPACE.lastIndex = offset;
    SPACE.test(text);
    offset = SPACE.lastIndex;
    TOKEN.lastIndex = offset;
    const token = TOKEN.exec(text)?.[0];
    const next: Wanted | undefined = token === undefined ? undefined : follow(token, wanted, open);
    if (token === undefined || next === undefined) return offset;
    wanted = next;
    offset += token.length;
  }
}

/** What may come after a token, with what is open then; undefined where the token may not come. */
function follow(token: string, wanted: Wanted, open: string[]): Wanted | undefined {
  const after = (): Wanted => (open.length === 0 ? 'nothing' : 'comma');
  if (token === '}' || token === ']') {
    const isFirst = wanted === (token === '}' ? 'first-name' : 'first');
    if (!isFirst && wanted !== 'comma') return undefined;
    return open.pop() === (token === '}' ? '{' : '[') ? after() : undefined;
  }
  if (token === ',') {
    if (wanted !== 'comma') return undefined;
    return open.at(-1) === '{' ? 'name' : 'value';
  }
  if (token === ':') return wanted === 'colon' ? 'value' : undefined;
  if (wanted === 'name' || wanted === 'first-name')
    return token.startsWith('"') ? 'colon' : undefined;
  if (wanted !== 'value' && wanted !== 'first') return undefined;
  if (token !== '{' && token !== '[') return after();
  open.push(token);
  return token === '{' ? 'first-name' : 'first';
}
