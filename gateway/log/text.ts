// Texts on their way into the log, which may be a stranger's: cut first, then looked at once from left to right. Each
// function takes time in proportion to the text.

/** At most so many characters, and no credentials of a URL in them: `mqtt://user:password@host` → `mqtt://…@host`. */
export function cleanText(text: string, max: number): string {
  if (text.length <= max) return withoutCredentials(text, false);
  return `${withoutCredentials(text.slice(0, max), true)}…`;
}

const MARK = '://';

/** @param isCut where the text goes on: an authority that is not whole may be a user and a password */
function withoutCredentials(text: string, isCut: boolean): string {
  let clean = '';
  let from = 0;
  for (let at = text.indexOf(MARK); at !== -1; at = text.indexOf(MARK, from)) {
    const begin = at + MARK.length;
    const { end, signAt } = authorityAt(text, begin);
    clean += text.slice(from, begin);
    from = begin;
    if (signAt !== undefined) {
      clean += '…';
      from = signAt;
    } else if (isCut && end === text.length) return clean;
  }
  return clean + text.slice(from);
}

/** To the next white space, quote or `/`, none of which it has, so that no sign is looked at twice; its last @. */
function authorityAt(text: string, begin: number): { end: number; signAt: number | undefined } {
  let signAt: number | undefined;
  for (let at = begin; at < text.length; at++) {
    const sign = text.charCodeAt(at);
    if (sign === AT) signAt = at;
    if (ENDS.has(sign)) return { end: at, signAt };
  }
  return { end: text.length, signAt };
}

const AT = '@'.charCodeAt(0);
const ENDS = new Set(
  [...` \t\n\v\f\r\u00a0\u3000\ufeff\u2028\u2029/"'`].map((sign) => sign.charCodeAt(0)),
);

/**
 * Control signs (ESC, CR, C1), and those that turn the direction of what follows, written as they are called: none of
 * them reaches a terminal.
 */
export function escapeControls(text: string, write: (code: number) => string): string {
  return text.replaceAll(CONTROLS, (sign) => write(sign.charCodeAt(0)));
}

/** One sign each, so that the expression is linear. */
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;
