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
