// The CSS of an SVG: rules and declarations that draw are written again, everything else is left out.
import { PROPERTIES } from './svg-names.ts';

/** Functions that name a colour, a transformation or a number. `url` may name a part of the same file only. */
const FUNCTIONS = new Set([
  ...['rgb', 'rgba', 'hsl', 'hsla', 'calc', 'matrix', 'rotate', 'scale', 'scalex', 'scaley'],
  ...['translate', 'translatex', 'translatey', 'skewx', 'skewy', 'blur', 'opacity', 'polygon'],
]);
const LOCAL_URL = /url\(\s*(["']?)#[\w.:-]+\1\s*\)/gi;
const SELECTOR = /^[\w\s.#,>+~*:()-]{1,1000}$/;

/**
 * Whether a value of a property or an attribute loads nothing. Escapes are refused whole, as `\75rl(` is `url(` too
 * (CSS Syntax §4.3.7).
 */
export function isSafeValue(value: string): boolean {
  if (/[\\<>{}@;]|\/\*/.test(value)) return false;
  const parts = value.replaceAll(LOCAL_URL, ' ').split('(').slice(0, -1);
  return parts.every((before) => {
    const name = /[\w-]*$/.exec(before.slice(-40).trimEnd())?.[0] ?? '';
    return name === '' || FUNCTIONS.has(name.toLowerCase());
  });
}

/** The declarations of a `style` attribute or of one rule. */
export function safeDeclarations(text: string): string {
  const declarations = withoutComments(text).split(';');
  const kept = declarations.flatMap((declaration) => {
    const colon = declaration.indexOf(':');
    const name = declaration.slice(0, Math.max(0, colon)).trim().toLowerCase();
    const value = declaration.slice(colon + 1).trim();
    return PROPERTIES.has(name) && isSafeValue(value) ? [`${name}:${value}`] : [];
  });
  return kept.join(';');
}

/** The rules of a `style` element; at-rules (`@import`, `@font-face`, `@media`) are left out with what they hold. */
export function safeStyleSheet(text: string): string {
  const sheet = withoutComments(text);
  const rules: string[] = [];
  let end = -1;
  for (let at = 0; at < sheet.length;) {
    const open = sheet.indexOf('{', at);
    // Looked for again only where it is passed: a sheet without it is not read through for every rule.
    if (end < at) end = sheet.indexOf(';', at);
    if (end < 0) end = Infinity;
    if (end < (open < 0 ? Infinity : open)) {
      at = end + 1;
      continue;
    }
    if (open < 0) break;
    const close = blockEnd(sheet, open);
    const selector = sheet.slice(at, open).trim();
    const block = sheet.slice(open + 1, close);
    if (SELECTOR.test(selector) && !block.includes('{')) {
      const declarations = safeDeclarations(block);
      if (declarations !== '') rules.push(`${selector}{${declarations}}`);
    }
    at = close + 1;
  }
  return rules.join('\n');
}

/** Where the block that begins at `open` ends, with the blocks inside. */
function blockEnd(text: string, open: number): number {
  let depth = 0;
  for (let at = open; at < text.length; at++) {
    if (text[at] === '{') depth++;
    else if (text[at] === '}' && --depth === 0) return at;
  }
  return text.length;
}

/** A comment that does not end takes the rest, as in CSS Syntax §4.3.2. */
function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[^]*?(\*\/|$)/g, ' ');
}
