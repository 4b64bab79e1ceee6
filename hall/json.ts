// Vendors' JSON → values, without a digit lost: ids of 64 bits are usual, and a JavaScript number holds 53 bits exactly.
// The contract's own messages need none of this, as their ids are text.

/** Where a number may need its text, which a message seldom has: 16 digits in a row, or an exponent of three. */
const LONG = /(?:^|[[:,\s])-?(?:\d{16}|\d[\d.]*e\+?\d{3})/i;
const WHOLE = /^-?\d+$/;

/**
 * JSON.parse, but a whole number beyond ±(2^53 − 1) and one beyond all numbers (1e999) are the text that was sent.
 * @throws SyntaxError where it is no JSON; RangeError where it has such numbers and nests thousands of levels deep
 */
export function parseExactly(text: string): unknown {
  if (!LONG.test(text)) return JSON.parse(text);
  return JSON.parse(text, keepExact);
}

/** The source of a value is given to it since ES2025; TypeScript's library does not say so yet. */
function keepExact(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return value;
  const source = context?.source;
  if (source === undefined) return value;
  return WHOLE.test(source) || !Number.isFinite(value) ? source : value;
}

/** What C's printf, Python and others write for a number that is none: no JSON. */
const NO_NUMBER =
  /[+-]?(?:nan(?:\(\w{0,40}\))?|inf(?:inity)?|1\.#(?:inf|ind|q?nan|snan)\d*)(?=\s*(?:[,\]}]|$))/iy;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * `parseExactly` for what devices write: a bare `nan`, `-nan`, `inf`, `NaN` or `Infinity` is `null`, a missing value, and
 * costs nothing else of its message.
 * @throws as `parseExactly`
 */
export function parseLoosely(text: string): unknown {
  try {
    return parseExactly(text);
  } catch (error) {
    const mended = error instanceof SyntaxError ? withoutNaN(text) : undefined;
    if (mended === undefined) throw error;
    return parseExactly(mended);
  }
}

/** In one pass, and never within a string. @returns undefined where there is none */
function withoutNaN(text: string): string | undefined {
  const parts: string[] = [];
  let from = 0;
  let mayBegin = true;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      at = endOfString(text, at);
      mayBegin = false;
    } else if (code > 0x20) {
      NO_NUMBER.lastIndex = at;
      if (mayBegin && NO_NUMBER.test(text)) {
        parts.push(text.slice(from, at));
        from = NO_NUMBER.lastIndex;
        at = from - 1;
      }
      // Where a value may begin: behind [ , or :
      mayBegin = code === 0x5b || code === 0x2c || code === 0x3a;
    }
  }
  return parts.length === 0 ? undefined : [...parts, text.slice(from)].join('null');
}

/** The place of the quote that ends the string that begins at `start`. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === BACKSLASH) at++;
    else if (code === QUOTE) return at;
  }
  return text.length;
}

/** Looked at before parsing: a megabyte of brackets takes the parser a hundred times as long as anything that is meant. */
export function nestsDeeper(json: string, max: number): boolean {
  let depth = 0;
  for (let at = 0; at < json.length; at++) {
    const code = json.charCodeAt(at);
    if (code === QUOTE) at = endOfString(json, at);
    else if (code === 0x5b || code === 0x7b) {
      if (++depth > max) return true;
    } else if (code === 0x5d || code === 0x7d) depth--;
  }
  return false;
}
