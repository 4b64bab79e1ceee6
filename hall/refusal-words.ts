// Why a message is refused, in words for those who look after its device: what is and what should be, where it stands.
import type * as v from 'valibot';

/** `id: is missing, should be given`; `level: is 7, should be 5, 4, 3, 2 or 1`: in no library's words. */
export function fieldWords(field: string, issue: v.BaseIssue<unknown>, shown: string): string {
  if (issue.input === undefined) return `${field}: is missing, should be given`;
  const own = issue.message.startsWith('Invalid ') ? undefined : issue.message;
  const wanted = own?.replace(/^expected /, '') ?? kindWords(issue.expected);
  return `${field}: is ${shown}, should be ${wanted}`;
}

/** The library's name of what it expected: `string`, `("a" | "b")`, `>=0`. */
function kindWords(expected: string | null): string {
  if (expected === null) return 'another value';
  if (expected === 'string') return 'text';
  return expected.replace(/^\(|\)$/g, '').replaceAll(' | ', ' or ');
}

/** What is wrong with a payload that is no JSON object and no array, and where. */
export function jsonWords(text: string): string {
  const wanted = 'should be a JSON object or an array of them';
  try {
    JSON.parse(text);
    return wanted;
  } catch {
    return `is no JSON (${jsonPlace(text)}), ${wanted}`;
  }
}

/** Looked through for the mistake: what strangers send costs no more than what is right. */
const LOOKED_AT_MAX = 4_096;

/** The place where a text stops being JSON, as an editor counts: `line 2, column 7, at "}"`. */
export function jsonPlace(text: string): string {
  const offset = brokenAt(text.slice(0, LOOKED_AT_MAX));
  const isBeyond = text.length > LOOKED_AT_MAX && offset >= LOOKED_AT_MAX - TOKEN_MAX;
  if (isBeyond) return `after the first ${LOOKED_AT_MAX - TOKEN_MAX} characters`;
  if (offset >= text.trimEnd().length) return 'the text ends before it is whole';
  const before = text.slice(0, offset).split('\n');
  const sign = String.fromCodePoint(text.codePointAt(offset) ?? 0);
  return `line ${before.length}, column ${(before.at(-1) ?? '').length + 1}, at ${JSON.stringify(sign)}`;
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
