// How deep a JSON text nests, looked at before it is parsed: a megabyte of brackets takes the parser a hundred times as
// long as anything that is meant.

const [QUOTE, BACKSLASH, OPEN, CLOSE] = [0x22, 0x5c, [0x5b, 0x7b], [0x5d, 0x7d]] as const;

/** Whether the text has more than `max` levels of arrays and objects; linear, stops at the first level too many. */
export function nestsTooDeep(json: string, max: number): boolean {
  let depth = 0;
  let inText = false;
  for (let at = 0; at < json.length; at++) {
    const code = json.charCodeAt(at);
    if (inText) {
      if (code === BACKSLASH) at++;
      else if (code === QUOTE) inText = false;
    } else if (code === QUOTE) inText = true;
    else if (code === OPEN[0] || code === OPEN[1]) {
      if (++depth > max) return true;
    } else if (code === CLOSE[0] || code === CLOSE[1]) depth--;
  }
  return false;
}
