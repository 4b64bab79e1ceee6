// Where the items of a JSON array stand in its text, so that one of them can be kept as it was sent: written anew, `1e400`
// would be null, digits beyond 2^53 another number, and of a doubled key one would be gone.

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const [OPEN_LIST, CLOSE_LIST, OPEN_MAP, CLOSE_MAP] = [0x5b, 0x5d, 0x7b, 0x7d];
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

/**
 * The bytes of each item of the array that is the whole payload, without the spaces around it; views, no copies. Undefined
 * where the payload is not one array by its brackets. Says nothing of whether the items themselves are JSON. Time and
 * memory grow with the payload's length alone, whatever its depth.
 */
export function itemBytes(payload: Uint8Array): Uint8Array[] | undefined {
  const [start, end] = [skipSpace(payload, lengthOfMark(payload)), skipSpaceBack(payload)];
  if (end - start < 2 || payload[start] !== OPEN_LIST || payload[end - 1] !== CLOSE_LIST) {
    return undefined;
  }
  const items: Uint8Array[] = [];
  let depth = 0;
  let from = start + 1;
  const close = (to: number): void => void items.push(trimmed(payload, from, to));
  for (let at = start; at < end; at++) {
    const byte = payload[at];
    if (byte === QUOTE) at = endOfText(payload, at, end);
    else if (byte === OPEN_LIST || byte === OPEN_MAP) depth++;
    else if (byte === CLOSE_LIST || byte === CLOSE_MAP) {
      depth--;
      // The array that began first is over before the payload is.
      if (depth === 0 && at < end - 1) return undefined;
    } else if (byte === COMMA && depth === 1) {
      close(at);
      from = at + 1;
    }
  }
  if (depth !== 0) return undefined;
  close(end - 1);
  return items.length === 1 && items[0]?.length === 0 ? [] : items;
}

/** The place of the quote that ends the text which begins at `at`; the end where none does. */
function endOfText(payload: Uint8Array, at: number, end: number): number {
  for (let next = at + 1; next < end; next++) {
    if (payload[next] === BACKSLASH) next++;
    else if (payload[next] === QUOTE) return next;
  }
  return end;
}

function trimmed(payload: Uint8Array, from: number, to: number): Uint8Array {
  let [start, end] = [from, to];
  while (start < end && isSpace(payload[start])) start++;
  while (end > start && isSpace(payload[end - 1])) end--;
  return payload.subarray(start, end);
}

function lengthOfMark(payload: Uint8Array): number {
  return BYTE_ORDER_MARK.every((byte, at) => payload[at] === byte) ? BYTE_ORDER_MARK.length : 0;
}

function skipSpace(payload: Uint8Array, from: number): number {
  let at = from;
  while (isSpace(payload[at])) at++;
  return at;
}

function skipSpaceBack(payload: Uint8Array): number {
  let end = payload.length;
  while (end > 0 && isSpace(payload[end - 1])) end--;
  return end;
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
